"""`make` builds one valid row of any table from its declaration, so no table needs a factory.

    version = make(tx, ModelVersion, status="draft")     # makes the model and the artifact it needs

Columns that may be NULL or have a default are left to the database; whatever else is missing comes
from the column's type, its vocabulary, its CHECK and its references.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar, cast
from uuid import UUID

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
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from everlearn.core import partitions
from everlearn.core.errors import Bug
from everlearn.core.ids import time_of, uuid7
from everlearn.core.tables import Row, rows
from everlearn.core.tx import Tx

#: Values for columns whose rule stands in a trigger, in a check of the whole table or in the code
#: that reads them, which a declaration does not show: table -> column -> value, or a function of
#: the transaction.
EXAMPLES: dict[str, dict[str, Any]] = {
    "features.feature_sets": {"definition": {"features": []}},
    "operations.data_retention_policies": {
        "table_name": lambda tx: tx.scalar(
            "SELECT parent FROM app.retention WHERE parent NOT IN"
            " (SELECT table_name FROM operations.data_retention_policies) ORDER BY 1 LIMIT 1"
        )
    },
}

R = TypeVar("R", bound=Row)
_numbers = itertools.count(1)


def make(tx: Tx, row: type[R], **overrides: Any) -> R:
    """Insert a valid row and give it back as it is stored.

    Args:
        tx: transaction of the tenant that the row is to belong to.
        row: table class; of the tenants table the transaction's own tenant is given.
        overrides: column -> value; the database refuses what the table does not allow.
    """
    table = table_of(row)
    if row.policy.rows == "self":
        query: Any = select(row).where(table.c.id == tx.tenant_id)
    else:
        values = values_for(tx, row, **overrides)
        query = select(row).from_statement(insert(table).values(values).returning(*table.c))
    made = tx.session.scalars(query).one()
    tx.session.expunge(made)  # so that it can be read after the transaction
    return cast("R", made)


def values_for(tx: Tx, row: type[Row], **overrides: Any) -> dict[str, Any]:
    """Give what `make` would insert: rows it refers to are made, its partition is there."""
    table = table_of(row)
    if row.policy.rows == "shared":
        msg = f"{table.key} is shared: only everlearn_service writes it"
        raise Bug(msg)
    unknown = set(overrides) - set(table.c.keys())
    if unknown:
        msg = f"{table.key} has no column {', '.join(sorted(unknown))}"
        raise Bug(msg)
    values = {
        name: value(tx) if callable(value) else value
        for name, value in EXAMPLES.get(table.key, {}).items()
        if name not in overrides
    }
    values |= overrides
    by = row.policy.partition
    for column in table.columns:
        if column.name in values or column.name == "tenant_id":
            continue
        if column.name == "id":
            values["id"] = uuid7(tx.now())
        elif _is_needed(column) or (by is not None and by.column == column.name):
            values[column.name] = _value(tx, column)
    if by is not None:
        key = values[by.column]
        partitions.ensure(tx, table.key, [time_of(key) if isinstance(key, UUID) else key])
    return values


def table_of(row: type[Row]) -> Table:
    """Give the table of a class, as the type that it is."""
    return cast("Table", row.__table__)


def key_of(made: Row) -> dict[str, Any]:
    """Give the primary key of a row, column -> value, without the tenant."""
    names = [c.name for c in table_of(type(made)).primary_key if c.name != "tenant_id"]
    return {name: getattr(made, name) for name in names}


def _is_needed(column: Column[Any]) -> bool:
    return not (column.nullable or column.server_default is not None or column.computed)


def _value(tx: Tx, column: Column[Any]) -> Any:
    if vocabulary := column.info.get("enum"):
        return next(iter(vocabulary)).value
    target = column.info.get("ref", "")
    if target and not target.startswith("shared:"):
        return make(tx, rows()[target]).id
    for kind, build in _BUILDERS:
        if isinstance(column.type, kind):
            return build(tx, column, next(_numbers))
    msg = f"make() knows no value for {column} of type {column.type}; pass one, or teach it"
    raise Bug(msg)


def _text(_: Tx, column: Column[Any], number: int) -> str:
    if "[0-9a-f]" in column.info.get("check", ""):
        return hashlib.sha256(str(number).encode()).hexdigest()
    return f"{column.name}-{number}"


def _float(_: Tx, column: Column[Any], number: int) -> float:
    return 0.5 if "BETWEEN 0 AND 1" in column.info.get("check", "") else float(number)


def _json(_: Tx, column: Column[Any], __: int) -> Any:
    return [] if "'array'" in column.info.get("check", "") else {}


_Builder = Callable[[Tx, Column[Any], int], Any]

#: The first kind that fits; whole numbers and texts differ from row to row, so unique keys hold.
_BUILDERS: tuple[tuple[type[Any], _Builder], ...] = (
    (PG_UUID, lambda tx, _, __: uuid7(tx.now())),
    (JSONB, _json),
    (ARRAY, lambda _, __, ___: []),
    (Boolean, lambda _, __, ___: True),
    (Integer, lambda _, __, number: number),
    (Float, _float),
    (Numeric, lambda _, __, number: Decimal(number)),
    (DateTime, lambda tx, _, __: tx.now()),
    (Date, lambda tx, _, __: tx.now().date()),
    (Interval, lambda _, __, ___: timedelta(days=1)),
    (LargeBinary, lambda _, __, number: str(number).encode()),
    (String, _text),
)
