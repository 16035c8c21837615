"""Devlab first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA devlab")
    op.execute("GRANT USAGE ON SCHEMA devlab TO everlearn_app, everlearn_reader, everlearn_service")
    op.create_table(
        "devlab_projects",
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
            "project_id",
            sa.Text(),
            nullable=False,
            comment="Id in the world outside, unique within the tenant.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column("description", sa.Text(), nullable=True, comment="What it is about."),
        sa.Column("language", sa.Text(), nullable=False, comment="Main language, such as python."),
        sa.Column("user_id", sa.UUID(), nullable=True, comment="Whose it is."),
        sa.Column(
            "environment",
            sa.Text(),
            server_default=sa.text("'dev'"),
            nullable=False,
            comment="Where its code is meant to run.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is worked on.",
        ),
        sa.Column(
            "meta_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Anything else the client keeps with it.",
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
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "environment IN ('dev', 'staging', 'prod')",
            name=op.f("ck_devlab_projects_environment_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(meta_data) = 'object'", name=op.f("ck_devlab_projects_meta_data_valid")
        ),
        sa.CheckConstraint(
            "language <> '' AND length(language) <= 255",
            name=op.f("ck_devlab_projects_language_valid"),
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_devlab_projects_name_valid")
        ),
        sa.CheckConstraint(
            "project_id <> '' AND length(project_id) <= 255",
            name=op.f("ck_devlab_projects_project_id_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_devlab_projects_user_id",
            ondelete="SET NULL (user_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_devlab_projects_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_devlab_projects")),
        sa.UniqueConstraint(
            "tenant_id", "project_id", name=op.f("uq_devlab_projects_tenant_id_project_id")
        ),
        schema="devlab",
        comment="A code project; one that has runs is made inactive, not deleted.",
    )
    op.create_index(
        "ix_devlab_projects_language",
        "devlab_projects",
        ["tenant_id", "language"],
        unique=False,
        schema="devlab",
    )
    op.create_index(
        "ix_devlab_projects_user_id",
        "devlab_projects",
        ["tenant_id", "user_id"],
        unique=False,
        schema="devlab",
    )
    op.create_table(
        "devlab_files",
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
        sa.Column("project_id", sa.UUID(), nullable=False, comment="Its project."),
        sa.Column("file_path", sa.Text(), nullable=False, comment="Path within the project."),
        sa.Column("file_name", sa.Text(), nullable=False, comment="Name without the path."),
        sa.Column("content", sa.Text(), nullable=True, comment="Text of the file."),
        sa.Column("language", sa.Text(), nullable=True, comment="Language it is written in."),
        sa.Column("file_type", sa.Text(), nullable=True, comment="What it is for."),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True, comment="Size in bytes."),
        sa.Column(
            "encoding",
            sa.Text(),
            server_default=sa.text("'utf-8'"),
            nullable=False,
            comment="Encoding of the file outside.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is part of the project.",
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
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "encoding <> '' AND length(encoding) <= 255",
            name=op.f("ck_devlab_files_encoding_valid"),
        ),
        sa.CheckConstraint(
            "file_name <> '' AND length(file_name) <= 255",
            name=op.f("ck_devlab_files_file_name_valid"),
        ),
        sa.CheckConstraint(
            "file_path <> '' AND length(file_path) <= 500",
            name=op.f("ck_devlab_files_file_path_valid"),
        ),
        sa.CheckConstraint(
            "file_type IN ('code', 'test', 'config', 'documentation')",
            name=op.f("ck_devlab_files_file_type_valid"),
        ),
        sa.CheckConstraint(
            "language <> '' AND length(language) <= 255",
            name=op.f("ck_devlab_files_language_valid"),
        ),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_devlab_files_size_bytes_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "project_id"],
            ["devlab.devlab_projects.tenant_id", "devlab.devlab_projects.id"],
            name="fk_devlab_files_project_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_devlab_files_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_devlab_files")),
        sa.UniqueConstraint(
            "tenant_id",
            "project_id",
            "file_path",
            "file_name",
            name=op.f("uq_devlab_files_tenant_id_project_id_file_path_file_name"),
        ),
        schema="devlab",
        comment="A file of a project; it goes with the project.",
    )
    op.create_table(
        "devlab_tests",
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
        sa.Column("project_id", sa.UUID(), nullable=False, comment="Its project."),
        sa.Column("test_name", sa.Text(), nullable=False, comment="Name of the test."),
        sa.Column("test_type", sa.Text(), nullable=True, comment="How much it runs through."),
        sa.Column("framework", sa.Text(), nullable=True, comment="What runs it."),
        sa.Column("test_code", sa.Text(), nullable=True, comment="The test itself."),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'pending'"),
            nullable=False,
            comment="Its last result.",
        ),
        sa.Column(
            "duration_ms", sa.Double(), nullable=True, comment="How long it took, in milliseconds."
        ),
        sa.Column(
            "coverage_percentage",
            sa.Double(),
            nullable=True,
            comment="Lines it runs through, in per cent.",
        ),
        sa.Column(
            "generated_by_ai",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether a model wrote it.",
        ),
        sa.Column(
            "model_version", sa.Text(), nullable=True, comment="Version of the model that wrote it."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "duration_ms >= 0 AND duration_ms < 'infinity'",
            name=op.f("ck_devlab_tests_duration_ms_valid"),
        ),
        sa.CheckConstraint(
            "framework IN ('jest', 'pytest', 'junit')", name=op.f("ck_devlab_tests_framework_valid")
        ),
        sa.CheckConstraint(
            "model_version <> '' AND length(model_version) <= 255",
            name=op.f("ck_devlab_tests_model_version_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'pass', 'fail', 'error')",
            name=op.f("ck_devlab_tests_status_valid"),
        ),
        sa.CheckConstraint(
            "test_name <> '' AND length(test_name) <= 255",
            name=op.f("ck_devlab_tests_test_name_valid"),
        ),
        sa.CheckConstraint(
            "test_type IN ('unit', 'integration', 'e2e')",
            name=op.f("ck_devlab_tests_test_type_valid"),
        ),
        sa.CheckConstraint(
            "coverage_percentage BETWEEN 0 AND 100",
            name=op.f("ck_devlab_tests_coverage_percentage_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "project_id"],
            ["devlab.devlab_projects.tenant_id", "devlab.devlab_projects.id"],
            name="fk_devlab_tests_project_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_devlab_tests_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_devlab_tests")),
        schema="devlab",
        comment="A test, written or generated, and its last result.",
    )
    op.create_index(
        "ix_devlab_tests_project_id",
        "devlab_tests",
        ["tenant_id", "project_id"],
        unique=False,
        schema="devlab",
    )
    op.create_table(
        "devlab_analyses",
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
        sa.Column("project_id", sa.UUID(), nullable=False, comment="Its project."),
        sa.Column("file_id", sa.UUID(), nullable=True, comment="File that was looked at."),
        sa.Column("analysis_type", sa.Text(), nullable=False, comment="What it was looked at for."),
        sa.Column("code_snippet", sa.Text(), nullable=True, comment="The lines in question."),
        sa.Column(
            "findings",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What was found, one entry each.",
        ),
        sa.Column("severity", sa.Text(), nullable=True, comment="How bad the worst finding is."),
        sa.Column(
            "confidence", sa.Double(), nullable=True, comment="How sure the analysis is, 0 to 1."
        ),
        sa.Column(
            "suggestions",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What to do, one entry each.",
        ),
        sa.Column(
            "model_version", sa.Text(), nullable=True, comment="Version of the model that analysed."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "analysis_type IN ('security', 'performance', 'quality', 'complexity', 'dependency')",
            name=op.f("ck_devlab_analyses_analysis_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(findings) = 'array'", name=op.f("ck_devlab_analyses_findings_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(suggestions) = 'array'", name=op.f("ck_devlab_analyses_suggestions_valid")
        ),
        sa.CheckConstraint(
            "model_version <> '' AND length(model_version) <= 255",
            name=op.f("ck_devlab_analyses_model_version_valid"),
        ),
        sa.CheckConstraint(
            "severity IN ('low', 'medium', 'high', 'critical')",
            name=op.f("ck_devlab_analyses_severity_valid"),
        ),
        sa.CheckConstraint(
            "confidence BETWEEN 0 AND 1", name=op.f("ck_devlab_analyses_confidence_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["devlab.devlab_files.tenant_id", "devlab.devlab_files.id"],
            name="fk_devlab_analyses_file_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "project_id"],
            ["devlab.devlab_projects.tenant_id", "devlab.devlab_projects.id"],
            name="fk_devlab_analyses_project_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_devlab_analyses_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_devlab_analyses")),
        schema="devlab",
        comment="Result of one analysis of a project or a file.",
    )
    op.create_index(
        "ix_devlab_analyses_created_at",
        "devlab_analyses",
        ["tenant_id", "created_at"],
        unique=False,
        schema="devlab",
    )
    op.create_index(
        "ix_devlab_analyses_file_id",
        "devlab_analyses",
        ["tenant_id", "file_id"],
        unique=False,
        schema="devlab",
    )
    op.create_index(
        "ix_devlab_analyses_project_id",
        "devlab_analyses",
        ["tenant_id", "project_id"],
        unique=False,
        schema="devlab",
    )
    op.create_index(
        "ix_devlab_analyses_type",
        "devlab_analyses",
        ["tenant_id", "analysis_type", "created_at"],
        unique=False,
        schema="devlab",
    )
    op.create_table(
        "devlab_executions",
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
        sa.Column("project_id", sa.UUID(), nullable=False, comment="Its project."),
        sa.Column(
            "file_id", sa.UUID(), nullable=True, comment="File that was run; NULL for loose code."
        ),
        sa.Column("user_id", sa.UUID(), nullable=True, comment="Who ran it."),
        sa.Column("language", sa.Text(), nullable=False, comment="Language it was run as."),
        sa.Column("code", sa.Text(), nullable=False, comment="The code as it was run."),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'pending'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column("output", sa.Text(), nullable=True, comment="What it wrote to its output."),
        sa.Column("error", sa.Text(), nullable=True, comment="What it wrote to its error output."),
        sa.Column("exit_code", sa.Integer(), nullable=True, comment="Exit code of the process."),
        sa.Column(
            "execution_time_ms",
            sa.Double(),
            nullable=True,
            comment="Wall-clock time in milliseconds.",
        ),
        sa.Column(
            "memory_used_mb", sa.Double(), nullable=True, comment="Greatest memory in use, in MiB."
        ),
        sa.Column(
            "cpu_time_seconds", sa.Double(), nullable=True, comment="Processor time in seconds."
        ),
        sa.Column(
            "container_id", sa.Text(), nullable=True, comment="Container that kept it apart."
        ),
        sa.Column(
            "security_scan_result",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What the scan before the run found.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was asked for.",
        ),
        sa.CheckConstraint(
            "container_id <> '' AND length(container_id) <= 255",
            name=op.f("ck_devlab_executions_container_id_valid"),
        ),
        sa.CheckConstraint(
            "cpu_time_seconds >= 0 AND cpu_time_seconds < 'infinity'",
            name=op.f("ck_devlab_executions_cpu_time_seconds_valid"),
        ),
        sa.CheckConstraint(
            "execution_time_ms >= 0 AND execution_time_ms < 'infinity'",
            name=op.f("ck_devlab_executions_execution_time_ms_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(security_scan_result) = 'object'",
            name=op.f("ck_devlab_executions_security_scan_result_valid"),
        ),
        sa.CheckConstraint(
            "language <> '' AND length(language) <= 255",
            name=op.f("ck_devlab_executions_language_valid"),
        ),
        sa.CheckConstraint(
            "memory_used_mb >= 0 AND memory_used_mb < 'infinity'",
            name=op.f("ck_devlab_executions_memory_used_mb_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'running', 'completed', 'failed', 'timeout', 'killed')",
            name=op.f("ck_devlab_executions_status_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["devlab.devlab_files.tenant_id", "devlab.devlab_files.id"],
            name="fk_devlab_executions_file_id",
            ondelete="SET NULL (file_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "project_id"],
            ["devlab.devlab_projects.tenant_id", "devlab.devlab_projects.id"],
            name="fk_devlab_executions_project_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_devlab_executions_user_id",
            ondelete="SET NULL (user_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_devlab_executions_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_devlab_executions")),
        schema="devlab",
        comment="One run of code in a container: what was run, how it ended and what it used.",
    )
    op.create_index(
        "ix_devlab_executions_created_at",
        "devlab_executions",
        ["tenant_id", "created_at"],
        unique=False,
        schema="devlab",
    )
    op.create_index(
        "ix_devlab_executions_file_id",
        "devlab_executions",
        ["tenant_id", "file_id"],
        unique=False,
        schema="devlab",
    )
    op.create_index(
        "ix_devlab_executions_project_id",
        "devlab_executions",
        ["tenant_id", "project_id"],
        unique=False,
        schema="devlab",
    )
    op.create_index(
        "ix_devlab_executions_status",
        "devlab_executions",
        ["tenant_id", "status", "created_at"],
        unique=False,
        schema="devlab",
    )
    op.create_index(
        "ix_devlab_executions_user_id",
        "devlab_executions",
        ["tenant_id", "user_id"],
        unique=False,
        schema="devlab",
    )
    op.create_table(
        "devlab_insights",
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
            "project_id", sa.UUID(), nullable=True, comment="Project it is about; NULL for all."
        ),
        sa.Column("file_id", sa.UUID(), nullable=True, comment="File it is about."),
        sa.Column("insight_type", sa.Text(), nullable=False, comment="What it is about."),
        sa.Column("title", sa.Text(), nullable=False, comment="What it says, in one line."),
        sa.Column("description", sa.Text(), nullable=False, comment="What it says, and why."),
        sa.Column("confidence", sa.Double(), nullable=False, comment="How sure it is, 0 to 1."),
        sa.Column("action", sa.Text(), nullable=True, comment="What to do."),
        sa.Column(
            "code_reference",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="The code it speaks of.",
        ),
        sa.Column("priority", sa.Text(), nullable=True, comment="How soon it is worth it."),
        sa.Column(
            "is_applied",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it was followed.",
        ),
        sa.Column(
            "model_version",
            sa.Text(),
            nullable=True,
            comment="Version of the model that suggests it.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "action <> '' AND length(action) <= 255", name=op.f("ck_devlab_insights_action_valid")
        ),
        sa.CheckConstraint(
            "insight_type IN ('optimization', 'security', 'refactor', 'test', 'dependency')",
            name=op.f("ck_devlab_insights_insight_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(code_reference) = 'object'",
            name=op.f("ck_devlab_insights_code_reference_valid"),
        ),
        sa.CheckConstraint(
            "model_version <> '' AND length(model_version) <= 255",
            name=op.f("ck_devlab_insights_model_version_valid"),
        ),
        sa.CheckConstraint(
            "priority IN ('low', 'medium', 'high')", name=op.f("ck_devlab_insights_priority_valid")
        ),
        sa.CheckConstraint(
            "title <> '' AND length(title) <= 255", name=op.f("ck_devlab_insights_title_valid")
        ),
        sa.CheckConstraint(
            "confidence BETWEEN 0 AND 1", name=op.f("ck_devlab_insights_confidence_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["devlab.devlab_files.tenant_id", "devlab.devlab_files.id"],
            name="fk_devlab_insights_file_id",
            ondelete="SET NULL (file_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "project_id"],
            ["devlab.devlab_projects.tenant_id", "devlab.devlab_projects.id"],
            name="fk_devlab_insights_project_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_devlab_insights_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_devlab_insights")),
        schema="devlab",
        comment="A suggestion about a project, with how sure it is and what to do.",
    )
    op.create_index(
        "ix_devlab_insights_created_at",
        "devlab_insights",
        ["tenant_id", "created_at"],
        unique=False,
        schema="devlab",
    )
    op.create_index(
        "ix_devlab_insights_file_id",
        "devlab_insights",
        ["tenant_id", "file_id"],
        unique=False,
        schema="devlab",
    )
    op.create_index(
        "ix_devlab_insights_project_id",
        "devlab_insights",
        ["tenant_id", "project_id"],
        unique=False,
        schema="devlab",
    )
    op.create_index(
        "ix_devlab_insights_type",
        "devlab_insights",
        ["tenant_id", "insight_type", "created_at"],
        unique=False,
        schema="devlab",
    )
    op.create_table(
        "devlab_vulnerabilities",
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
        sa.Column("project_id", sa.UUID(), nullable=False, comment="Its project."),
        sa.Column("file_id", sa.UUID(), nullable=True, comment="File it is in."),
        sa.Column(
            "vulnerability_type", sa.Text(), nullable=False, comment="Kind, such as sql_injection."
        ),
        sa.Column("severity", sa.Text(), nullable=False, comment="How bad it is."),
        sa.Column("description", sa.Text(), nullable=False, comment="What is wrong."),
        sa.Column(
            "code_location",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Where: line, column and file_path.",
        ),
        sa.Column(
            "cve_id",
            sa.Text(),
            nullable=True,
            comment="Its number in the public list, such as CVE-2024-3094.",
        ),
        sa.Column("fix_suggestion", sa.Text(), nullable=True, comment="How to mend it."),
        sa.Column(
            "is_fixed",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it is mended.",
        ),
        sa.Column(
            "detected_by",
            sa.Text(),
            nullable=True,
            comment="Scanner, model or person that found it.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was found.",
        ),
        sa.CheckConstraint(
            "cve_id ~ '^CVE-[0-9]{4}-[0-9]{4,}$'",
            name=op.f("ck_devlab_vulnerabilities_cve_id_valid"),
        ),
        sa.CheckConstraint(
            "detected_by <> '' AND length(detected_by) <= 255",
            name=op.f("ck_devlab_vulnerabilities_detected_by_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(code_location) = 'object'",
            name=op.f("ck_devlab_vulnerabilities_code_location_valid"),
        ),
        sa.CheckConstraint(
            "severity IN ('low', 'medium', 'high', 'critical')",
            name=op.f("ck_devlab_vulnerabilities_severity_valid"),
        ),
        sa.CheckConstraint(
            "vulnerability_type <> '' AND length(vulnerability_type) <= 255",
            name=op.f("ck_devlab_vulnerabilities_vulnerability_type_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["devlab.devlab_files.tenant_id", "devlab.devlab_files.id"],
            name="fk_devlab_vulnerabilities_file_id",
            ondelete="SET NULL (file_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "project_id"],
            ["devlab.devlab_projects.tenant_id", "devlab.devlab_projects.id"],
            name="fk_devlab_vulnerabilities_project_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_devlab_vulnerabilities_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_devlab_vulnerabilities")),
        schema="devlab",
        comment="A vulnerability that was found in a project.",
    )
    op.create_index(
        "ix_devlab_vulnerabilities_created_at",
        "devlab_vulnerabilities",
        ["tenant_id", "created_at"],
        unique=False,
        schema="devlab",
    )
    op.create_index(
        "ix_devlab_vulnerabilities_file_id",
        "devlab_vulnerabilities",
        ["tenant_id", "file_id"],
        unique=False,
        schema="devlab",
    )
    op.create_index(
        "ix_devlab_vulnerabilities_project_id",
        "devlab_vulnerabilities",
        ["tenant_id", "project_id"],
        unique=False,
        schema="devlab",
    )
    op.table_policy(
        "devlab.devlab_projects", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "devlab.devlab_files", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "devlab.devlab_executions",
        add=["app:delete,insert,select,update", "keep:365", "rls:tenant"],
    )
    op.table_policy("devlab.devlab_analyses", add=["app:insert,select", "keep:365", "rls:tenant"])
    op.table_policy("devlab.devlab_tests", add=["app:delete,insert,select,update", "rls:tenant"])
    op.table_policy(
        "devlab.devlab_vulnerabilities", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy("devlab.devlab_insights", add=["app:delete,insert,select,update", "rls:tenant"])


def downgrade() -> None:
    op.table_policy(
        "devlab.devlab_insights", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "devlab.devlab_vulnerabilities", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy("devlab.devlab_tests", remove=["app:delete,insert,select,update", "rls:tenant"])
    op.table_policy(
        "devlab.devlab_analyses", remove=["app:insert,select", "keep:365", "rls:tenant"]
    )
    op.table_policy(
        "devlab.devlab_executions",
        remove=["app:delete,insert,select,update", "keep:365", "rls:tenant"],
    )
    op.table_policy(
        "devlab.devlab_files", remove=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "devlab.devlab_projects", remove=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.drop_index(
        "ix_devlab_vulnerabilities_project_id", table_name="devlab_vulnerabilities", schema="devlab"
    )
    op.drop_index(
        "ix_devlab_vulnerabilities_file_id", table_name="devlab_vulnerabilities", schema="devlab"
    )
    op.drop_index(
        "ix_devlab_vulnerabilities_created_at", table_name="devlab_vulnerabilities", schema="devlab"
    )
    op.drop_table("devlab_vulnerabilities", schema="devlab")
    op.drop_index("ix_devlab_insights_type", table_name="devlab_insights", schema="devlab")
    op.drop_index("ix_devlab_insights_project_id", table_name="devlab_insights", schema="devlab")
    op.drop_index("ix_devlab_insights_file_id", table_name="devlab_insights", schema="devlab")
    op.drop_index("ix_devlab_insights_created_at", table_name="devlab_insights", schema="devlab")
    op.drop_table("devlab_insights", schema="devlab")
    op.drop_index("ix_devlab_executions_user_id", table_name="devlab_executions", schema="devlab")
    op.drop_index("ix_devlab_executions_status", table_name="devlab_executions", schema="devlab")
    op.drop_index(
        "ix_devlab_executions_project_id", table_name="devlab_executions", schema="devlab"
    )
    op.drop_index("ix_devlab_executions_file_id", table_name="devlab_executions", schema="devlab")
    op.drop_index(
        "ix_devlab_executions_created_at", table_name="devlab_executions", schema="devlab"
    )
    op.drop_table("devlab_executions", schema="devlab")
    op.drop_index("ix_devlab_analyses_type", table_name="devlab_analyses", schema="devlab")
    op.drop_index("ix_devlab_analyses_project_id", table_name="devlab_analyses", schema="devlab")
    op.drop_index("ix_devlab_analyses_file_id", table_name="devlab_analyses", schema="devlab")
    op.drop_index("ix_devlab_analyses_created_at", table_name="devlab_analyses", schema="devlab")
    op.drop_table("devlab_analyses", schema="devlab")
    op.drop_index("ix_devlab_tests_project_id", table_name="devlab_tests", schema="devlab")
    op.drop_table("devlab_tests", schema="devlab")
    op.drop_table("devlab_files", schema="devlab")
    op.drop_index("ix_devlab_projects_user_id", table_name="devlab_projects", schema="devlab")
    op.drop_index("ix_devlab_projects_language", table_name="devlab_projects", schema="devlab")
    op.drop_table("devlab_projects", schema="devlab")
    op.execute("DROP SCHEMA devlab CASCADE")
