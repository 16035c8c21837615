"""The words of the database server: its roles, how to reach it, how it is doing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

Role = Literal["admin", "owner", "app", "service", "reader", "queue"]
Kind = Literal["embedded", "dsn"]

#: Postgres roles of Everlearn. `admin` is not among them: it is whoever owns the server.
ROLE_NAMES: dict[Role, str] = {
    "owner": "everlearn_owner",
    "app": "everlearn_app",
    "service": "everlearn_service",
    "reader": "everlearn_reader",
    "queue": "everlearn_queue",
}


class Server(Protocol):
    """A PostgreSQL server that may be connected to."""

    @property
    def kind(self) -> Kind:
        """Tell whether we run it (`embedded`) or somebody else does (`dsn`)."""
        ...

    @property
    def database(self) -> str:
        """Name the database that `conninfo` opens when none is given."""
        ...

    def conninfo(self, role: Role, database: str | None = None) -> str:
        """Give the libpq connection string of a role.

        Args:
            role: who to be; `admin` is the one who may create roles and databases.
            database: the database to open; for `admin` the maintenance database when left out,
                for every other role `self.database`.
        """
        ...


def conninfo_of(**parts: str) -> str:
    """Write a libpq connection string, every value quoted.

    psycopg has the same, but importing it costs more than finding a running server does.
    """
    escaped = {k: v.replace("\\", r"\\").replace("'", r"\'") for k, v in parts.items()}
    return " ".join(f"{key}='{value}'" for key, value in escaped.items())


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """The server that Everlearn runs itself, behind a private Unix socket.

    Attributes:
        socket_folder: folder of the socket, closed to everybody else.
        os_user: OS user the server runs as; clients insist on it (`requirepeer`), so that a
            foreign process which took the socket's place is noticed.
        database: Everlearn's database.
    """

    socket_folder: Path
    os_user: str
    database: str = "everlearn"
    kind: Literal["embedded"] = field(default="embedded", init=False)

    def conninfo(self, role: Role, database: str | None = None) -> str:
        """Give the libpq connection string of a role; see `Server.conninfo`."""
        if role == "admin":
            user, database = "postgres", database or "postgres"
        else:
            user, database = ROLE_NAMES[role], database or self.database
        return conninfo_of(
            host=str(self.socket_folder),
            port="5432",
            user=user,
            dbname=database,
            requirepeer=self.os_user,
        )


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """How the server is doing.

    Attributes:
        kind: who runs it.
        running: it accepts connections.
        pid: process of the embedded server while it runs.
        version: server version; only the major one while the embedded server is stopped; None
            when nothing is known yet.
        data_folder: the embedded server's files; None when there are none.
        size_bytes: bytes on disk of `data_folder`, or of the database that the DSN names.
        socket_folder: where the embedded server's socket is while it runs.
    """

    kind: Kind
    running: bool
    pid: int | None = None
    version: str | None = None
    data_folder: Path | None = None
    size_bytes: int | None = None
    socket_folder: Path | None = None
