"""The route that takes many items of a kind: `POST /v1/<plural>:batch`.

    rest.add_route(router, SHAPE, service.ingest_items, most=10_000)

Bodies are JSON, NDJSON or an Arrow IPC stream; each item is answered in its place. A process holds
only so many bodies, and answers 429 with Retry-After to more, rather than let its memory grow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal, cast
from uuid import UUID

import msgspec
import numpy as np
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from everlearn.core.errors import Invalid
from everlearn.core.front import direct
from everlearn.core.ingest.arrow import read_stream
from everlearn.core.ingest.batch import Batch, Ingested, Refusal
from everlearn.core.ingest.bodies import read_json, read_lines
from everlearn.core.ingest.errors import Busy, TooManyItems, UnknownFormat
from everlearn.core.ingest.shape import Shape
from everlearn.core.ingest.staging import told_later
from everlearn.core.rest import database_of, principal
from everlearn.core.tx import Tx

MEDIA_TYPES = ("application/json", "application/x-ndjson", "application/vnd.apache.arrow.stream")
#: Items of a body.
MAX_BATCH = 10_000
#: Bodies held for each one that is being written: those that wait or are still arriving.
HELD_FOR_EACH = 4
#: Seconds without a byte after which a body is given up.
BODY_TIMEOUT_S = 30.0
#: Writes a batch, all or nothing if asked, in the transaction of the request.
WriteBatch = Callable[[Tx, Batch, bool], Ingested]

_ALL = {
    "name": "all",
    "in": "query",
    "required": False,
    "schema": {"type": "boolean", "default": False},
    "description": "Write every item, or none when one is refused.",
}
_HYPHENS = [8, 13, 18, 23]
_ABOUT = """\
Write many items; each is accepted, a duplicate, or refused with a field and a reason. What is
answered as accepted is committed. The body is a list of items, an object that holds one by its
plural, an item a line (NDJSON), or an Arrow IPC stream."""


class Item(BaseModel):
    """What became of one item of a batch."""

    status: Literal["accepted", "duplicate", "refused"]
    id: UUID | None = None


class BatchAnswer(BaseModel):
    """What became of a batch: counts, who was refused and why, and each item in its place."""

    accepted: int
    duplicates: int
    refused: list[Refusal]
    items: list[Item]


class Gate:
    """Lets so many bodies in at once, and so many of them write."""

    def __init__(self, writers: int) -> None:
        """Take the number of those that may write at once."""
        self.writers = writers
        self.held = 0
        self.limiter = CapacityLimiter(writers)

    def __enter__(self) -> None:
        if self.held >= self.writers * (1 + HELD_FOR_EACH):
            msg = f"{self.held} batches are being taken already"
            raise Busy(msg, retry_after_s=1)
        self.held += 1

    def __exit__(self, *_: object) -> None:
        self.held -= 1


def gate_of(request: Request) -> Gate:
    """Give the gate of this process, made when it is first asked for."""
    state = request.app.state
    if not hasattr(state, "ingest_gate"):
        state.ingest_gate = Gate(getattr(state, "batch_writers", 4))
    return cast("Gate", state.ingest_gate)


def add_route(
    router: APIRouter,
    shape: Shape,
    write: WriteBatch,
    *,
    path: str | None = None,
    most: int = MAX_BATCH,
    about: str = "",
) -> None:
    """Add the route that takes batches of a shape.

    Args:
        router: the module's.
        shape: of the items.
        write: the module's ingest.
        path: ``/v1/<plural>:batch`` when left out.
        most: items of a body.
        about: what to add to the description, such as by what an item is known.
    """

    async def write_batch(request: Request) -> Response:
        who = await principal(request)
        all_ = _flag(request, "all")
        gate = gate_of(request)
        told: set[str] = set()
        with gate:
            body = await read_body(request)

            def work() -> bytes:
                told_later.set(told)  # in a context of this request's own
                batch = read(shape, request, body, most)
                # Not TxDep: no connection waits for a body that comes slowly.
                with database_of(request).tx(who.tenant_id, actor=who.actor) as tx:
                    done = write(tx, batch, all_)
                return answer(done)

            content = await to_thread.run_sync(work, limiter=gate.limiter)
        for topic in told:
            request.app.state.hub.tell(who.tenant_id, topic)
        return Response(content, media_type="application/json")

    router.add_api_route(
        path or f"/v1/{shape.plural}:batch",
        direct(write_batch),
        methods=["POST"],
        name=f"write_{shape.plural}",
        summary=f"Write {shape.plural.replace('_', ' ')}",
        description=f"{_ABOUT} {about}".strip(),
        response_model=BatchAnswer,
        openapi_extra={
            "parameters": [_ALL],
            "requestBody": {"required": True, "content": {kind: {} for kind in MEDIA_TYPES}},
        },
    )


def _flag(request: Request, name: str) -> bool:
    said = request.query_params.get(name, "false").lower()
    if said not in {"true", "false", "1", "0"}:
        raise Invalid("this is true or false", field=name, got=said[:20])
    return said in {"true", "1"}


async def read_body(request: Request) -> bytes:
    """Read a body; one of which nothing comes any more is given up.

    Raises:
        Invalid: it stopped in the middle.
    """
    parts: list[bytes] = []
    clock = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S) as patience:
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    break
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    return parts[0] if len(parts) == 1 else b"".join(parts)
                patience.reschedule(clock() + BODY_TIMEOUT_S)
    except TimeoutError:
        msg = f"nothing came of the body for {BODY_TIMEOUT_S:g} seconds"
        raise Invalid(msg, field="body", hint="nothing of it was written") from None
    raise Invalid("the sender went away in the middle of the body", field="body")


def read(shape: Shape, request: Request, body: bytes, most: int) -> Batch:
    """Read a body by its content type.

    Raises:
        Invalid: it is not what its type says, or has no item.
        TooManyItems: it has more than `most`.
        UnknownFormat: its type is none of `MEDIA_TYPES`, or it is compressed.
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise UnknownFormat("the body is compressed", field="content-encoding")
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind == "application/json":
        batch = read_json(shape, body)
    elif kind == "application/x-ndjson":
        batch = read_lines(shape, body)
    elif kind == "application/vnd.apache.arrow.stream":
        batch = read_stream(shape, body, most=most)
    else:
        raise UnknownFormat(field="content-type", got=kind[:100], allowed=list(MEDIA_TYPES))
    if batch.size > most:
        msg = f"a body has at most {most} {shape.plural}, this one {batch.size}"
        raise TooManyItems(msg, field="body")
    if not batch.size:
        raise Invalid(f"the body has no {shape.plural}", field="body")
    return batch


def answer(done: Ingested) -> bytes:
    """Give a `BatchAnswer` as JSON."""
    head = msgspec.json.encode(
        {"accepted": done.accepted, "duplicates": done.duplicates, "refused": done.refused}
    )
    return head[:-1] + b',"items":[' + _items(done) + b"]}"


def _items(done: Ingested) -> bytes:
    if done.keys is None:
        said: list[Any] = [b'{"status":"accepted","id":null}'] * done.size
    elif not done.refused and not done.duplicate_at:
        return _accepted(done.keys)
    else:
        said = [b"{" + each + b"}" for each in _accepted(done.keys)[1:-1].split(b"},{")]
    for index in done.duplicate_at:
        said[index] = said[index].replace(b"accepted", b"duplicate", 1)
    for refusal in done.refused:
        said[refusal.index] = b'{"status":"refused","id":null}'
    return b",".join(said)


def _accepted(keys: np.ndarray[Any, Any]) -> bytes:
    """Write ids as accepted items, all at once: each is of the same length."""
    template = b'{"status":"accepted","id":"' + b"-" * 36 + b'"},'
    start = template.index(b"-")
    out = np.tile(np.frombuffer(template, np.uint8), (len(keys), 1))
    digits = np.frombuffer(keys.tobytes().hex().encode(), np.uint8).reshape(-1, 32)
    out[:, np.delete(np.arange(36), _HYPHENS) + start] = digits
    return out.tobytes()[:-1]
