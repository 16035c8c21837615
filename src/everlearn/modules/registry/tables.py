"""Tables of the registry."""

from __future__ import annotations

from sqlalchemy import Boolean, Computed, Index, LargeBinary, UniqueConstraint, text
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
    DeploymentKind,
    DeploymentStatus,
    Environment,
    ExternalService,
    MetricType,
    ModelStatus,
    Split,
    Task,
    TrainingStrategy,
    VersionStatus,
    VersionType,
)


class Model(
    Row,
    module="registry",
    policy=Policy(rows="tenant", touch=True),
    expose=("list", "get"),
):
    """A learned predictor, whatever version of it is active."""

    __tablename__ = "ml_models"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        UniqueConstraint("tenant_id", "model_id"),
        Index("ix_ml_models_model_type_status", "tenant_id", "model_type", "status"),
    )

    model_id: Mapped[Name] = column(
        "Name by which the world outside knows it; `name` when not given."
    )
    name: Mapped[Name] = column("Name, unique within the tenant.")
    task: Mapped[Words] = choice(Task, "What it predicts.")
    model_type: Mapped[Name] = column("Kind of predictor, such as gradient_boosting.")
    framework: Mapped[Words | None] = column("Library that fits it, such as lightgbm.")
    description: Mapped[Words | None] = column("What it is for, in the owner's words.")
    feature_set_id: Mapped[Id | None] = column("Feature set the next version is fitted on.")
    version: Mapped[Words | None] = column("Text of the active version; NULL before the first.")
    status: Mapped[Words] = choice(ModelStatus, "Where it stands.", default=ModelStatus.TRAINING)
    parameters: Mapped[Json] = column("What the next fit starts from.", default="'{}'")
    hyperparameters: Mapped[Json | None] = column("Parameters of the learner alone.")
    training_config: Mapped[Json | None] = column("How data are chosen and split for a fit.")
    metrics: Mapped[Json] = column("Metrics of the active version.", default="'{}'")
    model_data: Mapped[Json | None] = column("Small model stored as JSON, when it is one.")
    model_path: Mapped[Words | None] = column("Where an artifact outside the database lies.")
    encrypted_model: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="Encrypted model, when the tenant asked for encryption."
    )
    encryption_key_id: Mapped[Words | None] = column("Key that `encrypted_model` opens with.")
    training_job_id: Mapped[Id | None] = column("Training job that made the active version.")
    parent_model_id: Mapped[Id | None] = ref(
        "registry.ml_models", "Model this one was derived from.", ondelete="SET NULL"
    )
    created_by: Mapped[Name] = column("Who or what registered it.")
    created_at: Mapped[Moment] = column("When it was registered.", default="now()")
    updated_at: Mapped[Moment] = column("When the row was last changed.", default="now()")
    deployed_at: Mapped[Moment | None] = column("When the active version became active.")
    retired_at: Mapped[Moment | None] = column("When it was retired.")


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
    """One fitted version of a model, with its lineage."""

    __tablename__ = "model_versions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "ml_model_id", "version"),
        UniqueConstraint("tenant_id", "ml_model_id", "number"),
        Index(
            "uq_model_versions_active",
            "tenant_id",
            "ml_model_id",
            unique=True,
            postgresql_where=text("status = 'active'"),
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

    ml_model_id: Mapped[Id] = ref("registry.ml_models", "The model.", ondelete="CASCADE")
    model_id: Mapped[Name] = column("The model's name in the world outside.")
    model_name: Mapped[Name] = column("The model's name.")
    number: Mapped[Count] = column("1 for the model's first version, then 2 and so on.")
    version: Mapped[Name] = column("Semantic version, v1.0.0 first.")
    version_type: Mapped[Words] = choice(
        VersionType, "How it came to be.", default=VersionType.BASE
    )
    status: Mapped[Words] = choice(VersionStatus, "Where it stands.", default=VersionStatus.DRAFT)
    is_active: Mapped[bool] = mapped_column(
        Boolean,
        Computed("status = 'active'", persisted=True),
        comment="Whether it is the one that answers.",
    )
    parent_version_id: Mapped[Id | None] = ref(
        "registry.model_versions", "Version it follows.", ondelete="SET NULL"
    )
    artifact_id: Mapped[Id] = ref("registry.artifacts", "Its bytes.")
    model_hash: Mapped[Sha256] = column("SHA-256 of the artifact's plain bytes.")
    model_size_mb: Mapped[Number] = column("Size of the plain bytes in MB (10^6 bytes).")
    model_path: Mapped[Words | None] = column("Where an artifact outside the database lies.")
    model_type: Mapped[Name] = column("Kind of predictor, such as gradient_boosting.")
    feature_set_id: Mapped[Id | None] = column("Feature set it was fitted on.")
    feature_names: Mapped[Texts] = column("Names of the columns, in the artifact's order.")
    n_features: Mapped[Count] = column("How many there are.")
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
    trained_until: Mapped[Moment] = column("Nothing known later than this was used.")
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
    created_by: Mapped[Name] = column("Who or what registered it.")
    created_at: Mapped[Moment] = column("When it was registered.", default="now()")
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


class ModelDeployment(Row, module="registry", policy=Policy(rows="tenant"), expose=("list", "get")):
    """A span of time in which one version was active."""

    __tablename__ = "model_deployments"
    __table_args__ = (
        UniqueConstraint("tenant_id", "ml_model_id", "environment", "number"),
        Index(
            "uq_model_deployments_current",
            "tenant_id",
            "ml_model_id",
            "environment",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    ml_model_id: Mapped[Id] = ref("registry.ml_models", "The model.", ondelete="CASCADE")
    number: Mapped[Count] = column("1 for the model's first deployment, then 2 and so on.")
    model_version_id: Mapped[Id] = ref("registry.model_versions", "The version.")
    replaced_version_id: Mapped[Id | None] = ref(
        "registry.model_versions", "Version that was active before."
    )
    kind: Mapped[Words] = choice(DeploymentKind, "Promotion or rollback.")
    environment: Mapped[Words] = choice(
        Environment, "Where it is deployed.", default=Environment.PROD
    )
    endpoint_url: Mapped[Words | None] = column(
        "Address that serves it, when it is not this server."
    )
    deployment_status: Mapped[Words] = choice(
        DeploymentStatus, "How it stands, or how it ended.", default=DeploymentStatus.PENDING
    )
    deployment_notes: Mapped[Words] = column("Why it was made, in one sentence.")
    evidence: Mapped[Json] = column("What the decision was based on.", default="'{}'")
    deployed_by: Mapped[Name] = column("Who or what decided.")
    deployed_at: Mapped[Moment | None] = column("When it began.")
    ended_at: Mapped[Moment | None] = column("When it ended; NULL while it lasts.")
    rolled_back_at: Mapped[Moment | None] = column("When it was rolled back, if it was.")
    created_at: Mapped[Moment] = column("When the row was made.", default="now()")


BY_CONSTRAINT["uq_model_versions_active"] = SecondActiveVersion

V_ML_MODELS = view(
    "registry",
    "v_ml_models",
    "Models under both of their names: name and model_name, metrics and performance_metrics.",
    """
    SELECT m.tenant_id, m.id, m.model_id, m.name, m.name AS model_name, m.task, m.model_type,
           m.framework, m.version, m.status, m.parameters, m.hyperparameters, m.training_config,
           m.metrics, m.metrics AS performance_metrics, m.training_job_id, m.parent_model_id,
           m.created_by, m.created_at, m.updated_at, m.deployed_at, m.retired_at
    FROM registry.ml_models AS m
    WHERE m.tenant_id = app.tenant_id()
    """,
)

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

#: The content is compressed already; PostgreSQL would try in vain, on every write.
AFTER = ("ALTER TABLE registry.artifacts ALTER COLUMN content SET STORAGE EXTERNAL",)
