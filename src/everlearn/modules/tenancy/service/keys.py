"""Makes, lists and revokes keys; turns links and keys into browser sessions."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, case, insert, or_, select, update

from everlearn.core import access
from everlearn.core.errors import Invalid, NotFound
from everlearn.core.ids import uuid7
from everlearn.core.tx import Actor, Database, Tx
from everlearn.modules.tenancy import types
from everlearn.modules.tenancy.tables import ApiKey, User

SIGN_IN_MINUTES = 30
SESSION_DAYS = 30
MAX_KEYS = 500
#: What a secret is can be seen from its first letters, by people and by secret scanners.
_PREFIX = {types.KeyKind.KEY: "el_", types.KeyKind.SESSION: "els_", types.KeyKind.SIGN_IN: "el1_"}


def hash_secret(secret: str) -> str:
    """Give the SHA-256 under which a secret of 256 random bits is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


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
    tx.notify(access.TOPIC)
    tx.after_commit(access.forget)  # in this process before the answer is sent


def list_keys(tx: Tx, *, limit: int = MAX_KEYS, before: UUID | None = None) -> list[types.Key]:
    """Give the tenant's newest keys, sessions and sign-in links, without secrets.

    Args:
        tx: transaction.
        limit: rows at most.
        before: only ids below this one: the next page.
    """
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
        .limit(limit)
    )
    if before is not None:
        query = query.where(ApiKey.id < before)
    return [types.Key(**row) for row in tx.execute(query).mappings()]
