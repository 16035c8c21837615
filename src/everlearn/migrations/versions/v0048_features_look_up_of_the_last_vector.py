"""features: an entity's last vector by a moment is one look-up."""

from __future__ import annotations

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("idx_ml_feature_resource"), table_name="ml_feature_store", schema="features")
    op.create_index(
        "idx_ml_feature_resource",
        "ml_feature_store",
        ["tenant_id", "resource_id", "id"],
        unique=False,
        schema="features",
    )


def downgrade() -> None:
    op.drop_index("idx_ml_feature_resource", table_name="ml_feature_store", schema="features")
    op.create_index(
        op.f("idx_ml_feature_resource"),
        "ml_feature_store",
        ["tenant_id", "resource_id"],
        unique=False,
        schema="features",
    )
