"""Ids are uuid version 7 (RFC 9562): they sort by time, so indexes grow at one end only."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    import numpy as np

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTER_BITS = 30


class _Counter:
    """Where the counter of the latest millisecond stands, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ms = -1
        self._next = 0

    def take(self, n: int, ms: int) -> int:
        """Reserve `n` numbers in a row; give the first."""
        with self._lock:
            if ms != self._ms or self._next + n > 1 << _COUNTER_BITS:
                self._ms, self._next = ms, int.from_bytes(os.urandom(3), "big")
            first, self._next = self._next, self._next + n
            return first


_counter = _Counter()


def _begin_anew() -> None:
    global _counter  # noqa: PLW0603 - a forked child must not go on where its parent counts
    _counter = _Counter()


os.register_at_fork(after_in_child=_begin_anew)


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def uuid7(at: datetime) -> UUID:
    """Make one id for something that happened at `at` (aware)."""
    return uuid7_many(1, at)[0]


def uuid7_many(n: int, at: datetime) -> list[UUID]:
    """Make `n` ids of the same millisecond that sort in the order they are given.

    Layout: 48 bits of Unix milliseconds, version, 12 bits of counter, variant, 18 further bits of
    counter and 44 random bits. The counter starts anew for every millisecond from a random place,
    so two processes do not collide, and goes on within it, so ids sort in the order of the calls.
    """
    ms = _milliseconds(at)
    start = _counter.take(n, ms)
    random = os.urandom(6 * n)
    out = []
    for i in range(n):
        counter = (start + i) & 0x3FFFFFFF
        tail = int.from_bytes(random[6 * i : 6 * i + 6], "big") & ((1 << 44) - 1)
        value = (ms & ((1 << 48) - 1)) << 80
        value |= 0x7 << 76
        value |= (counter >> 18) << 64
        value |= 0b10 << 62
        value |= (counter & 0x3FFFF) << 44
        value |= tail
        out.append(UUID(int=value))
    return out


def uuid7_array(milliseconds: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Make an id for each of these Unix milliseconds, as bytes, shape (n, 16).

    As `uuid7_many` lays them out: those of one millisecond sort in the order they are given.
    """
    import numpy as np

    n = len(milliseconds)
    counter = (_counter.take(n, -2) + np.arange(n)) & ((1 << _COUNTER_BITS) - 1)
    random = np.frombuffer(os.urandom(8 * n), ">u8") & ((1 << 44) - 1)
    out = np.empty((n, 2), ">u8")
    out[:, 0] = (milliseconds.astype(np.uint64) << 16) | (0x7 << 12) | (counter >> 18).astype("u8")
    out[:, 1] = (0b10 << 62) | ((counter & 0x3FFFF).astype("u8") << np.uint64(44)) | random
    return out.view(np.uint8).reshape(n, 16)


def uuid7_floor(at: datetime) -> UUID:
    """Give the smallest id of `at`'s millisecond: the bound of a partition or a time filter."""
    return UUID(int=((_milliseconds(at) & ((1 << 48) - 1)) << 80) | (0x7 << 76) | (0b10 << 62))


def time_of(id_: UUID) -> datetime:
    """Give the millisecond in which a version 7 id was made."""
    return datetime.fromtimestamp((id_.int >> 80) / 1000, tz=UTC)
