"""Commands of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from everlearn.core import cli

if TYPE_CHECKING:
    from everlearn.modules.registry.types import Version

app = cli.group("Models, their versions and what is deployed.")

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="Name of the model.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in one sentence; it is kept.")]


@app.command()
def models(tenant: cli.TenantOption = None, as_json: cli.Json = False) -> None:
    """List models and the version of each that is active."""
    from everlearn.modules.registry import service

    with cli.tenant_tx(tenant) as tx:
        rows = [
            {
                "name": one.name,
                "task": one.task.value,
                "status": one.status.value,
                "live": one.live_version,
                "deployed_at": one.deployed_at,
                "id": str(one.id),
            }
            for one in service.list_models(tx)
        ]
    cli.show(rows, as_json=as_json)


@app.command()
def versions(model: ModelName, tenant: cli.TenantOption = None, as_json: cli.Json = False) -> None:
    """List a model's versions, newest first."""
    from everlearn.modules.registry import service

    with cli.tenant_tx(tenant) as tx:
        found = service.list_versions(tx, service.get_model(tx, model).id)
    texts = {one.id: one.version for one in found}
    cli.show([_line(one, texts) for one in found], as_json=as_json)


@app.command()
def activate(
    model: ModelName,
    version: Annotated[str, typer.Argument(help="Text of the version, such as v1.2.0.")],
    reason: Reason = "activated on the command line",
    tenant: cli.TenantOption = None,
    as_json: cli.Json = False,
) -> None:
    """Make a version the active one; every process uses it from its next prediction on."""
    from everlearn.modules.registry import service

    with cli.tenant_tx(tenant) as tx:
        wanted = service.named_version(tx, service.get_model(tx, model), version)
        service.activate(tx, wanted.id, reason=reason, evidence={})
        row = _line(service.get_version(tx, wanted.id), {})
    cli.show(row, as_json=as_json)


@app.command()
def rollback(
    model: ModelName,
    reason: Reason = "rolled back on the command line",
    tenant: cli.TenantOption = None,
    as_json: cli.Json = False,
) -> None:
    """Make the version active again that was so before."""
    from everlearn.modules.registry import service

    with cli.tenant_tx(tenant) as tx:
        found = service.get_model(tx, model)
        row = _line(service.rollback(tx, found.id, reason=reason, evidence={}), {})
    cli.show(row, as_json=as_json)


def _line(version: Version, texts: dict[Any, str]) -> dict[str, Any]:
    return {
        "version": version.version,
        "status": version.status.value,
        "parent": texts.get(version.parent_version_id),
        "promised_loss": version.promised_loss,
        "trained_until": version.trained_until,
        "artifact": version.artifact_sha256[:12],
        "id": str(version.id),
    }
