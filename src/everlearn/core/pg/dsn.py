"""A server that somebody else runs, named by `EVERLEARN_DATABASE_URL`.

All connections are made as the DSN's user and then become a role of Everlearn with the start option
`role`. That option needs a direct connection or a pooler that passes start options on.
The DSN holds a password, so it is never shown: not in errors, not in a repr, not in a log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pydantic import SecretStr

from everlearn.core.errors import Invalid, Unavailable
from everlearn.core.pg.errors import DatabaseUnusable
from everlearn.core.pg.types import ROLE_NAMES, Role, Server, ServerStatus, conninfo_of

if TYPE_CHECKING:
    from psycopg import Connection

_OLDEST = 160000
_MAINTENANCE = "postgres"
_VECTOR_HINT = (
    "install pgvector on the database server (on Debian: the package postgresql-<major>-pgvector)"
)


@dataclass(frozen=True, slots=True)
class DsnServer:
    """The server behind a DSN.

    Attributes:
        shown: the DSN without its password, for people.
        database: the database that the DSN names.
    """

    shown: str
    database: str
    parts: dict[str, str] = field(repr=False, hash=False)
    kind: Literal["dsn"] = field(default="dsn", init=False)

    def conninfo(self, role: Role, database: str | None = None) -> str:
        """Give the libpq connection string of a role; see `Server.conninfo`."""
        parts = {"connect_timeout": "10", **self.parts, "dbname": database or self.database}
        if role != "admin":
            options = parts.get("options", "")
            parts["options"] = f"{options} -c role={ROLE_NAMES[role]}".strip()
        return conninfo_of(**parts)


def read(url: SecretStr, *, field: str = "database_url") -> DsnServer:
    """Read a DSN: a `postgresql://` URL or libpq's `key=value` form.

    Args:
        url: the DSN.
        field: the setting it comes from, for the error.

    Raises:
        Invalid: it is neither; the message does not repeat it.
    """
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    text = url.get_secret_value().replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(text).items()}
    except ProgrammingError:
        # libpq's message quotes the part it stumbles over, which may be the password.
        raise Invalid(
            "this is not a PostgreSQL DSN",
            field=field,
            hint="write postgresql://user:password@host:5432/database, with special characters "
            "of the password percent-encoded",
        ) from None
    secret = {key: "***" for key in parts if "password" in key}
    database = parts.get("dbname") or parts.get("user") or _MAINTENANCE
    return DsnServer(conninfo_of(**{**parts, **secret}), database, parts)


def check(server: DsnServer) -> None:
    """Make sure that the server is there, is new enough and has pgvector.

    Raises:
        Unavailable: no connection.
        DatabaseUnusable: too old, or without the extension.
    """
    with connect_admin(server) as connection:
        version = connection.info.server_version
        if version < _OLDEST:
            raise DatabaseUnusable(
                f"{server.shown} is PostgreSQL {version // 10000}; Everlearn needs "
                f"{_OLDEST // 10000} or newer",
                hint="upgrade the server, or leave EVERLEARN_DATABASE_URL out for the embedded one",
                server_version=version // 10000,
            )
        check_vector(connection)


def check_vector(connection: Connection[Any]) -> None:
    """Make sure that the extension `vector` is installed on the server's machine."""
    query = "SELECT FROM pg_available_extensions WHERE name = 'vector'"
    if connection.execute(query).rowcount == 0:
        raise DatabaseUnusable(
            "the database server does not have the extension `vector`", hint=_VECTOR_HINT
        )


def connect_admin(server: Server) -> Connection[Any]:
    """Connect as the administrator, each statement its own transaction.

    The database that a DSN names may not exist yet; the maintenance database is tried then.

    Raises:
        Unavailable: the server does not let us in; the message has no password in it.
    """
    import psycopg

    try:
        return psycopg.connect(server.conninfo("admin"), autocommit=True)
    except psycopg.OperationalError as error:
        problem = str(error).strip()
    try:
        return psycopg.connect(server.conninfo("admin", _MAINTENANCE), autocommit=True)
    except psycopg.OperationalError:
        where = server.shown if isinstance(server, DsnServer) else repr(server)
        raise Unavailable(
            f"no connection to {where}: {problem}",
            hint="check EVERLEARN_DATABASE_URL, and that the server runs and lets this user in",
        ) from None


def status(server: DsnServer) -> ServerStatus:
    """Tell how the server is doing; one that does not answer is not running, as far as we know."""
    try:
        with connect_admin(server) as connection:
            version = connection.info.parameter_status("server_version")
            query = "SELECT pg_database_size(oid) FROM pg_database WHERE datname = %s"
            row = connection.execute(query, [server.database]).fetchone()
    except Unavailable:
        return ServerStatus("dsn", running=False)
    return ServerStatus("dsn", running=True, version=version, size_bytes=row[0] if row else None)
