"""Reads series and their points, from the level that suits the time asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from psycopg import sql

from everlearn.core import bulk
from everlearn.core.errors import Conflict, Invalid, NotFound
from everlearn.core.tx import Tx
from everlearn.modules.operations.service.columns import arrow
from everlearn.modules.operations.service.metrics.buckets import Buckets, add_up, read_buckets
from everlearn.modules.operations.service.policies import expired_before
from everlearn.modules.operations.tables.metrics import ROLLUPS
from everlearn.modules.operations.types import (
    AggregationLevel,
    MetricCategory,
    SeriesPage,
    SeriesView,
)

MAX_PAGE = 500
#: Points that are chosen at most when the caller leaves the step to us.
ENOUGH = 750
MOST_POINTS = 100_000
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_STEPS = (_MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 6 * _HOUR, _DAY, 7 * _DAY)
_MONDAY = datetime(2000, 1, 3, tzinfo=UTC)  # from which steps are counted

_LIST = """
SELECT s.id, s.metric_name, s.metric_category, s.unit, s.tags, s.source_component, s.created_at,
  d.last_at, d.value_last AS last_value
FROM operations.metric_series s
LEFT JOIN LATERAL (SELECT r.last_at, r.value_last FROM operations.metric_days r
  WHERE r.tenant_id = app.tenant_id() AND r.series_id = s.id
  ORDER BY r.timestamp DESC LIMIT 1) d ON true
WHERE s.tenant_id = app.tenant_id()
  AND (CAST(:id AS uuid) IS NULL OR s.id = :id)
  AND (CAST(:name AS text) IS NULL OR s.metric_name = :name)
  AND (CAST(:category AS text) IS NULL OR s.metric_category = :category)
  AND (CAST(:after_id AS uuid) IS NULL
    OR (s.metric_name, s.id) > (CAST(:after_name AS text), CAST(:after_id AS uuid)))
ORDER BY s.metric_name, s.id
LIMIT :limit
"""

# Samples in chunks, and rows that were written to the asked table by themselves.
_RAW = """
SELECT at, value FROM (
  SELECT operations.sample_at(m.end_at, s.offset_us) AS at, s.value
  FROM operations.metric_samples m
  CROSS JOIN LATERAL unnest(m.offsets_us, m.sample_values) AS s(offset_us, value)
  WHERE m.tenant_id = app.tenant_id() AND m.series_id = {id}
    AND m.end_at >= {since} AND m.start_at < {until} AND m.end_at < {chunks_until}
  UNION ALL
  SELECT r.timestamp, r.value
  FROM operations.metric_series c
  JOIN operations.system_performance_metrics r ON r.tenant_id = c.tenant_id
    AND r.metric_name = c.metric_name AND r.metric_category IS NOT DISTINCT FROM c.metric_category
    AND r.unit IS NOT DISTINCT FROM c.unit AND r.source_component IS NOT DISTINCT FROM
      c.source_component AND nullif(r.tags, '{{}}') IS NOT DISTINCT FROM c.tags
    AND r.aggregation_level = 'raw'
  WHERE c.tenant_id = app.tenant_id() AND c.id = {id}
    AND r.timestamp >= {since} AND r.timestamp < {until}) f
WHERE at >= {since} AND at < {until}
ORDER BY at LIMIT {most}
"""


@dataclass(frozen=True, slots=True)
class Points:
    """Points of a series in rising order of time.

    Attributes:
        level: what they were read from.
        step_s: seconds that a point stands for; 0: each is a sample.
        columns: name -> numbers; `timestamp` in microseconds since 1970.
    """

    series: SeriesView
    level: AggregationLevel
    step_s: int
    columns: dict[str, np.ndarray[Any, Any]]

    def __len__(self) -> int:
        return len(self.columns["timestamp"])


def list_series(
    tx: Tx,
    *,
    limit: int = 50,
    cursor: str | None = None,
    metric_name: str | None = None,
    metric_category: MetricCategory | None = None,
) -> SeriesPage:
    """Give series by name, each with its last value; `cursor` is that of the page before.

    Raises:
        Invalid: the limit is out of range, or the cursor is none of ours.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid(f"a page has 1 to {MAX_PAGE} rows", field="limit")
    after_id, _, after_name = (cursor or "").partition(" ")
    try:
        last = UUID(after_id) if cursor else None
    except ValueError as error:
        raise Invalid("this is not a cursor that Everlearn gave out", field="cursor") from error
    found = _series(
        tx,
        name=metric_name,
        category=metric_category,
        after_id=last,
        after_name=after_name,
        limit=limit + 1,
    )
    if len(found) <= limit:
        return SeriesPage(found, None)
    last_one = found[limit - 1]
    return SeriesPage(found[:limit], f"{last_one.id} {last_one.metric_name}")


def find_series(tx: Tx, wanted: str | UUID) -> SeriesView:
    """Give a series by its id, or by its name when only one has it.

    Raises:
        NotFound: there is none.
        Conflict: several have the name; the error lists them.
    """
    try:
        found = _series(tx, id=UUID(str(wanted)))
    except ValueError:
        found = _series(tx, name=str(wanted), limit=11)
    if not found:
        raise NotFound(f"no metric {wanted}", field="series")
    if len(found) > 1:
        several = [
            {"id": str(each.id), "tags": each.tags, "source_component": each.source_component}
            for each in found[:10]
        ]
        msg = f"several series are called {wanted}; name one by its id"
        raise Conflict(msg, field="series", series=several)
    return found[0]


def _series(tx: Tx, **asked: Any) -> list[SeriesView]:
    nothing = dict.fromkeys(("id", "name", "category", "after_id", "after_name")) | {"limit": 1}
    return [SeriesView(**row) for row in tx.execute(_LIST, nothing | asked).mappings()]


def read_points(
    tx: Tx,
    wanted: str | UUID,
    *,
    since: datetime,
    until: datetime,
    step: str | None = None,
    shares: tuple[float, ...] = (0.5, 0.95, 0.99),
) -> Points:
    """Give the points of a series in a span of time.

    Args:
        tx: transaction.
        wanted: id or name.
        since: first time, rounded down to a step.
        until: time behind the last, rounded up to a step.
        step: seconds, or a number with s, m, h or d behind it, in whole minutes; `raw` for every
            sample. When left out, the finest of which there are a few hundred, and that is kept
            as long.
        shares: quantiles of each step, 0 to 1; at most 1 % off.

    Raises:
        Invalid: the span is empty, the step none of these, or there are more than 100,000 points.
    """
    if since >= until:
        raise Invalid("since is before until", field="until")
    if not all(0 <= share <= 1 for share in shares):
        raise Invalid("quantiles are from 0 to 1", field="quantiles")
    chosen = find_series(tx, wanted)
    seconds = _choose(tx, since, until) if step is None else parse_step(step)
    if not seconds:
        return Points(chosen, AggregationLevel.RAW, 0, _raw(tx, chosen.id, since, until))
    size = timedelta(seconds=seconds)
    since -= (since - _MONDAY) % size
    until += (_MONDAY - until) % size
    if (until - since) / size > MOST_POINTS:
        raise _too_many()
    level = level_of(seconds)
    row = ROLLUPS[level]
    found = read_buckets(tx, str(row.__table__), chosen.id, since, until)
    return Points(chosen, level, seconds, _shown(found, seconds, shares))


def parse_step(step: str) -> int:
    """Give the seconds of a step; 0 for `raw`.

    Raises:
        Invalid: it is none.
    """
    if step == "raw":
        return 0
    number, unit = (step[:-1], step[-1:]) if step[-1:] in "smhd" else (step, "s")
    factor = {"s": 1, "m": _MINUTE, "h": _HOUR, "d": _DAY}[unit or "s"]
    whole = number.isascii() and number.isdigit() and len(number) < 10
    seconds = int(number) * factor if whole else 0
    if not seconds or seconds % _MINUTE or seconds > 366 * _DAY:
        msg = "a step is raw, or whole minutes up to a year, such as 300, 5m, 6h or 1d"
        raise Invalid(msg, field="step", got=step[:50])
    return seconds


def level_of(step_s: int) -> AggregationLevel:
    """Give the coarsest level that a step is a multiple of."""
    if not step_s:
        return AggregationLevel.RAW
    if step_s % _DAY == 0:
        return AggregationLevel.DAY
    return AggregationLevel.HOUR if step_s % _HOUR == 0 else AggregationLevel.MINUTE


def _choose(tx: Tx, since: datetime, until: datetime) -> int:
    span = (until - since).total_seconds()
    for step in _STEPS:
        if span / step > ENOUGH:
            continue
        gone = expired_before(tx, str(ROLLUPS[level_of(step)].__table__))
        if gone is None or since >= gone or step == _STEPS[-1]:
            return step
    return _STEPS[-1]


def _raw(tx: Tx, series_id: UUID, since: datetime, until: datetime) -> dict[str, Any]:
    query = sql.SQL(_RAW).format(
        id=sql.Literal(series_id),
        since=sql.Literal(since),
        until=sql.Literal(until),
        # A chunk ends in the hour it begins in.
        chunks_until=sql.Literal(until + timedelta(hours=1)),
        most=sql.Literal(MOST_POINTS + 1),
    )
    found = bulk.read_matrix(tx, query, scalars=("timestamp:ts", "value:f8"))
    if len(found["timestamp"]) > MOST_POINTS:
        raise _too_many()
    return found


def _too_many() -> Invalid:
    msg = f"these are more than {MOST_POINTS} points; ask for a shorter time or a longer step"
    return Invalid(msg, field="step")


def _shown(found: Buckets, seconds: int, shares: tuple[float, ...]) -> dict[str, Any]:
    merged, quantiles = add_up(found, seconds, _MONDAY, shares)
    out: dict[str, Any] = {
        "timestamp": merged.at,
        "value": merged.total / merged.count,
        "count": merged.count,
        "min": merged.low,
        "max": merged.high,
        "last": merged.last,
    }
    return out | {f"p{share * 100:g}": quantiles[n] for n, share in enumerate(shares)}


def to_arrow(found: Points) -> Any:
    """Give points as a pyarrow Table; its metadata says the series, the level and the step.

    Raises:
        Invalid: pyarrow is not installed.
    """
    lib = arrow()
    columns = dict(found.columns)
    times = lib.array(columns.pop("timestamp").astype("datetime64[us]"))
    arrays = {"timestamp": times.cast(lib.timestamp("us", tz="UTC"))}
    arrays |= {name: lib.array(values) for name, values in columns.items()}
    facts = {"series": str(found.series.id), "metric_name": found.series.metric_name}
    facts |= {"level": found.level, "step_s": str(found.step_s)}
    return lib.table(arrays).replace_schema_metadata(facts)


def to_arrow_stream(found: Points) -> bytes:
    """Give points as the bytes of an Arrow IPC stream; see `to_arrow`."""
    lib, table = arrow(), to_arrow(found)
    sink = lib.BufferOutputStream()
    with lib.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


_LAST_DAY = """
SELECT series_id, timestamp, value_sum / sample_count AS mean FROM operations.metric_hours
WHERE tenant_id = app.tenant_id() AND series_id = ANY(CAST(:ids AS uuid[]))
  AND timestamp >= :since AND timestamp <= :until
"""


def read_last_day(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, list[float | None]]:
    """Give each series' mean of the last 24 hours by the hour, None where it has no sample."""
    until = tx.now().replace(minute=0, second=0, microsecond=0)
    since = until - timedelta(hours=23)
    found: dict[UUID, list[float | None]] = {each: [None] * 24 for each in ids}
    for row in tx.execute(_LAST_DAY, {"ids": list(ids), "since": since, "until": until}):
        found[row.series_id][(row.timestamp - since) // timedelta(hours=1)] = row.mean
    return found
