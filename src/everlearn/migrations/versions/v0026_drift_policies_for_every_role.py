"""Drift policies for every role."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.table_policy("drift.ml_drift_metrics", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("drift.drift_references", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("drift.drift_watches", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("drift.drift_detectors", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("drift.drift_alerts", add=["rls:tenant"], remove=["rows:tenant"])


def downgrade() -> None:
    op.table_policy("drift.drift_alerts", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("drift.drift_detectors", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("drift.drift_watches", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("drift.drift_references", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("drift.ml_drift_metrics", add=["rows:tenant"], remove=["rls:tenant"])
