"""Teams, members, workspaces and sessions, as JSON; their tables list themselves."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from everlearn.core.errors import Forbidden
from everlearn.core.rest import PrincipalDep, TxDep
from everlearn.modules.tenancy import service, types

router = APIRouter(tags=["tenancy"])

Text = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00]+$")]
LongText = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]


class NewTeam(BaseModel):
    """What a new team is to be."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: Text
    owner_id: UUID | None = Field(None, description="User who owns it; the key's own if left out.")
    description: LongText | None = None
    avatar_url: LongText | None = None
    settings: dict[str, Any] = Field(default_factory=dict)


class TeamChange(BaseModel):
    """What of a team is to be changed; what is left out stays."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: Text | None = None
    description: LongText | None = None
    avatar_url: LongText | None = None
    settings: dict[str, Any] | None = None
    is_active: bool | None = None


class NewMember(BaseModel):
    """Who is to join a team, and as what."""

    model_config = ConfigDict(extra="forbid")

    user_id: UUID
    role: types.TeamRole = types.TeamRole.MEMBER


class RoleChange(BaseModel):
    """The role a member is to have."""

    model_config = ConfigDict(extra="forbid")

    role: types.TeamRole


class NewWorkspace(BaseModel):
    """What a new workspace is to be."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: Text
    workspace_type: types.WorkspaceType
    description: LongText | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    is_public: bool = Field(False, description="Whether every user of the tenant sees it.")


class WorkspaceChange(BaseModel):
    """What of a workspace is to be changed; what is left out stays."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: Text | None = None
    description: LongText | None = None
    config: dict[str, Any] | None = None
    is_public: bool | None = None


class NewSession(BaseModel):
    """What a new session is to be."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    session_name: Text
    session_type: types.SessionType
    participants: list[UUID] = Field(default_factory=list, max_length=1000)
    host_id: UUID | None = Field(None, description="Who leads it; the key's user if left out.")
    session_data: dict[str, Any] = Field(default_factory=dict)


class SessionChange(BaseModel):
    """Where a session is to go: paused, active again, or ended."""

    model_config = ConfigDict(extra="forbid")

    status: types.SessionStatus


def _for_users_or_admins(who: PrincipalDep) -> None:
    """Let users through, whose team decides; a key without a user needs to be an admin's."""
    if who.user_id is None and who.role != types.Role.ADMIN:
        raise Forbidden("a key without a user needs the role admin for this")


#: For what only a team's admins may do.
STEWARDS = Depends(_for_users_or_admins)


@router.post("/v1/teams", summary="Make a team", status_code=201)
def create_team(tx: TxDep, body: NewTeam) -> types.Team:
    """Make a team; its owner becomes its first member."""
    return service.create_team(tx, **body.model_dump())


@router.patch("/v1/teams/{team_id}", summary="Change a team", dependencies=[STEWARDS])
def update_team(tx: TxDep, team_id: UUID, body: TeamChange) -> types.Team:
    """Change what is given of a team."""
    return service.update_team(tx, team_id, **body.model_dump(exclude_unset=True))


@router.post(
    "/v1/teams/{team_id}/members",
    summary="Let a user into a team",
    status_code=201,
    dependencies=[STEWARDS],
)
def add_member(tx: TxDep, team_id: UUID, body: NewMember) -> types.Member:
    """Let a user into a team; only an owner makes another owner."""
    return service.add_member(tx, team_id, user_id=body.user_id, role=body.role)


@router.patch(
    "/v1/teams/{team_id}/members/{user_id}",
    summary="Give a member another role",
    dependencies=[STEWARDS],
)
def change_role(tx: TxDep, team_id: UUID, user_id: UUID, body: RoleChange) -> types.Member:
    """Give a member another role; the last owner stays one."""
    return service.change_role(tx, team_id, user_id=user_id, role=body.role)


@router.delete(
    "/v1/teams/{team_id}/members/{user_id}",
    summary="Take a user out of a team",
    status_code=204,
    dependencies=[STEWARDS],
)
def remove_member(tx: TxDep, team_id: UUID, user_id: UUID) -> None:
    """Take a user out of a team; the last owner stays."""
    service.remove_member(tx, team_id, user_id=user_id)


@router.post("/v1/teams/{team_id}/workspaces", summary="Make a workspace", status_code=201)
def create_workspace(tx: TxDep, team_id: UUID, body: NewWorkspace) -> types.Workspace:
    """Make a workspace of a team."""
    return service.create_workspace(tx, team_id, **body.model_dump())


@router.patch(
    "/v1/shared_workspaces/{workspace_id}",
    summary="Change a workspace",
    dependencies=[STEWARDS],
)
def update_workspace(tx: TxDep, workspace_id: UUID, body: WorkspaceChange) -> types.Workspace:
    """Change what is given of a workspace."""
    return service.update_workspace(tx, workspace_id, **body.model_dump(exclude_unset=True))


@router.post(
    "/v1/shared_workspaces/{workspace_id}/sessions", summary="Start a session", status_code=201
)
def start_session(tx: TxDep, workspace_id: UUID, body: NewSession) -> types.Session:
    """Begin a session in a workspace; participants must be able to see it."""
    return service.start_session(tx, workspace_id, **body.model_dump())


@router.patch("/v1/collaboration_sessions/{session_id}", summary="Pause, resume or end a session")
def move_session(tx: TxDep, session_id: UUID, body: SessionChange) -> types.Session:
    """Pause a session, go on with it, or end it for good."""
    moves = {
        types.SessionStatus.PAUSED: service.pause_session,
        types.SessionStatus.ACTIVE: service.resume_session,
        types.SessionStatus.ENDED: service.end_session,
    }
    return moves[body.status](tx, session_id)
