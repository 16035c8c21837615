from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everlearn.modules.features import errors
from everlearn.modules.features.maths.windows import (
    Aggregate,
    latest_as_of,
    pending_aggregate,
    window_aggregate,
)

laws = settings(max_examples=60, deadline=None)
NEVER = 2**63 - 1
# Few keys and moments, so that ties, late facts and empty windows are the rule.
facts = st.lists(
    st.tuples(
        st.integers(0, 30),  # event_at
        st.integers(-5, 25),  # how much later it was known; below 0: known ahead
        st.integers(-1, 2),  # key
        st.one_of(st.integers(-4, 4).map(float), st.just(math.nan)),
    ),
    max_size=40,
)
queries = st.lists(st.tuples(st.integers(-1, 3), st.integers(-10, 70)), max_size=20)
BY_NAME = {
    "count": len,
    "sum": sum,
    "mean": np.mean,
    "std": np.std,
    "min": min,
    "max": max,
}


def as_columns(rows, queries_):
    event, lag, key, value = (np.array(c) for c in zip(*rows, strict=True)) if rows else ([],) * 4
    query_key, query_at = (
        (np.array(c) for c in zip(*queries_, strict=True)) if queries_ else ([],) * 2
    )
    return {
        "event_at": event,
        "known_at": np.add(event, lag),
        "key": key,
        "value": value,
        "query_key": query_key,
        "query_at": query_at,
    }


def without_value(columns):
    return {name: column for name, column in columns.items() if name != "value"}


class TestWindows:
    @laws
    @given(facts, queries, st.integers(1, 40), st.sampled_from(get_args(Aggregate)))
    def test_is_what_a_plain_loop_says(self, rows, queries_, width, agg):
        got = window_aggregate(**as_columns(rows, queries_), width=width, agg=agg)
        for (key, t), answer in zip(queries_, got, strict=True):
            inside = [
                value
                for event, lag, fact_key, value in rows
                if fact_key == key
                and event + lag <= t
                and event > t - width
                and not math.isnan(value)
            ]
            empty = 0.0 if agg in {"sum", "count"} else math.nan
            expected = BY_NAME[agg](inside) if inside else empty
            exact = agg not in {"mean", "std"}
            assert answer == pytest.approx(expected, abs=0 if exact else 1e-9, nan_ok=True)

    def test_at_scale_with_uneven_values(self):
        rng = np.random.default_rng(7)
        event, key = rng.integers(0, 10**9, 20_000), rng.integers(0, 5, 20_000)
        known, value = event + rng.integers(0, 10**7, 20_000), 1e6 + rng.normal(size=20_000)
        query_at, query_key, width = rng.integers(0, 10**9, 60), rng.integers(0, 5, 60), 10**7
        for agg in ("mean", "std", "min", "max"):
            got = window_aggregate(
                event_at=event, known_at=known, key=key, value=value,
                query_key=query_key, query_at=query_at, width=width, agg=agg,
            )  # fmt: skip
            for k, t, answer in zip(query_key, query_at, got, strict=True):
                inside = value[(key == k) & (known <= t) & (event > t - width)]
                expected = BY_NAME[agg](inside) if inside.size else math.nan
                # The key's mean is taken out first, so 1e6 costs the deviations no digits.
                assert answer == pytest.approx(expected, rel=1e-9, nan_ok=True)

    def test_sums_of_integers_are_exact(self):
        n = 100_000
        value = np.tile([10.0**9, -(10.0**9) + 1], n // 2)
        at = np.arange(n)
        got = window_aggregate(
            event_at=at, known_at=at, key=np.zeros(n), value=value,
            query_key=[0, 0], query_at=[n - 1, n // 2], width=2, agg="sum",
        )  # fmt: skip
        assert got.tolist() == [1.0, 1.0]

    def test_a_late_fact_never_enters_a_window_it_missed(self):
        got = window_aggregate(
            event_at=[0], known_at=[50], key=[1], value=[1.0],
            query_key=[1, 1], query_at=[49, 50], width=50, agg="count",
        )  # fmt: skip
        assert got.tolist() == [0.0, 0.0]

    @laws
    @given(facts, queries, st.integers(1, 40))
    def test_what_is_known_later_changes_no_earlier_answer(self, rows, queries_, width):
        columns = as_columns(rows, queries_)
        before = [row for row in rows if row[0] + row[1] <= 20]
        early = [query for query in queries_ if query[1] <= 20]
        full = window_aggregate(**columns, width=width, agg="sum")
        kept = [answer for answer, query in zip(full, queries_, strict=True) if query[1] <= 20]
        assert (
            window_aggregate(**as_columns(before, early), width=width, agg="sum").tolist() == kept
        )

    def test_refuses(self):
        columns = as_columns([(1, 0, 1, 2.0)], [(1, 1)])
        with pytest.raises(errors.BadWindow):
            window_aggregate(**columns, width=0, agg="sum")
        with pytest.raises(errors.UnknownAggregate):
            window_aggregate(**columns, width=1, agg="median")
        with pytest.raises(errors.NotFinite):
            window_aggregate(**{**columns, "value": [math.inf]}, width=1, agg="sum")
        for name in ("known_at", "value", "query_at"):
            with pytest.raises(errors.LengthMismatch):
                window_aggregate(**{**columns, name: [1, 2]}, width=1, agg="sum")


class TestLatest:
    @laws
    @given(facts, queries, st.one_of(st.none(), st.integers(1, 30)))
    def test_is_what_a_plain_loop_says(self, rows, queries_, max_age):
        got = latest_as_of(**without_value(as_columns(rows, queries_)), max_age=max_age)
        for (key, t), answer in zip(queries_, got, strict=True):
            known = [
                (event, event + lag, position)
                for position, (event, lag, fact_key, _) in enumerate(rows)
                if fact_key == key and event + lag <= t and (max_age is None or event > t - max_age)
            ]
            assert answer == (max(known)[2] if known else -1)

    def test_refuses(self):
        with pytest.raises(errors.BadWindow):
            latest_as_of(
                event_at=[1], known_at=[1], key=[1], query_key=[1], query_at=[1], max_age=0
            )


class TestPending:
    @laws
    @given(facts, queries, st.integers(1, 40), st.randoms())
    def test_is_what_a_plain_loop_says(self, rows, queries_, width, random):
        minute = 60_000_000
        columns = without_value(as_columns(rows, queries_))
        closed = [random.choice([NEVER, random.randint(0, 60)]) for _ in rows]
        # An epoch far away, so that running sums pass 2**63 and have to wrap back.
        base = 2**62 // minute
        times = {
            "opened_at": (np.asarray(columns["event_at"], np.int64) + base) * minute,
            "known_at": (np.asarray(columns["known_at"], np.int64) + base) * minute,
            "closed_at": [c if c == NEVER else (c + base) * minute for c in closed],
            "query_at": (np.asarray(columns["query_at"], np.int64) + base) * minute,
        }
        got = pending_aggregate(
            **times, key=columns["key"], query_key=columns["query_key"], width=width * minute
        )
        for i, (key, t) in enumerate(queries_):
            ages = [
                t - event
                for (event, lag, fact_key, _), end in zip(rows, closed, strict=True)
                if fact_key == key and event + lag <= t < end and event > t - width
            ]
            assert got.open_count[i] == len(ages)
            expected = np.mean(ages) if ages else math.nan
            assert got.mean_age_min[i] == pytest.approx(expected, nan_ok=True)
