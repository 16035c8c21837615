"""Takes many events at once from outside, each by itself or all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

from everlearn.core import bulk, partitions
from everlearn.core.errors import Duplicate, Invalid
from everlearn.core.ids import time_of, uuid7, uuid7_many
from everlearn.core.tx import Tx
from everlearn.modules.events.errors import EventsRefused
from everlearn.modules.events.service import arrow, bodies
from everlearn.modules.events.service.batch import (
    COLUMNS,
    DOCUMENTS,
    TABLE,
    TEXTS,
    Batch,
    actor_of,
    in_utc,
    user_of,
)
from everlearn.modules.events.types import Ingested, Refusal

#: Rows that are held in memory and copied at once.
CHUNK = 50_000
_MOST_NAMED = 100  # refused events that an error lists
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=730)  # partitions are made for two years, of which this is the shortest
_LATEST_ID_MS = 253_402_300_799_000  # the end of the year 9999, in which Python's time ends

_NOT_JSONB = """
SELECT position, (pg_input_error_info(value, 'jsonb')).message
FROM unnest(CAST(:values AS text[])) WITH ORDINALITY AS given (value, position)
WHERE NOT pg_input_is_valid(value, 'jsonb')
"""


def ingest(
    tx: Tx,
    rows: Batch | Iterable[Mapping[str, Any]] | Any,
    *,
    all_or_nothing: bool = False,
    source: str = "everlearn",
) -> Ingested:
    """Write many events; those that are there already are left as they are.

    An event is known by its id and its time. An id is a uuid of version 7 that the sender made; an
    event without a time has that of its id, so that sending it again finds the first one. An event
    without an id is given one, and is another event each time it is sent.

    Args:
        tx: transaction; what it commits is there, and the tenant is its tenant.
        rows: mappings, a pyarrow Table, a pandas or polars DataFrame (or whatever else gives an
            Arrow stream), or what `read_json` and its like made of a body.
        all_or_nothing: raise when an event is refused, instead of writing the others.
        source: sender of the events that do not name one.

    Raises:
        EventsRefused: an event is refused and `all_or_nothing` is asked for; nothing is written.
        Invalid: a table has a column that events do not have, or one of a wrong type.
    """
    return ingest_batches(tx, _batches(rows), all_or_nothing=all_or_nothing, source=source)


def ingest_batches(
    tx: Tx,
    batches: Iterable[Batch],
    *,
    all_or_nothing: bool,
    source: str,
    offset: int = 0,
) -> Ingested:
    """Write events batch after batch; see `ingest`. Places count from `offset` on."""
    parts = []
    with tx.savepoint() if all_or_nothing else nullcontext():
        for batch in batches:
            part = _write(tx, batch, offset, all_or_nothing=all_or_nothing, source=source)
            parts.append(part)
            offset += batch.size
        if any(part.accepted for part in parts):
            tx.notify("events")
    return summed(parts)


def summed(parts: Iterable[Ingested]) -> Ingested:
    """Give what became of the events of all parts."""
    parts = list(parts)
    return Ingested(
        accepted=sum(part.accepted for part in parts),
        duplicates=sum(part.duplicates for part in parts),
        refused=[refusal for part in parts for refusal in part.refused],
        ids=[id_ for part in parts for id_ in part.ids],
        duplicate_at=[index for part in parts for index in part.duplicate_at],
    )


def _batches(rows: Any) -> Iterator[Batch]:
    if isinstance(rows, Batch):
        yield rows
    elif hasattr(rows, "__arrow_c_stream__"):
        yield from arrow.read_table(rows, CHUNK)
    else:
        left = iter(rows)
        while chunk := list(islice(left, CHUNK)):
            yield bodies.read_mappings(chunk)


def _write(tx: Tx, batch: Batch, offset: int, *, all_or_nothing: bool, source: str) -> Ingested:
    batch.drop_refused()
    _complete(batch, tx.now())
    batch.drop_refused()
    if all_or_nothing:
        _none_refused(batch, offset)
    ids: list[UUID | None] = [None] * batch.size
    twice = _drop_twins(batch, ids)
    there: set[int] = set()
    if batch.at:
        months = {(at.year, at.month): at for at in batch.columns["timestamp"]}
        partitions.ensure(tx, TABLE, months.values())
        try:
            there = _insert(tx, batch, source)
        except Invalid:
            # JSON that PostgreSQL cannot hold for a reason not looked for before, such as a number
            # of a million digits.
            if not _refuse_what_is_no_jsonb(tx, batch):
                raise
            if all_or_nothing:
                _none_refused(batch, offset)
            batch.drop_refused()
            there = _insert(tx, batch, source)
    for index, id_ in zip(batch.at, batch.columns["id"], strict=True):
        ids[index] = id_
    # A twin has the fate of the first: it is a duplicate, unless that one was refused after all.
    gone = {index: first for index, first in twice.items() if first in batch.refused}
    for index, first in gone.items():
        batch.refused[index] = replace(batch.refused[first], index=index)
        ids[index] = None
    for index in batch.refused:
        ids[index] = None
    duplicates = sorted(there | (twice.keys() - gone.keys()))
    return Ingested(
        accepted=len(batch.at) - len(there),
        duplicates=len(duplicates),
        refused=[
            replace(batch.refused[index], index=index + offset) for index in sorted(batch.refused)
        ],
        ids=ids,
        duplicate_at=[index + offset for index in duplicates],
    )


def _none_refused(batch: Batch, offset: int) -> None:
    if not batch.refused:
        return
    found = [replace(batch.refused[index], index=index + offset) for index in sorted(batch.refused)]
    first: Refusal = found[0]
    where = f"[{first.index}]" + (f".{first.field}" if first.field else "")
    msg = f"{len(found)} of the events are refused, so none is written: {first.reason}"
    raise EventsRefused(msg, field=where, refused=[asdict(each) for each in found[:_MOST_NAMED]])


def _complete(batch: Batch, now: datetime) -> None:
    """Fill in ids and times, and refuse those that are out of range."""
    ids, times = batch.columns["id"], batch.columns["timestamp"]
    latest = now + _AHEAD
    unnamed = []
    for row, (id_, at) in enumerate(zip(ids, times, strict=True)):
        if id_ is not None and not _is_version_7(id_):
            batch.refuse([row], "id", "not a uuid of version 7")
            continue
        if at is None:
            if id_ is None:
                unnamed.append(row)
                times[row] = now
                continue
            field = "id"
            when = (
                time_of(id_) if id_.int >> 80 < _LATEST_ID_MS else datetime.max.replace(tzinfo=UTC)
            )
        else:
            field = "timestamp"
            when = in_utc(at)
        if not _EARLIEST <= when <= latest:
            batch.refuse([row], field, "the time is before 2000 or more than two years ahead")
            continue
        times[row] = when
        if id_ is None:
            ids[row] = uuid7(when)
    for row, id_ in zip(unnamed, uuid7_many(len(unnamed), now), strict=True):
        ids[row] = id_


def _is_version_7(id_: UUID) -> bool:
    return id_.int >> 76 & 0xF == 7 and id_.int >> 62 & 0x3 == 2


def _drop_twins(batch: Batch, ids: list[UUID | None]) -> dict[int, int]:
    """Take out events that came before in the same batch; give the place of each one's first."""
    # By the number in it: to hash a UUID itself takes several calls.
    numbers = [id_.int for id_ in batch.columns["id"]]
    keys = list(zip(numbers, batch.columns["timestamp"], strict=True))
    if len(set(keys)) == len(keys):
        return {}
    first: dict[tuple[int, datetime], int] = {}
    twice: dict[int, int] = {}
    kept = []
    for row, key in enumerate(keys):
        index = batch.at[row]
        earlier = first.setdefault(key, index)
        if earlier == index:
            kept.append(row)
        else:
            twice[index] = earlier
            ids[index] = batch.columns["id"][row]
    batch.keep(kept)
    return twice


def _insert(tx: Tx, batch: Batch, source: str) -> set[int]:
    """Write the rows of a batch; give the places of those that were there already.

    At first it is believed that all are new: ON CONFLICT looks for each row before it is written
    and writes it so that it can be taken back, which makes the insert 1.4 times as long. When one
    is not new, all are inserted again in that way.
    """
    columns, same = _apart(batch, {"source_system": source, "user_id": user_of(tx)})
    given = same | {"tenant_id": tx.tenant_id, "actor": json.dumps(actor_of(tx))}
    with tx.savepoint():
        staged = bulk.stage(tx, TABLE, columns).as_string()
        statement = _statement(staged, frozenset(columns), frozenset(same))
        try:
            with tx.savepoint():
                tx.execute(statement, given)
        except Duplicate:
            careful = f"""
WITH written AS ({statement} ON CONFLICT DO NOTHING RETURNING id, timestamp)
SELECT s.id, s.timestamp FROM {staged} s
WHERE NOT EXISTS (SELECT FROM written w WHERE w.id = s.id AND w.timestamp = s.timestamp)
"""
            there = {(row.id, row.timestamp) for row in tx.execute(careful, given)}
        else:
            return set()
    keys = zip(batch.columns["id"], batch.columns["timestamp"], strict=True)
    return {index for index, key in zip(batch.at, keys, strict=True) if key in there}


def _apart(
    batch: Batch, otherwise: dict[str, str | None]
) -> tuple[dict[str, list[Any]], dict[str, str | None]]:
    """Part columns whose rows differ from those that say the same in every row.

    Args:
        batch: events.
        otherwise: column -> what stands for a value that is not there.
    """
    columns: dict[str, list[Any]] = {}
    same: dict[str, str | None] = {}
    for name, values in batch.columns.items():
        if name in {"event_type", *TEXTS}:
            distinct = set(values)
            if None in distinct and (default := otherwise.get(name)) is not None:
                values = [default if v is None else v for v in values]  # noqa: PLW2901 - filled in
                distinct = set(values)
            if len(distinct) == 1:
                (value,) = distinct
                same[name] = None if value is None else str(value)
                continue
        elif all(value is None for value in values):
            continue
        columns[name] = values
    return columns, same


@lru_cache(maxsize=256)
def _statement(staged: str, columns: frozenset[str], same: frozenset[str]) -> str:
    """Give the statement that moves staged rows.

    Rows go in by their key: two batches with the same rows wait for each other, and never both.
    """
    # The tenant too, although it is the column's default: that is computed for every row.
    values = {"tenant_id": "CAST(:tenant_id AS uuid)", "metadata": "CAST(:actor AS jsonb)"}
    values |= {name: f"CAST(:{name} AS text)" for name in sorted(same)}
    values |= {name: f"s.{name}" for name in COLUMNS if name in columns}
    if "metadata" in columns:  # whatever a sender says, who acted is said by us
        values["metadata"] = "coalesce(s.metadata, '{}') || CAST(:actor AS jsonb)"
    return f"""
INSERT INTO {TABLE} ({", ".join(values)})
SELECT {", ".join(values.values())} FROM {staged} s ORDER BY s.id, s.timestamp
"""


def _refuse_what_is_no_jsonb(tx: Tx, batch: Batch) -> bool:
    found = False
    for name in DOCUMENTS:
        values = [None if value is None else value.decode() for value in batch.columns[name]]
        for row in tx.execute(_NOT_JSONB, {"values": values}):
            batch.refuse([row.position - 1], name, row.message)
            found = True
    return found
