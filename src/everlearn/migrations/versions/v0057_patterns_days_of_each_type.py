"""Patterns: how often each type was seen on each day, so that nobody has to sum it up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

#: Sums of what is counted already.
_FILL = """
DO $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT t FROM app.tenants() AS t LOOP
    PERFORM set_config('app.tenant_id', tenant::text, true);
    INSERT INTO patterns.daily_pattern_type_counts (date, pattern_type, occurrence_count)
    SELECT c.date, p.pattern_type, sum(c.occurrence_count)::bigint
    FROM patterns.daily_pattern_counts AS c
    JOIN patterns.identified_patterns AS p ON p.tenant_id = tenant AND p.id = c.pattern_id
    WHERE c.tenant_id = tenant GROUP BY c.date, p.pattern_type;
  END LOOP;
  PERFORM set_config('app.tenant_id', '', true);
END $$
"""


def upgrade() -> None:
    op.create_table(
        "daily_pattern_type_counts",
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
        sa.Column("pattern_type", sa.Text(), nullable=False, comment="Type of the patterns."),
        sa.Column("date", sa.Date(), nullable=False, comment="Day of the occurrences, in UTC."),
        sa.Column(
            "occurrence_count",
            sa.BigInteger(),
            nullable=False,
            comment="Places where one of them was seen.",
        ),
        sa.Column(
            "refreshed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was computed.",
        ),
        sa.CheckConstraint(
            "pattern_type IN ('code_smell', 'performance_bottleneck', 'usage_pattern', 'security_vulnerability', 'design_pattern', 'anti_pattern')",
            name=op.f("ck_daily_pattern_type_counts_pattern_type_valid"),
        ),
        sa.CheckConstraint(
            "occurrence_count >= 0",
            name=op.f("ck_daily_pattern_type_counts_occurrence_count_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_daily_pattern_type_counts_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_daily_pattern_type_counts")),
        schema="patterns",
        comment="How often patterns of a type were seen on a day; the sum of the patterns' own counts.",
    )
    op.create_index(
        "uq_daily_pattern_type_counts_day",
        "daily_pattern_type_counts",
        ["tenant_id", "date", "pattern_type"],
        unique=True,
        schema="patterns",
    )
    op.table_policy(
        "patterns.daily_pattern_type_counts",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION patterns.mark_days_of_pattern() RETURNS trigger LANGUAGE plpgsql\n    AS $$\n    BEGIN\n      IF TG_OP = 'DELETE' OR old.pattern_type <> new.pattern_type THEN\n        INSERT INTO patterns.stale_pattern_days (tenant_id, date)\n        SELECT c.tenant_id, c.date FROM patterns.daily_pattern_counts c\n        WHERE c.tenant_id = old.tenant_id AND c.pattern_id = old.id\n          -- What is left of a tenant that is gone is being cleared away.\n          AND EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = old.tenant_id);\n      END IF;\n      RETURN CASE WHEN TG_OP = 'DELETE' THEN old ELSE new END;\n    END $$\n    "
    )
    op.execute(
        "\n    COMMENT ON FUNCTION patterns.mark_days_of_pattern() IS\n      'Notes the days of a pattern that goes or becomes one of another type.'\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER stale_pattern\n    BEFORE UPDATE OF pattern_type OR DELETE ON patterns.identified_patterns\n    FOR EACH ROW EXECUTE FUNCTION patterns.mark_days_of_pattern()\n    "
    )
    op.execute(_FILL)


def downgrade() -> None:
    op.execute("DROP TRIGGER stale_pattern ON patterns.identified_patterns")
    op.execute("DROP FUNCTION patterns.mark_days_of_pattern()")
    op.table_policy(
        "patterns.daily_pattern_type_counts",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.drop_index(
        "uq_daily_pattern_type_counts_day",
        table_name="daily_pattern_type_counts",
        schema="patterns",
    )
    op.drop_table("daily_pattern_type_counts", schema="patterns")
