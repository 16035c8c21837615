"""The only clock. Nothing else in Everlearn asks the machine for the time of day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """Give the current time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Give the machine's time in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands until it is moved: for tests and for replaying the past."""

    def __init__(self, at: datetime) -> None:
        """Stand at `at`, which must be aware."""
        if at.tzinfo is None:
            msg = "a clock needs an aware datetime; add tzinfo=UTC"
            raise ValueError(msg)
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Give the time the clock was last moved to."""
        return self._at

    def move_to(self, at: datetime) -> None:
        """Move to `at`; going back is refused, because facts already carry later times."""
        if at < self._at:
            msg = f"the clock stands at {self._at.isoformat()} and cannot go back to {at}"
            raise ValueError(msg)
        self._at = at.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move forward by a duration."""
        self.move_to(self._at + by)
