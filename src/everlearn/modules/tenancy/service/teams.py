"""Makes teams and decides who belongs to them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, delete, func, insert, select, update

from everlearn.core.errors import Forbidden, Invalid, NotFound
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.tenancy import errors, types
from everlearn.modules.tenancy.tables import SharedWorkspace, Team, TeamMember, User


def create_team(
    tx: Tx,
    *,
    name: str,
    owner_id: UUID | None = None,
    description: str | None = None,
    avatar_url: str | None = None,
    settings: dict[str, Any] | None = None,
) -> types.Team:
    """Make a team; its owner is its first member.

    Args:
        tx: transaction of the tenant.
        name: name of the team.
        owner_id: user who owns it; the transaction's own user when left out.
        description: what it is for.
        avatar_url: address of its picture.
        settings: settings that every member may read.

    Raises:
        Invalid: nobody is named as the owner, or the owner is no user of the tenant.
        Forbidden: a user makes a team that somebody else would own.
        Duplicate: the name is taken.
    """
    owner = owner_id or tx.actor.user_id
    if owner is None:
        msg = "a team needs an owner"
        raise Invalid(msg, field="owner_id", hint="name a user, or use a key of the user's own")
    if tx.actor.user_id not in {None, owner}:
        raise Forbidden("a user makes teams of his own only", field="owner_id")
    now = tx.now()
    team_id = uuid7(now)
    tx.execute(
        insert(Team).values(
            id=team_id,
            name=name,
            owner_id=owner,
            description=description,
            avatar_url=avatar_url,
            settings=settings or {},
            created_at=now,
            updated_at=now,
        )
    )
    _insert_member(tx, team_id, user_id=owner, role=types.TeamRole.OWNER)
    return get_team(tx, team_id)


def get_team(tx: Tx, team_id: UUID) -> types.Team:
    """Give a team; raise UnknownTeam when there is none, or its rows are not for this user."""
    found = tx.execute(_teams(tx).where(Team.id == team_id)).mappings().first()
    if found is None:
        raise errors.UnknownTeam(f"no team {team_id}", field="team_id")
    return types.Team(**found)


def find_team(tx: Tx, name: str) -> types.Team:
    """Give the team of this name; raise UnknownTeam when there is none."""
    found = tx.execute(_teams(tx).where(Team.name == name)).mappings().first()
    if found is None:
        raise errors.UnknownTeam(f"no team is called {name!r}", field="team")
    return types.Team(**found)


def list_teams(tx: Tx, *, limit: int = 500) -> list[types.Team]:
    """Give the teams that may be seen, by name."""
    query = _teams(tx).order_by(Team.name).limit(limit)
    return [types.Team(**row) for row in tx.execute(query).mappings()]


def update_team(tx: Tx, team_id: UUID, **changes: Any) -> types.Team:
    """Change a team's name, description, avatar_url, settings or is_active.

    Raises:
        UnknownTeam: there is none, or it is not for this user to see.
        NotAdmin: the user neither owns nor administers it.
        Invalid: another column, or a value that it does not take.
        Duplicate: the name is taken.
    """
    allowed = {"name", "description", "avatar_url", "settings", "is_active"}
    if unknown := sorted(set(changes) - allowed):
        raise Invalid("this cannot be changed here", field=unknown[0], allowed=sorted(allowed))
    require_admin(tx, team_id)
    if changes:
        tx.execute(
            update(Team)
            .where(Team.tenant_id == tx.tenant_id, Team.id == team_id)
            .values(**changes, updated_at=tx.now())
        )
    return get_team(tx, team_id)


def add_member(
    tx: Tx,
    team_id: UUID,
    *,
    user_id: UUID,
    role: types.TeamRole = types.TeamRole.MEMBER,
) -> types.Member:
    """Let a user into a team.

    Raises:
        UnknownTeam: there is none, or it is not for this user to see.
        NotAdmin: the acting user neither owns nor administers it.
        NotOwner: the new member is to be an owner, and the acting user is none.
        Duplicate: the user is in the team.
        Invalid: no such user.
    """
    require_admin(tx, team_id)
    if role == types.TeamRole.OWNER:
        _require_owner(tx, team_id)
    _insert_member(tx, team_id, user_id=user_id, role=role)
    return get_member(tx, team_id, user_id=user_id)


def change_role(tx: Tx, team_id: UUID, *, user_id: UUID, role: types.TeamRole) -> types.Member:
    """Give a member another role.

    Raises:
        NotAdmin: the acting user neither owns nor administers the team.
        NotOwner: it makes or unmakes an owner, and the acting user is none.
        LastOwner: the team would be left without an owner.
    """
    was = _begin_change(tx, team_id, user_id=user_id, to=role)
    if was.role != role:
        tx.execute(update(TeamMember).where(*_is(tx, team_id, user_id)).values(role=role.value))
    return get_member(tx, team_id, user_id=user_id)


def remove_member(tx: Tx, team_id: UUID, *, user_id: UUID) -> None:
    """Take a user out of a team.

    Raises:
        NotAdmin: the acting user neither owns nor administers the team.
        NotOwner: the member is an owner, and the acting user is none.
        LastOwner: the team would be left without an owner.
    """
    _begin_change(tx, team_id, user_id=user_id, to=None)
    tx.execute(delete(TeamMember).where(*_is(tx, team_id, user_id)))


def get_member(tx: Tx, team_id: UUID, *, user_id: UUID) -> types.Member:
    """Give a user's place in a team; raise NotFound when the user is not in it."""
    found = tx.execute(_members(tx, team_id).where(TeamMember.user_id == user_id)).first()
    if found is None:
        raise NotFound(f"user {user_id} is not in the team", field="user_id")
    return _member(found)


def list_members(tx: Tx, team_id: UUID) -> list[types.Member]:
    """Give a team's members by name."""
    get_team(tx, team_id)
    found = tx.execute(_members(tx, team_id).order_by(User.username))
    return [_member(line) for line in found]


def require_admin(tx: Tx, team_id: UUID) -> None:
    """Refuse a user who neither owns nor administers the team; jobs and tenant keys pass."""
    get_team(tx, team_id)
    if tx.actor.user_id and not tx.scalar("SELECT app.is_team_admin(:team)", {"team": team_id}):
        raise errors.NotAdmin


def _require_owner(tx: Tx, team_id: UUID) -> None:
    if tx.actor.user_id and not tx.scalar("SELECT tenancy.owns_team(:team)", {"team": team_id}):
        raise errors.NotOwner


def _begin_change(
    tx: Tx, team_id: UUID, *, user_id: UUID, to: types.TeamRole | None
) -> types.Member:
    """Check that a member may take the role `to` (None: leave), and hand the team on if need be.

    The team's row is locked, so of two who take each other's ownership one is refused.
    """
    require_admin(tx, team_id)
    owner_id = tx.scalar(
        select(Team.owner_id)
        .where(Team.tenant_id == tx.tenant_id, Team.id == team_id)
        .with_for_update()
    )
    was = get_member(tx, team_id, user_id=user_id)
    owner = types.TeamRole.OWNER
    if (was.role == owner) == (to == owner):
        return was
    _require_owner(tx, team_id)
    if was.role == owner:
        others = _members(tx, team_id).where(
            TeamMember.role == owner.value, TeamMember.user_id != user_id
        )
        next_owner = tx.execute(others.order_by(TeamMember.joined_at, TeamMember.id)).first()
        if next_owner is None:
            raise errors.LastOwner(field="user_id")
        if owner_id == user_id:
            tx.execute(
                update(Team)
                .where(Team.tenant_id == tx.tenant_id, Team.id == team_id)
                .values(owner_id=next_owner.user_id, updated_at=tx.now())
            )
    return was


def _insert_member(tx: Tx, team_id: UUID, *, user_id: UUID, role: types.TeamRole) -> None:
    now = tx.now()
    tx.execute(
        insert(TeamMember).values(
            id=uuid7(now),
            team_id=team_id,
            user_id=user_id,
            role=role.value,
            invited_by=tx.actor.user_id if tx.actor.user_id != user_id else None,
            joined_at=now,
        )
    )


def _is(tx: Tx, team_id: UUID, user_id: UUID) -> tuple[Any, ...]:
    return (
        TeamMember.tenant_id == tx.tenant_id,
        TeamMember.team_id == team_id,
        TeamMember.user_id == user_id,
    )


def _teams(tx: Tx) -> Select[*tuple[Any, ...]]:
    def counted(row: type[TeamMember | SharedWorkspace]) -> Any:
        mine = and_(row.tenant_id == Team.tenant_id, row.team_id == Team.id)
        return select(func.count()).select_from(row).where(mine).scalar_subquery()

    return (
        select(
            Team.id,
            Team.name,
            Team.description,
            Team.owner_id,
            User.username.label("owner"),
            Team.avatar_url,
            Team.settings,
            Team.is_active,
            counted(TeamMember).label("members"),
            counted(SharedWorkspace).label("workspaces"),
            Team.created_at,
            Team.updated_at,
        )
        .join(User, and_(User.tenant_id == Team.tenant_id, User.id == Team.owner_id))
        .where(Team.tenant_id == tx.tenant_id)
    )


def _members(tx: Tx, team_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            TeamMember.id,
            TeamMember.team_id,
            TeamMember.user_id,
            User.username,
            TeamMember.role,
            TeamMember.invited_by,
            TeamMember.joined_at,
            TeamMember.last_active_at,
        )
        .join(User, and_(User.tenant_id == TeamMember.tenant_id, User.id == TeamMember.user_id))
        .where(TeamMember.tenant_id == tx.tenant_id, TeamMember.team_id == team_id)
    )


def _member(line: Any) -> types.Member:
    found = dict(line._mapping)  # noqa: SLF001 - the public name of a row's columns
    return types.Member(**found | {"role": types.TeamRole(found["role"])})
