"""Pages of predictions: the list, and one answer with its bounds and reasons."""

from __future__ import annotations

import shlex
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from everlearn.core import web
from everlearn.core.charts.bars import Contribution, bar_chart
from everlearn.core.charts.small import interval_bar
from everlearn.core.formats import plain
from everlearn.core.rest import TxDep
from everlearn.modules.predictions import service
from everlearn.modules.predictions.types import Prediction, PredictionRole
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task

router = APIRouter()
ROWS = 50
_CLOSED = {"open": False, "closed": True}


@router.get("/predictions")
def index(
    request: Request,
    tx: TxDep,
    *,
    model: str = "",
    state: str = "",
    role: str = "live",
    entity: str = "",
    cursor: str | None = None,
) -> HTMLResponse:
    """Show predictions, newest first, with their bounds and what came of them."""
    models = registry.list_models(tx)
    chosen = registry.get_model(tx, model) if model else None
    page = service.list_predictions(
        tx,
        model_id=chosen.id if chosen else None,
        role=PredictionRole.SHADOW if role == "shadow" else PredictionRole.LIVE,
        entity_id=entity or None,
        closed=_CLOSED.get(state),
        limit=ROWS,
        cursor=cursor,
    )
    filters = {"model": model, "state": state, "role": role, "entity": entity}
    given = {name: value for name, value in filters.items() if value and (name, value) != _DEFAULT}
    binary = {each.name for each in models if each.task is Task.BINARY}
    return web.page(
        request,
        "predictions/index.html",
        title="Predictions",
        active="predictions",
        live=cursor is None,
        now=tx.now(),
        rows=[_row(item, binary=item["model"] in binary) for item in page.items],
        models=models,
        filters=filters,
        filtered=bool(given or cursor),
        next_href=_href(given | {"cursor": page.next_cursor}) if page.next_cursor else None,
        prev_href=_href(given) if cursor else None,
    )


_DEFAULT = ("role", "live")


def _href(given: dict[str, str]) -> str:
    return f"/predictions?{urlencode(given)}" if given else "/predictions"


def _row(item: dict[str, Any], *, binary: bool) -> dict[str, Any]:
    bar = None
    if binary:
        bar = interval_bar(item["value"], item["lower"], item["upper"], label="probability")
    return item | {"interval": bar}


@router.get("/predictions/{prediction_id}")
def show(request: Request, prediction_id: UUID, tx: TxDep) -> HTMLResponse:
    """Show one prediction: bounds, reasons, features, outcome, and the others about its entity."""
    found = service.get(tx, prediction_id)
    model = registry.get_model(tx, found.model_id)
    others = service.list_predictions(
        tx, model_id=found.model_id, entity_id=found.entity_id, role=None, limit=20
    )
    binary = model.task is Task.BINARY
    return web.page(
        request,
        "predictions/show.html",
        title=f"Prediction about {found.entity_id}",
        active="predictions",
        live=found.actual is None,
        now=tx.now(),
        prediction=found,
        binary=binary,
        interval=interval_bar(found.value, found.lower, found.upper, label="probability")
        if binary
        else None,
        # Quoted, since it is made to be pasted into a shell.
        command=f"everlearn feedback resolve --model {shlex.quote(found.model)}"
        f" --entity {shlex.quote(found.entity_id)} --value 1",
        reasons=_reasons(found, binary=binary),
        reasons_sum=sum(found.reasons.values()) + found.base if found.base is not None else None,
        features=[
            {"name": name, "value": _value(value), "contribution": found.reasons.get(name)}
            for name, value in found.features.items()
        ],
        others=[_row(item, binary=binary) for item in others.items if item["id"] != prediction_id],
    )


def _value(value: float | str | None) -> str:
    if value is None:
        return "not known"
    return value if isinstance(value, str) else plain(value)


def _reasons(found: Prediction, *, binary: bool) -> Any:
    unit = "log-odds" if binary else "units of the answer"
    return bar_chart(
        [
            Contribution(name, added, _value(found.features.get(name)))
            for name, added in found.reasons.items()
        ],
        title=f"What moved the margin, in {unit}: base and contributions add up to the output",
        base=found.base,
        output=found.margin,
        limit=12,
        empty="No reasons were kept: versions in shadow answer without them.",
    )
