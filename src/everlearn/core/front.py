"""What every request passes: its id, size limit, log line, metric, headers; and the short way in.

Plain ASGI: starlette's decorator for middleware runs each request in a task of its own, with a
queue between, which costs more than writing an event does.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from random import getrandbits
from typing import Any
from weakref import WeakSet

import structlog
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from everlearn.core import metrics, rest, web
from everlearn.core.access import Principal
from everlearn.core.errors import TooLarge
from everlearn.core.grouping import Groups, Write
from everlearn.core.log import log

#: Asked every few seconds by machines: no log line.
HEALTH = ("/healthz", "/readyz")
Endpoint = Callable[[Request], Awaitable[Response]]

_direct: WeakSet[Any] = WeakSet()


def direct(endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint that wants the request alone, to be called without FastAPI's way to it.

    It is declared, and described by OpenAPI, like any other; but it is found by its address at
    once, no dependency is solved and no model made of the body: half a millisecond less.
    """
    _direct.add(endpoint)
    return endpoint


def direct_routes(routers: Iterable[APIRouter]) -> dict[tuple[str, str], Endpoint]:
    """Give (method, path) -> endpoint of what `direct` marked."""
    return {
        (method, route.path): route.endpoint
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute) and route.endpoint in _direct
        for method in route.methods or ()
    }


async def grouped(request: Request, who: Principal, write: Write, item: Any, *, size: int) -> Any:
    """Write one item together with what else comes; give its outcome once it is durable."""
    groups: Groups = request.app.state.groups
    return await groups.put(write, item, tenant_id=who.tenant_id, actor=who.actor, size=size)


class ShortWay:
    """Calls direct endpoints, and hands everything else on."""

    def __init__(self, app: ASGIApp, *, endpoints: Mapping[tuple[str, str], Endpoint]) -> None:
        """Wrap `app`; the endpoints may still be added to."""
        self.app, self.endpoints = app, endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        kind = scope["type"]
        endpoint = self.endpoints.get((scope["method"], scope["path"])) if kind == "http" else None
        if endpoint is None:
            await self.app(scope, receive, send)
            return
        scope["everlearn.path"] = scope["path"]
        request = Request(scope, receive)
        try:
            response = await endpoint(request)
        except Exception as error:  # noqa: BLE001 - as_error logs what nobody expected
            response = rest.problem(request, rest.as_error(error))
        await response(scope, receive, send)


class Front:
    """Gives each request an id, a size limit, a log line, a metric and the security headers."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        """Wrap `app`."""
        self.app, self.max_body_bytes = app, max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, unless it says that it is too large."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = _header(scope, b"x-request-id")[:64]
        # No secret: the system's own chance would hand the interpreter to another thread.
        # lint: allow random because nothing repeats a request id
        request_id = given.decode("latin-1") or f"{getrandbits(128):032x}"
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        added = [(b"x-request-id", request_id.encode("latin-1"))]
        started, status = time.perf_counter(), 500  # what an error makes that nobody catches

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                there = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *added,
                    *_read_on(scope),
                    *(each for each in _SECURITY if each[0] not in there),
                ]
            await send(message)

        length = _header(scope, b"content-length")
        try:
            if length.isdigit() and int(length) > self.max_body_bytes:
                limit = self.max_body_bytes
                error = TooLarge(
                    f"the body is larger than {limit} bytes", hint="send it in several smaller ones"
                )
                await rest.problem(Request(scope), error)(scope, receive, sending)
            else:
                await self.app(scope, receive, sending)
        finally:
            _note(scope, status, time.perf_counter() - started)


_SECURITY = [
    (name.lower().encode(), value.encode()) for name, value in web.SECURITY_HEADERS.items()
]


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((bytes(value) for name, value in scope["headers"] if name == wanted), b"")


def _read_on(scope: Scope) -> list[tuple[bytes, bytes]]:
    where = scope.get("state", {}).get("read_on")
    return [(b"x-everlearn-read-on", where.encode())] if where else []


def _note(scope: Scope, status: int, seconds: float) -> None:
    path = scope.get("everlearn.path") or getattr(scope.get("route"), "path", "unmatched")
    metrics.observe_request(scope["method"], str(path), status, seconds)
    if path not in HEALTH:
        log("http").info(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round(seconds * 1000, 1),
        )
