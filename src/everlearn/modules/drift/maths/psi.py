"""Population stability index (PSI): how much the shares of a feature's bins changed.

PSI sees every kind of change of one feature, also a change of how often it is missing. To compare
many windows with one stored reference, use `reference.Reference`.
"""

from __future__ import annotations

import numpy as np
from numpy import typing as npt

from everlearn.modules.drift.errors import BadSetting, TooFewValues
from everlearn.modules.drift.maths.ks import finite

Floats = npt.NDArray[np.float64]
_EMPTY = 0.5  # counts given to a bin that only one sample reached: the logarithm must exist


def psi(reference: npt.ArrayLike, current: npt.ArrayLike, *, bins: int = 10) -> float:
    """Population stability index between two samples of one feature.

    A value that fills more than one bin on its own (a tie, such as zero) gets a bin for itself.
    Missing values (NaN, infinities) are one more bin, so a rising share of them counts.
    Small samples give a PSI above 0 without any drift: see `levels.psi_noise`.

    Args:
        reference: shape (n,), any unit; the sample the model was trained on.
        current: shape (m,), same unit as `reference`.
        bins: number of equal-frequency bins cut on `reference`; at least 2.

    Returns:
        PSI >= 0, unitless (nats). 0 means the binned shares are equal.

    Raises:
        TooFewValues: n is smaller than `bins`, or m is 0.
        BadSetting: `bins` is below 2.

    Source:
        Siddiqi, 2006, "Credit Risk Scorecards", chapter 9 (system stability report); it is the
        symmetrised divergence J of Jeffreys, 1946. Differs from it in: a bin that is empty in one
        sample gets 0.5 counts, a bin that is empty in both is left out, missing is a bin.

    Example:
        >>> psi(range(100), range(100))
        0.0
        >>> round(psi(range(100), range(50)), 3)
        1.383
    """
    edges = bin_edges(reference, bins)
    return psi_counts(bin_counts(edges, reference), bin_counts(edges, current))


def psi_categorical(reference_codes: npt.ArrayLike, current_codes: npt.ArrayLike) -> float:
    """Population stability index of a feature whose values are categories.

    Args:
        reference_codes: shape (n,), one code (integer or text) a row; missing is a code too.
        current_codes: shape (m,), codes of the same meaning; new codes are allowed.

    Returns:
        PSI >= 0, unitless (nats); every code is a bin.

    Raises:
        TooFewValues: a sample is empty.

    Source:
        as `psi`, with categories for bins.

    Example:
        >>> psi_categorical([0, 0, 1, 1], [1, 0, 1, 0])
        0.0
        >>> round(psi_categorical(["a"] * 90 + ["b"] * 10, ["a"] * 50 + ["b"] * 50), 3)
        0.879
    """
    before, after = np.asarray(reference_codes).ravel(), np.asarray(current_codes).ravel()
    codes = np.unique(np.concatenate([before, after]))
    size = len(codes)
    return psi_counts(
        np.bincount(np.searchsorted(codes, before), minlength=size),
        np.bincount(np.searchsorted(codes, after), minlength=size),
    )


def psi_counts(reference_counts: npt.ArrayLike, current_counts: npt.ArrayLike) -> float:
    """Population stability index of two lists of counts over the same bins.

    Args:
        reference_counts: shape (k,), rows in each bin, at least 0.
        current_counts: shape (k,), rows in each of the same bins.

    Returns:
        PSI >= 0, unitless (nats).

    Raises:
        TooFewValues: all counts of a list are 0.
        BadSetting: the lists differ in length.

    Source:
        as `psi`.

    Example:
        >>> round(psi_counts([90, 10], [50, 50]), 3)
        0.879
    """
    before = np.asarray(reference_counts, dtype=np.float64)
    after = np.asarray(current_counts, dtype=np.float64)
    if before.shape != after.shape:
        raise BadSetting("The two lists of counts differ in length; count the same bins.")
    n, m = float(before.sum()), float(after.sum())
    if n <= 0 or m <= 0:
        raise TooFewValues(n_reference=int(n), n_current=int(m))
    used = (before > 0) | (after > 0)
    p = np.where(before > 0, before, _EMPTY)[used] / n
    q = np.where(after > 0, after, _EMPTY)[used] / m
    return float(np.sum((q - p) * np.log(q / p)))


def bin_edges(reference: npt.ArrayLike, bins: int) -> Floats:
    """Cut equal-frequency bins on a reference sample.

    Args:
        reference: shape (n,), any unit; NaN and infinities are left out.
        bins: number of bins; at least 2. Ties may give fewer, or one more for each tied value.

    Returns:
        Edges in increasing order; a value on an edge belongs to the bin above it.

    Raises:
        TooFewValues: n, missing values included, is smaller than `bins`.
        BadSetting: `bins` is below 2.

    Source:
        as `psi`; ours: a value cut twice fills a bin alone, and is cut before and just after, so
        that values which later appear on either side of it are told apart from it.

    Example:
        >>> bin_edges(range(100), 4).tolist()
        [25.0, 50.0, 75.0]
    """
    if bins < 2:
        raise BadSetting(field="bins", bins=bins)
    n = np.asarray(reference).size
    if n < bins:
        raise TooFewValues(field="reference", n=n, bins=bins)
    ordered = np.sort(finite(reference))
    if ordered.size == 0:
        return ordered
    # Edges are values of the sample, never means of two: an increasing change of unit moves the
    # edges with the values. The small constant takes back the rounding of `levels`.
    levels = np.arange(1, bins) / bins
    cuts = ordered[np.ceil(levels * (ordered.size - 1) - 1e-9).astype(np.intp)]
    values, times = np.unique(cuts, return_counts=True)
    return np.union1d(values, np.nextafter(values[times > 1], np.inf))


def bin_counts(edges: npt.ArrayLike, values: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """Count rows in the bins between `edges`; the first count is that of the missing rows.

    Args:
        edges: shape (k,), increasing.
        values: shape (n,), same unit; NaN and infinities count as missing.

    Returns:
        Shape (k + 2,): missing, below the first edge, ..., on or above the last edge.

    Source:
        as `psi`.

    Example:
        >>> bin_counts([10.0], [1.0, 10.0, 11.0, float("nan")]).tolist()
        [1, 1, 2]
    """
    cuts, present = np.asarray(edges, dtype=np.float64), finite(values)
    inside = np.bincount(np.searchsorted(cuts, present, "right"), minlength=cuts.size + 1)
    return np.concatenate([[np.asarray(values).size - present.size], inside])
