"""features first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA features")
    op.execute(
        "GRANT USAGE ON SCHEMA features TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "feature_facts",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column("source_id", sa.UUID(), nullable=False, comment="Source the fact is of."),
        sa.Column(
            "event_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it happened, or is to happen.",
        ),
        sa.Column(
            "entity_key",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="First 64 bits of BLAKE2b of entity_id; joins the facts of one entity.",
        ),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False, comment="When we knew."),
        sa.Column(
            "dims",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="First 64 bits of BLAKE2b of each of dims_text: fixed width, so reading is quick.",
        ),
        sa.Column(
            "numbers",
            postgresql.ARRAY(sa.Double()),
            nullable=False,
            comment="Numbers, as named by the source; NaN is not known.",
        ),
        sa.Column(
            "entity_id",
            sa.Text(),
            nullable=False,
            comment="What it happened to, in the caller's words.",
        ),
        sa.Column(
            "dims_text",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Texts, as named by the source.",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "source_id",
            "event_at",
            "entity_key",
            "known_at",
            name=op.f("pk_feature_facts"),
        ),
        schema="features",
        comment="Something that happened, and since when we knew. A correction is a row known later.",
        postgresql_partition_by="RANGE (event_at)",
    )
    op.create_table(
        "feature_categories",
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
            "set_name",
            sa.Text(),
            nullable=False,
            comment="Name of the feature set; its versions share the codes.",
        ),
        sa.Column("feature", sa.Text(), nullable=False, comment="Name of the feature."),
        sa.Column("word", sa.Text(), nullable=False, comment="The word."),
        sa.Column(
            "code", sa.BigInteger(), nullable=False, comment="Its code, from 0; stays for ever."
        ),
        sa.CheckConstraint(
            "feature <> '' AND length(feature) <= 255",
            name=op.f("ck_feature_categories_feature_valid"),
        ),
        sa.CheckConstraint(
            "set_name <> '' AND length(set_name) <= 255",
            name=op.f("ck_feature_categories_set_name_valid"),
        ),
        sa.CheckConstraint("code >= 0", name=op.f("ck_feature_categories_code_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_feature_categories_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_feature_categories")),
        sa.UniqueConstraint(
            "tenant_id",
            "set_name",
            "feature",
            "code",
            name=op.f("uq_feature_categories_tenant_id_set_name_feature_code"),
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "set_name",
            "feature",
            "word",
            name=op.f("uq_feature_categories_tenant_id_set_name_feature_word"),
        ),
        schema="features",
        comment="The code of a word of a categorical feature; the dictionary only grows.",
    )
    op.create_table(
        "feature_sets",
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
        sa.Column("name", sa.Text(), nullable=False, comment="Name shared by all versions."),
        sa.Column("version", sa.BigInteger(), nullable=False, comment="Version, from 1."),
        sa.Column(
            "definition",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="Declarations: {features: [{kind, name, ...}]}.",
        ),
        sa.Column(
            "names",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Names of a vector's elements, in order.",
        ),
        sa.Column(
            "categorical",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Names of the elements that are codes of words.",
        ),
        sa.Column(
            "definition_sha256", sa.Text(), nullable=False, comment="SHA-256 of the definition."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was declared.",
        ),
        sa.CheckConstraint(
            "definition_sha256 ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_feature_sets_definition_sha256_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(definition) = 'object'", name=op.f("ck_feature_sets_definition_valid")
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_feature_sets_name_valid")
        ),
        sa.CheckConstraint("version >= 0", name=op.f("ck_feature_sets_version_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_feature_sets_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_feature_sets")),
        sa.UniqueConstraint(
            "tenant_id",
            "name",
            "definition_sha256",
            name=op.f("uq_feature_sets_tenant_id_name_definition_sha256"),
        ),
        sa.UniqueConstraint(
            "tenant_id", "name", "version", name=op.f("uq_feature_sets_tenant_id_name_version")
        ),
        schema="features",
        comment="A version of a list of declared features; a change is a new version.",
    )
    op.create_table(
        "feature_sources",
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
            "name", sa.Text(), nullable=False, comment="Name used in declarations of features."
        ),
        sa.Column(
            "description", sa.Text(), nullable=True, comment="What its facts are, for people."
        ),
        sa.Column(
            "dim_names",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Names of the texts that facts are found by.",
        ),
        sa.Column(
            "value_names",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Names of the numbers that facts carry.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was declared.",
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_feature_sources_name_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_feature_sources_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_feature_sources")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_feature_sources_tenant_id_name")),
        schema="features",
        comment="Where facts come from: which texts they are found by and which numbers they carry.",
    )
    op.create_table(
        "ml_feature_store",
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
            "feature_set_id", sa.UUID(), nullable=False, comment="Feature set with the names."
        ),
        sa.Column(
            "as_of",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="What was known at this moment counts; the id's time.",
        ),
        sa.Column(
            "computed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was computed.",
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="After this it should be computed anew.",
        ),
        sa.Column(
            "entity_key",
            sa.BigInteger(),
            nullable=False,
            comment="First 64 bits of BLAKE2b of resource_id; joins the facts of the entity.",
        ),
        sa.Column(
            "quality_score",
            sa.Double(),
            nullable=True,
            comment="Quality of the values, as judged by the caller.",
        ),
        sa.Column(
            "completeness", sa.Double(), nullable=False, comment="Share of values that are known."
        ),
        sa.Column(
            "feature_version",
            sa.BigInteger(),
            nullable=False,
            comment="Version of the feature set.",
        ),
        sa.Column(
            "feature_type",
            sa.Text(),
            server_default=sa.text("'temporal'"),
            nullable=False,
            comment="What the vector is about.",
        ),
        sa.Column(
            "resource_id", sa.Text(), nullable=False, comment="The entity, in the caller's words."
        ),
        sa.Column(
            "values",
            postgresql.ARRAY(sa.REAL()),
            nullable=False,
            comment="The vector; NaN is not known.",
        ),
        sa.CheckConstraint(
            "feature_type IN ('configuration', 'temporal', 'contextual', 'policy')",
            name=op.f("ck_ml_feature_store_feature_type_valid"),
        ),
        sa.CheckConstraint(
            "completeness BETWEEN 0 AND 1", name=op.f("ck_ml_feature_store_completeness_valid")
        ),
        sa.CheckConstraint(
            "feature_version >= 0", name=op.f("ck_ml_feature_store_feature_version_valid")
        ),
        sa.CheckConstraint(
            "quality_score BETWEEN 0 AND 1", name=op.f("ck_ml_feature_store_quality_score_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "feature_set_id"],
            ["features.feature_sets.tenant_id", "features.feature_sets.id"],
            name="fk_ml_feature_store_feature_set_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ml_feature_store")),
        schema="features",
        comment="A computed vector of an entity as of a moment. Its names live once, in the feature set.",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        "idx_ml_feature_resource",
        "ml_feature_store",
        ["tenant_id", "resource_id"],
        unique=False,
        schema="features",
    )
    op.create_index(
        "idx_ml_feature_window",
        "ml_feature_store",
        ["tenant_id", "feature_set_id", "as_of"],
        unique=False,
        schema="features",
    )
    op.table_policy(
        "features.feature_sources", add=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.table_policy(
        "features.feature_facts",
        add=["app:insert,select", "keep:1095", "partition:event_at:month", "rows:tenant"],
    )
    op.table_policy("features.feature_sets", add=["app:delete,insert,select,update", "rows:tenant"])
    op.table_policy("features.feature_categories", add=["app:insert,select", "rows:tenant"])
    op.table_policy(
        "features.ml_feature_store",
        add=["app:insert,select", "keep:1095", "partition:id:month", "rows:tenant"],
    )
    op.view(
        "features.v_feature_rows",
        "SELECT r.tenant_id, r.id, r.feature_set_id, s.name AS feature_set, r.resource_id, r.as_of,\n  r.feature_type, r.feature_version, r.computed_at, r.expires_at, r.quality_score,\n  r.completeness,\n  (SELECT jsonb_object_agg(e.name, CASE\n      WHEN e.value = 'NaN'::real THEN 'null'::jsonb\n      WHEN e.name = ANY (s.categorical) THEN coalesce(\n        (SELECT to_jsonb(c.word) FROM features.feature_categories c\n         WHERE c.tenant_id = r.tenant_id AND c.set_name = s.name AND c.feature = e.name\n           AND c.code = e.value::bigint),\n        to_jsonb(e.value))\n      ELSE to_jsonb(e.value) END)\n   FROM unnest(s.names, r.\"values\") AS e(name, value)) AS features\nFROM features.ml_feature_store r\nJOIN features.feature_sets s ON s.tenant_id = r.tenant_id AND s.id = r.feature_set_id",
        comment="Stored vectors as JSON, words instead of codes.",
        was=None,
    )


def downgrade() -> None:
    op.view(
        "features.v_feature_rows",
        None,
        comment="",
        was=(
            "SELECT r.tenant_id, r.id, r.feature_set_id, s.name AS feature_set, r.resource_id, r.as_of,\n  r.feature_type, r.feature_version, r.computed_at, r.expires_at, r.quality_score,\n  r.completeness,\n  (SELECT jsonb_object_agg(e.name, CASE\n      WHEN e.value = 'NaN'::real THEN 'null'::jsonb\n      WHEN e.name = ANY (s.categorical) THEN coalesce(\n        (SELECT to_jsonb(c.word) FROM features.feature_categories c\n         WHERE c.tenant_id = r.tenant_id AND c.set_name = s.name AND c.feature = e.name\n           AND c.code = e.value::bigint),\n        to_jsonb(e.value))\n      ELSE to_jsonb(e.value) END)\n   FROM unnest(s.names, r.\"values\") AS e(name, value)) AS features\nFROM features.ml_feature_store r\nJOIN features.feature_sets s ON s.tenant_id = r.tenant_id AND s.id = r.feature_set_id",
            "Stored vectors as JSON, words instead of codes.",
        ),
    )
    op.table_policy(
        "features.ml_feature_store",
        remove=["app:insert,select", "keep:1095", "partition:id:month", "rows:tenant"],
    )
    op.table_policy("features.feature_categories", remove=["app:insert,select", "rows:tenant"])
    op.table_policy(
        "features.feature_sets", remove=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.table_policy(
        "features.feature_facts",
        remove=["app:insert,select", "keep:1095", "partition:event_at:month", "rows:tenant"],
    )
    op.table_policy(
        "features.feature_sources", remove=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.drop_index("idx_ml_feature_window", table_name="ml_feature_store", schema="features")
    op.drop_index("idx_ml_feature_resource", table_name="ml_feature_store", schema="features")
    op.drop_table("ml_feature_store", schema="features")
    op.drop_table("feature_sources", schema="features")
    op.drop_table("feature_sets", schema="features")
    op.drop_table("feature_categories", schema="features")
    op.drop_table("feature_facts", schema="features")
    op.execute("DROP SCHEMA features CASCADE")
