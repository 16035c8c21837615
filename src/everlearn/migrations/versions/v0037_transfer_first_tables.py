"""Transfer first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA transfer")
    op.execute(
        "GRANT USAGE ON SCHEMA transfer TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "domain_mappings",
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
            "source_domain",
            sa.Text(),
            nullable=False,
            comment="Domain that is known, by the tenant's own name.",
        ),
        sa.Column(
            "target_domain", sa.Text(), nullable=False, comment="Domain that is to be learned."
        ),
        sa.Column("domain_type", sa.Text(), nullable=False, comment="What both are about."),
        sa.Column(
            "similarity_score", sa.Double(), nullable=True, comment="How alike they are, 0 to 1."
        ),
        sa.Column(
            "transfer_feasibility",
            sa.Double(),
            nullable=True,
            comment="How likely a transfer is to help, 0 to 1.",
        ),
        sa.Column(
            "shared_features",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Names of features that both have.",
        ),
        sa.Column(
            "domain_specific_features",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Names of features that only one of them has.",
        ),
        sa.Column(
            "transfer_strategy", sa.Text(), nullable=True, comment="What is best tried first."
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
            comment="When it was first compared.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last compared.",
        ),
        sa.CheckConstraint(
            "domain_type IN ('code-quality', 'narrative', 'search', 'general')",
            name=op.f("ck_domain_mappings_domain_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(domain_specific_features) = 'array'",
            name=op.f("ck_domain_mappings_domain_specific_features_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_domain_mappings_metadata_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(shared_features) = 'array'",
            name=op.f("ck_domain_mappings_shared_features_valid"),
        ),
        sa.CheckConstraint(
            "source_domain <> '' AND length(source_domain) <= 255",
            name=op.f("ck_domain_mappings_source_domain_valid"),
        ),
        sa.CheckConstraint(
            "target_domain <> '' AND length(target_domain) <= 255",
            name=op.f("ck_domain_mappings_target_domain_valid"),
        ),
        sa.CheckConstraint(
            "transfer_strategy IN ('fine-tuning', 'feature-extraction', 'adversarial', 'multi-task')",
            name=op.f("ck_domain_mappings_transfer_strategy_valid"),
        ),
        sa.CheckConstraint(
            "similarity_score BETWEEN 0 AND 1",
            name=op.f("ck_domain_mappings_similarity_score_valid"),
        ),
        sa.CheckConstraint(
            "transfer_feasibility BETWEEN 0 AND 1",
            name=op.f("ck_domain_mappings_transfer_feasibility_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_domain_mappings_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_domain_mappings")),
        sa.UniqueConstraint(
            "tenant_id",
            "source_domain",
            "target_domain",
            name=op.f("uq_domain_mappings_tenant_id_source_domain_target_domain"),
        ),
        schema="transfer",
        comment="How alike two domains are, what they share, and how well knowledge carries over.",
    )
    op.create_index(
        "ix_domain_mappings_domain_type",
        "domain_mappings",
        ["tenant_id", "domain_type"],
        unique=False,
        schema="transfer",
    )
    op.create_index(
        "ix_domain_mappings_similarity_score",
        "domain_mappings",
        ["tenant_id", "similarity_score"],
        unique=False,
        schema="transfer",
    )
    op.create_index(
        "ix_domain_mappings_target_domain",
        "domain_mappings",
        ["tenant_id", "target_domain"],
        unique=False,
        schema="transfer",
    )
    op.create_table(
        "transfer_learning_runs",
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
            "source_domain", sa.Text(), nullable=False, comment="Domain the model comes from."
        ),
        sa.Column("target_domain", sa.Text(), nullable=False, comment="Domain it is carried to."),
        sa.Column(
            "source_model_id",
            sa.Text(),
            nullable=False,
            comment="Model it starts from, by ml_models.model_id.",
        ),
        sa.Column(
            "ml_model_id", sa.UUID(), nullable=True, comment="The same, when it is registered here."
        ),
        sa.Column(
            "source_model_version",
            sa.Text(),
            nullable=False,
            comment="Version text it starts from.",
        ),
        sa.Column("run_name", sa.Text(), nullable=False, comment="What it is called."),
        sa.Column("description", sa.Text(), nullable=True, comment="What it is for."),
        sa.Column(
            "transfer_strategy", sa.Text(), nullable=False, comment="How the model is carried over."
        ),
        sa.Column(
            "frozen_layers",
            sa.BigInteger(),
            nullable=True,
            comment="Layers that are not fitted again.",
        ),
        sa.Column(
            "learning_rate",
            sa.Double(),
            nullable=True,
            comment="Step size of the fit, more than 0.",
        ),
        sa.Column(
            "training_data_count",
            sa.BigInteger(),
            nullable=False,
            comment="Rows of the target domain it learns from.",
        ),
        sa.Column(
            "validation_data_count",
            sa.BigInteger(),
            nullable=True,
            comment="Rows it is measured on.",
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
            "target_model_id",
            sa.Text(),
            nullable=True,
            comment="Model it made, by ml_models.model_id.",
        ),
        sa.Column(
            "target_model_version", sa.Text(), nullable=True, comment="Version text it made."
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
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it began; when it was asked for, while it is queued.",
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
            "jsonb_typeof(metadata) = 'object'",
            name=op.f("ck_transfer_learning_runs_metadata_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(performance_metrics) = 'object'",
            name=op.f("ck_transfer_learning_runs_performance_metrics_valid"),
        ),
        sa.CheckConstraint(
            "learning_rate > 0 AND learning_rate < 'infinity'",
            name=op.f("ck_transfer_learning_runs_learning_rate_valid"),
        ),
        sa.CheckConstraint(
            "run_name <> '' AND length(run_name) <= 255",
            name=op.f("ck_transfer_learning_runs_run_name_valid"),
        ),
        sa.CheckConstraint(
            "source_domain <> '' AND length(source_domain) <= 255",
            name=op.f("ck_transfer_learning_runs_source_domain_valid"),
        ),
        sa.CheckConstraint(
            "source_model_id <> '' AND length(source_model_id) <= 255",
            name=op.f("ck_transfer_learning_runs_source_model_id_valid"),
        ),
        sa.CheckConstraint(
            "source_model_version <> '' AND length(source_model_version) <= 255",
            name=op.f("ck_transfer_learning_runs_source_model_version_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'completed', 'failed')",
            name=op.f("ck_transfer_learning_runs_status_valid"),
        ),
        sa.CheckConstraint(
            "target_domain <> '' AND length(target_domain) <= 255",
            name=op.f("ck_transfer_learning_runs_target_domain_valid"),
        ),
        sa.CheckConstraint(
            "target_model_id <> '' AND length(target_model_id) <= 255",
            name=op.f("ck_transfer_learning_runs_target_model_id_valid"),
        ),
        sa.CheckConstraint(
            "target_model_version <> '' AND length(target_model_version) <= 255",
            name=op.f("ck_transfer_learning_runs_target_model_version_valid"),
        ),
        sa.CheckConstraint(
            "transfer_strategy IN ('fine-tuning', 'feature-extraction', 'adversarial', 'multi-task')",
            name=op.f("ck_transfer_learning_runs_transfer_strategy_valid"),
        ),
        sa.CheckConstraint(
            "completed_at >= started_at", name=op.f("ck_transfer_learning_runs_span")
        ),
        sa.CheckConstraint(
            "frozen_layers >= 0", name=op.f("ck_transfer_learning_runs_frozen_layers_valid")
        ),
        sa.CheckConstraint(
            "progress_percentage BETWEEN 0 AND 100", name=op.f("ck_transfer_learning_runs_progress")
        ),
        sa.CheckConstraint(
            "training_data_count >= 0",
            name=op.f("ck_transfer_learning_runs_training_data_count_valid"),
        ),
        sa.CheckConstraint(
            "validation_data_count >= 0",
            name=op.f("ck_transfer_learning_runs_validation_data_count_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ml_model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_transfer_learning_runs_ml_model_id",
            ondelete="SET NULL (ml_model_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_transfer_learning_runs_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_transfer_learning_runs_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_transfer_learning_runs")),
        schema="transfer",
        comment="A transfer of a model from one domain to another: how far it is and what it made.",
    )
    op.create_index(
        "ix_transfer_learning_runs_created_at",
        "transfer_learning_runs",
        ["tenant_id", "created_at"],
        unique=False,
        schema="transfer",
    )
    op.create_index(
        "ix_transfer_learning_runs_ml_model_id",
        "transfer_learning_runs",
        ["tenant_id", "ml_model_id"],
        unique=False,
        schema="transfer",
    )
    op.create_index(
        "ix_transfer_learning_runs_source_domain",
        "transfer_learning_runs",
        ["tenant_id", "source_domain"],
        unique=False,
        schema="transfer",
    )
    op.create_index(
        "ix_transfer_learning_runs_status",
        "transfer_learning_runs",
        ["tenant_id", "status"],
        unique=False,
        schema="transfer",
    )
    op.create_index(
        "ix_transfer_learning_runs_target_domain",
        "transfer_learning_runs",
        ["tenant_id", "target_domain"],
        unique=False,
        schema="transfer",
    )
    op.create_index(
        "ix_transfer_learning_runs_user_id",
        "transfer_learning_runs",
        ["tenant_id", "user_id"],
        unique=False,
        schema="transfer",
    )
    op.create_table(
        "cross_domain_predictions",
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
            "transfer_run_id", sa.UUID(), nullable=True, comment="Transfer that made the model."
        ),
        sa.Column(
            "source_domain", sa.Text(), nullable=False, comment="Domain the model comes from."
        ),
        sa.Column("target_domain", sa.Text(), nullable=False, comment="Domain of the question."),
        sa.Column(
            "input_context",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="What was asked about.",
        ),
        sa.Column(
            "source_domain_prediction",
            sa.Double(),
            nullable=True,
            comment="What the source model answers.",
        ),
        sa.Column(
            "target_domain_prediction",
            sa.Double(),
            nullable=False,
            comment="What the transferred model answers.",
        ),
        sa.Column(
            "adaptation_confidence",
            sa.Double(),
            nullable=True,
            comment="How far the transferred model is to be trusted here, 0 to 1.",
        ),
        sa.Column(
            "actual_value",
            sa.Double(),
            nullable=True,
            comment="What really happened, once it is known.",
        ),
        sa.Column(
            "error",
            sa.Double(),
            sa.Computed("actual_value - target_domain_prediction", persisted=True),
            nullable=True,
            comment="actual_value minus target_domain_prediction; NULL while the truth is unknown.",
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else the client notes.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(input_context) = 'object'",
            name=op.f("ck_cross_domain_predictions_input_context_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'",
            name=op.f("ck_cross_domain_predictions_metadata_valid"),
        ),
        sa.CheckConstraint(
            "source_domain <> '' AND length(source_domain) <= 255",
            name=op.f("ck_cross_domain_predictions_source_domain_valid"),
        ),
        sa.CheckConstraint(
            "target_domain <> '' AND length(target_domain) <= 255",
            name=op.f("ck_cross_domain_predictions_target_domain_valid"),
        ),
        sa.CheckConstraint(
            "adaptation_confidence BETWEEN 0 AND 1",
            name=op.f("ck_cross_domain_predictions_adaptation_confidence_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transfer_run_id"],
            ["transfer.transfer_learning_runs.tenant_id", "transfer.transfer_learning_runs.id"],
            name="fk_cross_domain_predictions_transfer_run_id",
            ondelete="SET NULL (transfer_run_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_cross_domain_predictions_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cross_domain_predictions")),
        schema="transfer",
        comment="One question answered by the source domain's model and by the transferred one.",
    )
    op.create_index(
        "ix_cross_domain_predictions_created_at",
        "cross_domain_predictions",
        ["tenant_id", "created_at"],
        unique=False,
        schema="transfer",
    )
    op.create_index(
        "ix_cross_domain_predictions_source_domain",
        "cross_domain_predictions",
        ["tenant_id", "source_domain"],
        unique=False,
        schema="transfer",
    )
    op.create_index(
        "ix_cross_domain_predictions_target_domain",
        "cross_domain_predictions",
        ["tenant_id", "target_domain"],
        unique=False,
        schema="transfer",
    )
    op.create_index(
        "ix_cross_domain_predictions_transfer_run_id",
        "cross_domain_predictions",
        ["tenant_id", "transfer_run_id"],
        unique=False,
        schema="transfer",
    )
    op.create_table(
        "domain_adaptation_metrics",
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
        sa.Column("transfer_run_id", sa.UUID(), nullable=False, comment="The transfer."),
        sa.Column("metric_name", sa.Text(), nullable=False, comment="What was measured."),
        sa.Column(
            "metric_value", sa.Double(), nullable=False, comment="The number, in `metric_unit`."
        ),
        sa.Column("metric_unit", sa.Text(), nullable=True, comment="Unit; NULL when it has none."),
        sa.Column(
            "evaluation_phase",
            sa.Text(),
            nullable=True,
            comment="Which model was measured; NULL for a number of the whole transfer.",
        ),
        sa.Column(
            "sample_size", sa.BigInteger(), nullable=True, comment="Rows it was measured on."
        ),
        sa.Column(
            "confidence_interval",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Bounds of metric_value: lower and upper, two numbers in that order.",
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else the writer notes.",
        ),
        sa.Column(
            "evaluated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was measured.",
        ),
        sa.CheckConstraint(
            "evaluation_phase IN ('before_transfer', 'after_transfer', 'target_domain_only')",
            name=op.f("ck_domain_adaptation_metrics_evaluation_phase_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'",
            name=op.f("ck_domain_adaptation_metrics_metadata_valid"),
        ),
        sa.CheckConstraint(
            "metric_name IN ('accuracy', 'f1', 'domain_shift', 'adaptation_gain')",
            name=op.f("ck_domain_adaptation_metrics_metric_name_valid"),
        ),
        sa.CheckConstraint(
            "metric_unit IN ('percentage', 'score')",
            name=op.f("ck_domain_adaptation_metrics_metric_unit_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_path_exists(confidence_interval, 'strict $ ? (@.lower.type() == \"number\" && @.upper.type() == \"number\" && @.lower <= @.upper)', '{}', true)",
            name=op.f("ck_domain_adaptation_metrics_confidence_interval_valid"),
        ),
        sa.CheckConstraint(
            "sample_size >= 0", name=op.f("ck_domain_adaptation_metrics_sample_size_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transfer_run_id"],
            ["transfer.transfer_learning_runs.tenant_id", "transfer.transfer_learning_runs.id"],
            name="fk_domain_adaptation_metrics_transfer_run_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_domain_adaptation_metrics_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_domain_adaptation_metrics")),
        schema="transfer",
        comment="One measured number of a transfer: before it, after it, or of the target domain alone.",
    )
    op.create_index(
        "ix_domain_adaptation_metrics_evaluated_at",
        "domain_adaptation_metrics",
        ["tenant_id", "evaluated_at"],
        unique=False,
        schema="transfer",
    )
    op.create_index(
        "ix_domain_adaptation_metrics_metric_name",
        "domain_adaptation_metrics",
        ["tenant_id", "metric_name"],
        unique=False,
        schema="transfer",
    )
    op.create_index(
        "ix_domain_adaptation_metrics_phase",
        "domain_adaptation_metrics",
        ["tenant_id", "evaluation_phase"],
        unique=False,
        schema="transfer",
    )
    op.create_index(
        "ix_domain_adaptation_metrics_transfer_run_id",
        "domain_adaptation_metrics",
        ["tenant_id", "transfer_run_id"],
        unique=False,
        schema="transfer",
    )
    op.table_policy(
        "transfer.domain_mappings", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "transfer.transfer_learning_runs",
        add=["app:delete,insert,select,update", "rls:tenant|see=owner:user_id,unowned:user_id"],
    )
    op.table_policy(
        "transfer.domain_adaptation_metrics", add=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy(
        "transfer.cross_domain_predictions",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )


def downgrade() -> None:
    op.table_policy(
        "transfer.cross_domain_predictions",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "transfer.domain_adaptation_metrics", remove=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy(
        "transfer.transfer_learning_runs",
        remove=["app:delete,insert,select,update", "rls:tenant|see=owner:user_id,unowned:user_id"],
    )
    op.table_policy(
        "transfer.domain_mappings",
        remove=["app:delete,insert,select,update", "rls:tenant", "touch"],
    )
    op.drop_index(
        "ix_domain_adaptation_metrics_transfer_run_id",
        table_name="domain_adaptation_metrics",
        schema="transfer",
    )
    op.drop_index(
        "ix_domain_adaptation_metrics_phase",
        table_name="domain_adaptation_metrics",
        schema="transfer",
    )
    op.drop_index(
        "ix_domain_adaptation_metrics_metric_name",
        table_name="domain_adaptation_metrics",
        schema="transfer",
    )
    op.drop_index(
        "ix_domain_adaptation_metrics_evaluated_at",
        table_name="domain_adaptation_metrics",
        schema="transfer",
    )
    op.drop_table("domain_adaptation_metrics", schema="transfer")
    op.drop_index(
        "ix_cross_domain_predictions_transfer_run_id",
        table_name="cross_domain_predictions",
        schema="transfer",
    )
    op.drop_index(
        "ix_cross_domain_predictions_target_domain",
        table_name="cross_domain_predictions",
        schema="transfer",
    )
    op.drop_index(
        "ix_cross_domain_predictions_source_domain",
        table_name="cross_domain_predictions",
        schema="transfer",
    )
    op.drop_index(
        "ix_cross_domain_predictions_created_at",
        table_name="cross_domain_predictions",
        schema="transfer",
    )
    op.drop_table("cross_domain_predictions", schema="transfer")
    op.drop_index(
        "ix_transfer_learning_runs_user_id", table_name="transfer_learning_runs", schema="transfer"
    )
    op.drop_index(
        "ix_transfer_learning_runs_target_domain",
        table_name="transfer_learning_runs",
        schema="transfer",
    )
    op.drop_index(
        "ix_transfer_learning_runs_status", table_name="transfer_learning_runs", schema="transfer"
    )
    op.drop_index(
        "ix_transfer_learning_runs_source_domain",
        table_name="transfer_learning_runs",
        schema="transfer",
    )
    op.drop_index(
        "ix_transfer_learning_runs_ml_model_id",
        table_name="transfer_learning_runs",
        schema="transfer",
    )
    op.drop_index(
        "ix_transfer_learning_runs_created_at",
        table_name="transfer_learning_runs",
        schema="transfer",
    )
    op.drop_table("transfer_learning_runs", schema="transfer")
    op.drop_index(
        "ix_domain_mappings_target_domain", table_name="domain_mappings", schema="transfer"
    )
    op.drop_index(
        "ix_domain_mappings_similarity_score", table_name="domain_mappings", schema="transfer"
    )
    op.drop_index("ix_domain_mappings_domain_type", table_name="domain_mappings", schema="transfer")
    op.drop_table("domain_mappings", schema="transfer")
    op.execute("DROP SCHEMA transfer CASCADE")
