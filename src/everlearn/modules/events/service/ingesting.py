"""Takes many events at once from outside, each by itself or all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from everlearn.core import ingest as bulk
from everlearn.core.ids import uuid7_array
from everlearn.core.ingest import Batch, Column, Ingested, Target
from everlearn.core.tx import Tx
from everlearn.modules.events.service.batch import SHAPE, TABLE, actor_of, user_of

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=730)  # partitions are made for two years, of which this is the shortest
TOO_FAR = "the time is before 2000 or more than two years ahead"
OTHER_TIME = (
    "not the millisecond that the id says; make the id of this time, or send only one of them"
)
#: An event is known by its id. The time in its key is that of the id, so that the month it falls
#: into follows from the id, and the id alone decides whether it is there already.
_TARGET = Target(
    TABLE,
    key=("id", "timestamp"),
    values=(
        # The tenant too, although it is the column's default: that is computed for every row.
        ("tenant_id", "%(tenant_id)s::uuid"),
        # Whatever a sender says, who acted is said by us.
        ("metadata", "coalesce({metadata}, '{{}}') || %(actor)s::jsonb"),
    ),
    topic="events",
)


def ingest(
    tx: Tx,
    rows: Batch | Iterable[Mapping[str, Any]] | Any,
    *,
    all_or_nothing: bool = False,
    source: str = "everlearn",
) -> Ingested:
    """Write many events; those that are there already are left as they are.

    An event is known by its id, a uuid of version 7 that the sender made; its time is the
    millisecond that the id says. An event with a time and no id is given one of that time, and is
    another event each time it is sent; one with neither happened now.

    Args:
        tx: transaction; what it commits is there, and the tenant is its tenant.
        rows: mappings, a pyarrow Table, a pandas or polars DataFrame (or whatever else gives an
            Arrow stream), or what a reader of `core.ingest` made of a body.
        all_or_nothing: raise when an event is refused, instead of writing the others.
        source: sender of the events that do not name one.

    Raises:
        ItemsRefused: an event is refused and `all_or_nothing` is asked for; nothing is written.
        Invalid: a table has a column that events do not have, or one of a wrong type.
    """
    return bulk.ingest(
        tx,
        SHAPE,
        rows,
        prepare=partial(_prepare, source=source),
        write=_write,
        key=("id",),
        all_or_nothing=all_or_nothing,
    )


def load(
    transaction: Callable[[], AbstractContextManager[Tx]],
    rows: Iterable[Mapping[str, Any]] | Any,
    *,
    source: str = "everlearn",
    writers: int = bulk.WRITERS,
) -> Ingested:
    """Write very many events, a part in a transaction each; see `core.ingest.load`."""
    write = partial(ingest, source=source)
    return bulk.load(transaction, SHAPE, rows, write, writers=writers)


def load_file(
    transaction: Callable[[], AbstractContextManager[Tx]],
    path: Path,
    *,
    all_or_nothing: bool = False,
    progress: Callable[[float], None] = lambda _: None,
) -> Ingested:
    """Load a file of events, each part of it in a transaction; see `core.ingest.load_file`."""
    write = partial(ingest, all_or_nothing=all_or_nothing, source="file")
    return bulk.load_file(
        transaction,
        SHAPE,
        path,
        write,
        all_or_nothing=all_or_nothing,
        writers=bulk.WRITERS,
        progress=progress,
    )


def _write(tx: Tx, batch: Batch) -> list[int]:
    bulk.ensure_partitions(tx, TABLE, batch.columns["timestamp"].values)
    said = {"tenant_id": tx.tenant_id, "actor": json.dumps(actor_of(tx))}
    return bulk.insert(tx, batch, target=_TARGET, params=said)


def _prepare(tx: Tx, batch: Batch, *, source: str) -> None:
    """Fill in ids, times, senders and users, and refuse times that are out of range."""
    batch.fill("source_system", source)
    if (user := user_of(tx)) is not None:
        batch.fill("user_id", user)
    now, n = tx.now(), len(batch)
    ids, times = batch.columns.get("id"), batch.columns.get("timestamp")
    at = np.full(n, _ms(now))
    named = np.zeros(n, bool)
    if times is not None:
        timed = ~times.absent()
        at[timed] = times.values[timed] // 1_000
    if ids is not None:
        named = ~ids.absent()
        wrong = named & ~((ids.values[:, 6] >> 4 == 7) & (ids.values[:, 8] >> 6 == 2))
        batch.refuse_where(wrong, "id", "not a uuid of version 7")
        said = _time_of(ids.values)
        if times is not None:
            batch.refuse_where(named & timed & (said != at), "timestamp", OTHER_TIME)
        at[named] = said[named]
    far = (at < _ms(EARLIEST)) | (at > _ms(now + AHEAD))
    batch.refuse_where(far & named, "id", TOO_FAR)
    batch.refuse_where(far, "timestamp", TOO_FAR)
    at[far] = _ms(now)  # they are refused, and have no id to be made of their time
    values = np.zeros((n, 16), np.uint8) if ids is None else ids.values
    if not named.all():
        values = values.copy()
        values[~named] = uuid7_array(at[~named])
    batch.columns["id"] = Column("uuid", values)
    batch.columns["timestamp"] = Column("time", at * 1_000)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1_000)


def _time_of(ids: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Give the milliseconds since 1970 that version 7 ids begin with."""
    wide = np.zeros((len(ids), 8), np.uint8)
    wide[:, 2:] = ids[:, :6]
    return wide.view(">i8").reshape(-1).astype(np.int64)
