"""The PostgreSQL server: the embedded one that Everlearn runs itself, or the one a DSN names.

    server = pg.start(settings())          # finds the running one, or makes and starts it
    pg.bootstrap(server)                   # roles, database, extension, rights
    psycopg.connect(server.conninfo("app"))

Both kinds give the same five roles, so nothing above this package knows which one it is on.
The package's parts: `embedded` (life cycle), `place` (folders), `postmaster` (process), `tools`
(programs), `osuser` (OS users), `config` (files), `dsn` (somebody else's server), `roles`.
"""

from __future__ import annotations

from pathlib import Path

from everlearn.core.pg.errors import DatabaseUnusable
from everlearn.core.pg.types import ROLE_NAMES, Role, Server, ServerStatus
from everlearn.core.settings import Settings

__all__ = [
    "ROLE_NAMES",
    "DatabaseUnusable",
    "Role",
    "Server",
    "ServerStatus",
    "bootstrap",
    "remove",
    "start",
    "status",
    "stop",
]


def start(
    settings: Settings, *, fast_and_unsafe: bool = False, binaries: Path | None = None
) -> Server:
    """Give the server, running; make and start the embedded one first where needed.

    Calling it again, also from other processes at the same moment, gives the same server. The
    embedded server stays when this process ends. A DSN's server is checked, never started.

    Args:
        settings: `database_url` chooses the kind; `data_dir` is the embedded server's place.
        fast_and_unsafe: do not wait for the disk, for tests; no effect on one that runs already.
        binaries: folder of other server programs than those of the package; no effect on a server
            that runs already.

    Raises:
        Unavailable: it did not become ready, or does not answer; with the end of its log.
        DatabaseUnusable: it cannot work as it is: another version, another owner, no pgvector.
        Invalid: `database_url` is not a DSN.
    """
    if settings.database_url is not None:
        from everlearn.core.pg import dsn

        server = dsn.read(settings.database_url)
        dsn.check(server)
        return server
    from everlearn.core.pg import embedded

    return embedded.start(settings.data_dir, unsafe=fast_and_unsafe, binaries=binaries)


def stop(settings: Settings) -> bool:
    """Stop the embedded server and end its connections.

    Returns:
        False when there was nothing to stop; a DSN's server is not ours to stop.

    Raises:
        Unavailable: it did not stop in time.
    """
    if settings.database_url is not None:
        return False
    from everlearn.core.pg import embedded

    return embedded.stop(settings.data_dir)


def remove(settings: Settings) -> bool:
    """Stop the embedded server and delete its data, for good.

    Returns:
        False when there was nothing to delete; a DSN's server is not ours to delete.
    """
    if settings.database_url is not None:
        return False
    from everlearn.core.pg import embedded

    return embedded.remove(settings.data_dir)


def status(settings: Settings) -> ServerStatus:
    """Tell how the server is doing; starts and changes nothing."""
    if settings.database_url is not None:
        from everlearn.core.pg import dsn

        return dsn.status(dsn.read(settings.database_url))
    from everlearn.core.pg import embedded

    return embedded.status(settings.data_dir)


def bootstrap(server: Server, database: str | None = None) -> None:
    """Make sure of roles, database, the extension `vector` and the rights; safe to repeat.

    Args:
        server: from `start`.
        database: name of the database; `server.database` when left out: `everlearn` on the
            embedded server, what the DSN names on another. It becomes everlearn_owner's, and
            closed to everybody else.

    Raises:
        Unavailable: the server does not answer.
        DatabaseUnusable: the extension is missing, or the DSN's user lacks rights.
    """
    from everlearn.core.pg import roles

    roles.ensure_roles_and_database(server, database or server.database)
