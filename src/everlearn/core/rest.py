"""What every REST surface shares: who asks, one transaction a request, problems, pages of rows."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, cast
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from everlearn.core.access import Principal, Remembered, authenticate
from everlearn.core.errors import (
    Bug,
    EverlearnError,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    Unauthenticated,
)
from everlearn.core.log import log
from everlearn.core.tx import Database, Tx

__all__ = [
    "ROLES",
    "SESSION_COOKIE",
    "BodyLimit",
    "PageOf",
    "Paging",
    "PagingDep",
    "Principal",
    "PrincipalDep",
    "ReadTxDep",
    "TxDep",
    "as_error",
    "authenticate",
    "database_of",
    "decode_cursor",
    "encode_cursor",
    "id_cursor",
    "only_reads",
    "principal",
    "problem",
    "require_role",
]

E = TypeVar("E", bound=Callable[..., Any])
Row = TypeVar("Row")
SESSION_COOKIE = "everlearn_session"
ROLES = ("reader", "writer", "admin")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def _secret_of(request: Request) -> tuple[str | None, bool]:
    header = request.headers.get("authorization", "")
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip(), False
    return request.cookies.get(SESSION_COOKIE), True


def database_of(request: Request) -> Database:
    """Give the process's database, set by the application at start."""
    return cast("Database", request.app.state.database)


async def principal(request: Request) -> Principal:
    """Find out who asks; refuse who does not say, and writes with a role that may only read."""
    secret, from_cookie = _secret_of(request)
    remembered = cast("Remembered", request.app.state.remembered)
    found = remembered.get(secret) if secret else None
    if found is None and secret:
        found = await run_in_threadpool(remembered.find, database_of(request), secret)
    if found is None:
        raise Unauthenticated
    unsafe = request.method not in SAFE_METHODS
    if unsafe and from_cookie and not _same_origin(request):
        msg = "a browser session may only be used from Everlearn's own pages"
        raise Forbidden(msg)
    if unsafe and found.role == "reader" and not _reads(request):
        msg = "this key may only read"
        raise Forbidden(msg, hint="use a key with the role writer")
    request.state.principal = found
    return found


def only_reads(endpoint: E) -> E:
    """Mark a route whose method may write but which only reads: the role reader may ask it."""
    endpoint.only_reads = True  # type: ignore[attr-defined]  # a mark that `_reads` looks for
    return endpoint


def _reads(request: Request) -> bool:
    return getattr(request.scope.get("endpoint"), "only_reads", False) is True


def _same_origin(request: Request) -> bool:
    origin = request.headers.get("origin") or request.headers.get("referer") or ""
    host = request.headers.get("host", "")
    return origin.partition("://")[2].split("/")[0] == host and host != ""


PrincipalDep = Annotated[Principal, Depends(principal)]


def require_role(role: str) -> Any:
    """Give a dependency that refuses principals below `role`."""

    def check(who: PrincipalDep) -> None:
        if ROLES.index(who.role) < ROLES.index(role):
            msg = f"this needs the role {role}"
            raise Forbidden(msg)

    return Depends(check)


def _tx(request: Request, who: PrincipalDep) -> Iterator[Tx]:
    with database_of(request).tx(who.tenant_id, actor=who.actor) as tx:
        yield tx


# scope="function": the commit comes before the answer is sent, so an answer means durable.
TxDep = Annotated[Tx, Depends(_tx, scope="function")]


def _read_tx(request: Request, who: PrincipalDep) -> Iterator[Tx]:
    fresh = "no-cache" in request.headers.get("cache-control", "")
    database = database_of(request)
    with database.read_tx(who.tenant_id, actor=who.actor, fresh=fresh) as tx:
        yield tx
        request.state.read_on = tx.server


# Of reports and lists: on the replica where there is one close behind, so that what was committed a
# moment ago may be missing. A request with `Cache-Control: no-cache` is read on the primary.
ReadTxDep = Annotated[Tx, Depends(_read_tx, scope="function")]


class BodyLimit:
    """Counts the bytes of bodies that do not say their length, and stops reading at the limit."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        """Wrap `app`."""
        self.app, self.max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, with a `receive` that counts."""
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.max_bytes:
                raise HTTPException(413)  # as_error makes TooLarge of it
            return message

        await self.app(scope, counted if scope["type"] == "http" else receive, send)


class PageOf(BaseModel):
    """One page of rows and the cursor of the next."""

    items: list[dict[str, Any]]
    next_cursor: str | None = None


def encode_cursor(last: object) -> str:
    """Make an opaque cursor from the last row's key."""
    return base64.urlsafe_b64encode(str(last).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str | None:
    """Give the key inside a cursor; raise Invalid when it is none of ours."""
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except ValueError as error:  # also of bytes that are no text
        raise _no_cursor() from error


def id_cursor(cursor: str | None) -> UUID | None:
    """Give the id inside a cursor of rows in order of their ids; raise Invalid for another."""
    key = decode_cursor(cursor)
    try:
        return UUID(key) if key else None
    except ValueError as error:
        raise _no_cursor() from error


def _no_cursor() -> Invalid:
    return Invalid("this is not a cursor that Everlearn gave out", field="cursor")


@dataclass(frozen=True, slots=True)
class Paging:
    """What page of a list is asked for; the header `Link` of the answer names the next one.

    Attributes:
        limit: rows of the page.
        after: key of the last row of the page before; None for the first page.
    """

    limit: int
    after: str | None
    _request: Request
    _response: Response

    @property
    def number(self) -> int | None:
        """Give the key as a whole number; raise Invalid when it is none."""
        if self.after is None:
            return None
        try:
            return int(self.after)
        except ValueError as error:
            raise _no_cursor() from error

    @property
    def id(self) -> UUID | None:
        """Give the key as an id; raise Invalid when it is none."""
        try:
            return UUID(self.after) if self.after else None
        except ValueError as error:
            raise _no_cursor() from error

    def page(self, found: list[Row], key: Callable[[Row], object]) -> list[Row]:
        """Give the rows of the page, and name the next page if there is one.

        Args:
            found: rows after `after`, one more than `limit` if there are so many.
            key: row -> what the rows are in order of.
        """
        shown = found[: self.limit]
        if len(found) > self.limit:
            url = self._request.url.include_query_params(
                limit=self.limit, cursor=encode_cursor(key(shown[-1]))
            )
            self._response.headers["link"] = f'<{url.path}?{url.query}>; rel="next"'
        return shown


def _paging(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=500, description="Rows of a page.")] = 500,
    cursor: Annotated[
        str | None, Query(description="Of the page before, as its header Link names it.")
    ] = None,
) -> Paging:
    return Paging(limit, decode_cursor(cursor), request, response)


# Of lists that are plain arrays: few rows as a rule, but never more than a page at once.
PagingDep = Annotated[Paging, Depends(_paging)]


def problem(request: Request, error: EverlearnError) -> Response:
    """Render an error as application/problem+json (RFC 9457)."""
    body = error.to_problem() | {"instance": request.url.path}
    headers = {"content-type": "application/problem+json"}
    if error.http_status == 401:
        headers["www-authenticate"] = 'Bearer realm="everlearn"'
    if error.retryable:
        headers["retry-after"] = str(error.facts.get("retry_after_s", 1))
    return JSONResponse(body, status_code=error.http_status, headers=headers)


def as_error(error: Exception) -> EverlearnError:
    """Give the error of Everlearn behind any exception that reaches the surface."""
    if isinstance(error, EverlearnError):
        if isinstance(error, Bug):  # the answer tells nothing of its cause
            log("http").error("an invariant broke", error=str(error), exc_info=error)
        return error
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        where = ".".join(
            str(part) for part in first["loc"] if part not in {"body", "query", "path"}
        )
        if first["type"] == "json_invalid":
            detail = first.get("ctx", {}).get("error", first["msg"])
            msg = f"the body is not JSON: {detail}"
            return Invalid(msg, field="body", hint="send one JSON object")
        problems = [
            {"field": ".".join(map(str, e["loc"][1:])), "message": e["msg"]}
            for e in error.errors()[:20]
        ]
        return Invalid(first["msg"], field=where or "body", errors=problems)
    if isinstance(error, HTTPException):
        if error.status_code == 404:
            return NotFound("there is nothing at this address")
        if error.status_code == 413:  # found while reading a body that did not say its length
            return TooLarge()
        made = EverlearnError(str(error.detail))
        made.http_status = error.status_code  # type: ignore[misc]  # this one instance only
        return made
    log("http").exception("unexpected error", error=str(error), exc_info=error)
    return Bug()
