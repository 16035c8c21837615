"""`make` builds one valid row of any table from its declaration, so no table needs a factory.

    version = make(tx, ModelVersion, status="draft")     # makes the model and the artifact it needs

Columns that may be NULL or have a default are left to the database; whatever else is missing comes
from the column's type, its vocabulary, its CHECK and its references, and from the examples in
everlearn.core.schema.examples.
"""

from __future__ import annotations

import itertools
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import Column, Table, insert, select

from everlearn.core import partitions
from everlearn.core.errors import Bug
from everlearn.core.ids import time_of, uuid7
from everlearn.core.schema.examples import EXAMPLES
from everlearn.core.schema.values import is_needed, table_of, value_for
from everlearn.core.tables import Row, rows
from everlearn.core.tx import Tx

__all__ = ["EXAMPLES", "key_of", "make", "table_of", "values_for"]

R = TypeVar("R", bound=Row)
_numbers = itertools.count(1)


def make(tx: Tx, row: type[R], **overrides: Any) -> R:
    """Insert a valid row and give it back as it is stored.

    Args:
        tx: transaction of the tenant that the row is to belong to; of a shared table, which no
            tenant writes, its first row is given.
        row: table class; of the tenants table the transaction's own tenant is given. One that
            maintenance keeps needs a transaction of everlearn_service.
        overrides: column -> value; the database refuses what the table does not allow.
    """
    table = table_of(row)
    if row.policy.rows == "self":
        query: Any = select(row).where(table.c.id == tx.tenant_id)
    elif row.policy.rows == "shared":
        query = select(row).order_by(table.c.id).limit(1)
    else:
        values = values_for(tx, row, **overrides)
        query = select(row).from_statement(insert(table).values(values).returning(*table.c))
    made = tx.session.scalars(query).one()
    tx.session.expunge(made)  # so that it can be read after the transaction
    return cast("R", made)


def values_for(tx: Tx, row: type[Row], **overrides: Any) -> dict[str, Any]:
    """Give what `make` would insert: rows it refers to are made, its partition is there."""
    table = table_of(row)
    if row.policy.rows == "shared" or (row.policy.maintained and not _is_maintenance(tx)):
        msg = f"{table.key} is not for tenants: only everlearn_service writes it"
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
    for name in _needed_by_rules(table, values):
        values[name] = _value(tx, table.c[name])
    by = row.policy.partition
    for column in table.columns:
        if column.name in values or column.name == "tenant_id":
            continue
        if column.name == "id":
            values["id"] = uuid7(tx.now())
        elif is_needed(column) or (by is not None and by.column == column.name):
            values[column.name] = _value(tx, column)
    if by is not None:
        key = values[by.column]
        partitions.ensure(tx, table.key, [time_of(key) if isinstance(key, UUID) else key])
    return values


def _is_maintenance(tx: Tx) -> bool:
    return bool(tx.scalar("SELECT current_user") == "everlearn_service")


def key_of(made: Row) -> dict[str, Any]:
    """Give the primary key of a row, column -> value, without the tenant."""
    names = [c.name for c in table_of(type(made)).primary_key if c.name != "tenant_id"]
    return {name: getattr(made, name) for name in names}


def _needed_by_rules(table: Table, values: dict[str, Any]) -> list[str]:
    """Give the columns that a CHECK of the whole table asks for, as its `info` says.

    `one_of`: one of them must be set, the first unless another is given; `whole`: all of them.
    """
    found: list[str] = []
    for rule in table.constraints:
        one_of: tuple[str, ...] = rule.info.get("one_of", ())
        if all(values.get(name) is None for name in one_of):
            found += one_of[:1]
        found += [name for name in rule.info.get("whole", ()) if name not in values]
    return found


def _value(tx: Tx, column: Column[Any]) -> Any:
    if target := column.info.get("ref"):
        return make(tx, rows()[target.removeprefix("shared:")]).id
    return value_for(column, number=next(_numbers), at=tx.now())
