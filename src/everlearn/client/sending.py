"""Sends the items of a load, batch by batch, and notes what the server says of each."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from everlearn.client import rows
from everlearn.client.buffer import Load
from everlearn.client.spill import Item
from everlearn.client.types import Refused, Stats
from everlearn.client.wire import Answer, Wire

_log = logging.getLogger("everlearn.client")


class Sender:
    """For the client's thread alone; what others read is changed under the client's lock."""

    def __init__(
        self,
        wire: Wire,
        stats: Stats,
        refused: deque[Refused],
        lock: AbstractContextManager[Any],
        *,
        batch_items: int,
        batch_bytes: int,
        on_refused: Callable[[Refused], None] | None,
    ) -> None:
        """Use a connection; count into `stats` and `refused`, under `lock`."""
        self._wire, self._stats, self._refused, self._lock = wire, stats, refused, lock
        self._batch_items, self._batch_bytes = batch_items, batch_bytes
        self._on_refused = on_refused
        self._allowed = batch_items

    def send(self, load: Load) -> Answer:
        """Send the items of a load, kind by kind; those that the server answered for leave it."""
        answer = Answer(taken=True)
        for kind in rows.KINDS:
            while batch := self._batch_of(load, kind):
                answer = self._post(kind, batch)
                if not answer.taken:
                    return answer
                sent = set(map(id, batch))
                with self._lock:
                    load.items = [item for item in load.items if id(item) not in sent]
        with self._lock:  # of a kind that this version does not know; a newer one wrote it
            self._stats.damaged += len(load.items)
            load.items = []
        return answer

    def _batch_of(self, load: Load, kind: str) -> list[Item]:
        batch: list[Item] = []
        size = 0
        for item in load.items:
            if item.kind != kind:
                continue
            if batch and (len(batch) >= self._allowed or size + item.size > self._batch_bytes):
                break
            batch.append(item)
            size += item.size
        return batch

    def _post(self, kind: str, batch: Sequence[Item]) -> Answer:
        answer = replace(self._wire.post(kind, batch), items=batch)
        if answer.taken:
            self._note(kind, batch, answer)
        elif answer.wrong and len(batch) > 1:  # one of them spoils it: find out which
            half = len(batch) // 2
            for part in (batch[:half], batch[half:]):
                answer = self._post(kind, part)
                if not answer.taken:
                    return answer
        elif answer.wrong:
            answer = replace(answer, taken=True)
            self._note(kind, batch, answer)
        elif answer.too_much:
            self._allowed = max(len(batch) // 2, 1)
        return answer

    def _note(self, kind: str, batch: Sequence[Item], answer: Answer) -> None:
        refused = [
            Refused(kind, batch[index].line.decode(), field, reason)
            for index, (field, reason) in sorted(answer.refused.items())
        ]
        with self._lock:
            self._allowed = min(self._allowed * 2, self._batch_items)
            self._stats.accepted += answer.accepted
            self._stats.duplicates += answer.duplicates
            self._stats.refused += len(refused)
            self._refused.extend(refused)
        for each in refused:
            _log.warning("the server refused one of %s: %s: %s", kind, each.field, each.reason)
            if self._on_refused is not None:
                try:
                    self._on_refused(each)
                except Exception:  # noqa: BLE001 - the caller's mistake must not end the sending
                    _log.exception("on_refused failed")
