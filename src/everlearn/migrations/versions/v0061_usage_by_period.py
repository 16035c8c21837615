"""Analytics: predictions by hour, day, week and month in usage_trends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

#: Days that were counted by the hour already: the next refresh takes them over.
_NOTE = """
DO $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT t FROM app.tenants() AS t LOOP
    PERFORM set_config('app.tenant_id', tenant::text, true);
    INSERT INTO analytics.stale_usage_days (used_on)
    SELECT DISTINCT (h.hour_start AT TIME ZONE 'UTC')::date
    FROM predictions.hourly_prediction_usage AS h WHERE h.tenant_id = tenant;
  END LOOP;
  PERFORM set_config('app.tenant_id', '', true);
END $$
"""


def upgrade() -> None:
    op.create_table(
        "stale_usage_days",
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
        sa.Column("used_on", sa.Date(), nullable=False, comment="Day of the usage, in UTC."),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stale_usage_days")),
        schema="analytics",
        comment="A note that a day's usage by hour changed since usage_trends was made of it.",
    )
    op.table_policy(
        "analytics.usage_trends",
        add=["app:delete,insert,select,update"],
        remove=["app:insert,select"],
    )
    op.table_policy(
        "analytics.stale_usage_days", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION analytics.mark_stale_usage() RETURNS trigger LANGUAGE plpgsql AS $$\n    BEGIN\n      IF TG_OP <> 'DELETE' THEN\n        INSERT INTO analytics.stale_usage_days (tenant_id, used_on)\n        SELECT DISTINCT n.tenant_id, (n.hour_start AT TIME ZONE 'UTC')::date\n        FROM new_rows n WHERE n.role = 'live';\n      ELSE\n        INSERT INTO analytics.stale_usage_days (tenant_id, used_on)\n        SELECT DISTINCT o.tenant_id, (o.hour_start AT TIME ZONE 'UTC')::date\n        FROM old_rows o\n        -- What is left of a tenant that is gone is being cleared away.\n        WHERE o.role = 'live' AND EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);\n      END IF;\n      RETURN NULL;\n    END $$\n    "
    )
    op.execute(
        "\n    COMMENT ON FUNCTION analytics.mark_stale_usage() IS\n      'Notes the days whose usage a statement on hourly_prediction_usage made stale.'\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER stale_usage_insert\n    AFTER INSERT ON predictions.hourly_prediction_usage\n    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION analytics.mark_stale_usage()\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER stale_usage_update\n    AFTER UPDATE ON predictions.hourly_prediction_usage\n    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION analytics.mark_stale_usage()\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER stale_usage_delete\n    AFTER DELETE ON predictions.hourly_prediction_usage\n    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION analytics.mark_stale_usage()\n    "
    )
    op.execute(_NOTE)


def downgrade() -> None:
    for verb in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER stale_usage_{verb} ON predictions.hourly_prediction_usage")
    op.execute("DROP FUNCTION analytics.mark_stale_usage()")
    op.table_policy(
        "analytics.stale_usage_days", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "analytics.usage_trends",
        add=["app:insert,select"],
        remove=["app:delete,insert,select,update"],
    )
    op.drop_table("stale_usage_days", schema="analytics")
