"""Industries, use cases and their runs."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from everlearn.core.columns import (
    Id,
    Json,
    JsonList,
    Millis,
    Moment,
    Name,
    Score,
    Words,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row

_FIXED_ID = "Version 5 uuid of the key, the same in every installation, for rows that we ship."


class Industry(
    Row, module="catalog", policy=Policy(rows="shared", touch=True), expose=("list", "get")
):
    """An industry that use cases belong to; the same list for every tenant."""

    __tablename__ = "industries"
    __table_args__ = (UniqueConstraint("industry_id"),)

    id: Mapped[Id] = column(_FIXED_ID, default="uuidv7()", primary_key=True, sort_order=-10)
    industry_id: Mapped[Name] = column("Stable key, such as retail; translations go by it.")
    name: Mapped[Name] = column("Name in English.")
    icon: Mapped[Name | None] = column("Name of its icon.")
    description: Mapped[Words | None] = column("What belongs to it, in English.")
    is_active: Mapped[bool] = column("Whether it is shown.", default="true", index=True)
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class UseCaseCategory(
    Row, module="catalog", policy=Policy(rows="shared", touch=True), expose=("list", "get")
):
    """A group of use cases; the same list for every tenant."""

    __tablename__ = "use_case_categories"
    __table_args__ = (UniqueConstraint("category_id"),)

    id: Mapped[Id] = column(_FIXED_ID, default="uuidv7()", primary_key=True, sort_order=-10)
    category_id: Mapped[Name] = column("Stable key, such as analytics; translations go by it.")
    name: Mapped[Name] = column("Name in English.")
    icon: Mapped[Name | None] = column("Name of its icon.")
    description: Mapped[Words | None] = column("What belongs to it, in English.")
    display_order: Mapped[int] = column("Place in lists, lowest first.", default="0")
    is_active: Mapped[bool] = column("Whether it is shown.", default="true")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class _Described:
    """What a template and a tenant's copy of it have in common."""

    use_case_id: Mapped[Name] = column("Stable key, such as churn; translations go by it.")
    display_name: Mapped[Name] = column("Name shown to people.")
    industry_id: Mapped[Id] = ref("shared:catalog.industries", "Industry it belongs to.")
    category_id: Mapped[Id | None] = ref("shared:catalog.use_case_categories", "Its category.")
    category: Mapped[Name] = column("Key of its category, or a word of the tenant's own.")
    short_description: Mapped[Words | None] = column("What it does, in one sentence.")
    long_description: Mapped[Words | None] = column("What it does, at length.")
    theory_content: Mapped[Words | None] = column("How it works.")
    keywords: Mapped[JsonList] = column("Words to find it by.", default="'[]'")
    tips: Mapped[JsonList] = column("Advice for using it well.", default="'[]'")
    icon: Mapped[Name | None] = column("Name of its icon.")
    display_order: Mapped[int] = column("Place in lists, lowest first.", default="0")
    is_active: Mapped[bool] = column("Whether it is shown.", default="true")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class UseCaseTemplate(
    _Described,
    Row,
    module="catalog",
    policy=Policy(rows="shared", touch=True),
    expose=("list", "get"),
):
    """A use case that every new tenant gets a copy of, under the same id."""

    __tablename__ = "use_case_templates"
    __table_args__ = (UniqueConstraint("use_case_id"),)

    id: Mapped[Id] = column(_FIXED_ID, default="uuidv7()", primary_key=True, sort_order=-10)


class UseCase(
    _Described,
    Row,
    module="catalog",
    policy=Policy(rows="tenant", touch=True),
    expose=("list", "get"),
):
    """A use case of a tenant: a copy of a template, or one that it made itself."""

    __tablename__ = "use_cases"
    __table_args__ = (
        UniqueConstraint("tenant_id", "use_case_id"),
        Index("ix_use_cases_category", "tenant_id", "category"),
        # What refers to a shared row does so without the tenant, and is looked up so.
        Index("ix_use_cases_shared_industry", "industry_id"),
        Index("ix_use_cases_shared_category", "category_id"),
    )

    # The copy of a template has the template's id, so that shared rows can name it for all tenants.
    id: Mapped[Id] = column(
        "The template's id for a copy, else a version 7 uuid.",
        default="uuidv7()",
        primary_key=True,
        sort_order=-10,
    )
    interactive_route: Mapped[Name | None] = column("Path of its page in the client's site.")
    industry_route: Mapped[Name | None] = column("Path of its industry's page there.")
    api_endpoint: Mapped[Name | None] = column("Address that answers for it, if it has its own.")
    is_dynamic: Mapped[bool] = column("Whether it was made at run time.", default="false")
    meta_data: Mapped[Json] = column("Anything else the client keeps with it.", default="'{}'")


class UseCaseExecution(
    Row,
    module="catalog",
    policy=Policy(rows="tenant", append_only=True, keep_days=365),
    expose=("list", "get"),
):
    """One run of a use case: what went in, what came out, how sure and how fast."""

    __tablename__ = "use_case_executions"
    __table_args__ = (
        Index("ix_use_case_executions_use_case", "tenant_id", "use_case_id", "created_at"),
    )

    use_case_id: Mapped[Id] = ref(
        "catalog.use_cases", "The use case; one with runs is made inactive."
    )
    # Personal: user_id and session_id say who; input_data and output_data hold what they typed.
    user_id: Mapped[Id | None] = ref("tenancy.users", "Who ran it, if known.", ondelete="SET NULL")
    session_id: Mapped[Name | None] = column("Session it ran in.", index=True)
    input_data: Mapped[Json | None] = column("What went in.")
    output_data: Mapped[Json | None] = column("What came out.")
    confidence: Mapped[Score | None] = column("How sure the model was, 0 to 1.")
    latency_ms: Mapped[Millis | None] = column("How long it took, in milliseconds.")
    success: Mapped[bool] = column("Whether it gave an answer.", default="true")
    error_message: Mapped[Words | None] = column("Why it did not.")
    model_version: Mapped[Name | None] = column("Version of the model that answered.")
    created_at: Mapped[Moment] = column("When it ran.", default="now()", index=True)


class InteractiveSolution(
    Row, module="catalog", policy=Policy(rows="shared", touch=True), expose=("list", "get")
):
    """A use case to try out: scenarios with fields to fill in, and the steps that answer."""

    __tablename__ = "interactive_solutions"
    __table_args__ = (
        UniqueConstraint("solution_id"),
        CheckConstraint("jsonb_array_length(scenarios) > 0", name="has_scenarios"),
        CheckConstraint("jsonb_array_length(pipeline) = 4", name="has_four_steps"),
    )

    id: Mapped[Id] = column(_FIXED_ID, default="uuidv7()", primary_key=True, sort_order=-10)
    solution_id: Mapped[Name] = column("Stable key, such as dynamic-pricing.")
    use_case_id: Mapped[Id] = ref(
        "catalog.use_case_templates", "Use case it shows; a tenant's copy has the same id."
    )
    name: Mapped[Name] = column("Name in English.")
    description: Mapped[Words] = column("What it shows, in English.")
    scenarios: Mapped[JsonList] = column(
        "Situations to try: key, name, description and fields with key, label, type and default."
    )
    pipeline: Mapped[JsonList] = column("The four steps in order: key, name and description.")
    display_order: Mapped[int] = column("Place in lists, lowest first.", default="0")
    is_active: Mapped[bool] = column("Whether it is shown.", default="true")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")
