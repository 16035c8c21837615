"""Operations: an archive that only maintenance writes, and that is queried and restored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from everlearn.core.migrate import run_sql

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "archive_manifests",
        sa.Column(
            "restored_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When its rows came back; what they are from then on is not in this file.",
        ),
        schema="operations",
    )
    op.add_column(
        "archive_manifests",
        sa.Column(
            "held_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Until when the rows that came back stay.",
        ),
        schema="operations",
    )
    op.add_column(
        "archive_manifests",
        sa.Column(
            "replaced_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When rows that came back left again, in another file: this one is removed then.",
        ),
        schema="operations",
    )
    op.add_column(
        "archive_manifests",
        sa.Column(
            "layout",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="How the file's columns make the table's; NULL: they are the table's own.",
        ),
        schema="operations",
    )
    op.add_column(
        "data_retention_policies",
        sa.Column(
            "hold_reason",
            sa.Text(),
            nullable=True,
            comment="Why they are held, such as a case's number.",
        ),
        schema="operations",
    )
    op.add_column(
        "data_retention_policies",
        sa.Column(
            "held_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Since when they are held.",
        ),
        schema="operations",
    )
    op.create_check_constraint(
        op.f("ck_archive_manifests_restored_at_valid"),
        "archive_manifests",
        "restored_at IS NULL OR dropped_at IS NOT NULL",
        schema="operations",
    )
    op.create_check_constraint(
        op.f("ck_archive_manifests_layout_valid"),
        "archive_manifests",
        "jsonb_typeof(layout) = 'object'",
        schema="operations",
    )
    op.table_policy(
        "operations.archive_manifests",
        add=["app:select", "rls:tenant"],
        remove=["app:insert,select", "rls:tenant|see=anyone|change=nobody"],
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION app.drop_expired_partition(wanted text, child text, at timestamptz)\n    RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER\n    SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$\n    DECLARE\n      before text := coalesce(current_setting('app.tenant_id', true), '');\n      bounds record;\n      each record;\n      rule record;\n      archived bigint;\n      total bigint := 0;\n    BEGIN\n      IF NOT EXISTS (SELECT FROM app.retention r WHERE r.parent = wanted) THEN\n        RAISE EXCEPTION 'rows of % are never removed', wanted;\n      ELSIF at > clock_timestamp() + interval '1 hour' THEN\n        RAISE EXCEPTION 'nothing can be judged by a time to come, %', at;\n      END IF;\n      SELECT l.lower_at, l.upper_at INTO bounds FROM app.list_partitions() l\n      WHERE l.parent = wanted AND l.partition = child;\n      IF NOT FOUND THEN\n        RAISE EXCEPTION 'table % has no partition %', wanted, child;\n      END IF;\n      EXECUTE format('LOCK TABLE ONLY parts.%I IN SHARE MODE', child);\n      FOR each IN EXECUTE\n        format('SELECT tenant_id, count(*) AS n FROM parts.%I GROUP BY 1', child)\n      LOOP\n        total := total + each.n;\n        PERFORM set_config('app.tenant_id', each.tenant_id::text, true);\n        SELECT * INTO rule FROM app.retention_rule(wanted);\n        CONTINUE WHEN NOT FOUND;\n        IF rule.held OR bounds.upper_at > at - rule.keep THEN\n          RAISE EXCEPTION 'partition % has % rows that tenant % still keeps', child, each.n,\n            each.tenant_id;\n        END IF;\n        IF EXISTS (SELECT FROM operations.archive_manifests m\n          WHERE m.tenant_id = each.tenant_id AND m.table_name = wanted AND m.held_until > at\n            AND m.period_start < bounds.upper_at AND m.period_end > bounds.lower_at) THEN\n          RAISE EXCEPTION 'partition % has rows of tenant % that were restored and are kept', child,\n            each.tenant_id;\n        END IF;\n        UPDATE operations.archive_manifests m SET dropped_at = at\n        WHERE m.tenant_id = each.tenant_id AND m.table_name = wanted\n          AND m.period_start = bounds.lower_at AND m.verified_at IS NOT NULL\n          AND m.dropped_at IS NULL\n        RETURNING m.row_count INTO archived;\n        IF rule.strategy <> 'delete' AND archived IS DISTINCT FROM each.n THEN\n          RAISE EXCEPTION 'partition % has % rows of tenant %, and % of them are archived', child,\n            each.n, each.tenant_id, coalesce(archived, 0);\n        END IF;\n        UPDATE operations.archive_manifests m SET replaced_at = at\n        WHERE m.tenant_id = each.tenant_id AND m.table_name = wanted\n          AND m.period_start = bounds.lower_at AND m.restored_at IS NOT NULL\n          AND m.replaced_at IS NULL;\n      END LOOP;\n      PERFORM set_config('app.tenant_id', before, true);\n      EXECUTE format('ALTER TABLE %s DETACH PARTITION parts.%I', wanted, child);\n      EXECUTE format('DROP TABLE parts.%I', child);\n      RETURN total;\n    END $$\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION operations.refuse_held() RETURNS trigger LANGUAGE plpgsql AS $$\n    DECLARE\n      held text := (SELECT string_agg(p.table_name, ', ' ORDER BY p.table_name)\n        FROM operations.data_retention_policies p WHERE p.tenant_id = OLD.id AND p.legal_hold);\n    BEGIN\n      IF held IS NOT NULL THEN\n        RAISE EXCEPTION 'a legal hold keeps the rows of tenant % in %', OLD.slug, held;\n      END IF;\n      RETURN OLD;\n    END $$\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER refuse_held BEFORE DELETE ON tenancy.tenants\n    FOR EACH ROW EXECUTE FUNCTION operations.refuse_held()\n    "
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER refuse_held ON tenancy.tenants")
    op.execute("DROP FUNCTION operations.refuse_held()")
    run_sql(op.get_bind(), "partitions_v2.sql")
    op.table_policy(
        "operations.archive_manifests",
        add=["app:insert,select", "rls:tenant|see=anyone|change=nobody"],
        remove=["app:select", "rls:tenant"],
    )
    op.drop_constraint(
        op.f("ck_archive_manifests_layout_valid"), "archive_manifests", schema="operations"
    )
    op.drop_constraint(
        op.f("ck_archive_manifests_restored_at_valid"), "archive_manifests", schema="operations"
    )
    op.drop_column("data_retention_policies", "held_at", schema="operations")
    op.drop_column("data_retention_policies", "hold_reason", schema="operations")
    op.drop_column("archive_manifests", "layout", schema="operations")
    op.drop_column("archive_manifests", "replaced_at", schema="operations")
    op.drop_column("archive_manifests", "held_until", schema="operations")
    op.drop_column("archive_manifests", "restored_at", schema="operations")
