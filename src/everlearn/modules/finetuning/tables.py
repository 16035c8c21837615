"""Tables of the finetuning module; versions of models are in registry.model_versions."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import CheckConstraint, Double, Index
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Id,
    Json,
    Moment,
    Name,
    Number,
    Sha256,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.jobs import JobStatus
from everlearn.core.tables import Policy, Row
from everlearn.modules.finetuning.types import TuningMetric, UpdateType

Megabytes = Annotated[float, mapped_column(Double, info={"check": "{c} >= 0 AND {c} < 'infinity'"})]


class FineTuningJob(
    Row,
    module="finetuning",
    # Kept for good: versions of models name the job that made them.
    policy=Policy(rows="tenant", see=("owner:user_id", "unowned:user_id")),
    expose=("list", "get"),
):
    """A job that carries a base model further on new data: how far it is and what it made."""

    __tablename__ = "fine_tuning_jobs"
    __table_args__ = (
        CheckConstraint("progress_percentage BETWEEN 0 AND 100", name="progress"),
        CheckConstraint("total_epochs > 0", name="epochs"),
        CheckConstraint("current_epoch <= total_epochs", name="epochs_done"),
        CheckConstraint("started_at >= queued_at", name="started_after_queued"),
        CheckConstraint("completed_at >= started_at", name="span"),
        Index("ix_fine_tuning_jobs_status", "tenant_id", "status"),
    )

    user_id: Mapped[Id | None] = ref(
        "tenancy.users", "Owner; NULL when it belongs to the whole tenant.", ondelete="CASCADE"
    )
    base_model_id: Mapped[Name] = column("Model it starts from, by ml_models.model_id.", index=True)
    ml_model_id: Mapped[Id | None] = ref(
        "registry.ml_models", "The same, when it is registered here.", ondelete="SET NULL"
    )
    base_model_version: Mapped[Name] = column("Version text it starts from.")
    training_job_id: Mapped[Id | None] = ref(
        "training.ml_training_jobs", "Training job that does the work.", ondelete="SET NULL"
    )
    job_name: Mapped[Name] = column("What it is called.")
    description: Mapped[Words | None] = column("What it is for.")
    training_data_count: Mapped[Count] = column("Rows it learns from.")
    training_data_hash: Mapped[Sha256 | None] = column("SHA-256 of those rows.")
    hyperparameters: Mapped[Json] = column("Learning rate, epochs, batch size and so on.")
    status: Mapped[Words] = choice(JobStatus, "Where it stands.", default=JobStatus.QUEUED)
    progress_percentage: Mapped[Number] = column("How far it is, in per cent.", default="0")
    current_epoch: Mapped[Count] = column("Epochs done.", default="0")
    total_epochs: Mapped[Count] = column("Epochs wanted.")
    error_message: Mapped[Words | None] = column("Why it failed.")
    fine_tuned_model_id: Mapped[Name | None] = column("Model it made, by ml_models.model_id.")
    fine_tuned_model_version: Mapped[Name | None] = column("Version text it made.")
    performance_metrics: Mapped[Json] = column("Metric -> value of what it made.", default="'{}'")
    meta: Mapped[Json] = column("Whatever else the owner notes.", name="metadata", default="'{}'")
    queued_at: Mapped[Moment] = column("When it was asked for.", default="now()")
    started_at: Mapped[Moment | None] = column("When it began.")
    completed_at: Mapped[Moment | None] = column("When it ended, however it ended.")
    created_at: Mapped[Moment] = column("When the row was made.", default="now()", index=True)


class IncrementalUpdate(
    Row, module="finetuning", policy=Policy(rows="tenant"), expose=("list", "get")
):
    """A step of a model from one version to the next: what it changes and whether it is in use."""

    __tablename__ = "incremental_updates"
    __table_args__ = (
        CheckConstraint("NOT is_applied OR applied_at IS NOT NULL", name="applied_since"),
        CheckConstraint("previous_model_version <> new_model_version", name="moves_on"),
        Index("ix_incremental_updates_update_type", "tenant_id", "update_type"),
    )

    job_id: Mapped[Id | None] = ref(
        "finetuning.fine_tuning_jobs", "Job that made it, if one did.", ondelete="CASCADE"
    )
    model_version_id: Mapped[Id | None] = ref(
        "registry.model_versions", "The new version, once it is registered.", ondelete="CASCADE"
    )
    update_type: Mapped[Words] = choice(UpdateType, "How the model gets there.")
    new_data_count: Mapped[Count] = column("New rows it learned from.")
    previous_model_version: Mapped[Name] = column("Version text before.")
    new_model_version: Mapped[Name] = column("Version text after.")
    update_size_mb: Mapped[Megabytes | None] = column("Size of the update, in MB.")
    performance_delta: Mapped[Json] = column(
        "Metric -> its value after minus before.", default="'{}'"
    )
    validation_metrics: Mapped[Json] = column(
        "Metric -> value on rows it had not seen.", default="'{}'"
    )
    is_applied: Mapped[bool] = column("Whether it is in use.", default="false", index=True)
    applied_at: Mapped[Moment | None] = column("When it was last put to use.")
    rollback_available: Mapped[bool] = column(
        "Whether the version before can be put back.", default="true"
    )
    meta: Mapped[Json] = column("Whatever else the writer notes.", name="metadata", default="'{}'")
    created_at: Mapped[Moment] = column("When it was made.", default="now()", index=True)


class FineTuningMetric(
    Row,
    module="finetuning",
    policy=Policy(rows="tenant", append_only=True, keep_days=730),
    expose=("list", "get"),
):
    """One measured number of one epoch, or step, of a job."""

    __tablename__ = "fine_tuning_metrics"
    __table_args__ = (
        Index("ix_fine_tuning_metrics_job_epoch", "tenant_id", "job_id", "epoch"),
        Index("ix_fine_tuning_metrics_metric_name", "tenant_id", "metric_name"),
    )

    job_id: Mapped[Id] = ref("finetuning.fine_tuning_jobs", "The job.", ondelete="CASCADE")
    epoch: Mapped[Count] = column("Epoch it was measured in.", index=True)
    metric_name: Mapped[Words] = choice(TuningMetric, "What was measured.")
    metric_value: Mapped[Number] = column("The number, in the metric's own unit.")
    step: Mapped[Count | None] = column("Step within the job, when finer than an epoch.")
    timestamp: Mapped[Moment] = column("When it was measured.", default="now()", index=True)
