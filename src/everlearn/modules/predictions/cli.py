"""Command line of predictions."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption

if TYPE_CHECKING:
    from everlearn.modules.predictions.types import ServiceView

app = cli.group("Ask a model, look at what it answered and why.")
_DAY = ["%Y-%m-%d"]
_PERFORMANCE = (
    *("start", "predictions", "outcomes", "loss", "inference_time_ms"),
    *("p50_inference_time_ms", "p95_inference_time_ms", "p99_inference_time_ms"),
)
_COLUMNS = ("id", "model", "version", "entity_id", "value", "lower", "upper", "actual", "loss")


@app.command("list")
def list_(
    *,
    model: Annotated[str | None, typer.Option(help="Only of this model.")] = None,
    entity: Annotated[str | None, typer.Option(help="Only about this entity.")] = None,
    closed: Annotated[
        bool | None, typer.Option("--closed/--open", help="Only with, or without, an outcome.")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 20,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """List predictions, newest first."""
    from everlearn.modules.predictions import service
    from everlearn.modules.registry import service as registry

    with cli.tenant_tx(tenant) as tx:
        model_id = registry.get_model(tx, model).id if model else None
        page = service.list_predictions(
            tx, model_id=model_id, entity_id=entity, closed=closed, limit=limit
        )
        cli.show(page.items, as_json=as_json, columns=_COLUMNS)


@app.command()
def show(prediction_id: str, tenant: TenantOption = None, as_json: Json = False) -> None:
    """Show one prediction with its reasons, features and outcome."""
    from uuid import UUID

    from everlearn.core.errors import Invalid
    from everlearn.modules.predictions import service

    try:
        wanted = UUID(prediction_id)
    except ValueError as error:
        raise Invalid("this is not a uuid", field="PREDICTION_ID", got=prediction_id) from error
    with cli.tenant_tx(tenant) as tx:
        _print(service.get(tx, wanted), as_json=as_json)


@app.command()
def make(
    model: str,
    entity: Annotated[str, typer.Option(help="What it is about; its outcome names it again.")],
    features: Annotated[
        str, typer.Option(help="Features as a JSON object, or @FILE, or @- for standard input.")
    ],
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Ask a model about one entity and keep its answer."""
    from everlearn.modules.predictions import service

    given = _features(features)
    with cli.tenant_tx(tenant) as tx:
        made = service.predict(tx, model, entity_id=entity, features=given)
        _print(made, as_json=as_json)


@app.command()
def load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="File to read.")],
    all_: Annotated[
        bool, typer.Option("--all", help="In one transaction, or nothing when one is refused.")
    ] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Load predictions of your own models: .ndjson, .json, .csv, .parquet or .arrow.

    A file may be loaded again: what is there already is left alone. Ends with 2 if some are
    refused.
    """
    from everlearn.modules.predictions import service

    cli.load(service.load_predictions, file, all_=all_, tenant=tenant, as_json=as_json)


@app.command()
def export(
    *,
    model: Annotated[str, typer.Argument(help="Name of the model, or a client's name of one.")],
    target: Annotated[Path, typer.Argument(help="File to write: .parquet, .arrow or .csv.")],
    since: Annotated[str | None, typer.Option(help="Made from this time on, with zone.")] = None,
    until: Annotated[str | None, typer.Option(help="Made before this time, with zone.")] = None,
    version: Annotated[str | None, typer.Option(help="Only of this version.")] = None,
    role: Annotated[str, typer.Option(help="live, shadow or any.")] = "live",
    with_outcomes: Annotated[
        bool, typer.Option("--outcomes/--no-outcomes", help="With what came of them.")
    ] = True,
    column: Annotated[
        list[str] | None, typer.Option(help="Only this column; may be repeated.")
    ] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Write a model's predictions with their outcomes to a file, in order of time."""
    from everlearn.modules.predictions import service

    with cli.tenant_rows(tenant) as opened:
        with opened() as tx:
            plan = service.prediction_rows(
                tx,
                model,
                since=cli.moment(since, "--since"),
                until=cli.moment(until, "--until"),
                version=version,
                role=role,
                with_outcomes=with_outcomes,
                columns=column or None,
            )
        cli.show(cli.export(plan, opened, target, quiet=as_json), as_json=as_json)


def _features(text: str) -> dict[str, object]:
    import json
    import sys

    from everlearn.core.errors import Invalid

    try:
        if text == "@-":
            text = sys.stdin.read()
        elif text.startswith("@"):
            text = Path(text[1:]).read_text("utf-8")
        given = json.loads(text)
    except OSError as error:
        raise Invalid(f"cannot read {text[1:]}: {error.strerror}", field="--features") from error
    except ValueError as error:
        raise Invalid(f"this is not JSON: {error}", field="--features") from error
    if not isinstance(given, dict):
        raise Invalid("the features are one JSON object", field="--features")
    return given


def _print(found: object, *, as_json: bool) -> None:
    from dataclasses import asdict
    from typing import Any, cast

    row = asdict(cast("Any", found))
    if not as_json:
        largest = sorted(row["reasons"].items(), key=lambda item: -abs(item[1]))
        row["reasons"] = {name: round(added, 4) for name, added in largest[:8]}
    cli.show(row, as_json=as_json)


services = cli.group("Client services and the views that show predictions in their columns.")
app.add_typer(services, name="service")


@services.command("add")
def add_service(
    name: Annotated[str, typer.Argument(help="Name of the service, such as billing-bot.")],
    column: Annotated[
        list[str],
        typer.Option(help="name:type, name:type:predicted or name:type:actual; may be repeated."),
    ],
    prediction_type: Annotated[
        str | None, typer.Option("--type", help="What it predicts; else the predicted column.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Give a client service a view of its own, <name>_ml_predictions."""
    from everlearn.modules.predictions import service

    with cli.runtime() as made:
        added = service.add_service(
            made.server, name, columns=column, prediction_type=prediction_type
        )
        cli.show(_service(added), as_json=as_json)


@services.command("list")
def list_services(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List the client services that have a view."""
    from everlearn.modules.predictions import service

    with cli.tenant_tx(tenant) as tx:
        found = [_service(each) for each in service.list_services(tx)]
        cli.show(found, as_json=as_json)


@services.command("remove")
def remove_service(
    name: Annotated[str, typer.Argument(help="Name of an added service.")],
) -> None:
    """Take an added view away; the predictions stay in ml_predictions."""
    from everlearn.modules.predictions import service

    with cli.runtime() as made:
        service.remove_service(made.server, name)
    typer.echo(f"removed {name}; its predictions are kept")


@app.command()
def performance(  # noqa: PLR0917 - typer calls it by name
    model: str,
    by: Annotated[str, typer.Option(help="day or month.")] = "month",
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="First day, UTC.")] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="The day after the last.")
    ] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Show how well a model's answers did and how long they took: mean, p50, p95 and p99."""
    from dataclasses import asdict

    from everlearn.core.errors import Invalid
    from everlearn.modules.predictions import service
    from everlearn.modules.registry import service as registry

    if by not in {"day", "month"}:
        raise Invalid("performance comes by day or month", field="by", got=by)
    with cli.tenant_tx(tenant) as tx:
        found = service.performance(
            tx,
            registry.get_model(tx, model).id,
            by="day" if by == "day" else "month",
            since=since.date() if since else None,
            until=until.date() if until else None,
            times=True,
        )
        cli.show([asdict(part) for part in found], as_json=as_json, columns=_PERFORMANCE)


@app.command()
def rebuild(model: str, tenant: TenantOption = None) -> None:
    """Make a model's sums again from its rows, should they have come past the services."""
    from everlearn.modules.predictions import service
    from everlearn.modules.registry import service as registry

    with cli.tenant_tx(tenant) as tx:
        service.rebuild_performance(tx, registry.get_model(tx, model).id)
    typer.echo(f"made the sums of {model} again")


def _service(found: ServiceView) -> dict[str, object]:
    return {
        "service": found.service_name,
        "view": found.view_name,
        "predicts": found.prediction_type,
        "columns": " ".join(f"{each.name}:{each.type.value}" for each in found.fields),
        "added": not found.declared,
    }
