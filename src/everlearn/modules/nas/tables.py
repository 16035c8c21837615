"""Tables of the nas module."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import CheckConstraint, Computed, Double, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Id,
    Ids,
    Json,
    Millis,
    Moment,
    Name,
    Number,
    Seconds,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.nas.types import (
    ArchitectureMetric,
    ArchitectureUnit,
    Descent,
    Objective,
    SearchStatus,
    SearchStrategy,
)

Megabytes = Annotated[float, mapped_column(Double, info={"check": "{c} >= 0 AND {c} < 'infinity'"})]


class ArchitectureSearchRun(
    Row,
    module="nas",
    # Kept for good: the winners hang on it.
    policy=Policy(rows="tenant", see=("owner:user_id", "unowned:user_id")),
    expose=("list", "get"),
):
    """A search for an architecture: its space, strategy, objective, budget and best find."""

    __tablename__ = "architecture_search_runs"
    __table_args__ = (
        CheckConstraint("max_trials > 0", name="budget"),
        CheckConstraint("completed_trials <= total_trials", name="trials_done"),
        CheckConstraint("total_trials <= max_trials", name="trials_within_budget"),
        CheckConstraint("completed_at >= started_at", name="span"),
        Index("ix_architecture_search_runs_status", "tenant_id", "status"),
        Index("ix_architecture_search_runs_strategy", "tenant_id", "search_strategy"),
    )

    user_id: Mapped[Id | None] = ref(
        "tenancy.users", "Owner; NULL when it belongs to the whole tenant.", ondelete="CASCADE"
    )
    name: Mapped[Name] = column("What it is called.")
    description: Mapped[Words | None] = column("What it is looking for.")
    search_space: Mapped[Json] = column(
        "Dimension -> its choices, such as layers, activations, learning_rate."
    )
    search_strategy: Mapped[Words] = choice(SearchStrategy, "How the space is walked through.")
    objective: Mapped[Words] = choice(Objective, "What counts as good.")
    max_trials: Mapped[Count] = column("Candidates it may try.", default="100")
    status: Mapped[Words] = choice(SearchStatus, "Where it stands.", default=SearchStatus.RUNNING)
    # No reference: winners refer to the run, and a circle could be neither filled nor emptied.
    best_architecture_id: Mapped[Id | None] = column(
        "Row of optimal_architectures that won; whoever ends the run sets it."
    )
    best_score: Mapped[Number | None] = column("Best value of the objective so far.")
    total_trials: Mapped[Count] = column("Candidates made so far.", default="0")
    completed_trials: Mapped[Count] = column("Those of them that are measured.", default="0")
    meta: Mapped[Json] = column("Whatever else the owner notes.", name="metadata", default="'{}'")
    started_at: Mapped[Moment] = column("When it began.", default="now()", index=True)
    completed_at: Mapped[Moment | None] = column("When it ended.")
    created_at: Mapped[Moment] = column("When the row was made.", default="now()")


class ArchitectureCandidate(
    Row, module="nas", policy=Policy(rows="tenant", append_only=True), expose=("list", "get")
):
    """An architecture that a run tries, once a run, and what it was bred from."""

    __tablename__ = "architecture_candidates"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "search_run_id",
            "architecture_hash",
            name="uq_architecture_candidates_once",
        ),
        CheckConstraint("generation >= 1", name="generation_from_one"),
        Index("ix_architecture_candidates_hash", "tenant_id", "architecture_hash"),
    )

    search_run_id: Mapped[Id] = ref(
        "nas.architecture_search_runs", "Run that tries it.", ondelete="CASCADE"
    )
    architecture_config: Mapped[Json] = column("Dimension -> the choice made.")
    # jsonb text is canonical. As bytes a backslash is an escape, so it is doubled first; the
    # straight way, convert_to(), is not immutable.
    architecture_hash: Mapped[Words] = mapped_column(
        Text,
        Computed(
            r"encode(sha256(replace(architecture_config::text, '\', '\\')::bytea), 'hex')",
            persisted=True,
        ),
        nullable=False,
        comment="SHA-256 of architecture_config, so that a run tries nothing twice.",
    )
    generation: Mapped[Count] = column("Generation it belongs to, from 1.", default="1", index=True)
    # An array is no foreign key.
    parent_ids: Mapped[Ids | None] = column(
        "Candidates of the same run it was bred from, by id; whoever writes the row checks them."
    )
    mutation_type: Mapped[Words | None] = choice(Descent, "How it was bred.")
    created_at: Mapped[Moment] = column("When it was made.", default="now()", index=True)


class ArchitecturePerformance(
    Row,
    module="nas",
    policy=Policy(rows="tenant", append_only=True, keep_days=730),
    expose=("list", "get"),
):
    """One measured number of a candidate, with what the measurement took."""

    __tablename__ = "architecture_performance"
    __table_args__ = (Index("ix_architecture_performance_metric_name", "tenant_id", "metric_name"),)

    candidate_id: Mapped[Id] = ref(
        "nas.architecture_candidates", "Candidate that was measured.", ondelete="CASCADE"
    )
    search_run_id: Mapped[Id] = ref(
        "nas.architecture_search_runs",
        "The candidate's run; whoever writes the row copies it.",
        ondelete="CASCADE",
    )
    metric_name: Mapped[Words] = choice(ArchitectureMetric, "What was measured.")
    metric_value: Mapped[Number] = column("The number, in `metric_unit`.")
    metric_unit: Mapped[Words | None] = choice(ArchitectureUnit, "Unit; NULL when it has none.")
    training_time_seconds: Mapped[Seconds | None] = column("Time the fit took, in s.")
    inference_time_ms: Mapped[Millis | None] = column("Time one answer took, in ms.")
    model_size_mb: Mapped[Megabytes | None] = column("Size of the fitted model, in MB.")
    meta: Mapped[Json] = column("Whatever else the writer notes.", name="metadata", default="'{}'")
    evaluated_at: Mapped[Moment] = column("When it was measured.", default="now()", index=True)


class OptimalArchitecture(Row, module="nas", policy=Policy(rows="tenant"), expose=("list", "get")):
    """A winner of a run, its rank, and whether it is deployed."""

    __tablename__ = "optimal_architectures"
    __table_args__ = (
        CheckConstraint("NOT is_deployed OR deployed_at IS NOT NULL", name="deployed_since"),
    )

    search_run_id: Mapped[Id] = ref(
        "nas.architecture_search_runs", "Run it won.", ondelete="CASCADE"
    )
    candidate_id: Mapped[Id] = ref(
        "nas.architecture_candidates", "Candidate that won.", ondelete="CASCADE"
    )
    architecture_config: Mapped[Json] = column("The candidate's configuration when it won.")
    performance_summary: Mapped[Json] = column("Metric -> value when it won.")
    ranking_score: Mapped[Number] = column(
        "Composite rank, more is better: latency, cost and memory count against it.", index=True
    )
    is_deployed: Mapped[bool] = column("Whether it is in use.", default="false", index=True)
    deployment_version: Mapped[Words | None] = column("Version text it was deployed as.")
    deployment_metrics: Mapped[Json] = column("Metric -> value in use.", default="'{}'")
    notes: Mapped[Words | None] = column("What a person should know.")
    created_at: Mapped[Moment] = column("When it won.", default="now()")
    deployed_at: Mapped[Moment | None] = column("When it was last deployed.")
