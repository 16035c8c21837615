"""How old rows leave: archives that are read back first, partitions, holds, references, kills."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pyarrow.parquet as pq
import pytest
from psycopg import sql
from sqlalchemy import text

from everlearn.core import partitions
from everlearn.core.errors import EverlearnError
from everlearn.core.ids import uuid7
from everlearn.core.migrate import load_tables
from everlearn.modules.operations import service
from everlearn.modules.operations.errors import ArchiveUnavailable, RetentionRuns
from everlearn.modules.operations.service import archive, columns, retention, rows
from everlearn.modules.operations.service.archive import Piece
from everlearn.modules.operations.service.rows import Aging
from everlearn.modules.operations.service.store import Folder, Remote, open_store
from everlearn.modules.operations.types import ArchiveStrategy

load_tables()
EVENTS = "events.learning_events"
OLD = datetime(2023, 5, 10, tzinfo=UTC)  # more than two years before the tests' present


class House:
    """A database of its own, its archive, and what happens in it."""

    def __init__(self, db, folder):
        self.db = db
        self.settings = db.settings.model_copy(update={"data_dir": folder})
        self.app, self.service = db.database(), db.database("service")
        self.acme, self.rival = db.tenant("acme"), db.tenant("rival")

    def event(self, tenant, at=OLD, n=1):
        with self.app.tx(tenant) as tx:
            partitions.ensure(tx, EVENTS, [at])
            for i in range(n):
                tx.execute(
                    "INSERT INTO events.learning_events (id, event_type, event_data, timestamp)"
                    " VALUES (:id, 'model_training', '{\"a\": [1, null, \"x\"]}', :at)",
                    {"id": uuid7(at), "at": at + timedelta(seconds=n - i)},
                )

    def count(self, tenant, table=EVENTS):
        with self.service.tx(tenant) as tx:
            return tx.scalar(f"SELECT count(*) FROM {table} WHERE tenant_id = app.tenant_id()")

    def manifests(self, tenant):
        with self.service.tx(tenant) as tx:
            query = "SELECT * FROM operations.archive_manifests ORDER BY period_start, part"
            return tx.execute(query).all()

    def keep(self, tenant, table=EVENTS, **more):
        with self.app.tx(tenant) as tx:
            service.set_retention(tx, table, **{"days": 730} | more)

    def sweep(self, **more):
        return {s.table: s for s in retention.sweep(self.service, self.settings, **more)}

    def sweep_once_free(self):
        """Sweep once the server has noticed that the other process is gone."""
        for _ in range(100):
            try:
                return self.sweep()
            except RetentionRuns:
                time.sleep(0.1)
        return self.sweep()

    def partitions(self, table=EVENTS):
        with self.service.tx(None) as tx:
            found = partitions.list_partitions(tx, tables=[table])
            # Those ahead of the machine's clock are there since the upgrade.
            return [each.name for each in found if each.lower_at <= self.db.clock.now()]


@pytest.fixture
def house(db, tmp_path):
    return House(db, tmp_path)


def path_of(url):
    return Path(unquote(urlsplit(url).path))


class TestEvents:
    def test_a_month_is_archived_and_dropped(self, house):
        house.event(house.acme, n=3)
        house.event(house.rival, n=2)
        young = house.db.clock.now()
        house.event(house.acme, young)
        would = house.sweep(dry_run=True)[EVENTS]
        assert (would.archived, would.deleted, house.count(house.acme)) == (5, 0, 4)
        did = house.sweep()[EVENTS]
        assert did.partitions == would.partitions == ["learning_events_y2023m05"]
        assert (did.archived, did.deleted, did.problems) == (5, 0, [])
        assert house.partitions() == ["learning_events_y2026m03"]
        assert (house.count(house.acme), house.count(house.rival)) == (1, 0)
        (mine,) = house.manifests(house.acme)
        assert (mine.row_count, mine.partition_name) == (3, "learning_events_y2023m05")
        assert mine.verified_at is not None
        assert mine.dropped_at is not None
        found = pq.read_table(path_of(mine.url))
        assert found.column("timestamp").to_pylist() == sorted(
            found.column("timestamp").to_pylist()
        )
        assert found.schema.field("timestamp").type.tz == "UTC"
        assert path_of(mine.url).stat().st_mode & 0o077 == 0
        assert house.sweep() == {}

    def test_a_tenant_that_keeps_for_longer_keeps_its_rows(self, house):
        house.event(house.acme, n=2)
        house.event(house.rival)
        house.keep(house.rival, days=3650)
        did = house.sweep()[EVENTS]
        assert (did.archived, did.partitions) == (2, [])
        assert (house.count(house.acme), house.count(house.rival)) == (0, 1)

    def test_a_tenant_that_wants_no_archive_has_none(self, house):
        house.event(house.acme)
        house.event(house.rival)
        house.keep(house.acme, strategy=ArchiveStrategy.DELETE)
        did = house.sweep()[EVENTS]
        assert (did.archived, did.deleted) == (1, 1)
        assert house.manifests(house.acme) == []

    @pytest.mark.parametrize("why", ["hold", "replay"])
    def test_held_back(self, house, why):
        house.event(house.acme)
        if why == "hold":
            house.keep(house.acme, days=1, legal_hold=True)
        else:
            with house.app.tx(house.acme) as tx:
                tx.execute("UPDATE tenancy.tenants SET job_queue = 'replay:acme'")
        assert house.sweep() == {}
        assert house.count(house.acme) == 1

    def test_what_a_gone_tenant_left(self, house):
        """Hot tables have no reference to tenants, so nothing cascades to them."""
        house.event(house.acme)
        house.event(house.acme, house.db.clock.now())
        house.event(house.rival, house.db.clock.now())
        with house.service.tx(house.acme) as tx:
            tx.execute("DELETE FROM tenancy.tenants WHERE id = app.tenant_id()")
        did = house.sweep()[EVENTS]
        assert (did.deleted, did.archived) == (2, 0)
        assert (house.count(house.acme), house.count(house.rival)) == (0, 1)

    def test_rows_that_come_late(self, house):
        house.event(house.acme)
        house.sweep()
        house.event(house.acme, n=2)
        assert house.sweep()[EVENTS].archived == 2
        files = house.manifests(house.acme)
        assert [(m.part, m.row_count) for m in files] == [(1, 1), (2, 2)]
        assert len({m.url for m in files}) == 2

    def test_the_policy_says_when_it_was_looked_at(self, house):
        house.keep(house.acme)
        house.sweep()
        with house.app.tx(house.acme) as tx:
            found = tx.scalar("SELECT last_cleanup FROM operations.data_retention_policies")
        assert found == house.db.clock.now()

    def test_one_at_a_time(self, house):
        with house.service.engine.connect() as other:
            other.execute(text("SELECT pg_advisory_lock(:key)"), {"key": archive.LOCK})
            with pytest.raises(RetentionRuns):
                house.sweep()


class Killed(BaseException):
    """What nothing catches, as nothing catches kill -9."""


#: Another process, which kills itself once it has come to a place.
KILLED = """
import functools, importlib, os, signal, sys
from everlearn.core import migrate, pg
from everlearn.core.settings import Settings
from everlearn.core.testing.plugin import TEST_TIME, Named
from everlearn.core.tx import connect
from everlearn.modules.operations.service import retention

folder, name, data, where = sys.argv[1:]
settings = Settings(data_dir=folder)
database = connect(Named(pg.start(settings), name), settings, role="service")
module, *path, last = where.split(".")
owner = importlib.import_module(f"everlearn.modules.operations.service.{module}")
owner = functools.reduce(getattr, path, owner)
original = getattr(owner, last)

def die(*args, **kwargs):
    original(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, last, die)
settings = settings.model_copy(update={"data_dir": __import__("pathlib").Path(data)})
retention.sweep(database, settings, at=TEST_TIME, only=["events.learning_events"])
"""


class TestKilled:
    """Wherever a run ends, the next one brings it to its end, and no row is lost or doubled."""

    @pytest.mark.parametrize(
        ("target", "name"),
        [
            (Folder, "put"),
            (archive, "_verify"),
            (archive, "summary_of"),
            (retention._Sweep, "_drop"),
            (retention, "_note"),
        ],
    )
    @pytest.mark.parametrize("when", ["before", "after"])
    def test_goes_on(self, house, monkeypatch, target, name, when):
        house.event(house.acme, n=3)
        house.event(house.rival, n=1)
        original = getattr(target, name)

        def die(*args, **kwargs):
            if when == "after":
                original(*args, **kwargs)
            raise Killed

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(target, name, die)
            house.sweep()
        house.sweep()
        assert (house.count(house.acme), house.count(house.rival)) == (0, 0)
        assert house.partitions() == []
        (mine,) = house.manifests(house.acme)
        assert (mine.row_count, mine.part, mine.dropped_at is None) == (3, 1, False)
        assert pq.read_table(path_of(mine.url)).num_rows == 3

    @pytest.mark.parametrize(
        ("where", "rows_left"),
        [
            ("archive.run", 3),
            ("store.Folder.put", 3),
            ("archive.summary_of", 3),
            ("retention._Sweep._drop", 0),
        ],
    )
    def test_by_a_signal_that_nothing_catches(self, house, where, rows_left):
        house.event(house.acme, n=3)
        house.event(house.rival, n=1)
        server, data = house.db, house.settings.data_dir
        words = [str(server.settings.data_dir), server.name, str(data), where]
        done = subprocess.run([sys.executable, "-c", KILLED, *words], check=False)
        assert done.returncode == -signal.SIGKILL
        assert house.count(house.acme) == rows_left
        house.sweep_once_free()
        assert (house.count(house.acme), house.count(house.rival)) == (0, 0)
        (mine,) = house.manifests(house.acme)
        assert pq.read_table(path_of(mine.url)).num_rows == 3

    def test_rows_that_came_between_two_runs(self, house, monkeypatch):
        house.event(house.acme)
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(retention._Sweep, "_drop", lambda *_: (_ for _ in ()).throw(Killed))
            house.sweep()
        house.event(house.acme)
        house.sweep()
        (mine,) = house.manifests(house.acme)
        assert (mine.row_count, pq.read_table(path_of(mine.url)).num_rows) == (2, 2)

    def test_a_file_that_is_damaged_before_it_is_read_back(self, house, monkeypatch):
        house.event(house.acme)
        put = Folder.put

        def spoil(self, file, name):
            url = put(self, file, name)
            data = bytearray(path_of(url).read_bytes())
            data[len(data) // 2] ^= 1
            path_of(url).write_bytes(data)
            return url

        with monkeypatch.context() as patch:
            patch.setattr(Folder, "put", spoil)
            (problem,) = house.sweep()[EVENTS].problems
            assert "does not hold the rows" in problem
            assert house.count(house.acme) == 1
        assert house.sweep()[EVENTS].archived == 1

    def test_without_the_library(self, house, monkeypatch):
        house.event(house.acme)
        house.event(house.rival, house.db.clock.now() - timedelta(days=9))
        monkeypatch.setattr(
            columns, "import_module", lambda name: (_ for _ in ()).throw(ImportError(name))
        )
        (problem,) = house.sweep()[EVENTS].problems
        assert "pip install 'everlearn[arrow]'" in problem
        assert house.count(house.acme) == 1


class TestCleanup:
    """cleanup_old_learning_events, found by its bare name."""

    def clean(self, house):
        said = []
        with psycopg.connect(house.db.server.conninfo("service")) as connection:
            connection.add_notice_handler(lambda notice: said.append(notice.message_primary))
            (removed,) = connection.execute("SELECT cleanup_old_learning_events()").fetchone()
        return removed, said

    def store(self, house, tenant):
        (table,) = [t for t in rows.aging_tables(house.service) if t.name == EVENTS]
        start, end = datetime(2023, 5, 1, tzinfo=UTC), datetime(2023, 6, 1, tzinfo=UTC)
        piece = Piece(table, tenant, start, end, "learning_events_y2023m05")
        store = open_store(house.settings, ArchiveStrategy.ARCHIVE_TO_S3)
        return archive.store_piece(house.service, store, piece, at=house.db.clock.now())

    def test_only_what_is_archived(self, house):
        house.event(house.acme, n=3)
        house.event(house.rival)
        self.store(house, house.acme)
        removed, (said,) = self.clean(house)
        assert removed == 0
        assert "1 rows of tenant" in said
        assert str(house.rival) in said
        self.store(house, house.rival)
        assert self.clean(house) == (4, [])
        assert self.clean(house) == (0, [])
        assert house.partitions() == []
        assert house.manifests(house.acme)[0].dropped_at is not None

    def test_counted_again(self, house):
        house.event(house.acme)
        self.store(house, house.acme)
        house.event(house.acme)
        removed, (said,) = self.clean(house)
        assert (removed, house.count(house.acme)) == (0, 2)
        assert "2 rows of tenant" in said

    def test_a_longer_policy_holds(self, house):
        house.event(house.acme)
        self.store(house, house.acme)
        house.keep(house.acme, days=3650)
        removed, (said,) = self.clean(house)
        assert (removed, house.count(house.acme)) == (0, 1)
        assert "still keeps" in said

    def test_nothing_young(self, house):
        house.event(house.acme, datetime.now(UTC))
        assert self.clean(house) == (0, [])
        assert house.count(house.acme) == 1


CHILD = """, parent_id uuid, FOREIGN KEY (tenant_id, parent_id)
REFERENCES operations.parents (tenant_id, id) ON DELETE CASCADE"""


class TestRows:
    """Rows that go one by one, in tables of this test."""

    @pytest.fixture
    def family(self, house):
        """Give parents, children who refer to them, and one parent that is referred to."""
        with psycopg.connect(house.db.server.conninfo("admin", house.db.name)) as admin:
            for name, more in (("parents", ""), ("children", CHILD)):
                admin.execute(
                    f"CREATE TABLE operations.{name} (tenant_id uuid DEFAULT app.tenant_id(),"
                    f" id uuid, PRIMARY KEY (tenant_id, id){more});"
                    f" GRANT ALL ON operations.{name} TO everlearn_service;"
                    f" SELECT app.set_retention('operations.{name}', 30)"
                )
        return house

    def put(self, house, name, age, parent=None):
        made = uuid7(house.db.clock.now() - timedelta(days=age))
        values = {"id": made} | ({"parent_id": parent} if parent else {})
        with house.service.tx(house.acme) as tx:
            fields = ", ".join(values)
            marks = ", ".join(f":{field}" for field in values)
            tx.execute(f"INSERT INTO operations.{name} ({fields}) VALUES ({marks})", values)
        return made

    def test_in_batches(self, family, monkeypatch):
        monkeypatch.setattr(rows, "BATCH", 2)
        for age in (40, 40, 35, 31, 31, 29):
            self.put(family, "parents", age)
        assert family.sweep()["operations.parents"].deleted == 5
        assert family.count(family.acme, "operations.parents") == 1

    def test_who_is_referred_to_stays_until_the_other_goes(self, family):
        parent = self.put(family, "parents", 50)
        self.put(family, "children", 10, parent)
        self.put(family, "children", 40, parent)
        did = family.sweep()
        assert (did["operations.children"].deleted, did["operations.parents"].kept) == (1, 1)
        assert family.sweep(dry_run=True)["operations.parents"].kept == 1
        later = family.db.clock.now() + timedelta(days=25)
        did = family.sweep(at=later)
        assert (did["operations.children"].deleted, did["operations.parents"].deleted) == (1, 1)

    def test_an_id_without_a_time_stays(self, family):
        with family.service.tx(family.acme) as tx:
            tx.execute(
                "INSERT INTO operations.parents (id)"
                " VALUES ('00000000-0000-4000-8000-000000000001')"
            )
        assert family.sweep() == {}

    def test_archived_by_whole_months(self, family):
        for age in (100, 99, 31, 1):
            self.put(family, "parents", age)
        family.keep(family.acme, "operations.parents", days=30, strategy=ArchiveStrategy.COMPRESS)
        would = family.sweep(dry_run=True)["operations.parents"]
        did = family.sweep()["operations.parents"]
        assert (would.archived, did.archived, did.problems) == (2, 2, [])
        assert family.count(family.acme, "operations.parents") == 2
        assert all(m.partition_name is None for m in family.manifests(family.acme))

    def test_an_open_job_stays(self, house):
        at = house.db.clock.now() - timedelta(days=400)
        with house.app.tx(house.acme) as tx:
            for status in ("queued", "running", "completed", "failed", "cancelled"):
                tx.execute(
                    "INSERT INTO operations.job_runs (id, name, queue, status, queued_by)"
                    " VALUES (:id, 'x', 'default', :status, 'x')",
                    {"id": uuid7(at), "status": status},
                )
        assert house.sweep()["operations.job_runs"].deleted == 3


VALUES = {
    "uuid": ["gen_random_uuid()", "NULL"],
    "uuid[]": ["ARRAY[gen_random_uuid(), NULL]", "'{}'", "NULL"],
    "jsonb": ['\'{"b": [1.50, null, "ü\\n"], "a": {}}\'', "'null'", "'[]'", "NULL"],
    "json": ["'{ \"kept\":  1 }'"],
    "timestamptz": ["'2013-03-31 02:30:00.123456+01'", "'0044-03-15 00:00:00+00'", "NULL"],
    "timestamptz[]": ["ARRAY['2026-01-01'::timestamptz, NULL]"],
    "text": ["''", "'NULL'", "E'a\\tb\\n\\\\.\"'", "NULL"],
    "text[]": ["ARRAY['', 'NULL', NULL, 'a,b', E'\"\\\\']", "'{}'"],
    "bytea": ["'\\x00ff'", "''"],
    "boolean": ["true", "false", "NULL"],
    "smallint": ["-32768"],
    "integer": ["2147483647"],
    "bigint": ["-9223372036854775808"],
    "bigint[]": ["ARRAY[1, NULL, 3]"],
    "real": ["0.1", "'NaN'", "'-Infinity'", "3.4e38"],
    "real[]": ["ARRAY[0.1, NULL]::real[]"],
    "double precision": ["0.1", "'NaN'", "'Infinity'", "1e-300", "1e20"],
    "double precision[]": ["ARRAY[0.1, 1e20]"],
    "numeric(18,4)": ["12345678901234.5678", "-0.0001"],
    "numeric": ["1.50", "1e40", "'NaN'"],
    "date": ["'2026-02-28'", "NULL"],
    "interval": ["'1 mon 2 days 03:04:05.678'", "'-1 year'"],
    "vector(3)": ["'[0.1,-2,3e10]'", "NULL"],
    "inet": ["'10.0.0.1/8'"],
}


class TestTypes:
    """Every type of column comes back from the file as it was."""

    @pytest.mark.parametrize("kind", VALUES)
    def test_round_trip(self, house, kind):
        table = Aging("operations.every_type", "id", ("tenant_id", "id"), None, ())
        with psycopg.connect(house.db.server.conninfo("admin", house.db.name)) as admin:
            admin.execute(
                f"CREATE TABLE operations.every_type (tenant_id uuid, id uuid, v {kind},"
                " g text GENERATED ALWAYS AS (id::text || '!') STORED,"
                " PRIMARY KEY (tenant_id, id));"
                " GRANT ALL ON operations.every_type TO everlearn_service"
            )
            for value in VALUES[kind]:
                admin.execute(
                    f"INSERT INTO operations.every_type VALUES ('{house.acme}',"
                    f" '{uuid7(OLD)}', {value})"
                )
        query = text("SELECT t::text FROM operations.every_type t ORDER BY 1")
        with house.service.tx(house.acme) as tx:
            before = list(tx.execute(query).scalars())
        store = open_store(house.settings, ArchiveStrategy.COMPRESS)
        piece = Piece(table, house.acme, OLD - timedelta(days=1), OLD + timedelta(days=1))
        at = house.db.clock.now()
        assert archive.store_piece(house.service, store, piece, at=at) == len(before)
        assert archive.drop_piece(house.service, piece, at=at) == len(before)
        (manifest,) = house.manifests(house.acme)
        with house.service.tx(house.acme) as tx:
            archive.stage(tx, piece, path_of(manifest.url), manifest.layout)
            query = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(archive.STAGE)
            found = rows.run(tx, query)
        assert [row[0] for row in found] == before


class TestStore:
    def test_where(self, house, tmp_path):
        remote = house.settings.model_copy(update={"archive_url": (tmp_path / "x").as_uri()})
        store = open_store(remote, ArchiveStrategy.ARCHIVE_TO_S3)
        file = tmp_path / "f"
        file.write_bytes(b"hello")
        assert store.put(file, "a/b.parquet").endswith("/x/a/b.parquet")
        here = open_store(remote, ArchiveStrategy.COMPRESS)
        assert "/archive/" in here.put(file, "a/b.parquet")

    def test_a_store_behind_a_url(self, tmp_path):
        from obstore.store import LocalStore, MemoryStore

        for made in (MemoryStore(), LocalStore(tmp_path / "remote", mkdir=True)):
            store = Remote("s3://bucket/folder/", made)
            file = tmp_path / "f"
            file.write_bytes(b"hello" * 1_000_000)
            assert store.put(file, "a/b.parquet") == "s3://bucket/folder/a/b.parquet"
            with store.local("a/b.parquet") as found:
                assert found.read_bytes() == file.read_bytes()
            store.delete("a/b.parquet")
            with pytest.raises(ArchiveUnavailable), store.local("a/b.parquet"):
                pass

    def test_an_unknown_url(self, house):
        settings = house.settings.model_copy(update={"archive_url": "nonsense"})
        with pytest.raises(EverlearnError):
            open_store(settings, ArchiveStrategy.ARCHIVE_TO_S3)

    def test_a_file_that_is_gone(self, tmp_path):
        with pytest.raises(ArchiveUnavailable), Folder(tmp_path).local("x"):
            pass
