"""Commands of the data sets."""

from __future__ import annotations

from typing import Annotated

import typer

from everlearn.core import cli

app = cli.group("The data sets that models were fitted on.")


@app.command("list")
def list_(
    name: Annotated[str | None, typer.Argument(help="Only versions of this data set.")] = None,
    tenant: cli.TenantOption = None,
    as_json: cli.Json = False,
) -> None:
    """List data sets, newest first."""
    from everlearn.modules.datasets import service

    with cli.tenant_tx(tenant) as tx:
        found = service.list_datasets(tx, name=name)
    rows = [
        {
            "name": one.name,
            "version": one.version,
            "rows": one.record_count,
            "from": one.window[0] if one.window else None,
            "until": one.window[1] if one.window else None,
            "as_of": one.as_of,
            "sha256": one.sha256 and one.sha256[:12],
            "id": str(one.id),
        }
        for one in found
    ]
    cli.show(rows, as_json=as_json)
