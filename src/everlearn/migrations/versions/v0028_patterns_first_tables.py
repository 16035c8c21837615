"""Patterns first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA patterns")
    op.execute(
        "GRANT USAGE ON SCHEMA patterns TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "identified_patterns",
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
        sa.Column("pattern_type", sa.Text(), nullable=False, comment="What kind of thing it is."),
        sa.Column("pattern_name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column(
            "pattern_description",
            sa.Text(),
            nullable=True,
            comment="What it is and why it matters.",
        ),
        sa.Column(
            "detection_algorithm",
            sa.Text(),
            nullable=True,
            comment="What recognised it, by any name.",
        ),
        sa.Column("confidence_score", sa.Double(), nullable=True, comment="How surely, 0 to 1."),
        sa.Column(
            "pattern_signature",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What it is recognised by.",
        ),
        sa.Column(
            "signature_sha256",
            sa.Text(),
            sa.Computed(
                "encode(sha256(replace(pattern_signature::text, '\\', '\\\\')::bytea), 'hex')",
                persisted=True,
            ),
            nullable=True,
            comment="SHA-256 of the signature; unique with type and name.",
        ),
        sa.Column(
            "occurrence_frequency",
            sa.BigInteger(),
            server_default=sa.text("1"),
            nullable=False,
            comment="How often it was seen.",
        ),
        sa.Column(
            "first_detected",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was first seen.",
        ),
        sa.Column(
            "last_detected",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last seen.",
        ),
        sa.Column("severity_level", sa.Text(), nullable=True, comment="How much it matters."),
        sa.Column(
            "impact_metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Performance, maintainability and the like.",
        ),
        sa.Column(
            "remediation_suggestions",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What can be done about it.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'active'"),
            nullable=False,
            comment="What was decided about it.",
        ),
        sa.CheckConstraint(
            "detection_algorithm <> '' AND length(detection_algorithm) <= 255",
            name=op.f("ck_identified_patterns_detection_algorithm_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(impact_metrics) = 'object'",
            name=op.f("ck_identified_patterns_impact_metrics_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(pattern_signature) = 'object'",
            name=op.f("ck_identified_patterns_pattern_signature_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(remediation_suggestions) IN ('object', 'array')",
            name=op.f("ck_identified_patterns_remediation_suggestions_valid"),
        ),
        sa.CheckConstraint(
            "pattern_name <> '' AND length(pattern_name) <= 255",
            name=op.f("ck_identified_patterns_pattern_name_valid"),
        ),
        sa.CheckConstraint(
            "pattern_type IN ('code_smell', 'performance_bottleneck', 'usage_pattern', 'security_vulnerability', 'design_pattern', 'anti_pattern')",
            name=op.f("ck_identified_patterns_pattern_type_valid"),
        ),
        sa.CheckConstraint(
            "severity_level IN ('low', 'medium', 'high', 'critical')",
            name=op.f("ck_identified_patterns_severity_level_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'investigating', 'resolved', 'ignored', 'false_positive')",
            name=op.f("ck_identified_patterns_status_valid"),
        ),
        sa.CheckConstraint(
            "confidence_score BETWEEN 0 AND 1",
            name=op.f("ck_identified_patterns_confidence_score_valid"),
        ),
        sa.CheckConstraint(
            "occurrence_frequency >= 0",
            name=op.f("ck_identified_patterns_occurrence_frequency_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_identified_patterns_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_identified_patterns")),
        sa.UniqueConstraint(
            "tenant_id",
            "pattern_type",
            "pattern_name",
            "signature_sha256",
            name="uq_identified_patterns_signature",
            postgresql_nulls_not_distinct=True,
        ),
        schema="patterns",
        comment="A pattern, once for all the places it was seen: how sure, how severe, what to do.",
    )
    op.create_index(
        "ix_identified_patterns_confidence_score",
        "identified_patterns",
        ["tenant_id", "confidence_score"],
        unique=False,
        schema="patterns",
    )
    op.create_index(
        "ix_identified_patterns_last_detected",
        "identified_patterns",
        ["tenant_id", "last_detected"],
        unique=False,
        schema="patterns",
    )
    op.create_index(
        "ix_identified_patterns_severity",
        "identified_patterns",
        ["tenant_id", "severity_level"],
        unique=False,
        schema="patterns",
    )
    op.create_index(
        "ix_identified_patterns_type_status",
        "identified_patterns",
        ["tenant_id", "pattern_type", "status"],
        unique=False,
        schema="patterns",
    )
    op.create_table(
        "pattern_occurrences",
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
        sa.Column("pattern_id", sa.UUID(), nullable=False, comment="The pattern."),
        sa.Column("source_type", sa.Text(), nullable=False, comment="What it was seen in."),
        sa.Column(
            "source_id", sa.Text(), nullable=False, comment="Which one, in the source's own words."
        ),
        sa.Column(
            "location_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Where in it: path, lines, function.",
        ),
        sa.Column(
            "context_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What was around it.",
        ),
        sa.Column(
            "detection_timestamp",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was seen.",
        ),
        sa.Column(
            "detection_model_id",
            sa.UUID(),
            nullable=True,
            comment="Model of ml_models that recognised it.",
        ),
        sa.Column("confidence_score", sa.Double(), nullable=True, comment="How surely, 0 to 1."),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Anything else.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(context_data) = 'object'",
            name=op.f("ck_pattern_occurrences_context_data_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(location_data) = 'object'",
            name=op.f("ck_pattern_occurrences_location_data_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_pattern_occurrences_metadata_valid")
        ),
        sa.CheckConstraint(
            "source_id <> '' AND length(source_id) <= 255",
            name=op.f("ck_pattern_occurrences_source_id_valid"),
        ),
        sa.CheckConstraint(
            "source_type IN ('git_commit', 'code_file', 'user_session')",
            name=op.f("ck_pattern_occurrences_source_type_valid"),
        ),
        sa.CheckConstraint(
            "confidence_score BETWEEN 0 AND 1",
            name=op.f("ck_pattern_occurrences_confidence_score_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "pattern_id"],
            ["patterns.identified_patterns.tenant_id", "patterns.identified_patterns.id"],
            name="fk_pattern_occurrences_pattern_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "id", "detection_timestamp", name=op.f("pk_pattern_occurrences")
        ),
        schema="patterns",
        comment="One place where a pattern was seen.",
        postgresql_partition_by="RANGE (detection_timestamp)",
    )
    op.create_index(
        "ix_pattern_occurrences_pattern",
        "pattern_occurrences",
        ["tenant_id", "pattern_id", sa.literal_column("detection_timestamp DESC")],
        unique=False,
        schema="patterns",
    )
    op.create_index(
        "ix_pattern_occurrences_source",
        "pattern_occurrences",
        ["tenant_id", "source_type", "source_id"],
        unique=False,
        schema="patterns",
    )
    op.create_index(
        "ix_pattern_occurrences_timestamp",
        "pattern_occurrences",
        ["detection_timestamp"],
        unique=False,
        schema="patterns",
        postgresql_using="brin",
    )
    op.table_policy(
        "patterns.identified_patterns", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "patterns.pattern_occurrences",
        add=["app:insert,select", "keep:730", "partition:detection_timestamp:week", "rls:tenant"],
    )


def downgrade() -> None:
    op.table_policy(
        "patterns.pattern_occurrences",
        remove=[
            "app:insert,select",
            "keep:730",
            "partition:detection_timestamp:week",
            "rls:tenant",
        ],
    )
    op.table_policy(
        "patterns.identified_patterns", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.drop_index(
        "ix_pattern_occurrences_timestamp",
        table_name="pattern_occurrences",
        schema="patterns",
        postgresql_using="brin",
    )
    op.drop_index(
        "ix_pattern_occurrences_source", table_name="pattern_occurrences", schema="patterns"
    )
    op.drop_index(
        "ix_pattern_occurrences_pattern", table_name="pattern_occurrences", schema="patterns"
    )
    op.drop_table("pattern_occurrences", schema="patterns")
    op.drop_index(
        "ix_identified_patterns_type_status", table_name="identified_patterns", schema="patterns"
    )
    op.drop_index(
        "ix_identified_patterns_severity", table_name="identified_patterns", schema="patterns"
    )
    op.drop_index(
        "ix_identified_patterns_last_detected", table_name="identified_patterns", schema="patterns"
    )
    op.drop_index(
        "ix_identified_patterns_confidence_score",
        table_name="identified_patterns",
        schema="patterns",
    )
    op.drop_table("identified_patterns", schema="patterns")
    op.execute("DROP SCHEMA patterns CASCADE")
