"""Tenants, keys and sessions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from everlearn.core import rest
from everlearn.core.errors import Duplicate, Invalid, NotFound
from everlearn.modules.tenancy import service
from everlearn.modules.tenancy.types import KeyKind, KeyState, Role


class TestTenants:
    @pytest.mark.parametrize("slug", ["", "Acme", "-a", "a b", "a/b", "a" * 64, "a\n"])
    def test_a_wrong_slug_is_refused(self, database, slug):
        with pytest.raises(Invalid) as info:
            service.ensure_tenant(database, slug=slug)
        assert info.value.field == "slug"

    def test_making_one_twice_gives_the_same(self, database):
        first = service.ensure_tenant(database, slug="one", name="One")
        again = service.ensure_tenant(database, slug="one", name="Other name")
        assert first == again
        assert service.require_tenant(database, slug="one") == first.id

    def test_eight_processes_make_one(self, db):
        database = db.database()
        with ThreadPoolExecutor(4) as pool:
            made = pool.map(lambda _: service.ensure_tenant(database, slug="one").id, range(8))
        assert len(set(made)) == 1

    def test_an_unknown_one(self, database):
        assert service.find_tenant(database, slug="nobody") is None
        with pytest.raises(NotFound):
            service.require_tenant(database, slug="nobody")


class TestKeys:
    def test_authenticates_its_own_tenant(self, database, tenant, other_tenant):
        with database.tx(tenant) as tx:
            user = service.create_user(tx, email="ada@example.org", username="ada")
            key = service.create_key(tx, name="k", role=Role.READER, user_id=user)
        who = rest.authenticate(database, key.secret)
        assert who is not None
        assert who.tenant_id == tenant != other_tenant
        assert (who.role, who.user_name, who.actor.user_id) == ("reader", "ada", user)

    def test_the_secret_is_stored_as_a_hash_only(self, tx):
        key = service.create_key(tx, name="k")
        row = tx.execute("SELECT to_jsonb(k)::text FROM tenancy.api_keys k").scalar_one()
        assert key.secret not in row
        assert service.hash_secret(key.secret) in row

    @pytest.mark.parametrize("wrong", ["", "el_", "el_" + "x" * 43, "' OR true --"])
    def test_a_wrong_secret_is_nobody(self, database, tenant, wrong):
        with database.tx(tenant) as tx:
            service.create_key(tx, name="k")
        assert rest.authenticate(database, wrong) is None

    def test_works_until_it_expires(self, database, tenant, clock):
        with database.tx(tenant) as tx:
            key = service.create_key(tx, name="k", expires_at=tx.now() + timedelta(hours=1))
        assert rest.authenticate(database, key.secret)
        clock.advance(timedelta(hours=1))
        assert rest.authenticate(database, key.secret) is None
        with database.tx(tenant) as tx:
            assert service.list_keys(tx)[0].state == KeyState.EXPIRED

    def test_works_until_it_is_revoked(self, database, tenant):
        with database.tx(tenant) as tx:
            key = service.create_key(tx, name="k")
            service.revoke_key(tx, key.id)
            service.revoke_key(tx, key.id)
            assert service.list_keys(tx)[0].state == KeyState.REVOKED
        assert rest.authenticate(database, key.secret) is None

    def test_works_while_tenant_and_user_are_active(self, database, tenant):
        with database.tx(tenant) as tx:
            user = service.create_user(tx, email="ada@example.org", username="ada")
            key, own = (
                service.create_key(tx, name="k"),
                service.create_key(tx, name="k", user_id=user),
            )
            tx.execute("UPDATE tenancy.users SET is_active = false")
        assert rest.authenticate(database, own.secret) is None
        assert rest.authenticate(database, key.secret)
        with database.tx(tenant) as tx:
            tx.execute("UPDATE tenancy.tenants SET is_active = false")
        assert rest.authenticate(database, key.secret) is None

    @pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "x" * 256}, {"hours": 0}])
    def test_wrong_values_are_refused(self, tx, wrong):
        ends = tx.now() + timedelta(hours=wrong["hours"]) if "hours" in wrong else None
        with pytest.raises(Invalid), tx.savepoint():
            service.create_key(tx, name=wrong.get("name", "k"), expires_at=ends)

    def test_the_other_tenant_neither_sees_nor_revokes_it(self, database, tenant, rival):
        with database.tx(tenant) as tx:
            key = service.create_key(tx, name="k")
        with rival.tx() as other:
            assert service.list_keys(other) == []
            with pytest.raises(NotFound):
                service.revoke_key(other, key.id)
        assert rest.authenticate(database, key.secret)

    def test_a_key_for_another_tenants_user_is_refused(self, database, tenant, rival):
        with rival.tx() as other:
            user = service.create_user(other, email="eve@example.org", username="eve")
        with pytest.raises(Invalid), database.tx(tenant) as tx:
            service.create_key(tx, name="k", user_id=user)


class TestSignIn:
    def test_a_link_works_once(self, database, tenant):
        with database.tx(tenant) as tx:
            link = service.create_sign_in(tx)
        session = service.redeem_sign_in(database, link.secret)
        assert session
        who = rest.authenticate(database, session)
        assert who is not None
        assert (who.tenant_id, who.kind, who.role) == (tenant, KeyKind.SESSION, "admin")
        assert service.redeem_sign_in(database, link.secret) is None

    def test_a_link_is_no_key(self, database, tenant):
        with database.tx(tenant) as tx:
            link = service.create_sign_in(tx)
        assert rest.authenticate(database, link.secret) is None

    def test_a_link_is_over_after_half_an_hour(self, database, tenant, clock):
        with database.tx(tenant) as tx:
            link = service.create_sign_in(tx)
        clock.advance(timedelta(minutes=service.SIGN_IN_MINUTES))
        assert service.redeem_sign_in(database, link.secret) is None

    def test_eight_at_once_make_one_session(self, db):
        tenant = db.tenant()
        database = db.database()
        with database.tx(tenant) as tx:
            link = service.create_sign_in(tx)
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: service.redeem_sign_in(database, link.secret), range(8)))
        assert sum(session is not None for session in made) == 1

    def test_the_session_of_a_key_has_its_role_and_ends_with_it(self, database, tenant):
        with database.tx(tenant) as tx:
            key = service.create_key(tx, name="k", role=Role.READER)
        session = service.open_session(database, key.secret)
        assert session
        who = rest.authenticate(database, session)
        assert who is not None
        assert (who.kind, who.role) == (KeyKind.SESSION, "reader")
        with database.tx(tenant) as tx:
            service.revoke_key(tx, key.id)
        assert rest.authenticate(database, session) is None

    def test_the_session_of_a_key_is_over_when_the_key_is(self, database, tenant, clock):
        with database.tx(tenant) as tx:
            key = service.create_key(tx, name="k", expires_at=tx.now() + timedelta(hours=1))
        session = service.open_session(database, key.secret)
        clock.advance(timedelta(hours=1))
        assert rest.authenticate(database, session) is None

    def test_a_session_does_not_make_another(self, database, tenant):
        with database.tx(tenant) as tx:
            session = service.create_key(tx, name="s", kind=KeyKind.SESSION)
        assert service.open_session(database, session.secret) is None
        assert service.open_session(database, "nothing") is None


class TestUsers:
    def test_are_listed_by_name(self, tx):
        for name in ("bob", "ada"):
            service.create_user(tx, email=f"{name}@example.org", username=name)
        assert [user.username for user in service.list_users(tx)] == ["ada", "bob"]

    @pytest.mark.parametrize(
        ("email", "username", "field"),
        [("ada@example.org", "other", "email"), ("other@example.org", "ada", "username")],
    )
    def test_are_unique_within_the_tenant(self, tx, email, username, field):
        service.create_user(tx, email="ada@example.org", username="ada")
        with pytest.raises(Duplicate) as info, tx.savepoint():
            service.create_user(tx, email=email, username=username)
        assert info.value.field == field

    def test_two_tenants_may_have_the_same(self, database, tenant, rival):
        for open_tx in (lambda: database.tx(tenant), rival.tx):
            with open_tx() as tx:
                service.create_user(tx, email="ada@example.org", username="ada")
                assert len(service.list_users(tx)) == 1

    def test_an_address_without_an_at(self, tx):
        with pytest.raises(Invalid):
            service.create_user(tx, email="ada", username="ada")


def test_an_erased_tenant_leaves_nothing_and_another_stays(db):
    database, gone, stays = db.database(), db.tenant("gone"), db.tenant("stays")
    for tenant in (gone, stays):
        with database.tx(tenant) as tx:
            user = service.create_user(tx, email="ada@example.org", username="ada")
            service.create_team(tx, name="ops", owner_id=user)
    service.erase_tenant(db.server, gone)
    assert service.find_tenant(database, slug="gone") is None
    for tenant, count in ((gone, 0), (stays, 1)):
        with database.tx(tenant) as tx:
            for table in ("tenants", "users", "teams", "team_members"):
                assert tx.scalar(f"SELECT count(*) FROM tenancy.{table}") == count
