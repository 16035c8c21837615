"""Rows as Parquet and back, every type of column, in batches.

What Arrow has a type for keeps its type, so that analysts can read the files; the rest is
PostgreSQL's own text, which it reads back exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import sql

from everlearn.modules.operations.service.store import needs_extra

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

BATCH = 20_000
_DECIMAL_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table in the database, and how it travels.

    Attributes:
        kind: its type in PostgreSQL.
        generated: computed by the database, so it is written but not read back.
        select: what is selected of it, `{}` standing for its name.
        arrow: its type in the file.
        back: what a value of the file becomes before PostgreSQL reads it.
    """

    name: str
    kind: str
    generated: bool
    select: str
    arrow: Any
    back: Callable[[Any], Any] | None = None


def arrow() -> Any:
    """Give the library, or the error that says how to install it."""
    try:
        library = import_module("pyarrow")
        import_module("pyarrow.parquet")  # an attribute of it from here on
    except ImportError:
        raise needs_extra("pyarrow") from None
    return library


def columns_of(tx: Tx, table: str) -> list[Column]:
    """Read a table's columns from the catalog."""
    query = (
        "SELECT attname AS name, format_type(atttypid, atttypmod) AS kind,"
        " attgenerated <> '' AS generated"
        " FROM pg_attribute WHERE attrelid = to_regclass(:table) AND attnum > 0"
        " AND NOT attisdropped ORDER BY attnum"
    )
    return [
        Column(row.name, row.kind, row.generated, *_form(row.kind))
        for row in tx.execute(query, {"table": table})
    ]


def _form(kind: str) -> tuple[str, Any, Callable[[Any], Any] | None]:
    lib = arrow()
    element = kind.removesuffix("[]")
    plain = _plain(lib)
    if kind in plain:
        return "{}", plain[kind], None
    if kind == "uuid":
        return "uuid_send({})", lib.uuid(), None
    if element != kind and element in plain:
        return "{}", lib.list_(plain[element]), None
    if kind == "uuid[]":
        return "{}::text[]", lib.list_(lib.string()), None
    if re.fullmatch(r"vector(\(\d+\))?", kind):
        return "{}::real[]", lib.list_(lib.float32()), _vector
    if found := re.fullmatch(r"numeric\((\d+),(\d+)\)", kind):
        digits, scale = map(int, found.groups())
        if digits <= _DECIMAL_DIGITS:
            return "{}", lib.decimal128(digits, scale), None
    return "{}::text", lib.string(), None


def _plain(lib: Any) -> dict[str, Any]:
    return {
        "bigint": lib.int64(),
        "boolean": lib.bool_(),
        "bytea": lib.binary(),
        "date": lib.date32(),
        "double precision": lib.float64(),
        "integer": lib.int32(),
        "real": lib.float32(),
        "smallint": lib.int16(),
        "text": lib.string(),
        "timestamp with time zone": lib.timestamp("us", tz="UTC"),
    }


def _vector(value: Sequence[float]) -> str:
    return f"[{','.join(map(repr, value))}]"


def write(tx: Tx, path: Path, columns: Sequence[Column], rows: sql.Composable) -> int:
    """Write what a query's FROM and what follows it give; give the number of rows.

    Args:
        tx: transaction; the rows are read through a cursor, a batch at a time.
        path: file to write.
        columns: what is selected.
        rows: from FROM on.
    """
    lib = arrow()
    fields = [
        lib.field(column.name, column.arrow, metadata={"postgres": column.kind})
        for column in columns
    ]
    schema = lib.schema(fields)
    picked = sql.SQL(", ").join(
        sql.SQL(column.select).format(sql.Identifier("t", column.name)) for column in columns
    )
    query = sql.SQL("SELECT {} {}").format(picked, rows)
    count = 0
    with (
        lib.parquet.ParquetWriter(path, schema, compression="zstd") as writer,
        tx.driver.cursor(name="everlearn_archive") as cursor,
    ):
        cursor.execute(query, binary=True)
        while batch := cursor.fetchmany(BATCH):
            count += len(batch)
            arrays = [
                _array(lib, [row[i] for row in batch], field.type) for i, field in enumerate(fields)
            ]
            writer.write_table(lib.Table.from_arrays(arrays, schema=schema), row_group_size=BATCH)
    return count


def _array(lib: Any, values: list[Any], kind: Any) -> Any:
    if isinstance(kind, lib.BaseExtensionType):
        storage = lib.array(values, kind.storage_type)
        return lib.ExtensionArray.from_storage(kind, storage)
    return lib.array(values, kind)


def read(path: Path, columns: Sequence[Column]) -> Iterator[list[Any]]:
    """Give a file's rows, the generated columns left out, as values that COPY takes."""
    lib = arrow()
    wanted = [column for column in columns if not column.generated]
    with lib.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH, columns=[column.name for column in wanted]):
            found = [_values(batch.column(column.name).to_pylist(), column) for column in wanted]
            yield from map(list, zip(*found, strict=True))


def _values(values: list[Any], column: Column) -> list[Any]:
    if column.back is None:
        return values
    return [None if value is None else column.back(value) for value in values]
