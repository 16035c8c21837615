"""Pages over every exposed table: all tables, the rows of one, one row."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import func, literal, select, union_all
from sqlalchemy.dialects import postgresql

from everlearn.core import catalog, formats, resource, web
from everlearn.core.resource_columns import (
    by_index,
    field_of,
    in_list,
    leads_to,
    referring,
    unit_of,
)
from everlearn.core.rest import PrincipalDep, ReadTxDep, TxDep
from everlearn.core.schema.values import table_of
from everlearn.core.tables import Row
from everlearn.core.tx import Tx

router = APIRouter()

#: Rows are counted up to here; what is more is estimated from the planner's statistics.
_COUNTED = 1000
_MOST_COLUMNS = 12
_MOST_FILTERS = 6
_PAGE = 50


@router.get("/tables")
def tables(request: Request, who: PrincipalDep, tx: ReadTxDep) -> Response:  # noqa: ARG001 - shown by the shell
    """Show every table by module, with the number of the tenant's rows."""
    exposed = resource.exposed()
    counts = _counts(tx, {name: _all(tx, row) for name, row in exposed.items()})
    many = {name for name, count in counts.items() if count > _COUNTED}
    counts |= {name: max(counts[name], _estimate(tx, exposed[name])) for name in many}
    by_module = defaultdict(list)
    for name, row in exposed.items():
        count = f"about {formats.count(counts[name])}" if name in many else counts[name]
        comment = (table_of(row).comment or "").split("\n\n")[0]
        by_module[row.module].append({"name": name, "comment": comment, "rows": count})
    return web.page(
        request,
        "tables/all.html",
        title="Tables",
        active="tables",
        modules=[(m, by_module[m.name]) for m in catalog.modules() if by_module[m.name]],
        table_count=len(exposed),
        row_count=sum(counts.values()),
        is_about=bool(many),
    )


@router.get("/tables/{name}")
def table(
    request: Request,
    who: PrincipalDep,
    tx: ReadTxDep,
    name: str,
    cursor: str | None = None,
) -> Response:
    """Show the rows of a table, newest first, picked by the columns that the address names."""
    row = resource.find(name)
    chosen = {k: v for k, v in request.query_params.items() if v and k not in {"cursor", "limit"}}
    page = resource.list_rows(tx, row, limit=_PAGE, cursor=cursor, **chosen)
    shown = in_list(row)[:_MOST_COLUMNS]
    # What the address asks for has a field too, so that it can be taken away again.
    fields = by_index(row)[:_MOST_FILTERS]
    fields += [c for c in resource.columns_of(row) if c.name in chosen and c not in fields]
    following = urlencode(chosen | {"cursor": page.next_cursor}) if page.next_cursor else None
    return web.page(
        request,
        "tables/rows.html",
        title=name,
        active="tables",
        table=table_of(row),
        module=row.module,
        columns=[_head(column) for column in shown],
        left_out=len(resource.columns_of(row)) - len(shown),
        lines=[_cells(row, line, [c.name for c in shown]) for line in page.items],
        has_page="get" in row.expose,
        fields=[field_of(column, chosen.get(column.name, "")) for column in fields],
        filtered=bool(chosen) or cursor is not None,
        next_href=f"/tables/{name}?{following}" if following else None,
        tenant=who.tenant_slug,
    )


@router.get("/tables/{name}/{row_id}")
def one(request: Request, who: PrincipalDep, tx: TxDep, name: str, row_id: UUID) -> Response:  # noqa: ARG001 - shown by the shell
    """Show one row with every column, what each means, and the rows that refer to it."""
    row = resource.find(name)
    found = resource.get_row(tx, row, row_id)
    cells = _cells(row, found, list(found))
    questions = {}
    for other, column, here in referring(table_of(row)):
        address = f"/tables/{table_of(other).name}?{urlencode({column.name: found[here]})}"
        questions[address] = _all(tx, other).where(column == found[here])
    counts = _counts(tx, questions)
    users = [
        {"table": table_of(other).name, "column": column.name, "href": href, "rows": counts[href]}
        for (other, column, _), href in zip(referring(table_of(row)), questions, strict=True)
    ]
    return web.page(
        request,
        "tables/row.html",
        title=f"{name} {row_id}",
        active="tables",
        table=table_of(row),
        row_id=row_id,
        cells=[
            {"head": _head(table_of(row).c[cell["name"]]), **cell}
            for cell in cells
            if cell["name"] != "tenant_id"
        ],
        users=users,
        most=_COUNTED,
    )


def _head(column: Any) -> dict[str, Any]:
    kind = type(column.type).__name__
    return {
        "name": column.name,
        "comment": column.comment or "",
        "unit": unit_of(column),
        "right": kind in {"Double", "REAL", "Float", "Integer", "BigInteger", "Numeric"},
    }


def _cells(row: type[Row], line: dict[str, Any], names: list[str]) -> list[dict[str, Any]]:
    """Give the values of a row with where each leads."""
    table, leads = table_of(row), leads_to(table_of(row))
    cells = []
    for name in names:
        value, href = line.get(name), None
        if name == "id" and "get" in row.expose:
            href = f"/tables/{table.name}/{value}"
        elif name in leads and value is not None:
            target, column = leads[name]
            end = f"/{value}" if column == "id" else f"?{urlencode({column: value})}"
            href = f"/tables/{quote(target)}{end}"
        is_word = bool(table.c[name].info.get("enum"))
        badge = is_word and name.endswith(("status", "state"))
        cells.append({"name": name, "value": value, "href": href, "badge": badge})
    return cells


def _all(tx: Tx, row: type[Row]) -> Any:
    table = table_of(row)
    query = select(literal(1)).select_from(table)
    return query.where(table.c.tenant_id == tx.tenant_id) if "tenant_id" in table.c else query


def _counts(tx: Tx, queries: dict[str, Any]) -> dict[str, int]:
    """Give how many rows each query finds, none beyond a bound, in one statement."""
    if not queries:
        return {}
    parts = [
        select(literal(name).label("of"), func.count().label("rows")).select_from(
            query.limit(_COUNTED + 1).subquery()
        )
        for name, query in queries.items()
    ]
    return {row.of: row.rows for row in tx.execute(union_all(*parts))}


def _estimate(tx: Tx, row: type[Row]) -> int:
    """Give about how many rows the tenant has, from the plan of reading them all."""
    compiled = _all(tx, row).compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it open
        compile_kwargs={"literal_binds": True},
    )
    # lint: allow sql-string because EXPLAIN takes no parameter; the only value is the tenant's uuid
    plan = tx.scalar(f"EXPLAIN (FORMAT JSON) {compiled}")
    return int(plan[0]["Plan"]["Plan Rows"])
