"""events first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA events")
    op.execute("GRANT USAGE ON SCHEMA events TO everlearn_app, everlearn_reader, everlearn_service")
    op.create_table(
        "learning_events",
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
        sa.Column("event_type", sa.Text(), nullable=False, comment="What happened."),
        sa.Column(
            "event_subtype",
            sa.Text(),
            nullable=True,
            comment="Which kind of it, in the sender's words.",
        ),
        sa.Column(
            "timestamp",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it happened.",
        ),
        sa.Column(
            "source_system", sa.Text(), nullable=True, comment="Who sent it; everlearn for our own."
        ),
        sa.Column(
            "entity_type",
            sa.Text(),
            nullable=True,
            comment="Kind of thing it happened to, such as model.",
        ),
        sa.Column("entity_id", sa.Text(), nullable=True, comment="Which one."),
        sa.Column(
            "event_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="Particulars.",
        ),
        sa.Column(
            "user_id", sa.Text(), nullable=True, comment="User on whose behalf it happened, if any."
        ),
        sa.Column("session_id", sa.Text(), nullable=True, comment="Session it belongs to, if any."),
        sa.Column(
            "processing_time_ms",
            sa.Double(),
            nullable=True,
            comment="How long it took, in milliseconds.",
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Who acted, and anything else.",
        ),
        sa.CheckConstraint(
            "entity_id <> '' AND length(entity_id) <= 255",
            name=op.f("ck_learning_events_entity_id_valid"),
        ),
        sa.CheckConstraint(
            "entity_type <> '' AND length(entity_type) <= 255",
            name=op.f("ck_learning_events_entity_type_valid"),
        ),
        sa.CheckConstraint(
            "event_subtype <> '' AND length(event_subtype) <= 255",
            name=op.f("ck_learning_events_event_subtype_valid"),
        ),
        sa.CheckConstraint(
            "event_type IN ('model_prediction', 'pattern_detection', 'user_feedback', 'system_optimization', 'data_ingestion', 'drift_alert', 'model_training', 'model_registration', 'model_promotion', 'model_rollback', 'experiment', 'recalibration')",
            name=op.f("ck_learning_events_event_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(event_data) = 'object'", name=op.f("ck_learning_events_event_data_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_learning_events_metadata_valid")
        ),
        sa.CheckConstraint(
            "processing_time_ms >= 0 AND processing_time_ms < 'infinity'",
            name=op.f("ck_learning_events_processing_time_ms_valid"),
        ),
        sa.CheckConstraint(
            "source_system <> '' AND length(source_system) <= 255",
            name=op.f("ck_learning_events_source_system_valid"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", "timestamp", name=op.f("pk_learning_events")),
        schema="events",
        comment="Event stream of the learning system.",
        postgresql_partition_by="RANGE (timestamp)",
    )
    op.create_index(
        "ix_learning_events_entity",
        "learning_events",
        ["tenant_id", "entity_type", "entity_id", "timestamp"],
        unique=False,
        schema="events",
    )
    op.create_index(
        "ix_learning_events_timestamp",
        "learning_events",
        ["tenant_id", "timestamp", "id"],
        unique=False,
        schema="events",
    )
    op.create_index(
        "ix_learning_events_type",
        "learning_events",
        ["tenant_id", "event_type", "timestamp", "id"],
        unique=False,
        schema="events",
    )
    op.table_policy(
        "events.learning_events",
        add=["app:insert,select", "keep:730", "partition:timestamp:month", "rows:tenant"],
    )


def downgrade() -> None:
    op.table_policy(
        "events.learning_events",
        remove=["app:insert,select", "keep:730", "partition:timestamp:month", "rows:tenant"],
    )
    op.drop_index("ix_learning_events_type", table_name="learning_events", schema="events")
    op.drop_index("ix_learning_events_timestamp", table_name="learning_events", schema="events")
    op.drop_index("ix_learning_events_entity", table_name="learning_events", schema="events")
    op.drop_table("learning_events", schema="events")
    op.execute("DROP SCHEMA events CASCADE")
