"""Pools of connections to PostgreSQL."""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING, Any, cast

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError

from everlearn.core import arrays  # noqa: F401 - a connection knows what is registered by then
from everlearn.core.errors import Unavailable

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

    from everlearn.core.settings import Settings

#: Seconds after which an idle connection is asked whether it lives, before it is given out. Asked
#: each time, that is one more way to the server for every short transaction. Before that it is only
#: looked whether the server has said something, as it does when it ends a connection.
IDLE_S = 1.0


def make_engine(conninfo: str, settings: Settings) -> Engine:
    """Give an engine whose connections are set up as Everlearn's statements expect."""

    def creator() -> psycopg.Connection[Any]:
        try:
            return psycopg.connect(conninfo, connect_timeout=10)
        except psycopg.OperationalError as error:
            msg = "the database does not answer"
            raise Unavailable(msg, hint="`everlearn status` tells more") from error

    engine = create_engine(
        "postgresql+psycopg://",
        creator=creator,
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=10,
    )

    @event.listens_for(engine, "checkin")
    def note(_: object, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def see_that_it_lives(
        connection: psycopg.Connection[Any], record: ConnectionPoolEntry, _: object
    ) -> None:
        """Ask a connection that was idle, as `pool_pre_ping` asks each one at every turn."""
        now = time.monotonic()
        if now - record.info.get("idle_since", now) < IDLE_S and not _has_word(connection):
            return
        try:
            engine.dialect.do_ping(cast("DBAPIConnection", connection))
        except psycopg.Error as error:
            raise InvalidatePoolError from error

    @event.listens_for(engine, "connect")
    def prepare(connection: psycopg.Connection[Any], _: object) -> None:
        with connection.cursor() as cursor:
            # One plan for all partitions costs up to 19 ms, a plan for these values 0.3 ms.
            cursor.execute("SET plan_cache_mode = force_custom_plan")
            cursor.execute("SET timezone = 'UTC'")
            for name, seconds in (
                ("statement_timeout", settings.statement_timeout_s),
                ("lock_timeout", settings.lock_timeout_s),
            ):
                cursor.execute("SELECT set_config(%s, %s, false)", (name, str(int(seconds * 1000))))
        connection.commit()  # lint: allow commit because it ends the set-up of a new connection

    return engine


def _has_word(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether a connection that is asked nothing has something to read, or is closed."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
