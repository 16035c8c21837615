"""Events: fewer bytes of index, keys that many rows share are stored once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column(
        "learning_events",
        "timestamp",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        comment="When it happened: the millisecond that the id says, so that an id tells its month.",
        existing_comment="When it happened.",
        existing_nullable=False,
        existing_server_default=sa.text("now()"),
        schema="events",
    )
    op.drop_index(op.f("ix_learning_events_entity"), table_name="learning_events", schema="events")
    op.create_index(
        "ix_learning_events_entity",
        "learning_events",
        ["tenant_id", "entity_type", "entity_id"],
        unique=False,
        schema="events",
    )
    op.drop_index(
        op.f("ix_learning_events_session"),
        table_name="learning_events",
        schema="events",
        postgresql_where="(session_id IS NOT NULL)",
    )
    op.create_index(
        "ix_learning_events_session",
        "learning_events",
        ["tenant_id", "session_id"],
        unique=False,
        schema="events",
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )
    op.drop_index(
        op.f("ix_learning_events_timestamp"), table_name="learning_events", schema="events"
    )
    op.create_index(
        "ix_learning_events_timestamp",
        "learning_events",
        ["tenant_id", "timestamp"],
        unique=False,
        schema="events",
    )
    op.drop_index(op.f("ix_learning_events_type"), table_name="learning_events", schema="events")
    op.create_index(
        "ix_learning_events_type",
        "learning_events",
        ["tenant_id", "event_type"],
        unique=False,
        schema="events",
    )
    op.drop_index(
        op.f("ix_learning_events_user"),
        table_name="learning_events",
        schema="events",
        postgresql_where="(user_id IS NOT NULL)",
    )
    op.create_index(
        "ix_learning_events_user",
        "learning_events",
        ["tenant_id", "user_id"],
        unique=False,
        schema="events",
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_learning_events_user",
        table_name="learning_events",
        schema="events",
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_learning_events_user"),
        "learning_events",
        ["tenant_id", "user_id", "timestamp"],
        unique=False,
        schema="events",
        postgresql_where="(user_id IS NOT NULL)",
    )
    op.drop_index("ix_learning_events_type", table_name="learning_events", schema="events")
    op.create_index(
        op.f("ix_learning_events_type"),
        "learning_events",
        ["tenant_id", "event_type", "timestamp", "id"],
        unique=False,
        schema="events",
    )
    op.drop_index("ix_learning_events_timestamp", table_name="learning_events", schema="events")
    op.create_index(
        op.f("ix_learning_events_timestamp"),
        "learning_events",
        ["tenant_id", "timestamp", "id"],
        unique=False,
        schema="events",
    )
    op.drop_index(
        "ix_learning_events_session",
        table_name="learning_events",
        schema="events",
        postgresql_where=sa.text("session_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_learning_events_session"),
        "learning_events",
        ["tenant_id", "session_id", "timestamp"],
        unique=False,
        schema="events",
        postgresql_where="(session_id IS NOT NULL)",
    )
    op.drop_index("ix_learning_events_entity", table_name="learning_events", schema="events")
    op.create_index(
        op.f("ix_learning_events_entity"),
        "learning_events",
        ["tenant_id", "entity_type", "entity_id", "timestamp"],
        unique=False,
        schema="events",
    )
    op.alter_column(
        "learning_events",
        "timestamp",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        comment="When it happened.",
        existing_comment="When it happened: the millisecond that the id says, so that an id tells its month.",
        existing_nullable=False,
        existing_server_default=sa.text("now()"),
        schema="events",
    )
