"""The shape every detector on a live stream of losses has.

A detector is fed the losses of resolved predictions in the order in which their outcomes became
known, and says at which of them it believes that the stream changed. The always-silent dummy
(`silent.py`) has the same shape, so a detector is always shown beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

from everlearn.modules.drift.errors import BadSetting


@runtime_checkable
class Detector(Protocol):
    """Anything that watches a stream of losses and signals changes."""

    @property
    def estimation(self) -> float:
        """Mean loss of the values the detector believes to be current; NaN before the first."""

    @property
    def width(self) -> int:
        """Number of values the detector believes to be current."""

    def update_many(self, values: Iterable[float]) -> list[int]:
        """Feed losses in order; give the positions in `values` at which a change was signalled."""

    def to_state(self) -> dict[str, Any]:
        """Give a JSON-ready state from which the detector can be built again."""


def alarm_rate(n_alarms: int, n_observations: int) -> float:
    """Alarms per 1,000 observations; on a stream without drift this is the false-alarm rate.

    Args:
        n_alarms: how often a detector signalled.
        n_observations: how many losses it was fed.

    Returns:
        Alarms per 1,000 observations, at least 0; 0.0 when nothing was observed.

    Raises:
        BadSetting: a count is negative.

    Source:
        ours: the reciprocal of the mean time between false alarms (MTFA) of Bifet, 2017,
        "Classifier concept drift detection and the illusion of progress", scaled to 1,000.

    Example:
        >>> alarm_rate(3, 6_000)
        0.5
    """
    if n_alarms < 0 or n_observations < 0:
        raise BadSetting(field="n_alarms", n_alarms=n_alarms, n_observations=n_observations)
    return 1000.0 * n_alarms / n_observations if n_observations else 0.0
