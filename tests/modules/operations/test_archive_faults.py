"""kill -9 at every step of archiving, restoring and retention, and disks that are full."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from everlearn.core import partitions
from everlearn.core.errors import Unavailable
from everlearn.core.ids import uuid7
from everlearn.core.migrate import load_tables
from everlearn.modules.operations import service
from everlearn.modules.operations.errors import ArchiveUnavailable, RetentionRuns
from everlearn.modules.operations.service import querying, restoring, retention
from everlearn.modules.operations.types import FileState

load_tables()
EVENTS = "events.learning_events"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

#: A process that runs what it is told in children, each of which kills itself at its n-th step:
#: before and after every commit that wrote, and every file that takes its place.
KILLER = """
import json, os, signal, sys, uuid
from datetime import datetime
from pathlib import Path
from sqlalchemy import text
from sqlalchemy.orm import Session
from everlearn.core import migrate, pg
from everlearn.core.settings import Settings
from everlearn.core.testing.plugin import Named
from everlearn.core.tx import connect
from everlearn.core.clock import ManualClock
from everlearn.modules.operations.service import (
    archive, columns, json_forms, parquet, restoring, retention)

columns.arrow()
migrate.load_tables()
TABLE = "events.learning_events"

def patched(last):
    left = [last]
    def step():
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
    commit, replace, unlink = Session.commit, Path.replace, Path.unlink
    def committing(self):
        query = text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        wrote = self.execute(query).scalar()
        if wrote:
            step()
        commit(self)
        if wrote:
            step()
    def around(original):
        def call(self, *args, **more):
            step()
            made = original(self, *args, **more)
            step()
            return made
        return call
    Session.commit, Path.replace, Path.unlink = committing, around(replace), around(unlink)

def run(told):
    home = Settings(data_dir=told["home"])
    settings = home.model_copy(update={"data_dir": Path(told["folder"])})
    server = Named(pg.start(home), told["name"])
    database = connect(server, home, role="service")
    database.clock = ManualClock(datetime.fromisoformat(told["at"]))
    patched(told["step"])
    if told["what"] == "restore":
        start, end = map(datetime.fromisoformat, told["period"])
        tenant = uuid.UUID(told["tenant"])
        restoring.restore(database, settings, tenant, TABLE, start=start, end=end, keep_days=1)
    else:
        retention.sweep(database, settings, only=[TABLE])

for line in sys.stdin:
    child = os.fork()
    if not child:
        try:
            run(json.loads(line))
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""


@pytest.fixture(scope="module")
def killer():
    """Give a function that runs a task until its n-th step; it gives the child's wait status."""
    words = [sys.executable, "-c", KILLER]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def ask(**told):
            process.stdin.write(json.dumps(told) + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield ask
        process.stdin.close()


class House:
    """A database of its own, its archive, and two tenants."""

    def __init__(self, db, folder):
        self.db = db
        self.settings = db.settings.model_copy(update={"data_dir": folder})
        self.app, self.service = db.database(), db.database("service")
        self.acme, self.rival = db.tenant("acme"), db.tenant("rival")

    def events(self, tenant, at, n=3):
        with self.app.tx(tenant) as tx:
            partitions.ensure(tx, EVENTS, [at])
            for i in range(n):
                tx.execute(
                    "INSERT INTO events.learning_events (id, event_type, event_data, timestamp)"
                    " VALUES (:id, 'model_training', '{\"a\": 1.5}', :at)",
                    {"id": uuid7(at), "at": at + timedelta(seconds=i)},
                )

    def hash(self, start, end):
        """Give the number, the ids and a hash of acme's rows of a time, archived or not."""
        sql = (
            "SELECT count(*) AS n, count(DISTINCT id) AS ids,"
            " bit_xor(hash(epoch_us(timestamp - date_trunc('month', timestamp)),"
            " event_data::VARCHAR)) AS h FROM learning_events"
            f" WHERE timestamp >= '{start:%Y-%m-%d}' AND timestamp < '{end:%Y-%m-%d}'"
        )
        answer = querying.query(self.app, self.settings, self.acme, sql)
        return answer.table.to_pylist()[0]

    def live(self, start, end):
        with self.service.tx(self.acme) as tx:
            query = (
                "SELECT count(*) FROM events.learning_events WHERE tenant_id = app.tenant_id()"
                " AND timestamp >= :start AND timestamp < :end"
            )
            return tx.scalar(query, {"start": start, "end": end})

    def files(self, start):
        with self.app.tx(self.acme) as tx:
            return [file for file in service.list_files(tx) if file.period_start == start]

    def sweep(self, at=NOW):
        """Sweep, once the server has noticed that a killed process is gone."""
        for _ in range(100):
            try:
                swept = retention.sweep(self.service, self.settings, only=[EVENTS], at=at)
                return [problem for each in swept for problem in each.problems]
            except RetentionRuns:
                time.sleep(0.05)
        raise RetentionRuns

    def restore(self, start, end):
        for _ in range(100):
            try:
                return restoring.restore(
                    self.service, self.settings, self.acme, EVENTS, start=start, end=end,
                    keep_days=1,
                )  # fmt: skip
            except RetentionRuns:
                time.sleep(0.05)
        raise RetentionRuns


@pytest.fixture
def house(db, tmp_path):
    return House(db, tmp_path)


def month(n):
    """Give the n-th month before the events' time is over, with its end."""
    start = datetime(2022 - n // 12, 12 - n % 12, 1, tzinfo=UTC)
    return start, (start + timedelta(days=32)).replace(day=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "least"), [("archive", 8), ("shared", 10), ("restore", 2), ("again", 12)]
)
def test_killed_at_every_step(house, killer, task, least):
    """Whatever step is the last: no row is lost or doubled, and the next run ends the work.

    `archive`: a month whose partition goes. `shared`: one that another tenant still keeps.
    `restore`: a month comes back. `again`: it leaves for another file, the old one is removed.
    """
    if task == "shared":
        with house.app.tx(house.rival) as tx:
            service.set_retention(tx, EVENTS, days=30_000)
    told = {
        "what": "restore" if task == "restore" else "sweep",
        "home": str(house.db.settings.data_dir),
        "folder": str(house.settings.data_dir),
        "name": house.db.name,
        "tenant": str(house.acme),
        "at": (NOW + timedelta(days=2 if task == "again" else 0)).isoformat(),
    }
    steps, before = 0, None
    while True:
        start, end = month(steps)
        house.events(house.acme, start)
        if task == "shared":
            house.events(house.rival, start, 1)
        before = before or house.hash(start, end)  # the same for every month
        if task in {"restore", "again"}:
            assert house.sweep() == []
        if task == "again":
            house.restore(start, end)
        period = [start.isoformat(), end.isoformat()]
        status = killer(**told, step=steps + 1, period=period)
        assert house.hash(start, end) == before
        if task == "restore":
            house.restore(start, end)
            assert house.live(start, end) == 3
        else:
            assert house.sweep(datetime.fromisoformat(told["at"])) == []
            assert house.live(start, end) == 0
        (file,) = house.files(start)
        wanted = FileState.RESTORED if task == "restore" else FileState.ARCHIVED
        assert (file.state, file.row_count) == (wanted, 3)
        there = sorted(house.settings.data_dir.glob(f"archive/*/{house.acme}/{start:%F}*"))
        assert there == [Path(unquote(urlsplit(file.url).path))]
        if status == 0:
            break
        assert status == signal.SIGKILL
        steps += 1
    assert steps >= least
    assert house.hash(*month(steps)) == before
    whole = house.hash(month(steps)[0], month(0)[1])
    assert (whole["n"], whole["ids"]) == (3 * (steps + 1), 3 * (steps + 1))


@contextmanager
def small_disk(path, size, owner=None):
    """Mount a file system in memory that is full soon; skip where that may not be done."""
    path.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    if shutil.which("mount") is None or subprocess.run(words, check=False).returncode:
        pytest.skip("mounting a file system is not permitted here")
    try:
        if owner is not None:
            os.chown(path, owner.st_uid, owner.st_gid)
        yield lambda more: subprocess.run(
            ["mount", "-o", f"remount,size={more}", str(path)], check=True
        )
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def test_the_archives_disk_is_full(house):
    house.events(house.acme, month(0)[0], 400)
    before = house.hash(*month(0))
    with small_disk(house.settings.data_dir / "archive", "4k") as grow:
        (problem,) = house.sweep()
        assert "No space left on device" in problem
        assert house.live(*month(0)) == 400
        assert house.files(month(0)[0]) == []
        assert not list((house.settings.data_dir / "archive").rglob("*.parquet*"))
        grow("4m")
        assert house.sweep() == []
        assert house.live(*month(0)) == 0
        assert house.hash(*month(0)) == before


def test_the_databases_disk_is_full(house, tmp_path_factory):
    """A tablespace of its own for one month of events, so that only it is full."""
    start, end = month(0)
    house.events(house.acme, start, 1)
    folder = house.db.settings.data_dir / f"small-{house.db.name}"
    owner = next(house.db.settings.data_dir.glob("**/PG_VERSION")).stat()
    name = f"small_{house.db.name}"
    with (
        small_disk(folder, "400k", owner) as grow,
        psycopg.connect(house.db.server.conninfo("admin", house.db.name), autocommit=True) as admin,
    ):
        admin.execute(f"CREATE TABLESPACE {name} LOCATION '{folder}'")
        admin.execute(f"ALTER TABLE parts.learning_events_y{start:%Ym%m} SET TABLESPACE {name}")
        try:
            acknowledged = 1
            with pytest.raises(Unavailable, match="disk is full"):
                for _ in range(100):
                    house.events(house.acme, start, 100)
                    acknowledged += 100
            assert acknowledged > 1
            assert house.live(start, end) == acknowledged
            grow("8m")
            house.events(house.acme, start, 100)
            assert house.live(start, end) == acknowledged + 100
            before = house.hash(start, end)
            assert house.sweep() == []
            assert house.hash(start, end) == before
        finally:
            admin.execute(f"DROP TABLE IF EXISTS parts.learning_events_y{start:%Ym%m}")
            admin.execute(f"DROP TABLESPACE {name}")


@pytest.mark.parametrize("what", ["temp_tablespaces", "default_tablespace"])
def test_the_databases_disk_is_full_during_a_restore(house, what):
    """While the file is staged, and while its rows go into the table: nothing is half restored."""
    start, end = month(0)
    house.events(house.acme, start, 400)
    before = house.hash(start, end)
    assert house.sweep() == []
    data = house.db.settings.data_dir
    folder, name = data / f"small-{house.db.name}", f"small_{house.db.name}"
    owner = next(data.glob("**/PG_VERSION")).stat()
    with (
        small_disk(folder, "48k", owner) as grow,
        psycopg.connect(house.db.server.conninfo("admin", house.db.name), autocommit=True) as admin,
    ):
        admin.execute(f"CREATE TABLESPACE {name} LOCATION '{folder}'")
        try:
            admin.execute(
                f"GRANT CREATE ON TABLESPACE {name} TO everlearn_service, everlearn_owner"
            )
            admin.execute(f"ALTER DATABASE {house.db.name} SET {what} = {name}")
            house.service.dispose()  # connections that know of it
            for _ in range(2):
                with pytest.raises(Unavailable, match="disk is full") as caught:
                    house.restore(start, end)
                assert "make room on the disk of the database" in caught.value.hint
                assert house.live(start, end) == 0
                (file,) = house.files(start)
                assert (file.state, file.restored_at) == (FileState.ARCHIVED, None)
                assert house.hash(start, end) == before
            grow("8m")
            done = house.restore(start, end)
            assert (done.rows, done.there, house.live(start, end)) == (400, 0, 400)
            assert house.hash(start, end) == before
        finally:
            house.service.dispose()
            admin.execute(f"DROP TABLE IF EXISTS parts.learning_events_y{start:%Ym%m}")
            admin.execute(f"ALTER DATABASE {house.db.name} RESET {what}")
            admin.execute(f"DROP TABLESPACE {name}")


def test_the_store_is_away(house, monkeypatch):
    start, end = month(0)
    house.events(house.acme, start)
    assert house.sweep() == []
    archive = house.settings.data_dir / "archive"
    archive.rename(archive.with_name("away"))
    with pytest.raises(ArchiveUnavailable):
        house.restore(start, end)
    assert house.live(start, end) == 0
    archive.with_name("away").rename(archive)
    assert house.restore(start, end).rows == 3
