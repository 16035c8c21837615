"""What a single durable event costs over HTTP, beside one insert and one commit for each.

    python -m benchmarks.singles [--rounds 5] [--seconds 5] [--clients 32]

A server that waits for the disk, in a folder on the disk, and the application in a process of its
own. A load generator in a third process holds the connections; each sends its next event, with an
id and a payload of 200 bytes, when the last one is answered. The same application runs a second
time with groups of one item, so that each event is a transaction of its own, as many at once as
there are connections to the database. The two take turns. Given are events a second, and the time
from the first byte sent to the last one received.
Writes benchmarks/results/singles.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

from benchmarks import common
from everlearn.core.app import open_runtime
from everlearn.core.grouping import Groups, Limits
from everlearn.core.ids import uuid7_many
from everlearn.core.log import configure
from everlearn.core.settings import Settings
from everlearn.entry.serve import server_for

PAYLOAD = 200
#: More than a client can send, so that nothing is made while it is measured.
MOST_A_SECOND = 12_000
WAYS = ("grouped", "one_by_one")


def main() -> None:
    """Run the benchmark and write its results, or play one of its parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each way in a round")
    parser.add_argument("--clients", type=int, default=32, help="connections at once")
    parser.add_argument("--part", choices=("serve", "drive"), help=argparse.SUPPRESS)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part == "serve":
        serve(given.way, given.port)
    elif given.part == "drive":
        print(json.dumps(drive(given.port, given.clients, given.seconds)))
    else:
        common.write("singles", measure(given.rounds, given.seconds, given.clients))


def measure(rounds: int, seconds: float, clients: int) -> dict[str, Any]:
    """Let the ways take turns, with many clients and with one."""
    with common.running(serve=False, durable=True) as bench:
        env = os.environ | {
            "EVERLEARN_DATA_DIR": str(bench.home),
            "EVERLEARN_SINGLES_KEY": bench.secret,
        }
        env.pop("EVERLEARN_DATABASE_URL", None)
        ports = {way: common.free_port() for way in WAYS}
        with (
            common.process(words("serve", "grouped", ports["grouped"]), ports["grouped"], env),
            common.process(
                words("serve", "one_by_one", ports["one_by_one"]), ports["one_by_one"], env
            ),
        ):
            runs: dict[tuple[str, int], list[dict[str, float]]] = {}
            for n in range(rounds + 1):
                for many in (clients, 1):
                    for way in WAYS[n % 2 :] + WAYS[: n % 2]:
                        told = drive_apart(ports[way], many, seconds, env)
                        if n:  # a round before the first warms up
                            runs.setdefault((way, many), []).append(told)
        sent = sum(run["events"] for of_way in runs.values() for run in of_way)
        found = bench.owner.execute("SELECT count(*) FROM events.learning_events").fetchone()
        if found is None or found[0] < sent:
            msg = f"{sent} events were acknowledged and {found} are there"
            raise AssertionError(msg)
    figures = {
        f"{way}_{many}_clients" if many > 1 else f"{way}_1_client": summary(of_way)
        for (way, many), of_way in runs.items()
    }
    pace = {way: [run["events_per_s"] for run in runs[way, clients]] for way in WAYS}
    return {
        "rounds": rounds,
        "seconds_of_a_round": seconds,
        "payload_bytes": PAYLOAD,
        "durable": True,
        "ways": figures,
        "grouped_over_one_by_one": common.ratio(pace["grouped"], pace["one_by_one"]),
    }


def summary(runs: list[dict[str, float]]) -> dict[str, float]:
    """Give the medians over the rounds."""
    names = ("events_per_s", "p50_ms", "p95_ms", "p99_ms")
    return {name: round(statistics.median(run[name] for run in runs), 2) for name in names}


def words(part: str, way: str, port: int) -> list[str]:
    """Give the command of a part of this benchmark."""
    head = [sys.executable, "-m", "benchmarks.singles", "--part", part]
    return [*head, "--way", way, "--port", str(port)]


def serve(way: str, port: int) -> None:
    """Run the application, as it is or with groups of one."""
    configure(level="info", style="json")
    made = open_runtime(Settings(), upgrade=False)
    server = server_for(made, host="127.0.0.1", port=port)
    if way == "one_by_one":
        limits = Limits(flights=made.settings.pool_size, items=1)
        server.config.app.state.groups = Groups(made.database, limits)  # type: ignore[union-attr]  # FastAPI's
    server.run()
    made.close()


def drive_apart(port: int, clients: int, seconds: float, env: dict[str, str]) -> dict[str, float]:
    """Run the load generator in a process of its own."""
    command = words("drive", WAYS[0], port)
    command += ["--clients", str(clients), "--seconds", str(seconds)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def drive(port: int, clients: int, seconds: float) -> dict[str, float]:
    """Send events for some seconds; give how many, and how long each took."""
    import uvloop

    requests = encoded(int(MOST_A_SECOND * seconds) if clients > 1 else int(2_000 * seconds))
    took: list[float] = []
    started = time.perf_counter()
    uvloop.run(send_all(port, clients, seconds, requests, took))
    elapsed = time.perf_counter() - started
    return {
        "events": len(took),
        "events_per_s": len(took) / elapsed,
        "p50_ms": common.percentile(took, 0.5) * 1e3,
        "p95_ms": common.percentile(took, 0.95) * 1e3,
        "p99_ms": common.percentile(took, 0.99) * 1e3,
    }


def encoded(n: int) -> list[bytes]:
    """Write requests that nobody has sent."""
    data = {"model": "delays", "score": 0.5, "features": [1, 2.5, "x"], "note": ""}
    data["note"] = "n" * (PAYLOAD - len(json.dumps(data)))
    head = (
        "POST /v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"authorization: Bearer {os.environ['EVERLEARN_SINGLES_KEY']}\r\n"
        "content-type: application/json\r\ncontent-length: "
    )
    requests = []
    now = datetime.now(UTC)  # lint: allow clock because each run writes new events
    for i, id_ in enumerate(uuid7_many(n, now)):
        event: dict[str, Any] = {
            "id": str(id_),
            "event_type": "model_prediction",
            "event_data": data,
        }
        event |= {"entity_type": "model", "entity_id": f"model-{i % 50}"}
        event |= {"source_system": "benchmark", "processing_time_ms": i / 7}
        body = json.dumps(event)
        requests.append(f"{head}{len(body)}\r\n\r\n{body}".encode())
    return requests


async def send_all(
    port: int, clients: int, seconds: float, requests: list[bytes], took: list[float]
) -> None:
    """Keep so many connections busy until the time is over."""
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    ended: list[asyncio.Future[None]] = []
    for _ in range(clients):
        done = loop.create_future()
        ended.append(done)
        await loop.create_connection(
            lambda done=done: Sender(requests, took, until, done),  # type: ignore[misc]  # bound now
            "127.0.0.1",
            port,
        )
    await asyncio.gather(*ended)


class Sender(asyncio.Protocol):
    """One connection: an event, its answer, the next event; as little else as can be."""

    def __init__(
        self, requests: list[bytes], took: list[float], until: float, done: asyncio.Future[None]
    ) -> None:
        """Take from `requests`, and note how long each took."""
        self.requests, self.took, self.until, self.done = requests, took, until, done
        self.buffer = b""
        self.started = 0.0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first event."""
        self.transport = transport  # type: ignore[assignment]  # a connection's is one
        self.send()

    def send(self) -> None:
        """Send the next event, or end."""
        self.started = time.perf_counter()
        if self.started > self.until or not self.requests:
            self.transport.close()
            self.done.set_result(None)
            return
        self.transport.write(self.requests.pop())

    def data_received(self, data: bytes) -> None:
        """Note the answer when it is whole."""
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r")[0])
        if len(self.buffer) < end + 4 + length:
            return
        self.took.append(time.perf_counter() - self.started)
        if not self.buffer.startswith(b"HTTP/1.1 201") or b'"accepted"' not in self.buffer:
            self.done.set_exception(AssertionError(f"refused: {self.buffer[:500]!r}"))
            self.transport.close()
            return
        self.buffer = b""
        self.send()

    def connection_lost(self, _: Exception | None) -> None:
        """Say so, when it was not we who ended it."""
        if not self.done.done():
            self.done.set_exception(ConnectionError("the application hung up"))


if __name__ == "__main__":
    main()
