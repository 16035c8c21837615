"""Rows to be read in bulk: as Arrow, pandas, polars or numpy, as a stream of batches, or as a file.

A `Plan` says what comes and how; `Rows` runs it, in a transaction of its own that is open just as
long as somebody reads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import psycopg
from numpy import typing as npt
from psycopg import sql

from everlearn.core import arrow_out
from everlearn.core.arrow_out import BATCH_ROWS, Column, Kind, library, pyarrow
from everlearn.core.errors import EverlearnError, Invalid

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: Endings of files that `Rows.write` writes.
ENDINGS = (".parquet", ".arrow", ".csv")
_DASHES = (8, 13, 18, 23)  # places of the dashes in a uuid's text


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reading gives, and how.

    Attributes:
        schema: Arrow schema of the batches.
        batches: (transaction, rows a batch) -> record batches.
        explain: one line for each step or column: how it is read, and why so.
        count: transaction -> how many rows there will be, for a progress bar; None when unknown.
        writes: whether reading may write (new words get their codes), so that it needs the primary.
    """

    schema: Any
    batches: Callable[[Tx, int], Iterator[Any]]
    explain: tuple[dict[str, str], ...] = ()
    count: Callable[[Tx], int] | None = None
    writes: bool = False


def plan_of(
    query: sql.Composable,
    columns: Sequence[Column],
    *,
    order: Sequence[str] = (),
    explain: tuple[dict[str, str], ...] = (),
    count: Callable[[Tx], int] | None = None,
) -> Plan:
    """Give the plan that streams a query; see `arrow_out.batches`.

    Args:
        query: see there.
        columns: see there.
        order: names of the columns as they are given; as they come when left out.
        explain: see `Plan`.
        count: see `Plan`.
    """
    schema = arrow_out.schema(columns)
    names = list(order or schema.names)

    def stream(tx: Tx, rows: int) -> Iterator[Any]:
        for batch in arrow_out.batches(tx, query, columns, rows=rows):
            yield batch.select(names)

    chosen = pyarrow().schema([schema.field(name) for name in names])
    return Plan(chosen, stream, explain, count)


@dataclass(frozen=True, slots=True)
class Offered:
    """A column that a bulk read can give.

    Attributes:
        kind: see `arrow_out.Column`; a whole number's width and a time's zone are part of it.
        expression: SQL, in terms of the tables that the query reads.
        null: whether it may be NULL; what never is, and has a fixed width, is read quickest.
    """

    kind: Kind
    expression: sql.Composable
    null: bool = True


def choose(columns: Sequence[str] | None, offered: Mapping[str, Offered]) -> list[str]:
    """Give the names of the columns asked for, in the order asked; all when None.

    Raises:
        Invalid: one that is not offered, the same one twice, or none at all.
    """
    if columns is None:
        return list(offered)
    names = [columns] if isinstance(columns, str) else list(columns)
    if not names:
        raise Invalid("no column is asked for", field="columns", allowed=list(offered))
    for place, name in enumerate(names):
        if name not in offered:
            msg = f"there is no column {name!r}"
            hint = f"there are {', '.join(offered)}"
            raise Invalid(msg, field="columns", hint=hint, allowed=list(offered))
        if name in names[:place]:
            raise Invalid(f"column {name!r} is asked for twice", field="columns")
    return names


def selected(
    names: Sequence[str], offered: Mapping[str, Offered]
) -> tuple[sql.Composed, list[Column]]:
    """Give the SELECT list of these columns, each by its name, and what comes of it.

    What is read quickest comes first: give the names to `plan_of` as its `order`.
    """
    varying = {"text", "json", "i8[]"}
    quick = [n for n in names if not offered[n].null and offered[n].kind not in varying]
    ordered = quick + [n for n in names if n not in quick]
    parts = [
        sql.SQL("{} AS {}").format(offered[name].expression, sql.Identifier(name))
        for name in ordered
    ]
    return sql.SQL(", ").join(parts), [Column(name, offered[name].kind) for name in ordered]


def check_span(since: datetime | None, until: datetime | None) -> None:
    """Refuse a span of time that has no zone, or ends before it begins.

    Raises:
        Invalid: it names `since` or `until`.
    """
    for field, at in (("since", since), ("until", until)):
        if at is None:
            continue
        if not isinstance(at, datetime):
            msg = f"{field} is a datetime, not {type(at).__name__}"
            raise Invalid(msg, field=field, hint="as in datetime(2026, 3, 2, tzinfo=UTC)")
        if at.utcoffset() is None:
            msg = f"{field} has no time zone: {at.isoformat()}"
            raise Invalid(msg, field=field, hint="as in datetime(2026, 3, 2, tzinfo=UTC)")
    if since is not None and until is not None and since >= until:
        msg = f"until, {until.isoformat()}, is not after since, {since.isoformat()}"
        raise Invalid(msg, field="until")


def counter(query: sql.Composed) -> Callable[[Tx], int]:
    """Give a `Plan.count` that asks a query for one number."""

    def count(tx: Tx) -> int:
        found = tx.driver.execute(query).fetchone()
        return int(found[0] or 0) if found else 0

    return count


class Rows:
    """Rows that are read when they are asked for, each time anew.

    Whatever knows Arrow's C stream (polars, DuckDB, pyarrow) takes it as it is.
    """

    def __init__(self, plan: Plan, open_tx: Callable[[], AbstractContextManager[Tx]]) -> None:
        """Keep the plan, and how to open the transaction that it is read in."""
        self._plan, self._open = plan, open_tx

    @property
    def schema(self) -> Any:
        """Give the Arrow schema."""
        return self._plan.schema

    def explain(self) -> list[dict[str, str]]:
        """Say how each part is read: where (`how`), and `why`."""
        return [dict(line) for line in self._plan.explain]

    def count(self) -> int | None:
        """Give how many rows there are now; None when only reading tells."""
        count = self._plan.count
        if count is None:
            return None
        with self._open() as tx:
            return tx.retried(lambda: count(tx))

    def batches(self, rows: int = BATCH_ROWS) -> Generator[Any, None, None]:
        """Give Arrow record batches while they arrive; about one of them is in memory.

        Closing it ends the query. A replica that fails before the first batch is left for the
        primary, unseen; one that fails later ends the reading with an error.

        Args:
            rows: of a batch, at most; from 1.
        """
        if rows < 1:
            msg = "a batch has at least one row"
            raise Invalid(msg, field="rows")
        return self._stream(rows)

    def _stream(self, rows: int) -> Generator[Any, None, None]:
        given = False
        with self._open() as tx:
            try:
                for batch in self._plan.batches(tx, rows):
                    given = True
                    yield batch
            except (psycopg.Error, EverlearnError) as error:
                # Of what somebody has a part of already, the rest would be of another snapshot.
                if given or not tx.leaves_replica(error):
                    raise
            else:
                return
            yield from self._plan.batches(tx, rows)

    def __iter__(self) -> Iterator[Any]:
        """Give Arrow record batches."""
        return self.batches()

    def reader(self, rows: int = BATCH_ROWS) -> Any:
        """Give a pyarrow.RecordBatchReader."""
        return pyarrow().RecordBatchReader.from_batches(self.schema, self.batches(rows))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give Arrow's C stream."""
        return self.reader().__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> Any:
        """Give a pyarrow.Table."""
        return pyarrow().Table.from_batches(list(self), schema=self.schema)

    def to_pandas(self, **options: Any) -> Any:
        """Give a pandas.DataFrame; uuids are texts, words are categories.

        Args:
            options: of pyarrow.Table.to_pandas.
        """
        library("pandas", "pip install pandas")
        return plain(self.to_arrow()).to_pandas(**options)

    def to_polars(self) -> Any:
        """Give a polars.DataFrame; uuids are texts, words are categories."""
        return library("polars", "pip install polars").from_arrow(plain(self.to_arrow()))

    def to_numpy(self) -> dict[str, npt.NDArray[Any]]:
        """Give name -> array; numbers without NULL are handed over without a copy a batch."""
        table = plain(self.to_arrow())
        return {
            name: _undictionaried(column).to_numpy(zero_copy_only=False)
            for name, column in zip(table.column_names, table.columns, strict=True)
        }

    def write(self, path: str | Path, *, done: Callable[[int], None] | None = None) -> int:
        """Write a file of Parquet (zstd), Arrow IPC or CSV, by the name's ending; give the rows.

        The file is there when it is whole: until then it has another name.

        Args:
            path: ends in .parquet, .arrow or .csv.
            done: called with the number of rows after each batch.
        """
        target = Path(path)
        if target.suffix not in ENDINGS:
            msg = f"{target.name} ends in none of {', '.join(ENDINGS)}"
            raise Invalid(msg, field="path")
        if not target.parent.is_dir():
            msg = f"there is no folder {target.parent}"
            raise Invalid(msg, field="path", hint="make it first")
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        total = 0
        try:
            with part.open("wb") as file, writer(file, self.schema, target.suffix) as out:
                for batch in self:
                    out.write_batch(plain(batch))
                    total += batch.num_rows
                    if done:
                        done(total)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return total


def _undictionaried(column: Any) -> Any:
    """Give words themselves: of a dictionary without any, pyarrow makes no numpy array."""
    dictionary = pyarrow().types.is_dictionary(column.type)
    return column.cast(column.type.value_type) if dictionary else column


def writer(file: IO[bytes], schema: Any, ending: str) -> Any:
    """Give the pyarrow writer of a file, by the ending of its name."""
    shown = plain_schema(schema)
    if ending == ".parquet":
        return pyarrow("parquet").ParquetWriter(file, shown, compression="zstd")
    if ending == ".csv":
        return pyarrow("csv").CSVWriter(file, shown)
    return pyarrow("ipc").new_file(file, shown)


def plain_schema(schema: Any) -> Any:
    """Give the schema that `plain` makes of one."""
    pa = pyarrow()
    return pa.schema([pa.field(f.name, pa.string()) if f.type == pa.uuid() else f for f in schema])


def plain(rows: Any) -> Any:
    """Give a table or batch with uuids as texts, for whatever does not know Arrow's uuid."""
    pa = pyarrow()
    columns = []
    for column in rows.columns:
        if column.type != pa.uuid():
            columns.append(column)
        elif isinstance(column, pa.ChunkedArray):
            columns.append(pa.chunked_array([_texts(c) for c in column.chunks], pa.string()))
        else:
            columns.append(_texts(column))
    return type(rows).from_arrays(columns, schema=plain_schema(rows.schema))


def _texts(ids: Any) -> Any:
    """Write uuids as texts, all at once."""
    pa = pyarrow()
    storage = ids.storage
    held, data = storage.buffers()
    if storage.offset:
        storage = pa.concat_arrays([storage])
        held, data = storage.buffers()
    n = len(storage)
    raw = np.frombuffer(data, dtype=np.uint8, count=16 * n).reshape(n, 16)
    digits = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    text = np.empty((n, 36), dtype=np.uint8)
    text[:, _DASHES] = ord("-")
    places = [i for i in range(36) if i not in _DASHES]
    text[:, places[0::2]] = digits[raw >> 4]
    text[:, places[1::2]] = digits[raw & 15]
    ends = np.arange(n + 1, dtype=np.int32) * 36
    return pa.Array.from_buffers(
        pa.string(), n, [held, pa.py_buffer(ends), pa.py_buffer(text)], storage.null_count
    )
