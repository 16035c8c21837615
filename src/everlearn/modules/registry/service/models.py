"""Registers and finds models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Line
from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert

from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.registry import errors, types
from everlearn.modules.registry.tables import Model


def ensure_model(
    tx: Tx,
    name: str,
    *,
    task: types.Task,
    feature_set_id: UUID | None = None,
    params: Mapping[str, Any] | None = None,
    description: str | None = None,
    framework: str = "lightgbm",
    model_type: str = "gradient_boosting",
) -> types.Model:
    """Give the model of this name; register it when there is none.

    Called again with another feature set, other params or another description, the model takes them
    for its next version; versions keep those they were fitted with.

    Raises:
        OtherTask: the model is there and predicts something else.
        Invalid: the name is not made of letters, digits, `.`, `_` and `-`.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", name):
        msg = "a name is letters, digits, '.', '_' and '-', at most 128"
        raise Invalid(msg, field="name", got=name)
    now = tx.now()
    tx.execute(
        insert(Model)
        .values(
            id=uuid7(now),
            model_id=name,
            name=name,
            task=task.value,
            model_type=model_type,
            framework=framework,
            created_by=tx.actor.name,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(
            index_elements=["tenant_id", "name"], index_where=Model.task.is_not(None)
        )
    )
    found = get_model(tx, name)
    if found.task != task:
        msg = f"the model {name} is a {found.task} model"
        raise errors.OtherTask(msg, field="task", stored=found.task.value, got=task.value)
    given = {"feature_set_id": feature_set_id, "parameters": params, "description": description}
    stored = {
        "feature_set_id": found.feature_set_id,
        "parameters": found.params,
        "description": found.description,
    }
    changes = {k: v for k, v in given.items() if v is not None and v != stored[k]}
    if changes:
        tx.execute(
            update(Model)
            .where(Model.tenant_id == tx.tenant_id, Model.id == found.id)
            .values(**changes, updated_at=now)
        )
        return get_model(tx, found.id)
    return found


def get_model(tx: Tx, name_or_id: str | UUID) -> types.Model:
    """Give a model by its name or id; raise UnknownModel when the tenant has none."""
    by = Model.id == name_or_id if isinstance(name_or_id, UUID) else Model.name == name_or_id
    found = tx.execute(_models(tx).where(by)).first()
    if found is None:
        msg = f"no model {name_or_id}"
        raise errors.UnknownModel(msg, field="model")
    return _model(found)


def list_models(tx: Tx, *, limit: int = 500, after: str | None = None) -> list[types.Model]:
    """Give the tenant's models by name; those that a client only records are not among them.

    Args:
        tx: transaction.
        limit: rows at most.
        after: name of the last model of the page before.
    """
    query = _models(tx).order_by(Model.name).limit(limit)
    if after is not None:
        query = query.where(Model.name > after)
    return [_model(line) for line in tx.execute(query)]


def lock_model(tx: Tx, model_id: UUID) -> types.Model:
    """Give a model and keep every other transaction from changing its versions until the end."""
    tx.execute(
        select(Model.id)
        .where(Model.tenant_id == tx.tenant_id, Model.id == model_id)
        .with_for_update()
    )
    return get_model(tx, model_id)


def _models(tx: Tx) -> Select[*tuple[Any, ...]]:
    return select(
        Model.id,
        Model.name,
        Model.task,
        Model.status,
        Model.framework,
        Model.feature_set_id,
        Model.parameters,
        Model.description,
        Model.version,
        Model.created_at,
        Model.deployed_at,
    ).where(Model.tenant_id == tx.tenant_id, Model.task.is_not(None))


def _model(line: Line[Any]) -> types.Model:
    return types.Model(
        id=line.id,
        name=line.name,
        task=types.Task(line.task),
        status=types.ModelStatus(line.status),
        framework=line.framework,
        feature_set_id=line.feature_set_id,
        params=line.parameters,
        description=line.description,
        live_version=line.version,
        created_at=line.created_at,
        deployed_at=line.deployed_at,
    )
