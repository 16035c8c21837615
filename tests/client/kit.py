"""A small server that answers as it is told, and clients that do not wait long."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import everlearn

SOON_S = 10


class Server:
    """Answers with what is queued, and else takes everything; keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: deque = deque()
        self.bodies: list[tuple[str, list[dict]]] = []
        self.times: list[float] = []
        self.gate = threading.Event()
        self.gate.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.times.append(time.monotonic())
                outer.gate.wait(SOON_S)
                rows = [json.loads(line) for line in body.splitlines()]
                status, answer, headers = outer.answer(self.path, rows)
                data = json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {"content-length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    def answer(self, path, rows):
        if self.answers:
            status, answer, headers = self.answers.popleft()
            if callable(answer):
                answer = answer(rows)
            if status != 200:
                return status, answer, headers
        else:
            answer = {"accepted": len(rows), "duplicates": 0, "refused": []}
        self.bodies.append((path, rows))
        return 200, answer, {}

    @property
    def rows(self) -> list[dict]:
        return [row for _, rows in self.bodies for row in rows]

    def close(self) -> None:
        self.gate.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@contextmanager
def client(url, **more):
    made = everlearn.Client(url, "el_x", **{"max_age_s": 0.02, "max_wait_s": 0.05} | more)
    try:
        yield made
    finally:
        made.close(0.2)


def until(condition) -> None:
    for _ in range(SOON_S * 100):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it never came to that")
