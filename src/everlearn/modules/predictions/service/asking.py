"""Asks a live model about many entities at once, from features that come with the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from everlearn.core.errors import EverlearnError, Invalid
from everlearn.core.ingest import Field, Refusal, Shape
from everlearn.core.ingest.errors import ItemsRefused
from everlearn.modules.features import service as features_of
from everlearn.modules.features.service.storing import store
from everlearn.modules.features.types import Entities, FeatureRows, FeatureSet
from everlearn.modules.predictions import errors
from everlearn.modules.predictions.service.checking import entity_text, storable
from everlearn.modules.predictions.service.recording import predict_many
from everlearn.modules.predictions.types import Batch
from everlearn.modules.registry import service as registry

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: Questions as they come from outside.
QUESTIONS = Shape(
    "questions",
    (
        Field("entity_id", "text", required=True),
        Field("features", "json", required=True),
        Field("as_of", "time"),
    ),
)
_MOST_NAMED = 100  # refused items that an error lists


@dataclass
class Asked:
    """What a model answered to many questions.

    Attributes:
        batch: the answers, in the order of `rows`.
        rows: the places of the questions that were answered.
        refused: the others, in order.
    """

    batch: Batch
    rows: list[int]
    refused: list[Refusal] = field(default_factory=list)


def ask_many(
    tx: Tx,
    model_name: str,
    *,
    entity_ids: Sequence[str],
    features: Sequence[Mapping[str, Any]],
    as_of: Sequence[datetime | None] | None = None,
    all_or_nothing: bool = False,
    service_name: str = "everlearn",
    with_reasons: bool = True,
) -> Asked:
    """Answer many questions and keep every answer, as `predict` does one.

    Called twice it answers twice; the features are kept once.

    Args:
        tx: transaction.
        model_name: name of the model.
        entity_ids: length n.
        features: length n, one value for each feature of the model's feature set.
        as_of: length n, the time the features stand for, aware; now where None or left out.
        all_or_nothing: raise when a question is refused, instead of answering the others.
        service_name: client service that asks.
        with_reasons: also compute and keep what each feature added.

    Raises:
        NotFound: no such model.
        registry.errors.NoLiveVersion: the model has no live version.
        NoFeatureSet: the model has no feature set.
        ItemsRefused: a question is refused and `all_or_nothing` is asked for.
    """
    model = registry.get_model(tx, model_name)
    live = registry.live_version(tx, model.id)
    feature_set_id = live.feature_set_id or model.feature_set_id
    if feature_set_id is None:
        msg = f"the model {model.name} has no feature set"
        raise errors.NoFeatureSet(msg, field="model")
    chosen = features_of.get_set(tx, feature_set_id)
    now = tx.now()
    times = [(as_of[i] if as_of else None) or now for i in range(len(entity_ids))]
    refused: dict[int, Refusal] = {}
    for i, (entity, given) in enumerate(zip(entity_ids, features, strict=True)):
        try:
            entity_text(entity, "entity_id")
            _fits(chosen, given)
        except Invalid as error:
            refused[i] = Refusal(i, error.field, error.message)
    good = [i for i in range(len(entity_ids)) if i not in refused]
    asked = (entity_ids, times, features)
    vectors = _vectors(tx, chosen, good, asked, refused)
    if refused and all_or_nothing:
        _refuse(refused)
    good = [i for i in good if i not in refused]
    kept = _kept(tx, chosen, good, asked, vectors=vectors, refused=refused)
    if refused and all_or_nothing:
        _refuse(refused)
    rows = [i for i in good if i not in refused]
    batch = predict_many(tx, model, kept, service_name=service_name, with_reasons=with_reasons)
    return Asked(batch, rows, [refused[i] for i in sorted(refused)])


_Questions = tuple[Sequence[str], Sequence[datetime], Sequence[Mapping[str, Any]]]


def _fits(chosen: FeatureSet, given: Mapping[str, Any]) -> None:
    storable(given)
    wanted = chosen.entity_fields
    for name in given:
        if name not in wanted:
            raise Invalid("the feature set has no such field", field=f"features.{name}")
    for name in wanted:
        if name not in given:
            raise Invalid("needed, or null when it is not known", field=f"features.{name}")


def _entities(chosen: FeatureSet, rows: Sequence[int], asked: _Questions) -> Entities:
    entity_ids, times, features = asked
    fields = {name: [features[i][name] for i in rows] for name in chosen.entity_fields}
    return Entities([entity_ids[i] for i in rows], [times[i] for i in rows], fields)


def _vectors(
    tx: Tx,
    chosen: FeatureSet,
    rows: list[int],
    asked: _Questions,
    refused: dict[int, Refusal],
) -> dict[int, np.ndarray[Any, Any]]:
    """Compute all vectors at once; where one is wrong, halves of halves until it stands alone."""
    if not rows:
        return {}
    try:
        with tx.savepoint():
            made = features_of.compute(tx, chosen, _entities(chosen, rows, asked))
    except EverlearnError as error:
        if not isinstance(error, Invalid):
            raise
        if len(rows) == 1:
            refused[rows[0]] = Refusal(rows[0], error.field, error.message)
            return {}
        half = len(rows) // 2
        found = _vectors(tx, chosen, rows[:half], asked, refused)
        return found | _vectors(tx, chosen, rows[half:], asked, refused)
    return dict(zip(rows, made, strict=True))


def _kept(
    tx: Tx,
    chosen: FeatureSet,
    rows: list[int],
    asked: _Questions,
    *,
    vectors: Mapping[int, np.ndarray[Any, Any]],
    refused: dict[int, Refusal],
) -> FeatureRows:
    """Keep the vectors; refuse those of which another is kept of the same entity and moment."""
    matrix = np.array([vectors[i] for i in rows], np.float32).reshape(len(rows), len(chosen.names))
    stored = store(tx, chosen, _entities(chosen, rows, asked), matrix)
    same = ((stored.matrix == matrix) | (np.isnan(stored.matrix) & np.isnan(matrix))).all(axis=1)
    for at in np.flatnonzero(~same).tolist():
        reason = "another vector of this entity at this moment is stored: send its as_of"
        refused[rows[at]] = Refusal(rows[at], "features", reason)
    if same.all():
        return stored
    left = np.flatnonzero(same)
    return FeatureRows(
        tuple(stored.ids[i] for i in left),
        tuple(stored.entity_ids[i] for i in left),
        stored.as_of[left],
        stored.matrix[left],
        stored.feature_set_id,
    )


def _refuse(refused: Mapping[int, Refusal]) -> None:
    first = refused[min(refused)]
    where = f"[{first.index}]" + (f".{first.field}" if first.field else "")
    msg = f"{len(refused)} of the questions are refused, so none is answered: {first.reason}"
    named = [
        {"index": i, "field": refused[i].field, "reason": refused[i].reason}
        for i in sorted(refused)[:_MOST_NAMED]
    ]
    raise ItemsRefused(msg, field=where, refused=named)
