"""Words and shapes of the operations module that others may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class ArchiveStrategy(StrEnum):
    """What happens to rows at the end of their time."""

    DELETE = "delete"
    ARCHIVE_TO_S3 = "archive_to_s3"
    COMPRESS = "compress"


@dataclass(frozen=True, slots=True)
class JobView:
    """One job as people see it.

    Attributes:
        seconds: how long it runs or ran; None before it started.
        can_cancel: it waits or runs, and nobody asked for its end yet.
        can_retry: it failed or was cancelled.
    """

    id: UUID
    name: str
    status: str
    args: dict[str, Any]
    key: str | None
    queue: str
    lock: str | None
    priority: int
    attempts: int
    progress_ratio: float
    note: str | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    cancel_requested: bool
    queued_by: str
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    can_cancel: bool
    can_retry: bool
