"""Makes tenants, users and keys; finds tenants by their slug."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, case, insert, or_, select, update

from everlearn.core.errors import Duplicate, Invalid, NotFound
from everlearn.core.ids import uuid7
from everlearn.core.tables import rows
from everlearn.core.tx import SYSTEM, Actor, Database, Tx
from everlearn.modules.tenancy import types
from everlearn.modules.tenancy.tables import ApiKey, Tenant, User

if TYPE_CHECKING:
    from everlearn.core.pg import Server

SIGN_IN_MINUTES = 30
SESSION_DAYS = 30
MAX_KEYS = 500
#: What a secret is can be seen from its first letters, by people and by secret scanners.
_PREFIX = {types.KeyKind.KEY: "el_", types.KeyKind.SESSION: "els_", types.KeyKind.SIGN_IN: "el1_"}


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
    made_from: UUID | None = None,
) -> types.NewKey:
    """Make a key; its secret is given back once and stored as a hash only.

    Args:
        tx: transaction of the tenant.
        name: what it is for.
        role: what its holder may do.
        kind: how it is used.
        user_id: account it acts for, if any.
        expires_at: when it stops working; never when left out.
        made_from: key that a session is opened with; revoking that one ends the session.

    Raises:
        Invalid: it would expire at once, the name is empty or too long, no such user.
    """
    if expires_at is not None and expires_at <= tx.now():
        raise Invalid("this time is over already", field="expires_at")
    secret = f"{_PREFIX[kind]}{secrets.token_urlsafe(32)}"
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
            made_from=made_from,
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


def open_session(database: Database, secret: str) -> str | None:
    """Give a session secret for a one-time token or an API key; None when it is neither, or over.

    The session of a key has its role and user, and ends with it.
    """
    session = redeem_sign_in(database, secret)
    if session is not None:
        return session
    with database.tx(None) as tx:
        key = (
            tx.execute(
                "SELECT * FROM app.authenticate(:hash, :at)",
                {"hash": hash_secret(secret), "at": tx.now()},
            )
            .mappings()
            .first()
        )
    if key is None or key["kind"] != types.KeyKind.KEY:
        return None
    actor = Actor("key", f"key {str(key['key_id'])[-8:]}", key["key_id"], key["user_id"])
    with database.tx(key["tenant_id"], actor=actor) as tx:
        ends = tx.scalar(
            "SELECT expires_at FROM tenancy.api_keys"
            " WHERE tenant_id = app.tenant_id() AND id = :id",
            {"id": key["key_id"]},
        )
        longest = tx.now() + timedelta(days=SESSION_DAYS)
        return create_key(
            tx,
            name="browser session",
            role=types.Role(key["role"]),
            kind=types.KeyKind.SESSION,
            user_id=key["user_id"],
            expires_at=min(ends, longest) if ends else longest,
            made_from=key["key_id"],
        ).secret


def revoke_key(tx: Tx, key_id: UUID) -> None:
    """Make a key, and the sessions opened with it, stop working at once; twice is no error.

    Raises:
        NotFound: the tenant has no such key.
    """
    if tx.session.get(ApiKey, (tx.tenant_id, key_id)) is None:
        raise NotFound(f"no key {key_id}", field="key_id")
    tx.execute(
        update(ApiKey)
        .where(
            ApiKey.tenant_id == tx.tenant_id,
            or_(ApiKey.id == key_id, ApiKey.made_from == key_id),
            ApiKey.revoked_at.is_(None),
        )
        .values(revoked_at=tx.now())
    )


def list_keys(tx: Tx) -> list[types.Key]:
    """Give the tenant's newest keys, sessions and sign-in links, without secrets."""
    state = case(
        (ApiKey.revoked_at.is_not(None), types.KeyState.REVOKED.value),
        (ApiKey.expires_at <= tx.now(), types.KeyState.EXPIRED.value),
        else_=types.KeyState.ACTIVE.value,
    ).label("state")
    query = (
        select(
            ApiKey.id,
            ApiKey.name,
            ApiKey.kind,
            ApiKey.role,
            ApiKey.prefix,
            state,
            User.username,
            ApiKey.created_at,
            ApiKey.expires_at,
            ApiKey.revoked_at,
        )
        .outerjoin(User, and_(User.tenant_id == ApiKey.tenant_id, User.id == ApiKey.user_id))
        .where(ApiKey.tenant_id == tx.tenant_id)
        .order_by(ApiKey.id.desc())
        .limit(MAX_KEYS)
    )
    return [types.Key(**row) for row in tx.execute(query).mappings()]


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


def list_users(tx: Tx) -> list[types.User]:
    """Give the tenant's accounts by name."""
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
    )
    return [types.User(**row) for row in tx.execute(query).mappings()]
