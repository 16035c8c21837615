"""A `ReadTx` is a transaction that only reads, on the replica or the primary; see `Tx`."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Engine, Executable, Result, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from everlearn.core.clock import Clock
from everlearn.core.errors import Unavailable
from everlearn.core.tx import Actor, Tx, give_up_if_broken, set_tenant

if TYPE_CHECKING:
    from everlearn.core.replica import Replica


class ReadTx(Tx):
    """A transaction that only reads; `server` says where.

    Each statement has a snapshot of its own (READ COMMITTED), so a statement that the replica
    cannot finish is run again on the primary, and so is the rest of the transaction.
    """

    server: Literal["replica", "primary"]
    session: Session

    def __init__(
        self,
        primary: Engine | Connection,
        sessions: ExitStack,
        *,
        tenant_id: UUID | None,
        actor: Actor,
        clock: Clock,
    ) -> None:
        """Made by `Database.read_tx` only, which calls `begin` next."""
        self.actor = actor
        self.clock = clock
        self._tenant_id = tenant_id
        self._after_commit = []
        self._primary = primary
        self._sessions = sessions
        self._replica: Replica | None = None

    def begin(self, replica: Replica | None) -> None:
        """Begin on the replica, or on the primary where that does not answer or is not given."""
        if replica is not None:
            try:
                self._begin(replica.engine)
            except (DBAPIError, PoolTimeout, Unavailable) as error:
                replica.give_up(error)
            else:
                self._replica, self.server = replica, "replica"
                replica.count(self.server)
                return
        self._begin(self._primary)
        self._replica, self.server = None, "primary"
        if replica is not None:
            replica.count(self.server)

    def _begin(self, bind: Engine | Connection) -> None:
        shared = isinstance(bind, Connection)
        mode: Literal["create_savepoint", "conditional_savepoint"]
        mode = "create_savepoint" if shared else "conditional_savepoint"
        session = Session(bind, join_transaction_mode=mode)
        self._sessions.callback(_leave, session)
        session.execute(text("SET LOCAL transaction_read_only = on"))
        set_tenant(session, self._tenant_id, self.actor)
        self.session = session

    def execute(
        self,
        statement: Executable | str,
        params: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> Result[Any]:
        """Run a statement, on the primary when the replica fails."""
        try:
            return super().execute(statement, params)
        except DBAPIError as error:
            if not self.leaves_replica(error):
                raise
        return super().execute(statement, params)

    @property
    def driver(self) -> psycopg.Connection[Any]:
        """Give the psycopg connection, once it has answered: a COPY cannot change the server.

        When it fails all the same, ask again: `retried`.
        """
        if self._replica is not None:
            self.execute("SELECT 1")
        return super().driver

    def leaves_replica(self, error: Exception) -> bool:
        """Go on on the primary, if it is the replica that failed; see `Tx.leaves_replica`.

        Args:
            error: as SQLAlchemy or the driver raised it, or what was made of that.
        """
        if self._replica is None:
            return False
        raised = _of_driver(error)
        # What the driver itself was asked, SQLAlchemy does not know of.
        lost = give_up_if_broken(self.session) or getattr(error, "connection_invalidated", False)
        if not lost and getattr(raised, "sqlstate", None) not in _CANCELLED:
            return False
        if lost:
            self._replica.give_up(raised)
        self._replica.count("primary")
        self.begin(None)
        return True


#: A replica cancelled a statement, since what it read was to be cleaned up, or it is going down.
_CANCELLED = {"40001", "57P01", "57P02", "57P03"}


def _of_driver(error: Exception) -> Exception:
    """Give the driver's error that another one was made of; that one itself when there is none."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, psycopg.Error):
        seen = seen.orig if isinstance(seen, DBAPIError) else seen.__cause__
    return seen if seen is not None else error


def _leave(session: Session) -> None:
    with suppress(DBAPIError):  # of a connection that is gone there is nothing to roll back
        session.close()
