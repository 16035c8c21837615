"""Tables of the code quality module."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import Double, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Id,
    Json,
    JsonList,
    Moment,
    Name,
    Score,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.codequality.types import (
    ActionType,
    ChangeType,
    FileStatus,
    PlanStatus,
    QualityLevel,
    SnapshotType,
)

#: The difference of two scores.
Gain = Annotated[float, mapped_column(Double, info={"check": "{c} BETWEEN -1 AND 1"})]
Percentile = Annotated[int, mapped_column(Integer, info={"check": "{c} BETWEEN 0 AND 100"})]


class FileQualityScore(
    Row,
    module="codequality",
    policy=Policy(rows="tenant", touch=True, keep_days=730),
    expose=("list", "get"),
):
    """Quality of one file at one content, with what it follows from and what would lift it."""

    __tablename__ = "file_quality_scores"
    __table_args__ = (
        UniqueConstraint("tenant_id", "repository", "file_path", "file_hash"),
        Index("ix_file_quality_scores_level", "tenant_id", "quality_level"),
    )

    repository: Mapped[Name] = column("The repository.")
    file_path: Mapped[Words] = column("Path within it.")
    file_name: Mapped[Name] = column("Last part of the path.")
    language: Mapped[Name | None] = column("Programming language.")
    quality_score: Mapped[Score] = column("Quality, 0 to 1.", index=True)
    quality_level: Mapped[Words | None] = choice(QualityLevel, "The same in words.")
    factors: Mapped[Json] = column("What the score follows from, by name.", default="'{}'")
    improvements: Mapped[JsonList] = column("What would lift it, the best first.", default="'[]'")
    file_hash: Mapped[Name | None] = column("Hash of the content that was scored.")
    created_at: Mapped[Moment] = column("When it was scored.", default="now()")
    updated_at: Mapped[Moment] = column(
        "When the row was last changed.", default="now()", index=True
    )


class QualityImprovementPlan(
    Row, module="codequality", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """A plan to lift a repository from its quality to a target, in iterations."""

    __tablename__ = "quality_improvement_plans"
    __table_args__ = (Index("ix_quality_improvement_plans_status", "tenant_id", "status"),)

    repository: Mapped[Name] = column("The repository.", index=True)
    user_id: Mapped[Words | None] = column("Who wants it, in the client's words.", index=True)
    target_quality: Mapped[Score] = column("Quality wanted, 0 to 1.")
    current_quality: Mapped[Score] = column("Quality at the beginning, 0 to 1.")
    final_quality: Mapped[Score | None] = column("Quality at the end, 0 to 1.")
    status: Mapped[Words] = choice(PlanStatus, "Where it stands.", default=PlanStatus.PLANNED)
    iterations: Mapped[JsonList] = column("What each iteration did and gained.", default="'[]'")
    generated_files: Mapped[JsonList] = column("Files generated for it.", default="'[]'")
    applied_changes: Mapped[JsonList] = column("Changes that were made.", default="'[]'")
    meta: Mapped[Json] = column("Whatever else its owner notes.", name="metadata", default="'{}'")
    created_at: Mapped[Moment] = column("When it was made.", default="now()", index=True)
    updated_at: Mapped[Moment] = column("When the row was last changed.", default="now()")
    completed_at: Mapped[Moment | None] = column("When it ended.")


class GeneratedCodeFile(
    Row, module="codequality", policy=Policy(rows="tenant", keep_days=730), expose=("list", "get")
):
    """One file that was generated for a plan, and what became of it."""

    __tablename__ = "generated_code_files"
    __table_args__ = (
        Index("ix_generated_code_files_status", "tenant_id", "status"),
        Index("ix_generated_code_files_action_type", "tenant_id", "action_type"),
    )

    improvement_plan_id: Mapped[Id | None] = ref(
        "codequality.quality_improvement_plans", "The plan.", ondelete="CASCADE"
    )
    repository: Mapped[Name] = column("The repository.", index=True)
    file_path: Mapped[Words] = column("Path within it.")
    file_name: Mapped[Name] = column("Last part of the path.")
    action_type: Mapped[Words] = choice(ActionType, "What the file is for.")
    code_content: Mapped[Words] = column("The file.")
    language: Mapped[Name | None] = column("Programming language.")
    estimated_impact: Mapped[Gain | None] = column("Gain in quality expected of it, -1 to 1.")
    status: Mapped[Words] = choice(FileStatus, "What became of it.", default=FileStatus.GENERATED)
    applied_at: Mapped[Moment | None] = column("When it was put into the repository.")
    created_at: Mapped[Moment] = column("When it was generated.", default="now()")


class QualityImprovementHistory(
    Row,
    module="codequality",
    policy=Policy(rows="tenant", append_only=True, keep_days=1825),
    expose=("list", "get"),
):
    """One change of a repository, with the quality before and after it."""

    __tablename__ = "quality_improvement_history"
    __table_args__ = (Index("ix_quality_improvement_history_type", "tenant_id", "change_type"),)

    repository: Mapped[Name] = column("The repository.", index=True)
    change_type: Mapped[Words] = choice(ChangeType, "What was changed.")
    change_description: Mapped[Words | None] = column("The same for people.")
    quality_before: Mapped[Score | None] = column("Quality before, 0 to 1.")
    quality_after: Mapped[Score | None] = column("Quality after, 0 to 1.")
    quality_improvement: Mapped[Gain | None] = column("The difference, -1 to 1.")
    file_path: Mapped[Words | None] = column("Path that was changed.")
    meta: Mapped[Json] = column("Whatever else is known.", name="metadata", default="'{}'")
    created_at: Mapped[Moment] = column("When it was made.", default="now()", index=True)


class RepositoryQualitySnapshot(
    Row,
    module="codequality",
    policy=Policy(rows="tenant", append_only=True, keep_days=1825),
    expose=("list", "get"),
):
    """Quality of a whole repository at a moment; several of them make a trend."""

    __tablename__ = "repository_quality_snapshots"

    repository: Mapped[Name] = column("The repository.", index=True)
    quality_score: Mapped[Score] = column("Quality, 0 to 1.", index=True)
    percentile: Mapped[Percentile | None] = column("Per cent of repositories that are no better.")
    average_file_score: Mapped[Score | None] = column("Mean quality of its files, 0 to 1.")
    file_count: Mapped[Count | None] = column("Files that were scored.")
    quality_distribution: Mapped[Json] = column("Quality level -> files.", default="'{}'")
    factors: Mapped[Json] = column("What the score follows from, by name.", default="'{}'")
    recommendations_count: Mapped[Count] = column("Improvements suggested.", default="0")
    snapshot_type: Mapped[Words] = choice(
        SnapshotType, "Why it was measured.", default=SnapshotType.MANUAL
    )
    created_at: Mapped[Moment] = column("When it was measured.", default="now()", index=True)
