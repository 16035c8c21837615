"""Tables of the experiments module."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Id,
    Json,
    JsonList,
    Moment,
    Money,
    Name,
    Number,
    Ratio,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.experiments.types import (
    Block,
    Decision,
    ExperimentKind,
    ExperimentStatus,
    TestKind,
)


class AbTestingExperiment(
    Row,
    module="experiments",
    policy=Policy(rows="tenant", touch=True, audit=True),
    expose=("list", "get"),
):
    """An experiment: two versions of a model, a version and its promise, or variants for users."""

    __tablename__ = "ab_testing_experiments"
    __table_args__ = (
        UniqueConstraint("tenant_id", "experiment_name"),
        Index("ix_ab_testing_experiments_status", "tenant_id", "status"),
        Index("ix_ab_testing_experiments_dates", "tenant_id", "start_date", "end_date"),
        Index(
            "uq_ab_testing_experiments_running",
            "tenant_id",
            "ml_model_id",
            "kind",
            "challenger_version_id",
            unique=True,
            postgresql_where=text("status = 'running' AND kind <> 'flag'"),
        ),
    )

    experiment_name: Mapped[Name] = column("Unique within the tenant.")
    kind: Mapped[Words] = choice(ExperimentKind, "What is compared.", default=ExperimentKind.FLAG)
    description: Mapped[Words | None] = column("What it is about.")
    hypothesis: Mapped[Words | None] = column("The claim that is tested.")
    feature_flag: Mapped[Name | None] = column("Flag that shows the variants, if users see them.")
    ml_model_id: Mapped[Id | None] = ref(
        "registry.ml_models", "Model whose versions are compared.", ondelete="CASCADE"
    )
    champion_version_id: Mapped[Id | None] = ref(
        "registry.model_versions", "Version that was live.", ondelete="CASCADE"
    )
    challenger_version_id: Mapped[Id | None] = ref(
        "registry.model_versions", "Version that answers unseen.", ondelete="CASCADE"
    )
    control_variant: Mapped[Json | None] = column("The champion, or what users see otherwise.")
    treatment_variants: Mapped[JsonList | None] = column("What it is compared with.")
    target_metrics: Mapped[JsonList | None] = column("What is measured, the first one decides.")
    traffic_allocation: Mapped[Json | None] = column("Variant -> share of the traffic, 0 to 1.")
    start_date: Mapped[Moment | None] = column("When it began.")
    end_date: Mapped[Moment | None] = column("When it ended, or is to end.")
    status: Mapped[Words] = choice(
        ExperimentStatus, "Where it stands.", default=ExperimentStatus.DRAFT
    )
    statistical_power: Mapped[Ratio] = column("Power asked for, 0 to 1.", default="0.8")
    significance_level: Mapped[Ratio] = column("Chance of a wrong yes, 0 to 1.", default="0.05")
    minimum_sample_size: Mapped[Count | None] = column("Rows a fixed test would need.")
    current_sample_size: Mapped[Count] = column("Rows compared so far.", default="0")
    results: Mapped[Json | None] = column("The evidence when it ended.")
    winner_variant: Mapped[Name | None] = column("Variant that goes on: champion, challenger ...")
    end_reason: Mapped[Words | None] = column("Why it was ended the way it was.")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")
    created_by: Mapped[Name | None] = column("Who made it.")


class AbTestingAssignment(Row, module="experiments", policy=Policy(rows="tenant", keep_days=730)):
    """Which user got which variant of an experiment: one row a user."""

    __tablename__ = "ab_testing_assignments"
    __table_args__ = (
        UniqueConstraint("tenant_id", "experiment_id", "user_id"),
        Index("ix_ab_testing_assignments_user", "tenant_id", "user_id"),
        Index("ix_ab_testing_assignments_variant", "tenant_id", "experiment_id", "variant"),
    )

    experiment_id: Mapped[Id] = ref(
        "experiments.ab_testing_experiments", "The experiment.", ondelete="CASCADE"
    )
    user_id: Mapped[Name] = column("User, in the client's words.")
    variant: Mapped[Name] = column("Variant the user gets, every time.")
    assignment_timestamp: Mapped[Moment] = column("When it was first shown.", default="now()")
    session_id: Mapped[Name | None] = column("Session in which it was first shown.")
    user_agent: Mapped[Words | None] = column("Program it was shown in.")
    meta: Mapped[Json | None] = mapped_column("metadata", comment="Whatever the client adds.")


class SequentialTest(
    Row, module="experiments", policy=Policy(rows="tenant"), expose=("list", "get")
):
    """One bet of an experiment: its wealth is the evidence for its claim, at any time."""

    __tablename__ = "sequential_tests"
    __table_args__ = (UniqueConstraint("tenant_id", "experiment_id", "kind"),)

    experiment_id: Mapped[Id] = ref(
        "experiments.ab_testing_experiments", "The experiment.", ondelete="CASCADE"
    )
    kind: Mapped[Words] = choice(TestKind, "The claim: the challenger is better, or worse.")
    block: Mapped[Words] = choice(Block, "How many outcomes make one bet.")
    clip: Mapped[Number] = column("Greatest difference of a bet that counts, in nats.")
    promised: Mapped[Number | None] = column("Loss promised, with its margin; NULL for a pair.")
    alpha: Mapped[Ratio] = column("Chance of ever deciding wrongly.")
    state: Mapped[Json] = column("The bet: wealth of each stake, sums.")
    block_count: Mapped[Count] = column("Blocks bet on.", default="0")
    outcome_count: Mapped[Count] = column("Outcomes in them.", default="0")
    log_e: Mapped[Number] = column("Natural log of the wealth.", default="0")
    max_log_e: Mapped[Number] = column("Its greatest value; decides at log(1/alpha).", default="0")
    watermark: Mapped[Moment] = column("Outcomes known up to here are in it.")
    decided_at: Mapped[Moment | None] = column("End of the block that decided; NULL before.")
    decision: Mapped[Words | None] = choice(Decision, "What it decided.")


class SequentialPoint(
    Row, module="experiments", policy=Policy(rows="tenant", append_only=True, keep_days=730)
):
    """The evidence of an experiment after one block: a point of its chart."""

    __tablename__ = "sequential_points"
    __table_args__ = (UniqueConstraint("tenant_id", "experiment_id", "at"),)

    experiment_id: Mapped[Id] = ref(
        "experiments.ab_testing_experiments", "The experiment.", ondelete="CASCADE"
    )
    at: Mapped[Moment] = column("End of the block.")
    block_count: Mapped[Count] = column("Blocks so far.")
    outcome_count: Mapped[Count] = column("Outcomes so far.")
    log_e: Mapped[Number] = column("Natural log of the wealth of the bet that decides.")
    mean_difference: Mapped[Number] = column("Mean difference so far, in nats.")
    lower: Mapped[Number] = column("Lower end of an interval that holds at all times.")
    upper: Mapped[Number] = column("Upper end.")


class AbTest(
    Row, module="experiments", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """An A/B test of a business figure; its experiment says who gets which variant."""

    __tablename__ = "ab_tests"
    __table_args__ = (
        UniqueConstraint("tenant_id", "test_id"),
        UniqueConstraint("tenant_id", "experiment_id"),
    )

    test_id: Mapped[Name] = column("Id in the world outside.")
    experiment_id: Mapped[Id | None] = ref(
        "experiments.ab_testing_experiments", "Its experiment.", ondelete="SET NULL"
    )
    name: Mapped[Name] = column("Name shown to people.")
    description: Mapped[Words | None] = column("What it is about.")
    primary_kpi: Mapped[Name | None] = column("Figure that decides: conversion, revenue ...")
    traffic_split: Mapped[Name | None] = column("Shares of the variants, such as 50/50.")
    required_sample_size: Mapped[Count | None] = column("Visitors a fixed test would need.")
    confidence_level: Mapped[Ratio | None] = column("1 minus the chance of a wrong yes.")
    variants: Mapped[JsonList | None] = column("Variants, each with name and config.")
    status: Mapped[Words] = choice(
        ExperimentStatus, "Where it stands.", default=ExperimentStatus.DRAFT
    )
    start_date: Mapped[Moment | None] = column("When it began.")
    end_date: Mapped[Moment | None] = column("When it ended, or is to end.")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class AbTestResult(Row, module="experiments", policy=Policy(rows="tenant"), expose=("list", "get")):
    """What one variant of an A/B test brought."""

    __tablename__ = "ab_test_results"
    __table_args__ = (Index("ix_ab_test_results_test_id", "tenant_id", "test_id"),)

    ab_test_id: Mapped[Id] = ref("experiments.ab_tests", "The test.", ondelete="CASCADE")
    test_id: Mapped[Name] = column("The test's id in the world outside.")
    variant_name: Mapped[Name] = column("The variant.")
    visitors: Mapped[Count] = column("Visitors that saw it.", default="0")
    conversions: Mapped[Count] = column("Those of them that did what was hoped.", default="0")
    conversion_rate: Mapped[Ratio] = column("conversions / visitors, 0 to 1.", default="0")
    revenue: Mapped[Money] = column("What they paid, in the tenant's currency.", default="0")
    average_order_value: Mapped[Money] = column("Mean of an order.", default="0")
    is_significant: Mapped[bool] = column("Whether it differs from the control.", default="false")
    p_value: Mapped[Ratio | None] = column("Chance of such a difference without a cause.")
    confidence_interval: Mapped[JsonList | None] = column("[lower, upper] of the lift.")
    is_winner: Mapped[bool] = column("Whether it goes on.", default="false")
    lift_percentage: Mapped[Number | None] = column("Gain over the control, in percent.")
    calculated_at: Mapped[Moment] = column("When it was computed.", default="now()")
