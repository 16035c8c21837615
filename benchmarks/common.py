"""What the benchmarks share: a server and application of their own, rounds in turn, result files.

A ratio says more than a rate, since the machine's speed moves between runs and within one: ways
are compared that took turns in one session, round by round, and the median of the rounds is given.
"""

from __future__ import annotations

import json
import math
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from everlearn.core import pg
from everlearn.core.app import Runtime, open_runtime
from everlearn.core.settings import Settings
from everlearn.modules.tenancy import service as tenancy
from everlearn.modules.tenancy.types import Role

FOLDER = Path(__file__).parent / "results"
#: Processes that wanted a core in the minute before: other work on the machine blurs the figures.
LOAD = os.getloadavg()[0]


@dataclass(frozen=True, slots=True)
class Bench:
    """A running Everlearn.

    Attributes:
        made: settings, server and database (as everlearn_app), in this process.
        home: the data folder.
        tenant: the tenant `default`.
        secret: a key of it that may write.
        owner: a connection of everlearn_owner in autocommit, with that tenant set.
        port: of the application on 127.0.0.1, a process of its own; 0 when none was asked for.
    """

    made: Runtime
    home: Path
    tenant: UUID
    secret: str
    owner: psycopg.Connection[Any]
    port: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """Give the header that says who asks."""
        return {"authorization": f"Bearer {self.secret}"}


@contextmanager
def running(
    *, serve: bool = True, durable: bool = False, settings: Mapping[str, Any] | None = None
) -> Iterator[Bench]:
    """Run a server and the application in an empty folder, and take them away afterwards.

    Args:
        serve: start the application too.
        durable: wait for the disk at every commit. A disk that both ways of a comparison wait for
            only brings their ratio closer to 1.
        settings: further settings, of this process and of the application.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        Path(folder).chmod(0o711)
        home = Path(folder) / "data"
        chosen = Settings(data_dir=home, database_url=None, **(settings or {}))
        stack.callback(pg.remove, chosen)
        server = pg.start(chosen, fast_and_unsafe=not durable)
        made = open_runtime(chosen)
        stack.callback(made.close)
        tenant = tenancy.ensure_tenant(made.database, slug="default").id
        with made.database.tx(tenant) as tx:
            key = tenancy.create_key(tx, name="benchmark", role=Role.WRITER)
        owner = stack.enter_context(psycopg.connect(server.conninfo("owner"), autocommit=True))
        owner.execute("SELECT set_config('app.tenant_id', %s, false)", (str(tenant),))
        port = stack.enter_context(application(home, settings)) if serve else 0
        yield Bench(made, home, tenant, key.secret, owner, port)


@contextmanager
def application(home: Path, settings: Mapping[str, Any] | None = None) -> Iterator[int]:
    """Serve in a process of its own; give its port."""
    env = {f"EVERLEARN_{key.upper()}": str(value) for key, value in (settings or {}).items()}
    env = os.environ | env | {"EVERLEARN_DATA_DIR": str(home)}
    env.pop("EVERLEARN_DATABASE_URL", None)
    port = free_port()
    words = [sys.executable, "-m", "everlearn", "up", "--no-worker", "--port", str(port)]
    with process(words, port, env):
        yield port


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def process(words: Sequence[str], port: int, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run a program until the block ends; give its process id once it listens on the port."""
    quiet = subprocess.DEVNULL
    running_ = subprocess.Popen(words, env=env, stdout=quiet, stderr=quiet)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if running_.poll() is not None:
                    break
                time.sleep(0.1)
        else:
            running_.kill()
        if running_.poll() is not None:
            msg = f"{words} did not come up"
            raise RuntimeError(msg)
        yield running_.pid
    finally:
        running_.terminate()
        running_.wait(10)


#: Prepares what one run of a way works on (not measured), and runs it (measured).
Way = tuple[Callable[[], Any], Callable[[Any], Any]]


def in_turns(ways: Mapping[str, Way], rounds: int) -> dict[str, list[float]]:
    """Run every way once a round, beginning with another one each time; give seconds of each.

    A round before the first warms up and does not count.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for n in range(rounds + 1):
        turn = n % len(names)
        for name in names[turn:] + names[:turn]:
            prepare, run = ways[name]
            given = prepare()
            started = time.perf_counter()
            run(given)
            seconds = time.perf_counter() - started
            if n:
                taken[name].append(seconds)
    return taken


def ratio(one: Sequence[float], other: Sequence[float]) -> dict[str, float]:
    """Give the median of `one` over `other`, round by round, and its least and largest value.

    With seconds, above 1 says that `other` was the faster way.
    """
    each = [a / b for a, b in zip(one, other, strict=True)]
    return {
        "ratio": round(statistics.median(each), 3),
        "ratio_of_rounds_from": round(min(each), 3),
        "ratio_of_rounds_to": round(max(each), 3),
    }


def percentile(values: Sequence[float], q: float) -> float:
    """Give the least value that a share `q` of the values does not exceed."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(q * len(ranked)) - 1)]


def mib(pid: int) -> float:
    """Give the proportional share of memory of a process, in MiB; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def parent(pid: int) -> int:
    """Give the process that started another."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def children(pid: int) -> list[int]:
    """Give the processes that a process has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def machine() -> dict[str, Any]:
    """Describe the machine, without naming it."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(pages / 2**30, 1),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def write(name: str, figures: Mapping[str, Any]) -> None:
    """Write figures to `results/<name>.json` with time, machine and load, and print them."""
    head = {
        # lint: allow clock because a benchmark says when it ran
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_before": round(LOAD, 2),
    }
    path = FOLDER / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(head | dict(figures), indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    print(f"written to {path}")
