"""Samples of metrics: each once, whenever and however they come; rollups that agree with them."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everlearn.core import partitions
from everlearn.core.errors import Conflict, EverlearnError, Invalid, NotFound
from everlearn.core.testing.make import make
from everlearn.modules.operations.service.metrics import chunks, merging, reading, rolling
from everlearn.modules.operations.service.metrics import series as known_series
from everlearn.modules.operations.service.metrics.recording import record_metrics
from everlearn.modules.operations.tables import SystemPerformanceMetric

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # the tests' present
HOUR = timedelta(hours=1)
MS = timedelta(milliseconds=1)


def sample(value, at=NOON - HOUR, name="request_ms", **more):
    return {"metric_name": name, "value": value, "timestamp": at} | more


def samples(tx, name="request_ms"):
    """Give what is stored of a metric: time -> value."""
    query = "SELECT timestamp, value FROM v_metric_samples WHERE metric_name = :name"
    found = tx.execute(query, {"name": name}).all()
    assert len(found) == len({row.timestamp for row in found})
    return {row.timestamp: row.value for row in found}


def levels(tx, name="request_ms"):
    """Give samples counted at each level."""
    query = (
        "SELECT aggregation_level, sum(sample_count) AS n FROM v_system_metrics"
        " WHERE metric_name = :name AND aggregation_level <> 'raw' GROUP BY 1"
    )
    return {row.aggregation_level: int(row.n) for row in tx.execute(query, {"name": name})}


def fates(done):
    refused = [each.index for each in done.refused]
    return done.accepted, done.duplicate_at, refused


class TestRecording:
    def test_a_sample_is_there_as_it_was_sent(self, tx):
        said = sample(
            12.5,
            metric_category="api",
            unit="ms",
            tags={"route": "/v1/events", "n": 1},
            source_component="gateway",
        )
        assert fates(record_metrics(tx, [said])) == (1, [], [])
        (row,) = tx.execute("SELECT * FROM v_metric_samples").mappings()
        assert dict(row) | said == dict(row)
        assert row["tenant_id"] == tx.tenant_id

    def test_times_are_kept_to_the_microsecond(self, tx):
        hour = NOON - HOUR
        edges = [hour, hour + timedelta(microseconds=1), hour + HOUR - timedelta(microseconds=1)]
        record_metrics(tx, [sample(n, at) for n, at in enumerate(edges)])
        assert samples(tx) == {at: n for n, at in enumerate(edges)}

    def test_sent_again_it_is_a_duplicate(self, tx):
        first = [sample(n, NOON - n * MS) for n in range(50)]
        assert fates(record_metrics(tx, first)) == (50, [], [])
        more = [*first[10:20], sample(99, NOON - 99 * MS), *first[:3]]
        assert fates(record_metrics(tx, more)) == (1, [*range(10), 11, 12, 13], [])
        assert len(samples(tx)) == 51

    def test_another_value_is_refused(self, tx):
        record_metrics(tx, [sample(1.0), sample(2.0, NOON)])
        done = record_metrics(tx, [sample(1.5), sample(2.0, NOON), sample(3.0, NOON - MS)])
        assert fates(done) == (1, [1], [0])
        assert (done.refused[0].field, done.refused[0].reason) == (
            "value",
            "the series has another value at that time: 1",
        )
        assert samples(tx)[NOON - HOUR] == 1.0

    def test_twins_in_one_batch(self, tx):
        done = record_metrics(tx, [sample(1), sample(1), sample(2), sample(1)])
        assert fates(done) == (1, [1, 3], [2])
        # What is stored decides, not what came first in the batch.
        done = record_metrics(tx, [sample(2), sample(1)])
        assert fates(done) == (0, [1], [0])

    def test_all_or_nothing(self, tx):
        record_metrics(tx, [sample(1)])
        for wrong in (sample(2), sample(1e300, NOON), {"value": 1}):
            with pytest.raises(Invalid) as caught, tx.savepoint():
                record_metrics(tx, [sample(5, NOON), wrong], all_or_nothing=True)
            assert caught.value.facts["refused"][0]["index"] == 1
        assert samples(tx) == {NOON - HOUR: 1}

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"metric_name": ""}, "metric_name"),
            ({"metric_name": "a\0b"}, "metric_name"),
            ({"value": 1e201}, "value"),
            ({"value": float("nan")}, "value"),
            ({"value": "5"}, "value"),
            ({"unit": "parsec"}, "unit"),
            ({"metric_category": "other"}, "metric_category"),
            ({"tags": ["a"]}, "tags"),
            ({"tags": {"a": "\0"}}, "tags"),
            ({"timestamp": datetime(1999, 12, 31, tzinfo=UTC)}, "timestamp"),
            ({"timestamp": NOON + timedelta(days=2)}, "timestamp"),
            ({"timestamp": NOON.replace(tzinfo=None)}, "timestamp"),
            ({"tenant_id": "x"}, "tenant_id"),
        ],
    )
    def test_what_is_wrong_is_refused_alone(self, tx, wrong, field):
        done = record_metrics(tx, [sample(1), sample(2, NOON) | wrong, sample(3, NOON - MS)])
        assert fates(done) == (2, [], [1])
        assert done.refused[0].field == field

    def test_json_that_only_the_database_finds_wrong(self, tx):
        """A number of more digits than numeric holds."""
        body = b'{"metric_name": "a", "value": 1, "tags": {"n": 1e999999}}'
        from everlearn.core.ingest import read_lines
        from everlearn.modules.operations.service.metrics.recording import SHAPE

        done = record_metrics(tx, read_lines(SHAPE, body + b'\n{"metric_name": "b", "value": 2}'))
        assert fates(done) == (1, [], [0])
        assert done.refused[0].field == "tags"

    def test_the_same_tags_are_the_same_series(self, tx):
        record_metrics(tx, [sample(1, tags={"a": 1, "b": 2}), sample(2, NOON, tags={})])
        record_metrics(tx, [sample(1, tags={"b": 2, "a": 1}), sample(2, NOON, tags=None)])
        assert len(samples(tx)) == 2
        assert tx.scalar("SELECT count(*) FROM metric_series") == 2

    def test_every_part_of_it_tells_series_apart(self, tx):
        parts = [
            {},
            {"unit": "ms"},
            {"unit": "mb"},
            {"metric_category": "api"},
            {"source_component": "api"},
            {"tags": {"a": "b"}},
            {"name": "request_ms'"},
            {"name": "NULL", "source_component": "NULL"},
            {"name": "NULL"},
        ]
        done = record_metrics(tx, [sample(n, **each) for n, each in enumerate(parts)])
        assert done.accepted == len(parts)
        assert tx.scalar("SELECT count(*) FROM metric_series") == len(parts)

    def test_without_a_time_it_is_now(self, tx):
        record_metrics(tx, [{"metric_name": "request_ms", "value": 1}])
        assert samples(tx) == {NOON: 1}

    def test_arrow_and_data_frames(self, tx):
        import pandas as pd
        import polars as pl

        columns = {
            "metric_name": ["a", "b"] * 500,
            "value": np.arange(1000.0),
            "timestamp": [NOON - n * MS for n in range(1000)],
        }
        assert record_metrics(tx, pa.table(columns)).accepted == 1000
        assert record_metrics(tx, pd.DataFrame(columns)).duplicates == 1000
        assert record_metrics(tx, pl.DataFrame(columns)).duplicates == 1000
        assert len(samples(tx, "a")) == 500
        broken = pa.table({"metric_name": ["c", "c"], "value": [1.0, float("inf")]})
        assert fates(record_metrics(tx, broken)) == (1, [], [1])

    def test_a_chunk_ends_with_its_hour_and_day(self, tx):
        midnight = datetime(2026, 3, 2, tzinfo=UTC)
        times = [midnight + n * timedelta(minutes=10) for n in range(-8, 9)]
        record_metrics(tx, [sample(n, at) for n, at in enumerate(times)])
        assert sorted(samples(tx)) == times
        rows = tx.execute(
            "SELECT start_at, end_at, tableoid::regclass::text AS p FROM metric_samples"
        )
        found = sorted((row.start_at, row.p[-3:]) for row in rows)
        assert [(at.hour, day) for at, day in found] == [
            (22, "d01"),
            (23, "d01"),
            (0, "d02"),
            (1, "d02"),
        ]

    def test_a_chunk_is_no_larger_than_is_read_at_once(self, tx, monkeypatch):
        monkeypatch.setattr(chunks, "MOST", 100)
        times = [NOON - HOUR + n * MS for n in range(950)]
        record_metrics(tx, [sample(n, at) for n, at in enumerate(times)])
        assert tx.scalar("SELECT count(*) FROM metric_samples") == 10
        assert tx.scalar("SELECT max(sample_count) FROM metric_samples") == 100
        assert samples(tx) == {at: n for n, at in enumerate(times)}

    def test_a_series_that_an_older_database_does_not_have(self, tx, monkeypatch):
        """The process knows the id; a backup was restored since."""
        record_metrics(tx, [sample(1)])
        real = known_series.resolve
        monkeypatch.setattr(
            known_series,
            "resolve",
            lambda _, keys: ([UUID(int=7)] * len(keys), {}),
        )
        monkeypatch.setattr(
            known_series,
            "forget",
            lambda *_: monkeypatch.setattr(known_series, "resolve", real),
        )
        assert fates(record_metrics(tx, [sample(1), sample(2, NOON)])) == (1, [0], [])

    @given(st.data())
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_each_once_however_batches_overlap(self, tx, data):
        """Against a dict: the first value of a time is there, everything else is answered so."""
        with pytest.raises(_Undone), tx.savepoint():
            there: dict[tuple[str, int], float] = {}
            for _ in range(data.draw(st.integers(1, 5))):
                one = st.tuples(st.sampled_from("ab"), st.integers(-30, 30), st.integers(0, 1))
                batch = data.draw(st.lists(one, max_size=40))
                done = record_metrics(
                    tx, [sample(v, NOON + at * timedelta(minutes=7), name) for name, at, v in batch]
                )
                accepted, again, refused = 0, [], []
                for index, (name, at, value) in enumerate(batch):
                    if (name, at) not in there:
                        there[name, at] = value
                        accepted += 1
                    else:
                        (again if there[name, at] == value else refused).append(index)
                assert fates(done) == (accepted, again, refused)
                if data.draw(st.booleans()):
                    rolling.roll_up(tx)
            for name in "ab":
                expected = {
                    NOON + at * timedelta(minutes=7): v for (n, at), v in there.items() if n == name
                }
                assert samples(tx, name) == expected
            raise _Undone


class _Undone(Exception):
    """Takes back what an example of hypothesis wrote."""


class TestRollups:
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 3 * 86_400_000 - 1),
                st.floats(-1e6, 1e6, allow_nan=False).filter(lambda v: abs(v) > 1e-6 or v == 0),
            ),
            min_size=1,
            max_size=200,
            unique_by=lambda pair: pair[0],
        ),
        st.integers(1, 4),
    )
    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_they_equal_what_the_samples_say(self, tx, pairs, parts):
        start = NOON - timedelta(days=4)
        with pytest.raises(_Undone), tx.savepoint():
            for part in range(parts):
                record_metrics(tx, [sample(v, start + ms * MS) for ms, v in pairs[part::parts]])
                rolling.roll_up(tx)
            for level in ("minute", "hour", "day"):
                counted = tx.execute(
                    "SELECT timestamp, value, sample_count, value_min, value_max, value_last, p95"
                    " FROM v_system_metrics WHERE aggregation_level = :level ORDER BY timestamp",
                    {"level": level},
                ).all()
                direct = tx.execute(
                    f"SELECT date_trunc('{level}', timestamp, 'UTC') AS timestamp,"
                    " avg(value) AS value, count(*) AS sample_count, min(value) AS value_min,"
                    " max(value) AS value_max, (array_agg(value ORDER BY timestamp DESC))[1]"
                    " AS value_last, percentile_cont(0.95) WITHIN GROUP (ORDER BY value) AS p95,"
                    " max(abs(value)) AS size FROM v_metric_samples GROUP BY 1 ORDER BY 1"
                ).all()
                assert len(counted) == len(direct)
                for got, want in zip(counted, direct, strict=True):
                    for name in (
                        "timestamp",
                        "sample_count",
                        "value_min",
                        "value_max",
                        "value_last",
                    ):
                        assert getattr(got, name) == getattr(want, name), name
                    assert got.value == pytest.approx(want.value, rel=1e-9, abs=1e-6)
                    # Between two samples the sketch is 1 % of the larger off, at most.
                    assert got.p95 == pytest.approx(want.p95, abs=0.0101 * want.size + 1e-9)
            raise _Undone

    def test_samples_are_counted_once(self, tx):
        record_metrics(tx, [sample(n, NOON - n * MS) for n in range(10)])
        assert levels(tx) == {}
        assert rolling.roll_up(tx) == 1
        assert rolling.roll_up(tx) == 0
        record_metrics(tx, [sample(n, NOON - n * MS) for n in range(12)])
        rolling.roll_up(tx)
        assert levels(tx) == {"minute": 12, "hour": 12, "day": 12}

    def test_rows_of_plain_sql_are_counted_too(self, tx):
        for value, level in ((1, "raw"), (3, "raw"), (7, "hour"), (float("nan"), "raw")):
            make(
                tx,
                SystemPerformanceMetric,
                metric_name="request_ms",
                value=value,
                aggregation_level=level,
                tags={},
                timestamp=NOON,
            )
        record_metrics(tx, [sample(5)])
        rolling.roll_up(tx)
        assert levels(tx)["day"] == 3
        assert tx.scalar("SELECT count(*) FROM metric_series") == 1
        points = reading.read_points(
            tx, "request_ms", since=NOON - 2 * HOUR, until=NOON + HOUR, step="1d"
        )
        assert points.columns["value"].tolist() == [3.0]
        raw = reading.read_points(
            tx, "request_ms", since=NOON - 2 * HOUR, until=NOON + HOUR, step="raw"
        )
        assert sorted(raw.columns["value"].tolist()[:3]) == [1.0, 3.0, 5.0]

    def test_days_are_those_of_utc_when_clocks_change(self, tx):
        """In Berlin 29 March 2026 has 23 hours, and 25 October 2025 is followed by 25."""
        tx.execute("SET LOCAL timezone = 'Europe/Berlin'")
        for day in (datetime(2025, 10, 26, tzinfo=UTC), datetime(2025, 3, 30, tzinfo=UTC)):
            times = [day + n * HOUR for n in range(-1, 25)]
            record_metrics(tx, [sample(n, at) for n, at in enumerate(times)])
            rolling.roll_up(tx)
            found = tx.execute(
                "SELECT timestamp, sample_count FROM v_system_metrics"
                " WHERE aggregation_level = 'day' AND timestamp >= :since AND timestamp <= :until"
                " ORDER BY 1",
                {"since": day - timedelta(days=1), "until": day + timedelta(days=1)},
            ).all()
            assert [(row.timestamp.astimezone(UTC), row.sample_count) for row in found] == [
                (day - timedelta(days=1), 1),
                (day, 24),
                (day + timedelta(days=1), 1),
            ]

    def test_what_comes_a_year_late_is_counted_at_once(self, tx):
        """Retention may take such samples any time; minutes, hours and days keep them."""
        late = NOON - timedelta(days=365)
        record_metrics(tx, [sample(1, late), sample(2, late + timedelta(days=40))])
        assert levels(tx) == {"minute": 2, "hour": 2, "day": 2}
        assert fates(record_metrics(tx, [sample(1, late), sample(3, late + MS)])) == (1, [0], [])
        assert levels(tx)["day"] == 3

    def test_minutes_outlive_their_samples(self, db):
        app, service = db.database(), db.database("service")
        tenant = db.tenant()
        late = NOON - timedelta(days=3)
        with app.tx(tenant) as tx:
            record_metrics(tx, [sample(1, late), sample(2, late + MS)])
        with service.tx(tenant) as tx:
            tx.execute("DELETE FROM operations.metric_samples WHERE tenant_id = app.tenant_id()")
        with app.tx(tenant) as tx:
            record_metrics(tx, [sample(4, late + 2 * MS)])
            rolling.roll_up(tx)
            assert levels(tx) == {"minute": 3, "hour": 3, "day": 3}

    def test_readers_and_writers_do_not_wait_for_a_refresh(self, db):
        app, other = db.database(), db.database()
        tenant = db.tenant()
        with app.tx(tenant) as tx:
            record_metrics(tx, [sample(1)])
        with app.tx(tenant) as tx:
            rolling.roll_up(tx)
            with other.tx(tenant) as reader:
                reader.execute("SET LOCAL lock_timeout = '500ms'")
                assert levels(reader) == {}
                record_metrics(reader, [sample(2, NOON)])
        with app.tx(tenant) as tx:
            assert levels(tx) == {"minute": 1, "hour": 1, "day": 1}
            rolling.roll_up(tx)
            assert levels(tx) == {"minute": 2, "hour": 2, "day": 2}


class TestTogether:
    def test_writers_of_the_same_samples_end_with_each_once(self, db):
        """Six writers, batches that overlap and differ in where they begin and end."""
        app, tenant = db.database(), db.tenant()
        accepted, problems = [], []

        def write(n):
            try:
                for start in range(0, 300, 50):
                    rows = [
                        sample(i, NOON - i * MS, name=f"m{i % 3}")
                        for i in range(start + n * 7, start + n * 7 + 80)
                    ]
                    with app.tx(tenant) as tx:
                        accepted.append(record_metrics(tx, rows).accepted)
            except EverlearnError as error:
                problems.append(error)

        threads = [threading.Thread(target=write, args=(n,)) for n in range(5)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        assert problems == []
        with app.tx(tenant) as tx:
            total = sum(len(samples(tx, f"m{n}")) for n in range(3))
            rolling.roll_up(tx)
            counted = sum(levels(tx, f"m{n}")["hour"] for n in range(3))
        assert total == sum(accepted) == counted == 358


class TestReading:
    @pytest.fixture
    def filled(self, tx):
        """A day of one sample a minute, its value the minute's number."""
        start = NOON - timedelta(days=1)
        record_metrics(tx, [sample(n, start + n * timedelta(minutes=1)) for n in range(1440)])
        rolling.roll_up(tx)
        return start

    @pytest.mark.parametrize(
        ("span", "step", "found_at"),
        [
            (timedelta(hours=2), None, ("minute", 60, 120)),
            (timedelta(days=1), None, ("minute", 300, 288)),
            (timedelta(days=30), None, ("hour", 3600, 24)),
            (timedelta(days=1), "raw", ("raw", 0, 1440)),
            (timedelta(days=1), "7m", ("minute", 420, 206)),
            (timedelta(days=1), "6h", ("hour", 21_600, 4)),
            (timedelta(days=1), "1d", ("day", 86_400, 2)),
            (timedelta(days=1), "3600", ("hour", 3600, 24)),
        ],
    )
    def test_levels(self, tx, filled, span, step, found_at):
        found = reading.read_points(tx, "request_ms", since=NOON - span, until=NOON, step=step)
        assert (found.level, found.step_s, len(found)) == found_at
        times = found.columns["timestamp"]
        assert (np.diff(times) > 0).all()
        if found.step_s:
            assert found.columns["count"].sum() == min(span // timedelta(minutes=1), 1440)

    def test_what_steps_come_to(self, tx, filled):
        found = reading.read_points(tx, "request_ms", since=filled, until=NOON, step="6h")
        columns = {name: each.tolist() for name, each in found.columns.items()}
        assert columns["count"] == [360] * 4
        assert columns["min"] == [0, 360, 720, 1080]
        assert columns["max"] == columns["last"] == [359, 719, 1079, 1439]
        assert columns["value"] == [179.5, 539.5, 899.5, 1259.5]
        for n in range(4):
            exact = np.percentile(np.arange(n * 360, n * 360 + 360), [50, 95, 99])
            got = [columns[p][n] for p in ("p50", "p95", "p99")]
            assert got == pytest.approx(exact.tolist(), rel=0.0101)

    def test_minutes_that_are_gone_are_not_chosen(self, tx, filled):
        since = NOON - timedelta(days=60)
        found = reading.read_points(tx, "request_ms", since=since, until=since + 2 * HOUR)
        assert found.level == "hour"

    def test_what_is_asked_wrong(self, tx, filled):
        span = {"since": NOON - HOUR, "until": NOON}
        for wrong in ("90", "0", "-60", "x", "", "1w", "400d", "1.5h", "٣m"):
            with pytest.raises(Invalid) as caught:
                reading.read_points(tx, "request_ms", **span, step=wrong)
            assert caught.value.field == "step"
        with pytest.raises(Invalid):
            reading.read_points(tx, "request_ms", since=NOON, until=NOON)
        with pytest.raises(Invalid):
            reading.read_points(tx, "request_ms", **span, shares=(1.5,))
        with pytest.raises(Invalid):
            long = {"since": NOON - timedelta(days=365), "until": NOON}
            reading.read_points(tx, "request_ms", **long, step="1m")
        with pytest.raises(NotFound):
            reading.read_points(tx, "other", **span)
        record_metrics(tx, [sample(1, tags={"route": "/"})])
        with pytest.raises(Conflict) as several:
            reading.read_points(tx, "request_ms", **span)
        assert len(several.value.facts["series"]) == 2

    def test_pages(self, tx):
        record_metrics(tx, [sample(n, name=f"m{n % 7}", tags={"n": n}) for n in range(20)])
        seen, cursor = [], None
        while True:
            page = reading.list_series(tx, limit=6, cursor=cursor)
            seen += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len({each.id for each in seen}) == 20
        assert [each.metric_name for each in seen] == sorted(each.metric_name for each in seen)
        assert len(reading.list_series(tx, metric_name="m3").items) == 3
        with pytest.raises(Invalid):
            reading.list_series(tx, cursor="nonsense")

    def test_another_tenant_reads_nothing(self, database, tenant, rival):
        with database.tx(tenant) as tx:
            record_metrics(tx, [sample(1), sample(2, NOON)])
            rolling.roll_up(tx)
            mine = reading.find_series(tx, "request_ms").id
        with rival.tx() as tx:
            assert reading.list_series(tx).items == []
            for wanted in (mine, "request_ms"):
                with pytest.raises(NotFound):
                    reading.read_points(tx, wanted, since=NOON - HOUR, until=NOON)
            for view in ("v_metric_samples", "v_system_metrics"):
                assert tx.scalar(f"SELECT count(*) FROM {view}") == 0
            assert reading.read_last_day(tx, [mine]) == {mine: [None] * 24}
            # The same metric is another series, with the same samples.
            assert fates(record_metrics(tx, [sample(5)])) == (1, [], [])
            rolling.roll_up(tx)
            assert levels(tx) == {"minute": 1, "hour": 1, "day": 1}
        with database.tx(tenant) as tx:
            assert levels(tx) == {"minute": 2, "hour": 2, "day": 2}


def test_the_paths_are_served_by_their_keys(tx):
    """Each by the first columns of an index, in the partitions of the time asked for."""
    for day in range(5):
        partitions.ensure(tx, chunks.TABLE, [NOON - timedelta(days=day)])
        partitions.ensure(tx, "operations.metric_minutes", [NOON - timedelta(days=day)])
    bulk_rows = [sample(n, NOON - n * timedelta(minutes=1), f"m{n % 50}") for n in range(1400)]
    record_metrics(tx, bulk_rows)
    rolling.roll_up(tx)
    tx.execute("SET LOCAL enable_seqscan = off")
    one = tx.scalar("SELECT id FROM metric_series LIMIT 1")
    for table, key in (
        ("metric_samples", "end_at"),
        ("metric_minutes", "timestamp"),
        ("metric_hours", "timestamp"),
        ("metric_days", "timestamp"),
    ):
        plan = "\n".join(
            tx.execute(
                f"EXPLAIN (COSTS OFF) SELECT * FROM {table} WHERE tenant_id = app.tenant_id()"
                f" AND series_id = :id AND {key} >= :since AND {key} < :until",
                {"id": one, "since": NOON - HOUR, "until": NOON},
            ).scalars()
        )
        plan = plan.replace(chr(34), "")
        assert "Index Cond: ((tenant_id = (" in plan, plan
        assert f"AND (series_id = '{one}'::uuid) AND ({key} >= " in plan, plan
        assert plan.count(f" on {table}") == 1, plan


def test_merged_chunks_hold_the_same(db):
    app, service = db.database(), db.database("service")
    tenant = db.tenant()
    begin = NOON - timedelta(hours=3)
    with app.tx(tenant) as tx:
        for part in range(30):
            rows = [
                sample(i, begin + i * timedelta(seconds=2), f"m{i % 4}")
                for i in range(part, 5000, 30)
            ]
            record_metrics(tx, rows)
        before = {n: samples(tx, f"m{n}") for n in range(4)}
    with service.tx(tenant) as tx:
        # Nothing is counted yet, and the notes name the chunks: all of them stay.
        assert merging.merge(tx, since=begin) == 0
        rolling.roll_up(tx)
        counted = levels(tx, "m1")
        # Of the hours 9, 10 and 11 the last is over for five minutes only at 12:05.
        assert merging.merge(tx, since=begin) == 8
        assert merging.merge(tx, since=begin) == 0
    db.clock.move_to(NOON + timedelta(minutes=5))
    with service.tx(tenant) as tx:
        assert merging.merge(tx, since=begin) == 4
        assert rolling.roll_up(tx) == 0
        assert levels(tx, "m1") == counted
    with app.tx(tenant) as tx:
        assert {n: samples(tx, f"m{n}") for n in range(4)} == before
        assert tx.scalar("SELECT count(*) FROM metric_samples") == 12
        # Late: into the merged hour, some of it there already.
        late = [sample(i, begin + i * timedelta(seconds=1), "m0") for i in range(100)]
        done = record_metrics(tx, late)
        assert (done.accepted, done.duplicates, len(done.refused)) == (87, 1, 12)
        rolling.roll_up(tx)
    with service.tx(tenant) as tx:
        assert merging.merge(tx, since=begin) == 1
        assert len(samples(tx, "m0")) == len(before[0]) + 87
        assert levels(tx, "m0")["day"] == len(before[0]) + 87


def test_arrays_go_as_they_are(tx):
    from everlearn.core.arrays import Array

    times = np.array(["1999-01-01T00:00:00.000001", "2030-01-01"], "datetime64[us]")
    ids = np.frombuffer(bytes(range(32)), "V16")
    row = tx.execute(
        "SELECT CAST(:i AS integer[]) AS i, CAST(:b AS bigint[]) AS b, CAST(:f AS float8[]) AS f,"
        " CAST(:t AS timestamptz[]) AS times, CAST(:u AS uuid[]) AS u, CAST(:e AS integer[]) AS e",
        {
            "i": Array(np.array([-1, 2**31 - 1], np.int32)),
            "b": Array(np.array([-(2**62)])),
            "f": Array(np.array([0.1, float("inf")])),
            "t": Array(times),
            "u": Array(ids),
            "e": Array(np.empty(0, np.int32)),
        },
    ).one()
    assert row.i == [-1, 2**31 - 1]
    assert row.b == [-(2**62)]
    assert row.f == [0.1, float("inf")]
    assert [at.replace(tzinfo=None) for at in row.times] == times.tolist()
    assert [each.bytes for each in row.u] == [bytes(range(16)), bytes(range(16, 32))]
    assert row.e == []
