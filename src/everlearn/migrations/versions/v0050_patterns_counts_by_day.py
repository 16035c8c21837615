"""Patterns: how often each was seen on each day; thinner indexes of occurrences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


#: Days of what was seen before: counted by the next refresh.
_NOTE = """
DO $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT t FROM app.tenants() AS t LOOP
    PERFORM set_config('app.tenant_id', tenant::text, true);
    INSERT INTO patterns.stale_pattern_days (date)
    SELECT o.detected_on FROM patterns.pattern_occurrences AS o
    WHERE o.tenant_id = tenant GROUP BY o.detected_on;
  END LOOP;
  PERFORM set_config('app.tenant_id', '', true);
END $$
"""


def upgrade() -> None:
    op.create_table(
        "stale_pattern_days",
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
        sa.Column("date", sa.Date(), nullable=False, comment="Day of the occurrences, in UTC."),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stale_pattern_days")),
        schema="patterns",
        comment="A note that occurrences of a day came, changed or went since they were last counted.",
    )
    op.create_table(
        "daily_pattern_counts",
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
        sa.Column("pattern_id", sa.UUID(), nullable=False, comment="The pattern."),
        sa.Column("date", sa.Date(), nullable=False, comment="Day of the occurrences, in UTC."),
        sa.Column(
            "occurrence_count", sa.BigInteger(), nullable=False, comment="Places where it was seen."
        ),
        sa.Column(
            "refreshed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was computed.",
        ),
        sa.CheckConstraint(
            "occurrence_count >= 0", name=op.f("ck_daily_pattern_counts_occurrence_count_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "pattern_id"],
            ["patterns.identified_patterns.tenant_id", "patterns.identified_patterns.id"],
            name="fk_daily_pattern_counts_pattern_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_daily_pattern_counts_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_daily_pattern_counts")),
        schema="patterns",
        comment="How often a pattern was seen on a day; exact, a minute old.",
    )
    op.create_index(
        "ix_daily_pattern_counts_pattern_id",
        "daily_pattern_counts",
        ["tenant_id", "pattern_id"],
        unique=False,
        schema="patterns",
    )
    op.create_index(
        "uq_daily_pattern_counts_day",
        "daily_pattern_counts",
        ["tenant_id", "date", "pattern_id"],
        unique=True,
        schema="patterns",
        postgresql_include=["occurrence_count"],
    )
    op.add_column(
        "pattern_occurrences",
        sa.Column(
            "source_key",
            sa.Integer(),
            sa.Computed("hashtext(source_id)", persisted=True),
            nullable=True,
            comment="Hash of source_id, by which it is found: source_key = hashtext(..) beside it.",
        ),
        schema="patterns",
    )
    op.add_column(
        "pattern_occurrences",
        sa.Column(
            "detected_on",
            sa.Date(),
            sa.Computed("(detection_timestamp AT TIME ZONE 'UTC')::date", persisted=True),
            nullable=True,
            comment="Day of detection_timestamp, in UTC.",
        ),
        schema="patterns",
    )
    op.drop_index(
        op.f("ix_pattern_occurrences_pattern"), table_name="pattern_occurrences", schema="patterns"
    )
    op.create_index(
        "ix_pattern_occurrences_pattern",
        "pattern_occurrences",
        ["tenant_id", "pattern_id", "detected_on"],
        unique=False,
        schema="patterns",
    )
    op.drop_index(
        op.f("ix_pattern_occurrences_source"), table_name="pattern_occurrences", schema="patterns"
    )
    op.create_index(
        "ix_pattern_occurrences_source",
        "pattern_occurrences",
        ["tenant_id", "source_key"],
        unique=False,
        schema="patterns",
    )
    op.table_policy(
        "patterns.stale_pattern_days", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "patterns.daily_pattern_counts",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION patterns.mark_stale_days() RETURNS trigger LANGUAGE plpgsql AS $$\n    BEGIN\n      IF TG_OP <> 'DELETE' THEN\n        INSERT INTO patterns.stale_pattern_days (tenant_id, date)\n        SELECT DISTINCT n.tenant_id, n.detected_on FROM new_rows n;\n      END IF;\n      IF TG_OP <> 'INSERT' THEN\n        INSERT INTO patterns.stale_pattern_days (tenant_id, date)\n        SELECT DISTINCT o.tenant_id, o.detected_on FROM old_rows o\n        -- What is left of a tenant that is gone is being cleared away.\n        WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);\n      END IF;\n      RETURN NULL;\n    END $$\n    "
    )
    op.execute(
        "\n    COMMENT ON FUNCTION patterns.mark_stale_days() IS\n      'Notes the days whose counts a statement on pattern_occurrences made stale.'\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER stale_insert AFTER INSERT ON patterns.pattern_occurrences\n    REFERENCING NEW TABLE AS new_rows\n    FOR EACH STATEMENT EXECUTE FUNCTION patterns.mark_stale_days()\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER stale_update AFTER UPDATE ON patterns.pattern_occurrences\n    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows\n    FOR EACH STATEMENT EXECUTE FUNCTION patterns.mark_stale_days()\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER stale_delete AFTER DELETE ON patterns.pattern_occurrences\n    REFERENCING OLD TABLE AS old_rows\n    FOR EACH STATEMENT EXECUTE FUNCTION patterns.mark_stale_days()\n    "
    )
    op.execute(_NOTE)


def downgrade() -> None:
    for name in ("stale_insert", "stale_update", "stale_delete"):
        op.execute(f"DROP TRIGGER {name} ON patterns.pattern_occurrences")
    op.execute("DROP FUNCTION patterns.mark_stale_days()")
    op.table_policy(
        "patterns.daily_pattern_counts",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "patterns.stale_pattern_days", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.drop_index(
        "ix_pattern_occurrences_source", table_name="pattern_occurrences", schema="patterns"
    )
    op.create_index(
        op.f("ix_pattern_occurrences_source"),
        "pattern_occurrences",
        ["tenant_id", "source_type", "source_id"],
        unique=False,
        schema="patterns",
    )
    op.drop_index(
        "ix_pattern_occurrences_pattern", table_name="pattern_occurrences", schema="patterns"
    )
    op.create_index(
        op.f("ix_pattern_occurrences_pattern"),
        "pattern_occurrences",
        ["tenant_id", "pattern_id", sa.literal_column("detection_timestamp DESC")],
        unique=False,
        schema="patterns",
    )
    op.drop_column("pattern_occurrences", "detected_on", schema="patterns")
    op.drop_column("pattern_occurrences", "source_key", schema="patterns")
    op.drop_index(
        "uq_daily_pattern_counts_day",
        table_name="daily_pattern_counts",
        schema="patterns",
        postgresql_include=["occurrence_count"],
    )
    op.drop_index(
        "ix_daily_pattern_counts_pattern_id", table_name="daily_pattern_counts", schema="patterns"
    )
    op.drop_table("daily_pattern_counts", schema="patterns")
    op.drop_table("stale_pattern_days", schema="patterns")
