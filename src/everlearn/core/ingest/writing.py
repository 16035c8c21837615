"""Takes many items: read, completed and checked by their module, written, and each one answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import asdict, replace
from datetime import timedelta
from itertools import islice
from typing import Any

import msgspec
import numpy as np

from everlearn.core import partitions
from everlearn.core.ingest import arrow, bodies
from everlearn.core.ingest.batch import EPOCH, Array, Batch, Ingested, Refusal, summed
from everlearn.core.ingest.errors import ItemsRefused
from everlearn.core.ingest.shape import Shape
from everlearn.core.ingest.staging import WrongDocument
from everlearn.core.tx import Tx
from everlearn.core.watching import count_refused

#: Rows that are held in memory and copied at once.
CHUNK = 2_500
_MOST_NAMED = 100  # refused items that an error lists
#: Completes and checks a batch, before any of it is copied: fills in, looks up, refuses.
Prepare = Callable[[Tx, Batch], None]
#: Writes a batch; gives the rows (not places) that were there already.
Write = Callable[[Tx, Batch], Iterable[int]]

_NOT_JSONB = """
SELECT position, (pg_input_error_info(value, 'jsonb')).message
FROM unnest(CAST(%s AS text[])) WITH ORDINALITY AS given (value, position)
WHERE NOT pg_input_is_valid(value, 'jsonb')
"""


def ingest(
    tx: Tx,
    shape: Shape,
    rows: Batch | Iterable[Mapping[str, Any]] | Any,
    *,
    prepare: Prepare,
    write: Write,
    key: tuple[str, ...] = (),
    all_or_nothing: bool = False,
) -> Ingested:
    """Write many items, each by itself or all of them; those that are there are left as they are.

    Args:
        tx: transaction; what it commits is there, and the tenant is its tenant.
        shape: of the items.
        rows: mappings, a pyarrow Table, a pandas or polars DataFrame (or whatever else gives an
            Arrow stream), or what a reader made of a body.
        prepare: completes and checks a batch.
        write: writes it, such as `partial(insert, target=...)`.
        key: fields by which an item is known; a second one of a batch is a duplicate of the first.
        all_or_nothing: raise when an item is refused, instead of writing the others.

    Raises:
        ItemsRefused: an item is refused and `all_or_nothing` is asked for; nothing is written.
        Invalid: a table has a column that items do not have, or one of a wrong type.
    """
    parts: list[Ingested] = []
    offset = 0
    with tx.savepoint() if all_or_nothing else nullcontext():
        for batch in batches(shape, rows):
            all_from = offset if all_or_nothing else None
            try:
                part = _write(tx, batch, (prepare, write), key, all_from=all_from)
            finally:
                _count_refused(batch)
            parts.append(part)
            offset += part.size
    return summed(parts)


def _count_refused(batch: Batch) -> None:
    """Count who was refused for Prometheus; a sender's own words are no label."""
    known = {field.name for field in batch.shape.fields}
    names = (each.field for each in batch.refused.values())
    count_refused(batch.shape.plural, (name if name in known else None for name in names))


def batches(shape: Shape, rows: Any) -> Iterator[Batch]:
    """Read rows of any kind, `CHUNK` at a time."""
    if isinstance(rows, Batch):
        yield rows
    elif hasattr(rows, "__arrow_c_stream__"):
        yield from arrow.read_table(shape, rows, CHUNK)
    else:
        left = iter(rows)
        for first in left:
            if isinstance(first, Batch):  # all are; one at a time, however large they are
                yield first
            else:
                yield bodies.read_mappings(shape, [first, *islice(left, CHUNK - 1)])


def _write(
    tx: Tx,
    batch: Batch,
    module: tuple[Prepare, Write],
    key: tuple[str, ...],
    *,
    all_from: int | None,
) -> Ingested:
    prepare, write = module
    batch.drop_refused()
    prepare(tx, batch)
    batch.drop_refused()
    if all_from is not None:
        none_refused(batch, all_from)
    keys = np.zeros((batch.size, 16), np.uint8) if _has_id(batch, key) else None
    if keys is not None:
        keys[batch.places] = batch.columns[key[0]].values
    twice = drop_twins(batch, key) if key else {}
    there: list[int] = []
    while len(batch):
        try:
            there = [int(batch.places[row]) for row in write(tx, batch)]
            break
        except WrongDocument as wrong:
            # JSON that PostgreSQL cannot hold for a reason not looked for before, such as a number
            # of a million digits.
            if not _refuse_what_is_no_jsonb(tx, batch):
                raise wrong.error from wrong
            if all_from is not None:
                none_refused(batch, all_from)
            batch.drop_refused()
    # A twin has the fate of the first: it is a duplicate, unless that one was refused after all.
    for index, first in list(twice.items()):
        if first in batch.refused:
            batch.refused[index] = replace(batch.refused[first], index=index)
            del twice[index]
    if keys is not None and batch.refused:
        keys[list(batch.refused)] = 0
    duplicates = sorted([*there, *twice])
    return Ingested(
        size=batch.size,
        accepted=len(batch) - len(there),
        duplicates=len(duplicates),
        refused=[batch.refused[index] for index in sorted(batch.refused)],
        duplicate_at=duplicates,
        keys=keys,
    )


def _has_id(batch: Batch, key: tuple[str, ...]) -> bool:
    column = batch.columns.get(key[0]) if key else None
    return column is not None and column.kind == "uuid" and column.missing is None


def none_refused(batch: Batch, offset: int = 0) -> None:
    """Raise ItemsRefused when an item is; places count from `offset` on."""
    if not batch.refused:
        return
    found = [replace(batch.refused[index], index=index + offset) for index in sorted(batch.refused)]
    first: Refusal = found[0]
    where = f"[{first.index}]" + (f".{first.field}" if first.field else "")
    msg = (
        f"{len(found)} of the {batch.shape.plural} are refused, so none is written: {first.reason}"
    )
    raise ItemsRefused(msg, field=where, refused=[asdict(each) for each in found[:_MOST_NAMED]])


def drop_twins(batch: Batch, key: tuple[str, ...]) -> dict[int, int]:
    """Bring rows into the order of their key, and take out those whose key came before.

    Returns:
        Place -> place of the first with this key.
    """
    n = len(batch)
    keys = _keys(batch, key)
    ordered = sorted(keys)
    distinct = len(set(keys)) == n
    if distinct and ordered == keys:
        return {}
    order = sorted(range(n), key=keys.__getitem__)
    twice: dict[int, int] = {}
    if not distinct:
        first: dict[Any, int] = {}
        for row, each in enumerate(keys):
            place = int(batch.places[row])
            if (earlier := first.setdefault(each, place)) != place:
                twice[place] = earlier
        order = [row for row in order if int(batch.places[row]) not in twice]
    batch.keep(np.array(order, np.int64))
    return twice


def _keys(batch: Batch, key: tuple[str, ...]) -> list[Any]:
    parts: list[list[Any]] = []
    for name in key:
        column = batch.columns.get(name)
        if column is None:  # the same in every row
            continue
        values = column.values
        if column.kind == "uuid":
            data = values.tobytes()
            parts.append([data[i : i + 16] for i in range(0, len(data), 16)])
        elif isinstance(values, np.ndarray):
            parts.append(values.tolist())
        else:
            plain = values if isinstance(values, list) else values.to_pylist()
            empty = "" if isinstance(values, list) else b""
            parts.append([empty if value is None else value for value in plain])
    if len(parts) == 1:
        return parts[0]
    return list(zip(*parts, strict=True)) if parts else [()] * len(batch)


def _refuse_what_is_no_jsonb(tx: Tx, batch: Batch) -> bool:
    found = False
    for name, column in batch.columns.items():
        if column.kind != "json":
            continue
        values = column.to_list()
        texts: list[str | None] = []
        for row, value in enumerate(values):
            try:
                msgspec.json.decode(value or b"null", type=msgspec.Raw)
                texts.append(None if value is None else value.decode())
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                batch.refuse([row], name, str(error)[:200])
                texts.append(None)
                found = True
        for row, message in tx.driver.execute(_NOT_JSONB, [texts]).fetchall():
            batch.refuse([row - 1], name, message)
            found = True
    return found


def ensure_partitions(tx: Tx, table: str, times: Array) -> None:
    """Create the partitions of a table that hold these times, microseconds since 1970."""
    days = np.unique(times // 86_400_000_000)
    partitions.ensure(tx, table, (EPOCH + timedelta(days=day) for day in days.tolist()))
