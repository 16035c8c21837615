"""Features further tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ml_configurations",
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
            "resource_id", sa.Text(), nullable=False, comment="Resource, in the caller's words."
        ),
        sa.Column(
            "configuration",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="The configuration as it is.",
        ),
        sa.Column(
            "features",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Values read out of it: name of a feature -> value.",
        ),
        sa.Column(
            "policy_context",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Policies it is held against, and their scope.",
        ),
        sa.Column(
            "baseline_config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="The configuration as it should be.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was taken.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was last changed.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(baseline_config) = 'object'",
            name=op.f("ck_ml_configurations_baseline_config_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(configuration) = 'object'",
            name=op.f("ck_ml_configurations_configuration_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(features) = 'object'", name=op.f("ck_ml_configurations_features_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(policy_context) = 'object'",
            name=op.f("ck_ml_configurations_policy_context_valid"),
        ),
        sa.CheckConstraint(
            "resource_id <> '' AND length(resource_id) <= 255",
            name=op.f("ck_ml_configurations_resource_id_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_ml_configurations_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ml_configurations")),
        schema="features",
        comment="The configuration of a resource, what was read out of it, and what it should be.",
    )
    op.create_index(
        "ix_ml_configurations_created_at",
        "ml_configurations",
        ["tenant_id", "created_at"],
        unique=False,
        schema="features",
    )
    op.create_index(
        "ix_ml_configurations_resource_id",
        "ml_configurations",
        ["tenant_id", "resource_id"],
        unique=False,
        schema="features",
    )
    op.table_policy("features.feature_sources", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("features.feature_facts", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("features.feature_sets", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("features.feature_categories", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("features.ml_feature_store", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy(
        "features.ml_configurations", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )


def downgrade() -> None:
    op.table_policy(
        "features.ml_configurations",
        remove=["app:delete,insert,select,update", "rls:tenant", "touch"],
    )
    op.table_policy("features.ml_feature_store", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("features.feature_categories", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("features.feature_sets", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("features.feature_facts", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("features.feature_sources", add=["rows:tenant"], remove=["rls:tenant"])
    op.drop_index(
        "ix_ml_configurations_resource_id", table_name="ml_configurations", schema="features"
    )
    op.drop_index(
        "ix_ml_configurations_created_at", table_name="ml_configurations", schema="features"
    )
    op.drop_table("ml_configurations", schema="features")
