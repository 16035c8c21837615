"""How each model is watched, and what its detectors have counted."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select, update

from everlearn.core.ids import uuid7
from everlearn.modules.drift.errors import BadSetting
from everlearn.modules.drift.tables import DriftWatch
from everlearn.modules.drift.types import Detector, Watch
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: Log loss of an answer that gave the truth 1 %; what lies above counts as much for ADWIN.
LOG_LOSS_CAP = 4.6
#: Squared errors have no scale of their own: the cap is this many promised losses.
PROMISES = 10.0

_COLUMNS = (
    DriftWatch.ml_model_id.label("model_id"),
    DriftWatch.psi_enabled,
    DriftWatch.adwin_enabled,
    DriftWatch.alpha,
    DriftWatch.thresholds,
    DriftWatch.min_rows,
    DriftWatch.adwin_delta,
    DriftWatch.loss_cap,
)

_MAKE = """
INSERT INTO drift.drift_watches (id, ml_model_id, adwin_enabled, loss_cap, created_at)
VALUES (:id, :model, :adwin, :cap, :at) ON CONFLICT (tenant_id, ml_model_id) DO NOTHING
"""

_COUNT = """
INSERT INTO drift.drift_detectors AS d (id, ml_model_id, detector, observation_count, alarm_count,
  estimation, watermark, state, window_values)
VALUES (:id, :model, :detector, :observed, :alarms, :estimation, :watermark,
        CAST(:state AS jsonb), :values)
ON CONFLICT (tenant_id, ml_model_id, detector) DO UPDATE
SET observation_count = d.observation_count + excluded.observation_count,
    alarm_count = d.alarm_count + excluded.alarm_count, estimation = excluded.estimation,
    watermark = greatest(d.watermark, excluded.watermark), state = excluded.state,
    window_values = excluded.window_values
"""


def find_watch(tx: Tx, model_id: UUID, *, lock: bool = False) -> Watch | None:
    """Give how a model is watched, or None; `lock` makes a second scan or look wait."""
    query = select(*_COLUMNS).where(
        DriftWatch.tenant_id == tx.tenant_id, DriftWatch.ml_model_id == model_id
    )
    if lock:
        query = query.with_for_update()
    row = tx.execute(query).mappings().first()
    return Watch(**{**row, "thresholds": tuple(row["thresholds"])}) if row else None


def ensure_watch(tx: Tx, model_id: UUID, *, lock: bool = False) -> Watch:
    """Give how a model is watched; begin with the defaults when it is not yet.

    A regression model's losses have no natural bound: ADWIN is off for it until its live version
    promises a loss or somebody sets `loss_cap`.
    """
    found = find_watch(tx, model_id, lock=lock)
    if found is None:
        model = registry.get_model(tx, model_id)
        cap: float | None = LOG_LOSS_CAP
        if model.task != Task.BINARY:
            live = registry.find_live_version(tx, model_id)
            promised = live.promised_loss if live else None
            cap = PROMISES * promised if promised else None
        tx.execute(
            _MAKE,
            {
                "id": uuid7(tx.now()),
                "model": model_id,
                "adwin": cap is not None,
                "cap": cap,
                "at": tx.now(),
            },
        )
        found = find_watch(tx, model_id, lock=lock)
    if found is None:
        raise BadSetting(field="model")
    return found


def change_watch(tx: Tx, model_id: UUID, **changes: Any) -> Watch:
    """Change some settings of a watch; the audit log keeps what they were.

    Raises:
        BadSetting: a setting is unknown or outside its range.
    """
    ensure_watch(tx, model_id, lock=True)
    _check(changes)
    if changes:
        if "thresholds" in changes:
            changes["thresholds"] = list(changes["thresholds"])
        tx.execute(
            update(DriftWatch)
            .where(DriftWatch.tenant_id == tx.tenant_id, DriftWatch.ml_model_id == model_id)
            .values(**changes)
        )
    return ensure_watch(tx, model_id)


def _check(changes: dict[str, Any]) -> None:
    allowed = {column.key for column in _COLUMNS} - {"model_id"}
    for name in changes:
        if name not in allowed:
            raise BadSetting(f"there is no setting {name}", field=name, allowed=sorted(allowed))
    for name in ("alpha", "adwin_delta"):
        if name in changes and not 0.0 < changes[name] < 1.0:
            raise BadSetting(f"{name} lies between 0 and 1", field=name)
    steps = changes.get("thresholds")
    if steps is not None and (len(steps) != 3 or not 0 <= steps[0] <= steps[1] <= steps[2] < 1e6):
        raise BadSetting("thresholds are three rising numbers", field="thresholds")
    cap = changes.get("loss_cap")
    if cap is not None and not 0.0 < cap < 1e12:
        raise BadSetting("the cap is above 0", field="loss_cap")
    if changes.get("min_rows", 1) < 1:
        raise BadSetting("min_rows is at least 1", field="min_rows")


def count(
    tx: Tx,
    model_id: UUID,
    detector: Detector,
    *,
    observed: int,
    alarms: int,
    watermark: datetime,
    estimation: float | None = None,
    state: dict[str, Any] | None = None,
    values: list[float] | None = None,
) -> None:
    """Add to what a detector has seen, and keep its state."""
    tx.execute(
        _COUNT,
        {
            "id": uuid7(tx.now()),
            "model": model_id,
            "detector": detector.value,
            "observed": observed,
            "alarms": alarms,
            "estimation": estimation,
            "watermark": watermark,
            "state": json.dumps(state or {}, allow_nan=False),
            "values": values,
        },
    )
