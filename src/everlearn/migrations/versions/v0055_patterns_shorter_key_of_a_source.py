"""Patterns: a source is found by one hash of tenant and source; some 16 bytes less an occurrence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_TABLE = "pattern_occurrences"
#: Where a partition's columns lie otherwise than the table's, as they do once a column was dropped,
#: the rows that a trigger is shown lack what is computed: so it computes the day itself.
_MARK = """
    CREATE OR REPLACE FUNCTION patterns.mark_stale_days() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'DELETE' THEN
        INSERT INTO patterns.stale_pattern_days (tenant_id, date)
        SELECT DISTINCT n.tenant_id, (n.detection_timestamp AT TIME ZONE 'UTC')::date
        FROM new_rows n;
      END IF;
      IF TG_OP <> 'INSERT' THEN
        INSERT INTO patterns.stale_pattern_days (tenant_id, date)
        SELECT DISTINCT o.tenant_id, (o.detection_timestamp AT TIME ZONE 'UTC')::date
        FROM old_rows o
        -- What is left of a tenant that is gone is being cleared away.
        WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
      END IF;
      RETURN NULL;
    END $$
    """
_MARK_BEFORE = """
    CREATE OR REPLACE FUNCTION patterns.mark_stale_days() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'DELETE' THEN
        INSERT INTO patterns.stale_pattern_days (tenant_id, date)
        SELECT DISTINCT n.tenant_id, n.detected_on FROM new_rows n;
      END IF;
      IF TG_OP <> 'INSERT' THEN
        INSERT INTO patterns.stale_pattern_days (tenant_id, date)
        SELECT DISTINCT o.tenant_id, o.detected_on FROM old_rows o
        -- What is left of a tenant that is gone is being cleared away.
        WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
      END IF;
      RETURN NULL;
    END $$
    """


def upgrade() -> None:
    op.execute(_MARK)
    _make(
        "hashtext(tenant_id::text || source_id)",
        "Hash of tenant_id and source_id, by which a source's rows are found.",
        ["source_key"],
    )


def downgrade() -> None:
    op.execute(_MARK_BEFORE)
    _make(
        "hashtext(source_id)",
        "Hash of source_id, by which it is found: source_key = hashtext(..) beside it.",
        ["tenant_id", "source_key"],
    )


def _make(value: str, comment: str, columns: list[str]) -> None:
    op.drop_index("ix_pattern_occurrences_source", table_name=_TABLE, schema="patterns")
    op.drop_column(_TABLE, "source_key", schema="patterns")
    made = sa.Column(
        "source_key",
        sa.Integer(),
        sa.Computed(value, persisted=True),
        nullable=True,
        comment=comment,
    )
    op.add_column(_TABLE, made, schema="patterns")
    op.create_index("ix_pattern_occurrences_source", _TABLE, columns, schema="patterns")
