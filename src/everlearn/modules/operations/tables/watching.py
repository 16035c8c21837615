"""What Everlearn watches of itself: numbers by the hour, query times, alert rules and alerts."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from everlearn.core.columns import (
    Count,
    Id,
    Millis,
    Moment,
    Name,
    Number,
    Seconds,
    Sketch,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.operations.types import AlertStatus, Comparison, Scope, Severity


class HealthReading(
    Row,
    module="operations",
    policy=Policy(rows="tenant", keep_days=90),
    expose=("list",),
):
    """A number that Everlearn watches of itself, hour by hour; looked at every minute."""

    __tablename__ = "health_readings"
    __table_args__ = (UniqueConstraint("tenant_id", "scope", "metric", "subject", "hour_at"),)

    scope: Mapped[Words] = choice(
        Scope, "Whether it is about the tenant's own rows or the whole house."
    )
    metric: Mapped[Name] = column("What is measured, with its unit, such as rollup_lag_s.")
    subject: Mapped[Words] = column("What it is of, such as a table; empty when there is only one.")
    hour_at: Mapped[Moment] = column("Hour that the row stands for, by its beginning.")
    n: Mapped[Count] = column("How often it was read in the hour.", default="1")
    total: Mapped[Number] = column("Sum of what was read; total / n is the mean.")
    lowest: Mapped[Number] = column("Lowest value of the hour.")
    highest: Mapped[Number] = column("Highest value of the hour.")
    latest: Mapped[Number] = column("Value that was read last.")
    measured_at: Mapped[Moment] = column("When it was read last.")


class QueryTiming(
    Row,
    module="operations",
    policy=Policy(rows="tenant", keep_days=30),
    expose=("list",),
):
    """How long a named query took, in ten minutes, of all processes of the house."""

    __tablename__ = "query_timings"
    __table_args__ = (UniqueConstraint("tenant_id", "query_name", "started_at"),)

    query_name: Mapped[Name] = column("The query, such as predictions.recent.")
    started_at: Mapped[Moment] = column("Beginning of the ten minutes.")
    n: Mapped[Count] = column("How often it ran.")
    sum_ms: Mapped[Millis] = column("Sum of its times, in milliseconds.")
    sketch: Mapped[Sketch] = column("Sketch of its times in milliseconds, for quantiles.")


class AlertRule(
    Row,
    module="operations",
    policy=Policy(rows="tenant", touch=True, audit=True),
    expose=("list", "get"),
):
    """When a watched number should make somebody look."""

    __tablename__ = "alert_rules"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint("threshold < 'infinity' AND threshold > '-infinity'", name="finite"),
    )

    name: Mapped[Name] = column("Name, unique within the tenant, such as partition_too_large.")
    description: Mapped[Words] = column("What it means, and what to do then.", default="''")
    scope: Mapped[Words] = choice(Scope, "Whose number it looks at.")
    metric: Mapped[Name] = column("Number that is compared, such as partition_bytes.")
    subject: Mapped[Name | None] = column("Only this table, query or model; NULL: each by itself.")
    comparison: Mapped[Words] = choice(Comparison, "On which side of the threshold it alerts.")
    threshold: Mapped[Number] = column("What the number is compared with, in its unit.")
    for_s: Mapped[Seconds] = column(
        "How long it must hold before the alert opens, in seconds.", default="0"
    )
    severity: Mapped[Words] = choice(Severity, "How urgent it is.", default=Severity.WARNING)
    enabled: Mapped[bool] = column("Whether it is looked at.", default="true")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class Alert(
    Row,
    module="operations",
    policy=Policy(rows="tenant", keep_days=730),
    expose=("list", "get"),
):
    """A rule that held, from the first look to the last; one open alert a rule and subject."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "uq_alerts_open",
            "tenant_id",
            "alert_rule_id",
            "subject",
            unique=True,
            postgresql_where=text("status <> 'closed'"),
        ),
        Index("ix_alerts_status", "tenant_id", "status", "opened_at"),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_at_valid"),
        CheckConstraint("status = 'pending' OR opened_at IS NOT NULL", name="opened_at_valid"),
    )

    alert_rule_id: Mapped[Id] = ref("operations.alert_rules", "Its rule.", ondelete="CASCADE")
    rule_name: Mapped[Name] = column("Name of the rule when the alert was made.")
    metric: Mapped[Name] = column("Number that was compared.")
    subject: Mapped[Words] = column("Table, query or model that it is about; may be empty.")
    severity: Mapped[Words] = choice(Severity, "How urgent it is.")
    status: Mapped[Words] = choice(AlertStatus, "Where it stands.", default=AlertStatus.PENDING)
    value: Mapped[Number] = column("The number when it was looked at last.")
    threshold: Mapped[Number] = column("What it was compared with.")
    first_seen_at: Mapped[Moment] = column("When the rule held for the first time.")
    last_seen_at: Mapped[Moment] = column("When it held for the last time.")
    opened_at: Mapped[Moment | None] = column("When it had held long enough; NULL while pending.")
    acknowledged_at: Mapped[Moment | None] = column("When somebody said that they look into it.")
    acknowledged_by: Mapped[Name | None] = column("Who that was.")
    closed_at: Mapped[Moment | None] = column("When the rule held no more; NULL while it does.")
