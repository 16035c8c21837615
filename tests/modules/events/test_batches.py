"""Batches through REST and files through the command line."""

from __future__ import annotations

import io
import json
import threading
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from everlearn.core import ingest as bulk
from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7, uuid7_many
from everlearn.core.ingest import arrow, files, rest
from everlearn.modules.events import service

EVENT = {"event_type": "experiment", "event_data": {"n": 1}}
AT = datetime(2026, 3, 1, tzinfo=UTC)
NDJSON = {"content-type": "application/x-ndjson"}
ARROW = {"content-type": "application/vnd.apache.arrow.stream"}


def lines(*events):
    return "\n".join(json.dumps(event) for event in events).encode()


def stream(table, **options):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue()


def table(n=3, **columns):
    given = {"event_type": ["experiment"] * n, "event_data": ['{"n": 1}'] * n}
    return pa.table(given | columns)


def send(client, body, headers=None, query=""):
    return client.post(f"/v1/events:batch{query}", content=body, headers=headers or {})


def stored(client):
    return client.get("/v1/events?limit=500").json()["items"]


class TestFormats:
    @pytest.mark.parametrize("form", ["list", "object", "lines", "arrow"])
    def test_each_of_a_batch_is_answered(self, client, client_other, form):
        first, second = (str(id_) for id_ in uuid7_many(2, AT))
        events = [
            EVENT | {"id": first},
            EVENT | {"event_type": "gossip"},
            EVENT | {"id": first},
            EVENT | {"id": second, "entity_id": "é"},
            EVENT | {"event_data": [1]},
        ]
        body, headers = json.dumps(events).encode(), None
        if form == "object":
            body = json.dumps({"events": events}).encode()
        elif form == "lines":
            body, headers = lines(*events) + b"\n\n", NDJSON
        elif form == "arrow":
            rows = [event | {"event_data": json.dumps(event["event_data"])} for event in events]
            columns = {
                name: [row.get(name) for row in rows] for name in (*EVENT, "id", "entity_id")
            }
            body, headers = stream(pa.table(columns)), ARROW
        answer = send(client, body, headers)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert (told["accepted"], told["duplicates"]) == (2, 1)
        assert [(each["index"], each["field"]) for each in told["refused"]] == [
            (1, "event_type"),
            (4, "event_data"),
        ]
        assert "experiment" in told["refused"][0]["reason"]
        assert told["items"] == [
            {"status": "accepted", "id": first},
            {"status": "refused", "id": None},
            {"status": "duplicate", "id": first},
            {"status": "accepted", "id": second},
            {"status": "refused", "id": None},
        ]
        assert [event["id"] for event in stored(client)] == [second, first]
        assert {event["source_system"] for event in stored(client)} == {"api"}
        assert stored(client_other) == []
        again = send(client, body, headers).json()
        assert (again["accepted"], again["duplicates"], len(again["refused"])) == (0, 3, 2)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            (b'{"event_type": "experiment", "event_data": {"x": "a\\u0000b"}}', "event_data"),
            (b'{"event_type": "experiment", "event_data": {"x": 1e200000}}', "event_data"),
            (b'{"event_type": "experiment"}', "event_data"),
            (b'{"event_type": "experiment", "event_data": null}', "event_data"),
            (b'{"event_type": 7, "event_data": {}}', "event_type"),
            (
                b'{"event_type": "experiment", "event_data": {}, "entity_id": "\\u0000"}',
                "entity_id",
            ),
            (
                b'{"event_type": "experiment", "event_data": {}, "processing_time_ms": 1e999}',
                "processing_time_ms",
            ),
            (b'{"event_type": "experiment", "event_data": {}, "tenant_id": "x"}', "tenant_id"),
            (
                b'{"event_type": "experiment", "event_data": {}, "timestamp": "2026-01-01"}',
                "timestamp",
            ),
            (b"[1]", None),
            (b'"text"', None),
        ],
    )
    @pytest.mark.parametrize("form", ["list", "lines"])
    def test_a_wrong_one_is_named(self, client, wrong, field, form):
        good = json.dumps(EVENT).encode()
        whole = [good, wrong, good]
        body = b"[" + b",".join(whole) + b"]" if form == "list" else b"\n".join(whole)
        told = send(client, body, NDJSON if form == "lines" else None).json()
        assert told["accepted"] == 2
        assert [(each["index"], each["field"]) for each in told["refused"]] == [(1, field)]
        assert len(stored(client)) == 2

    def test_all_or_nothing(self, client):
        body = json.dumps([EVENT, EVENT | {"entity_id": ""}])
        answer = send(client, body, query="?all=true")
        assert answer.status_code == 422
        told = answer.json()
        assert told["code"] == "ingest.refused"
        assert told["field"] == "[1].entity_id"
        assert [each["index"] for each in told["facts"]["refused"]] == [1]
        assert stored(client) == []
        assert send(client, json.dumps([EVENT]), query="?all=true").json()["accepted"] == 1


class TestWholeBody:
    @pytest.mark.parametrize(
        ("body", "headers"),
        [
            (b"", None),
            (b"[]", None),
            (b'[{"event_type": "experiment", "event_data": {"x": "\\udc00 and more"}}]', None),
            (b"", NDJSON),
            (b"{}", None),
            (b'{"events": {}}', None),
            (b"3", None),
            (json.dumps(EVENT).encode(), None),
            (b'{"event_type": "experiment", "event_data": {"x": NaN}}', NDJSON),
            (b'[{"event_type": "experiment", "event_data": {"x": "\xff"}}]', None),
            (b'[{"event_type": "experiment", "event_data": {"x": "\\ud800"}}]', None),
            (b"[" * 100_000, None),
            (b'[{"event_type":"experiment","event_data":' + b"[" * 9_000 + b"]" * 9_000, None),
            (b"", ARROW),
            (b"\xff\xff\xff\xff\0\0\0\0", ARROW),
            (b"no arrow at all" + b"\xff\xff\xff\xff\0\0\0\0", ARROW),
        ],
    )
    def test_what_is_no_batch(self, client, body, headers):
        answer = send(client, body, headers)
        assert answer.status_code == 422, answer.text
        assert answer.json()["field"]
        assert stored(client) == []

    @pytest.mark.parametrize("form", ["list", "object", "lines", "arrow"])
    def test_half_a_body_writes_nothing(self, client, form):
        whole, headers = {
            "list": (json.dumps([EVENT] * 20).encode(), None),
            "object": (json.dumps({"events": [EVENT] * 20}).encode(), None),
            "lines": (lines(*[EVENT] * 20), NDJSON),
            "arrow": (stream(table(20)), ARROW),
        }[form]
        cuts = range(len(whole) // 3, len(whole) - 1, 97)
        for cut in cuts:
            body = whole[:cut]
            if form == "lines":
                body = body.rstrip(b"}")  # lines that are whole cannot be told from the end
            assert send(client, body, headers).status_code == 422, cut
        assert stored(client) == []
        assert send(client, whole, headers).json()["accepted"] == 20

    def test_damaged_arrow_is_refused_or_harmless(self):
        whole = stream(table(2, entity_id=["a", "b"]))
        refused = 0
        for at in range(len(whole) - 8):
            damaged = bytearray(whole)
            damaged[at] ^= 0xFF
            try:
                bulk.read_stream(service.SHAPE, bytes(damaged), most=100)
            except Invalid:
                refused += 1
        assert refused > 100

    def test_arrow_that_is_larger_than_it_looks(self, client):
        large = table(2, event_data=['{"x": "' + "a" * 100_000 + '"}'] * 2)
        for codec in ("lz4", "zstd"):
            answer = send(client, stream(large, compression=codec), ARROW)
            assert "compress" in answer.json()["detail"]
        shared = table(2, entity_id=pa.array(["a", "a"]).dictionary_encode())
        assert send(client, stream(shared), ARROW).json()["field"] == "entity_id"
        assert send(client, stream(shared, compression="lz4"), ARROW).status_code == 422
        assert stored(client) == []

    @pytest.mark.parametrize("form", ["list", "arrow"])
    def test_too_many(self, client, form):
        n = rest.MAX_BATCH + 1
        body = json.dumps([EVENT] * n).encode() if form == "list" else stream(table(n))
        answer = send(client, body, ARROW if form == "arrow" else None)
        assert answer.status_code == 413
        assert answer.json()["retryable"] is False
        assert stored(client) == []

    def test_too_large_without_saying_its_length(self, client):
        answer = send(client, (b" " * (1 << 20) for _ in range(17)))
        assert (answer.status_code, answer.json()["retryable"]) == (413, False)
        assert stored(client) == []

    def test_too_large_by_what_it_says(self, client):
        answer = send(client, b" " * ((16 << 20) + 1))
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.json()["retryable"] is False
        assert "retry-after" not in answer.headers
        assert "several" in answer.json()["hint"]

    @pytest.mark.parametrize(
        "headers",
        [
            {"content-type": "text/csv"},
            {"content-type": "application/x-www-form-urlencoded"},
            {"content-type": "application/json", "content-encoding": "gzip"},
        ],
    )
    def test_an_unknown_format(self, client, headers):
        answer = send(client, json.dumps([EVENT]).encode(), headers)
        assert answer.status_code == 415
        assert answer.json()["code"] == "ingest.unknown_format"

    def test_arrow_without_pyarrow(self, client, monkeypatch):
        body = stream(table())
        monkeypatch.setattr(arrow, "import_module", lambda name: __import__(f"no_{name}"))
        answer = send(client, body, ARROW)
        assert answer.status_code == 415
        assert "pip install 'everlearn[arrow]'" in answer.json()["hint"]

    def test_who_does_not_say_who_it_is(self, client):
        answer = client.post("/v1/events:batch", json=[EVENT], headers={"authorization": ""})
        assert answer.status_code == 401


class TestBusy:
    def test_more_than_may_be_written_at_once_waits_outside(self, client, monkeypatch):
        monkeypatch.setattr(rest, "HELD_FOR_EACH", 0)
        gate = client.app.state.ingest_gate = rest.Gate(1)
        with gate:
            answer = send(client, json.dumps([EVENT]))
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["code"] == "ingest.busy"
        assert stored(client) == []
        # A batch that fails gives its place back.
        assert send(client, b"[").status_code == 422
        assert send(client, json.dumps([EVENT])).status_code == 200

    def test_two_batches_with_the_same_events_at_once(self, db):
        database, tenant = db.database(), db.tenant()
        ids = uuid7_many(200, AT)
        done = []

        def write(order):
            with database.tx(tenant) as tx:
                done.append(service.ingest(tx, [EVENT | {"id": id_} for id_ in order]))

        threads = [threading.Thread(target=write, args=(order,)) for order in (ids, ids[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(each.accepted for each in done) == 200
        assert sum(each.duplicates for each in done) == 200


def test_what_is_answered_is_committed(db):
    from everlearn.core.testing.plugin import _client

    answer = send(_client(db.database(), db.tenant()), json.dumps([EVENT]))
    with psycopg.connect(db.server.conninfo("admin")) as other:
        (found,) = other.execute("SELECT id FROM events.learning_events").fetchone()
    assert UUID(answer.json()["items"][0]["id"]) == found


class TestFiles:
    @pytest.mark.parametrize(
        "name", ["e.ndjson", "e.jsonl", "e.json", "e.parquet", "e.arrow", "e.arrows"]
    )
    def test_each_kind_and_again(self, cli, db, tmp_path, monkeypatch, name):
        db.tenant("default")
        monkeypatch.setattr(files, "PART", 4)
        ids = [str(id_) for id_ in uuid7_many(10, AT)]
        events = [EVENT | {"id": id_} for id_ in ids]
        columns, path = table(10, id=ids), tmp_path / name
        if path.suffix in {".ndjson", ".jsonl"}:
            path.write_bytes(lines(*events))
        elif path.suffix == ".json":
            path.write_text(json.dumps({"events": events}))
        elif path.suffix == ".parquet":
            pq.write_table(columns, path)
        elif path.suffix == ".arrows":
            path.write_bytes(stream(columns))
        else:
            with pa.ipc.new_file(path, columns.schema) as writer:
                writer.write_table(columns)
        for accepted in (10, 0):
            ended = cli("events", "load", str(path), "--json")
            assert ended.code == 0, ended.err
            told = json.loads(ended.out)
            assert told == {"accepted": accepted, "duplicates": 10 - accepted, "refused": []}

    def test_refused_ones_are_named_by_their_place_in_the_file(
        self, cli, db, tmp_path, monkeypatch
    ):
        db.tenant("default")
        monkeypatch.setattr(files, "PART", 2)
        path = tmp_path / "e.ndjson"
        path.write_bytes(lines(*[EVENT] * 5, EVENT | {"event_type": "gossip"}, EVENT))
        assert cli("events", "load", str(path), "--all").code == 2
        assert "[5].event_type" in cli("events", "load", str(path), "--all").err
        assert json.loads(cli("events", "list", "--json").out) == []
        ended = cli("events", "load", str(path), "--json")
        assert ended.code == 2
        told = json.loads(ended.out)
        assert (told["accepted"], told["refused"][0]["index"]) == (6, 5)
        shown = cli("events", "load", str(path))
        assert "event_type" in shown.out

    @pytest.mark.parametrize("name", ["e.csv", "e.parquet", "e.arrow", "e.json", "e.ndjson"])
    def test_what_is_no_such_file(self, cli, db, tmp_path, name):
        db.tenant("default")
        path = tmp_path / name
        path.write_text("nothing of the kind")
        ended = cli("events", "load", str(path))
        assert ended.code == 2
        assert "everlearn:" in ended.err


def test_an_id_decides_the_time(client):
    id_ = uuid7(datetime(2025, 12, 31, 23, 59, 59, 999000, tzinfo=UTC))
    send(client, json.dumps([EVENT | {"id": str(id_)}]))
    assert stored(client)[0]["timestamp"] == "2025-12-31T23:59:59.999000Z"
