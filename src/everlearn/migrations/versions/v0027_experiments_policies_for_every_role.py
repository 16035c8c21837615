"""Experiments policies for every role."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.table_policy(
        "experiments.ab_testing_experiments", add=["rls:tenant"], remove=["rows:tenant"]
    )
    op.table_policy(
        "experiments.ab_testing_assignments", add=["rls:tenant"], remove=["rows:tenant"]
    )
    op.table_policy("experiments.sequential_tests", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("experiments.sequential_points", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("experiments.ab_tests", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("experiments.ab_test_results", add=["rls:tenant"], remove=["rows:tenant"])


def downgrade() -> None:
    op.table_policy("experiments.ab_test_results", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("experiments.ab_tests", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("experiments.sequential_points", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("experiments.sequential_tests", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy(
        "experiments.ab_testing_assignments", add=["rows:tenant"], remove=["rls:tenant"]
    )
    op.table_policy(
        "experiments.ab_testing_experiments", add=["rows:tenant"], remove=["rls:tenant"]
    )
