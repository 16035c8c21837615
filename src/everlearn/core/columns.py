"""Column types with a unit: the type adds its CHECK, so a negative duration cannot be stored."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import REAL, BigInteger, Date, DateTime, Double, Integer, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import MappedColumn, mapped_column

# `info["check"]` is a CHECK in which {c} stands for the column; `Row` turns it into a constraint.
# NaN counts as larger than every number in PostgreSQL, so BETWEEN refuses it too.
Score = Annotated[float, mapped_column(Double, info={"check": "{c} BETWEEN 0 AND 1"})]
Ratio = Annotated[float, mapped_column(Double, info={"check": "{c} BETWEEN 0 AND 1"})]
Number = Annotated[float, mapped_column(Double)]
Millis = Annotated[float, mapped_column(Double, info={"check": "{c} >= 0 AND {c} < 'infinity'"})]
Seconds = Annotated[float, mapped_column(Double, info={"check": "{c} >= 0 AND {c} < 'infinity'"})]
Hours = Annotated[float, mapped_column(Double, info={"check": "{c} >= 0 AND {c} < 'infinity'"})]
Days = Annotated[int, mapped_column(Integer, info={"check": "{c} >= 0"})]
Count = Annotated[int, mapped_column(BigInteger, info={"check": "{c} >= 0"})]
Bytes = Annotated[int, mapped_column(BigInteger, info={"check": "{c} >= 0"})]
Money = Annotated[Decimal, mapped_column(Numeric(18, 4))]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Day = Annotated[date, mapped_column(Date)]
Words = Annotated[str, mapped_column(Text)]
Name = Annotated[str, mapped_column(Text, info={"check": "{c} <> '' AND length({c}) <= 255"})]
Sha256 = Annotated[str, mapped_column(Text, info={"check": "{c} ~ '^[0-9a-f]{{64}}$'"})]
Json = Annotated[
    dict[str, Any],
    mapped_column(JSONB(none_as_null=True), info={"check": "jsonb_typeof({c}) = 'object'"}),
]
JsonList = Annotated[
    list[Any],
    mapped_column(JSONB(none_as_null=True), info={"check": "jsonb_typeof({c}) = 'array'"}),
]
Id = Annotated[UUID, mapped_column(PG_UUID(as_uuid=True))]
Floats = Annotated[list[float], mapped_column(ARRAY(Double))]
SmallFloats = Annotated[list[float], mapped_column(ARRAY(REAL))]
#: Quantiles that can be merged; see core/sketches.py.
Sketch = Annotated[list[int], mapped_column(ARRAY(BigInteger))]
Texts = Annotated[list[str], mapped_column(ARRAY(Text))]
Ids = Annotated[list[UUID], mapped_column(ARRAY(PG_UUID(as_uuid=True)))]


def column(
    comment: str, *, default: str | None = None, index: bool = False, **more: Any
) -> MappedColumn[Any]:
    """Declare a column with its comment: the database's, the API's and the docs' at once.

    Args:
        comment: what the value means, with its unit.
        default: the server's default as SQL, such as ``'{}'`` or ``now()``.
        index: whether an index on (tenant_id, column) is kept.
        more: passed on to `sqlalchemy.orm.mapped_column`.
    """
    info = {"index": True} if index else {}
    if default is not None:
        more["server_default"] = text(default)
    return mapped_column(comment=comment, info=info, **more)


def vector(comment: str, width: int, **more: Any) -> MappedColumn[Any]:
    """Declare an embedding: `width` single-precision numbers, pgvector's type `vector`."""
    from pgvector.sqlalchemy import Vector

    return mapped_column(Vector(width), comment=comment, **more)


def choice(
    values: type[StrEnum],
    comment: str,
    *,
    default: StrEnum | None = None,
    index: bool = False,
    **more: Any,
) -> MappedColumn[Any]:
    """Declare a text column that holds one of a vocabulary; a CHECK refuses other words."""
    words = ", ".join(f"'{value.value}'" for value in values)
    if default is not None:
        more["server_default"] = text(
            f"'{default.value}'"
        )  # lint: allow sql-string because DDL of our own enum
    info = {"check": f"{{c}} IN ({words})", "enum": values} | ({"index": True} if index else {})
    return mapped_column(Text, comment=comment, info=info, **more)


def ref(
    target: str, comment: str, *, ondelete: str = "NO ACTION", **more: Any
) -> MappedColumn[Any]:
    """Declare a reference to a row of the same tenant.

    The foreign key is (tenant_id, column) -> (tenant_id, id), since PostgreSQL checks foreign keys
    outside row-level security: only so can a row not point at another tenant's.

    Args:
        target: schema-qualified table, such as ``registry.ml_models``.
        comment: what the reference means.
        ondelete: ``CASCADE``, ``SET NULL`` (only this column is set to null) or ``NO ACTION``.
        more: passed on to `sqlalchemy.orm.mapped_column`.
    """
    return mapped_column(
        PG_UUID(as_uuid=True),
        comment=comment,
        info={"ref": target, "ondelete": ondelete, "index": True},
        **more,
    )
