"""Single writes share commits: who goes with whom, what each is told, what happens when full."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import psycopg
import pytest

from everlearn.core.errors import Bug, Conflict, Invalid, Unavailable
from everlearn.core.grouping import Full, Groups, Limits
from everlearn.core.tx import Actor

ACTOR = Actor("key", "test")
SOON_S = 10


class Writer:
    """A write function that waits to be let go, and remembers what it was handed together."""

    def __init__(self, *, open_: bool = False) -> None:
        self.groups: list[tuple[str, list]] = []
        self.running = 0
        self.most_running = 0
        self.gate = threading.Event()
        self.lock = threading.Lock()
        if open_:
            self.gate.set()

    def __call__(self, tx, items):
        with self.lock:
            self.running += 1
            self.most_running = max(self.running, self.most_running)
            self.groups.append((str(tx.tenant_id), list(items)))
        assert self.gate.wait(SOON_S)
        with self.lock:
            self.running -= 1
        return [f"done {item}" for item in items]


async def until(condition) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came to that")


def put(groups, write, item, tenant, *, actor=ACTOR, size=1):
    return asyncio.create_task(groups.put(write, item, tenant_id=tenant, actor=actor, size=size))


def played(db, scene, limits=None):
    """Play a scene with the groups of a database of its own."""

    async def play():
        groups = Groups(db.database(), limits)
        try:
            return await scene(groups)
        finally:
            await asyncio.to_thread(groups.close)

    return asyncio.run(play())


def test_what_comes_meanwhile_goes_together(db):
    """Two go at once; the rest waits, and is the next group however many it is."""
    tenant, write = db.tenant(), Writer()

    async def scene(groups):
        first = [put(groups, write, i, tenant) for i in range(2)]
        await until(lambda: write.running == 2)
        rest = [put(groups, write, i, tenant) for i in range(2, 30)]
        await asyncio.sleep(0.05)
        assert len(write.groups) == 2
        write.gate.set()
        assert await asyncio.gather(*first, *rest) == [f"done {i}" for i in range(30)]

    played(db, scene)
    sizes = sorted(len(items) for _, items in write.groups)
    assert sizes[:2] == [1, 1]
    assert sum(sizes) == 30
    assert len(sizes) <= 4
    assert write.most_running == 2


def test_a_group_has_its_largest_size(db):
    tenant, write = db.tenant(), Writer()

    async def scene(groups):
        tasks = [put(groups, write, i, tenant) for i in range(25)]
        await until(lambda: write.running == 1)
        write.gate.set()
        await asyncio.gather(*tasks)

    played(db, scene, Limits(flights=1, items=10))
    assert max(len(items) for _, items in write.groups) == 10
    assert sum(len(items) for _, items in write.groups) == 25


def test_each_is_written_in_the_name_of_its_own_tenant(db):
    """One transaction, in which row-level security sees each sender's tenant in turn."""
    tenants = [db.tenant("acme"), db.tenant("rival")]
    seen = []

    def write(tx, items):
        slugs = list(tx.execute("SELECT slug FROM tenancy.tenants").scalars())
        user = tx.scalar("SELECT current_setting('app.user_id')")
        number = tx.scalar("SELECT pg_current_xact_id()::text")
        seen.append((slugs, items, user, number))
        return items

    async def scene(groups):
        gate = Writer()
        first = put(groups, gate, 0, tenants[0])
        await until(lambda: gate.running == 1)
        other = Groups(db.database(), Limits(flights=1))
        blocker = put(other, write, ("acme", -1), tenants[0])
        tasks = [put(other, write, (("acme", "rival")[i % 2], i), tenants[i % 2]) for i in range(8)]
        await asyncio.gather(blocker, *tasks)
        gate.gate.set()
        await first
        await asyncio.to_thread(other.close)

    played(db, scene)
    for slugs, items, _, _ in seen:
        assert {slug for slug, _ in items} == set(slugs), "only its own tenant is visible"
    together = [number for *_, number in seen]
    assert len(set(together)) < len(together), "two tenants shared a transaction"


def test_one_that_is_refused_harms_nobody_else(db):
    """A group that the database refuses is written again in parts until the bad one is alone."""
    tenant = db.tenant()

    def write(tx, items):
        tx.execute(
            "INSERT INTO tenancy.users (email, username)"
            " SELECT x || '@example.org', x FROM unnest(CAST(:names AS text[])) x",
            {"names": items},
        )
        return [f"wrote {item}" for item in items]

    async def scene(groups):
        names = [f"user-{i}" for i in range(20)]
        names[7] = "x" * 300
        names[13] = "user-2"
        tasks = [put(groups, write, name, tenant) for name in names]
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = played(db, scene, Limits(flights=1))
    assert isinstance(outcomes[7], Invalid)
    assert isinstance(outcomes[13], Conflict)
    good = [outcome for i, outcome in enumerate(outcomes) if i not in {7, 13}]
    assert good == [f"wrote user-{i}" for i in range(20) if i not in {7, 13}]
    with db.database().tx(tenant) as tx:
        assert tx.scalar("SELECT count(*) FROM tenancy.users") == 18


def test_an_error_given_as_an_outcome_is_that_items_alone(db):
    tenant = db.tenant()

    def write(tx, items):
        return [Invalid("odd", field="n") if item % 2 else item for item in items]

    async def scene(groups):
        tasks = [put(groups, write, i, tenant) for i in range(6)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = played(db, scene)
    assert outcomes[::2] == [0, 2, 4]
    assert all(isinstance(outcome, Invalid) for outcome in outcomes[1::2])


def test_nobody_is_told_before_the_commit(db):
    """What a group wrote and could not commit is nobody's success."""
    tenant = db.tenant()

    def write(tx, items):
        pid = tx.scalar("SELECT pg_backend_pid()")
        with psycopg.connect(db.server.conninfo("admin", "postgres"), autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [pid])
        return items

    async def scene(groups):
        tasks = [put(groups, write, i, tenant) for i in range(5)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = played(db, scene)
    assert all(isinstance(outcome, Unavailable) for outcome in outcomes)


def test_a_mistake_of_ours_is_told_as_one(db):
    tenant = db.tenant()

    async def scene(groups):
        tasks = [put(groups, write, i, tenant) for i in range(3) for write in (broken, short)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    def broken(tx, items):
        msg = "the password is 1234"
        raise RuntimeError(msg)

    def short(tx, items):
        return items[1:]

    outcomes = played(db, scene)
    assert all(isinstance(outcome, Bug) for outcome in outcomes)
    assert not any("1234" in str(outcome) for outcome in outcomes)


@pytest.mark.parametrize("limits", [Limits(waiting=5), Limits(waiting_bytes=50)])
def test_more_than_is_held_is_told_to_come_again(db, limits):
    tenant, write = db.tenant(), Writer()

    async def scene(groups):
        tasks = [put(groups, write, i, tenant, size=10) for i in range(2)]
        await until(lambda: write.running == 2)
        tasks += [put(groups, write, i, tenant, size=10) for i in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(Full) as caught:
            await groups.put(write, "more", tenant_id=tenant, actor=ACTOR, size=10)
        assert caught.value.http_status == 429
        assert caught.value.facts["retry_after_s"] == 1
        write.gate.set()
        await asyncio.gather(*tasks)
        assert await groups.put(write, "now", tenant_id=tenant, actor=ACTOR, size=10) == "done now"

    played(db, scene, limits)


def test_closing_writes_what_was_taken_and_takes_nothing_more(db):
    tenant, write = db.tenant(), Writer()

    async def scene(groups):
        tasks = [put(groups, write, i, tenant) for i in range(20)]
        await until(lambda: write.running == 2)
        closing = asyncio.create_task(asyncio.to_thread(groups.close))
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable):
            await groups.put(write, "late", tenant_id=tenant, actor=ACTOR, size=1)
        write.gate.set()
        await closing
        assert sum(len(items) for _, items in write.groups) == 20
        assert len(await asyncio.gather(*tasks)) == 20

    played(db, scene)


def test_a_sender_that_gave_up_stops_nobody(db):
    tenant, write = db.tenant(), Writer()

    async def scene(groups):
        tasks = [put(groups, write, i, tenant) for i in range(10)]
        await until(lambda: write.running == 2)
        tasks[5].cancel()
        with suppress(asyncio.CancelledError):
            await tasks[5]
        write.gate.set()
        outcomes = await asyncio.gather(*tasks[:5], *tasks[6:])
        assert outcomes == [f"done {i}" for i in range(10) if i != 5]

    played(db, scene)
