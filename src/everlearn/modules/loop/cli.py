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
    *,
    active: Annotated[bool | None, typer.Option(help="Turn the loop at all.")] = None,
    alpha: Annotated[float | None, typer.Option(help="Chance of a false promotion.")] = None,
    every_days: Annotated[int | None, typer.Option(help="Days between trainings.")] = None,
    on_drift: Annotated[bool | None, typer.Option(help="Train after a drift alert.")] = None,
    min_days: Annotated[int | None, typer.Option(help="Least days between trainings.")] = None,
    max_trainings: Annotated[int | None, typer.Option(help="Trainings in all.")] = None,
    shadow_days: Annotated[int | None, typer.Option(help="Days a challenger has.")] = None,
    promise_days: Annotated[int | None, typer.Option(help="Days a promise binds.")] = None,
    margin: Annotated[float | None, typer.Option(help="Loss above the promise borne.")] = None,
    baseline: Annotated[bool | None, typer.Option(help="Keep version one in shadow.")] = None,
    as_json: Json = False,
    tenant: TenantOption = None,
) -> None:
    """Change a model's policy; make it when there is none."""
    from everlearn.modules.loop import service
    from everlearn.modules.registry import service as registry

    given = {
        "is_active": active,
        "alpha": alpha,
        "retrain_every_days": every_days,
        "retrain_on_drift": on_drift,
        "min_days_between": min_days,
        "max_trainings": max_trainings,
        "shadow_days": shadow_days,
        "promise_days": promise_days,
        "rollback_margin": margin,
        "keep_baseline": baseline,
    }
    with cli.tenant_tx(tenant) as tx:
        found = registry.get_model(tx, model)
        service.ensure_policy(tx, found.id)
        changes = {name: value for name, value in given.items() if value is not None}
        policy = service.change_policy(tx, found.id, **changes)
        cli.show(asdict(policy), as_json=as_json)


@app.command()
def turn(model: str, as_json: Json = False, tenant: TenantOption = None) -> None:
    """Look at a model now and do what its policy asks for."""
    from everlearn.modules.loop import service
    from everlearn.modules.registry import service as registry

    with cli.tenant_tx(tenant) as tx:
        done = service.turn(tx, registry.get_model(tx, model).id)
        steps = [{"step": str(step), "why": why} for step, why in done.steps]
        cli.show(steps, as_json=as_json)
