"""registry first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA registry")
    op.execute(
        "GRANT USAGE ON SCHEMA registry TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "artifacts",
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
            "sha256",
            sa.Text(),
            nullable=False,
            comment="SHA-256 of the plain bytes; names the content.",
        ),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="Format of the plain bytes, such as lightgbm-text.",
        ),
        sa.Column(
            "size_bytes", sa.BigInteger(), nullable=False, comment="Size of the plain bytes."
        ),
        sa.Column(
            "encoding",
            sa.Text(),
            server_default=sa.text("'zlib'"),
            nullable=False,
            comment="How `content` holds the plain bytes.",
        ),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="The bytes, encoded."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the content was first stored.",
        ),
        sa.CheckConstraint(
            "encoding <> '' AND length(encoding) <= 255", name=op.f("ck_artifacts_encoding_valid")
        ),
        sa.CheckConstraint(
            "kind <> '' AND length(kind) <= 255", name=op.f("ck_artifacts_kind_valid")
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_artifacts_sha256_valid")),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_artifacts_size_bytes_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenancy.tenants.id"], name="fk_artifacts_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_artifacts")),
        sa.UniqueConstraint("tenant_id", "sha256", name=op.f("uq_artifacts_tenant_id_sha256")),
        schema="registry",
        comment="The bytes of a fitted model, stored once for each content.",
    )
    op.create_table(
        "ml_models",
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
            "model_id",
            sa.Text(),
            nullable=False,
            comment="Name by which the world outside knows it; `name` when not given.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name, unique within the tenant."),
        sa.Column("task", sa.Text(), nullable=False, comment="What it predicts."),
        sa.Column(
            "model_type",
            sa.Text(),
            nullable=False,
            comment="Kind of predictor, such as gradient_boosting.",
        ),
        sa.Column(
            "framework", sa.Text(), nullable=True, comment="Library that fits it, such as lightgbm."
        ),
        sa.Column(
            "description", sa.Text(), nullable=True, comment="What it is for, in the owner's words."
        ),
        sa.Column(
            "feature_set_id",
            sa.UUID(),
            nullable=True,
            comment="Feature set the next version is fitted on.",
        ),
        sa.Column(
            "version",
            sa.Text(),
            nullable=True,
            comment="Text of the active version; NULL before the first.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'training'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "parameters",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What the next fit starts from.",
        ),
        sa.Column(
            "hyperparameters",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Parameters of the learner alone.",
        ),
        sa.Column(
            "training_config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="How data are chosen and split for a fit.",
        ),
        sa.Column(
            "metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Metrics of the active version.",
        ),
        sa.Column(
            "model_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Small model stored as JSON, when it is one.",
        ),
        sa.Column(
            "model_path",
            sa.Text(),
            nullable=True,
            comment="Where an artifact outside the database lies.",
        ),
        sa.Column(
            "encrypted_model",
            sa.LargeBinary(),
            nullable=True,
            comment="Encrypted model, when the tenant asked for encryption.",
        ),
        sa.Column(
            "encryption_key_id",
            sa.Text(),
            nullable=True,
            comment="Key that `encrypted_model` opens with.",
        ),
        sa.Column(
            "training_job_id",
            sa.UUID(),
            nullable=True,
            comment="Training job that made the active version.",
        ),
        sa.Column(
            "parent_model_id", sa.UUID(), nullable=True, comment="Model this one was derived from."
        ),
        sa.Column("created_by", sa.Text(), nullable=False, comment="Who or what registered it."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was registered.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was last changed.",
        ),
        sa.Column(
            "deployed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the active version became active.",
        ),
        sa.Column(
            "retired_at", sa.DateTime(timezone=True), nullable=True, comment="When it was retired."
        ),
        sa.CheckConstraint(
            "created_by <> '' AND length(created_by) <= 255",
            name=op.f("ck_ml_models_created_by_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(hyperparameters) = 'object'",
            name=op.f("ck_ml_models_hyperparameters_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metrics) = 'object'", name=op.f("ck_ml_models_metrics_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(model_data) = 'object'", name=op.f("ck_ml_models_model_data_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(parameters) = 'object'", name=op.f("ck_ml_models_parameters_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(training_config) = 'object'",
            name=op.f("ck_ml_models_training_config_valid"),
        ),
        sa.CheckConstraint(
            "model_id <> '' AND length(model_id) <= 255", name=op.f("ck_ml_models_model_id_valid")
        ),
        sa.CheckConstraint(
            "model_type <> '' AND length(model_type) <= 255",
            name=op.f("ck_ml_models_model_type_valid"),
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_ml_models_name_valid")
        ),
        sa.CheckConstraint(
            "status IN ('training', 'active', 'deprecated', 'archived', 'retired', 'failed')",
            name=op.f("ck_ml_models_status_valid"),
        ),
        sa.CheckConstraint(
            "task IN ('binary', 'regression')", name=op.f("ck_ml_models_task_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_ml_models_parent_model_id",
            ondelete="SET NULL (parent_model_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenancy.tenants.id"], name="fk_ml_models_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ml_models")),
        sa.UniqueConstraint("tenant_id", "model_id", name=op.f("uq_ml_models_tenant_id_model_id")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_ml_models_tenant_id_name")),
        schema="registry",
        comment="A learned predictor, whatever version of it is active.",
    )
    op.create_index(
        "ix_ml_models_model_type_status",
        "ml_models",
        ["tenant_id", "model_type", "status"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_ml_models_parent_model_id",
        "ml_models",
        ["tenant_id", "parent_model_id"],
        unique=False,
        schema="registry",
    )
    op.create_table(
        "model_versions",
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
        sa.Column("ml_model_id", sa.UUID(), nullable=False, comment="The model."),
        sa.Column(
            "model_id", sa.Text(), nullable=False, comment="The model's name in the world outside."
        ),
        sa.Column("model_name", sa.Text(), nullable=False, comment="The model's name."),
        sa.Column(
            "number",
            sa.BigInteger(),
            nullable=False,
            comment="1 for the model's first version, then 2 and so on.",
        ),
        sa.Column("version", sa.Text(), nullable=False, comment="Semantic version, v1.0.0 first."),
        sa.Column(
            "version_type",
            sa.Text(),
            server_default=sa.text("'base'"),
            nullable=False,
            comment="How it came to be.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'draft'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            sa.Computed("status = 'active'", persisted=True),
            nullable=False,
            comment="Whether it is the one that answers.",
        ),
        sa.Column("parent_version_id", sa.UUID(), nullable=True, comment="Version it follows."),
        sa.Column("artifact_id", sa.UUID(), nullable=False, comment="Its bytes."),
        sa.Column(
            "model_hash",
            sa.Text(),
            nullable=False,
            comment="SHA-256 of the artifact's plain bytes.",
        ),
        sa.Column(
            "model_size_mb",
            sa.Double(),
            nullable=False,
            comment="Size of the plain bytes in MB (10^6 bytes).",
        ),
        sa.Column(
            "model_path",
            sa.Text(),
            nullable=True,
            comment="Where an artifact outside the database lies.",
        ),
        sa.Column(
            "model_type",
            sa.Text(),
            nullable=False,
            comment="Kind of predictor, such as gradient_boosting.",
        ),
        sa.Column(
            "feature_set_id", sa.UUID(), nullable=True, comment="Feature set it was fitted on."
        ),
        sa.Column(
            "feature_names",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Names of the columns, in the artifact's order.",
        ),
        sa.Column("n_features", sa.BigInteger(), nullable=False, comment="How many there are."),
        sa.Column(
            "categorical",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Categorical feature -> its words by code; NULL when the feature set keeps them.",
        ),
        sa.Column(
            "parameters",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What it was fitted with.",
        ),
        sa.Column(
            "performance_metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Measured on data the evaluated fit had not seen.",
        ),
        sa.Column(
            "promised_loss", sa.Double(), nullable=True, comment="Mean loss it is expected to keep."
        ),
        sa.Column("dataset_id", sa.UUID(), nullable=True, comment="Data set it was fitted on."),
        sa.Column(
            "dataset_sha256",
            sa.Text(),
            nullable=True,
            comment="SHA-256 of that data set's content.",
        ),
        sa.Column(
            "trained_until",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Nothing known later than this was used.",
        ),
        sa.Column(
            "training_job_id", sa.UUID(), nullable=True, comment="Training job that made it."
        ),
        sa.Column(
            "fine_tuning_job_id", sa.UUID(), nullable=True, comment="Fine-tuning job that made it."
        ),
        sa.Column(
            "training_strategy", sa.Text(), nullable=True, comment="Where its knowledge comes from."
        ),
        sa.Column(
            "training_data_version",
            sa.Text(),
            nullable=True,
            comment="Version text of its data set.",
        ),
        sa.Column("training_data_source", sa.Text(), nullable=True, comment="Kind of data it saw."),
        sa.Column(
            "base_model", sa.Text(), nullable=True, comment="Pretrained model it starts from."
        ),
        sa.Column(
            "external_service",
            sa.Text(),
            nullable=True,
            comment="Who runs it, when it is not run here.",
        ),
        sa.Column("description", sa.Text(), nullable=True, comment="What is special about it."),
        sa.Column(
            "metadata",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else its owner notes.",
        ),
        sa.Column("created_by", sa.Text(), nullable=False, comment="Who or what registered it."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was registered.",
        ),
        sa.Column(
            "activated_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it last became active.",
        ),
        sa.Column(
            "deactivated_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it last ceased to be active.",
        ),
        sa.CheckConstraint(
            "created_by <> '' AND length(created_by) <= 255",
            name=op.f("ck_model_versions_created_by_valid"),
        ),
        sa.CheckConstraint(
            "dataset_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_model_versions_dataset_sha256_valid")
        ),
        sa.CheckConstraint(
            "external_service IN ('openai', 'anthropic', 'self_hosted', 'hybrid')",
            name=op.f("ck_model_versions_external_service_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(categorical) = 'object'", name=op.f("ck_model_versions_categorical_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_model_versions_metadata_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(parameters) = 'object'", name=op.f("ck_model_versions_parameters_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(performance_metrics) = 'object'",
            name=op.f("ck_model_versions_performance_metrics_valid"),
        ),
        sa.CheckConstraint(
            "model_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_model_versions_model_hash_valid")
        ),
        sa.CheckConstraint(
            "model_id <> '' AND length(model_id) <= 255",
            name=op.f("ck_model_versions_model_id_valid"),
        ),
        sa.CheckConstraint(
            "model_name <> '' AND length(model_name) <= 255",
            name=op.f("ck_model_versions_model_name_valid"),
        ),
        sa.CheckConstraint(
            "model_type <> '' AND length(model_type) <= 255",
            name=op.f("ck_model_versions_model_type_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'shadow', 'active', 'superseded', 'rolled_back', 'archived')",
            name=op.f("ck_model_versions_status_valid"),
        ),
        sa.CheckConstraint(
            "training_data_source IN ('public_only', 'own_codebase', 'mixed')",
            name=op.f("ck_model_versions_training_data_source_valid"),
        ),
        sa.CheckConstraint(
            "training_strategy IN ('pretrained', 'fine_tuned', 'custom')",
            name=op.f("ck_model_versions_training_strategy_valid"),
        ),
        sa.CheckConstraint(
            "version <> '' AND length(version) <= 255", name=op.f("ck_model_versions_version_valid")
        ),
        sa.CheckConstraint(
            "version_type IN ('base', 'fine_tuned', 'incremental', 'hot_swap')",
            name=op.f("ck_model_versions_version_type_valid"),
        ),
        sa.CheckConstraint("n_features >= 0", name=op.f("ck_model_versions_n_features_valid")),
        sa.CheckConstraint("number >= 0", name=op.f("ck_model_versions_number_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "artifact_id"],
            ["registry.artifacts.tenant_id", "registry.artifacts.id"],
            name="fk_model_versions_artifact_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ml_model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_model_versions_ml_model_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_model_versions_parent_version_id",
            ondelete="SET NULL (parent_version_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_model_versions_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_model_versions")),
        sa.UniqueConstraint(
            "tenant_id",
            "ml_model_id",
            "number",
            name=op.f("uq_model_versions_tenant_id_ml_model_id_number"),
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "ml_model_id",
            "version",
            name=op.f("uq_model_versions_tenant_id_ml_model_id_version"),
        ),
        schema="registry",
        comment="One fitted version of a model, with its lineage.",
    )
    op.create_index(
        "ix_model_versions_artifact_id",
        "model_versions",
        ["tenant_id", "artifact_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_model_versions_fine_tuning_job_id",
        "model_versions",
        ["tenant_id", "fine_tuning_job_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_model_versions_model_type_is_active",
        "model_versions",
        ["tenant_id", "model_type", "is_active"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_model_versions_parent_version_id",
        "model_versions",
        ["tenant_id", "parent_version_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "uq_model_versions_active",
        "model_versions",
        ["tenant_id", "ml_model_id"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index(
        "uq_model_versions_training_job_id",
        "model_versions",
        ["tenant_id", "training_job_id"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("training_job_id IS NOT NULL"),
    )
    op.create_table(
        "model_deployments",
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
        sa.Column("ml_model_id", sa.UUID(), nullable=False, comment="The model."),
        sa.Column(
            "number",
            sa.BigInteger(),
            nullable=False,
            comment="1 for the model's first deployment, then 2 and so on.",
        ),
        sa.Column("model_version_id", sa.UUID(), nullable=False, comment="The version."),
        sa.Column(
            "replaced_version_id",
            sa.UUID(),
            nullable=True,
            comment="Version that was active before.",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="Promotion or rollback."),
        sa.Column(
            "environment",
            sa.Text(),
            server_default=sa.text("'prod'"),
            nullable=False,
            comment="Where it is deployed.",
        ),
        sa.Column(
            "endpoint_url",
            sa.Text(),
            nullable=True,
            comment="Address that serves it, when it is not this server.",
        ),
        sa.Column(
            "deployment_status",
            sa.Text(),
            server_default=sa.text("'pending'"),
            nullable=False,
            comment="How it stands, or how it ended.",
        ),
        sa.Column(
            "deployment_notes",
            sa.Text(),
            nullable=False,
            comment="Why it was made, in one sentence.",
        ),
        sa.Column(
            "evidence",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What the decision was based on.",
        ),
        sa.Column("deployed_by", sa.Text(), nullable=False, comment="Who or what decided."),
        sa.Column(
            "deployed_at", sa.DateTime(timezone=True), nullable=True, comment="When it began."
        ),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it ended; NULL while it lasts.",
        ),
        sa.Column(
            "rolled_back_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was rolled back, if it was.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was made.",
        ),
        sa.CheckConstraint(
            "deployed_by <> '' AND length(deployed_by) <= 255",
            name=op.f("ck_model_deployments_deployed_by_valid"),
        ),
        sa.CheckConstraint(
            "deployment_status IN ('pending', 'deployed', 'superseded', 'rolled_back', 'failed')",
            name=op.f("ck_model_deployments_deployment_status_valid"),
        ),
        sa.CheckConstraint(
            "environment IN ('dev', 'staging', 'prod')",
            name=op.f("ck_model_deployments_environment_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(evidence) = 'object'", name=op.f("ck_model_deployments_evidence_valid")
        ),
        sa.CheckConstraint(
            "kind IN ('promotion', 'rollback')", name=op.f("ck_model_deployments_kind_valid")
        ),
        sa.CheckConstraint("number >= 0", name=op.f("ck_model_deployments_number_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ml_model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_model_deployments_ml_model_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_model_deployments_model_version_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "replaced_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_model_deployments_replaced_version_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_model_deployments_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_model_deployments")),
        sa.UniqueConstraint(
            "tenant_id",
            "ml_model_id",
            "environment",
            "number",
            name=op.f("uq_model_deployments_tenant_id_ml_model_id_environment_number"),
        ),
        schema="registry",
        comment="A span of time in which one version was active.",
    )
    op.create_index(
        "ix_model_deployments_model_version_id",
        "model_deployments",
        ["tenant_id", "model_version_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_model_deployments_replaced_version_id",
        "model_deployments",
        ["tenant_id", "replaced_version_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "uq_model_deployments_current",
        "model_deployments",
        ["tenant_id", "ml_model_id", "environment"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "model_metrics",
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
        sa.Column("model_version_id", sa.UUID(), nullable=False, comment="The version."),
        sa.Column("metric_type", sa.Text(), nullable=False, comment="What it speaks of."),
        sa.Column("metric_name", sa.Text(), nullable=False, comment="Its name, such as log_loss."),
        sa.Column(
            "metric_value",
            sa.Double(),
            nullable=False,
            comment="The number, in the metric's own unit.",
        ),
        sa.Column(
            "dataset_type",
            sa.Text(),
            server_default=sa.text("'validation'"),
            nullable=False,
            comment="Part of the data it was measured on.",
        ),
        sa.Column(
            "evaluation_date",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was measured.",
        ),
        sa.Column("notes", sa.Text(), nullable=True, comment="How it was measured."),
        sa.CheckConstraint(
            "dataset_type IN ('train', 'validation', 'test')",
            name=op.f("ck_model_metrics_dataset_type_valid"),
        ),
        sa.CheckConstraint(
            "metric_name <> '' AND length(metric_name) <= 255",
            name=op.f("ck_model_metrics_metric_name_valid"),
        ),
        sa.CheckConstraint(
            "metric_type IN ('accuracy', 'precision', 'recall', 'f1', 'latency', 'loss', 'ranking', 'calibration', 'other')",
            name=op.f("ck_model_metrics_metric_type_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_model_metrics_model_version_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_model_metrics_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_model_metrics")),
        schema="registry",
        comment="One measured number of a version.",
    )
    op.create_index(
        "ix_model_metrics_model_version_id",
        "model_metrics",
        ["tenant_id", "model_version_id"],
        unique=False,
        schema="registry",
    )
    op.table_policy(
        "registry.ml_models", add=["app:delete,insert,select,update", "rows:tenant", "touch"]
    )
    op.table_policy("registry.artifacts", add=["app:insert,select", "rows:tenant"])
    op.table_policy(
        "registry.model_versions", add=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.table_policy("registry.model_metrics", add=["app:insert,select", "rows:tenant"])
    op.table_policy(
        "registry.model_deployments", add=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.view(
        "registry.v_ml_models",
        "SELECT m.tenant_id, m.id, m.model_id, m.name, m.name AS model_name, m.task, m.model_type,\n       m.framework, m.version, m.status, m.parameters, m.hyperparameters, m.training_config,\n       m.metrics, m.metrics AS performance_metrics, m.training_job_id, m.parent_model_id,\n       m.created_by, m.created_at, m.updated_at, m.deployed_at, m.retired_at\nFROM registry.ml_models AS m\nWHERE m.tenant_id = app.tenant_id()",
        comment="Models under both of their names: name and model_name, metrics and performance_metrics.",
        was=None,
    )
    op.view(
        "registry.v_model_versions",
        "SELECT v.tenant_id, v.id, v.ml_model_id, v.model_id, v.model_name, v.number, v.version,\n       v.version_type, v.status, v.is_active, v.parent_version_id, v.model_hash,\n       v.model_size_mb, v.model_path, v.model_path AS file_path, v.model_type,\n       v.feature_set_id, v.feature_names, v.n_features, v.parameters, v.performance_metrics,\n       v.promised_loss, v.dataset_id, v.dataset_sha256, v.trained_until, v.training_job_id,\n       v.description, v.metadata, v.created_by, v.created_at, v.activated_at, v.deactivated_at\nFROM registry.model_versions AS v\nWHERE v.tenant_id = app.tenant_id()",
        comment="Versions for other modules and for people; model_path also as file_path.",
        was=None,
    )
    op.execute("ALTER TABLE registry.artifacts ALTER COLUMN content SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.view(
        "registry.v_model_versions",
        None,
        comment="",
        was=(
            "SELECT v.tenant_id, v.id, v.ml_model_id, v.model_id, v.model_name, v.number, v.version,\n       v.version_type, v.status, v.is_active, v.parent_version_id, v.model_hash,\n       v.model_size_mb, v.model_path, v.model_path AS file_path, v.model_type,\n       v.feature_set_id, v.feature_names, v.n_features, v.parameters, v.performance_metrics,\n       v.promised_loss, v.dataset_id, v.dataset_sha256, v.trained_until, v.training_job_id,\n       v.description, v.metadata, v.created_by, v.created_at, v.activated_at, v.deactivated_at\nFROM registry.model_versions AS v\nWHERE v.tenant_id = app.tenant_id()",
            "Versions for other modules and for people; model_path also as file_path.",
        ),
    )
    op.view(
        "registry.v_ml_models",
        None,
        comment="",
        was=(
            "SELECT m.tenant_id, m.id, m.model_id, m.name, m.name AS model_name, m.task, m.model_type,\n       m.framework, m.version, m.status, m.parameters, m.hyperparameters, m.training_config,\n       m.metrics, m.metrics AS performance_metrics, m.training_job_id, m.parent_model_id,\n       m.created_by, m.created_at, m.updated_at, m.deployed_at, m.retired_at\nFROM registry.ml_models AS m\nWHERE m.tenant_id = app.tenant_id()",
            "Models under both of their names: name and model_name, metrics and performance_metrics.",
        ),
    )
    op.table_policy(
        "registry.model_deployments", remove=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.table_policy("registry.model_metrics", remove=["app:insert,select", "rows:tenant"])
    op.table_policy(
        "registry.model_versions", remove=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.table_policy("registry.artifacts", remove=["app:insert,select", "rows:tenant"])
    op.table_policy(
        "registry.ml_models", remove=["app:delete,insert,select,update", "rows:tenant", "touch"]
    )
    op.drop_index(
        "ix_model_metrics_model_version_id", table_name="model_metrics", schema="registry"
    )
    op.drop_table("model_metrics", schema="registry")
    op.drop_index(
        "uq_model_deployments_current",
        table_name="model_deployments",
        schema="registry",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(
        "ix_model_deployments_replaced_version_id",
        table_name="model_deployments",
        schema="registry",
    )
    op.drop_index(
        "ix_model_deployments_model_version_id", table_name="model_deployments", schema="registry"
    )
    op.drop_table("model_deployments", schema="registry")
    op.drop_index(
        "uq_model_versions_training_job_id",
        table_name="model_versions",
        schema="registry",
        postgresql_where=sa.text("training_job_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_model_versions_active",
        table_name="model_versions",
        schema="registry",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.drop_index(
        "ix_model_versions_parent_version_id", table_name="model_versions", schema="registry"
    )
    op.drop_index(
        "ix_model_versions_model_type_is_active", table_name="model_versions", schema="registry"
    )
    op.drop_index(
        "ix_model_versions_fine_tuning_job_id", table_name="model_versions", schema="registry"
    )
    op.drop_index("ix_model_versions_artifact_id", table_name="model_versions", schema="registry")
    op.drop_table("model_versions", schema="registry")
    op.drop_index("ix_ml_models_parent_model_id", table_name="ml_models", schema="registry")
    op.drop_index("ix_ml_models_model_type_status", table_name="ml_models", schema="registry")
    op.drop_table("ml_models", schema="registry")
    op.drop_table("artifacts", schema="registry")
    op.execute("DROP SCHEMA registry CASCADE")
