"""What the tables of operations refuse."""

from __future__ import annotations

from datetime import timedelta

import pytest

from everlearn.core.errors import Duplicate, Forbidden, Invalid
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.modules.operations.tables import (
    DataRetentionPolicy,
    SystemPerformanceMetric,
)
from everlearn.modules.operations.types import (
    AggregationLevel,
    ArchiveStrategy,
    MetricCategory,
    MetricUnit,
)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (SystemPerformanceMetric, "metric_category", MetricCategory),
        (SystemPerformanceMetric, "unit", MetricUnit),
        (SystemPerformanceMetric, "aggregation_level", AggregationLevel),
        (DataRetentionPolicy, "archive_strategy", ArchiveStrategy),
    ],
)
def test_vocabularies(tx, row, column, words):
    for word in words:
        with tx.savepoint():
            make(tx, row, **{column: word.value})
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **{column: "other"})
    assert caught.value.field == column
    assert caught.value.facts["allowed"] == [word.value for word in words]


@pytest.mark.parametrize(
    ("row", "values", "field"),
    [
        (SystemPerformanceMetric, {"metric_name": ""}, "metric_name"),
        (SystemPerformanceMetric, {"tags": ["a"]}, "tags"),
        (DataRetentionPolicy, {"retention_period": timedelta(hours=1)}, "retention_period"),
    ],
)
def test_values(tx, row, values, field):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **values)
    assert caught.value.field == field


def test_defaults(tx):
    assert make(tx, SystemPerformanceMetric).aggregation_level == "raw"
    policy = make(tx, DataRetentionPolicy)
    assert (policy.archive_strategy, policy.legal_hold, policy.last_cleanup) == (None, False, None)


def test_one_policy_a_table(tx):
    made = make(tx, DataRetentionPolicy)
    with pytest.raises(Duplicate), tx.savepoint():
        make(tx, DataRetentionPolicy, table_name=made.table_name)


MANIFEST = """
INSERT INTO operations.archive_manifests (tenant_id, table_name, period_start, period_end, part,
  row_count, content_hash, size_bytes, sha256, url, verified_at, dropped_at, restored_at)
VALUES (:tenant, 'events.learning_events', '2023-05-01Z', '2023-06-01Z', :part, :rows, '0', 1,
  :sha256, 'file:///x', :verified, :dropped, :restored)
"""


class TestManifests:
    """Whoever writes a manifest has rows dropped that it says are in a file."""

    @pytest.fixture
    def write(self, db):
        tenant = db.tenant("acme")
        service = db.database("service")

        def write(database=service, owner=tenant, **more):
            given = {"tenant": owner, "part": 1, "rows": 1, "sha256": "0" * 64}
            given |= dict.fromkeys(("verified", "dropped", "restored")) | more
            with database.tx(tenant) as tx:
                tx.execute(MANIFEST, given)

        yield write
        service.dispose()

    def test_values(self, write, db):
        now = db.clock.now()
        for more in (
            {"rows": -1},
            {"sha256": "short"},
            {"dropped": now},
            {"verified": now, "restored": now},
        ):
            with pytest.raises(Invalid):
                write(**more)
        write(verified=now, dropped=now, restored=now)
        write(part=2)
        with pytest.raises(Duplicate):  # one open file a period
            write(part=3)

    @pytest.mark.parametrize("user", [False, True])
    def test_the_app_only_reads(self, write, db, user):
        """Not even where no user is named, as in a job."""
        write()
        app, tenant = db.database(), db.tenant("acme")
        actor = Actor("user", "ada", user_id=db.tenant("acme") if user else None)
        with app.tx(tenant, actor=actor) as tx:
            assert tx.scalar("SELECT count(*) FROM operations.archive_manifests") == 1
        for statement in (
            "DELETE FROM operations.archive_manifests",
            "UPDATE operations.archive_manifests SET verified_at = '2026-01-01Z'",
        ):
            with pytest.raises(Forbidden), app.tx(tenant, actor=actor) as tx:
                tx.execute(statement)
        with pytest.raises(Forbidden):
            write(app, part=2)
        app.dispose()

    def test_of_one_tenant(self, write, db):
        write()
        rival = db.tenant("rival")
        service = db.database("service")
        with service.tx(rival) as tx:
            assert tx.scalar("SELECT count(*) FROM operations.archive_manifests") == 0
        with pytest.raises(Forbidden):
            write(owner=rival, part=2)
        service.dispose()


def test_nobody_but_the_owner_says_which_migrations_ran(tx):
    with pytest.raises(Forbidden), tx.savepoint():
        tx.execute("INSERT INTO operations.schema_migrations (version) VALUES ('x')")
    assert tx.scalar("SELECT count(*) FROM operations.schema_migrations") is not None


@pytest.mark.parametrize("column", ["metric_category", "source_component"])
def test_a_path_without_an_index_reads_the_days_asked_for_only(tx, column):
    """Asked for by time and one of these; an index more would be paid on every sample."""
    for day in range(5):
        make(tx, SystemPerformanceMetric, timestamp=tx.now() + timedelta(days=day))
    plan = "\n".join(
        tx.execute(
            f"EXPLAIN (COSTS OFF) SELECT avg(value) FROM system_performance_metrics"
            f" WHERE tenant_id = :tenant AND {column} = 'database'"
            " AND timestamp >= :since AND timestamp < :until",
            {
                "tenant": tx.tenant_id,
                "since": tx.now() + timedelta(days=1),
                "until": tx.now() + timedelta(days=1, hours=1),
            },
        ).scalars()
    )
    assert plan.count(" on system_performance_metrics_y") == 1, plan
