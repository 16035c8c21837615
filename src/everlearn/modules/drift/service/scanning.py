"""Compares a window of live traffic with the reference of the live version."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from everlearn.core import partitions
from everlearn.core.bulk import insert_many
from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7_floor
from everlearn.modules.drift.errors import NoReference, TooFewValues
from everlearn.modules.drift.maths.levels import Level, drift_level
from everlearn.modules.drift.maths.psi import psi_counts
from everlearn.modules.drift.service import references, watches
from everlearn.modules.drift.service.alerts import Alarm, raise_alerts
from everlearn.modules.drift.types import (
    SCORE,
    AlertLevel,
    Detector,
    DriftType,
    FeatureKind,
    Measurement,
    Watch,
)
from everlearn.modules.features import service as features
from everlearn.modules.features.errors import MixedSets
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Model, Version

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

TABLE = "drift.ml_drift_metrics"
#: A violation further ahead than this is not foretold.
HORIZON_HOURS = 72.0
#: Measurements before this do not count for the velocity.
PAST = timedelta(days=60)
_TOP = 10

_STORED = """
SELECT id, resource_id AS feature, drift_type, psi_score AS psi, ks_statistic,
       wasserstein_distance AS wasserstein, drift_velocity AS velocity, alert_level, measured_at
FROM drift.ml_drift_metrics
WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND id >= :low AND id < :high
  AND model_version_id = :version AND psi_score IS NOT NULL ORDER BY psi_score DESC, resource_id
"""

_BEFORE = """
SELECT DISTINCT ON (resource_id) resource_id, drift_score, measured_at FROM drift.ml_drift_metrics
WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND model_version_id = :version
  AND measured_at < :until AND id >= :low AND id < :high AND psi_score IS NOT NULL
ORDER BY resource_id, measured_at DESC
"""


@dataclass(frozen=True, slots=True)
class _Compared:
    feature: str
    psi: float
    ks: float | None
    wasserstein: float | None
    level: AlertLevel | None
    detail: dict[str, Any]


def metric_id(at: datetime, name: str) -> UUID:
    """Make a measurement's id: its time, then a hash of its name, so that it exists only once."""
    digest = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest(), "big")
    keep = (0xFFF << 64) | ((1 << 62) - 1)  # all bits but time, version and variant
    return UUID(int=uuid7_floor(at).int | (digest & keep))


def scan(tx: Tx, model_id: UUID, *, since: datetime, until: datetime) -> list[Measurement]:
    """Compare the live traffic of [since, until) with the live version's reference.

    Writes one row a feature and one for the answers to ml_drift_metrics, opens or raises alerts
    and sends their events. The same window a second time gives the stored measurements and writes
    nothing.

    Returns:
        The measurements, the one that moved most first; none when the watch is off, when the
        window has fewer rows than the watch asks for, or when its rows are of another feature set.

    Raises:
        registry.errors.NoLiveVersion: the model has no live version.
        NoReference: the live version has no reference.
        Invalid: the window ends before it begins.
    """
    if since >= until:
        raise Invalid("the window ends before it begins", field="until")
    model = registry.get_model(tx, model_id)
    version = registry.live_version(tx, model_id)
    watch = watches.ensure_watch(tx, model_id, lock=True)
    if not watch.psi_enabled:
        return []
    found = _stored(tx, model, version, until)
    if found:
        return found
    stored = references.load(tx, version.id)
    if not stored:
        msg = f"{model.name} {version.version} has no reference sample"
        raise NoReference(msg, field="model")
    ids, answers = predictions.live_window(tx, model_id, since=since, until=until)
    if len(ids) < watch.min_rows:
        return []
    try:
        rows = features.read_rows(tx, ids)
    except MixedSets:  # the live version changed its feature set inside the window
        return []
    if rows.matrix.shape[1] != len(stored) - 1:
        return []
    compared = _compare(stored, rows.matrix, answers, watch)
    _write(tx, (model, version), compared, watch, since=since, until=until)
    watches.count(
        tx,
        model_id,
        Detector.PSI,
        observed=len(ids),
        alarms=sum(item.level is not None for item in compared),
        watermark=until,
    )
    raise_alerts(tx, model, version, _alarms(model, version, compared, until))
    return _stored(tx, model, version, until)


def _compare(
    stored: list[references.Stored],
    matrix: npt.NDArray[np.float32],
    answers: npt.NDArray[np.float64],
    watch: Watch,
) -> list[_Compared]:
    out = []
    for i, item in enumerate(stored):
        values = answers if item.feature == SCORE else matrix[:, i]
        out.append(_one(item, values, watch, n_tests=len(stored)))
    return out


def _one(
    item: references.Stored, values: npt.NDArray[Any], watch: Watch, *, n_tests: int
) -> _Compared:
    reference = item.reference
    counts = reference.current_counts(values)
    index = psi_counts(reference.counts, counts)
    gap = p_value = moved = None
    if item.kind == FeatureKind.NUMERIC:
        try:
            gap, p_value = reference.ks(values)
            moved = reference.wasserstein_sd(values)
        except TooFewValues:  # one side is missing throughout; the index has seen that
            gap = p_value = moved = None
    level = Level.NONE
    if index >= watch.thresholds[0]:  # else no level can be reached, and the tests cost time
        level = drift_level(
            index,
            n_reference=reference.n,
            n_current=len(values),
            n_bins=max(reference.n_bins, 1),
            ks_p_value=p_value,
            n_tests=n_tests,
            alpha=watch.alpha,
            thresholds=watch.thresholds,
        )
    known = values[np.isfinite(values)]
    detail = {
        "reference": {
            "n": reference.n,
            "mean": _finite(reference.mean),
            "missing_ratio": reference.counts[0] / max(reference.n, 1),
            "counts": list(reference.counts),
        },
        "current": {
            "n": len(values),
            "mean": float(known.mean(dtype=np.float64)) if known.size else None,
            "missing_ratio": 1.0 - known.size / len(values),
            "counts": list(counts),
        },
        "edges": list(reference.edges),
        "ks_p_value": p_value,
    }
    # A constant reference has no deviation to measure in: the distance would be infinite.
    return _Compared(
        item.feature,
        index,
        None if gap is None else min(gap, 1.0),
        None if moved is None else _finite(moved),
        None if level == Level.NONE else AlertLevel(level.value),
        detail,
    )


def _write(
    tx: Tx,
    subject: tuple[Model, Version],
    compared: list[_Compared],
    watch: Watch,
    *,
    since: datetime,
    until: datetime,
) -> None:
    model, version = subject
    before = _before(tx, model, version, until)
    n = len(compared)
    names = [_name(model, version, item.feature, until) for item in compared]
    velocities = [_velocity(item, before, until) for item in compared]
    critical = watch.thresholds[2]
    top = sorted(compared, key=lambda item: -item.psi)
    share = {item.feature: round(item.psi, 6) for item in top if item.feature != SCORE}
    contributions = dict(list(share.items())[:_TOP])
    window = {"since": since.isoformat(), "until": until.isoformat()}
    partitions.ensure(tx, TABLE, [until])
    columns: dict[str, Any] = {
        "id": [metric_id(until, name) for name in names],
        "metric_id": names,
        "resource_id": [item.feature for item in compared],
        "model_id": [model.name] * n,
        "ml_model_id": [model.id] * n,
        "model_version_id": [version.id] * n,
        "drift_type": [_type(item.feature).value for item in compared],
        "drift_score": [item.psi for item in compared],
        "drift_velocity": velocities,
        "psi_score": [item.psi for item in compared],
        "ks_statistic": [item.ks for item in compared],
        "wasserstein_distance": [item.wasserstein for item in compared],
        "alert_triggered": [item.level is not None for item in compared],
        "alert_level": [item.level.value if item.level else None for item in compared],
        "time_to_violation_hours": [
            _hours_left(item.psi, velocity, critical)
            for item, velocity in zip(compared, velocities, strict=True)
        ],
        "measured_at": [until] * n,
        "baseline_comparison": [item.detail | window for item in compared],
        "feature_contributions": [
            contributions if item.feature == SCORE else None for item in compared
        ],
    }
    insert_many(tx, TABLE, columns)


def _alarms(
    model: Model, version: Version, compared: list[_Compared], until: datetime
) -> list[Alarm]:
    return [
        Alarm(
            Detector.PSI,
            item.feature,
            item.level,
            item.psi,
            f"{'answers' if item.feature == SCORE else item.feature} moved:"
            f" population stability index {item.psi:.3f} against {version.version}",
            metric_id(until, _name(model, version, item.feature, until)),
            until,
        )
        for item in compared
        if item.level is not None
    ]


def _stored(tx: Tx, model: Model, version: Version, until: datetime) -> list[Measurement]:
    floor = uuid7_floor(until)
    given = {
        "model": model.id,
        "version": version.id,
        "low": floor,
        "high": UUID(int=floor.int + (1 << 80)),  # the next millisecond
    }
    out = []
    for row in tx.execute(_STORED, given).mappings():
        values = dict(row)
        values["drift_type"] = DriftType(values["drift_type"])
        values["alert_level"] = AlertLevel(values["alert_level"]) if values["alert_level"] else None
        out.append(Measurement(**values))
    return out


def _before(
    tx: Tx, model: Model, version: Version, until: datetime
) -> dict[str, tuple[float, datetime]]:
    given = {
        "model": model.id,
        "version": version.id,
        "until": until,
        "low": uuid7_floor(until - PAST),
        "high": uuid7_floor(until),
    }
    rows: Any = tx.execute(_BEFORE, given)
    return {row[0]: (row[1], row[2]) for row in rows}


def _velocity(
    item: _Compared, before: Mapping[str, tuple[float, datetime]], until: datetime
) -> float | None:
    if item.feature not in before:
        return None
    score, at = before[item.feature]
    return (item.psi - score) / ((until - at).total_seconds() / 86_400)


def _hours_left(score: float, velocity: float | None, critical: float) -> float | None:
    if score >= critical:
        return 0.0
    if velocity is None or velocity <= 0:
        return None
    hours = (critical - score) / velocity * 24
    return hours if hours <= HORIZON_HOURS else None


def _name(model: Model, version: Version, feature: str, until: datetime) -> str:
    return f"{model.name}:{version.version}:psi:{feature}:{until.isoformat()}"


def _type(feature: str) -> DriftType:
    return DriftType.PREDICTION if feature == SCORE else DriftType.DATA


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
