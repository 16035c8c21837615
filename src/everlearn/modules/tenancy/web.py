"""The sign-in page, the page of keys, sessions and users, and the page of teams."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from everlearn.core import web
from everlearn.core.errors import Forbidden
from everlearn.core.log import log
from everlearn.core.rest import (
    SESSION_COOKIE,
    PrincipalDep,
    TxDep,
    authenticate,
    database_of,
    require_role,
)
from everlearn.core.tx import Tx
from everlearn.modules.tenancy import service, types

router = APIRouter()

USED_UP = "This link was used already or is over. Make another: `everlearn sign-in`"
NOT_VALID = "This is no key or token that works. It may be mistyped, revoked or expired."


@router.get(web.SIGN_IN)
def sign_in_page(request: Request, token: str | None = None, next: str = "/") -> Response:  # noqa: A002 - the query's name
    """Show the form, or redeem the one-time token of a link."""
    if token is None:
        return web.sign_in_page(request, next_path=next)
    return _open(request, token, next, problem=USED_UP)


@router.post(web.SIGN_IN)
def sign_in(
    request: Request,
    key: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the form's name
) -> Response:
    """Open a session with what was pasted into the form."""
    # Without this, another site could sign a reader in as somebody else.
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise Forbidden("sign in on Everlearn's own page")
    return _open(request, key.strip(), next, problem=NOT_VALID)


@router.post(web.SIGN_OUT)
def sign_out(request: Request, who: PrincipalDep, tx: TxDep) -> Response:
    """End the browser's session, on the server too."""
    if who.kind == types.KeyKind.SESSION:
        service.revoke_key(tx, who.key_id)
    response = RedirectResponse(web.SIGN_IN, status_code=303)
    response.delete_cookie(
        SESSION_COOKIE, httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
    return response


@router.get("/tenancy")
def access(request: Request, who: PrincipalDep, tx: TxDep) -> Response:
    """Show keys, sessions and users."""
    return _access(request, tx, role=who.role)


@router.get("/tenancy/teams")
def teams(request: Request, _: PrincipalDep, tx: TxDep, team: UUID | None = None) -> Response:
    """Show the teams the reader may see, and who and what is in one of them."""
    found = service.list_teams(tx)
    chosen = service.get_team(tx, team) if team else next(iter(found), None)
    return web.page(
        request,
        "tenancy/teams.html",
        title="Teams",
        active="tenancy",
        now=tx.now(),
        teams=found,
        team=chosen,
        members=service.list_members(tx, chosen.id) if chosen else [],
        workspaces=service.list_workspaces(tx, team_id=chosen.id) if chosen else [],
    )


@router.post("/tenancy/keys", dependencies=[require_role("admin")])
def create_key(  # noqa: PLR0917 - FastAPI calls it by name
    request: Request,
    who: PrincipalDep,
    tx: TxDep,
    name: Annotated[str, Form()],
    role: Annotated[types.Role, Form()] = types.Role.WRITER,
    days: Annotated[int, Form(ge=0, le=3650)] = 0,
) -> Response:
    """Make a key and show its secret, this once; 0 days mean that it does not expire."""
    ends = tx.now() + timedelta(days=days) if days else None
    with tx.savepoint():
        made = service.create_key(tx, name=name.strip(), role=role, expires_at=ends)
    response = _access(request, tx, role=who.role, made=made)
    response.headers["cache-control"] = "no-store"
    return response


@router.post("/tenancy/keys/{key_id}/revoke", dependencies=[require_role("admin")])
def revoke_key(key_id: UUID, tx: TxDep) -> Response:
    """Make a key or session stop working."""
    service.revoke_key(tx, key_id)
    return RedirectResponse("/tenancy", status_code=303)


@router.post("/tenancy/users", dependencies=[require_role("admin")])
def create_user(
    tx: TxDep,
    email: Annotated[str, Form()],
    username: Annotated[str, Form()],
    role: Annotated[types.Role, Form()] = types.Role.READER,
) -> Response:
    """Make an account."""
    service.create_user(tx, email=email.strip(), username=username.strip(), role=role)
    return RedirectResponse("/tenancy#users", status_code=303)


def _open(request: Request, secret: str, next_path: str, *, problem: str) -> Response:
    database = database_of(request)
    session = service.open_session(database, secret) if secret else None
    who = authenticate(database, session) if session else None
    if session is None or who is None:
        log("sign-in").warning("refused", client=request.client.host if request.client else None)
        return web.sign_in_page(request, problem=problem, next_path=next_path, status=401)
    log("sign-in").info("signed in", tenant=who.tenant_slug, session=str(who.key_id))
    response = RedirectResponse(_own_path(next_path), status_code=303)
    response.set_cookie(
        SESSION_COOKIE,
        session,
        max_age=service.SESSION_DAYS * 86_400,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    response.headers["cache-control"] = "no-store"
    return response


def _own_path(path: str) -> str:
    """Give the path when it is one of this server; browsers drop tabs and turn backslashes."""
    odd = any(c <= " " or c == "\\" for c in path)
    return "/" if odd or not path.startswith("/") or path.startswith("//") else path


def _access(request: Request, tx: Tx, *, role: str, made: types.NewKey | None = None) -> Response:
    keys = service.list_keys(tx)
    return web.page(
        request,
        "tenancy/access.html",
        title="Access",
        active="tenancy",
        now=tx.now(),
        made=made,
        is_admin=role == types.Role.ADMIN,
        roles=[each.value for each in types.Role],
        keys=[key for key in keys if key.kind == types.KeyKind.KEY],
        sessions=[key for key in keys if key.kind == types.KeyKind.SESSION],
        links=[key for key in keys if key.kind == types.KeyKind.SIGN_IN],
        users=service.list_users(tx),
    )
