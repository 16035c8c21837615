"""Is the challenger better than the champion? A test that may be looked at after every row.

The test is a bet. Start with a wealth of 1 and bet, row after row, that the challenger loses less.
If it is not better, no way of betting makes money: the chance that the wealth ever reaches
1 / alpha is at most alpha (Ville's inequality), however often and whenever one looks. So the wealth
itself is the evidence: stop at any time, go on at any time, the error rate holds.

What is tested. A bet needs a bound on how much one row can lose, so differences are clipped into
[-low, high]; the claim is about the mean of the *clipped* differences, given the past. For log
loss, clip the probabilities into [0.01, 0.99] first: then no difference exceeds ln(99) = 4.6 and
nothing is clipped here. A bound far above the usual differences costs power, because a bet can
risk no more than the whole wealth on the worst row.

Rows that are not independent. Errors of one day share causes, so given the morning's errors the
afternoon's mean difference is not 0 even for equal models. Then aggregate first
(`block_means`) and bet on complete blocks only.

Rollback is the same test with the roles exchanged: the previous version is the challenger.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy import typing as npt
from scipy import special

from everlearn.modules.experiments.errors import BadSetting, LengthMismatch, NotANumber

Floats = npt.NDArray[np.float64]
BETS: tuple[float, ...] = tuple(0.99 * 2.0 ** (-k / 2) for k in range(20))
"""Shares of the wealth at risk, 0.99 down to 0.0014; the wealth is split evenly among them.

A mixture pays at most log(20) = 3 of log wealth for not knowing the best of them beforehand.
"""
_CHUNK = 16_384  # rows held in memory at once, times the number of bets


@dataclass(frozen=True, slots=True)
class EProcess:
    """Evidence collected so far against "the mean difference is at most 0"; JSON-ready.

    Make one with `better_than_champion` or `worse_than_promised`.

    Attributes:
        low: greatest possible loss of one row; differences are clipped at -low.
        high: greatest possible win of one row; differences are clipped at high.
        offset: taken from every value before it is clipped.
        bets: shares of the wealth at risk in each row, in (0, 1).
        log_wealth: natural log of the wealth of each bet.
        n: rows seen.
        total: sum of the clipped differences.
        total_squares: sum of their squares.
        variation: sum of squared deviations of each clipped difference from the mean before it.
        max_log_e: greatest `log_e` after any row, 0 at the start.

    Source:
        Waudby-Smith, Ramdas, 2024, "Estimating means of bounded random variables by betting",
        section 4 (capital process, one-sided), with the even mixture over a fixed grid of bets
        (their "diversified Kelly betting"), a discrete form of Cover, 1991, "Universal
        portfolios". Crossing: Ville, 1939.

    Example:
        >>> evidence = better_than_champion(clip=1.0).update_many([0.2, -0.1] * 200)
        >>> evidence.rejects(alpha=0.05), round(evidence.mean, 3)
        (True, 0.05)
    """

    low: float
    high: float
    offset: float
    bets: tuple[float, ...]
    log_wealth: tuple[float, ...]
    n: int = 0
    total: float = 0.0
    total_squares: float = 0.0
    variation: float = 0.0
    max_log_e: float = 0.0

    def update_many(self, differences: npt.ArrayLike) -> EProcess:
        """Bet on further rows.

        Args:
            differences: shape (m,), in the order in which they became known; infinities are
                clipped. In one batch or many: the result is the same but for rounding, and
                crossings inside a batch count.

        Returns:
            The evidence including these rows; this one stays as it is.

        Raises:
            NotANumber: a difference is NaN.
        """
        values = np.asarray(differences, dtype=np.float64).ravel()
        if np.isnan(values).any():
            raise NotANumber(field="differences")
        process = self
        for start in range(0, values.size, _CHUNK):
            process = process._update(values[start : start + _CHUNK])
        return process

    def _update(self, values: Floats) -> EProcess:
        d = np.clip(values - self.offset, -self.low, self.high)
        gains = np.log1p(np.outer(d / self.low, self.bets))
        log_wealth = np.asarray(self.log_wealth) + np.cumsum(gains, axis=0)
        log_e = special.logsumexp(log_wealth, axis=1) - math.log(len(self.bets))
        seen = self.n + np.arange(d.size)
        sums = self.total + np.concatenate([[0.0], np.cumsum(d)[:-1]])
        means_before = sums / np.maximum(seen, 1)
        return replace(
            self,
            log_wealth=tuple(log_wealth[-1].tolist()),
            n=self.n + d.size,
            total=self.total + float(d.sum()),
            total_squares=self.total_squares + float(d @ d),
            variation=self.variation + float(np.sum((d - means_before) ** 2)),
            max_log_e=max(self.max_log_e, float(log_e.max())),
        )

    @property
    def log_e(self) -> float:
        """Natural log of the wealth now; 0 at the start."""
        return float(special.logsumexp(self.log_wealth)) - math.log(len(self.bets))

    @property
    def mean(self) -> float:
        """Mean of the clipped differences, plus `offset`; NaN before the first row."""
        return self.total / self.n + self.offset if self.n else math.nan

    @property
    def p_value(self) -> float:
        """P-value that is valid at any time: 1 / greatest wealth so far."""
        return math.exp(-self.max_log_e)

    def rejects(self, alpha: float) -> bool:
        """Say whether the wealth has ever reached 1 / alpha; once true it stays true.

        Args:
            alpha: chance, over the whole future, of a wrong yes; in (0, 1).

        Raises:
            BadSetting: `alpha` is not in (0, 1).
        """
        if not 0.0 < alpha < 1.0:
            raise BadSetting(field="alpha", alpha=alpha)
        return self.max_log_e >= -math.log(alpha)

    def to_dict(self) -> dict[str, Any]:
        """Give a JSON-ready dict."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> EProcess:
        """Build the evidence again from `to_dict()`."""
        plain: dict[str, Any] = dict(stored)
        for name in ("bets", "log_wealth"):
            plain[name] = tuple(map(float, plain[name]))
        return cls(**plain)


def better_than_champion(clip: float, bets: Sequence[float] = BETS) -> EProcess:
    """Start a test of H0: the challenger's loss is, given the past, on average not smaller.

    Feed it d = loss of champion - loss of challenger, row by row.

    Args:
        clip: bound of |d| in the unit of the loss; larger differences are clipped. 1 for Brier or
            0/1 loss, ln(99) = 4.6 for log loss of probabilities clipped into [0.01, 0.99].
        bets: shares of the wealth at risk, in (0, 1).

    Raises:
        BadSetting: `clip` is not above 0, or a bet is not in (0, 1).

    Source:
        as `EProcess`; H0: E[clip(d_t, -clip, clip) | past] <= 0 for every t.

    Example:
        >>> better_than_champion(clip=1.0).update_many([-0.5] * 100).rejects(alpha=0.05)
        False
    """
    return _start(low=clip, high=clip, offset=0.0, bets=bets)


def worse_than_promised(promised: float, cap: float, bets: Sequence[float] = BETS) -> EProcess:
    """Start a test of H0: the mean loss, given the past, is at most what was promised.

    Feed it losses, row by row; they are clipped into [0, cap].

    Args:
        promised: mean loss promised at promotion, in (0, cap), in the unit of the loss.
        cap: greatest loss counted, in the same unit. Clipping lowers the mean, so a small cap can
            only hide a broken promise, never invent one.
        bets: shares of the wealth at risk, in (0, 1).

    Raises:
        BadSetting: `promised` is not in (0, cap), or a bet is not in (0, 1).

    Source:
        as `EProcess`; H0: E[min(loss_t, cap) | past] <= promised for every t.

    Example:
        >>> watch = worse_than_promised(promised=0.10, cap=1.0)
        >>> watch.update_many([0, 0, 0, 0, 1] * 60).rejects(alpha=0.05)
        True
    """
    return _start(low=promised, high=cap - promised, offset=promised, bets=bets)


def block_means(differences: npt.ArrayLike, block_ids: npt.ArrayLike) -> Floats:
    """Average the differences of each block (a day, say), so that a block is one row of the test.

    Clip before averaging, and pass complete blocks only: a block that is still growing would be
    looked at twice. With blocks, the test asks about the mean *block*, whatever its size.

    Args:
        differences: shape (n,), in the unit of the loss.
        block_ids: shape (n,), one id (number, text or date) a row.

    Returns:
        Shape (k,): one mean a block, in the order in which the blocks first appear.

    Raises:
        LengthMismatch: the two differ in length.

    Source:
        ours: the null only needs mean 0 given the past blocks, and leaves what happens inside a
        block free; compare the batch means of Law, Carson, 1979.

    Example:
        >>> block_means([1.0, 3.0, 5.0], ["mon", "mon", "tue"]).tolist()
        [2.0, 5.0]
    """
    values, ids = np.asarray(differences, dtype=np.float64), np.asarray(block_ids)
    if values.shape != ids.shape:
        raise LengthMismatch(field="block_ids", expected=int(values.size), got=int(ids.size))
    _, first, block = np.unique(ids, return_index=True, return_inverse=True)
    sums, sizes = np.bincount(block, weights=values), np.bincount(block)
    return np.asarray((sums / sizes)[np.argsort(first)], dtype=np.float64)


def _start(*, low: float, high: float, offset: float, bets: Sequence[float]) -> EProcess:
    if not (0.0 < low < math.inf and 0.0 < high < math.inf):
        raise BadSetting(field="clip", low=low, high=high)
    if not bets or not all(0.0 < bet < 1.0 for bet in bets):
        raise BadSetting("Every bet lies strictly between 0 and 1.", field="bets")
    return EProcess(low, high, offset, tuple(bets), log_wealth=(0.0,) * len(bets))
