"""Tables of the events module."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from everlearn.core.columns import (
    Count,
    Day,
    Id,
    Json,
    Millis,
    Moment,
    Name,
    Sketch,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.db_errors import BY_CONSTRAINT
from everlearn.core.schema.values import table_of
from everlearn.core.tables import By, Policy, Row
from everlearn.modules.events.errors import UnknownEvent
from everlearn.modules.events.types import EventType, GitOperation, UserEventType


class LearningEvent(
    Row,
    module="events",
    policy=Policy(
        rows="tenant",
        append_only=True,
        hot=True,
        partition=By("timestamp", "month"),
        keep_days=730,
    ),
):
    """Event stream of the learning system."""

    __tablename__ = "learning_events"
    __table_args__ = (
        Index("ix_learning_events_timestamp", "tenant_id", "timestamp"),
        # No time behind what few words are said of: so a key is stored once for all its rows, which
        # costs each of them 8 bytes instead of 100. The newest of a common type are found by time.
        Index("ix_learning_events_type", "tenant_id", "event_type"),
        Index("ix_learning_events_entity", "tenant_id", "entity_type", "entity_id"),
        # Partial: most events have neither a user nor a session, and those pay nothing.
        Index(
            "ix_learning_events_user",
            "tenant_id",
            "user_id",
            postgresql_where=text("user_id IS NOT NULL"),
        ),
        Index(
            "ix_learning_events_session",
            "tenant_id",
            "session_id",
            postgresql_where=text("session_id IS NOT NULL"),
        ),
    )

    event_type: Mapped[Words] = choice(EventType, "What happened.")
    event_subtype: Mapped[Name | None] = column("Which kind of it, in the sender's words.")
    timestamp: Mapped[Moment] = column(
        "When it happened: the millisecond that the id says, so that an id tells its month.",
        primary_key=True,
        default="now()",
    )
    source_system: Mapped[Name | None] = column(
        "Who sent it: everlearn for our own, api, openevolve, pattern_analyzer, user_interface or"
        " any other sender's name."
    )
    entity_type: Mapped[Name | None] = column("Kind of thing it happened to, such as model.")
    entity_id: Mapped[Name | None] = column("Which one.")
    event_data: Mapped[Json] = column("Particulars.")
    user_id: Mapped[Words | None] = column("User on whose behalf it happened, if any.")
    session_id: Mapped[Words | None] = column("Session it belongs to, if any.")
    processing_time_ms: Mapped[Millis | None] = column("How long it took, in milliseconds.")
    meta: Mapped[Json | None] = column("Who acted, and anything else.", name="metadata")


class StaleLearningDay(Row, module="events", policy=Policy(rows="tenant", hot=True)):
    """A note that events of a day came, changed or went since its daily metrics were computed."""

    __tablename__ = "stale_learning_days"

    # A note for every statement, never one a day: a shared one would make every writer wait for
    # the first, and a refresh that does not see a writer's events yet could take it away.
    date: Mapped[Day] = column("Day of the events, in UTC.")


class DailyLearningMetric(
    Row, module="events", policy=Policy(rows="tenant", keep_days=730), expose=("list", "get")
):
    """How many events a day had and how long they took, by type and sender; exact, a minute old."""

    __tablename__ = "daily_learning_metrics"
    __table_args__ = (
        # Events without a sender are one group, as GROUP BY sees it.
        UniqueConstraint(
            "tenant_id",
            "date",
            "event_type",
            "source_system",
            name="uq_daily_learning_metrics_group",
            postgresql_nulls_not_distinct=True,
        ),
    )

    date: Mapped[Day] = column("Day of the events, in UTC.")
    event_type: Mapped[Words] = choice(EventType, "What happened.")
    source_system: Mapped[Name | None] = column("Who sent the events; NULL when they do not say.")
    event_count: Mapped[Count] = column("Events.")
    avg_processing_time: Mapped[Millis | None] = column(
        "Mean of processing_time_ms, in milliseconds; NULL when no event has one."
    )
    p95_processing_time: Mapped[Millis | None] = column(
        "95th percentile of processing_time_ms, in milliseconds, interpolated."
    )
    processing_times: Mapped[Sketch | None] = column(
        "Sketch of processing_time_ms, for app.sketch_merge() and app.sketch_quantile()."
    )
    refreshed_at: Mapped[Moment] = column("When it was computed.", default="now()")


class DailyLearningTotal(
    Row, module="events", policy=Policy(rows="tenant", keep_days=730), expose=("list", "get")
):
    """How many events a day had and how long they took, all together; a minute old."""

    # Beside the groups, so that a question about many days merges one sketch a day.
    __tablename__ = "daily_learning_totals"
    __table_args__ = (UniqueConstraint("tenant_id", "date", name="uq_daily_learning_totals_date"),)

    date: Mapped[Day] = column("Day of the events, in UTC.")
    event_count: Mapped[Count] = column("Events.")
    avg_processing_time: Mapped[Millis | None] = column(
        "Mean of processing_time_ms, in milliseconds; NULL when no event has one."
    )
    p95_processing_time: Mapped[Millis | None] = column(
        "95th percentile of processing_time_ms, in milliseconds, at most 1 % off."
    )
    processing_times: Mapped[Sketch | None] = column("Sketch of processing_time_ms.")
    refreshed_at: Mapped[Moment] = column("When it was computed.", default="now()")


class HourlyLearningUsage(
    Row, module="events", policy=Policy(rows="tenant", keep_days=730), expose=("list", "get")
):
    """How many events of each type an hour had; exact, a minute old."""

    __tablename__ = "hourly_learning_usage"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "hour_start", "event_type", name="uq_hourly_learning_usage_group"
        ),
    )

    hour_start: Mapped[Moment] = column("Beginning of the hour.")
    event_type: Mapped[Words] = choice(EventType, "What happened.")
    event_count: Mapped[Count] = column("Events.")
    refreshed_at: Mapped[Moment] = column("When it was computed.", default="now()")


class GitOperationLearningEvent(
    Row,
    module="events",
    policy=Policy(rows="tenant", append_only=True, keep_days=730),
    expose=("list", "get"),
):
    """Which event of the stream a git operation led to."""

    __tablename__ = "git_operation_learning_events"
    __table_args__ = (
        Index("ix_git_operation_learning_events_operation", "tenant_id", "git_operation_id"),
        Index("ix_git_operation_learning_events_repository", "tenant_id", "repository_id"),
        Index("ix_git_operation_learning_events_event", "tenant_id", "learning_event_id"),
    )

    git_operation_id: Mapped[Name] = column("Id of the operation at its host, such as a commit.")
    # No foreign key: it would forbid to drop a month of events that has come to its end. A trigger
    # looks the event up when the row is written instead.
    learning_event_id: Mapped[Id] = column(
        "Event of learning_events; must be there when this row is written, may expire before it."
    )
    learning_event_timestamp: Mapped[Moment] = column(
        "Time of the event, by which its partition is found; filled in when left out."
    )
    operation_type: Mapped[Words | None] = choice(GitOperation, "What was done.")
    repository_id: Mapped[Name | None] = column("Repository, in its host's words.")
    branch_name: Mapped[Name | None] = column("Branch, if it was on one.")
    created_at: Mapped[Moment] = column("When the row was written.", default="now()")


# No foreign key says it: events are made and restored first.
table_of(GitOperationLearningEvent).add_is_dependent_on(table_of(LearningEvent))


class AnalyticsEvent(
    Row,
    module="events",
    policy=Policy(rows="tenant", append_only=True, keep_days=730),
    expose=("list", "get"),
):
    """Something a visitor or a customer of the tenant did."""

    __tablename__ = "analytics_events"

    event_type: Mapped[Name] = column("What happened, in the sender's words.", index=True)
    user_id: Mapped[Id | None] = ref(
        "tenancy.users", "User who did it, while there is one.", ondelete="SET NULL"
    )
    # No reference: customers belong to a module that stands on this one.
    customer_id: Mapped[Id | None] = column("Customer who did it, if one did.", index=True)
    session_id: Mapped[Name | None] = column("Session it belongs to.", index=True)
    event_data: Mapped[Json | None] = column("Particulars.")
    properties: Mapped[Json | None] = column("Properties of the page, the device or the visitor.")
    page_url: Mapped[Words | None] = column("Page on which it happened.")
    referrer: Mapped[Words | None] = column("Page that led there.")
    user_agent: Mapped[Words | None] = column("Browser, as it names itself.")
    ip_address: Mapped[Words | None] = column("Address it came from, IPv4 or IPv6.")
    created_at: Mapped[Moment] = column("When it happened.", default="now()", index=True)


class UserAnalytics(
    Row,
    module="events",
    policy=Policy(rows="tenant", see=("owner:user_id", "unowned:user_id"), keep_days=730),
    expose=("list", "get"),
):
    """What a user of the tenant did; seen by that user, and by jobs."""

    __tablename__ = "user_analytics"
    __table_args__ = (Index("ix_user_analytics_event_type", "tenant_id", "event_type"),)

    user_id: Mapped[Id | None] = ref(
        "tenancy.users", "User who did it; the rows go when the user goes.", ondelete="CASCADE"
    )
    event_type: Mapped[Words] = choice(UserEventType, "Kind of what was done.")
    event_name: Mapped[Name] = column("What was done, in the product's words.", index=True)
    event_data: Mapped[Json] = column("Particulars.", default="'{}'")
    session_id: Mapped[Name | None] = column("Session it belongs to.", index=True)
    ip_address: Mapped[Words | None] = column("Address it came from, IPv4 or IPv6.")
    user_agent: Mapped[Words | None] = column("Browser, as it names itself.")
    referrer: Mapped[Words | None] = column("Page that led there.")
    properties: Mapped[Json] = column("Properties of the page or the device.", default="'{}'")
    created_at: Mapped[Moment] = column("When it was done.", default="now()", index=True)


FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION events.mark_stale_days() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'DELETE' THEN
        INSERT INTO events.stale_learning_days (tenant_id, date)
        SELECT DISTINCT n.tenant_id, (n.timestamp AT TIME ZONE 'UTC')::date FROM new_rows n;
      END IF;
      IF TG_OP <> 'INSERT' THEN
        INSERT INTO events.stale_learning_days (tenant_id, date)
        SELECT DISTINCT o.tenant_id, (o.timestamp AT TIME ZONE 'UTC')::date FROM old_rows o
        -- What is left of a tenant that is gone is being cleared away.
        WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    COMMENT ON FUNCTION events.mark_stale_days() IS
      'Notes the days whose daily metrics a statement on learning_events made stale.'
    """,
    """
    CREATE OR REPLACE FUNCTION events.find_learning_event() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      found timestamptz;
    BEGIN
      SELECT e.timestamp INTO found FROM events.learning_events e
      WHERE e.tenant_id = NEW.tenant_id AND e.id = NEW.learning_event_id
        AND e.timestamp = coalesce(NEW.learning_event_timestamp, e.timestamp)
      LIMIT 1;
      -- In another tenant's name nothing is found; that is for the policy to refuse.
      IF found IS NULL AND NEW.tenant_id = coalesce(app.tenant_id(), NEW.tenant_id) THEN
        RAISE EXCEPTION 'learning_events has no event % at this time', NEW.learning_event_id
          USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'learning_event_is_there';
      END IF;
      NEW.learning_event_timestamp := coalesce(found, NEW.learning_event_timestamp);
      RETURN NEW;
    END $$
    """,
    """
    COMMENT ON FUNCTION events.find_learning_event() IS
      'Checks that the event of a git operation is there, and fills in its time.'
    """,
)

AFTER = (
    # For each statement, so that plain SQL counts as well and a thousand rows cost one note.
    """
    CREATE OR REPLACE TRIGGER stale_insert AFTER INSERT ON events.learning_events
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION events.mark_stale_days()
    """,
    """
    CREATE OR REPLACE TRIGGER stale_update AFTER UPDATE ON events.learning_events
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION events.mark_stale_days()
    """,
    """
    CREATE OR REPLACE TRIGGER stale_delete AFTER DELETE ON events.learning_events
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION events.mark_stale_days()
    """,
    """
    CREATE OR REPLACE TRIGGER find_event BEFORE INSERT ON events.git_operation_learning_events
    FOR EACH ROW EXECUTE FUNCTION events.find_learning_event()
    """,
)

BY_CONSTRAINT["learning_event_is_there"] = UnknownEvent
