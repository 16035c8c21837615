"""Takes one entity's fields as they come with a request."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from everlearn.core.tx import Tx
from everlearn.modules.features.errors import (
    MissingFeature,
    NotFinite,
    UnknownFeature,
    VectorDiffers,
)
from everlearn.modules.features.service.computing import compute
from everlearn.modules.features.service.storing import store
from everlearn.modules.features.types import Entities, FeatureRows, FeatureSet, Vectors


def from_payload(
    tx: Tx,
    feature_set: FeatureSet,
    features: Mapping[str, Any],
    *,
    as_of: datetime | None = None,
) -> Vectors:
    """Compute one vector, shape (features,), from a request's fields.

    The payload holds the set's `entity_fields`, each a number, text, time or None (not known); what
    is computed from facts is computed as of `as_of` (now when left out) and must not be sent.

    Raises:
        UnknownFeature, MissingFeature, WrongType, NotFinite, UnknownWord: `field` names it.
    """
    vector: Vectors = compute(tx, feature_set, _entity(tx, feature_set, "", as_of, features))[0]
    return vector


def store_payload(
    tx: Tx,
    feature_set: FeatureSet,
    *,
    entity_id: str,
    features: Mapping[str, Any],
    as_of: datetime | None = None,
) -> FeatureRows:
    """Compute one vector from a request's fields and keep it; the same again changes nothing.

    Raises:
        VectorDiffers: a different vector of this entity and moment is kept.
        Invalid: as in `from_payload`.
    """
    entity = _entity(tx, feature_set, entity_id, as_of, features)
    vector = compute(tx, feature_set, entity)
    rows = store(tx, feature_set, entity, vector)
    if not np.array_equal(rows.matrix, vector, equal_nan=True):
        names = [
            name
            for name, kept, sent in zip(feature_set.names, rows.matrix[0], vector[0], strict=True)
            if not (kept == sent or (math.isnan(kept) and math.isnan(sent)))
        ]
        msg = f"another vector of {entity_id!r} at this moment is stored"
        hint = "send the as_of at which these values were known"
        raise VectorDiffers(msg, field=f"features.{names[0]}", hint=hint, differ=names)
    return rows


def _entity(
    tx: Tx,
    feature_set: FeatureSet,
    entity_id: str,
    as_of: datetime | None,
    features: Mapping[str, Any],
) -> Entities:
    wanted = feature_set.entity_fields
    for name in features:
        if name not in wanted:
            computed = name in feature_set.names
            msg = "it is computed from facts" if computed else "the feature set has no such field"
            hint = f"leave it out; the fields are {', '.join(wanted) or 'none'}"
            raise UnknownFeature(msg, field=f"features.{name}", hint=hint)
    for name in wanted:
        if name not in features:
            msg = f"the feature set {feature_set.name} needs this field"
            hint = "send it, or null when it is not known"
            raise MissingFeature(msg, field=f"features.{name}", hint=hint)
        value = features[name]
        if isinstance(value, float) and not math.isfinite(value):
            msg = f"{value} is no number that can be learned from"
            raise NotFinite(msg, field=f"features.{name}", hint="send null when it is not known")
    fields = {name: [features[name]] for name in wanted}
    return Entities([entity_id], [as_of or tx.now()], fields)
