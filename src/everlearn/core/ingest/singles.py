"""Reads one item from JSON: the quick way, since it is walked for every single write."""

from __future__ import annotations

from typing import Any

import msgspec

from everlearn.core.errors import Invalid
from everlearn.core.ingest.bodies import read_json
from everlearn.core.ingest.shape import Field, Shape


def read_one(shape: Shape, body: bytes) -> Any:
    """Decode and check one item, and give it as an instance of `shape.struct`.

    Ids are texts in it, and documents the bytes they came as.

    Raises:
        Invalid: it is not JSON, or not such an item; `field` says where.
    """
    try:
        if not body.isascii():
            body.decode()  # documents are not looked into
        item = shape.decoders.one.decode(body)
    except msgspec.ValidationError:
        _refuse(shape, body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        msg = f"the body is not JSON: {error}"
        raise Invalid(msg, field="body", hint="send one JSON object") from error
    except RecursionError as error:
        raise Invalid("the body is nested too deeply", field="body") from error
    for name, opening, required in shape.documents:
        document = bytes(getattr(item, name))
        if not document.startswith(opening) and (required or document != b"null"):
            _refuse(shape, body)
    if b"\\u0000" in body:  # the character that PostgreSQL cannot store, or a backslash before it
        _refuse(shape, body, perhaps=True)
    return item


def _refuse(shape: Shape, body: bytes, *, perhaps: bool = False) -> None:
    """Have the reader of batches say what is wrong."""
    batch = read_json(shape, b"[" + body + b"]")
    for refusal in batch.refused.values():
        field = shape.by_name.get(refusal.field or "")
        facts: dict[str, Any] = (
            {"allowed": list(field.words)} if field is not None and field.words else {}
        )
        raise Invalid(refusal.reason, field=refusal.field or "body", **facts)
    if not perhaps:
        raise Invalid("the body is not one item", field="body", hint="send one JSON object")


def describe_one(shape: Shape) -> dict[str, Any]:
    """Give the request body of one item, for OpenAPI."""
    described = {
        "type": "object",
        "properties": {field.name: _describe(field) for field in shape.fields},
        "required": [field.name for field in shape.fields if field.required],
        "additionalProperties": False,
    }
    content = {"application/json": {"schema": described}}
    return {"requestBody": {"required": True, "content": content}}


def _describe(field: Field) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": field.max_length}
    bounds = {"minimum": field.least, "maximum": field.most}
    numeric = {name: bound for name, bound in bounds.items() if bound is not None}
    holds: dict[str, Any] = {"object": {"type": "object"}, "list": {"type": "array"}, "any": {}}
    forms: dict[str, dict[str, Any]] = {
        "word": {"enum": list(field.words)},
        "text": text,
        "texts": {"type": "array", "items": text},
        "uuid": {"type": "string", "format": "uuid"},
        "time": {"type": "string", "format": "date-time"},
        "number": {"type": "number", **numeric},
        "integer": {"type": "integer", **numeric},
        "flag": {"type": "boolean"},
        "json": holds[field.holds],
    }
    form = forms[field.kind]
    return form if field.required else {"anyOf": [form, {"type": "null"}]}
