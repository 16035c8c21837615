"""Words and shapes of the data sets that other modules may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class DatasetType(StrEnum):
    """What a data set is about."""

    CODE_PATTERNS = "code_patterns"
    PERFORMANCE_METRICS = "performance_metrics"
    USER_BEHAVIOR = "user_behavior"
    CONVERSATION = "conversation"
    CODE = "code"
    SIMULATION = "simulation"
    GENERAL = "general"


class SourceType(StrEnum):
    """Where its rows come from."""

    GIT_HISTORY = "git_history"
    USER_INTERACTIONS = "user_interactions"
    SYSTEM_METRICS = "system_metrics"
    FEATURE_STORE = "feature_store"


class DataSource(StrEnum):
    """Whose data they are."""

    FRONTEND = "frontend"
    PUBLIC_REPOS = "public_repos"
    OWN_CODEBASE = "own_codebase"
    MIXED = "mixed"
    PUBLIC_ONLY = "public_only"


class ConversationSource(StrEnum):
    """Where an example of a conversation comes from."""

    SYNTHETIC = "synthetic"
    REAL = "real"
    TEMPLATE = "template"


class SimulationSource(StrEnum):
    """Where an example of a simulation comes from."""

    JSON_CONFIG = "json_config"
    USER_GENERATED = "user_generated"
    SYNTHETIC = "synthetic"


class CodeType(StrEnum):
    """What an example of code is a piece of."""

    FUNCTION = "function"
    CLASS = "class"
    SCRIPT = "script"
    TEST = "test"


class CodeSource(StrEnum):
    """Where an example of code comes from."""

    PUBLIC_REPO = "public_repo"
    OWN_CODEBASE = "own_codebase"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One version of a data set.

    Attributes:
        id: its id.
        name: what it is called; several versions share it.
        version: text of the version, unique within the name.
        dataset_type: what it is about.
        source_type: where its rows come from.
        record_count: rows.
        sha256: hash of its content; None when it was only described, never read.
        schema: column -> type, and whatever else describes a row.
        description: in the owner's words.
        window: first and last time of its rows, the end excluded, when known.
        as_of: nothing known later than this is in it, when known.
        created_at: when it was registered.
    """

    id: UUID
    name: str
    version: str
    dataset_type: DatasetType
    source_type: SourceType | None
    record_count: int
    sha256: str | None
    schema: dict[str, Any]
    description: str | None
    window: tuple[datetime, datetime] | None
    as_of: datetime | None
    created_at: datetime
