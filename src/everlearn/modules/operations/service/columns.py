"""A table's columns on their way from PostgreSQL to Arrow and back, a batch at a time.

Rows leave as CSV, which PostgreSQL writes and pyarrow parses without an object for any value. What
Arrow has a type for keeps its type; the rest is PostgreSQL's own text, which it reads back exactly.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from psycopg import sql

from everlearn.modules.operations.service.store import needs_extra

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: Rows of a batch, and of a row group of a file; fewer where rows are large.
ROWS = 122_880
_BYTES = 64 << 20
_DECIMAL_DIGITS = 38

_COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS kind,
  a.attgenerated <> '' AS generated,
  CASE WHEN a.attgenerated <> '' THEN (SELECT o.attname FROM pg_attribute o
    WHERE o.attrelid = a.attrelid AND o.attnum > 0 AND o.atttypid = a.atttypid
      AND quote_ident(o.attname) = pg_get_expr(d.adbin, d.adrelid)) END AS same_as
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = to_regclass(:table) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table in the database.

    Attributes:
        kind: its type in PostgreSQL.
        generated: computed by the database, so it is written but not read back.
        same_as: the column that a generated one repeats, if it does only that.
    """

    name: str
    kind: str
    generated: bool = False
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class Travel:
    """How values of a type go.

    Attributes:
        select: what is selected of a column, `{}` standing for its name.
        arrives: type that pyarrow reads from the CSV.
        arrow: type that it has then.
        made: how the one becomes the other; a cast when it is None.
    """

    select: str
    arrives: Any
    arrow: Any
    made: Callable[[Any], Any] | None = None


def arrow() -> Any:
    """Give the library, or the error that says how to install it."""
    try:
        library = import_module("pyarrow")
        import_module("pyarrow.compute")  # attributes of it from here on
        import_module("pyarrow.csv")
        import_module("pyarrow.parquet")
    except ImportError:
        raise needs_extra("pyarrow") from None
    return library


def columns_of(tx: Tx, table: str) -> list[Column]:
    """Read a table's columns from the catalog."""
    return [
        Column(row.name, row.kind, row.generated, row.same_as)
        for row in tx.execute(_COLUMNS, {"table": table})
    ]


def travel(kind: str) -> Travel:  # noqa: PLR0911 - one flat list of types
    """Say how values of a PostgreSQL type go."""
    lib = arrow()
    text = lib.string()
    plain = _plain(lib)
    element = kind.removesuffix("[]")
    if kind in plain:
        return Travel("{}", plain[kind], plain[kind])
    if kind == "timestamp with time zone":
        micros = "(extract(epoch FROM {}) * 1000000)::bigint"
        return Travel(micros, lib.int64(), lib.timestamp("us", tz="UTC"))
    if kind == "date":
        return Travel("({} - DATE '1970-01-01')", lib.int32(), lib.date32())
    if kind == "uuid":
        return Travel("{}", text, lib.uuid(), _uuids)
    if kind == "bytea":
        return Travel("encode({}, 'hex')", text, lib.binary(), _bytes)
    if element != kind and element in plain:
        made = lib.list_(plain[element])
        return Travel("array_to_json({})", text, made, lambda values: _lists(values, made))
    if re.fullmatch(r"vector(\(\d+\))?", kind):
        made = lib.list_(lib.float32())
        return Travel("array_to_json({}::real[])", text, made, lambda values: _lists(values, made))
    if found := re.fullmatch(r"numeric\((\d+),(\d+)\)", kind):
        digits, scale = map(int, found.groups())
        if digits <= _DECIMAL_DIGITS:
            return Travel("{}", text, lib.decimal128(digits, scale))
    return Travel("{}::text", text, text)


def _plain(lib: Any) -> dict[str, Any]:
    return {
        "bigint": lib.int64(),
        "boolean": lib.bool_(),
        "double precision": lib.float64(),
        "integer": lib.int32(),
        "real": lib.float32(),
        "smallint": lib.int16(),
        "text": lib.string(),
    }


@dataclass(frozen=True, slots=True)
class Pick:
    """One thing that is selected: its name in Arrow, the SQL of it, and how it travels."""

    name: str
    select: sql.Composable
    travel: Travel


def pick(column: Column) -> Pick:
    """Select a column as it is."""
    how = travel(column.kind)
    return Pick(column.name, sql.SQL(how.select).format(sql.Identifier("t", column.name)), how)


def read_batches(tx: Tx, picks: Sequence[Pick], rows: sql.Composable) -> Iterator[Any]:
    """Give the picked things of rows as Arrow tables.

    Args:
        tx: transaction.
        picks: what is selected, at least one.
        rows: the rest of the query, from FROM on; its rows are called `t`.
    """
    listed = sql.SQL(", ").join(each.select for each in picks)
    query = sql.SQL("COPY (SELECT {} {}) TO STDOUT (FORMAT csv)").format(listed, rows)
    with tx.driver.cursor() as cursor, cursor.copy(query) as copy:
        held: list[bytes] = []
        size = 0
        for row in copy:
            held.append(bytes(row))
            size += len(row)
            if len(held) == ROWS or size > _BYTES:
                yield _parsed(picks, held)
                held, size = [], 0
        if held:
            yield _parsed(picks, held)


def _parsed(picks: Sequence[Pick], rows: list[bytes]) -> Any:
    lib = arrow()
    data = b"".join(rows)
    table = lib.csv.read_csv(
        lib.BufferReader(data),
        lib.csv.ReadOptions(
            column_names=[each.name for each in picks], block_size=len(data) + 1, use_threads=False
        ),
        lib.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        lib.csv.ConvertOptions(
            column_types={each.name: each.travel.arrives for each in picks},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )
    arrays = [
        arrived(each.travel, table.column(i).combine_chunks()) for i, each in enumerate(picks)
    ]
    return lib.Table.from_arrays(arrays, names=[each.name for each in picks])


def arrived(how: Travel, values: Any) -> Any:
    """Give what came as CSV in its own type."""
    if how.made is not None:
        return how.made(values)
    return values if values.type == how.arrow else values.cast(how.arrow)


def _uuids(values: Any) -> Any:
    lib = arrow()
    storage = unhexed(values, 16, dashes=True)
    return lib.ExtensionArray.from_storage(lib.uuid(), storage)


def unhexed(values: Any, width: int, *, dashes: bool = False) -> Any:
    """Make bytes of a fixed width from texts of hexadecimal digits, all of one length."""
    lib = arrow()
    present = values.drop_null()
    joined = "".join(present.to_pylist()) if len(present) else ""
    data = bytes.fromhex(joined.replace("-", "") if dashes else joined)
    return _placed(lib, values, data, width)


def _placed(lib: Any, values: Any, data: bytes, width: int) -> Any:
    """Put the bytes of those that are not NULL into their places."""
    n = len(values)
    kind = lib.binary(width)
    if not values.null_count:
        return lib.FixedSizeBinaryArray.from_buffers(kind, n, [None, lib.py_buffer(data)])
    there = np.asarray(values.is_valid())
    spread = np.zeros((n, width), np.uint8)
    spread[there] = np.frombuffer(data, np.uint8).reshape(-1, width)
    bits = lib.py_buffer(np.packbits(there, bitorder="little").tobytes())
    buffers = [bits, lib.py_buffer(spread.tobytes())]
    return lib.FixedSizeBinaryArray.from_buffers(kind, n, buffers)


def _bytes(values: Any) -> Any:
    found = [None if text is None else bytes.fromhex(text) for text in values.to_pylist()]
    return arrow().array(found, arrow().binary())


def _lists(values: Any, kind: Any) -> Any:
    lib = arrow()
    found = [None if text is None else json.loads(text) for text in values.to_pylist()]
    if lib.types.is_floating(kind.value_type):  # JSON has no words for NaN and the infinities
        found = [row and [float(v) if isinstance(v, str) else v for v in row] for row in found]
    return lib.array(found, kind)


def as_text(values: Any, kind: str) -> Any:
    """Give values of a file as texts that PostgreSQL reads back as they were."""
    lib = arrow()
    type_ = values.type
    if isinstance(type_, lib.BaseExtensionType):
        values, type_ = values.storage, type_.storage_type
    if lib.types.is_fixed_size_binary(type_):
        return hexed(values)
    if lib.types.is_binary(type_):
        return lib.array([None if v is None else f"\\x{v.hex()}" for v in values.to_pylist()])
    if lib.types.is_list(type_):
        opened, closed = "[]" if kind.startswith("vector") else "{}"
        found = [_array(row, opened, closed) for row in values.to_pylist()]
        return lib.array(found, lib.string())
    return values if type_ == lib.string() else values.cast(lib.string())


def hexed(values: Any) -> Any:
    """Give bytes of a fixed width as texts of hexadecimal digits."""
    lib = arrow()
    width = values.type.byte_width
    n = len(values)
    data = values.buffers()[1].slice(values.offset * width, n * width).to_pybytes().hex().encode()
    offsets = np.arange(n + 1, dtype=np.int32) * (2 * width)
    made = lib.StringArray.from_buffers(n, lib.py_buffer(offsets), lib.py_buffer(data))
    return lib.compute.if_else(values.is_valid(), made, None) if values.null_count else made


def _array(row: list[Any] | None, opened: str, closed: str) -> str | None:
    if row is None:
        return None
    return opened + ",".join(map(_element, row)) + closed


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # nan, inf and -inf, which PostgreSQL reads
    return repr(value) if isinstance(value, float) else str(value)
