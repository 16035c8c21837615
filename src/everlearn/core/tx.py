"""A `Tx` is one database transaction on behalf of one actor of one tenant.

`Database.tx` is the only place in Everlearn that commits. What happens inside one `with` block
lands whole or not at all; errors of the driver leave it as errors of `everlearn.core.errors`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Engine, Executable, Result, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from everlearn.core.clock import Clock, SystemClock
from everlearn.core.db_errors import translate
from everlearn.core.engine import make_engine
from everlearn.core.errors import Bug, EverlearnError, Unavailable

if TYPE_CHECKING:
    from everlearn.core.pg import Role, Server
    from everlearn.core.read_tx import ReadTx
    from everlearn.core.replica import Replica
    from everlearn.core.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: shown in events and in the audit log."""

    kind: Literal["user", "key", "job", "system"]
    name: str
    id: UUID | None = None
    user_id: UUID | None = None


SYSTEM = Actor("system", "everlearn")


class Tx:
    """One transaction: its session, tenant, actor and clock."""

    def __init__(
        self, session: Session, *, tenant_id: UUID | None, actor: Actor, clock: Clock
    ) -> None:
        """Made by `Database.tx` only."""
        self.session = session
        self.actor = actor
        self.clock = clock
        self._tenant_id = tenant_id
        self._after_commit: list[Callable[[], None]] = []

    @property
    def tenant_id(self) -> UUID:
        """Give the tenant; a transaction without one sees no tenant's rows and may not ask."""
        if self._tenant_id is None:
            msg = "this transaction has no tenant; open it with Database.tx(tenant_id=...)"
            raise Bug(msg)
        return self._tenant_id

    def now(self) -> datetime:
        """Give the time of this transaction's clock."""
        return self.clock.now()

    def execute(
        self,
        statement: Executable | str,
        params: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> Result[Any]:
        """Run a statement; a string is SQL with `:named` parameters."""
        runnable = text(statement) if isinstance(statement, str) else statement
        return self.session.execute(runnable, params)

    def scalar(self, statement: Executable | str, params: dict[str, Any] | None = None) -> Any:
        """Run a statement and give the first column of its first row, or None."""
        return self.execute(statement, params).scalar()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only what happens inside when it raises."""
        with translated(), self.session.begin_nested():
            yield

    @property
    def driver(self) -> psycopg.Connection[Any]:
        """Give the psycopg connection of this very transaction, for COPY."""
        self.session.flush()
        return _driver_of(self.session.connection())

    def of(self, tenant_id: UUID, actor: Actor) -> Tx:
        """Go on with this transaction, which must have no tenant, for one tenant after another.

        Only the last one given may be used: all are the same session, and see that tenant's rows.
        """
        if self._tenant_id is not None:
            msg = "this transaction is of a tenant; only one without may go from tenant to tenant"
            raise Bug(msg)
        self.driver.execute(_name_tenant(tenant_id, actor).encode())
        made = Tx(self.session, tenant_id=tenant_id, actor=actor, clock=self.clock)
        made._after_commit = self._after_commit
        return made

    def after_commit(self, call: Callable[[], None]) -> None:
        """Have `call` run once the transaction is durable; never when it is rolled back."""
        self._after_commit.append(call)

    def leaves_replica(self, error: Exception) -> bool:  # noqa: ARG002 - ReadTx looks at it
        """Whether what failed with this error is worth asking again: on the primary, from now on.

        Of a transaction that is on the primary already it never is.
        """
        return False

    def retried(self, work: Callable[[], T]) -> T:
        """Do what asks the `driver` itself: once more, on the primary, where the replica fails."""
        try:
            return work()
        except (psycopg.Error, EverlearnError) as error:
            if not self.leaves_replica(error):
                raise
        return work()

    def notify(self, topic: str) -> None:
        """Tell every process that listens, after the commit, that this tenant's `topic` changed."""
        self.execute(
            "SELECT pg_notify('everlearn', :payload)", {"payload": f"{self.tenant_id} {topic}"}
        )


class Database:
    """Connections to the database in one role, and the transactions made on them."""

    def __init__(
        self,
        engine: Engine | Connection,
        *,
        clock: Clock | None = None,
        replica: Replica | None = None,
    ) -> None:
        """Use an engine, or one connection whose outer transaction somebody else ends (tests).

        Args:
            engine: the primary's connections.
            clock: what transactions tell the time by; the machine's when left out.
            replica: where `read_tx` reads while it is close behind.
        """
        self.engine = engine
        self.clock = clock or SystemClock()
        self.replica = replica

    @contextmanager
    def tx(
        self,
        tenant_id: UUID | None,
        *,
        actor: Actor = SYSTEM,
        clock: Clock | None = None,
    ) -> Iterator[Tx]:
        """Open a transaction; commit when the block ends, roll back when it raises."""
        shared = isinstance(self.engine, Connection)
        mode: Literal["create_savepoint", "conditional_savepoint"]
        mode = "create_savepoint" if shared else "conditional_savepoint"
        with translated(), Session(self.engine, join_transaction_mode=mode) as session:
            before = _current(session) if shared else None
            made = Tx(session, tenant_id=tenant_id, actor=actor, clock=clock or self.clock)
            try:
                if tenant_id or actor.user_id or shared:
                    set_tenant(session, tenant_id, actor)
                else:
                    session.connection()  # or the error that says why there is none
                yield made
            except BaseException:
                give_up_if_broken(session)
                raise
            if before is not None:  # SET LOCAL outlives a savepoint that is released
                session.flush()
                set_tenant(session, before[0], before[1])
            session.commit()
        for call in made._after_commit:  # noqa: SLF001 - this class makes it
            call()

    @contextmanager
    def read_tx(
        self,
        tenant_id: UUID | None,
        *,
        actor: Actor = SYSTEM,
        clock: Clock | None = None,
        fresh: bool = False,
    ) -> Iterator[ReadTx]:
        """Open a transaction that only reads: on the replica while it is close behind.

        What it gives may be older than what was committed a moment ago, by `read_max_lag_s` at
        most. A replica that fails within the block is left for the primary, unseen.

        Args:
            tenant_id: whose rows are seen.
            actor: who reads.
            clock: as of `tx`.
            fresh: read on the primary in any case.
        """
        from everlearn.core.read_tx import ReadTx

        replica = None if fresh or self.replica is None else self.replica
        with translated(), ExitStack() as sessions:
            made = ReadTx(
                self.engine, sessions, tenant_id=tenant_id, actor=actor, clock=clock or self.clock
            )
            made.begin(replica if replica is not None and replica.is_usable() else None)
            yield made

    def dispose(self) -> None:
        """Close the pooled connections."""
        if self.replica is not None:
            self.replica.close()
        if isinstance(self.engine, Engine):
            self.engine.dispose()


def _current(session: Session) -> tuple[UUID | None, Actor]:
    tenant, user = session.execute(
        text(
            "SELECT nullif(current_setting('app.tenant_id', true), '')::uuid,"
            " nullif(current_setting('app.user_id', true), '')::uuid"
        )
    ).one()
    return tenant, Actor("system", "outer", user_id=user)


def give_up_if_broken(session: Session) -> bool:
    """Keep a connection that the driver found broken, unseen by SQLAlchemy, out of the pool."""
    transaction = session.get_transaction()
    if transaction is None or not transaction.is_active or not isinstance(session.bind, Engine):
        return False
    if (known := session.connection()).invalidated or not _driver_of(known).closed:
        return False
    session.invalidate()
    return True


def _driver_of(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.dbapi_connection)


def set_tenant(session: Session | Connection, tenant_id: UUID | None, actor: Actor) -> None:
    """Name the tenant and user of this transaction to row-level security.

    The value is a checked literal (a UUID prints only hexadecimal digits and dashes), not
    set_config(): Citus passes SET LOCAL on to its workers, and nothing else.
    """
    session.execute(text(_name_tenant(tenant_id, actor)))


def _name_tenant(tenant_id: UUID | None, actor: Actor) -> str:
    """Give both settings as one text: in a short transaction each way to the server counts."""
    tenant = str(UUID(str(tenant_id))) if tenant_id else ""
    user = str(UUID(str(actor.user_id))) if actor.user_id else ""
    return f"SET LOCAL app.tenant_id = '{tenant}'; SET LOCAL app.user_id = '{user}'"


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of the driver and the pool into errors of Everlearn."""
    try:
        yield
    except DBAPIError as error:
        raise translate(error) from error
    except psycopg.Error as error:  # of the driver itself, where SQLAlchemy was not asked
        raise translate(DBAPIError(None, None, error)) from error
    except PoolTimeout as error:
        msg = "every database connection is busy"
        raise Unavailable(msg, hint="try again, or raise EVERLEARN_POOL_SIZE") from error


def connect(server: Server, settings: Settings, *, role: Role = "app") -> Database:
    """Open a pool of connections in a role; everything at run time is `app`.

    That one reads on the replica too, where `read_url` names one.
    """
    engine = make_engine(server.conninfo(role), settings)
    if role != "app" or settings.read_url is None:
        return Database(engine)
    from everlearn.core.replica import Replica

    return Database(engine, replica=Replica.behind(server, settings))
