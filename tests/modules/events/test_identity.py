"""An event is known by its id alone, whoever sends it, how often, when and in which form."""

from __future__ import annotations

import json
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
import uvicorn

from everlearn.core.errors import EverlearnError
from everlearn.core.ids import time_of, uuid7, uuid7_array, uuid7_floor, uuid7_many
from everlearn.core.ingest import rest
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.entry.api import create_app
from everlearn.modules.events import service
from everlearn.modules.tenancy import service as tenancy
from everlearn.modules.tenancy.types import Role

EVENT = {"event_type": "experiment", "event_data": {"n": 1}}
AT = datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def count(tx):
    return tx.scalar("SELECT count(*) FROM events.learning_events")


def table(ids, times=None):
    columns = {
        "id": pa.array([id_.bytes for id_ in ids], pa.binary(16)),
        "event_type": ["experiment"] * len(ids),
        "event_data": ['{"n": 1}'] * len(ids),
    }
    if times:
        columns["timestamp"] = pa.array(times, pa.timestamp("us", "UTC"))
    return pa.table(columns)


def forms(id_):
    """The same event in every form that it may be sent in."""
    return [
        [EVENT | {"id": id_}],
        [EVENT | {"id": str(id_).upper(), "timestamp": AT}],
        [EVENT | {"id": id_, "timestamp": AT.replace(microsecond=999_000)}],
        table([id_], [AT]),
        table([id_]),
    ]


class TestOneId:
    @pytest.mark.parametrize("first", range(5))
    def test_with_and_without_its_time_it_is_one(self, tx, first):
        id_ = uuid7(AT)
        assert service.ingest(tx, forms(id_)[first]).accepted == 1
        for again in forms(id_):
            done = service.ingest(tx, again)
            assert (done.accepted, done.duplicates, done.ids) == (0, 1, [id_])
        query = "SELECT timestamp FROM events.learning_events WHERE id = :id"
        assert tx.execute(query, {"id": id_}).scalars().all() == [time_of(id_)]

    @pytest.mark.parametrize("off", [timedelta(milliseconds=1), timedelta(days=-400)])
    def test_another_time_beside_it_is_refused(self, tx, off):
        id_ = uuid7(AT)
        for rows in ([EVENT | {"id": id_, "timestamp": AT + off}], table([id_], [AT + off])):
            done = service.ingest(tx, rows)
            assert done.accepted == 0
            assert [(each.field, "id says" in each.reason) for each in done.refused] == [
                ("timestamp", True)
            ]
        assert count(tx) == 0

    def test_one_that_everlearn_wrote_is_found_again(self, tx):
        at = AT + timedelta(days=3, microseconds=1)
        id_ = service.emit(tx, "experiment", data={}, at=at)
        assert service.ingest(tx, [EVENT | {"id": id_}]).duplicates == 1
        (other,) = service.ingest(tx, [EVENT | {"timestamp": at}]).ids
        assert service.ingest(tx, [EVENT | {"id": other, "timestamp": at}]).duplicates == 1
        assert count(tx) == 2

    def test_a_time_and_no_id_makes_an_id_of_that_time(self, tx):
        done = service.ingest(tx, [EVENT | {"timestamp": AT}] * 50)
        assert {time_of(id_) for id_ in done.ids} == {AT.replace(microsecond=999_000)}
        assert done.ids == sorted(set(done.ids))


class TestClocks:
    """Senders' clocks are wrong: what they say is kept as they say it, within bounds."""

    @pytest.mark.parametrize(
        ("at", "fine"),
        [
            (TEST_TIME + timedelta(minutes=10), True),
            (TEST_TIME + timedelta(days=729), True),
            (TEST_TIME + timedelta(days=731), False),
            (datetime(2000, 1, 1, tzinfo=UTC), True),
            (datetime(1999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), False),
            (datetime(1970, 1, 1, tzinfo=UTC), False),
        ],
    )
    def test_ids_of_other_times(self, tx, at, fine):
        good, id_ = EVENT | {"id": uuid7(tx.now())}, uuid7(at)
        done = service.ingest(tx, [good, EVENT | {"id": id_}, good])
        assert (done.accepted, done.duplicates) == (1 + fine, 1)
        assert [each.field for each in done.refused] == ([] if fine else ["id"])
        found = tx.scalar("SELECT timestamp FROM events.learning_events WHERE id = :i", {"i": id_})
        assert found == (at if fine else None)

    def test_the_largest_id_there_is(self, tx):
        last = UUID(int=((1 << 48) - 1) << 80 | 7 << 76 | 2 << 62)
        assert service.ingest(tx, [EVENT | {"id": last}]).refused[0].field == "id"
        assert service.ingest(tx, table([last])).refused[0].field == "id"

    def test_a_clock_that_goes_back_makes_no_duplicates(self, tx):
        ids = [*uuid7_many(100, AT), *uuid7_many(100, AT - timedelta(hours=1)), *uuid7_many(9, AT)]
        assert service.ingest(tx, [EVENT | {"id": id_} for id_ in ids]).accepted == 209


def test_ids_made_all_at_once_say_their_times():
    times = [AT, AT + timedelta(milliseconds=1), datetime(2000, 1, 1, tzinfo=UTC)]
    given = np.array([int(at.timestamp() * 1000) for at in times]).repeat(1000)
    made = uuid7_array(given)
    ids = [UUID(bytes=row.tobytes()) for row in made]
    assert len(set(ids)) == 3000
    assert {(id_.version, id_.variant) for id_ in ids} == {(7, "specified in RFC 4122")}
    for n, at in enumerate(times):
        part = ids[n * 1000 : (n + 1) * 1000]
        assert part == sorted(part)
        assert uuid7_floor(at) <= part[0]
        assert part[-1] < uuid7_floor(at + timedelta(milliseconds=1))


class TestABackDatedYear:
    def test_every_month_gets_its_own(self, tx):
        year = datetime(2012, 1, 1, tzinfo=UTC)  # a leap year
        times = [year + timedelta(hours=6 * n) for n in range(366 * 4)]
        ids = [uuid7(at) for at in times]
        rows = table(ids[::-1])
        assert service.ingest(tx, rows).accepted == len(ids)
        assert service.ingest(tx, rows).duplicates == len(ids)
        found = tx.execute(
            "SELECT tableoid::regclass::text AS part, count(*) AS n,"
            " min(timestamp) AS first_at, max(timestamp) AS last_at"
            " FROM events.learning_events WHERE timestamp < '2013-01-01' GROUP BY 1 ORDER BY 1"
        ).all()
        assert [row.part for row in found] == [
            f"parts.learning_events_y2012m{month:02}" for month in range(1, 13)
        ]
        days = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        assert [row.n for row in found] == [4 * n for n in days]
        assert {row.first_at.month for row in found} == set(range(1, 13))
        assert all(row.first_at.month == row.last_at.month for row in found)
        stale = tx.scalar("SELECT count(DISTINCT date) FROM events.stale_learning_days")
        assert stale == 366

    @pytest.mark.parametrize("hour", [0, 1, 2, 3])
    def test_hours_that_a_clock_on_the_wall_has_twice_or_never(self, tx, hour):
        """The nights in which summer time ends (two o'clock twice) and begins (none) in Berlin."""
        for day in (datetime(2025, 10, 26, tzinfo=UTC), datetime(2026, 3, 29, tzinfo=UTC)):
            at = day + timedelta(hours=hour)
            berlin = at.astimezone(ZoneInfo("Europe/Berlin"))
            id_ = uuid7(at)
            sent = {"id": id_, "timestamp": berlin.isoformat()}
            assert service.ingest(tx, [EVENT | sent]).accepted == 1
            assert service.ingest(tx, [EVENT | {"id": id_}]).duplicates == 1


class TestWritersAtTheSameTime:
    def test_overlapping_batches_in_every_order(self, db):
        database, tenant = db.database(), db.tenant()
        ids = uuid7_many(600, AT)
        overlapping = [ids[:400], ids[200:][::-1], ids[100:500], ids[::-1]]
        done, failed = [], []
        start = threading.Barrier(len(overlapping), timeout=30)

        def write(order, as_table):
            rows = table(order) if as_table else [EVENT | {"id": id_} for id_ in order]
            try:
                start.wait()
                with database.tx(tenant) as tx:
                    done.append(service.ingest(tx, rows))
            except EverlearnError as error:
                failed.append(error)

        threads = [
            threading.Thread(target=write, args=(order, n % 2 == 0))
            for n, order in enumerate(overlapping)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert failed == []
        assert sum(each.accepted for each in done) == 600
        sent = sum(map(len, overlapping))
        assert sum(each.duplicates for each in done) == sent - 600
        with database.tx(tenant) as tx:
            assert count(tx) == 600


@pytest.fixture
def served(db):
    """Serve on a real socket; give the port, a key, and what counts the events."""
    database, tenant = db.database(), db.tenant()
    with database.tx(tenant) as tx:
        key = tenancy.create_key(tx, name="test", role=Role.WRITER)
    app = create_app(database)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.05)

    def events():
        with database.tx(tenant) as tx:
            return count(tx)

    yield app, port, key.secret, events
    server.should_exit = True
    thread.join(20)


def begin(port, secret, length, body):
    made = socket.create_connection(("127.0.0.1", port), 10)
    head = (
        "POST /v1/events:batch HTTP/1.1\r\nhost: localhost\r\n"
        f"authorization: Bearer {secret}\r\ncontent-type: application/x-ndjson\r\n"
        f"content-length: {length}\r\nconnection: close\r\n\r\n"
    )
    made.sendall(head.encode() + body)
    return made


def until_free(app):
    for _ in range(200):
        gate = getattr(app.state, "ingest_gate", None)
        if gate is not None and gate.held == 0:
            return
        time.sleep(0.05)
    pytest.fail("the body is still held")


class TestHalfABody:
    # Whole lines, so that what came would be a fine body by itself.
    LINES = (json.dumps(EVENT) + "\n").encode() * 50

    def test_who_goes_away_in_the_middle_writes_nothing(self, served):
        app, port, secret, events = served
        for _ in range(3):
            with begin(port, secret, 2 * len(self.LINES), self.LINES):
                time.sleep(0.2)
            until_free(app)
        assert events() == 0
        with begin(port, secret, len(self.LINES), self.LINES) as whole:
            assert b"200 OK" in whole.recv(65_536)
        assert events() == 50

    def test_who_stops_sending_is_given_up(self, served, monkeypatch):
        monkeypatch.setattr(rest, "BODY_TIMEOUT_S", 0.5)
        app, port, secret, events = served
        with begin(port, secret, 2 * len(self.LINES), self.LINES) as half:
            told = b""
            while part := half.recv(65_536):
                told += part
        assert b" 422 " in told
        assert b"nothing came of the body" in told
        until_free(app)
        assert events() == 0
