"""Reads events from Arrow: a table, whatever gives an Arrow stream, or the bytes of a stream.

Bytes from outside are believed nothing: a stream must have its end, its arrays are checked whole,
and nothing in it may be larger than it looks, as compressed or shared values are.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import msgspec

from everlearn.core.errors import Invalid
from everlearn.modules.events.errors import TooManyEvents, UnknownFormat
from everlearn.modules.events.service.batch import (
    COLUMNS,
    DOCUMENTS,
    MAX_TEXT,
    TEXTS,
    TYPES,
    WRONG_TYPE,
    Batch,
    check_storable,
    to_json,
)

_END = b"\xff\xff\xff\xff\0\0\0\0"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_SECONDS = 253_402_300_799  # the end of the year 9999, in which Python's time ends
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def library() -> Any:
    """Give pyarrow, or the error that says how to install it."""
    try:
        return import_module("pyarrow")
    except ImportError:
        raise UnknownFormat(
            "Arrow needs the package pyarrow, which is not installed",
            hint="pip install 'everlearn[arrow]'",
        ) from None


def read_stream(body: bytes, *, most: int) -> Batch:
    """Read the bytes of an Arrow IPC stream.

    Raises:
        Invalid: it is no such stream, is cut off, or has columns that events do not have.
        TooManyEvents: it has more than `most` rows.
        UnknownFormat: pyarrow is not installed.
    """
    pa = library()
    if not body.endswith(_END):
        raise Invalid("the Arrow stream has no end: it was cut off", field="body")
    try:
        _refuse_compressed(pa, body)
        with pa.ipc.open_stream(body) as reader:
            for field in reader.schema:
                _refuse_shared(pa, field)
            batches, rows = [], 0
            for batch in reader:
                rows += batch.num_rows
                if rows > most:
                    raise TooManyEvents(f"a body has at most {most} events")
                batch.validate(full=True)
                batches.append(batch)
            table = pa.Table.from_batches(batches, schema=reader.schema)
    except (pa.ArrowException, OSError, ValueError, struct.error, IndexError) as error:
        msg = f"the body is no Arrow stream: {str(error)[:200]}"
        raise Invalid(msg, field="body", hint="nothing of it was written") from error
    return _batch(pa, table)


def read_table(rows: Any, chunk: int) -> Iterator[Batch]:
    """Read a table, a data frame or whatever else gives an Arrow stream, `chunk` rows at a time."""
    pa = library()
    table = rows if isinstance(rows, pa.Table) else pa.table(rows)
    # The index of a data frame is no column of its own.
    table = table.drop_columns([n for n in table.column_names if n.startswith("__index_level_")])
    for start in range(0, table.num_rows, chunk):
        yield _batch(pa, table.slice(start, chunk))


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


def _refuse_shared(pa: Any, field: Any) -> None:
    """Refuse types whose rows can share one large value, which would be copied for each."""
    kind = field.type.storage_type if isinstance(field.type, pa.BaseExtensionType) else field.type
    types = pa.types
    if field.name in DOCUMENTS and not _is_text(pa, kind):
        raise Invalid("a payload comes as JSON text", field=field.name, got=str(kind))
    if types.is_dictionary(kind) or types.is_string_view(kind) or types.is_binary_view(kind):
        raise Invalid(
            f"the type {kind} is not read from outside", field=field.name, hint="send plain strings"
        )


def _is_text(pa: Any, kind: Any) -> bool:
    types = pa.types
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_string_view(kind)
    )


def _batch(pa: Any, table: Any) -> Batch:
    names = table.column_names
    for name in names:
        if name not in COLUMNS or names.count(name) > 1:
            raise Invalid("events have no such column", field=name, allowed=list(COLUMNS))
    for name in ("event_type", "event_data"):
        if name not in names:
            raise Invalid("events need this column", field=name)
    n = table.num_rows
    made = Batch(n, list(range(n)), {})
    readers: dict[str, Callable[[Any, Any, str, Batch], list[Any]]] = {
        "id": _ids,
        "timestamp": _times,
        "processing_time_ms": _durations,
        **dict.fromkeys((*TEXTS, "event_type"), _texts),
        **dict.fromkeys(DOCUMENTS, _documents),
    }
    for name in COLUMNS:
        values: list[Any] = [None] * n
        if name in names:
            column = table.column(name)
            if isinstance(column.type, pa.BaseExtensionType):
                column = pa.chunked_array(
                    [chunk.storage for chunk in column.chunks], column.type.storage_type
                )
            if not pa.types.is_null(column.type):
                values = readers[name](pa, column, name, made)
        made.columns[name] = values
    _check(made)
    check_storable(made)
    return made


def _check(batch: Batch) -> None:
    columns = batch.columns
    wrong = [row for row, value in enumerate(columns["event_type"]) if value not in TYPES]
    batch.refuse(wrong, "event_type", WRONG_TYPE)
    for name in TEXTS:
        wrong = [
            row
            for row, value in enumerate(columns[name])
            if value is not None and not 0 < len(value) <= MAX_TEXT
        ]
        batch.refuse(wrong, name, f"a text has 1 to {MAX_TEXT} characters")
    wrong = [row for row, value in enumerate(columns["event_data"]) if value is None]
    batch.refuse(wrong, "event_data", "needed")
    wrong = [
        row
        for row, value in enumerate(columns["processing_time_ms"])
        if value is not None and not 0 <= value < math.inf
    ]
    batch.refuse(wrong, "processing_time_ms", "not a duration of 0 ms or more")


def _cast(pa: Any, column: Any, kind: Any, name: str, **how: Any) -> Any:
    try:
        return column.cast(kind, **how)
    except pa.ArrowException as error:
        raise Invalid(str(error)[:200], field=name) from error


def _wrong_type(name: str, wanted: str, column: Any) -> Invalid:
    return Invalid(f"the column holds {column.type}, not {wanted}", field=name)


def _texts(pa: Any, column: Any, name: str, _: Batch) -> list[Any]:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not _is_text(pa, kind):
        raise _wrong_type(name, "texts", column)
    values: list[Any] = _cast(pa, column, pa.large_string(), name).to_pylist()
    return values


def _documents(pa: Any, column: Any, name: str, batch: Batch) -> list[Any]:
    if _is_text(pa, column.type):
        # By way of text, so that bytes that are no Unicode are found.
        texts = _cast(pa, column, pa.large_string(), name)
        values: list[Any] = _cast(pa, texts, pa.large_binary(), name).to_pylist()
        for row, value in enumerate(values):
            if value is None:
                continue
            try:
                _OBJECT.decode(value)
            except (msgspec.ValidationError, RecursionError):
                batch.refuse([row], name, "not a JSON object")
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                batch.refuse([row], name, str(error))
        return [None if value is None else value.strip() for value in values]
    if not (pa.types.is_struct(column.type) or pa.types.is_map(column.type)):
        raise _wrong_type(name, "JSON text or structs", column)
    as_dicts = {"maps_as_pydicts": "strict"} if pa.types.is_map(column.type) else {}
    documents = []
    for row, value in enumerate(column.to_pylist(**as_dicts)):
        try:
            documents.append(None if value is None else to_json(value))
        except ValueError as error:
            batch.refuse([row], name, str(error))
            documents.append(None)
    return documents


def _ids(pa: Any, column: Any, name: str, batch: Batch) -> list[Any]:
    if pa.types.is_fixed_size_binary(column.type) and column.type.byte_width == 16:
        return [None if value is None else UUID(bytes=value) for value in column.to_pylist()]
    ids: list[Any] = _texts(pa, column, name, batch)
    for row, value in enumerate(ids):
        if value is not None:
            try:
                ids[row] = UUID(value)
            except ValueError:
                ids[row] = None
                batch.refuse([row], name, "not a uuid")
    return ids


def _times(pa: Any, column: Any, name: str, batch: Batch) -> list[Any]:
    if not pa.types.is_timestamp(column.type) or column.type.tz is None:
        raise _wrong_type(name, "times with a time zone", column)
    if column.type.unit == "s":  # in microseconds it may not fit
        values = [None if v is None else v * 1_000_000 for v in column.cast(pa.int64()).to_pylist()]
    else:
        finer = _cast(pa, column, pa.timestamp("us", "UTC"), name, safe=False)
        values = finer.cast(pa.int64()).to_pylist()
    times: list[datetime | None] = []
    for row, value in enumerate(values):
        if value is not None and not 0 <= value <= _MAX_SECONDS * 1_000_000:
            batch.refuse([row], name, "the time is before 2000 or more than two years ahead")
            value = None  # noqa: PLW2901 - refused
        times.append(None if value is None else _EPOCH + timedelta(microseconds=value))
    return times


def _durations(pa: Any, column: Any, name: str, _: Batch) -> list[Any]:
    types = pa.types
    if not (types.is_floating(column.type) or types.is_integer(column.type)):
        raise _wrong_type(name, "numbers", column)
    values: list[Any] = _cast(pa, column, pa.float64(), name, safe=False).to_pylist()
    return values
