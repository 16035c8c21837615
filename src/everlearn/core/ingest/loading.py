"""Writes much at once, in parts: each in a transaction of its own, several at the same time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

from everlearn.core.ingest.batch import Batch, Ingested, summed
from everlearn.core.ingest.shape import Shape
from everlearn.core.ingest.writing import batches
from everlearn.core.tx import Tx

#: Parts that are written at the same time. While one is inserted the next is encoded and copied;
#: more only help where the database has cores to spare.
WRITERS = 2


def load(
    transaction: Callable[[], AbstractContextManager[Tx]],
    shape: Shape,
    rows: Any,
    write: Callable[[Tx, Any], Ingested],
    *,
    writers: int = WRITERS,
    progress: Callable[[int], None] = lambda _: None,
) -> Ingested:
    """Write rows of any kind that `ingest` takes, a part at a time, in their order.

    What a part wrote is there from then on; when one fails, those before it are there, and what was
    sent with ids can be sent again.

    Args:
        transaction: opens a transaction; called by several threads.
        shape: of the items.
        rows: see `ingest`.
        write: the module's ingest, given a batch.
        writers: parts that are written at the same time.
        progress: told after each part how many items are written.
    """
    found: list[Ingested] = []
    waiting: deque[Future[Ingested]] = deque()

    def one(batch: Batch) -> Ingested:
        with transaction() as tx:
            return write(tx, batch)

    def take() -> None:
        found.append(waiting.popleft().result())
        progress(sum(part.size for part in found))

    with ThreadPoolExecutor(writers, thread_name_prefix="everlearn-load") as pool:
        try:
            for batch in batches(shape, rows):
                waiting.append(pool.submit(one, batch))
                if len(waiting) > writers:  # one is read ahead, no more are held in memory
                    take()
            while waiting:
                take()
        except BaseException:
            for each in waiting:
                each.cancel()
            raise
    return summed(found)
