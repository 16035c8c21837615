"""Watches the losses of live answers in the order in which their outcomes became known."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from everlearn.core import partitions
from everlearn.core.bulk import insert_many
from everlearn.modules.drift.maths.adwin import AdwinDetector
from everlearn.modules.drift.maths.levels import level_of
from everlearn.modules.drift.maths.silent import SilentDetector
from everlearn.modules.drift.service import watches
from everlearn.modules.drift.service.alerts import Alarm, raise_alerts
from everlearn.modules.drift.service.scanning import TABLE, metric_id
from everlearn.modules.drift.tables import DriftDetector
from everlearn.modules.drift.types import LOSS, Alert, AlertLevel, Detector, DriftType, Watch
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Model, Version

if TYPE_CHECKING:
    import numpy as np

    from everlearn.core.tx import Tx

#: Rise of the mean loss, as a share of what it was, at which info, warning and critical begin.
RISES = (0.0, 0.1, 0.25)
#: Losses kept between two looks; beyond it ADWIN remembers only the latest.
KEEP = 5_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def observe_losses(tx: Tx, model_id: UUID, *, until: datetime) -> Alert | None:
    """Feed ADWIN, and the silent detector beside it, the losses that became known since last time.

    Writes a concept row to ml_drift_metrics for each signal, opens or raises the alert on the loss
    and sends its event. Called twice with the same `until`, the second call sees nothing new. A
    loss that is written later with an earlier `known_at` than the last look is not fed.

    Returns:
        The alert when it was opened or raised now.

    Raises:
        registry.errors.NoLiveVersion: the model has no live version.
    """
    model = registry.get_model(tx, model_id)
    version = registry.live_version(tx, model_id)
    watch = watches.ensure_watch(tx, model_id, lock=True)
    if not watch.adwin_enabled:
        return None
    stored = _states(tx, model_id)
    adwin, silent, seen = _restore(stored, watch)
    read = predictions.outcomes(tx, model_id, known_after=seen, known_until=until)
    losses = read["loss"]
    if not losses.size:
        return None
    signals = _feed(adwin, losses, read["known_at"])
    silent.update_many(losses)
    n = int(losses.size)
    _keep(tx, model_id, (adwin, silent), observed=n, alarms=len(signals), watermark=until)
    if not signals:
        return None
    alarms = _write(tx, model, version, signals)
    raised = raise_alerts(tx, model, version, alarms)
    return raised[0] if raised else None


def _feed(
    adwin: AdwinDetector, losses: np.ndarray[Any, Any], known_at: np.ndarray[Any, Any]
) -> list[tuple[datetime, float, float]]:
    """Feed one loss after the other: the mean before a signal is gone once the window is cut."""
    out = []
    for loss, at in zip(losses.tolist(), known_at.tolist(), strict=True):
        before = adwin.estimation
        if adwin.update_many([loss]):
            out.append((_EPOCH + timedelta(microseconds=at), before, adwin.estimation))
    return out


def _write(
    tx: Tx, model: Model, version: Version, signals: list[tuple[datetime, float, float]]
) -> list[Alarm]:
    names = [
        f"{model.name}:{version.version}:adwin:{LOSS}:{at.isoformat()}" for at, _, _ in signals
    ]
    ids = [metric_id(at, name) for (at, _, _), name in zip(signals, names, strict=True)]
    levels = [_level(before, after) for _, before, after in signals]
    n = len(signals)
    partitions.ensure(tx, TABLE, [at for at, _, _ in signals])
    insert_many(
        tx,
        TABLE,
        {
            "id": ids,
            "metric_id": names,
            "resource_id": [LOSS] * n,
            "model_id": [model.name] * n,
            "ml_model_id": [model.id] * n,
            "model_version_id": [version.id] * n,
            "drift_type": [DriftType.CONCEPT.value] * n,
            "drift_score": [after - before for _, before, after in signals],
            "alert_triggered": [True] * n,
            "alert_level": [level.value for level in levels],
            "measured_at": [at for at, _, _ in signals],
            "baseline_comparison": [
                {"loss_before": before, "loss_after": after} for _, before, after in signals
            ],
        },
        skip_existing=True,
    )
    return [
        Alarm(
            Detector.ADWIN,
            LOSS,
            level,
            after - before,
            f"mean loss rose from {before:.3f} to {after:.3f}",
            id_,
            at,
        )
        for (at, before, after), level, id_ in zip(signals, levels, ids, strict=True)
    ]


def _level(before: float, after: float) -> AlertLevel:
    rise = (after - before) / before if before > 0 else math.inf
    return AlertLevel(level_of(max(rise, 0.0), RISES).value)


def _states(tx: Tx, model_id: UUID) -> dict[str, Any]:
    query = select(
        DriftDetector.detector,
        DriftDetector.state,
        DriftDetector.window_values,
        DriftDetector.watermark,
    ).where(DriftDetector.tenant_id == tx.tenant_id, DriftDetector.ml_model_id == model_id)
    return {row.detector: row for row in tx.execute(query)}


def _restore(
    stored: dict[str, Any], watch: Watch
) -> tuple[AdwinDetector, SilentDetector, datetime]:
    mine = stored.get(Detector.ADWIN)
    other = stored.get(Detector.SILENT)
    silent = SilentDetector.from_state(other.state) if other else SilentDetector()
    settings: dict[str, Any] = {"delta": watch.adwin_delta, "cap": watch.loss_cap}
    if mine is None:
        return AdwinDetector(**settings, keep=KEEP), silent, _EPOCH
    # The watch may have been changed since: its settings win, the window stays.
    state = mine.state | settings | {"values": mine.window_values or []}
    return AdwinDetector.from_state(state), silent, mine.watermark


def _keep(
    tx: Tx,
    model_id: UUID,
    detectors: tuple[AdwinDetector, SilentDetector],
    *,
    observed: int,
    alarms: int,
    watermark: datetime,
) -> None:
    adwin, silent = detectors
    state = adwin.to_state()
    values = state.pop("values")
    watches.count(
        tx,
        model_id,
        Detector.ADWIN,
        observed=observed,
        alarms=alarms,
        watermark=watermark,
        estimation=_finite(adwin.estimation),
        state=state,
        values=values,
    )
    watches.count(
        tx,
        model_id,
        Detector.SILENT,
        observed=observed,
        alarms=0,
        watermark=watermark,
        estimation=_finite(silent.estimation),
        state=silent.to_state(),
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
