"""Commands of the experiments module."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from everlearn.core import cli

app = cli.group("Champion against challenger, and versions against their promise.")

LIST_COLUMNS = (
    "id",
    "model",
    "kind",
    "champion",
    "challenger",
    "status",
    "decision",
    "e_value",
    "outcomes",
    "mean_difference",
)


@app.command("list")
def list_(
    model: Annotated[str | None, typer.Option(help="Name of the model; all when left out.")] = None,
    tenant: cli.TenantOption = None,
    as_json: cli.Json = False,
) -> None:
    """List experiments with their evidence, newest first."""
    from dataclasses import asdict

    from everlearn.modules.experiments import service
    from everlearn.modules.registry import service as registry

    with cli.tenant_tx(tenant) as tx:
        model_id = registry.get_model(tx, model).id if model else None
        found = service.list_experiments(tx, model_id=model_id)
        rows = [asdict(one) | service.verdict(tx, one.id).evidence() for one in found]
    cli.show(rows, as_json=as_json, columns=LIST_COLUMNS)


@app.command()
def show(
    experiment: Annotated[UUID, typer.Argument(help="Id of the experiment.")],
    tenant: cli.TenantOption = None,
    as_json: cli.Json = False,
) -> None:
    """Show one experiment and its evidence."""
    from dataclasses import asdict

    from everlearn.modules.experiments import service

    with cli.tenant_tx(tenant) as tx:
        found = service.get(tx, experiment)
        evidence = service.verdict(tx, experiment).evidence()
    cli.show(asdict(found) | evidence, as_json=as_json)
