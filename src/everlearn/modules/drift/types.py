"""Words and shapes of the drift module that others may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

#: Stands in `feature` for what is not a feature of the model.
SCORE, LOSS = "score", "loss"


class DriftType(StrEnum):
    """What moved: the inputs, the answers, or the relation between inputs and truth."""

    DATA = "data"
    PREDICTION = "prediction"
    CONCEPT = "concept"


class AlertLevel(StrEnum):
    """How urgent an alert is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


#: Levels by rising urgency.
URGENCY: dict[str, int] = {level.value: i for i, level in enumerate(AlertLevel, start=1)}


class Detector(StrEnum):
    """What watches: distributions, losses, or (silent) nothing at all."""

    PSI = "psi"
    ADWIN = "adwin"
    SILENT = "silent"


class FeatureKind(StrEnum):
    """How the values of a feature are to be read."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"


@dataclass(frozen=True, slots=True)
class Watch:
    """How one model is watched.

    Attributes:
        model_id: the model.
        psi_enabled: whether distributions are compared with the reference.
        adwin_enabled: whether losses are watched.
        alpha: chance of one false alert or more in a whole scan.
        thresholds: population stability index, net of noise, from which on an alert is info,
            warning, critical.
        min_rows: windows with fewer rows are passed over.
        adwin_delta: ADWIN's bound for a false signal at each check.
        loss_cap: losses are clipped to [0, cap] for ADWIN; None: they lie in [0, 1] already.
    """

    model_id: UUID
    psi_enabled: bool
    adwin_enabled: bool
    alpha: float
    thresholds: tuple[float, float, float]
    min_rows: int
    adwin_delta: float
    loss_cap: float | None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One comparison of a window of live traffic with the reference.

    Attributes:
        feature: name of the feature, or `score`.
        drift_type: data or prediction.
        psi: population stability index, nats.
        ks_statistic: greatest gap of the distribution functions, 0 to 1; None for categories and
            where one side has no value.
        wasserstein: mean distance moved, in standard deviations of the reference; None as above,
            and where the reference was constant.
        velocity: change of `psi` per day since the measurement before; None for the first.
        alert_level: None while nothing is to be looked at.
        measured_at: end of the window.
    """

    id: UUID
    feature: str
    drift_type: DriftType
    psi: float
    ks_statistic: float | None
    wasserstein: float | None
    velocity: float | None
    alert_level: AlertLevel | None
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that moved and that nobody has settled yet, or that was settled.

    Attributes:
        feature: name of the feature, `score` or `loss`.
        score: how far it moved when last seen: population stability index, or rise of the mean
            loss.
        seen_count: alarms that it stands for.
        resolved_at: None while it is open.
    """

    id: UUID
    model_id: UUID
    model: str
    version_id: UUID
    detector: Detector
    feature: str
    level: AlertLevel
    score: float
    message: str
    first_seen_at: datetime
    last_seen_at: datetime
    seen_count: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None
    resolved_reason: str | None


@dataclass(frozen=True, slots=True)
class DetectorCount:
    """How often a detector cried, to be read beside the silent one.

    Attributes:
        observations: losses or rows it was fed.
        alarms: how often it signalled.
        per_1000: alarms per 1,000 observations.
        estimation: mean of what it believes to be current; None when it has no such thing.
        watermark: up to when it has seen; None before its first look.
    """

    detector: Detector
    observations: int
    alarms: int
    per_1000: float
    estimation: float | None
    watermark: datetime | None


@dataclass(frozen=True, slots=True)
class Heat:
    """Greatest population stability index of each feature on each day.

    Attributes:
        days: in rising order, those with a scan only.
        rows: (feature, one value a day, its level on that day), the feature that moved most first.
    """

    days: list[date]
    rows: list[tuple[str, list[float | None], list[str | None]]]


@dataclass(frozen=True, slots=True)
class Status:
    """Where the watch over one model stands.

    Attributes:
        has_reference: whether the live version can be compared with anything.
        open_alerts: alerts that are not resolved.
        detectors: how often each cried.
    """

    model_id: UUID
    model: str
    live_version: str | None
    has_reference: bool
    open_alerts: int
    last_scan_at: datetime | None
    detectors: list[DetectorCount]
    watch: dict[str, Any]
