"""Commands of the loop module."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption

app = cli.group("Policies that retrain, test, promote and roll back.")


@app.command()
def show(model: str, as_json: Json = False, tenant: TenantOption = None) -> None:
    """Show a model's policy."""
    from everlearn.modules.loop import service
    from everlearn.modules.registry import service as registry

    with cli.tenant_tx(tenant) as tx:
        policy = service.get_policy(tx, registry.get_model(tx, model).id)
        cli.show(asdict(policy), as_json=as_json)


@app.command("set")
def set_(
    model: str,
    alpha: Annotated[float | None, typer.Option(help="Chance of a false promotion.")] = None,
    every_days: Annotated[int | None, typer.Option(help="Days between trainings.")] = None,
    on_drift: Annotated[bool | None, typer.Option(help="Train after a drift alert.")] = None,
    as_json: Json = False,
    tenant: TenantOption = None,
) -> None:
    """Change a model's policy; make it when there is none."""
    from everlearn.modules.loop import service
    from everlearn.modules.registry import service as registry

    given = {"alpha": alpha, "retrain_every_days": every_days, "retrain_on_drift": on_drift}
    with cli.tenant_tx(tenant) as tx:
        found = registry.get_model(tx, model)
        service.ensure_policy(tx, found.id)
        changes = {name: value for name, value in given.items() if value is not None}
        if changes:
            service.change_policy(tx, found.id, **changes)
        cli.show(asdict(service.get_policy(tx, found.id)), as_json=as_json)


@app.command()
def turn(model: str, as_json: Json = False, tenant: TenantOption = None) -> None:
    """Look at a model now and do what its policy asks for."""
    from everlearn.modules.loop import service
    from everlearn.modules.registry import service as registry

    with cli.tenant_tx(tenant) as tx:
        done = service.turn(tx, registry.get_model(tx, model).id)
        steps = [{"step": str(step), "why": why} for step, why in done.steps]
        cli.show(steps, as_json=as_json)
