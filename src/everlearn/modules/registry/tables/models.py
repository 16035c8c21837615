"""Models, whether they are served here or only recorded."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import Id, Json, Moment, Name, Words, choice, column, ref
from everlearn.core.tables import Policy, Row, view
from everlearn.modules.registry.types import ModelStatus, Task


class Model(
    Row,
    module="registry",
    policy=Policy(rows="tenant", touch=True),
    expose=("list", "get"),
):
    """A learned predictor, whatever version of it is active; or one that a client only records.

    A model with a task is fitted and served here, one row for all its versions. A model without one
    is a client's record: one row for each version that the client writes down.
    """

    __tablename__ = "ml_models"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name", "version"),
        UniqueConstraint("tenant_id", "model_id"),
        CheckConstraint(
            "task IS NOT NULL OR version IS NOT NULL",
            name="recorded_version",
            info={"whole": ("task",)},
        ),
        Index(
            "uq_ml_models_served_name",
            "tenant_id",
            "name",
            unique=True,
            postgresql_where=text("task IS NOT NULL"),
        ),
        Index("ix_ml_models_model_type_status", "tenant_id", "model_type", "status"),
        Index("ix_ml_models_status", "tenant_id", "status"),
    )

    model_id: Mapped[Name] = column("Id in the world outside; text of `id` when not given.")
    name: Mapped[Name] = column("Name, unique among the models served here.")
    model_name: Mapped[Name] = column("The same as name; either may be written, name counts.")
    task: Mapped[Words | None] = choice(Task, "What it predicts; NULL when only recorded here.")
    model_type: Mapped[Name] = column("Kind of predictor, such as gradient_boosting.")
    framework: Mapped[Words | None] = column("Library that fits it, such as lightgbm.")
    description: Mapped[Words | None] = column("What it is for, in the owner's words.")
    feature_set_id: Mapped[Id | None] = column("Feature set the next version is fitted on.")
    version: Mapped[Words | None] = column(
        "Text of the active version; NULL before the first.", index=True
    )
    status: Mapped[Words] = choice(ModelStatus, "Where it stands.", default=ModelStatus.TRAINING)
    parameters: Mapped[Json] = column("What the next fit starts from.", default="'{}'")
    hyperparameters: Mapped[Json | None] = column("Parameters of the learner alone.")
    training_config: Mapped[Json | None] = column("How data are chosen and split for a fit.")
    metrics: Mapped[Json] = column("Metrics of the active version.", default="'{}'")
    performance_metrics: Mapped[Json] = column(
        "The same as metrics; either may be written, metrics counts.", default="'{}'"
    )
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
    created_by: Mapped[Name | None] = column("Who or what registered it.")
    created_at: Mapped[Moment] = column("When it was registered.", default="now()", index=True)
    updated_at: Mapped[Moment] = column("When the row was last changed.", default="now()")
    deployed_at: Mapped[Moment | None] = column("When the active version became active.")
    retired_at: Mapped[Moment | None] = column("When it was retired.")


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
