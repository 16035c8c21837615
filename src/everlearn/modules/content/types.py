"""Words of the content module."""

from __future__ import annotations

from enum import StrEnum


class ChunkType(StrEnum):
    """What a chunk of text is."""

    THEORY = "theory"
    TIP = "tip"
    DESCRIPTION = "description"
    SCENARIO = "scenario"
    COPILOT_KNOWLEDGE = "copilot_knowledge"


class ChunkSource(StrEnum):
    """Where a chunk of text was taken from."""

    COMPONENT = "component"
    JSON = "json"
    DOCUMENTATION = "documentation"
    USER_GENERATED = "user_generated"


class ItemType(StrEnum):
    """What an item with versions is."""

    USE_CASE = "use_case"
    INDUSTRY = "industry"
    DISCOVERY_TOOL = "discovery_tool"
    SOLUTION = "solution"


class VersionSource(StrEnum):
    """Where a version was written."""

    FRONTEND = "frontend"
    BACKEND = "backend"
    MIGRATION = "migration"


class SyncType(StrEnum):
    """What a sync does."""

    EXTRACTION = "extraction"
    MIGRATION = "migration"
    UPDATE = "update"


class SyncStatus(StrEnum):
    """Where a sync stands."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
