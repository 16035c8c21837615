"""predictions free ids of what is deleted."""

from __future__ import annotations

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "\nCREATE OR REPLACE FUNCTION predictions.free_prediction_ids() RETURNS trigger\nLANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$\nBEGIN\n  DELETE FROM predictions.prediction_keys k USING old_rows o\n  WHERE k.tenant_id = o.tenant_id AND k.prediction_key = md5(o.prediction_id)::uuid\n    AND k.id = o.id;\n  RETURN NULL;\nEND $$\n"
    )
    op.execute(
        "\nCREATE OR REPLACE TRIGGER free_ids AFTER DELETE ON predictions.ml_predictions\nREFERENCING OLD TABLE AS old_rows\nFOR EACH STATEMENT EXECUTE FUNCTION predictions.free_prediction_ids()\n"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER free_ids ON predictions.ml_predictions")
    op.execute("DROP FUNCTION predictions.free_prediction_ids()")
