"""Content first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA content")
    op.execute(
        "GRANT USAGE ON SCHEMA content TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "content_chunks",
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
        sa.Column("use_case_id", sa.UUID(), nullable=True, comment="Use case it is about."),
        sa.Column(
            "discovery_tool_id", sa.UUID(), nullable=True, comment="Discovery tool it is about."
        ),
        sa.Column("content_type", sa.Text(), nullable=False, comment="What it is."),
        sa.Column("content_text", sa.Text(), nullable=False, comment="The text."),
        sa.Column("source", sa.Text(), nullable=True, comment="Where it was taken from."),
        sa.Column("source_file", sa.Text(), nullable=True, comment="File it was taken from."),
        sa.Column(
            "meta_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Anything else its sender adds.",
        ),
        sa.Column(
            "embedding",
            Vector(384),
            nullable=True,
            comment="Vector of its meaning; NULL until it is computed.",
        ),
        sa.Column(
            "embedding_model",
            sa.Text(),
            nullable=True,
            comment="Model that computed it; vectors of different models cannot be compared.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was added.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "content_type IN ('theory', 'tip', 'description', 'scenario', 'copilot_knowledge')",
            name=op.f("ck_content_chunks_content_type_valid"),
        ),
        sa.CheckConstraint(
            "embedding_model <> '' AND length(embedding_model) <= 255",
            name=op.f("ck_content_chunks_embedding_model_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(meta_data) = 'object'", name=op.f("ck_content_chunks_meta_data_valid")
        ),
        sa.CheckConstraint(
            "source IN ('component', 'json', 'documentation', 'user_generated')",
            name=op.f("ck_content_chunks_source_valid"),
        ),
        sa.CheckConstraint(
            "vector_norm(embedding) > 0", name=op.f("ck_content_chunks_embedding_has_a_direction")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_content_chunks_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_content_chunks")),
        schema="content",
        comment="A piece of text with the vector of its meaning, by which it is found.",
    )
    op.create_index(
        "ix_content_chunks_discovery_tool_id",
        "content_chunks",
        ["tenant_id", "discovery_tool_id"],
        unique=False,
        schema="content",
    )
    op.create_index(
        "ix_content_chunks_embedding",
        "content_chunks",
        ["embedding"],
        unique=False,
        schema="content",
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "vector_cosine_ops"},
    )
    op.create_index(
        "ix_content_chunks_type",
        "content_chunks",
        ["tenant_id", "content_type", "use_case_id"],
        unique=False,
        schema="content",
    )
    op.create_index(
        "ix_content_chunks_use_case_id",
        "content_chunks",
        ["tenant_id", "use_case_id"],
        unique=False,
        schema="content",
    )
    op.create_table(
        "content_syncs",
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
        sa.Column("sync_type", sa.Text(), nullable=False, comment="What it does."),
        sa.Column(
            "content_type",
            sa.Text(),
            nullable=False,
            comment="What it moves, in the words of its source.",
        ),
        sa.Column("source", sa.Text(), nullable=True, comment="Where from."),
        sa.Column("destination", sa.Text(), nullable=True, comment="Where to."),
        sa.Column(
            "records_processed",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Records it has looked at.",
        ),
        sa.Column(
            "records_success",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Of these, those that went through.",
        ),
        sa.Column(
            "records_failed",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Of these, those that failed.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'pending'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column("error_log", sa.Text(), nullable=True, comment="What went wrong."),
        sa.Column(
            "started_at", sa.DateTime(timezone=True), nullable=True, comment="When it began."
        ),
        sa.Column(
            "completed_at", sa.DateTime(timezone=True), nullable=True, comment="When it ended."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was asked for.",
        ),
        sa.CheckConstraint(
            "content_type <> '' AND length(content_type) <= 255",
            name=op.f("ck_content_syncs_content_type_valid"),
        ),
        sa.CheckConstraint(
            "destination <> '' AND length(destination) <= 255",
            name=op.f("ck_content_syncs_destination_valid"),
        ),
        sa.CheckConstraint(
            "source <> '' AND length(source) <= 255", name=op.f("ck_content_syncs_source_valid")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'running', 'completed', 'failed')",
            name=op.f("ck_content_syncs_status_valid"),
        ),
        sa.CheckConstraint(
            "sync_type IN ('extraction', 'migration', 'update')",
            name=op.f("ck_content_syncs_sync_type_valid"),
        ),
        sa.CheckConstraint(
            "records_failed >= 0", name=op.f("ck_content_syncs_records_failed_valid")
        ),
        sa.CheckConstraint(
            "records_processed >= 0", name=op.f("ck_content_syncs_records_processed_valid")
        ),
        sa.CheckConstraint(
            "records_success >= 0", name=op.f("ck_content_syncs_records_success_valid")
        ),
        sa.CheckConstraint(
            "started_at <= completed_at", name=op.f("ck_content_syncs_begins_before_it_ends")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_content_syncs_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_content_syncs")),
        schema="content",
        comment="A run that takes content from one place to another, with how many records went through.",
    )
    op.create_table(
        "content_versions",
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
        sa.Column("content_type", sa.Text(), nullable=False, comment="What the item is."),
        sa.Column("content_id", sa.Text(), nullable=False, comment="The item, by its own id."),
        sa.Column("version", sa.Text(), nullable=False, comment="Text of the version."),
        sa.Column(
            "content_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="The item as it was.",
        ),
        sa.Column("source", sa.Text(), nullable=True, comment="Where it was written."),
        sa.Column("source_file", sa.Text(), nullable=True, comment="File it came from."),
        sa.Column("checksum", sa.Text(), nullable=True, comment="SHA-256 of the item's data."),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is in use.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was written.",
        ),
        sa.Column(
            "created_by", sa.UUID(), nullable=True, comment="User who wrote it, if a user did."
        ),
        sa.CheckConstraint(
            "checksum ~ '^[0-9a-f]{64}$'", name=op.f("ck_content_versions_checksum_valid")
        ),
        sa.CheckConstraint(
            "content_id <> '' AND length(content_id) <= 255",
            name=op.f("ck_content_versions_content_id_valid"),
        ),
        sa.CheckConstraint(
            "content_type IN ('use_case', 'industry', 'discovery_tool', 'solution')",
            name=op.f("ck_content_versions_content_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(content_data) = 'object'",
            name=op.f("ck_content_versions_content_data_valid"),
        ),
        sa.CheckConstraint(
            "source IN ('frontend', 'backend', 'migration')",
            name=op.f("ck_content_versions_source_valid"),
        ),
        sa.CheckConstraint(
            "version <> '' AND length(version) <= 255",
            name=op.f("ck_content_versions_version_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "created_by"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_content_versions_created_by",
            ondelete="SET NULL (created_by)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_content_versions_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_content_versions")),
        schema="content",
        comment="An item of content as it was in one version, with the checksum of its data.",
    )
    op.create_index(
        "ix_content_versions_content_id",
        "content_versions",
        ["tenant_id", "content_id"],
        unique=False,
        schema="content",
    )
    op.create_index(
        "ix_content_versions_created_by",
        "content_versions",
        ["tenant_id", "created_by"],
        unique=False,
        schema="content",
    )
    op.create_index(
        "ix_content_versions_type",
        "content_versions",
        ["tenant_id", "content_type"],
        unique=False,
        schema="content",
    )
    op.table_policy(
        "content.content_chunks", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "content.content_versions", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "content.content_syncs", add=["app:delete,insert,select,update", "keep:365", "rls:tenant"]
    )


def downgrade() -> None:
    op.table_policy(
        "content.content_syncs",
        remove=["app:delete,insert,select,update", "keep:365", "rls:tenant"],
    )
    op.table_policy(
        "content.content_versions", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "content.content_chunks", remove=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.drop_index("ix_content_versions_type", table_name="content_versions", schema="content")
    op.drop_index("ix_content_versions_created_by", table_name="content_versions", schema="content")
    op.drop_index("ix_content_versions_content_id", table_name="content_versions", schema="content")
    op.drop_table("content_versions", schema="content")
    op.drop_table("content_syncs", schema="content")
    op.drop_index("ix_content_chunks_use_case_id", table_name="content_chunks", schema="content")
    op.drop_index("ix_content_chunks_type", table_name="content_chunks", schema="content")
    op.drop_index(
        "ix_content_chunks_embedding",
        table_name="content_chunks",
        schema="content",
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "vector_cosine_ops"},
    )
    op.drop_index(
        "ix_content_chunks_discovery_tool_id", table_name="content_chunks", schema="content"
    )
    op.drop_table("content_chunks", schema="content")
    op.execute("DROP SCHEMA content CASCADE")
