"""The whole database as one file, and back.

The file is a zip of a dump by PostgreSQL's own pg_dump and of a manifest that says what it is of
and its hash. A restore checks the hash first, then fills an empty database in one transaction; what
a database of that name held before is kept aside under another name. One tenant's rows are the
business of `tenant_backup`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Any, cast

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from everlearn import __version__
from everlearn.core import migrate, pg
from everlearn.core.errors import Conflict, Invalid, Unavailable
from everlearn.core.pg.osuser import current_account
from everlearn.core.pg.tools import find_tools
from everlearn.core.schema.errors import BackupDamaged, BackupTooNew, NotEmpty

if TYPE_CHECKING:
    from everlearn.core.clock import Clock
    from everlearn.core.pg import Server

FORMAT = 1
_DUMP = "database.dump"
_MANIFEST = "manifest.json"
_CHUNK = 1 << 20
#: The oldest server that knows transaction_timeout.
_KNOWS_SETTING = 170000


def back_up(server: Server, file: Path, *, clock: Clock) -> dict[str, Any]:
    """Write the whole database, the job queue included, into a file; give its manifest.

    Raises:
        Unavailable: pg_dump failed.
        Invalid: the administrator does not see every row; on a server of somebody else.
    """
    facts = _facts(server)
    with _new_zip(file) as archive:
        digest = hashlib.sha256()
        size = 0
        # The extension is made by bootstrap, with the administrator's rights.
        command = ["--format=custom", "--no-password", "--exclude-extension=vector"]
        with (
            _tool("pg_dump", server, command, stdout=subprocess.PIPE) as process,
            archive.open(_DUMP, "w", force_zip64=True) as sink,
        ):
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            while chunk := process.stdout.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                sink.write(chunk)
        manifest = {
            "format": FORMAT,
            "kind": "database",
            "everlearn": __version__,
            **facts,
            "made_at": clock.now().isoformat(),
            "size_bytes": size,
            "sha256": digest.hexdigest(),
        }
        archive.writestr(_MANIFEST, json.dumps(manifest, indent=2))
    return manifest


def restore(server: Server, file: Path, *, clock: Clock, replace: bool = False) -> dict[str, Any]:
    """Fill the server's database from a file and bring it to the current schema.

    Args:
        server: where to; its database must be empty or missing.
        file: what `back_up` wrote.
        clock: its time names the database that is kept aside.
        replace: rename a database that is not empty, and restore into a new one.

    Raises:
        BackupDamaged: the file is not whole, or is not a backup of a database.
        BackupTooNew: a newer Everlearn or PostgreSQL wrote it.
        NotEmpty: the database holds something, and `replace` is not asked for.
    """
    with open_zip(file) as archive:
        manifest = read_manifest(archive, kind="database")
        check_revision(manifest.get("schema_revision"))
        _check_hash(archive, _DUMP, manifest["sha256"])
        aside = _make_room(server, clock, replace=replace)
        pg.bootstrap(server)
        try:
            _fill(server, archive)
        except BaseException:
            _drop(server, server.database)
            if aside:
                _rename(server, aside, server.database)
            raise
    migrate.upgrade(server)
    with psycopg.connect(server.conninfo("owner"), autocommit=True) as connection:
        connection.execute("ANALYZE")
    return {**manifest, "kept_aside": aside}


def _fill(server: Server, archive: zipfile.ZipFile) -> None:
    with psycopg.connect(server.conninfo("admin", "postgres")) as connection:
        old = connection.info.server_version < _KNOWS_SETTING
    with archive.open(_DUMP) as source:
        if old:
            _fill_old(server, source)
            return
        command = ["--exit-on-error", "--single-transaction", "--no-password"]
        with _tool("pg_restore", server, command, stdin=subprocess.PIPE) as process:
            _feed(source, process)


def _fill_old(server: Server, source: IO[bytes]) -> None:
    """Restore into a server that lacks the setting which pg_restore begins with, by psql."""
    command = ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    pipe = subprocess.PIPE
    with (
        _tool("psql", server, [*command, "--output=/dev/null"], stdin=pipe) as psql,
        _tool("pg_restore", None, ["--file=-"], stdin=pipe, stdout=pipe) as script,
    ):
        assert psql.stdin is not None  # noqa: S101 - they are pipes
        assert script.stdout is not None  # noqa: S101 - both of them
        feeder = Thread(target=_feed, args=(source, script))
        feeder.start()
        try:
            for line in script.stdout:
                if line.startswith(b"SET transaction_timeout"):
                    break  # it stands before the first row, so no row is taken for it
                psql.stdin.write(line)
            shutil.copyfileobj(script.stdout, psql.stdin, _CHUNK)
            psql.stdin.close()
        except BrokenPipeError:  # psql gave up, and its end says why
            while script.stdout.read(_CHUNK):
                pass
        feeder.join()


def _feed(source: IO[bytes], process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    try:
        shutil.copyfileobj(source, process.stdin, _CHUNK)
        process.stdin.close()
    except BrokenPipeError:  # it gave up, and its end says why
        pass


def _facts(server: Server) -> dict[str, Any]:
    """Look at what is backed up, and whether all of it can be seen."""
    with psycopg.connect(_admin(server)) as connection:
        row = connection.execute(
            "SELECT rolsuper OR rolbypassrls, current_setting('server_version') FROM pg_roles"
            " WHERE rolname = current_user"
        ).fetchone()
        assert row is not None  # noqa: S101 - everybody is in pg_roles
        if not row[0]:
            raise Invalid(
                "this database user does not see every tenant's rows, so its backup has holes",
                hint="let a superuser run it, or a user with BYPASSRLS; one tenant's rows go with"
                " `everlearn db backup --tenant`",
            )
        return {"postgres": row[1], "schema_revision": revision_of(connection)}


def revision_of(connection: psycopg.Connection[Any]) -> str | None:
    """Give the schema's revision; None when no migration made it."""
    known = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
    if not known or known[0] is None:
        return None
    found = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return str(found[0]) if found else None


def _admin(server: Server) -> str:
    return server.conninfo("admin", server.database)


@contextmanager
def _tool(
    name: str, server: Server | None, words: list[str], **pipes: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of PostgreSQL's programs; raise Unavailable with its last words when it fails."""
    tools = find_tools(None, current_account())
    parts = conninfo_to_dict(_admin(server)) if server else {}
    password = parts.pop("password", None)  # not on the command line, where everybody sees it
    target = [f"--dbname={make_conninfo('', **parts)}"] if server else []
    keep = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    secret = {"PGPASSWORD": str(password)} if password else {}
    with subprocess.Popen(
        [tools.folder / name, *words, *target],
        stderr=subprocess.PIPE,
        env={**keep, **secret, "LC_ALL": "C"},
        **pipes,
    ) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        assert process.stderr is not None  # noqa: S101 - it is a pipe
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode != 0:
        raise Unavailable(f"{name} failed: {said[-1000:]}", hint="nothing was left half done")


def _make_room(server: Server, clock: Clock, *, replace: bool) -> str | None:
    """Make sure that there is no database with anything in it; give the name of one kept aside."""
    name = server.database
    with psycopg.connect(server.conninfo("admin", "postgres"), autocommit=True) as admin:
        known = admin.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount
    if not known:
        return None
    with psycopg.connect(_admin(server)) as inside:
        row = inside.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname !~ '^(pg_|information_schema$)' AND c.relkind IN ('r', 'p', 'v')"
        ).fetchone()
    if not row or not row[0]:
        _drop(server, name)
        return None
    if not replace:
        raise NotEmpty(f"the database {name} is not empty", hint="use --replace: it is kept aside")
    aside = f"{name}_before_{clock.now():%Y%m%d_%H%M%S}"
    _rename(server, name, aside)
    return aside


def _rename(server: Server, name: str, to: str) -> None:
    with psycopg.connect(server.conninfo("admin", "postgres"), autocommit=True) as admin:
        try:
            admin.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(name), sql.Identifier(to)
                )
            )
        except psycopg.errors.ObjectInUse:
            raise Conflict(
                f"the database {name} is in use",
                hint="stop the server and the workers of Everlearn, then try again",
            ) from None


def _drop(server: Server, name: str) -> None:
    with psycopg.connect(server.conninfo("admin", "postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


@contextmanager
def _new_zip(file: Path) -> Iterator[zipfile.ZipFile]:
    with new_zip(file, compression=zipfile.ZIP_STORED) as archive:  # the dump is compressed
        yield archive


@contextmanager
def new_zip(file: Path, *, compression: int) -> Iterator[zipfile.ZipFile]:
    """Write a zip that only we can read, and that is there whole or not at all."""
    half = file.with_name(f"{file.name}.part")
    try:
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise Invalid(f"cannot write {file}: {error.strerror}", field="file") from None
    try:
        with os.fdopen(handle, "wb") as raw:
            with zipfile.ZipFile(raw, "w", compression, compresslevel=1) as archive:
                yield archive
            raw.flush()
            os.fsync(raw.fileno())
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)


@contextmanager
def open_zip(file: Path) -> Iterator[zipfile.ZipFile]:
    """Open a backup; whatever is wrong with the file itself is `BackupDamaged`."""
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except FileNotFoundError:
        raise Invalid(f"there is no file {file}", field="file") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BackupDamaged(f"{file} is damaged: {error}", field="file") from error


def read_manifest(archive: zipfile.ZipFile, *, kind: str) -> dict[str, Any]:
    """Read what a backup says of itself.

    Raises:
        BackupDamaged: it says nothing, or is of another kind.
        BackupTooNew: it has a form that is not known yet.
    """
    try:
        found = json.loads(archive.read(_MANIFEST))
        form, says = found["format"], found["kind"]
    except (KeyError, ValueError, TypeError) as error:
        raise BackupDamaged("the file has no manifest of a backup", field="file") from error
    if not isinstance(form, int) or form > FORMAT:
        raise BackupTooNew(f"the file is of form {form}, the newest known is {FORMAT}")
    if says != kind:
        raise BackupDamaged(f"the file is a backup of a {says}, not of a {kind}", field="file")
    return dict(found)


def check_revision(revision: str | None) -> None:
    """Raise `BackupTooNew` when this program knows no such revision of the schema."""
    from alembic.script import ScriptDirectory

    if revision is None:
        return
    scripts = ScriptDirectory.from_config(migrate.config())
    if revision not in {script.revision for script in scripts.walk_revisions()}:
        raise BackupTooNew(
            f"the backup is of the schema's revision {revision}, which this version does not know"
        )


def _check_hash(archive: zipfile.ZipFile, name: str, expected: str) -> None:
    found = hash_of(archive, name)
    if found != expected:
        raise BackupDamaged(f"{name} in the file is damaged", field="file", expected=expected)


def hash_of(archive: zipfile.ZipFile, name: str) -> str:
    """Hash one member of a backup without holding it."""
    try:
        with archive.open(name) as source:
            return hashlib.file_digest(cast("Any", source), "sha256").hexdigest()
    except KeyError as error:
        raise BackupDamaged(f"the file lacks {name}", field="file") from error
