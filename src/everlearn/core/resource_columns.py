"""How the columns of any table are shown: their order, their units, where their values lead."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, Boolean, Column, LargeBinary, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from everlearn.core.resource import can_be_asked_for, columns_of, exposed
from everlearn.core.schema.values import table_of
from everlearn.core.tables import Row

#: The last words of a name -> the unit of its values.
_UNITS = {
    "ms": "ms",
    "seconds": "s",
    "s": "s",
    "hours": "h",
    "days": "d",
    "bytes": "bytes",
    "mb": "MB",
    "percentage": "%",
    "percent": "%",
}
#: Names that say most about a row stand first in a list, those of its making last.
_FIRST = ("name", "title", "status", "state", "kind", "role", "type", "version")
_LAST = ("created_at", "updated_at", "created_by", "updated_by")


def in_list(row: type[Row]) -> list[Column[Any]]:
    """Give the columns that a list of rows shows, what says most about a row first.

    Documents, arrays and bytes are left to the row's own page.
    """
    small = [
        column
        for column in columns_of(row)
        if column.name != "tenant_id"
        and not isinstance(column.type, JSONB | ARRAY | LargeBinary)
        and type(column.type).__name__.lower() != "vector"
    ]
    return sorted(small, key=_rank)


def _rank(column: Column[Any]) -> int:
    if column.name == "id":
        return 0
    if column.name.endswith(_FIRST):
        return 1
    if column.name in _LAST:
        return 5
    if column.foreign_keys:
        return 3
    return 4 if column.nullable else 2


def by_index(row: type[Row]) -> list[Column[Any]]:
    """Give the columns by which rows are found through an index, so that asking is quick."""
    table = table_of(row)
    lists = [[c.name for c in table.primary_key.columns]]
    lists += [[c.name for c in index.columns] for index in table.indexes]
    lists += [
        [c.name for c in constraint.columns]
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    firsts = {next((name for name in names if name != "tenant_id"), "") for names in lists}
    return [c for c in columns_of(row) if c.name in firsts - {"id"} and can_be_asked_for(c)]


def field_of(column: Column[Any], value: str) -> dict[str, Any]:
    """Give the field of a filter form for a column: a choice where there are few values."""
    label = column.name.replace("_", " ")
    field: dict[str, Any] = {"name": column.name, "label": label, "value": value}
    if vocabulary := column.info.get("enum"):
        words = [each.value for each in vocabulary]
        return field | {"type": "select", "options": [("", "any"), *words]}
    if isinstance(column.type, Boolean):
        return field | {
            "type": "select",
            "options": [("", "any"), ("true", "yes"), ("false", "no")],
        }
    return field


def unit_of(column: Column[Any]) -> str:
    """Give the unit of a column's values, from the last word of its name."""
    return _UNITS.get(column.name.rpartition("_")[2], "")


def leads_to(table: Table) -> dict[str, tuple[str, str]]:
    """Give for each column that refers to an exposed table: that table and its column."""
    found = {}
    tables = exposed()
    for constraint in table.foreign_key_constraints:
        target = constraint.referred_table
        if tables.get(target.name) is None or table_of(tables[target.name]) is not target:
            continue
        own = [e for e in constraint.elements if e.parent.name != "tenant_id"]
        if len(own) == 1:
            found[own[0].parent.name] = (target.name, own[0].column.name)
    return found


def referring(table: Table) -> list[tuple[type[Row], Column[Any], str]]:
    """Give who refers to rows of a table: the exposed table, its column, and the column here."""
    return [
        (row, table_of(row).c[name], column)
        for row in exposed().values()
        for name, (target, column) in leads_to(table_of(row)).items()
        if target == table.name and not column.startswith("tenant")
    ]
