"""Open pages hear of changes of their own tenant, and of nothing else."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from uuid import UUID

import psycopg
import pytest

from everlearn.core import live
from everlearn.core.rest import Principal

QUIET_S = 0.3
SOON_S = 10


def someone(tenant: UUID) -> Principal:
    return Principal(tenant, "t", "T", tenant, "session", "reader", None, None)


class Page:
    """A page that listens: what came, in order."""

    def __init__(self, hub: live.Hub, tenant: UUID) -> None:
        self.stream = hub.changes(someone(tenant))

    async def next(self, seconds: float = SOON_S) -> str:
        return await asyncio.wait_for(anext(self.stream), seconds)


@asynccontextmanager
async def listening(db):
    hub = live.Hub(db.server.conninfo("app"))
    async with hub.listening():
        yield hub


def listeners(db) -> list[int]:
    with psycopg.connect(db.server.conninfo("admin", "postgres"), autocommit=True) as admin:
        found = admin.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND query LIKE 'LISTEN%%'"
            " AND state = 'idle'",
            [db.name],
        )
        return [row[0] for row in found]


async def wait_for_listener(db, besides: int | None = None) -> int:
    for _ in range(1000):
        found = [pid for pid in listeners(db) if pid != besides]
        if found:
            await asyncio.sleep(0.05)  # the hub wakes every page once it listens: let it
            return found[0]
        await asyncio.sleep(0.01)
    pytest.fail("nobody listens")


def change(db, tenant: UUID) -> None:
    with db.database().tx(tenant) as tx:
        tx.notify("registry")


def test_a_change_reaches_the_tenants_pages_alone(db):
    async def scene() -> None:
        acme, rival = db.tenant("acme"), db.tenant("rival")
        async with listening(db) as hub:
            await wait_for_listener(db)
            mine, mine_too, other = Page(hub, acme), Page(hub, acme), Page(hub, rival)
            for page in (mine, mine_too, other):
                assert (await page.next()).startswith("retry:")
            waiting = [asyncio.create_task(page.next()) for page in (mine, mine_too, other)]
            await asyncio.sleep(0)
            change(db, acme)
            assert [await task for task in waiting[:2]] == ["event: change\ndata: {}\n\n"] * 2
            await asyncio.sleep(QUIET_S)
            assert not waiting[2].done()
            waiting[2].cancel()

    asyncio.run(scene())


def test_what_is_rolled_back_is_never_told(db):
    async def scene() -> None:
        acme = db.tenant("acme")
        async with listening(db) as hub:
            await wait_for_listener(db)
            page = Page(hub, acme)
            await page.next()
            waiting = asyncio.create_task(page.next())
            await asyncio.sleep(0)
            with pytest.raises(ZeroDivisionError), db.database().tx(acme) as tx:
                tx.notify("registry")
                _ = 1 / 0
            await asyncio.sleep(QUIET_S)
            assert not waiting.done()
            waiting.cancel()

    asyncio.run(scene())


def test_many_changes_are_told_once(db):
    async def scene() -> None:
        acme = db.tenant("acme")
        async with listening(db) as hub:
            await wait_for_listener(db)
            page = Page(hub, acme)
            await page.next()
            for _ in range(20):
                change(db, acme)
            # However long the commits took: the hub has heard of all of them before the page asks.
            await asyncio.sleep(QUIET_S)
            assert "change" in await page.next()
            late = asyncio.create_task(page.next())
            await asyncio.sleep(1 + QUIET_S)
            assert not late.done()
            late.cancel()

    asyncio.run(scene())


def test_a_quiet_stream_stays_open(db, monkeypatch):
    monkeypatch.setattr(live, "KEEP_ALIVE_S", 0.05)

    async def scene() -> None:
        async with listening(db) as hub:
            await wait_for_listener(db)
            page = Page(hub, db.tenant())
            await page.next()
            assert (await page.next()).startswith(":")

    asyncio.run(scene())


def test_a_lost_connection_is_made_again_and_pages_catch_up(db, monkeypatch):
    """What changed while nobody listened is not known, so every page is told to look."""
    monkeypatch.setattr(live, "RECONNECT_S", 0.05)

    async def scene() -> None:
        acme = db.tenant()
        async with listening(db) as hub:
            pid = await wait_for_listener(db)
            page = Page(hub, acme)
            await page.next()
            waiting = asyncio.create_task(page.next())
            await asyncio.sleep(0)
            with psycopg.connect(db.server.conninfo("admin", "postgres"), autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s)", [pid])
            assert "change" in await waiting
            await wait_for_listener(db, besides=pid)
            waiting = asyncio.create_task(page.next())
            await asyncio.sleep(0)
            change(db, acme)
            assert "change" in await waiting

    asyncio.run(scene())


def test_without_a_connection_string_nothing_listens(db):
    async def scene() -> None:
        async with live.Hub(None).listening():
            assert listeners(db) == []

    asyncio.run(scene())


def test_a_closed_page_is_forgotten(db):
    async def scene() -> None:
        hub, tenant = live.Hub(None), db.tenant()
        page = Page(hub, tenant)
        await page.next()
        assert len(hub._waiting[str(tenant)]) == 1
        await page.stream.aclose()
        assert not hub._waiting.get(str(tenant))

    asyncio.run(scene())


def test_the_stream_needs_somebody_signed_in(client):
    assert client.get("/v1/live", headers={"authorization": "Bearer x"}).status_code == 401
