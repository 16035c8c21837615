"""Wasserstein-1 (earth mover's) distance: how far, on average, the values moved."""

from __future__ import annotations

import math

import numpy as np
from numpy import typing as npt
from scipy import stats

from everlearn.modules.drift.errors import TooFewValues
from everlearn.modules.drift.maths.ks import finite


def wasserstein(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """Wasserstein-1 distance between two samples of one feature.

    Args:
        reference: shape (n,), any unit; NaN and infinities are left out.
        current: shape (m,), same unit as `reference`; NaN and infinities are left out.

    Returns:
        Distance >= 0 in the unit of the feature; a pure shift by c gives |c|.

    Raises:
        TooFewValues: a sample has no finite value.

    Source:
        Ramdas, Garcia Trillos, Cuturi, 2017, "On Wasserstein two-sample testing", section 2, as in
        `scipy.stats.wasserstein_distance`.

    Example:
        >>> wasserstein([0, 1, 2], [5, 6, 7])
        5.0
    """
    before, after = _both(reference, current)
    return float(stats.wasserstein_distance(before, after))


def wasserstein_sd(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """Wasserstein-1 distance in standard deviations of the reference.

    Args:
        reference: shape (n,), any unit; NaN and infinities are left out.
        current: shape (m,), same unit as `reference`; NaN and infinities are left out.

    Returns:
        Distance >= 0, unitless, unchanged when both samples change their unit. When the reference
        is constant there is no scale: 0.0 when nothing moved, else infinity.

    Raises:
        TooFewValues: a sample has no finite value.

    Source:
        as `wasserstein`; differs from it in: divided by the population standard deviation.

    Example:
        >>> wasserstein_sd([0, 2], [3, 5])
        3.0
    """
    before, after = _both(reference, current)
    return in_deviations(float(stats.wasserstein_distance(before, after)), float(np.std(before)))


def in_deviations(distance: float, deviation: float) -> float:
    """Express a distance in standard deviations; 0 / 0 is 0 and x / 0 is infinity.

    Source:
        ours: a constant reference has no scale, and any move away from it is without bound.

    Example:
        >>> in_deviations(1.0, 0.5), in_deviations(0.0, 0.0), in_deviations(1.0, 0.0)
        (2.0, 0.0, inf)
    """
    if deviation > 0.0:
        return distance / deviation
    return math.inf if distance > 0.0 else 0.0


def _both(
    reference: npt.ArrayLike, current: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    before, after = finite(reference), finite(current)
    if before.size == 0 or after.size == 0:
        raise TooFewValues(n_reference=int(before.size), n_current=int(after.size))
    return before, after
