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

from everlearn.core.log import log

if TYPE_CHECKING:
    from everlearn.core.rest import Principal

from everlearn.core.rest import PrincipalDep

KEEP_ALIVE_S = 15.0
RECONNECT_S = 2.0

router = APIRouter()


class Hub:
    """Hands what PostgreSQL notifies to the open pages of the tenant it concerns."""

    def __init__(self, conninfo: str | None) -> None:
        """Listen on `conninfo` once `listening` is entered; never when it is None."""
        self._conninfo = conninfo
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

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
            for (
                waiting
            ) in self._waiting.values():  # while nobody listened, anything may have changed
                for event in waiting:
                    event.set()
            async for notice in connection.notifies():
                tenant, _, _ = notice.payload.partition(" ")
                for event in self._waiting.get(tenant, ()):
                    event.set()

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


@router.get("/v1/live")
async def live(request: Request, who: PrincipalDep) -> StreamingResponse:
    """Stream `change` events of the tenant to an open page."""
    stream = request.app.state.hub.changes(who)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
