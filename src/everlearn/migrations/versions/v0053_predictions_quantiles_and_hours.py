"""Predictions: quantiles of inference time and loss by day, predictions by hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


#: Days that were summed up before: their quantiles are computed by the next refresh.
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
    op.create_table(
        "stale_performance_days",
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
        sa.Column("ml_model_id", sa.UUID(), nullable=False, comment="The model."),
        sa.Column(
            "made_on",
            sa.Date(),
            nullable=False,
            comment="Day, in UTC, on which the predictions were made.",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stale_performance_days")),
        schema="predictions",
        comment="A note that a model's sums of a day were moved since its quantiles were computed.",
    )
    op.create_table(
        "hourly_prediction_usage",
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
        sa.Column("ml_model_id", sa.UUID(), nullable=False, comment="Model."),
        sa.Column("role", sa.Text(), nullable=False, comment="Live or shadow."),
        sa.Column(
            "hour_start",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Beginning of the hour.",
        ),
        sa.Column("n_predictions", sa.BigInteger(), nullable=False, comment="Predictions made."),
        sa.Column(
            "refreshed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was computed.",
        ),
        sa.CheckConstraint(
            "role IN ('live', 'shadow')", name=op.f("ck_hourly_prediction_usage_role_valid")
        ),
        sa.CheckConstraint(
            "n_predictions >= 0", name=op.f("ck_hourly_prediction_usage_n_predictions_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_hourly_prediction_usage_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_hourly_prediction_usage")),
        schema="predictions",
        comment="How many predictions a model made in an hour; exact, a minute old.",
    )
    op.create_index(
        "ix_hourly_prediction_usage_hour",
        "hourly_prediction_usage",
        ["tenant_id", "hour_start"],
        unique=False,
        schema="predictions",
    )
    op.create_index(
        "uq_hourly_prediction_usage_key",
        "hourly_prediction_usage",
        ["tenant_id", "ml_model_id", "hour_start", "role"],
        unique=True,
        schema="predictions",
    )
    op.create_table(
        "performance_quantiles",
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
        sa.Column("ml_model_id", sa.UUID(), nullable=False, comment="Model."),
        sa.Column(
            "model_version_id",
            sa.UUID(),
            nullable=True,
            comment="Version; NULL for answers that a client's own engine gave under the model's name.",
        ),
        sa.Column("role", sa.Text(), nullable=False, comment="Live or shadow."),
        sa.Column(
            "made_on",
            sa.Date(),
            nullable=False,
            comment="Day, in UTC, on which the predictions were made.",
        ),
        sa.Column("n_predictions", sa.BigInteger(), nullable=False, comment="Predictions made."),
        sa.Column(
            "n_outcomes", sa.BigInteger(), nullable=False, comment="Those of them that are closed."
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
            "refreshed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was computed.",
        ),
        sa.CheckConstraint(
            "role IN ('live', 'shadow')", name=op.f("ck_performance_quantiles_role_valid")
        ),
        sa.CheckConstraint(
            "n_outcomes >= 0", name=op.f("ck_performance_quantiles_n_outcomes_valid")
        ),
        sa.CheckConstraint(
            "n_predictions >= 0", name=op.f("ck_performance_quantiles_n_predictions_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_performance_quantiles_model_version_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_performance_quantiles_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_performance_quantiles")),
        schema="predictions",
        comment="Rollup: how long a version's answers of one day took and how wrong they were, as sketches.",
    )
    op.create_index(
        "ix_performance_quantiles_model_version_id",
        "performance_quantiles",
        ["tenant_id", "model_version_id"],
        unique=False,
        schema="predictions",
    )
    op.create_index(
        "uq_performance_quantiles_key",
        "performance_quantiles",
        ["tenant_id", "ml_model_id", "made_on", "model_version_id", "role"],
        unique=True,
        schema="predictions",
        postgresql_nulls_not_distinct=True,
    )
    op.table_policy(
        "predictions.performance_quantiles",
        add=["app:delete,insert,select,update", "keep:3650", "rls:tenant"],
    )
    op.table_policy(
        "predictions.hourly_prediction_usage",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "predictions.stale_performance_days", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.execute(
        "\nCREATE OR REPLACE FUNCTION predictions.mark_stale_performance() RETURNS trigger\nLANGUAGE plpgsql AS $$\nBEGIN\n  IF TG_OP <> 'DELETE' THEN\n    INSERT INTO predictions.stale_performance_days (tenant_id, ml_model_id, made_on)\n    SELECT DISTINCT n.tenant_id, n.ml_model_id, n.made_on FROM new_rows n;\n  ELSE\n    INSERT INTO predictions.stale_performance_days (tenant_id, ml_model_id, made_on)\n    SELECT DISTINCT o.tenant_id, o.ml_model_id, o.made_on FROM old_rows o\n    -- What is left of a tenant that is gone is being cleared away.\n    WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);\n  END IF;\n  RETURN NULL;\nEND $$\n"
    )
    op.execute(
        "\nCREATE OR REPLACE TRIGGER stale_insert AFTER INSERT ON predictions.performance_daily\nREFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_stale_performance()\n"
    )
    op.execute(
        "\nCREATE OR REPLACE TRIGGER stale_update AFTER UPDATE ON predictions.performance_daily\nREFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_stale_performance()\n"
    )
    op.execute(
        "\nCREATE OR REPLACE TRIGGER stale_delete AFTER DELETE ON predictions.performance_daily\nREFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_stale_performance()\n"
    )
    op.execute(_NOTE)


def downgrade() -> None:
    for name in ("stale_insert", "stale_update", "stale_delete"):
        op.execute(f"DROP TRIGGER {name} ON predictions.performance_daily")
    op.execute("DROP FUNCTION predictions.mark_stale_performance()")
    op.table_policy(
        "predictions.stale_performance_days",
        remove=["app:delete,insert,select,update", "rls:tenant"],
    )
    op.table_policy(
        "predictions.hourly_prediction_usage",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "predictions.performance_quantiles",
        remove=["app:delete,insert,select,update", "keep:3650", "rls:tenant"],
    )
    op.drop_index(
        "uq_performance_quantiles_key",
        table_name="performance_quantiles",
        schema="predictions",
        postgresql_nulls_not_distinct=True,
    )
    op.drop_index(
        "ix_performance_quantiles_model_version_id",
        table_name="performance_quantiles",
        schema="predictions",
    )
    op.drop_table("performance_quantiles", schema="predictions")
    op.drop_index(
        "uq_hourly_prediction_usage_key", table_name="hourly_prediction_usage", schema="predictions"
    )
    op.drop_index(
        "ix_hourly_prediction_usage_hour",
        table_name="hourly_prediction_usage",
        schema="predictions",
    )
    op.drop_table("hourly_prediction_usage", schema="predictions")
    op.drop_table("stale_performance_days", schema="predictions")
