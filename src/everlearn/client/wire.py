"""One connection to the server: posts batches, and says what came of them."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from everlearn.client.spill import Item
from everlearn.core.errors import Invalid

#: Everlearn says that the content is wrong: sending it again changes nothing.
_WRONG_CONTENT = frozenset({400, 422})
#: It is too large, says the server or whatever is in between.
_TOO_LARGE = 413
#: A smaller batch might be taken, or fail alone.
_TOO_MUCH = frozenset({413, 429, 500})
#: Of the address, the key or the server as a whole: another batch would fare no better.
_OF_THE_SERVER = frozenset({401, 402, 403, 404, 405, 407, 415, 426, 451, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a batch.

    Attributes:
        taken: the server has answered for every item.
        accepted: how many were written.
        duplicates: how many were there already.
        refused: place -> field and reason.
        wrong: the batch as a whole is refused, for what is in it.
        too_much: a smaller one might be taken.
        of_the_batch: the server answers, and might take another one.
        status: what it answered; None when it did not.
        items: what was sent and not taken, when it is of the batch.
        wait_s: when to come again, if the server says so.
        error: what went wrong, in a sentence.
    """

    taken: bool = False
    accepted: int = 0
    duplicates: int = 0
    refused: dict[int, tuple[str | None, str]] = field(default_factory=dict)
    wrong: bool = False
    too_much: bool = False
    of_the_batch: bool = False
    status: int | None = None
    items: Sequence[Item] = ()
    wait_s: float | None = None
    error: str | None = None


class Wire:
    """A connection that is kept, and made again when it breaks. For one thread."""

    def __init__(self, url: str, key: str, *, timeout_s: float) -> None:
        """Take the server's address; nothing is sent yet.

        Raises:
            Invalid: the address is none of HTTP.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Invalid("the server's address is like http://127.0.0.1:8686", field="url")
        self._address = (parts.hostname, parts.port)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._prefix = parts.path.rstrip("/")
        self._timeout_s = timeout_s
        self._headers = {
            "authorization": f"Bearer {key}",
            "content-type": "application/x-ndjson",
            "user-agent": "everlearn-client",
        }
        self._connection: http.client.HTTPConnection | None = None

    def post(self, kind: str, items: Sequence[Item]) -> Answer:
        """Send items of a kind; every failure is an answer too."""
        body = b"\n".join([item.line for item in items])
        fresh = self._connection is None
        try:
            return self._ask(kind, body, len(items))
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if not fresh and isinstance(error, http.client.BadStatusLine | ConnectionError):
                # The server closed a connection that nobody used for a while.
                return self.post(kind, items)
            return Answer(error=f"the server does not answer: {error!r}")

    def abort(self) -> None:
        """Give up what another thread waits for."""
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, kind: str, body: bytes, n: int) -> Answer:
        if self._connection is None:
            self._connection = self._connect()
        path = f"{self._prefix}/v1/{kind}:batch"
        self._connection.request("POST", path, body, self._headers)
        response = self._connection.getresponse()
        told = response.read()
        if response.will_close:
            self.close()
        try:
            answer = json.loads(told)
        except ValueError:
            answer = {}
        if not isinstance(answer, dict):
            answer = {}
        if response.status == http.HTTPStatus.OK and "accepted" in answer:
            return _taken(answer, n)
        status = response.status
        problem = str(answer.get("detail") or told[:200].decode(errors="replace"))
        return Answer(
            # A proxy's page is no word on the items.
            wrong=status == _TOO_LARGE or (status in _WRONG_CONTENT and "detail" in answer),
            too_much=status in _TOO_MUCH,
            of_the_batch=status >= http.HTTPStatus.BAD_REQUEST and status not in _OF_THE_SERVER,
            status=status,
            wait_s=_seconds(response.headers.get("retry-after")),
            error=f"{status}: {problem}",
            refused={0: (answer.get("field"), problem)},
        )

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._address
        if self._tls is None:
            return http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=self._tls)


def _taken(answer: dict[str, Any], n: int) -> Answer:
    refused = {
        int(each["index"]): (each.get("field"), str(each.get("reason")))
        for each in answer.get("refused", ())
    }
    accepted, duplicates = int(answer["accepted"]), int(answer.get("duplicates", 0))
    if accepted + duplicates + len(refused) != n:
        msg = f"the server answered for {accepted + duplicates} of {n} items"
        return Answer(error=msg, of_the_batch=True, status=http.HTTPStatus.OK.value)
    return Answer(taken=True, accepted=accepted, duplicates=duplicates, refused=refused)


def _seconds(text: str | None) -> float | None:
    try:
        return min(max(float(text or ""), 0.0), 300.0)
    except ValueError:
        return None  # none was given, or a date, which nothing of ours sends
