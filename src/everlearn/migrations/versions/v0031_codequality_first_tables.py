"""Codequality first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA codequality")
    op.execute(
        "GRANT USAGE ON SCHEMA codequality TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "file_quality_scores",
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
        sa.Column("repository", sa.Text(), nullable=False, comment="The repository."),
        sa.Column("file_path", sa.Text(), nullable=False, comment="Path within it."),
        sa.Column("file_name", sa.Text(), nullable=False, comment="Last part of the path."),
        sa.Column("language", sa.Text(), nullable=True, comment="Programming language."),
        sa.Column("quality_score", sa.Double(), nullable=False, comment="Quality, 0 to 1."),
        sa.Column("quality_level", sa.Text(), nullable=True, comment="The same in words."),
        sa.Column(
            "factors",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What the score follows from, by name.",
        ),
        sa.Column(
            "improvements",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="What would lift it, the best first.",
        ),
        sa.Column(
            "file_hash", sa.Text(), nullable=True, comment="Hash of the content that was scored."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was scored.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was last changed.",
        ),
        sa.CheckConstraint(
            "file_hash <> '' AND length(file_hash) <= 255",
            name=op.f("ck_file_quality_scores_file_hash_valid"),
        ),
        sa.CheckConstraint(
            "file_name <> '' AND length(file_name) <= 255",
            name=op.f("ck_file_quality_scores_file_name_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(factors) = 'object'", name=op.f("ck_file_quality_scores_factors_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(improvements) = 'array'",
            name=op.f("ck_file_quality_scores_improvements_valid"),
        ),
        sa.CheckConstraint(
            "language <> '' AND length(language) <= 255",
            name=op.f("ck_file_quality_scores_language_valid"),
        ),
        sa.CheckConstraint(
            "quality_level IN ('excellent', 'good', 'fair', 'poor')",
            name=op.f("ck_file_quality_scores_quality_level_valid"),
        ),
        sa.CheckConstraint(
            "repository <> '' AND length(repository) <= 255",
            name=op.f("ck_file_quality_scores_repository_valid"),
        ),
        sa.CheckConstraint(
            "quality_score BETWEEN 0 AND 1", name=op.f("ck_file_quality_scores_quality_score_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_file_quality_scores_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_file_quality_scores")),
        sa.UniqueConstraint(
            "tenant_id",
            "repository",
            "file_path",
            "file_hash",
            name=op.f("uq_file_quality_scores_tenant_id_repository_file_path_file_hash"),
        ),
        schema="codequality",
        comment="Quality of one file at one content, with what it follows from and what would lift it.",
    )
    op.create_index(
        "ix_file_quality_scores_level",
        "file_quality_scores",
        ["tenant_id", "quality_level"],
        unique=False,
        schema="codequality",
    )
    op.create_index(
        "ix_file_quality_scores_quality_score",
        "file_quality_scores",
        ["tenant_id", "quality_score"],
        unique=False,
        schema="codequality",
    )
    op.create_index(
        "ix_file_quality_scores_updated_at",
        "file_quality_scores",
        ["tenant_id", "updated_at"],
        unique=False,
        schema="codequality",
    )
    op.create_table(
        "quality_improvement_history",
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
        sa.Column("repository", sa.Text(), nullable=False, comment="The repository."),
        sa.Column("change_type", sa.Text(), nullable=False, comment="What was changed."),
        sa.Column("change_description", sa.Text(), nullable=True, comment="The same for people."),
        sa.Column("quality_before", sa.Double(), nullable=True, comment="Quality before, 0 to 1."),
        sa.Column("quality_after", sa.Double(), nullable=True, comment="Quality after, 0 to 1."),
        sa.Column(
            "quality_improvement", sa.Double(), nullable=True, comment="The difference, -1 to 1."
        ),
        sa.Column("file_path", sa.Text(), nullable=True, comment="Path that was changed."),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else is known.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "change_type IN ('file_added', 'file_modified', 'test_added', 'ci_added')",
            name=op.f("ck_quality_improvement_history_change_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'",
            name=op.f("ck_quality_improvement_history_metadata_valid"),
        ),
        sa.CheckConstraint(
            "repository <> '' AND length(repository) <= 255",
            name=op.f("ck_quality_improvement_history_repository_valid"),
        ),
        sa.CheckConstraint(
            "quality_after BETWEEN 0 AND 1",
            name=op.f("ck_quality_improvement_history_quality_after_valid"),
        ),
        sa.CheckConstraint(
            "quality_before BETWEEN 0 AND 1",
            name=op.f("ck_quality_improvement_history_quality_before_valid"),
        ),
        sa.CheckConstraint(
            "quality_improvement BETWEEN -1 AND 1",
            name=op.f("ck_quality_improvement_history_quality_improvement_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_quality_improvement_history_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_quality_improvement_history")),
        schema="codequality",
        comment="One change of a repository, with the quality before and after it.",
    )
    op.create_index(
        "ix_quality_improvement_history_created_at",
        "quality_improvement_history",
        ["tenant_id", "created_at"],
        unique=False,
        schema="codequality",
    )
    op.create_index(
        "ix_quality_improvement_history_repository",
        "quality_improvement_history",
        ["tenant_id", "repository"],
        unique=False,
        schema="codequality",
    )
    op.create_index(
        "ix_quality_improvement_history_type",
        "quality_improvement_history",
        ["tenant_id", "change_type"],
        unique=False,
        schema="codequality",
    )
    op.create_table(
        "quality_improvement_plans",
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
        sa.Column("repository", sa.Text(), nullable=False, comment="The repository."),
        sa.Column(
            "user_id", sa.Text(), nullable=True, comment="Who wants it, in the client's words."
        ),
        sa.Column("target_quality", sa.Double(), nullable=False, comment="Quality wanted, 0 to 1."),
        sa.Column(
            "current_quality",
            sa.Double(),
            nullable=False,
            comment="Quality at the beginning, 0 to 1.",
        ),
        sa.Column(
            "final_quality", sa.Double(), nullable=True, comment="Quality at the end, 0 to 1."
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'planned'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "iterations",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="What each iteration did and gained.",
        ),
        sa.Column(
            "generated_files",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Files generated for it.",
        ),
        sa.Column(
            "applied_changes",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Changes that were made.",
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else its owner notes.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was last changed.",
        ),
        sa.Column(
            "completed_at", sa.DateTime(timezone=True), nullable=True, comment="When it ended."
        ),
        sa.CheckConstraint(
            "jsonb_typeof(applied_changes) = 'array'",
            name=op.f("ck_quality_improvement_plans_applied_changes_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(generated_files) = 'array'",
            name=op.f("ck_quality_improvement_plans_generated_files_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(iterations) = 'array'",
            name=op.f("ck_quality_improvement_plans_iterations_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'",
            name=op.f("ck_quality_improvement_plans_metadata_valid"),
        ),
        sa.CheckConstraint(
            "repository <> '' AND length(repository) <= 255",
            name=op.f("ck_quality_improvement_plans_repository_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'in_progress', 'completed', 'failed')",
            name=op.f("ck_quality_improvement_plans_status_valid"),
        ),
        sa.CheckConstraint(
            "current_quality BETWEEN 0 AND 1",
            name=op.f("ck_quality_improvement_plans_current_quality_valid"),
        ),
        sa.CheckConstraint(
            "final_quality BETWEEN 0 AND 1",
            name=op.f("ck_quality_improvement_plans_final_quality_valid"),
        ),
        sa.CheckConstraint(
            "target_quality BETWEEN 0 AND 1",
            name=op.f("ck_quality_improvement_plans_target_quality_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_quality_improvement_plans_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_quality_improvement_plans")),
        schema="codequality",
        comment="A plan to lift a repository from its quality to a target, in iterations.",
    )
    op.create_index(
        "ix_quality_improvement_plans_created_at",
        "quality_improvement_plans",
        ["tenant_id", "created_at"],
        unique=False,
        schema="codequality",
    )
    op.create_index(
        "ix_quality_improvement_plans_repository",
        "quality_improvement_plans",
        ["tenant_id", "repository"],
        unique=False,
        schema="codequality",
    )
    op.create_index(
        "ix_quality_improvement_plans_status",
        "quality_improvement_plans",
        ["tenant_id", "status"],
        unique=False,
        schema="codequality",
    )
    op.create_index(
        "ix_quality_improvement_plans_user_id",
        "quality_improvement_plans",
        ["tenant_id", "user_id"],
        unique=False,
        schema="codequality",
    )
    op.create_table(
        "repository_quality_snapshots",
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
        sa.Column("repository", sa.Text(), nullable=False, comment="The repository."),
        sa.Column("quality_score", sa.Double(), nullable=False, comment="Quality, 0 to 1."),
        sa.Column(
            "percentile",
            sa.Integer(),
            nullable=True,
            comment="Per cent of repositories that are no better.",
        ),
        sa.Column(
            "average_file_score",
            sa.Double(),
            nullable=True,
            comment="Mean quality of its files, 0 to 1.",
        ),
        sa.Column("file_count", sa.BigInteger(), nullable=True, comment="Files that were scored."),
        sa.Column(
            "quality_distribution",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Quality level -> files.",
        ),
        sa.Column(
            "factors",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What the score follows from, by name.",
        ),
        sa.Column(
            "recommendations_count",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Improvements suggested.",
        ),
        sa.Column(
            "snapshot_type",
            sa.Text(),
            server_default=sa.text("'manual'"),
            nullable=False,
            comment="Why it was measured.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was measured.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(factors) = 'object'",
            name=op.f("ck_repository_quality_snapshots_factors_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(quality_distribution) = 'object'",
            name=op.f("ck_repository_quality_snapshots_quality_distribution_valid"),
        ),
        sa.CheckConstraint(
            "repository <> '' AND length(repository) <= 255",
            name=op.f("ck_repository_quality_snapshots_repository_valid"),
        ),
        sa.CheckConstraint(
            "snapshot_type IN ('manual', 'automated', 'after_improvement')",
            name=op.f("ck_repository_quality_snapshots_snapshot_type_valid"),
        ),
        sa.CheckConstraint(
            "average_file_score BETWEEN 0 AND 1",
            name=op.f("ck_repository_quality_snapshots_average_file_score_valid"),
        ),
        sa.CheckConstraint(
            "file_count >= 0", name=op.f("ck_repository_quality_snapshots_file_count_valid")
        ),
        sa.CheckConstraint(
            "percentile BETWEEN 0 AND 100",
            name=op.f("ck_repository_quality_snapshots_percentile_valid"),
        ),
        sa.CheckConstraint(
            "quality_score BETWEEN 0 AND 1",
            name=op.f("ck_repository_quality_snapshots_quality_score_valid"),
        ),
        sa.CheckConstraint(
            "recommendations_count >= 0",
            name=op.f("ck_repository_quality_snapshots_recommendations_count_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_repository_quality_snapshots_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_repository_quality_snapshots")),
        schema="codequality",
        comment="Quality of a whole repository at a moment; several of them make a trend.",
    )
    op.create_index(
        "ix_repository_quality_snapshots_created_at",
        "repository_quality_snapshots",
        ["tenant_id", "created_at"],
        unique=False,
        schema="codequality",
    )
    op.create_index(
        "ix_repository_quality_snapshots_quality_score",
        "repository_quality_snapshots",
        ["tenant_id", "quality_score"],
        unique=False,
        schema="codequality",
    )
    op.create_index(
        "ix_repository_quality_snapshots_repository",
        "repository_quality_snapshots",
        ["tenant_id", "repository"],
        unique=False,
        schema="codequality",
    )
    op.create_table(
        "generated_code_files",
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
        sa.Column("improvement_plan_id", sa.UUID(), nullable=True, comment="The plan."),
        sa.Column("repository", sa.Text(), nullable=False, comment="The repository."),
        sa.Column("file_path", sa.Text(), nullable=False, comment="Path within it."),
        sa.Column("file_name", sa.Text(), nullable=False, comment="Last part of the path."),
        sa.Column("action_type", sa.Text(), nullable=False, comment="What the file is for."),
        sa.Column("code_content", sa.Text(), nullable=False, comment="The file."),
        sa.Column("language", sa.Text(), nullable=True, comment="Programming language."),
        sa.Column(
            "estimated_impact",
            sa.Double(),
            nullable=True,
            comment="Gain in quality expected of it, -1 to 1.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'generated'"),
            nullable=False,
            comment="What became of it.",
        ),
        sa.Column(
            "applied_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was put into the repository.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was generated.",
        ),
        sa.CheckConstraint(
            "action_type IN ('generate_tests', 'generate_workflow', 'generate_readme', 'generate_docs', 'add_types')",
            name=op.f("ck_generated_code_files_action_type_valid"),
        ),
        sa.CheckConstraint(
            "file_name <> '' AND length(file_name) <= 255",
            name=op.f("ck_generated_code_files_file_name_valid"),
        ),
        sa.CheckConstraint(
            "language <> '' AND length(language) <= 255",
            name=op.f("ck_generated_code_files_language_valid"),
        ),
        sa.CheckConstraint(
            "repository <> '' AND length(repository) <= 255",
            name=op.f("ck_generated_code_files_repository_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('generated', 'applied', 'rejected', 'failed')",
            name=op.f("ck_generated_code_files_status_valid"),
        ),
        sa.CheckConstraint(
            "estimated_impact BETWEEN -1 AND 1",
            name=op.f("ck_generated_code_files_estimated_impact_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "improvement_plan_id"],
            [
                "codequality.quality_improvement_plans.tenant_id",
                "codequality.quality_improvement_plans.id",
            ],
            name="fk_generated_code_files_improvement_plan_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_generated_code_files_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_generated_code_files")),
        schema="codequality",
        comment="One file that was generated for a plan, and what became of it.",
    )
    op.create_index(
        "ix_generated_code_files_action_type",
        "generated_code_files",
        ["tenant_id", "action_type"],
        unique=False,
        schema="codequality",
    )
    op.create_index(
        "ix_generated_code_files_improvement_plan_id",
        "generated_code_files",
        ["tenant_id", "improvement_plan_id"],
        unique=False,
        schema="codequality",
    )
    op.create_index(
        "ix_generated_code_files_repository",
        "generated_code_files",
        ["tenant_id", "repository"],
        unique=False,
        schema="codequality",
    )
    op.create_index(
        "ix_generated_code_files_status",
        "generated_code_files",
        ["tenant_id", "status"],
        unique=False,
        schema="codequality",
    )
    op.table_policy(
        "codequality.file_quality_scores",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant", "touch"],
    )
    op.table_policy(
        "codequality.quality_improvement_plans",
        add=["app:delete,insert,select,update", "rls:tenant", "touch"],
    )
    op.table_policy(
        "codequality.generated_code_files",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "codequality.quality_improvement_history",
        add=["app:insert,select", "keep:1825", "rls:tenant"],
    )
    op.table_policy(
        "codequality.repository_quality_snapshots",
        add=["app:insert,select", "keep:1825", "rls:tenant"],
    )


def downgrade() -> None:
    op.table_policy(
        "codequality.repository_quality_snapshots",
        remove=["app:insert,select", "keep:1825", "rls:tenant"],
    )
    op.table_policy(
        "codequality.quality_improvement_history",
        remove=["app:insert,select", "keep:1825", "rls:tenant"],
    )
    op.table_policy(
        "codequality.generated_code_files",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "codequality.quality_improvement_plans",
        remove=["app:delete,insert,select,update", "rls:tenant", "touch"],
    )
    op.table_policy(
        "codequality.file_quality_scores",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant", "touch"],
    )
    op.drop_index(
        "ix_generated_code_files_status", table_name="generated_code_files", schema="codequality"
    )
    op.drop_index(
        "ix_generated_code_files_repository",
        table_name="generated_code_files",
        schema="codequality",
    )
    op.drop_index(
        "ix_generated_code_files_improvement_plan_id",
        table_name="generated_code_files",
        schema="codequality",
    )
    op.drop_index(
        "ix_generated_code_files_action_type",
        table_name="generated_code_files",
        schema="codequality",
    )
    op.drop_table("generated_code_files", schema="codequality")
    op.drop_index(
        "ix_repository_quality_snapshots_repository",
        table_name="repository_quality_snapshots",
        schema="codequality",
    )
    op.drop_index(
        "ix_repository_quality_snapshots_quality_score",
        table_name="repository_quality_snapshots",
        schema="codequality",
    )
    op.drop_index(
        "ix_repository_quality_snapshots_created_at",
        table_name="repository_quality_snapshots",
        schema="codequality",
    )
    op.drop_table("repository_quality_snapshots", schema="codequality")
    op.drop_index(
        "ix_quality_improvement_plans_user_id",
        table_name="quality_improvement_plans",
        schema="codequality",
    )
    op.drop_index(
        "ix_quality_improvement_plans_status",
        table_name="quality_improvement_plans",
        schema="codequality",
    )
    op.drop_index(
        "ix_quality_improvement_plans_repository",
        table_name="quality_improvement_plans",
        schema="codequality",
    )
    op.drop_index(
        "ix_quality_improvement_plans_created_at",
        table_name="quality_improvement_plans",
        schema="codequality",
    )
    op.drop_table("quality_improvement_plans", schema="codequality")
    op.drop_index(
        "ix_quality_improvement_history_type",
        table_name="quality_improvement_history",
        schema="codequality",
    )
    op.drop_index(
        "ix_quality_improvement_history_repository",
        table_name="quality_improvement_history",
        schema="codequality",
    )
    op.drop_index(
        "ix_quality_improvement_history_created_at",
        table_name="quality_improvement_history",
        schema="codequality",
    )
    op.drop_table("quality_improvement_history", schema="codequality")
    op.drop_index(
        "ix_file_quality_scores_updated_at", table_name="file_quality_scores", schema="codequality"
    )
    op.drop_index(
        "ix_file_quality_scores_quality_score",
        table_name="file_quality_scores",
        schema="codequality",
    )
    op.drop_index(
        "ix_file_quality_scores_level", table_name="file_quality_scores", schema="codequality"
    )
    op.drop_table("file_quality_scores", schema="codequality")
    op.execute("DROP SCHEMA codequality CASCADE")
