"""Takes items at once, and sends them in the background."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from everlearn.client import rows as items
from everlearn.client.buffer import Buffer, Load
from everlearn.client.errors import BufferFull, SpillDamaged
from everlearn.client.sending import Sender
from everlearn.client.spill import Item, Spill
from everlearn.client.types import Refused, Stats
from everlearn.client.wire import Answer, Wire
from everlearn.core.errors import Conflict, Invalid

_log = logging.getLogger("everlearn.client")
_FIRST_WAIT_S = 0.1  # after the first failure; twice as long after each further one
MAX_ITEM_BYTES = 4 << 20


class Client:
    """Sends items to a server; a context manager that sends what is left at the end.

    It may be used by many threads, and by one process: make another after a fork.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        spill: str | Path | None = None,
        batch_items: int = 1_000,
        batch_bytes: int = 1 << 20,
        max_age_s: float = 0.5,
        memory_bytes: int = 16 << 20,
        spill_bytes: int = 1 << 30,
        patience_s: float = 10.0,
        timeout_s: float = 30.0,
        max_wait_s: float = 30.0,
        retry_s: float = 300.0,
        on_refused: Callable[[Refused], None] | None = None,
    ) -> None:
        """Begin to send what an earlier client left in `spill`; nothing else is sent yet.

        Args:
            url: address of the server.
            key: a key that may write.
            spill: folder for what waits while the server is away or memory is full, for this
                client alone; without one, what waits is lost when the process ends.
            batch_items: items of a request.
            batch_bytes: bytes of a request, about.
            max_age_s: how long an item waits for others, in seconds.
            memory_bytes: what may wait in memory.
            spill_bytes: what may wait on the disk.
            patience_s: how long a call waits for room in memory, without a spill folder.
            timeout_s: how long the server may take to answer.
            max_wait_s: longest pause between two attempts, unless the server asks for a longer one.
            retry_s: how long the same items are sent again to a server that answers, but does not
                take them; then they are set aside, on the disk if there is a folder, the others go
                on, and they are sent again after as long. While the server is away nothing is.
            on_refused: called, in the background, with each item that the server refuses.

        Raises:
            Invalid: the address is none.
            SpillInUse: another client has the folder.
            SpillDamaged: the folder cannot be written.
        """
        self._wire = Wire(url, key, timeout_s=timeout_s)
        self._spill = None if spill is None else Spill(Path(spill), most_bytes=spill_bytes)
        self._buffer = Buffer(self._spill, memory_bytes, batch_items, batch_bytes)
        self._max_age_s = max_age_s
        self._patience_s, self._max_wait_s = patience_s, max_wait_s
        self._retry_s = retry_s
        self.refused: deque[Refused] = deque(maxlen=100)
        self._stats = Stats()
        self._changed = threading.Condition()
        self._sender = Sender(
            self._wire, self._stats, self.refused, self._changed,
            batch_items=batch_items, batch_bytes=batch_bytes, on_refused=on_refused,
        )  # fmt: skip
        self._failures = 0
        self._told: tuple[int | None] | None = None  # the last answer that was warned of
        self._stuck: tuple[Item, float] | None = None
        self._flushing = 0
        self._closed = False
        self._stop = False
        self._process = os.getpid()
        self._thread = threading.Thread(target=self._run, name="everlearn-client", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def event(self, event_type: str, event_data: Mapping[str, Any], /, **fields: Any) -> str:
        """Hand over one event; give its id.

        Args:
            event_type: what happened.
            event_data: particulars, JSON-ready.
            fields: what else an event may say: `entity_id`, `timestamp`, ...
        """
        return self.add("events", {"event_type": event_type, "event_data": event_data} | fields)

    def events(self, rows: Any) -> int:
        """Hand over events: mappings, a pandas or polars data frame, an Arrow table; how many."""
        return self.add_many("events", rows)

    def metric(self, metric_name: str, value: float, /, **fields: Any) -> str:
        """Hand over one sample of a metric; give its time."""
        return self.add("metrics", {"metric_name": metric_name, "value": value} | fields)

    def metrics(self, rows: Any) -> int:
        """Hand over samples, as `events` takes them; how many."""
        return self.add_many("metrics", rows)

    def prediction(self, predicted_value: float, /, **fields: Any) -> str:
        """Hand over a prediction that your own model made; give its id.

        Args:
            predicted_value: what it says.
            fields: `model` or `model_id`, `entity_id`, `prediction_id`, `features`, ...
        """
        return self.add("predictions", {"predicted_value": predicted_value} | fields)

    def predictions(self, rows: Any) -> int:
        """Hand over predictions, as `events` takes them; how many."""
        return self.add_many("predictions", rows)

    def outcome(self, value: float, /, **fields: Any) -> str:
        """Say what happened: of a `prediction_id`, or of a `model` and an `entity_id`."""
        return self.add("outcomes", {"value": value} | fields)

    def outcomes(self, rows: Any) -> int:
        """Hand over outcomes, as `events` takes them; how many."""
        return self.add_many("outcomes", rows)

    def feedback(self, feedback_type: str, /, **fields: Any) -> str:
        """Hand over a verdict on a prediction; give its id."""
        return self.add("feedback", {"feedback_type": feedback_type} | fields)

    def add(self, kind: str, row: Mapping[str, Any]) -> str:
        """Hand over one item of a kind; give its id, or the time by which it is known.

        It is on its way to the server when this returns, not yet there: see `flush` and `sync`.

        Raises:
            Invalid: JSON has no form for it, or it is too large.
            BufferFull: the server is away and there is no more room; the item is not kept.
        """
        if kind not in items.KINDS:
            raise Invalid("no kind of item", field="kind", allowed=list(items.KINDS))
        line, known_as = items.encode(kind, row)
        if len(line) > MAX_ITEM_BYTES:
            raise Invalid(f"an item has at most {MAX_ITEM_BYTES} bytes", field=kind)
        item = Item(kind, line)
        with self._changed:
            self._check()
            if not self._buffer.has_room(item):
                self._make_room(item)
            first = not self._buffer.memory
            self._buffer.put(item)
            if first or self._buffer.is_full:
                self._changed.notify_all()
        return known_as

    def add_many(self, kind: str, rows: Any) -> int:
        """Hand over many items of a kind; those before one that is wrong are handed over."""
        n = 0
        for row in items.mappings(rows):
            self.add(kind, row)
            n += 1
        return n

    def flush(self, timeout_s: float = 60.0) -> bool:
        """Send all that waits; tell whether the server has answered for all of it in this time.

        What was set aside is sent once more; when it is not taken this does not wait for it. If not
        all is answered for, and there is a spill folder, the rest is on the disk when this returns,
        and is sent later, after a restart of the machine too.
        """
        with self._changed:
            self._flushing += 1
            self._buffer.recall()
            self._changed.notify_all()
            try:
                self._changed.wait_for(lambda: self._buffer.is_idle, timeout_s)
            finally:
                self._flushing -= 1
            sent = self._buffer.is_empty
        if not sent and self._spill is not None:
            self.sync()
        return sent

    def sync(self) -> int:
        """Write all that waits to the disk; give how many bytes are there, to be sent later.

        Raises:
            Conflict: there is no spill folder.
            BufferFull: the folder may not take so much.
        """
        with self._changed:
            if self._spill is None:
                raise Conflict("there is no folder to write to", hint="open Client(spill=...)")
            self._buffer.keep_load()
            self._buffer.spill_memory()
            self._spill.sync()
            return self._spill.bytes_

    def close(self, timeout_s: float = 5.0) -> None:
        """Send what is left, for so long; what is not sent then is left on the disk, or dropped."""
        if self._closed or os.getpid() != self._process:
            return
        self._closed = True
        atexit.unregister(self.close)
        with self._changed:
            self._flushing += 1
            self._buffer.recall()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._buffer.is_idle, timeout_s)
            self._stop = True
            self._changed.notify_all()
        self._thread.join(0.5)
        self._wire.abort()  # what it waits for is sent again, by the next client
        self._thread.join(timeout_s)
        with self._changed:
            try:
                self._buffer.keep_load()
                self._buffer.spill_memory()
            except (BufferFull, SpillDamaged) as error:
                _log.error("what waited could not be kept: %s", error)
            if lost := self._buffer.lost():
                self._stats.dropped += lost
                _log.error("%d items were not sent and are lost: %s", lost, self._stats.last_error)
            if self._spill is not None:
                self._spill.close()
        self._wire.close()

    @property
    def stats(self) -> Stats:
        """Tell what became of the items so far."""
        with self._changed:
            waiting, spilled = self._buffer.waiting, self._buffer.spilled
            told = replace(self._stats, waiting=waiting, spilled=spilled)
            told.aside = sum(each.count for each in self._buffer.aside)
            if self._spill is not None:
                told.disk_bytes, told.cut = self._spill.bytes_, self._spill.cut
                told.damaged += self._spill.damaged
            return told

    def _check(self) -> None:
        if self._closed:
            raise Conflict("this client is closed", hint="make another")
        if os.getpid() != self._process:
            raise Conflict("this client is of another process", hint="make one after the fork")

    def _make_room(self, item: Item) -> None:
        """Let an item fit into memory, by the disk or by waiting."""
        if self._spill is not None:
            try:
                self._buffer.spill_memory()
            except (BufferFull, SpillDamaged):
                self._stats.dropped += 1
                raise
        elif not self._changed.wait_for(
            lambda: self._closed or self._buffer.has_room(item), self._patience_s
        ):
            self._stats.dropped += 1
            msg = f"{self._buffer.bytes_} bytes wait: {self._stats.last_error or 'a slow server'}"
            raise BufferFull(msg, hint="send less, or open Client(spill=...)")
        self._check()

    def _run(self) -> None:
        while True:
            with self._changed:
                load = self._take()
                while load is None and not self._stop:
                    self._changed.wait(self._pause())
                    load = self._take()
                if load is None or self._stop:
                    return
            answer = self._sender.send(load)
            with self._changed:
                self._after(load, answer)
                if not answer.taken:
                    self._changed.wait_for(lambda: self._stop, self._wait_of(answer))

    def _take(self) -> Load | None:
        """Give what is sent next, if it is time."""
        waiting = self._buffer
        on_disk = waiting.on_disk() is not None
        due = time.monotonic() - waiting.oldest >= self._max_age_s
        if not (waiting.load or on_disk or due or waiting.is_full or self._flushing):
            return None
        try:
            load = waiting.take()
        except SpillDamaged as error:
            self._stats.last_error = str(error)
            return None
        self._changed.notify_all()  # there is room now
        return load

    def _pause(self) -> float:
        if not self._buffer.memory and self._buffer.aside:
            return max(self._buffer.aside[0].due - time.monotonic(), 0.001)
        if not self._buffer.memory:
            return 60.0 if self._buffer.is_empty else 1.0
        return max(self._buffer.oldest + self._max_age_s - time.monotonic(), 0.001)

    def _after(self, load: Load, answer: Answer) -> None:
        if answer.taken:
            if self._failures:
                _log.info("the server takes what is sent again")
            self._failures, self._stats.last_error = 0, None
            self._told = self._stuck = None
            self._buffer.done()
            self._changed.notify_all()
            return
        self._failures += 1
        self._stats.retries += 1
        self._stats.last_error = answer.error
        if (answer.status,) != self._told:
            self._told = (answer.status,)
            _log.warning("what waits is kept and sent again: %s", answer.error)
        if self._is_stuck(load, answer):
            self._set_aside(answer)
        if not self._stop:
            try:
                self._buffer.keep_load()
            except SpillDamaged as error:  # it stays in memory
                self._stats.last_error = f"{answer.error}; {error}"

    def _is_stuck(self, load: Load, answer: Answer) -> bool:
        """Tell whether the server answers, and has not taken the same items for long enough."""
        if not answer.of_the_batch:
            self._stuck = None
            return False
        if self._stuck is None or self._stuck[0] is not answer.items[0]:
            self._stuck = (answer.items[0], time.monotonic())
        return load.again or time.monotonic() - self._stuck[1] >= self._retry_s

    def _set_aside(self, answer: Answer) -> None:
        self._stuck = None
        self._stats.set_aside += len(answer.items)
        self._buffer.set_aside(answer.items, time.monotonic() + self._retry_s)
        self._changed.notify_all()
        _log.warning(
            "%d of %s are set aside, and sent again in %g s: %s",
            len(answer.items), answer.items[0].kind, self._retry_s, answer.error,
        )  # fmt: skip

    def _wait_of(self, answer: Answer) -> float:
        """Say how long to wait: longer each time, never all clients for the same time."""
        wait = min(_FIRST_WAIT_S * 2 ** min(self._failures - 1, 20), self._max_wait_s)
        share = 0.5 + os.urandom(1)[0] / 510
        asked = answer.wait_s or 0.0
        return asked + (wait - asked) * share if wait > asked else asked * (1 + (1 - share) / 5)
