"""Words and shapes of the audit module that others may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class ActionType(StrEnum):
    """What was done."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ACCESS = "access"
    LOGIN = "login"
    LOGOUT = "logout"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the trail."""

    id: UUID
    seq: int
    created_at: datetime
    user_id: UUID | None
    action_type: str
    resource_type: str
    resource_id: str | None
    action_details: dict[str, Any]
    success: bool
    error_message: str | None
    metadata: dict[str, Any]
    sha256: str

    @property
    def actor(self) -> str | None:
        """Name who did it; a table's trigger knows the user's id at most."""
        return self.metadata.get("actor") or (str(self.user_id) if self.user_id else None)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of the trail, newest first, and the `before` of the next page."""

    items: list[Entry]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """Whether the trail is whole.

    Attributes:
        rows: rows there are.
        first_broken: sequence number of the first row that is changed or missing; None when whole.
        head_seq: sequence number of the newest row ever written.
        head_sha256: its hash, to be noted down outside of this database.
    """

    rows: int
    first_broken: int | None
    head_seq: int
    head_sha256: str
