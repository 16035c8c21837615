"""operations first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA operations")
    op.execute(
        "GRANT USAGE ON SCHEMA operations TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "data_retention_policies",
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
            "table_name",
            sa.Text(),
            nullable=False,
            comment="Schema-qualified table, such as events.learning_events.",
        ),
        sa.Column(
            "retention_period",
            sa.Interval(),
            nullable=False,
            comment="How long its rows are kept, at least a day.",
        ),
        sa.Column(
            "archive_strategy",
            sa.Text(),
            server_default=sa.text("'delete'"),
            nullable=False,
            comment="What happens to them then.",
        ),
        sa.Column(
            "last_cleanup",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When rows were last looked through.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was set.",
        ),
        sa.CheckConstraint(
            "archive_strategy IN ('delete', 'archive_to_s3', 'compress')",
            name=op.f("ck_data_retention_policies_archive_strategy_valid"),
        ),
        sa.CheckConstraint(
            "retention_period >= interval '1 day'",
            name=op.f("ck_data_retention_policies_retention_period_valid"),
        ),
        sa.CheckConstraint(
            "table_name <> '' AND length(table_name) <= 255",
            name=op.f("ck_data_retention_policies_table_name_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_data_retention_policies_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_data_retention_policies")),
        sa.UniqueConstraint(
            "tenant_id", "table_name", name=op.f("uq_data_retention_policies_tenant_id_table_name")
        ),
        schema="operations",
        comment="How long a tenant keeps the rows of a table, where it is not the table's own time.",
    )
    op.create_table(
        "job_runs",
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
        sa.Column("name", sa.Text(), nullable=False, comment="Declared job, such as training.fit."),
        sa.Column(
            "args",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Its arguments: ids, never secrets.",
        ),
        sa.Column(
            "key",
            sa.Text(),
            nullable=True,
            comment="While one with this key is open, no second one is queued.",
        ),
        sa.Column("queue", sa.Text(), nullable=False, comment="Queue a worker takes it from."),
        sa.Column(
            "lock",
            sa.Text(),
            nullable=True,
            comment="Jobs with the same lock run one after another.",
        ),
        sa.Column(
            "priority",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Higher starts first.",
        ),
        sa.Column(
            "queue_entry",
            sa.BigInteger(),
            nullable=True,
            comment="Entry of the queue that runs it; an older entry does nothing.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'queued'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "attempts",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How often a worker took it since it was queued; a retry by hand counts anew.",
        ),
        sa.Column(
            "progress_ratio",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How far it is, 0 to 1.",
        ),
        sa.Column("note", sa.Text(), nullable=True, comment="What it is doing, for a person."),
        sa.Column(
            "result",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What it gave back.",
        ),
        sa.Column(
            "error",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Problem document of its last failure.",
        ),
        sa.Column(
            "cancel_requested",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="A person wants it stopped.",
        ),
        sa.Column("queued_by", sa.Text(), nullable=False, comment="Who or what queued it."),
        sa.Column(
            "queued_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the fact that caused it was written.",
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a worker took it last, in machine time.",
        ),
        sa.Column(
            "finished_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it ended, in machine time.",
        ),
        sa.CheckConstraint("jsonb_typeof(args) = 'object'", name=op.f("ck_job_runs_args_valid")),
        sa.CheckConstraint("jsonb_typeof(error) = 'object'", name=op.f("ck_job_runs_error_valid")),
        sa.CheckConstraint(
            "jsonb_typeof(result) = 'object'", name=op.f("ck_job_runs_result_valid")
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_job_runs_name_valid")
        ),
        sa.CheckConstraint(
            "queue <> '' AND length(queue) <= 255", name=op.f("ck_job_runs_queue_valid")
        ),
        sa.CheckConstraint(
            "queued_by <> '' AND length(queued_by) <= 255", name=op.f("ck_job_runs_queued_by_valid")
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'completed', 'failed', 'cancelled')",
            name=op.f("ck_job_runs_status_valid"),
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_job_runs_attempts_valid")),
        sa.CheckConstraint(
            "progress_ratio BETWEEN 0 AND 1", name=op.f("ck_job_runs_progress_ratio_valid")
        ),
        sa.CheckConstraint("queue_entry >= 0", name=op.f("ck_job_runs_queue_entry_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenancy.tenants.id"], name="fk_job_runs_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_job_runs")),
        schema="operations",
        comment="One piece of background work, from queued to its end.",
    )
    op.create_index(
        "ix_job_runs_key_open",
        "job_runs",
        ["tenant_id", "key"],
        unique=True,
        schema="operations",
        postgresql_where=sa.text("status IN ('queued', 'running') AND key IS NOT NULL"),
    )
    op.create_index(
        "ix_job_runs_status_queued_at",
        "job_runs",
        ["tenant_id", "status", "queued_at"],
        unique=False,
        schema="operations",
    )
    op.table_policy(
        "operations.job_runs", add=["app:delete,insert,select,update", "keep:90", "rows:tenant"]
    )
    op.table_policy(
        "operations.data_retention_policies",
        add=["app:delete,insert,select,update", "audit", "rows:tenant"],
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION operations.check_retained_table() RETURNS trigger\n    LANGUAGE plpgsql AS $$\n    BEGIN\n      IF NOT EXISTS (SELECT FROM app.retention r WHERE r.parent = NEW.table_name) THEN\n        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',\n          MESSAGE = 'no rows are ever removed from such a table: ' || NEW.table_name;\n      END IF;\n      RETURN NEW;\n    END $$\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER check_table BEFORE INSERT OR UPDATE OF table_name\n    ON operations.data_retention_policies\n    FOR EACH ROW EXECUTE FUNCTION operations.check_retained_table()\n    "
    )


def downgrade() -> None:
    op.table_policy(
        "operations.data_retention_policies",
        remove=["app:delete,insert,select,update", "audit", "rows:tenant"],
    )
    op.table_policy(
        "operations.job_runs", remove=["app:delete,insert,select,update", "keep:90", "rows:tenant"]
    )
    op.drop_index("ix_job_runs_status_queued_at", table_name="job_runs", schema="operations")
    op.drop_index(
        "ix_job_runs_key_open",
        table_name="job_runs",
        schema="operations",
        postgresql_where=sa.text("status IN ('queued', 'running') AND key IS NOT NULL"),
    )
    op.drop_table("job_runs", schema="operations")
    op.drop_table("data_retention_policies", schema="operations")
    op.execute("DROP SCHEMA operations CASCADE")
