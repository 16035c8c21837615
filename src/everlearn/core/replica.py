"""The read replica: how far behind the primary it is, and whether it may be read.

A thread compares both servers' positions in the write-ahead log every second, so no request waits
for that. The replica is at the primary's position: the lag is 0, however long nothing was written.
It is not: all that the primary had written by some earlier look is there, so the lag is the time
since that look. A replica whose receiver stopped falls behind by the second as soon as the primary
writes. Nothing is read on a server that is no replica any more (promoted), or of another database.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from everlearn.core import metrics
from everlearn.core.log import log

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import Engine

    from everlearn.core.pg import Server
    from everlearn.core.settings import Settings

CHECK_S = 1.0
#: A verdict this old is none: the check itself hangs, perhaps on a network that lost its packets.
_STALE_S = 3.0
#: Positions of the primary that are remembered, one a check.
_REMEMBERED = 900

_PRIMARY = (
    "SELECT pg_current_wal_lsn() - '0/0', (SELECT system_identifier FROM pg_control_system())"
)
_REPLICA = (
    "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() - '0/0',"
    " (SELECT system_identifier FROM pg_control_system())"
)

_READS = metrics.counter(
    "everlearn_reads",
    "Transactions that only read and could be read on the replica, by the server they ran on.",
    ("server",),
)
_CHANGES = metrics.counter(
    "everlearn_replica_changes",
    "How often reads went to the replica again, or left it for the primary.",
    ("to",),
)
_LAG = metrics.gauge(
    "everlearn_replica_lag_seconds", "How far the replica is behind; NaN when that is not known."
)
_USABLE = metrics.gauge("everlearn_replica_usable", "Whether the replica is read: 1 or 0.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at both servers said.

    Attributes:
        lag_s: how far the replica is behind; None when it cannot be told.
        problem: why it cannot be read; None when it can.
        at: when, by the process's monotonic clock.
    """

    lag_s: float | None
    problem: str | None
    at: float


class Lag:
    """Tells seconds from positions in the log: when the primary was where the replica is now."""

    def __init__(self) -> None:
        """Begin without a memory."""
        self._seen: deque[tuple[float, int]] = deque(maxlen=_REMEMBERED)

    def observe(self, primary: int, replica: int, *, at: float) -> float | None:
        """Give the lag in seconds; None when the replica is behind everything remembered.

        Args:
            primary: position that the primary has written.
            replica: position that the replica shows.
            at: when the primary was asked, before the replica was.
        """
        self._seen.append((at, primary))
        while len(self._seen) > 1 and self._seen[1][1] <= replica:
            self._seen.popleft()
        then, position = self._seen[0]
        if replica >= primary:
            return 0.0
        return at - then if position <= replica else None


class Replica:
    """A streaming replica, its connections and what is known of its lag."""

    def __init__(
        self, engine: Engine, *, primary: str, replica: str, max_lag_s: float, check_s: float
    ) -> None:
        """Use an engine on the replica; `behind` makes one from the settings.

        Args:
            engine: connections to read on.
            primary: libpq connection string of the primary.
            replica: the same of the replica, for the checks.
            max_lag_s: how far behind it may be and still be read.
            check_s: how often it is looked at.
        """
        self.engine = engine
        self.max_lag_s = max_lag_s
        self._conninfo = {"primary": primary, "replica": replica}
        self._check_s = check_s
        self._open: dict[str, psycopg.Connection[Any]] = {}
        self._lag = Lag()
        self._verdict: Verdict | None = None
        self._shown: bool | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @classmethod
    def behind(cls, primary: Server, settings: Settings, *, check_s: float = CHECK_S) -> Replica:
        """Give the replica that `read_url` names."""
        from everlearn.core.engine import make_engine
        from everlearn.core.pg import dsn

        assert settings.read_url is not None  # noqa: S101 - narrows the type for mypy
        conninfo = dsn.read(settings.read_url, field="read_url").conninfo("app")
        # A host that vanished is noticed within seconds instead of many minutes.
        conninfo = f"tcp_user_timeout=5000 keepalives_idle=5 {conninfo}"
        return cls(
            make_engine(conninfo, settings),
            primary=primary.conninfo("app"),
            replica=conninfo,
            max_lag_s=settings.read_max_lag_s,
            check_s=check_s,
        )

    @property
    def lag_s(self) -> float | None:
        """Give the lag as last seen; None when it is not known."""
        verdict = self._verdict
        return verdict.lag_s if verdict is not None else None

    def is_usable(self) -> bool:
        """Whether reads may go to the replica now."""
        if self._thread is None:
            self._start()
        verdict = self._verdict
        usable = (
            verdict is not None
            and verdict.problem is None
            and time.monotonic() - verdict.at < _STALE_S + self._check_s
        )
        if not usable:
            self.count("primary")
        return usable

    def count(self, server: Literal["replica", "primary"]) -> None:
        """Count a transaction, or the rest of one, by the server that it runs on."""
        _READS.labels(server).inc()

    def give_up(self, error: Exception) -> None:
        """Leave the replica at once, until a look finds it well again."""
        self._judge(None, _words_of(error))

    def close(self) -> None:
        """Stop looking and close the connections."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10)
        self.engine.dispose()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._stop.is_set():
                self._look()  # the first reader waits for a verdict
                self._thread = threading.Thread(
                    target=self._watch, name="everlearn-replica", daemon=True
                )
                self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(self._check_s):
            self._look()
        self._disconnect()

    def _look(self) -> None:
        import psycopg

        try:
            at = time.monotonic()
            position, system = self._ask("primary", _PRIMARY)
            standby, replayed, same = self._ask("replica", _REPLICA)
        except psycopg.Error as error:
            self._disconnect()
            self._judge(None, _words_of(error))
            return
        if not standby or replayed is None:
            self._judge(None, "it is no replica: it was promoted, or never was one")
        elif system != same:
            self._judge(None, "it is a replica of another database server")
        else:
            lag = self._lag.observe(int(position), int(replayed), at=at)
            late = lag is None or lag > self.max_lag_s
            self._judge(lag, f"it is more than {self.max_lag_s:g} s behind" if late else None)

    def _ask(self, server: str, query: str) -> Any:
        import psycopg

        connection = self._open.get(server)
        if connection is None or connection.closed:
            connection = psycopg.connect(
                self._conninfo[server], connect_timeout=2, autocommit=True, prepare_threshold=None
            )
            connection.execute("SET statement_timeout = '2s'")
            self._open[server] = connection
        return connection.execute(query).fetchone()

    def _disconnect(self) -> None:
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def _judge(self, lag: float | None, problem: str | None) -> None:
        self._verdict = Verdict(lag, problem, time.monotonic())
        _LAG.set(float("nan") if lag is None else lag)
        usable = problem is None
        _USABLE.set(usable)
        if usable == self._shown:
            return
        self._shown = usable
        _CHANGES.labels("replica" if usable else "primary").inc()
        if usable:
            log("replica").info("reads go to the replica", lag_s=lag)
        else:
            log("replica").warning("reads go to the primary", problem=problem, lag_s=lag)


def _words_of(error: Exception) -> str:
    """Give the first line of an error, which never has the DSN's password in it."""
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0] if said else type(error).__name__
