"""The HTTP application: every module's REST routes and pages, health, metrics, live updates."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException

import everlearn
from everlearn.core import catalog, live, metrics, migrate, resource, rest, web
from everlearn.core.errors import EverlearnError, LimitExceeded, Unauthenticated, Unavailable
from everlearn.core.log import log
from everlearn.core.tx import Database

HEALTH = ("/healthz", "/readyz")


def create_app(
    database: Database,
    *,
    conninfo: str | None = None,
    max_body_bytes: int = 16 << 20,
    batch_writers: int = 4,
) -> FastAPI:
    """Assemble the application.

    Args:
        database: transactions as everlearn_app.
        conninfo: connection string for the process's one listening connection; pages are not
            updated live without it.
        max_body_bytes: larger request bodies are refused.
        batch_writers: batches that are written at once.
    """
    migrate.load_tables()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        hub = live.Hub(conninfo)
        app.state.hub = hub
        async with hub.listening():
            yield

    app = FastAPI(
        title="Everlearn",
        version=everlearn.__version__,
        summary="The learning loop in one Postgres.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.database = database
    app.state.max_body_bytes = max_body_bytes
    app.state.batch_writers = batch_writers
    for kind in (EverlearnError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _on_error)
    app.add_middleware(rest.BodyLimit, max_bytes=max_body_bytes)
    app.middleware("http")(_around)
    _add_health(app, database)
    for _, part in catalog.load_all("rest"):
        app.include_router(part.router)
    resource.include(app)
    for _, part in catalog.load_all("web"):
        app.include_router(part.router, include_in_schema=False)
    app.include_router(live.router, include_in_schema=False)
    app.mount("/static", web.static_app())
    return app


async def _around(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    """Give each request an id, a size limit, a log line, a metric and the security headers."""
    request_id = request.headers.get("x-request-id", "")[:64] or secrets.token_hex(16)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    started = time.perf_counter()
    too_large = int(request.headers.get("content-length") or 0) > request.app.state.max_body_bytes
    if too_large:
        limit = request.app.state.max_body_bytes
        response = rest.problem(request, LimitExceeded(f"the body is larger than {limit} bytes"))
    else:
        response = await call(request)
    seconds = time.perf_counter() - started
    route = request.scope.get("route")
    path = getattr(route, "path", "unmatched")
    metrics.observe_request(request.method, path, response.status_code, seconds)
    response.headers["x-request-id"] = request_id
    if read_on := getattr(request.state, "read_on", None):
        response.headers["x-everlearn-read-on"] = read_on
    for name, value in web.SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if path not in HEALTH:
        log("http").info(
            "request",
            method=request.method,
            path=request.url.path,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
        )
    return response


async def _on_error(request: Request, error: Exception) -> Response:
    made = rest.as_error(error)
    wants_page = "text/html" in request.headers.get(
        "accept", ""
    ) and not request.url.path.startswith("/v1")
    if not wants_page:
        return rest.problem(request, made)
    if isinstance(made, Unauthenticated):
        return web.sign_in_page(request, next_path=request.url.path, status=401)
    return web.error_page(request, made)


def _add_health(app: FastAPI, database: Database) -> None:
    @app.get("/healthz", summary="Whether the process is alive", tags=["health"])
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", summary="Whether the database answers at the right schema", tags=["health"])
    def readyz() -> Any:
        try:
            with database.tx(None) as tx:
                tx.scalar("SELECT count(*) FROM app.partitioned")
        except Unavailable as error:
            return JSONResponse({"status": "unavailable", "detail": error.message}, status_code=503)
        return {"status": "ok"}

    @app.get("/metrics", summary="Metrics for Prometheus", tags=["health"])
    def prometheus(_: rest.PrincipalDep) -> Response:
        return PlainTextResponse(metrics.render(), media_type=metrics.CONTENT_TYPE)
