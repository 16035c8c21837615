"""Reads events from JSON, NDJSON and Python mappings.

A batch is decoded at once, its payloads left as the bytes they are. Only when one of its events is
wrong is each decoded by itself, so that every wrong one is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import repeat
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, Raw

from everlearn.core.errors import Invalid
from everlearn.modules.events.service.batch import (
    DOCUMENTS,
    MAX_TEXT,
    WRONG_TYPE,
    Batch,
    check_storable,
    to_json,
)
from everlearn.modules.events.types import EventType, Refusal

_Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
_NULL = Raw(b"null")
_LARGEST = 1.7976931348623157e308  # JSON can write larger ones, which are read as infinite


class _Event(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    event_type: EventType
    event_data: Raw  # `Raw | None` would take nothing but null
    id: UUID | None = None
    timestamp: Annotated[datetime, Meta(tz=True)] | None = None
    event_subtype: _Text | None = None
    source_system: _Text | None = None
    entity_type: _Text | None = None
    entity_id: _Text | None = None
    user_id: _Text | None = None
    session_id: _Text | None = None
    processing_time_ms: Annotated[float, Meta(ge=0, le=_LARGEST)] | None = None
    metadata: Raw = _NULL


class _Wrapped(msgspec.Struct, forbid_unknown_fields=True):
    events: list[_Event]


class _WrappedParts(msgspec.Struct, forbid_unknown_fields=True):
    events: list[Raw]


_FIELDS = _Event.__struct_fields__
_ONE = msgspec.json.Decoder(_Event)
_LIST = msgspec.json.Decoder(list[_Event])
_WRAPPED = msgspec.json.Decoder(_Wrapped)
_PARTS = msgspec.json.Decoder(list[Raw])
_WRAPPED_PARTS = msgspec.json.Decoder(_WrappedParts)

_IS_OBJECT = re.compile(rb"\s*\{")
_WHERE = re.compile(r" - at `\$\.?(.*)`$")
_NAMED = re.compile(r"(unknown|missing required) field `([^`]*)`")


def read_json(body: bytes) -> Batch:
    """Read a list of events, or an object that holds one as `events`.

    Raises:
        Invalid: the body is not JSON, or no list of events.
    """
    wrapped = _IS_OBJECT.match(body) is not None
    with _syntax(body):
        try:
            events = _WRAPPED.decode(body).events if wrapped else _LIST.decode(body)
        except msgspec.ValidationError:
            try:
                parts = _WRAPPED_PARTS.decode(body).events if wrapped else _PARTS.decode(body)
            except msgspec.ValidationError as error:
                msg = 'the body is neither a list of events nor {"events": [...]}'
                raise Invalid(msg, field="body") from error
            return _one_by_one(parts)
        return _batch(events)


def read_lines(body: bytes) -> Batch:
    """Read an event a line; empty lines are passed over and not counted.

    Raises:
        Invalid: a line is not JSON.
    """
    with _syntax(body):
        try:
            return _batch(_ONE.decode_lines(body))
        except msgspec.ValidationError:
            lines = [line for line in body.split(b"\n") if line.strip()]
            return _one_by_one(lines)


def read_mappings(rows: Iterable[Mapping[str, Any]]) -> Batch:
    """Read events from dicts and their like; times may be datetimes and ids UUIDs."""
    parts: list[bytes | Refusal] = []
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            parts.append(Refusal(index, None, f"not a mapping but {type(row).__name__}"))
            continue
        try:
            parts.append(to_json(dict(row)))
        except ValueError as error:
            parts.append(Refusal(index, _not_json(row), str(error)))
    return _one_by_one(parts, lenient=True)


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
        # Payloads are not looked into, so that they are no Unicode would come out in the database.
        if not body.isascii():
            body.decode()
        yield
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        msg = f"the body is not JSON: {error}"
        raise Invalid(msg, field="body", hint="nothing of it was written") from error
    except RecursionError as error:
        raise Invalid("the body is nested too deeply", field="body") from error


def _batch(events: Sequence[_Event], at: list[int] | None = None) -> Batch:
    rows = zip(*map(msgspec.structs.astuple, events), strict=True) if events else repeat(())
    columns: dict[str, list[Any]] = dict(zip(_FIELDS, map(list, rows), strict=False))
    columns["event_data"] = list(map(bytes, columns["event_data"]))
    columns["metadata"] = [
        None if raw is _NULL or (value := bytes(raw)) == b"null" else value
        for raw in columns["metadata"]
    ]
    made = Batch(len(events), list(range(len(events))) if at is None else at, columns)
    check_storable(made)
    return made


def _one_by_one(parts: Sequence[bytes | Raw | Refusal], *, lenient: bool = False) -> Batch:
    """Decode each part by itself.

    Args:
        parts: an event each, or why there is none.
        lenient: refuse a part that is not JSON, instead of raising.
    """
    events, at, refused = [], [], {}
    for index, part in enumerate(parts):
        if isinstance(part, Refusal):
            refused[index] = part
            continue
        try:
            events.append(_ONE.decode(part))
            at.append(index)
        except msgspec.ValidationError as error:
            refused[index] = _refusal(index, str(error))
        except msgspec.DecodeError as error:
            if not lenient:
                raise
            refused[index] = Refusal(index, None, str(error))
    made = _batch(events, at)
    made.size = len(parts)
    made.refused = refused | made.refused
    return made


def _refusal(index: int, text: str) -> Refusal:
    where = _WHERE.search(text)
    reason = _WHERE.sub("", text)
    named = _NAMED.search(reason)
    if named:
        reason = "events have no such field" if named[1] == "unknown" else "needed"
    name = named[2] if named else (where[1] if where else None)
    if name == "event_type" and reason.startswith("Invalid enum"):
        reason = WRONG_TYPE
    if name in DOCUMENTS and not named:
        reason = "not a JSON object"
    return Refusal(index, name or None, reason)
