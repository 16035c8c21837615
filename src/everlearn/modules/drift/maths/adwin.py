"""ADWIN on a live stream of losses, with a state that is data.

The window itself is river's. River's objects can only be stored as pickles, so the state kept here
is the values that entered the window since the last change, and the window is rebuilt by replaying
them: the same values in the same order give the same window.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from typing import Any

from river import drift as river_drift

from everlearn.modules.drift.errors import BadSetting, NotANumber

_Adwin: Any = river_drift.ADWIN  # river's functions carry no type hints


class AdwinDetector:
    """Adaptive windowing: signals when the mean loss of the recent past left that of the past.

    ADWIN's bound assumes values in [0, 1]. Give `cap` for other losses: they are clipped into
    [0, cap] and divided by it, and `estimation` is given back in the unit of the loss.

    After each change, up or down, the window starts again from nothing (river's behaviour), so the
    next change is measured against the new level only.

    Source:
        Bifet, Gavalda, 2007, "Learning from time-changing data with adaptive windowing", ADWIN2,
        as in `river.drift.ADWIN`. Differs from it in: `only_worse` keeps a change to itself when
        the mean of the kept window is not above the mean of the window before it was cut.

    Example:
        >>> detector = AdwinDetector(delta=0.002)
        >>> detector.update_many([0.1] * 500 + [0.6] * 500)
        [543]
        >>> again = AdwinDetector.from_state(detector.to_state())
        >>> again.width == detector.width, round(again.estimation, 6)
        (True, 0.6)
    """

    def __init__(
        self,
        delta: float = 0.002,
        clock: int = 32,
        grace_period: int = 10,
        min_window_length: int = 5,
        *,
        only_worse: bool = True,
        cap: float | None = None,
        keep: int = 5_000,
    ) -> None:
        """Start with an empty window.

        Args:
            delta: probability bound of a false signal at each check, in (0, 1).
            clock: check after every `clock` values; 1 finds changes soonest, 32 is faster.
            grace_period: no signal before this many values.
            min_window_length: the shortest part of the window compared with the rest.
            only_worse: signal only when the mean loss went up.
            cap: greatest possible loss; None when the losses lie in [0, 1] already.
            keep: greatest number of values in the state. While the window is not longer, a rebuilt
                detector is the same detector; beyond that it remembers only the last `keep`.

        Raises:
            BadSetting: a setting is outside its range.
        """
        if not 0.0 < delta < 1.0 or (cap is not None and not 0.0 < cap < math.inf):
            raise BadSetting(field="delta", delta=delta, cap=cap)
        if min(clock, grace_period, min_window_length, keep) < 1:
            raise BadSetting("ADWIN's lengths are at least 1.", field="clock")
        self._settings = {
            "delta": delta,
            "clock": clock,
            "grace_period": grace_period,
            "min_window_length": min_window_length,
        }
        self._only_worse, self._cap, self._scale = only_worse, cap, cap or 1.0
        self._window = _Adwin(**self._settings)
        self._values: deque[float] = deque(maxlen=keep)
        # River drops a cut window only at the next value; until then `width` and `estimation` show
        # the part that was kept, and they must survive a restart.
        self._after_cut: tuple[int, float] | None = None

    @property
    def estimation(self) -> float:
        """Mean loss of the window, in the unit of the loss; NaN while the window is empty."""
        width, mean = self._after_cut or (self._window.width, self._window.estimation)
        return mean * self._scale if width else math.nan

    @property
    def width(self) -> int:
        """Number of values in the window."""
        return int(self._after_cut[0] if self._after_cut else self._window.width)

    def update_many(self, values: Iterable[float]) -> list[int]:
        """Feed losses in order.

        Args:
            values: losses in the order in which they became known; finite.

        Returns:
            Positions in `values` at which a change was signalled.

        Raises:
            NotANumber: a loss is NaN or infinite; nothing of `values` has been taken in.
        """
        losses = [float(value) for value in values]
        if not all(map(math.isfinite, losses)):
            raise NotANumber(field="values")
        return [position for position, loss in enumerate(losses) if self._update(loss)]

    def replay(self, values: Iterable[float]) -> None:
        """Feed losses of the past without signalling: rebuilds the window from stored losses.

        Feeding every loss since the beginning gives exactly the detector that saw them live.

        Raises:
            NotANumber: a loss is NaN or infinite; nothing of `values` has been taken in.
        """
        self.update_many(values)

    def to_state(self) -> dict[str, Any]:
        """Give the JSON-ready state: the settings and the values since the last change."""
        return {
            **self._settings,
            "only_worse": self._only_worse,
            "cap": self._cap,
            "keep": self._values.maxlen,
            "values": list(self._values),
            "after_cut": list(self._after_cut) if self._after_cut else None,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> AdwinDetector:
        """Build the detector again from `to_state()`."""
        settings = {k: v for k, v in state.items() if k not in {"values", "after_cut"}}
        detector = cls(**settings)
        detector.replay(state["values"])
        if state["after_cut"] is not None:
            width, mean = state["after_cut"]
            detector._after_cut = (int(width), float(mean))
        return detector

    def _update(self, loss: float) -> bool:
        value = loss if self._cap is None else min(max(loss, 0.0), self._cap) / self._cap
        self._values.append(loss)
        before, self._after_cut = self._window.estimation, None
        self._window.update(value)
        if not self._window.drift_detected:
            return False
        kept = (int(self._window.width), float(self._window.estimation))
        self._values.clear()
        self._window = _Adwin(**self._settings)
        self._after_cut = kept
        return kept[1] > before or not self._only_worse
