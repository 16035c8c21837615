"""Everlearn watches itself: what is read, what is kept, when an alert opens and closes."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from everlearn.core import chores, named, partitions, watching
from everlearn.core.errors import Invalid, NotFound, WrongStatus
from everlearn.core.ids import uuid7
from everlearn.core.migrate import load_tables
from everlearn.core.testing.make import make
from everlearn.core.watching import Reading
from everlearn.modules.operations import service
from everlearn.modules.operations.service import alerts, gauges, health
from everlearn.modules.operations.service import watching as engine
from everlearn.modules.operations.tables import AlertRule, JobRun
from everlearn.modules.operations.types import Scope, Severity

load_tables()
watching.metrics()  # loads what every module declares
EVENTS = "events.learning_events"


class House:
    """A database of its own in which acme runs the installation."""

    def __init__(self, db):
        self.db = db
        self.app, self.service = db.database(), db.database("service")
        self.acme, self.rival = db.tenant("acme"), db.tenant("rival")
        with self.service.tx(None) as tx:
            partitions.create_ahead(tx, at=tx.now())

    def watch(self, minutes=0):
        if minutes:
            self.db.clock.advance(timedelta(minutes=minutes))
        return engine.watch(self.service, "acme")

    def read(self, scope=Scope.TENANT, tenant=None):
        with self.app.tx(tenant or self.acme) as tx:
            return {(c.metric, c.subject): c.value for c in health.current(tx, scope=scope)}

    def alerts(self, tenant=None, status="open"):
        with self.app.tx(tenant or self.acme) as tx:
            return service.list_alerts(tx, status=status)

    def events(self, tenant=None):
        with self.app.tx(tenant or self.acme) as tx:
            query = (
                "SELECT event_subtype, event_data->>'rule' FROM events.learning_events"
                " WHERE tenant_id = app.tenant_id() AND entity_type = 'alert' ORDER BY id"
            )
            return [tuple(row) for row in tx.execute(query)]

    def stale(self, tenant, seconds):
        """Note a day whose rollup is stale since some seconds before the database's own time."""
        with self.app.tx(tenant) as tx:
            tx.execute(
                "INSERT INTO events.stale_learning_days (tenant_id, id, date) SELECT"
                " app.tenant_id(), app.uuid_floor(clock_timestamp() - make_interval(secs => :s)),"
                " '2026-03-01'",
                {"s": seconds},
            )


@pytest.fixture
def house(db, monkeypatch):
    monkeypatch.setattr(named, "_queries", {})
    return House(db)


class TestReading:
    def test_a_rollup_lags_by_its_oldest_note(self, house):
        house.stale(house.acme, 120)
        house.stale(house.acme, 30)
        house.stale(house.rival, 500)
        house.watch()
        rollup = ("rollup_lag_s", "events.daily_learning_metrics")
        assert house.read()[rollup] == pytest.approx(120, abs=30)
        assert house.read(tenant=house.rival)[rollup] == pytest.approx(500, abs=30)
        assert house.read(Scope.HOUSE)[rollup] == pytest.approx(500, abs=30)
        with house.app.tx(house.acme) as tx:
            tx.execute("DELETE FROM events.stale_learning_days WHERE tenant_id = app.tenant_id()")
        house.watch(1)
        assert house.read()[rollup] == 0

    def test_jobs_are_counted_and_their_wait_is_measured(self, house):
        now = house.db.clock.now()
        with house.app.tx(house.acme) as tx:
            for status, ago, due in (
                ("queued", 400, None), ("queued", 10, None), ("queued", 900, now),
                ("running", 50, None), ("failed", 60, None), ("failed", 9000, None),
            ):  # fmt: skip
                at = now - timedelta(seconds=ago)
                ended = at if status == "failed" else None
                make(tx, JobRun, status=status, queued_at=at, due_at=due, finished_at=ended)
        house.watch()
        found = house.read()
        assert found["jobs_count", "queued"] == 3
        assert found["jobs_count", "running"] == 1
        assert found["jobs_failed_count", ""] == 1
        assert found["job_wait_s", ""] == pytest.approx(400)
        assert house.read(Scope.HOUSE)["jobs_count", "queued"] == 3

    def test_partitions_are_the_house_s(self, house):
        house.watch()
        found = house.read(Scope.HOUSE)
        with house.service.tx(None) as tx:
            listed = partitions.list_partitions(tx, tables=[EVENTS])
        now = house.db.clock.now()
        assert found["partition_bytes", EVENTS] == max(p.size_bytes for p in listed)
        assert found["table_bytes", EVENTS] == sum(p.size_bytes for p in listed)
        assert found["partitions_ahead_count", EVENTS] == sum(p.lower_at > now for p in listed)
        assert not [key for key in house.read() if key[0] == "partition_bytes"]
        assert house.read(Scope.HOUSE, tenant=house.rival) == {}  # nobody else sees them

    def test_rows_past_their_time_are_lag_of_the_archive(self, house):
        now = house.db.clock.now()
        old = now - timedelta(days=800)
        with house.app.tx(house.acme) as tx:
            partitions.ensure(tx, EVENTS, [old])
            tx.execute(
                "INSERT INTO events.learning_events (id, event_type, event_data, timestamp)"
                " VALUES (:id, 'model_training', '{}', :at)",
                {"id": uuid7(old), "at": old},
            )
        house.watch()
        with house.service.tx(None) as tx:
            (partition,) = [
                p for p in partitions.list_partitions(tx, tables=[EVENTS]) if p.upper_at < now
                and p.lower_at <= old < p.upper_at
            ]  # fmt: skip
        late = now - timedelta(days=730) - partition.upper_at
        assert house.read(Scope.HOUSE)["archive_lag_s", EVENTS] == pytest.approx(
            late.total_seconds()
        )
        with house.app.tx(house.acme) as tx:
            service.set_retention(tx, EVENTS, days=2000)
        house.watch(1)
        assert house.read(Scope.HOUSE)["archive_lag_s", EVENTS] == 0

    def test_a_model_s_accuracy_is_compared_with_what_it_was(self, house):
        from everlearn.modules.predictions.tables import PerformanceDaily
        from everlearn.modules.registry import service as registry
        from everlearn.modules.registry.types import Task

        today = house.db.clock.now().date()
        with house.app.tx(house.acme) as tx:
            model = registry.ensure_model(tx, "eta", task=Task.BINARY)
            few = registry.ensure_model(tx, "few", task=Task.BINARY)
            for model_id, ago, n, right in (
                (model.id, 20, 1000, 900), (model.id, 3, 200, 126), (few.id, 20, 1000, 900),
                (few.id, 3, 99, 0),
            ):  # fmt: skip
                make(
                    tx, PerformanceDaily, ml_model_id=model_id, role="live", n_predictions=n,
                    made_on=today - timedelta(days=ago), n_outcomes=n, n_correct=right,
                    model_version_id=None,
                )  # fmt: skip
        house.watch()
        assert house.read()["accuracy_ratio", "eta"] == pytest.approx(0.63 / 0.9)
        assert ("accuracy_ratio", "few") not in house.read()
        assert house.read(Scope.HOUSE)["accuracy_ratio", ""] == pytest.approx(0.7)
        assert [a.rule_name for a in house.alerts()] == ["accuracy_low"]

    def test_an_hour_keeps_lowest_highest_and_latest(self, house):
        with house.app.tx(house.acme) as tx:
            for value in (5.0, 1.0, 3.0):
                engine.write(tx, [Reading("job_wait_s", "", value)], scope=Scope.TENANT)
        with house.app.tx(house.acme) as tx:
            row = tx.execute(
                "SELECT n, total, lowest, highest, latest FROM operations.health_readings"
                " WHERE tenant_id = app.tenant_id()"
            ).one()
        assert tuple(row) == (3, 9, 1, 5, 3)

    def test_a_replayed_tenant_has_no_lag(self, house):
        with house.app.tx(house.rival) as tx:
            tx.execute(
                "UPDATE tenancy.tenants SET job_queue = 'replay:x' WHERE id = app.tenant_id()"
            )
        house.stale(house.rival, 500)
        assert house.watch().tenants == 1
        assert house.read(tenant=house.rival) == {}

    def test_one_tenant_s_fault_does_not_keep_others_from_it(self, house, monkeypatch):
        def broken(tx):
            if tx.tenant_id == house.acme:
                raise Invalid("broken")
            return iter(())

        monkeypatch.setattr(watching, "_of_tenant", [*watching._of_tenant, broken])
        done = house.watch()
        assert [problem.split(":")[0] for problem in done.problems] == [str(house.acme)]
        assert done.tenants == 1
        assert house.read(tenant=house.rival)

    def test_the_chore_is_due_every_minute(self):
        assert chores.declared()["operations.watch"].cron == "* * * * *"


class TestProcess:
    def test_query_times_of_processes_become_one_p95(self, house):
        for seconds in (0.010, 0.020):
            for _ in range(50):
                named._queries.setdefault("x.y", named._Query()).observe(seconds)
            watching.flush(house.app, "acme")
        with house.app.tx(house.acme) as tx:
            (found,) = [q for q in health.query_health(tx) if q.query_name == "x.y"]
        assert found.n == 100
        assert found.p95_ms == pytest.approx(20, rel=0.02)
        assert found.baseline_p95_ms is None
        house.watch()
        assert house.read(Scope.HOUSE)["query_p95_ms", "x.y"] == pytest.approx(20, rel=0.02)

    def test_the_baseline_is_the_same_hour_s_median(self, house):
        clock = house.db.clock
        start = clock.now()
        for days, hours, seconds in ((3, 0, 0.010), (2, 0, 0.011), (1, 0, 0.500), (1, 3, 9.0)):
            clock._at = start - timedelta(days=days) + timedelta(hours=hours)
            for _ in range(30):
                named._queries.setdefault("x.y", named._Query()).observe(seconds)
            watching.flush(house.app, "acme")
        clock._at = start
        for _ in range(30):
            named._queries["x.y"].observe(0.033)
        watching.flush(house.app, "acme")
        with house.app.tx(house.acme) as tx:
            (found,) = health.query_health(tx)
        assert found.baseline_p95_ms == pytest.approx(11, rel=0.02)
        assert found.ratio == pytest.approx(3.0, rel=0.05)

    def test_what_cannot_be_written_is_kept(self, house, monkeypatch):
        named._queries.setdefault("x.y", named._Query()).observe(0.01)

        def refused(*_, **__):
            raise Invalid("the disk is full")

        with monkeypatch.context() as patch:
            patch.setattr(engine, "write", refused)
            with pytest.raises(Invalid):
                watching.flush(house.app, "acme")
        watching.flush(house.app, "acme")
        with house.app.tx(house.acme) as tx:
            assert [q.n for q in health.query_health(tx)] == [1]

    def test_rows_refused_and_waits_are_told_once(self, house):
        watching.count_refused("things", ["size", None, "size"])
        watching.note_wait(7.0)
        watching.flush(house.app, "acme")
        found = house.read(Scope.HOUSE)
        assert found["rows_refused_count", "things.size"] == 2
        assert found["rows_refused_count", "things.item"] == 1
        assert found["ingest_lag_s", ""] == 7.0
        house.db.clock.advance(timedelta(minutes=1))
        watching.flush(house.app, "acme")
        assert house.read(Scope.HOUSE)["ingest_lag_s", ""] == 0.0
        house.db.clock.advance(timedelta(minutes=1))
        with watching.waiting(time.monotonic() - 400):  # what still waits counts too
            watching.flush(house.app, "acme")
            assert house.read(Scope.HOUSE)["ingest_lag_s", ""] == pytest.approx(400, abs=5)
        house.watch()
        assert [a.rule_name for a in house.alerts()] == ["ingest_lag"]
        with house.app.tx(house.acme) as tx:
            total = tx.scalar(
                "SELECT total FROM operations.health_readings WHERE tenant_id = app.tenant_id()"
                " AND subject = 'things.size'"
            )
        assert total == 2

    def test_without_the_house_s_tenant_nothing_is_lost(self, house):
        named._queries.setdefault("x.y", named._Query()).observe(0.01)
        watching.flush(house.app, "nobody")
        watching.flush(house.app, "acme")
        with house.app.tx(house.acme) as tx:
            assert [q.n for q in health.query_health(tx)] == [1]


class TestAlerts:
    def test_the_asked_thresholds_are_shipped(self, house):
        house.watch()
        with house.app.tx(house.acme) as tx:
            found = {r["name"]: r for r in service.list_rules(tx)}
        assert (found["ingest_lag"]["comparison"], found["ingest_lag"]["threshold"]) == (
            "above", 300,
        )  # fmt: skip
        assert (found["rollup_lag"]["comparison"], found["rollup_lag"]["threshold"]) == (
            "above", 300,
        )  # fmt: skip
        assert found["accuracy_low"]["comparison"] == "below"
        assert found["accuracy_low"]["threshold"] == 0.8
        assert found["partition_too_large"]["threshold"] == 10 * 2**30
        assert found["query_slow"]["metric"] == "query_p95_ratio"
        assert found["query_slow"]["threshold"] == 2
        with house.app.tx(house.rival) as tx:
            assert {r["scope"] for r in service.list_rules(tx)} == {"tenant"}
        assert {r.metric for r in alerts.SHIPPED} <= set(watching.metrics())

    def test_opens_once_and_closes_by_itself_with_an_event_each(self, house):
        house.stale(house.rival, 299)
        house.watch()
        assert house.alerts(house.rival) == []
        house.stale(house.rival, 600)
        for _ in range(3):
            house.watch(1)
        (alert,) = house.alerts(house.rival)
        assert (alert.rule_name, alert.subject) == ("rollup_lag", "events.daily_learning_metrics")
        assert alert.value > 300 == alert.threshold
        assert house.events(house.rival) == [("alert_opened", "rollup_lag")]
        # The house has its own, of all tenants together; the other tenant has none.
        assert [a.rule_name for a in house.alerts()] == ["rollup_lag_anywhere"]
        with house.app.tx(house.rival) as tx:
            tx.execute("DELETE FROM events.stale_learning_days WHERE tenant_id = app.tenant_id()")
        assert house.watch(1).closed >= 1
        (closed,) = house.alerts(house.rival, status="closed")
        assert closed.id == alert.id
        assert closed.closed_at == house.db.clock.now()
        assert house.events(house.rival)[-1] == ("alert_closed", "rollup_lag")

    def test_must_hold_as_long_as_the_rule_says(self, house):
        house.watch()
        with house.app.tx(house.acme) as tx:
            service.set_rule(tx, "job_wait", for_s=120)

        def minute(value):
            house.db.clock.advance(timedelta(minutes=1))
            with house.app.tx(house.acme) as tx:
                engine.write(tx, [Reading("job_wait_s", "", value)], scope=Scope.TENANT)
                alerts.evaluate(tx, scope=Scope.TENANT)
            return len(house.alerts(status="pending")), len(house.alerts())

        assert minute(400) == (1, 0)
        assert minute(10) == (0, 0)  # forgotten
        assert minute(400) == (1, 0)
        assert minute(400) == (1, 0)
        assert minute(400) == (0, 1)
        assert minute(10) == (0, 0)

    def test_a_number_nobody_reads_any_more_alerts_nobody(self, house):
        with house.app.tx(house.acme) as tx:
            alerts.ensure_rules(tx, scope=Scope.TENANT)
            engine.write(tx, [Reading("job_wait_s", "", 900.0)], scope=Scope.TENANT)
            assert [c.change for c in alerts.evaluate(tx, scope=Scope.TENANT)] == ["opened"]
        house.db.clock.advance(timedelta(minutes=6))
        with house.app.tx(house.acme) as tx:
            assert [c.change for c in alerts.evaluate(tx, scope=Scope.TENANT)] == ["closed"]

    def test_switched_off_it_is_not_looked_at_and_stays_off(self, house):
        house.watch()
        with house.app.tx(house.acme) as tx:
            service.set_rule(tx, "rollup_lag_anywhere", enabled=False)
            service.set_rule(tx, "rollup_lag", threshold=1e6)
        house.stale(house.acme, 600)
        house.watch(1)
        assert house.alerts() == []

    def test_acknowledged_once_and_only_while_open(self, house):
        house.stale(house.acme, 600)
        house.watch()
        first, *_ = house.alerts()
        with house.app.tx(house.acme) as tx:
            done = service.acknowledge(tx, first.id)
            assert done.acknowledged_by == tx.actor.name
        house.watch(1)
        assert house.alerts()[0].acknowledged_at == done.acknowledged_at
        with house.app.tx(house.rival) as tx, pytest.raises(NotFound):
            service.acknowledge(tx, first.id)
        with house.app.tx(house.acme) as tx:
            tx.execute("DELETE FROM events.stale_learning_days WHERE tenant_id = app.tenant_id()")
        house.watch(1)
        with house.app.tx(house.acme) as tx, pytest.raises(WrongStatus):
            service.acknowledge(tx, first.id)

    def test_rules_refuse_what_makes_no_sense(self, tx):
        alerts.ensure_rules(tx, scope=Scope.TENANT)
        with pytest.raises(NotFound) as caught:
            service.set_rule(tx, "no_such", enabled=False)
        assert "rollup_lag" in caught.value.facts["allowed"]
        for change, field in (({"threshold": float("nan")}, None), ({"for_s": -1.0}, "for_s")):
            with pytest.raises(Invalid) as refused, tx.savepoint():
                service.set_rule(tx, "rollup_lag", **change)
            assert field is None or refused.value.field == field
        with pytest.raises(Invalid), tx.savepoint():
            make(tx, AlertRule, comparison="beside")
        assert service.set_rule(tx, "rollup_lag", severity=Severity.INFO)["severity"] == "info"


def test_numbers_of_tenants_merge_without_their_words():
    found = watching.merged(
        [
            Reading("accuracy_ratio", "secret model", 0.9),
            Reading("accuracy_ratio", "other", 0.5),
            Reading("jobs_count", "queued", 3),
            Reading("jobs_count", "queued", 4),
            Reading("rollup_lag_s", "r", 1),
            Reading("rollup_lag_s", "r", 9),
        ]
    )
    assert {(r.metric, r.subject): r.value for r in found} == {
        ("accuracy_ratio", ""): 0.5,
        ("jobs_count", "queued"): 7,
        ("rollup_lag_s", "r"): 9,
    }
    assert gauges.AHEAD.prometheus == "everlearn_partitions_ahead"
    assert gauges.QUERY_P95.prometheus == "everlearn_query_p95_seconds"
    assert gauges.QUERY_P95.factor == 0.001
