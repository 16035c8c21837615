"""Command line of predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption

app = cli.group("Ask a model, look at what it answered and why.")
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
