"""training first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA training")
    op.execute(
        "GRANT USAGE ON SCHEMA training TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "ml_training_jobs",
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
            "job_id", sa.Text(), nullable=False, comment="Name by which the world outside knows it."
        ),
        sa.Column("ml_model_id", sa.UUID(), nullable=False, comment="Model it fits a version of."),
        sa.Column(
            "run_id", sa.UUID(), nullable=False, comment="Row of job_runs that does the work."
        ),
        sa.Column(
            "model_type",
            sa.Text(),
            nullable=False,
            comment="Kind of predictor, such as gradient_boosting.",
        ),
        sa.Column("trigger_reason", sa.Text(), nullable=False, comment="Why it was started."),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'queued'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "training_config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="How data are chosen and split.",
        ),
        sa.Column(
            "hyperparameters",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Parameters of the learner.",
        ),
        sa.Column(
            "as_of",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Nothing known later is read; set when it begins.",
        ),
        sa.Column(
            "dataset_info",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What it read: hash, rows, window.",
        ),
        sa.Column(
            "metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Measured on the holdout.",
        ),
        sa.Column("error_message", sa.Text(), nullable=True, comment="Why it failed."),
        sa.Column("model_version_id", sa.UUID(), nullable=True, comment="Version it made."),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a worker first took it.",
        ),
        sa.Column(
            "completed_at", sa.DateTime(timezone=True), nullable=True, comment="When it ended."
        ),
        sa.Column(
            "estimated_completion",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it is expected to end.",
        ),
        sa.Column(
            "resource_usage",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Seconds, CPU seconds and threads it took.",
        ),
        sa.Column(
            "cost_estimate",
            sa.Numeric(precision=18, scale=4),
            nullable=True,
            comment="What it cost, in the tenant's currency.",
        ),
        sa.Column("created_by", sa.Text(), nullable=False, comment="Who or what started it."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was started.",
        ),
        sa.CheckConstraint(
            "created_by <> '' AND length(created_by) <= 255",
            name=op.f("ck_ml_training_jobs_created_by_valid"),
        ),
        sa.CheckConstraint(
            "job_id <> '' AND length(job_id) <= 255", name=op.f("ck_ml_training_jobs_job_id_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(dataset_info) = 'object'",
            name=op.f("ck_ml_training_jobs_dataset_info_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(hyperparameters) = 'object'",
            name=op.f("ck_ml_training_jobs_hyperparameters_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metrics) = 'object'", name=op.f("ck_ml_training_jobs_metrics_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(resource_usage) = 'object'",
            name=op.f("ck_ml_training_jobs_resource_usage_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(training_config) = 'object'",
            name=op.f("ck_ml_training_jobs_training_config_valid"),
        ),
        sa.CheckConstraint(
            "model_type <> '' AND length(model_type) <= 255",
            name=op.f("ck_ml_training_jobs_model_type_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'completed', 'failed', 'cancelled')",
            name=op.f("ck_ml_training_jobs_status_valid"),
        ),
        sa.CheckConstraint(
            "trigger_reason IN ('scheduled', 'drift_detected', 'manual', 'feedback_threshold')",
            name=op.f("ck_ml_training_jobs_trigger_reason_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ml_model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_ml_training_jobs_ml_model_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_ml_training_jobs_model_version_id",
            ondelete="SET NULL (model_version_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_ml_training_jobs_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ml_training_jobs")),
        sa.UniqueConstraint(
            "tenant_id", "job_id", name=op.f("uq_ml_training_jobs_tenant_id_job_id")
        ),
        sa.UniqueConstraint(
            "tenant_id", "run_id", name=op.f("uq_ml_training_jobs_tenant_id_run_id")
        ),
        schema="training",
        comment="A wish for a new version of a model, why it came up, and what became of it.",
    )
    op.create_index(
        "ix_ml_training_jobs_created_at",
        "ml_training_jobs",
        ["tenant_id", "created_at"],
        unique=False,
        schema="training",
    )
    op.create_index(
        "ix_ml_training_jobs_ml_model_id",
        "ml_training_jobs",
        ["tenant_id", "ml_model_id"],
        unique=False,
        schema="training",
    )
    op.create_index(
        "ix_ml_training_jobs_model_version_id",
        "ml_training_jobs",
        ["tenant_id", "model_version_id"],
        unique=False,
        schema="training",
    )
    op.create_index(
        "ix_ml_training_jobs_status",
        "ml_training_jobs",
        ["tenant_id", "status"],
        unique=False,
        schema="training",
    )
    op.create_table(
        "model_training_sessions",
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
        sa.Column("model_id", sa.UUID(), nullable=False, comment="The model."),
        sa.Column("dataset_id", sa.UUID(), nullable=False, comment="Data set it is fitted on."),
        sa.Column("training_job_id", sa.UUID(), nullable=True, comment="Job it belongs to."),
        sa.Column(
            "training_start",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it began.",
        ),
        sa.Column(
            "training_end", sa.DateTime(timezone=True), nullable=True, comment="When it ended."
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'running'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "progress_percentage",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How far it is, 0 to 100.",
        ),
        sa.Column(
            "current_epoch",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Rounds done.",
        ),
        sa.Column("total_epochs", sa.BigInteger(), nullable=True, comment="Rounds wanted."),
        sa.Column(
            "loss_history",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Loss on the holdout after each round.",
        ),
        sa.Column(
            "validation_metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Measured on the holdout.",
        ),
        sa.Column(
            "resource_usage",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Seconds, CPU seconds and threads it took.",
        ),
        sa.Column("error_log", sa.Text(), nullable=True, comment="Why it failed."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was last changed.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(loss_history) = 'array'",
            name=op.f("ck_model_training_sessions_loss_history_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(resource_usage) = 'object'",
            name=op.f("ck_model_training_sessions_resource_usage_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(validation_metrics) = 'object'",
            name=op.f("ck_model_training_sessions_validation_metrics_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('running', 'completed', 'failed', 'cancelled')",
            name=op.f("ck_model_training_sessions_status_valid"),
        ),
        sa.CheckConstraint(
            "current_epoch >= 0", name=op.f("ck_model_training_sessions_current_epoch_valid")
        ),
        sa.CheckConstraint(
            "progress_percentage BETWEEN 0 AND 100",
            name=op.f("ck_model_training_sessions_progress"),
        ),
        sa.CheckConstraint("total_epochs > 0", name=op.f("ck_model_training_sessions_epochs")),
        sa.CheckConstraint(
            "total_epochs >= 0", name=op.f("ck_model_training_sessions_total_epochs_valid")
        ),
        sa.CheckConstraint(
            "training_end >= training_start", name=op.f("ck_model_training_sessions_span")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "dataset_id"],
            ["datasets.training_datasets.tenant_id", "datasets.training_datasets.id"],
            name="fk_model_training_sessions_dataset_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_model_training_sessions_model_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "training_job_id"],
            ["training.ml_training_jobs.tenant_id", "training.ml_training_jobs.id"],
            name="fk_model_training_sessions_training_job_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_model_training_sessions_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_model_training_sessions")),
        sa.UniqueConstraint(
            "tenant_id",
            "training_job_id",
            name=op.f("uq_model_training_sessions_tenant_id_training_job_id"),
        ),
        schema="training",
        comment="One fit on one data set: how far it is and how its loss went.",
    )
    op.create_index(
        "ix_model_training_sessions_dataset_id",
        "model_training_sessions",
        ["tenant_id", "dataset_id"],
        unique=False,
        schema="training",
    )
    op.create_index(
        "ix_model_training_sessions_model_id",
        "model_training_sessions",
        ["tenant_id", "model_id"],
        unique=False,
        schema="training",
    )
    op.create_index(
        "ix_model_training_sessions_status",
        "model_training_sessions",
        ["tenant_id", "status"],
        unique=False,
        schema="training",
    )
    op.create_index(
        "ix_model_training_sessions_training_start",
        "model_training_sessions",
        ["tenant_id", "training_start"],
        unique=False,
        schema="training",
    )
    op.table_policy(
        "training.ml_training_jobs", add=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.table_policy(
        "training.model_training_sessions",
        add=["app:delete,insert,select,update", "rows:tenant", "touch"],
    )


def downgrade() -> None:
    op.table_policy(
        "training.model_training_sessions",
        remove=["app:delete,insert,select,update", "rows:tenant", "touch"],
    )
    op.table_policy(
        "training.ml_training_jobs", remove=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.drop_index(
        "ix_model_training_sessions_training_start",
        table_name="model_training_sessions",
        schema="training",
    )
    op.drop_index(
        "ix_model_training_sessions_status", table_name="model_training_sessions", schema="training"
    )
    op.drop_index(
        "ix_model_training_sessions_model_id",
        table_name="model_training_sessions",
        schema="training",
    )
    op.drop_index(
        "ix_model_training_sessions_dataset_id",
        table_name="model_training_sessions",
        schema="training",
    )
    op.drop_table("model_training_sessions", schema="training")
    op.drop_index("ix_ml_training_jobs_status", table_name="ml_training_jobs", schema="training")
    op.drop_index(
        "ix_ml_training_jobs_model_version_id", table_name="ml_training_jobs", schema="training"
    )
    op.drop_index(
        "ix_ml_training_jobs_ml_model_id", table_name="ml_training_jobs", schema="training"
    )
    op.drop_index(
        "ix_ml_training_jobs_created_at", table_name="ml_training_jobs", schema="training"
    )
    op.drop_table("ml_training_jobs", schema="training")
    op.execute("DROP SCHEMA training CASCADE")
