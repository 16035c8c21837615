"""Caching first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA caching")
    op.execute(
        "GRANT USAGE ON SCHEMA caching TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "cache_patterns",
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
            "pattern_type", sa.Text(), nullable=False, comment="What binds the accesses together."
        ),
        sa.Column("pattern_description", sa.Text(), nullable=True, comment="The same for people."),
        sa.Column(
            "pattern_signature",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="What the pattern is recognised by.",
        ),
        sa.Column(
            "signature_sha256",
            sa.Text(),
            sa.Computed(
                "encode(sha256(replace(pattern_signature::text, '\\', '\\\\')::bytea), 'hex')",
                persisted=True,
            ),
            nullable=False,
            comment="SHA-256 of the signature; unique with the type.",
        ),
        sa.Column(
            "frequency",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How often it was seen.",
        ),
        sa.Column(
            "average_access_interval_seconds",
            sa.Double(),
            nullable=True,
            comment="Mean time between two accesses, in seconds.",
        ),
        sa.Column(
            "associated_keys",
            postgresql.ARRAY(sa.Text()),
            nullable=True,
            comment="Keys that follow it.",
        ),
        sa.Column(
            "prediction_accuracy",
            sa.Double(),
            nullable=True,
            comment="Share of the keys it led to that were read, 0 to 1.",
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was last seen.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was first seen.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was last changed.",
        ),
        sa.CheckConstraint(
            "average_access_interval_seconds >= 0 AND average_access_interval_seconds < 'infinity'",
            name=op.f("ck_cache_patterns_average_access_interval_seconds_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(pattern_signature) = 'object'",
            name=op.f("ck_cache_patterns_pattern_signature_valid"),
        ),
        sa.CheckConstraint(
            "pattern_type IN ('temporal', 'sequential', 'frequency', 'semantic')",
            name=op.f("ck_cache_patterns_pattern_type_valid"),
        ),
        sa.CheckConstraint("frequency >= 0", name=op.f("ck_cache_patterns_frequency_valid")),
        sa.CheckConstraint(
            "prediction_accuracy BETWEEN 0 AND 1",
            name=op.f("ck_cache_patterns_prediction_accuracy_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_cache_patterns_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cache_patterns")),
        sa.UniqueConstraint(
            "tenant_id",
            "pattern_type",
            "signature_sha256",
            name=op.f("uq_cache_patterns_tenant_id_pattern_type_signature_sha256"),
        ),
        schema="caching",
        comment="A recognised way in which keys are read, and the keys that follow it.",
    )
    op.create_index(
        "ix_cache_patterns_frequency",
        "cache_patterns",
        ["tenant_id", "frequency"],
        unique=False,
        schema="caching",
    )
    op.create_index(
        "ix_cache_patterns_last_seen_at",
        "cache_patterns",
        ["tenant_id", "last_seen_at"],
        unique=False,
        schema="caching",
    )
    op.create_index(
        "ix_cache_patterns_prediction_accuracy",
        "cache_patterns",
        ["tenant_id", "prediction_accuracy"],
        unique=False,
        schema="caching",
    )
    op.create_table(
        "cache_performance",
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
            "cache_tier", sa.Text(), nullable=False, comment="The tier, or all of them together."
        ),
        sa.Column(
            "metric_name",
            sa.Text(),
            nullable=False,
            comment="Any name: hit_rate, miss_rate, latency, size, eviction_rate ...",
        ),
        sa.Column(
            "metric_value", sa.Double(), nullable=False, comment="The number, in metric_unit."
        ),
        sa.Column("metric_unit", sa.Text(), nullable=True, comment="Its unit."),
        sa.Column(
            "period_start",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Beginning of the period.",
        ),
        sa.Column(
            "period_end", sa.DateTime(timezone=True), nullable=False, comment="End of the period."
        ),
        sa.Column(
            "sample_size", sa.BigInteger(), nullable=True, comment="Reads it was measured on."
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="How it was measured.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was recorded.",
        ),
        sa.CheckConstraint(
            "cache_tier IN ('L1', 'L2', 'L3', 'all')",
            name=op.f("ck_cache_performance_cache_tier_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_cache_performance_metadata_valid")
        ),
        sa.CheckConstraint(
            "metric_name <> '' AND length(metric_name) <= 255",
            name=op.f("ck_cache_performance_metric_name_valid"),
        ),
        sa.CheckConstraint(
            "metric_unit IN ('percentage', 'ms', 'mb', 'count')",
            name=op.f("ck_cache_performance_metric_unit_valid"),
        ),
        sa.CheckConstraint(
            "period_end >= period_start", name=op.f("ck_cache_performance_period_in_order")
        ),
        sa.CheckConstraint("sample_size >= 0", name=op.f("ck_cache_performance_sample_size_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_cache_performance_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cache_performance")),
        schema="caching",
        comment="One measured number of a tier over a period.",
    )
    op.create_index(
        "ix_cache_performance_created_at",
        "cache_performance",
        ["tenant_id", "created_at"],
        unique=False,
        schema="caching",
    )
    op.create_index(
        "ix_cache_performance_metric_name",
        "cache_performance",
        ["tenant_id", "metric_name"],
        unique=False,
        schema="caching",
    )
    op.create_index(
        "ix_cache_performance_period",
        "cache_performance",
        ["tenant_id", "period_start", "period_end"],
        unique=False,
        schema="caching",
    )
    op.create_index(
        "ix_cache_performance_tier",
        "cache_performance",
        ["tenant_id", "cache_tier"],
        unique=False,
        schema="caching",
    )
    op.create_table(
        "cache_predictions",
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
        sa.Column("cache_key", sa.Text(), nullable=False, comment="The key."),
        sa.Column("cache_key_hash", sa.Text(), nullable=False, comment="SHA-256 of the key."),
        sa.Column(
            "predicted_access_time",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it is expected to be read.",
        ),
        sa.Column(
            "prediction_confidence", sa.Double(), nullable=True, comment="How surely, 0 to 1."
        ),
        sa.Column(
            "predicted_value",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Value to load, when it is known.",
        ),
        sa.Column(
            "cache_tier",
            sa.Text(),
            server_default=sa.text("'L1'"),
            nullable=False,
            comment="Where it is loaded.",
        ),
        sa.Column(
            "ttl_seconds",
            sa.BigInteger(),
            nullable=True,
            comment="How long the value stays good, in seconds.",
        ),
        sa.Column("access_pattern_id", sa.UUID(), nullable=True, comment="Pattern that led to it."),
        sa.Column(
            "is_prewarmed",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it is loaded.",
        ),
        sa.Column(
            "prewarmed_at", sa.DateTime(timezone=True), nullable=True, comment="When it was loaded."
        ),
        sa.Column(
            "actual_access_count",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How often it was read since.",
        ),
        sa.Column(
            "last_accessed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was last read.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was predicted.",
        ),
        sa.CheckConstraint(
            "cache_key_hash ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_cache_predictions_cache_key_hash_valid"),
        ),
        sa.CheckConstraint(
            "cache_tier IN ('L1', 'L2', 'L3')", name=op.f("ck_cache_predictions_cache_tier_valid")
        ),
        sa.CheckConstraint(
            "actual_access_count >= 0", name=op.f("ck_cache_predictions_actual_access_count_valid")
        ),
        sa.CheckConstraint(
            "prediction_confidence BETWEEN 0 AND 1",
            name=op.f("ck_cache_predictions_prediction_confidence_valid"),
        ),
        sa.CheckConstraint("ttl_seconds >= 0", name=op.f("ck_cache_predictions_ttl_seconds_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "access_pattern_id"],
            ["caching.cache_patterns.tenant_id", "caching.cache_patterns.id"],
            name="fk_cache_predictions_access_pattern_id",
            ondelete="SET NULL (access_pattern_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_cache_predictions_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cache_predictions")),
        sa.UniqueConstraint(
            "tenant_id",
            "cache_key_hash",
            name=op.f("uq_cache_predictions_tenant_id_cache_key_hash"),
        ),
        schema="caching",
        comment="A key that is expected to be read: when, how surely, and the value to load before.",
    )
    op.create_index(
        "ix_cache_predictions_access_pattern_id",
        "cache_predictions",
        ["tenant_id", "access_pattern_id"],
        unique=False,
        schema="caching",
    )
    op.create_index(
        "ix_cache_predictions_created_at",
        "cache_predictions",
        ["tenant_id", "created_at"],
        unique=False,
        schema="caching",
    )
    op.create_index(
        "ix_cache_predictions_is_prewarmed",
        "cache_predictions",
        ["tenant_id", "is_prewarmed"],
        unique=False,
        schema="caching",
    )
    op.create_index(
        "ix_cache_predictions_predicted_access_time",
        "cache_predictions",
        ["tenant_id", "predicted_access_time"],
        unique=False,
        schema="caching",
    )
    op.create_index(
        "ix_cache_predictions_tier",
        "cache_predictions",
        ["tenant_id", "cache_tier"],
        unique=False,
        schema="caching",
    )
    op.create_table(
        "cache_warming_jobs",
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
            comment="Whose it is; NULL: everybody's in the tenant.",
        ),
        sa.Column("job_name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column("description", sa.Text(), nullable=True, comment="What it is for."),
        sa.Column(
            "warming_strategy", sa.Text(), nullable=False, comment="How its keys are chosen."
        ),
        sa.Column(
            "target_cache_tier",
            sa.Text(),
            server_default=sa.text("'L1'"),
            nullable=False,
            comment="Where they are loaded.",
        ),
        sa.Column(
            "prediction_ids",
            postgresql.ARRAY(sa.UUID()),
            nullable=True,
            comment="Predictions whose keys are loaded.",
        ),
        sa.Column(
            "pattern_ids",
            postgresql.ARRAY(sa.UUID()),
            nullable=True,
            comment="Patterns whose keys are loaded.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'queued'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "progress_percentage",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How far it is, in per cent.",
        ),
        sa.Column("keys_to_warm", sa.BigInteger(), nullable=True, comment="Keys to load."),
        sa.Column(
            "keys_warmed",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Keys loaded.",
        ),
        sa.Column(
            "keys_failed",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Keys that could not be loaded.",
        ),
        sa.Column(
            "warming_time_seconds",
            sa.Double(),
            nullable=True,
            comment="How long it took, in seconds.",
        ),
        sa.Column(
            "hit_rate_after_warming",
            sa.Double(),
            nullable=True,
            comment="Hits by reads afterwards, 0 to 1.",
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else its owner notes.",
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it began.",
        ),
        sa.Column(
            "completed_at", sa.DateTime(timezone=True), nullable=True, comment="When it ended."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "job_name <> '' AND length(job_name) <= 255",
            name=op.f("ck_cache_warming_jobs_job_name_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_cache_warming_jobs_metadata_valid")
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'completed', 'failed')",
            name=op.f("ck_cache_warming_jobs_status_valid"),
        ),
        sa.CheckConstraint(
            "target_cache_tier IN ('L1', 'L2', 'L3')",
            name=op.f("ck_cache_warming_jobs_target_cache_tier_valid"),
        ),
        sa.CheckConstraint(
            "warming_strategy IN ('predictive', 'pattern-based', 'scheduled', 'manual')",
            name=op.f("ck_cache_warming_jobs_warming_strategy_valid"),
        ),
        sa.CheckConstraint(
            "warming_time_seconds >= 0 AND warming_time_seconds < 'infinity'",
            name=op.f("ck_cache_warming_jobs_warming_time_seconds_valid"),
        ),
        sa.CheckConstraint(
            "hit_rate_after_warming BETWEEN 0 AND 1",
            name=op.f("ck_cache_warming_jobs_hit_rate_after_warming_valid"),
        ),
        sa.CheckConstraint(
            "keys_failed >= 0", name=op.f("ck_cache_warming_jobs_keys_failed_valid")
        ),
        sa.CheckConstraint(
            "keys_to_warm >= 0", name=op.f("ck_cache_warming_jobs_keys_to_warm_valid")
        ),
        sa.CheckConstraint(
            "keys_warmed >= 0", name=op.f("ck_cache_warming_jobs_keys_warmed_valid")
        ),
        sa.CheckConstraint(
            "progress_percentage BETWEEN 0 AND 100",
            name=op.f("ck_cache_warming_jobs_progress_percentage_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_cache_warming_jobs_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_cache_warming_jobs_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cache_warming_jobs")),
        schema="caching",
        comment="A job that loads keys into a tier before they are asked for.",
    )
    op.create_index(
        "ix_cache_warming_jobs_created_at",
        "cache_warming_jobs",
        ["tenant_id", "created_at"],
        unique=False,
        schema="caching",
    )
    op.create_index(
        "ix_cache_warming_jobs_status",
        "cache_warming_jobs",
        ["tenant_id", "status"],
        unique=False,
        schema="caching",
    )
    op.create_index(
        "ix_cache_warming_jobs_strategy",
        "cache_warming_jobs",
        ["tenant_id", "warming_strategy"],
        unique=False,
        schema="caching",
    )
    op.create_index(
        "ix_cache_warming_jobs_user_id",
        "cache_warming_jobs",
        ["tenant_id", "user_id"],
        unique=False,
        schema="caching",
    )
    op.table_policy(
        "caching.cache_patterns", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "caching.cache_predictions",
        add=["app:delete,insert,select,update", "keep:90", "rls:tenant"],
    )
    op.table_policy(
        "caching.cache_warming_jobs",
        add=[
            "app:delete,insert,select,update",
            "keep:365",
            "rls:tenant|see=owner:user_id,unowned:user_id",
        ],
    )
    op.table_policy(
        "caching.cache_performance", add=["app:insert,select", "keep:730", "rls:tenant"]
    )


def downgrade() -> None:
    op.table_policy(
        "caching.cache_performance", remove=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy(
        "caching.cache_warming_jobs",
        remove=[
            "app:delete,insert,select,update",
            "keep:365",
            "rls:tenant|see=owner:user_id,unowned:user_id",
        ],
    )
    op.table_policy(
        "caching.cache_predictions",
        remove=["app:delete,insert,select,update", "keep:90", "rls:tenant"],
    )
    op.table_policy(
        "caching.cache_patterns", remove=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.drop_index(
        "ix_cache_warming_jobs_user_id", table_name="cache_warming_jobs", schema="caching"
    )
    op.drop_index(
        "ix_cache_warming_jobs_strategy", table_name="cache_warming_jobs", schema="caching"
    )
    op.drop_index("ix_cache_warming_jobs_status", table_name="cache_warming_jobs", schema="caching")
    op.drop_index(
        "ix_cache_warming_jobs_created_at", table_name="cache_warming_jobs", schema="caching"
    )
    op.drop_table("cache_warming_jobs", schema="caching")
    op.drop_index("ix_cache_predictions_tier", table_name="cache_predictions", schema="caching")
    op.drop_index(
        "ix_cache_predictions_predicted_access_time",
        table_name="cache_predictions",
        schema="caching",
    )
    op.drop_index(
        "ix_cache_predictions_is_prewarmed", table_name="cache_predictions", schema="caching"
    )
    op.drop_index(
        "ix_cache_predictions_created_at", table_name="cache_predictions", schema="caching"
    )
    op.drop_index(
        "ix_cache_predictions_access_pattern_id", table_name="cache_predictions", schema="caching"
    )
    op.drop_table("cache_predictions", schema="caching")
    op.drop_index("ix_cache_performance_tier", table_name="cache_performance", schema="caching")
    op.drop_index("ix_cache_performance_period", table_name="cache_performance", schema="caching")
    op.drop_index(
        "ix_cache_performance_metric_name", table_name="cache_performance", schema="caching"
    )
    op.drop_index(
        "ix_cache_performance_created_at", table_name="cache_performance", schema="caching"
    )
    op.drop_table("cache_performance", schema="caching")
    op.drop_index(
        "ix_cache_patterns_prediction_accuracy", table_name="cache_patterns", schema="caching"
    )
    op.drop_index("ix_cache_patterns_last_seen_at", table_name="cache_patterns", schema="caching")
    op.drop_index("ix_cache_patterns_frequency", table_name="cache_patterns", schema="caching")
    op.drop_table("cache_patterns", schema="caching")
    op.execute("DROP SCHEMA caching CASCADE")
