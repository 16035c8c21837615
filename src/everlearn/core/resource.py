"""List and get for every table that says `expose=`: REST and command line, from the declaration.

Rows come newest first (by id) with a cursor; columns that hold secrets are never shown. A table
that needs more writes its own `rest.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy import Table, select

from everlearn.core.errors import Invalid, NotFound
from everlearn.core.rest import PageOf, TxDep, decode_cursor, encode_cursor
from everlearn.core.tables import Row, rows

if TYPE_CHECKING:
    from fastapi import FastAPI

    from everlearn.core.tx import Tx

MAX_PAGE = 500
_SECRET = ("secret", "password", "encrypted", "hashed", "api_key")


def exposed() -> dict[str, type[Row]]:
    """Give the tables that may be listed, by their bare name."""
    return {name.split(".")[1]: row for name, row in sorted(rows().items()) if row.expose}


def list_rows(
    tx: Tx, row: type[Row], /, *, limit: int = 50, cursor: str | None = None, **equals: str
) -> PageOf:
    """Give one page of a table's rows, newest first.

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
    table: Table = row.__table__  # type: ignore[assignment]  # typed as FromClause
    shown = _columns(table)
    query = select(*shown).order_by(table.c.id.desc()).limit(limit + 1)
    if "tenant_id" in table.c:
        query = query.where(table.c.tenant_id == tx.tenant_id)
    for name, value in equals.items():
        if name not in {column.name for column in shown}:
            msg = f"{table.name} has no column {name}"
            raise Invalid(msg, field=name, allowed=sorted(c.name for c in shown))
        query = query.where(table.c[name] == _parse(table.c[name], value))
    if last := decode_cursor(cursor):
        query = query.where(table.c.id < _uuid(last, "cursor"))
    found = [dict(line) for line in tx.execute(query).mappings()]
    more = len(found) > limit
    return PageOf(
        items=found[:limit],
        next_cursor=encode_cursor(found[limit - 1]["id"]) if more else None,
    )


def get_row(tx: Tx, row: type[Row], row_id: UUID) -> dict[str, Any]:
    """Give one row of a table, without its secrets; raise NotFound when the tenant has none."""
    table: Table = row.__table__  # type: ignore[assignment]  # typed as FromClause
    query = select(*_columns(table)).where(table.c.id == row_id)
    if "tenant_id" in table.c:
        query = query.where(table.c.tenant_id == tx.tenant_id)
    found = tx.execute(query).mappings().first()
    if found is None:
        msg = f"no row {row_id} in {table.name}"
        raise NotFound(msg, field="id")
    return dict(found)


def _columns(table: Table) -> list[Any]:
    return [c for c in table.columns if not any(word in c.name for word in _SECRET)]


def _uuid(value: str, field: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        msg = "this is not a uuid"
        raise Invalid(msg, field=field, got=value) from error


def _parse(column: Any, value: str) -> Any:
    kind = column.type.python_type
    try:
        if kind is bool:
            return {"true": True, "false": False}[value.lower()]
        return _uuid(value, column.name) if kind is UUID else kind(value)
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{value!r} is no {kind.__name__}"
        raise Invalid(msg, field=column.name) from error


def router(row: type[Row]) -> APIRouter:
    """Give the routes of one exposed table."""
    table: Table = row.__table__  # type: ignore[assignment]  # typed as FromClause
    made = APIRouter(tags=[row.module])

    if "list" in row.expose:

        @made.get(f"/v1/{table.name}", summary=f"List {table.name}", name=f"list_{table.name}")
        def list_(
            request: Request, tx: TxDep, limit: int = 50, cursor: str | None = None
        ) -> PageOf:
            filters = {
                key: value
                for key, value in request.query_params.items()
                if key not in {"limit", "cursor"}
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
    """Add the routes of every exposed table to an application."""
    for row in exposed().values():
        app.include_router(router(row))
