"""Tables of training."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from everlearn.core.columns import (
    Count,
    Id,
    Json,
    JsonList,
    Moment,
    Money,
    Name,
    Number,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.jobs import JobStatus
from everlearn.core.tables import Policy, Row
from everlearn.modules.training.types import SessionStatus, TriggerReason


class TrainingJobRow(Row, module="training", policy=Policy(rows="tenant"), expose=("list", "get")):
    """A wish for a new version of a model, why it came up, and what became of it."""

    __tablename__ = "ml_training_jobs"
    __table_args__ = (
        UniqueConstraint("tenant_id", "job_id"),
        UniqueConstraint("tenant_id", "run_id"),
        Index("ix_ml_training_jobs_status", "tenant_id", "status"),
        Index("ix_ml_training_jobs_created_at", "tenant_id", "created_at"),
    )

    job_id: Mapped[Name] = column("Name by which the world outside knows it.")
    ml_model_id: Mapped[Id] = ref(
        "registry.ml_models", "Model it fits a version of.", ondelete="CASCADE"
    )
    run_id: Mapped[Id] = column("Row of job_runs that does the work.")
    model_type: Mapped[Name] = column("Kind of predictor, such as gradient_boosting.")
    trigger_reason: Mapped[Words] = choice(TriggerReason, "Why it was started.")
    status: Mapped[Words] = choice(JobStatus, "Where it stands.", default=JobStatus.QUEUED)
    training_config: Mapped[Json] = column("How data are chosen and split.")
    hyperparameters: Mapped[Json | None] = column("Parameters of the learner.")
    as_of: Mapped[Moment | None] = column("Nothing known later is read; set when it begins.")
    dataset_info: Mapped[Json | None] = column("What it read: hash, rows, window.")
    metrics: Mapped[Json | None] = column("Measured on the holdout.")
    error_message: Mapped[Words | None] = column("Why it failed.")
    model_version_id: Mapped[Id | None] = ref(
        "registry.model_versions", "Version it made.", ondelete="SET NULL"
    )
    started_at: Mapped[Moment | None] = column("When a worker first took it.")
    completed_at: Mapped[Moment | None] = column("When it ended.")
    estimated_completion: Mapped[Moment | None] = column("When it is expected to end.")
    resource_usage: Mapped[Json | None] = column("Seconds, CPU seconds and threads it took.")
    cost_estimate: Mapped[Money | None] = column("What it cost, in the tenant's currency.")
    created_by: Mapped[Name] = column("Who or what started it.")
    created_at: Mapped[Moment] = column("When it was started.", default="now()")


class TrainingSessionRow(
    Row, module="training", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """One fit on one data set: how far it is and how its loss went."""

    __tablename__ = "model_training_sessions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "training_job_id"),
        CheckConstraint("training_end >= training_start", name="span"),
        CheckConstraint("progress_percentage BETWEEN 0 AND 100", name="progress"),
        CheckConstraint("total_epochs > 0", name="epochs"),
        Index("ix_model_training_sessions_status", "tenant_id", "status"),
        Index("ix_model_training_sessions_training_start", "tenant_id", "training_start"),
    )

    model_id: Mapped[Id] = ref("registry.ml_models", "The model.", ondelete="CASCADE")
    dataset_id: Mapped[Id] = ref("datasets.training_datasets", "Data set it is fitted on.")
    training_job_id: Mapped[Id | None] = ref(
        "training.ml_training_jobs", "Job it belongs to.", ondelete="CASCADE"
    )
    training_start: Mapped[Moment] = column("When it began.", default="now()")
    training_end: Mapped[Moment | None] = column("When it ended.")
    status: Mapped[Words] = choice(SessionStatus, "Where it stands.", default=SessionStatus.RUNNING)
    progress_percentage: Mapped[Number] = column("How far it is, 0 to 100.", default="0")
    current_epoch: Mapped[Count] = column("Rounds done.", default="0")
    total_epochs: Mapped[Count | None] = column("Rounds wanted.")
    loss_history: Mapped[JsonList | None] = column("Loss on the holdout after each round.")
    validation_metrics: Mapped[Json | None] = column("Measured on the holdout.")
    resource_usage: Mapped[Json | None] = column("Seconds, CPU seconds and threads it took.")
    error_log: Mapped[Words | None] = column("Why it failed.")
    created_at: Mapped[Moment] = column("When the row was made.", default="now()")
    updated_at: Mapped[Moment] = column("When the row was last changed.", default="now()")
