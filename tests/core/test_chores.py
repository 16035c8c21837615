"""Chores: declared beside jobs, queued at their times, run by the worker."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from everlearn.core import chores
from everlearn.core.chores import House
from everlearn.core.clock import ManualClock
from everlearn.core.worker import queue_app, work
from everlearn.modules.operations.service import queue


@pytest.fixture
def done(monkeypatch):
    """Give what a chore of this test alone wrote down."""
    found = []
    monkeypatch.setattr(chores, "_chores", dict(chores.declared()))

    @chores.chore("tests.tidy", cron="0 2 * * *")
    def tidy(house):
        with house.service() as database, database.tx(None) as tx:
            found.append((tx.scalar("SELECT current_user"), tx.now()))
        return {"n": len(found)}

    return found


def defer(db, name):
    app = queue_app(db.server, db.database(), settings=db.settings)

    async def put():
        async with app.open_async():
            await app.configure_task(name).defer_async(timestamp=0)

    asyncio.run(put())


def test_the_worker_runs_it_as_the_service(db, done):
    defer(db, "everlearn.chore.tests.tidy")
    work(db.server, db.database(), queues=["default"], forever=False)
    assert [role for role, _ in done] == ["everlearn_service"]


def test_only_a_worker_that_stays_queues_them(db, done):
    for periodic in (False, True):
        app = queue_app(db.server, db.database(), settings=db.settings, periodic=periodic)
        queued = {name for name, _ in app.periodic_registry.periodic_tasks}
        assert ("everlearn.chore.tests.tidy" in queued) is periodic


def test_the_houses_chores_and_their_times(db):
    crons = {name: each.cron for name, each in chores.declared().items()}
    assert crons["cleanup-learning-events"] == "0 2 * * 0"
    assert {"operations.retention", "operations.partitions"} <= set(crons)


@pytest.mark.parametrize("name", sorted(chores.declared()))
def test_each_runs_on_an_empty_house(db, name):
    house = House(db.server, db.settings, db.clock)
    first = chores.run(chores.declared()[name], house)
    again = chores.run(chores.declared()[name], house)
    if name == "operations.partitions":
        assert first["ahead"]
        assert again["ahead"] == []


class TestQueue:
    def test_ended_entries_leave_after_a_while(self, db):
        app = queue_app(db.server, db.database(), settings=db.settings)

        async def put():
            async with app.open_async():
                for _ in range(2):
                    await app.configure_task("everlearn.run").defer_async(tenant_id="x", run_id="x")

        asyncio.run(put())
        with psycopg.connect(db.server.conninfo("queue")) as connection:
            connection.execute("SET LOCAL search_path = jobs")
            connection.execute(
                "UPDATE jobs.procrastinate_jobs SET status = 'failed' WHERE id ="
                " (SELECT min(id) FROM jobs.procrastinate_jobs)"
            )
            (now,) = connection.execute("SELECT now()").fetchone()
        assert queue.remove_ended(db.server, at=now) == 0
        assert queue.remove_ended(db.server, at=now + 2 * queue.KEEP) == 1
        with psycopg.connect(db.server.conninfo("queue")) as connection:
            left = connection.execute("SELECT status FROM jobs.procrastinate_jobs").fetchall()
        assert left == [("todo",)]


def test_a_chore_gets_its_clock(db, done):
    house = House(db.server, db.settings, ManualClock(db.clock.now()))
    chores.run(chores.declared()["tests.tidy"], house)
    assert done == [("everlearn_service", db.clock.now())]
