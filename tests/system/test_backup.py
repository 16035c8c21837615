"""A backup brings everything back; a tenant's brings back that tenant, and touches no other."""

from __future__ import annotations

import json
import os
import zipfile

import psycopg
import pytest
from psycopg import sql

from everlearn.core import jobs, migrate
from everlearn.core.clock import SystemClock
from everlearn.core.errors import Conflict, EverlearnError, Invalid
from everlearn.core.schema import backup, tenant_backup
from everlearn.core.schema.errors import BackupDamaged, BackupTooNew, NotEmpty
from everlearn.core.testing.make import make
from everlearn.core.testing.plugin import Named
from everlearn.modules.audit import service as audit
from everlearn.modules.tenancy import service as tenancy

TABLES = tenant_backup.tenant_tables()


#: Only maintenance writes it.
MANIFEST = """
INSERT INTO operations.archive_manifests (table_name, period_start, period_end, row_count,
  content_hash, size_bytes, sha256, url)
VALUES ('events.learning_events', '2023-05-01Z', '2023-06-01Z', 1, '0', 1, repeat('0', 64), 'x')
"""


def fill(db, tenant):
    """Write a row, or what the rows of others need, into every table."""
    for name, row in TABLES.items():
        # The head of the audit chain is kept by a trigger.
        if row.policy.rows == "self" or name == "audit.audit_chain_heads":
            continue
        if name == "operations.archive_manifests":
            with db.service.tx(tenant) as tx:
                tx.execute(MANIFEST)
            continue
        with db.app.tx(tenant) as tx:
            if not tx.scalar(f"SELECT count(*) FROM {name}"):
                make(tx, row)


@pytest.fixture
def two(db):
    """Give a database with rows of two tenants in every table."""
    db.app, db.service = db.database(), db.database("service")
    made = {slug: db.tenant(slug) for slug in ("acme", "rival")}
    for tenant in made.values():
        fill(db, tenant)
    return made


def content(db, tenant, name=None):
    """Give every row of a tenant as text, by table."""
    found = {}
    database = name or db.name
    with psycopg.connect(db.server.conninfo("admin", database)) as admin:
        for table, row in TABLES.items():
            key = "id" if row.policy.rows == "self" else "tenant_id"
            query = sql.SQL("SELECT t::text FROM {} t WHERE {} = %s ORDER BY 1").format(
                sql.Identifier(*table.split(".")), sql.Identifier(key)
            )
            found[table] = [line[0] for line in admin.execute(query, [tenant])]
    return found


def without_jobs(found):
    """Leave out what is queued again: its entry in the queue is a new one."""
    return {name: lines for name, lines in found.items() if name != "operations.job_runs"}


def tampered(file, to, **changes):
    """Copy a backup with members replaced."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            change = changes.get(name)
            new.writestr(name, change(data) if change else data)
    return to


def edited(**values):
    return lambda data: json.dumps({**json.loads(data), **values}).encode()


@pytest.fixture
def file(two, db, tmp_path):
    """Give a backup of the tenant acme."""
    path = tmp_path / "acme.zip"
    tenant_backup.back_up_tenant(db.server, db.service, path, tenant=two["acme"])
    return path


class TestOneTenant:
    def test_every_table_has_a_row(self, two, db):
        empty = [name for name, lines in content(db, two["acme"]).items() if not lines]
        assert empty == []

    @pytest.mark.parametrize("strong", [True, False], ids=["superuser", "owner"])
    def test_round_trip_leaves_the_other_alone(self, two, db, file, strong):
        before = {slug: content(db, tenant) for slug, tenant in two.items()}
        server = db.server if strong else Weak(db.server)
        with db.app.tx(two["acme"]) as tx:
            tx.execute("UPDATE tenancy.users SET full_name = 'changed since'")
            make(tx, TABLES["events.learning_events"])
        with pytest.raises(NotEmpty):
            tenant_backup.restore_tenant(server, file, slug="acme")
        tenant_backup.restore_tenant(server, file, slug="acme", replace=True)
        assert without_jobs(content(db, two["acme"])) == without_jobs(before["acme"])
        assert content(db, two["rival"]) == before["rival"]
        with db.app.tx(two["acme"]) as tx:
            assert audit.check_chain(tx).first_broken is None
            audit.record(tx, action_type="update", resource_type="model")
            assert audit.check_chain(tx).first_broken is None
        assert tenancy.find_tenant(db.app, slug="acme") == two["acme"]

    def test_into_another_database(self, two, db, file, server, template):
        from everlearn.core.testing.plugin import clone

        before = content(db, two["acme"])
        with clone(server, template) as name:
            tenant_backup.restore_tenant(Named(server, name), file, slug="acme")
            assert without_jobs(content(db, two["acme"], name)) == without_jobs(before)
            assert not any(content(db, two["rival"], name).values())

    def test_a_key_works_again(self, two, db, tmp_path):
        with db.app.tx(two["acme"]) as tx:
            key = tenancy.create_key(tx, name="client")
        path = tmp_path / "keys.zip"
        tenant_backup.back_up_tenant(db.server, db.service, path, tenant=two["acme"])
        assert key.secret.encode() not in path.read_bytes()
        with db.app.tx(two["acme"]) as tx:
            tx.execute("DELETE FROM tenancy.api_keys")
        tenant_backup.restore_tenant(db.server, path, slug="acme", replace=True)
        with db.app.tx(None) as tx:
            found = tx.execute(
                "SELECT tenant_id FROM app.authenticate(:hash, now())",
                {"hash": tenancy.hash_secret(key.secret)},
            ).scalar()
        assert found == two["acme"]

    def test_open_jobs_are_queued_again(self, two, db, tmp_path, monkeypatch):
        monkeypatch.setattr(jobs, "_jobs", dict(jobs.declared()))
        jobs.job("tests.work")(lambda _: None)
        with db.app.tx(two["acme"]) as tx:
            run_id = jobs.enqueue(tx, "tests.work", key="only one")
        path = tmp_path / "jobs.zip"
        tenant_backup.back_up_tenant(db.server, db.service, path, tenant=two["acme"])
        tenant_backup.restore_tenant(db.server, path, slug="acme", replace=True)
        with db.app.tx(two["acme"]) as tx:
            row = tx.execute(
                "SELECT status, queue_entry FROM operations.job_runs WHERE id = :id", {"id": run_id}
            ).one()
        with psycopg.connect(db.server.conninfo("queue")) as queue:
            (known,) = queue.execute(
                "SELECT count(*) FROM jobs.procrastinate_jobs WHERE id = %s AND status = 'todo'",
                [row.queue_entry],
            ).fetchone()
        assert (row.status, known) == ("queued", 1)

    def test_the_file_is_ours_alone(self, file):
        assert file.stat().st_mode & 0o077 == 0

    def test_another_tenants_name(self, two, db, file):
        with pytest.raises(Invalid):
            tenant_backup.restore_tenant(db.server, file, slug="rival", replace=True)


class TestDamaged:
    """Nothing is written from a file that is not whole, or not understood."""

    @pytest.fixture
    def refused(self, two, db, tmp_path):
        before = {slug: content(db, tenant) for slug, tenant in two.items()}

        def check(path, error=BackupDamaged):
            with pytest.raises(error):
                tenant_backup.restore_tenant(db.server, path, slug="acme", replace=True)
            assert {slug: content(db, tenant) for slug, tenant in two.items()} == before

        return check

    def test_cut_off(self, file, refused, tmp_path):
        path = tmp_path / "cut.zip"
        path.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        refused(path)

    def test_a_flipped_bit(self, file, refused, tmp_path):
        data = bytearray(file.read_bytes())
        with zipfile.ZipFile(file) as archive:
            info = archive.getinfo("tables/tenancy.users.copy")
        data[info.header_offset + 80] ^= 1
        path = tmp_path / "flipped.zip"
        path.write_bytes(data)
        refused(path)

    def test_no_backup_at_all(self, refused, tmp_path):
        path = tmp_path / "other.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("hello", "world")
        refused(path)

    def test_rows_that_do_not_fit_the_manifest(self, file, refused, tmp_path):
        member = "tables/tenancy.users.copy"
        refused(tampered(file, tmp_path / "t.zip", **{member: lambda data: data[:-9]}))

    @pytest.mark.parametrize(
        ("values", "error"),
        [
            ({"format": 99}, BackupTooNew),
            ({"schema_revision": "9999"}, BackupTooNew),
            ({"kind": "database"}, BackupDamaged),
        ],
    )
    def test_wrong_version(self, file, refused, tmp_path, values, error):
        refused(tampered(file, tmp_path / "v.zip", **{"manifest.json": edited(**values)}), error)

    def test_rows_of_another_tenant(self, two, db, file, refused, tmp_path):
        """A manifest that claims another tenant's rows as this one's."""
        path = tmp_path / "rival.zip"
        tenant_backup.back_up_tenant(db.server, db.service, path, tenant=two["rival"])
        values = {"tenant_id": str(two["acme"]), "slug": "acme"}
        refused(tampered(path, tmp_path / "x.zip", **{"manifest.json": edited(**values)}))

    def test_a_column_that_is_not_here(self, file, refused, tmp_path):
        def change(data):
            manifest = json.loads(data)
            manifest["tables"]["tenancy.users"]["columns"]["email"] = "integer"
            return json.dumps(manifest).encode()

        refused(tampered(file, tmp_path / "c.zip", **{"manifest.json": change}), Invalid)


class Weak(Named):
    """A server whose administrator is no superuser."""

    def __init__(self, server):
        super().__init__(server, server.database)

    def conninfo(self, role, database=None):
        return super().conninfo("owner" if role == "admin" else role, database)


class TestWholeDatabase:
    @pytest.fixture
    def whole(self, two, db, tmp_path):
        for pool in db._open:
            pool.dispose()
        path = tmp_path / "all.zip"
        manifest = backup.back_up(db.server, path, clock=SystemClock())
        assert manifest["postgres"]
        return path

    @pytest.fixture
    def fresh(self, server, db):
        """Give a server whose database is not there yet."""
        name = f"{db.name}_r"
        yield Named(server, name)
        with psycopg.connect(server.conninfo("admin"), autocommit=True) as admin:
            for (found,) in admin.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name]
            ).fetchall():
                admin.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(found))
                )

    @pytest.fixture(autouse=True)
    def schema_as_it_is(self, monkeypatch):
        """A database that declarations made knows no revision to upgrade from."""
        if os.environ.get("EVERLEARN_TEST_FROM_METADATA"):
            monkeypatch.setattr(migrate, "upgrade", lambda _: None)

    def test_round_trip(self, two, db, whole, fresh):
        done = backup.restore(fresh, whole, clock=SystemClock())
        assert done["kept_aside"] is None
        for tenant in two.values():
            assert content(db, tenant, fresh.database) == content(db, tenant)
        queues = []
        for name in (db.name, fresh.database):
            with psycopg.connect(db.server.conninfo("queue", name)) as queue:
                queues.append(queue.execute("SELECT * FROM jobs.procrastinate_jobs").fetchall())
        assert queues[0] == queues[1]

    def test_not_over_something(self, db, whole, fresh, two):
        backup.restore(fresh, whole, clock=SystemClock())
        with pytest.raises(NotEmpty):
            backup.restore(fresh, whole, clock=SystemClock())
        done = backup.restore(fresh, whole, clock=SystemClock(), replace=True)
        assert content(db, two["acme"], done["kept_aside"]) == content(db, two["acme"])

    def test_in_use(self, db, whole, fresh):
        backup.restore(fresh, whole, clock=SystemClock())
        with psycopg.connect(fresh.conninfo("app")), pytest.raises(Conflict):
            backup.restore(fresh, whole, clock=SystemClock(), replace=True)

    @pytest.mark.parametrize(
        "change",
        [
            {"database.dump": lambda data: data[:-1]},
            {"manifest.json": edited(format=99)},
            {"manifest.json": edited(kind="tenant")},
        ],
        ids=["dump", "form", "kind"],
    )
    def test_damaged(self, whole, fresh, tmp_path, change):
        path = tampered(whole, tmp_path / "d.zip", **change)
        with pytest.raises(EverlearnError):
            backup.restore(fresh, path, clock=SystemClock())
        with psycopg.connect(fresh.conninfo("admin", "postgres")) as admin:
            query = "SELECT FROM pg_database WHERE datname = %s"
            assert admin.execute(query, [fresh.database]).rowcount == 0

    def test_a_user_who_does_not_see_everything(self, db, two, tmp_path):
        with pytest.raises(Invalid, match="holes"):
            backup.back_up(Weak(db.server), tmp_path / "x.zip", clock=SystemClock())
        assert not list(tmp_path.iterdir())
