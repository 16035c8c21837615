"""Reads the rollups of events: days, hours, and quantiles over any time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from everlearn.core.errors import Invalid
from everlearn.core.named import timed
from everlearn.core.tx import Tx
from everlearn.modules.events.types import DayOfEvents, EventType, HourOfEvents, SpanOfEvents

#: Days and hours that one answer may have.
MAX_DAYS, MAX_HOURS = 3_660, 24 * 93

_DAYS = """
SELECT date AS day, event_count, avg_processing_time, p95_processing_time
FROM events.daily_learning_totals
WHERE tenant_id = app.tenant_id() AND date >= :since AND date < :until
ORDER BY date
"""

_DAYS_OF_TYPE = """
SELECT date AS day, sum(event_count)::bigint AS event_count,
  sum(avg_processing_time * app.sketch_count(processing_times))
    / nullif(sum(app.sketch_count(processing_times)), 0) AS avg_processing_time,
  app.sketch_quantile(app.sketch_merge(processing_times), 0.95) AS p95_processing_time
FROM events.daily_learning_metrics
WHERE tenant_id = app.tenant_id() AND date >= :since AND date < :until AND event_type = :event_type
GROUP BY date ORDER BY date
"""

_SPAN = """
SELECT coalesce(sum(event_count), 0)::bigint AS event_count,
  sum(avg_processing_time * app.sketch_count(processing_times))
    / nullif(sum(app.sketch_count(processing_times)), 0) AS avg_processing_time,
  app.sketch_quantiles(app.sketch_merge(processing_times), CAST(:shares AS float8[])) AS quantiles
FROM {table}
WHERE tenant_id = app.tenant_id() AND date >= :since AND date < :until {only}
"""
_SPAN_OF_ALL = _SPAN.format(table="events.daily_learning_totals", only="")
_SPAN_OF_TYPE = _SPAN.format(
    table="events.daily_learning_metrics", only="AND event_type = :event_type"
)

_HOURS = """
SELECT hour_start, event_type, event_count FROM events.hourly_learning_usage
WHERE tenant_id = app.tenant_id() AND hour_start >= :since AND hour_start < :until
  AND (CAST(:event_type AS text) IS NULL OR event_type = :event_type)
ORDER BY hour_start, event_type
"""


@timed("events.days")
def days_of_events(
    tx: Tx, *, since: date, until: date, event_type: EventType | None = None
) -> list[DayOfEvents]:
    """Give each day that had events: how many, and how long they took.

    Args:
        tx: transaction of the tenant.
        since: first day, in UTC.
        until: the day after the last.
        event_type: only events of this type; all when left out.

    Raises:
        Invalid: the time is empty or longer than ten years.
    """
    params = _days(since, until) | {"event_type": event_type}
    found = tx.execute(_DAYS_OF_TYPE if event_type else _DAYS, params)
    return [DayOfEvents(**row) for row in found.mappings()]


@timed("events.quantiles")
def quantiles_of_events(
    tx: Tx,
    *,
    since: date,
    until: date,
    shares: Sequence[float] = (0.5, 0.95, 0.99),
    event_type: EventType | None = None,
) -> SpanOfEvents:
    """Give count, mean and quantiles of processing_time_ms over all days of a time together.

    The quantiles are merged from those of the days, and at most 1 % off.

    Raises:
        Invalid: the time is empty or longer than ten years, or a share is not from 0 to 1.
    """
    if not all(0 <= share <= 1 for share in shares):
        raise Invalid("a quantile's share is from 0 to 1", field="shares", got=list(shares))
    params = _days(since, until) | {"event_type": event_type, "shares": [float(s) for s in shares]}
    row = tx.execute(_SPAN_OF_TYPE if event_type else _SPAN_OF_ALL, params).one()
    found = row.quantiles or []
    return SpanOfEvents(
        row.event_count, row.avg_processing_time, dict(zip(shares, found, strict=True))
    )


@timed("events.hours")
def hours_of_events(
    tx: Tx, *, since: datetime, until: datetime, event_type: EventType | None = None
) -> list[HourOfEvents]:
    """Give how many events of each type each hour had; an hour without any is left out.

    An hour is an hour of time, however clocks are set: a day on which clocks go forward has 23.

    Raises:
        Invalid: the time is empty or longer than 93 days.
    """
    if not since < until or until - since > timedelta(hours=MAX_HOURS):
        raise Invalid("until is after since, by 93 days at most", field="until")
    params = {"since": since, "until": until, "event_type": event_type}
    return [
        HourOfEvents(row.hour_start.astimezone(UTC), row.event_type, row.event_count)
        for row in tx.execute(_HOURS, params)
    ]


def _days(since: date, until: date) -> dict[str, object]:
    if not since < until or (until - since).days > MAX_DAYS:
        raise Invalid("until is after since, by ten years at most", field="until")
    return {"since": since, "until": until}
