"""Events further tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stale_learning_days",
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
        sa.Column("date", sa.Date(), nullable=False, comment="Day of the events, in UTC."),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stale_learning_days")),
        schema="events",
        comment="A note that events of a day came, changed or went since its daily metrics were computed.",
    )
    op.create_table(
        "daily_learning_metrics",
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
        sa.Column("date", sa.Date(), nullable=False, comment="Day of the events, in UTC."),
        sa.Column("event_type", sa.Text(), nullable=False, comment="What happened."),
        sa.Column(
            "source_system",
            sa.Text(),
            nullable=True,
            comment="Who sent the events; NULL when they do not say.",
        ),
        sa.Column("event_count", sa.BigInteger(), nullable=False, comment="Events."),
        sa.Column(
            "avg_processing_time",
            sa.Double(),
            nullable=True,
            comment="Mean of processing_time_ms, in milliseconds; NULL when no event has one.",
        ),
        sa.Column(
            "p95_processing_time",
            sa.Double(),
            nullable=True,
            comment="95th percentile of processing_time_ms, in milliseconds, interpolated.",
        ),
        sa.Column(
            "refreshed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was computed.",
        ),
        sa.CheckConstraint(
            "avg_processing_time >= 0 AND avg_processing_time < 'infinity'",
            name=op.f("ck_daily_learning_metrics_avg_processing_time_valid"),
        ),
        sa.CheckConstraint(
            "event_type IN ('model_prediction', 'pattern_detection', 'user_feedback', 'system_optimization', 'data_ingestion', 'drift_alert', 'model_training', 'model_registration', 'model_promotion', 'model_rollback', 'experiment', 'recalibration')",
            name=op.f("ck_daily_learning_metrics_event_type_valid"),
        ),
        sa.CheckConstraint(
            "p95_processing_time >= 0 AND p95_processing_time < 'infinity'",
            name=op.f("ck_daily_learning_metrics_p95_processing_time_valid"),
        ),
        sa.CheckConstraint(
            "source_system <> '' AND length(source_system) <= 255",
            name=op.f("ck_daily_learning_metrics_source_system_valid"),
        ),
        sa.CheckConstraint(
            "event_count >= 0", name=op.f("ck_daily_learning_metrics_event_count_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_daily_learning_metrics_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_daily_learning_metrics")),
        sa.UniqueConstraint(
            "tenant_id",
            "date",
            "event_type",
            "source_system",
            name="uq_daily_learning_metrics_group",
            postgresql_nulls_not_distinct=True,
        ),
        schema="events",
        comment="How many events a day had and how long they took, by type and sender; exact, a minute old.",
    )
    op.create_table(
        "git_operation_learning_events",
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
            "git_operation_id",
            sa.Text(),
            nullable=False,
            comment="Id of the operation at its host, such as a commit.",
        ),
        sa.Column(
            "learning_event_id",
            sa.UUID(),
            nullable=False,
            comment="Event of learning_events; must be there when this row is written, may expire before it.",
        ),
        sa.Column(
            "learning_event_timestamp",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Time of the event, by which its partition is found; filled in when left out.",
        ),
        sa.Column("operation_type", sa.Text(), nullable=True, comment="What was done."),
        sa.Column(
            "repository_id", sa.Text(), nullable=True, comment="Repository, in its host's words."
        ),
        sa.Column("branch_name", sa.Text(), nullable=True, comment="Branch, if it was on one."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was written.",
        ),
        sa.CheckConstraint(
            "branch_name <> '' AND length(branch_name) <= 255",
            name=op.f("ck_git_operation_learning_events_branch_name_valid"),
        ),
        sa.CheckConstraint(
            "git_operation_id <> '' AND length(git_operation_id) <= 255",
            name=op.f("ck_git_operation_learning_events_git_operation_id_valid"),
        ),
        sa.CheckConstraint(
            "operation_type IN ('commit', 'merge', 'rebase', 'pull_request')",
            name=op.f("ck_git_operation_learning_events_operation_type_valid"),
        ),
        sa.CheckConstraint(
            "repository_id <> '' AND length(repository_id) <= 255",
            name=op.f("ck_git_operation_learning_events_repository_id_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_git_operation_learning_events_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_git_operation_learning_events")),
        schema="events",
        comment="Which event of the stream a git operation led to.",
    )
    op.create_index(
        "ix_git_operation_learning_events_event",
        "git_operation_learning_events",
        ["tenant_id", "learning_event_id"],
        unique=False,
        schema="events",
    )
    op.create_index(
        "ix_git_operation_learning_events_operation",
        "git_operation_learning_events",
        ["tenant_id", "git_operation_id"],
        unique=False,
        schema="events",
    )
    op.create_index(
        "ix_git_operation_learning_events_repository",
        "git_operation_learning_events",
        ["tenant_id", "repository_id"],
        unique=False,
        schema="events",
    )
    op.create_table(
        "analytics_events",
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
            "event_type", sa.Text(), nullable=False, comment="What happened, in the sender's words."
        ),
        sa.Column(
            "user_id", sa.UUID(), nullable=True, comment="User who did it, while there is one."
        ),
        sa.Column(
            "customer_id", sa.UUID(), nullable=True, comment="Customer who did it, if one did."
        ),
        sa.Column("session_id", sa.Text(), nullable=True, comment="Session it belongs to."),
        sa.Column(
            "event_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Particulars.",
        ),
        sa.Column(
            "properties",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Properties of the page, the device or the visitor.",
        ),
        sa.Column("page_url", sa.Text(), nullable=True, comment="Page on which it happened."),
        sa.Column("referrer", sa.Text(), nullable=True, comment="Page that led there."),
        sa.Column("user_agent", sa.Text(), nullable=True, comment="Browser, as it names itself."),
        sa.Column(
            "ip_address", sa.Text(), nullable=True, comment="Address it came from, IPv4 or IPv6."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it happened.",
        ),
        sa.CheckConstraint(
            "event_type <> '' AND length(event_type) <= 255",
            name=op.f("ck_analytics_events_event_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(event_data) = 'object'", name=op.f("ck_analytics_events_event_data_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(properties) = 'object'", name=op.f("ck_analytics_events_properties_valid")
        ),
        sa.CheckConstraint(
            "session_id <> '' AND length(session_id) <= 255",
            name=op.f("ck_analytics_events_session_id_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_analytics_events_user_id",
            ondelete="SET NULL (user_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_analytics_events_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_analytics_events")),
        schema="events",
        comment="Something a visitor or a customer of the tenant did.",
    )
    op.create_index(
        "ix_analytics_events_created_at",
        "analytics_events",
        ["tenant_id", "created_at"],
        unique=False,
        schema="events",
    )
    op.create_index(
        "ix_analytics_events_customer_id",
        "analytics_events",
        ["tenant_id", "customer_id"],
        unique=False,
        schema="events",
    )
    op.create_index(
        "ix_analytics_events_event_type",
        "analytics_events",
        ["tenant_id", "event_type"],
        unique=False,
        schema="events",
    )
    op.create_index(
        "ix_analytics_events_session_id",
        "analytics_events",
        ["tenant_id", "session_id"],
        unique=False,
        schema="events",
    )
    op.create_index(
        "ix_analytics_events_user_id",
        "analytics_events",
        ["tenant_id", "user_id"],
        unique=False,
        schema="events",
    )
    op.create_table(
        "user_analytics",
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
            comment="User who did it; the rows go when the user goes.",
        ),
        sa.Column("event_type", sa.Text(), nullable=False, comment="Kind of what was done."),
        sa.Column(
            "event_name",
            sa.Text(),
            nullable=False,
            comment="What was done, in the product's words.",
        ),
        sa.Column(
            "event_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Particulars.",
        ),
        sa.Column("session_id", sa.Text(), nullable=True, comment="Session it belongs to."),
        sa.Column(
            "ip_address", sa.Text(), nullable=True, comment="Address it came from, IPv4 or IPv6."
        ),
        sa.Column("user_agent", sa.Text(), nullable=True, comment="Browser, as it names itself."),
        sa.Column("referrer", sa.Text(), nullable=True, comment="Page that led there."),
        sa.Column(
            "properties",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Properties of the page or the device.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was done.",
        ),
        sa.CheckConstraint(
            "event_name <> '' AND length(event_name) <= 255",
            name=op.f("ck_user_analytics_event_name_valid"),
        ),
        sa.CheckConstraint(
            "event_type IN ('page_view', 'feature_used', 'action', 'conversion')",
            name=op.f("ck_user_analytics_event_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(event_data) = 'object'", name=op.f("ck_user_analytics_event_data_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(properties) = 'object'", name=op.f("ck_user_analytics_properties_valid")
        ),
        sa.CheckConstraint(
            "session_id <> '' AND length(session_id) <= 255",
            name=op.f("ck_user_analytics_session_id_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_user_analytics_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_user_analytics_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_analytics")),
        schema="events",
        comment="What a user of the tenant did; seen by that user, and by jobs.",
    )
    op.create_index(
        "ix_user_analytics_created_at",
        "user_analytics",
        ["tenant_id", "created_at"],
        unique=False,
        schema="events",
    )
    op.create_index(
        "ix_user_analytics_event_name",
        "user_analytics",
        ["tenant_id", "event_name"],
        unique=False,
        schema="events",
    )
    op.create_index(
        "ix_user_analytics_event_type",
        "user_analytics",
        ["tenant_id", "event_type"],
        unique=False,
        schema="events",
    )
    op.create_index(
        "ix_user_analytics_session_id",
        "user_analytics",
        ["tenant_id", "session_id"],
        unique=False,
        schema="events",
    )
    op.create_index(
        "ix_user_analytics_user_id",
        "user_analytics",
        ["tenant_id", "user_id"],
        unique=False,
        schema="events",
    )
    op.alter_column(
        "learning_events",
        "source_system",
        existing_type=sa.TEXT(),
        comment="Who sent it: everlearn for our own, api, openevolve, pattern_analyzer, user_interface or any other sender's name.",
        existing_comment="Who sent it; everlearn for our own.",
        existing_nullable=True,
        schema="events",
    )
    op.create_index(
        "ix_learning_events_session",
        "learning_events",
        ["tenant_id", "session_id", "timestamp"],
        unique=False,
        schema="events",
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )
    op.create_index(
        "ix_learning_events_user",
        "learning_events",
        ["tenant_id", "user_id", "timestamp"],
        unique=False,
        schema="events",
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.table_policy("events.learning_events", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy(
        "events.stale_learning_days", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "events.daily_learning_metrics",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "events.git_operation_learning_events", add=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy("events.analytics_events", add=["app:insert,select", "keep:730", "rls:tenant"])
    op.table_policy(
        "events.user_analytics",
        add=[
            "app:delete,insert,select,update",
            "keep:730",
            "rls:tenant|see=owner:user_id,unowned:user_id",
        ],
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION events.mark_stale_days() RETURNS trigger LANGUAGE plpgsql AS $$\n    BEGIN\n      IF TG_OP <> 'DELETE' THEN\n        INSERT INTO events.stale_learning_days (tenant_id, date)\n        SELECT DISTINCT n.tenant_id, (n.timestamp AT TIME ZONE 'UTC')::date FROM new_rows n;\n      END IF;\n      IF TG_OP <> 'INSERT' THEN\n        INSERT INTO events.stale_learning_days (tenant_id, date)\n        SELECT DISTINCT o.tenant_id, (o.timestamp AT TIME ZONE 'UTC')::date FROM old_rows o\n        -- What is left of a tenant that is gone is being cleared away.\n        WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);\n      END IF;\n      RETURN NULL;\n    END $$\n    "
    )
    op.execute(
        "\n    COMMENT ON FUNCTION events.mark_stale_days() IS\n      'Notes the days whose daily metrics a statement on learning_events made stale.'\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION events.find_learning_event() RETURNS trigger LANGUAGE plpgsql AS $$\n    DECLARE\n      found timestamptz;\n    BEGIN\n      SELECT e.timestamp INTO found FROM events.learning_events e\n      WHERE e.tenant_id = NEW.tenant_id AND e.id = NEW.learning_event_id\n        AND e.timestamp = coalesce(NEW.learning_event_timestamp, e.timestamp)\n      LIMIT 1;\n      -- In another tenant's name nothing is found; that is for the policy to refuse.\n      IF found IS NULL AND NEW.tenant_id = coalesce(app.tenant_id(), NEW.tenant_id) THEN\n        RAISE EXCEPTION 'learning_events has no event % at this time', NEW.learning_event_id\n          USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'learning_event_is_there';\n      END IF;\n      NEW.learning_event_timestamp := coalesce(found, NEW.learning_event_timestamp);\n      RETURN NEW;\n    END $$\n    "
    )
    op.execute(
        "\n    COMMENT ON FUNCTION events.find_learning_event() IS\n      'Checks that the event of a git operation is there, and fills in its time.'\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER stale_insert AFTER INSERT ON events.learning_events\n    REFERENCING NEW TABLE AS new_rows\n    FOR EACH STATEMENT EXECUTE FUNCTION events.mark_stale_days()\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER stale_update AFTER UPDATE ON events.learning_events\n    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows\n    FOR EACH STATEMENT EXECUTE FUNCTION events.mark_stale_days()\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER stale_delete AFTER DELETE ON events.learning_events\n    REFERENCING OLD TABLE AS old_rows\n    FOR EACH STATEMENT EXECUTE FUNCTION events.mark_stale_days()\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER find_event BEFORE INSERT ON events.git_operation_learning_events\n    FOR EACH ROW EXECUTE FUNCTION events.find_learning_event()\n    "
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS events.mark_stale_days CASCADE")
    op.execute("DROP FUNCTION IF EXISTS events.find_learning_event CASCADE")
    op.table_policy(
        "events.user_analytics",
        remove=[
            "app:delete,insert,select,update",
            "keep:730",
            "rls:tenant|see=owner:user_id,unowned:user_id",
        ],
    )
    op.table_policy(
        "events.analytics_events", remove=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy(
        "events.git_operation_learning_events",
        remove=["app:insert,select", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "events.daily_learning_metrics",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "events.stale_learning_days", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy("events.learning_events", add=["rows:tenant"], remove=["rls:tenant"])
    op.drop_index(
        "ix_learning_events_user",
        table_name="learning_events",
        schema="events",
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_learning_events_session",
        table_name="learning_events",
        schema="events",
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )
    op.alter_column(
        "learning_events",
        "source_system",
        existing_type=sa.TEXT(),
        comment="Who sent it; everlearn for our own.",
        existing_comment="Who sent it: everlearn for our own, api, openevolve, pattern_analyzer, user_interface or any other sender's name.",
        existing_nullable=True,
        schema="events",
    )
    op.drop_index("ix_user_analytics_user_id", table_name="user_analytics", schema="events")
    op.drop_index("ix_user_analytics_session_id", table_name="user_analytics", schema="events")
    op.drop_index("ix_user_analytics_event_type", table_name="user_analytics", schema="events")
    op.drop_index("ix_user_analytics_event_name", table_name="user_analytics", schema="events")
    op.drop_index("ix_user_analytics_created_at", table_name="user_analytics", schema="events")
    op.drop_table("user_analytics", schema="events")
    op.drop_index("ix_analytics_events_user_id", table_name="analytics_events", schema="events")
    op.drop_index("ix_analytics_events_session_id", table_name="analytics_events", schema="events")
    op.drop_index("ix_analytics_events_event_type", table_name="analytics_events", schema="events")
    op.drop_index("ix_analytics_events_customer_id", table_name="analytics_events", schema="events")
    op.drop_index("ix_analytics_events_created_at", table_name="analytics_events", schema="events")
    op.drop_table("analytics_events", schema="events")
    op.drop_index(
        "ix_git_operation_learning_events_repository",
        table_name="git_operation_learning_events",
        schema="events",
    )
    op.drop_index(
        "ix_git_operation_learning_events_operation",
        table_name="git_operation_learning_events",
        schema="events",
    )
    op.drop_index(
        "ix_git_operation_learning_events_event",
        table_name="git_operation_learning_events",
        schema="events",
    )
    op.drop_table("git_operation_learning_events", schema="events")
    op.drop_table("daily_learning_metrics", schema="events")
    op.drop_table("stale_learning_days", schema="events")
