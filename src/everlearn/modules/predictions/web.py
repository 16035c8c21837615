"""Pages of predictions: the list, and one answer with its bounds and reasons."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from everlearn.core import web
from everlearn.core.charts.bars import Contribution, bar_chart
from everlearn.core.charts.small import interval_bar
from everlearn.core.formats import num, pct, plain
from everlearn.core.rest import TxDep
from everlearn.core.tx import Tx
from everlearn.modules.features import service as features_of
from everlearn.modules.predictions import service
from everlearn.modules.predictions.types import Prediction, PredictionKind, PredictionRole
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
        rows=[_row(item, binary=_is_binary(item, binary)) for item in page.items],
        models=models,
        filters=filters,
        filtered=bool(given or cursor),
        next_href=_href(given | {"cursor": page.next_cursor}) if page.next_cursor else None,
        prev_href=_href(given) if cursor else None,
    )


_DEFAULT = ("role", "live")


def _is_binary(item: dict[str, Any], models: set[str]) -> bool:
    if item["kind"] == PredictionKind.MODEL:
        return item["model"] in models
    return bool(item["kind"] == PredictionKind.COMPLIANCE)


def _href(given: dict[str, str]) -> str:
    return f"/predictions?{urlencode(given)}" if given else "/predictions"


def _row(item: dict[str, Any], *, binary: bool) -> dict[str, Any]:
    bar = None
    if binary:
        bar = interval_bar(item["value"], item["lower"], item["upper"], label="probability")
    write = _writer(binary=binary)
    happened = "–" if item["actual"] is None else _happened(item["actual"], binary=binary)
    between = "–" if item["lower"] is None else f"{write(item['lower'])} to {write(item['upper'])}"
    return item | {
        "interval": bar,
        "answer": write(item["value"]),
        "between": between,
        "happened": happened,
    }


def _writer(*, binary: bool) -> Callable[[float | None], str]:
    return pct if binary else num


def _happened(actual: float, *, binary: bool) -> str:
    if binary:
        return "yes" if actual else "no"
    return plain(actual)


def _in_words(found: Prediction, *, binary: bool) -> str:
    """Say what was answered, how sure that was and what came of it, in a sentence or two."""
    write = _writer(binary=binary)
    text = f"{found.version or found.service_name} gave it {write(found.value)}"
    if found.lower is not None and found.upper is not None:
        text += f", and between {write(found.lower)} and {write(found.upper)} by its calibration"
    if found.actual is None:
        return f"{text}. What happens is not known yet."
    if not binary:
        return f"{text}. It became {plain(found.actual)}."
    came = "It happened" if found.actual else "It did not happen"
    right = (found.value >= 0.5) == bool(found.actual)
    return f"{text}. {came}, {'as the answer leaned' if right else 'against the answer'}."


@router.get("/predictions/{prediction_id}")
def show(request: Request, prediction_id: UUID, tx: TxDep) -> HTMLResponse:
    """Show one prediction: bounds, reasons, features, outcome, and the others about its entity."""
    found = service.get(tx, prediction_id)
    binary = found.kind is PredictionKind.COMPLIANCE
    if found.model_id is not None:
        binary = registry.get_model(tx, found.model_id).task is Task.BINARY
    others: list[dict[str, Any]] = []
    if found.entity_id is not None:
        others = service.list_predictions(
            tx, model_id=found.model_id, entity_id=found.entity_id, role=None, limit=20
        ).items
    about = found.entity_id or f"{found.prediction_type} by {found.service_name}"
    return web.page(
        request,
        "predictions/show.html",
        title=f"Prediction about {about}",
        about=about,
        active="predictions",
        live=found.actual is None,
        now=tx.now(),
        prediction=found,
        binary=binary,
        in_words=_in_words(found, binary=binary),
        answer=_writer(binary=binary)(found.value),
        between=None
        if found.lower is None
        else f"{_writer(binary=binary)(found.lower)} to {_writer(binary=binary)(found.upper)}",
        happened=None if found.actual is None else _happened(found.actual, binary=binary),
        interval=interval_bar(found.value, found.lower, found.upper, label="probability")
        if binary
        else None,
        command=_resolving(found),
        reasons=_reasons(found, binary=binary),
        reasons_sum=sum(found.reasons.values()) + found.base if found.base is not None else None,
        features=_features(tx, found),
        others=[_row(item, binary=binary) for item in others if item["id"] != prediction_id],
    )


def _resolving(found: Prediction) -> str:
    """Give the command that says what happened; quoted, since it is pasted into a shell."""
    about = f"--prediction {found.id}"
    if found.model_id is not None:
        about = f"--model {shlex.quote(str(found.model))}"
        about += f" --entity {shlex.quote(str(found.entity_id))}"
    return f"everlearn feedback resolve {about} --value 1"


def _features(tx: Tx, found: Prediction) -> list[dict[str, Any]]:
    """Give every feature with its meaning, what moved the answer most first."""
    meaning = {
        feature.name: feature.sentence()
        for each in features_of.list_sets(tx)
        if found.features.keys() <= set(each.names)
        for feature in each.features
    }
    lines = [
        {
            "name": name,
            "sentence": meaning.get(name),
            "value": _value(value),
            "contribution": found.reasons.get(name),
        }
        for name, value in found.features.items()
    ]
    return sorted(lines, key=lambda line: -abs(found.reasons.get(str(line["name"]), 0.0)))


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
