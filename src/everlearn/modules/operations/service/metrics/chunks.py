"""Writes samples of known series as chunks, each sample once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from everlearn.core import partitions
from everlearn.core.arrays import Array
from everlearn.core.tx import Tx
from everlearn.modules.operations.tables.metrics import MetricSampleChunk

TABLE = str(MetricSampleChunk.__table__)
#: Samples of one chunk at most: to read one of them its whole chunk is read.
MOST = 10_000
HOUR_US = 3_600_000_000
#: Locks that the series of a tenant share: so many a transaction holds at most.
BUCKETS = 256

NEW, AGAIN, OTHER = 0, 1, 2

_Ints = np.ndarray[Any, np.dtype[np.int64]]
_Floats = np.ndarray[Any, np.dtype[np.float64]]

_LOCK = """
SELECT count(pg_advisory_xact_lock(hashtextextended(:name, bucket)))
FROM unnest(CAST(:buckets AS bigint[])) bucket
"""

# Written at all only when every series is there: the process may know one that a restored backup
# does not. Overlaps are looked for among the chunks of the same hour that end later.
_OVERLAPS = """
SELECT (SELECT count(*) FROM operations.metric_series s
    WHERE s.tenant_id = app.tenant_id() AND s.id = ANY(CAST(:known AS uuid[]))) AS known,
  ARRAY(SELECT b.position FROM
    unnest(CAST(:series AS uuid[]), CAST(:low AS timestamptz[]), CAST(:high AS timestamptz[]),
      CAST(:hour_end AS timestamptz[])) WITH ORDINALITY
        AS b(series_id, low, high, hour_end, position)
    WHERE EXISTS (SELECT FROM operations.metric_samples m
      WHERE m.tenant_id = app.tenant_id() AND m.series_id = b.series_id
        AND m.end_at >= b.low AND m.end_at < b.hour_end AND m.start_at <= b.high
        AND m.end_at >= :since AND m.end_at < :until)) AS overlaps
"""

_STORED = """
WITH near AS MATERIALIZED (
  SELECT m.series_id, operations.sample_at(m.end_at, s.offset_us) AS at, s.value
  FROM unnest(CAST(:series AS uuid[]), CAST(:low AS timestamptz[]), CAST(:high AS timestamptz[]),
    CAST(:hour_end AS timestamptz[])) AS b(series_id, low, high, hour_end)
  JOIN operations.metric_samples m ON m.tenant_id = app.tenant_id() AND m.series_id = b.series_id
    AND m.end_at >= b.low AND m.end_at < b.hour_end AND m.start_at <= b.high
    AND m.end_at >= :since AND m.end_at < :until
  CROSS JOIN LATERAL unnest(m.offsets_us, m.sample_values) AS s(offset_us, value)
  WHERE operations.sample_at(m.end_at, s.offset_us) BETWEEN b.low AND b.high)
SELECT g.position, near.value
FROM unnest(CAST(:of AS uuid[]), CAST(:at AS timestamptz[])) WITH ORDINALITY
  AS g(series_id, at, position)
JOIN near ON near.series_id = g.series_id AND near.at = g.at
"""

_WRITE = """
INSERT INTO operations.metric_samples
  (tenant_id, series_id, end_at, start_at, sample_count, offsets_us, sample_values)
SELECT app.tenant_id(), c.series_id, c.end_at, c.start_at, c.until - c.since + 1,
  (CAST(:offsets AS integer[]))[c.since:c.until], (CAST(:vals AS float8[]))[c.since:c.until]
FROM unnest(CAST(:series AS uuid[]), CAST(:start AS timestamptz[]), CAST(:end AS timestamptz[]),
  CAST(:first AS integer[]), CAST(:last AS integer[]))
  AS c(series_id, start_at, end_at, since, until)
"""


class UnknownSeries(Exception):
    """A series is not there any more, and nothing was written; the writer asks for it anew."""


@dataclass(slots=True)
class Put:
    """What became of each sample.

    Attributes:
        fates: NEW, AGAIN (the same sample was there) or OTHER (another value was).
        stored: the value that is there, where a sample is not new.
    """

    fates: np.ndarray[Any, np.dtype[np.int8]]
    stored: _Floats


def put(tx: Tx, ids: Sequence[UUID], code: _Ints, times: _Ints, values: _Floats) -> Put:
    """Write samples that are not there yet.

    Args:
        tx: transaction; writers of the same series wait for each other until its end.
        ids: series.
        code: place of each sample's series in `ids`.
        times: microseconds since 1970.
        values: finite numbers.

    Raises:
        UnknownSeries: one of the series is not there.
    """
    size = len(times)
    order = np.lexsort((times, code))
    code, times, values = code[order], times[order], values[order]
    # Of samples of one series and time the first one counts; lexsort keeps their order.
    leads = np.ones(size, dtype=bool)
    leads[1:] = (code[1:] != code[:-1]) | (times[1:] != times[:-1])
    leader = np.maximum.accumulate(np.where(leads, np.arange(size), 0))
    fresh = leads.copy()
    truth = values[leader]

    raw = np.frombuffer(b"".join(each.bytes for each in ids), dtype="V16")
    lock(tx, np.unique(np.frombuffer(raw.tobytes(), dtype=np.uint8).reshape(-1, 16)[:, 15]))
    first = np.flatnonzero(leads)
    for place, value in _stored(tx, raw, code[first], times[first]):
        at = first[place]
        fresh[at] = False
        truth[at] = value
    truth = truth[leader]

    fates = np.where(values == truth, AGAIN, OTHER).astype(np.int8)
    fates[fresh] = NEW
    kept = np.flatnonzero(fresh)
    if kept.size:
        _write(tx, raw, code[kept], times[kept], values[kept])
    back = np.empty(size, dtype=np.int64)
    back[order] = np.arange(size)
    return Put(fates[back], truth[back])


def lock(tx: Tx, buckets: np.ndarray[Any, Any] | None = None) -> None:
    """Keep other writers of series in these buckets waiting; in order, or they wait in a circle."""
    chosen = np.arange(BUCKETS) if buckets is None else buckets
    name = f"everlearn.metrics.{tx.tenant_id}"
    tx.execute(_LOCK, {"name": name, "buckets": Array(chosen.astype(np.int64))})


def _stored(tx: Tx, raw: Any, code: _Ints, times: _Ints) -> list[tuple[int, float]]:
    """Give which of these samples are there already, and with what value."""
    hours = times // HOUR_US
    begins = _starts(code, hours)
    ends = np.append(begins[1:], len(times)) - 1
    groups = {
        "series": raw[code[begins]],
        "low": _moments(times[begins]),
        "high": _moments(times[ends]),
        "hour_end": _moments((hours[begins] + 1) * HOUR_US),
    }
    given: dict[str, Any] = {name: Array(values) for name, values in groups.items()}
    # As values, not computed in SQL, so that the plan holds the days of the batch alone.
    given |= {
        "since": moment(int(times.min())),
        "until": moment((int(hours.max()) + 1) * HOUR_US),
    }
    found = tx.execute(_OVERLAPS, given | {"known": Array(raw)}).one()
    if found.known < len(raw):
        raise UnknownSeries
    if not found.overlaps:
        return []
    near = np.asarray(found.overlaps) - 1
    inside = np.zeros(len(begins), dtype=bool)
    inside[near] = True
    asked = np.flatnonzero(inside[np.searchsorted(begins, np.arange(len(times)), "right") - 1])
    given |= {name: Array(values[near]) for name, values in groups.items()}
    given |= {"of": Array(raw[code[asked]]), "at": Array(_moments(times[asked]))}
    return [(int(asked[row.position - 1]), row.value) for row in tx.execute(_STORED, given)]


def _write(tx: Tx, raw: Any, code: _Ints, times: _Ints, values: _Floats) -> None:
    hours = times // HOUR_US
    begins = _starts(code, hours)
    lengths = np.diff(np.append(begins, len(times)))
    if (lengths > MOST).any():
        begins = np.concatenate(
            [np.arange(b, b + n, MOST) for b, n in zip(begins, lengths, strict=True)]
        )
    ends = np.append(begins[1:], len(times)) - 1
    days = np.unique(times // (24 * HOUR_US)) * 24 * HOUR_US
    partitions.ensure(tx, TABLE, [moment(int(day)) for day in days])
    offsets = (times - hours * HOUR_US - HOUR_US // 2).astype(np.int32)
    given = {
        "offsets": Array(offsets),
        "vals": Array(values),
        "series": Array(raw[code[begins]]),
        "start": Array(_moments(times[begins])),
        "end": Array(_moments(times[ends])),
        "first": Array((begins + 1).astype(np.int32)),
        "last": Array((ends + 1).astype(np.int32)),
    }
    tx.execute(_WRITE, given)


def _starts(code: _Ints, hours: _Ints) -> _Ints:
    """Give where the samples of another series or hour begin."""
    change = np.ones(len(code), dtype=bool)
    change[1:] = (code[1:] != code[:-1]) | (hours[1:] != hours[:-1])
    return np.flatnonzero(change)


def _moments(times: _Ints) -> np.ndarray[Any, Any]:
    return times.astype("datetime64[us]")


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(time_us: int) -> datetime:
    """Give microseconds since 1970 as a time."""
    return EPOCH + timedelta(microseconds=time_us)


def time_us(at: datetime) -> int:
    """Give a time as microseconds since 1970."""
    return (at - EPOCH) // timedelta(microseconds=1)
