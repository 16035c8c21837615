"""The trail: rows are added only, and a broken chain is found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from everlearn.core.errors import Forbidden, Invalid
from everlearn.modules.audit import service
from everlearn.modules.audit.types import ActionType
from everlearn.modules.tenancy import service as tenancy


def fill(tx, n: int) -> None:
    for i in range(n):
        service.record(
            tx,
            action_type=ActionType.UPDATE,
            resource_type="model",
            resource_id=f"m{i}",
            details={"i": i},
        )


class TestRecord:
    def test_chains_rows_and_names_the_actor(self, tx):
        fill(tx, 3)
        items = service.list_entries(tx).items
        assert [entry.seq for entry in items] == [3, 2, 1]
        assert items[0].metadata == {"actor": "tester", "actor_kind": "user"}
        assert items[0].created_at == tx.now()
        assert service.verify_chain(tx) is None
        status = service.check_chain(tx)
        assert (status.rows, status.head_seq, status.head_sha256) == (3, 3, items[0].sha256)

    def test_across_months(self, tx):
        for days in (90, 60, 0, 30):  # not even in order of time
            service.record(
                tx, action_type="access", resource_type="api", at=tx.now() - timedelta(days=days)
            )
        assert [entry.seq for entry in service.list_entries(tx).items] == [4, 3, 2, 1]
        assert service.verify_chain(tx) is None

    def test_no_rows_is_a_whole_chain(self, tx):
        assert service.verify_chain(tx) is None
        assert service.check_chain(tx).head_sha256 == service.NO_ROWS

    @pytest.mark.parametrize(
        "wrong",
        [
            {"action_type": "ponder"},
            {"details": {"x": float("nan")}},
            {"details": {"x": object()}},
            {"resource_type": ""},
        ],
    )
    def test_wrong_values_are_refused(self, tx, wrong):
        right = {"action_type": "create", "resource_type": "model"}
        with pytest.raises(Invalid), tx.savepoint():
            service.record(tx, **right | wrong)

    def test_seq_and_hashes_are_the_databases_own(self, tx):
        fill(tx, 1)
        tx.execute(
            "INSERT INTO audit.audit_logs (action_type, resource_type, created_at, seq, sha256)"
            " VALUES ('access', 'api', :at, 77, repeat('a', 64))",
            {"at": tx.now()},
        )
        assert service.list_entries(tx).items[0].seq == 2
        assert service.verify_chain(tx) is None


def test_list_filters_and_pages(tx):
    fill(tx, 5)
    service.record(tx, action_type="login", resource_type="user", success=False)
    page = service.list_entries(tx, limit=4)
    rest = service.list_entries(tx, limit=4, before=page.next_before)
    assert [e.seq for e in page.items + rest.items] == [6, 5, 4, 3, 2, 1]
    assert rest.next_before is None
    assert len(service.list_entries(tx, resource_type="model", resource_id="m2").items) == 1
    assert len(service.list_entries(tx, action_type="login").items) == 1
    with pytest.raises(Invalid):
        service.list_entries(tx, limit=0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit.audit_logs SET success = false",
        "DELETE FROM audit.audit_logs",
        "TRUNCATE audit.audit_logs",
        "UPDATE audit.audit_chain_heads SET seq = 0",
        "DELETE FROM audit.audit_chain_heads",
        "ALTER TABLE audit.audit_logs DISABLE TRIGGER chain",
        "DELETE FROM parts.audit_logs_y2026m03",
    ],
)
def test_the_application_may_only_add(tx, statement):
    fill(tx, 2)
    with pytest.raises(Forbidden), tx.savepoint():
        tx.execute(statement)


class TestTenants:
    def test_the_other_tenant_sees_nothing_and_has_its_own_chain(self, database, tenant, rival):
        with database.tx(tenant) as tx:
            fill(tx, 3)
        with rival.tx() as other:
            assert service.list_entries(other).items == []
            assert service.check_chain(other).head_seq == 0
            fill(other, 1)
            assert [entry.seq for entry in service.list_entries(other).items] == [1]

    def test_nobody_writes_into_another_trail(self, tx, other_tenant):
        fill(tx, 1)  # so that the partition is there
        with pytest.raises(Forbidden), tx.savepoint():
            tx.execute(
                "INSERT INTO audit.audit_logs (tenant_id, action_type, resource_type, created_at)"
                " VALUES (:other, 'access', 'api', :at)",
                {"other": other_tenant, "at": tx.now()},
            )


class TestTrigger:
    def test_changes_of_users_are_recorded(self, tx):
        user = tenancy.create_user(tx, email="ada@example.org", username="ada")
        tx.execute(
            "UPDATE tenancy.users SET full_name = 'Ada', hashed_password = 'x'"
            " WHERE tenant_id = app.tenant_id() AND id = :id",
            {"id": user},
        )
        tx.execute(
            "DELETE FROM tenancy.users WHERE tenant_id = app.tenant_id() AND id = :id",
            {"id": user},
        )
        gone, changed, made = service.list_entries(tx, resource_type="users").items
        assert [e.action_type for e in (made, changed, gone)] == ["create", "update", "delete"]
        assert {e.resource_id for e in (made, changed, gone)} == {str(user)}
        assert changed.action_details == {"full_name": [None, "Ada"], "hashed_password": "***"}
        assert service.verify_chain(tx) is None

    def test_keys_and_sign_ins_are_recorded_without_secrets(self, database, tenant):
        with database.tx(tenant) as tx:
            link = tenancy.create_sign_in(tx)
        session = tenancy.redeem_sign_in(database, link.secret)
        with database.tx(tenant) as tx:
            signed_in, used, made = service.list_entries(tx, resource_type="api_keys").items
            assert service.verify_chain(tx) is None
            written = tx.scalar("SELECT string_agg(to_jsonb(l)::text, '') FROM audit.audit_logs l")
        assert [e.action_type for e in (made, used, signed_in)] == ["create", "update", "create"]
        assert signed_in.action_details["kind"] == [None, "session"]
        assert made.action_details["secret_sha256"] == "***"
        for secret in (link.secret, session):
            assert secret not in written
            assert tenancy.hash_secret(secret) not in written


@pytest.fixture
def trail(db):
    """Give a clone whose tenant has five rows, and a connection as the tables' owner."""
    tenant = db.tenant()
    database = db.database()
    with database.tx(tenant) as tx:
        fill(tx, 5)
    with psycopg.connect(db.server.conninfo("owner"), autocommit=True) as owner:
        owner.execute("SELECT set_config('app.tenant_id', %s, false)", [str(tenant)])
        yield database, tenant, owner


class TestVerify:
    """The owner may do anything; the chain shows it."""

    @pytest.mark.parametrize(
        ("statement", "broken"),
        [
            ("UPDATE audit.audit_logs SET action_details = '{}' WHERE seq = 3", 3),
            ("UPDATE audit.audit_logs SET ip_address = '10.0.0.1' WHERE seq = 2", 2),
            ("UPDATE audit.audit_logs SET metadata = '{}' WHERE seq = 1", 1),
            ("UPDATE audit.audit_logs SET created_at = created_at - interval '1 s'", 1),
            ("UPDATE audit.audit_logs SET sha256 = repeat('a', 64) WHERE seq = 4", 4),
            ("DELETE FROM audit.audit_logs WHERE seq = 1", 1),
            ("DELETE FROM audit.audit_logs WHERE seq = 3", 3),
            ("DELETE FROM audit.audit_logs WHERE seq = 5", 5),
            ("DELETE FROM audit.audit_logs", 1),
            ("DELETE FROM audit.audit_chain_heads", 1),
            ("UPDATE audit.audit_chain_heads SET sha256 = repeat('a', 64)", 5),
            ("UPDATE audit.audit_chain_heads SET seq = 9", 6),
            ("UPDATE audit.audit_logs SET seq = 7 WHERE seq = 5", 5),
        ],
    )
    def test_finds_where_it_breaks(self, trail, statement, broken):
        database, tenant, owner = trail
        with database.tx(tenant) as tx:
            assert service.verify_chain(tx) is None
        owner.execute(statement)
        with database.tx(tenant) as tx:
            assert service.verify_chain(tx) == broken

    def test_a_row_that_hashes_right_but_was_slipped_in_is_found(self, trail):
        database, tenant, owner = trail
        owner.execute("ALTER TABLE audit.audit_logs DISABLE TRIGGER chain")
        owner.execute(
            "INSERT INTO audit.audit_logs (tenant_id, action_type, resource_type, created_at, seq)"
            " SELECT tenant_id, 'access', 'api', created_at, 3 FROM audit.audit_logs WHERE seq = 3"
        )
        with database.tx(tenant) as tx:
            assert service.verify_chain(tx) is not None


def test_concurrent_writers_keep_one_chain(db):
    tenant = db.tenant()
    database = db.database()

    def write(_: int) -> None:
        for _ in range(5):
            with database.tx(tenant) as tx:
                fill(tx, 2)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with database.tx(tenant) as tx:
        seqs = [entry.seq for entry in service.list_entries(tx, limit=100).items]
        assert seqs == list(range(40, 0, -1))
        assert service.verify_chain(tx) is None
