"""Words and shapes of the tenancy module that others may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a key or user may do within its tenant; each includes those before it."""

    READER = "reader"
    WRITER = "writer"
    ADMIN = "admin"


class KeyKind(StrEnum):
    """How a secret is used."""

    KEY = "key"
    SESSION = "session"
    SIGN_IN = "sign_in"


class KeyState(StrEnum):
    """Whether a key works."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant."""

    id: UUID
    slug: str
    name: str
    job_queue: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is shown once: the secret is not stored and cannot be shown again."""

    id: UUID
    secret: str
    prefix: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Key:
    """A key, session or sign-in link as it may be shown: without its secret."""

    id: UUID
    name: str
    kind: str
    role: str
    prefix: str
    state: str
    username: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class User:
    """A person's account as it may be shown."""

    id: UUID
    email: str
    username: str
    full_name: str | None
    role: str
    is_active: bool
    last_login: datetime | None
    created_at: datetime
