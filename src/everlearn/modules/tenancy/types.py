"""Words and shapes of the tenancy module that others may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
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


class TeamRole(StrEnum):
    """What a user may do in a team; each includes those after it."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


class WorkspaceType(StrEnum):
    """What is worked on in a workspace."""

    CODEBASE = "codebase"
    DASHBOARD = "dashboard"
    ANALYTICS = "analytics"
    MLOPS = "mlops"


class SessionType(StrEnum):
    """What people do together in a session."""

    CODE_REVIEW = "code_review"
    PAIR_PROGRAMMING = "pair_programming"
    DESIGN = "design"
    PLANNING = "planning"


class SessionStatus(StrEnum):
    """Where a session stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


#: The allowed moves of a session; one that has ended stays so.
MOVES: dict[SessionStatus, frozenset[SessionStatus]] = {
    SessionStatus.ACTIVE: frozenset({SessionStatus.PAUSED, SessionStatus.ENDED}),
    SessionStatus.PAUSED: frozenset({SessionStatus.ACTIVE, SessionStatus.ENDED}),
    SessionStatus.ENDED: frozenset(),
}


class SsoType(StrEnum):
    """Protocol of a single sign-on."""

    SAML = "saml"
    OAUTH = "oauth"
    OIDC = "oidc"
    LDAP = "ldap"


class ResourceType(StrEnum):
    """What a permission is about."""

    API = "api"
    FEATURE = "feature"
    DATA = "data"
    WORKSPACE = "workspace"


class PermissionType(StrEnum):
    """What a permission permits; `admin` includes the others."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    ADMIN = "admin"
    CUSTOM = "custom"


class SettingType(StrEnum):
    """JSON type of a setting; `json` is an object."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    JSON = "json"
    ARRAY = "array"


#: Roles a permission may name: a team's, and the tenant's with `tenant.` before them, since both
#: know an admin.
ROLE_NAMES = (*(role.value for role in TeamRole), *(f"tenant.{role.value}" for role in Role))


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


@dataclass(frozen=True, slots=True)
class Team:
    """One team, and how much there is in it."""

    id: UUID
    name: str
    description: str | None
    owner_id: UUID
    owner: str
    avatar_url: str | None
    settings: dict[str, Any]
    is_active: bool
    members: int
    workspaces: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A user's place in a team."""

    id: UUID
    team_id: UUID
    user_id: UUID
    username: str
    role: TeamRole
    invited_by: UUID | None
    joined_at: datetime
    last_active_at: datetime | None


@dataclass(frozen=True, slots=True)
class Workspace:
    """What a team shares."""

    id: UUID
    team_id: UUID
    name: str
    description: str | None
    workspace_type: WorkspaceType
    config: dict[str, Any]
    is_public: bool
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """People who work in a workspace at the same time."""

    id: UUID
    workspace_id: UUID
    session_name: str
    session_type: SessionType
    participants: list[UUID]
    host_id: UUID | None
    status: SessionStatus
    session_data: dict[str, Any]
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a team."""

    id: UUID
    team_id: UUID
    setting_key: str
    setting_value: Any
    setting_type: SettingType
    description: str | None
    updated_by: UUID | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Sso:
    """A single sign-on as it may be shown: without its config, which holds secrets."""

    id: UUID
    team_id: UUID
    sso_type: SsoType
    provider_name: str
    enabled: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Permission:
    """What a role may do."""

    id: UUID
    role_name: str
    resource_type: ResourceType
    resource_id: str | None
    permission_type: PermissionType
    custom_permissions: dict[str, Any]
    conditions: dict[str, Any]
    is_active: bool
