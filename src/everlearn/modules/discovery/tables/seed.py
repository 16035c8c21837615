"""The tools that every tenant begins with, and the statements that load them.

The words are English and stand here alone; a translation goes by the keys, which never change.
Loading twice changes nothing.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid5

from psycopg import sql

from everlearn.modules.discovery.types import Interaction, Surprise, ToolCategory, Visualization

# An id is the version 5 uuid of the key in this space, so it is the same in every installation.
_SPACE = UUID("9c1b6a34-7d25-4f57-8a60-2b4e5d7f0c13")

#: In the order in which they are shown.
TOOLS: tuple[dict[str, Any], ...] = (
    {
        "tool_id": "color-predictor",
        "name": "Colour predictor",
        "icon": "palette",
        "description": "Reads the mood of a picture's colours.",
        "category": ToolCategory.DESIGN,
        "interaction_type": Interaction.DRAGDROP,
        "interaction_label": "Drop a picture",
        "interaction_placeholder": "A photograph or a drawing",
        "model_message": "Mixing colours ...",
        "model_prompt_template": "Name five colours that carry this picture, as hex: {input}",
        "visualization_type": Visualization.PALETTE,
        "visualization_animation": "blend",
        "surprise_type": Surprise.VIBE,
        "surprise_message_template": "It feels like {result}.",
    },
    {
        "tool_id": "bill-negotiator",
        "name": "Bill negotiator",
        "icon": "receipt",
        "description": "Writes what to say to lower a regular bill.",
        "category": ToolCategory.FINANCE,
        "interaction_type": Interaction.INPUT,
        "interaction_label": "Which bill, and how much a month?",
        "interaction_placeholder": "Internet, 49 a month",
        "model_message": "Looking for arguments ...",
        "model_prompt_template": "Write a short, polite script to lower this bill: {input}",
        "visualization_type": Visualization.SCRIPT,
        "visualization_animation": "fade-in",
        "surprise_type": Surprise.SAVINGS,
        "surprise_message_template": "This could save {result} a year.",
    },
    {
        "tool_id": "career-automation",
        "name": "What a machine could do",
        "icon": "briefcase",
        "description": "Estimates how much of a job could be automated.",
        "category": ToolCategory.CAREER,
        "interaction_type": Interaction.INPUT,
        "interaction_label": "What is your job?",
        "interaction_placeholder": "Librarian",
        "model_message": "Going through the tasks ...",
        "model_prompt_template": "List this job's tasks, each with the share a machine could do:"
        " {input}",
        "visualization_type": Visualization.GAUGE,
        "visualization_animation": "fill-up",
        "surprise_type": Surprise.PERCENTAGE,
        "surprise_message_template": "{result} per cent could be automated today.",
    },
    {
        "tool_id": "city-risk",
        "name": "Risks of a city",
        "icon": "map",
        "description": "Shows what a city has to be ready for.",
        "category": ToolCategory.SECURITY,
        "interaction_type": Interaction.SELECT,
        "interaction_label": "Choose a city",
        "interaction_options": ["Berlin", "Lagos", "Mumbai", "New York", "São Paulo", "Tokyo"],
        "model_message": "Reading the map ...",
        "model_prompt_template": "Rate flood, heat, earthquake and crime from 0 to 1 for: {input}",
        "visualization_type": Visualization.HEATMAP,
        "visualization_animation": "spread",
        "surprise_type": Surprise.RISK_LEVEL,
        "surprise_message_template": "Its greatest risk: {result}.",
    },
    {
        "tool_id": "idea-booster",
        "name": "Idea booster",
        "icon": "lightbulb",
        "description": "Turns a thought into several ideas.",
        "category": ToolCategory.INNOVATION,
        "interaction_type": Interaction.TEXTAREA,
        "interaction_label": "What are you thinking about?",
        "interaction_placeholder": "A garden for people without a garden",
        "model_message": "Thinking around the corner ...",
        "model_prompt_template": "Give five ideas that grow out of this one: {input}",
        "visualization_type": Visualization.IDEAS_LIST,
        "visualization_animation": "slide-up",
        "surprise_type": Surprise.IDEAS,
        "surprise_message_template": "And one nobody asked for: {result}",
    },
    {
        "tool_id": "website-speed",
        "name": "Speed of a website",
        "icon": "zap",
        "description": "Says how fast a page feels, and what slows it down.",
        "category": ToolCategory.TECH,
        "interaction_type": Interaction.INPUT,
        "interaction_label": "Address of a page",
        "interaction_placeholder": "https://example.org",
        "model_message": "Holding the stopwatch ...",
        "model_prompt_template": "Name the three likeliest brakes of this page: {input}",
        "visualization_type": Visualization.SPEED_BADGE,
        "visualization_animation": "pulse",
        "surprise_type": Surprise.SCORE,
        "surprise_message_template": "{result} of 100 points.",
    },
)

_TEMPLATES = """
INSERT INTO discovery.discovery_tool_templates AS old
  (id, tool_id, name, icon, description, category, interaction_type, interaction_label,
   interaction_placeholder, interaction_options, model_message, model_prompt_template,
   visualization_type, visualization_animation, surprise_type, surprise_message_template,
   display_order)
SELECT id, tool_id, name, icon, description, category, interaction_type, interaction_label,
  interaction_placeholder, coalesce(interaction_options, '[]'), model_message,
  model_prompt_template, visualization_type, visualization_animation, surprise_type,
  surprise_message_template, display_order
FROM jsonb_populate_recordset(NULL::discovery.discovery_tool_templates, {rows})
ON CONFLICT (tool_id) DO UPDATE
  SET name = excluded.name, icon = excluded.icon, description = excluded.description,
    category = excluded.category, interaction_type = excluded.interaction_type,
    interaction_label = excluded.interaction_label,
    interaction_placeholder = excluded.interaction_placeholder,
    interaction_options = excluded.interaction_options, model_message = excluded.model_message,
    model_prompt_template = excluded.model_prompt_template,
    visualization_type = excluded.visualization_type,
    visualization_animation = excluded.visualization_animation,
    surprise_type = excluded.surprise_type,
    surprise_message_template = excluded.surprise_message_template,
    display_order = excluded.display_order
  WHERE (old.name, old.icon, old.description, old.category, old.interaction_type,
      old.interaction_label, old.interaction_placeholder, old.interaction_options,
      old.model_message, old.model_prompt_template, old.visualization_type,
      old.visualization_animation, old.surprise_type, old.surprise_message_template,
      old.display_order)
    IS DISTINCT FROM
    (excluded.name, excluded.icon, excluded.description, excluded.category,
      excluded.interaction_type, excluded.interaction_label, excluded.interaction_placeholder,
      excluded.interaction_options, excluded.model_message, excluded.model_prompt_template,
      excluded.visualization_type, excluded.visualization_animation, excluded.surprise_type,
      excluded.surprise_message_template, excluded.display_order)"""

# Runs with the caller's rights, so within the tenant whose transaction it is and no other.
_GIVE = """
CREATE OR REPLACE FUNCTION discovery.give_tools(receiver uuid) RETURNS void LANGUAGE sql AS $$
  INSERT INTO discovery.discovery_tools
    (tenant_id, id, tool_id, name, icon, description, category, interaction_type,
     interaction_label, interaction_placeholder, interaction_options, model_message,
     model_prompt_template, visualization_type, visualization_animation, surprise_type,
     surprise_message_template, display_order)
  SELECT receiver, t.id, t.tool_id, t.name, t.icon, t.description, t.category, t.interaction_type,
    t.interaction_label, t.interaction_placeholder, t.interaction_options, t.model_message,
    t.model_prompt_template, t.visualization_type, t.visualization_animation, t.surprise_type,
    t.surprise_message_template, t.display_order
  FROM discovery.discovery_tool_templates t WHERE t.is_active
  ON CONFLICT DO NOTHING
$$"""

_GIVE_COMMENT = """
COMMENT ON FUNCTION discovery.give_tools(uuid) IS
  'Gives a tenant the copies of active tool templates that it does not have.'"""

_ON_TENANT = """
CREATE OR REPLACE FUNCTION discovery.on_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM discovery.give_tools(NEW.id);
  RETURN NULL;
END $$"""

_ON_TENANT_COMMENT = """
COMMENT ON FUNCTION discovery.on_tenant() IS 'Lets a new tenant begin with its copies.'"""

_TRIGGER = """
CREATE OR REPLACE TRIGGER give_tools AFTER INSERT ON tenancy.tenants
FOR EACH ROW EXECUTE FUNCTION discovery.on_tenant()"""

# Tenants that were there before: one by one, since nobody writes for two.
_GIVE_ALL = """
DO $$
DECLARE
  before text := coalesce(current_setting('app.tenant_id', true), '');
  receiver uuid;
BEGIN
  FOR receiver IN SELECT * FROM app.tenants() LOOP
    EXECUTE 'SET LOCAL app.tenant_id = ' || quote_literal(receiver);
    PERFORM discovery.give_tools(receiver);
  END LOOP;
  EXECUTE 'SET LOCAL app.tenant_id = ' || quote_literal(before);
END $$"""


def _templates() -> str:
    rows = [
        {"id": str(uuid5(_SPACE, tool["tool_id"])), "display_order": place, **tool}
        for place, tool in enumerate(TOOLS, start=1)
    ]
    data = sql.Literal(json.dumps(rows, ensure_ascii=False))
    return sql.SQL(_TEMPLATES).format(rows=data).as_string(None)


#: Statements that load everything, in order; a migration runs them, and so does `create_all`.
SEED: tuple[str, ...] = (
    _templates(),
    _GIVE,
    _GIVE_COMMENT,
    _ON_TENANT,
    _ON_TENANT_COMMENT,
    _TRIGGER,
    _GIVE_ALL,
)
