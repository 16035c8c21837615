"""Reads items from JSON, NDJSON and Python mappings.

A body is decoded at once, its documents left as the bytes they are. Only when one of its items is
wrong is each decoded by itself, so that every wrong one is named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from msgspec import Raw

from everlearn.core.errors import Invalid
from everlearn.core.ingest.batch import EPOCH, NUMERIC, Array, Batch, Column, Refusal, microseconds
from everlearn.core.ingest.shape import Field, Shape

_IS_OBJECT = re.compile(rb"\s*\{")
_WHERE = re.compile(r" - at `\$\.?(.*?)(?:\[\.\.\.\])?`$")
_NAMED = re.compile(r"(unknown|missing required) field `([^`]*)`")
# The six characters of a JSON escape for NUL, unless its backslash is itself escaped.
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_HYPHENS = [8, 13, 18, 23]
NUL_TEXT = "the text holds the character NUL"
NUL_JSON = "the JSON holds the character NUL"
NO_UUID = "not a uuid"


def read_json(shape: Shape, body: bytes) -> Batch:
    """Read a list of items, or an object that holds one by their plural.

    Raises:
        Invalid: the body is not JSON, or no such list.
    """
    wrapped = _IS_OBJECT.match(body) is not None
    decoders = shape.decoders
    with _syntax(body):
        try:
            if not wrapped:
                return _batch(shape, decoders.list.decode(body))
            return _batch(shape, getattr(decoders.wrapped.decode(body), shape.plural))
        except msgspec.ValidationError:
            try:
                if wrapped:
                    parts = getattr(decoders.wrapped_parts.decode(body), shape.plural)
                else:
                    parts = decoders.parts.decode(body)
            except msgspec.ValidationError as error:
                msg = (
                    f'the body is neither a list of {shape.plural} nor {{"{shape.plural}": [...]}}'
                )
                raise Invalid(msg, field="body") from error
            return _one_by_one(shape, parts)


def read_lines(shape: Shape, body: bytes) -> Batch:
    """Read an item a line; empty lines are passed over and not counted.

    Raises:
        Invalid: a line is not JSON.
    """
    with _syntax(body):
        try:
            return _batch(shape, shape.decoders.one.decode_lines(body))
        except msgspec.ValidationError:
            lines = [line for line in body.split(b"\n") if line.strip()]
            return _one_by_one(shape, lines)


def read_mappings(shape: Shape, rows: Iterable[Mapping[str, Any]]) -> Batch:
    """Read items from dicts and their like; times may be datetimes and ids UUIDs."""
    parts: list[bytes | Refusal] = []
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            parts.append(Refusal(index, None, f"not a mapping but {type(row).__name__}"))
            continue
        try:
            parts.append(to_json(dict(row)))
        except ValueError as error:
            parts.append(Refusal(index, _not_json(row), str(error)))
    return _one_by_one(shape, parts, lenient=True)


def to_json(value: Any) -> bytes:
    """Write a value as JSON.

    Raises:
        ValueError: NaN, an infinity, half a character, or what JSON has no form for.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain).encode()
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return value.tolist()
    msg = f"JSON has no form for {type(value).__name__}"
    raise TypeError(msg)


def _not_json(row: Mapping[str, Any]) -> str | None:
    for name, value in row.items():
        try:
            to_json(value)
        except ValueError:
            return str(name)
    return None


@contextmanager
def _syntax(body: bytes) -> Iterator[None]:
    try:
        # Documents are not looked into: that they are no Unicode would come out in the database.
        if not body.isascii():
            body.decode()
        yield
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        msg = f"the body is not JSON: {error}"
        raise Invalid(msg, field="body", hint="nothing of it was written") from error
    except RecursionError as error:
        raise Invalid("the body is nested too deeply", field="body") from error


def _batch(shape: Shape, items: Sequence[Any], places: list[int] | None = None) -> Batch:
    at = np.arange(len(items)) if places is None else np.array(places, np.int64)
    made = Batch(shape, len(items), at, {})
    names = shape.struct.__struct_fields__
    for name, values in zip(
        names, zip(*map(msgspec.structs.astuple, items), strict=True), strict=False
    ):
        field = shape.by_name[name]
        column = _column(field, list(values), made)
        if column is not None:
            made.columns[name] = column
    return made


def _column(field: Field, values: list[Any], batch: Batch) -> Column | None:
    if field.kind == "json":
        return _documents(field, values, batch)
    gaps = values.count(None)
    if gaps == len(values):
        return None
    if field.kind == "uuid":
        data, missing = parse_uuids(values, field.name, batch)
        return Column("uuid", data, missing)
    if field.kind in NUMERIC:
        missing = None
        if gaps:
            missing = np.fromiter((value is None for value in values), bool, len(values))
            stand_in: Any = EPOCH if field.kind == "time" else 0
            values = [stand_in if value is None else value for value in values]
        if field.kind == "time":
            return Column("time", microseconds(values), missing)
        return Column(field.kind, np.array(values, NUMERIC[field.kind]), missing)
    if field.kind != "word":
        refuse_nul_texts(field, values, batch)
    return Column(field.kind, values)


def refuse_nul_texts(field: Field, values: Sequence[Any], batch: Batch) -> None:
    """Refuse texts, or lists of them, that PostgreSQL cannot hold although the type is right."""
    if field.kind == "texts":
        wrong = [row for row, each in enumerate(values) if each and "\0" in "".join(each)]
        batch.refuse(wrong, field.name, NUL_TEXT)
    elif "\0" in "".join(filter(None, values)):
        wrong = [row for row, value in enumerate(values) if value and "\0" in value]
        batch.refuse(wrong, field.name, NUL_TEXT)


def _documents(field: Field, raws: list[Any], batch: Batch) -> Column | None:
    values: list[Any] = list(map(bytes, raws))
    if not field.required and b"null" in values:
        if values.count(b"null") == len(values):
            return None
        values = [None if value == b"null" else value for value in values]
    check_documents(field, values, batch)
    return Column("json", values)


def check_documents(field: Field, values: Sequence[bytes | None], batch: Batch) -> None:
    """Refuse documents that are no such thing, or hold what PostgreSQL cannot store."""
    # Looked at all together first, parted by what no JSON has within.
    present = [value for value in values if value is not None]
    joined = b"\0" + b"\0".join(present)
    if joined.count(b"\0" + field.opening) != len(present) or joined.count(b"\0") != len(present):
        for row, value in enumerate(values):
            if value is not None and (b"\0" in value or not value.startswith(field.opening)):
                batch.refuse([row], field.name, field.reason)
    if b"\\u0000" in joined:
        for row, value in enumerate(values):
            if value is not None and b"\\u0000" in value and _ESCAPED_NUL.search(value):
                batch.refuse([row], field.name, NUL_JSON)


def parse_uuids(
    values: Sequence[str | None], name: str, batch: Batch
) -> tuple[Array, Array | None]:
    """Give ids as bytes, shape (rows, 16), and which are missing; what is no id is refused."""
    n = len(values)
    if None not in values:
        data = _plain_uuids("".join(values), n)  # type: ignore[arg-type]  # none of them is None
        if data is not None:
            return data, None
    out = np.zeros((n, 16), np.uint8)
    missing = np.zeros(n, bool)
    for row, value in enumerate(values):
        if value is None:
            missing[row] = True
            continue
        try:
            out[row] = np.frombuffer(UUID(value).bytes, np.uint8)
        except ValueError:
            missing[row] = True
            batch.refuse([row], name, NO_UUID)
    return out, missing


def _plain_uuids(joined: str, n: int) -> Array | None:
    """Parse ids that are all written in the plain way, 36 characters each."""
    if len(joined) != 36 * n or not joined.isascii():
        return None
    text = np.frombuffer(joined.encode(), np.uint8).reshape(n, 36)
    if not (text[:, _HYPHENS] == ord("-")).all():
        return None
    try:
        data = bytes.fromhex(np.delete(text, _HYPHENS, axis=1).tobytes().decode())
    except ValueError:
        return None
    if len(data) != 16 * n:  # blanks are passed over
        return None
    return np.frombuffer(data, np.uint8).reshape(n, 16)


def _one_by_one(
    shape: Shape, parts: Sequence[bytes | Raw | Refusal], *, lenient: bool = False
) -> Batch:
    """Decode each part by itself.

    Args:
        shape: of the items.
        parts: an item each, or why there is none.
        lenient: refuse a part that is not JSON, instead of raising.
    """
    items, places, refused = [], [], {}
    decode = shape.decoders.one.decode
    for index, part in enumerate(parts):
        if isinstance(part, Refusal):
            refused[index] = part
            continue
        try:
            items.append(decode(part))
            places.append(index)
        except msgspec.ValidationError as error:
            refused[index] = _refusal(shape, index, str(error))
        except msgspec.DecodeError as error:
            if not lenient:
                raise
            refused[index] = Refusal(index, None, str(error))
    made = _batch(shape, items, places)
    made.size = len(parts)
    made.refused = refused | made.refused
    return made


def _refusal(shape: Shape, index: int, text: str) -> Refusal:
    where = _WHERE.search(text)
    reason = _WHERE.sub("", text)
    named = _NAMED.search(reason)
    if named:
        reason = f"{shape.plural} have no such field" if named[1] == "unknown" else "needed"
    name = named[2] if named else (where[1] if where else None)
    if name:
        name = name.partition("[")[0]  # of one of several texts
    field = shape.by_name.get(name or "")
    if field is not None and not named:
        if field.kind == "json" or (field.kind == "word" and reason.startswith("Invalid enum")):
            reason = field.reason
        elif field.kind == "uuid":
            reason = NO_UUID
    return Refusal(index, name or None, reason)
