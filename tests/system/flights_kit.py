"""A small replay for tests: one airport, three weeks, short trainings.

Run as `python -m tests.system.flights_kit DATA_DIR DATABASE FLIGHTS [unsafe]` it replays in a
process of its own, which a test may kill at any moment; FLIGHTS is a file that `keep` wrote.
"""

from __future__ import annotations

import pickle
import sys
from dataclasses import fields, replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from everlearn.core import pg
from everlearn.core.app import Runtime
from everlearn.core.settings import Settings
from everlearn.core.testing.plugin import Named
from everlearn.core.tx import connect
from everlearn.demo.flights.data import Flights, Weather, load
from everlearn.demo.flights.features import Feed, micros
from everlearn.demo.flights.replay import Plan, Replay, day

PLAN = Plan(
    first_training=day(1, 9),
    end=day(1, 22),
    step=timedelta(hours=12),
    params={
        "rounds": 20,
        "holdout_days": 2,
        "lightgbm": {"num_leaves": 7, "min_data_in_leaf": 20},
    },
    policy={
        "alpha": 0.3,  # so that something is promoted within days
        "retrain_every_days": 3,
        "min_days_between": 1,
        "max_trainings": 4,
        "shadow_days": 5,
        "keep_baseline": True,
    },
)


@lru_cache(maxsize=1)
def small() -> tuple[Flights, Weather]:
    """Give the flights of LaGuardia in the plan's weeks, and all weather of them."""
    flights, weather = load()
    keep = (flights.origin == "LGA") & (flights.scheduled < micros(PLAN.end))
    seen = weather.at < micros(PLAN.end)
    return _take(flights, keep), Weather(
        weather.origin[seen], weather.at[seen], {k: v[seen] for k, v in weather.values.items()}
    )


def keep(path: Path) -> Path:
    """Write the small data to a file, which is read much sooner than the whole year."""
    path.write_bytes(pickle.dumps(small()))
    return path


def _take(flights: Flights, keep: np.ndarray[Any, Any]) -> Flights:
    changed: dict[str, Any] = {}
    for item in fields(flights):
        value = getattr(flights, item.name)
        changed[item.name] = (
            {k: v[keep] for k, v in value.items()} if isinstance(value, dict) else value[keep]
        )
    return replace(flights, **changed)


def open_clone(settings: Settings, server: pg.Server, name: str) -> Runtime:
    """Open a test's own database as a runtime."""
    named = Named(server, name)
    return Runtime(settings, named, connect(named, settings))


def replay(made: Runtime, flights: Flights, weather: Weather, plan: Plan = PLAN) -> Replay:
    """Replay a plan to its end; give the replay."""
    found = Replay(made, flights, Feed(flights, weather), plan)
    found.run_jobs()
    while found.position < plan.end:
        found.step()
    return found


def answers(found: Replay) -> list[tuple[Any, ...]]:
    """Give every prediction, to the bit, without the random parts of its ids."""
    with found.tx() as tx:
        rows = tx.execute(
            "SELECT p.prediction_timestamp, p.entity_id, p.role, p.model_version,"
            " p.predicted_value, p.confidence_interval_lower, p.confidence_interval_upper,"
            " p.raw_margin, p.reasons"
            ' , f."values" FROM predictions.ml_predictions p JOIN features.ml_feature_store f'
            " ON f.tenant_id = p.tenant_id AND f.id = p.feature_row_id"
            " WHERE p.tenant_id = app.tenant_id() ORDER BY 1, 2, 3, 4"
        ).all()
    return [tuple(str(value) for value in row) for row in rows]


def main() -> None:
    """Replay in this process until the end or until it is killed."""
    settings = Settings(data_dir=Path(sys.argv[1]))
    server = pg.start(settings, fast_and_unsafe="unsafe" in sys.argv)
    made = open_clone(settings, server, sys.argv[2])
    replay(made, *pickle.loads(Path(sys.argv[3]).read_bytes()))
    made.close()


if __name__ == "__main__":
    main()
