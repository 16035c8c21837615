"""Tables of the operations module; job_runs is declared by the kernel, which writes it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from everlearn.core.columns import (
    Bytes,
    Count,
    Id,
    Moment,
    Name,
    Sha256,
    Words,
    choice,
    column,
)
from everlearn.core.job_table import JobRun
from everlearn.core.tables import Policy, Row
from everlearn.modules.operations.tables import metrics
from everlearn.modules.operations.tables.metrics import (
    MetricArrival,
    MetricDay,
    MetricHour,
    MetricMinute,
    MetricSampleChunk,
    MetricSeries,
    SystemPerformanceMetric,
)
from everlearn.modules.operations.tables.watching import (
    Alert,
    AlertRule,
    HealthReading,
    QueryTiming,
)
from everlearn.modules.operations.types import ArchiveStrategy

__all__ = [
    "Alert",
    "AlertRule",
    "ArchiveManifest",
    "DataRetentionPolicy",
    "HealthReading",
    "JobRun",
    "MetricArrival",
    "MetricDay",
    "MetricHour",
    "MetricMinute",
    "MetricSampleChunk",
    "MetricSeries",
    "QueryTiming",
    "SchemaMigration",
    "SystemPerformanceMetric",
]


class DataRetentionPolicy(
    Row,
    module="operations",
    policy=Policy(rows="tenant", audit=True),
    expose=("list", "get"),
):
    """How long a tenant keeps the rows of a table, where it is not the table's own time."""

    __tablename__ = "data_retention_policies"
    __table_args__ = (
        UniqueConstraint("tenant_id", "table_name"),
        CheckConstraint("retention_period >= interval '1 day'", name="retention_period_valid"),
    )

    table_name: Mapped[Name] = column("Schema-qualified table, such as events.learning_events.")
    retention_period: Mapped[timedelta] = column("How long its rows are kept, at least a day.")
    archive_strategy: Mapped[Words | None] = choice(
        ArchiveStrategy, "What happens to them then; NULL: what the table itself says."
    )
    legal_hold: Mapped[bool] = column(
        "While it is true none of the tenant's rows leave, however old.", default="false"
    )
    last_cleanup: Mapped[Moment | None] = column("When rows were last looked through.")
    created_at: Mapped[Moment] = column("When it was set.", default="now()")


class ArchiveManifest(
    Row,
    module="operations",
    # Whoever could write one could have rows dropped that no file holds: users may only look.
    policy=Policy(rows="tenant", see=("anyone",), change=("nobody",), append_only=True),
    expose=("list", "get"),
):
    """A file of the archive: one tenant's old rows of one table and period."""

    __tablename__ = "archive_manifests"
    __table_args__ = (
        UniqueConstraint("tenant_id", "table_name", "period_start", "part"),
        Index(
            "ix_archive_manifests_open",
            "tenant_id",
            "table_name",
            "period_start",
            unique=True,
            postgresql_where=text("dropped_at IS NULL"),
        ),
        CheckConstraint("period_start < period_end", name="period_valid"),
        CheckConstraint("dropped_at IS NULL OR verified_at IS NOT NULL", name="dropped_at_valid"),
    )

    table_name: Mapped[Name] = column("Schema-qualified table the rows were in.")
    partition_name: Mapped[Name | None] = column("Partition they were in; NULL when in none.")
    period_start: Mapped[Moment] = column("Beginning of the period, inclusive.")
    period_end: Mapped[Moment] = column("End of the period, exclusive.")
    part: Mapped[Count] = column(
        "1 for the first file of the period; higher where rows came after it.", default="1"
    )
    row_count: Mapped[Count] = column("Rows in the file.")
    content_hash: Mapped[Name] = column(
        "Sum of the 64-bit hashes of the rows' texts: the same in any order."
    )
    size_bytes: Mapped[Bytes] = column("Size of the file, in bytes.")
    sha256: Mapped[Sha256] = column("Hash of the file.")
    url: Mapped[Words] = column("Where the file is.")
    written_at: Mapped[Moment] = column("When it was written.", default="now()")
    verified_at: Mapped[Moment | None] = column("When it was read back and found equal.")
    dropped_at: Mapped[Moment | None] = column("When its rows left the table.")


class SchemaMigration(Row, module="operations", policy=Policy(rows="shared"), expose=("list",)):
    """A version of the schema that was applied."""

    __tablename__ = "schema_migrations"
    __table_args__ = (UniqueConstraint("id"),)

    id: Mapped[Id] = column("Sorts by the time it was written.", default="uuidv7()")
    version: Mapped[Name] = column("Revision, such as 0014.", primary_key=True)
    applied_at: Mapped[Moment] = column("When it was applied.", default="now()")
    description: Mapped[Words | None] = column("What it brought.")


FUNCTIONS = metrics.FUNCTIONS

# A CHECK cannot read another table, and app.retention is the kernel's, not a declared one.
AFTER = (
    *metrics.AFTER,
    """
    CREATE OR REPLACE FUNCTION operations.check_retained_table() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT EXISTS (SELECT FROM app.retention r WHERE r.parent = NEW.table_name) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
          MESSAGE = 'no rows are ever removed from such a table: ' || NEW.table_name;
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER check_table BEFORE INSERT OR UPDATE OF table_name
    ON operations.data_retention_policies
    FOR EACH ROW EXECUTE FUNCTION operations.check_retained_table()
    """,
)
