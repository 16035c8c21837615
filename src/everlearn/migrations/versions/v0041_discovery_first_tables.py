"""Discovery first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA discovery")
    op.execute(
        "GRANT USAGE ON SCHEMA discovery TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "discovery_tool_templates",
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 5 uuid of the key, the same in every installation, for rows that we ship.",
        ),
        sa.Column(
            "tool_id",
            sa.Text(),
            nullable=False,
            comment="Stable key, such as city-risk; translations go by it.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column("icon", sa.Text(), nullable=True, comment="Name of its icon."),
        sa.Column("description", sa.Text(), nullable=True, comment="What it does."),
        sa.Column("category", sa.Text(), nullable=True, comment="What it is about."),
        sa.Column("interaction_type", sa.Text(), nullable=True, comment="How a person answers it."),
        sa.Column("interaction_label", sa.Text(), nullable=True, comment="What it asks."),
        sa.Column(
            "interaction_placeholder", sa.Text(), nullable=True, comment="An example of an answer."
        ),
        sa.Column(
            "interaction_options",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Answers to choose from, for a select.",
        ),
        sa.Column(
            "model_message",
            sa.Text(),
            nullable=True,
            comment="What is shown while the model works.",
        ),
        sa.Column(
            "model_prompt_template",
            sa.Text(),
            nullable=True,
            comment="What the model is asked; {input} is the answer.",
        ),
        sa.Column("visualization_type", sa.Text(), nullable=True, comment="How the result looks."),
        sa.Column(
            "visualization_animation",
            sa.Text(),
            nullable=True,
            comment="How it appears, such as fade-in.",
        ),
        sa.Column("surprise_type", sa.Text(), nullable=True, comment="What comes on top."),
        sa.Column(
            "surprise_message_template",
            sa.Text(),
            nullable=True,
            comment="Its sentence; {result} is what was found.",
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
            "category IN ('design', 'productivity', 'analysis', 'finance', 'career', 'security', 'innovation', 'tech')",
            name=op.f("ck_discovery_tool_templates_category_valid"),
        ),
        sa.CheckConstraint(
            "icon <> '' AND length(icon) <= 255",
            name=op.f("ck_discovery_tool_templates_icon_valid"),
        ),
        sa.CheckConstraint(
            "interaction_label <> '' AND length(interaction_label) <= 255",
            name=op.f("ck_discovery_tool_templates_interaction_label_valid"),
        ),
        sa.CheckConstraint(
            "interaction_placeholder <> '' AND length(interaction_placeholder) <= 255",
            name=op.f("ck_discovery_tool_templates_interaction_placeholder_valid"),
        ),
        sa.CheckConstraint(
            "interaction_type IN ('input', 'textarea', 'select', 'dragdrop')",
            name=op.f("ck_discovery_tool_templates_interaction_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(interaction_options) = 'array'",
            name=op.f("ck_discovery_tool_templates_interaction_options_valid"),
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255",
            name=op.f("ck_discovery_tool_templates_name_valid"),
        ),
        sa.CheckConstraint(
            "surprise_type IN ('vibe', 'insight', 'prediction', 'savings', 'percentage', 'risk-level', 'ideas', 'score')",
            name=op.f("ck_discovery_tool_templates_surprise_type_valid"),
        ),
        sa.CheckConstraint(
            "tool_id <> '' AND length(tool_id) <= 255",
            name=op.f("ck_discovery_tool_templates_tool_id_valid"),
        ),
        sa.CheckConstraint(
            "visualization_animation <> '' AND length(visualization_animation) <= 255",
            name=op.f("ck_discovery_tool_templates_visualization_animation_valid"),
        ),
        sa.CheckConstraint(
            "visualization_type IN ('palette', 'chart', 'text', 'script', 'gauge', 'heatmap', 'ideas-list', 'speed-badge')",
            name=op.f("ck_discovery_tool_templates_visualization_type_valid"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discovery_tool_templates")),
        sa.UniqueConstraint("tool_id", name=op.f("uq_discovery_tool_templates_tool_id")),
        schema="discovery",
        comment="A tool that every new tenant gets a copy of, under the same id.",
    )
    op.create_table(
        "discovery_tools",
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
            "usage_count",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How often it ran for this tenant.",
        ),
        sa.Column(
            "average_rating",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Mean of its ratings, 0 to 5; 0 before the first.",
        ),
        sa.Column(
            "meta_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Anything else the tenant keeps with it.",
        ),
        sa.Column(
            "tool_id",
            sa.Text(),
            nullable=False,
            comment="Stable key, such as city-risk; translations go by it.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column("icon", sa.Text(), nullable=True, comment="Name of its icon."),
        sa.Column("description", sa.Text(), nullable=True, comment="What it does."),
        sa.Column("category", sa.Text(), nullable=True, comment="What it is about."),
        sa.Column("interaction_type", sa.Text(), nullable=True, comment="How a person answers it."),
        sa.Column("interaction_label", sa.Text(), nullable=True, comment="What it asks."),
        sa.Column(
            "interaction_placeholder", sa.Text(), nullable=True, comment="An example of an answer."
        ),
        sa.Column(
            "interaction_options",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Answers to choose from, for a select.",
        ),
        sa.Column(
            "model_message",
            sa.Text(),
            nullable=True,
            comment="What is shown while the model works.",
        ),
        sa.Column(
            "model_prompt_template",
            sa.Text(),
            nullable=True,
            comment="What the model is asked; {input} is the answer.",
        ),
        sa.Column("visualization_type", sa.Text(), nullable=True, comment="How the result looks."),
        sa.Column(
            "visualization_animation",
            sa.Text(),
            nullable=True,
            comment="How it appears, such as fade-in.",
        ),
        sa.Column("surprise_type", sa.Text(), nullable=True, comment="What comes on top."),
        sa.Column(
            "surprise_message_template",
            sa.Text(),
            nullable=True,
            comment="Its sentence; {result} is what was found.",
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
            "category IN ('design', 'productivity', 'analysis', 'finance', 'career', 'security', 'innovation', 'tech')",
            name=op.f("ck_discovery_tools_category_valid"),
        ),
        sa.CheckConstraint(
            "icon <> '' AND length(icon) <= 255", name=op.f("ck_discovery_tools_icon_valid")
        ),
        sa.CheckConstraint(
            "interaction_label <> '' AND length(interaction_label) <= 255",
            name=op.f("ck_discovery_tools_interaction_label_valid"),
        ),
        sa.CheckConstraint(
            "interaction_placeholder <> '' AND length(interaction_placeholder) <= 255",
            name=op.f("ck_discovery_tools_interaction_placeholder_valid"),
        ),
        sa.CheckConstraint(
            "interaction_type IN ('input', 'textarea', 'select', 'dragdrop')",
            name=op.f("ck_discovery_tools_interaction_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(interaction_options) = 'array'",
            name=op.f("ck_discovery_tools_interaction_options_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(meta_data) = 'object'", name=op.f("ck_discovery_tools_meta_data_valid")
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_discovery_tools_name_valid")
        ),
        sa.CheckConstraint(
            "surprise_type IN ('vibe', 'insight', 'prediction', 'savings', 'percentage', 'risk-level', 'ideas', 'score')",
            name=op.f("ck_discovery_tools_surprise_type_valid"),
        ),
        sa.CheckConstraint(
            "tool_id <> '' AND length(tool_id) <= 255",
            name=op.f("ck_discovery_tools_tool_id_valid"),
        ),
        sa.CheckConstraint(
            "visualization_animation <> '' AND length(visualization_animation) <= 255",
            name=op.f("ck_discovery_tools_visualization_animation_valid"),
        ),
        sa.CheckConstraint(
            "visualization_type IN ('palette', 'chart', 'text', 'script', 'gauge', 'heatmap', 'ideas-list', 'speed-badge')",
            name=op.f("ck_discovery_tools_visualization_type_valid"),
        ),
        sa.CheckConstraint(
            "average_rating BETWEEN 0 AND 5", name=op.f("ck_discovery_tools_average_rating_valid")
        ),
        sa.CheckConstraint("usage_count >= 0", name=op.f("ck_discovery_tools_usage_count_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_discovery_tools_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_discovery_tools")),
        sa.UniqueConstraint(
            "tenant_id", "tool_id", name=op.f("uq_discovery_tools_tenant_id_tool_id")
        ),
        schema="discovery",
        comment="A small tool of a tenant: a question, a prompt for a model, a picture and a surprise.",
    )
    op.create_index(
        "ix_discovery_tools_category",
        "discovery_tools",
        ["tenant_id", "category"],
        unique=False,
        schema="discovery",
    )
    op.create_table(
        "discovery_tool_executions",
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
            "tool_id",
            sa.UUID(),
            nullable=False,
            comment="The tool; one with runs is made inactive, not deleted.",
        ),
        sa.Column("user_id", sa.UUID(), nullable=True, comment="Who ran it, if known."),
        sa.Column("session_id", sa.Text(), nullable=True, comment="Session it ran in."),
        sa.Column(
            "input_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What the person gave.",
        ),
        sa.Column(
            "output_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What the model answered.",
        ),
        sa.Column(
            "visualization_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What the picture was drawn from.",
        ),
        sa.Column(
            "surprise_result",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What came on top.",
        ),
        sa.Column(
            "execution_time_ms",
            sa.Double(),
            nullable=True,
            comment="How long it took, in milliseconds.",
        ),
        sa.Column(
            "model_version", sa.Text(), nullable=True, comment="Version of the model that answered."
        ),
        sa.Column(
            "success",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it gave an answer.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it ran.",
        ),
        sa.CheckConstraint(
            "execution_time_ms >= 0 AND execution_time_ms < 'infinity'",
            name=op.f("ck_discovery_tool_executions_execution_time_ms_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(input_data) = 'object'",
            name=op.f("ck_discovery_tool_executions_input_data_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(output_data) = 'object'",
            name=op.f("ck_discovery_tool_executions_output_data_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(surprise_result) = 'object'",
            name=op.f("ck_discovery_tool_executions_surprise_result_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(visualization_data) = 'object'",
            name=op.f("ck_discovery_tool_executions_visualization_data_valid"),
        ),
        sa.CheckConstraint(
            "model_version <> '' AND length(model_version) <= 255",
            name=op.f("ck_discovery_tool_executions_model_version_valid"),
        ),
        sa.CheckConstraint(
            "session_id <> '' AND length(session_id) <= 255",
            name=op.f("ck_discovery_tool_executions_session_id_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "tool_id"],
            ["discovery.discovery_tools.tenant_id", "discovery.discovery_tools.id"],
            name="fk_discovery_tool_executions_tool_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_discovery_tool_executions_user_id",
            ondelete="SET NULL (user_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_discovery_tool_executions_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_discovery_tool_executions")),
        schema="discovery",
        comment="One run of a tool: what was answered, what came of it and how it was shown.",
    )
    op.create_index(
        "ix_discovery_tool_executions_created_at",
        "discovery_tool_executions",
        ["tenant_id", "created_at"],
        unique=False,
        schema="discovery",
    )
    op.create_index(
        "ix_discovery_tool_executions_session_id",
        "discovery_tool_executions",
        ["tenant_id", "session_id"],
        unique=False,
        schema="discovery",
    )
    op.create_index(
        "ix_discovery_tool_executions_tool_id",
        "discovery_tool_executions",
        ["tenant_id", "tool_id"],
        unique=False,
        schema="discovery",
    )
    op.create_index(
        "ix_discovery_tool_executions_user_id",
        "discovery_tool_executions",
        ["tenant_id", "user_id"],
        unique=False,
        schema="discovery",
    )
    op.table_policy("discovery.discovery_tool_templates", add=["app:select", "rls:shared", "touch"])
    op.table_policy(
        "discovery.discovery_tools", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "discovery.discovery_tool_executions", add=["app:insert,select", "keep:365", "rls:tenant"]
    )
    op.execute(
        '\nINSERT INTO discovery.discovery_tool_templates AS old\n  (id, tool_id, name, icon, description, category, interaction_type, interaction_label,\n   interaction_placeholder, interaction_options, model_message, model_prompt_template,\n   visualization_type, visualization_animation, surprise_type, surprise_message_template,\n   display_order)\nSELECT id, tool_id, name, icon, description, category, interaction_type, interaction_label,\n  interaction_placeholder, coalesce(interaction_options, \'[]\'), model_message,\n  model_prompt_template, visualization_type, visualization_animation, surprise_type,\n  surprise_message_template, display_order\nFROM jsonb_populate_recordset(NULL::discovery.discovery_tool_templates, \'[{"id": "c00e9180-fb5a-5164-9f69-c36913650724", "display_order": 1, "tool_id": "color-predictor", "name": "Colour predictor", "icon": "palette", "description": "Reads the mood of a picture\'\'s colours.", "category": "design", "interaction_type": "dragdrop", "interaction_label": "Drop a picture", "interaction_placeholder": "A photograph or a drawing", "model_message": "Mixing colours ...", "model_prompt_template": "Name five colours that carry this picture, as hex: {input}", "visualization_type": "palette", "visualization_animation": "blend", "surprise_type": "vibe", "surprise_message_template": "It feels like {result}."}, {"id": "379e6a1c-371e-59d9-8149-7141890e9b7f", "display_order": 2, "tool_id": "bill-negotiator", "name": "Bill negotiator", "icon": "receipt", "description": "Writes what to say to lower a regular bill.", "category": "finance", "interaction_type": "input", "interaction_label": "Which bill, and how much a month?", "interaction_placeholder": "Internet, 49 a month", "model_message": "Looking for arguments ...", "model_prompt_template": "Write a short, polite script to lower this bill: {input}", "visualization_type": "script", "visualization_animation": "fade-in", "surprise_type": "savings", "surprise_message_template": "This could save {result} a year."}, {"id": "16600089-2fe0-58a5-bc7b-58c1852314bd", "display_order": 3, "tool_id": "career-automation", "name": "What a machine could do", "icon": "briefcase", "description": "Estimates how much of a job could be automated.", "category": "career", "interaction_type": "input", "interaction_label": "What is your job?", "interaction_placeholder": "Librarian", "model_message": "Going through the tasks ...", "model_prompt_template": "List this job\'\'s tasks, each with the share a machine could do: {input}", "visualization_type": "gauge", "visualization_animation": "fill-up", "surprise_type": "percentage", "surprise_message_template": "{result} per cent could be automated today."}, {"id": "c143de2d-e5c7-51cc-800d-3bb94830f63d", "display_order": 4, "tool_id": "city-risk", "name": "Risks of a city", "icon": "map", "description": "Shows what a city has to be ready for.", "category": "security", "interaction_type": "select", "interaction_label": "Choose a city", "interaction_options": ["Berlin", "Lagos", "Mumbai", "New York", "São Paulo", "Tokyo"], "model_message": "Reading the map ...", "model_prompt_template": "Rate flood, heat, earthquake and crime from 0 to 1 for: {input}", "visualization_type": "heatmap", "visualization_animation": "spread", "surprise_type": "risk-level", "surprise_message_template": "Its greatest risk: {result}."}, {"id": "ac1ba601-534c-525f-876b-41ed7c9795de", "display_order": 5, "tool_id": "idea-booster", "name": "Idea booster", "icon": "lightbulb", "description": "Turns a thought into several ideas.", "category": "innovation", "interaction_type": "textarea", "interaction_label": "What are you thinking about?", "interaction_placeholder": "A garden for people without a garden", "model_message": "Thinking around the corner ...", "model_prompt_template": "Give five ideas that grow out of this one: {input}", "visualization_type": "ideas-list", "visualization_animation": "slide-up", "surprise_type": "ideas", "surprise_message_template": "And one nobody asked for: {result}"}, {"id": "3472eb52-5dfd-563b-93d2-e95fd60b8fce", "display_order": 6, "tool_id": "website-speed", "name": "Speed of a website", "icon": "zap", "description": "Says how fast a page feels, and what slows it down.", "category": "tech", "interaction_type": "input", "interaction_label": "Address of a page", "interaction_placeholder": "https://example.org", "model_message": "Holding the stopwatch ...", "model_prompt_template": "Name the three likeliest brakes of this page: {input}", "visualization_type": "speed-badge", "visualization_animation": "pulse", "surprise_type": "score", "surprise_message_template": "{result} of 100 points."}]\')\nON CONFLICT (tool_id) DO UPDATE\n  SET name = excluded.name, icon = excluded.icon, description = excluded.description,\n    category = excluded.category, interaction_type = excluded.interaction_type,\n    interaction_label = excluded.interaction_label,\n    interaction_placeholder = excluded.interaction_placeholder,\n    interaction_options = excluded.interaction_options, model_message = excluded.model_message,\n    model_prompt_template = excluded.model_prompt_template,\n    visualization_type = excluded.visualization_type,\n    visualization_animation = excluded.visualization_animation,\n    surprise_type = excluded.surprise_type,\n    surprise_message_template = excluded.surprise_message_template,\n    display_order = excluded.display_order\n  WHERE (old.name, old.icon, old.description, old.category, old.interaction_type,\n      old.interaction_label, old.interaction_placeholder, old.interaction_options,\n      old.model_message, old.model_prompt_template, old.visualization_type,\n      old.visualization_animation, old.surprise_type, old.surprise_message_template,\n      old.display_order)\n    IS DISTINCT FROM\n    (excluded.name, excluded.icon, excluded.description, excluded.category,\n      excluded.interaction_type, excluded.interaction_label, excluded.interaction_placeholder,\n      excluded.interaction_options, excluded.model_message, excluded.model_prompt_template,\n      excluded.visualization_type, excluded.visualization_animation, excluded.surprise_type,\n      excluded.surprise_message_template, excluded.display_order)'
    )
    op.execute(
        "\nCREATE OR REPLACE FUNCTION discovery.give_tools(receiver uuid) RETURNS void LANGUAGE sql AS $$\n  INSERT INTO discovery.discovery_tools\n    (tenant_id, id, tool_id, name, icon, description, category, interaction_type,\n     interaction_label, interaction_placeholder, interaction_options, model_message,\n     model_prompt_template, visualization_type, visualization_animation, surprise_type,\n     surprise_message_template, display_order)\n  SELECT receiver, t.id, t.tool_id, t.name, t.icon, t.description, t.category, t.interaction_type,\n    t.interaction_label, t.interaction_placeholder, t.interaction_options, t.model_message,\n    t.model_prompt_template, t.visualization_type, t.visualization_animation, t.surprise_type,\n    t.surprise_message_template, t.display_order\n  FROM discovery.discovery_tool_templates t WHERE t.is_active\n  ON CONFLICT DO NOTHING\n$$"
    )
    op.execute(
        "\nCOMMENT ON FUNCTION discovery.give_tools(uuid) IS\n  'Gives a tenant the copies of active tool templates that it does not have.'"
    )
    op.execute(
        "\nCREATE OR REPLACE FUNCTION discovery.on_tenant() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n  PERFORM discovery.give_tools(NEW.id);\n  RETURN NULL;\nEND $$"
    )
    op.execute(
        "\nCOMMENT ON FUNCTION discovery.on_tenant() IS 'Lets a new tenant begin with its copies.'"
    )
    op.execute(
        "\nCREATE OR REPLACE TRIGGER give_tools AFTER INSERT ON tenancy.tenants\nFOR EACH ROW EXECUTE FUNCTION discovery.on_tenant()"
    )
    op.execute(
        "\nDO $$\nDECLARE\n  before text := coalesce(current_setting('app.tenant_id', true), '');\n  receiver uuid;\nBEGIN\n  FOR receiver IN SELECT * FROM app.tenants() LOOP\n    EXECUTE 'SET LOCAL app.tenant_id = ' || quote_literal(receiver);\n    PERFORM discovery.give_tools(receiver);\n  END LOOP;\n  EXECUTE 'SET LOCAL app.tenant_id = ' || quote_literal(before);\nEND $$"
    )


def downgrade() -> None:
    op.table_policy(
        "discovery.discovery_tool_executions",
        remove=["app:insert,select", "keep:365", "rls:tenant"],
    )
    op.table_policy(
        "discovery.discovery_tools",
        remove=["app:delete,insert,select,update", "rls:tenant", "touch"],
    )
    op.table_policy(
        "discovery.discovery_tool_templates", remove=["app:select", "rls:shared", "touch"]
    )
    op.drop_index(
        "ix_discovery_tool_executions_user_id",
        table_name="discovery_tool_executions",
        schema="discovery",
    )
    op.drop_index(
        "ix_discovery_tool_executions_tool_id",
        table_name="discovery_tool_executions",
        schema="discovery",
    )
    op.drop_index(
        "ix_discovery_tool_executions_session_id",
        table_name="discovery_tool_executions",
        schema="discovery",
    )
    op.drop_index(
        "ix_discovery_tool_executions_created_at",
        table_name="discovery_tool_executions",
        schema="discovery",
    )
    op.drop_table("discovery_tool_executions", schema="discovery")
    op.drop_index("ix_discovery_tools_category", table_name="discovery_tools", schema="discovery")
    op.drop_table("discovery_tools", schema="discovery")
    op.drop_table("discovery_tool_templates", schema="discovery")
    op.execute("DROP SCHEMA discovery CASCADE")
