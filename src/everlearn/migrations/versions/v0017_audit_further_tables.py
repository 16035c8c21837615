"""Audit further tables."""

from __future__ import annotations

from alembic import op

from everlearn.core.migrate import run_sql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_audit_logs_action",
        "audit_logs",
        ["tenant_id", "action_type", "seq"],
        unique=False,
        schema="audit",
    )
    op.create_index(
        "ix_audit_logs_created_at",
        "audit_logs",
        ["tenant_id", "created_at"],
        unique=False,
        schema="audit",
    )
    op.create_index(
        "ix_audit_logs_success",
        "audit_logs",
        ["tenant_id", "success", "seq"],
        unique=False,
        schema="audit",
    )
    op.create_index(
        "ix_audit_logs_team",
        "audit_logs",
        ["tenant_id", "team_id", "seq"],
        unique=False,
        schema="audit",
    )
    op.create_index(
        "ix_audit_logs_user",
        "audit_logs",
        ["tenant_id", "user_id", "seq"],
        unique=False,
        schema="audit",
    )
    op.table_policy(
        "audit.audit_logs",
        add=["rls:tenant|see=owner:user_id,member:team_id|add=anyone"],
        remove=["rows:tenant"],
    )
    op.table_policy("audit.audit_chain_heads", add=["rls:tenant"], remove=["rows:tenant"])
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION app.audit_row() RETURNS trigger LANGUAGE plpgsql AS $$\n    DECLARE\n      old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;\n      new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;\n      either jsonb := old_row || new_row;\n      changed jsonb;\n    BEGIN\n      SELECT coalesce(jsonb_object_agg(k.key, CASE\n               WHEN k.key ~ '(secret|password|hashed|encrypted|api_key)'\n                 OR (TG_TABLE_NAME = 'sso_configurations' AND k.key = 'config') THEN '\"***\"'::jsonb\n               ELSE jsonb_build_array(old_row -> k.key, new_row -> k.key) END), '{}')\n        INTO changed\n        FROM (SELECT jsonb_object_keys(either) AS key) k\n       WHERE (old_row -> k.key) IS DISTINCT FROM (new_row -> k.key) AND k.key <> 'updated_at';\n      PERFORM app.ensure_partition('audit.audit_logs', clock_timestamp());\n      INSERT INTO audit.audit_logs (tenant_id, user_id, team_id, action_type, resource_type,\n        resource_id, action_details, created_at)\n      VALUES ((either ->> 'tenant_id')::uuid, app.user_id(),\n              CASE WHEN TG_TABLE_NAME = 'teams' THEN (either ->> 'id')::uuid\n                   WHEN TG_TABLE_NAME NOT IN ('sso_configurations', 'enterprise_settings')\n                     THEN (either ->> 'team_id')::uuid END,\n              CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END,\n              TG_TABLE_NAME, either ->> 'id', changed, clock_timestamp());\n      RETURN NULL;\n    END $$\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION audit.check_chain(OUT rows bigint, OUT head_seq bigint,\n      OUT head_sha256 text, OUT first_broken bigint)\n    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$\n    BEGIN\n      WITH chain AS (\n        SELECT l.seq, l.previous_sha256, l.sha256,\n          coalesce(lag(l.seq) OVER w, 0) AS seq_before,\n          coalesce(lag(l.sha256) OVER w, repeat('0', 64)) AS sha256_before,\n          app.audit_sha256(l.previous_sha256, l.seq, l.created_at, app.audit_content(l.tenant_id,\n            l.id, l.user_id, l.team_id, l.action_type, l.resource_type, l.resource_id,\n            l.action_details, l.ip_address, l.user_agent, l.success, l.error_message, l.metadata)\n          ) AS computed\n        FROM audit.audit_logs l\n        WHERE l.tenant_id = app.tenant_id()\n        WINDOW w AS (ORDER BY l.seq, l.id)\n      ), found AS (\n        SELECT count(*) AS n, coalesce(max(c.seq), 0) AS last_seq,\n          (array_agg(c.sha256 ORDER BY c.seq DESC))[1] AS last_sha256,\n          min(CASE WHEN c.seq > c.seq_before + 1 THEN c.seq_before + 1 ELSE c.seq END) FILTER (\n            WHERE c.computed <> c.sha256 OR c.previous_sha256 <> c.sha256_before\n              OR c.seq <> c.seq_before + 1\n          ) AS broken\n        FROM chain c\n      ), head AS (\n        SELECT h.seq, h.sha256 FROM audit.audit_chain_heads h WHERE h.tenant_id = app.tenant_id()\n      )\n      SELECT f.n, coalesce(h.seq, 0), coalesce(h.sha256, repeat('0', 64)),\n        CASE\n          WHEN f.broken IS NOT NULL THEN f.broken\n          WHEN coalesce(h.seq, 0) > f.last_seq THEN f.last_seq + 1\n          WHEN coalesce(h.seq, 0) < f.last_seq THEN coalesce(h.seq, 0) + 1\n          WHEN h.sha256 <> f.last_sha256 THEN f.last_seq\n        END\n      INTO rows, head_seq, head_sha256, first_broken\n      FROM found f LEFT JOIN head h ON true;\n    END $$\n    "
    )
    op.execute("REVOKE EXECUTE ON FUNCTION audit.check_chain() FROM PUBLIC")
    op.execute(
        "\n    GRANT EXECUTE ON FUNCTION audit.check_chain()\n    TO everlearn_app, everlearn_reader, everlearn_service\n    "
    )
    op.execute(
        "COMMENT ON FUNCTION audit.check_chain() IS 'Whether the trail of this transaction''s tenant is whole, and where it breaks first.'"
    )


def downgrade() -> None:
    run_sql(op.get_bind(), "audit_v1.sql")
    op.execute("DROP FUNCTION IF EXISTS audit.check_chain CASCADE")
    op.table_policy("audit.audit_chain_heads", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy(
        "audit.audit_logs",
        add=["rows:tenant"],
        remove=["rls:tenant|see=owner:user_id,member:team_id|add=anyone"],
    )
    op.drop_index("ix_audit_logs_user", table_name="audit_logs", schema="audit")
    op.drop_index("ix_audit_logs_team", table_name="audit_logs", schema="audit")
    op.drop_index("ix_audit_logs_success", table_name="audit_logs", schema="audit")
    op.drop_index("ix_audit_logs_created_at", table_name="audit_logs", schema="audit")
    op.drop_index("ix_audit_logs_action", table_name="audit_logs", schema="audit")
