"""Which rows to learn from and which to judge by, and how much each row weighs."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy import typing as npt

from everlearn.modules.training.errors import BadHalfLife

Micros: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]
_DAY_US = 86_400_000_000.0


class Split(NamedTuple):
    """Rows to fit on and rows to measure on; a row is in one of them or in neither."""

    fit: Mask
    holdout: Mask


def by_time(as_of: npt.ArrayLike, known_at: npt.ArrayLike, *, at: int) -> Split:
    """Split as somebody at the moment `at` would have had to.

    A row is fitted on only if its outcome was known by then; rows of before whose outcome came
    later are in neither part, since they would tell the fit about the days it is judged on.

    Args:
        as_of: shape (n,), microseconds: when each prediction would have been made.
        known_at: shape (n,), microseconds: when each outcome became known.
        at: microseconds: where the holdout begins.

    Returns:
        Two masks of shape (n,).

    Source:
        Bergmeir & Benitez, 2012, "On the use of cross-validation for time series predictor
        evaluation", section 3.1 (last-block evaluation); the rule on `known_at` is ours.

    Example:
        >>> split = by_time([1, 2, 3, 4], [2, 9, 5, 6], at=3)
        >>> split.fit.tolist(), split.holdout.tolist()
        ([True, False, False, False], [False, False, True, True])
    """
    made, known = np.asarray(as_of, dtype=np.int64), np.asarray(known_at, dtype=np.int64)
    return Split(fit=(made < at) & (known <= at), holdout=made >= at)


def recency_weights(
    as_of: npt.ArrayLike, *, until: int, half_life_days: float | None
) -> npt.NDArray[np.float64] | None:
    """Weigh rows by age: one of `half_life_days` ago counts half as much as one of now.

    Args:
        as_of: shape (n,), microseconds.
        until: microseconds: now.
        half_life_days: positive; None weighs all rows the same.

    Returns:
        Shape (n,), in (0, 1] for rows up to now, never below 1e-6; None for `half_life_days` None.

    Raises:
        BadHalfLife: it is not a positive finite number.

    Source:
        ours: exponential forgetting, as in Koychev, 2000, "Gradual forgetting for adaptation to
        concept drift", which is linear.

    Example:
        >>> day = 86_400_000_000
        >>> recency_weights([0, 10 * day], until=10 * day, half_life_days=10).tolist()
        [0.5, 1.0]
    """
    if half_life_days is None:
        return None
    if not (np.isfinite(half_life_days) and half_life_days > 0):
        raise BadHalfLife(field="params.half_life_days", got=half_life_days)
    age_days = (until - np.asarray(as_of, dtype=np.int64)) / _DAY_US
    return np.asarray(np.maximum(0.5 ** (age_days / half_life_days), 1e-6))


def squared_errors(values: npt.ArrayLike, actual: npt.ArrayLike) -> dict[str, float]:
    """Measure a regression.

    Args:
        values: shape (n,), what was predicted.
        actual: shape (n,), same unit.

    Returns:
        `mse` (unit squared), `rmse` and `mae` (same unit).

    Source:
        definitions.

    Example:
        >>> squared_errors([1.0, 3.0], [1.0, 1.0])
        {'mse': 2.0, 'rmse': 1.4142135623730951, 'mae': 1.0}
    """
    error = np.asarray(values, dtype=np.float64) - np.asarray(actual, dtype=np.float64)
    mse = float(np.mean(error**2))
    return {"mse": mse, "rmse": mse**0.5, "mae": float(np.mean(np.abs(error)))}
