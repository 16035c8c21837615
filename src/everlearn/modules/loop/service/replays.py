"""How far a replay of past facts is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from everlearn.core.ids import uuid7
from everlearn.modules.loop.tables import ReplayCursor

if TYPE_CHECKING:
    from everlearn.core.tx import Tx


def open_replay(tx: Tx, name: str, *, begins_at: datetime, ends_at: datetime) -> datetime:
    """Give how far a replay of past facts is; a new one's cursor is made at its beginning."""
    where = (ReplayCursor.tenant_id == tx.tenant_id, ReplayCursor.name == name)
    found = tx.scalar(select(ReplayCursor.position).where(*where))
    if found is None:
        tx.execute(
            insert(ReplayCursor).values(
                id=uuid7(begins_at), name=name, position=begins_at, ends_at=ends_at
            )
        )
        return begins_at
    return found  # type: ignore[no-any-return]  # the column is a datetime


def move_replay(tx: Tx, name: str, to: datetime) -> None:
    """Move a replay's cursor, in the transaction of the facts that were replayed."""
    tx.execute(
        update(ReplayCursor)
        .where(ReplayCursor.tenant_id == tx.tenant_id, ReplayCursor.name == name)
        .values(position=to)
    )


def replay_position(tx: Tx) -> datetime | None:
    """Give how far the tenant's replay is, or None for a tenant that lives in the present."""
    query = select(func.max(ReplayCursor.position)).where(ReplayCursor.tenant_id == tx.tenant_id)
    return tx.scalar(query)  # type: ignore[no-any-return]  # the column is a datetime
