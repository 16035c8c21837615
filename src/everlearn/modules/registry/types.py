"""Words and shapes of the registry that other modules may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Task(StrEnum):
    """What a model predicts."""

    BINARY = "binary"
    REGRESSION = "regression"


class ModelStatus(StrEnum):
    """Where a model stands as a whole."""

    TRAINING = "training"
    ACTIVE = "active"
    DEPRECATED = "deprecated"
    ARCHIVED = "archived"
    RETIRED = "retired"
    FAILED = "failed"


class VersionStatus(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    SHADOW = "shadow"
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    ROLLED_BACK = "rolled_back"
    ARCHIVED = "archived"


#: The allowed moves of a version. `active` is entered and left by `activate` and `rollback` alone,
#: since they move the other version in the same transaction.
MOVES: dict[VersionStatus, frozenset[VersionStatus]] = {
    VersionStatus.DRAFT: frozenset(
        {VersionStatus.SHADOW, VersionStatus.ACTIVE, VersionStatus.ARCHIVED}
    ),
    VersionStatus.SHADOW: frozenset(
        {VersionStatus.DRAFT, VersionStatus.ACTIVE, VersionStatus.ARCHIVED}
    ),
    VersionStatus.ACTIVE: frozenset({VersionStatus.SUPERSEDED, VersionStatus.ROLLED_BACK}),
    VersionStatus.SUPERSEDED: frozenset(
        {VersionStatus.SHADOW, VersionStatus.ACTIVE, VersionStatus.ARCHIVED}
    ),
    VersionStatus.ROLLED_BACK: frozenset(
        {VersionStatus.SHADOW, VersionStatus.ACTIVE, VersionStatus.ARCHIVED}
    ),
    VersionStatus.ARCHIVED: frozenset(),
}


class VersionType(StrEnum):
    """How a version came to be."""

    BASE = "base"
    FINE_TUNED = "fine_tuned"
    INCREMENTAL = "incremental"
    HOT_SWAP = "hot_swap"


class TrainingStrategy(StrEnum):
    """Where a version's knowledge comes from."""

    PRETRAINED = "pretrained"
    FINE_TUNED = "fine_tuned"
    CUSTOM = "custom"


class DataSource(StrEnum):
    """What kind of data a version was fitted on."""

    PUBLIC_ONLY = "public_only"
    OWN_CODEBASE = "own_codebase"
    MIXED = "mixed"


class ExternalService(StrEnum):
    """Who runs a version that is not run here."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    SELF_HOSTED = "self_hosted"
    HYBRID = "hybrid"


class Provider(StrEnum):
    """Whose interface a user's own endpoint speaks."""

    OPENAI_COMPATIBLE = "openai-compatible"
    ANTHROPIC_COMPATIBLE = "anthropic-compatible"
    CUSTOM = "custom"


class MetricType(StrEnum):
    """What a metric speaks of."""

    ACCURACY = "accuracy"
    PRECISION = "precision"
    RECALL = "recall"
    F1 = "f1"
    LATENCY = "latency"
    LOSS = "loss"
    RANKING = "ranking"
    CALIBRATION = "calibration"
    OTHER = "other"


class Split(StrEnum):
    """The part of the data a metric was measured on."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Environment(StrEnum):
    """Where a version is deployed."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


class DeploymentKind(StrEnum):
    """Why a deployment was made."""

    PROMOTION = "promotion"
    ROLLBACK = "rollback"


class DeploymentStatus(StrEnum):
    """Where a deployment stands."""

    PENDING = "pending"
    DEPLOYED = "deployed"
    SUPERSEDED = "superseded"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    Attributes:
        id: its id.
        name: unique within the tenant.
        task: what it predicts.
        status: where it stands.
        framework: library that fits it.
        feature_set_id: feature set that the next version is fitted on.
        params: what fitting starts from; each version keeps those it was fitted with.
        description: in the owner's words.
        live_version: text of the active version, None before the first.
        created_at: when it was registered.
        deployed_at: when the active version became active.
    """

    id: UUID
    name: str
    task: Task
    status: ModelStatus
    framework: str | None
    feature_set_id: UUID | None
    params: dict[str, Any]
    description: str | None
    live_version: str | None
    created_at: datetime
    deployed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Version:
    """One fitted version of a model.

    Attributes:
        id: its id.
        model_id: the model.
        number: 1 for the first version of the model, then 2 and so on.
        version: semantic version, `v1.0.0` first.
        status: where it stands.
        parent_version_id: version that was active when this one was fitted.
        artifact_sha256: of the plain bytes.
        artifact_bytes: size of the plain bytes.
        kind: format of the artifact, such as `lightgbm-text`.
        feature_set_id: feature set it was fitted on.
        feature_names: names of the columns, in the order of the artifact.
        categorical: categorical feature -> its words in the order of their codes; None when the
            feature set keeps the codes.
        params: what it was fitted with.
        metrics: measured on data that the evaluated fit had not seen.
        promised_loss: mean loss that it is expected to keep, in the unit of the task's loss.
        dataset_id: data set it was fitted on.
        dataset_sha256: hash of that data set's content.
        trained_until: nothing known later than this was used.
        training_job_id: the training job that made it.
        created_at: when it was registered.
        activated_at: when it last became active.
    """

    id: UUID
    model_id: UUID
    number: int
    version: str
    status: VersionStatus
    parent_version_id: UUID | None
    artifact_sha256: str
    artifact_bytes: int
    kind: str
    feature_set_id: UUID | None
    feature_names: tuple[str, ...]
    categorical: dict[str, list[str]] | None
    params: dict[str, Any]
    metrics: dict[str, float]
    promised_loss: float | None
    dataset_id: UUID | None
    dataset_sha256: str | None
    trained_until: datetime
    training_job_id: UUID | None
    created_at: datetime
    activated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Deployment:
    """A span of time in which one version was the active one.

    Attributes:
        id: its id.
        model_id: the model.
        number: 1 for the model's first deployment, then 2 and so on.
        version_id: version that was active.
        version: its text.
        kind: promotion or rollback.
        status: how it stands, or how it ended.
        replaced_version: text of the version that was active before.
        reason: why, in one sentence.
        evidence: what the decision was based on.
        deployed_by: who or what decided.
        deployed_at: beginning.
        ended_at: end; None while it lasts.
    """

    id: UUID
    model_id: UUID
    number: int
    version_id: UUID
    version: str
    kind: DeploymentKind
    status: DeploymentStatus
    replaced_version: str | None
    reason: str
    evidence: dict[str, Any]
    deployed_by: str
    deployed_at: datetime
    ended_at: datetime | None
