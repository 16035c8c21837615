"""How good were the predictions: losses, calibration, ranking, interval coverage.

All of them take plain arrays of resolved rows. Probabilities are those of label 1.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy import typing as npt
from scipy import stats

from everlearn.modules.predictions.errors import BadLabel, BadScore, LengthMismatch, TooFewValues

Floats = npt.NDArray[np.float64]


class Reliability(NamedTuple):
    """Points of a reliability curve, one per bin in use, by rising probability."""

    mean_probability: Floats
    mean_outcome: Floats
    n: npt.NDArray[np.intp]


def log_losses(probabilities: npt.ArrayLike, labels: npt.ArrayLike, *, eps: float = 1e-6) -> Floats:
    """Log loss of each row.

    Args:
        probabilities: shape (n,), in [0, 1].
        labels: shape (n,), 0 or 1.
        eps: probabilities are clipped into [eps, 1 - eps], so that no row costs more than
            -ln(eps): 13.8 nats as given. For the tests of `experiments` use 0.01 (4.6 nats); a
            loss is comparable only with losses of the same `eps`.

    Returns:
        Shape (n,), nats, at least -ln(1 - eps).

    Raises:
        TooFewValues: there is no row.
        LengthMismatch: the two differ in length.
        BadScore: a probability is NaN or outside [0, 1], or `eps` is outside (0, 0.5).
        BadLabel: a label is neither 0 nor 1.

    Source:
        Good, 1952, "Rational decisions", section 8.

    Example:
        >>> log_losses([0.5, 1.0], [1, 0]).round(3).tolist()
        [0.693, 13.816]
    """
    if not 0.0 < eps < 0.5:
        raise BadScore("The clipping constant lies in (0, 0.5).", field="eps")
    p, y = _checked(probabilities, labels)
    clipped = np.clip(p, eps, 1.0 - eps)
    return np.asarray(-np.log(np.where(y, clipped, 1.0 - clipped)))


def log_loss(probabilities: npt.ArrayLike, labels: npt.ArrayLike, *, eps: float = 1e-6) -> float:
    """Mean log loss; arguments, errors and source as `log_losses`.

    Returns:
        Nats, lower is better.

    Source:
        as `log_losses`.

    Example:
        >>> round(log_loss([0.9, 0.2], [1, 0]), 4)
        0.1643
    """
    return float(np.mean(log_losses(probabilities, labels, eps=eps)))


def brier(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Mean squared difference of probability and outcome.

    Args:
        probabilities: shape (n,), in [0, 1].
        labels: shape (n,), 0 or 1.

    Returns:
        In [0, 1], lower is better; 0.25 for a constant probability of one half.

    Raises:
        TooFewValues, LengthMismatch, BadScore, BadLabel: as `log_losses`.

    Source:
        Brier, 1950, "Verification of forecasts expressed in terms of probability"; differs from it
        in: counts label 1 only, half of his number for two classes.

    Example:
        >>> round(brier([0.9, 0.2], [1, 0]), 4)
        0.025
    """
    p, y = _checked(probabilities, labels)
    return float(np.mean((p - y) ** 2))


def reliability_curve(
    probabilities: npt.ArrayLike, labels: npt.ArrayLike, *, bins: int = 15
) -> Reliability:
    """Mean outcome against mean probability in bins of equal size.

    Equal probabilities always share a bin, so the order of the rows does not matter and bins may
    be uneven, or fewer than asked for.

    Args:
        probabilities: shape (n,), in [0, 1].
        labels: shape (n,), 0 or 1.
        bins: greatest number of bins; at least 1.

    Returns:
        Mean probability, mean outcome and rows of each bin in use.

    Raises:
        TooFewValues: there is no row, or `bins` is below 1.
        LengthMismatch, BadScore, BadLabel: as `log_losses`.

    Source:
        Nguyen, O'Connor, 2015, "Posterior calibration and exploratory analysis for natural
        language processing models", section 3 (adaptive binning). Ours: ties share a bin.

    Example:
        >>> curve = reliability_curve([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 0], bins=2)
        >>> curve.mean_probability.round(2).tolist(), curve.mean_outcome.tolist(), curve.n.tolist()
        ([0.15, 0.85], [0.0, 0.5], [2, 2])
    """
    p, y = _checked(probabilities, labels)
    if bins < 1:
        raise TooFewValues("A reliability curve needs at least one bin.", field="bins")
    middle_rank = stats.rankdata(p) - 0.5
    wanted = np.minimum((middle_rank * bins / p.size).astype(np.intp), bins - 1)
    n = np.bincount(wanted, minlength=bins)
    used = n > 0
    mean_p = np.bincount(wanted, weights=p, minlength=bins)[used] / n[used]
    mean_y = np.bincount(wanted, weights=y, minlength=bins)[used] / n[used]
    return Reliability(mean_p, mean_y, n[used])


def expected_calibration_error(
    probabilities: npt.ArrayLike, labels: npt.ArrayLike, *, bins: int = 15
) -> float:
    """Mean gap between probability and outcome over bins of equal size.

    Above 0 even for a perfect model, by about 0.4 / sqrt(rows in a bin) where p is one half:
    compare only numbers made from equally many rows and bins.

    Args:
        probabilities: shape (n,), in [0, 1].
        labels: shape (n,), 0 or 1.
        bins: greatest number of bins; at least 1.

    Returns:
        In [0, 1], lower is better.

    Raises:
        TooFewValues, LengthMismatch, BadScore, BadLabel: as `reliability_curve`.

    Source:
        Naeini, Cooper, Hauskrecht, 2015, "Obtaining well calibrated probabilities using Bayesian
        binning"; differs from it in: bins of equal size, not of equal width.

    Example:
        >>> round(expected_calibration_error([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 0], bins=2), 3)
        0.25
    """
    curve = reliability_curve(probabilities, labels, bins=bins)
    gaps = np.abs(curve.mean_probability - curve.mean_outcome)
    return float(np.average(gaps, weights=curve.n))


def auc(scores: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Probability that a random row labelled 1 scores above a random row labelled 0.

    Args:
        scores: shape (n,), any unit, higher for label 1; not NaN.
        labels: shape (n,), 0 or 1.

    Returns:
        In [0, 1], higher is better, ties count one half; NaN when only one label occurs.

    Raises:
        TooFewValues, LengthMismatch, BadLabel: as `log_losses`.
        BadScore: a score is NaN.

    Source:
        Hanley, McNeil, 1982, "The meaning and use of the area under a receiver operating
        characteristic (ROC) curve": the Mann-Whitney statistic, by ranks.

    Example:
        >>> auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
        0.75
    """
    s, y = _paired(scores, labels)
    if np.isnan(s).any():
        raise BadScore("A score is missing; leave the row out.", field="scores")
    n_ones = int(y.sum())
    n_zeros = y.size - n_ones
    if n_ones == 0 or n_zeros == 0:
        return math.nan
    rank_sum = float(np.sum(stats.rankdata(s)[y]))
    return (rank_sum - n_ones * (n_ones + 1) / 2) / (n_ones * n_zeros)


def interval_coverage(lower: npt.ArrayLike, upper: npt.ArrayLike, actual: npt.ArrayLike) -> float:
    """Share of outcomes that fell into their interval, ends included.

    Args:
        lower: shape (n,), in the unit of the outcome; -inf is allowed.
        upper: shape (n,), same unit; inf is allowed.
        actual: shape (n,), what really happened, same unit.

    Returns:
        In [0, 1]; compare it with the level that was promised. An empty interval
        (`lower` above `upper`) covers nothing.

    Raises:
        TooFewValues: there is no row.
        LengthMismatch: the three differ in length.
        BadScore: a number is NaN; leave unresolved rows out.

    Source:
        Gneiting, Balabdaoui, Raftery, 2007, "Probabilistic forecasts, calibration and sharpness",
        section 3.2 (coverage of central intervals).

    Example:
        >>> interval_coverage([0, 0, 0, 0], [1, 1, 1, 1], [0.5, 1.0, 1.5, -2.0])
        0.5
    """
    columns = [np.asarray(column, dtype=np.float64).ravel() for column in (lower, upper, actual)]
    low, high, y = columns
    if not low.size == high.size == y.size:
        raise LengthMismatch(field="actual", expected=low.size, got=y.size)
    if y.size == 0:
        raise TooFewValues(field="actual")
    if any(np.isnan(column).any() for column in columns):
        raise BadScore("An end or an outcome is missing; leave the row out.", field="actual")
    return float(np.mean((low <= y) & (y <= high)))


def _checked(
    probabilities: npt.ArrayLike, labels: npt.ArrayLike
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    p, y = _paired(probabilities, labels)
    if not ((p >= 0.0) & (p <= 1.0)).all():
        raise BadScore(field="probabilities")
    return p, y


def _paired(scores: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[Floats, npt.NDArray[np.bool_]]:
    s, y = np.asarray(scores, dtype=np.float64).ravel(), np.asarray(labels).ravel()
    if s.size != y.size:
        raise LengthMismatch(field="labels", expected=s.size, got=y.size)
    if s.size == 0:
        raise TooFewValues(field="labels")
    if not np.isin(y, (0, 1)).all():
        raise BadLabel(field="labels")
    return s, y.astype(np.bool_)
