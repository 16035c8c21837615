"""One transaction: what lands, what does not, what happens after, whose rows it sees."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import create_engine

from everlearn.core.errors import Bug, Forbidden, Unavailable
from everlearn.core.ids import uuid7
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor, Database
from everlearn.modules.tenancy.tables import ApiKey, User

ACTOR = Actor("key", "test")

COUNT = "SELECT count(*) FROM tenancy.users"


class Planned(Exception):
    """What a test breaks a transaction off with."""


class TestCommit:
    def test_others_see_it_at_the_end_and_not_before(self, db):
        database, tenant = db.database(), db.tenant()
        other = db.database()
        with database.tx(tenant) as tx:
            make(tx, User)
            with other.tx(tenant) as looking:
                assert looking.scalar(COUNT) == 0
        with other.tx(tenant) as looking:
            assert looking.scalar(COUNT) == 1

    def test_an_error_takes_everything_back(self, db):
        database, tenant = db.database(), db.tenant()
        with pytest.raises(Planned), database.tx(tenant) as tx:
            make(tx, User)
            raise Planned
        with database.tx(tenant) as tx:
            assert tx.scalar(COUNT) == 0

    def test_a_savepoint_takes_back_its_own_part(self, db):
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            make(tx, User)
            with pytest.raises(Planned), tx.savepoint():
                make(tx, User)
                raise Planned
        with database.tx(tenant) as tx:
            assert tx.scalar(COUNT) == 1

    def test_the_orm_and_the_driver_share_it(self, db):
        with db.database().tx(db.tenant()) as tx:
            made = make(tx, User)
            row = tx.driver.execute("SELECT id FROM tenancy.users").fetchone()
            assert row == (made.id,)


class TestAfterCommit:
    def test_runs_when_it_is_durable(self, db):
        database, tenant = db.database(), db.tenant()
        seen = []

        def look() -> None:
            with database.tx(tenant) as tx:
                seen.append(tx.scalar(COUNT))

        with database.tx(tenant) as tx:
            make(tx, User)
            tx.after_commit(look)
            assert seen == []
        assert seen == [1]

    def test_never_runs_after_an_error(self, db):
        called = []
        with pytest.raises(Planned), db.database().tx(db.tenant()) as tx:
            tx.after_commit(lambda: called.append(1))
            raise Planned
        assert called == []

    def test_never_runs_when_the_commit_itself_fails(self, db, owner):
        """A deferred constraint speaks at the very end."""
        owner.run(
            "ALTER TABLE tenancy.api_keys ALTER CONSTRAINT fk_api_keys_user_id"
            " DEFERRABLE INITIALLY DEFERRED"
        )
        called = []
        with pytest.raises(Exception, match="does not exist"), db.database().tx(db.tenant()) as tx:
            make(tx, ApiKey, user_id=uuid7(tx.now()))
            tx.after_commit(lambda: called.append(1))
        assert called == []


class TestTenant:
    def test_without_one_there_is_nothing(self, database, tenant):
        with database.tx(tenant) as tx:
            make(tx, User)
        with database.tx(None) as tx:
            assert tx.scalar(COUNT) == 0
            with pytest.raises(Bug, match="no tenant"):
                _ = tx.tenant_id

    def test_a_pooled_connection_forgets_it(self, db):
        """The setting is of the transaction: the next user of the connection starts with none."""
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(db.server.conninfo("app")),
            pool_size=1,
            max_overflow=0,
        )
        database, tenant = Database(engine, clock=db.clock), db.tenant()
        with database.tx(tenant) as tx:
            make(tx, User)
        with engine.connect() as raw:
            assert raw.exec_driver_sql(COUNT).scalar() == 0
        database.dispose()

    def test_an_inner_transaction_gives_the_outer_one_its_tenant_back(
        self, database, tenant, other_tenant
    ):
        with database.tx(tenant) as outer:
            make(outer, User)
            with database.tx(other_tenant) as inner:
                assert inner.scalar(COUNT) == 0
            assert outer.scalar(COUNT) == 1

    def test_also_when_the_inner_one_fails(self, database, tenant, other_tenant):
        with database.tx(tenant) as outer:
            make(outer, User)
            with pytest.raises(Planned), database.tx(other_tenant):
                raise Planned
            assert outer.scalar(COUNT) == 1

    def test_the_user_is_known_to_the_database(self, database, tenant):
        with database.tx(tenant) as tx:
            user = make(tx, User)
        with database.tx(tenant, actor=Actor("user", "u", user_id=user.id)) as tx:
            assert tx.scalar("SELECT app.user_id()") == user.id
        with database.tx(tenant) as tx:
            assert tx.scalar("SELECT app.user_id()") is None

    def test_a_tenant_that_is_no_uuid_never_reaches_sql(self, database):
        with pytest.raises(ValueError, match="badly formed"), database.tx("'; DROP TABLE x"):
            pass

    def test_the_app_cannot_become_somebody_else(self, database, tenant):
        for role in ("everlearn_owner", "everlearn_service", "postgres"):
            with pytest.raises(Forbidden), database.tx(tenant) as tx:
                tx.execute(f"SET LOCAL ROLE {role}")

    def test_the_app_cannot_switch_the_policies_off(self, database, tenant):
        with pytest.raises(Forbidden), database.tx(tenant) as tx:
            tx.execute("ALTER TABLE tenancy.users DISABLE ROW LEVEL SECURITY")
        with pytest.raises(Forbidden), database.tx(tenant) as tx:
            tx.execute("SET LOCAL row_security = off")
            tx.scalar(COUNT)


def test_the_clock_of_a_transaction_may_be_its_own(database, tenant, clock):
    with database.tx(tenant) as tx:
        assert tx.now() == clock.now()


def test_every_connection_busy_is_a_passing_fault(db):
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(db.server.conninfo("app")),
        pool_size=1,
        max_overflow=0,
        pool_timeout=0.05,
    )
    database = Database(engine)
    with database.tx(None), pytest.raises(Unavailable, match="busy") as caught, database.tx(None):
        pass
    assert caught.value.retryable
    database.dispose()


def test_a_connection_of_the_pool_is_prepared(db):
    with db.database().tx(None) as tx:
        assert tx.scalar("SHOW plan_cache_mode") == "force_custom_plan"
        assert tx.scalar("SHOW timezone") == "UTC"
        assert tx.scalar("SHOW lock_timeout") == "10s"
        assert tx.scalar("SHOW statement_timeout") == "2min"


def test_a_connection_that_the_driver_found_broken_is_not_used_again(db):
    """SQLAlchemy does not see what the driver itself is asked."""
    database, tenant = db.database(), db.tenant()
    with pytest.raises(Unavailable), database.tx(None) as tx:
        pid = tx.of(tenant, ACTOR).scalar("SELECT pg_backend_pid()")
        with psycopg.connect(db.server.conninfo("admin"), autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [pid])
        tx.driver.execute("SELECT 1")
    with database.tx(tenant) as tx:
        assert tx.scalar("SELECT pg_backend_pid()") != pid


def test_only_a_transaction_without_a_tenant_goes_from_one_to_another(db):
    one, other = db.tenant("acme"), db.tenant("rival")
    with db.database().tx(None) as tx:
        for tenant, slug in ((one, "acme"), (other, "rival")):
            mine = tx.of(tenant, ACTOR)
            assert mine.tenant_id == tenant
            assert list(mine.execute("SELECT slug FROM tenancy.tenants").scalars()) == [slug]
        with pytest.raises(Bug):
            mine.of(one, ACTOR)
