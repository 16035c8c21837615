"""Tables of the patterns module; occurrences are only ever appended."""

from __future__ import annotations

from typing import Annotated, Any

from sqlalchemy import Computed, Date, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Day,
    Id,
    Json,
    Moment,
    Name,
    Score,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import By, Policy, Row
from everlearn.modules.patterns.types import PatternStatus, PatternType, Severity, SourceType

#: One remedy, or several.
Remedies = Annotated[
    Any,
    mapped_column(
        JSONB(none_as_null=True), info={"check": "jsonb_typeof({c}) IN ('object', 'array')"}
    ),
]


class IdentifiedPattern(
    Row, module="patterns", policy=Policy(rows="tenant"), expose=("list", "get")
):
    """A pattern, once for all the places it was seen: how sure, how severe, what to do."""

    __tablename__ = "identified_patterns"
    __table_args__ = (
        # One without a signature is unique by its type and name.
        UniqueConstraint(
            "tenant_id",
            "pattern_type",
            "pattern_name",
            "signature_sha256",
            name="uq_identified_patterns_signature",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_identified_patterns_type_status", "tenant_id", "pattern_type", "status"),
        Index("ix_identified_patterns_severity", "tenant_id", "severity_level"),
    )

    pattern_type: Mapped[Words] = choice(PatternType, "What kind of thing it is.")
    pattern_name: Mapped[Name] = column("Name shown to people.")
    pattern_description: Mapped[Words | None] = column("What it is and why it matters.")
    detection_algorithm: Mapped[Name | None] = column("What recognised it, by any name.")
    confidence_score: Mapped[Score | None] = column("How surely, 0 to 1.", index=True)
    pattern_signature: Mapped[Json | None] = column("What it is recognised by.")
    # A signature may be larger than an index row. Casting text to bytea reads backslashes as
    # escapes, so they are doubled; convert_to(), which would not, is not immutable.
    signature_sha256: Mapped[str | None] = mapped_column(
        Text,
        Computed(
            r"encode(sha256(replace(pattern_signature::text, '\', '\\')::bytea), 'hex')",
            persisted=True,
        ),
        comment="SHA-256 of the signature; unique with type and name.",
    )
    occurrence_frequency: Mapped[Count] = column("How often it was seen.", default="1")
    first_detected: Mapped[Moment] = column("When it was first seen.", default="now()")
    last_detected: Mapped[Moment] = column("When it was last seen.", default="now()", index=True)
    severity_level: Mapped[Words | None] = choice(Severity, "How much it matters.")
    impact_metrics: Mapped[Json | None] = column("Performance, maintainability and the like.")
    remediation_suggestions: Mapped[Remedies | None] = column("What can be done about it.")
    status: Mapped[Words] = choice(
        PatternStatus, "What was decided about it.", default=PatternStatus.ACTIVE
    )


class PatternOccurrence(
    Row,
    module="patterns",
    policy=Policy(
        rows="tenant",
        append_only=True,
        hot=True,
        partition=By("detection_timestamp", "week"),
        keep_days=730,
    ),
    expose=("list", "get"),
):
    """One place where a pattern was seen."""

    __tablename__ = "pattern_occurrences"
    __table_args__ = (
        # A pattern's occurrences, newest day first. By the day and not the time: many rows share a
        # key then, which PostgreSQL keeps once, so that a row takes 8 bytes and not 56.
        Index("ix_pattern_occurrences_pattern", "tenant_id", "pattern_id", "detected_on"),
        # By a hash of tenant and source, in 4 bytes where these would take some 60.
        Index("ix_pattern_occurrences_source", "source_key"),
        # A span of time is found by its weeks, and within a week by this, at next to no cost.
        Index("ix_pattern_occurrences_timestamp", "detection_timestamp", postgresql_using="brin"),
    )

    pattern_id: Mapped[Id] = ref("patterns.identified_patterns", "The pattern.", ondelete="CASCADE")
    source_type: Mapped[Words] = choice(SourceType, "What it was seen in.")
    source_id: Mapped[Name] = column("Which one, in the source's own words.")
    source_key: Mapped[int | None] = mapped_column(
        Integer,
        Computed("hashtext(tenant_id::text || source_id)", persisted=True),
        comment="Hash of tenant_id and source_id, by which a source's rows are found.",
    )
    location_data: Mapped[Json | None] = column("Where in it: path, lines, function.")
    context_data: Mapped[Json | None] = column("What was around it.")
    detection_timestamp: Mapped[Moment] = column(
        "When it was seen.", primary_key=True, default="now()"
    )
    detected_on: Mapped[Day | None] = mapped_column(
        Date,
        Computed("(detection_timestamp AT TIME ZONE 'UTC')::date", persisted=True),
        comment="Day of detection_timestamp, in UTC.",
    )
    # Not a reference: it would need an index of its own, which every insert would pay for and only
    # the deletion of a model would read.
    detection_model_id: Mapped[Id | None] = column("Model of ml_models that recognised it.")
    confidence_score: Mapped[Score | None] = column("How surely, 0 to 1.")
    meta: Mapped[Json | None] = column("Anything else.", name="metadata")


class StalePatternDay(Row, module="patterns", policy=Policy(rows="tenant", hot=True)):
    """A note that occurrences of a day came, changed or went since they were last counted."""

    __tablename__ = "stale_pattern_days"

    # A note for every statement, never one a day: a shared one would make every writer wait for
    # the first, and a refresh that does not see a writer's rows yet could take it away.
    date: Mapped[Day] = column("Day of the occurrences, in UTC.")


class DailyPatternCount(
    Row, module="patterns", policy=Policy(rows="tenant", keep_days=730), expose=("list", "get")
):
    """How often a pattern was seen on a day; exact, a minute old."""

    __tablename__ = "daily_pattern_counts"
    __table_args__ = (
        # The count lies in the index: a question about a month reads nothing else.
        Index(
            "uq_daily_pattern_counts_day",
            "tenant_id",
            "date",
            "pattern_id",
            unique=True,
            postgresql_include=["occurrence_count"],
        ),
    )

    pattern_id: Mapped[Id] = ref("patterns.identified_patterns", "The pattern.", ondelete="CASCADE")
    date: Mapped[Day] = column("Day of the occurrences, in UTC.")
    occurrence_count: Mapped[Count] = column("Places where it was seen.")
    refreshed_at: Mapped[Moment] = column("When it was computed.", default="now()")


class DailyPatternTypeCount(Row, module="patterns", policy=Policy(rows="tenant", keep_days=730)):
    """How often patterns of a type were seen on a day; the sum of the patterns' own counts."""

    __tablename__ = "daily_pattern_type_counts"
    __table_args__ = (
        Index("uq_daily_pattern_type_counts_day", "tenant_id", "date", "pattern_type", unique=True),
    )

    pattern_type: Mapped[Words] = choice(PatternType, "Type of the patterns.")
    date: Mapped[Day] = column("Day of the occurrences, in UTC.")
    occurrence_count: Mapped[Count] = column("Places where one of them was seen.")
    refreshed_at: Mapped[Moment] = column("When it was computed.", default="now()")


# Not detected_on: where a partition's columns lie otherwise than the table's, the rows that a
# trigger is shown lack what is computed.
FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION patterns.mark_stale_days() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'DELETE' THEN
        INSERT INTO patterns.stale_pattern_days (tenant_id, date)
        SELECT DISTINCT n.tenant_id, (n.detection_timestamp AT TIME ZONE 'UTC')::date
        FROM new_rows n;
      END IF;
      IF TG_OP <> 'INSERT' THEN
        INSERT INTO patterns.stale_pattern_days (tenant_id, date)
        SELECT DISTINCT o.tenant_id, (o.detection_timestamp AT TIME ZONE 'UTC')::date
        FROM old_rows o
        -- What is left of a tenant that is gone is being cleared away.
        WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    COMMENT ON FUNCTION patterns.mark_stale_days() IS
      'Notes the days whose counts a statement on pattern_occurrences made stale.'
    """,
    # Before the row changes: the counts of one that is deleted go with it. The row is locked by
    # then, and a refresh that counts it holds that lock too: neither overlooks the other's days.
    """
    CREATE OR REPLACE FUNCTION patterns.mark_days_of_pattern() RETURNS trigger LANGUAGE plpgsql
    AS $$
    BEGIN
      IF TG_OP = 'DELETE' OR old.pattern_type <> new.pattern_type THEN
        INSERT INTO patterns.stale_pattern_days (tenant_id, date)
        SELECT c.tenant_id, c.date FROM patterns.daily_pattern_counts c
        WHERE c.tenant_id = old.tenant_id AND c.pattern_id = old.id
          -- What is left of a tenant that is gone is being cleared away.
          AND EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = old.tenant_id);
      END IF;
      RETURN CASE WHEN TG_OP = 'DELETE' THEN old ELSE new END;
    END $$
    """,
    """
    COMMENT ON FUNCTION patterns.mark_days_of_pattern() IS
      'Notes the days of a pattern that goes or becomes one of another type.'
    """,
)

AFTER = (
    """
    CREATE OR REPLACE TRIGGER stale_insert AFTER INSERT ON patterns.pattern_occurrences
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION patterns.mark_stale_days()
    """,
    """
    CREATE OR REPLACE TRIGGER stale_update AFTER UPDATE ON patterns.pattern_occurrences
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION patterns.mark_stale_days()
    """,
    """
    CREATE OR REPLACE TRIGGER stale_delete AFTER DELETE ON patterns.pattern_occurrences
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION patterns.mark_stale_days()
    """,
    """
    CREATE OR REPLACE TRIGGER stale_pattern
    BEFORE UPDATE OF pattern_type OR DELETE ON patterns.identified_patterns
    FOR EACH ROW EXECUTE FUNCTION patterns.mark_days_of_pattern()
    """,
)
