"""A primary and its streaming replica, of the embedded server's own programs, for tests.

with servers(folder) as pair:
    pair.primary            # a Server at the current schema, written to
    pair.read_url           # what EVERLEARN_READ_URL is set to
    pair.replica.kill()     # kill -9; .start() again; .stop()
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from everlearn.core import migrate, pg
from everlearn.core.pg import config, place, postmaster
from everlearn.core.pg.place import Cluster
from everlearn.core.pg.tools import Tools, find_tools
from everlearn.core.pg.types import EmbeddedServer, conninfo_of
from everlearn.core.settings import Settings

_TIMEOUT_S = 60.0
_SLOT = "everlearn_replica"


class Standby:
    """The replica's process and files."""

    def __init__(self, cluster: Cluster, tools: Tools) -> None:
        """Take a base backup over; `start` makes a server of it."""
        self.cluster, self._tools = cluster, tools
        self.socket_folder = place.socket_folder(cluster.data.parent, cluster.account)

    @property
    def server(self) -> EmbeddedServer:
        """Give it as a server that may be connected to."""
        return EmbeddedServer(self.socket_folder, self.cluster.account.name)

    def start(self) -> None:
        """Start it and wait until it takes readers."""
        postmaster.start(self.cluster, self._tools, timeout_s=_TIMEOUT_S)

    def stop(self) -> None:
        """Stop it in good order."""
        postmaster.stop(self.cluster, timeout_s=_TIMEOUT_S)

    def kill(self) -> None:
        """Kill it and what serves its connections, without any chance to tidy up."""
        found = postmaster.find(self.cluster.data)
        assert found is not None, "the replica does not run"
        children = Path(f"/proc/{found.pid}/task/{found.pid}/children")
        processes = children.read_text().split() if children.exists() else []
        for pid in (found.pid, *map(int, processes)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def execute(self, query: str) -> object:
        """Run a statement as its administrator and give the first value."""
        conninfo = self.server.conninfo("admin", "everlearn")
        with psycopg.connect(conninfo, autocommit=True) as connection:
            cursor = connection.execute(query)
            row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None

    def catch_up(self, primary: pg.Server) -> None:
        """Wait until it shows what the primary has committed by now."""
        with psycopg.connect(primary.conninfo("admin"), autocommit=True) as connection:
            row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
        assert row is not None
        query = f"SELECT pg_last_wal_replay_lsn() >= '{row[0]}'"
        deadline = time.monotonic() + _TIMEOUT_S
        while not self.execute(query):
            assert time.monotonic() < deadline, "the replica does not catch up"
            time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class Pair:
    """A primary, what it was made with, and its replica."""

    primary: pg.Server
    settings: Settings
    replica: Standby

    @property
    def read_url(self) -> str:
        """Give the replica's DSN."""
        parts = {"host": str(self.replica.socket_folder), "port": "5432", "user": "postgres"}
        return conninfo_of(**parts, dbname="everlearn")


@contextmanager
def servers(folder: Path, *, binaries: Path | None = None) -> Iterator[Pair]:
    """Make both servers below a folder, and remove them afterwards."""
    settings = Settings(data_dir=folder / "primary", database_url=None, read_url=None, pool_size=5)
    settings.data_dir.mkdir(mode=0o711, parents=True)
    try:
        primary = pg.start(settings, fast_and_unsafe=True, binaries=binaries)
        pg.bootstrap(primary)
        migrate.upgrade(primary)
        assert isinstance(primary, EmbeddedServer)
        standby = _back_up(settings, primary, folder / "replica", binaries)
        try:
            standby.start()
            yield Pair(primary, settings, standby)
        finally:
            standby.stop()
            shutil.rmtree(standby.socket_folder, ignore_errors=True)
    finally:
        pg.remove(settings)
        shutil.rmtree(folder, ignore_errors=True)


def _back_up(
    settings: Settings, primary: EmbeddedServer, home: Path, binaries: Path | None
) -> Standby:
    """Copy the primary's files and have the copy follow it."""
    source = place.cluster_at(place.clusters_in(place.find_home(settings.data_dir))[0])
    tools = find_tools(binaries, source.account)
    place.make_private(home, source.account)
    cluster = Cluster(home / source.data.name, source.account)
    command: list[str | Path] = [tools.folder / "pg_basebackup", "-D", cluster.data]
    command += ["--write-recovery-conf", "--create-slot", f"--slot={_SLOT}"]
    command += ["--checkpoint=fast", "--wal-method=stream", "--no-sync"]
    command += [f"--dbname={primary.conninfo('admin')}"]
    done = source.account.run(command)
    assert done.returncode == 0, done.stderr
    standby = Standby(cluster, tools)
    place.make_private(standby.socket_folder, source.account)
    conf = config.server_conf(standby.socket_folder, preload=(), unsafe=True)
    conf += "hot_standby_feedback = on\nwal_retrieve_retry_interval = '200ms'\n"
    source.account.write(cluster.data / config.CONF_NAME, conf)
    return standby
