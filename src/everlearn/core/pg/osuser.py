"""OS users: who we are, who the server is, and how to do a thing as the latter.

PostgreSQL refuses to run as root. When root starts it, the server gets an ordinary system user, and
every file inside its data folder is written as that user too: root writing there would follow
whatever links the server's user may have put in place.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from everlearn.core.pg.errors import DatabaseUnusable

SERVER_USER = "everlearn"
_USERADD_OPTIONS = (
    *("--system", "--user-group", "--no-create-home"),
    *("--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"),
)


@dataclass(frozen=True, slots=True)
class Account:
    """One OS user."""

    name: str
    uid: int
    gid: int

    def run(
        self, argv: Sequence[str | Path], *, stdin: str = "", timeout_s: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this user, in a session of its own, with a bare environment.

        The environment is bare because the server keeps it for life: no secrets of ours, and no
        `PG*` variable that would change what the tools do. The time zone is set so that initdb
        does not search for it.

        Raises:
            PermissionError: this user may not execute the command.
            subprocess.TimeoutExpired: it took longer than `timeout_s`.
        """
        keep = {k: os.environ[k] for k in ("PATH", "LD_LIBRARY_PATH") if k in os.environ}
        other = self.uid != os.geteuid()
        return subprocess.run(
            [str(a) for a in argv],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            cwd="/",
            env={**keep, "LC_ALL": "C", "TZ": "UTC"},
            user=self.uid if other else None,
            group=self.gid if other else None,
            extra_groups=[] if other else None,
            umask=0o077,
            start_new_session=True,
        )

    def can(self, right: str, path: Path) -> bool:
        """Ask the kernel, as this user, for a right to a path: `r`, `w` or `x`."""
        return self.run(["/bin/sh", "-c", f'test -{right} "$1"', "sh", path]).returncode == 0

    def write(self, path: Path, text: str) -> None:
        """Put a file in place at once, as this user, readable by nobody else."""
        script = 'cat > "$1.new" && mv -f "$1.new" "$1"'
        done = self.run(["/bin/sh", "-c", script, "sh", path], stdin=text)
        if done.returncode != 0:
            msg = f"cannot write {path} as {self.name}: {done.stderr.strip()}"
            raise DatabaseUnusable(msg, hint="check the folder's owner and the free disk space")


def account_of(uid: int) -> Account:
    """Give the account with a user id."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise DatabaseUnusable(
            f"the user id {uid} has no name on this machine, and PostgreSQL needs one",
            hint="add the user to /etc/passwd, or set EVERLEARN_DATABASE_URL",
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def current_account() -> Account:
    """Give the account this process runs as."""
    return account_of(os.geteuid())


def is_root() -> bool:
    """Tell whether this process runs as root."""
    return os.geteuid() == 0


def server_account() -> Account:
    """Give the account a new server runs as: ours, or the system user `everlearn` for root.

    Creates that user when it is missing; two processes that do so at once both succeed.
    """
    if not is_root():
        return current_account()
    problem = "useradd is not installed"
    for _ in range(20):
        try:
            entry = pwd.getpwnam(SERVER_USER)
        except KeyError:
            useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
            if useradd is None:
                break
            made = subprocess.run(
                [useradd, *_USERADD_OPTIONS, SERVER_USER],
                capture_output=True,
                text=True,
                check=False,
            )
            if made.returncode != 0:  # most often another process holds the lock of /etc/passwd
                problem = made.stderr.strip()
                time.sleep(0.2)
        else:
            if entry.pw_uid == 0:
                problem = f"the user {SERVER_USER} is another name of root"
                break
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise DatabaseUnusable(
        f"PostgreSQL does not run as root, and there is no user {SERVER_USER}: {problem}",
        hint=f"create the system user {SERVER_USER}, start Everlearn as an ordinary user, "
        "or set EVERLEARN_DATABASE_URL",
    )
