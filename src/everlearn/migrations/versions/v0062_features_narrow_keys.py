"""Features: keys of vectors and facts are hashes; some 60 and 35 bytes of index less a row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

_VECTORS = "ml_feature_store"
_FACTS = "feature_facts"
_FACT_KEY = (
    "hashtextextended(encode(timestamptz_send(known_at), 'hex'), hashtextextended(entity_id, 0))"
)
_COLUMNS = {
    (_VECTORS, "entity_hash"): (
        "hashtextextended(resource_id, uuid_hash_extended(tenant_id, 0))",
        "Hash of tenant_id and resource_id, by which an entity's vectors are found.",
    ),
    (_FACTS, "source_key"): (
        "uuid_hash_extended(source_id, uuid_hash_extended(tenant_id, 0))",
        "Hash of tenant_id and source_id, by which a source's facts are found.",
    ),
    (_FACTS, "fact_key"): (
        _FACT_KEY,
        "Hash of entity_id and known_at, which tells facts of one moment apart.",
    ),
}


def upgrade() -> None:
    # Before the columns, which write the rows anew and would make these anew with them.
    op.drop_index("idx_ml_feature_resource", table_name=_VECTORS, schema="features")
    op.drop_index("idx_ml_feature_window", table_name=_VECTORS, schema="features")
    for table in (_VECTORS, _FACTS):
        op.execute(f"ALTER TABLE features.{table} DROP CONSTRAINT pk_{table}")
    for (table, name), (value, comment) in _COLUMNS.items():
        made = sa.Column(
            name,
            sa.BigInteger(),
            sa.Computed(value, persisted=True),
            nullable=False,
            comment=comment,
        )
        op.add_column(table, made, schema="features")
    _key(_VECTORS, "entity_hash, id")
    _key(_FACTS, "source_key, event_at, fact_key")
    op.create_index("idx_ml_feature_id", _VECTORS, ["id"], schema="features")
    op.create_index(
        "idx_ml_feature_window", _VECTORS, ["tenant_id", "feature_set_id"], schema="features"
    )
    op.execute(
        "COMMENT ON COLUMN features.ml_feature_store.id"
        " IS 'Version 7 uuid of as_of, and a hash of set, entity and microsecond.'"
    )


def downgrade() -> None:
    op.drop_index("idx_ml_feature_id", table_name=_VECTORS, schema="features")
    for table in (_VECTORS, _FACTS):
        op.execute(f"ALTER TABLE features.{table} DROP CONSTRAINT pk_{table}")
    for table, name in _COLUMNS:
        op.drop_column(table, name, schema="features")
    _key(_VECTORS, "tenant_id, id")
    _key(_FACTS, "tenant_id, source_id, event_at, entity_key, known_at")
    op.create_index(
        "idx_ml_feature_resource", _VECTORS, ["tenant_id", "resource_id", "id"], schema="features"
    )
    op.execute(
        "COMMENT ON COLUMN features.ml_feature_store.id"
        " IS 'Version 7 uuid: sorts by the time the row was made.'"
    )


def _key(table: str, columns: str) -> None:
    op.execute(f"ALTER TABLE features.{table} ADD CONSTRAINT pk_{table} PRIMARY KEY ({columns})")
