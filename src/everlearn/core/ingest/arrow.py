"""Reads items from Arrow: a table, whatever gives an Arrow stream, or the bytes of a stream.

Bytes from outside are believed nothing: a stream must have its end, its arrays are checked whole,
and nothing in it may be larger than it looks, as compressed or shared values are. Values stay in
Arrow's and numpy's arrays on their way into the COPY; they are checked column by column.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np

from everlearn.core.errors import Invalid
from everlearn.core.ingest.batch import NUMERIC, Array, Batch, Column
from everlearn.core.ingest.bodies import (
    NO_UUID,
    NUL_TEXT,
    check_documents,
    parse_uuids,
    refuse_nul_texts,
    to_json,
)
from everlearn.core.ingest.errors import TooManyItems, UnknownFormat
from everlearn.core.ingest.shape import Field, Shape

_END = b"\xff\xff\xff\xff\0\0\0\0"
_LATEST_US = 253_402_300_799_999_999  # the end of the year 9999, in which Python's time ends
_EARLIEST_US = -62_135_596_800_000_000  # the beginning of the year 1
_TOO_FAR = "the time is out of range"


def library() -> Any:
    """Give pyarrow, or the error that says how to install it."""
    try:
        return import_module("pyarrow")
    except ImportError:
        raise UnknownFormat(
            "Arrow needs the package pyarrow, which is not installed",
            hint="pip install 'everlearn[arrow]'",
        ) from None


def read_stream(shape: Shape, body: bytes, *, most: int) -> Batch:
    """Read the bytes of an Arrow IPC stream.

    Raises:
        Invalid: it is no such stream, is cut off, or has columns that the items do not have.
        TooManyItems: it has more than `most` rows.
        UnknownFormat: pyarrow is not installed.
    """
    pa = library()
    if not body.endswith(_END):
        raise Invalid("the Arrow stream has no end: it was cut off", field="body")
    try:
        _refuse_compressed(pa, body)
        with pa.ipc.open_stream(body) as reader:
            for field in reader.schema:
                _refuse_shared(pa, shape, field)
            batches, rows = [], 0
            for batch in reader:
                rows += batch.num_rows
                if rows > most:
                    raise TooManyItems(f"a body has at most {most} {shape.plural}")
                batch.validate(full=True)
                batches.append(batch)
            table = pa.Table.from_batches(batches, schema=reader.schema)
    except (pa.ArrowException, OSError, ValueError, struct.error, IndexError) as error:
        msg = f"the body is no Arrow stream: {str(error)[:200]}"
        raise Invalid(msg, field="body", hint="nothing of it was written") from error
    return _batch(pa, shape, table)


def read_table(shape: Shape, rows: Any, chunk: int) -> Iterator[Batch]:
    """Read a table, a data frame or whatever else gives an Arrow stream, `chunk` rows at a time."""
    pa = library()
    table = rows if isinstance(rows, pa.Table) else pa.table(rows)
    # The index of a data frame is no column of its own.
    table = table.drop_columns([n for n in table.column_names if n.startswith("__index_level_")])
    for start in range(0, max(1, table.num_rows), chunk):  # names are looked at without rows too
        yield _batch(pa, shape, table.slice(start, chunk))


def _refuse_compressed(pa: Any, body: bytes) -> None:
    """Refuse compressed buffers: how large they are is known only after they filled the memory.

    pyarrow does not tell, so the message's FlatBuffers are looked into: a table begins with the
    distance back to its list of fields, where 0 stands for a field that is not there.
    """
    for message in pa.ipc.MessageReader.open_stream(body):
        if message.type not in {"record batch", "dictionary"}:
            continue
        data = message.metadata.to_pybytes()
        batch = _follow(data, _field(data, _follow(data, 0), 2))
        if message.type == "dictionary":
            batch = _follow(data, _field(data, batch, 1))
        if _field(data, batch, 3):
            raise Invalid(
                "the buffers of the Arrow stream are compressed",
                field="body",
                hint="write the stream without compression",
            )


def _follow(data: bytes, at: int) -> int:
    return at + int(struct.unpack_from("<I", data, at)[0])


def _field(data: bytes, table: int, number: int) -> int:
    fields = table - struct.unpack_from("<i", data, table)[0]
    size = struct.unpack_from("<H", data, fields)[0]
    place = 4 + 2 * number
    distance = struct.unpack_from("<H", data, fields + place)[0] if place < size else 0
    return table + int(distance) if distance else 0


def _refuse_shared(pa: Any, shape: Shape, field: Any) -> None:
    """Refuse types whose rows can share one large value, which would be copied for each."""
    kind = field.type.storage_type if isinstance(field.type, pa.BaseExtensionType) else field.type
    types = pa.types
    wanted = shape.by_name.get(field.name)
    if wanted is not None and wanted.kind == "json" and not _is_text(pa, kind):
        raise Invalid("a document comes as JSON text", field=field.name, got=str(kind))
    if _is_view(pa, kind) or types.is_dictionary(kind):
        raise Invalid(
            f"the type {kind} is not read from outside", field=field.name, hint="send plain strings"
        )
    if _is_list(pa, kind) and (
        _is_view(pa, kind.value_type) or types.is_dictionary(kind.value_type)
    ):
        raise Invalid(f"the type {kind} is not read from outside", field=field.name)


def _is_view(pa: Any, kind: Any) -> bool:
    types = pa.types
    views = (types.is_string_view, types.is_binary_view, types.is_list_view)
    return any(is_one(kind) for is_one in (*views, types.is_large_list_view))


def _is_list(pa: Any, kind: Any) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _is_text(pa: Any, kind: Any) -> bool:
    types = pa.types
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_string_view(kind)
    )


def _batch(pa: Any, shape: Shape, table: Any) -> Batch:
    names = table.column_names
    for name in names:
        if name not in shape.by_name or names.count(name) > 1:
            msg = f"{shape.plural} have no such column"
            raise Invalid(msg, field=name, allowed=list(shape.names))
    made = Batch(shape, table.num_rows, np.arange(table.num_rows), {})
    for field in shape.fields:
        if field.name not in names:
            if field.required:
                raise Invalid(f"{shape.plural} need this column", field=field.name)
            continue
        column = _storage(pa, table.column(field.name))
        if column.null_count == len(column):
            if field.required:
                made.refuse(range(len(made)), field.name, "needed")
            continue
        made.columns[field.name] = read = _read(pa, column, field, made)
        if field.required and column.null_count:
            made.refuse_where(read.absent(), field.name, "needed")
    return made


def _storage(pa: Any, column: Any) -> Any:
    """Give a column as one array, of a type of Arrow's own."""
    if isinstance(column.type, pa.BaseExtensionType):
        chunks = [chunk.storage for chunk in column.chunks]
        column = pa.chunked_array(chunks, column.type.storage_type)
    if pa.types.is_dictionary(column.type):
        column = _cast(pa, column, column.type.value_type, "")
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _read(pa: Any, column: Any, field: Field, batch: Batch) -> Column:
    if field.kind in {"text", "word"}:
        return _texts(pa, column, field, batch)
    if field.kind == "json":
        return _documents(pa, column, field, batch)
    if field.kind == "uuid":
        return _ids(pa, column, field, batch)
    if field.kind == "time":
        return _times(pa, column, field, batch)
    if field.kind == "texts":
        return _text_lists(pa, column, field, batch)
    return _numbers(pa, column, field, batch)


def _cast(pa: Any, column: Any, kind: Any, name: str, **how: Any) -> Any:
    try:
        return column.cast(kind, **how)
    except pa.ArrowException as error:
        raise Invalid(str(error)[:200], field=name) from error


def _wrong_type(name: str, wanted: str, column: Any) -> Invalid:
    return Invalid(f"the column holds {column.type}, not {wanted}", field=name)


def _as_bytes(pa: Any, column: Any, name: str) -> Any:
    """Give texts as an array of bytes that are UTF-8."""
    # By way of text, so that bytes that are no Unicode are found.
    return _cast(pa, _cast(pa, column, pa.large_string(), name), pa.large_binary(), name)


def starts_of(column: Any) -> Array:
    """Give where each value of an Arrow array of bytes begins in its data, and the end."""
    offsets = np.frombuffer(column.buffers()[1], np.int64)
    return offsets[column.offset : column.offset + len(column) + 1]


def data_of(column: Any) -> Array:
    """Give the data of an Arrow array of bytes."""
    data = column.buffers()[2]
    return np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)


def _texts(pa: Any, column: Any, field: Field, batch: Batch) -> Column:
    if not _is_text(pa, column.type):
        raise _wrong_type(field.name, "texts", column)
    values = _as_bytes(pa, column, field.name)
    absent = values.is_null().to_numpy(zero_copy_only=False)
    if field.kind == "word":
        words = pa.array([word.encode() for word in field.words], pa.large_binary())
        known = import_module("pyarrow.compute").is_in(values, value_set=words)
        wrong = ~known.to_numpy(zero_copy_only=False) & ~absent
        batch.refuse_where(wrong, field.name, field.reason)
        return Column(field.kind, values)
    starts = starts_of(values)
    lengths = np.diff(starts)
    batch.refuse_where((lengths == 0) & ~absent, field.name, field.reason)
    if (lengths > field.max_length).any():  # bytes; characters may be fewer
        characters = import_module("pyarrow.compute").utf8_length(
            _cast(pa, values, pa.large_string(), field.name)
        )
        long = characters.fill_null(0).to_numpy(zero_copy_only=False) > field.max_length
        batch.refuse_where(long, field.name, field.reason)
    if not data_of(values)[starts[0] : starts[-1]].all():
        wrong_rows = [row for row, value in enumerate(values.to_pylist()) if value and 0 in value]
        batch.refuse(wrong_rows, field.name, NUL_TEXT)
    return Column(field.kind, values)


def _documents(pa: Any, column: Any, field: Field, batch: Batch) -> Column:
    if not _is_text(pa, column.type):
        return _nested(pa, column, field, batch)
    values = _as_bytes(pa, column, field.name)
    starts, data = starts_of(values), data_of(values)
    absent = values.is_null().to_numpy(zero_copy_only=False)
    within = data[starts[0] : starts[-1]]
    filled = np.diff(starts) > 0
    plain = filled.copy()
    if field.opening:
        plain[filled] = data[starts[:-1][filled]] == field.opening[0]
    if (plain | absent).all() and within.all() and b"\\u0000" not in within.tobytes():
        # That they are JSON is looked at by the database, which has to read them anyway.
        return Column("json", values)
    stripped = [None if value is None else value.strip() for value in values.to_pylist()]
    check_documents(field, stripped, batch)
    empty = [row for row, value in enumerate(stripped) if value == b""]
    batch.refuse(empty, field.name, field.reason)
    return Column("json", stripped)


def _nested(pa: Any, column: Any, field: Field, batch: Batch) -> Column:
    types = pa.types
    is_object = types.is_struct(column.type) or types.is_map(column.type)
    if not (is_object if field.holds == "object" else _is_list(pa, column.type) or is_object):
        raise _wrong_type(field.name, "JSON text or structs", column)
    as_dicts = {"maps_as_pydicts": "strict"} if types.is_map(column.type) else {}
    documents: list[bytes | None] = []
    for row, value in enumerate(column.to_pylist(**as_dicts)):
        try:
            documents.append(None if value is None else to_json(value))
        except ValueError as error:
            batch.refuse([row], field.name, str(error))
            documents.append(None)
    check_documents(field, documents, batch)
    return Column("json", documents)


def _ids(pa: Any, column: Any, field: Field, batch: Batch) -> Column:
    if pa.types.is_fixed_size_binary(column.type) and column.type.byte_width == 16:
        data = np.frombuffer(column.buffers()[1], np.uint8).reshape(-1, 16)
        data = data[column.offset : column.offset + len(column)]
        absent = column.is_null().to_numpy(zero_copy_only=False) if column.null_count else None
        return Column("uuid", data, absent)
    types = pa.types
    if any(
        is_one(column.type)
        for is_one in (types.is_binary, types.is_large_binary, types.is_binary_view)
    ):
        return _binary_ids(column.to_pylist(), field, batch)
    if not _is_text(pa, column.type):
        raise _wrong_type(field.name, "ids", column)
    texts = _cast(pa, column, pa.large_string(), field.name).to_pylist()
    return Column("uuid", *parse_uuids(texts, field.name, batch))


def _binary_ids(values: list[bytes | None], field: Field, batch: Batch) -> Column:
    """Read ids as frames have them that know no bytes of a fixed number."""
    fits = np.fromiter((value is not None and len(value) == 16 for value in values), bool)
    wrong = [row for row in np.flatnonzero(~fits).tolist() if values[row] is not None]
    batch.refuse(wrong, field.name, NO_UUID)
    cells = [value if value is not None and len(value) == 16 else bytes(16) for value in values]
    data = np.frombuffer(b"".join(cells), np.uint8).reshape(-1, 16)
    return Column("uuid", data, None if fits.all() else ~fits)


def _times(pa: Any, column: Any, field: Field, batch: Batch) -> Column:
    if not pa.types.is_timestamp(column.type) or column.type.tz is None:
        raise _wrong_type(field.name, "times with a time zone", column)
    absent = column.is_null().to_numpy(zero_copy_only=False)
    values = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    scale = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 1}[column.type.unit]
    if column.type.unit == "ns":
        values = values // 1_000
    # Compared before they are scaled, since the product may not fit.
    far = (values > _LATEST_US // scale) | (values < -(-_EARLIEST_US // scale))
    batch.refuse_where(far & ~absent, field.name, _TOO_FAR)
    return Column("time", np.where(far, 0, values) * scale, absent if absent.any() else None)


def _numbers(pa: Any, column: Any, field: Field, batch: Batch) -> Column:
    types = pa.types
    absent = column.is_null().to_numpy(zero_copy_only=False)
    if field.kind == "flag":
        if not types.is_boolean(column.type):
            raise _wrong_type(field.name, "true or false", column)
        values = column.fill_null(False).to_numpy(zero_copy_only=False)
        return Column("flag", values, absent if absent.any() else None)
    whole = types.is_integer(column.type)
    if not (whole or (field.kind == "number" and types.is_floating(column.type))):
        raise _wrong_type(field.name, f"{field.kind}s", column)
    wanted = pa.float64() if field.kind == "number" else pa.int64()
    safe = field.kind == "integer"
    cast = _cast(pa, column, wanted, field.name, safe=safe).fill_null(0)
    values = cast.to_numpy(zero_copy_only=False).astype(NUMERIC[field.kind])
    least = -math.inf if field.least is None else field.least
    most = math.inf if field.most is None else field.most
    fits = (values >= least) & (values <= most) & np.isfinite(values)
    batch.refuse_where(~fits & ~absent, field.name, field.reason)
    return Column(field.kind, values, absent if absent.any() else None)


def _text_lists(pa: Any, column: Any, field: Field, batch: Batch) -> Column:
    if not (_is_list(pa, column.type) and _is_text(pa, column.type.value_type)):
        raise _wrong_type(field.name, "lists of texts", column)
    values = _cast(pa, column, pa.large_list(pa.large_string()), field.name).to_pylist()
    for row, each in enumerate(values):
        if each and not all(text and len(text) <= field.max_length for text in each):
            batch.refuse([row], field.name, field.reason)
            values[row] = None
    refuse_nul_texts(field, values, batch)
    return Column("texts", values)
