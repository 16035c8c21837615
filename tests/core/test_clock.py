"""The only clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from everlearn.core.clock import ManualClock, SystemClock

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_the_machines_is_aware_and_goes_on():
    clock = SystemClock()
    first = clock.now()
    assert first.utcoffset() == timedelta(0)
    assert clock.now() >= first


def test_a_manual_one_stands():
    clock = ManualClock(START)
    assert clock.now() == clock.now() == START


def test_it_moves_forward():
    clock = ManualClock(START)
    clock.advance(timedelta(hours=1))
    clock.move_to(START + timedelta(hours=2))
    assert clock.now() == START + timedelta(hours=2)


def test_it_never_goes_back():
    clock = ManualClock(START)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.move_to(START - timedelta(microseconds=1))
    assert clock.now() == START


def test_it_shows_utc_wherever_it_was_set():
    there = timezone(timedelta(hours=9))
    assert ManualClock(START.astimezone(there)).now().utcoffset() == timedelta(0)


def test_it_needs_a_zone():
    with pytest.raises(ValueError, match="aware"):
        ManualClock(START.replace(tzinfo=None))
