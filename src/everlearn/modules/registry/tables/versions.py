"""Versions of models, their bytes and their metrics."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import CheckConstraint, Double, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Bytes,
    Count,
    Id,
    Json,
    Moment,
    Name,
    Number,
    Sha256,
    Texts,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.db_errors import BY_CONSTRAINT
from everlearn.core.tables import Policy, Row, view
from everlearn.modules.registry.errors import SecondActiveVersion
from everlearn.modules.registry.types import (
    DataSource,
    ExternalService,
    MetricType,
    Split,
    TrainingStrategy,
    VersionStatus,
    VersionType,
)

# Infinity and NaN, which PostgreSQL takes for larger still, are no sizes.
Megabytes = Annotated[float, mapped_column(Double, info={"check": "{c} >= 0 AND {c} < 'infinity'"})]


class Artifact(Row, module="registry", policy=Policy(rows="tenant", append_only=True)):
    """The bytes of a fitted model, stored once for each content."""

    __tablename__ = "artifacts"
    __table_args__ = (UniqueConstraint("tenant_id", "sha256"),)

    sha256: Mapped[Sha256] = column("SHA-256 of the plain bytes; names the content.")
    kind: Mapped[Name] = column("Format of the plain bytes, such as lightgbm-text.")
    size_bytes: Mapped[Bytes] = column("Size of the plain bytes.")
    encoding: Mapped[Name] = column("How `content` holds the plain bytes.", default="'zlib'")
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="The bytes, encoded.")
    created_at: Mapped[Moment] = column("When the content was first stored.", default="now()")


class ModelVersion(Row, module="registry", policy=Policy(rows="tenant"), expose=("list", "get")):
    """One version of a model, with its lineage; it can answer here when it has an artifact."""

    __tablename__ = "model_versions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "ml_model_id", "version"),
        UniqueConstraint("tenant_id", "ml_model_id", "number"),
        UniqueConstraint("tenant_id", "model_name", "version"),
        UniqueConstraint("tenant_id", "model_id", "version"),
        CheckConstraint(
            "artifact_id IS NULL OR num_nulls(ml_model_id, number, model_hash, model_size_mb,"
            " model_type, trained_until) = 0",
            name="can_answer",
            info={
                "whole": (
                    "artifact_id",
                    "ml_model_id",
                    "number",
                    "model_hash",
                    "model_size_mb",
                    "model_type",
                    "trained_until",
                )
            },
        ),
        Index(
            "uq_model_versions_active",
            "tenant_id",
            "ml_model_id",
            unique=True,
            postgresql_where=text("status = 'active'"),
        ),
        Index(
            "uq_model_versions_active_name",
            "tenant_id",
            "model_name",
            unique=True,
            postgresql_where=text("is_active"),
        ),
        Index(
            "uq_model_versions_training_job_id",
            "tenant_id",
            "training_job_id",
            unique=True,
            postgresql_where=text("training_job_id IS NOT NULL"),
        ),
        Index("ix_model_versions_model_type_is_active", "tenant_id", "model_type", "is_active"),
        Index("ix_model_versions_fine_tuning_job_id", "tenant_id", "fine_tuning_job_id"),
    )

    ml_model_id: Mapped[Id | None] = ref(
        "registry.ml_models", "The model; NULL when it is only recorded here.", ondelete="CASCADE"
    )
    model_id: Mapped[Name] = column("The model's id in the world outside; model_name if not given.")
    model_name: Mapped[Name] = column("The model's name; model_id if not given.")
    number: Mapped[Count | None] = column("1 for the model's first version, then 2 and so on.")
    version: Mapped[Name] = column("Semantic version, v1.0.0 first.")
    version_type: Mapped[Words] = choice(
        VersionType, "How it came to be.", default=VersionType.BASE
    )
    status: Mapped[Words] = choice(VersionStatus, "Where it stands.", default=VersionStatus.DRAFT)
    is_active: Mapped[bool] = column(
        "Whether it is the one that answers: status says active. Either may be written.",
        default="false",
        index=True,
    )
    parent_version_id: Mapped[Id | None] = ref(
        "registry.model_versions", "Version it follows.", ondelete="SET NULL"
    )
    artifact_id: Mapped[Id | None] = ref(
        "registry.artifacts", "Its bytes; NULL when it cannot answer here."
    )
    model_hash: Mapped[Sha256 | None] = column("SHA-256 of the artifact's plain bytes.")
    model_size_mb: Mapped[Megabytes | None] = column("Size of the plain bytes in MB (10^6 bytes).")
    model_path: Mapped[Words | None] = column("Where an artifact outside the database lies.")
    file_path: Mapped[Words | None] = column(
        "The same as model_path; either may be written, model_path counts."
    )
    model_type: Mapped[Name | None] = column("Kind of predictor, such as gradient_boosting.")
    feature_set_id: Mapped[Id | None] = column("Feature set it was fitted on.")
    feature_names: Mapped[Texts] = column(
        "Names of the columns, in the artifact's order.", default="'{}'"
    )
    n_features: Mapped[Count] = column("How many there are.", default="0")
    categorical: Mapped[Json | None] = column(
        "Categorical feature -> its words by code; NULL when the feature set keeps them."
    )
    parameters: Mapped[Json] = column("What it was fitted with.", default="'{}'")
    performance_metrics: Mapped[Json] = column(
        "Measured on data the evaluated fit had not seen.", default="'{}'"
    )
    promised_loss: Mapped[Number | None] = column("Mean loss it is expected to keep.")
    dataset_id: Mapped[Id | None] = column("Data set it was fitted on.")
    dataset_sha256: Mapped[Sha256 | None] = column("SHA-256 of that data set's content.")
    trained_until: Mapped[Moment | None] = column("Nothing known later than this was used.")
    training_job_id: Mapped[Id | None] = column("Training job that made it.")
    fine_tuning_job_id: Mapped[Id | None] = column("Fine-tuning job that made it.")
    training_strategy: Mapped[Words | None] = choice(
        TrainingStrategy, "Where its knowledge comes from."
    )
    training_data_version: Mapped[Words | None] = column("Version text of its data set.")
    training_data_source: Mapped[Words | None] = choice(DataSource, "Kind of data it saw.")
    base_model: Mapped[Words | None] = column("Pretrained model it starts from.")
    external_service: Mapped[Words | None] = choice(
        ExternalService, "Who runs it, when it is not run here."
    )
    description: Mapped[Words | None] = column("What is special about it.")
    extra: Mapped[Json] = mapped_column(
        "metadata", JSONB, server_default=text("'{}'"), comment="Whatever else its owner notes."
    )
    created_by: Mapped[Name | None] = column("Who or what registered it.")
    created_at: Mapped[Moment] = column("When it was registered.", default="now()", index=True)
    activated_at: Mapped[Moment | None] = column("When it last became active.")
    deactivated_at: Mapped[Moment | None] = column("When it last ceased to be active.")


class ModelMetric(
    Row,
    module="registry",
    policy=Policy(rows="tenant", append_only=True),
    expose=("list", "get"),
):
    """One measured number of a version."""

    __tablename__ = "model_metrics"

    model_version_id: Mapped[Id] = ref(
        "registry.model_versions", "The version.", ondelete="CASCADE"
    )
    metric_type: Mapped[Words] = choice(MetricType, "What it speaks of.")
    metric_name: Mapped[Name] = column("Its name, such as log_loss.")
    metric_value: Mapped[Number] = column("The number, in the metric's own unit.")
    dataset_type: Mapped[Words] = choice(
        Split, "Part of the data it was measured on.", default=Split.VALIDATION
    )
    evaluation_date: Mapped[Moment] = column("When it was measured.", default="now()")
    notes: Mapped[Words | None] = column("How it was measured.")


BY_CONSTRAINT["uq_model_versions_active"] = SecondActiveVersion
BY_CONSTRAINT["uq_model_versions_active_name"] = SecondActiveVersion

V_MODEL_VERSIONS = view(
    "registry",
    "v_model_versions",
    "Versions for other modules and for people; model_path also as file_path.",
    """
    SELECT v.tenant_id, v.id, v.ml_model_id, v.model_id, v.model_name, v.number, v.version,
           v.version_type, v.status, v.is_active, v.parent_version_id, v.model_hash,
           v.model_size_mb, v.model_path, v.model_path AS file_path, v.model_type,
           v.feature_set_id, v.feature_names, v.n_features, v.parameters, v.performance_metrics,
           v.promised_loss, v.dataset_id, v.dataset_sha256, v.trained_until, v.training_job_id,
           v.description, v.metadata, v.created_by, v.created_at, v.activated_at, v.deactivated_at
    FROM registry.model_versions AS v
    WHERE v.tenant_id = app.tenant_id()
    """,
)
