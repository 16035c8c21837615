"""Training policies for every role."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.table_policy("training.ml_training_jobs", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("training.model_training_sessions", add=["rls:tenant"], remove=["rows:tenant"])


def downgrade() -> None:
    op.table_policy("training.model_training_sessions", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("training.ml_training_jobs", add=["rows:tenant"], remove=["rls:tenant"])
