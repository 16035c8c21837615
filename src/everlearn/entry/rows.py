"""`everlearn rows`: rows of any table that may be shown."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption

#: Columns of a list in text; JSON has them all.
_MOST_COLUMNS = 8


def group() -> typer.Typer:
    """Give the group of commands."""
    made = cli.group("Rows of any table.")
    made.command("tables")(tables)
    made.command("list")(list_)
    made.command("get")(get)
    return made


def tables(as_json: Json = False) -> None:  # noqa: FBT002 - a flag of a command
    """List every table by module, with what its rows are."""
    from everlearn.core import migrate, resource
    from everlearn.core.schema.values import table_of

    migrate.load_tables()
    lines = [
        {"module": row.module, "table": name, "rows are": table_of(row).comment}
        for name, row in sorted(resource.exposed().items(), key=lambda pair: pair[1].module)
    ]
    if not as_json:
        lines = [line | {"rows are": (line["rows are"] or "").split("\n\n")[0]} for line in lines]
    cli.show(lines, as_json=as_json)


def list_(  # noqa: PLR0917 - typer calls it by name
    table: Annotated[str, typer.Argument(help="Name of the table: `everlearn rows tables`.")],
    where: Annotated[
        list[str] | None, typer.Option(help="column=value the rows must have; may be repeated.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Rows to print, at most 500.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Where the list before ended.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,  # noqa: FBT002 - a flag of a command
) -> None:
    """List rows of a table, newest first."""
    from everlearn.core import migrate, resource
    from everlearn.core.resource_columns import in_list

    migrate.load_tables()
    row = resource.find(table)
    with cli.tenant_tx(tenant) as tx:
        page = resource.list_rows(tx, row, limit=limit, cursor=cursor, **_equals(where or []))
    if as_json:
        cli.show({"items": page.items, "next_cursor": page.next_cursor}, as_json=True)
        return
    names = [column.name for column in in_list(row)[:_MOST_COLUMNS]]
    cli.show(page.items, as_json=False, columns=names)
    if page.next_cursor:
        typer.echo(f"more: --cursor {page.next_cursor}", err=True)


def get(
    table: Annotated[str, typer.Argument(help="Name of the table: `everlearn rows tables`.")],
    row_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the row.")],
    tenant: TenantOption = None,
    as_json: Json = False,  # noqa: FBT002 - a flag of a command
) -> None:
    """Print one row of a table with all its columns."""
    from everlearn.core import migrate, resource

    migrate.load_tables()
    row = resource.find(table)
    with cli.tenant_tx(tenant) as tx:
        found: dict[str, Any] = resource.get_row(tx, row, _id(row_id))
    cli.show(found, as_json=as_json)


def _id(text: str) -> Any:
    from uuid import UUID

    from everlearn.core.errors import Invalid

    try:
        return UUID(text)
    except ValueError as error:
        msg = "this is not a uuid"
        raise Invalid(msg, field="ID", got=text) from error


def _equals(where: list[str]) -> dict[str, str]:
    from everlearn.core.errors import Invalid

    found = {}
    for each in where:
        name, sign, value = each.partition("=")
        if not sign or name in {"limit", "cursor"}:
            msg = f"{each!r} is not of the form column=value"
            raise Invalid(msg, field="--where")
        found[name] = value
    return found
