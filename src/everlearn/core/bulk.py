"""Many rows at once: COPY BINARY in, COPY BINARY out, in the transaction of the caller.

COPY straight into a table with row-level security is refused for the app role, so rows go into a
temporary table and from there by INSERT .. SELECT, where policies, checks and ON CONFLICT hold. The
encoder is ours because the bulk libraries open a connection, and so a transaction, of their own.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import psycopg
from psycopg import sql
from sqlalchemy.exc import DBAPIError

from everlearn.core.db_errors import translate
from everlearn.core.errors import Bug, Invalid

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_NULL = struct.pack(">i", -1)
_PG_EPOCH_US = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIXED = {
    "double precision": ">f8",
    "real": ">f4",
    "integer": ">i4",
    "bigint": ">i8",
    "smallint": ">i2",
}
_ELEMENTS = {"double precision[]": (701, ">f8"), "real[]": (700, ">f4"), "bigint[]": (20, ">i8")}

# The six characters of a JSON escape for NUL, unless its backslash is itself escaped.
_JSON_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
#: Marks of scalar columns in `read_matrix`, and how they arrive.
_SCALAR_CODES = {"f8": ">f8", "i8": ">i8", "i4": ">i4", "ts": ">i8", "uuid": "V16"}
#: Marks of array columns in `read_matrix`.
_ARRAY_CODES = {"f4": ">f4", "f8": ">f8", "i8": ">i8"}

Columns = Mapping[str, Sequence[Any] | np.ndarray[Any, Any]]


def stage(tx: Tx, like: str, columns: Columns) -> sql.Identifier:
    """COPY columns into a temporary table shaped like `like`, emptied at commit.

    Args:
        tx: transaction.
        like: schema-qualified table whose column types are taken.
        columns: name -> values; all of one length. None is NULL. Numeric arrays may be numpy;
            an array column may be a numpy matrix, shape (rows, elements).

    Returns:
        The temporary table's name, for `INSERT .. SELECT`.

    Raises:
        Invalid: a text holds the character NUL, or half a character, which PostgreSQL cannot store.
    """
    names = list(columns)
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        msg = f"columns of different lengths: {lengths}"
        raise Bug(msg)
    schema, table = like.split(".")
    target = sql.Identifier(f"stage_{schema}_{table}"[:63])
    fields = sql.SQL(", ").join(map(sql.Identifier, names))
    with _translated(), tx.driver.cursor() as cursor:
        # AS SELECT, not LIKE: the columns come without NOT NULL, since only some are staged.
        cursor.execute(
            sql.SQL(
                "CREATE TEMP TABLE IF NOT EXISTS {} ON COMMIT DELETE ROWS"
                " AS SELECT * FROM {} WITH NO DATA"
            ).format(target, sql.Identifier(schema, table))
        )
        cursor.execute(sql.SQL("DELETE FROM {}").format(target))
        types = _column_types(cursor, like, names)
        encoded = [_encode(columns[name], types[name], name) for name in names]
        row = struct.pack(">h", len(names))
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(target, fields)
        with cursor.copy(statement) as copy:
            copy.write(_HEADER)
            if any(lengths.values()):
                copy.write(b"".join(chain.from_iterable(zip(repeat(row), *encoded, strict=False))))
            copy.write(_TRAILER)
    return target


def insert_many(tx: Tx, table: str, columns: Columns, *, skip_existing: bool = False) -> int:
    """Insert rows given as columns; give how many were new.

    Args:
        tx: transaction.
        table: schema-qualified table.
        columns: see `stage`. The tenant is filled in by the column's default.
        skip_existing: leave rows alone whose key is there already, instead of raising Duplicate.
    """
    if not columns or not len(next(iter(columns.values()))):
        return 0
    staged = stage(tx, table, columns)
    fields = sql.SQL(", ").join(map(sql.Identifier, columns))
    conflict = sql.SQL(" ON CONFLICT DO NOTHING" if skip_existing else "")
    with _translated(), tx.driver.cursor() as cursor:
        cursor.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}{}").format(
                sql.Identifier(*table.split(".")), fields, fields, staged, conflict
            )
        )
        return cursor.rowcount


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the driver's errors into ours: here they do not pass through SQLAlchemy."""
    try:
        yield
    except psycopg.Error as error:
        raise translate(DBAPIError(None, None, error)) from error


#: Types of the columns that this process wrote to: (server, database, table) -> name -> type.
_types: dict[tuple[Any, ...], dict[str, str]] = {}


def _column_types(cursor: Any, table: str, names: Sequence[str]) -> dict[str, str]:
    info = cursor.connection.info
    key = (info.host, info.port, info.dbname, table)
    known = _types.get(key, {})
    if not known.keys() >= set(names):  # never asked, or a migration added a column since
        cursor.execute(
            "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            (table,),
        )
        known = _types[key] = dict(cursor.fetchall())
    return known


def _encode(values: Any, kind: str, name: str) -> Iterable[bytes]:
    if isinstance(values, np.ndarray):
        if kind in _ELEMENTS and values.ndim == 2:
            return _matrix(values, *_ELEMENTS[kind])
        if kind == "timestamp with time zone":
            return _fixed(values.astype("datetime64[us]").astype(np.int64) - _PG_EPOCH_US, ">i8")
        if kind == "uuid" and values.dtype == np.dtype("V16"):
            return _fixed(values, "V16")
    if kind in _FIXED:
        return _fixed(values, _FIXED[kind])
    if kind in _ELEMENTS:
        return [_NULL if row is None else _one_array(row, *_ELEMENTS[kind]) for row in values]
    if kind not in _SCALARS:
        msg = f"column {name} has type {kind}, which bulk writing does not know"
        raise Bug(msg)
    one, out = _SCALARS[kind], []
    for position, value in enumerate(values):
        if value is None:
            out.append(_NULL)
            continue
        try:
            data = one(value)
        except ValueError as error:
            raise Invalid(str(error), field=f"{name}[{position}]") from error
        out.append(struct.pack(">i", len(data)) + data)
    return out


def _fixed(values: Any, code: str) -> Iterable[bytes]:
    null = None
    if not isinstance(values, np.ndarray):
        null = [value is None for value in values]
        values = [0 if value is None else value for value in values] if any(null) else values
    array = np.asarray(values)
    size = np.dtype(code).itemsize
    record = np.empty(len(array), dtype=[("size", ">i4"), ("value", code)])
    record["size"], record["value"] = size, array
    data = record.tobytes()
    step = size + 4
    cells = [data[i : i + step] for i in range(0, len(data), step)]
    if null is not None and any(null):
        cells = [_NULL if gone else cell for gone, cell in zip(null, cells, strict=True)]
    return cells


def _matrix(values: np.ndarray[Any, Any], oid: int, code: str) -> Iterable[bytes]:
    n_rows, n = values.shape
    size = np.dtype(code).itemsize
    record = np.empty(values.shape, dtype=[("size", ">i4"), ("value", code)])
    record["size"], record["value"] = size, values
    data, step = record.tobytes(), n * (size + 4)
    body = struct.pack(">iiiii", 1, 0, oid, n, 1) if n else struct.pack(">iii", 0, 0, oid)
    head = struct.pack(">i", len(body) + step) + body
    return [head + data[i * step : (i + 1) * step] for i in range(n_rows)]


def _one_array(values: Sequence[float], oid: int, code: str) -> bytes:
    return next(iter(_matrix(np.asarray(values).reshape(1, -1), oid, code)))


def _text(value: Any) -> bytes:
    try:
        data = str(value).encode()
    except UnicodeEncodeError as error:
        msg = "the text holds half a character (a lone surrogate), which is no Unicode"
        raise ValueError(msg) from error
    if b"\0" in data:
        msg = "the text holds the character NUL, which PostgreSQL cannot store"
        raise ValueError(msg)
    return data


def text_array_bytes(values: Sequence[str | None]) -> bytes:
    """Give a text[] as COPY takes it, without its size."""
    parts = [struct.pack(">iiiii", 1, int(any(v is None for v in values)), 25, len(values), 1)]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            data = _text(value)
            parts.append(struct.pack(">i", len(data)) + data)
    return b"".join(parts) if values else struct.pack(">iii", 0, 0, 25)


def _timestamp(value: datetime) -> bytes:
    since = value - _UNIX_EPOCH
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return struct.pack(">q", microseconds - _PG_EPOCH_US)


def _json(value: Any) -> bytes:
    data = value if isinstance(value, bytes) else json.dumps(value, allow_nan=False).encode()
    # The plain search first: the expression is only needed for what may be a doubled backslash.
    if b"\0" in data or (b"\\u0000" in data and _JSON_NUL.search(data)):
        msg = "the JSON holds the character NUL, which PostgreSQL cannot store"
        raise ValueError(msg)
    return b"\x01" + data


_SCALARS: dict[str, Any] = {
    "uuid": lambda value: (value if isinstance(value, UUID) else UUID(str(value))).bytes,
    "text": _text,
    "boolean": lambda value: b"\x01" if value else b"\x00",
    "timestamp with time zone": _timestamp,
    "jsonb": _json,
    "bytea": bytes,
    "text[]": text_array_bytes,
}


def read_matrix(
    tx: Tx,
    query: sql.Composable,
    *,
    scalars: Sequence[str],
    arrays: Mapping[str, int] | None = None,
) -> dict[str, np.ndarray[Any, Any]]:
    """Read a query's rows as numpy columns, without making a Python object of any value.

    Args:
        tx: transaction.
        query: SELECT whose columns are first the `scalars`, then the `arrays`, none of them NULL;
            compose values in with `sql.Literal`.
        scalars: names of columns, each marked ``name:type`` with type one of f8 (double
            precision), i8 (bigint), i4 (integer), ts (timestamptz, given as microseconds since
            1970, int64) or uuid (given as 16 raw bytes, dtype V16).
        arrays: ``name:type`` of an array column with type one of f4, f8, i8 (f4 when left out) ->
            its number of elements, the same in every row.

    Returns:
        name -> array of shape (rows,), or (rows, elements) for an array column.

    Raises:
        Bug: a NULL, or an array of another length.
    """
    kinds = dict(item.split(":") for item in scalars)
    shapes = {
        name: (kind or "f4", n)
        for (name, _, kind), n in ((item.partition(":"), n) for item, n in (arrays or {}).items())
    }
    if not shapes:
        return tx.retried(lambda: _read_columns(tx, query, kinds))
    dtype = _row_type(kinds, shapes)
    buffer = tx.retried(lambda: _read_rows(tx, query))
    body = memoryview(buffer)[len(_HEADER) : len(buffer) - len(_TRAILER)]
    record = np.frombuffer(body, dtype=dtype) if len(body) % dtype.itemsize == 0 else None
    if record is None or not _as_promised(record, kinds, shapes):
        msg = f"rows are not all {dtype.itemsize} bytes: a NULL, or an array of another length"
        raise Bug(msg)
    out: dict[str, np.ndarray[Any, Any]] = {}
    for name, kind in kinds.items():
        values = record[name]
        out[name] = values.copy() if kind == "uuid" else values.astype(_SCALAR_CODES[kind][1:])
        if kind == "ts":
            out[name] += _PG_EPOCH_US
    for name, (kind, n) in shapes.items():
        native = _ARRAY_CODES[kind][1:]
        out[name] = (
            record[name]["value"].astype(native) if n else np.empty((record.size, 0), native)
        )
    return out


def _read_rows(tx: Tx, query: sql.Composable) -> bytearray:
    buffer = bytearray()
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(query)
    with _translated(), tx.driver.cursor() as cursor, cursor.copy(statement) as copy:
        for data in copy:
            buffer += data
    return buffer


def _read_columns(
    tx: Tx, query: sql.Composable, kinds: Mapping[str, str]
) -> dict[str, np.ndarray[Any, Any]]:
    """Read scalar columns as one row of arrays: a third of COPY's cost, which is paid per row."""
    names = sql.SQL(", ").join(map(sql.Identifier, kinds))
    arrays = sql.SQL(", ").join(sql.SQL("array_agg({})").format(sql.Identifier(n)) for n in kinds)
    with _translated(), tx.driver.cursor(binary=True) as cursor:
        cursor.execute(sql.SQL("SELECT {} FROM ({}) AS found ({})").format(arrays, query, names))
        result = cursor.pgresult
        assert result is not None  # noqa: S101 - a SELECT has one
        cells = [result.get_value(0, i) for i in range(len(kinds))]
    out: dict[str, np.ndarray[Any, Any]] = {}
    for (name, kind), cell in zip(kinds.items(), cells, strict=True):
        dtype = np.dtype([("size", ">i4"), ("value", _SCALAR_CODES[kind])])
        # NULL when there is no row; else dimensions, has-NULL, type, length, lower bound, elements.
        if cell is not None and (
            struct.unpack_from(">i", cell, 4)[0] or (len(cell) - 20) % dtype.itemsize
        ):
            msg = f"column {name} holds a NULL, or is no {kind}"
            raise Bug(msg)
        values = np.frombuffer(cell or b"", dtype=dtype, offset=20 if cell else 0)["value"]
        out[name] = values.copy() if kind == "uuid" else values.astype(_SCALAR_CODES[kind][1:])
        if kind == "ts":
            out[name] += _PG_EPOCH_US
    return out


def _row_type(kinds: Mapping[str, str], shapes: Mapping[str, tuple[str, int]]) -> np.dtype[np.void]:
    fields: list[Any] = [("fields", ">i2")]
    for name, kind in kinds.items():
        fields += [(f"{name}.size", ">i4"), (name, _SCALAR_CODES[kind])]
    for name, (kind, n) in shapes.items():
        # Size, dimensions, has-NULL, element type; and length and lower bound unless it is empty.
        fields.append((f"{name}.head", ">i4", (6,) if n else (4,)))
        if n:
            fields.append((name, [("size", ">i4"), ("value", _ARRAY_CODES[kind])], (n,)))
    return np.dtype(fields)


def _as_promised(
    record: np.ndarray[Any, Any], kinds: Mapping[str, str], shapes: Mapping[str, tuple[str, int]]
) -> bool:
    """Tell whether every size that PostgreSQL wrote is the one that was expected."""
    fits = bool((record["fields"] == len(kinds) + len(shapes)).all())
    for name in kinds:
        fits = fits and bool((record[f"{name}.size"] == record.dtype[name].itemsize).all())
    for name, (kind, n) in shapes.items():
        size = np.dtype(_ARRAY_CODES[kind]).itemsize
        head = record[f"{name}.head"]
        fits = fits and bool((head[:, 0] == (20 + n * (4 + size) if n else 12)).all())
        if n:
            fits = fits and bool((head[:, 4] == n).all())
            fits = fits and bool((record[name]["size"] == size).all())
    return fits
