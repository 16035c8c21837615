"""Predictions: quantiles of confidence and error, all time of a model, corrections followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from everlearn.core.migrate import install_kernel

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

#: Days that were computed before: what is new of them is computed by the next refresh.
_NOTE = """
DO $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT t FROM app.tenants() AS t LOOP
    PERFORM set_config('app.tenant_id', tenant::text, true);
    INSERT INTO predictions.stale_performance_days (ml_model_id, made_on)
    SELECT d.ml_model_id, d.made_on FROM predictions.performance_daily AS d
    WHERE d.tenant_id = tenant GROUP BY 1, 2;
  END LOOP;
  PERFORM set_config('app.tenant_id', '', true);
END $$
"""


def upgrade() -> None:
    install_kernel(op.get_bind(), 5)
    op.create_table(
        "model_performance_quantiles",
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
            "n_predictions",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Live predictions of the model whose id is this row's id.",
        ),
        sa.Column(
            "n_outcomes",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Those of them that are closed.",
        ),
        sa.Column(
            "inference_times",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="Sketch of inference_time_ms.",
        ),
        sa.Column(
            "losses",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="Sketch of the losses of the closed ones.",
        ),
        sa.Column(
            "confidences",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="Sketch of the confidences.",
        ),
        sa.Column(
            "errors",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="Sketch of the errors of the closed ones, without their sign.",
        ),
        sa.Column(
            "refreshed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was computed.",
        ),
        sa.CheckConstraint(
            "n_outcomes >= 0", name=op.f("ck_model_performance_quantiles_n_outcomes_valid")
        ),
        sa.CheckConstraint(
            "n_predictions >= 0", name=op.f("ck_model_performance_quantiles_n_predictions_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_model_performance_quantiles_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_model_performance_quantiles")),
        schema="predictions",
        comment="Rollup: what model_performance_summary counts, as sketches; one row a model, a minute old.",
    )
    op.add_column(
        "performance_marks",
        sa.Column(
            "ml_model_id",
            sa.UUID(),
            nullable=True,
            comment="The registered model, of whose answers or outcomes some were changed or deleted.",
        ),
        schema="predictions",
    )
    op.alter_column(
        "performance_marks",
        "model_id",
        existing_type=sa.TEXT(),
        nullable=True,
        existing_comment="The client's name of the model.",
        schema="predictions",
    )
    op.create_table_comment(
        "performance_marks",
        "A day whose sums are to be made again: clients wrote it themselves, or rows were changed.",
        existing_comment="A day whose sums are to be made again: clients wrote predictions of it by themselves.",
        schema="predictions",
    )
    op.add_column(
        "performance_quantiles",
        sa.Column(
            "confidences",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="Sketch of the confidences.",
        ),
        schema="predictions",
    )
    op.add_column(
        "performance_quantiles",
        sa.Column(
            "errors",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="Sketch of the errors of the closed ones, without their sign.",
        ),
        schema="predictions",
    )
    op.create_table_comment(
        "performance_quantiles",
        "Rollup of a version's answers of one day: time taken, confidence and error, as sketches.",
        existing_comment="Rollup: how long a version's answers of one day took and how wrong they were, as sketches.",
        schema="predictions",
    )
    op.table_policy(
        "predictions.model_performance_quantiles",
        add=["app:delete,insert,select,update", "rls:tenant"],
    )
    op.execute(
        "\nCREATE OR REPLACE FUNCTION predictions.mark_changed_predictions() RETURNS trigger\nLANGUAGE plpgsql AS $$\nBEGIN\n  INSERT INTO predictions.performance_marks (tenant_id, ml_model_id, model_id, made_on)\n  SELECT DISTINCT o.tenant_id, o.ml_model_id, CASE WHEN o.ml_model_id IS NULL THEN o.model_id END,\n         o.made_on\n  FROM old_rows o\n  WHERE (o.ml_model_id IS NOT NULL OR o.model_id IS NOT NULL)\n    -- What is left of a tenant that is gone is being cleared away.\n    AND EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);\n  IF TG_OP = 'UPDATE' THEN\n    INSERT INTO predictions.performance_marks (tenant_id, ml_model_id, model_id, made_on)\n    SELECT DISTINCT n.tenant_id, n.ml_model_id, CASE WHEN n.ml_model_id IS NULL THEN n.model_id END,\n           n.made_on\n    FROM new_rows n WHERE n.ml_model_id IS NOT NULL OR n.model_id IS NOT NULL;\n  END IF;\n  RETURN NULL;\nEND $$\n"
    )
    op.execute(
        "\nCREATE OR REPLACE FUNCTION predictions.mark_changed_outcomes() RETURNS trigger\nLANGUAGE plpgsql AS $$\nBEGIN\n  INSERT INTO predictions.performance_marks (tenant_id, ml_model_id, model_id, made_on)\n  SELECT DISTINCT o.tenant_id, o.ml_model_id, p.model_id,\n         (o.predicted_at AT TIME ZONE 'UTC')::date\n  FROM old_rows o\n  LEFT JOIN predictions.ml_predictions p\n    ON o.ml_model_id IS NULL AND p.tenant_id = o.tenant_id AND p.id = o.id\n  WHERE (o.ml_model_id IS NOT NULL OR p.model_id IS NOT NULL)\n    AND EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);\n  RETURN NULL;\nEND $$\n"
    )
    op.view(
        "predictions.v_model_performance_summary",
        "SELECT s.id, s.tenant_id, s.name, s.version, s.model_type, s.prediction_count, s.avg_accuracy,\n       s.validated_predictions, s.last_prediction,\n       s.sum_confidence / nullif(s.prediction_count, 0) AS avg_confidence,\n       s.sum_inference_time_ms / nullif(s.prediction_count, 0) AS avg_inference_time_ms,\n       t.of[1] AS p50_inference_time_ms, t.of[2] AS p95_inference_time_ms,\n       t.of[3] AS p99_inference_time_ms,\n       c.of[1] AS p50_confidence, e.of[1] AS p50_error, e.of[2] AS p95_error,\n       e.of[3] AS p99_error, q.refreshed_at\nFROM predictions.model_performance_summary AS s\nLEFT JOIN predictions.model_performance_quantiles AS q\n  ON q.tenant_id = s.tenant_id AND q.id = s.id\nCROSS JOIN LATERAL (\n  SELECT app.sketch_quantiles(q.inference_times, '{0.5,0.95,0.99}') AS of) AS t\nCROSS JOIN LATERAL (SELECT app.sketch_quantiles(q.confidences, '{0.5}') AS of) AS c\nCROSS JOIN LATERAL (SELECT app.sketch_quantiles(q.errors, '{0.5,0.95,0.99}') AS of) AS e",
        comment="model_performance_summary with quantiles of what was answered live, at most 1 % off.",
        was=None,
        insert=None,
    )
    op.execute(
        "\nCREATE OR REPLACE TRIGGER changed_update AFTER UPDATE ON predictions.ml_predictions\nREFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_changed_predictions()\n"
    )
    op.execute(
        "\nCREATE OR REPLACE TRIGGER changed_delete AFTER DELETE ON predictions.ml_predictions\nREFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_changed_predictions()\n"
    )
    op.execute(
        "\nCREATE OR REPLACE TRIGGER changed_update AFTER UPDATE ON predictions.prediction_outcomes\nREFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_changed_outcomes()\n"
    )
    op.execute(
        "\nCREATE OR REPLACE TRIGGER changed_delete AFTER DELETE ON predictions.prediction_outcomes\nREFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_changed_outcomes()\n"
    )
    op.execute(_NOTE)


def downgrade() -> None:
    for table, function in (
        ("ml_predictions", "mark_changed_predictions"),
        ("prediction_outcomes", "mark_changed_outcomes"),
    ):
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER changed_{verb} ON predictions.{table}")
        op.execute(f"DROP FUNCTION predictions.{function}()")
    op.view(
        "predictions.v_model_performance_summary",
        None,
        comment="",
        was=(
            "SELECT s.id, s.tenant_id, s.name, s.version, s.model_type, s.prediction_count, s.avg_accuracy,\n       s.validated_predictions, s.last_prediction,\n       s.sum_confidence / nullif(s.prediction_count, 0) AS avg_confidence,\n       s.sum_inference_time_ms / nullif(s.prediction_count, 0) AS avg_inference_time_ms,\n       t.of[1] AS p50_inference_time_ms, t.of[2] AS p95_inference_time_ms,\n       t.of[3] AS p99_inference_time_ms,\n       c.of[1] AS p50_confidence, e.of[1] AS p50_error, e.of[2] AS p95_error,\n       e.of[3] AS p99_error, q.refreshed_at\nFROM predictions.model_performance_summary AS s\nLEFT JOIN predictions.model_performance_quantiles AS q\n  ON q.tenant_id = s.tenant_id AND q.id = s.id\nCROSS JOIN LATERAL (\n  SELECT app.sketch_quantiles(q.inference_times, '{0.5,0.95,0.99}') AS of) AS t\nCROSS JOIN LATERAL (SELECT app.sketch_quantiles(q.confidences, '{0.5}') AS of) AS c\nCROSS JOIN LATERAL (SELECT app.sketch_quantiles(q.errors, '{0.5,0.95,0.99}') AS of) AS e",
            "model_performance_summary with quantiles of what was answered live, at most 1 % off.",
            None,
        ),
        insert=None,
    )
    op.table_policy(
        "predictions.model_performance_quantiles",
        remove=["app:delete,insert,select,update", "rls:tenant"],
    )
    op.create_table_comment(
        "performance_quantiles",
        "Rollup: how long a version's answers of one day took and how wrong they were, as sketches.",
        existing_comment="Rollup of a version's answers of one day: time taken, confidence and error, as sketches.",
        schema="predictions",
    )
    op.drop_column("performance_quantiles", "errors", schema="predictions")
    op.drop_column("performance_quantiles", "confidences", schema="predictions")
    op.create_table_comment(
        "performance_marks",
        "A day whose sums are to be made again: clients wrote predictions of it by themselves.",
        existing_comment="A day whose sums are to be made again: clients wrote it themselves, or rows were changed.",
        schema="predictions",
    )
    op.execute("DELETE FROM predictions.performance_marks WHERE model_id IS NULL")
    op.alter_column(
        "performance_marks",
        "model_id",
        existing_type=sa.TEXT(),
        nullable=False,
        existing_comment="The client's name of the model.",
        schema="predictions",
    )
    op.drop_column("performance_marks", "ml_model_id", schema="predictions")
    op.drop_table("model_performance_quantiles", schema="predictions")
    op.execute("DROP FUNCTION app.sketch_minus(bigint[], bigint[])")
