"""Turns a driver's error into ours, from SQLSTATE and the constraint's name, never its text."""

from __future__ import annotations

from typing import Any

import psycopg
from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError

from everlearn.core.errors import (
    Bug,
    Conflict,
    Duplicate,
    EverlearnError,
    Forbidden,
    Invalid,
    Unavailable,
)
from everlearn.core.tables import Row

_TRY_AGAIN = {
    "40001": "two transactions touched the same rows",
    "40P01": "two transactions waited for each other",
    "55P03": "a lock was not free in time",
    "57014": "the statement took longer than allowed",
    "57P01": "the database is shutting down",
    "57P02": "the database restarted",
    "57P03": "the database is starting",
    "53300": "the database has no free connection",
    "53100": "the database's disk is full",
    "53200": "the database is out of memory",
}

_HINTS = {
    "53100": "nothing was written; make room on the disk of the database, then try again",
}

#: Errors by constraint name that a module wants instead of the general one.
BY_CONSTRAINT: dict[str, type[EverlearnError]] = {}


def translate(error: DBAPIError) -> EverlearnError:  # noqa: C901, PLR0911 -- one flat list of states
    """Give the error of Everlearn that says what the driver's error means.

    Args:
        error: as SQLAlchemy raised it, with psycopg's `diag` on its `orig`.
    """
    original: Any = error.orig
    if isinstance(original, EverlearnError):
        return original
    state = getattr(original, "sqlstate", None)
    diag = getattr(original, "diag", None)
    name = getattr(diag, "constraint_name", None) or ""
    table = _table(diag)
    facts = {"table": table.name} if table is not None else {}
    if name in BY_CONSTRAINT:
        return BY_CONSTRAINT[name]()
    if state == "23505":
        columns = _unique_columns(table, name)
        key = " and ".join(columns) or "key"
        msg = f"{facts.get('table', 'the table')} has a row with this {key}"
        return Duplicate(msg, field=columns[-1] if columns else None, **facts)
    if state == "23514" and not name:  # also what PostgreSQL says when no partition takes the row
        msg = f"no partition of {facts.get('table', 'the table')} holds this row's time"
        return Bug(msg, hint="call everlearn.core.partitions.ensure before the insert", **facts)
    if state == "23514":
        return _check(table, name, facts)
    if state == "23503":
        column = _fk_column(table, name)
        where = facts.get("table", "the row")
        msg = f"{where} refers to a row that does not exist (or still is referred to)"
        return Invalid(
            msg, field=column, hint="check the id; it must be of the same tenant", **facts
        )
    if state == "23502":
        column = getattr(diag, "column_name", None)
        return Invalid(f"{facts.get('table', 'the row')} needs a value here", field=column, **facts)
    if state == "42501":
        return Forbidden(**facts)
    if state in {"22000", "22P02", "22007", "22008", "22003", "22023", "22021", "22P05"}:
        return Invalid(
            getattr(diag, "message_primary", None) or "the value has the wrong form",
            field=getattr(diag, "column_name", None),
            **facts,
        )
    if state is None and isinstance(original, psycopg.DataError):
        # The driver itself refused the value, such as a text with a NUL character.
        return Invalid(str(original), **facts)
    lost = state is None and isinstance(original, psycopg.OperationalError | psycopg.InterfaceError)
    state = state or ""
    if state in _TRY_AGAIN or lost or state.startswith("08") or error.connection_invalidated:
        msg = _TRY_AGAIN.get(state, "the connection to the database was lost")
        return Unavailable(msg, hint=_HINTS.get(state, "nothing was written; try again"))
    if state.startswith("P0"):  # raised by one of our own functions
        return Conflict(getattr(diag, "message_primary", None))
    return Bug(f"the database refused a statement of ours (SQLSTATE {state})")


def _table(diag: Any) -> Table | None:
    name = getattr(diag, "table_name", None) or ""
    schema = getattr(diag, "schema_name", None)
    tables = Row.metadata.tables
    if schema != "parts":
        return tables.get(f"{schema}.{name}")
    # A partition: its parent's name is its own, less the time behind it.
    parents = [table for table in tables.values() if name.startswith(table.name + "_y")]
    return max(parents, key=lambda table: len(table.name), default=None)


def _unique_columns(table: Table | None, name: str) -> list[str]:
    if table is None:
        return []
    items: list[Any] = [*table.constraints, *table.indexes, table.primary_key]
    for item in items:
        if item.name == name:
            return [c.name for c in item.columns if c.name != "tenant_id"]
    return [c.name for c in table.primary_key.columns if c.name != "tenant_id"]


def _fk_column(table: Table | None, name: str) -> str | None:
    if table is None:
        return None
    for constraint in table.foreign_key_constraints:
        if constraint.name == name:
            return list(constraint.columns)[-1].name
    return None


def _check(table: Table | None, name: str, facts: dict[str, Any]) -> Invalid:
    column = None
    if table is not None and name.startswith(f"ck_{table.name}_") and name.endswith("_valid"):
        column = name.removeprefix(f"ck_{table.name}_").removesuffix("_valid")
    if table is None or column is None or column not in table.columns:
        return Invalid(f"the row breaks the rule {name}", **facts)
    info = table.columns[column].info
    if vocabulary := info.get("enum"):
        allowed = [value.value for value in vocabulary]
        msg = f"{table.name}.{column} must be one of {', '.join(allowed)}"
        return Invalid(msg, field=column, allowed=allowed, **facts)
    rule = info.get("check", "").format(c=column)
    return Invalid(f"{table.name}.{column} must hold: {rule}", field=column, **facts)
