"""The rollups of events by day and hour: right whatever happens, and readable meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everlearn.core import chores
from everlearn.core.errors import Invalid
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.modules.events import service
from everlearn.modules.events.types import EventType
from everlearn.modules.operations import service as operations

TODAY = TEST_TIME.date()
TOMORROW = TODAY + timedelta(days=1)
SHARES = [0.0, 0.5, 0.95, 1.0]
STRAIGHT_DAYS = """
SELECT (timestamp AT TIME ZONE 'UTC')::date, count(*), avg(processing_time_ms),
  percentile_cont(0.95) WITHIN GROUP (ORDER BY processing_time_ms)
FROM events.learning_events WHERE tenant_id = app.tenant_id()
  AND (CAST(:event_type AS text) IS NULL OR event_type = :event_type) GROUP BY 1 ORDER BY 1
"""
STRAIGHT_HOURS = """
SELECT date_trunc('hour', timestamp, 'UTC'), event_type, count(*)
FROM events.learning_events WHERE tenant_id = app.tenant_id() GROUP BY 1, 2 ORDER BY 1, 2
"""


def emit(tx, *, at=TEST_TIME, ms=1.0, kind="experiment", source="api"):
    return service.emit(tx, kind, data={}, processing_time_ms=ms, source=source, at=at)


def near(value):
    return None if value is None else pytest.approx(value, rel=0.0101, abs=1e-299)


def agrees(tx, *, event_type=None):
    """Compare the rollups with the events themselves; give the days."""
    straight = tx.execute(STRAIGHT_DAYS, {"event_type": event_type}).all()
    since = min((row[0] for row in straight), default=TODAY)
    days = service.days_of_events(tx, since=since, until=TOMORROW, event_type=event_type)
    assert [(d.day, d.event_count) for d in days] == [(r[0], r[1]) for r in straight]
    for day, row in zip(days, straight, strict=True):
        assert day.avg_processing_time == pytest.approx(row[2])
        assert day.p95_processing_time == near(row[3])
    hours = tx.execute(
        "SELECT hour_start, event_type, event_count FROM events.hourly_learning_usage"
        " WHERE tenant_id = app.tenant_id() ORDER BY 1, 2"
    ).all()
    assert hours == tx.execute(STRAIGHT_HOURS).all()
    return days


@st.composite
def _batch(draw):
    return [
        (
            TEST_TIME - timedelta(minutes=draw(st.integers(0, 4 * 24 * 60))),
            draw(st.sampled_from([EventType.EXPERIMENT, EventType.DRIFT_ALERT])),
            draw(st.sampled_from([None, "api"])),
            draw(st.none() | st.floats(0, 1e6)),
        )
        for _ in range(draw(st.integers(1, 8)))
    ]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(_batch(), min_size=1, max_size=4))
def test_they_agree_with_the_events(tx, batches):
    undone = tx.session.begin_nested()
    for batch in batches:
        times, kinds, senders, durations = zip(*batch, strict=True)
        columns = {
            "event_type": kinds,
            "event_data": [{}] * len(batch),
            "timestamp": times,
            "source_system": senders,
            "processing_time_ms": durations,
        }
        service.emit_many(tx, columns)
        service.refresh_daily_metrics(tx)
        agrees(tx)
        agrees(tx, event_type=EventType.EXPERIMENT)
    undone.rollback()


class TestQuantiles:
    def test_of_ninety_days_together(self, tx):
        random = np.random.default_rng(5)
        durations = random.lognormal(2, 1, 5_000)
        times = [TEST_TIME - timedelta(days=int(d)) for d in random.integers(0, 90, 5_000)]
        kinds = ["experiment" if i % 3 else "drift_alert" for i in range(5_000)]
        columns = {"event_type": kinds, "event_data": [{}] * 5_000, "timestamp": times}
        service.emit_many(tx, columns | {"processing_time_ms": durations.tolist()})
        service.refresh_daily_metrics(tx)
        span = {"since": TODAY - timedelta(days=89), "until": TOMORROW, "shares": SHARES}
        found = service.quantiles_of_events(tx, **span)
        assert (found.event_count, found.avg_processing_time) == (
            5_000,
            pytest.approx(durations.mean()),
        )
        assert list(found.quantiles.values()) == near(np.quantile(durations, SHARES).tolist())
        alerts = service.quantiles_of_events(tx, event_type=EventType.DRIFT_ALERT, **span)
        assert list(alerts.quantiles.values()) == near(np.quantile(durations[::3], SHARES).tolist())

    def test_without_events_there_are_none(self, tx):
        found = service.quantiles_of_events(tx, since=TODAY, until=TOMORROW)
        assert (found.event_count, set(found.quantiles.values())) == (0, {None})

    @pytest.mark.parametrize(
        ("span", "field"),
        [
            ({"since": TODAY, "until": TODAY}, "until"),
            ({"since": date(1990, 1, 1), "until": TODAY}, "until"),
            ({"since": TODAY, "until": TOMORROW, "shares": [95.0]}, "shares"),
        ],
    )
    def test_a_senseless_question_is_refused(self, tx, span, field):
        with pytest.raises(Invalid) as caught:
            service.quantiles_of_events(tx, **span)
        assert caught.value.field == field


class TestTime:
    @pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"])
    def test_a_month_in_which_clocks_change(self, tx, zone):
        """Lord Howe's clocks change by half an hour, and India's hours begin at half past."""
        tx.execute("SELECT set_config('TimeZone', :zone, true)", {"zone": zone})
        first = datetime(2025, 10, 1, tzinfo=UTC)
        times = [first + timedelta(minutes=20 * i) for i in range(31 * 72)]
        columns = {"event_type": ["experiment"] * len(times), "event_data": [{}] * len(times)}
        service.emit_many(tx, columns | {"timestamp": times})
        service.refresh_daily_metrics(tx)
        days = agrees(tx)
        assert [(d.day, d.event_count) for d in days] == [
            (first.date() + timedelta(days=i), 72) for i in range(31)
        ]
        hours = service.hours_of_events(tx, since=first, until=first + timedelta(days=31))
        assert {h.event_count for h in hours} == {3}
        assert [h.hour_start for h in hours] == [first + timedelta(hours=i) for i in range(31 * 24)]

    def test_a_year_written_late(self, tx):
        old = [TEST_TIME - timedelta(days=365 + i) for i in range(0, 365, 7)]
        columns = {"event_type": ["experiment"] * len(old), "event_data": [{}] * len(old)}
        emit(tx)
        service.refresh_daily_metrics(tx)
        service.emit_many(tx, columns | {"timestamp": old})
        assert len(service.refresh_daily_metrics(tx)) == len(old)
        assert len(agrees(tx)) == len(old) + 1


class TestRetention:
    DAY = TEST_TIME - timedelta(days=40)

    def test_what_retention_takes_stays_counted(self, db):
        database, owner, tenant = db.database(), db.database("owner"), db.tenant()
        with database.tx(tenant) as tx:
            operations.set_retention(tx, "events.learning_events", days=30)
            ids = [emit(tx, at=self.DAY) for _ in range(3)]
            emit(tx, at=TEST_TIME - timedelta(days=2))
            service.refresh_daily_metrics(tx)
        with owner.tx(tenant) as tx:
            tx.execute("DELETE FROM events.learning_events WHERE id = ANY(:ids)", {"ids": ids[:2]})
            tx.execute("DELETE FROM events.learning_events WHERE timestamp > :at", {"at": self.DAY})
        with database.tx(tenant) as tx:
            assert len(service.refresh_daily_metrics(tx)) == 2
            days = service.days_of_events(tx, since=self.DAY.date(), until=TOMORROW)
            assert [(d.day, d.event_count) for d in days] == [(self.DAY.date(), 3)]

    def test_a_month_that_comes_back_is_counted_once(self, db):
        database, owner, tenant = db.database(), db.database("owner"), db.tenant()
        with database.tx(tenant) as tx:
            operations.set_retention(tx, "events.learning_events", days=30)
            for _ in range(3):
                emit(tx, at=self.DAY)
            service.refresh_daily_metrics(tx)
        with owner.tx(tenant) as tx:
            tx.execute("CREATE TEMP TABLE aside AS SELECT * FROM events.learning_events")
            tx.execute("DELETE FROM events.learning_events")
            tx.execute("DELETE FROM events.stale_learning_days")
            tx.execute("INSERT INTO events.learning_events SELECT * FROM aside")
        with database.tx(tenant) as tx:
            assert service.refresh_daily_metrics(tx) == [self.DAY.date()]
            assert [d.event_count for d in agrees(tx)] == [3]


class TestMeanwhile:
    @pytest.fixture
    def world(self, db):
        tenant, database = db.tenant(), db.database()
        with database.tx(tenant) as tx:
            emit(tx)
            service.refresh_daily_metrics(tx)
            emit(tx)
        return database, tenant

    def test_it_is_read_and_written_while_it_is_refreshed(self, world):
        database, tenant = world
        with database.tx(tenant) as refreshing:
            service.refresh_daily_metrics(refreshing)
            locks = refreshing.execute(
                "SELECT DISTINCT mode FROM pg_locks WHERE locktype = 'relation'"
                " AND pid = pg_backend_pid()"
            ).scalars()
            assert set(locks) <= {"AccessShareLock", "RowShareLock", "RowExclusiveLock"}
            with database.tx(tenant) as tx:
                tx.execute("SET LOCAL lock_timeout = '200ms'")
                (day,) = service.days_of_events(tx, since=TODAY, until=TOMORROW)
                assert day.event_count == 1
                emit(tx)
        with database.tx(tenant) as tx:
            service.refresh_daily_metrics(tx)
            assert [d.event_count for d in agrees(tx)] == [3]

    def test_one_killed_in_the_middle_loses_nothing(self, world, db):
        database, tenant = world
        program = (
            "import sys, time, uuid\n"
            "from everlearn.core.tx import connect\n"
            "from everlearn.core.clock import ManualClock\n"
            "from everlearn.core.pg.types import Server\n"
            "from everlearn.core.settings import Settings\n"
            "import psycopg\n"
            "from datetime import datetime\n"
            "from sqlalchemy import create_engine\n"
            "from everlearn.core.tx import Database\n"
            "from everlearn.modules.events import service\n"
            "engine = create_engine('postgresql+psycopg://',"
            " creator=lambda: psycopg.connect(sys.argv[1]))\n"
            "database = Database(engine, clock=ManualClock(datetime.fromisoformat(sys.argv[3])))\n"
            "with database.tx(uuid.UUID(sys.argv[2])) as tx:\n"
            "    print(len(service.refresh_daily_metrics(tx)), flush=True)\n"
            "    time.sleep(60)\n"
        )
        conninfo = db.server.conninfo("app", db.name)
        words = [sys.executable, "-c", program, conninfo, str(tenant), TEST_TIME.isoformat()]
        with subprocess.Popen(words, stdout=subprocess.PIPE, env=dict(os.environ)) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"1\n"
            child.send_signal(signal.SIGKILL)
        with database.tx(tenant) as tx:
            (day,) = service.days_of_events(tx, since=TODAY, until=TOMORROW)
            assert day.event_count == 1
            assert service.refresh_daily_metrics(tx) == [TODAY]
            assert [d.event_count for d in agrees(tx)] == [2]

    def test_two_refreshers_at_once(self, world):
        database, tenant = world
        found = []

        def refresh():
            with database.tx(tenant) as tx:
                found.append(service.refresh_daily_metrics(tx))

        both = [threading.Thread(target=refresh) for _ in range(2)]
        for each in both:
            each.start()
        for each in both:
            each.join(20)
        assert sorted(found) == [[], [TODAY]]
        with database.tx(tenant) as tx:
            assert [d.event_count for d in agrees(tx)] == [2]


def test_only_tenants_with_something_to_do_are_looked_at(db, monkeypatch):
    database, tenants = db.database(), [db.tenant(f"t{i}") for i in range(5)]
    with database.tx(tenants[3]) as tx:
        emit(tx)
    seen = []
    refresh = service.refresh_daily_metrics

    def noting(tx):
        seen.append(tx.tenant_id)
        return refresh(tx)

    monkeypatch.setattr(service, "refresh_daily_metrics", noting)
    house = chores.House(db.server, db.settings, db.clock)
    each = chores.declared()["events.daily_metrics"]
    assert chores.run(each, house) == {"days": 1}
    assert chores.run(each, house) == {"days": 0}
    assert seen == [tenants[3]]


def test_over_http(client, client_other, database, tenant):
    event = {"event_type": "experiment", "event_data": {}, "processing_time_ms": 8}
    client.post("/v1/events:batch", json=[event] * 3)
    with database.tx(tenant) as tx:
        service.refresh_daily_metrics(tx)
    days = "/v1/events/days?since=2026-03-01&until=2026-03-03"
    (day,) = client.get(days).json()
    assert (day["day"], day["event_count"]) == ("2026-03-02", 3)
    assert day["p95_processing_time"] == near(8.0)
    assert client.get(days + "&event_type=drift_alert").json() == []
    assert client_other.get(days).json() == []
    hours = "/v1/events/hours?since=2026-03-02T00:00:00Z&until=2026-03-03T00:00:00Z"
    (hour,) = client.get(hours).json()
    assert hour == {
        "hour_start": "2026-03-02T12:00:00Z",
        "event_type": "experiment",
        "event_count": 3,
    }
    found = client.get("/v1/events/quantiles?since=2026-03-01&until=2026-03-03&share=0.9").json()
    assert found["event_count"] == 3
    assert found["quantiles"] == [{"share": 0.9, "milliseconds": near(8.0)}]
    refused = client.get("/v1/events/days?since=2026-03-03&until=2026-03-01")
    assert (refused.status_code, refused.json()["field"]) == (422, "until")


def test_command(cli, db):
    tenant = db.tenant("acme")
    with db.database().tx(tenant) as tx:
        emit(tx)
        service.refresh_daily_metrics(tx)
    (line,) = cli("events", "usage", "--tenant", "acme", "--json").json()
    assert (line["day"], line["event_count"]) == ("2026-03-02", 1)
    ran = cli("events", "usage", "--tenant", "acme")
    assert ran.out.splitlines()[1].split()[:2] == ["2026-03-02", "1"]
    refused = cli("events", "usage", "--type", "nonsense", "--tenant", "acme")
    assert refused.code == 2
    assert "--type: there is no type of event 'nonsense' (there are model_" in refused.err
    (line,) = cli("events", "usage", "--hourly", "--tenant", "acme", "--json").json()
    assert (line["event_type"], line["event_count"]) == ("experiment", 1)
