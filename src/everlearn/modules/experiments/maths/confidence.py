"""How much better? An interval for the mean loss difference that holds at all times at once.

The picture beside the verdict of `eprocess.py`: it narrows as rows arrive and may be looked at
after every one of them.
"""

from __future__ import annotations

import math

from scipy import optimize, special

from everlearn.modules.experiments.errors import BadSetting
from everlearn.modules.experiments.maths.eprocess import EProcess


def mean_confidence_sequence(process: EProcess, *, alpha: float = 0.05) -> tuple[float, float]:
    """Interval for the mean difference that holds at all times at once.

    With probability 1 - alpha it contains, after every row, the running average of the rows'
    conditional means (of the clipped differences, plus `offset`). It needs no more than the state.
    It is wider than the bet is sharp: decide by `rejects`, show this. It is narrowest, for its
    level, when n times the variance is near the squared range (low + high).

    Args:
        process: evidence so far.
        alpha: chance that the interval ever misses, in (0, 1).

    Returns:
        Lower and upper end, in the unit of the loss; the whole range before the first row.

    Raises:
        BadSetting: `alpha` is not in (0, 1).

    Source:
        Howard, Ramdas, McAuliffe, Sekhon, 2021, "Time-uniform, nonparametric, nonasymptotic
        confidence sequences", theorem 4 (empirical Bernstein) with the gamma-exponential mixture
        boundary of proposition 9. Differs from it in: the mean before the first row is set to 0.

    Example:
        >>> from everlearn.modules.experiments.maths.eprocess import better_than_champion
        >>> evidence = better_than_champion(clip=1.0).update_many([0.2, -0.1] * 2000)
        >>> low, high = mean_confidence_sequence(evidence, alpha=0.05)
        >>> 0.0 < low < 0.05 < high < 0.1
        True
    """
    if not 0.0 < alpha < 1.0:
        raise BadSetting(field="alpha", alpha=alpha)
    bottom, top = process.offset - process.low, process.offset + process.high
    if process.n == 0:
        return bottom, top
    width = process.low + process.high
    radius = width * _boundary(process.variation / width**2, math.log(2 / alpha)) / process.n
    return max(bottom, process.mean - radius), min(top, process.mean + radius)


def _boundary(variation: float, log_threshold: float) -> float:
    """Solve for the deviation at which the mixture reaches the threshold, in units of the range."""
    # The mixture is best where the variation is near 1 squared range: the choice must not depend on
    # the data, and the loss elsewhere grows only with the log of the ratio.
    rho = 1.0 / (2.0 * log_threshold + math.log1p(2.0 * log_threshold))
    a = variation + rho
    start = rho * math.log(rho) - special.gammaln(rho) - math.log(special.gammainc(rho, rho))

    def excess(deviation: float) -> float:
        x = deviation + a
        inside = special.gammaln(a) + math.log(special.gammainc(a, x)) - a * math.log(x)
        return float(start + inside + deviation + variation - log_threshold)

    high = 1.0
    while excess(high) < 0.0:
        high *= 2.0
    return float(optimize.brentq(excess, 0.0, high, xtol=1e-9))
