"""Metrics through REST, command line, pages and chores; a merge that is killed."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from everlearn.core.chores import House
from everlearn.modules.operations import jobs, service
from everlearn.modules.operations.service import restoring
from everlearn.modules.operations.service.metrics import chunks, merging, rolling
from everlearn.modules.operations.service.metrics.recording import record_metrics
from everlearn.modules.operations.types import ArchiveStrategy

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # the tests' present
ARROW = "application/vnd.apache.arrow.stream"
PAGE = {"accept": "text/html"}
SPAN = {"since": "2026-03-02T00:00:00Z", "until": "2026-03-02T12:00:00Z"}


def body(n=3, name="request_ms"):
    return [
        {
            "metric_name": name,
            "value": i,
            "timestamp": (NOON - timedelta(hours=1, minutes=i)).isoformat(),
            "unit": "ms",
            "metric_category": "api",
            "tags": {"route": "<b>"},
        }
        for i in range(n)
    ]


def stream(table):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


@pytest.fixture
def filled(client, database, tenant):
    """Ten samples, counted."""
    assert client.post("/v1/metrics:batch", json=body(10)).json()["accepted"] == 10
    with database.tx(tenant) as tx:
        rolling.roll_up(tx)


class TestRest:
    def test_each_sample_is_answered(self, client):
        first = client.post("/v1/metrics:batch", json={"metrics": body()}).json()
        assert (first["accepted"], first["duplicates"], first["refused"]) == (3, 0, [])
        wrong = body(4)
        wrong[1]["value"] = 7
        wrong[3]["unit"] = "parsec"
        again = client.post("/v1/metrics:batch", json=wrong).json()
        assert [item["status"] for item in again["items"]] == [
            "duplicate",
            "refused",
            "duplicate",
            "refused",
        ]
        assert [(each["index"], each["field"]) for each in again["refused"]] == [
            (1, "value"),
            (3, "unit"),
        ]
        whole = client.post("/v1/metrics:batch?all=true", json=wrong)
        assert (whole.status_code, whole.json()["code"]) == (422, "ingest.refused")

    def test_lines_and_arrow(self, client):
        lines = "\n".join(json.dumps(each) for each in body(5))
        kind = {"content-type": "application/x-ndjson"}
        told = client.post("/v1/metrics:batch", content=lines, headers=kind).json()
        assert told["accepted"] == 5
        columns = {
            "metric_name": pa.array(["request_ms"] * 6),
            "value": pa.array([float(i) for i in range(6)]),
            "timestamp": pa.array([datetime.fromisoformat(e["timestamp"]) for e in body(6)]),
            "unit": pa.array(["ms"] * 6),
            "metric_category": pa.array(["api"] * 6),
            "tags": pa.array(['{"route": "<b>"}'] * 6),
        }
        kind = {"content-type": ARROW}
        data = stream(pa.table(columns))
        told = client.post("/v1/metrics:batch", content=data, headers=kind).json()
        assert (told["accepted"], told["duplicates"]) == (1, 5)
        assert client.post("/v1/metrics:batch", content=data[:-4], headers=kind).status_code == 422

    @pytest.mark.usefixtures("filled")
    def test_series_and_points(self, client):
        (one,) = client.get("/v1/metrics").json()["items"]
        assert (one["metric_name"], one["last_value"], one["unit"]) == ("request_ms", 0, "ms")
        assert client.get("/v1/metrics?metric_category=database").json()["items"] == []
        for series in (one["id"], "request_ms"):
            found = client.get(f"/v1/metrics/{series}/points", params=SPAN | {"step": "1h"}).json()
            assert (found["level"], found["step_s"]) == ("hour", 3600)
            assert [(p["timestamp"], p["count"], p["max"]) for p in found["points"]] == [
                ("2026-03-02T10:00:00.000000Z", 9, 9),
                ("2026-03-02T11:00:00.000000Z", 1, 0),
            ]
        found = client.get("/v1/metrics/request_ms/points", params=SPAN | {"step": "raw"}).json()
        assert [p["value"] for p in found["points"]] == list(range(9, -1, -1))
        found = client.get(
            "/v1/metrics/request_ms/points",
            params=SPAN | {"step": "1d", "quantile": ["0", "0.999"]},
        ).json()
        (day,) = found["points"]
        assert (day["p0"], day["value"]) == (0, 4.5)
        assert day["p99.9"] == pytest.approx(9, rel=0.02)

    @pytest.mark.usefixtures("filled")
    def test_points_as_arrow(self, client):
        answer = client.get(
            "/v1/metrics/request_ms/points", params=SPAN | {"step": "5m"}, headers={"accept": ARROW}
        )
        assert answer.headers["content-type"] == ARROW
        table = pa.ipc.open_stream(answer.content).read_all()
        assert table.column_names == [
            "timestamp", "value", "count", "min", "max", "last", "p50", "p95", "p99"
        ]  # fmt: skip
        assert table["timestamp"].type == pa.timestamp("us", tz="UTC")
        assert sum(table["count"].to_pylist()) == 10
        assert table.schema.metadata[b"level"] == b"minute"

    @pytest.mark.usefixtures("filled")
    def test_what_is_asked_wrong(self, client):
        path = "/v1/metrics/request_ms/points"
        assert client.get(path).status_code == 422
        assert client.get(path, params=SPAN | {"step": "7"}).json()["field"] == "step"
        assert client.get(path, params=SPAN | {"since": "2026-03-02T00:00:00"}).status_code == 422
        assert client.get("/v1/metrics/x/points", params=SPAN).status_code == 404
        assert client.get("/v1/metrics?cursor=%00").status_code == 422

    @pytest.mark.usefixtures("filled")
    def test_another_tenant(self, client, client_other):
        (one,) = client.get("/v1/metrics").json()["items"]
        assert client_other.get("/v1/metrics").json()["items"] == []
        for series in (one["id"], "request_ms"):
            path = f"/v1/metrics/{series}/points"
            assert client_other.get(path, params=SPAN).status_code == 404
        page = client_other.get(f"/operations/metrics/{one['id']}", headers=PAGE)
        assert page.status_code == 404
        assert one["id"] not in client_other.get("/operations/metrics", headers=PAGE).text


class TestPages:
    def test_empty(self, client):
        page = client.get("/operations/metrics", headers=PAGE)
        assert page.status_code == 200
        assert "<h1>Metrics</h1>" in page.text
        assert "Nothing is measured yet" in page.text
        filtered = client.get("/operations/metrics?metric_name=x", headers=PAGE).text
        assert "No metric fits" in filtered
        assert "/operations/metrics" in client.get("/operations", headers=PAGE).text

    @pytest.mark.usefixtures("filled")
    def test_full(self, client):
        page = client.get("/operations/metrics", headers=PAGE).text
        assert "request_ms" in page
        assert '"Last 24 hours: 2 values from' in page
        assert "<b>" not in page
        (one,) = client.get("/v1/metrics").json()["items"]
        for span in ("1h", "1d", "7d", "30d", "1y", "nonsense"):
            detail = client.get(f"/operations/metrics/{one['id']}?span={span}", headers=PAGE)
            assert detail.status_code == 200
            assert "<h1>request_ms</h1>" in detail.text
            assert "<b>" not in detail.text
        assert client.get("/operations/metrics/nonsense", headers=PAGE).status_code == 422


def test_commands(cli, db, tmp_path):
    db.tenant("default")
    file = tmp_path / "samples.ndjson"
    file.write_text("\n".join(json.dumps(each) for each in body(10)))
    told = cli("operations", "metrics", "load", str(file), "--json").json()
    assert told == {"accepted": 10, "duplicates": 0, "refused": []}
    file.write_text("\n".join(json.dumps(each | {"value": -1}) for each in body(2)))
    ran = cli("operations", "metrics", "load", str(file), "--json")
    assert ran.code == 2
    assert [each["field"] for each in ran.json()["refused"]] == ["value", "value"]
    ran = cli("operations", "metrics", "load", str(file))
    assert ran.code == 2
    assert ran.out.split()[:6] == ["accepted", "0", "duplicates", "0", "refused", "2"]
    assert "another value" in ran.out
    (one,) = cli("operations", "metrics", "list", "--json").json()
    assert one["metric_name"] == "request_ms"
    words = ("--since", "2026-03-02", "--until", "2026-03-03", "--json")
    raw = cli("operations", "metrics", "show", "request_ms", *words, "--step", "raw").json()
    assert [point["value"] for point in raw] == list(range(9, -1, -1))
    assert cli("operations", "metrics", "show", "request_ms", *words, "--step", "1h").json() == []
    with db.database().tx(db.tenant("default")) as tx:
        rolling.roll_up(tx)
    hours = cli("operations", "metrics", "show", one["id"], *words, "--step", "1h").json()
    assert [point["count"] for point in hours] == [9, 1]


class TestChores:
    @pytest.fixture
    def house(self, db):
        return House(db.server, db.settings, db.clock)

    def test_every_tenant_is_rolled_up_and_merged(self, db, house, monkeypatch):
        monkeypatch.setattr(rolling, "AT_ONCE", 3)
        app = db.database()
        for slug in ("acme", "rival"):
            for part in range(7):
                with app.tx(db.tenant(slug)) as tx:
                    record_metrics(tx, body(70)[part::7])
        assert jobs.roll_up_metrics(house) == {"notes": 14}
        assert jobs.roll_up_metrics(house) == {"notes": 0}
        assert jobs.merge_metrics(house) == {"merged": 4}
        assert jobs.merge_metrics(house) == {"merged": 0}
        for slug in ("acme", "rival"):
            with app.tx(db.tenant(slug)) as tx:
                assert tx.scalar("SELECT count(*) FROM metric_samples") == 3
                assert tx.scalar("SELECT count(*) FROM v_metric_samples") == 70
                assert tx.scalar("SELECT sum(sample_count) FROM metric_days") == 70

    def test_retention_counts_samples_before_it_takes_them(self, db, house):
        """Written just in time: so old that the next night takes them."""
        app, tenant = db.database(), db.tenant()
        with app.tx(tenant) as tx:
            record_metrics(tx, body(5))
        db.clock.advance(timedelta(days=20))
        jobs.remove_old_rows(house)
        with app.tx(tenant) as tx:
            assert tx.scalar("SELECT count(*) FROM v_metric_samples") == 0
            assert tx.scalar("SELECT sum(sample_count) FROM metric_minutes") == 5

    def test_chunks_are_archived_where_that_is_wanted(self, db, tmp_path):
        """What left is in a file, as it was, and minutes still count it."""
        app, tenant = db.database(), db.tenant()
        with app.tx(tenant) as tx:
            record_metrics(tx, body(5))
            strategy = ArchiveStrategy.COMPRESS
            service.set_retention(tx, chunks.TABLE, days=3, strategy=strategy)
        db.clock.advance(timedelta(days=10))
        settings = db.settings.model_copy(update={"data_dir": tmp_path})
        jobs.remove_old_rows(House(db.server, settings, db.clock))
        with app.tx(tenant) as tx:
            assert tx.scalar("SELECT count(*) FROM v_metric_samples") == 0
            assert tx.scalar("SELECT sum(sample_count) FROM metric_minutes") == 5
            url = tx.scalar("SELECT url FROM archive_manifests WHERE dropped_at IS NOT NULL")
        found = pq.read_table(unquote(urlsplit(url).path)).to_pylist()
        values = sorted(value for row in found for value in row["sample_values"])
        assert values == [0, 1, 2, 3, 4]
        # Brought back, they are not counted again.
        restoring.restore(
            db.database("service"),
            settings,
            tenant,
            chunks.TABLE,
            start=NOON - timedelta(days=1),
            end=NOON,
        )
        jobs.roll_up_metrics(House(db.server, settings, db.clock))
        with app.tx(tenant) as tx:
            assert tx.scalar("SELECT count(*) FROM v_metric_samples") == 5
            assert tx.scalar("SELECT sum(sample_count) FROM metric_minutes") == 5


#: Another process, which merges and kills itself in the middle.
KILLED = """
import os, signal, sys
from datetime import timedelta
from uuid import UUID
from everlearn.core import pg
from everlearn.core.clock import ManualClock
from everlearn.core.settings import Settings
from everlearn.core.testing.plugin import TEST_TIME, Named
from everlearn.core.tx import Tx, connect
from everlearn.modules.operations.service.metrics import merging

folder, name, tenant, upto = sys.argv[1:]
settings = Settings(data_dir=folder)
database = connect(Named(pg.start(settings), name), settings, role="service")
database.clock = ManualClock(TEST_TIME)
original, seen = Tx.execute, 0

def execute(self, statement, params=None):
    global seen
    result = original(self, statement, params)
    if "DELETE" in str(statement):
        seen += 1
        if seen == int(upto):
            os.kill(os.getpid(), signal.SIGKILL)
    return result

Tx.execute = execute
merging.AT_ONCE = 1
while True:
    with database.tx(UUID(tenant)) as tx:
        if not merging.merge(tx, since=TEST_TIME - timedelta(hours=5)):
            break
"""


def test_a_merge_that_is_killed_loses_and_doubles_nothing(db):
    app, house, tenant = db.database(), db.database("service"), db.tenant()
    for part in range(10):
        with app.tx(tenant) as tx:
            record_metrics(tx, body(200)[part::10])
            rolling.roll_up(tx)

    def state():
        with house.tx(tenant) as tx:
            found = tx.execute("SELECT timestamp, value FROM v_metric_samples").all()
            counted = tx.scalar("SELECT sum(sample_count) FROM operations.metric_hours")
            notes = tx.scalar("SELECT count(*) FROM operations.metric_arrivals")
            return sorted(map(tuple, found)), counted, notes

    def chunks_left():
        with house.tx(tenant) as tx:
            return tx.scalar(f"SELECT count(*) FROM {chunks.TABLE}")

    before = state()
    assert len(before[0]) == 200
    left = [chunks_left()]
    for upto in (1, 2):  # in its first transaction; in its second, when one hour is done
        words = [str(db.settings.data_dir), db.name, str(tenant), str(upto)]
        done = subprocess.run([sys.executable, "-c", KILLED, *words], check=False, timeout=60)
        assert done.returncode == -signal.SIGKILL
        assert state() == before
        left.append(chunks_left())
    assert left[0] == left[1] > left[2] > 4
    with house.tx(tenant) as tx:
        while merging.merge(tx, since=NOON - timedelta(hours=5)):
            pass
    assert state() == before
    assert chunks_left() == 5
