"""Makes tenants, users and keys; finds tenants by their slug."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert, select, update

from everlearn.core.errors import Duplicate, Invalid, NotFound
from everlearn.core.ids import uuid7
from everlearn.core.tables import rows
from everlearn.core.tx import SYSTEM, Database, Tx
from everlearn.modules.tenancy import types
from everlearn.modules.tenancy.tables import ApiKey, Tenant, User

if TYPE_CHECKING:
    from everlearn.core.pg import Server

SIGN_IN_MINUTES = 30
SESSION_DAYS = 30


def hash_secret(secret: str) -> str:
    """Give the SHA-256 under which a secret of 256 random bits is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def ensure_tenant(
    database: Database, *, slug: str, name: str | None = None, job_queue: str = "default"
) -> types.Tenant:
    """Give the tenant with this slug; make it when there is none.

    Raises:
        Invalid: the slug is not lower-case letters, digits and dashes.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", slug):
        msg = "a slug is lower-case letters, digits and dashes, at most 63"
        raise Invalid(msg, field="slug", got=slug)
    found = find_tenant(database, slug=slug)
    if found is None:
        made = uuid7(database.clock.now())
        try:
            with database.tx(made, actor=SYSTEM) as tx:
                tx.execute(
                    insert(Tenant).values(
                        id=made, slug=slug, name=name or slug, job_queue=job_queue
                    )
                )
            found = made
        except Duplicate:  # another process made it first
            found = find_tenant(database, slug=slug)
    with database.tx(found) as tx:
        return get_tenant(tx)


def find_tenant(database: Database, *, slug: str) -> UUID | None:
    """Give the id of the tenant with this slug, or None."""
    with database.tx(None) as tx:
        found = tx.scalar("SELECT app.find_tenant(:slug)", {"slug": slug})
    return UUID(str(found)) if found else None


def require_tenant(database: Database, *, slug: str) -> UUID:
    """Give the id of the tenant with this slug; raise NotFound when there is none."""
    found = find_tenant(database, slug=slug)
    if found is None:
        msg = f"no tenant is called {slug!r}"
        raise NotFound(msg, field="tenant", hint="make it with `everlearn tenancy create SLUG`")
    return found


def get_tenant(tx: Tx) -> types.Tenant:
    """Give the transaction's own tenant."""
    row = tx.execute(select(Tenant).where(Tenant.id == tx.tenant_id)).scalar_one_or_none()
    if row is None:
        raise NotFound(field="tenant")
    return types.Tenant(row.id, row.slug, row.name, row.job_queue, row.created_at)


def create_key(
    tx: Tx,
    *,
    name: str,
    role: types.Role = types.Role.WRITER,
    kind: types.KeyKind = types.KeyKind.KEY,
    user_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> types.NewKey:
    """Make a key; its secret is given back once and stored as a hash only."""
    secret = f"el_{secrets.token_urlsafe(32)}"
    key_id = uuid7(tx.now())
    tx.execute(
        insert(ApiKey).values(
            id=key_id,
            name=name,
            kind=kind.value,
            role=role.value,
            user_id=user_id,
            prefix=secret[:8],
            secret_sha256=hash_secret(secret),
            created_at=tx.now(),
            expires_at=expires_at,
        )
    )
    return types.NewKey(key_id, secret, secret[:8], expires_at)


def create_sign_in(tx: Tx, *, role: types.Role = types.Role.ADMIN) -> types.NewKey:
    """Make a one-time token that turns into a browser session within half an hour."""
    return create_key(
        tx,
        name="sign-in link",
        role=role,
        kind=types.KeyKind.SIGN_IN,
        expires_at=tx.now() + timedelta(minutes=SIGN_IN_MINUTES),
    )


def redeem_sign_in(database: Database, secret: str) -> str | None:
    """Turn a one-time token into a session secret; None when it is used up, expired or unknown."""
    session = f"els_{secrets.token_urlsafe(32)}"
    with database.tx(None) as tx:
        done = tx.scalar(
            "SELECT app.redeem_sign_in(:token, :session, :at, :days)",
            {
                "token": hash_secret(secret),
                "session": hash_secret(session),
                "at": tx.now(),
                "days": SESSION_DAYS,
            },
        )
    return session if done else None


def revoke_key(tx: Tx, key_id: UUID) -> None:
    """Make a key stop working at once; doing it twice is no error."""
    done = tx.execute(
        update(ApiKey)
        .where(ApiKey.tenant_id == tx.tenant_id, ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=tx.now())
        .returning(ApiKey.id)
    ).first()
    if done is None and tx.session.get(ApiKey, (tx.tenant_id, key_id)) is None:
        msg = f"no key {key_id}"
        raise NotFound(msg, field="key_id")


def list_keys(tx: Tx) -> list[dict[str, Any]]:
    """Give the tenant's keys and sessions, newest first, without secrets."""
    query = (
        select(
            ApiKey.id,
            ApiKey.name,
            ApiKey.kind,
            ApiKey.role,
            ApiKey.prefix,
            ApiKey.created_at,
            ApiKey.expires_at,
            ApiKey.revoked_at,
        )
        .where(ApiKey.tenant_id == tx.tenant_id)
        .order_by(ApiKey.id.desc())
        .limit(200)
    )
    return [dict(row) for row in tx.execute(query).mappings()]


def create_user(tx: Tx, *, email: str, username: str, role: types.Role = types.Role.READER) -> UUID:
    """Make an account; raise Duplicate when the address or name is taken."""
    user_id = uuid7(tx.now())
    tx.execute(insert(User).values(id=user_id, email=email, username=username, role=role.value))
    return user_id


def erase_tenant(server: Server, tenant_id: UUID) -> None:
    """Take a tenant and every row of it out of the database, as the maintenance role.

    High-volume tables do not refer to tenants, so their rows go first; the rest follows the tenant.
    """
    import psycopg
    from psycopg import sql

    with psycopg.connect(server.conninfo("service")) as connection:
        for name, row in rows().items():
            if row.policy.rows == "tenant" and row.policy.hot:
                table = sql.Identifier(*name.split("."))
                statement = sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(table)
                connection.execute(statement, (tenant_id,))
        connection.execute("DELETE FROM tenancy.tenants WHERE id = %s", (tenant_id,))
