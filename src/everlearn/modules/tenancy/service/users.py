"""Makes and lists accounts."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert, select

from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.tenancy import types
from everlearn.modules.tenancy.tables import User


def create_user(tx: Tx, *, email: str, username: str, role: types.Role = types.Role.READER) -> UUID:
    """Make an account and give its id; it can do nothing before a key is made for it.

    Raises:
        Invalid: the address has no @, or a value is empty or too long.
        Duplicate: the address or the name is taken.
    """
    if "@" not in email:
        raise Invalid("an address has an @", field="email", got=email)
    user_id = uuid7(tx.now())
    tx.execute(
        insert(User).values(
            id=user_id,
            email=email,
            username=username,
            role=role.value,
            created_at=tx.now(),
        )
    )
    return user_id


def list_users(tx: Tx, *, limit: int | None = None, after: str | None = None) -> list[types.User]:
    """Give the tenant's accounts by name.

    Args:
        tx: transaction.
        limit: rows at most; all when left out.
        after: name of the last account of the page before.
    """
    query = (
        select(
            User.id,
            User.email,
            User.username,
            User.full_name,
            User.role,
            User.is_active,
            User.last_login,
            User.created_at,
        )
        .where(User.tenant_id == tx.tenant_id)
        .order_by(User.username)
        .limit(limit)
    )
    if after is not None:
        query = query.where(User.username > after)
    return [types.User(**row) for row in tx.execute(query).mappings()]
