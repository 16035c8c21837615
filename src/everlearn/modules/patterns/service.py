"""Which patterns are seen how often, and where; the counts by day are kept here too."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from everlearn.core.errors import Invalid
from everlearn.core.tx import Tx
from everlearn.modules.operations import service as operations
from everlearn.modules.patterns.types import (
    DayOfPatterns,
    FrequentPattern,
    Occurrence,
    OccurrencePage,
    PatternType,
    SourceType,
)

MAX_PAGE = 500
MAX_DAYS = 3_660

_TAKE_STALE = """
WITH taken AS (
  DELETE FROM patterns.stale_pattern_days WHERE tenant_id = app.tenant_id() RETURNING date)
SELECT DISTINCT date FROM taken ORDER BY date
"""

# The rows that are there keep their ids; those whose occurrences are gone go.
_REFRESH = """
WITH fresh AS (
  INSERT INTO patterns.daily_pattern_counts AS c (date, pattern_id, occurrence_count, refreshed_at)
  SELECT :day, pattern_id, count(*), :now FROM patterns.pattern_occurrences
  WHERE tenant_id = app.tenant_id() AND detection_timestamp >= :from_at
    AND detection_timestamp < :until
  GROUP BY pattern_id
  ON CONFLICT (tenant_id, date, pattern_id) DO UPDATE
  SET occurrence_count = excluded.occurrence_count, refreshed_at = excluded.refreshed_at
  RETURNING c.id)
DELETE FROM patterns.daily_pattern_counts
WHERE tenant_id = app.tenant_id() AND date = :day AND id NOT IN (SELECT id FROM fresh)
"""

# From the patterns' counts, so that it holds of days too whose occurrences retention took.
_REFRESH_TYPES = """
WITH fresh AS (
  INSERT INTO patterns.daily_pattern_type_counts AS c
    (date, pattern_type, occurrence_count, refreshed_at)
  SELECT :day, p.pattern_type, sum(d.occurrence_count)::bigint, :now
  FROM patterns.daily_pattern_counts AS d
  JOIN patterns.identified_patterns AS p ON p.tenant_id = app.tenant_id() AND p.id = d.pattern_id
  WHERE d.tenant_id = app.tenant_id() AND d.date = :day
  GROUP BY p.pattern_type
  ON CONFLICT (tenant_id, date, pattern_type) DO UPDATE
  SET occurrence_count = excluded.occurrence_count, refreshed_at = excluded.refreshed_at
  RETURNING c.id)
DELETE FROM patterns.daily_pattern_type_counts
WHERE tenant_id = app.tenant_id() AND date = :day AND id NOT IN (SELECT id FROM fresh)
"""

_HAS_FEWER = """
SELECT (SELECT count(*) FROM patterns.pattern_occurrences
        WHERE tenant_id = app.tenant_id() AND detection_timestamp >= :from_at
          AND detection_timestamp < :until)
  < (SELECT coalesce(sum(occurrence_count), 0) FROM patterns.daily_pattern_counts
     WHERE tenant_id = app.tenant_id() AND date = :day)
"""

# The tenant by a SELECT, or it would be asked for at every row that is summed up. And summed up
# once, whatever the planner thinks of the join.
_TOP = """
WITH counts AS MATERIALIZED (
  SELECT pattern_id, sum(occurrence_count)::bigint AS occurrence_count
  FROM patterns.daily_pattern_counts
  WHERE tenant_id = (SELECT app.tenant_id()) AND date >= :since AND date < :until
  GROUP BY pattern_id)
SELECT p.id, p.pattern_type, p.pattern_name, p.severity_level, p.status, c.occurrence_count
FROM counts AS c
JOIN patterns.identified_patterns AS p ON p.tenant_id = app.tenant_id() AND p.id = c.pattern_id
WHERE CAST(:pattern_type AS text) IS NULL OR p.pattern_type = :pattern_type
ORDER BY c.occurrence_count DESC, p.id LIMIT :limit
"""

_DAYS = """
SELECT date AS day, pattern_type, occurrence_count
FROM patterns.daily_pattern_type_counts
WHERE tenant_id = app.tenant_id() AND date >= :since AND date < :until
  AND (CAST(:pattern_type AS text) IS NULL OR pattern_type = :pattern_type)
ORDER BY date, pattern_type
"""

_PAGE = """
SELECT id, pattern_id, source_type, source_id, location_data, context_data, detection_timestamp,
  confidence_score
FROM patterns.pattern_occurrences
WHERE tenant_id = app.tenant_id() AND {found}{older}
ORDER BY detected_on DESC, detection_timestamp DESC, id DESC
LIMIT :limit
"""
# The day and the time say the same; the first is in the index, the second leaves out partitions.
_OLDER = """
  AND detected_on <= :day AND detection_timestamp <= :at
  AND (detection_timestamp, id) < (:at, CAST(:id AS uuid))"""
_OF_PATTERN = "pattern_id = :pattern_id"
# The planner holds COALESCE, by which the tenant is found, for leaky: hence the SELECT.
_OF_SOURCE = (
    "source_key = (SELECT hashtext(app.tenant_id()::text || :source_id))"
    " AND source_id = :source_id AND source_type = :source_type"
)
_TABLE = "patterns.pattern_occurrences"


def refresh_daily_counts(tx: Tx) -> list[date]:
    """Count the occurrences of the changed days anew, and only those; give the days.

    Nothing is lost to occurrences that are written meanwhile: a note of a stale day and its rows
    become visible together. A day that retention takes rows of keeps what was counted before.
    """
    # One refresh of a tenant at a time: the later one must not be overtaken by an older count.
    tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))",
        {"name": f"everlearn.daily_pattern_counts.{tx.tenant_id}"},
    )
    days = list(tx.execute(_TAKE_STALE).scalars())
    if not days:
        return []
    keep = operations.retention_of(tx, _TABLE)
    kept_since = tx.now() - keep if keep else None
    for day in days:
        # As values, not computed in SQL, so that the plan holds the day's partition alone.
        from_at = datetime.combine(day, time(), UTC)
        until = from_at + timedelta(days=1)
        span = {"day": day, "from_at": from_at, "until": until, "now": tx.now()}
        leaving = kept_since is not None and from_at < kept_since
        if not (leaving and tx.scalar(_HAS_FEWER, span)):
            tx.execute(_REFRESH, span)
        tx.execute(_REFRESH_TYPES, span)
    tx.notify("patterns")
    return days


def top_patterns(
    tx: Tx,
    *,
    since: date,
    until: date,
    pattern_type: PatternType | None = None,
    limit: int = 20,
) -> list[FrequentPattern]:
    """Give the patterns that were seen most often, the most frequent first.

    Args:
        tx: transaction of the tenant.
        since: first day, in UTC.
        until: the day after the last.
        pattern_type: only patterns of this type; all when left out.
        limit: how many, at most `MAX_PAGE`.

    Raises:
        Invalid: the time is empty or longer than ten years, or the limit is out of range.
    """
    params = _days(since, until) | {"pattern_type": pattern_type, "limit": _limit(limit)}
    return [FrequentPattern(**row) for row in tx.execute(_TOP, params).mappings()]


def days_of_patterns(
    tx: Tx, *, since: date, until: date, pattern_type: PatternType | None = None
) -> list[DayOfPatterns]:
    """Give how often patterns of each type were seen on each day of a time.

    Raises:
        Invalid: the time is empty or longer than ten years.
    """
    params = _days(since, until) | {"pattern_type": pattern_type}
    return [DayOfPatterns(**row) for row in tx.execute(_DAYS, params).mappings()]


def list_occurrences(
    tx: Tx, pattern_id: UUID, *, limit: int = 50, cursor: str | None = None
) -> OccurrencePage:
    """Give where a pattern was seen, newest first; `cursor` is `next_cursor` of the page before.

    Raises:
        Invalid: the limit is out of range, or the cursor is none of ours.
    """
    return _page(tx, _OF_PATTERN, {"pattern_id": pattern_id}, limit, cursor)


def list_occurrences_in(
    tx: Tx, source_type: SourceType, source_id: str, *, limit: int = 50, cursor: str | None = None
) -> OccurrencePage:
    """Give what was seen in a commit, a file or a session, newest first.

    Raises:
        Invalid: the limit is out of range, or the cursor is none of ours.
    """
    params: dict[str, object] = {"source_type": source_type.value, "source_id": source_id}
    return _page(tx, _OF_SOURCE, params, limit, cursor)


def _page(
    tx: Tx, found: str, params: dict[str, object], limit: int, cursor: str | None
) -> OccurrencePage:
    params = params | {"limit": _limit(limit) + 1}
    if cursor:
        params |= _read_cursor(cursor)
    query = _PAGE.format(found=found, older=_OLDER if cursor else "")
    rows = [Occurrence(**row) for row in tx.execute(query, params).mappings()]
    if len(rows) <= limit:
        return OccurrencePage(rows, None)
    last = rows[limit - 1]
    return OccurrencePage(rows[:limit], f"{last.detection_timestamp.isoformat()} {last.id}")


def _read_cursor(cursor: str) -> dict[str, object]:
    at, _, id_ = cursor.partition(" ")
    try:
        moment, last = datetime.fromisoformat(at).astimezone(UTC), UUID(id_)
    except ValueError as error:
        raise Invalid("this is not a cursor that Everlearn gave out", field="cursor") from error
    return {"at": moment, "day": moment.date(), "id": last}


def _limit(limit: int) -> int:
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid(f"a page has 1 to {MAX_PAGE} rows", field="limit")
    return limit


def _days(since: date, until: date) -> dict[str, object]:
    if not since < until or (until - since).days > MAX_DAYS:
        raise Invalid("until is after since, by ten years at most", field="until")
    return {"since": since, "until": until}
