"""Columns of a batch as the bytes of a binary COPY, with as little work for each value as can be.

Values of a fixed size are laid out for all rows at once by numpy. Texts and documents are joined to
them row by row: by Arrow where they came as Arrow's arrays, else from pieces that Python joins.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from importlib import import_module
from itertools import chain, pairwise
from typing import Any

import numpy as np

from everlearn.core.bulk import text_array_bytes
from everlearn.core.ingest.batch import Array, Column

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER = struct.pack(">h", -1)
_NULL = struct.pack(">i", -1)
_PG_EPOCH_US = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970
_CODES = {"time": ">i8", "number": ">f8", "integer": ">i8", "flag": "u1", "place": ">i4"}
#: Sizes of short values, as they stand before them.
_SIZES = [struct.pack(">i", n) for n in range(4096)]
_JSON_SIZES = [struct.pack(">ib", n + 1, 1) for n in range(4096)]


def order_of(columns: Mapping[str, Column]) -> list[str]:
    """Give names in the order in which `encode` writes the columns: those of a fixed size first."""
    return sorted(columns, key=lambda name: not _is_fixed(columns[name]))


def encode(columns: Mapping[str, Column]) -> Iterable[bytes | memoryview]:
    """Give the body of a binary COPY of columns, all of one length, named as by `order_of`."""
    given = [columns[name] for name in order_of(columns)]
    fixed = [column for column in given if _is_fixed(column)]
    loose = given[len(fixed) :]
    head, ends = _records(fixed, len(given), len(given[0]))
    if not loose:
        return (HEADER, head, TRAILER)
    if any(not isinstance(column.values, list) for column in loose):
        return (HEADER, _joined_by_arrow(head, ends, loose), TRAILER)
    starts = [0, *ends.tolist()]
    pieces: list[Iterable[bytes]] = [[head[a:b] for a, b in pairwise(starts)]]
    for column in loose:
        pieces += _pieces(column)
    body = b"".join(chain.from_iterable(zip(*pieces, strict=True)))
    return (HEADER, body, TRAILER)


def _is_fixed(column: Column) -> bool:
    return isinstance(column.values, np.ndarray)


def _records(fixed: list[Column], n_columns: int, n: int) -> tuple[bytes, Array]:
    """Give what each row begins with, one after the other, and where each one's ends."""
    parts: list[Any] = [("columns", ">i2")]
    for i, column in enumerate(fixed):
        code = "V16" if column.kind == "uuid" else _CODES[column.kind]
        parts += [(f"size{i}", ">i4"), (f"value{i}", code)]
    record = np.empty(n, np.dtype(parts))
    record["columns"] = n_columns
    gaps = []
    for i, column in enumerate(fixed):
        values = column.values
        if column.kind == "uuid":
            values = np.ascontiguousarray(values).view("V16").reshape(-1)
        elif column.kind == "time":
            values = values - _PG_EPOCH_US
        record[f"value{i}"] = values
        size = record.dtype[f"value{i}"].itemsize
        if column.missing is not None and column.missing.any():
            record[f"size{i}"] = np.where(column.missing, -1, size)
            gaps.append((f"value{i}", size, column.missing))
        else:
            record[f"size{i}"] = size
    step = record.dtype.itemsize
    if not gaps:
        return record.tobytes(), np.arange(1, n + 1) * step
    kept = np.ones((n, step), bool)
    assert record.dtype.fields is not None  # noqa: S101 - a record has fields
    for name, size, missing in gaps:
        at = record.dtype.fields[name][1]
        kept[missing, at : at + size] = False
    data = record.view(np.uint8).reshape(n, step)[kept].tobytes()
    return data, np.cumsum(kept.sum(axis=1))


def _pieces(column: Column) -> list[Iterable[bytes]]:
    values: list[Any] = column.values
    if column.kind == "json":
        # Its size, and the version of the form, beside the bytes as they are.
        if None not in values:
            return [
                [
                    _JSON_SIZES[n] if n < 4096 else struct.pack(">ib", n + 1, 1)
                    for n in map(len, values)
                ],
                values,
            ]
        return [[_NULL if v is None else struct.pack(">ib", len(v) + 1, 1) + v for v in values]]
    cell = _text if column.kind in {"text", "word"} else _texts
    if column.kind == "texts":
        return [[cell(value) for value in values]]
    # Many rows say the same: each of their words is encoded once.
    cells = {value: cell(value) for value in set(values)}
    return [[cells[value] for value in values]]


def _text(value: str | None) -> bytes:
    if value is None:
        return _NULL
    data = value.encode()
    return (_SIZES[len(data)] if len(data) < 4096 else struct.pack(">i", len(data))) + data


def _texts(value: list[str] | None) -> bytes:
    if value is None:
        return _NULL
    data = text_array_bytes(value)
    return struct.pack(">i", len(data)) + data


def _joined_by_arrow(head: bytes, ends: Array, loose: list[Column]) -> memoryview:
    pa, pc = import_module("pyarrow"), import_module("pyarrow.compute")
    parts = [_array(pa, head, ends)]
    for column in loose:
        values = column.values
        if isinstance(values, list):
            if column.kind == "texts":
                parts.append(pa.array([_texts(v) for v in values], pa.large_binary()))
                continue
            plain = [v.encode() if isinstance(v, str) else v for v in values]
            values = pa.array(plain, pa.large_binary())
        parts += [_sizes(pa, values, is_json=column.kind == "json"), values]
    joined = pc.binary_join_element_wise(
        *parts,
        pa.scalar(b"", pa.large_binary()),
        null_handling="replace",
        null_replacement=b"",
    )
    starts = np.frombuffer(joined.buffers()[1], np.int64)
    return memoryview(joined.buffers()[2])[: starts[len(joined)]]


def _array(pa: Any, data: bytes, ends: Array) -> Any:
    starts = np.concatenate([[0], ends]).astype(np.int64)
    buffers = [None, pa.py_buffer(starts), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_binary(), len(ends), buffers)


def _sizes(pa: Any, values: Any, *, is_json: bool) -> Any:
    """Give what stands before each value: its size, and of a document the version of its form."""
    starts = np.frombuffer(values.buffers()[1], np.int64)
    n = len(values)
    lengths = np.diff(starts[values.offset : values.offset + n + 1])
    parts: list[Any] = [("size", ">i4"), *([("version", "u1")] if is_json else [])]
    record = np.empty(n, np.dtype(parts))
    step = record.dtype.itemsize
    record["size"] = lengths + is_json
    if is_json:
        record["version"] = 1
    if not values.null_count:
        return _array(pa, record.tobytes(), np.arange(1, n + 1) * step)
    absent = values.is_null().to_numpy(zero_copy_only=False)
    record["size"][absent] = -1
    kept = np.ones((n, step), bool)
    kept[absent, 4:] = False
    data = record.view(np.uint8).reshape(n, step)[kept].tobytes()
    return _array(pa, data, np.cumsum(kept.sum(axis=1)))
