"""JSON objects as columns: what most rows have under a key lies in a column of the key's own.

A value goes there only if exactly its text comes back from it, since PostgreSQL keeps `1.50` and
`1.5` apart; every other value, and every other key, stays JSON in the column `:rest`. A key that
is not there is NULL in its column, and so is one whose value stayed.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
from psycopg import sql

from everlearn.modules.operations.service.columns import Pick, Travel, arrow, hexed, unhexed

_MOST_KEYS = 64
#: A key that fewer of the sampled objects have stays where it is.
_SHARE = 0.02
_FITTING = 0.98
_MOST_DECIMALS = 6
_SHORTEST_HEX = 4  # bytes
_DIGITS = 18
_STYLES = ("python", "javascript", "fixed")
_UUID = r'^"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"$'

Form = dict[str, Any]


def choose(lib: Any, values: Any) -> Form | None:
    """Choose the keys with a column, and the form of each, from some objects' texts."""
    found = [json.loads(text, parse_float=str, parse_int=int) for text in _texts(values)]
    objects = [each for each in found if isinstance(each, dict)]
    counts = Counter(key for each in objects for key in each)
    chosen = [
        key
        for key, n in counts.most_common(_MOST_KEYS)
        if n >= _SHARE * len(objects) and key != "rest" and "\0" not in key
    ]
    if not chosen:
        return None
    raw: dict[str, list[str]] = {key: [] for key in chosen}
    for text in _texts(values):
        for key, value in _members(text):
            if key in raw:
                raw[key].append(value)
    keys = [{"key": key} | _form_of(lib, lib.array(raw[key], lib.string())) for key in sorted(raw)]
    return {"form": "json", "keys": keys}


def _texts(values: Any) -> list[str]:
    return [text for text in values.to_pylist() if text is not None]


class _Number(str):
    """A number of JSON, as it was written."""

    __slots__ = ()


def _members(text: str) -> list[tuple[str, str]]:
    """Give an object's members, numbers as they were written."""
    whole = json.loads(text, parse_float=_Number, parse_int=_Number)
    if not isinstance(whole, dict):
        return []
    return [(key, _written(value)) for key, value in whole.items()]


def _written(value: Any) -> str:
    if isinstance(value, _Number):
        return str(value)
    return "[]" if isinstance(value, list | dict) else json.dumps(value, ensure_ascii=False)


def _form_of(lib: Any, values: Any) -> Form:
    """Choose the first form that nearly all values come back from."""
    forms: list[Form] = [{"form": "boolean"}, {"form": "integer"}, {"form": "uuid"}]
    widths = np.asarray(lib.compute.utf8_length(values).to_numpy(zero_copy_only=False)) - 2
    if len(widths) and widths[0] % 2 == 0 and widths[0] // 2 >= _SHORTEST_HEX:
        forms.append({"form": "hex", "bytes": int(widths[0] // 2)})
    forms += [
        {"form": "scaled", "scale": scale, "style": style}
        for scale in range(1, _MOST_DECIMALS + 1)
        for style in _STYLES
    ]
    forms += [{"form": "double"}, {"form": "text"}]
    for form in forms:
        if lib.compute.mean(_fits(lib, form, values)).as_py() >= _FITTING:
            return form
    return {"form": "raw"}


def _fits(lib: Any, form: Form, values: Any) -> Any:
    back = _back(lib, form, _into(lib, form, values))
    return lib.compute.fill_null(lib.compute.equal(back, values), fill_value=False)


def picks(name: str, form: Form) -> list[Pick]:
    """Say what is selected of a column: each key's value, and the object without these keys."""
    text = arrow().string()
    how = Travel("", text, text)
    column = sql.Identifier("t", name)
    keys = [each["key"] for each in form["keys"]]
    made = [
        Pick(f"{name}:{key}", sql.SQL("({} -> {})::text").format(column, sql.Literal(key)), how)
        for key in keys
    ]
    without = sql.SQL(
        "(CASE WHEN jsonb_typeof({column}) = 'object' THEN {column} - {keys}::text[]"
        " ELSE {column} END)::text"
    ).format(column=column, keys=sql.Literal(keys))
    return [*made, Pick(f"{name}:rest", without, how)]


def encode(lib: Any, batch: Any, name: str, form: Form) -> dict[str, Any]:
    """Give an object's columns in the file."""
    pc = lib.compute
    made, parts = {}, []
    fitting = None
    for each in form["keys"]:
        column = f"{name}:{each['key']}"
        raw = _one(batch, column)
        stored = _into(lib, each, raw)
        fits = pc.fill_null(pc.equal(_back(lib, each, stored), raw), fill_value=False)
        made[column] = pc.if_else(fits, stored, lib.scalar(None, stored.type))
        fitting = fits if fitting is None else pc.or_(fitting, fits)
        left = pc.and_(pc.invert(fits), raw.is_valid())
        if pc.any(left).as_py():
            told = _member(lib, each["key"], raw)
            parts.append(pc.if_else(left, told, lib.scalar(None, lib.string())))
    rest = _one(batch, f"{name}:rest")
    if parts:
        whole = pc.binary_join_element_wise("{", _joined(lib, [*parts, _inner(lib, rest)]), "}", "")
        is_object = pc.fill_null(pc.starts_with(rest, "{"), fill_value=False)
        rest = pc.if_else(is_object, whole, rest)
    nothing_left = pc.and_(pc.fill_null(pc.equal(rest, "{}"), fill_value=False), fitting)
    made[f"{name}:rest"] = pc.if_else(nothing_left, lib.scalar(None, lib.string()), rest)
    return made


def decode(lib: Any, batch: Any, name: str, form: Form) -> Any:
    """Give an object's text, as PostgreSQL reads it."""
    pc = lib.compute
    parts = []
    for each in form["keys"]:
        raw = _back(lib, each, _one(batch, f"{name}:{each['key']}"))
        parts.append(_member(lib, each["key"], raw))
    rest = _one(batch, f"{name}:rest")
    joined = _joined(lib, [*parts, _inner(lib, rest)])
    whole = pc.binary_join_element_wise("{", joined, "}", "")
    nothing = pc.and_(pc.equal(joined, ""), rest.is_null())
    other = pc.and_(rest.is_valid(), pc.invert(pc.fill_null(pc.starts_with(rest, "{"), True)))
    return pc.if_else(nothing, lib.scalar(None, lib.string()), pc.if_else(other, rest, whole))


def _one(batch: Any, name: str) -> Any:
    found = batch.column(name)
    return found.combine_chunks() if hasattr(found, "combine_chunks") else found


def _member(lib: Any, key: str, raw: Any) -> Any:
    return lib.compute.binary_join_element_wise(_told(key), raw, ", ", "")


def _joined(lib: Any, members: list[Any]) -> Any:
    """Put members behind each other, each with its comma, and take the last comma away."""
    # Not by null_handling="skip": pyarrow 26 loses a row all of whose parts are NULL.
    pc = lib.compute
    made = pc.binary_join_element_wise(*members, "", null_handling="replace", null_replacement="")
    return pc.utf8_slice_codeunits(made, 0, -2)


def _told(key: str) -> str:
    return json.dumps(key, ensure_ascii=False) + ": "


def _inner(lib: Any, rest: Any) -> Any:
    """Give what is between the braces of objects, and a comma; NULL where there is nothing."""
    pc = lib.compute
    inner = pc.binary_join_element_wise(pc.utf8_slice_codeunits(rest, 1, -1), ", ", "")
    filled = pc.and_(pc.starts_with(rest, "{"), pc.not_equal(rest, "{}"))
    return pc.if_else(filled, inner, lib.scalar(None, lib.string()))


def _only(lib: Any, values: Any, pattern: str) -> Any:
    """Give the texts that a pattern matches, and NULL for others."""
    pc = lib.compute
    same = pc.match_substring_regex(values, pattern)
    return pc.if_else(same, values, lib.scalar(None, lib.string()))


def _into(lib: Any, form: Form, raw: Any) -> Any:
    """Give JSON texts as what is stored; NULL for what cannot be."""
    pc, kind = lib.compute, form["form"]
    if kind == "boolean":
        return _only(lib, raw, "^(true|false)$").cast(lib.bool_())
    if kind == "integer":
        return _only(lib, raw, rf"^-?[0-9]{{1,{_DIGITS}}}$").cast(lib.int64())
    if kind == "uuid":
        return unhexed(_stripped(lib, _only(lib, raw, _UUID)), 16, dashes=True)
    if kind == "hex":
        pattern = f'^"[0-9a-f]{{{2 * form["bytes"]}}}"$'
        return unhexed(_stripped(lib, _only(lib, raw, pattern)), form["bytes"])
    if kind == "scaled":
        digits, scale = _DIGITS - form["scale"], form["scale"]
        pattern = rf"^-?[0-9]{{1,{digits}}}(\.[0-9]{{1,{scale}}})?$"
        return _mantissas(lib, _only(lib, raw, pattern).cast(lib.decimal128(_DIGITS, scale)))
    if kind == "double":
        return _only(lib, raw, r"^-?[0-9]+(\.[0-9]+)?$").cast(lib.float64())
    if kind == "text":
        return _stripped(lib, _only(lib, raw, r'^"[^"\\]*"$'))
    return pc.if_else(raw.is_valid(), raw, lib.scalar(None, lib.string()))


def _back(lib: Any, form: Form, stored: Any) -> Any:
    """Give what is stored as JSON texts."""
    pc, kind = lib.compute, form["form"]
    if kind in {"boolean", "integer", "double"}:
        return stored.cast(lib.string())
    if kind == "uuid":
        found = hexed(stored)
        ends = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
        parts = [pc.utf8_slice_codeunits(found, a, b) for a, b in ends]
        return _in_quotes(lib, pc.binary_join_element_wise(*parts, "-"))
    if kind == "hex":
        return _in_quotes(lib, hexed(stored))
    if kind == "text":
        return _in_quotes(lib, stored)
    if kind == "scaled":
        found = _decimals(lib, stored, form["scale"]).cast(lib.string())
        if form["style"] == "fixed":
            return found
        found = pc.utf8_rtrim(found, "0")
        ends = pc.ends_with(found, ".")
        if form["style"] == "javascript":
            return pc.if_else(ends, pc.utf8_rtrim(found, "."), found)
        return pc.if_else(ends, pc.binary_join_element_wise(found, "0", ""), found)
    return stored


def _stripped(lib: Any, texts: Any) -> Any:
    return lib.compute.utf8_slice_codeunits(texts, 1, -1)


def _in_quotes(lib: Any, texts: Any) -> Any:
    return lib.compute.binary_join_element_wise('"', texts, '"', "")


def _mantissas(lib: Any, decimals: Any) -> Any:
    """Give decimals of 18 digits without their point: the lower half of their 16 bytes."""
    words = np.frombuffer(decimals.buffers()[1], np.int64)[decimals.offset * 2 :]
    lower = words[: 2 * len(decimals) : 2]
    return lib.array(lower, lib.int64(), mask=np.asarray(decimals.is_null()))


def _decimals(lib: Any, whole: Any, scale: int) -> Any:
    numbers = whole.fill_null(0).to_numpy(zero_copy_only=False)
    words = np.empty((len(numbers), 2), np.int64)
    words[:, 0], words[:, 1] = numbers, numbers >> 63
    kind = lib.decimal128(_DIGITS, scale)
    buffers = [None, lib.py_buffer(words.tobytes())]
    made = lib.Decimal128Array.from_buffers(kind, len(numbers), buffers)
    return lib.compute.if_else(whole.is_valid(), made, lib.scalar(None, kind))


def duckdb(name: str, form: Form) -> str:
    """Give the expression that makes the object again, in DuckDB's SQL."""
    parts, present = [], []
    for each in form["keys"]:
        column = _quoted(f"{name}:{each['key']}")
        present.append(column)
        parts.append(f"{_literal(_told(each['key']))} || {_json_of(column, each)}")
    rest = _quoted(f"{name}:rest")
    inner = f"CASE WHEN {rest} LIKE '{{_%}}' THEN substr({rest}, 2, length({rest}) - 2) END"
    made = f"'{{' || concat_ws(', ', {', '.join(parts)}, {inner}) || '}}'"
    nothing = f"coalesce({', '.join(f'{each}::VARCHAR' for each in [*present, rest])}) IS NULL"
    other = f"WHEN {rest} NOT LIKE '{{%' THEN {rest}"
    return f"(CASE WHEN {nothing} THEN NULL {other} ELSE {made} END)::JSON"


def _json_of(column: str, form: Form) -> str:
    kind = form["form"]
    if kind == "scaled":
        return f"({column} / {10 ** form['scale']}::DOUBLE)::VARCHAR"
    if kind == "hex":
        return f"'\"' || lower(hex({column})) || '\"'"
    if kind == "uuid":
        return f"'\"' || lower(hex({column}))::UUID::VARCHAR || '\"'"
    if kind == "text":
        return f"'\"' || {column} || '\"'"
    return f"{column}::VARCHAR"


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _literal(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
