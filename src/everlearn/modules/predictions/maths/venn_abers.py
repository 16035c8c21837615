"""Venn-Abers: probabilities that are calibrated by construction, with honest bounds.

For each new score there are two calibrated probabilities: one as if its label were 0 (`lower`),
one as if it were 1 (`upper`). One of the two is right, whatever the scores mean, as long as the
calibration rows and the new row are exchangeable. Their gap says how much the calibration set knows
there; their merge is the probability to use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy import typing as npt

from everlearn.modules.predictions.errors import BadLabel, BadScore, LengthMismatch, TooFewValues

Floats = npt.NDArray[np.float64]


class Calibrated(NamedTuple):
    """Calibrated probabilities, each of shape (m,): the merged one and its two bounds."""

    probability: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True, eq=False)
class VennAbers:
    """Inductive Venn-Abers predictor as two step functions of the score.

    Attributes:
        scores: shape (k,), the distinct calibration scores in increasing order.
        lower: shape (k + 1,), probability with the new row labelled 0; entry i holds for a score
            that is at or above exactly i distinct calibration scores.
        upper: shape (k + 1,), probability with the new row labelled 1; entry i holds for a score
            that is above exactly i distinct calibration scores.

    Source:
        Vovk, Petej, Fedorova, 2015, "Large-scale probabilistic predictors with and without
        guarantees of validity", algorithms 1 and 2 for p1; p0 comes from the same algorithm on
        negated scores and swapped labels. Merge: p1 / (1 - p0 + p1), their equation for log loss.

    Example:
        >>> calibrated = VennAbers.fit([1.0, 2.0, 3.0, 4.0], [0, 1, 0, 1]).predict([2.5])
        >>> calibrated.lower.round(3).tolist(), calibrated.upper.round(3).tolist()
        ([0.333], [0.667])
        >>> calibrated.probability.round(3).tolist()
        [0.5]
    """

    scores: Floats
    lower: Floats
    upper: Floats

    @classmethod
    def fit(cls, scores: npt.ArrayLike, labels: npt.ArrayLike) -> VennAbers:
        """Prepare the answers for every possible score, in O(n log n).

        Args:
            scores: shape (n,), probabilities or margins, higher for label 1, of rows the model was
                not trained on; finite.
            labels: shape (n,), 0 or 1; all of one kind is allowed.

        Raises:
            TooFewValues: there is no row.
            LengthMismatch: `scores` and `labels` differ in length.
            BadScore: a score is NaN or infinite.
            BadLabel: a label is neither 0 nor 1.
        """
        s, y = np.asarray(scores, dtype=np.float64).ravel(), np.asarray(labels).ravel()
        if s.size != y.size:
            raise LengthMismatch(field="labels", expected=s.size, got=y.size)
        if s.size == 0:
            raise TooFewValues(field="scores")
        if not np.isfinite(s).all():
            raise BadScore("A calibration score is missing or infinite.", field="scores")
        if not np.isin(y, (0, 1)).all():
            raise BadLabel(field="labels")
        distinct, group, sizes = np.unique(s, return_inverse=True, return_counts=True)
        ones = np.bincount(group, weights=y.astype(np.float64)).astype(np.int64)
        upper = _labelled_one(sizes, ones)
        lower = 1.0 - _labelled_one(sizes[::-1], (sizes - ones)[::-1])[::-1]
        # A score inside a gap labelled 1 is pooled with the next score above; above all of them it
        # stays alone and is 1. Labelled 0 it is the mirror image.
        return cls(distinct, np.concatenate([[0.0], lower]), np.concatenate([upper, [1.0]]))

    def predict(self, scores: npt.ArrayLike) -> Calibrated:
        """Calibrate new scores, in O(log n) each.

        Args:
            scores: shape (m,), in the unit of the calibration scores; infinities are allowed.

        Returns:
            Merged probability, lower and upper bound, each of shape (m,) in [0, 1].

        Raises:
            BadScore: a score is NaN.
        """
        s = np.asarray(scores, dtype=np.float64).ravel()
        if np.isnan(s).any():
            raise BadScore(field="scores")
        lower = self.lower[np.searchsorted(self.scores, s, "right")]
        upper = self.upper[np.searchsorted(self.scores, s, "left")]
        return Calibrated(upper / (1.0 - lower + upper), lower, upper)

    def to_arrays(self) -> dict[str, Floats]:
        """Give the three arrays, to be stored with the model version."""
        return {"scores": self.scores, "lower": self.lower, "upper": self.upper}

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.ArrayLike]) -> VennAbers:
        """Build the predictor again from `to_arrays()`."""
        names = ("scores", "lower", "upper")
        return cls(*(np.asarray(arrays[name], dtype=np.float64) for name in names))


def _labelled_one(sizes: npt.NDArray[np.int64], ones: npt.NDArray[np.int64]) -> Floats:
    """Isotonic value at each group after one more row labelled 1 was added to that group.

    The isotonic fit is the slope of the greatest convex minorant of the points (rows so far, ones
    so far). Adding a row labelled 1 to group i shifts all points from i on by (1, 1), or, the same
    picture, all points before i by (-1, -1): one point moves when i grows by one, so the corners of
    the minorant to the right of it stay, and each point is pushed and popped at most twice.
    """
    x = [-1, 0, *np.cumsum(sizes).tolist()]
    y = [-1, 0, *np.cumsum(ones).tolist()]
    # Python integers: the turns are exact, and one pass over lists beats numpy for single items.
    corners: list[tuple[int, int]] = []
    for px, py in zip(reversed(x), reversed(y), strict=True):
        _push(corners, px, py)
    values = np.empty(len(x) - 2)
    for i in range(values.size):
        (ax, ay), (bx, by) = corners[-1], corners[-2]
        values[i] = (by - ay) / (bx - ax)
        # The point between rows added and group i goes to the other side of the group.
        px, py = x[i] + x[i + 2] - x[i + 1], y[i] + y[i + 2] - y[i + 1]
        x[i + 1], y[i + 1] = px, py
        if (bx - ax) * (py - ay) >= (by - ay) * (px - ax):
            continue  # on or above the minorant: no corner
        corners.pop()
        _push(corners, px, py)
    return values


def _push(corners: list[tuple[int, int]], px: int, py: int) -> None:
    """Add a point to the left of a convex chain (leftmost last), dropping what it hides."""
    while len(corners) > 1:
        (ax, ay), (bx, by) = corners[-1], corners[-2]
        if (ax - px) * (by - py) > (ay - py) * (bx - px):
            break  # a true left turn p -> a -> b: a is a corner
        corners.pop()
    corners.append((px, py))
