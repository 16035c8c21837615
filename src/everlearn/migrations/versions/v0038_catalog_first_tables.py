"""Catalog first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA catalog")
    op.execute(
        "GRANT USAGE ON SCHEMA catalog TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "industries",
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 5 uuid of the key, the same in every installation, for rows that we ship.",
        ),
        sa.Column(
            "industry_id",
            sa.Text(),
            nullable=False,
            comment="Stable key, such as retail; translations go by it.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name in English."),
        sa.Column("icon", sa.Text(), nullable=True, comment="Name of its icon."),
        sa.Column(
            "description", sa.Text(), nullable=True, comment="What belongs to it, in English."
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is shown.",
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
            "icon <> '' AND length(icon) <= 255", name=op.f("ck_industries_icon_valid")
        ),
        sa.CheckConstraint(
            "industry_id <> '' AND length(industry_id) <= 255",
            name=op.f("ck_industries_industry_id_valid"),
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_industries_name_valid")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_industries")),
        sa.UniqueConstraint("industry_id", name=op.f("uq_industries_industry_id")),
        schema="catalog",
        comment="An industry that use cases belong to; the same list for every tenant.",
    )
    op.create_index(
        "ix_industries_is_active", "industries", ["is_active"], unique=False, schema="catalog"
    )
    op.create_table(
        "use_case_categories",
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 5 uuid of the key, the same in every installation, for rows that we ship.",
        ),
        sa.Column(
            "category_id",
            sa.Text(),
            nullable=False,
            comment="Stable key, such as analytics; translations go by it.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name in English."),
        sa.Column("icon", sa.Text(), nullable=True, comment="Name of its icon."),
        sa.Column(
            "description", sa.Text(), nullable=True, comment="What belongs to it, in English."
        ),
        sa.Column(
            "display_order",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Place in lists, lowest first.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is shown.",
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
            "category_id <> '' AND length(category_id) <= 255",
            name=op.f("ck_use_case_categories_category_id_valid"),
        ),
        sa.CheckConstraint(
            "icon <> '' AND length(icon) <= 255", name=op.f("ck_use_case_categories_icon_valid")
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_use_case_categories_name_valid")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_use_case_categories")),
        sa.UniqueConstraint("category_id", name=op.f("uq_use_case_categories_category_id")),
        schema="catalog",
        comment="A group of use cases; the same list for every tenant.",
    )
    op.create_table(
        "use_case_templates",
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 5 uuid of the key, the same in every installation, for rows that we ship.",
        ),
        sa.Column(
            "use_case_id",
            sa.Text(),
            nullable=False,
            comment="Stable key, such as churn; translations go by it.",
        ),
        sa.Column("display_name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column("industry_id", sa.UUID(), nullable=False, comment="Industry it belongs to."),
        sa.Column("category_id", sa.UUID(), nullable=True, comment="Its category."),
        sa.Column(
            "category",
            sa.Text(),
            nullable=False,
            comment="Key of its category, or a word of the tenant's own.",
        ),
        sa.Column(
            "short_description", sa.Text(), nullable=True, comment="What it does, in one sentence."
        ),
        sa.Column("long_description", sa.Text(), nullable=True, comment="What it does, at length."),
        sa.Column("theory_content", sa.Text(), nullable=True, comment="How it works."),
        sa.Column(
            "keywords",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Words to find it by.",
        ),
        sa.Column(
            "tips",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Advice for using it well.",
        ),
        sa.Column("icon", sa.Text(), nullable=True, comment="Name of its icon."),
        sa.Column(
            "display_order",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Place in lists, lowest first.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is shown.",
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
            "category <> '' AND length(category) <= 255",
            name=op.f("ck_use_case_templates_category_valid"),
        ),
        sa.CheckConstraint(
            "display_name <> '' AND length(display_name) <= 255",
            name=op.f("ck_use_case_templates_display_name_valid"),
        ),
        sa.CheckConstraint(
            "icon <> '' AND length(icon) <= 255", name=op.f("ck_use_case_templates_icon_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(keywords) = 'array'", name=op.f("ck_use_case_templates_keywords_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(tips) = 'array'", name=op.f("ck_use_case_templates_tips_valid")
        ),
        sa.CheckConstraint(
            "use_case_id <> '' AND length(use_case_id) <= 255",
            name=op.f("ck_use_case_templates_use_case_id_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["catalog.use_case_categories.id"],
            name="fk_use_case_templates_category_id",
        ),
        sa.ForeignKeyConstraint(
            ["industry_id"], ["catalog.industries.id"], name="fk_use_case_templates_industry_id"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_use_case_templates")),
        sa.UniqueConstraint("use_case_id", name=op.f("uq_use_case_templates_use_case_id")),
        schema="catalog",
        comment="A use case that every new tenant gets a copy of, under the same id.",
    )
    op.create_index(
        "ix_use_case_templates_category_id",
        "use_case_templates",
        ["category_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_use_case_templates_industry_id",
        "use_case_templates",
        ["industry_id"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "use_cases",
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
            comment="The template's id for a copy, else a version 7 uuid.",
        ),
        sa.Column(
            "interactive_route",
            sa.Text(),
            nullable=True,
            comment="Path of its page in the client's site.",
        ),
        sa.Column(
            "industry_route", sa.Text(), nullable=True, comment="Path of its industry's page there."
        ),
        sa.Column(
            "api_endpoint",
            sa.Text(),
            nullable=True,
            comment="Address that answers for it, if it has its own.",
        ),
        sa.Column(
            "is_dynamic",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it was made at run time.",
        ),
        sa.Column(
            "meta_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Anything else the client keeps with it.",
        ),
        sa.Column(
            "use_case_id",
            sa.Text(),
            nullable=False,
            comment="Stable key, such as churn; translations go by it.",
        ),
        sa.Column("display_name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column("industry_id", sa.UUID(), nullable=False, comment="Industry it belongs to."),
        sa.Column("category_id", sa.UUID(), nullable=True, comment="Its category."),
        sa.Column(
            "category",
            sa.Text(),
            nullable=False,
            comment="Key of its category, or a word of the tenant's own.",
        ),
        sa.Column(
            "short_description", sa.Text(), nullable=True, comment="What it does, in one sentence."
        ),
        sa.Column("long_description", sa.Text(), nullable=True, comment="What it does, at length."),
        sa.Column("theory_content", sa.Text(), nullable=True, comment="How it works."),
        sa.Column(
            "keywords",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Words to find it by.",
        ),
        sa.Column(
            "tips",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Advice for using it well.",
        ),
        sa.Column("icon", sa.Text(), nullable=True, comment="Name of its icon."),
        sa.Column(
            "display_order",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Place in lists, lowest first.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is shown.",
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
            "api_endpoint <> '' AND length(api_endpoint) <= 255",
            name=op.f("ck_use_cases_api_endpoint_valid"),
        ),
        sa.CheckConstraint(
            "category <> '' AND length(category) <= 255", name=op.f("ck_use_cases_category_valid")
        ),
        sa.CheckConstraint(
            "display_name <> '' AND length(display_name) <= 255",
            name=op.f("ck_use_cases_display_name_valid"),
        ),
        sa.CheckConstraint(
            "icon <> '' AND length(icon) <= 255", name=op.f("ck_use_cases_icon_valid")
        ),
        sa.CheckConstraint(
            "industry_route <> '' AND length(industry_route) <= 255",
            name=op.f("ck_use_cases_industry_route_valid"),
        ),
        sa.CheckConstraint(
            "interactive_route <> '' AND length(interactive_route) <= 255",
            name=op.f("ck_use_cases_interactive_route_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(keywords) = 'array'", name=op.f("ck_use_cases_keywords_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(meta_data) = 'object'", name=op.f("ck_use_cases_meta_data_valid")
        ),
        sa.CheckConstraint("jsonb_typeof(tips) = 'array'", name=op.f("ck_use_cases_tips_valid")),
        sa.CheckConstraint(
            "use_case_id <> '' AND length(use_case_id) <= 255",
            name=op.f("ck_use_cases_use_case_id_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["catalog.use_case_categories.id"], name="fk_use_cases_category_id"
        ),
        sa.ForeignKeyConstraint(
            ["industry_id"], ["catalog.industries.id"], name="fk_use_cases_industry_id"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenancy.tenants.id"], name="fk_use_cases_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_use_cases")),
        sa.UniqueConstraint(
            "tenant_id", "use_case_id", name=op.f("uq_use_cases_tenant_id_use_case_id")
        ),
        schema="catalog",
        comment="A use case of a tenant: a copy of a template, or one that it made itself.",
    )
    op.create_index(
        "ix_use_cases_category",
        "use_cases",
        ["tenant_id", "category"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_use_cases_category_id",
        "use_cases",
        ["tenant_id", "category_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_use_cases_industry_id",
        "use_cases",
        ["tenant_id", "industry_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_use_cases_shared_category", "use_cases", ["category_id"], unique=False, schema="catalog"
    )
    op.create_index(
        "ix_use_cases_shared_industry", "use_cases", ["industry_id"], unique=False, schema="catalog"
    )
    op.create_table(
        "interactive_solutions",
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 5 uuid of the key, the same in every installation, for rows that we ship.",
        ),
        sa.Column(
            "solution_id", sa.Text(), nullable=False, comment="Stable key, such as dynamic-pricing."
        ),
        sa.Column(
            "use_case_id",
            sa.UUID(),
            nullable=False,
            comment="Use case it shows; a tenant's copy has the same id.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name in English."),
        sa.Column("description", sa.Text(), nullable=False, comment="What it shows, in English."),
        sa.Column(
            "scenarios",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="Situations to try: key, name, description and fields with key, label, type and default.",
        ),
        sa.Column(
            "pipeline",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="The four steps in order: key, name and description.",
        ),
        sa.Column(
            "display_order",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Place in lists, lowest first.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is shown.",
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
            "jsonb_typeof(pipeline) = 'array'", name=op.f("ck_interactive_solutions_pipeline_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(scenarios) = 'array'",
            name=op.f("ck_interactive_solutions_scenarios_valid"),
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_interactive_solutions_name_valid")
        ),
        sa.CheckConstraint(
            "solution_id <> '' AND length(solution_id) <= 255",
            name=op.f("ck_interactive_solutions_solution_id_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_array_length(pipeline) = 4", name=op.f("ck_interactive_solutions_has_four_steps")
        ),
        sa.CheckConstraint(
            "jsonb_array_length(scenarios) > 0", name=op.f("ck_interactive_solutions_has_scenarios")
        ),
        sa.ForeignKeyConstraint(
            ["use_case_id"],
            ["catalog.use_case_templates.id"],
            name="fk_interactive_solutions_use_case_id",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactive_solutions")),
        sa.UniqueConstraint("solution_id", name=op.f("uq_interactive_solutions_solution_id")),
        schema="catalog",
        comment="A use case to try out: scenarios with fields to fill in, and the steps that answer.",
    )
    op.create_index(
        "ix_interactive_solutions_use_case_id",
        "interactive_solutions",
        ["use_case_id"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "use_case_executions",
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
            "use_case_id",
            sa.UUID(),
            nullable=False,
            comment="The use case; one with runs is made inactive.",
        ),
        sa.Column("user_id", sa.UUID(), nullable=True, comment="Who ran it, if known."),
        sa.Column("session_id", sa.Text(), nullable=True, comment="Session it ran in."),
        sa.Column(
            "input_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What went in.",
        ),
        sa.Column(
            "output_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What came out.",
        ),
        sa.Column(
            "confidence", sa.Double(), nullable=True, comment="How sure the model was, 0 to 1."
        ),
        sa.Column(
            "latency_ms", sa.Double(), nullable=True, comment="How long it took, in milliseconds."
        ),
        sa.Column(
            "success",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it gave an answer.",
        ),
        sa.Column("error_message", sa.Text(), nullable=True, comment="Why it did not."),
        sa.Column(
            "model_version", sa.Text(), nullable=True, comment="Version of the model that answered."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it ran.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(input_data) = 'object'",
            name=op.f("ck_use_case_executions_input_data_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(output_data) = 'object'",
            name=op.f("ck_use_case_executions_output_data_valid"),
        ),
        sa.CheckConstraint(
            "latency_ms >= 0 AND latency_ms < 'infinity'",
            name=op.f("ck_use_case_executions_latency_ms_valid"),
        ),
        sa.CheckConstraint(
            "model_version <> '' AND length(model_version) <= 255",
            name=op.f("ck_use_case_executions_model_version_valid"),
        ),
        sa.CheckConstraint(
            "session_id <> '' AND length(session_id) <= 255",
            name=op.f("ck_use_case_executions_session_id_valid"),
        ),
        sa.CheckConstraint(
            "confidence BETWEEN 0 AND 1", name=op.f("ck_use_case_executions_confidence_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "use_case_id"],
            ["catalog.use_cases.tenant_id", "catalog.use_cases.id"],
            name="fk_use_case_executions_use_case_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_use_case_executions_user_id",
            ondelete="SET NULL (user_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_use_case_executions_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_use_case_executions")),
        schema="catalog",
        comment="One run of a use case: what went in, what came out, how sure and how fast.",
    )
    op.create_index(
        "ix_use_case_executions_created_at",
        "use_case_executions",
        ["tenant_id", "created_at"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_use_case_executions_session_id",
        "use_case_executions",
        ["tenant_id", "session_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_use_case_executions_use_case",
        "use_case_executions",
        ["tenant_id", "use_case_id", "created_at"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_use_case_executions_user_id",
        "use_case_executions",
        ["tenant_id", "user_id"],
        unique=False,
        schema="catalog",
    )
    op.table_policy("catalog.industries", add=["app:select", "rls:shared", "touch"])
    op.table_policy("catalog.use_case_categories", add=["app:select", "rls:shared", "touch"])
    op.table_policy("catalog.use_case_templates", add=["app:select", "rls:shared", "touch"])
    op.table_policy(
        "catalog.use_cases", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "catalog.use_case_executions", add=["app:insert,select", "keep:365", "rls:tenant"]
    )
    op.table_policy("catalog.interactive_solutions", add=["app:select", "rls:shared", "touch"])
    op.execute(
        '\nINSERT INTO catalog.industries AS old (id, industry_id, name, icon, description)\nSELECT id, industry_id, name, icon, description\nFROM jsonb_populate_recordset(NULL::catalog.industries, \'[{"id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "industry_id": "ecommerce", "name": "E-commerce", "icon": "shopping-cart", "description": "Shops on the net.", "display_order": 1}, {"id": "9c2e8a0f-1128-528d-809b-b430dc59d98c", "industry_id": "fintech", "name": "Financial technology", "icon": "credit-card", "description": "Payments, lending and insurance.", "display_order": 2}, {"id": "31beeb84-e523-5931-a9c8-59c162f99a21", "industry_id": "retail", "name": "Retail", "icon": "shopping-bag", "description": "Stores with a door.", "display_order": 3}, {"id": "2d28a043-7097-5ed2-b1cb-36af7c3306ed", "industry_id": "healthcare", "name": "Healthcare", "icon": "heart", "description": "Hospitals, practices and research.", "display_order": 4}, {"id": "b6f623bf-47d3-5795-b49c-7d6fcd7ffa26", "industry_id": "travel", "name": "Travel", "icon": "navigation", "description": "Flights, trains and tours.", "display_order": 5}, {"id": "b1d48189-89f5-56fc-a7d4-bebadc06c4db", "industry_id": "hospitality", "name": "Hospitality", "icon": "coffee", "description": "Hotels and restaurants.", "display_order": 6}, {"id": "542a9a23-2158-5d75-8092-d7b994817db5", "industry_id": "entertainment", "name": "Entertainment", "icon": "film", "description": "Film, music and games.", "display_order": 7}, {"id": "e28458a1-b8e4-5087-b68d-185ee663dbb2", "industry_id": "manufacturing", "name": "Manufacturing", "icon": "tool", "description": "Factories and their supply.", "display_order": 8}, {"id": "37e6efea-3b73-5433-97cb-96506943a147", "industry_id": "realestate", "name": "Real estate", "icon": "home", "description": "Selling, letting and managing property.", "display_order": 9}]\')\nON CONFLICT (industry_id) DO UPDATE\n  SET name = excluded.name, icon = excluded.icon, description = excluded.description\n  WHERE (old.name, old.icon, old.description)\n    IS DISTINCT FROM (excluded.name, excluded.icon, excluded.description)'
    )
    op.execute(
        '\nINSERT INTO catalog.use_case_categories AS old\n  (id, category_id, name, icon, description, display_order)\nSELECT id, category_id, name, icon, description, display_order\nFROM jsonb_populate_recordset(NULL::catalog.use_case_categories, \'[{"id": "2b437de7-0f53-532f-8aee-b1434d2f1261", "category_id": "product-discovery", "name": "Product discovery", "icon": "search", "description": "Finding what one wants.", "display_order": 1}, {"id": "090cdbd9-f0fc-5502-b8b5-13e00c66c098", "category_id": "logistics-operations", "name": "Logistics and operations", "icon": "truck", "description": "Stock, delivery, capacity.", "display_order": 2}, {"id": "4e6bbc36-5f7f-5fc6-a65d-b9e185af2c51", "category_id": "personalization", "name": "Personalisation", "icon": "user", "description": "What is made for one person.", "display_order": 3}, {"id": "4084a2b8-4e21-52f6-b645-398b49782648", "category_id": "pricing-fraud", "name": "Prices and fraud", "icon": "shield", "description": "What something is worth, and to whom.", "display_order": 4}, {"id": "a98a46ce-2733-54ab-9d78-dbe95d72f1cd", "category_id": "marketing-intelligence", "name": "Marketing", "icon": "target", "description": "Whom to speak to, when and how.", "display_order": 5}, {"id": "432aefba-942a-561f-ad93-e4d38c029b72", "category_id": "product-intelligence", "name": "Product data", "icon": "box", "description": "Knowing one\'\'s own catalogue.", "display_order": 6}, {"id": "d853a112-ef0e-55fa-928d-b5ab46a8af2f", "category_id": "creative-ar", "name": "Pictures and augmented reality", "icon": "camera", "description": "Making and placing pictures.", "display_order": 7}, {"id": "0c531bb2-38ce-5295-a1b9-37b51b480b98", "category_id": "gamification", "name": "Games", "icon": "award", "description": "What people do for fun.", "display_order": 8}, {"id": "d24c42f0-eb69-54c9-ae12-736a1da4a009", "category_id": "analytics", "name": "Analytics", "icon": "bar-chart", "description": "Measuring and looking ahead.", "display_order": 9}]\')\nON CONFLICT (category_id) DO UPDATE\n  SET name = excluded.name, icon = excluded.icon, description = excluded.description,\n    display_order = excluded.display_order\n  WHERE (old.name, old.icon, old.description, old.display_order)\n    IS DISTINCT FROM\n    (excluded.name, excluded.icon, excluded.description, excluded.display_order)'
    )
    op.execute(
        '\nINSERT INTO catalog.use_case_templates AS old\n  (id, use_case_id, display_name, industry_id, category_id, category, short_description,\n   theory_content, keywords, tips, icon, display_order)\nSELECT id, use_case_id, display_name, industry_id, category_id, category, short_description,\n  theory_content, keywords, tips, icon, display_order\nFROM jsonb_populate_recordset(NULL::catalog.use_case_templates, \'[{"id": "90ede00d-6d1c-5421-af59-12451914d907", "use_case_id": "nlp", "display_name": "Search in plain language", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "2b437de7-0f53-532f-8aee-b1434d2f1261", "category": "product-discovery", "short_description": "Finds products from a sentence instead of keywords.", "theory_content": "Query and products become vectors of one space; the nearest products answer.", "keywords": ["search", "language", "embedding"], "tips": ["Keep exact matches of part numbers first.", "Learn from searches without a click."], "icon": "search", "display_order": 1}, {"id": "c085dcea-9636-56b4-87bc-302237ef56c6", "use_case_id": "vss", "display_name": "Search by picture", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "2b437de7-0f53-532f-8aee-b1434d2f1261", "category": "product-discovery", "short_description": "Finds products that look like a photograph.", "theory_content": "An image model turns pictures into vectors; cosine distance ranks the catalogue.", "keywords": ["image", "similarity", "embedding"], "tips": ["Crop to the object first.", "Show the category that was recognised."], "icon": "image", "display_order": 2}, {"id": "529b81ce-c942-55ed-85de-a3d0aac894d3", "use_case_id": "bundle", "display_name": "Bundles", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "2b437de7-0f53-532f-8aee-b1434d2f1261", "category": "product-discovery", "short_description": "Suggests products that are bought together.", "theory_content": "Counts how much more often two products share a basket than chance would make them.", "keywords": ["basket", "cross-sell", "association"], "tips": ["Leave out pairs with few orders.", "Test a bundle\'\'s price before keeping it."], "icon": "layers", "display_order": 3}, {"id": "22c22c97-dab5-5ea1-9028-ecfe4eb08d2e", "use_case_id": "eta", "display_name": "Time of arrival", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "090cdbd9-f0fc-5502-b8b5-13e00c66c098", "category": "logistics-operations", "short_description": "Predicts when a delivery arrives, with an interval.", "theory_content": "A regression on route, carrier, weather and hour, corrected by each delivery that ends.", "keywords": ["delivery", "regression", "interval"], "tips": ["Promise the upper end.", "Use only what was known when the parcel left."], "icon": "clock", "display_order": 4}, {"id": "0a162522-eec5-501c-8afc-14c20756cde2", "use_case_id": "delay", "display_name": "Risk of delay", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "090cdbd9-f0fc-5502-b8b5-13e00c66c098", "category": "logistics-operations", "short_description": "Says which shipments are likely to be late while something can be done.", "theory_content": "A calibrated classifier; its threshold follows from the costs of acting and of waiting.", "keywords": ["delivery", "classification", "risk"], "tips": ["Tell the customer before they ask.", "Watch carriers whose delays drift."], "icon": "alert-triangle", "display_order": 5}, {"id": "d45ab582-2fd3-5eff-888d-7c0b983a40ce", "use_case_id": "inventory", "display_name": "Stock levels", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "090cdbd9-f0fc-5502-b8b5-13e00c66c098", "category": "logistics-operations", "short_description": "Says what to reorder, when and how much.", "theory_content": "Forecast demand over the lead time plus a safety stock for its uncertainty.", "keywords": ["stock", "reorder", "forecast"], "tips": ["Measure lead times, do not trust them.", "Count lost sales as demand."], "icon": "package", "display_order": 6}, {"id": "a0b22f01-45b3-5e9c-9a0d-d93252f138fb", "use_case_id": "personalization", "display_name": "Personal shop", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "4e6bbc36-5f7f-5fc6-a65d-b9e185af2c51", "category": "personalization", "short_description": "Orders products for each visitor.", "theory_content": "Past views and purchases give a taste; a ranking model weighs it against novelty.", "keywords": ["recommendation", "ranking", "taste"], "tips": ["Show something new now and then.", "Begin with what is popular for new visitors."], "icon": "user", "display_order": 7}, {"id": "47258c08-ad58-57fc-92b3-47db2f3381c3", "use_case_id": "chat", "display_name": "Shopping assistant", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "4e6bbc36-5f7f-5fc6-a65d-b9e185af2c51", "category": "personalization", "short_description": "Answers questions about products and orders in a conversation.", "theory_content": "The intent is classified, facts are looked up, and the answer is written from them.", "keywords": ["conversation", "intent", "retrieval"], "tips": ["Hand over to a person when unsure.", "Answer from facts, never from memory."], "icon": "message-circle", "display_order": 8}, {"id": "04969d40-8f15-5505-adaa-6f04b8d7dd02", "use_case_id": "voice", "display_name": "Voice shopping", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "4e6bbc36-5f7f-5fc6-a65d-b9e185af2c51", "category": "personalization", "short_description": "Lets customers search and order by speaking.", "theory_content": "Speech becomes text; the text goes the way of every other question.", "keywords": ["speech", "assistant", "accessibility"], "tips": ["Read an order back before placing it.", "Keep a written way beside it."], "icon": "mic", "display_order": 9}, {"id": "94abedb4-9d66-51b6-ab80-56570e5ad401", "use_case_id": "pricing", "display_name": "Dynamic prices", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "4084a2b8-4e21-52f6-b645-398b49782648", "category": "pricing-fraud", "short_description": "Suggests prices from demand, stock and competition.", "theory_content": "Demand is estimated as a function of price; the price with the best margin is proposed.", "keywords": ["price", "elasticity", "margin"], "tips": ["Set limits that no price may leave.", "Change prices in a test, not everywhere at once."], "icon": "tag", "display_order": 10}, {"id": "eb4e3a41-9d00-5ead-bd03-08cb97c858dd", "use_case_id": "fraud", "display_name": "Payment fraud", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "4084a2b8-4e21-52f6-b645-398b49782648", "category": "pricing-fraud", "short_description": "Scores payments and names the reasons.", "theory_content": "Rare-event classification beside the distance to known frauds and to normal behaviour.", "keywords": ["payment", "anomaly", "risk"], "tips": ["Refunds come weeks later: wait before you judge.", "Review what lies near the limit."], "icon": "shield", "display_order": 11}, {"id": "614dea33-183d-53e7-87da-aa3b2fedceb0", "use_case_id": "coupon", "display_name": "Coupons", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "4084a2b8-4e21-52f6-b645-398b49782648", "category": "pricing-fraud", "short_description": "Gives a discount to those who would not buy without it.", "theory_content": "Uplift: the difference a coupon makes, estimated from a randomised group.", "keywords": ["discount", "uplift", "campaign"], "tips": ["Always keep a group without coupons.", "Look for codes that are shared."], "icon": "percent", "display_order": 12}, {"id": "dd0ca03c-9e7a-5e36-8cc4-2f86cce851f1", "use_case_id": "churn", "display_name": "Customers about to leave", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "a98a46ce-2733-54ab-9d78-dbe95d72f1cd", "category": "marketing-intelligence", "short_description": "Predicts which customers stop buying.", "theory_content": "Recency, frequency and value against each customer\'\'s own rhythm, calibrated.", "keywords": ["retention", "risk", "classification"], "tips": ["Say what leaving means first.", "Act on those whom an offer can still move."], "icon": "user-minus", "display_order": 13}, {"id": "e4fc4d76-1e16-53bb-8413-ac950f930f50", "use_case_id": "segmentation", "display_name": "Customer segments", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "a98a46ce-2733-54ab-9d78-dbe95d72f1cd", "category": "marketing-intelligence", "short_description": "Groups customers who behave alike.", "theory_content": "Clusters of behaviour that stay the same when the data are drawn again.", "keywords": ["cluster", "behaviour", "audience"], "tips": ["Few segments that somebody uses.", "Give each a name people understand."], "icon": "pie-chart", "display_order": 14}, {"id": "57c6dc15-6e71-572f-9fea-3ca2f3a66dde", "use_case_id": "subject", "display_name": "Subject lines", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "a98a46ce-2733-54ab-9d78-dbe95d72f1cd", "category": "marketing-intelligence", "short_description": "Predicts which subject line is opened.", "theory_content": "Text features of past campaigns; several lines share the traffic until one is ahead.", "keywords": ["mail", "text", "test"], "tips": ["Measure orders, not only opens.", "Keep to the sender\'\'s voice."], "icon": "mail", "display_order": 15}, {"id": "1d110bea-315f-5764-946e-dcbac6e0521b", "use_case_id": "leadgen", "display_name": "Leads", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "a98a46ce-2733-54ab-9d78-dbe95d72f1cd", "category": "marketing-intelligence", "short_description": "Ranks leads by their chance to become customers.", "theory_content": "A classifier on who they are and what they did, trained on leads that have ended.", "keywords": ["lead", "ranking", "sales"], "tips": ["Leave open leads out of training.", "Tell sales why a lead is hot."], "icon": "target", "display_order": 16}, {"id": "1cb608d7-4b53-5a9d-8a2b-d60c93ef7959", "use_case_id": "variant", "display_name": "Variants", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "432aefba-942a-561f-ad93-e4d38c029b72", "category": "product-intelligence", "short_description": "Finds products that are variants of one another.", "theory_content": "Near duplicates by text and picture, split by the attributes that differ.", "keywords": ["duplicate", "matching", "catalogue"], "tips": ["Merge by hand at first.", "Keep the rule that made a match."], "icon": "git-branch", "display_order": 17}, {"id": "f378d13a-44fb-5711-93d0-100bf4191eba", "use_case_id": "categorization", "display_name": "Categorisation", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "432aefba-942a-561f-ad93-e4d38c029b72", "category": "product-intelligence", "short_description": "Puts products into the category tree.", "theory_content": "Text and picture classification from the root to the leaf, stopping where it is unsure.", "keywords": ["category", "classification", "catalogue"], "tips": ["A right parent beats a wrong leaf.", "Learn from every correction."], "icon": "folder", "display_order": 18}, {"id": "44562d4f-11cd-51be-9b14-15edbf5f8c12", "use_case_id": "sentiment", "display_name": "Opinions in reviews", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "432aefba-942a-561f-ad93-e4d38c029b72", "category": "product-intelligence", "short_description": "Reads what customers praise and complain about.", "theory_content": "Each sentence is tied to an aspect, such as size or delivery, and scored.", "keywords": ["review", "text", "aspect"], "tips": ["Separate the product from its delivery.", "Watch changes, not levels."], "icon": "smile", "display_order": 19}, {"id": "00e9b9e1-09d4-5c87-ab0a-9a172cfb6a80", "use_case_id": "descriptions", "display_name": "Product texts", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "432aefba-942a-561f-ad93-e4d38c029b72", "category": "product-intelligence", "short_description": "Writes descriptions from attributes.", "theory_content": "A language model fills a frame; every claim is checked against the attributes.", "keywords": ["text", "generation", "catalogue"], "tips": ["Nothing that no attribute says.", "Have new categories read by a person."], "icon": "file-text", "display_order": 20}, {"id": "7d14ed74-6ebf-51f2-9581-a9229b287aaa", "use_case_id": "remover", "display_name": "Background removal", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "d853a112-ef0e-55fa-928d-b5ab46a8af2f", "category": "creative-ar", "short_description": "Cuts products out of their photographs.", "theory_content": "A segmentation model marks the object; its edge is refined at full size.", "keywords": ["image", "segmentation", "studio"], "tips": ["Look at hair, glass and lace.", "Keep the original."], "icon": "scissors", "display_order": 21}, {"id": "03556234-da5e-5057-bc19-017518ff7fda", "use_case_id": "upscaler", "display_name": "Larger pictures", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "d853a112-ef0e-55fa-928d-b5ab46a8af2f", "category": "creative-ar", "short_description": "Enlarges pictures and keeps them sharp.", "theory_content": "A network trained on pairs of small and large pictures adds plausible detail.", "keywords": ["image", "resolution", "studio"], "tips": ["Do not invent text on labels.", "Compare side by side."], "icon": "maximize", "display_order": 22}, {"id": "d598ab41-28d4-5fd0-88e7-ffba024b8961", "use_case_id": "tryon", "display_name": "Virtual try-on", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "d853a112-ef0e-55fa-928d-b5ab46a8af2f", "category": "creative-ar", "short_description": "Shows a product on the customer.", "theory_content": "Landmarks of a face or body place the product and light it like the picture.", "keywords": ["camera", "fit", "augmented reality"], "tips": ["Pictures stay on the customer\'\'s device.", "Say that size is not shown."], "icon": "camera", "display_order": 23}, {"id": "7610a75f-5712-5173-926f-81e2680bdf12", "use_case_id": "quiz", "display_name": "Style quiz", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "0c531bb2-38ce-5295-a1b9-37b51b480b98", "category": "gamification", "short_description": "Asks a few questions and suggests products.", "theory_content": "Each question is the one that narrows the choice most.", "keywords": ["quiz", "preference", "recommendation"], "tips": ["Five questions at most.", "Show why something was suggested."], "icon": "help-circle", "display_order": 24}, {"id": "433d71ba-2504-56a9-99e6-ffb792d3c50a", "use_case_id": "spin", "display_name": "Wheel of offers", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "0c531bb2-38ce-5295-a1b9-37b51b480b98", "category": "gamification", "short_description": "Gives playful offers within a budget.", "theory_content": "Chances are set so that the expected cost stays below the budget.", "keywords": ["offer", "game", "budget"], "tips": ["State the chances.", "One turn a customer."], "icon": "rotate-cw", "display_order": 25}, {"id": "45e05235-780c-5811-ac8e-559edcbc8e51", "use_case_id": "iq", "display_name": "Product knowledge game", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "0c531bb2-38ce-5295-a1b9-37b51b480b98", "category": "gamification", "short_description": "Teaches about products by questions that grow harder.", "theory_content": "Player and question have a strength each, moved by every answer.", "keywords": ["game", "learning", "engagement"], "tips": ["Reward learning, not speed.", "Retire questions nobody gets right."], "icon": "award", "display_order": 26}, {"id": "7efc84eb-3ee8-5e88-937c-3d9c7022e39c", "use_case_id": "forecast", "display_name": "Sales forecast", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "d24c42f0-eb69-54c9-ae12-736a1da4a009", "category": "analytics", "short_description": "Predicts sales by product and week.", "theory_content": "Trend, season and events, evaluated on weeks the model has not seen.", "keywords": ["forecast", "season", "demand"], "tips": ["Compare with last year\'\'s same week.", "Show the interval."], "icon": "trending-up", "display_order": 27}, {"id": "c5f3dc47-23ab-5893-b7f3-660110ee87f0", "use_case_id": "timing", "display_name": "Best moment", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "d24c42f0-eb69-54c9-ae12-736a1da4a009", "category": "analytics", "short_description": "Finds when a customer is likely to respond.", "theory_content": "Each customer\'\'s own hours, drawn towards everybody\'\'s while little is known.", "keywords": ["time", "campaign", "behaviour"], "tips": ["Respect quiet hours.", "Count time zones."], "icon": "calendar", "display_order": 28}, {"id": "b289d2d7-1db7-5f92-90cd-2f88702e21f6", "use_case_id": "abtest", "display_name": "A/B tests", "industry_id": "91c880a8-0ce1-5e77-8e65-684cbc8bab52", "category_id": "d24c42f0-eb69-54c9-ae12-736a1da4a009", "category": "analytics", "short_description": "Says which variant is better and when that is sure.", "theory_content": "A sequential test may be looked at every day without more wrong answers.", "keywords": ["experiment", "significance", "conversion"], "tips": ["One deciding figure.", "End it when it has decided, not before."], "icon": "columns", "display_order": 29}, {"id": "524c4b33-b80e-58b7-b6c8-1c0213306c76", "use_case_id": "loss-prevention", "display_name": "Loss prevention", "industry_id": "31beeb84-e523-5931-a9c8-59c162f99a21", "category_id": "d24c42f0-eb69-54c9-ae12-736a1da4a009", "category": "analytics", "short_description": "Points out behaviour in a store that often ends in a loss.", "theory_content": "Movements are scored against normal visits; a person decides about every alert.", "keywords": ["store", "video", "risk"], "tips": ["Never accuse by score.", "Check that no group is flagged more often."], "icon": "eye", "display_order": 30}, {"id": "54eff8cc-d048-5b87-b140-3382a2438d12", "use_case_id": "risk-scoring", "display_name": "Patient risk", "industry_id": "2d28a043-7097-5ed2-b1cb-36af7c3306ed", "category_id": "d24c42f0-eb69-54c9-ae12-736a1da4a009", "category": "analytics", "short_description": "Estimates the risk of a complication.", "theory_content": "A calibrated model on history and measurements known at that moment.", "keywords": ["risk", "patient", "calibration"], "tips": ["Check calibration in every hospital.", "Support a clinician, replace none."], "icon": "activity", "display_order": 31}, {"id": "be0c01c6-8d80-544a-9ac1-ca85bf1f2c9f", "use_case_id": "diagnostic-ai", "display_name": "Help with diagnosis", "industry_id": "2d28a043-7097-5ed2-b1cb-36af7c3306ed", "category_id": "d24c42f0-eb69-54c9-ae12-736a1da4a009", "category": "analytics", "short_description": "Ranks diagnoses that fit the findings.", "theory_content": "Findings update the odds of each diagnosis; missing ones are asked for by their worth.", "keywords": ["diagnosis", "findings", "ranking"], "tips": ["List what must not be missed first.", "Say what is not known."], "icon": "clipboard", "display_order": 32}, {"id": "6b0b79f6-cc56-57a3-b1a1-58bc6ad5a0bc", "use_case_id": "drug-discovery", "display_name": "Candidate drugs", "industry_id": "2d28a043-7097-5ed2-b1cb-36af7c3306ed", "category_id": "d24c42f0-eb69-54c9-ae12-736a1da4a009", "category": "analytics", "short_description": "Ranks molecules for the next experiment.", "theory_content": "Predicted activity weighed with its uncertainty, so that tests teach most.", "keywords": ["molecule", "screening", "active learning"], "tips": ["Split by scaffold, not at random.", "Keep failed experiments."], "icon": "droplet", "display_order": 33}, {"id": "00f26709-b4f7-5783-9973-c6e087d31dfc", "use_case_id": "clinical-trials", "display_name": "Matching to trials", "industry_id": "2d28a043-7097-5ed2-b1cb-36af7c3306ed", "category_id": "d24c42f0-eb69-54c9-ae12-736a1da4a009", "category": "analytics", "short_description": "Finds patients who meet a trial\'\'s criteria.", "theory_content": "Criteria become conditions; free text is read for those without a field.", "keywords": ["trial", "eligibility", "matching"], "tips": ["Show the criterion that failed.", "Ask for consent first."], "icon": "users", "display_order": 34}, {"id": "30132643-57f2-55d2-b598-7a18a486365f", "use_case_id": "patient-flow", "display_name": "Patient flow", "industry_id": "2d28a043-7097-5ed2-b1cb-36af7c3306ed", "category_id": "090cdbd9-f0fc-5502-b8b5-13e00c66c098", "category": "logistics-operations", "short_description": "Forecasts arrivals and stays by ward.", "theory_content": "Arrivals by hour and length of stay give the beds needed, with an interval.", "keywords": ["beds", "forecast", "capacity"], "tips": ["Plan for the upper end.", "Separate planned from urgent."], "icon": "shuffle", "display_order": 35}, {"id": "663cc99b-06a3-5ac3-9fce-8d4c323e6998", "use_case_id": "resource-allocation", "display_name": "Staff and rooms", "industry_id": "2d28a043-7097-5ed2-b1cb-36af7c3306ed", "category_id": "090cdbd9-f0fc-5502-b8b5-13e00c66c098", "category": "logistics-operations", "short_description": "Distributes staff and rooms over the expected demand.", "theory_content": "The forecast enters an optimisation that keeps rest times and skills.", "keywords": ["planning", "optimisation", "capacity"], "tips": ["Leave slack for the unexpected.", "Let people swap."], "icon": "grid", "display_order": 36}, {"id": "e4300ddb-ecd7-5f88-afbd-0627e972caec", "use_case_id": "property-valuation", "display_name": "Value of a property", "industry_id": "37e6efea-3b73-5433-97cb-96506943a147", "category_id": "4084a2b8-4e21-52f6-b645-398b49782648", "category": "pricing-fraud", "short_description": "Estimates what a property would sell for.", "theory_content": "Comparable sales, corrected for place, size, state and time.", "keywords": ["valuation", "regression", "comparables"], "tips": ["Show the comparables.", "Widen the interval where sales are rare."], "icon": "home", "display_order": 37}, {"id": "11ab2a0c-51f1-56bf-8047-d8a151e03339", "use_case_id": "market-trend-analysis", "display_name": "Market trends", "industry_id": "37e6efea-3b73-5433-97cb-96506943a147", "category_id": "d24c42f0-eb69-54c9-ae12-736a1da4a009", "category": "analytics", "short_description": "Shows where prices and demand are moving.", "theory_content": "Repeat sales remove the change of what is sold; breaks are tested.", "keywords": ["market", "trend", "index"], "tips": ["Few sales make loud indices.", "Separate season from trend."], "icon": "bar-chart", "display_order": 38}, {"id": "971d0353-ee15-5db1-a924-d2043f6cd1f0", "use_case_id": "investment-scoring", "display_name": "Investments", "industry_id": "37e6efea-3b73-5433-97cb-96506943a147", "category_id": "d24c42f0-eb69-54c9-ae12-736a1da4a009", "category": "analytics", "short_description": "Ranks properties by expected return and risk.", "theory_content": "Simulated rents, costs and prices give a range of returns for each.", "keywords": ["return", "risk", "simulation"], "tips": ["Compare the worst tenth, too.", "State every assumption."], "icon": "briefcase", "display_order": 39}, {"id": "5cb65193-949b-5c21-9d5c-e32f8bbada08", "use_case_id": "lead-scoring", "display_name": "Buyers and tenants", "industry_id": "37e6efea-3b73-5433-97cb-96506943a147", "category_id": "a98a46ce-2733-54ab-9d78-dbe95d72f1cd", "category": "marketing-intelligence", "short_description": "Ranks enquiries by their chance of a contract.", "theory_content": "What was looked at, when and how often, against enquiries that have ended.", "keywords": ["lead", "ranking", "enquiry"], "tips": ["Answer fast before answering well.", "Use nothing that stands for origin."], "icon": "key", "display_order": 40}]\')\nON CONFLICT (use_case_id) DO UPDATE\n  SET display_name = excluded.display_name, industry_id = excluded.industry_id,\n    category_id = excluded.category_id, category = excluded.category,\n    short_description = excluded.short_description, theory_content = excluded.theory_content,\n    keywords = excluded.keywords, tips = excluded.tips, icon = excluded.icon,\n    display_order = excluded.display_order\n  WHERE (old.display_name, old.industry_id, old.category_id, old.category,\n      old.short_description, old.theory_content, old.keywords, old.tips, old.icon,\n      old.display_order)\n    IS DISTINCT FROM\n    (excluded.display_name, excluded.industry_id, excluded.category_id, excluded.category,\n      excluded.short_description, excluded.theory_content, excluded.keywords, excluded.tips,\n      excluded.icon, excluded.display_order)'
    )
    op.execute(
        '\nINSERT INTO catalog.interactive_solutions AS old\n  (id, solution_id, use_case_id, name, description, scenarios, pipeline, display_order)\nSELECT id, solution_id, use_case_id, name, description, scenarios, pipeline, display_order\nFROM jsonb_populate_recordset(NULL::catalog.interactive_solutions, \'[{"id": "ba250fd6-61a9-5013-ae6a-a9cfc20346f1", "solution_id": "dynamic-pricing", "use_case_id": "94abedb4-9d66-51b6-ab80-56570e5ad401", "name": "Dynamic pricing", "description": "Proposes a price from demand, stock and the competition, and says why.", "scenarios": [{"key": "season-start", "name": "Start of a season", "description": "Demand rises while stock is full.", "fields": [{"key": "current_price", "label": "Price now", "type": "number", "default": 100.0, "unit": "currency", "options": []}, {"key": "competitor_price", "label": "Competitor\'\'s price", "type": "number", "default": 95.0, "unit": "currency", "options": []}, {"key": "stock", "label": "Pieces in stock", "type": "number", "default": 400.0, "unit": "pieces", "options": []}, {"key": "demand", "label": "Demand", "type": "select", "default": "high", "unit": null, "options": ["low", "normal", "high"]}]}, {"key": "clearance", "name": "Clearance", "description": "What is left must go before a date.", "fields": [{"key": "current_price", "label": "Price now", "type": "number", "default": 60.0, "unit": "currency", "options": []}, {"key": "unit_cost", "label": "Cost of a piece", "type": "number", "default": 35.0, "unit": "currency", "options": []}, {"key": "stock", "label": "Pieces in stock", "type": "number", "default": 900.0, "unit": "pieces", "options": []}, {"key": "days_left", "label": "Days left", "type": "number", "default": 14.0, "unit": "days", "options": []}]}], "pipeline": [{"key": "market_analysis", "name": "Market analysis", "description": "Compares with what others ask."}, {"key": "demand_forecast", "name": "Demand forecast", "description": "Estimates sales at each price."}, {"key": "price_optimization", "name": "Price optimisation", "description": "Finds the price within limits."}, {"key": "recommendation", "name": "Recommendation", "description": "Says the price and its effect."}], "display_order": 1}, {"id": "e8a9a36c-ea68-58a4-a086-30a7c3c9d809", "solution_id": "fraud-detection", "use_case_id": "eb4e3a41-9d00-5ead-bd03-08cb97c858dd", "name": "Fraud detection", "description": "Scores a payment and shows which signals it rests on.", "scenarios": [{"key": "card-payment", "name": "Card payment", "description": "A payment by a card that the shop has seen before.", "fields": [{"key": "amount", "label": "Amount", "type": "number", "default": 250.0, "unit": "currency", "options": []}, {"key": "country_matches", "label": "Card and address agree", "type": "boolean", "default": true, "unit": null, "options": []}, {"key": "payments_last_hour", "label": "Payments in the last hour", "type": "number", "default": 1.0, "unit": null, "options": []}, {"key": "account_age_days", "label": "Age of the account", "type": "number", "default": 420.0, "unit": "days", "options": []}]}, {"key": "new-account", "name": "New account", "description": "The first order of an account made today.", "fields": [{"key": "amount", "label": "Amount", "type": "number", "default": 1800.0, "unit": "currency", "options": []}, {"key": "express", "label": "Express delivery", "type": "boolean", "default": true, "unit": null, "options": []}, {"key": "device_seen", "label": "Device seen before", "type": "boolean", "default": false, "unit": null, "options": []}]}], "pipeline": [{"key": "feature_extraction", "name": "Feature extraction", "description": "Turns the payment into numbers."}, {"key": "vector_search", "name": "Vector search", "description": "Finds the most similar known payments."}, {"key": "anomaly_scoring", "name": "Anomaly scoring", "description": "Measures the distance to the normal."}, {"key": "classification", "name": "Classification", "description": "Gives the probability and the reasons."}], "display_order": 2}, {"id": "a11074a4-c0e5-56ce-815e-1bf69c85d518", "solution_id": "loss-prevention", "use_case_id": "524c4b33-b80e-58b7-b6c8-1c0213306c76", "name": "Loss prevention", "description": "Scores what happens in a store and asks a person to look.", "scenarios": [{"key": "sales-floor", "name": "Sales floor", "description": "A visit among shelves with expensive goods.", "fields": [{"key": "minutes_in_area", "label": "Time in the area", "type": "number", "default": 12.0, "unit": "minutes", "options": []}, {"key": "items_handled", "label": "Goods taken in hand", "type": "number", "default": 9.0, "unit": "pieces", "options": []}, {"key": "crowding", "label": "People around", "type": "select", "default": "normal", "unit": null, "options": ["low", "normal", "high"]}]}, {"key": "self-checkout", "name": "Self-checkout", "description": "What was scanned does not fit the weight.", "fields": [{"key": "weight_difference", "label": "Difference", "type": "number", "default": 0.4, "unit": "kg", "options": []}, {"key": "skipped_scans", "label": "Goods not scanned", "type": "number", "default": 1.0, "unit": "pieces", "options": []}, {"key": "attendant_present", "label": "Attendant present", "type": "boolean", "default": false, "unit": null, "options": []}]}], "pipeline": [{"key": "video_analysis", "name": "Video analysis", "description": "Follows movements, not faces."}, {"key": "behaviour_scoring", "name": "Behaviour scoring", "description": "Compares them with normal visits."}, {"key": "risk_assessment", "name": "Risk assessment", "description": "Weighs the score with what is at stake."}, {"key": "alert", "name": "Alert", "description": "Asks a person to look, with the reason."}], "display_order": 3}]\')\nON CONFLICT (solution_id) DO UPDATE\n  SET use_case_id = excluded.use_case_id, name = excluded.name,\n    description = excluded.description, scenarios = excluded.scenarios,\n    pipeline = excluded.pipeline, display_order = excluded.display_order\n  WHERE (old.use_case_id, old.name, old.description, old.scenarios, old.pipeline,\n      old.display_order)\n    IS DISTINCT FROM\n    (excluded.use_case_id, excluded.name, excluded.description, excluded.scenarios,\n      excluded.pipeline, excluded.display_order)'
    )
    op.execute(
        "\nCREATE OR REPLACE FUNCTION catalog.give_use_cases(receiver uuid) RETURNS void LANGUAGE sql AS $$\n  INSERT INTO catalog.use_cases\n    (tenant_id, id, use_case_id, display_name, industry_id, category_id, category,\n     short_description, long_description, theory_content, keywords, tips, icon, display_order)\n  SELECT receiver, t.id, t.use_case_id, t.display_name, t.industry_id, t.category_id, t.category,\n    t.short_description, t.long_description, t.theory_content, t.keywords, t.tips, t.icon,\n    t.display_order\n  FROM catalog.use_case_templates t WHERE t.is_active\n  ON CONFLICT DO NOTHING\n$$"
    )
    op.execute(
        "\nCOMMENT ON FUNCTION catalog.give_use_cases(uuid) IS\n  'Gives a tenant the copies of active use case templates that it does not have.'"
    )
    op.execute(
        "\nCREATE OR REPLACE FUNCTION catalog.on_tenant() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n  PERFORM catalog.give_use_cases(NEW.id);\n  RETURN NULL;\nEND $$"
    )
    op.execute(
        "\nCOMMENT ON FUNCTION catalog.on_tenant() IS 'Lets a new tenant begin with its copies.'"
    )
    op.execute(
        "\nCREATE OR REPLACE TRIGGER give_use_cases AFTER INSERT ON tenancy.tenants\nFOR EACH ROW EXECUTE FUNCTION catalog.on_tenant()"
    )
    op.execute(
        "\nDO $$\nDECLARE\n  before text := coalesce(current_setting('app.tenant_id', true), '');\n  receiver uuid;\nBEGIN\n  FOR receiver IN SELECT * FROM app.tenants() LOOP\n    EXECUTE 'SET LOCAL app.tenant_id = ' || quote_literal(receiver);\n    PERFORM catalog.give_use_cases(receiver);\n  END LOOP;\n  EXECUTE 'SET LOCAL app.tenant_id = ' || quote_literal(before);\nEND $$"
    )


def downgrade() -> None:
    op.table_policy("catalog.interactive_solutions", remove=["app:select", "rls:shared", "touch"])
    op.table_policy(
        "catalog.use_case_executions", remove=["app:insert,select", "keep:365", "rls:tenant"]
    )
    op.table_policy(
        "catalog.use_cases", remove=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy("catalog.use_case_templates", remove=["app:select", "rls:shared", "touch"])
    op.table_policy("catalog.use_case_categories", remove=["app:select", "rls:shared", "touch"])
    op.table_policy("catalog.industries", remove=["app:select", "rls:shared", "touch"])
    op.drop_index(
        "ix_use_case_executions_user_id", table_name="use_case_executions", schema="catalog"
    )
    op.drop_index(
        "ix_use_case_executions_use_case", table_name="use_case_executions", schema="catalog"
    )
    op.drop_index(
        "ix_use_case_executions_session_id", table_name="use_case_executions", schema="catalog"
    )
    op.drop_index(
        "ix_use_case_executions_created_at", table_name="use_case_executions", schema="catalog"
    )
    op.drop_table("use_case_executions", schema="catalog")
    op.drop_index(
        "ix_interactive_solutions_use_case_id", table_name="interactive_solutions", schema="catalog"
    )
    op.drop_table("interactive_solutions", schema="catalog")
    op.drop_index("ix_use_cases_shared_industry", table_name="use_cases", schema="catalog")
    op.drop_index("ix_use_cases_shared_category", table_name="use_cases", schema="catalog")
    op.drop_index("ix_use_cases_industry_id", table_name="use_cases", schema="catalog")
    op.drop_index("ix_use_cases_category_id", table_name="use_cases", schema="catalog")
    op.drop_index("ix_use_cases_category", table_name="use_cases", schema="catalog")
    op.drop_table("use_cases", schema="catalog")
    op.drop_index(
        "ix_use_case_templates_industry_id", table_name="use_case_templates", schema="catalog"
    )
    op.drop_index(
        "ix_use_case_templates_category_id", table_name="use_case_templates", schema="catalog"
    )
    op.drop_table("use_case_templates", schema="catalog")
    op.drop_table("use_case_categories", schema="catalog")
    op.drop_index("ix_industries_is_active", table_name="industries", schema="catalog")
    op.drop_table("industries", schema="catalog")
    op.execute("DROP SCHEMA catalog CASCADE")
