"""Takes many outcomes at once, of any models and clients, each by itself or all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import numpy as np

from everlearn.core import ingest as bulk
from everlearn.core.ingest import Batch, Column, Field, Ingested, Shape
from everlearn.core.ingest.writing import none_refused
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.predictions import service as predictions
from everlearn.modules.predictions.types import LARGEST, Closed, PredictionKind, Target
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Model, Task

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

OUTCOMES = Shape(
    "outcomes",
    (
        Field("value", "number", required=True, least=-LARGEST, most=LARGEST),
        Field("prediction_id", "text"),
        Field("model", "text"),
        Field("entity_id", "text"),
        Field("happened_at", "time"),
        Field("known_at", "time"),
        Field("further", "json"),
    ),
)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
#: How far a sender's clock may be ahead of ours.
_AHEAD = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHICH = "name the prediction, or the model and the entity"
_NUMBERS = msgspec.json.Decoder(dict[str, float])


def take_outcomes(
    tx: Tx,
    rows: Batch | Iterable[Mapping[str, Any]] | Any,
    *,
    all_or_nothing: bool = False,
) -> Ingested:
    """Say what happened, many at once: late, in any order, twice; each is answered.

    What an outcome is about is said as in `resolve`: by `prediction_id`, the prediction's own or
    the one its client gave it, or by `model` and `entity_id`. The model is one that is served here,
    or one that clients answer with by themselves, under the name they gave it. An outcome that is
    stored already is a duplicate, one that contradicts what is stored is refused.

    Args:
        tx: transaction; what it commits is there, and the tenant is its tenant.
        rows: mappings, a pyarrow Table, a pandas or polars DataFrame, or what a reader of
            `core.ingest` made of a body. Fields: `OUTCOMES`.
        all_or_nothing: raise when an outcome is refused, instead of writing the others.

    Raises:
        ItemsRefused: one is refused and `all_or_nothing` is asked for; nothing is written.
        Invalid: a table has a column that outcomes do not have, or one of a wrong type.
    """
    total = _Total(all_or_nothing=all_or_nothing)
    done = bulk.ingest(
        tx,
        OUTCOMES,
        rows,
        prepare=_prepare,
        write=partial(_write, total=total),
        all_or_nothing=all_or_nothing,
    )
    if total.closed:
        events.emit(
            tx,
            EventType.USER_FEEDBACK,
            subtype="outcome",
            entity_type="batch",
            data={"outcomes": done.size, "predictions_closed": total.closed},
        )
    return done


def load_outcomes(
    transaction: Callable[[], AbstractContextManager[Tx]],
    path: Path,
    *,
    all_or_nothing: bool = False,
    progress: Callable[[float], None] = lambda _: None,
) -> Ingested:
    """Load a file of outcomes, each part of it in a transaction; see `core.ingest.load_file`."""
    write = partial(take_outcomes, all_or_nothing=all_or_nothing)
    return bulk.load_file(
        transaction, OUTCOMES, path, write, all_or_nothing=all_or_nothing, progress=progress
    )


@dataclass
class _Total:
    """What the parts of a batch did so far."""

    all_or_nothing: bool
    closed: int = 0
    size: int = 0


def _prepare(tx: Tx, batch: Batch) -> None:
    """Complete times, and refuse what names nothing or is out of range."""
    n, now = len(batch), tx.now()
    latest = _us(now + _AHEAD)
    known = np.full(n, _us(now))
    for name in ("known_at", "happened_at"):
        times = known.copy()
        column = batch.columns.get(name)
        if column is not None:
            said = ~column.absent()
            times[said] = column.values[said]
        far = (times < _us(_EARLIEST)) | (times > latest)
        batch.refuse_where(far, name, "an outcome lies between the year 2000 and now")
        batch.columns[name] = Column("time", times)
        known = times
    names, models, entities = (batch.get(x) for x in ("prediction_id", "model", "entity_id"))
    further = batch.get("further")
    for row in range(n):
        pair = models[row] is not None, entities[row] is not None
        if (names[row] is not None and any(pair)) or (names[row] is None and not all(pair)):
            batch.refuse([row], "prediction_id", _WHICH)
        if further[row] is not None:
            _check_further(batch, row, further[row], named=names[row] is not None)


def _check_further(batch: Batch, row: int, value: bytes, *, named: bool) -> None:
    if not named:
        batch.refuse([row], "further", "only of a prediction that is named by its id")
        return
    try:
        wrong = not all(map(math.isfinite, _NUMBERS.decode(value).values()))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        wrong = True
    if wrong:
        batch.refuse([row], "further", "not finite numbers by their names")


def _write(tx: Tx, batch: Batch, *, total: _Total) -> list[int]:
    """Close what the rows are about; give those that were known already."""
    taken = _Taking(tx, batch)
    taken.by_id()
    taken.by_entity()
    total.closed += taken.closed
    if total.all_or_nothing:
        none_refused(batch, total.size)
    total.size += batch.size
    twice = {int(batch.places[row]) for row in taken.twice - taken.fresh}
    batch.drop_refused()
    return [row for row, place in enumerate(batch.places.tolist()) if place in twice]


@dataclass
class _Group:
    """Rows that one call writes, each about something else."""

    rows: list[int] = field(default_factory=list)
    about: list[Any] = field(default_factory=list)


class _Taking:
    """Takes the rows of one batch apart by what closes them, and notes what became of each."""

    def __init__(self, tx: Tx, batch: Batch) -> None:
        self.tx, self.batch = tx, batch
        self.names, self.models = batch.get("prediction_id"), batch.get("model")
        self.entities, self.values = batch.get("entity_id"), batch.get("value")
        self.happened, self.known = batch.get("happened_at"), batch.get("known_at")
        self.further = [None if x is None else x.decode() for x in batch.get("further")]
        #: Rows that were known already, and those that closed something now.
        self.twice: set[int] = set()
        self.fresh: set[int] = set()
        self.closed = 0

    def by_id(self) -> None:
        """Close the predictions that are named."""
        rows = [row for row, name in enumerate(self.names) if name is not None]
        targets = predictions.find_many(self.tx, [self.names[row] for row in rows])
        served: dict[UUID, _Group] = {}
        clients = _Group()
        for row in rows:
            target = targets.get(self.names[row])
            if target is None:
                self.batch.refuse([row], "prediction_id", "the tenant has no such prediction")
            elif target.model_id is None:
                if self._fits(row, binary=target.kind is PredictionKind.COMPLIANCE):
                    clients.rows.append(row)
                    clients.about.append((target.id,))
            elif self.further[row] is not None:
                self.batch.refuse([row], "further", "only of what a client's own model predicted")
            else:
                group = served.setdefault(target.model_id, _Group())
                group.rows.append(row)
                group.about.append(target)
        for model_id in sorted(served):
            self._close_named(registry.get_model(self.tx, model_id), served[model_id])
        self._close_clients(clients)

    def by_entity(self) -> None:
        """Close what a model predicted about an entity, served here or by a client."""
        rows = [row for row, name in enumerate(self.names) if name is None]
        if not rows:
            return
        found = predictions.find_models(self.tx, [self.models[row] for row in rows])
        served: dict[UUID, tuple[Model, _Group]] = {}
        left: list[tuple[int, str]] = []
        for row in rows:
            model, own = found[self.models[row]]
            if model is None:
                left.append((row, own))
            elif self._fits(row, binary=model.task == Task.BINARY):
                _, group = served.setdefault(model.id, (model, _Group()))
                group.rows.append(row)
                group.about.append(self.entities[row])
        for _, (model, group) in sorted(served.items()):
            # What it did not predict itself, a client may have under its name.
            unknown = self._close_entities(model, group)
            left += [(row, found[self.models[row]][1]) for row in unknown]
        self._close_clients_of(left)

    def _fits(self, row: int, *, binary: bool) -> bool:
        if binary and self.values[row] not in {0.0, 1.0}:
            self.batch.refuse([row], "value", "the outcome of a binary task is 0 or 1")
            return False
        return True

    def _close_named(self, model: Model, group: _Group) -> None:
        fit = [
            (row, target)
            for row, target in zip(group.rows, group.about, strict=True)
            if self._fits(row, binary=model.task == Task.BINARY)
        ]
        # Answers to one feature row have one outcome, whichever of them is named.
        firsts = self._firsts([(row, target.feature_row_id or target.id) for row, target in fit])
        kept: dict[int, Target] = {row: target for row, target in fit if row in firsts}
        if not kept:
            return
        done = predictions.write_outcomes_of(
            self.tx,
            model,
            list(kept.values()),
            values=[self.values[row] for row in kept],
            happened_at=[self.happened[row] for row in kept],
            known_at=[self.known[row] for row in kept],
        )
        self._note(done, {str(target.id): [row] for row, target in kept.items()})
        self._note_twins(firsts)

    def _close_entities(self, model: Model, group: _Group) -> list[int]:
        firsts = self._firsts(list(zip(group.rows, group.about, strict=True)))
        kept = dict(zip(group.rows, group.about, strict=True))
        rows = [row for row in kept if row in firsts]
        done = predictions.write_outcomes(
            self.tx,
            model,
            entity_ids=[kept[row] for row in rows],
            values=[self.values[row] for row in rows],
            happened_at=[self.happened[row] for row in rows],
            known_at=[self.known[row] for row in rows],
        )
        place = {kept[row]: row for row in rows}
        self._note(done, {about: [row] for about, row in place.items()}, unknown=False)
        unknown = [place[about] for about in done.unknown]
        self._note_twins({row: twins for row, twins in firsts.items() if row not in unknown})
        return [row for first in unknown for row in (first, *firsts[first])]

    def _close_clients_of(self, left: Sequence[tuple[int, str]]) -> None:
        """Close what clients' own models predicted about entities."""
        if not left:
            return
        found = predictions.find_of_entities(
            self.tx, [own for _, own in left], [self.entities[row] for row, _ in left]
        )
        several = [id_ for ids in found if len(ids) > 1 for id_, _ in ids]
        stored = predictions.read_outcomes(self.tx, several)
        clients = _Group()
        for (row, _), ids in zip(left, found, strict=True):
            other = {stored.get(id_, self.values[row]) for id_, _ in ids} - {self.values[row]}
            if not ids:
                reason = "the model made no prediction about this entity"
                self.batch.refuse([row], "entity_id", reason)
            elif other:  # as with a model of our own, none of them is touched then
                told = f"the outcome is {min(other):g} already, {self.values[row]:g} was sent"
                self.batch.refuse([row], "value", told)
            elif self._fits(row, binary=any(kind is PredictionKind.COMPLIANCE for _, kind in ids)):
                clients.rows.append(row)
                clients.about.append(tuple(id_ for id_, _ in ids))
        self._close_clients(clients)

    def _close_clients(self, group: _Group) -> None:
        firsts = self._firsts(
            [
                (row, (ids, self.further[row]))
                for row, ids in zip(group.rows, group.about, strict=True)
            ]
        )
        kept = [
            (row, id_)
            for row, ids in zip(group.rows, group.about, strict=True)
            if row in firsts
            for id_ in ids
        ]
        # The same prediction by another name, or with other further values: after the first.
        while kept:
            now: dict[UUID, int] = {}
            later = []
            for row, id_ in kept:
                if id_ in now:
                    later.append((row, id_))
                else:
                    now[id_] = row
            done = predictions.write_client_outcomes(
                self.tx,
                list(now),
                values=[self.values[row] for row in now.values()],
                happened_at=[self.happened[row] for row in now.values()],
                known_at=[self.known[row] for row in now.values()],
                further=[self.further[row] for row in now.values()],
            )
            self._note(done, {str(id_): [row] for id_, row in now.items()})
            kept = later
        self._note_twins(firsts)

    def _firsts(self, rows: Sequence[tuple[int, Any]]) -> dict[int, list[int]]:
        """Give the first row about each thing, with the equal ones after it.

        Rows that differ about one thing contradict each other, and all of them are refused.
        """
        by: dict[Any, list[int]] = {}
        for row, about in rows:
            by.setdefault(about, []).append(row)
        firsts: dict[int, list[int]] = {}
        for same in by.values():
            values = {self.values[row] for row in same}
            if len(values) > 1:
                told = " and ".join(f"{value:g}" for value in sorted(values)[:3])
                self.batch.refuse(same, "value", f"the batch says {told} of the same prediction")
            else:
                firsts[same[0]] = same[1:]
        return firsts

    def _note(self, done: Closed, rows: Mapping[str, list[int]], *, unknown: bool = True) -> None:
        self.closed += done.new
        wrong = {about for about, _, _ in done.contradictions}
        old = {*done.duplicate_ids, *done.unknown, *wrong}
        self.fresh.update(row for about in rows.keys() - old for row in rows[about])
        for about in done.duplicate_ids:
            self.twice.update(rows[about])
        for about, stored, sent in done.contradictions:
            if stored == sent:
                self.batch.refuse(rows[about], "further", "other further values are stored")
            else:
                reason = f"the outcome is {stored:g} already, {sent:g} was sent"
                self.batch.refuse(rows[about], "value", reason)
        for about in done.unknown if unknown else ():
            self.batch.refuse(rows[about], "prediction_id", "the tenant has no such prediction")

    def _note_twins(self, firsts: Mapping[int, list[int]]) -> None:
        for first, twins in firsts.items():
            refused = self.batch.refused.get(int(self.batch.places[first]))
            if refused is None:
                self.twice.update(twins)
            else:
                self.batch.refuse(twins, refused.field, refused.reason)


def _us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
