"""Events in bulk: what was written, of the time, types and things asked for, and of nobody else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet
import pytest

from everlearn.core import partitions
from everlearn.core.errors import Invalid
from everlearn.core.reading import Plan, Rows
from everlearn.core.testing.explain import plan_of, statement_of
from everlearn.modules.events import service
from everlearn.modules.events.service.exporting import COLUMNS, event_rows

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # the tests' present
HOUR = timedelta(hours=1)
TYPES = ("user_feedback", "model_prediction", "drift_alert")
SECRET = "timestamp,entity_id"


def event(i):
    """Give an event; every other one leaves out what may be left out."""
    always = {
        "event_type": TYPES[i % 3],
        "timestamp": NOON - timedelta(minutes=i),
        "event_data": {"n": i, "wörter": ["ä", None]},
        "source_system": "shop",
    }
    if i % 2:
        return always
    return always | {
        "event_subtype": "click",
        "entity_type": "flight" if i % 4 else "train",
        "entity_id": f"flight {i % 8}",
        "user_id": f"user {i}",
        "session_id": "s",
        "processing_time_ms": i + 0.25,
    }


@pytest.fixture
def written(tx):
    sent = [event(i) for i in range(40)]
    assert service.ingest(tx, sent).accepted == 40
    return sent[::-1]  # the oldest first


def read(tx, **asked):
    plan = event_rows(tx, **asked)
    assert isinstance(plan, Plan)
    table = pa.Table.from_batches(list(plan.batches(tx, 7)), schema=plan.schema)
    assert plan.count is not None
    assert plan.count(tx) == table.num_rows
    return table


class TestRows:
    def test_are_those_written(self, tx, written):
        found = read(tx)
        assert found.column_names == list(COLUMNS)
        assert found.schema.field("id").type == pa.uuid()
        assert found.schema.field("timestamp").type == pa.timestamp("us", tz="UTC")
        rows = found.to_pylist()
        for row, sent in zip(rows, written, strict=True):
            assert json.loads(row["event_data"]) == sent["event_data"]
            for name in set(COLUMNS) - {"id", "event_data", "metadata"}:
                assert row[name] == sent.get(name), name
        kept = "SELECT id FROM events.learning_events ORDER BY timestamp"
        assert [row["id"] for row in rows] == list(tx.execute(kept).scalars())

    @pytest.mark.parametrize(
        ("asked", "kept"),
        [
            ({"since": NOON - timedelta(minutes=9)}, lambda e: e["n"] <= 9),
            ({"until": NOON - timedelta(minutes=9)}, lambda e: e["n"] > 9),
            ({"types": ["drift_alert"]}, lambda e: e["event_type"] == "drift_alert"),
            ({"types": "drift_alert"}, lambda e: e["event_type"] == "drift_alert"),
            ({"types": TYPES[:2]}, lambda e: e["event_type"] != "drift_alert"),
            ({"entity": "flight 4"}, lambda e: e.get("entity_id") == "flight 4"),
            ({"entity_type": "train"}, lambda e: e.get("entity_type") == "train"),
            ({"entity": "o'ne", "types": ["experiment"]}, lambda _: False),
        ],
    )
    def test_asked_for(self, tx, written, asked, kept):
        found = read(tx, columns=["event_data"], **asked).column("event_data").to_pylist()
        wanted = [each for each in written if kept(each | each["event_data"])]
        assert [json.loads(each)["n"] for each in found] == [e["event_data"]["n"] for e in wanted]

    def test_columns_come_as_asked(self, tx, written):
        found = read(tx, columns=["processing_time_ms", "id"])
        assert found.column_names == ["processing_time_ms", "id"]
        assert found.column(0).null_count == 20

    def test_another_tenant_reads_none_of_it(self, database, tenant, rival):
        with database.tx(tenant) as tx:
            service.ingest(tx, [event(i) for i in range(3)])
            plan = event_rows(tx)
        with rival.tx() as tx:
            assert read(tx).num_rows == 0
            assert list(plan.batches(tx, 10)) == []  # nor by a plan of the first one's

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({"types": ["gossip"]}, "types"),
            ({"types": []}, "types"),
            ({"columns": ["tenant_id"]}, "columns"),
            ({"columns": []}, "columns"),
            ({"columns": ["id", "id"]}, "columns"),
            ({"columns": [SECRET]}, "columns"),
            ({"since": NOON.replace(tzinfo=None)}, "since"),
            ({"until": NOON.replace(tzinfo=None)}, "until"),
            ({"until": "2026-03-02"}, "until"),
            ({"since": NOON, "until": NOON}, "until"),
            ({"since": NOON, "until": NOON - HOUR}, "until"),
        ],
    )
    def test_what_cannot_be_is_refused(self, tx, asked, field):
        with pytest.raises(Invalid) as caught:
            event_rows(tx, **asked)
        assert caught.value.field == field


_FILL = """
INSERT INTO events.learning_events (id, timestamp, event_type, event_data)
SELECT gen_random_uuid(), CAST(:at AS timestamptz) + i * interval '30 seconds',
  'model_prediction', '{}'
FROM generate_series(1, 20000) i
"""


def test_only_the_months_asked_for_are_read(db):
    database, tenant = db.database(), db.tenant()
    march, february = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    with database.tx(tenant) as tx:
        for at in (march, february):
            partitions.ensure(tx, "events.learning_events", [at])
            tx.execute(_FILL, {"at": at})
    with db.database("owner").tx(None) as tx:
        tx.execute("ANALYZE events.learning_events")
    with database.tx(tenant) as tx:
        reading = event_rows(tx, since=march + HOUR, until=march + 2 * HOUR)
        statement = statement_of(tx, reading)
        assert "WHERE tenant_id = '" in statement
        plan = plan_of(tx, statement)
        assert plan.partitions == {"learning_events_y2026m03"}, plan.tree
        assert plan.indexes == {"ix_learning_events_timestamp"}, plan.tree
        assert not plan.scanned, plan.tree


class TestSurfaces:
    def test_over_http_as_an_arrow_stream(self, client, client_other):
        for i in range(3):
            sent = event(i) | {"timestamp": event(i)["timestamp"].isoformat()}
            assert client.post("/v1/events", json=sent).status_code == 201
        path = "/v1/events:export?event_type=user_feedback&event_type=drift_alert&column=event_type"
        answer = client.get(path)
        assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
        found = pa.ipc.open_stream(answer.content).read_all()
        assert found.to_pydict() == {"event_type": ["drift_alert", "user_feedback"]}
        of_other = pa.ipc.open_stream(client_other.get(path).content).read_all()
        assert of_other.num_rows == 0

    @pytest.mark.parametrize("query", ["column=x", "since=2026-01-01", "event_type=gossip"])
    def test_what_cannot_be_is_a_problem(self, client, query):
        answer = client.get(f"/v1/events:export?{query}")
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"

    def test_a_file(self, db, cli, tmp_path):
        with db.database().tx(db.tenant("default")) as tx:
            service.ingest(tx, [event(i) for i in range(5)])
        target = tmp_path / "events.parquet"
        words = ("events", "export", str(target), "--type", TYPES[0], "--type", TYPES[1], "--json")
        said = cli(*words, "--since", "2026-03-02T11:00:00Z").json()
        assert said == {"file": str(target), "rows": 4, "bytes": target.stat().st_size}
        found = pyarrow.parquet.read_table(target)
        assert found.column("event_type").to_pylist() == [TYPES[i % 3] for i in (4, 3, 1, 0)]
        assert found.schema.field("id").type == pa.string()
        wrong = cli("events", "export", str(tmp_path / "x.csv"), "--until", "2026-03-02")
        assert wrong.code == 2
        assert "--until" in wrong.err
        lost = cli("events", "export", str(tmp_path / "nowhere" / "x.csv"))
        assert lost.code == 2
        assert f"there is no folder {tmp_path / 'nowhere'} (make it first)" in lost.err


def test_a_stream_of_many_takes_the_memory_of_a_batch(tx):
    """Not one row more than asked for is in a batch."""
    service.ingest(tx, [event(i) for i in range(40)])
    rows = Rows(event_rows(tx), lambda: _Given(tx))
    assert [batch.num_rows for batch in rows.batches(16)] == [16, 16, 8]


class _Given:
    def __init__(self, tx):
        self.tx = tx

    def __enter__(self):
        return self.tx

    def __exit__(self, *_):
        pass
