"""Datasets further tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_examples",
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
        sa.Column("code", sa.Text(), nullable=False, comment="The code."),
        sa.Column(
            "language", sa.Text(), nullable=False, comment="Programming language, such as python."
        ),
        sa.Column("code_type", sa.Text(), nullable=True, comment="What it is a piece of."),
        sa.Column("description", sa.Text(), nullable=True, comment="What it does."),
        sa.Column("explanation", sa.Text(), nullable=True, comment="How it does it."),
        sa.Column("test_code", sa.Text(), nullable=True, comment="Tests of it."),
        sa.Column("refactored_code", sa.Text(), nullable=True, comment="The same, written better."),
        sa.Column(
            "security_issues",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Dangers in it, one object each.",
        ),
        sa.Column(
            "performance_notes",
            sa.Text(),
            nullable=True,
            comment="What makes it slow, and what would not.",
        ),
        sa.Column(
            "complexity_score",
            sa.Double(),
            nullable=True,
            comment="How intricate it is; more is more so.",
        ),
        sa.Column("source", sa.Text(), nullable=True, comment="Where it comes from."),
        sa.Column("source_repo", sa.Text(), nullable=True, comment="Repository it was taken from."),
        sa.Column(
            "embedding",
            Vector(384),
            nullable=True,
            comment="Vector of its meaning, to find code that does the like.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was added.",
        ),
        sa.CheckConstraint(
            "code_type IN ('function', 'class', 'script', 'test')",
            name=op.f("ck_code_examples_code_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(security_issues) = 'array'",
            name=op.f("ck_code_examples_security_issues_valid"),
        ),
        sa.CheckConstraint(
            "language <> '' AND length(language) <= 255",
            name=op.f("ck_code_examples_language_valid"),
        ),
        sa.CheckConstraint(
            "source IN ('public_repo', 'own_codebase', 'synthetic')",
            name=op.f("ck_code_examples_source_valid"),
        ),
        sa.CheckConstraint(
            "vector_norm(embedding) > 0", name=op.f("ck_code_examples_embedding_has_a_direction")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_code_examples_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_code_examples")),
        schema="datasets",
        comment="A piece of code with what a teacher would say of it: tests, a better form, its dangers.",
    )
    op.create_index(
        "ix_code_examples_embedding",
        "code_examples",
        ["embedding"],
        unique=False,
        schema="datasets",
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "vector_cosine_ops"},
    )
    op.create_index(
        "ix_code_examples_language",
        "code_examples",
        ["tenant_id", "language"],
        unique=False,
        schema="datasets",
    )
    op.create_table(
        "conversation_examples",
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
        sa.Column("user_query", sa.Text(), nullable=False, comment="What the user asked."),
        sa.Column(
            "ai_response",
            sa.Text(),
            nullable=False,
            comment="What the assistant answered, or should.",
        ),
        sa.Column(
            "context",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What it stands in: industry, use_case and conversation_history.",
        ),
        sa.Column("use_case_id", sa.UUID(), nullable=True, comment="Use case it belongs to."),
        sa.Column(
            "suggestions",
            postgresql.ARRAY(sa.Text()),
            nullable=True,
            comment="What the user may ask next.",
        ),
        sa.Column("source", sa.Text(), nullable=True, comment="Where it comes from."),
        sa.Column(
            "quality_score",
            sa.Double(),
            nullable=True,
            comment="How good an example it is, 1 is best.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was added.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(context) = 'object'", name=op.f("ck_conversation_examples_context_valid")
        ),
        sa.CheckConstraint(
            "source IN ('synthetic', 'real', 'template')",
            name=op.f("ck_conversation_examples_source_valid"),
        ),
        sa.CheckConstraint(
            "quality_score BETWEEN 0 AND 1",
            name=op.f("ck_conversation_examples_quality_score_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_conversation_examples_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_conversation_examples")),
        schema="datasets",
        comment="A question and the answer that an assistant should give, with the talk it stands in.",
    )
    op.create_index(
        "ix_conversation_examples_source",
        "conversation_examples",
        ["tenant_id", "source"],
        unique=False,
        schema="datasets",
    )
    op.create_index(
        "ix_conversation_examples_use_case_id",
        "conversation_examples",
        ["tenant_id", "use_case_id"],
        unique=False,
        schema="datasets",
    )
    op.create_table(
        "simulation_examples",
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
        sa.Column("use_case_id", sa.UUID(), nullable=True, comment="Use case it belongs to."),
        sa.Column(
            "solution_id",
            sa.Text(),
            nullable=False,
            comment="Solution that is simulated, by its own name.",
        ),
        sa.Column("scenario_id", sa.Text(), nullable=False, comment="Scenario, by its own name."),
        sa.Column(
            "input_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="What goes in.",
        ),
        sa.Column(
            "expected_output",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="What should come out.",
        ),
        sa.Column(
            "pipeline_steps",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Steps from input to output, in order.",
        ),
        sa.Column(
            "business_impact",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What it is worth: name of a figure -> value.",
        ),
        sa.Column("source", sa.Text(), nullable=True, comment="Where it comes from."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was added.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(business_impact) = 'object'",
            name=op.f("ck_simulation_examples_business_impact_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(expected_output) = 'object'",
            name=op.f("ck_simulation_examples_expected_output_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(input_data) = 'object'",
            name=op.f("ck_simulation_examples_input_data_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(pipeline_steps) = 'array'",
            name=op.f("ck_simulation_examples_pipeline_steps_valid"),
        ),
        sa.CheckConstraint(
            "scenario_id <> '' AND length(scenario_id) <= 255",
            name=op.f("ck_simulation_examples_scenario_id_valid"),
        ),
        sa.CheckConstraint(
            "solution_id <> '' AND length(solution_id) <= 255",
            name=op.f("ck_simulation_examples_solution_id_valid"),
        ),
        sa.CheckConstraint(
            "source IN ('json_config', 'user_generated', 'synthetic')",
            name=op.f("ck_simulation_examples_source_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_simulation_examples_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_simulation_examples")),
        schema="datasets",
        comment="What a simulated solution gets in one scenario and should give back.",
    )
    op.create_index(
        "ix_simulation_examples_solution_id",
        "simulation_examples",
        ["tenant_id", "solution_id"],
        unique=False,
        schema="datasets",
    )
    op.create_index(
        "ix_simulation_examples_use_case_id",
        "simulation_examples",
        ["tenant_id", "use_case_id"],
        unique=False,
        schema="datasets",
    )
    op.add_column(
        "training_datasets",
        sa.Column(
            "file_path",
            sa.Text(),
            sa.Computed("storage_location", persisted=True),
            nullable=True,
            comment="The storage location under its other name.",
        ),
        schema="datasets",
    )
    op.alter_column(
        "training_datasets",
        "sha256",
        existing_type=sa.TEXT(),
        nullable=True,
        comment="SHA-256 of its content; NULL when it was only described, never read.",
        existing_comment="SHA-256 of its content.",
        schema="datasets",
    )
    op.alter_column(
        "training_datasets",
        "window_start",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        nullable=True,
        existing_comment="First time of its rows.",
        schema="datasets",
    )
    op.alter_column(
        "training_datasets",
        "window_end",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        nullable=True,
        existing_comment="End of the times of its rows, excluded.",
        schema="datasets",
    )
    op.alter_column(
        "training_datasets",
        "as_of",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        nullable=True,
        existing_comment="Nothing known later than this is in it.",
        schema="datasets",
    )
    op.execute(
        "ALTER TABLE datasets.training_datasets ALTER COLUMN data_schema SET DEFAULT '{}'::jsonb"
    )
    op.table_policy("datasets.training_datasets", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy(
        "datasets.conversation_examples", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "datasets.simulation_examples", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy("datasets.code_examples", add=["app:delete,insert,select,update", "rls:tenant"])


def downgrade() -> None:
    op.execute("ALTER TABLE datasets.training_datasets ALTER COLUMN data_schema DROP DEFAULT")
    op.table_policy(
        "datasets.code_examples", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "datasets.simulation_examples", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "datasets.conversation_examples", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy("datasets.training_datasets", add=["rows:tenant"], remove=["rls:tenant"])
    op.alter_column(
        "training_datasets",
        "as_of",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        nullable=False,
        existing_comment="Nothing known later than this is in it.",
        schema="datasets",
    )
    op.alter_column(
        "training_datasets",
        "window_end",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        nullable=False,
        existing_comment="End of the times of its rows, excluded.",
        schema="datasets",
    )
    op.alter_column(
        "training_datasets",
        "window_start",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        nullable=False,
        existing_comment="First time of its rows.",
        schema="datasets",
    )
    op.alter_column(
        "training_datasets",
        "sha256",
        existing_type=sa.TEXT(),
        nullable=False,
        comment="SHA-256 of its content.",
        existing_comment="SHA-256 of its content; NULL when it was only described, never read.",
        schema="datasets",
    )
    op.drop_column("training_datasets", "file_path", schema="datasets")
    op.drop_index(
        "ix_simulation_examples_use_case_id", table_name="simulation_examples", schema="datasets"
    )
    op.drop_index(
        "ix_simulation_examples_solution_id", table_name="simulation_examples", schema="datasets"
    )
    op.drop_table("simulation_examples", schema="datasets")
    op.drop_index(
        "ix_conversation_examples_use_case_id",
        table_name="conversation_examples",
        schema="datasets",
    )
    op.drop_index(
        "ix_conversation_examples_source", table_name="conversation_examples", schema="datasets"
    )
    op.drop_table("conversation_examples", schema="datasets")
    op.drop_index("ix_code_examples_language", table_name="code_examples", schema="datasets")
    op.drop_index(
        "ix_code_examples_embedding",
        table_name="code_examples",
        schema="datasets",
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "vector_cosine_ops"},
    )
    op.drop_table("code_examples", schema="datasets")
