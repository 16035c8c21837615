"""A query's rows as Arrow record batches: COPY BINARY out, decoded a block at a time by numpy.

The query runs in the caller's transaction, so under its row-level security, and streams: no more
than one block of rows is in memory. No value becomes a Python object; what Arrow and numpy hold
alike is handed over without a copy.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import psycopg
from numpy import typing as npt
from psycopg import sql

from everlearn.core.bulk import _PG_EPOCH_US, _translated
from everlearn.core.errors import Bug, EverlearnError

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

Kind = Literal["f8", "f4", "i8", "i4", "bool", "ts", "uuid", "text", "json", "f4[]", "f8[]", "i8[]"]
#: Rows of a batch: enough that the work for each block does not show, little enough for the cache.
BATCH_ROWS = 16_384
_BATCH_BYTES = 32 << 20  # a batch of wide rows ends here
_HEADER = 19  # bytes of a COPY's signature, flags and extension, before the first row
_TRAILER = 2  # bytes of its last message; a row has two more for each column
_CODES = {
    "f8": ">f8",
    "f4": ">f4",
    "i8": ">i8",
    "i4": ">i4",
    "bool": "u1",
    "ts": ">i8",
    "uuid": "V16",
}
_ELEMENTS = {"f4[]": ">f4", "f8[]": ">f8"}
_HEAD = 20  # bytes of an array before its elements: dimensions, has-NULL, type, length, lower bound
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Null = npt.NDArray[np.bool_] | None


class NotInstalled(EverlearnError):
    """A package that this needs is not installed; install it as the hint says."""

    code = "not_installed"
    http_status = 501
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the query, and what becomes of it.

    Attributes:
        name: in the batches, unless `names` is given.
        kind: f8, f4 (double precision, real), i8, i4 (bigint, integer), bool, ts (timestamptz),
            uuid, text, json (jsonb, given as its text); f4[] and f8[] (arrays of one dimension,
            all of `elements` elements, none of them NULL); i8[] (bigint[], of any length, none of
            the elements NULL).
        elements: of an array.
        names: of an array's elements: each becomes a column of its own.
        words: element's name -> its words by code: the column becomes a dictionary of words, null
            where the code is NaN.
    """

    name: str
    kind: Kind
    elements: int = 0
    names: tuple[str, ...] = ()
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)


def pyarrow(part: str = "") -> Any:
    """Give pyarrow, or a part of it such as `parquet`; raise NotInstalled without the extra."""
    return library(f"pyarrow.{part}" if part else "pyarrow", "pip install 'everlearn[arrow]'")


def library(name: str, install: str) -> Any:
    """Give a module that is not among the required ones.

    Raises:
        NotInstalled: it is not there; `install` is the hint.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        msg = f"this needs the package {name.partition('.')[0]}, which is not installed"
        raise NotInstalled(msg, hint=install) from error


def schema(columns: Sequence[Column]) -> Any:
    """Give the Arrow schema of the batches that `batches` makes of these columns."""
    pa = pyarrow()
    types = {
        "f8": pa.float64(),
        "f4": pa.float32(),
        "i8": pa.int64(),
        "i4": pa.int32(),
        "bool": pa.bool_(),
        "ts": pa.timestamp("us", tz="UTC"),
        "uuid": pa.uuid(),
        "text": pa.string(),
        "json": pa.string(),
        "i8[]": pa.list_(pa.int64()),
    }
    fields = []
    for column in columns:
        if column.kind not in _ELEMENTS:
            fields.append(pa.field(column.name, types[column.kind]))
            continue
        element = types[column.kind.removesuffix("[]")]
        if not column.names:
            fields.append(pa.field(column.name, pa.list_(element, column.elements)))
        for name in column.names:
            words = pa.dictionary(pa.int32(), pa.string()) if name in column.words else element
            fields.append(pa.field(name, words))
    return pa.schema(fields)


def batches(
    tx: Tx, query: sql.Composable, columns: Sequence[Column], *, rows: int = BATCH_ROWS
) -> Iterator[Any]:
    """Run a query and give its rows as Arrow record batches while they arrive.

    Leaving off before the end cancels the query, and with it the transaction.

    Args:
        tx: transaction; nothing else can be asked in it before the last batch.
        query: SELECT of these columns, in this order; compose values in with `sql.Literal`. Fixed
            widths first is quickest.
        columns: what comes.
        rows: of a batch.

    Raises:
        NotInstalled: pyarrow is not there.
        Bug: an array of another length than said, or with a NULL in it.
    """
    made = schema(columns)
    pa = pyarrow()
    for block, lengths in _blocks(tx, query, rows):
        arrays = _decode(pa, block, lengths, columns)
        yield pa.RecordBatch.from_arrays(arrays, schema=made)


def _blocks(tx: Tx, query: sql.Composable, rows: int) -> Iterator[tuple[bytearray, Ints]]:
    """Give the bytes of so many rows at a time, and each row's length."""
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(query)
    with _translated(), tx.driver.cursor() as cursor, cursor.copy(statement) as copy:
        arrived = cursor.connection.pgconn.get_copy_data
        # One buffer, not a list of rows: the garbage collector would look through those again and
        # again, at four times the cost of reading.
        held, lengths, skip = bytearray(), array("q"), _HEADER
        while data := copy.read():
            row = memoryview(data)[skip:]
            skip = 0
            # What is here already is taken without the driver's wait around each row. The last
            # message is no row; after it only the driver may ask, for it learns how the query went.
            while (length := len(row)) > _TRAILER:
                held += row
                lengths.append(length)
                if len(lengths) == rows or len(held) > _BATCH_BYTES:
                    yield held, np.frombuffer(lengths, dtype=np.int64)
                    held, lengths = bytearray(), array("q")
                    break
                found, row = arrived(1)
                if found < 0:
                    _raise(cursor.connection.pgconn)
                if found == 0:
                    break
        if lengths:
            yield held, np.frombuffer(lengths, dtype=np.int64)


def _raise(connection: Any) -> None:
    """Raise the error that a COPY ended with, between two rows."""
    results = []
    while result := connection.get_result():
        results.append(result)
    raise psycopg.errors.error_from_result(results[0])


@dataclass(frozen=True, slots=True)
class _Block:
    """The bytes of some rows, without any between them."""

    pa: Any
    data: bytearray
    body: Bytes
    starts: Ints
    ends: Ints


def _decode(pa: Any, data: bytearray, lengths: Ints, columns: Sequence[Column]) -> list[Any]:
    ends = np.cumsum(lengths)
    block = _Block(pa, data, np.frombuffer(data, dtype=np.uint8), ends - lengths, ends)
    if int(struct.unpack_from(">h", data)[0]) != len(columns):
        msg = f"the query has other than the {len(columns)} columns said"
        raise Bug(msg)
    leading = _leading(block, columns)
    out: list[Any] = []
    at = block.starts + 2
    for column in columns:
        width = _width(column)
        if (
            leading is None
            or column.name not in (leading.dtype.names or ())
            or not (leading[f"{column.name}.size"] == width).all()
        ):
            break  # of varying width, or NULL somewhere: from here on each row has its own places
        out += _arrays(pa, column, leading[column.name], None)
        at += 4 + width
    for column in columns[_done(columns, out) :]:
        size = _gathered(block, at, ">i4").astype(np.int64)
        null = size < 0
        size[null] = 0
        at += 4
        out += _varying(block, column, at, size, null if null.any() else None)
        at += size
    return out


def _done(columns: Sequence[Column], out: Sequence[Any]) -> int:
    """Give how many columns of the query the arrays made so far are of."""
    left, n = len(out), 0
    while left:
        left -= len(columns[n].names) or 1
        n += 1
    return n


def _width(column: Column) -> int:
    """Give the bytes of a column's value, 0 when they vary."""
    if column.kind in _ELEMENTS:
        each = 4 + np.dtype(_ELEMENTS[column.kind]).itemsize
        return _HEAD + each * column.elements if column.elements else 0
    return np.dtype(_CODES[column.kind]).itemsize if column.kind in _CODES else 0


def _value_type(column: Column) -> Any:
    if column.kind not in _ELEMENTS:
        return _CODES[column.kind]
    element = [("size", ">i4"), ("value", _ELEMENTS[column.kind])]
    head = [("dimensions", ">i4"), ("nulls", ">i4"), ("type", ">i4"), ("n", ">i4"), ("low", ">i4")]
    return [*head, ("each", element, (column.elements,))]


def _leading(block: _Block, columns: Sequence[Column]) -> npt.NDArray[Any] | None:
    """Give the fixed widths that all rows begin with as records; None when a row is too short."""
    fields: list[Any] = [("fields", ">i2")]
    for column in columns:
        if not _width(column):
            break
        fields += [(f"{column.name}.size", ">i4"), (column.name, _value_type(column))]
    dtype = np.dtype(fields)
    lengths = block.ends - block.starts
    if len(fields) == 1 or int(lengths.min()) < dtype.itemsize:
        return None
    if (lengths == dtype.itemsize).all():
        return np.frombuffer(block.data, dtype=dtype)
    heads = _cut(block, block.pa.binary(), block.starts, block.starts + dtype.itemsize, None)
    return np.frombuffer(heads.buffers()[2], dtype=dtype, count=lengths.size)


def _cut(block: _Block, kind: Any, starts: Ints, ends: Ints, null: Null) -> Any:
    """Give a part of each row as one Arrow array of texts or bytes.

    Arrow wants them one after another: the parts and the gaps between them are an array already, of
    which every other element is taken.
    """
    pa, n = block.pa, starts.size
    edges = np.empty(2 * n + 1, dtype=np.int32)
    edges[0:-1:2], edges[1::2], edges[-1] = starts, ends, ends[-1]
    data = [None, pa.py_buffer(edges), pa.py_buffer(block.data)]
    whole = pa.Array.from_buffers(kind, 2 * n, data)
    return whole.take(pa.array(np.arange(0, 2 * n, 2, dtype=np.int32), mask=null))


def _gathered(block: _Block, at: Ints, dtype: Any) -> npt.NDArray[Any]:
    """Give the value at each place; where that is NULL, and so behind the end, any other."""
    last = block.body.size - np.dtype(dtype).itemsize
    if last < 0:  # nothing but NULL
        return np.zeros(at.size, dtype)
    # A value at every byte, of which some are taken.
    everywhere: npt.NDArray[Any] = np.ndarray((last + 1,), dtype, block.data, strides=(1,))
    found: npt.NDArray[Any] = everywhere[np.minimum(at, last)]
    return found


def _varying(block: _Block, column: Column, at: Ints, size: Ints, null: Null) -> list[Any]:
    """Give a column whose places differ from row to row."""
    if column.kind in {"text", "json"}:
        # jsonb comes with a version byte before its text.
        skip = np.minimum(size, 1) if column.kind == "json" else 0
        return [_cut(block, block.pa.string(), at + skip, at + size, null)]
    if column.kind == "i8[]":
        return [_lists(block, column, at, size, null)]
    width = _width(column)
    if not (size[~null] == width if null is not None else size == width).all():
        msg = f"column {column.name} is no {column.kind} of {width} bytes"
        raise Bug(msg)
    values = _gathered(block, at, _value_type(column))
    return _arrays(block.pa, column, values, null)


def _lists(block: _Block, column: Column, at: Ints, size: Ints, null: Null) -> Any:
    """Give arrays of any length as an Arrow array of lists."""
    pa, cell = block.pa, np.dtype([("size", ">i4"), ("value", ">i8")])
    # An array without elements has a shorter head.
    parts = _cut(block, pa.binary(), at + np.minimum(size, _HEAD), at + size, null)
    _, edges, data = parts.buffers()
    ends = np.frombuffer(edges, np.int32, len(parts) + 1)
    cells = np.frombuffer(data or b"", cell, int(ends[-1]) // cell.itemsize)
    if (ends % cell.itemsize).any() or not (cells["size"] == 8).all():
        msg = f"column {column.name} is no bigint[], or has a NULL in it"
        raise Bug(msg)
    mask = None if null is None else pa.array(null)
    values = pa.array(cells["value"].astype(np.int64))
    return pa.ListArray.from_arrays(pa.array(ends // cell.itemsize), values, mask=mask)


def _arrays(pa: Any, column: Column, values: npt.NDArray[Any], null: Null) -> list[Any]:
    """Give the Arrow arrays of a column: one, or one an element."""
    if column.kind in _ELEMENTS:
        return _elements(pa, column, values, null)
    if column.kind == "uuid":
        storage = _fixed_binary(pa, values, null)
        return [pa.ExtensionArray.from_storage(pa.uuid(), storage)]
    if column.kind == "bool":
        return [pa.array(values.astype(bool), mask=null)]
    native = values.astype(_CODES[column.kind][1:])
    if column.kind == "ts":
        plain = pa.array(native + _PG_EPOCH_US, mask=null)
        return [plain.view(pa.timestamp("us", tz="UTC"))]
    return [pa.array(native, mask=null)]


def _fixed_binary(pa: Any, values: npt.NDArray[Any], null: Null) -> Any:
    held = None if null is None else pa.array(~null).buffers()[1]
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.binary(16), values.size, [held, data])


def _elements(pa: Any, column: Column, values: npt.NDArray[Any], null: Null) -> list[Any]:
    there = values if null is None else values[~null]
    if (there["n"] != column.elements).any() or there["nulls"].any():
        msg = f"column {column.name}: not every array has {column.elements} elements, none NULL"
        raise Bug(msg)
    native = _ELEMENTS[column.kind][1:]
    if not column.names:
        flat = pa.array(values["each"]["value"].astype(native).ravel())
        mask = None if null is None else pa.array(null)
        return [pa.FixedSizeListArray.from_arrays(flat, column.elements, mask=mask)]
    return by_name(
        pa, column.names, values["each"]["value"].astype(native), words=column.words, null=null
    )


def by_name(
    pa: Any,
    names: Sequence[str],
    matrix: npt.NDArray[Any],
    *,
    words: Mapping[str, Sequence[str]],
    null: Null = None,
) -> list[Any]:
    """Give the columns of a matrix as Arrow arrays, those with words as dictionaries.

    Args:
        pa: pyarrow.
        names: of the columns.
        matrix: shape (rows, names).
        words: name -> words by code; NaN is null.
        null: shape (rows,), rows that are not there at all.
    """
    columns = np.ascontiguousarray(matrix.T)
    out = []
    for name, values in zip(names, columns, strict=True):
        if name not in words:
            out.append(pa.array(values, mask=null))
            continue
        unknown = np.isnan(values) if null is None else np.isnan(values) | null
        codes = pa.array(np.where(unknown, 0, values).astype(np.int32), mask=unknown)
        dictionary = pa.array(list(words[name]), type=pa.string())
        out.append(pa.DictionaryArray.from_arrays(codes, dictionary))
    return out
