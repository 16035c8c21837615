"""Where the embedded server's files are.

    <data_dir>/pg.lock        held while somebody starts, stops or removes the server
    <data_dir>/pg18/          the data folder (0700, the server's user)
    <data_dir>/run/           the folder of its socket (0700, the server's user)
    <data_dir>/pg.home        only when the server's user cannot get into data_dir: the folder
                              that holds pg18/ and run/ instead, below /var/lib/everlearn

Folders that exist already are never opened up for the server's user: they are not ours.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from everlearn.core.errors import Unavailable
from everlearn.core.pg.errors import DatabaseUnusable
from everlearn.core.pg.osuser import Account, account_of, current_account, is_root

_log = logging.getLogger(__name__)
#: Where root's servers and readable copies of the programs go when their own place is closed.
STATE_FOLDER = Path("/var/lib/everlearn")
_SHORT_FOLDER = Path("/tmp")  # noqa: S108 - see `socket_folder`
_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_PATH_LIMIT = 103  # bytes; Linux takes 107, macOS 103


@dataclass(frozen=True, slots=True)
class Cluster:
    """A data folder and the OS user who owns it and runs its server."""

    data: Path
    account: Account

    @property
    def major(self) -> int:
        """The major version that wrote the data folder."""
        return int((self.data / "PG_VERSION").read_text().strip())


def data_dir_of(data_dir: Path) -> Path:
    """Give the one true spelling of a data_dir: absolute, without links."""
    return data_dir.expanduser().resolve()


def clusters_in(home: Path) -> list[Path]:
    """List the complete data folders of a home, oldest version first."""
    try:
        found = [p for p in home.iterdir() if re.fullmatch(r"pg\d+", p.name) and is_complete(p)]
    except FileNotFoundError:
        return []
    except PermissionError:
        raise _closed(home) from None
    return sorted(found, key=lambda p: int(p.name[2:]))


def is_complete(data: Path) -> bool:
    """Tell whether a folder holds a whole cluster; initdb may have been interrupted.

    One that we cannot look into counts as whole: it is somebody's, and `cluster_at` says whose.
    """
    if not os.access(data, os.R_OK | os.X_OK):
        return data.is_dir()
    return (data / "PG_VERSION").is_file() and (data / "global" / "pg_control").is_file()


def cluster_at(data: Path) -> Cluster:
    """Describe an existing data folder.

    Raises:
        DatabaseUnusable: it belongs to another OS user than us, and we are not root.
    """
    owner = data.lstat().st_uid
    account = account_of(owner)
    if not is_root() and owner != os.geteuid():
        raise DatabaseUnusable(
            f"the database in {data} belongs to the OS user {account.name}",
            hint=f"run this as {account.name} or root, or set EVERLEARN_DATA_DIR to another folder",
        )
    return Cluster(data, account)


def find_home(data_dir: Path) -> Path:
    """Give the folder that holds data folder and socket, or that would when there are none."""
    note = data_dir / "pg.home"
    try:
        elsewhere = Path(note.read_text().strip())
    except (FileNotFoundError, PermissionError):
        return data_dir
    if not elsewhere.is_dir():
        raise DatabaseUnusable(
            f"the database of {data_dir} is in {elsewhere}, as {note} says, and that is gone",
            hint=f"restore it, or delete {note} to begin with an empty database",
        )
    if elsewhere.resolve().parent != STATE_FOLDER.resolve():
        # Whoever owns data_dir may have written this, and root deletes what it names.
        raise DatabaseUnusable(
            f"{note} names {elsewhere}, which is not a folder of {STATE_FOLDER}",
            hint=f"delete {note}",
        )
    return elsewhere


def make_home(data_dir: Path, account: Account) -> Path:
    """Give the folder for a new cluster of `account`, made if needed, that it can get into."""
    home = find_home(data_dir)
    if home != data_dir or not is_root() or account.can("x", data_dir):
        return home
    name = hashlib.sha256(str(data_dir).encode()).hexdigest()[:8]
    # The random part keeps a data_dir that was deleted and made again from finding its old data.
    home = state_folder() / f"{name}-{secrets.token_hex(2)}"
    make_folder(home, account)
    _write_private(home / "belongs_to", f"{data_dir}\n")
    _write_private(data_dir / "pg.home", f"{home}\n")
    _log.info("the user %s cannot get into %s; data goes to %s", account.name, data_dir, home)
    return home


def make_folder(path: Path, account: Account) -> None:
    """Make a folder of ours for `account`'s server, unless it exists.

    Root's folders can be passed through by the server's group, but not listed.
    """
    if path.is_dir():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700)
    except FileExistsError:
        return
    except PermissionError:
        raise _closed(path) from None
    if is_root() and account.uid != 0:
        os.chown(path, 0, account.gid, follow_symlinks=False)
        path.chmod(0o710)


def make_open(path: Path) -> None:
    """Make a folder that everybody can read, whatever our umask is; leave one that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir()
    except FileExistsError:
        return
    path.chmod(0o755)


def make_private(path: Path, account: Account) -> None:
    """Make a folder that only `account` can enter, or refuse the one that is there.

    Raises:
        DatabaseUnusable: something there is not a folder, belongs to another user, or is open.
    """
    try:
        path.mkdir(mode=0o700)
        if account.uid != os.geteuid():
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
    except FileExistsError:
        pass
    check_private(path, account)


def check_private(path: Path, account: Account) -> None:
    """Refuse a folder that is not `account`'s alone: a false server might wait in it."""
    found = path.lstat()
    closed = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    if found.st_uid != account.uid or not closed:
        raise DatabaseUnusable(
            f"{path} must be a folder that only {account.name} can enter; it belongs to user id "
            f"{found.st_uid} and has the mode {stat.filemode(found.st_mode)}",
            hint="remove it, or close it with chmod 700",
        )


def socket_folder(home: Path, account: Account) -> Path:
    """Choose the folder of the socket: beside the data, or a short one when that is too long.

    The short one is below /tmp, not TMPDIR or XDG_RUNTIME_DIR: those differ between a user's
    sessions and vanish with them, while the server stays.
    """
    beside = home / "run"
    if len(os.fsencode(beside / _SOCKET_NAME)) <= _SOCKET_PATH_LIMIT:
        return beside
    name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return _SHORT_FOLDER / f"everlearn-{account.uid}-{name}"


def socket_path(folder: Path) -> Path:
    """Give the path of the socket in its folder."""
    return folder / _SOCKET_NAME


def state_folder() -> Path:
    """Give root's folder for what the server's users must reach, made if needed."""
    make_open(STATE_FOLDER)
    found = STATE_FOLDER.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
        raise DatabaseUnusable(
            f"{STATE_FOLDER} must be a folder of root that nobody else can write to",
            hint="move it away, or set EVERLEARN_DATA_DIR to a folder that every user can enter",
        )
    return STATE_FOLDER


@contextmanager
def locked(data_dir: Path, *, timeout_s: float) -> Iterator[None]:
    """Hold the one lock under which a server of this data_dir is started, stopped or removed.

    Raises:
        Unavailable: another process held it for longer than `timeout_s`.
    """
    path = data_dir / "pg.lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except PermissionError:
        raise _closed(data_dir) from None
    try:
        owner = data_dir.stat()
        if is_root() and owner.st_uid != os.fstat(handle).st_uid:
            os.fchown(handle, owner.st_uid, owner.st_gid)  # its owner needs the lock later
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"another process has been starting or stopping the database for "
                        f"{timeout_s:.0f} s",
                        hint=f"see who holds {path} (fuser {path}), and try again",
                    ) from None
                time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def _closed(path: Path) -> DatabaseUnusable:
    while not path.exists():
        path = path.parent
    return DatabaseUnusable(
        f"the OS user {current_account().name} has no right to {path}, which belongs to "
        f"{account_of(path.stat().st_uid).name}",
        hint="run this as its owner, or set EVERLEARN_DATA_DIR to another folder",
    )


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
