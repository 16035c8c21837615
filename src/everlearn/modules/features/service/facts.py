"""Keeps facts and reads them back as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy import typing as npt
from psycopg import sql

from everlearn.core import bulk, partitions
from everlearn.core.errors import Invalid
from everlearn.core.tx import Tx
from everlearn.modules.features.errors import LengthMismatch, NotFinite, WrongType
from everlearn.modules.features.maths.keys import text_keys
from everlearn.modules.features.maths.vectors import Facts
from everlearn.modules.features.service.declaring import get_source, list_sources
from everlearn.modules.features.types import Micros, Source, SourceState

TABLE = "features.feature_facts"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Nothing happened before or after, so a look-back without an end can be written as a time.
_EARLIEST = datetime(1999, 12, 31, tzinfo=UTC)
_FIRST = (datetime(2000, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def to_micros(times: Micros | Sequence[datetime] | npt.NDArray[Any], *, field: str) -> Micros:
    """Give times as microseconds since 1970 UTC; raise WrongType for naive or other values."""
    if isinstance(times, np.ndarray) and times.dtype.kind in "iM":
        return times.astype("datetime64[us]").astype(np.int64)
    out = np.empty(len(times), dtype=np.int64)
    for i, at in enumerate(times):
        if not isinstance(at, datetime) or at.tzinfo is None:
            msg = f"{at!r} is no aware datetime"
            raise WrongType(msg, field=f"{field}[{i}]", hint="give it a time zone, such as UTC")
        out[i] = (at - EPOCH) // timedelta(microseconds=1)
    return out


def to_datetime(micros: int) -> datetime:
    """Give microseconds since 1970 as an aware datetime, within what can be stored."""
    low, high = ((at - EPOCH) // timedelta(microseconds=1) for at in (_EARLIEST, _LATEST))
    return EPOCH + timedelta(microseconds=min(max(int(micros), low), high))


def months_of(micros: Micros) -> list[datetime]:
    """Give one moment of each month that the times fall into."""
    months = np.unique(micros.astype("datetime64[us]").astype("datetime64[M]"))
    return [
        datetime(1970 + int(m) // 12, int(m) % 12 + 1, 1, tzinfo=UTC)
        for m in months.astype(np.int64)
    ]


def record_facts(
    tx: Tx,
    source: Source | str,
    *,
    entity_ids: Sequence[str],
    event_at: Micros | Sequence[datetime],
    known_at: Micros | Sequence[datetime],
    dims: Mapping[str, Sequence[str | None]] | None = None,
    values: Mapping[str, Sequence[float | None] | npt.NDArray[Any]] | None = None,
) -> int:
    """Keep facts; give how many were new. The same fact again changes nothing.

    A fact of the same entity and `event_at` with a later `known_at` is a correction: from then on
    it counts instead of the first.

    Args:
        tx: transaction.
        source: declared.
        entity_ids: what each fact happened to, in the caller's words.
        event_at: when it happened or is to happen; microseconds since 1970 UTC (int64), datetime64
            or aware datetimes.
        known_at: when we knew; may be before `event_at`.
        dims: every dim of the source -> texts; None is not known and matches nothing.
        values: every value of the source -> numbers; NaN or None is not known.

    Raises:
        Invalid: a dim or value is missing or not declared, or a text cannot be stored.
        LengthMismatch: a column has another length.
        NotFinite: a value is infinite.
    """
    found = source if isinstance(source, Source) else get_source(tx, source)
    n, dims, values = len(entity_ids), dims or {}, values or {}
    _check_columns("dims", found.dims, dims)
    _check_columns("values", found.values, values)
    columns = {"event_at": event_at, "known_at": known_at, **dims, **values}
    for name, column in columns.items():
        if len(column) != n:
            raise LengthMismatch(field=name, expected=n, got=len(column))
    if not n:
        return 0
    happened, known = to_micros(event_at, field="event_at"), to_micros(known_at, field="known_at")
    for name, times in (("event_at", happened), ("known_at", known)):
        if int(times.min()) < _FIRST:
            raise Invalid("facts begin with the year 2000", field=name)
    numbers = np.empty((n, len(found.values)))
    for i, name in enumerate(found.values):
        try:
            numbers[:, i] = np.asarray(values[name], dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise WrongType("every value must be a number", field=f"values.{name}") from error
        if np.isinf(numbers[:, i]).any():
            raise NotFinite("a value is infinite", field=f"values.{name}")
    texts = [["" if t is None else str(t) for t in dims[name]] for name in found.dims]
    keys = np.empty((n, len(texts)), dtype=np.int64)
    for i, column in enumerate(texts):
        keys[:, i] = text_keys(column)
    partitions.ensure(tx, TABLE, months_of(happened))
    return bulk.insert_many(
        tx,
        TABLE,
        {
            "source_id": [found.id] * n,
            "event_at": happened,
            "entity_key": text_keys(entity_ids),
            "known_at": known,
            "dims": keys,
            "numbers": numbers,
            "entity_id": entity_ids,
            "dims_text": list(zip(*texts, strict=True)) if texts else [()] * n,
        },
        skip_existing=True,
    )


def by_column(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str], *, kind: str
) -> dict[str, list[Any]]:
    """Turn rows into columns; raise Invalid for a row with other names.

    Args:
        rows: one mapping a row.
        names: what each must have, and nothing else.
        kind: word before the name in the error's `field`.
    """
    wanted = set(names)
    for position, row in enumerate(rows):
        for name in sorted(row.keys() ^ wanted):
            there = name in row
            msg = "there is no such name here" if there else "it is missing"
            hint = "leave it out" if there else "send it, or null where it is not known"
            raise Invalid(msg, field=f"{kind}.{name}", hint=hint, row=position)
    return {name: [row[name] for row in rows] for name in names}


def _check_columns(kind: str, declared: Sequence[str], given: Mapping[str, Any]) -> None:
    for name in sorted(set(given) - set(declared)):
        msg = f"the source has no {name!r}; it has {', '.join(declared) or 'none'}"
        raise Invalid(msg, field=f"{kind}.{name}")
    for name in declared:
        if name not in given:
            msg = "the source declares it; send it, with None where it is not known"
            raise Invalid(msg, field=f"{kind}.{name}")


def read_facts(
    tx: Tx,
    source: Source,
    *,
    dims: Sequence[str],
    values: Sequence[str],
    after: int,
    until: int,
    known_until: int,
) -> Facts:
    """Read the facts with after < event_at <= until that were known by `known_until`.

    Args:
        tx: transaction.
        source: declared.
        dims: which of its dims.
        values: which of its values.
        after: microseconds since 1970.
        until: microseconds since 1970.
        known_until: microseconds since 1970.
    """
    # COPY and array_agg take no parameters here: the values are literals that psycopg writes. The
    # tenant is one too: next to the policy's own app.tenant_id() that becomes a check made once,
    # while the function named twice is compared again for every row, at half the cost of the scan.
    query = sql.SQL(
        "SELECT event_at, entity_key, known_at{columns} FROM features.feature_facts"
        " WHERE tenant_id = {tenant} AND source_id = {source} AND event_at > {after}"
        " AND event_at <= {until} AND known_at <= {known}"
        " ORDER BY event_at, entity_key, known_at"
    ).format(
        columns=sql.SQL("").join(
            [
                *(sql.SQL(", dims[{}]").format(source.dims.index(name) + 1) for name in dims),
                *(
                    sql.SQL(", numbers[{}]").format(source.values.index(name) + 1)
                    for name in values
                ),
            ]
        ),
        tenant=sql.Literal(tx.tenant_id),
        source=sql.Literal(source.id),
        after=sql.Literal(to_datetime(after)),
        until=sql.Literal(to_datetime(until)),
        known=sql.Literal(to_datetime(known_until)),
    )
    read = bulk.read_matrix(
        tx,
        query,
        scalars=[
            "event_at:ts",
            "entity_key:i8",
            "known_at:ts",
            *(f"dims.{name}:i8" for name in dims),
            *(f"values.{name}:f8" for name in values),
        ],
    )
    return Facts(
        event_at=read["event_at"],
        entity_key=read["entity_key"],
        known_at=read["known_at"],
        dims={name: read[f"dims.{name}"] for name in dims},
        values={name: read[f"values.{name}"] for name in values},
    )


# From the latest fact back: counting all of them would read every partition.
_STATES = """
SELECT s.id AS source_id, last.event_at AS last_event_at, week.n_facts, week.last_known_at
FROM features.feature_sources AS s
CROSS JOIN LATERAL (
  SELECT f.event_at FROM features.feature_facts AS f
  WHERE f.tenant_id = app.tenant_id() AND f.source_id = s.id ORDER BY f.event_at DESC LIMIT 1
) AS last
CROSS JOIN LATERAL (
  SELECT count(*) AS n_facts, max(f.known_at) AS last_known_at FROM features.feature_facts AS f
  WHERE f.tenant_id = app.tenant_id() AND f.source_id = s.id
    AND f.event_at > last.event_at - interval '7 days'
) AS week
WHERE s.tenant_id = app.tenant_id()
"""


def source_states(tx: Tx) -> list[SourceState]:
    """Give every source with its facts of the last week of its facts, and its latest times."""
    counted = {line.source_id: line for line in tx.execute(_STATES)}
    out = []
    for source in list_sources(tx):
        line = counted.get(source.id)
        out.append(
            SourceState(source, line.n_facts, line.last_known_at, line.last_event_at)
            if line
            else SourceState(source, 0, None, None)
        )
    return out
