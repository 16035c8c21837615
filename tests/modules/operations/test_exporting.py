"""Metrics in bulk: samples as they were sent, and what minutes, hours and days come to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from everlearn.core import partitions, sketches
from everlearn.core.errors import Invalid, NotFound
from everlearn.core.testing.explain import plan_of, statement_of
from everlearn.core.testing.make import make
from everlearn.modules.operations.service.metrics import buckets, chunks, reading, rolling
from everlearn.modules.operations.service.metrics.exporting import OF_SERIES, metric_rows
from everlearn.modules.operations.service.metrics.recording import record_metrics
from everlearn.modules.operations.tables import SystemPerformanceMetric

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # the tests' present
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ROUTES = ({"route": "/a", "n": 1}, {"route": "/b"}, None)


def sample(i, name="request_ms", **more):
    """Give a sample of one of three series; the times of the series are among each other."""
    tags = ROUTES[i % 3]
    said = {"metric_name": name, "value": i + 0.5, "timestamp": NOON - i * MINUTE - i * MINUTE / 60}
    return said | ({"tags": tags, "unit": "ms"} if tags else {}) | more


def read(tx, name="request_ms", **asked):
    plan = metric_rows(tx, name, **asked)
    table = pa.Table.from_batches(list(plan.batches(tx, 50)), schema=plan.schema)
    assert plan.count is not None
    assert plan.count(tx) == table.num_rows
    return table


@pytest.fixture
def sent(tx):
    """Give the samples of three series over five hours, the oldest first."""
    made = [sample(i) for i in range(300)]
    assert record_metrics(tx, made).accepted == 300
    record_metrics(tx, [sample(i, name="other") for i in range(3)])
    return made[::-1]


class TestSamples:
    def test_are_those_sent(self, tx, sent):
        found = read(tx)
        assert found.column_names == ["timestamp", "value", *OF_SERIES]
        assert found.schema.field("series_id").type == pa.uuid()
        assert found.schema.field("tags").type == pa.dictionary(pa.int32(), pa.string())
        for row, said in zip(found.to_pylist(), sent, strict=True):
            assert (row["timestamp"], row["value"]) == (said["timestamp"], said["value"])
            assert (row["tags"] and json.loads(row["tags"])) == said.get("tags")
            assert row["unit"] == said.get("unit")
            assert row["source_component"] is None
        assert len(set(found.column("series_id").to_pylist())) == 3

    def test_rows_of_plain_sql_are_among_them(self, tx, sent):
        for value, level in ((-1, "raw"), (-7, "hour")):
            make(
                tx,
                SystemPerformanceMetric,
                metric_name="request_ms",
                value=value,
                aggregation_level=level,
                tags={},
                unit=None,
                metric_category=None,
                source_component=None,
                timestamp=NOON - HOUR,
            )
        found = read(tx, since=NOON - HOUR, until=NOON - HOUR + MINUTE).to_pylist()
        assert [row["value"] for row in found if row["value"] < 0] == [-1]
        assert len(read(tx)) == 301

    @pytest.mark.parametrize(
        ("asked", "kept"),
        [
            ({"since": NOON - HOUR}, lambda s: s["timestamp"] >= NOON - HOUR),
            ({"until": NOON - HOUR}, lambda s: s["timestamp"] < NOON - HOUR),
            (
                {"since": NOON - 3 * HOUR, "until": NOON - 2 * HOUR - MINUTE / 2},
                lambda s: NOON - 3 * HOUR <= s["timestamp"] < NOON - 2 * HOUR - MINUTE / 2,
            ),
            ({"tags": {"route": "/a"}}, lambda s: s.get("tags") == ROUTES[0]),
            ({"tags": {"n": 1}}, lambda s: s.get("tags") == ROUTES[0]),
            ({"tags": {}}, lambda _: True),
        ],
    )
    def test_asked_for(self, tx, sent, asked, kept):
        found = read(tx, columns=["value"], **asked).column(0).to_pylist()
        assert found == [each["value"] for each in sent if kept(each)]

    def test_columns_come_as_asked(self, tx, sent):
        assert read(tx, columns=["tags", "timestamp"]).column_names == ["tags", "timestamp"]
        assert read(tx, columns="unit").column_names == ["unit"]

    def test_another_tenant_reads_none_of_it(self, database, tenant, rival):
        with database.tx(tenant) as tx:
            record_metrics(tx, [sample(i) for i in range(9)])
            plan = metric_rows(tx, "request_ms")
        with rival.tx() as tx:
            with pytest.raises(NotFound):
                read(tx)
            record_metrics(tx, [sample(1)])
            assert read(tx).num_rows == 1
            assert list(plan.batches(tx, 10)) == []

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({"name": "nothing"}, "name"),
            ({"tags": {"route": "/c"}}, "tags"),
            ({"resolution": "week"}, "resolution"),
            ({"columns": ["p95"]}, "columns"),
            ({"since": NOON.replace(tzinfo=None)}, "since"),
            ({"since": NOON, "until": NOON - HOUR}, "until"),
        ],
    )
    def test_what_cannot_be_is_refused(self, tx, sent, asked, field):
        with pytest.raises((Invalid, NotFound)) as caught:
            metric_rows(tx, **{"name": "request_ms"} | asked)
        assert caught.value.field == field


class TestSteps:
    @pytest.mark.parametrize(
        ("resolution", "step"), [("minute", "1m"), ("hour", "1h"), ("day", "1d")]
    )
    def test_are_those_of_each_series(self, tx, sent, resolution, step):
        rolling.roll_up(tx)
        whole = read(tx, resolution=resolution)
        assert whole.column_names[:5] == ["timestamp", "value", "count", "min", "max"]
        times = whole.column("timestamp").to_pylist()
        assert times == sorted(times)
        assert sum(whole.column("count").to_pylist()) == 300
        for id_ in set(whole.column("series_id").to_pylist()):
            rows = [row for row in whole.to_pylist() if row["series_id"] == id_]
            points = reading.read_points(
                tx, id_, since=NOON - 48 * HOUR, until=NOON + 24 * HOUR, step=step
            )
            for name in ("value", "count", "min", "max", "last", "p50", "p95", "p99"):
                got = [row[name] for row in rows]
                assert got == pytest.approx(points.columns[name].tolist(), rel=1e-12), name
            at = [row["timestamp"] for row in rows]
            said = points.columns["timestamp"].astype("datetime64[us]").tolist()
            assert [each.replace(tzinfo=None) for each in at] == said

    def test_a_step_counts_by_where_it_begins(self, tx, sent):
        rolling.roll_up(tx)
        found = read(tx, resolution="hour", since=NOON - 3 * HOUR, until=NOON - HOUR)
        hours = set(found.column("timestamp").to_pylist())
        assert hours == {NOON - 3 * HOUR, NOON - 2 * HOUR}


def test_quantiles_of_sketches_in_any_order():
    """Cells of one sketch may stand in any order, and a bucket in it twice."""
    rng = np.random.default_rng(3)
    parts = [sketches.build(rng.normal(size=n)) for n in (1, 7, 90)]
    shares = (0.0, 0.5, 0.95, 1.0)
    mixed = [np.concatenate([part, part]) for part in parts]
    for given in (parts, mixed, [each[::-1] for each in mixed]):
        sizes = np.array([len(each) for each in given])
        found = buckets.quantiles_of(np.concatenate(given), sizes, shares)
        for share, values in zip(shares, found, strict=True):
            wanted = [sketches.quantile(each, share) for each in given]
            assert values.tolist() == pytest.approx(wanted), share


def test_only_the_days_asked_for_are_read(db):
    database, tenant = db.database(), db.tenant()
    days = [NOON - timedelta(days=n) for n in (3, 2, 1)]
    sent = [
        {"metric_name": "m1", "value": float(i), "timestamp": day + i * 5 * MINUTE / 60}
        for day in days
        for i in range(6_000)
    ]
    with database.tx(tenant) as tx:
        for day in days:
            partitions.ensure(tx, chunks.TABLE, [day])
            partitions.ensure(tx, "operations.system_performance_metrics", [day])
        record_metrics(tx, pa.Table.from_pylist(sent))
        rolling.roll_up(tx)
    with db.database("owner").tx(None) as tx:
        for table in ("metric_samples", "metric_minutes", "metric_hours"):
            tx.execute(f"ANALYZE operations.{table}")
    with database.tx(tenant) as tx:
        day = days[1].replace(hour=0)
        asked = {"since": day + 12 * HOUR, "until": day + 13 * HOUR}
        plan = metric_rows(tx, "m1", **asked)
        statement = statement_of(tx, plan)
        assert "WHERE m.tenant_id = '" in statement
        assert "WHERE r.tenant_id = '" in statement
        found = plan_of(tx, statement)
        assert found.partitions == {
            f"metric_samples_y{day:%Ym%md%d}",
            f"system_performance_metrics_y{day:%Ym%md%d}",
        }, found.tree
        values = [v for batch in plan.batches(tx, 500) for v in batch.column("value").to_pylist()]
        assert values == np.arange(720).tolist()
        minutes = plan_of(tx, statement_of(tx, metric_rows(tx, "m1", resolution="minute", **asked)))
        assert minutes.partitions == {f"metric_minutes_y{day:%Ym%md%d}"}, minutes.tree
        hours = plan_of(tx, statement_of(tx, metric_rows(tx, "m1", resolution="hour", **asked)))
        assert hours.partitions == {f"metric_hours_y{day:%Ym%m}"}, hours.tree


class TestSurfaces:
    def test_over_http_as_an_arrow_stream(self, client, client_other, database, tenant):
        with database.tx(tenant) as tx:
            record_metrics(tx, [sample(i) for i in range(9)])
            rolling.roll_up(tx)
        path = "/v1/metrics:export?metric_name=request_ms"
        answer = client.get(path, params={"tags": '{"route": "/a"}', "metric_name": "request_ms"})
        assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
        found = pa.ipc.open_stream(answer.content).read_all()
        assert found.column("value").to_pylist() == [6.5, 3.5, 0.5]
        day = pa.ipc.open_stream(client.get(f"{path}&resolution=day&column=count").content)
        assert sum(day.read_all().column("count").to_pylist()) == 9
        assert client_other.get(path).status_code == 404
        for wrong in ("tags=x", "tags=[]", "resolution=week", "column=x", "since=2026-01-01"):
            assert client.get(f"{path}&{wrong}").status_code == 422, wrong

    def test_a_file(self, db, cli, tmp_path):
        with db.database().tx(db.tenant("default")) as tx:
            record_metrics(tx, [sample(i) for i in range(9)])
            rolling.roll_up(tx)
        target = tmp_path / "rows.csv"
        words = ("operations", "metrics", "export", "request_ms", str(target), "--json")
        said = cli(*words, "--tags", '{"route": "/b"}').json()
        assert said == {"file": str(target), "rows": 3, "bytes": target.stat().st_size}
        found = pyarrow.csv.read_csv(target)
        assert found.column("value").to_pylist() == [7.5, 4.5, 1.5]
        assert cli(*words, "--resolution", "hour").json()["rows"] == 4  # one is at noon
        assert cli(*words, "--tags", "route=/b").code == 2
        arrow = tmp_path / "rows.arrow"
        assert cli("operations", "metrics", "export", "request_ms", str(arrow)).code == 0
        assert pa.ipc.open_file(arrow).read_all().num_rows == 9
