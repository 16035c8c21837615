"""Single writes that share a commit: what came while the last ones were written goes next.

A write that comes alone is written at once. While it is, others queue up, and all of them are the
next transaction; so the size of a group follows from the load, and nobody waits for a timer. Two
groups are on their way at most: one is made while the other waits for the disk. A write is answered
when its transaction is committed, with its own fate, whoever it shared the commit with.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from everlearn.core import metrics, watching
from everlearn.core.errors import Bug, EverlearnError, LimitExceeded, Unavailable
from everlearn.core.log import log
from everlearn.core.tx import Actor, Database, Tx

#: Writes items of one tenant and actor. Gives for each what its sender is told, or the error that
#: refuses it; what it raises instead is the fate of all of them.
Write = Callable[[Tx, list[Any]], Sequence[Any]]

_SIZES = metrics.histogram(
    "everlearn_group_items",
    "Single writes that shared a transaction.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
)


class Full(LimitExceeded):
    """As much waits to be written as this process holds; come again when Retry-After says."""

    code = "full"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is on its way.

    Attributes:
        flights: groups of a kind that are written at the same time.
        items: of one group.
        waiting: items of a kind that wait.
        waiting_bytes: of them.
    """

    flights: int = 2
    items: int = 512
    waiting: int = 10_000
    waiting_bytes: int = 64 << 20


@dataclass(slots=True, eq=False)
class _Waiting:
    tenant_id: UUID
    actor: Actor
    item: Any
    size: int
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    outcome: Any = None
    received_at: float = field(default_factory=time.monotonic)


class Groups:
    """The groups of a process, one for each function that writes a kind of item."""

    def __init__(self, database: Database, limits: Limits | None = None) -> None:
        """Write through `database`; no thread runs before the first item comes."""
        self._database = database
        self._limits = limits or Limits()
        self._groups: dict[Write, _Group] = {}

    async def put(
        self, write: Write, item: Any, *, tenant_id: UUID, actor: Actor, size: int
    ) -> Any:
        """Have an item written, and give its outcome once that is durable.

        Args:
            write: writes items of this kind.
            item: what `write` is handed.
            tenant_id: whose it is.
            actor: who writes it.
            size: bytes it takes while it waits.

        Raises:
            Full: too much is waiting; nothing of the item is kept.
            Unavailable: the database does not answer, or this process ends.
            EverlearnError: why this item is refused.
        """
        group = self._groups.get(write)
        if group is None:
            group = self._groups[write] = _Group(self._database, write, self._limits)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(tenant_id, actor, item, size, loop, loop.create_future())
        group.put(waiting)
        return await waiting.future

    def close(self) -> None:
        """Take nothing more, and return when all that was taken is written."""
        for group in self._groups.values():
            group.close()


@dataclass(slots=True, eq=False)
class _Group:
    database: Database
    write: Write
    limits: Limits
    queue: deque[_Waiting] = field(default_factory=deque)
    waiting_bytes: int = 0
    flights: int = 0
    closed: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    threads: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self.threads = ThreadPoolExecutor(self.limits.flights, thread_name_prefix="group")

    def put(self, waiting: _Waiting) -> None:
        with self.lock:
            if self.closed:
                raise Unavailable("this process is ending", hint="send it again")
            over = self.waiting_bytes + waiting.size > self.limits.waiting_bytes and self.queue
            if over or len(self.queue) >= self.limits.waiting:
                raise Full(retry_after_s=1)
            self.queue.append(waiting)
            self.waiting_bytes += waiting.size
            start = self.flights < self.limits.flights
            self.flights += start
        if start:
            self.threads.submit(self.fly)

    def close(self) -> None:
        with self.lock:
            self.closed = True
        self.threads.shutdown()  # a flight ends when nothing is waiting

    def fly(self) -> None:
        """Write group after group until nothing waits."""
        while True:
            with self.lock:
                taken = [
                    self.queue.popleft() for _ in range(min(len(self.queue), self.limits.items))
                ]
                if not taken:
                    self.flights -= 1
                    return
                self.waiting_bytes -= sum(waiting.size for waiting in taken)
            try:
                with watching.waiting(taken[0].received_at):
                    self.write_all(taken)
            except BaseException as error:  # noqa: BLE001 - every sender is told, whatever it was
                fate = _as_fate(error)
                for waiting in taken:
                    waiting.outcome = fate
            _SIZES.observe(len(taken))
            _tell(taken)

    def write_all(self, taken: list[_Waiting]) -> None:
        """Write all in one transaction; if one spoils it, in another that tells them apart."""
        try:
            with self.database.tx(None) as tx:
                for (tenant_id, actor), part in _by_sender(taken):
                    _note(part, self.write(tx.of(tenant_id, actor), [w.item for w in part]))
        except EverlearnError as error:
            if error.retryable or len(taken) == 1:
                raise
            with self.database.tx(None) as tx:
                for (tenant_id, actor), part in _by_sender(taken):
                    self.apart(tx.of(tenant_id, actor), part)

    def apart(self, tx: Tx, part: list[_Waiting]) -> None:
        """Write what can be written: halve what is refused until it is one item."""
        try:
            with tx.savepoint():
                _note(part, self.write(tx, [waiting.item for waiting in part]))
        except EverlearnError as error:
            if error.retryable:
                raise
            if len(part) == 1:
                part[0].outcome = error
                return
            half = len(part) // 2
            self.apart(tx, part[:half])
            self.apart(tx, part[half:])


def _by_sender(taken: list[_Waiting]) -> list[tuple[tuple[UUID, Actor], list[_Waiting]]]:
    """Part items by tenant and actor, in an order of tenants that all flights share."""
    parts: dict[tuple[UUID, Actor], list[_Waiting]] = defaultdict(list)
    for waiting in taken:
        parts[waiting.tenant_id, waiting.actor].append(waiting)
    if len(parts) == 1:
        return list(parts.items())
    return sorted(parts.items(), key=lambda each: (each[0][0], str(each[0][1].id)))


def _note(part: list[_Waiting], outcomes: Sequence[Any]) -> None:
    if len(outcomes) != len(part):
        msg = f"{len(part)} items were written and {len(outcomes)} outcomes given"
        raise Bug(msg)
    for waiting, outcome in zip(part, outcomes, strict=True):
        waiting.outcome = outcome


def _as_fate(error: BaseException) -> EverlearnError:
    if isinstance(error, EverlearnError):
        return error
    log("grouping").error("unexpected error", error=str(error), exc_info=error)
    return Bug()


def _tell(taken: list[_Waiting]) -> None:
    """Wake the senders, those of a loop all at once."""
    loops: dict[asyncio.AbstractEventLoop, list[_Waiting]] = defaultdict(list)
    for waiting in taken:
        loops[waiting.loop].append(waiting)
    for loop, of_loop in loops.items():
        if not loop.is_closed():  # the sender's loop, and so the sender, may have gone
            loop.call_soon_threadsafe(_settle, of_loop)


def _settle(of_loop: list[_Waiting]) -> None:
    for waiting in of_loop:
        if waiting.future.done():  # given up by its sender; written all the same
            continue
        if isinstance(waiting.outcome, EverlearnError):
            waiting.future.set_exception(waiting.outcome)
        else:
            waiting.future.set_result(waiting.outcome)
