"""Keys, users and the question who asks, as JSON."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from everlearn.core.rest import PagingDep, PrincipalDep, TxDep, require_role
from everlearn.modules.tenancy import service, types

router = APIRouter(tags=["tenancy"])

Text = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00]+$")]


class NewApiKey(BaseModel):
    """What a new key is to be."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    role: types.Role = types.Role.WRITER
    user_id: UUID | None = None
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class MadeApiKey(BaseModel):
    """A new key; its secret is shown this once."""

    id: UUID
    secret: str
    prefix: str
    expires_at: datetime | None


class NewUser(BaseModel):
    """What a new account is to be."""

    model_config = ConfigDict(extra="forbid")

    email: Text
    username: Text
    role: types.Role = types.Role.READER


class Me(BaseModel):
    """Who asks."""

    tenant_id: UUID
    tenant_slug: str
    tenant_name: str
    key_id: UUID
    kind: str
    role: str
    user_id: UUID | None
    user_name: str | None


@router.get("/v1/me", summary="Whom the key or session belongs to")
def me(who: PrincipalDep) -> Me:
    """Give the tenant, the role and the user of the request's key or session."""
    return Me.model_validate(who, from_attributes=True)


@router.get("/v1/api_keys", summary="List keys and sessions")
def list_keys(tx: TxDep, paging: PagingDep) -> dict[str, list[types.Key]]:
    """Give keys, sessions and sign-in links, newest first, without secrets."""
    found = service.list_keys(tx, limit=paging.limit + 1, before=paging.id)
    return {"items": paging.page(found, lambda key: key.id)}


@router.post(
    "/v1/api_keys", summary="Make a key", status_code=201, dependencies=[require_role("admin")]
)
def create_key(tx: TxDep, body: NewApiKey) -> MadeApiKey:
    """Make a key; the answer holds its secret, which is not shown again."""
    days = body.expires_in_days
    made = service.create_key(
        tx,
        name=body.name,
        role=body.role,
        user_id=body.user_id,
        expires_at=None if days is None else tx.now() + timedelta(days=days),
    )
    return MadeApiKey.model_validate(made, from_attributes=True)


@router.delete(
    "/v1/api_keys/{key_id}",
    summary="Revoke a key or session",
    status_code=204,
    dependencies=[require_role("admin")],
)
def revoke_key(tx: TxDep, key_id: UUID) -> None:
    """Make a key, and the sessions opened with it, stop working at once."""
    service.revoke_key(tx, key_id)


@router.get("/v1/users", summary="List users")
def list_users(tx: TxDep, paging: PagingDep) -> dict[str, list[types.User]]:
    """Give the tenant's accounts by name."""
    found = service.list_users(tx, limit=paging.limit + 1, after=paging.after)
    return {"items": paging.page(found, lambda user: user.username)}


@router.post(
    "/v1/users", summary="Make a user", status_code=201, dependencies=[require_role("admin")]
)
def create_user(tx: TxDep, body: NewUser) -> dict[str, Any]:
    """Make an account; make a key for it next."""
    made = service.create_user(tx, email=body.email, username=body.username, role=body.role)
    return {"id": made}
