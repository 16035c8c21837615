"""Makes and lists what a team shares."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, update

from everlearn.core.errors import Forbidden, Invalid
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.tenancy import errors, types
from everlearn.modules.tenancy.service.teams import get_member, get_team, require_admin
from everlearn.modules.tenancy.tables import SharedWorkspace


def create_workspace(
    tx: Tx,
    team_id: UUID,
    *,
    name: str,
    workspace_type: types.WorkspaceType,
    description: str | None = None,
    config: dict[str, Any] | None = None,
    is_public: bool = False,
) -> types.Workspace:
    """Make a workspace of a team; a viewer may not.

    Raises:
        UnknownTeam: there is none, or it is not for this user to see.
        Forbidden: the user is a viewer in the team.
    """
    get_team(tx, team_id)
    user = tx.actor.user_id
    if user and get_member(tx, team_id, user_id=user).role == types.TeamRole.VIEWER:
        raise Forbidden("a viewer makes no workspace")
    now = tx.now()
    workspace_id = uuid7(now)
    tx.execute(
        insert(SharedWorkspace).values(
            id=workspace_id,
            team_id=team_id,
            name=name,
            workspace_type=workspace_type.value,
            description=description,
            config=config or {},
            is_public=is_public,
            created_by=user,
            created_at=now,
            updated_at=now,
        )
    )
    return get_workspace(tx, workspace_id)


def get_workspace(tx: Tx, workspace_id: UUID) -> types.Workspace:
    """Give a workspace; raise UnknownWorkspace when there is none for this user to see."""
    found = tx.execute(_workspaces(tx).where(SharedWorkspace.id == workspace_id)).first()
    if found is None:
        raise errors.UnknownWorkspace(f"no workspace {workspace_id}", field="workspace_id")
    return _workspace(found)


def list_workspaces(
    tx: Tx, *, team_id: UUID | None = None, limit: int = 500
) -> list[types.Workspace]:
    """Give the workspaces that may be seen, by name; of one team when it is named."""
    query = _workspaces(tx).order_by(SharedWorkspace.name, SharedWorkspace.id).limit(limit)
    if team_id is not None:
        query = query.where(SharedWorkspace.team_id == team_id)
    return [_workspace(line) for line in tx.execute(query)]


def update_workspace(tx: Tx, workspace_id: UUID, **changes: Any) -> types.Workspace:
    """Change a workspace's name, description, config or is_public.

    Raises:
        UnknownWorkspace: there is none for this user to see.
        NotAdmin: the user neither owns nor administers its team.
        Invalid: another column, or a value that it does not take.
    """
    allowed = {"name", "description", "config", "is_public"}
    if unknown := sorted(set(changes) - allowed):
        raise Invalid("this cannot be changed here", field=unknown[0], allowed=sorted(allowed))
    require_workspace_admin(tx, get_workspace(tx, workspace_id))
    if changes:
        tx.execute(
            update(SharedWorkspace)
            .where(SharedWorkspace.tenant_id == tx.tenant_id, SharedWorkspace.id == workspace_id)
            .values(**changes, updated_at=tx.now())
        )
    return get_workspace(tx, workspace_id)


def require_workspace_admin(tx: Tx, workspace: types.Workspace) -> None:
    """Refuse a user who sees a workspace but does not administer its team."""
    try:
        require_admin(tx, workspace.team_id)
    except errors.UnknownTeam as error:  # public: seen by users who are not in the team
        raise errors.NotAdmin from error


def _workspaces(tx: Tx) -> Select[*tuple[Any, ...]]:
    return select(
        SharedWorkspace.id,
        SharedWorkspace.team_id,
        SharedWorkspace.name,
        SharedWorkspace.description,
        SharedWorkspace.workspace_type,
        SharedWorkspace.config,
        SharedWorkspace.is_public,
        SharedWorkspace.created_by,
        SharedWorkspace.created_at,
        SharedWorkspace.updated_at,
    ).where(SharedWorkspace.tenant_id == tx.tenant_id)


def _workspace(line: Any) -> types.Workspace:
    found = dict(line._mapping)  # noqa: SLF001 - the public name of a row's columns
    kind = types.WorkspaceType(found["workspace_type"])
    return types.Workspace(**found | {"workspace_type": kind})
