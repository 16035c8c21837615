"""List and get for every table that says `expose=`: REST and command line, from the declaration.

Rows come newest first (by id) with a cursor; columns that hold secrets are never shown. A table
that needs more writes its own `rest.py`. The pages are in `resource_pages.py`.
"""

from __future__ import annotations

import base64
import difflib
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy import Column, LargeBinary, Table, select

from everlearn.core.errors import Invalid, NotFound
from everlearn.core.named import timed
from everlearn.core.rest import PageOf, ReadTxDep, TxDep, decode_cursor, encode_cursor
from everlearn.core.schema.values import is_secret, table_of
from everlearn.core.tables import Row, rows

if TYPE_CHECKING:
    from fastapi import FastAPI

    from everlearn.core.tx import Tx

MAX_PAGE = 500
#: Words of a request that are no columns.
_RESERVED = {"limit", "cursor"}


def exposed() -> dict[str, type[Row]]:
    """Give the tables that may be listed, by their bare name."""
    return {name.split(".")[1]: row for name, row in sorted(rows().items()) if row.expose}


def find(name: str) -> type[Row]:
    """Give an exposed table by its bare or its full name.

    Raises:
        NotFound: there is none; says which ones sound alike.
    """
    tables = exposed()
    bare = name.rpartition(".")[2]
    if bare in tables and name in {bare, table_of(tables[bare]).key}:
        return tables[bare]
    msg = f"no table that may be listed is called {name!r}"
    near = difflib.get_close_matches(bare, tables, n=3)
    raise NotFound(msg, field="table", hint=f"did you mean {' or '.join(near)}?" if near else None)


@timed("tables.list")
def list_rows(
    tx: Tx, row: type[Row], /, *, limit: int = 50, cursor: str | None = None, **equals: str
) -> PageOf:
    """Give one page of a table's rows, newest first, without what is stored as bytes.

    Args:
        tx: transaction.
        row: table class.
        limit: rows a page, 1 to 500.
        cursor: `next_cursor` of the page before.
        equals: column -> value the rows must have.

    Raises:
        Invalid: an unknown column, a value of the wrong form or a limit out of range.
    """
    if not 1 <= limit <= MAX_PAGE:
        msg = f"a page has 1 to {MAX_PAGE} rows"
        raise Invalid(msg, field="limit")
    table = table_of(row)
    shown = [column for column in columns_of(row) if not isinstance(column.type, LargeBinary)]
    query = select(*shown).order_by(table.c.id.desc()).limit(limit + 1)
    if "tenant_id" in table.c:
        query = query.where(table.c.tenant_id == tx.tenant_id)
    for name, value in equals.items():
        query = query.where(condition(row, name, value))
    if last := decode_cursor(cursor):
        query = query.where(table.c.id < _uuid(last, "cursor"))
    found = [_plain(line) for line in tx.execute(query).mappings()]
    more = len(found) > limit
    return PageOf(
        items=found[:limit],
        next_cursor=encode_cursor(found[limit - 1]["id"]) if more else None,
    )


def get_row(tx: Tx, row: type[Row], row_id: UUID) -> dict[str, Any]:
    """Give one row of a table, without its secrets; raise NotFound when the tenant has none."""
    table = table_of(row)
    query = select(*columns_of(row)).where(table.c.id == row_id)
    if "tenant_id" in table.c:
        query = query.where(table.c.tenant_id == tx.tenant_id)
    found = tx.execute(query).mappings().first()
    if found is None:
        msg = f"no row {row_id} in {table.name}"
        raise NotFound(msg, field="id")
    return _plain(found)


def columns_of(row: type[Row]) -> list[Column[Any]]:
    """Give the columns of a table that may be shown."""
    return [column for column in table_of(row).columns if not is_secret(column)]


def condition(row: type[Row], name: str, value: str) -> Any:
    """Give the condition that a column has a value, which is written as text.

    Raises:
        Invalid: an unknown column, or a value of the wrong form.
    """
    shown = {column.name: column for column in columns_of(row)}
    if name not in shown:
        msg = f"{table_of(row).name} has no column {name}"
        raise Invalid(msg, field=name, allowed=sorted(shown))
    return shown[name] == _parse(shown[name], value)


def _plain(line: Any) -> dict[str, Any]:
    """Give a row in values that JSON knows: bytes as base64, an embedding as a list."""
    found = dict(line)
    for name, value in found.items():
        if isinstance(value, bytes | memoryview):
            found[name] = base64.b64encode(value).decode()
        elif hasattr(value, "tolist"):
            found[name] = value.tolist()
    return found


def _uuid(value: str, field: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        msg = "this is not a uuid"
        raise Invalid(msg, field=field, got=value) from error


#: How text becomes a value of a type; a column of another type cannot be asked for.
_READ: dict[type[Any], Callable[[str], Any]] = {
    bool: lambda value: {"true": True, "false": False, "yes": True, "no": False}[value.lower()],
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    Decimal: Decimal,
    float: float,
    int: int,
    str: str,
}


def can_be_asked_for(column: Column[Any]) -> bool:
    """Say whether rows may be picked by the column's value."""
    return _kind(column) in {*_READ, UUID}


def _kind(column: Column[Any]) -> type[Any] | None:
    try:
        return column.type.python_type
    except NotImplementedError:
        return None


def _parse(column: Column[Any], value: str) -> Any:
    kind = _kind(column)
    if kind is UUID:
        return _uuid(value, column.name)
    if kind not in _READ:
        msg = f"rows cannot be picked by {column.name}, which is {column.type}"
        raise Invalid(msg, field=column.name)
    try:
        return _READ[kind](value)
    except (ValueError, KeyError, ArithmeticError) as error:
        msg = f"{value!r} is no {kind.__name__}"
        raise Invalid(msg, field=column.name) from error


def router(row: type[Row]) -> APIRouter:
    """Give the routes of one exposed table."""
    table: Table = table_of(row)
    made = APIRouter(tags=[row.module])

    if "list" in row.expose:

        @made.get(f"/v1/{table.name}", summary=f"List {table.name}", name=f"list_{table.name}")
        def list_(
            request: Request, tx: ReadTxDep, limit: int = 50, cursor: str | None = None
        ) -> PageOf:
            filters = {
                key: value for key, value in request.query_params.items() if key not in _RESERVED
            }
            return list_rows(tx, row, limit=limit, cursor=cursor, **filters)

    if "get" in row.expose:

        @made.get(
            f"/v1/{table.name}/{{row_id}}",
            summary=f"Get one of {table.name}",
            name=f"get_{table.name}",
        )
        def get(tx: TxDep, row_id: UUID) -> dict[str, Any]:
            return get_row(tx, row, row_id)

    return made


def include(app: FastAPI) -> None:
    """Add the routes of every exposed table, and the pages over them, to an application."""
    from everlearn.core import resource_pages

    for row in exposed().values():
        app.include_router(router(row))
    app.include_router(resource_pages.router, include_in_schema=False)
