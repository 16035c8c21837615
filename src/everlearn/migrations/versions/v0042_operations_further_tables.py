"""operations further tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schema_migrations",
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Sorts by the time it was written.",
        ),
        sa.Column("version", sa.Text(), nullable=False, comment="Revision, such as 0014."),
        sa.Column(
            "applied_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was applied.",
        ),
        sa.Column("description", sa.Text(), nullable=True, comment="What it brought."),
        sa.CheckConstraint(
            "version <> '' AND length(version) <= 255",
            name=op.f("ck_schema_migrations_version_valid"),
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_schema_migrations")),
        sa.UniqueConstraint("id", name=op.f("uq_schema_migrations_id")),
        schema="operations",
        comment="A version of the schema that was applied.",
    )
    op.create_table(
        "system_performance_metrics",
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
            "metric_name",
            sa.Text(),
            nullable=False,
            comment="What is measured, in the sender's words.",
        ),
        sa.Column("metric_category", sa.Text(), nullable=True, comment="Part it is about."),
        sa.Column(
            "timestamp",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was measured.",
        ),
        sa.Column("value", sa.Double(), nullable=False, comment="The value, in its unit."),
        sa.Column("unit", sa.Text(), nullable=True, comment="Unit of the value."),
        sa.Column(
            "tags",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Words to tell series of one name apart.",
        ),
        sa.Column(
            "source_component",
            sa.Text(),
            nullable=True,
            comment="Part that sent it, in the sender's words.",
        ),
        sa.Column(
            "aggregation_level",
            sa.Text(),
            server_default=sa.text("'raw'"),
            nullable=False,
            comment="How much time it stands for.",
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Anything else.",
        ),
        sa.CheckConstraint(
            "aggregation_level IN ('raw', 'minute', 'hour', 'day')",
            name=op.f("ck_system_performance_metrics_aggregation_level_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'",
            name=op.f("ck_system_performance_metrics_metadata_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(tags) = 'object'", name=op.f("ck_system_performance_metrics_tags_valid")
        ),
        sa.CheckConstraint(
            "metric_category IN ('database', 'api', 'ml_model', 'user_experience')",
            name=op.f("ck_system_performance_metrics_metric_category_valid"),
        ),
        sa.CheckConstraint(
            "metric_name <> '' AND length(metric_name) <= 255",
            name=op.f("ck_system_performance_metrics_metric_name_valid"),
        ),
        sa.CheckConstraint(
            "source_component <> '' AND length(source_component) <= 255",
            name=op.f("ck_system_performance_metrics_source_component_valid"),
        ),
        sa.CheckConstraint(
            "unit IN ('ms', 'mb', 'percentage', 'count')",
            name=op.f("ck_system_performance_metrics_unit_valid"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "id", "timestamp", name=op.f("pk_system_performance_metrics")
        ),
        schema="operations",
        comment="One measured value of the running system.",
        postgresql_partition_by="RANGE (timestamp)",
    )
    op.create_index(
        "ix_system_performance_metrics_name",
        "system_performance_metrics",
        ["tenant_id", "metric_name", "timestamp"],
        unique=False,
        schema="operations",
    )
    op.create_table(
        "archive_manifests",
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
            comment="Schema-qualified table the rows were in.",
        ),
        sa.Column(
            "partition_name",
            sa.Text(),
            nullable=True,
            comment="Partition they were in; NULL when in none.",
        ),
        sa.Column(
            "period_start",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Beginning of the period, inclusive.",
        ),
        sa.Column(
            "period_end",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="End of the period, exclusive.",
        ),
        sa.Column(
            "part",
            sa.BigInteger(),
            server_default=sa.text("1"),
            nullable=False,
            comment="1 for the first file of the period; higher where rows came after it.",
        ),
        sa.Column("row_count", sa.BigInteger(), nullable=False, comment="Rows in the file."),
        sa.Column(
            "content_hash",
            sa.Text(),
            nullable=False,
            comment="Sum of the 64-bit hashes of the rows' texts: the same in any order.",
        ),
        sa.Column(
            "size_bytes", sa.BigInteger(), nullable=False, comment="Size of the file, in bytes."
        ),
        sa.Column("sha256", sa.Text(), nullable=False, comment="Hash of the file."),
        sa.Column("url", sa.Text(), nullable=False, comment="Where the file is."),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was written.",
        ),
        sa.Column(
            "verified_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was read back and found equal.",
        ),
        sa.Column(
            "dropped_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When its rows left the table.",
        ),
        sa.CheckConstraint(
            "content_hash <> '' AND length(content_hash) <= 255",
            name=op.f("ck_archive_manifests_content_hash_valid"),
        ),
        sa.CheckConstraint(
            "partition_name <> '' AND length(partition_name) <= 255",
            name=op.f("ck_archive_manifests_partition_name_valid"),
        ),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_archive_manifests_sha256_valid")
        ),
        sa.CheckConstraint(
            "table_name <> '' AND length(table_name) <= 255",
            name=op.f("ck_archive_manifests_table_name_valid"),
        ),
        sa.CheckConstraint(
            "dropped_at IS NULL OR verified_at IS NOT NULL",
            name=op.f("ck_archive_manifests_dropped_at_valid"),
        ),
        sa.CheckConstraint("part >= 0", name=op.f("ck_archive_manifests_part_valid")),
        sa.CheckConstraint(
            "period_start < period_end", name=op.f("ck_archive_manifests_period_valid")
        ),
        sa.CheckConstraint("row_count >= 0", name=op.f("ck_archive_manifests_row_count_valid")),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_archive_manifests_size_bytes_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_archive_manifests_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_archive_manifests")),
        sa.UniqueConstraint(
            "tenant_id",
            "table_name",
            "period_start",
            "part",
            name=op.f("uq_archive_manifests_tenant_id_table_name_period_start_part"),
        ),
        schema="operations",
        comment="A file of the archive: one tenant's old rows of one table and period.",
    )
    op.create_index(
        "ix_archive_manifests_open",
        "archive_manifests",
        ["tenant_id", "table_name", "period_start"],
        unique=True,
        schema="operations",
        postgresql_where=sa.text("dropped_at IS NULL"),
    )
    op.add_column(
        "data_retention_policies",
        sa.Column(
            "legal_hold",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="While it is true none of the tenant's rows leave, however old.",
        ),
        schema="operations",
    )
    op.alter_column(
        "data_retention_policies",
        "archive_strategy",
        existing_type=sa.TEXT(),
        nullable=True,
        comment="What happens to them then; NULL: what the table itself says.",
        existing_comment="What happens to them then.",
        existing_server_default=sa.text("'delete'::text"),
        schema="operations",
    )
    op.execute(
        "ALTER TABLE operations.data_retention_policies ALTER COLUMN archive_strategy DROP DEFAULT"
    )
    op.table_policy("operations.job_runs", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy(
        "operations.data_retention_policies", add=["rls:tenant"], remove=["rows:tenant"]
    )
    op.table_policy(
        "operations.archive_manifests",
        add=["app:insert,select", "rls:tenant|see=anyone|change=nobody"],
    )
    op.table_policy(
        "operations.system_performance_metrics",
        add=["app:insert,select", "keep:90", "partition:timestamp:day", "rls:tenant"],
    )
    op.table_policy("operations.schema_migrations", add=["app:select", "rls:shared"])


def downgrade() -> None:
    op.execute(
        "ALTER TABLE operations.data_retention_policies ALTER COLUMN archive_strategy SET DEFAULT 'delete'::text"
    )
    op.table_policy("operations.schema_migrations", remove=["app:select", "rls:shared"])
    op.table_policy(
        "operations.system_performance_metrics",
        remove=["app:insert,select", "keep:90", "partition:timestamp:day", "rls:tenant"],
    )
    op.table_policy(
        "operations.archive_manifests",
        remove=["app:insert,select", "rls:tenant|see=anyone|change=nobody"],
    )
    op.table_policy(
        "operations.data_retention_policies", add=["rows:tenant"], remove=["rls:tenant"]
    )
    op.table_policy("operations.job_runs", add=["rows:tenant"], remove=["rls:tenant"])
    op.alter_column(
        "data_retention_policies",
        "archive_strategy",
        existing_type=sa.TEXT(),
        nullable=False,
        comment="What happens to them then.",
        existing_comment="What happens to them then; NULL: what the table itself says.",
        existing_server_default=sa.text("'delete'::text"),
        schema="operations",
    )
    op.drop_column("data_retention_policies", "legal_hold", schema="operations")
    op.drop_index(
        "ix_archive_manifests_open",
        table_name="archive_manifests",
        schema="operations",
        postgresql_where=sa.text("dropped_at IS NULL"),
    )
    op.drop_table("archive_manifests", schema="operations")
    op.drop_index(
        "ix_system_performance_metrics_name",
        table_name="system_performance_metrics",
        schema="operations",
    )
    op.drop_table("system_performance_metrics", schema="operations")
    op.drop_table("schema_migrations", schema="operations")
