"""Loop policies for every role."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.table_policy("loop.loop_policies", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("loop.replay_cursors", add=["rls:tenant"], remove=["rows:tenant"])


def downgrade() -> None:
    op.table_policy("loop.replay_cursors", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("loop.loop_policies", add=["rows:tenant"], remove=["rls:tenant"])
