"""Who was let in a moment ago is let in again, and out at once when that was taken back."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from everlearn.core import access, live
from everlearn.core.access import Remembered
from everlearn.modules.tenancy import service


class Counted(Remembered):
    """Counts how often the database was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def who(self, database, secret):
        found = self.get(secret)
        if found is None:
            self.asked += 1
            found = self.find(database, secret)
        return found


@pytest.fixture
def key(database, tenant):
    def make(**more):
        with database.tx(tenant) as tx:
            return service.create_key(tx, name="k", **more)

    return make


@pytest.fixture
def remembered():
    made = Counted()
    made.listening(active=True)
    return made


def test_the_database_is_asked_once(remembered, database, key):
    secret = key().secret
    for _ in range(5):
        assert remembered.who(database, secret).tenant_slug == "acme"
    assert remembered.asked == 1


def test_not_while_nobody_listens(database, key):
    secret, remembered = key().secret, Counted()
    for _ in range(3):
        assert remembered.who(database, secret)
    assert remembered.asked == 3
    remembered.listening(active=True)
    for _ in range(3):
        assert remembered.who(database, secret)
    assert remembered.asked == 4
    remembered.listening(active=False)
    assert remembered.who(database, secret)
    assert remembered.asked == 5


def test_a_wrong_secret_is_not_remembered(remembered, database):
    for _ in range(2):
        assert remembered.who(database, "el_wrong") is None
    assert remembered.asked == 2


def test_a_key_revoked_in_this_process_is_out_at_once(remembered, database, key, tenant):
    made = key()
    assert remembered.who(database, made.secret)
    with database.tx(tenant) as tx:
        service.revoke_key(tx, made.id)
    assert remembered.who(database, made.secret) is None


def test_a_key_revoked_while_it_was_looked_up_is_not_remembered(
    remembered, database, key, tenant, monkeypatch
):
    made, asked = key(), access.authenticate

    def slow(*given, **more):
        found = asked(*given, **more)
        monkeypatch.setattr(access, "authenticate", asked)
        with database.tx(tenant) as tx:
            service.revoke_key(tx, made.id)
        return found

    monkeypatch.setattr(access, "authenticate", slow)
    assert remembered.who(database, made.secret), "it was valid when it was asked about"
    assert remembered.who(database, made.secret) is None


def test_a_key_about_to_expire_is_not_remembered(remembered, database, key, clock):
    made = key(expires_at=clock.now() + timedelta(seconds=access.REMEMBERED_S / 2))
    assert remembered.who(database, made.secret)
    clock.advance(timedelta(seconds=access.REMEMBERED_S))
    assert remembered.who(database, made.secret) is None


def test_nobody_is_remembered_for_long(remembered, database, key, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(access.time, "monotonic", lambda: now[0])
    secret = key().secret
    remembered.who(database, secret)
    now[0] += access.REMEMBERED_S * 0.6
    assert remembered.get(secret) is None, "one asks again in the second half"
    assert remembered.get(secret), "while others go on"
    now[0] += access.REMEMBERED_S * 0.5
    assert remembered.get(secret) is None
    assert remembered.get(secret) is None


def test_no_more_than_so_many_are_remembered(remembered, database, key, monkeypatch):
    monkeypatch.setattr(access, "_MOST", 2)
    secrets = [key().secret for _ in range(3)]
    for secret in secrets:
        remembered.who(database, secret)
    assert [remembered.get(secret) is not None for secret in secrets] == [False, True, True]


def test_a_key_revoked_by_another_process_is_out_soon(db, monkeypatch):
    """The hub hears of it; before that, and while it does not listen, nothing is remembered."""
    monkeypatch.setattr(access, "REMEMBERED_S", 60.0)
    tenant, mine, others = db.tenant(), db.database(), db.database()
    with others.tx(tenant) as tx:
        made = service.create_key(tx, name="k")
    remembered = Counted()

    async def until(condition) -> None:
        for _ in range(500):
            if condition():
                return
            await asyncio.sleep(0.01)
        pytest.fail("it never came to that")

    async def scene() -> None:
        hub = live.Hub(db.server.conninfo("app"), remembered=remembered)
        async with hub.listening():
            await until(lambda: remembered.find(mine, made.secret) and remembered.get(made.secret))
            # As another process does it: nothing in this one is told but through the database.
            with others.tx(tenant) as tx:
                tx.execute("UPDATE tenancy.api_keys SET revoked_at = now()")
                tx.notify(access.TOPIC)
            await until(lambda: remembered.get(made.secret) is None)
            assert remembered.find(mine, made.secret) is None
        assert remembered.get(made.secret) is None

    asyncio.run(scene())
