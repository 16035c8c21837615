"""Tools and their runs."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import Double, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Id,
    Json,
    JsonList,
    Millis,
    Moment,
    Name,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.discovery.types import Interaction, Surprise, ToolCategory, Visualization

Stars = Annotated[float, mapped_column(Double, info={"check": "{c} BETWEEN 0 AND 5"})]


class _Described:
    """What a template and a tenant's copy of it have in common."""

    tool_id: Mapped[Name] = column("Stable key, such as city-risk; translations go by it.")
    name: Mapped[Name] = column("Name shown to people.")
    icon: Mapped[Name | None] = column("Name of its icon.")
    description: Mapped[Words | None] = column("What it does.")
    category: Mapped[Words | None] = choice(ToolCategory, "What it is about.")
    interaction_type: Mapped[Words | None] = choice(Interaction, "How a person answers it.")
    interaction_label: Mapped[Name | None] = column("What it asks.")
    interaction_placeholder: Mapped[Name | None] = column("An example of an answer.")
    interaction_options: Mapped[JsonList] = column(
        "Answers to choose from, for a select.", default="'[]'"
    )
    model_message: Mapped[Words | None] = column("What is shown while the model works.")
    model_prompt_template: Mapped[Words | None] = column(
        "What the model is asked; {input} is the answer."
    )
    visualization_type: Mapped[Words | None] = choice(Visualization, "How the result looks.")
    visualization_animation: Mapped[Name | None] = column("How it appears, such as fade-in.")
    surprise_type: Mapped[Words | None] = choice(Surprise, "What comes on top.")
    surprise_message_template: Mapped[Words | None] = column(
        "Its sentence; {result} is what was found."
    )
    display_order: Mapped[int] = column("Place in lists, lowest first.", default="0")
    is_active: Mapped[bool] = column("Whether it is shown.", default="true")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class DiscoveryToolTemplate(
    _Described,
    Row,
    module="discovery",
    policy=Policy(rows="shared", touch=True),
    expose=("list", "get"),
):
    """A tool that every new tenant gets a copy of, under the same id."""

    __tablename__ = "discovery_tool_templates"
    __table_args__ = (UniqueConstraint("tool_id"),)

    id: Mapped[Id] = column(
        "Version 5 uuid of the key, the same in every installation, for rows that we ship.",
        default="uuidv7()",
        primary_key=True,
        sort_order=-10,
    )


class DiscoveryTool(
    _Described,
    Row,
    module="discovery",
    policy=Policy(rows="tenant", touch=True),
    expose=("list", "get"),
):
    """A small tool of a tenant: a question, a prompt for a model, a picture and a surprise."""

    __tablename__ = "discovery_tools"
    __table_args__ = (
        UniqueConstraint("tenant_id", "tool_id"),
        Index("ix_discovery_tools_category", "tenant_id", "category"),
    )

    # The copy of a template has the template's id, so that a link to it works for every tenant.
    id: Mapped[Id] = column(
        "The template's id for a copy, else a version 7 uuid.",
        default="uuidv7()",
        primary_key=True,
        sort_order=-10,
    )
    usage_count: Mapped[Count] = column("How often it ran for this tenant.", default="0")
    average_rating: Mapped[Stars] = column(
        "Mean of its ratings, 0 to 5; 0 before the first.", default="0"
    )
    meta_data: Mapped[Json] = column("Anything else the tenant keeps with it.", default="'{}'")


class DiscoveryToolExecution(
    Row,
    module="discovery",
    policy=Policy(rows="tenant", append_only=True, keep_days=365),
    expose=("list", "get"),
):
    """One run of a tool: what was answered, what came of it and how it was shown."""

    __tablename__ = "discovery_tool_executions"

    tool_id: Mapped[Id] = ref(
        "discovery.discovery_tools", "The tool; one with runs is made inactive, not deleted."
    )
    # Personal: user_id and session_id say who; the four JSON columns hold what they gave and got.
    user_id: Mapped[Id | None] = ref("tenancy.users", "Who ran it, if known.", ondelete="SET NULL")
    session_id: Mapped[Name | None] = column("Session it ran in.", index=True)
    input_data: Mapped[Json | None] = column("What the person gave.")
    output_data: Mapped[Json | None] = column("What the model answered.")
    visualization_data: Mapped[Json | None] = column("What the picture was drawn from.")
    surprise_result: Mapped[Json | None] = column("What came on top.")
    execution_time_ms: Mapped[Millis | None] = column("How long it took, in milliseconds.")
    model_version: Mapped[Name | None] = column("Version of the model that answered.")
    success: Mapped[bool] = column("Whether it gave an answer.", default="true")
    created_at: Mapped[Moment] = column("When it ran.", default="now()", index=True)
