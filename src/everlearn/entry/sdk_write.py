"""The SDK's bulk writes: events, metrics, predictions, what came of them, what people think."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from everlearn.core import ingest as bulk
from everlearn.core.ingest import arrow
from everlearn.core.ingest.writing import batches
from everlearn.entry.sdk_base import Opened
from everlearn.modules.events import service as events_service
from everlearn.modules.features import service as features_service
from everlearn.modules.feedback import service as feedback_service
from everlearn.modules.operations import service as operations_service
from everlearn.modules.predictions import service as predictions_service

if TYPE_CHECKING:
    from datetime import datetime

    from everlearn.core.ingest import Batch, Ingested
    from everlearn.core.tx import Tx

#: Rows: mappings, a pyarrow Table, a pandas or polars DataFrame.
Given = Iterable[Mapping[str, Any]] | Any
#: A model's labels are facts of this source: the entity, what came true, and when we knew.
OUTCOMES = "{model}.outcomes"


class Writes(Opened):
    """Calls that write many rows; part of `Everlearn`.

    Each takes mappings, a pyarrow Table, or a pandas or polars DataFrame, and gives what became of
    every row: accepted, a duplicate, or refused with a field and a reason. With `all_or_nothing`
    all are written in one transaction, or the call raises; else a part of them at a time, and what
    a part wrote stays when a later one fails.
    """

    def write_events(self, rows: Given, *, all_or_nothing: bool = False) -> Ingested:
        """Write learning events, several parts at the same time.

        One is known by its `id`, a uuid of version 7 whose millisecond is the event's time: sent
        again it is a duplicate. Each says its `event_type` and `event_data`.

        Args:
            rows: see `Writes`.
            all_or_nothing: see `Writes`.
        """
        if all_or_nothing:
            with self.tx() as tx:
                return events_service.ingest(tx, rows, all_or_nothing=True, source="sdk")
        return events_service.load(self.tx, rows, source="sdk")

    def write_predictions(self, rows: Given, *, all_or_nothing: bool = False) -> Ingested:
        """Write predictions that your own model made.

        One is known by its `prediction_id`, or by its `id`, a uuid of version 7: sent again it is a
        duplicate. Each says its `predicted_value`, and `model` (of the registry), `model_id` (your
        own name of one) or `service_name`.

        Args:
            rows: see `Writes`.
            all_or_nothing: see `Writes`.
        """
        if all_or_nothing:
            with self.tx() as tx:
                return predictions_service.take_predictions(
                    tx, rows, all_or_nothing=True, service_name="sdk"
                )

        def write(tx: Tx, batch: Batch) -> Ingested:
            return predictions_service.take_predictions(tx, batch, service_name="sdk")

        return bulk.load(self.tx, predictions_service.SHAPE, rows, write)

    def predict_many(self, name: str, rows: Given, *, all_or_nothing: bool = False) -> Any:
        """Ask the live version about many entities; every answer is kept, with its reasons.

        Args:
            name: of the model.
            rows: see `Writes`; each has an `entity_id`, a column for each feature that is not
                computed from facts, and `as_of`, if the features do not stand for now.
            all_or_nothing: raise when a row is refused, instead of answering the others.

        Returns:
            What `rows` is: a pyarrow Table, a pandas or polars DataFrame, or a list of dicts, with
            `entity_id`, `id`, `value`, `lower`, `upper`, and of a refused row `field` and `reason`.
        """
        asked, back = _questions(rows)
        given = [
            {k: v for k, v in each.items() if k not in {"entity_id", "as_of"}} for each in asked
        ]
        with self.tx() as tx:
            done = predictions_service.ask_many(
                tx,
                name,
                entity_ids=[each.get("entity_id", "") for each in asked],
                features=given,
                as_of=[each.get("as_of") for each in asked],
                all_or_nothing=all_or_nothing,
                service_name="sdk",
            )
        names = ("id", "value", "lower", "upper", "field", "reason")
        told = [{"entity_id": each.get("entity_id"), **dict.fromkeys(names)} for each in asked]
        batch = done.batch
        answers = zip(batch.ids, batch.value, batch.lower, batch.upper, strict=True)
        for row, (id_, *numbers) in zip(done.rows, answers, strict=True):
            values = map(float, numbers)
            told[row] |= {
                "id": str(id_),
                **dict(zip(("value", "lower", "upper"), values, strict=True)),
            }
        for refusal in done.refused:
            told[refusal.index] |= {"field": refusal.field, "reason": refusal.reason}
        return back(told)

    def write_outcomes(self, rows: Given, *, all_or_nothing: bool = False) -> Ingested:
        """Tell what really happened; the next training of a model learns from it, as by `resolve`.

        Each outcome says its `value`, and `prediction_id`, or `model` and `entity_id`.

        Args:
            rows: see `Writes`.
            all_or_nothing: see `Writes`.
        """
        if all_or_nothing:
            with self.tx() as tx:
                parts = list(batches(feedback_service.OUTCOMES, rows))
                done = feedback_service.take_outcomes(tx, parts, all_or_nothing=True)
                start = 0
                for part in parts:
                    twice = {at - start for at in done.duplicate_at}
                    _learn_from(tx, part, twice)
                    start += part.size
                return done

        def write(tx: Tx, batch: Batch) -> Ingested:
            done = feedback_service.take_outcomes(tx, batch)
            _learn_from(tx, batch, set(done.duplicate_at))
            return done

        # Outcomes of one model wait for each other: several writers would gain nothing.
        return bulk.load(self.tx, feedback_service.OUTCOMES, rows, write, writers=1)

    def write_feedback(self, rows: Given, *, all_or_nothing: bool = False) -> Ingested:
        """Keep what people think of answers; an opinion is not an outcome and closes nothing.

        One is known by its `feedback_id`, and by user, prediction and type. Each says its
        `feedback_type`, and a verdict its `prediction_id`.

        Args:
            rows: see `Writes`.
            all_or_nothing: see `Writes`.
        """
        if all_or_nothing:
            with self.tx() as tx:
                return feedback_service.take_feedback(tx, rows, all_or_nothing=True)
        return bulk.load(
            self.tx, feedback_service.FEEDBACK, rows, feedback_service.take_feedback, writers=1
        )

    def write_metrics(self, rows: Given, *, all_or_nothing: bool = False) -> Ingested:
        """Write samples of metrics: `metric_name`, `value`, and `timestamp` if it is not now.

        Args:
            rows: see `Writes`.
            all_or_nothing: see `Writes`.
        """
        with self.tx() as tx:
            return operations_service.record_metrics(tx, rows, all_or_nothing=all_or_nothing)


def _questions(rows: Given) -> tuple[list[dict[str, Any]], Callable[[list[dict[str, Any]]], Any]]:
    """Give rows as dicts, and what makes of answers what the rows were."""
    if not hasattr(rows, "__arrow_c_stream__"):
        return [dict(each) for each in rows], lambda told: told
    pa = arrow.library()
    table = rows if isinstance(rows, pa.Table) else pa.table(rows)
    asked: list[dict[str, Any]] = table.to_pylist()
    kinds = {name: pa.string() for name in ("entity_id", "id", "field", "reason")}
    kinds |= dict.fromkeys(("value", "lower", "upper"), pa.float64())

    def back(told: list[dict[str, Any]]) -> Any:
        made = pa.Table.from_pylist(told, pa.schema(list(kinds.items())))
        library = type(rows).__module__.partition(".")[0]
        if library == "pandas":
            return made.to_pandas()
        return import_module("polars").from_arrow(made) if library == "polars" else made

    return asked, back


def _learn_from(tx: Tx, batch: Batch, twice: set[int]) -> None:
    """Keep new outcomes as facts, where a model made by `Everlearn.model` learns from them."""
    by_model: dict[str, list[int]] = {}
    for row, model in enumerate(batch.get("model")):
        if model is not None and int(batch.places[row]) not in twice:
            by_model.setdefault(model, []).append(row)
    if not by_model:
        return
    found = predictions_service.find_models(tx, sorted(by_model))
    entities, values = batch.get("entity_id"), batch.get("value")
    happened: list[datetime] = batch.get("happened_at")
    known: list[datetime] = batch.get("known_at")
    for name, rows in by_model.items():
        served, _ = found[name]
        if served is None:
            continue
        source = OUTCOMES.format(model=served.name)
        if (served.params.get("label") or {}).get("source") != source:
            continue
        features_service.record_facts(
            tx,
            source,
            entity_ids=[entities[row] for row in rows],
            event_at=[happened[row] for row in rows],
            known_at=[known[row] for row in rows],
            values={"value": [values[row] for row in rows]},
        )
