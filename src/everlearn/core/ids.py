"""Ids are uuid version 7 (RFC 9562): they sort by time, so indexes grow at one end only."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _milliseconds(at: datetime) -> int:
    return int((at - _EPOCH).total_seconds() * 1000)


def uuid7(at: datetime) -> UUID:
    """Make one id for something that happened at `at` (aware)."""
    return uuid7_many(1, at)[0]


def uuid7_many(n: int, at: datetime) -> list[UUID]:
    """Make `n` ids of the same millisecond that sort in the order they are given.

    Layout: 48 bits of Unix milliseconds, version, 12 bits of counter, variant, 18 further bits of
    counter and 44 random bits. The counter starts anew for every call from a random place, so two
    processes do not collide.
    """
    ms = _milliseconds(at)
    start = int.from_bytes(os.urandom(3), "big")
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


def uuid7_floor(at: datetime) -> UUID:
    """Give the smallest id of `at`'s millisecond: the bound of a partition or a time filter."""
    return UUID(int=((_milliseconds(at) & ((1 << 48) - 1)) << 80) | (0x7 << 76) | (0b10 << 62))


def time_of(id_: UUID) -> datetime:
    """Give the millisecond in which a version 7 id was made."""
    return datetime.fromtimestamp((id_.int >> 80) / 1000, tz=UTC)
