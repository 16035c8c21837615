"""audit first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA audit")
    op.execute("GRANT USAGE ON SCHEMA audit TO everlearn_app, everlearn_reader, everlearn_service")
    op.create_table(
        "audit_chain_heads",
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
            "seq", sa.BigInteger(), nullable=False, comment="Sequence number of the newest row."
        ),
        sa.Column("sha256", sa.Text(), nullable=False, comment="Hash of the newest row."),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_audit_chain_heads_sha256_valid")
        ),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_audit_chain_heads_seq_valid")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_chain_heads")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_audit_chain_heads_tenant_id")),
        schema="audit",
        comment="The newest place of each tenant's chain: rows cut off its end show too.",
    )
    op.create_table(
        "audit_logs",
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
            "user_id",
            sa.UUID(),
            nullable=True,
            comment="User who did it; NULL for jobs and keys without one.",
        ),
        sa.Column(
            "team_id", sa.UUID(), nullable=True, comment="Team on whose behalf it was done, if any."
        ),
        sa.Column("action_type", sa.Text(), nullable=False, comment="What was done."),
        sa.Column(
            "resource_type",
            sa.Text(),
            nullable=False,
            comment="Kind of thing it was done to, such as model or users.",
        ),
        sa.Column("resource_id", sa.Text(), nullable=True, comment="Which one."),
        sa.Column(
            "action_details",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What changed; for a table, column to [before, after].",
        ),
        sa.Column("ip_address", sa.Text(), nullable=True, comment="Address the request came from."),
        sa.Column("user_agent", sa.Text(), nullable=True, comment="Program the request came from."),
        sa.Column(
            "success",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it was done, or refused.",
        ),
        sa.Column("error_message", sa.Text(), nullable=True, comment="Why it was refused."),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="More about the circumstances, such as the actor's name.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was done.",
        ),
        sa.Column(
            "seq",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Place in the tenant's chain, 1, 2, 3 ...",
        ),
        sa.Column(
            "previous_sha256",
            sa.Text(),
            server_default=sa.text("repeat('0', 64)"),
            nullable=False,
            comment="Hash of the row before; zeros for the first.",
        ),
        sa.Column(
            "sha256",
            sa.Text(),
            server_default=sa.text("repeat('0', 64)"),
            nullable=False,
            comment="Hash over this row and previous_sha256.",
        ),
        sa.CheckConstraint(
            "action_type IN ('create', 'update', 'delete', 'access', 'login', 'logout')",
            name=op.f("ck_audit_logs_action_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(action_details) = 'object'",
            name=op.f("ck_audit_logs_action_details_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_audit_logs_metadata_valid")
        ),
        sa.CheckConstraint(
            "previous_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_audit_logs_previous_sha256_valid")
        ),
        sa.CheckConstraint(
            "resource_type <> '' AND length(resource_type) <= 255",
            name=op.f("ck_audit_logs_resource_type_valid"),
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_audit_logs_sha256_valid")),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_audit_logs_seq_valid")),
        sa.PrimaryKeyConstraint("tenant_id", "id", "created_at", name=op.f("pk_audit_logs")),
        schema="audit",
        comment="Append-only audit trail; each row is chained to the one before it by a hash.",
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index(
        "ix_audit_logs_resource",
        "audit_logs",
        ["tenant_id", "resource_type", "resource_id"],
        unique=False,
        schema="audit",
    )
    op.create_index(
        "ix_audit_logs_seq", "audit_logs", ["tenant_id", "seq"], unique=False, schema="audit"
    )
    op.table_policy(
        "audit.audit_logs", add=["app:insert,select", "partition:created_at:month", "rows:tenant"]
    )
    op.table_policy("audit.audit_chain_heads", add=["app:insert,select", "rows:tenant"])
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER chain BEFORE INSERT ON audit.audit_logs\n    FOR EACH ROW EXECUTE FUNCTION app.chain_audit()\n    "
    )


def downgrade() -> None:
    op.table_policy("audit.audit_chain_heads", remove=["app:insert,select", "rows:tenant"])
    op.table_policy(
        "audit.audit_logs",
        remove=["app:insert,select", "partition:created_at:month", "rows:tenant"],
    )
    op.drop_index("ix_audit_logs_seq", table_name="audit_logs", schema="audit")
    op.drop_index("ix_audit_logs_resource", table_name="audit_logs", schema="audit")
    op.drop_table("audit_logs", schema="audit")
    op.drop_table("audit_chain_heads", schema="audit")
    op.execute("DROP SCHEMA audit CASCADE")
