"""Live pages: one connection a process listens, every open page of that tenant is told."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from everlearn.core import access
from everlearn.core.errors import EverlearnError
from everlearn.core.log import log
from everlearn.core.rest import PrincipalDep

if TYPE_CHECKING:
    from uuid import UUID

    from everlearn.core.access import Principal, Remembered
    from everlearn.core.tx import Database

KEEP_ALIVE_S = 15.0
RECONNECT_S = 2.0
#: How long changes are gathered before they are told: a notification in every short transaction
#: would make them commit one after the other, and wake every process for each.
GATHER_S = 0.25

router = APIRouter()


class Hub:
    """Hands what PostgreSQL notifies to the open pages of the tenant it concerns."""

    def __init__(
        self,
        conninfo: str | None,
        *,
        database: Database | None = None,
        remembered: Remembered | None = None,
    ) -> None:
        """Prepare to listen.

        Args:
            conninfo: listened on once `listening` is entered; never when it is None.
            database: where `tell` tells other processes.
            remembered: forgets when somebody's access changed; remembers while the hub listens.
        """
        self._conninfo = conninfo
        self._database = database
        self._remembered = remembered
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._changed: set[str] = set()
        self._telling: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen for as long as the block lasts."""
        task = asyncio.create_task(self._listen()) if self._conninfo else None
        try:
            yield
        finally:
            if task:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            if self._telling:  # not cut off: other processes have pages too
                await self._telling

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except psycopg.OperationalError as error:
                log("live").warning("listening again soon", error=str(error))
                await asyncio.sleep(RECONNECT_S)

    async def _listen_once(self) -> None:
        connection: Any = await psycopg.AsyncConnection.connect(
            self._conninfo or "", autocommit=True
        )
        async with connection:
            await connection.execute("LISTEN everlearn")
            # While nobody listened, anything may have changed.
            for waiting in self._waiting.values():
                for event in waiting:
                    event.set()
            self._remember(yes=True)
            try:
                async for notice in connection.notifies():
                    tenant, _, topic = notice.payload.partition(" ")
                    if topic == access.TOPIC:
                        self._remember(yes=True)
                    for event in self._waiting.get(tenant, ()):
                        event.set()
            finally:
                self._remember(yes=False)

    def _remember(self, *, yes: bool) -> None:
        if self._remembered is not None:
            self._remembered.listening(active=yes)

    def tell(self, tenant_id: UUID, topic: str) -> None:
        """Tell open pages everywhere that this tenant's `topic` changed, a moment later.

        For what is changed many times a second; a service's own `Tx.notify` is told at once.
        """
        if self._conninfo is None or self._database is None:
            return
        self._changed.add(f"{tenant_id} {topic}")
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell(self._database))

    async def _tell(self, database: Database) -> None:
        while self._changed:
            await asyncio.sleep(GATHER_S)
            changed, self._changed = sorted(self._changed), set()
            try:
                await run_in_threadpool(_notify, database, changed)
            except EverlearnError as error:  # pages are told of it when they listen again
                log("live").warning("changes were not told", error=str(error))

    async def changes(self, who: Principal) -> AsyncIterator[str]:
        """Give server-sent events: `change` after something of the tenant changed."""
        event = asyncio.Event()
        mine = self._waiting[str(who.tenant_id)]
        mine.add(event)
        try:
            yield "retry: 2000\n\n"
            while True:
                try:
                    await asyncio.wait_for(event.wait(), KEEP_ALIVE_S)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                event.clear()
                yield "event: change\ndata: {}\n\n"
                await asyncio.sleep(1.0)  # a busy replay must not make a page reload all the time
        finally:
            mine.discard(event)


def _notify(database: Database, payloads: list[str]) -> None:
    with database.tx(None) as tx:
        tx.execute(
            "SELECT pg_notify('everlearn', p) FROM unnest(CAST(:payloads AS text[])) p",
            {"payloads": payloads},
        )


@router.get("/v1/live")
async def live(request: Request, who: PrincipalDep) -> StreamingResponse:
    """Stream `change` events of the tenant to an open page."""
    stream = request.app.state.hub.changes(who)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
