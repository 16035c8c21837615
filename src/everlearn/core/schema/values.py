"""A valid value for any column, from its type, its vocabulary and its CHECK."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
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
    Table,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from everlearn.core.errors import Bug
from everlearn.core.ids import uuid7
from everlearn.core.tables import Row

_SECRET_WORDS = ("secret", "password", "encrypted", "hashed", "api_key")


def table_of(row: type[Row]) -> Table:
    """Give the table of a class, as the type that it is."""
    return cast("Table", row.__table__)


def is_secret(column: Column[Any]) -> bool:
    """Say whether the column's value is never shown."""
    return any(word in column.name for word in _SECRET_WORDS)


def is_needed(column: Column[Any]) -> bool:
    """Say whether a row cannot be without a value for the column."""
    return not (column.nullable or column.server_default is not None or column.computed)


def value_for(column: Column[Any], *, number: int, at: datetime) -> Any:
    """Give a value that the column's own rules allow.

    Args:
        column: not a reference to another row.
        number: whole numbers and texts are made of it, so unique keys hold from row to row.
        at: the row's time.

    Raises:
        Bug: a type without a rule here.
    """
    if vocabulary := column.info.get("enum"):
        return next(iter(vocabulary)).value
    if type(column.type).__name__.lower() == "vector":
        return [0.1] * (cast("Any", column.type).dim or 8)
    for kind, build in _BUILDERS:
        if isinstance(column.type, kind):
            return build(column, number, at)
    msg = f"no sample value is known for {column} of type {column.type}; pass one, or teach it"
    raise Bug(msg)


def _text(column: Column[Any], number: int, _: datetime) -> str:
    if "[0-9a-f]" in column.info.get("check", ""):
        return hashlib.sha256(str(number).encode()).hexdigest()
    return f"{column.name}-{number}"


def _float(column: Column[Any], number: int, _: datetime) -> float:
    return 0.5 if "BETWEEN 0 AND 1" in column.info.get("check", "") else float(number)


def _json(column: Column[Any], _: int, __: datetime) -> Any:
    return [] if "'array'" in column.info.get("check", "") else {}


_Builder = Callable[[Column[Any], int, datetime], Any]

#: The first kind that fits.
_BUILDERS: tuple[tuple[type[Any], _Builder], ...] = (
    (PG_UUID, lambda _, __, at: uuid7(at)),
    (JSONB, _json),
    (ARRAY, lambda _, __, ___: []),
    (Boolean, lambda _, __, ___: True),
    (Integer, lambda _, number, __: number),
    (Float, _float),
    (Numeric, lambda _, number, __: Decimal(number)),
    (DateTime, lambda _, __, at: at),
    (Date, lambda _, __, at: at.date()),
    (Interval, lambda _, __, ___: timedelta(days=1)),
    (LargeBinary, lambda _, number, __: str(number).encode()),
    (String, _text),
)
