"""Values that look like those of a running product, by a column's name, vocabulary and type."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    String,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from everlearn.core.schema.real_words import NUMBERS, TEXTS
from everlearn.core.schema.values import is_needed, is_secret, value_for

#: What a healthy row leaves empty.
_EMPTY = re.compile(
    r"^(error|deleted|cancel|failed|retired|deactivated|archived|superseded|rolled_back|locked)"
    r"|_(error|error_message|error_log)$|^stack_trace$"
)
_END = re.compile(r"(^|_)(end|ended|completed|finished|closed|until|completion|to|last)(_|$)")
_LATER = re.compile(r"^(expires|valid_until|deadline|due)")


def is_left_empty(column: Column[Any]) -> bool:
    """Say whether a sample row leaves the column to NULL or to its default."""
    if is_needed(column):
        return False
    known = column.info.get("enum") is None and column.name in {*TEXTS, *NUMBERS}
    return bool(_EMPTY.search(column.name)) or (column.server_default is not None and not known)


def real_value(column: Column[Any], *, at: datetime) -> Any:
    """Give a value for a column of a sample row.

    Args:
        column: not a reference to another row.
        at: the row's time.
    """
    if is_secret(column):  # a sample of a key must open nothing
        return _locked(column, at)
    if column.info.get("enum") is None:
        for kind, build in _KINDS:
            if isinstance(column.type, kind):
                return build(column, at)
    return value_for(column, number=3, at=at)


def _locked(column: Column[Any], at: datetime) -> Any:
    if isinstance(column.type, String):
        return secrets.token_hex(32)  # nobody knows what it is a hash of
    return secrets.token_bytes(32) if isinstance(column.type, LargeBinary) else _other(column, at)


def _other(column: Column[Any], at: datetime) -> Any:
    return value_for(column, number=3, at=at)


def _text(column: Column[Any], at: datetime) -> str:
    if "[0-9a-f]" in column.info.get("check", ""):
        return cast("str", value_for(column, number=3, at=at))
    if column.name in TEXTS:
        return TEXTS[column.name]
    for ending in ("_name", "_version", "_id", "_path", "_description"):
        if column.name.endswith(ending):
            known = {"_name": "name", "_path": "file_path"}.get(ending, ending[1:])
            if known in TEXTS:
                return TEXTS[known]
    if column.name.endswith("_id"):
        return f"{column.name.removesuffix('_id').replace('_', '-')}-1021"
    of = column.table.name.removesuffix("s").replace("_", " ")
    return f"{column.name.replace('_', ' ')} of the {of}".capitalize()


def _number(column: Column[Any], _: datetime) -> float:
    name, check = column.name, column.info.get("check", "")
    if name in NUMBERS:
        return NUMBERS[name]
    if "BETWEEN 0 AND 1" in check:
        return 0.925
    if name.endswith("_ms"):
        return 45.67
    if "percent" in name:
        return 92.5
    return 24.0 if name.endswith("hours") else 12.5


def _time(column: Column[Any], at: datetime) -> datetime:
    if _LATER.search(column.name):
        return at + timedelta(days=30)
    return at + timedelta(hours=1) if _END.search(column.name) else at


def _json(column: Column[Any], _: datetime) -> Any:
    if "'array'" in column.info.get("check", ""):
        return ["carrier", "origin", "departure delay"]
    if "weight" in column.name:
        return {"late-arrival": 0.6, "weather": 0.4}
    if "metric" in column.name or "performance" in column.name:
        return {"accuracy": 0.992, "log_loss": 0.231}
    if any(word in column.name for word in ("param", "config", "settings", "options")):
        return {"num_leaves": 31, "learning_rate": 0.05}
    return {"carrier": "B6", "origin": "JFK", "distance_miles": 2586}


def _array(column: Column[Any], _: datetime) -> list[Any]:
    kind = cast("ARRAY[Any]", column.type).item_type
    if isinstance(kind, String):
        return ["late-arrival", "weather"]
    return [0.25, 0.75] if isinstance(kind, Float) else []


_KINDS: tuple[tuple[type[Any], Any], ...] = (
    (PG_UUID, _other),
    (JSONB, _json),
    (ARRAY, _array),
    (Boolean, lambda _, __: False),
    (Integer, lambda _, __: 128),
    (Float, _number),
    (Numeric, lambda _, __: Decimal("129.90")),
    (DateTime, _time),
    (Date, lambda _, at: at.date()),
    (Interval, lambda _, __: timedelta(days=90)),
    (LargeBinary, lambda _, __: b"sample"),
    (String, _text),
)
