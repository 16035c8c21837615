"""Tables of the operations module; job_runs is declared by the kernel, which writes it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from everlearn.core.columns import (
    Bytes,
    Count,
    Id,
    Json,
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
    hold_reason: Mapped[Words | None] = column("Why they are held, such as a case's number.")
    held_at: Mapped[Moment | None] = column("Since when they are held.")
    last_cleanup: Mapped[Moment | None] = column("When rows were last looked through.")
    created_at: Mapped[Moment] = column("When it was set.", default="now()")


class ArchiveManifest(
    Row,
    module="operations",
    # Whoever could write one could have rows dropped that no file holds: only maintenance writes.
    policy=Policy(rows="tenant", maintained=True),
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
        CheckConstraint("restored_at IS NULL OR dropped_at IS NOT NULL", name="restored_at_valid"),
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
    restored_at: Mapped[Moment | None] = column(
        "When its rows came back; what they are from then on is not in this file."
    )
    held_until: Mapped[Moment | None] = column("Until when the rows that came back stay.")
    replaced_at: Mapped[Moment | None] = column(
        "When rows that came back left again, in another file: this one is removed then."
    )
    layout: Mapped[Json | None] = column(
        "How the file's columns make the table's; NULL: they are the table's own."
    )


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
    # Stands in for the one of core/sql/partitions_v2.sql: rows that were restored stay, too.
    """
    CREATE OR REPLACE FUNCTION app.drop_expired_partition(wanted text, child text, at timestamptz)
    RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
    DECLARE
      before text := coalesce(current_setting('app.tenant_id', true), '');
      bounds record;
      each record;
      rule record;
      archived bigint;
      total bigint := 0;
    BEGIN
      IF NOT EXISTS (SELECT FROM app.retention r WHERE r.parent = wanted) THEN
        RAISE EXCEPTION 'rows of % are never removed', wanted;
      ELSIF at > clock_timestamp() + interval '1 hour' THEN
        RAISE EXCEPTION 'nothing can be judged by a time to come, %', at;
      END IF;
      SELECT l.lower_at, l.upper_at INTO bounds FROM app.list_partitions() l
      WHERE l.parent = wanted AND l.partition = child;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'table % has no partition %', wanted, child;
      END IF;
      EXECUTE format('LOCK TABLE ONLY parts.%I IN SHARE MODE', child);
      FOR each IN EXECUTE
        format('SELECT tenant_id, count(*) AS n FROM parts.%I GROUP BY 1', child)
      LOOP
        total := total + each.n;
        PERFORM set_config('app.tenant_id', each.tenant_id::text, true);
        SELECT * INTO rule FROM app.retention_rule(wanted);
        CONTINUE WHEN NOT FOUND;
        IF rule.held OR bounds.upper_at > at - rule.keep THEN
          RAISE EXCEPTION 'partition % has % rows that tenant % still keeps', child, each.n,
            each.tenant_id;
        END IF;
        IF EXISTS (SELECT FROM operations.archive_manifests m
          WHERE m.tenant_id = each.tenant_id AND m.table_name = wanted AND m.held_until > at
            AND m.period_start < bounds.upper_at AND m.period_end > bounds.lower_at) THEN
          RAISE EXCEPTION 'partition % has rows of tenant % that were restored and are kept', child,
            each.tenant_id;
        END IF;
        UPDATE operations.archive_manifests m SET dropped_at = at
        WHERE m.tenant_id = each.tenant_id AND m.table_name = wanted
          AND m.period_start = bounds.lower_at AND m.verified_at IS NOT NULL
          AND m.dropped_at IS NULL
        RETURNING m.row_count INTO archived;
        IF rule.strategy <> 'delete' AND archived IS DISTINCT FROM each.n THEN
          RAISE EXCEPTION 'partition % has % rows of tenant %, and % of them are archived', child,
            each.n, each.tenant_id, coalesce(archived, 0);
        END IF;
        UPDATE operations.archive_manifests m SET replaced_at = at
        WHERE m.tenant_id = each.tenant_id AND m.table_name = wanted
          AND m.period_start = bounds.lower_at AND m.restored_at IS NOT NULL
          AND m.replaced_at IS NULL;
      END LOOP;
      PERFORM set_config('app.tenant_id', before, true);
      EXECUTE format('ALTER TABLE %s DETACH PARTITION parts.%I', wanted, child);
      EXECUTE format('DROP TABLE parts.%I', child);
      RETURN total;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION operations.refuse_held() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      held text := (SELECT string_agg(p.table_name, ', ' ORDER BY p.table_name)
        FROM operations.data_retention_policies p WHERE p.tenant_id = OLD.id AND p.legal_hold);
    BEGIN
      IF held IS NOT NULL THEN
        RAISE EXCEPTION 'a legal hold keeps the rows of tenant % in %', OLD.slug, held;
      END IF;
      RETURN OLD;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER refuse_held BEFORE DELETE ON tenancy.tenants
    FOR EACH ROW EXECUTE FUNCTION operations.refuse_held()
    """,
)
