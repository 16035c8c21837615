"""features thinner index of a set."""

from __future__ import annotations

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("idx_ml_feature_window"), table_name="ml_feature_store", schema="features")
    op.create_index(
        "idx_ml_feature_window",
        "ml_feature_store",
        ["tenant_id", "feature_set_id"],
        unique=False,
        schema="features",
    )


def downgrade() -> None:
    op.drop_index("idx_ml_feature_window", table_name="ml_feature_store", schema="features")
    op.create_index(
        op.f("idx_ml_feature_window"),
        "ml_feature_store",
        ["tenant_id", "feature_set_id", "as_of"],
        unique=False,
        schema="features",
    )
