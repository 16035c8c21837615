"""The detector that never signals: the dummy every other detector is shown beside.

A detector that does not lead to better decisions than this one is not worth its alarms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any


class SilentDetector:
    """Counts what it sees and never signals.

    Source:
        ours, after Bifet, 2017, "Classifier concept drift detection and the illusion of
        progress": detectors are to be compared with a baseline that does not look at the data.

    Example:
        >>> silent = SilentDetector()
        >>> silent.update_many([0.0] * 50 + [9.0] * 50)
        []
        >>> silent.width, silent.estimation
        (100, 4.5)
    """

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._n = 0
        self._total = 0.0

    @property
    def estimation(self) -> float:
        """Mean of everything seen; NaN before the first value."""
        return self._total / self._n if self._n else math.nan

    @property
    def width(self) -> int:
        """Number of values seen."""
        return self._n

    def update_many(self, values: Iterable[float]) -> list[int]:
        """Count the values and signal nothing."""
        for value in values:
            self._n += 1
            self._total += float(value)
        return []

    def to_state(self) -> dict[str, Any]:
        """Give the JSON-ready state."""
        return {"n": self._n, "total": self._total}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> SilentDetector:
        """Build the detector again from `to_state()`."""
        detector = cls()
        detector._n = int(state["n"])
        detector._total = float(state["total"])
        return detector
