"""Gradient-boosted trees with LightGBM: the same input gives the same text, byte for byte."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import lightgbm
import numpy as np
from numpy import typing as npt

from everlearn.modules.training.errors import BadMatrix, BadParams

Floats: TypeAlias = npt.NDArray[np.float64]
Vectors: TypeAlias = npt.NDArray[np.float32] | npt.NDArray[np.float64]
Objective: TypeAlias = Literal["binary", "regression"]

_METRIC = {"binary": "binary_logloss", "regression": "l2"}
#: What a repeatable fit rests on; a caller may not set these.
FIXED = {
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
    "feature_pre_filter": False,
}
_TAKEN = frozenset(
    {*FIXED, "objective", "metric", "seed", "num_threads", "num_iterations", "categorical_feature"}
)


class Measured(NamedTuple):
    """Rows that a fit is watched on, and never learns from."""

    matrix: Vectors
    labels: Floats


class Fitted(NamedTuple):
    """A model text, and its loss on the watched rows after each round (empty when none)."""

    text: str
    losses: list[float]


def fit(
    matrix: Vectors,
    labels: npt.ArrayLike,
    *,
    names: Sequence[str],
    objective: Objective,
    rounds: int,
    num_threads: int,
    weights: npt.ArrayLike | None = None,
    categorical: Sequence[int] = (),
    params: Mapping[str, Any] | None = None,
    seed: int = 1,
    watch: Measured | None = None,
    on_round: Callable[[int], None] | None = None,
) -> Fitted:
    """Fit a boosted ensemble.

    Args:
        matrix: shape (n, k); NaN is missing. Categories are codes 0, 1, ...; negative is missing.
        labels: shape (n,); 0 or 1 for `binary`.
        names: one a column. They are written into the text when LightGBM can write them.
        objective: what is minimised: log loss or squared error.
        rounds: trees; at least 1.
        num_threads: part of the input, since sums of floats depend on their order.
        weights: shape (n,), positive; all 1 when left out.
        categorical: positions of the columns that are codes.
        params: further parameters of LightGBM, such as `num_leaves`.
        seed: of everything random.
        watch: rows to measure the loss on after each round; never used to stop early, since what
            chose the length of the fit can no longer judge it.
        on_round: called with the number of rounds done; may raise to stop.

    Returns:
        The text that `margins` and `lightgbm.Booster(model_str=...)` read, and the losses.

    Raises:
        BadMatrix: shapes do not fit, or a label or weight is not a finite number.
        BadParams: a parameter that is fixed here, or that LightGBM refuses.

    Source:
        Ke et al., 2017, "LightGBM: A Highly Efficient Gradient Boosting Decision Tree"; repeatable
        by the parameters `deterministic` and `force_row_wise` of its documentation.

    Example:
        >>> X = np.arange(100.0).reshape(50, 2)
        >>> y = (X[:, 0] >= 50) * 1.0
        >>> one = fit(X, y, names=["a", "b"], objective="binary", rounds=3, num_threads=1)
        >>> two = fit(X, y, names=["a", "b"], objective="binary", rounds=3, num_threads=1)
        >>> one.text == two.text
        True
    """
    y = _checked(matrix, labels, weights, names, objective)
    settled = _settled(params, objective, seed=seed, num_threads=num_threads)
    if rounds < 1:
        raise BadParams("a fit has at least one round", field="params.rounds", got=rounds)
    columns: list[str] | Literal["auto"]
    columns = list(names) if all(map(_writable, names)) else "auto"
    data = lightgbm.Dataset(
        matrix,
        y,
        weight=None if weights is None else np.asarray(weights, dtype=np.float64),
        feature_name=columns,
        categorical_feature=list(categorical),
        params=settled,
        free_raw_data=True,
    )
    losses: dict[str, dict[str, list[float]]] = {}
    calls: list[Callable[..., None]] = [lightgbm.record_evaluation(losses)] if watch else []
    if on_round:
        calls.append(lambda env: on_round(env.iteration + 1))
    watched = [data.create_valid(watch.matrix, np.asarray(watch.labels))] if watch else []
    try:
        booster = lightgbm.train(
            settled,
            data,
            rounds,
            valid_sets=watched,
            valid_names=["watch"][: len(watched)],
            callbacks=calls,
        )
    except lightgbm.basic.LightGBMError as error:
        raise BadParams(str(error), field="params.lightgbm") from error
    text: str = booster.model_to_string()
    return Fitted(text, losses.get("watch", {}).get(_METRIC[objective], []))


def margins(text: str, matrix: Vectors, *, num_threads: int = 1) -> Floats:
    """Give the raw outputs of a model text: log-odds for `binary`, the value for `regression`.

    Args:
        text: as `fit` gave it.
        matrix: shape (n, k), columns as in the fit.
        num_threads: changes the speed, not the result: each row is summed by one thread.

    Returns:
        Shape (n,).

    Raises:
        BadMatrix: the number of columns differs from the fit's.

    Source:
        as `fit`.

    Example:
        >>> X = np.arange(100.0).reshape(50, 2)
        >>> y = (X[:, 0] >= 50) * 1.0
        >>> text = fit(X, y, names=["a", "b"], objective="binary", rounds=3, num_threads=1).text
        >>> bool(margins(text, X)[0] < 0 < margins(text, X)[-1])
        True
    """
    booster = _booster(text, matrix)
    raw = booster.predict(matrix, raw_score=True, num_threads=num_threads)
    return np.asarray(raw, dtype=np.float64)


def contributions(text: str, matrix: Vectors, *, num_threads: int = 1) -> Floats:
    """Give what each feature adds to each row's margin, and the base they start from.

    Args:
        text: as `fit` gave it.
        matrix: shape (n, k).
        num_threads: as for `margins`.

    Returns:
        Shape (n, k + 1); the last column is the base, and each row sums to its margin.

    Raises:
        BadMatrix: as `margins`.

    Source:
        Lundberg et al., 2020, "From local explanations to global understanding with explainable AI
        for trees", algorithm 2, as LightGBM implements it (`pred_contrib`).

    Example:
        >>> X = np.arange(100.0).reshape(50, 2)
        >>> y = (X[:, 0] >= 50) * 1.0
        >>> text = fit(X, y, names=["a", "b"], objective="binary", rounds=3, num_threads=1).text
        >>> bool(np.allclose(contributions(text, X).sum(axis=1), margins(text, X)))
        True
    """
    booster = _booster(text, matrix)
    found = booster.predict(matrix, pred_contrib=True, num_threads=num_threads)
    return np.asarray(found, dtype=np.float64)


def _booster(text: str, matrix: Vectors) -> lightgbm.Booster:
    booster = lightgbm.Booster(model_str=text)
    if matrix.ndim != 2 or matrix.shape[1] != booster.num_feature():
        msg = f"the model has {booster.num_feature()} columns, the matrix is {matrix.shape}"
        raise BadMatrix(msg, field="matrix")
    return booster


def _checked(
    matrix: Vectors,
    labels: npt.ArrayLike,
    weights: npt.ArrayLike | None,
    names: Sequence[str],
    objective: Objective,
) -> Floats:
    y = np.asarray(labels, dtype=np.float64)
    if matrix.ndim != 2 or y.shape != (len(matrix),) or not len(y):
        raise BadMatrix(f"matrix {matrix.shape}, labels {y.shape}", field="labels")
    if matrix.shape[1] != len(names) or len(set(names)) != len(names):
        msg = f"{matrix.shape[1]} columns, {len(set(names))} different names"
        raise BadMatrix(msg, field="names")
    if not np.isfinite(y).all():
        raise BadMatrix("a label is not a finite number", field="labels")
    if objective == "binary" and not np.isin(y, (0.0, 1.0)).all():
        raise BadMatrix("a label of a binary task is neither 0 nor 1", field="labels")
    if weights is not None:
        w = np.asarray(weights, dtype=np.float64)
        if w.shape != y.shape or not (np.isfinite(w) & (w > 0)).all():
            raise BadMatrix("weights are finite, positive, one a row", field="weights")
    return y


def _settled(
    params: Mapping[str, Any] | None, objective: Objective, *, seed: int, num_threads: int
) -> dict[str, Any]:
    given = dict(params or {})
    for name, value in given.items():
        if name in _TAKEN:
            raise BadParams(f"{name} is set by Everlearn", field=f"params.lightgbm.{name}")
        if isinstance(value, float) and not math.isfinite(value):
            raise BadParams(f"{name} is {value}", field=f"params.lightgbm.{name}")
    return {
        **given,
        **FIXED,
        "objective": objective,
        "metric": _METRIC[objective],
        "seed": seed,
        "num_threads": num_threads,
    }


def _writable(name: str) -> bool:
    # LightGBM separates names by blanks and refuses characters that JSON escapes.
    return name.isascii() and all(c.isalnum() or c in "._-=:/+" for c in name)
