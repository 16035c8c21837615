"""Processes are killed and the database is away while events come: what was answered is there once.

Everything real: the application in a process of its own, a server that waits for the disk. The
database is away for EVERLEARN_TEST_AWAY_S seconds, 2 when that is not set.
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
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

import everlearn
from everlearn.core import pg
from everlearn.core.app import open_runtime
from everlearn.core.ids import uuid7_many
from everlearn.core.settings import Settings
from everlearn.modules.tenancy import service as tenancy

pytestmark = pytest.mark.slow
AWAY_S = float(os.environ.get("EVERLEARN_TEST_AWAY_S", "2"))
SOON_S = 60


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
