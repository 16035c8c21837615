"""The daily metrics say what a straight GROUP BY says, whatever happens while they are computed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everlearn.core import chores
from everlearn.core.errors import Unavailable
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.modules.events import service
from everlearn.modules.events.types import EventType

TODAY = TEST_TIME.date()
STRAIGHT = """
SELECT (timestamp AT TIME ZONE 'UTC')::date, event_type, source_system, count(*),
  avg(processing_time_ms), percentile_cont(0.95) WITHIN GROUP (ORDER BY processing_time_ms)
FROM events.learning_events WHERE tenant_id = app.tenant_id() GROUP BY 1, 2, 3
"""
KEPT = """
SELECT date, event_type, source_system, event_count, avg_processing_time, p95_processing_time
FROM events.daily_learning_metrics WHERE tenant_id = app.tenant_id()
"""


def groups(tx, query):
    found = {(r[0], r[1], r[2]): tuple(r[3:]) for r in tx.execute(query).all()}
    return {key: pytest.approx(values, nan_ok=True) for key, values in found.items()}


def agrees(tx):
    # The approximation is the same class on both sides, so one side is taken apart.
    straight = {(r[0], r[1], r[2]): tuple(r[3:]) for r in tx.execute(STRAIGHT).all()}
    assert straight == groups(tx, KEPT)
    return straight


def emit(tx, *, days_ago=0, ms=1.0, source="api", kind="experiment"):
    at = TEST_TIME - timedelta(days=days_ago)
    return service.emit(tx, kind, data={}, processing_time_ms=ms, source=source, at=at)


class TestRefresh:
    def test_counts_mean_and_percentile(self, tx):
        for ms in (10.0, 20.0, 30.0, None):
            emit(tx, ms=ms)
        emit(tx, ms=None, source="user_interface")
        assert service.refresh_daily_metrics(tx) == [TODAY]
        assert agrees(tx) == {
            (TODAY, "experiment", "api"): (4, 20.0, 29.0),
            (TODAY, "experiment", "user_interface"): (1, None, None),
        }

    def test_only_days_with_new_events_are_computed(self, tx):
        emit(tx, days_ago=2)
        emit(tx, days_ago=1)
        service.refresh_daily_metrics(tx)
        assert service.refresh_daily_metrics(tx) == []
        emit(tx, days_ago=40)
        assert service.refresh_daily_metrics(tx) == [TODAY - timedelta(days=40)]
        assert len(agrees(tx)) == 3

    def test_a_late_event_changes_its_day_and_no_id(self, tx):
        emit(tx, days_ago=3, ms=5.0)
        service.refresh_daily_metrics(tx)
        before = tx.scalar("SELECT id FROM events.daily_learning_metrics")
        emit(tx, days_ago=3, ms=7.0)
        service.refresh_daily_metrics(tx)
        assert list(agrees(tx).values()) == [(2, 6.0, pytest.approx(6.9))]
        assert tx.scalar("SELECT id FROM events.daily_learning_metrics") == before

    def test_a_day_begins_at_midnight_utc(self, tx):
        for at in (
            datetime(2026, 2, 10, 23, 59, 59, 999_999, tzinfo=UTC),
            datetime(2026, 2, 11, tzinfo=UTC),
        ):
            service.emit(tx, "experiment", data={}, at=at)
        assert service.refresh_daily_metrics(tx) == [date(2026, 2, 10), date(2026, 2, 11)]
        assert [values[0] for values in agrees(tx).values()] == [1, 1]

    def test_plain_sql_counts_too(self, tx):
        emit(tx)
        tx.execute(
            "INSERT INTO events.learning_events (event_type, event_data, timestamp)"
            " SELECT 'drift_alert', '{}', :at FROM generate_series(1, 100)",
            {"at": TEST_TIME},
        )
        service.refresh_daily_metrics(tx)
        assert agrees(tx)[TODAY, "drift_alert", None] == (100, None, None)

    def test_a_statement_leaves_one_note_a_day(self, tx):
        times = [TEST_TIME - timedelta(days=i % 2) for i in range(500)]
        columns = {"event_type": ["experiment"] * 500, "event_data": [{}] * 500}
        service.emit_many(tx, columns | {"timestamp": times})
        assert tx.scalar("SELECT count(*) FROM events.stale_learning_days") == 2

    def test_what_is_rolled_back_leaves_no_note(self, tx):
        with pytest.raises(ZeroDivisionError), tx.savepoint():
            emit(tx)
            raise ZeroDivisionError
        assert service.refresh_daily_metrics(tx) == []

    def test_another_tenants_events_are_not_counted(self, database, tenant, rival):
        with rival.tx() as tx:
            for _ in range(3):
                emit(tx)
        with database.tx(tenant) as tx:
            emit(tx)
            assert service.refresh_daily_metrics(tx) == [TODAY]
            assert [values[0] for values in agrees(tx).values()] == [1]
        with rival.tx() as tx:
            assert tx.execute(KEPT).all() == []
            assert service.refresh_daily_metrics(tx) == [TODAY]
            assert [values[0] for values in agrees(tx).values()] == [3]

    def test_events_from_before_the_metrics_are_counted_the_first_time(self, tx):
        emit(tx, days_ago=1)
        emit(tx, days_ago=200)
        tx.execute("DELETE FROM events.stale_learning_days")
        assert len(service.refresh_daily_metrics(tx)) == 2
        agrees(tx)


@st.composite
def _batch(draw):
    return [
        (
            TEST_TIME - timedelta(hours=draw(st.integers(0, 120))),
            draw(st.sampled_from([EventType.EXPERIMENT, EventType.DRIFT_ALERT])),
            draw(st.sampled_from([None, "api", "everlearn"])),
            draw(st.none() | st.floats(0, 1e6)),
        )
        for _ in range(draw(st.integers(1, 8)))
    ]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(_batch(), min_size=1, max_size=5))
def test_it_equals_a_straight_group_by(tx, batches):
    undone = tx.session.begin_nested()
    for batch in batches:
        times, kinds, senders, durations = zip(*batch, strict=True)
        service.emit_many(
            tx,
            {
                "event_type": kinds,
                "event_data": [{}] * len(batch),
                "timestamp": times,
                "source_system": senders,
                "processing_time_ms": durations,
            },
        )
        assert set(service.refresh_daily_metrics(tx)) == {at.date() for at in times}
        agrees(tx)
    undone.rollback()


class TestTogether:
    """On a database of its own, where transactions really are open side by side."""

    @pytest.fixture
    def world(self, db):
        tenant, database = db.tenant(), db.database()
        with database.tx(tenant) as tx:
            emit(tx)
            service.refresh_daily_metrics(tx)
        return database, tenant

    def test_events_that_commit_after_a_refresh_are_in_the_next(self, world):
        database, tenant = world
        with database.tx(tenant) as writer:
            emit(writer, ms=9.0)
            with database.tx(tenant) as tx:
                assert service.refresh_daily_metrics(tx) == []
        with database.tx(tenant) as tx:
            assert service.refresh_daily_metrics(tx) == [TODAY]
            assert sum(values[0] for values in agrees(tx).values()) == 2

    def test_events_that_commit_during_a_refresh_are_not_lost(self, world):
        database, tenant = world
        with database.tx(tenant) as writer:
            emit(writer)
        with database.tx(tenant) as tx:
            service.refresh_daily_metrics(tx)
            with database.tx(tenant) as writer:
                emit(writer)
        with database.tx(tenant) as tx:
            assert service.refresh_daily_metrics(tx) == [TODAY]
            assert sum(values[0] for values in agrees(tx).values()) == 3

    def test_writers_of_a_day_do_not_wait_for_one_another(self, world):
        database, tenant = world
        with database.tx(tenant) as first:
            emit(first)
            with database.tx(tenant) as second:
                second.execute("SET LOCAL lock_timeout = '200ms'")
                emit(second)

    def test_an_older_count_does_not_replace_a_newer_one(self, world):
        database, tenant = world
        begun = threading.Event()

        def refresh():
            with database.tx(tenant) as tx:
                begun.set()
                service.refresh_daily_metrics(tx)

        with ThreadPoolExecutor(1) as pool:
            with database.tx(tenant) as tx:
                emit(tx)
                service.refresh_daily_metrics(tx)
                with database.tx(tenant) as writer:
                    emit(writer)
                second = pool.submit(refresh)
                begun.wait()
            second.result()
        with database.tx(tenant) as tx:
            assert sum(values[0] for values in agrees(tx).values()) == 3

    def test_writers_and_refreshers_all_at_once(self, world):
        database, tenant = world

        def write(number):
            for i in range(20):
                with database.tx(tenant) as tx:
                    emit(tx, days_ago=(number + i) % 3)

        def refresh(_):
            for _ in range(10):
                with database.tx(tenant) as tx:
                    service.refresh_daily_metrics(tx)

        with ThreadPoolExecutor(5) as pool:
            work = [pool.submit(write, n) for n in range(3)]
            work += [pool.submit(refresh, n) for n in range(2)]
            for each in work:
                each.result()
        with database.tx(tenant) as tx:
            service.refresh_daily_metrics(tx)
            assert sum(values[0] for values in agrees(tx).values()) == 61

    def test_a_correction_and_a_deletion_are_followed(self, world, db):
        database, tenant = world
        with database.tx(tenant) as tx:
            emit(tx, days_ago=1, ms=100.0)
            moved = emit(tx, days_ago=5)
            service.refresh_daily_metrics(tx)
        with db.database("owner").tx(tenant) as tx:
            tx.execute(
                "UPDATE events.learning_events SET processing_time_ms = 50"
                " WHERE processing_time_ms = 100"
            )
            tx.execute("DELETE FROM events.learning_events WHERE id = :id", {"id": moved})
        with database.tx(tenant) as tx:
            days = [TODAY - timedelta(days=5), TODAY - timedelta(days=1)]
            assert service.refresh_daily_metrics(tx) == days
            left = agrees(tx)
            assert left[days[1], "experiment", "api"] == (1, 50.0, 50.0)
            assert len(left) == 2

    def test_clearing_up_after_a_tenant_leaves_no_notes(self, world, db):
        _, tenant = world
        owner = db.database("owner")
        with owner.tx(tenant) as tx:
            tx.execute("DELETE FROM tenancy.tenants WHERE id = :id", {"id": tenant})
        with owner.tx(tenant) as tx:
            assert tx.execute("DELETE FROM events.learning_events").rowcount == 1
            assert tx.scalar("SELECT count(*) FROM events.stale_learning_days") == 0


class TestChore:
    """What the worker does every minute, for all tenants."""

    @pytest.fixture
    def house(self, db):
        return chores.House(db.server, db.settings, db.clock)

    def test_it_follows_the_events_of_every_tenant(self, db, house):
        database, tenants = db.database(), [db.tenant("acme"), db.tenant("rival")]
        for n, tenant in enumerate(tenants):
            with database.tx(tenant) as tx:
                for _ in range(n + 1):
                    emit(tx)
        each = chores.declared()["events.daily_metrics"]
        assert chores.run(each, house) == {"days": 2}
        assert chores.run(each, house) == {"days": 0}
        for n, tenant in enumerate(tenants):
            with database.tx(tenant) as tx:
                assert agrees(tx)[TODAY, "experiment", "api"][0] == n + 1

    def test_a_tenant_that_fails_does_not_keep_others_from_it(self, db, house, monkeypatch):
        database, bad, good = db.database(), db.tenant("acme"), db.tenant("rival")
        for tenant in (bad, good):
            with database.tx(tenant) as tx:
                emit(tx)
        refresh = service.refresh_daily_metrics

        def fail_for_one(tx):
            if tx.tenant_id == bad:
                raise Unavailable
            return refresh(tx)

        monkeypatch.setattr(service, "refresh_daily_metrics", fail_for_one)
        with pytest.raises(Unavailable, match=str(bad)):
            chores.run(chores.declared()["events.daily_metrics"], house)
        with database.tx(good) as tx:
            assert len(agrees(tx)) == 1


def test_they_are_listed(client, client_other, database, tenant):
    event = {"event_type": "experiment", "event_data": {}, "processing_time_ms": 8}
    client.post("/v1/events:batch", json=[event] * 3)
    assert client.get("/v1/daily_learning_metrics").json()["items"] == []
    with database.tx(tenant) as tx:
        service.refresh_daily_metrics(tx)
    question = "/v1/daily_learning_metrics?event_type=experiment&date=2026-03-02"
    (line,) = client.get(question).json()["items"]
    assert (line["event_count"], line["p95_processing_time"]) == (3, 8.0)
    assert client_other.get("/v1/daily_learning_metrics").json()["items"] == []


def test_command(cli, db):
    tenant = db.tenant("acme")
    assert "nothing yet" in cli("events", "refresh", "--tenant", "acme").out
    with db.database().tx(tenant) as tx:
        emit(tx)
    (line,) = cli("events", "refresh", "--tenant", "acme", "--json").json()
    assert line == {"day": "2026-03-02"}
