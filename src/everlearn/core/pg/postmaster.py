"""The server's process: is it there, is it ready, start it, stop it.

The process is found through `postmaster.pid`, which outlives a crash, so it is never believed
alone: the process must have been started with this very data folder, and the socket must answer.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from everlearn.core.errors import Unavailable
from everlearn.core.pg.place import Cluster, socket_path
from everlearn.core.pg.tools import Tools

_POLL_S = 0.02
_CRASH_RETRY_S = 15.0
_SSL_REQUEST = struct.pack(">ii", 8, 80_877_103)  # length and code, as in the protocol's manual
_READY = ("ready", "standby")  # the latter of a replica, which takes readers
_NOBODY = 2**30  # above every process id a kernel gives out


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The running server process of a data folder."""

    pid: int
    socket_folder: Path
    ready: bool


def find(data: Path) -> Postmaster | None:
    """Find the server process of a data folder, if it lives."""
    lines = _pid_file(data)
    if len(lines) < 1 or not _is_postmaster(int(lines[0]), data):
        return None
    folder = Path(lines[4]) if len(lines) > 4 else Path()
    ready = len(lines) > 7 and lines[7].strip() in _READY and _answers(socket_path(folder))
    return Postmaster(int(lines[0]), folder, ready)


def start(cluster: Cluster, tools: Tools, *, timeout_s: float) -> Postmaster:
    """Start the server of a cluster that has none, and wait until it accepts connections.

    After a crash, processes of the old server may hold its shared memory for a moment; PostgreSQL
    rightly refuses to start meanwhile, so this tries again for some seconds.

    Raises:
        Unavailable: it did not become ready; the message ends with the server's log.
    """
    crashed = bool(_pid_file(cluster.data))
    deadline = time.monotonic() + timeout_s
    patience = time.monotonic() + (_CRASH_RETRY_S if crashed else 0.0)
    while True:
        _disown_pid_file(cluster)
        pid = _launch(cluster, tools)
        while _arguments(pid):
            found = find(cluster.data)
            if found is not None and found.ready:
                return found
            if time.monotonic() > deadline:
                raise _no_answer(cluster, f"did not become ready in {timeout_s:.0f} s")
            time.sleep(_POLL_S)
        if time.monotonic() > patience:
            raise _no_answer(cluster, "stopped while it was starting")
        time.sleep(0.2)


def wait(cluster: Cluster, *, timeout_s: float) -> Postmaster | None:
    """Wait until a server that is starting is ready, or one that is stopping is gone."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = find(cluster.data)
        if found is None or found.ready:
            return found
        if time.monotonic() > deadline:
            raise _no_answer(cluster, f"has not become ready for {timeout_s:.0f} s")
        time.sleep(_POLL_S)


def stop(cluster: Cluster, *, timeout_s: float) -> bool:
    """Stop the server, ending its connections; give False when it was not running."""
    found = find(cluster.data)
    if found is None:
        return False
    os.kill(found.pid, signal.SIGINT)  # the fast shutdown: roll back, checkpoint, end
    deadline = time.monotonic() + timeout_s
    while find(cluster.data) is not None:
        if time.monotonic() > deadline:
            raise _no_answer(cluster, f"did not stop in {timeout_s:.0f} s")
        time.sleep(_POLL_S)
    return True


def log_tail(data: Path, lines: int = 12) -> str:
    """Give the last lines that the server wrote: while it started, and later."""
    logs = [p for p in [data / "startup.log", *(data / "log").glob("*.log")] if p.is_file()]
    tail: deque[str] = deque(maxlen=lines)
    for path in sorted(logs, key=lambda p: p.stat().st_mtime_ns)[-2:]:
        with path.open(errors="replace") as text:
            tail.extend(line.rstrip() for line in text)
    return "\n".join(tail)


def _launch(cluster: Cluster, tools: Tools) -> int:
    """Start the server as a process of nobody, and give its id.

    Not pg_ctl: that puts the path of the data folder through a shell, and looks ten times a
    second only. This shell gets all paths as arguments, ends at once, and leads a session without
    a terminal; so the server outlives us, and Ctrl-C does not reach it.
    """
    script = ': >"$0"; "$@" </dev/null >>"$0" 2>&1 & echo $!'
    log = cluster.data / "startup.log"
    server = tools.folder / "postgres"
    command: list[str | Path] = ["/bin/sh", "-c", script, log, server, "-D", cluster.data]
    return int(cluster.account.run(command).stdout)


def _pid_file(data: Path) -> list[str]:
    """Read postmaster.pid: process, data folder, start, port, socket folder, ..., state."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, PermissionError):
        return []
    return lines if lines and lines[0].strip().isdigit() else []


def _disown_pid_file(cluster: Cluster) -> None:
    """Take a foreign process's id out of a postmaster.pid that a crash left behind.

    After a container was killed, the ids in it are given out anew, and the id in the file may be
    that of a process which never was a server, or of a zombie nobody fetches. PostgreSQL would
    refuse to start for ever. The rest of the file stays: by its shared memory key PostgreSQL
    notices children of the crashed server that still write.
    """
    lines = _pid_file(cluster.data)
    if not lines or not _exists(int(lines[0])) or _is_postmaster(int(lines[0]), cluster.data):
        return
    cluster.account.write(
        cluster.data / "postmaster.pid", "\n".join([str(_NOBODY), *lines[1:]]) + "\n"
    )


def _is_postmaster(pid: int, data: Path) -> bool:
    arguments = _arguments(pid)
    if len(arguments) == 1:  # from ps, which does not keep them apart
        return "postgres" in arguments[0] and str(data) in arguments[0]
    return bool(arguments) and Path(arguments[0]).name == "postgres" and str(data) in arguments


def _arguments(pid: int) -> list[str]:
    """Give a process's command line; empty when it is gone or a zombie."""
    if Path("/proc/self/cmdline").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return []
        return [os.fsdecode(part) for part in raw.split(b"\0")[:-1]]
    said = subprocess.run(
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    line = said.stdout.strip()
    return [line] if line and "<defunct>" not in line else []


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _answers(path: Path) -> bool:
    """Ask the server for encryption and wait for its one byte, which is a no.

    Connecting is not enough: the kernel still queues connections for a process that was killed a
    moment ago.
    """
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2.0)
        try:
            probe.connect(str(path))
            probe.sendall(_SSL_REQUEST)
            return probe.recv(1) != b""
        except OSError:
            return False


def _no_answer(cluster: Cluster, what: str) -> Unavailable:
    tail = log_tail(cluster.data)
    return Unavailable(
        f"the database server in {cluster.data} {what}; its log ends with:\n{tail}",
        hint="a server that recovers from a crash needs longer: try again; "
        f"otherwise see {cluster.data / 'startup.log'} and {cluster.data / 'log'}",
    )
