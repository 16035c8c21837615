"""What a model learns from, to be read in bulk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from everlearn.core.errors import NotFound
from everlearn.modules.features import service as features
from everlearn.modules.features.types import Label
from everlearn.modules.registry import service as registry
from everlearn.modules.training import errors
from everlearn.modules.training.service.starting import read_config

if TYPE_CHECKING:
    from uuid import UUID

    from everlearn.core.reading import Plan
    from everlearn.core.tx import Tx


def set_rows(
    tx: Tx,
    name: str,
    *,
    entities: Any = None,
    compute: bool = False,
    until: datetime | None = None,
    since: datetime | None = None,
    after: UUID | None = None,
) -> Plan:
    """Plan to read a training set: of a model's stored vectors with labels, or of given entities.

    Args:
        tx: transaction; the plan may be run in another.
        name: of a model; with `entities`, also of a feature set.
        entities: see `features.service.entity_table`; further columns are handed through. Left
            out, the vectors that the model would be trained on at `until`, with their labels.
        compute: compute the vectors of the entities from facts, each as of its own moment, instead
            of taking the last one kept by then.
        until: labels known and vectors taken by this time; now when left out. Without `entities`.
        since: vectors with an earlier `as_of` are left out. Without `entities`.
        after: only ids above this one: the next page. Without `entities`.

    Raises:
        NotFound: there is no such model, nor such a feature set where one will do.
        NoFeatureSet: the model has none.
    """
    if entities is not None:
        found = _feature_set(tx, name)
        if compute:
            return features.computed_asof(found, entities)
        return features.stored_asof(tx, found, entities)
    model = registry.get_model(tx, name)
    if model.feature_set_id is None:
        raise errors.NoFeatureSet(field="name")
    config = read_config(model.params)
    at = until or tx.now()
    if since is None and config.window_days:
        since = at - timedelta(days=config.window_days)
    label = Label(config.label.source, config.label.value)
    chosen = features.get_set(tx, model.feature_set_id)
    return features.labelled_rows(tx, chosen, label=label, until=at, since=since, after=after)


def _feature_set(tx: Tx, name: str) -> Any:
    """Give the feature set of a model, or else the one of this name."""
    try:
        model = registry.get_model(tx, name)
    except NotFound:
        return features.get_set(tx, name)
    if model.feature_set_id is None:
        raise errors.NoFeatureSet(field="name")
    return features.get_set(tx, model.feature_set_id)
