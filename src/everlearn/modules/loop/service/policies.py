"""Policies: made with defaults, changed by people, and turned by a job of their own."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from everlearn.core import jobs
from everlearn.core.ids import uuid7
from everlearn.modules.loop.errors import BadPolicy, UnknownPolicy
from everlearn.modules.loop.tables import LoopPolicy
from everlearn.modules.loop.types import Policy
from everlearn.modules.registry import service as registry
from everlearn.modules.tenancy import service as tenancy

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: How often the worker turns the loop of each model.
EVERY = timedelta(minutes=5)
#: What the loop itself notes in a policy.
_NOTED = frozenset({"id", "model_id", "baseline_version_id", "recalibrated_at", "scanned_at"})
SETTINGS = tuple(item.name for item in fields(Policy) if item.name not in _NOTED)
#: Setting -> the least it may be; those that are not here are no numbers, or checked below.
_LEAST = {
    "retrain_every_days": 1,
    "min_days_between": 0,
    "max_trainings": 1,
    "shadow_days": 1,
    "promise_days": 1,
    "recalibrate_hours": 1,
    "calibration_rows": 200,
    "scan_hours": 1,
    "rollback_margin": 0.0,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ensure_policy(tx: Tx, model_id: UUID, **wanted: Any) -> Policy:
    """Give a model's policy; make it with the defaults and `wanted` when there is none.

    The model's next turn is queued, should it not be.

    Raises:
        registry.errors.UnknownModel: the tenant has no such model.
        BadPolicy: a setting is unknown or out of range.
    """
    registry.get_model(tx, model_id)
    _check(wanted)
    tx.execute(
        insert(LoopPolicy)
        .values(id=uuid7(tx.now()), model_id=model_id, created_at=tx.now(), **wanted)
        .on_conflict_do_nothing(index_elements=["tenant_id", "model_id"])
    )
    schedule(tx, model_id)
    return get_policy(tx, model_id)


def schedule(tx: Tx, model_id: UUID) -> None:
    """Queue the model's next turn; a replayed tenant is turned by its replay alone.

    Turns come at fixed moments, spread over the models: a job that is run twice, because its worker
    was killed, queues the same next turn twice, and that is one.
    """
    if tenancy.get_tenant(tx).job_queue.startswith("replay:"):
        return
    spread = timedelta(seconds=model_id.int % EVERY.seconds)
    at = _EPOCH + ((tx.now() - _EPOCH - spread) // EVERY + 1) * EVERY + spread
    key = f"loop:{model_id}:{at:%Y%m%d%H%M}"
    jobs.enqueue(tx, "loop.turn", {"model_id": str(model_id)}, key=key, at=at)


def find_policy(tx: Tx, model_id: UUID, *, lock: bool = False) -> Policy | None:
    """Give a model's policy, or None; `lock` makes a second turn wait for the first to end."""
    columns = [getattr(LoopPolicy, item.name) for item in fields(Policy)]
    query = select(*columns).where(
        LoopPolicy.tenant_id == tx.tenant_id, LoopPolicy.model_id == model_id
    )
    if lock:
        query = query.with_for_update()
    row = tx.execute(query).mappings().first()
    return Policy(**row) if row else None


def get_policy(tx: Tx, model_id: UUID, *, lock: bool = False) -> Policy:
    """Give a model's policy; raise UnknownPolicy when it has none."""
    found = find_policy(tx, model_id, lock=lock)
    if found is None:
        name = registry.get_model(tx, model_id).name
        msg = f"the model {name} has no loop policy"
        raise UnknownPolicy(msg, field="model", hint=f"make one: everlearn loop set {name}")
    return found


def change_policy(tx: Tx, model_id: UUID, **changes: Any) -> Policy:
    """Change some settings of a policy; the audit log keeps what they were.

    Raises:
        UnknownPolicy: the model has none.
        BadPolicy: a setting is unknown or out of range.
    """
    get_policy(tx, model_id, lock=True)
    _check(changes)
    if changes:
        note(tx, model_id, **changes)
        tx.notify("loop")
    schedule(tx, model_id)
    return get_policy(tx, model_id)


def note(tx: Tx, model_id: UUID, **changes: Any) -> None:
    """Write columns of a policy as they are."""
    tx.execute(
        update(LoopPolicy)
        .where(LoopPolicy.tenant_id == tx.tenant_id, LoopPolicy.model_id == model_id)
        .values(**changes)
    )


def _check(wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        if name not in SETTINGS:
            msg = f"a policy has no setting {name!r}"
            raise BadPolicy(msg, field=name, allowed=sorted(SETTINGS))
        may_be_none = name in {"retrain_every_days", "max_trainings"}
        if value is None and not may_be_none:
            raise BadPolicy(f"{name} needs a value", field=name)
        if name == "alpha" and not 0.0 < value < 1.0:
            raise BadPolicy("alpha lies between 0 and 1", field=name, got=value)
        if value is not None and name in _LEAST and not _LEAST[name] <= value < 1e9:
            raise BadPolicy(f"{name} is at least {_LEAST[name]}", field=name, got=str(value))
