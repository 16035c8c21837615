"""REST surface of predictions."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from everlearn.core import resource
from everlearn.core.ingest import Batch, Ingested, Refusal, arrow
from everlearn.core.ingest import rest as ingest
from everlearn.core.ingest.writing import none_refused
from everlearn.core.reading import Rows
from everlearn.core.rest import PageOf, Principal, PrincipalDep, ReadTxDep, TxDep, database_of
from everlearn.core.rest_rows import ArrowStream, Columns, reading, stream
from everlearn.core.tx import Tx
from everlearn.modules.predictions import service
from everlearn.modules.predictions.tables import Forecast
from everlearn.modules.predictions.types import (
    ForecastStatus,
    ForecastType,
    HourOfPredictions,
    Performance,
    Prediction,
    PredictionKind,
    PredictionRole,
)
from everlearn.modules.registry import service as registry

router = APIRouter(tags=["predictions"])
ARROW = "application/vnd.apache.arrow.stream"


class Ask(BaseModel):
    """What is asked of a model."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    entity_id: str = Field(
        min_length=1, max_length=255, description="What it is about; its outcome names it again."
    )
    features: dict[str, Any] = Field(
        description="One number, word or null for each feature of the model's feature set."
    )
    as_of: AwareDatetime | None = Field(
        None, description="Time the features stand for, with its offset from UTC; now if left out."
    )
    service_name: str = Field(
        "everlearn", min_length=1, max_length=255, description="Client service that asks."
    )


class Reason(BaseModel):
    """What one feature added to the margin."""

    feature: str
    value: float | str | None = Field(description="The feature's value; null when not known.")
    contribution: float = Field(description="Signed; log-odds for a binary task.")


class Answer(BaseModel):
    """A prediction with its bounds, its reasons and, once it is known, its outcome."""

    id: UUID
    kind: PredictionKind = Field(description="Who made it: a model, a service or compliance.")
    prediction_type: str
    model: str | None = Field(description="Null of a client's answer that names no model.")
    version: str | None
    entity_id: str | None
    role: PredictionRole
    value: float = Field(description="Calibrated probability, or the predicted number.")
    lower: float | None
    upper: float | None
    margin: float | None = Field(description="Output before calibration: base plus contributions.")
    base: float | None = Field(description="Margin before any feature is looked at.")
    reasons: list[Reason] = Field(description="Largest contribution first.")
    features: dict[str, float | str | None]
    predicted_at: datetime
    inference_time_ms: float | None
    service_name: str
    model_id: UUID | None
    version_id: UUID | None
    feature_row_id: UUID | None
    actual: float | None = Field(description="What happened; null while it is open.")
    loss: float | None = Field(description="Log loss in nats, or squared error.")
    happened_at: datetime | None
    known_at: datetime | None


def answer(found: Prediction) -> Answer:
    """Give a prediction the way it is sent: reasons as a list, the largest first."""
    named = [
        Reason(feature=name, value=found.features.get(name), contribution=added)
        for name, added in sorted(found.reasons.items(), key=lambda item: -abs(item[1]))
    ]
    return Answer(**(asdict(found) | {"reasons": named}))


@router.post(
    "/v1/models/{name}/predictions", status_code=201, summary="Ask a model and keep its answer"
)
def predict(name: str, body: Ask, tx: TxDep) -> Answer:
    """Answer from features that come with the request; versions in shadow answer unseen."""
    made = service.predict(
        tx,
        name,
        entity_id=body.entity_id,
        features=body.features,
        as_of=body.as_of,
        service_name=body.service_name,
    )
    return answer(made)


class Answered(BaseModel):
    """The answer to one question of a batch; refused ones have none."""

    status: Literal["accepted", "refused"]
    id: UUID | None
    value: float | None = Field(description="Calibrated probability, or the predicted number.")
    lower: float | None
    upper: float | None


class Answers(BaseModel):
    """What a model answered to a batch: counts, who was refused and why, each in its place."""

    version: str = Field(description="Live version that answered.")
    accepted: int
    refused: list[Refusal]
    items: list[Answered]


@router.post(
    "/v1/models/{name}/predictions:batch",
    summary="Ask a model about many entities and keep its answers",
    response_model=Answers,
    openapi_extra={
        "requestBody": {"required": True, "content": {kind: {} for kind in ingest.MEDIA_TYPES}}
    },
)
async def predict_many(
    name: str,
    request: Request,
    who: PrincipalDep,
    all_: Annotated[  # noqa: FBT002 - FastAPI calls it by name
        bool, Query(alias="all", description="Answer every question, or none when one is refused.")
    ] = False,
) -> Response:
    """Answer from features that come with the request; versions in shadow answer unseen.

    The body is a list of `{"entity_id": ..., "features": {...}, "as_of": ...}`, or `{"questions":
    [...]}`, one a line (NDJSON), or an Arrow IPC stream whose `features` are JSON text. Who accepts
    `application/vnd.apache.arrow.stream` is answered with a stream of the items, else with JSON.
    """
    gate = ingest.gate_of(request)
    with gate:
        body = await ingest.read_body(request)
        return await to_thread.run_sync(
            _asked, request, who, name, body, all_, limiter=gate.limiter
        )


def _asked(request: Request, who: Principal, name: str, body: bytes, all_: bool) -> Response:  # noqa: FBT001 - as above
    questions = ingest.read(service.QUESTIONS, request, body, ingest.MAX_BATCH)
    questions.drop_refused()
    if all_:
        none_refused(questions)
    places = questions.places.tolist()
    with database_of(request).tx(who.tenant_id, actor=who.actor) as tx:
        done = service.ask_many(
            tx,
            name,
            entity_ids=questions.get("entity_id"),
            features=[json.loads(value) for value in questions.get("features")],
            as_of=questions.get("as_of"),
            all_or_nothing=all_,
            service_name="api",
        )
    refused = {**questions.refused}
    refused |= {places[r.index]: replace(r, index=places[r.index]) for r in done.refused}
    items: list[dict[str, Any]] = [
        {"status": "refused", "id": None, "value": None, "lower": None, "upper": None}
        for _ in range(questions.size)
    ]
    given = (done.batch.ids, done.batch.value, done.batch.lower, done.batch.upper)
    for row, (id_, *numbers) in zip(done.rows, zip(*given, strict=True), strict=True):
        value, lower, upper = map(float, numbers)
        said = {"value": value, "lower": lower, "upper": upper}
        items[places[row]] = {"status": "accepted", "id": str(id_), **said}
    if ARROW in request.headers.get("accept", ""):
        return Response(_stream(items), media_type=ARROW)
    answers = {
        "version": done.batch.version,
        "accepted": len(done.rows),
        "refused": [asdict(refused[i]) for i in sorted(refused)],
        "items": items,
    }
    return Response(json.dumps(answers), media_type="application/json")


def _stream(items: list[dict[str, Any]]) -> bytes:
    pa = arrow.library()
    kinds = {"status": pa.string(), "id": pa.string()}
    kinds |= dict.fromkeys(("value", "lower", "upper"), pa.float64())
    table = pa.Table.from_pylist(items, pa.schema(list(kinds.items())))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _take(tx: Tx, batch: Batch, all_: bool) -> Ingested:  # noqa: FBT001 - as a route calls it
    return service.take_predictions(tx, batch, all_or_nothing=all_)


ingest.add_route(
    router,
    service.SHAPE,
    _take,
    about="These are predictions that your own model made. One is known by its `prediction_id`,"
    " or by its `id`, a uuid of version 7: sent again it is a duplicate. `model` names a model of"
    " the registry; `model_id` is your own name of one that need not be registered. `features` and"
    " `reasons` are objects, or lists of values with `feature_names`.",
)


@router.get("/v1/predictions/hours", summary="Count predictions by hour and model")
def hours(tx: ReadTxDep, since: AwareDatetime, until: AwareDatetime) -> list[HourOfPredictions]:
    """Give how many live predictions each model made in each hour."""
    return service.hours(tx, since=since, until=until)


@router.get("/v1/predictions/{prediction_id}", summary="Get a prediction in full")
def get(prediction_id: UUID, tx: TxDep) -> Answer:
    """Give bounds, named reasons, named features and the outcome."""
    return answer(service.get(tx, prediction_id))


@router.get("/v1/predictions", summary="List predictions, newest first")
def list_(
    tx: TxDep,
    *,
    model: str | None = None,
    entity_id: str | None = None,
    closed: bool | None = None,
    role: PredictionRole | Literal["any"] = PredictionRole.LIVE,
    limit: Annotated[int, Query(ge=1, le=service.MAX_PAGE)] = 50,
    cursor: str | None = None,
) -> PageOf:
    """Give one page; `next_cursor` asks for the next."""
    return service.list_predictions(
        tx,
        model_id=registry.get_model(tx, model).id if model is not None else None,
        entity_id=entity_id,
        closed=closed,
        role=None if role == "any" else PredictionRole(role),
        limit=limit,
        cursor=cursor,
    )


@router.get(
    "/v1/models/{name}/predictions:export",
    summary="Read a model's predictions as an Arrow stream",
    response_class=ArrowStream,
)
def export(
    *,
    request: Request,
    who: PrincipalDep,
    name: str,
    since: Annotated[AwareDatetime | None, Query(description="Made from then on.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Made before then.")] = None,
    version: Annotated[str | None, Query(description="Only of this version.")] = None,
    role: PredictionRole | Literal["any"] = PredictionRole.LIVE,
    outcomes: Annotated[bool, Query(description="With what came of them.")] = True,
    columns: Columns = None,
) -> Response:
    """Give all predictions of the time in order, with what came of them: null while it is open."""
    opened = reading(request, who)
    with opened() as tx:
        plan = service.prediction_rows(
            tx,
            name,
            since=since,
            until=until,
            version=version,
            role=role,
            with_outcomes=outcomes,
            columns=columns,
        )
    return stream(Rows(plan, opened))


@router.get("/v1/models/{name}/performance", summary="How well a model's answers did over time")
def performance(  # noqa: PLR0917 - FastAPI calls it by name
    name: str,
    tx: ReadTxDep,
    by: Literal["day", "month"] = "month",
    version_id: UUID | None = None,
    since: date | None = None,
    until: date | None = None,
) -> list[Performance]:
    """Give losses and inference times by the day or month (UTC) in which the answers were given.

    p50, p95 and p99 of the inference time are merged from those of the days, at most 1 % off.
    """
    model = registry.get_model(tx, name)
    return service.performance(
        tx, model.id, by=by, version_id=version_id, since=since, until=until, times=True
    )


class Quantile(BaseModel):
    """A quantile; no number when nothing says it."""

    share: float
    inference_time_ms: float | None
    loss: float | None = Field(description="Log loss in nats, or squared error.")
    confidence: float | None
    error: float | None = Field(description="Without its sign.")


class ModelQuantiles(BaseModel):
    """How long a model's answers took, how sure and how wrong they were, at most 1 % off."""

    predictions: int
    outcomes: int
    quantiles: list[Quantile]


@router.get(
    "/v1/models/{name}/quantiles", summary="Quantiles of inference time, confidence, loss and error"
)
def quantiles(  # noqa: PLR0917 - FastAPI calls it by name
    tx: ReadTxDep,
    name: str,
    since: date,
    until: date,
    share: Annotated[list[float], Query(max_length=20, default_factory=lambda: [0.5, 0.95, 0.99])],
    version_id: Annotated[
        list[UUID] | None,
        Query(max_length=100, description="Only of this version; of several together."),
    ] = None,
    role: PredictionRole = PredictionRole.LIVE,
) -> ModelQuantiles:
    """Give quantiles of answers made from `since` until the day before `until` (UTC)."""
    model = registry.get_model(tx, name)
    found = service.quantiles(
        tx, model.id, since=since, until=until, shares=share, role=role, version_ids=version_id
    )
    each = [
        Quantile(
            share=s,
            inference_time_ms=found.inference_time_ms[s],
            loss=found.loss[s],
            confidence=found.confidence[s],
            error=found.error[s],
        )
        for s in share
    ]
    return ModelQuantiles(predictions=found.predictions, outcomes=found.outcomes, quantiles=each)


@router.get("/v1/forecasts", summary="List forecasts, newest first")
def forecasts(
    tx: TxDep,
    *,
    status: ForecastStatus | None = None,
    prediction_type: ForecastType | None = None,
    limit: Annotated[int, Query(ge=1, le=service.MAX_PAGE)] = 50,
    cursor: str | None = None,
) -> PageOf:
    """Give one page of the forecasts with a horizon; `next_cursor` asks for the next."""
    wanted = {"status": status, "prediction_type": prediction_type}
    given = {name: value.value for name, value in wanted.items() if value is not None}
    return resource.list_rows(tx, Forecast, limit=limit, cursor=cursor, **given)


@router.get("/v1/forecasts/{forecast_id}", summary="Get a forecast")
def forecast(forecast_id: UUID, tx: TxDep) -> dict[str, Any]:
    """Give one forecast with what came of it."""
    return resource.get_row(tx, Forecast, forecast_id)
