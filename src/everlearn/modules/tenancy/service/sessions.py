"""Starts, pauses, resumes and ends sessions of people in a workspace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, insert, select, update

from everlearn.core.errors import Invalid, WrongStatus
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.tenancy import errors, types
from everlearn.modules.tenancy.service.workspaces import get_workspace
from everlearn.modules.tenancy.tables import CollaborationSession, TeamMember, User


def start_session(
    tx: Tx,
    workspace_id: UUID,
    *,
    session_name: str,
    session_type: types.SessionType,
    participants: Iterable[UUID] = (),
    host_id: UUID | None = None,
    session_data: dict[str, Any] | None = None,
) -> types.Session:
    """Begin a session; the host is one of its participants.

    Args:
        tx: transaction of the tenant.
        workspace_id: where it takes place.
        session_name: what it is about.
        session_type: what is done in it.
        participants: users who take part.
        host_id: user who leads it; the transaction's own user when left out.
        session_data: what the participants share.

    Raises:
        UnknownWorkspace: there is none for this user to see.
        Invalid: nobody leads it, a user leads it in another's name, or a participant may not see
            the workspace.
    """
    workspace = get_workspace(tx, workspace_id)
    host = host_id or tx.actor.user_id
    if host is None:
        raise Invalid("a session needs a host", field="host_id")
    if tx.actor.user_id not in {None, host}:
        raise Invalid("a user leads sessions in his own name only", field="host_id")
    everybody = list(dict.fromkeys([host, *participants]))
    _require_seen(tx, workspace, everybody)
    now = tx.now()
    session_id = uuid7(now)
    tx.execute(
        insert(CollaborationSession).values(
            id=session_id,
            workspace_id=workspace_id,
            session_name=session_name,
            session_type=session_type.value,
            participants=everybody,
            host_id=host,
            session_data=session_data or {},
            started_at=now,
        )
    )
    return get_session(tx, session_id)


def pause_session(tx: Tx, session_id: UUID) -> types.Session:
    """Interrupt a session; raise WrongStatus unless it is active."""
    return _move(tx, session_id, types.SessionStatus.PAUSED)


def resume_session(tx: Tx, session_id: UUID) -> types.Session:
    """Go on with a session; raise WrongStatus unless it is paused."""
    return _move(tx, session_id, types.SessionStatus.ACTIVE)


def end_session(tx: Tx, session_id: UUID) -> types.Session:
    """End a session for good; raise WrongStatus when it has ended."""
    return _move(tx, session_id, types.SessionStatus.ENDED)


def get_session(tx: Tx, session_id: UUID) -> types.Session:
    """Give a session; raise UnknownSession when there is none that this user takes part in."""
    found = tx.execute(_sessions(tx).where(CollaborationSession.id == session_id)).first()
    if found is None:
        raise errors.UnknownSession(f"no session {session_id}", field="session_id")
    return _session(found)


def list_sessions(tx: Tx, *, limit: int = 500) -> list[types.Session]:
    """Give the sessions that may be seen, newest first."""
    query = _sessions(tx).order_by(CollaborationSession.id.desc()).limit(limit)
    return [_session(line) for line in tx.execute(query)]


def _move(tx: Tx, session_id: UUID, to: types.SessionStatus) -> types.Session:
    found = tx.execute(
        _sessions(tx).where(CollaborationSession.id == session_id).with_for_update()
    ).first()
    if found is None:
        raise errors.UnknownSession(f"no session {session_id}", field="session_id")
    allowed = types.MOVES[_session(found).status]
    if to not in allowed:
        msg = f"the session is {found.status} and cannot become {to}"
        raise WrongStatus(msg, field="status", allowed=sorted(allowed))
    # Not before it began, even where the clock was put back meanwhile.
    end = func.greatest(tx.now(), CollaborationSession.started_at)
    ended = {"ended_at": end} if to == types.SessionStatus.ENDED else {}
    tx.execute(
        update(CollaborationSession)
        .where(
            CollaborationSession.tenant_id == tx.tenant_id, CollaborationSession.id == session_id
        )
        .values(status=to.value, **ended)
    )
    return get_session(tx, session_id)


def _require_seen(tx: Tx, workspace: types.Workspace, users: list[UUID]) -> None:
    """Refuse participants who do not exist, or do not belong to a workspace that is not public."""
    query = select(User.id).where(User.tenant_id == tx.tenant_id, User.id.in_(users))
    if not workspace.is_public:
        query = select(TeamMember.user_id).where(
            TeamMember.tenant_id == tx.tenant_id,
            TeamMember.team_id == workspace.team_id,
            TeamMember.user_id.in_(users),
        )
    missing = sorted(map(str, set(users) - set(tx.execute(query).scalars())))
    if missing:
        msg = f"no user {missing[0]} for whom this workspace is"
        raise Invalid(msg, field="participants", hint="add them to the team first")


def _sessions(tx: Tx) -> Select[*tuple[Any, ...]]:
    return select(
        CollaborationSession.id,
        CollaborationSession.workspace_id,
        CollaborationSession.session_name,
        CollaborationSession.session_type,
        CollaborationSession.participants,
        CollaborationSession.host_id,
        CollaborationSession.status,
        CollaborationSession.session_data,
        CollaborationSession.started_at,
        CollaborationSession.ended_at,
    ).where(CollaborationSession.tenant_id == tx.tenant_id)


def _session(line: Any) -> types.Session:
    found = dict(line._mapping)  # noqa: SLF001 - the public name of a row's columns
    words = {
        "session_type": types.SessionType(found["session_type"]),
        "status": types.SessionStatus(found["status"]),
    }
    return types.Session(**found | words)
