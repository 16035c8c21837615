"""One event at a time over HTTP: what is told, what is refused, who shares a commit with whom."""

from __future__ import annotations

import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Self
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from everlearn.core.app import Runtime
from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7, uuid7_many
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.entry.api import create_app
from everlearn.entry.serve import server_for
from everlearn.modules.events import service
from everlearn.modules.tenancy import service as tenancy
from everlearn.modules.tenancy.types import Role

EVENT = {"event_type": "experiment", "entity_id": "delays", "event_data": {"n": 1}}
#: Right for all that is looked at before the database is: a number of too many digits.
POISON = json.dumps(EVENT).replace('"n": 1', '"n": 1' + "0" * 200_000)


def read(body):
    return service.read_single(body, now=TEST_TIME, source="api")


class TestAnswer:
    def test_an_id_sent_again_is_a_duplicate(self, client):
        id_ = str(uuid7(TEST_TIME))
        first = client.post("/v1/events", json=EVENT | {"id": id_})
        again = client.post("/v1/events", json=EVENT | {"id": id_, "entity_id": "other"})
        assert (first.status_code, first.json()) == (201, {"id": id_, "status": "accepted"})
        assert (again.status_code, again.json()) == (201, {"id": id_, "status": "duplicate"})
        (event,) = client.get("/v1/events").json()["items"]
        assert event["entity_id"] == "delays"

    def test_the_same_event_in_a_batch_is_a_duplicate(self, client):
        one = EVENT | {"id": str(uuid7(TEST_TIME))}
        assert client.post("/v1/events", json=one).json()["status"] == "accepted"
        assert client.post("/v1/events:batch", json=[one]).json()["duplicates"] == 1

    def test_ids_are_of_a_tenant(self, client, client_other):
        one = EVENT | {"id": str(uuid7(TEST_TIME))}
        assert client.post("/v1/events", json=one).json()["status"] == "accepted"
        assert client_other.post("/v1/events", json=one).json()["status"] == "accepted"
        assert len(client.get("/v1/events").json()["items"]) == 1

    def test_everything_an_event_may_say_is_kept(self, client):
        given = {
            "id": str(uuid7(datetime(2026, 3, 1, 1, 30, 0, 123_000, tzinfo=UTC))),
            "event_type": "user_feedback",
            "event_subtype": "ü",
            "timestamp": "2026-02-28T23:30:00.123456-02:00",
            "source_system": "sender",
            "entity_type": "model",
            "entity_id": "m\"\\'1",
            "event_data": {"deep": [{"é": None}, 1e-7, 12345678901234567890], "note": "\\u0000"},
            "user_id": "u1",
            "session_id": "s1",
            "processing_time_ms": 1.25,
        }
        made = client.post("/v1/events", json=given | {"metadata": {"version": 3, "actor": "me"}})
        assert made.status_code == 201
        (event,) = client.get("/v1/events").json()["items"]
        meta = event.pop("metadata")
        assert (meta["version"], meta["actor_kind"]) == (3, "key")
        assert meta["actor"] != "me", "who acted is said by us"
        at = datetime.fromisoformat(given.pop("timestamp")).replace(microsecond=123_000)
        assert datetime.fromisoformat(event.pop("timestamp")) == at
        assert event == given

    def test_without_id_and_time_it_happened_now(self, client, clock):
        made = client.post("/v1/events", json=EVENT).json()
        (event,) = client.get("/v1/events").json()["items"]
        assert event["id"] == made["id"]
        assert datetime.fromisoformat(event["timestamp"]) == clock.now()
        assert event["source_system"] == "api"

    def test_ids_made_by_the_server_follow_each_other(self, client):
        ids = [client.post("/v1/events", json=EVENT).json()["id"] for _ in range(10)]
        assert all(a < b for a, b in pairwise(ids))

    def test_without_a_time_it_is_that_of_the_id(self, client):
        at = datetime(2026, 1, 5, 7, tzinfo=UTC)
        client.post("/v1/events", json=EVENT | {"id": str(uuid7(at))})
        (event,) = client.get("/v1/events").json()["items"]
        assert datetime.fromisoformat(event["timestamp"]) == at

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"id": str(uuid4())}, "id"),
            ({"id": "x"}, "id"),
            ({"id": "ffffffff-ffff-7fff-bfff-ffffffffffff"}, "id"),
            ({"id": str(uuid7(TEST_TIME)), "timestamp": "2026-01-01T00:00:00Z"}, "timestamp"),
            ({"timestamp": "1999-12-31T23:59:59Z"}, "timestamp"),
            ({"timestamp": (TEST_TIME + timedelta(days=731)).isoformat()}, "timestamp"),
            ({"event_data": {"x": "a\0b"}}, "event_data"),
            ({"metadata": [1]}, "metadata"),
            ({"metadata": {"x": "\0"}}, "metadata"),
            ({"session_id": "\0"}, "session_id"),
            ({"source_system": "x" * 256}, "source_system"),
        ],
    )
    def test_what_is_refused_is_named(self, client, change, field):
        answer = client.post("/v1/events", json=EVENT | change)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
        assert client.get("/v1/events").json()["items"] == []

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b"\xff", b'{"event_type": "experiment"}', b"[" * 100_000]
    )
    def test_what_is_no_event_is_refused(self, client, body):
        answer = client.post("/v1/events", content=body)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-request-id"]

    def test_an_unknown_type_names_those_there_are(self, client):
        facts = client.post("/v1/events", json=EVENT | {"event_type": "gossip"}).json()["facts"]
        assert "experiment" in facts["allowed"]

    def test_what_only_the_database_refuses(self, client):
        answer = client.post("/v1/events", content=POISON)
        assert answer.status_code == 422

    def test_a_large_body_that_does_not_say_its_length(self, database, tenant, client):
        small = TestClient(create_app(database, max_body_bytes=1000), headers=client.headers)
        answer = small.post("/v1/events", content=(b"x" * 100 for _ in range(30)))
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    def test_a_reader_may_not(self, client, database, tenant):
        with database.tx(tenant) as tx:
            key = tenancy.create_key(tx, name="r", role=Role.READER)
        headers = {"authorization": f"Bearer {key.secret}"}
        assert client.post("/v1/events", json=EVENT, headers=headers).status_code == 403

    def test_it_is_described(self, client):
        described = client.get("/v1/openapi.json").json()["paths"]["/v1/events"]["post"]
        body = described["requestBody"]["content"]["application/json"]["schema"]
        assert set(body["required"]) == {"event_type", "event_data"}
        assert "model_prediction" in body["properties"]["event_type"]["enum"]
        assert "201" in described["responses"]


class TestTogether:
    def test_twins_in_one_group_are_one_event(self, tx):
        body = json.dumps(EVENT | {"id": str(uuid7(TEST_TIME))}).encode()
        twins = [read(body) for _ in range(3)]
        fates = service.write_singles(tx, twins)
        assert [fate.status for fate in fates] == ["accepted", "duplicate", "duplicate"]
        assert tx.scalar("SELECT count(*) FROM events.learning_events") == 1

    def test_months_of_one_group(self, tx):
        times = [datetime(2025, month, 1, tzinfo=UTC) for month in range(1, 13)]
        bodies = [json.dumps(EVENT | {"id": str(uuid7(at))}).encode() for at in times]
        service.write_singles(tx, [read(body) for body in bodies])
        found = tx.execute("SELECT timestamp FROM events.learning_events ORDER BY 1").scalars()
        assert list(found) == times

    def test_days_of_which_the_metrics_are_old_are_noted(self, tx):
        body = json.dumps(EVENT).encode()
        service.write_singles(tx, [read(body)])
        assert service.refresh_daily_metrics(tx) == [TEST_TIME.date()]

    def test_a_group_is_refused_for_its_bad_one(self, tx):
        bodies = (json.dumps(EVENT), POISON)
        items = [read(body.encode()) for body in bodies]
        with pytest.raises(Invalid), tx.savepoint():
            service.write_singles(tx, items)


@contextmanager
def serving(db, **key):
    """Serve a database of the test's own by the real server, in a thread."""
    tenant = db.tenant()
    database = db.database()
    with database.tx(tenant) as tx:
        secret = tenancy.create_key(tx, name="k", **key).secret
    server = server_for(Runtime(db.settings, db.server, database), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1], secret, tenant
    finally:
        server.should_exit = True
        thread.join(10)


class Sender:
    """A connection that is kept."""

    def __init__(self, port: int, secret: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.headers = {"authorization": f"Bearer {secret}", "content-type": "application/json"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def post(self, body: dict) -> tuple[int, dict]:
        return self.send(json.dumps(body))

    def send(self, body: str) -> tuple[int, dict]:
        self.connection.request("POST", "/v1/events", body, self.headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


class TestOverTheWire:
    def test_many_senders_one_of_them_wrong(self, db):
        """Each has its own fate, whatever its neighbours in the transaction send."""
        ids = [str(id_) for id_ in uuid7_many(400, TEST_TIME)]

        def send(n: int) -> list[tuple[int, str]]:
            told = []
            with Sender(port, secret) as sender:
                for i, id_ in enumerate(ids[n * 50 : (n + 1) * 50]):
                    status, answer = sender.post(
                        EVENT | {"id": ids[0] if (n, i) == (7, 9) else id_}
                    )
                    told.append((status, answer.get("status")))
                    if n == 3:
                        assert sender.send(POISON)[0] == 422
            return told

        with serving(db) as (port, secret, tenant), ThreadPoolExecutor(8) as pool:
            told = [each for part in pool.map(send, range(8)) for each in part]
        assert {status for status, _ in told} == {201}
        assert [word for _, word in told].count("duplicate") == 1
        with db.database().tx(tenant) as tx:
            assert tx.scalar("SELECT count(*) FROM events.learning_events") == 399

    def test_what_was_answered_is_there_and_pages_are_told(self, db):
        """The answer comes after the commit: another connection sees the event at once."""
        database = db.database()
        with (
            serving(db) as (port, secret, tenant),
            Sender(port, secret) as sender,
            Sender(port, secret) as page,
        ):
            page.connection.request("GET", "/v1/live", headers=page.headers)
            with page.connection.getresponse() as stream:
                assert stream.readline() == b"retry: 2000\n"
                time.sleep(0.3)  # it listens
                for id_ in uuid7_many(20, TEST_TIME):
                    assert sender.post(EVENT | {"id": str(id_)})[0] == 201
                    with database.tx(tenant) as tx:
                        assert tx.scalar(
                            "SELECT count(*) FROM events.learning_events WHERE id = :id",
                            {"id": id_},
                        )
                assert b"event: change\n" in [stream.readline() for _ in range(2)]

    def test_a_revoked_key_is_out_at_once(self, db):
        with serving(db) as (port, secret, tenant), Sender(port, secret) as sender:
            for _ in range(20):
                assert sender.post(EVENT)[0] == 201
            with db.database().tx(tenant) as tx:
                (key,) = tenancy.list_keys(tx)
                tenancy.revoke_key(tx, key.id)
            status, answer = sender.post(EVENT)
            assert (status, answer["code"]) == (401, "unauthenticated")
