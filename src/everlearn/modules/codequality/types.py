"""Words of the code quality module."""

from __future__ import annotations

from enum import StrEnum


class QualityLevel(StrEnum):
    """A score in words: from 0.8, from 0.6, from 0.4, and below."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class PlanStatus(StrEnum):
    """Where a plan stands."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


class ActionType(StrEnum):
    """What a generated file is for."""

    GENERATE_TESTS = "generate_tests"
    GENERATE_WORKFLOW = "generate_workflow"
    GENERATE_README = "generate_readme"
    GENERATE_DOCS = "generate_docs"
    ADD_TYPES = "add_types"


class FileStatus(StrEnum):
    """What became of a generated file."""

    GENERATED = "generated"
    APPLIED = "applied"
    REJECTED = "rejected"
    FAILED = "failed"


class ChangeType(StrEnum):
    """What a change of a repository was."""

    FILE_ADDED = "file_added"
    FILE_MODIFIED = "file_modified"
    TEST_ADDED = "test_added"
    CI_ADDED = "ci_added"


class SnapshotType(StrEnum):
    """Why a repository was measured."""

    MANUAL = "manual"
    AUTOMATED = "automated"
    AFTER_IMPROVEMENT = "after_improvement"
