"""Bulk reads over HTTP: an Arrow stream of everything, or one page as JSON.

The stream is made while it is sent, a batch at a time, so an answer of any length takes the memory
of one batch. It ends with Arrow's own mark; a stream without it was cut off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query, Request
from fastapi.responses import StreamingResponse

from everlearn.core.arrow_out import pyarrow
from everlearn.core.reading import Rows
from everlearn.core.rest import PageOf, Principal, database_of, encode_cursor

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

ARROW_STREAM = "application/vnd.apache.arrow.stream"
MAX_PAGE = 500
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Rows of a page of JSON.")]
#: What a route that answers both ways says in OpenAPI.
BOTH: dict[int | str, dict[str, Any]] = {
    200: {"content": {ARROW_STREAM: {"schema": {"type": "string", "format": "binary"}}}}
}
Columns = Annotated[
    list[str] | None, Query(alias="column", description="Only these, in this order; else all.")
]


class ArrowStream(StreamingResponse):
    """An answer that is an Arrow stream and nothing else: `response_class` of such a route."""

    media_type = ARROW_STREAM


def wants_arrow(request: Request) -> bool:
    """Say whether the request accepts an Arrow stream."""
    return ARROW_STREAM in request.headers.get("accept", "")


def reading(request: Request, who: Principal) -> Callable[[], AbstractContextManager[Tx]]:
    """Give how to open a transaction that may outlive the request's own: the answer's."""
    fresh = "no-cache" in request.headers.get("cache-control", "")
    database = database_of(request)
    return lambda: database.read_tx(who.tenant_id, actor=who.actor, fresh=fresh)


def stream(rows: Rows) -> ArrowStream:
    """Answer with an Arrow stream; what goes wrong before the first batch is a problem as usual."""
    parts = _ipc(rows)
    first = next(parts)
    return ArrowStream(_all(first, parts))


def _all(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


class _Parts:
    """A file that gives what was written since it was last asked."""

    closed = False

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, data: Any) -> int:
        self._held.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: everything written is taken."""

    def take(self) -> bytes:
        held, self._held = b"".join(self._held), []
        return held


def _ipc(rows: Rows) -> Iterator[bytes]:
    parts = _Parts()
    with pyarrow("ipc").new_stream(parts, rows.schema) as out:
        for batch in rows:
            out.write_batch(batch)
            yield parts.take()
    yield parts.take()


def page(rows: Rows, *, limit: int, key: str = "id") -> PageOf:
    """Give the first rows as JSON, and the cursor after the last of them.

    Args:
        rows: of a plan that begins after the cursor given.
        limit: rows of the page.
        key: column that the rows are in order of.
    """
    found: list[dict[str, Any]] = []
    batches = rows.batches(limit + 1)
    for batch in batches:
        found += batch.to_pylist()
        if len(found) > limit:
            break
    batches.close()
    more = len(found) > limit
    items = [{name: _json(value) for name, value in row.items()} for row in found[:limit]]
    return PageOf(items=items, next_cursor=encode_cursor(found[limit - 1][key]) if more else None)


def _json(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
