"""Plans the bulk read of a metric's samples, minutes, hours or days: as Arrow batches.

A sample comes as its time, its value and the place of its series in a list: what all samples of a
series have in common is read once, and is a dictionary in Arrow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from psycopg import sql

from everlearn.core import arrow_out
from everlearn.core.arrow_out import pyarrow
from everlearn.core.errors import Invalid, NotFound
from everlearn.core.reading import Offered, Plan, check_span, choose, counter, selected
from everlearn.modules.operations.service.metrics import buckets
from everlearn.modules.operations.tables.metrics import ROLLUPS
from everlearn.modules.operations.types import AggregationLevel

if TYPE_CHECKING:
    from uuid import UUID

    from everlearn.core.tx import Tx

_HOUR = timedelta(hours=1)
_PLACE = Offered("i8", sql.SQL("f.place"), null=False)
#: Of a sample; `f` is the query below.
OF_SAMPLE = {
    "timestamp": Offered("ts", sql.SQL("f.at"), null=False),
    "value": Offered("f8", sql.SQL("f.value"), null=False),
}
#: Of a minute, an hour or a day; `f` is a row of its table.
OF_STEP = {
    "timestamp": Offered("ts", sql.SQL("f.timestamp"), null=False),
    "value": Offered("f8", sql.SQL("f.value_sum / f.sample_count"), null=False),
    "count": Offered("i8", sql.SQL("f.sample_count"), null=False),
    "min": Offered("f8", sql.SQL("f.value_min"), null=False),
    "max": Offered("f8", sql.SQL("f.value_max"), null=False),
    "last": Offered("f8", sql.SQL("f.value_last"), null=False),
}
#: Of a step too, made of its sketch: name -> share.
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_SKETCH = Offered("i8[]", sql.SQL("f.sketch"), null=False)
#: Of the series, behind those.
OF_SERIES = ("series_id", "tags", "unit", "metric_category", "source_component")

_SERIES = """
SELECT id, tags, unit, metric_category, source_component FROM operations.metric_series
WHERE tenant_id = app.tenant_id() AND metric_name = :name
  AND (CAST(:tags AS jsonb) IS NULL OR coalesce(tags, '{}') @> CAST(:tags AS jsonb))
ORDER BY id
"""

_CHOSEN = sql.SQL("unnest({ids}::uuid[]) WITH ORDINALITY AS w(id, place)")

# Samples in chunks, and rows that were written to the asked table by themselves; of these a series
# is found by equalities, since nothing else can be hashed.
_SAMPLES = sql.SQL("""(
  SELECT operations.sample_at(m.end_at, s.offset_us) AS at, s.value, w.place - 1 AS place
  FROM operations.metric_samples AS m
  JOIN {chosen} ON w.id = m.series_id
  CROSS JOIN LATERAL unnest(m.offsets_us, m.sample_values) AS s(offset_us, value)
  WHERE m.tenant_id = {tenant} AND m.series_id = ANY ({ids}::uuid[]){chunks}
  UNION ALL
  SELECT r.timestamp, r.value, w.place - 1
  FROM operations.system_performance_metrics AS r
  JOIN operations.metric_series AS c ON c.tenant_id = {tenant} AND c.metric_name = {name}
    AND coalesce(c.metric_category, '') = coalesce(r.metric_category, '')
    AND coalesce(c.unit, '') = coalesce(r.unit, '')
    AND coalesce(c.source_component, '') = coalesce(r.source_component, '')
    AND coalesce(c.tags, '{{}}') = coalesce(r.tags, '{{}}')
  JOIN {chosen} ON w.id = c.id
  WHERE r.tenant_id = {tenant} AND r.metric_name = {name} AND r.aggregation_level = 'raw'{rows}
)""")
_STEPS = sql.SQL("""(
  SELECT r.*, w.place - 1 AS place FROM {table} AS r JOIN {chosen} ON w.id = r.series_id
  WHERE r.tenant_id = {tenant} AND r.series_id = ANY ({ids}::uuid[]){rows}
)""")


def metric_rows(
    tx: Tx,
    name: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    tags: Mapping[str, Any] | None = None,
    resolution: AggregationLevel | str = AggregationLevel.RAW,
    columns: Sequence[str] | None = None,
) -> Plan:
    """Plan to read all series of a metric with since <= timestamp < until, in order of time.

    Columns: `timestamp` and `value`; of minutes, hours and days the value is the mean, and `count`,
    `min`, `max`, `last`, `p50`, `p95`, `p99` come with it, the quantiles at most 1 % off. Of the
    series: `series_id`, `tags` (a JSON text), `unit`, `metric_category`, `source_component`.

    Args:
        tx: transaction; the plan may be run in another of the same tenant.
        name: of the metric.
        since: from this time on.
        until: before this time; a minute, an hour or a day counts by where it begins.
        tags: only series with at least these tags.
        resolution: raw, minute, hour or day.
        columns: names, in the order wanted; all when left out.

    Raises:
        NotFound: there is no such metric, or none of its series has these tags.
        Invalid: a resolution or a column that there is not, or a span without a zone or an end.
    """
    check_span(since, until)
    levels = [each.value for each in AggregationLevel]
    if resolution not in levels:
        msg = f"there is no resolution {resolution!r}"
        raise Invalid(msg, field="resolution", hint=f"one of {', '.join(levels)}", allowed=levels)
    level = AggregationLevel(resolution)
    raw = level is AggregationLevel.RAW
    own = OF_SAMPLE if raw else OF_STEP
    offered = own | ({} if raw else dict.fromkeys(QUANTILES, _SKETCH))
    names = choose(columns, offered | dict.fromkeys(OF_SERIES, _PLACE))
    asked = [each for each in names if each in QUANTILES]
    needed = [each for each in names if each in own] + ["place"]
    if asked:
        needed += [each for each in ("min", "max") if each not in needed] + ["sketch"]
    picked, read = selected(needed, own | {"place": _PLACE, "sketch": _SKETCH})
    found = _series(tx, name, tags)
    if not found:
        raise _none(tx, name, tags)

    def source(found: Sequence[Any]) -> sql.Composable:
        return _source(tx, level, name, [each.id for each in found], (since, until))

    def stream(reading: Tx, rows: int) -> Iterator[Any]:
        found = _series(reading, name, tags)  # one may have come since
        order = sql.SQL("at" if raw else "timestamp")
        query = sql.SQL("SELECT {} FROM {} AS f ORDER BY f.{}, f.place").format(
            picked, source(found), order
        )
        whole = _labels(found)
        for batch in arrow_out.batches(reading, query, read, rows=rows):
            place = batch.column("place")
            given = {each: batch.column(each) for each in names if each in own}
            given |= {each: whole[each].take(place) for each in names if each in whole}
            given |= _quantiles(batch, asked)
            yield pyarrow().RecordBatch.from_arrays([given[n] for n in names], schema=schema)

    types = {each.name: each.type for each in arrow_out.schema(read)}
    types |= {name: each.type for name, each in _labels(()).items()}
    types |= dict.fromkeys(QUANTILES, pyarrow().float64())
    schema = pyarrow().schema([(each, types[each]) for each in names])
    why = "one stream of COPY in order of time; what a series says of all its samples is read once"
    table = "metric_samples" if raw else ROLLUPS[level].__tablename__
    return Plan(
        schema,
        stream,
        ({"part": name, "how": table, "why": why},),
        counter(sql.SQL("SELECT count(*) FROM {} AS f").format(source(found))),
    )


def read_tags(text: str | None, field: str) -> dict[str, Any] | None:
    """Read tags that come as a JSON object; raise Invalid, naming the field, for another text."""
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Invalid(f"this is no JSON: {error}", field=field) from error
    if not isinstance(found, dict):
        raise Invalid("tags are a JSON object", field=field, hint='as in {"route": "/v1/events"}')
    return found


def _series(tx: Tx, name: str, tags: Mapping[str, Any] | None) -> Sequence[Any]:
    given = {"name": name, "tags": None if tags is None else json.dumps(dict(tags))}
    return tx.execute(_SERIES, given).all()


def _source(
    tx: Tx,
    level: AggregationLevel,
    name: str,
    ids: Sequence[UUID],
    span: tuple[datetime | None, datetime | None],
) -> sql.Composable:
    """Give the query, in brackets, that a sample or a step is a row of."""
    since, until = span
    shared = {
        "tenant": sql.Literal(tx.tenant_id),
        "ids": sql.Literal(ids),
        "chosen": _CHOSEN.format(ids=sql.Literal(ids)),
    }
    rows = _bounds("r.timestamp", since, until)
    if level is not AggregationLevel.RAW:
        table = sql.Identifier("operations", ROLLUPS[level].__tablename__)
        return _STEPS.format(table=table, rows=rows, **shared)
    # A chunk ends in the hour it begins in.
    chunks = _bounds("m.end_at", since, until and until + _HOUR)
    inside = _bounds("operations.sample_at(m.end_at, s.offset_us)", since, until)
    return _SAMPLES.format(
        name=sql.Literal(name), chunks=sql.Composed([chunks, inside]), rows=rows, **shared
    )


def _bounds(moment: str, since: datetime | None, until: datetime | None) -> sql.Composable:
    """Give conditions on an expression, each with AND before it."""
    parts: list[sql.Composable] = []
    if since is not None:
        parts.append(sql.SQL(" AND {} >= {}").format(sql.SQL(moment), sql.Literal(since)))
    if until is not None:
        parts.append(sql.SQL(" AND {} < {}").format(sql.SQL(moment), sql.Literal(until)))
    return sql.Composed(parts)


def _quantiles(batch: Any, names: Sequence[str]) -> dict[str, Any]:
    """Give quantiles of each step's sketch: in the database they take many times as long."""
    if not names:
        return {}
    sketch = batch.column("sketch")
    cells = sketch.values.to_numpy(zero_copy_only=False)
    sizes = np.diff(sketch.offsets.to_numpy(zero_copy_only=False)).astype(np.int64)
    low, high = (batch.column(each).to_numpy(zero_copy_only=False) for each in ("min", "max"))
    found = buckets.quantiles_of(cells, sizes, [QUANTILES[each] for each in names])
    return {
        name: pyarrow().array(np.clip(values, low, high))
        for name, values in zip(names, found, strict=True)
    }


def _labels(found: Sequence[Any]) -> dict[str, Any]:
    """Give what is said of each series: name -> Arrow array with one value a series."""
    pa = pyarrow()
    ids = pa.array([each.id.bytes for each in found], pa.binary(16))
    columns = {"series_id": pa.ExtensionArray.from_storage(pa.uuid(), ids)}
    for name in OF_SERIES[1:]:
        words = [getattr(each, name) for each in found]
        if name == "tags":
            words = [None if each is None else json.dumps(each, sort_keys=True) for each in words]
        columns[name] = pa.array(words, pa.string()).dictionary_encode()
    return columns


def _none(tx: Tx, name: str, tags: Mapping[str, Any] | None) -> NotFound:
    if tags and _series(tx, name, None):
        msg = f"no series of {name} has these tags"
        return NotFound(msg, field="tags", hint="`everlearn operations metrics list` shows them")
    return NotFound(
        f"no metric {name}", field="name", hint="`everlearn operations metrics list` shows them"
    )
