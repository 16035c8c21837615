"""Kolmogorov-Smirnov: the greatest gap between two empirical distribution functions."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from numpy import typing as npt
from scipy import stats

from everlearn.modules.drift.errors import TooFewValues


class KsResult(NamedTuple):
    """A Kolmogorov-Smirnov comparison: greatest gap in [0, 1] and its two-sided p-value."""

    statistic: float
    p_value: float


def ks(reference: npt.ArrayLike, current: npt.ArrayLike) -> KsResult:
    """Two-sample Kolmogorov-Smirnov test of one feature.

    The p-value is exact while both samples have at most 10,000 values, asymptotic above. With ties
    it is conservative (too large). It looks at one moment: when every window is tested again, use
    `levels.drift_level`, which corrects for the number of tests.

    Args:
        reference: shape (n,), any unit; NaN and infinities are left out.
        current: shape (m,), same unit as `reference`; NaN and infinities are left out.

    Returns:
        Greatest gap in [0, 1], unitless, and p-value in [0, 1].

    Raises:
        TooFewValues: a sample has no finite value.

    Source:
        Hodges, 1958, "The significance probability of the Smirnov two-sample test", as in
        `scipy.stats.ks_2samp(method="auto")`.

    Example:
        >>> gap = ks([1, 2, 3, 4], [11, 12, 13, 14])
        >>> gap.statistic, round(gap.p_value, 6)  # 2 of the 70 orders of 4 + 4 values
        (1.0, 0.028571)
    """
    before, after = finite(reference), finite(current)
    if before.size == 0 or after.size == 0:
        raise TooFewValues(n_reference=int(before.size), n_current=int(after.size))
    with warnings.catch_warnings():
        # Where the exact p-value comes out as 1 + 1e-16, scipy warns and takes the asymptotic one.
        warnings.filterwarnings("ignore", "ks_2samp: Exact calculation unsuccessful")
        result = stats.ks_2samp(before, after, method="auto")
    return KsResult(float(result.statistic), float(result.pvalue))


def finite(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Leave out NaN and infinities; both count as missing in every measure of this folder.

    Source:
        ours: an infinity is nearly always a failed division upstream, and one of them would
        decide every mean, so it is counted with the missing values, where PSI sees it.

    Example:
        >>> finite([1.0, float("nan"), float("inf"), 2.0]).tolist()
        [1.0, 2.0]
    """
    flat = np.asarray(values, dtype=np.float64).ravel()
    return flat[np.isfinite(flat)]
