"""Outcomes: each is taken once, the wrong ones are named, nothing is half written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from numbers import Real
from typing import TYPE_CHECKING, cast
from uuid import UUID

from everlearn.core.errors import Bug, EverlearnError, Invalid
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.feedback import errors
from everlearn.modules.feedback.types import (
    Item,
    ItemStatus,
    OnError,
    Outcome,
    Resolved,
)
from everlearn.modules.predictions import service as predictions
from everlearn.modules.predictions.errors import UnknownPrediction
from everlearn.modules.predictions.service.checking import entity_text
from everlearn.modules.predictions.types import (
    Closed,
    Prediction,
    PredictionKind,
    PredictionRole,
)
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Model, Task

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
#: How far a sender's clock may be ahead of ours.
_AHEAD = timedelta(days=1)


def resolve(
    tx: Tx,
    *,
    value: float,
    prediction_id: UUID | str | None = None,
    model: str | UUID | Model | None = None,
    entity_id: str | None = None,
    happened_at: datetime | None = None,
    known_at: datetime | None = None,
    further: Mapping[str, float] | None = None,
) -> Outcome:
    """Say what happened: closes the predictions, scores them, moves the rollups, sends one event.

    Named by `model` and `entity_id`, it closes every prediction the model made about the entity,
    live and shadow. Named by `prediction_id`, it closes that one and those that other versions made
    of the same feature row. The same outcome again changes nothing. A client service's prediction
    has no model here: it is named by its id, and only it is closed.

    Args:
        tx: transaction.
        value: 0 or 1 for a binary task or a violation, a finite number for anything else.
        prediction_id: the prediction, by its id or by the one its client gave it, or else
        model: name or id of the model, and
        entity_id: what it predicted about.
        happened_at: when it happened, aware; `known_at` when left out.
        known_at: when we learned of it, aware; now when left out.
        further: what else happened, by name, of a client's prediction of several things at once.

    Raises:
        BadOutcome: the value is no number, NaN, infinite, or neither 0 nor 1 for a binary task; or
            a time is out of range.
        Invalid: it is not said what the outcome is about.
        UnknownPrediction: the tenant has no such prediction.
        ContradictingOutcome: a different outcome is stored; its facts are `stored` and `sent`.
    """
    known = _moment(known_at or tx.now(), "known_at", tx)
    happened = _moment(happened_at or known, "happened_at", tx)
    about: str | None
    if prediction_id is not None:
        if model is not None or entity_id is not None:
            raise Invalid("name the prediction, or the model and the entity", field="prediction_id")
        found = predictions.get(tx, predictions.find_id(tx, prediction_id))
        prediction_id = found.id
        if found.model_id is None:
            return _resolve_client(tx, found, value, (happened, known), further or {})
        chosen = registry.get_model(tx, found.model_id)
        number = _number(value, chosen.task, "value")
        done = predictions.write_outcome(
            tx, chosen, prediction_id, value=number, happened_at=happened, known_at=known
        )
        about = found.entity_id
    else:
        if model is None or entity_id is None:
            raise Invalid("name the prediction, or the model and the entity", field="prediction_id")
        chosen = _model(tx, model)
        number = _number(value, chosen.task, "value")
        about = entity_text(entity_id, "entity_id")
        done = predictions.write_outcomes(
            tx,
            chosen,
            entity_ids=[about],
            values=[number],
            happened_at=[happened],
            known_at=[known],
        )
    if done.unknown:
        raise _unknown(chosen, about)
    if done.contradictions:
        raise _contradiction(about, done.contradictions[0][1], number)
    if prediction_id is None:
        prediction_id = _closed_one(tx, chosen, entity_text(entity_id, "entity_id"))
    if done.new:
        _emit(tx, chosen, items=1, closed=done.new)
    return _outcome(tx, prediction_id, done)


def _resolve_client(
    tx: Tx,
    found: Prediction,
    value: object,
    times: tuple[datetime, datetime],
    further: Mapping[str, float],
) -> Outcome:
    """Close a prediction that a client made by its own means."""
    task = Task.BINARY if found.kind is PredictionKind.COMPLIANCE else Task.REGRESSION
    number = _number(value, task, "value")
    done = predictions.write_client_outcome(
        tx,
        found.id,
        kind=found.kind,
        value=number,
        happened_at=times[0],
        known_at=times[1],
        further={
            name: _number(x, Task.REGRESSION, f"further.{name}") for name, x in further.items()
        },
    )
    if done.contradictions:
        raise _contradiction(str(found.id), done.contradictions[0][1], number)
    if done.new:
        events.emit(
            tx,
            EventType.USER_FEEDBACK,
            subtype="outcome",
            entity_type="prediction",
            entity_id=found.id,
            data={"service": found.service_name, "outcomes": 1, "predictions_closed": 1},
        )
    return _outcome(tx, found.id, done)


def _outcome(tx: Tx, prediction_id: UUID, done: Closed) -> Outcome:
    stored = predictions.get(tx, prediction_id)
    return Outcome(
        model=stored.model,
        entity_id=stored.entity_id,
        prediction_id=prediction_id,
        value=cast("float", stored.actual),
        happened_at=cast("datetime", stored.happened_at),
        known_at=cast("datetime", stored.known_at),
        closed=done.new,
        duplicate=done.new == 0,
        loss=cast("float", stored.loss),
    )


def _closed_one(tx: Tx, model: Model, entity_id: str) -> UUID:
    """Give the latest closed answer about an entity, one that was given if there is any."""
    for role in (PredictionRole.LIVE, PredictionRole.SHADOW):
        page = predictions.list_predictions(
            tx, model_id=model.id, entity_id=entity_id, role=role, closed=True, limit=1
        )
        if page.items:
            return cast("UUID", page.items[0]["id"])
    raise Bug("an outcome was written and closed no prediction")


def resolve_many(
    tx: Tx,
    model: str | UUID | Model,
    *,
    entity_ids: Sequence[str],
    values: Sequence[float],
    happened_at: Sequence[datetime | None] | None = None,
    known_at: Sequence[datetime | None] | None = None,
    on_error: OnError = "refuse_all",
) -> Resolved:
    """Take many outcomes of one model at once; see `resolve`.

    An entity that comes twice with the same value counts once; with different values both of its
    items contradict each other and are wrong.

    Args:
        tx: transaction.
        model: the model, or its name or id.
        entity_ids: length n.
        values: length n.
        happened_at: length n; when left out, or where None, as `known_at`.
        known_at: length n; when left out, or where None, now.
        on_error: ``refuse_all`` raises the first item's error and writes nothing; ``take_good``
            writes the others and answers for each item.

    Raises:
        Invalid: the columns differ in length.
        BadOutcome, UnknownPrediction, ContradictingOutcome: with ``refuse_all``, when an item is
            wrong; `items` among the facts lists the wrong ones.
    """
    chosen = _model(tx, model)
    n = len(entity_ids)
    for name, column in (("values", values), ("happened_at", happened_at), ("known_at", known_at)):
        if column is not None and len(column) != n:
            msg = f"{n} entities, but {len(column)} entries here"
            raise Invalid(msg, field=name, expected=n, got=len(column))
    now = tx.now()
    found: dict[int, EverlearnError] = {}
    good: dict[str, tuple[int, float, datetime, datetime]] = {}
    repeated: dict[int, int] = {}
    contradicted: set[str] = set()
    for i, entity in enumerate(entity_ids):
        try:
            entity_text(entity, f"items[{i}].entity_id")
            value = _number(values[i], chosen.task, f"items[{i}].value")
            known = _moment((known_at[i] if known_at else None) or now, f"items[{i}].known_at", tx)
            happened = (happened_at[i] if happened_at else None) or known
            happened = _moment(happened, f"items[{i}].happened_at", tx)
        except Invalid as error:
            found[i] = error
            continue
        if entity not in good:
            good[entity] = (i, value, happened, known)
        elif good[entity][1] == value:
            repeated[i] = good[entity][0]
        else:
            first, stored, *_ = good[entity]
            contradicted.add(entity)
            found[i] = _contradiction(entity, stored, value, f"items[{i}].value")
            found.setdefault(first, _contradiction(entity, value, stored, f"items[{first}].value"))
    kept = {entity: item for entity, item in good.items() if entity not in contradicted}
    if on_error == "refuse_all":
        _refuse(found)
        with tx.savepoint():  # so that a caller who goes on after the error keeps nothing of it
            result = _write(tx, chosen, entity_ids, kept=kept, repeated=repeated, found=found)
            _refuse(found)
    else:
        result = _write(tx, chosen, entity_ids, kept=kept, repeated=repeated, found=found)
    if result.new:
        _emit(tx, chosen, items=n, closed=result.new)
    return result


def _write(
    tx: Tx,
    model: Model,
    entity_ids: Sequence[str],
    *,
    kept: dict[str, tuple[int, float, datetime, datetime]],
    repeated: dict[int, int],
    found: dict[int, EverlearnError],
) -> Resolved:
    """Write the good items; add what is wrong with the others to `found`."""
    rows = list(kept.values())
    done = predictions.write_outcomes(
        tx,
        model,
        entity_ids=list(kept),
        values=[value for _, value, _, _ in rows],
        happened_at=[happened for _, _, happened, _ in rows],
        known_at=[known for _, _, _, known in rows],
    )
    status: dict[str, ItemStatus] = dict.fromkeys(done.duplicate_ids, ItemStatus.DUPLICATE)
    for entity in done.unknown:
        status[entity] = ItemStatus.UNKNOWN
        found[kept[entity][0]] = _unknown(model, entity, f"items[{kept[entity][0]}].entity_id")
    for entity, stored, sent in done.contradictions:
        status[entity] = ItemStatus.CONTRADICTION
        place = f"items[{kept[entity][0]}].value"
        found[kept[entity][0]] = _contradiction(entity, stored, sent, place)
    items: list[Item] = []
    at = {place for place, *_ in rows}
    for i, entity in enumerate(entity_ids):
        if i in repeated:
            first = items[repeated[i]]
            items.append(
                replace(first, status=ItemStatus.DUPLICATE) if first.status.good else first
            )
        elif i in at:
            now = status.get(entity, ItemStatus.CLOSED)
            items.append(Item(entity, now, found[i].to_problem() if i in found else None))
        else:
            contradicts = isinstance(found[i], errors.ContradictingOutcome)
            now = ItemStatus.CONTRADICTION if contradicts else ItemStatus.INVALID
            items.append(Item(entity, now, found[i].to_problem()))
    twice = sum(item.status is ItemStatus.DUPLICATE for item in items)
    return Resolved(done.new, twice, done.unknown, done.contradictions, items)


def _refuse(found: dict[int, EverlearnError]) -> None:
    if not found:
        return
    first = found[min(found)]
    first.facts["items"] = [
        {"item": i, "code": found[i].code, "detail": found[i].message} for i in sorted(found)[:100]
    ]
    first.hint = first.hint or "nothing was written; on_error=take_good takes the other items"
    raise first


def _model(tx: Tx, model: str | UUID | Model) -> Model:
    if isinstance(model, Model):
        return model
    if isinstance(model, str):
        entity_text(model, "model")
    return registry.get_model(tx, model)


def _number(value: object, task: Task, field: str) -> float:
    if isinstance(value, bool):
        value = int(value)
    if not isinstance(value, Real):
        raise errors.BadOutcome("an outcome is a number", field=field, got=str(value)[:80])
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise errors.BadOutcome("an outcome is a finite number", field=field, got=str(number))
    if task == Task.BINARY and number not in {0.0, 1.0}:
        msg = "the outcome of a binary task is 0 or 1"
        raise errors.BadOutcome(msg, field=field, got=number)
    return number


def _moment(at: object, field: str, tx: Tx) -> datetime:
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise errors.BadOutcome("a time needs its offset from UTC", field=field, got=str(at)[:80])
    if not _EARLIEST <= at <= tx.now() + _AHEAD:
        msg = "an outcome lies between the year 2000 and now"
        raise errors.BadOutcome(msg, field=field, got=at.isoformat())
    return at


def _unknown(model: Model, entity: str | None, field: str = "entity_id") -> UnknownPrediction:
    msg = f"the model {model.name} made no prediction about {entity!r}"
    return UnknownPrediction(
        msg, field=field, hint="outcomes come under the prediction's entity_id"
    )


def _contradiction(
    entity: str | None, stored: float, sent: float, field: str = "value"
) -> errors.ContradictingOutcome:
    msg = f"the outcome of {entity!r} is {stored:g} already, {sent:g} was sent"
    return errors.ContradictingOutcome(msg, field=field, stored=stored, sent=sent)


def _emit(tx: Tx, model: Model, *, items: int, closed: int) -> None:
    events.emit(
        tx,
        EventType.USER_FEEDBACK,
        subtype="outcome",
        entity_type="model",
        entity_id=model.id,
        data={"model": model.name, "outcomes": items, "predictions_closed": closed},
    )
