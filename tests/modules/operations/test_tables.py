"""What the tables of operations refuse."""

from __future__ import annotations

from datetime import timedelta

import pytest

from everlearn.core.errors import Duplicate, Forbidden, Invalid
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.modules.operations.tables import (
    ArchiveManifest,
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
        (ArchiveManifest, {"row_count": -1}, "row_count"),
        (ArchiveManifest, {"sha256": "short"}, "sha256"),
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


def test_one_open_file_a_period(tx):
    first = make(tx, ArchiveManifest)
    same = {"table_name": first.table_name, "period_start": first.period_start}
    for part in (1, 2):
        with pytest.raises(Duplicate), tx.savepoint():
            make(tx, ArchiveManifest, part=part, **same)


def test_nothing_is_dropped_before_it_is_verified(tx):
    with pytest.raises(Invalid), tx.savepoint():
        make(tx, ArchiveManifest, dropped_at=tx.now())
    make(tx, ArchiveManifest, verified_at=tx.now(), dropped_at=tx.now())


def test_a_user_writes_no_manifest(database, tenant, tx):
    """It would let rows be dropped that no file holds."""
    user = tx.scalar("SELECT uuidv7()")
    with (
        pytest.raises(Forbidden),
        database.tx(tenant, actor=Actor("user", "ada", user_id=user)) as theirs,
    ):
        make(theirs, ArchiveManifest)


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
