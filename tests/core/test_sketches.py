"""Sketches: at most 1 % off, merged without loss, the same in the database as in Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everlearn.core import sketches
from everlearn.core.errors import Invalid

SHARES = [0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0]
SIZES = st.floats(1.1e-300, 1.7e308) | st.floats(1e-3, 1e6)
NUMBERS = SIZES | SIZES.map(lambda x: -x) | st.just(0.0) | st.integers(-50, 50).map(float)
LISTS = st.lists(NUMBERS, min_size=1, max_size=60)
BUILD = """
SELECT app.sketch_compact(array_agg(app.sketch_bucket(x))) FROM unnest(CAST(:x AS float8[])) AS x
"""
GROUPED = """
SELECT array_agg(app.sketch_bucket(key, n) ORDER BY key) FROM (
  SELECT app.sketch_key(x) AS key, count(*) AS n FROM unnest(CAST(:x AS float8[])) AS x GROUP BY 1)
AS k
"""
QUANTILES = "SELECT app.sketch_quantiles(CAST(:s AS bigint[]), CAST(:shares AS float8[]))"
EXACT = """
SELECT percentile_cont(CAST(:shares AS float8[])) WITHIN GROUP (ORDER BY x)
FROM unnest(CAST(:x AS float8[])) AS x
"""
on_the_fixture = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def bound(values, share):
    """Give the exact quantile and how far from it a sketch's may be.

    Between two numbers percentile_cont() weighs them, and so does the bound.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    rank = share * (len(ordered) - 1)
    low, high = ordered[math.floor(rank)], ordered[math.ceil(rank)]
    rest = rank - math.floor(rank)
    exact = low * (1 - rest) + high * rest
    return exact, 0.010001 * (abs(low) * (1 - rest) + abs(high) * rest)


def close(values, share, found):
    exact, apart = bound(values, share)
    return abs(found - exact) <= apart


@given(LISTS)
def test_a_quantile_is_at_most_one_percent_off(values):
    sketch = sketches.build(values)
    for share in SHARES:
        assert close(values, share, sketches.quantile(sketch, share)), share


@given(st.lists(LISTS, min_size=1, max_size=6))
def test_merging_loses_nothing(parts):
    merged = sketches.merge(sketches.build(part) for part in parts)
    assert merged.tolist() == sketches.build(np.concatenate(parts)).tolist()
    assert sketches.count(merged) == sum(map(len, parts))


@pytest.mark.parametrize("seed", range(3))
def test_against_numpy_on_many_numbers(seed):
    random = np.random.default_rng(seed)
    values = random.lognormal(3, 2, 50_001)
    for share in SHARES:
        exact = float(np.quantile(values, share))
        assert sketches.quantile(sketches.build(values), share) == pytest.approx(exact, rel=0.0101)


def test_a_share_out_of_range_is_refused():
    with pytest.raises(Invalid) as caught:
        sketches.quantile(sketches.build([1.0]), 1.5)
    assert caught.value.field == "share"


def test_nothing_has_no_quantile():
    assert sketches.quantile(None, 0.5) is None
    assert sketches.quantile(sketches.merge([]), 0.5) is None
    assert sketches.count(None) == 0


class TestInTheDatabase:
    @on_the_fixture
    @given(LISTS)
    def test_both_ways_of_building_give_the_same_as_python(self, tx, values):
        one = tx.scalar(BUILD, {"x": values})
        assert tx.scalar(GROUPED, {"x": values}) == one
        assert one == sketches.build(values).tolist()

    @on_the_fixture
    @given(LISTS)
    def test_quantiles_are_at_most_one_percent_off_the_exact_ones(self, tx, values):
        sketch = tx.scalar(BUILD, {"x": values})
        found = tx.scalar(QUANTILES, {"s": sketch, "shares": SHARES})
        exact = tx.scalar(EXACT, {"x": values, "shares": SHARES})
        for share, each, true in zip(SHARES, found, exact, strict=True):
            assert close(values, share, each), share
            largest = max(abs(value) for value in values)
            assert bound(values, share)[0] == pytest.approx(true, abs=1e-9 * largest)
            same = pytest.approx(sketches.quantile(sketch, share), abs=1e-9 * largest)
            assert each == same

    @on_the_fixture
    @given(st.lists(LISTS, min_size=1, max_size=5))
    def test_merging_loses_nothing(self, tx, parts):
        merged = tx.scalar(
            "SELECT app.sketch_merge(app.sketch_compact(b)) FROM ("
            " SELECT array_agg(app.sketch_bucket(x)) AS b"
            " FROM unnest(CAST(:x AS float8[]), CAST(:part AS int[])) AS t (x, part)"
            " GROUP BY part) AS p",
            {
                "x": [x for part in parts for x in part],
                "part": [i for i, part in enumerate(parts) for _ in part],
            },
        )
        assert merged == sketches.build(np.concatenate(parts)).tolist()

    def test_many_large_sketches_merge(self, tx):
        row = tx.execute(
            "SELECT app.sketch_count(app.sketch_merge(s)) AS n, max(cardinality(s)) AS size"
            " FROM (SELECT array_agg(app.sketch_bucket(exp(i / 50.0)) ORDER BY i) AS s"
            " FROM generate_series(1, 4000) AS i, generate_series(1, 60) AS part"
            " GROUP BY part) AS p"
        ).one()
        assert (row.n, row.size) == (240_000, 4_000)

    def test_buckets_in_any_order_are_a_sketch(self, tx):
        values = [5.0, -3.0, 5.0, 0.0, 1e9, 7.0]
        loose = "SELECT array_agg(app.sketch_bucket(x)) FROM unnest(CAST(:x AS float8[])) AS x"
        sketch = tx.scalar(loose, {"x": values})
        assert sketch != sorted(sketch)
        found = tx.scalar(QUANTILES, {"s": sketch, "shares": SHARES})
        assert all(close(values, s, f) for s, f in zip(SHARES, found, strict=True))
        buckets = tx.execute(
            "SELECT value, n FROM app.sketch_buckets(CAST(:s AS bigint[]))", {"s": sketch}
        ).all()
        assert [n for _, n in buckets] == [1, 1, 2, 1, 1]
        assert [v for v, _ in buckets] == pytest.approx([-3, 0, 5, 7, 1e9], rel=0.0101)

    def test_infinities_and_nan_keep_their_places(self, tx):
        values = [math.nan, math.inf, 1.0, -math.inf, None]
        sketch = tx.scalar(BUILD, {"x": values})
        assert tx.scalar("SELECT app.sketch_count(CAST(:s AS bigint[]))", {"s": sketch}) == 4
        found = tx.scalar(QUANTILES, {"s": sketch, "shares": [0.0, 1 / 3, 2 / 3, 1.0]})
        assert found[0] == -math.inf
        assert found[1] == pytest.approx(1.0, rel=0.0101)
        assert found[2] == math.inf
        assert math.isnan(found[3])
        assert sketch == sketches.build(values[:-1]).tolist()

    def test_the_ends_of_double_precision(self, tx):
        """What is next to zero is zero: products of it would be refused as underflow."""
        values = [5e-324, 1.7976931348623157e308, -1.7976931348623157e308]
        sketch = tx.scalar(BUILD, {"x": values})
        found = tx.scalar(QUANTILES, {"s": sketch, "shares": [0.0, 0.5, 1.0]})
        assert found == pytest.approx([values[2], 0.0, values[1]], rel=0.0101)
        assert sketch == sketches.build(values).tolist()
        near_zero = tx.scalar(BUILD, {"x": [5e-324, -5e-324, 1e-300, 0.0]})
        assert near_zero == sketches.build([0.0] * 4).tolist()

    @pytest.mark.parametrize("share", [-0.1, 1.1, math.nan, None])
    def test_a_share_out_of_range_has_no_quantile(self, tx, share):
        query = "SELECT app.sketch_quantile(ARRAY[app.sketch_bucket(5)], CAST(:share AS float8))"
        assert tx.scalar(query, {"share": share}) is None

    def test_nothing_has_no_quantile(self, tx):
        for nothing in ("NULL::bigint[]", "'{}'::bigint[]", "ARRAY[NULL::bigint]"):
            row = tx.execute(
                f"SELECT app.sketch_quantiles({nothing}, '{{0,0.5,1}}') AS q,"
                f" app.sketch_count({nothing}) AS n"
            ).one()
            assert (row.q, row.n) == ([None] * 3, 0)
        assert tx.scalar("SELECT app.sketch_merge(s) FROM (SELECT NULL::bigint[]) AS n (s)") is None

    def test_the_key_is_inlined_and_may_run_in_parallel(self, tx):
        plan = tx.execute(
            "EXPLAIN VERBOSE SELECT app.sketch_key(x), app.sketch_bucket(x)"
            " FROM unnest(ARRAY[1::float8]) AS x"
        ).scalars()
        assert "sketch" not in "".join(plan)
        unsafe = tx.scalar(
            "SELECT count(*) FROM pg_proc WHERE pronamespace = 'app'::regnamespace"
            " AND proname LIKE 'sketch%' AND (proparallel <> 's' OR provolatile <> 'i')"
        )
        assert unsafe == 0
