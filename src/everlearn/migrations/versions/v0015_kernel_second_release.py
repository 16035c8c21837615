"""Kernel: who is in a team, who belongs to which tenant, views made by a command, partitions that expire."""

from __future__ import annotations

from alembic import op

from everlearn.core.migrate import install_kernel, run_sql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


_PARTITIONS = (
    "cleanup_old_learning_events",
    "create_monthly_partition",
    "create_partitions_ahead",
    "drop_expired_partition",
    "list_partitions",
    "partition_gaps",
    "partition_tenants",
    "retention_rule",
    "retention_rules",
    "uuid_time",
)


def upgrade() -> None:
    install_kernel(op.get_bind(), 2)
    run_sql(op.get_bind(), "registers_v2.sql")


def downgrade() -> None:
    for name in _PARTITIONS:
        op.execute(f"DROP FUNCTION IF EXISTS app.{name}")
    op.execute("DROP TRIGGER IF EXISTS register ON tenancy.tenants")
    op.execute("DROP TRIGGER IF EXISTS register ON tenancy.api_keys")
    op.execute(
        "DROP FUNCTION IF EXISTS app.register_tenant(), app.register_secret(), app.tenants()"
    )
    # CREATE OR REPLACE would keep a function that SQL defines and not plpgsql.
    op.execute("DROP FUNCTION IF EXISTS app.find_tenant(text)")
    run_sql(op.get_bind(), "auth_v1.sql")
    op.execute("DROP TABLE IF EXISTS app.tenant_register, app.secret_register, app.runtime_views")
    op.execute("DROP FUNCTION IF EXISTS app.is_team_admin(uuid), app.is_team_member(uuid)")
