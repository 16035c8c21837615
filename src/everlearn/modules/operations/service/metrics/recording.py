"""Takes many samples at once from outside: mappings, Arrow, data frames, bodies of requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from everlearn.core import ingest as bulk
from everlearn.core.ingest import Batch, Field, Ingested, Shape, ingest
from everlearn.core.ingest.writing import CHUNK, none_refused
from everlearn.core.tx import Tx
from everlearn.modules.operations.service.metrics import chunks, rolling, series
from everlearn.modules.operations.service.metrics.chunks import AGAIN, OTHER, Put
from everlearn.modules.operations.types import MetricCategory, MetricUnit

#: Of larger numbers a sum could not be held.
LARGEST = 1e200
#: Older samples are counted at once: retention, which keeps a day at least, may take them any time.
_OLD_US = 24 * chunks.HOUR_US
_AHEAD = timedelta(days=1)
_EARLIEST_US = 946_684_800_000_000  # the year 2000, in which partitions begin

SHAPE = Shape(
    "metrics",
    (
        Field("metric_name", "text", required=True),
        Field("value", "number", required=True, least=-LARGEST, most=LARGEST),
        Field("timestamp", "time"),
        Field("metric_category", "word", words=tuple(each.value for each in MetricCategory)),
        Field("unit", "word", words=tuple(each.value for each in MetricUnit)),
        Field("tags", "json"),
        Field("source_component", "text"),
    ),
)
_KEY = ("metric_name", "metric_category", "unit", "tags", "source_component")


def record_metrics(
    tx: Tx,
    rows: Batch | Iterable[Mapping[str, Any]] | Any,
    *,
    all_or_nothing: bool = False,
) -> Ingested:
    """Write many samples; those that are there already are left as they are.

    A sample is known by its series (name, category, unit, tags and component together) and its
    time. Sent again it is a duplicate. With another value it is refused: what was measured does not
    change, and minutes, hours and archived files that count it stay right. A sample without a time
    is measured now, and is another one each time it is sent.

    Args:
        tx: transaction; what it commits is there, and the tenant is its tenant.
        rows: mappings, a pyarrow Table, a pandas or polars DataFrame (or whatever else gives an
            Arrow stream), or what a reader made of a body. They say metric_name and value, and
            may say timestamp, metric_category, unit, tags and source_component.
        all_or_nothing: raise when a sample is refused, instead of writing the others.

    Raises:
        ItemsRefused: a sample is refused and `all_or_nothing` is asked for; nothing is written.
        Invalid: a table has a column that samples do not have, or one of a wrong type.
    """
    before = 0

    def write(tx: Tx, batch: Batch) -> list[int]:
        nonlocal before
        again = _write(tx, batch)
        if all_or_nothing:
            none_refused(batch, before)
        before += batch.size
        return again

    return ingest(tx, SHAPE, rows, prepare=_prepare, write=write, all_or_nothing=all_or_nothing)


def load_file(
    transaction: Callable[[], AbstractContextManager[Tx]],
    path: Path,
    *,
    all_or_nothing: bool = False,
    progress: Callable[[float], None] = lambda _: None,
) -> Ingested:
    """Load a file of samples, each part of it in a transaction; see `core.ingest.load_file`."""
    return bulk.load_file(
        transaction,
        SHAPE,
        path,
        partial(record_metrics, all_or_nothing=all_or_nothing),
        all_or_nothing=all_or_nothing,
        progress=progress,
    )


def _prepare(tx: Tx, batch: Batch) -> None:
    """Fill in times, and refuse those that are out of range."""
    now_us = chunks.time_us(tx.now())
    if "timestamp" not in batch.columns:
        batch.put("timestamp", "time", [tx.now()] * len(batch))
        return
    column = batch.columns["timestamp"]
    times = np.where(column.absent(), now_us, column.values)
    column.values, column.missing = times, None
    latest = chunks.time_us(tx.now() + _AHEAD)
    batch.refuse_where(
        (times < _EARLIEST_US) | (times > latest),
        "timestamp",
        "the time is before 2000 or more than a day ahead",
    )


def _write(tx: Tx, batch: Batch) -> list[int]:
    """Write a batch; give the rows that were there already, and refuse those that differ."""
    keys, code = _keys(batch)
    ids, wrong = series.resolve(tx, keys)
    if wrong:
        for place, reason in wrong.items():
            batch.refuse_where(code == place, "tags", reason)
        batch.drop_refused()
        if not len(batch):
            return []
        keys, code = _keys(batch)
        ids, _ = series.resolve(tx, keys)
    if batch.size >= CHUNK:  # more may follow, in another order than other writers have
        chunks.lock(tx)
    times = batch.columns["timestamp"].values
    try:
        done = _put(tx, ids, code, batch)
    except chunks.UnknownSeries:
        series.forget(tx, keys)
        ids, _ = series.resolve(tx, keys)
        done = _put(tx, ids, code, batch)
    if times.min() < chunks.time_us(tx.now()) - _OLD_US:
        while rolling.roll_up(tx) == rolling.AT_ONCE:
            pass
    for row in np.flatnonzero(done.fates == OTHER).tolist():
        reason = f"the series has another value at that time: {done.stored[row]:g}"
        batch.refuse([row], "value", reason)
    left = done.fates[done.fates != OTHER]
    batch.drop_refused()
    return [int(row) for row in np.flatnonzero(left == AGAIN)]


def _put(tx: Tx, ids: list[Any], code: Any, batch: Batch) -> Put:
    values = batch.columns["value"].values
    return chunks.put(tx, ids, code, batch.columns["timestamp"].values, values)


def _keys(batch: Batch) -> tuple[list[series.Key], Any]:
    """Give the keys of the series in a batch, and the place of each row's key among them."""
    said = [batch.get(name) for name in _KEY]
    said[3] = [None if tags is None else tags.decode() for tags in said[3]]
    places: dict[series.Key, int] = {}
    code = [places.setdefault(key, len(places)) for key in zip(*said, strict=True)]
    return list(places), np.array(code, np.int64)
