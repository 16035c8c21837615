"""datasets first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA datasets")
    op.execute(
        "GRANT USAGE ON SCHEMA datasets TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "training_datasets",
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
            "name",
            sa.Text(),
            nullable=False,
            comment="What it is called; several versions share it.",
        ),
        sa.Column(
            "version",
            sa.Text(),
            nullable=False,
            comment="Text of the version, unique within the name.",
        ),
        sa.Column(
            "dataset_type",
            sa.Text(),
            server_default=sa.text("'general'"),
            nullable=False,
            comment="What it is about.",
        ),
        sa.Column("source_type", sa.Text(), nullable=True, comment="Where its rows come from."),
        sa.Column("data_source", sa.Text(), nullable=True, comment="Whose data they are."),
        sa.Column("description", sa.Text(), nullable=True, comment="In the owner's words."),
        sa.Column(
            "use_case_ids",
            postgresql.ARRAY(sa.Text()),
            nullable=True,
            comment="Use cases it belongs to.",
        ),
        sa.Column(
            "data_schema",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="Column -> type, and what else describes a row.",
        ),
        sa.Column(
            "data_snapshot",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="The rows themselves, when they are few.",
        ),
        sa.Column(
            "storage_location",
            sa.Text(),
            nullable=True,
            comment="Where a copy outside the database lies.",
        ),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True, comment="Size of that copy."),
        sa.Column(
            "record_count",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Rows.",
        ),
        sa.Column("sha256", sa.Text(), nullable=False, comment="SHA-256 of its content."),
        sa.Column(
            "window_start",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="First time of its rows.",
        ),
        sa.Column(
            "window_end",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="End of the times of its rows, excluded.",
        ),
        sa.Column(
            "as_of",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Nothing known later than this is in it.",
        ),
        sa.Column(
            "quality_score",
            sa.Double(),
            nullable=True,
            comment="How complete and valid it is, 1 is best.",
        ),
        sa.Column(
            "preprocessing_config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What was done to the rows.",
        ),
        sa.Column(
            "created_by", sa.UUID(), nullable=True, comment="User who registered it, if a user did."
        ),
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
        sa.CheckConstraint(
            "data_source IN ('frontend', 'public_repos', 'own_codebase', 'mixed', 'public_only')",
            name=op.f("ck_training_datasets_data_source_valid"),
        ),
        sa.CheckConstraint(
            "dataset_type IN ('code_patterns', 'performance_metrics', 'user_behavior', 'conversation', 'code', 'simulation', 'general')",
            name=op.f("ck_training_datasets_dataset_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(data_schema) = 'object'",
            name=op.f("ck_training_datasets_data_schema_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(data_snapshot) = 'object'",
            name=op.f("ck_training_datasets_data_snapshot_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(preprocessing_config) = 'object'",
            name=op.f("ck_training_datasets_preprocessing_config_valid"),
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_training_datasets_name_valid")
        ),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_training_datasets_sha256_valid")
        ),
        sa.CheckConstraint(
            "source_type IN ('git_history', 'user_interactions', 'system_metrics', 'feature_store')",
            name=op.f("ck_training_datasets_source_type_valid"),
        ),
        sa.CheckConstraint(
            "version <> '' AND length(version) <= 255",
            name=op.f("ck_training_datasets_version_valid"),
        ),
        sa.CheckConstraint(
            "quality_score BETWEEN 0 AND 1", name=op.f("ck_training_datasets_quality_score_valid")
        ),
        sa.CheckConstraint(
            "record_count >= 0", name=op.f("ck_training_datasets_record_count_valid")
        ),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_training_datasets_size_bytes_valid")),
        sa.CheckConstraint("window_start <= window_end", name=op.f("ck_training_datasets_window")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "created_by"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_training_datasets_created_by",
            ondelete="SET NULL (created_by)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_training_datasets_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_training_datasets")),
        sa.UniqueConstraint(
            "tenant_id", "name", "version", name=op.f("uq_training_datasets_tenant_id_name_version")
        ),
        schema="datasets",
        comment="One version of a data set: what is in it, from when, and the hash of its content.",
    )
    op.create_index(
        "ix_training_datasets_created_at",
        "training_datasets",
        ["tenant_id", "created_at"],
        unique=False,
        schema="datasets",
    )
    op.create_index(
        "ix_training_datasets_created_by",
        "training_datasets",
        ["tenant_id", "created_by"],
        unique=False,
        schema="datasets",
    )
    op.create_index(
        "ix_training_datasets_dataset_type",
        "training_datasets",
        ["tenant_id", "dataset_type"],
        unique=False,
        schema="datasets",
    )
    op.table_policy(
        "datasets.training_datasets",
        add=["app:delete,insert,select,update", "rows:tenant", "touch"],
    )


def downgrade() -> None:
    op.table_policy(
        "datasets.training_datasets",
        remove=["app:delete,insert,select,update", "rows:tenant", "touch"],
    )
    op.drop_index(
        "ix_training_datasets_dataset_type", table_name="training_datasets", schema="datasets"
    )
    op.drop_index(
        "ix_training_datasets_created_by", table_name="training_datasets", schema="datasets"
    )
    op.drop_index(
        "ix_training_datasets_created_at", table_name="training_datasets", schema="datasets"
    )
    op.drop_table("training_datasets", schema="datasets")
    op.execute("DROP SCHEMA datasets CASCADE")
