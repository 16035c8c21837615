"""The error tree, and what becomes of each kind of error of the database."""

from __future__ import annotations

import inspect
from contextlib import suppress

import psycopg
import pytest

from everlearn.core import catalog, errors
from everlearn.core.errors import (
    Bug,
    Conflict,
    Duplicate,
    EverlearnError,
    Forbidden,
    Invalid,
    NotFound,
    Unavailable,
)
from everlearn.core.ids import uuid7
from everlearn.core.testing.make import make
from everlearn.modules.tenancy.tables import ApiKey, Tenant, User


def tree(kind: type[EverlearnError] = EverlearnError) -> list[type[EverlearnError]]:
    for part in ("errors", "service"):
        with suppress(ImportError):
            catalog.load_all(part)
    return [kind, *(leaf for child in kind.__subclasses__() for leaf in tree(child))]


class TestTree:
    def test_codes_are_unique(self):
        codes = [kind.code for kind in tree() if "code" in vars(kind)]
        assert len(codes) == len(set(codes)), sorted(codes)

    def test_a_docstring_is_a_message_that_says_what_to_do(self):
        for kind in tree()[1:]:
            if kind.__module__.startswith("everlearn"):
                assert kind.__doc__, kind
                assert kind("").code
                assert inspect.cleandoc(kind.__doc__).endswith((".", ")")), kind

    def test_of_a_module_begin_with_its_name(self):
        names = {module.name for module in catalog.modules()}
        for kind in tree():
            parts = kind.__module__.split(".")
            if parts[:2] == ["everlearn", "modules"] and "code" in vars(kind):
                assert kind.code.split(".")[0] == parts[2], kind
                assert parts[2] in names

    def test_statuses_match_the_table_at_the_top(self):
        for line in (errors.__doc__ or "").splitlines():
            words = line.replace("├──", "").replace("└──", "").split()
            if len(words) > 3 and words[1].isdigit():
                kind = getattr(errors, words[0])
                assert kind.http_status == int(words[1]), line
                assert kind.exit_code == int(words[3]), line

    def test_a_problem_document(self):
        made = Invalid("too long", field="a.b", hint="cut it", limit=3)
        assert made.to_problem() == {
            "type": "urn:everlearn:error:invalid",
            "title": "Invalid",
            "status": 422,
            "code": "invalid",
            "detail": "too long",
            "retryable": False,
            "field": "a.b",
            "hint": "cut it",
            "facts": {"limit": 3},
        }
        assert str(made) == "a.b: too long (cut it)"

    def test_the_default_message_is_the_docstring(self):
        assert str(NotFound()).startswith("There is no such thing for this tenant")


def refused(database, tenant, row, **values) -> EverlearnError:
    with pytest.raises(EverlearnError) as caught, database.tx(tenant) as tx:
        make(tx, row, **values)
    return caught.value


class TestConstraints:
    def test_unique_names_the_columns(self, database, tenant):
        with database.tx(tenant) as tx:
            make(tx, User, email="a@b.c")
        found = refused(database, tenant, User, email="a@b.c")
        assert type(found) is Duplicate
        assert found.field == "email"
        assert found.facts == {"table": "users"}
        assert "users has a row with this email" in str(found)

    def test_a_vocabulary_lists_its_words(self, database, tenant):
        found = refused(database, tenant, User, role="emperor")
        assert type(found) is Invalid
        assert (found.field, found.facts["allowed"]) == ("role", ["reader", "writer", "admin"])

    def test_a_check_tells_its_rule(self, database, tenant):
        found = refused(database, tenant, User, email="")
        assert (type(found), found.field) == (Invalid, "email")
        assert "email <> ''" in found.message

    def test_a_check_of_several_columns_is_named(self, db, owner):
        owner.run("ALTER TABLE tenancy.users ADD CONSTRAINT ck_users_order CHECK (email > 'm')")
        found = refused(db.database(), db.tenant(), User, email="a")
        assert type(found) is Invalid
        assert "ck_users_order" in found.message

    def test_a_reference_to_nothing(self, database, tenant, clock):
        found = refused(database, tenant, ApiKey, user_id=uuid7(clock.now()))
        assert (type(found), found.field) == (Invalid, "user_id")

    def test_a_missing_value(self, database, tenant):
        found = refused(database, tenant, User, email=None)
        assert (type(found), found.field) == (Invalid, "email")

    def test_of_a_partition_are_found_by_its_parent(self, database, tenant):
        if "events" not in {module.name for module in catalog.modules()}:
            pytest.skip("the module events is not loaded")
        from everlearn.modules.events.tables import LearningEvent

        found = refused(database, tenant, LearningEvent, event_type="party")
        assert (type(found), found.field) == (Invalid, "event_type")
        assert found.facts["table"] == "learning_events"


class TestValues:
    @pytest.mark.parametrize(
        "expression",
        [
            "'x'::uuid",
            "'x'::int",
            "99999999999::int",
            "'2020-02-31'::date",
            "'99999-01-01'::timestamptz + interval '300000 years'",
            "'{'::jsonb",
        ],
    )
    def test_of_the_wrong_form_are_the_callers(self, database, expression):
        with pytest.raises(Invalid), database.tx(None) as tx:
            tx.execute(f"SELECT {expression.replace(':', chr(92) + ':')}")

    def test_a_nul_character_is_refused_by_the_driver_and_is_the_callers_too(
        self, database, tenant
    ):
        found = refused(database, tenant, User, email="a\0b")
        assert type(found) is Invalid

    def test_row_level_security_tells_nothing(self, database, tenant, other_tenant):
        found = refused(database, tenant, User, tenant_id=other_tenant)
        assert type(found) is Forbidden
        assert str(other_tenant) not in str(found.to_problem())


def raise_state(database, state: str) -> EverlearnError:
    statement = f"DO $$ BEGIN RAISE EXCEPTION 'secret text' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(EverlearnError) as caught, database.tx(None) as tx:
        tx.execute(statement)
    return caught.value


class TestStates:
    @pytest.mark.parametrize(
        "state", ["40001", "40P01", "55P03", "57014", "57P03", "53300", "53100", "53200", "08006"]
    )
    def test_passing_faults_may_be_tried_again(self, database, state):
        found = raise_state(database, state)
        assert type(found) is Unavailable
        assert (found.http_status, found.exit_code, found.retryable) == (503, 6, True)
        assert "secret text" not in str(found)

    def test_what_our_own_functions_raise_is_a_conflict(self, database):
        found = raise_state(database, "P0001")
        assert type(found) is Conflict
        assert found.message == "secret text"

    @pytest.mark.parametrize("state", ["42P01", "42601", "XX000"])
    def test_everything_else_is_our_bug_and_tells_only_its_state(self, database, state):
        found = raise_state(database, state)
        assert type(found) is Bug
        assert state in found.message
        assert "secret text" not in str(found.to_problem())


class TestLocks:
    def test_a_lock_that_is_not_free(self, db):
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as first:
            first.execute("SELECT id FROM tenancy.tenants FOR UPDATE")
            with pytest.raises(Unavailable, match="lock"), database.tx(tenant) as second:
                second.execute("SET LOCAL lock_timeout = '50ms'")
                second.execute("SELECT id FROM tenancy.tenants FOR UPDATE")

    def test_a_statement_that_takes_too_long(self, db):
        with pytest.raises(Unavailable, match="longer"), db.database().tx(None) as tx:
            tx.execute("SET LOCAL statement_timeout = '50ms'")
            tx.execute("SELECT pg_sleep(5)")

    def test_two_that_cannot_both_be_first(self, db):
        database, tenant = db.database(), db.tenant()
        rename = "UPDATE tenancy.tenants SET name = :name"
        with pytest.raises(Unavailable, match="same rows"), database.tx(tenant) as late:
            late.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            late.scalar("SELECT name FROM tenancy.tenants")
            with database.tx(tenant) as early:
                early.execute(rename, {"name": "early"})
            late.execute(rename, {"name": "late"})
        with database.tx(tenant) as tx:
            assert tx.session.get(Tenant, tenant).name == "early"

    def test_two_that_wait_for_each_other(self, db):
        """PostgreSQL breaks one of them off; here the second waits in a thread."""
        from threading import Thread

        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            one, two = make(tx, User), make(tx, User)
        lock = "SELECT id FROM tenancy.users WHERE id = :id FOR UPDATE"
        failures = []

        def other() -> None:
            with suppress(Unavailable), database.tx(tenant) as tx:
                tx.execute(lock, {"id": two.id})
                ready.append(1)
                try:
                    tx.execute(lock, {"id": one.id})
                except Exception:
                    failures.append("other")
                    raise

        ready: list[int] = []
        thread = Thread(target=other)
        try:
            with database.tx(tenant) as tx:
                tx.execute(lock, {"id": one.id})
                thread.start()
                while not ready:
                    tx.execute("SELECT pg_sleep(0.01)")
                tx.execute(lock, {"id": two.id})
        except Unavailable as error:
            failures.append(str(error))
        thread.join(10)
        assert len(failures) == 1


class TestConnection:
    def test_one_that_is_cut_is_a_passing_fault_and_the_pool_recovers(self, db):
        database, tenant = db.database(), db.tenant()
        with pytest.raises(Unavailable) as caught, database.tx(tenant) as tx:
            pid = tx.scalar("SELECT pg_backend_pid()")
            with psycopg.connect(db.server.conninfo("admin"), autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s)", [pid])
            tx.scalar("SELECT 1")
        assert caught.value.retryable
        with database.tx(tenant) as tx:
            assert tx.scalar("SELECT 1") == 1

    def test_one_that_was_cut_while_idle_is_never_noticed(self, db):
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            pid = tx.scalar("SELECT pg_backend_pid()")
        with psycopg.connect(db.server.conninfo("admin"), autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
        with database.tx(tenant) as tx:
            assert tx.scalar("SELECT pg_backend_pid()") != pid
