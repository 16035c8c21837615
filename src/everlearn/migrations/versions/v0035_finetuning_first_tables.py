"""Finetuning first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA finetuning")
    op.execute(
        "GRANT USAGE ON SCHEMA finetuning TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "fine_tuning_jobs",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "user_id",
            sa.UUID(),
            nullable=True,
            comment="Owner; NULL when it belongs to the whole tenant.",
        ),
        sa.Column(
            "base_model_id",
            sa.Text(),
            nullable=False,
            comment="Model it starts from, by ml_models.model_id.",
        ),
        sa.Column(
            "ml_model_id", sa.UUID(), nullable=True, comment="The same, when it is registered here."
        ),
        sa.Column(
            "base_model_version", sa.Text(), nullable=False, comment="Version text it starts from."
        ),
        sa.Column(
            "training_job_id", sa.UUID(), nullable=True, comment="Training job that does the work."
        ),
        sa.Column("job_name", sa.Text(), nullable=False, comment="What it is called."),
        sa.Column("description", sa.Text(), nullable=True, comment="What it is for."),
        sa.Column(
            "training_data_count", sa.BigInteger(), nullable=False, comment="Rows it learns from."
        ),
        sa.Column("training_data_hash", sa.Text(), nullable=True, comment="SHA-256 of those rows."),
        sa.Column(
            "hyperparameters",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="Learning rate, epochs, batch size and so on.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'queued'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "progress_percentage",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How far it is, in per cent.",
        ),
        sa.Column(
            "current_epoch",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Epochs done.",
        ),
        sa.Column("total_epochs", sa.BigInteger(), nullable=False, comment="Epochs wanted."),
        sa.Column("error_message", sa.Text(), nullable=True, comment="Why it failed."),
        sa.Column(
            "fine_tuned_model_id",
            sa.Text(),
            nullable=True,
            comment="Model it made, by ml_models.model_id.",
        ),
        sa.Column(
            "fine_tuned_model_version", sa.Text(), nullable=True, comment="Version text it made."
        ),
        sa.Column(
            "performance_metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Metric -> value of what it made.",
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else the owner notes.",
        ),
        sa.Column(
            "queued_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was asked for.",
        ),
        sa.Column(
            "started_at", sa.DateTime(timezone=True), nullable=True, comment="When it began."
        ),
        sa.Column(
            "completed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it ended, however it ended.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was made.",
        ),
        sa.CheckConstraint(
            "base_model_id <> '' AND length(base_model_id) <= 255",
            name=op.f("ck_fine_tuning_jobs_base_model_id_valid"),
        ),
        sa.CheckConstraint(
            "base_model_version <> '' AND length(base_model_version) <= 255",
            name=op.f("ck_fine_tuning_jobs_base_model_version_valid"),
        ),
        sa.CheckConstraint(
            "fine_tuned_model_id <> '' AND length(fine_tuned_model_id) <= 255",
            name=op.f("ck_fine_tuning_jobs_fine_tuned_model_id_valid"),
        ),
        sa.CheckConstraint(
            "fine_tuned_model_version <> '' AND length(fine_tuned_model_version) <= 255",
            name=op.f("ck_fine_tuning_jobs_fine_tuned_model_version_valid"),
        ),
        sa.CheckConstraint(
            "job_name <> '' AND length(job_name) <= 255",
            name=op.f("ck_fine_tuning_jobs_job_name_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(hyperparameters) = 'object'",
            name=op.f("ck_fine_tuning_jobs_hyperparameters_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_fine_tuning_jobs_metadata_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(performance_metrics) = 'object'",
            name=op.f("ck_fine_tuning_jobs_performance_metrics_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'completed', 'failed', 'cancelled')",
            name=op.f("ck_fine_tuning_jobs_status_valid"),
        ),
        sa.CheckConstraint(
            "training_data_hash ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_fine_tuning_jobs_training_data_hash_valid"),
        ),
        sa.CheckConstraint("completed_at >= started_at", name=op.f("ck_fine_tuning_jobs_span")),
        sa.CheckConstraint(
            "current_epoch <= total_epochs", name=op.f("ck_fine_tuning_jobs_epochs_done")
        ),
        sa.CheckConstraint(
            "current_epoch >= 0", name=op.f("ck_fine_tuning_jobs_current_epoch_valid")
        ),
        sa.CheckConstraint(
            "progress_percentage BETWEEN 0 AND 100", name=op.f("ck_fine_tuning_jobs_progress")
        ),
        sa.CheckConstraint(
            "started_at >= queued_at", name=op.f("ck_fine_tuning_jobs_started_after_queued")
        ),
        sa.CheckConstraint("total_epochs > 0", name=op.f("ck_fine_tuning_jobs_epochs")),
        sa.CheckConstraint(
            "total_epochs >= 0", name=op.f("ck_fine_tuning_jobs_total_epochs_valid")
        ),
        sa.CheckConstraint(
            "training_data_count >= 0", name=op.f("ck_fine_tuning_jobs_training_data_count_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ml_model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_fine_tuning_jobs_ml_model_id",
            ondelete="SET NULL (ml_model_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "training_job_id"],
            ["training.ml_training_jobs.tenant_id", "training.ml_training_jobs.id"],
            name="fk_fine_tuning_jobs_training_job_id",
            ondelete="SET NULL (training_job_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_fine_tuning_jobs_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_fine_tuning_jobs_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_fine_tuning_jobs")),
        schema="finetuning",
        comment="A job that carries a base model further on new data: how far it is and what it made.",
    )
    op.create_index(
        "ix_fine_tuning_jobs_base_model_id",
        "fine_tuning_jobs",
        ["tenant_id", "base_model_id"],
        unique=False,
        schema="finetuning",
    )
    op.create_index(
        "ix_fine_tuning_jobs_created_at",
        "fine_tuning_jobs",
        ["tenant_id", "created_at"],
        unique=False,
        schema="finetuning",
    )
    op.create_index(
        "ix_fine_tuning_jobs_ml_model_id",
        "fine_tuning_jobs",
        ["tenant_id", "ml_model_id"],
        unique=False,
        schema="finetuning",
    )
    op.create_index(
        "ix_fine_tuning_jobs_status",
        "fine_tuning_jobs",
        ["tenant_id", "status"],
        unique=False,
        schema="finetuning",
    )
    op.create_index(
        "ix_fine_tuning_jobs_training_job_id",
        "fine_tuning_jobs",
        ["tenant_id", "training_job_id"],
        unique=False,
        schema="finetuning",
    )
    op.create_index(
        "ix_fine_tuning_jobs_user_id",
        "fine_tuning_jobs",
        ["tenant_id", "user_id"],
        unique=False,
        schema="finetuning",
    )
    op.create_table(
        "fine_tuning_metrics",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("job_id", sa.UUID(), nullable=False, comment="The job."),
        sa.Column("epoch", sa.BigInteger(), nullable=False, comment="Epoch it was measured in."),
        sa.Column("metric_name", sa.Text(), nullable=False, comment="What was measured."),
        sa.Column(
            "metric_value",
            sa.Double(),
            nullable=False,
            comment="The number, in the metric's own unit.",
        ),
        sa.Column(
            "step",
            sa.BigInteger(),
            nullable=True,
            comment="Step within the job, when finer than an epoch.",
        ),
        sa.Column(
            "timestamp",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was measured.",
        ),
        sa.CheckConstraint(
            "metric_name IN ('loss', 'accuracy', 'val_loss', 'val_accuracy', 'learning_rate')",
            name=op.f("ck_fine_tuning_metrics_metric_name_valid"),
        ),
        sa.CheckConstraint("epoch >= 0", name=op.f("ck_fine_tuning_metrics_epoch_valid")),
        sa.CheckConstraint("step >= 0", name=op.f("ck_fine_tuning_metrics_step_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "job_id"],
            ["finetuning.fine_tuning_jobs.tenant_id", "finetuning.fine_tuning_jobs.id"],
            name="fk_fine_tuning_metrics_job_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_fine_tuning_metrics_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_fine_tuning_metrics")),
        schema="finetuning",
        comment="One measured number of one epoch, or step, of a job.",
    )
    op.create_index(
        "ix_fine_tuning_metrics_epoch",
        "fine_tuning_metrics",
        ["tenant_id", "epoch"],
        unique=False,
        schema="finetuning",
    )
    op.create_index(
        "ix_fine_tuning_metrics_job_epoch",
        "fine_tuning_metrics",
        ["tenant_id", "job_id", "epoch"],
        unique=False,
        schema="finetuning",
    )
    op.create_index(
        "ix_fine_tuning_metrics_metric_name",
        "fine_tuning_metrics",
        ["tenant_id", "metric_name"],
        unique=False,
        schema="finetuning",
    )
    op.create_index(
        "ix_fine_tuning_metrics_timestamp",
        "fine_tuning_metrics",
        ["tenant_id", "timestamp"],
        unique=False,
        schema="finetuning",
    )
    op.create_table(
        "incremental_updates",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("job_id", sa.UUID(), nullable=True, comment="Job that made it, if one did."),
        sa.Column(
            "model_version_id",
            sa.UUID(),
            nullable=True,
            comment="The new version, once it is registered.",
        ),
        sa.Column("update_type", sa.Text(), nullable=False, comment="How the model gets there."),
        sa.Column(
            "new_data_count", sa.BigInteger(), nullable=False, comment="New rows it learned from."
        ),
        sa.Column(
            "previous_model_version", sa.Text(), nullable=False, comment="Version text before."
        ),
        sa.Column("new_model_version", sa.Text(), nullable=False, comment="Version text after."),
        sa.Column(
            "update_size_mb", sa.Double(), nullable=True, comment="Size of the update, in MB."
        ),
        sa.Column(
            "performance_delta",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Metric -> its value after minus before.",
        ),
        sa.Column(
            "validation_metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Metric -> value on rows it had not seen.",
        ),
        sa.Column(
            "is_applied",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it is in use.",
        ),
        sa.Column(
            "applied_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was last put to use.",
        ),
        sa.Column(
            "rollback_available",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether the version before can be put back.",
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else the writer notes.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_incremental_updates_metadata_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(performance_delta) = 'object'",
            name=op.f("ck_incremental_updates_performance_delta_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(validation_metrics) = 'object'",
            name=op.f("ck_incremental_updates_validation_metrics_valid"),
        ),
        sa.CheckConstraint(
            "new_model_version <> '' AND length(new_model_version) <= 255",
            name=op.f("ck_incremental_updates_new_model_version_valid"),
        ),
        sa.CheckConstraint(
            "previous_model_version <> '' AND length(previous_model_version) <= 255",
            name=op.f("ck_incremental_updates_previous_model_version_valid"),
        ),
        sa.CheckConstraint(
            "update_size_mb >= 0 AND update_size_mb < 'infinity'",
            name=op.f("ck_incremental_updates_update_size_mb_valid"),
        ),
        sa.CheckConstraint(
            "update_type IN ('incremental', 'full', 'hot_swap')",
            name=op.f("ck_incremental_updates_update_type_valid"),
        ),
        sa.CheckConstraint(
            "NOT is_applied OR applied_at IS NOT NULL",
            name=op.f("ck_incremental_updates_applied_since"),
        ),
        sa.CheckConstraint(
            "new_data_count >= 0", name=op.f("ck_incremental_updates_new_data_count_valid")
        ),
        sa.CheckConstraint(
            "previous_model_version <> new_model_version",
            name=op.f("ck_incremental_updates_moves_on"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "job_id"],
            ["finetuning.fine_tuning_jobs.tenant_id", "finetuning.fine_tuning_jobs.id"],
            name="fk_incremental_updates_job_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_incremental_updates_model_version_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_incremental_updates_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_incremental_updates")),
        schema="finetuning",
        comment="A step of a model from one version to the next: what it changes and whether it is in use.",
    )
    op.create_index(
        "ix_incremental_updates_created_at",
        "incremental_updates",
        ["tenant_id", "created_at"],
        unique=False,
        schema="finetuning",
    )
    op.create_index(
        "ix_incremental_updates_is_applied",
        "incremental_updates",
        ["tenant_id", "is_applied"],
        unique=False,
        schema="finetuning",
    )
    op.create_index(
        "ix_incremental_updates_job_id",
        "incremental_updates",
        ["tenant_id", "job_id"],
        unique=False,
        schema="finetuning",
    )
    op.create_index(
        "ix_incremental_updates_model_version_id",
        "incremental_updates",
        ["tenant_id", "model_version_id"],
        unique=False,
        schema="finetuning",
    )
    op.create_index(
        "ix_incremental_updates_update_type",
        "incremental_updates",
        ["tenant_id", "update_type"],
        unique=False,
        schema="finetuning",
    )
    op.table_policy(
        "finetuning.fine_tuning_jobs",
        add=["app:delete,insert,select,update", "rls:tenant|see=owner:user_id,unowned:user_id"],
    )
    op.table_policy(
        "finetuning.incremental_updates", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "finetuning.fine_tuning_metrics", add=["app:insert,select", "keep:730", "rls:tenant"]
    )


def downgrade() -> None:
    op.table_policy(
        "finetuning.fine_tuning_metrics", remove=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy(
        "finetuning.incremental_updates", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "finetuning.fine_tuning_jobs",
        remove=["app:delete,insert,select,update", "rls:tenant|see=owner:user_id,unowned:user_id"],
    )
    op.drop_index(
        "ix_incremental_updates_update_type", table_name="incremental_updates", schema="finetuning"
    )
    op.drop_index(
        "ix_incremental_updates_model_version_id",
        table_name="incremental_updates",
        schema="finetuning",
    )
    op.drop_index(
        "ix_incremental_updates_job_id", table_name="incremental_updates", schema="finetuning"
    )
    op.drop_index(
        "ix_incremental_updates_is_applied", table_name="incremental_updates", schema="finetuning"
    )
    op.drop_index(
        "ix_incremental_updates_created_at", table_name="incremental_updates", schema="finetuning"
    )
    op.drop_table("incremental_updates", schema="finetuning")
    op.drop_index(
        "ix_fine_tuning_metrics_timestamp", table_name="fine_tuning_metrics", schema="finetuning"
    )
    op.drop_index(
        "ix_fine_tuning_metrics_metric_name", table_name="fine_tuning_metrics", schema="finetuning"
    )
    op.drop_index(
        "ix_fine_tuning_metrics_job_epoch", table_name="fine_tuning_metrics", schema="finetuning"
    )
    op.drop_index(
        "ix_fine_tuning_metrics_epoch", table_name="fine_tuning_metrics", schema="finetuning"
    )
    op.drop_table("fine_tuning_metrics", schema="finetuning")
    op.drop_index("ix_fine_tuning_jobs_user_id", table_name="fine_tuning_jobs", schema="finetuning")
    op.drop_index(
        "ix_fine_tuning_jobs_training_job_id", table_name="fine_tuning_jobs", schema="finetuning"
    )
    op.drop_index("ix_fine_tuning_jobs_status", table_name="fine_tuning_jobs", schema="finetuning")
    op.drop_index(
        "ix_fine_tuning_jobs_ml_model_id", table_name="fine_tuning_jobs", schema="finetuning"
    )
    op.drop_index(
        "ix_fine_tuning_jobs_created_at", table_name="fine_tuning_jobs", schema="finetuning"
    )
    op.drop_index(
        "ix_fine_tuning_jobs_base_model_id", table_name="fine_tuning_jobs", schema="finetuning"
    )
    op.drop_table("fine_tuning_jobs", schema="finetuning")
    op.execute("DROP SCHEMA finetuning CASCADE")
