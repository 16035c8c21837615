"""The audit trail on the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption

app = cli.group("The trail of who did what, and whether it is whole.")

COLUMNS = ("seq", "created_at", "actor", "action_type", "resource_type", "resource_id", "success")


@app.command("list")
def list_entries(
    action: Annotated[str | None, typer.Option(help="Only this action, such as update.")] = None,
    resource: Annotated[str | None, typer.Option(help="Only this kind, such as model.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Rows at most.")] = 50,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """List the trail, newest first."""
    from dataclasses import asdict

    from everlearn.modules.audit import service

    with cli.tenant_tx(tenant) as tx:
        page = service.list_entries(tx, limit=limit, action_type=action, resource_type=resource)
    found = [asdict(entry) | {"actor": entry.actor} for entry in page.items]
    cli.show(found, as_json=as_json, columns=COLUMNS)


@app.command()
def verify(tenant: TenantOption = None, as_json: Json = False) -> None:
    """Check the whole chain; exit 1 when a row was changed or taken out."""
    from dataclasses import asdict

    from everlearn.modules.audit import service

    with cli.tenant_tx(tenant) as tx:
        status = service.check_chain(tx)
    cli.show(asdict(status) | {"ok": status.first_broken is None}, as_json=as_json)
    if status.first_broken is not None:
        raise typer.Exit(1)
