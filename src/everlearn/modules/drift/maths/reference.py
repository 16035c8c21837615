"""A reference sample in about 200 numbers, stored once and compared with many windows.

Keeps what the comparisons of this folder need (bins, counts, quantiles), as JSON, so that the raw
reference sample need not be read again for each window.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy import typing as npt
from scipy import stats

from everlearn.modules.drift.errors import BadSetting, TooFewValues
from everlearn.modules.drift.maths.ks import KsResult, finite
from everlearn.modules.drift.maths.psi import bin_counts, bin_edges, psi_counts
from everlearn.modules.drift.maths.wasserstein import in_deviations

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reference:
    """What must be kept of a reference sample to compare later windows with it.

    Attributes:
        n: rows in the sample, missing ones included.
        edges: where the bins are cut; a value on an edge belongs to the bin above it.
        counts: rows in each bin; the first bin holds the missing rows.
        mean: mean of the finite values (NaN when there is none).
        std: population standard deviation of the finite values (NaN when there is none).
        quantiles: values at evenly spaced levels from 0 to 1 (from minimum to maximum).
        slice_means: mean of each of the evenly sized slices between those levels.

    Source:
        ours; the measures follow `psi`, `ks.ks` and `wasserstein.wasserstein`.

    Example:
        >>> stored = Reference.fit(range(1000)).to_dict()
        >>> reference = Reference.from_dict(stored)
        >>> reference.psi(range(1000)), round(reference.wasserstein(range(5, 1005)), 6)
        (0.0, 5.0)
    """

    n: int
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    mean: float
    std: float
    quantiles: tuple[float, ...]
    slice_means: tuple[float, ...]

    @classmethod
    def fit(cls, values: npt.ArrayLike, bins: int = 10, quantiles: int = 101) -> Reference:
        """Summarise a reference sample.

        Args:
            values: shape (n,), any unit; NaN and infinities count as missing.
            bins: number of equal-frequency bins; at least 2.
            quantiles: size of the quantile grid; at least 2. `ks` is good to 1 / (quantiles - 1).

        Raises:
            TooFewValues: n is smaller than `bins`.
            BadSetting: `bins` or `quantiles` is below 2.
        """
        if quantiles < 2:
            raise BadSetting(field="quantiles", quantiles=quantiles)
        edges = bin_edges(values, bins)
        ordered = np.sort(finite(values))
        return cls(
            n=np.asarray(values).size,
            edges=tuple(edges.tolist()),
            counts=tuple(bin_counts(edges, values).tolist()),
            mean=float(np.mean(ordered)) if ordered.size else math.nan,
            std=float(np.std(ordered)) if ordered.size else math.nan,
            quantiles=tuple(_at_levels(ordered, quantiles).tolist()),
            slice_means=tuple(_slice_means(ordered, quantiles - 1).tolist()),
        )

    @property
    def n_bins(self) -> int:
        """Number of bins with at least one row, the missing bin included; for the noise floor."""
        return sum(count > 0 for count in self.counts)

    def current_counts(self, current: npt.ArrayLike) -> tuple[int, ...]:
        """Count the rows of a window in the bins of the reference (missing rows first)."""
        return tuple(bin_counts(self.edges, current).tolist())

    def psi(self, current: npt.ArrayLike) -> float:
        """Population stability index, the same number as `psi(values, current)`.

        Raises:
            TooFewValues: `current` is empty.
        """
        return psi_counts(self.counts, self.current_counts(current))

    def ks(self, current: npt.ArrayLike) -> KsResult:
        """Kolmogorov-Smirnov statistic against the stored quantiles, and a cautious p-value.

        The reference's distribution function is drawn straight between the quantiles, so the
        statistic is within `1 / (quantiles - 1) + 2 / n` of the exact one. The p-value is that of
        the statistic minus this bound: never smaller than the grid can prove.

        Raises:
            TooFewValues: `current` or the reference has no finite value.
        """
        after = self._comparable(current)
        grid = np.asarray(self.quantiles)
        n, m = self.n - self.counts[0], after.size
        points = np.unique(np.concatenate([grid, after]))
        above = _grid_cdf(grid, points, "right") - np.searchsorted(after, points, "right") / m
        below = _grid_cdf(grid, points, "left") - np.searchsorted(after, points, "left") / m
        statistic = float(max(np.max(np.abs(above)), np.max(np.abs(below))))
        proven = max(0.0, statistic - 1 / (grid.size - 1) - 2 / n)
        effective = max(1, round(n * m / (n + m)))
        return KsResult(statistic, float(stats.kstwo.sf(proven, effective)))

    def wasserstein(self, current: npt.ArrayLike) -> float:
        """Wasserstein-1 distance between the slice means, in the unit of the feature.

        Never above the exact distance; equal to it unless the two quantile functions cross inside
        a slice. A sample's distance to its own reference is 0.

        Raises:
            TooFewValues: `current` or the reference has no finite value.
        """
        before = np.asarray(self.slice_means)
        after = _slice_means(self._comparable(current), before.size)
        return float(np.mean(np.abs(before - after)))

    def wasserstein_sd(self, current: npt.ArrayLike) -> float:
        """Wasserstein-1 distance in standard deviations of the reference (see `in_deviations`).

        Raises:
            TooFewValues: `current` or the reference has no finite value.
        """
        return in_deviations(self.wasserstein(current), self.std)

    def to_dict(self) -> dict[str, Any]:
        """Give a JSON-ready dict; `mean` and `std` are None when there was no finite value."""
        plain = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}
        if not self.quantiles:
            plain["mean"] = plain["std"] = None
        return plain

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Reference:
        """Build the reference again from `to_dict()`."""
        return cls(
            n=int(stored["n"]),
            edges=tuple(map(float, stored["edges"])),
            counts=tuple(map(int, stored["counts"])),
            mean=math.nan if stored["mean"] is None else float(stored["mean"]),
            std=math.nan if stored["std"] is None else float(stored["std"]),
            quantiles=tuple(map(float, stored["quantiles"])),
            slice_means=tuple(map(float, stored["slice_means"])),
        )

    def _comparable(self, current: npt.ArrayLike) -> Floats:
        after = np.sort(finite(current))
        if after.size == 0 or not self.quantiles:
            raise TooFewValues(n_reference=self.n - self.counts[0], n_current=int(after.size))
        return after


def _at_levels(ordered: Floats, size: int) -> Floats:
    if ordered.size == 0:
        return ordered
    return ordered[np.rint(np.linspace(0, ordered.size - 1, size)).astype(np.intp)]


def _slice_means(ordered: Floats, slices: int) -> Floats:
    if ordered.size == 0:
        return ordered
    # The integral of the quantile function from 0 to u is piecewise linear in u with corners at
    # i / n, so a slice may end inside a value's share and each value is used exactly once.
    ends = np.linspace(0, ordered.size, slices + 1)
    centre = ordered[ordered.size // 2]
    integral = np.concatenate([[0.0], np.cumsum(ordered - centre)])
    at_ends = np.interp(ends, np.arange(ordered.size + 1), integral)
    means: Floats = np.diff(at_ends) * slices / ordered.size + centre
    return means


def _grid_cdf(grid: Floats, points: Floats, side: Literal["left", "right"]) -> Floats:
    """Distribution function of the grid at `points` (`right`) or just below them (`left`)."""
    upper = np.clip(np.searchsorted(grid, points, side), 1, grid.size - 1)
    low, high = grid[upper - 1], grid[upper]
    # Equal neighbours occur only where a point lies outside the grid, which is overwritten below.
    share = (points - low) / np.where(high > low, high - low, 1.0)
    cdf: Floats = (upper - 1 + share) / (grid.size - 1)
    cdf[points < grid[0] if side == "right" else points <= grid[0]] = 0.0
    cdf[points >= grid[-1] if side == "right" else points > grid[-1]] = 1.0
    return cdf
