"""Processes are killed and the database is away: what was answered is there once.

While events come, and while chores roll up, archive, remove and restore. Everything real: the
application in a process of its own, a server that waits for the disk. The database is away for
EVERLEARN_TEST_AWAY_S seconds, 2 when that is not set.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import everlearn
from everlearn.core import pg
from everlearn.core.app import open_runtime
from everlearn.core.ids import uuid7, uuid7_many
from everlearn.core.job_table import JobRun
from everlearn.core.settings import Settings
from everlearn.core.testing.make import make
from everlearn.modules.events import service as events
from everlearn.modules.operations import service as operations
from everlearn.modules.operations.service import querying
from everlearn.modules.tenancy import service as tenancy

pytestmark = pytest.mark.slow
AWAY_S = float(os.environ.get("EVERLEARN_TEST_AWAY_S", "2"))
SOON_S = 30


@dataclass
class Home:
    """A data folder with its server, and a key."""

    settings: Settings
    tenant: object
    secret: str
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self) -> tuple[int, list[str]]:
        """Give how many events there are, and their ids."""
        made = open_runtime(self.settings, upgrade=False)
        with made.database.tx(self.tenant) as tx:
            found = [str(id_) for id_ in tx.execute("SELECT id FROM learning_events").scalars()]
        made.close()
        return len(found), found


@pytest.fixture(scope="module")
def home():
    folder = Path(tempfile.mkdtemp(prefix="evl-"))
    folder.chmod(0o711)
    settings = Settings(data_dir=folder / "data", database_url=None)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    try:
        made = open_runtime(settings)
        tenant = tenancy.ensure_tenant(made.database, slug="default").id
        with made.database.tx(tenant) as tx:
            key = tenancy.create_key(tx, name="k")
        made.close()
        yield Home(settings, tenant, key.secret, port)
    finally:
        pg.remove(settings)
        shutil.rmtree(folder)


def start(home: Home) -> subprocess.Popen:
    """Start the application and wait until it answers."""
    env = os.environ | {"EVERLEARN_DATA_DIR": str(home.settings.data_dir)}
    env.pop("EVERLEARN_DATABASE_URL", None)
    words = [sys.executable, "-m", "everlearn", "up", "--no-worker", "--port", str(home.port)]
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: ask(home.port, "GET", "/readyz")[0] == 200)
    return process


@contextmanager
def application(home: Home):
    """Run the application; what is given holds the process, which a test may replace."""
    held = [start(home)]
    try:
        yield held
    finally:
        held[0].terminate()
        with suppress(subprocess.TimeoutExpired):
            held[0].wait(20)
        held[0].kill()
        held[0].wait()


def ask(port: int, method: str, path: str) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except OSError:
        return 0, {}
    finally:
        connection.close()


def wait_for(condition) -> None:
    deadline = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


@dataclass
class Senders:
    """Threads that each send one event after the other, whatever is answered."""

    home: Home
    acknowledged: list[str] = field(default_factory=list)
    unavailable: list[str | None] = field(default_factory=list)
    other: list[tuple[int, bytes]] = field(default_factory=list)
    lost: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Senders:  # noqa: PYI034 - only this one
        self.threads = [threading.Thread(target=self.send) for _ in range(6)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def send(self) -> None:
        headers = {"authorization": f"Bearer {self.home.secret}"}
        connection = http.client.HTTPConnection("127.0.0.1", self.home.port, timeout=10)
        while not self.stop.is_set():
            (id_,) = uuid7_many(1, datetime.now(UTC))
            body = {"id": str(id_), "event_type": "experiment", "event_data": {}}
            try:
                connection.request("POST", "/v1/events", json.dumps(body), headers)
                answer = connection.getresponse()
                told = answer.read()
            except (OSError, http.client.HTTPException):
                self.lost += 1
                connection.close()
                time.sleep(0.02)
                continue
            if answer.status == 201:
                self.acknowledged.append(str(id_))
            elif answer.status == 503:
                self.unavailable.append(answer.headers.get("retry-after"))
                time.sleep(0.02)
            else:
                self.other.append((answer.status, told))
        connection.close()


def more_than(senders: Senders, client: everlearn.Client, n: int) -> None:
    """Wait until as many more were acknowledged to the senders, and some to the client."""
    alone, batched = len(senders.acknowledged) + n, client.stats.accepted + 50
    wait_for(lambda: len(senders.acknowledged) >= alone and client.stats.accepted >= batched)


@contextmanager
def streaming(home: Home, folder: Path):
    """Hand events to a client all the time; give it and the ids, complete when the block ends."""
    ids: list[str] = []
    stop = threading.Event()
    with everlearn.Client(home.url, home.secret, spill=folder, max_wait_s=0.5) as client:

        def hand_over() -> None:
            while not stop.wait(0.002):
                ids.append(client.event("experiment", {"n": len(ids)}))

        thread = threading.Thread(target=hand_over)
        thread.start()
        try:
            yield client, ids
        finally:
            stop.set()
            thread.join()
        assert client.flush(SOON_S)
        assert (client.stats.dropped, client.stats.refused) == (0, 0)


def check(home: Home, senders: Senders, ids: list[str]) -> None:
    """Everything acknowledged is there exactly once, and all that the client was handed."""
    n, found = home.count()
    assert n == len(set(found))
    there = set(found)
    assert [id_ for id_ in senders.acknowledged if id_ not in there] == []
    assert [id_ for id_ in ids if id_ not in there] == []
    assert senders.other == []


def test_the_application_is_killed(home, tmp_path):
    with (
        application(home) as held,
        Senders(home) as senders,
        streaming(home, tmp_path) as (client, ids),
    ):
        more_than(senders, client, 100)
        held[0].send_signal(signal.SIGKILL)
        held[0].wait()
        held[0] = start(home)
        more_than(senders, client, 100)
    assert senders.lost > 0
    check(home, senders, ids)


def test_the_database_is_killed_and_away(home, tmp_path):
    """Meanwhile 503 says when to come again; afterwards nobody has to restart the application."""
    with (
        application(home),
        Senders(home) as senders,
        streaming(home, tmp_path) as (client, ids),
    ):
        more_than(senders, client, 100)
        os.kill(pg.status(home.settings).pid, signal.SIGKILL)
        wait_for(lambda: senders.unavailable)
        time.sleep(AWAY_S)
        assert ask(home.port, "GET", "/healthz")[0] == 200
        assert ask(home.port, "GET", "/readyz")[0] == 503
        assert client.stats.last_error, "the client knows"
        before = len(senders.unavailable)
        wait_for(lambda: len(senders.unavailable) > before)
        pg.start(home.settings)
        more_than(senders, client, 100)
    assert set(senders.unavailable) == {"1"}
    assert senders.lost == 0, "the application answered all the time"
    check(home, senders, ids)


#: A worker that has nothing but chores to do, and months that are brought back and leave again.
CHORES = """
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from everlearn.core import chores, pg
from everlearn.core.clock import ManualClock
from everlearn.core.errors import EverlearnError
from everlearn.core.settings import Settings
from everlearn.modules.operations.service import restoring, retention

EVENTS = "events.learning_events"
settings = Settings(data_dir=Path(sys.argv[1]), database_url=None)
house = chores.House(pg.start(settings), settings, ManualClock(datetime(2026, 1, 1, tzinfo=UTC)))
each = chores.declared()["events.daily_metrics"]
start = datetime(2023, 1, 1, tzinfo=UTC)

def sweep():
    with house.service() as database:
        swept = retention.sweep(database, settings, only=[EVENTS, "operations.job_runs"])
    for problem in (problem for each in swept for problem in each.problems):
        print("problem", problem, flush=True)

def restore():
    with house.service() as database:
        restoring.restore(database, settings, UUID(sys.argv[2]), EVENTS,
            start=start, end=start + timedelta(days=59), keep_days=1)
    house.clock.advance(timedelta(days=2))

def roll_up():
    chores.run(each, house)

while True:
    for step in (roll_up, sweep, restore):
        name = step.__name__
        print("begins", name, flush=True)
        try:
            step()
            print("done", name, flush=True)
        except EverlearnError as error:
            print("problem", error, flush=True)
            time.sleep(0.05)
        except BaseException as error:
            print("bug", repr(error), flush=True)
"""


class Chores:
    """A process that does chores all the time; what it says is read as it comes."""

    def __init__(self, home: Home) -> None:
        self.said: list[str] = []
        words = [sys.executable, "-c", CHORES, str(home.settings.data_dir), str(home.tenant)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self) -> None:
        self.said.extend(line.strip() for line in self.process.stdout)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()

    def until(self, *words: str) -> None:
        """Wait until it says these, one after the other, from now on."""
        seen = len(self.said)
        for word in words:
            wait_for(lambda word=word, seen=seen: word in self.said[seen:])
            seen += self.said[seen:].index(word) + 1


#: What the chores are at when the database is killed, and after how many seconds.
KILLS = [("roll_up", 0.003), ("sweep", 0.05), ("restore", 0.01)]


def test_the_database_is_killed_while_chores_run(home):
    """Rollups, archive, retention and restoring end as if nothing had been, by themselves."""
    made = open_runtime(home.settings, upgrade=False)
    first = datetime(2023, 1, 1, tzinfo=UTC)
    times = [first + timedelta(hours=12 * i) for i in range(118)]
    rows = [{"id": uuid7(at), "event_type": "experiment", "event_data": {}} for at in times]
    with made.database.tx(home.tenant) as tx:
        operations.set_retention(tx, "operations.job_runs", days=1)
        for i in range(50):
            at = first + timedelta(seconds=i)
            make(tx, JobRun, id=uuid7(at), status="failed")
        assert events.ingest(tx, rows).accepted == len(rows)
        events.refresh_daily_metrics(tx)
    with made.database.tx(home.tenant) as tx:  # for the chores to count
        young = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=i) for i in range(200)]
        events.emit_many(
            tx,
            {
                "event_type": ["experiment"] * 200,
                "event_data": [{}] * 200,
                "timestamp": young,
            },
        )
        days = Counter(at.date() for at in (*times, *young))
    made.close()
    chores = Chores(home)
    try:
        for step, after in KILLS:
            chores.until(f"begins {step}")
            time.sleep(after)
            os.kill(pg.status(home.settings).pid, signal.SIGKILL)
            chores.until("problem the database does not answer (`everlearn status` tells more)")
            pg.start(home.settings)
        chores.until("done sweep", "done roll_up", "done restore", "done sweep", "begins roll_up")
    finally:
        chores.kill()
    assert [line for line in chores.said if line.startswith("bug")] == []
    made = open_runtime(home.settings, upgrade=False)
    with made.database.tx(home.tenant) as tx:
        counted = [
            each
            for since, n in ((first.date(), 90), (young[0].date(), 20))
            for each in events.days_of_events(tx, since=since, until=since + timedelta(days=n))
        ]
        assert {each.day: each.event_count for each in counted} == days
        checks = operations.verify_files(tx, home.settings)
        assert [(each.table_name, each.problem) for each in checks] == [
            ("events.learning_events", None)
        ] * 2
        query = "SELECT count(*) FROM operations.job_runs WHERE id < app.uuid_floor(:at)"
        assert tx.scalar(query, {"at": first + timedelta(days=30)}) == 0
    answer = querying.query(
        made.database, home.settings, home.tenant,
        "SELECT id, timestamp FROM learning_events WHERE timestamp < '2023-12-01'",
    )  # fmt: skip
    made.close()
    found = [(row["id"], row["timestamp"]) for row in answer.table.to_pylist()]
    assert sorted(found) == sorted(
        (str(row["id"]), at) for row, at in zip(rows, times, strict=True)
    )
