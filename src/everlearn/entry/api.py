"""The HTTP application: every module's REST routes and pages, health, metrics, live updates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

import everlearn
from everlearn.core import (
    catalog,
    front,
    live,
    metrics,
    migrate,
    resource,
    rest,
    watching,
    web,
)
from everlearn.core.access import Remembered
from everlearn.core.errors import EverlearnError, Unauthenticated, Unavailable
from everlearn.core.grouping import Groups
from everlearn.core.log import log
from everlearn.core.settings import Settings
from everlearn.core.settings import settings as process_settings
from everlearn.core.tx import Database

#: How often a process writes what it measured.
FLUSH_S = 60.0


class Application(FastAPI):
    """FastAPI with what every request passes put before all that FastAPI does itself.

    Attributes:
        outside: where requests come in, by whose hands they reach `inside`.
    """

    outside: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        scope["app"] = self
        await self.outside(scope, receive, send)

    async def inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as FastAPI does."""
        await super().__call__(scope, receive, send)


def create_app(
    database: Database,
    *,
    conninfo: str | None = None,
    house: str | None = None,
    max_body_bytes: int = 16 << 20,
    batch_writers: int = 4,
    settings: Settings | None = None,
) -> Application:
    """Assemble the application.

    Args:
        database: transactions as everlearn_app.
        conninfo: connection string for the process's one listening connection; pages are not
            updated live without it.
        house: slug of the tenant that runs the installation: what this process measures is written
            to its rows every minute, and `/metrics` shows them; neither without it.
        max_body_bytes: larger request bodies are refused.
        batch_writers: batches that are written at once.
        settings: what routes may ask for; the process's own when left out.
    """
    migrate.load_tables()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with app.state.hub.listening(), _flushing(database, house):
            yield
        await run_in_threadpool(app.state.groups.close)

    app = Application(
        title="Everlearn",
        version=everlearn.__version__,
        summary="The learning loop in one Postgres.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.database = database
    app.state.batch_writers = batch_writers
    app.state.remembered = Remembered()
    app.state.groups = Groups(database)
    app.state.hub = live.Hub(conninfo, database=database, remembered=app.state.remembered)
    app.state.settings = settings or process_settings()
    for kind in (EverlearnError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _on_error)
    routers = [part.router for _, part in catalog.load_all("rest")]
    short = front.ShortWay(app.inside, endpoints=front.direct_routes(routers))
    limited = rest.BodyLimit(short, max_bytes=max_body_bytes)
    app.outside = front.Front(limited, max_body_bytes=max_body_bytes)
    _add_health(app, database, house)
    for router in routers:
        app.include_router(router)
    resource.include(app)
    for _, part in catalog.load_all("web"):
        app.include_router(part.router, include_in_schema=False)
    app.include_router(live.router, include_in_schema=False)
    app.mount("/static", web.static_app())
    return app


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


@asynccontextmanager
async def _flushing(database: Database, house: str | None) -> AsyncIterator[None]:
    """Write what this process measures, every minute and once more at the end."""
    if house is None:
        yield
        return

    def flush() -> None:
        try:
            watching.flush(database, house)
        except EverlearnError as error:  # kept for the next minute
            log("watching").warning("measurements are not written this time", error=str(error))

    async def forever() -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            await run_in_threadpool(flush)

    task = asyncio.create_task(forever())
    try:
        yield
    finally:
        task.cancel()
        await run_in_threadpool(flush)


def _add_health(app: FastAPI, database: Database, house: str | None) -> None:
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
        text = metrics.render()
        if house is not None:
            text += watching.render(database, house)
        return PlainTextResponse(text, media_type=metrics.CONTENT_TYPE)
