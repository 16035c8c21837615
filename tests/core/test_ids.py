"""Ids sort by time and tell it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everlearn.core.ids import time_of, uuid7, uuid7_floor, uuid7_many
from everlearn.core.testing.plugin import TEST_TIME

START = datetime(2000, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=36_500)).map(
    lambda since: START + since
)


@given(MOMENTS)
def test_tell_their_millisecond(at):
    assert time_of(uuid7(at)) == at.replace(microsecond=at.microsecond // 1000 * 1000)


@given(MOMENTS)
def test_are_version_7_of_the_rfc(at):
    made = uuid7(at)
    assert (made.version, made.variant) == (7, RFC_4122)


@given(MOMENTS, st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(days=999)))
def test_later_ones_are_larger(at, later):
    assert uuid7(at) < uuid7(at + later)


@given(MOMENTS)
def test_the_floor_is_below_all_of_its_millisecond_and_above_all_before(at):
    assert uuid7_floor(at) <= uuid7(at)
    assert uuid7(at - timedelta(milliseconds=1)) < uuid7_floor(at)


def test_many_of_one_moment_differ_and_keep_their_order():
    made = uuid7_many(100_000, TEST_TIME)
    assert len(set(made)) == len(made)
    assert made == sorted(made)


def test_one_by_one_they_keep_their_order_too():
    """The newest row is found by its id, also when two were made in the same millisecond."""
    made = [uuid7(TEST_TIME) for _ in range(1_000)]
    assert made == sorted(made)


def test_a_forked_child_does_not_make_its_parents_ids():
    uuid7(TEST_TIME)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, uuid7(TEST_TIME).bytes)
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 16) != uuid7(TEST_TIME).bytes


def test_order_holds_wherever_the_counter_starts(monkeypatch):
    """24 random bits start the counter; from the highest it still has room for a large batch."""
    monkeypatch.setattr("os.urandom", lambda n: b"\xff" * n)
    made = uuid7_many(10_000, TEST_TIME)
    assert made == sorted(made)


def test_none_is_none():
    assert uuid7_many(0, TEST_TIME) == []


def test_an_hour_of_another_zone_is_the_same_moment():
    from datetime import timezone

    there = TEST_TIME.astimezone(timezone(timedelta(hours=-5)))
    assert time_of(uuid7(there)) == TEST_TIME


def test_the_databases_and_ours_are_of_one_kind(database):
    with database.tx(None) as tx:
        made = tx.scalar("SELECT uuidv7()")
        now = tx.scalar("SELECT clock_timestamp()")
        assert made.version == 7
        assert abs(time_of(made) - now) < timedelta(seconds=5)
        floor = tx.scalar("SELECT app.uuid_floor(:at)", {"at": TEST_TIME})
    assert floor <= uuid7_floor(TEST_TIME)
    assert uuid7(TEST_TIME - timedelta(milliseconds=1)) < floor


def test_a_naive_time_is_refused():
    with pytest.raises(TypeError):
        uuid7(TEST_TIME.replace(tzinfo=None))
