"""A small real world to predict in: a feature set, fitted versions, rows, outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import lightgbm
import numpy as np

from everlearn.core.tx import Tx
from everlearn.modules.features import service as features
from everlearn.modules.features.types import Categorical, Entities, FeatureSet, Numeric
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Model, Task, Version, VersionStatus

NUMBERS = ("distance", "hour", "wind", "load")
NAMES = (*NUMBERS, "carrier")
CARRIERS = ("AA", "B6", "UA")


@lru_cache
def fitted(seed: int, task: Task = Task.BINARY, trees: int = 20) -> tuple[bytes, np.ndarray]:
    """Fit a version; also give the margins of a thousand rows it has not seen, with labels."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(3000, 5))
    rows[:, 4] = rng.integers(0, 3, 3000)
    score = rows[:, 0] + 0.5 * rows[:, 1] * (rows[:, 4] == 1) + rng.logistic(size=3000)
    y = (score > 0).astype(float) if task == Task.BINARY else score
    data = lightgbm.Dataset(
        rows[:2000], y[:2000], feature_name=list(NAMES), categorical_feature=[4]
    )
    objective = "binary" if task == Task.BINARY else "regression"
    params = {"verbose": -1, "objective": objective, "num_threads": 1, "seed": seed}
    model = lightgbm.train(params, data, trees)
    held_out = np.column_stack([model.predict(rows[2000:], raw_score=True), y[2000:]])
    return model.model_to_string().encode(), held_out


@dataclass
class World:
    """What `build` made."""

    model: Model
    feature_set: FeatureSet
    live: Version | None
    shadow: Version | None


def add_version(tx: Tx, model: Model, seed: int, **more) -> Version:
    """Register a fitted version."""
    given = {
        "artifact": fitted(seed, model.task)[0],
        "feature_names": NAMES,
        "params": {},
        "metrics": {"log_loss": 0.6, "accuracy": 0.7},
        "trained_until": tx.now(),
    }
    return registry.register_version(tx, model.id, **{**given, **more})


def build(
    tx: Tx,
    name: str = "delays",
    *,
    task: Task = Task.BINARY,
    live: bool = True,
    shadow: bool = True,
) -> World:
    """Make a model with a live version and one in shadow."""
    kinds = (*(Numeric(number) for number in NUMBERS), Categorical("carrier", CARRIERS))
    feature_set = features.declare_set(tx, "trips", kinds)
    model = registry.ensure_model(tx, name, task=task, feature_set_id=feature_set.id)
    first = second = None
    if live:
        first = add_version(tx, model, 1)
        registry.activate(tx, first.id, reason="first", evidence={})
    if shadow:
        second = add_version(tx, model, 2, status=VersionStatus.SHADOW)
    return World(model, feature_set, first, second)


def payload(seed: int = 0) -> dict:
    """Give features as a client sends them."""
    rng = np.random.default_rng(seed)
    numbers = {name: float(rng.normal()) for name in NUMBERS}
    return numbers | {"carrier": CARRIERS[int(rng.integers(3))]}


def rows(tx: Tx, world: World, n: int, *, start: int = 0, ago: timedelta = timedelta()):
    """Materialise rows of the entities trip-<start>, trip-<start + 1> and so on."""
    rng = np.random.default_rng(start + n)
    fields = {name: rng.normal(size=n) for name in NUMBERS}
    fields["carrier"] = [CARRIERS[int(i)] for i in rng.integers(0, 3, n)]
    entities = Entities([f"trip-{start + i}" for i in range(n)], [tx.now() - ago] * n, fields)
    return features.materialize(tx, world.feature_set, entities)


def counts(tx: Tx) -> dict[str, int]:
    """Count the rows of every table that predicting or resolving may write to."""
    tables = (
        "predictions.ml_predictions",
        "predictions.prediction_outcomes",
        "predictions.performance_daily",
        "predictions.model_performance_summary",
        "predictions.calibrations",
        "features.ml_feature_store",
        "feedback.ml_feedback",
        "events.learning_events",
    )
    return {table: tx.scalar(f"SELECT count(*) FROM {table}") for table in tables}
