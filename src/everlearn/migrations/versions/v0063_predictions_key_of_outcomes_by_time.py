"""Predictions: the key of outcomes begins with the id, so that its pages fill in order of time."""

from __future__ import annotations

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

_OUTCOMES = "ALTER TABLE predictions.prediction_outcomes"


def upgrade() -> None:
    _key("id, tenant_id")


def downgrade() -> None:
    _key("tenant_id, id")


def _key(columns: str) -> None:
    op.execute(
        f"{_OUTCOMES} DROP CONSTRAINT pk_prediction_outcomes,"
        f" ADD CONSTRAINT pk_prediction_outcomes PRIMARY KEY ({columns})"
    )
