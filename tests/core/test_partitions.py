"""Partitions: on demand, ahead of time, gaps; and who may drop one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from everlearn.core import partitions
from everlearn.core.errors import EverlearnError, Forbidden
from everlearn.core.migrate import load_tables
from everlearn.core.tables import rows

load_tables()

EVENTS = "events.learning_events"
PARTITIONED = {name: row for name, row in rows().items() if row.policy.partition}


@pytest.fixture
def service(db):
    return db.database("service")


def names(tx, table=EVENTS):
    return [each.name for each in partitions.list_partitions(tx, tables=[table])]


class TestAhead:
    def test_a_bare_insert_finds_its_place(self, db, service, clock):
        tenant = db.tenant()
        with service.tx(None) as tx:
            created = partitions.create_ahead(tx, at=clock.now())
            assert partitions.create_ahead(tx, at=clock.now()) == []
        units = {row.policy.partition.unit for row in PARTITIONED.values()}
        assert {name.split("_y")[0] for name in created} >= {"learning_events"}
        assert units
        with db.database().tx(tenant) as tx:
            for ahead in (0, 31, 61):
                tx.execute(
                    "INSERT INTO events.learning_events (event_type, event_data, timestamp)"
                    " VALUES ('model_training', '{}', :at)",
                    {"at": clock.now() + timedelta(days=ahead)},
                )

    @pytest.mark.parametrize("name", sorted(PARTITIONED))
    def test_every_table(self, service, clock, name):
        by = PARTITIONED[name].policy.partition
        with service.tx(None) as tx:
            partitions.create_ahead(tx, at=clock.now(), periods=1)
            found = partitions.list_partitions(tx, tables=[name])
        now = next(each for each in found if each.lower_at <= clock.now() < each.upper_at)
        after = next(each for each in found if each.lower_at == now.upper_at)
        days = {"day": 1, "week": 7, "month": 31}[by.unit]
        assert after.upper_at - after.lower_at <= timedelta(days=days)
        assert (now.size_bytes > 0, now.rows) == (True, None)


class TestGaps:
    def test_found_and_filled(self, service, clock):
        with service.tx(None) as tx:
            # The months ahead of now are there since the upgrade: the first gap is what is tested.
            for month in (1, 4):
                tx.execute(
                    "SELECT app.ensure_partition(:table, :at)",
                    {"table": EVENTS, "at": datetime(2026, month, 1, tzinfo=UTC)},
                )
            gaps = [gap.lower_at for gap in partitions.find_gaps(tx) if gap.table == EVENTS]
            assert gaps[:2] == [datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3)]
            assert datetime(2026, 4, 1, tzinfo=UTC) not in gaps
            assert "learning_events_y2026m02" in partitions.fill_gaps(tx)
            assert partitions.find_gaps(tx) == []

    def test_what_retention_took_stays_away(self, service):
        with service.tx(None) as tx:
            for year in (2010, 2026):
                tx.execute(
                    "SELECT app.ensure_partition(:table, :at)",
                    {"table": EVENTS, "at": datetime(year, 1, 1, tzinfo=UTC)},
                )
            created = partitions.fill_gaps(tx)
        assert created
        assert not [name for name in created if name.startswith("learning_events_y2010")]


class TestMonthly:
    """create_monthly_partition, found by its bare name."""

    @pytest.mark.parametrize("table", ["learning_events", EVENTS])
    def test_by_either_name_and_twice(self, db, service, table):
        with db.database().tx(None) as tx:
            for _ in range(2):
                tx.execute(
                    "SELECT create_monthly_partition(:table, :day)",
                    {"table": table, "day": date(2026, 7, 15)},
                )
        with service.tx(None) as tx:
            assert names(tx).count("learning_events_y2026m07") == 1
        with psycopg.connect(db.server.conninfo("admin", db.name)) as admin:
            found = admin.execute(
                "SELECT to_regclass('parts.idx_learning_events_y2026m07_timestamp')"
            ).fetchone()
        assert found != (None,)

    @pytest.mark.parametrize(
        ("table", "message"),
        [
            ("users", "not partitioned"),
            ("pg_class", "not partitioned"),
            ("system_performance_metrics", "by day, not by month"),
        ],
    )
    def test_refuses_others(self, db, table, message):
        with psycopg.connect(db.server.conninfo("app", db.name)) as app:
            with pytest.raises(psycopg.Error, match=message) as caught:
                app.execute("SELECT create_monthly_partition(%s, %s)", [table, date(2026, 7, 1)])
            if "not partitioned" in message:
                assert EVENTS in caught.value.diag.message_hint

    def test_not_for_any_time(self, db):
        with pytest.raises(EverlearnError), db.database().tx(None) as tx:
            tx.execute("SELECT create_monthly_partition('learning_events', '1999-01-01')")


class TestRights:
    @pytest.mark.parametrize("role", ["app", "reader"])
    @pytest.mark.parametrize(
        "call",
        [
            "app.drop_expired_partition('events.learning_events', 'x', now())",
            "cleanup_old_learning_events()",
            "app.partition_tenants('events.learning_events', 'x')",
            "app.retention_rules('events.learning_events')",
            "app.list_partitions()",
        ],
    )
    def test_no_request_drops_or_looks(self, db, role, call):
        with pytest.raises(Forbidden), db.database(role).tx(None) as tx:
            tx.execute(f"SELECT {call}")

    def test_not_even_maintenance_drops_the_trail(self, service, clock):
        with service.tx(None) as tx:
            partitions.create_ahead(tx, at=clock.now())
            (trail, *_) = names(tx, "audit.audit_logs")
        with pytest.raises(EverlearnError, match="never removed"), service.tx(None) as tx:
            tx.execute(
                "SELECT app.drop_expired_partition('audit.audit_logs', :name, now())",
                {"name": trail},
            )

    def test_nor_by_a_time_to_come(self, service, clock):
        with service.tx(None) as tx:
            partitions.create_ahead(tx, at=clock.now())
            (first, *_) = names(tx)
        with pytest.raises(EverlearnError, match="to come"), service.tx(None) as tx:
            tx.execute(
                "SELECT app.drop_expired_partition(:table, :name, now() + interval '9 years')",
                {"table": EVENTS, "name": first},
            )


def test_a_past_partition_that_was_dropped_is_made_again(db, service):
    tenant, at = db.tenant(), datetime(2020, 1, 1, tzinfo=UTC)
    app = db.database()
    with app.tx(tenant) as tx:
        partitions.ensure(tx, EVENTS, [at, db.clock.now()])
    with psycopg.connect(db.server.conninfo("admin", db.name), autocommit=True) as admin:
        admin.execute("DROP TABLE parts.learning_events_y2020m01")
    with app.tx(tenant) as tx:
        partitions.ensure(tx, EVENTS, [at, db.clock.now()])
    with service.tx(None) as tx:
        assert {"learning_events_y2020m01", "learning_events_y2026m03"} <= set(names(tx))


def test_a_present_one_is_asked_for_once(db, monkeypatch):
    tenant, app = db.tenant(), db.database()
    asked = []
    with app.tx(tenant) as tx:
        partitions.ensure(tx, EVENTS, [db.clock.now()])
    with app.tx(tenant) as tx:
        monkeypatch.setattr(tx, "execute", lambda *_: asked.append(1))
        partitions.ensure(tx, EVENTS, [db.clock.now(), db.clock.now() + timedelta(days=1)])
    assert asked == []
