"""What it costs to take events in, beside a raw COPY of the same rows.

    python -m benchmarks.ingest [--rounds 9] [--bodies 10]

A server of its own, without waiting for the disk (fsync off: a disk that both wait for would only
bring the ratios closer to 1), in a temporary folder, and the real application in a process of its
own, asked over the loopback. The measure is a binary COPY, encoded beforehand, replayed over one
connection by a superuser into the same partitioned table with its indexes, checks and triggers,
one transaction for each 1,000 rows. Every way writes rows of its own, of the same shape, with
a payload of 200 bytes; the ways take turns within each round, in another order each time. A ratio
is raw time over the way's time, so that 1 is as fast as COPY; given is the median over the rounds.
Writes benchmarks/results/ingest.json.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pyarrow as pa

from benchmarks.flights import machine
from everlearn.core import pg
from everlearn.core.app import Runtime, open_runtime
from everlearn.core.ids import uuid7_many
from everlearn.core.settings import Settings
from everlearn.core.tx import SYSTEM
from everlearn.modules.events import service
from everlearn.modules.tenancy import service as tenancy
from everlearn.modules.tenancy.types import Role

RESULTS = Path(__file__).parent / "results" / "ingest.json"
ROWS = 1_000  # events of a body
PAYLOAD = 200  # bytes
TYPES = ("model_prediction", "user_feedback", "pattern_detection", "data_ingestion")
COLUMNS = (
    "tenant_id, id, event_type, event_subtype, timestamp, source_system, entity_type, entity_id,"
    " event_data, session_id, processing_time_ms, metadata"
)
Way = Callable[[list[Any]], None]
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Bench:
    """What the ways share."""

    made: Runtime
    tenant: UUID
    secret: str
    port: int
    superuser: psycopg.Connection[Any]


def main() -> None:
    """Run the benchmark and write its results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="rounds that count")
    parser.add_argument("--bodies", type=int, default=10, help="bodies of each way in a round")
    given = parser.parse_args()
    with running() as bench:
        figures = measure(bench, given.rounds, given.bodies)
    result = {
        "measured_at": datetime.now(UTC).isoformat(
            timespec="seconds"
        ),  # lint: allow clock because a benchmark says when it ran
        "machine": machine(),
        "load_before": round(LOAD, 2),
        "events_of_a_body": ROWS,
        "payload_bytes": PAYLOAD,
        "rounds": given.rounds,
        "bodies_of_a_round": given.bodies,
        "ways": figures,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    print(f"written to {RESULTS}")


#: Processes that wanted a core in the minute before: other work on the machine blurs the figures.
LOAD = os.getloadavg()[0]


@contextmanager
def running() -> Iterator[Bench]:
    """Run a server and the application in an empty folder, and take them away afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        home = Path(folder) / "data"
        settings = Settings(data_dir=home, database_url=None)
        try:
            server = pg.start(settings, fast_and_unsafe=True)
            made = open_runtime(settings)
            tenant = tenancy.ensure_tenant(made.database, slug="default").id
            with made.database.tx(tenant) as tx:
                key = tenancy.create_key(tx, name="benchmark", role=Role.WRITER)
            with (
                application(home) as port,
                psycopg.connect(
                    server.conninfo("admin", server.database), autocommit=True
                ) as superuser,
            ):
                yield Bench(made, tenant, key.secret, port, superuser)
            made.close()
        finally:
            pg.remove(settings)


@contextmanager
def application(home: Path) -> Iterator[int]:
    """Serve in a process of its own; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    env = os.environ | {"EVERLEARN_DATA_DIR": str(home)}
    env.pop("EVERLEARN_DATABASE_URL", None)
    words = [sys.executable, "-m", "everlearn", "up", "--no-worker", "--port", str(port)]
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def measure(bench: Bench, rounds: int, bodies: int) -> dict[str, dict[str, float]]:
    """Give, for each way, events a second and the ratio to a raw COPY."""
    ways: dict[str, tuple[Callable[[Bench, Rows], Any], Way]] = {
        "raw_copy": (encoded, lambda copies: replay(bench, copies)),
        "http_json": (as_json, lambda sent: post(bench, sent, "application/json")),
        "http_json_two_clients": (as_json, lambda sent: post_two(bench, sent)),
        "http_arrow": (
            as_arrow,
            lambda sent: post(bench, sent, "application/vnd.apache.arrow.stream"),
        ),
        "service_arrow": (lambda _, rows: table(rows), lambda tables: ingest(bench, tables)),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for n in range(rounds + 1):
        turn = n % len(names)
        for name in names[turn:] + names[:turn]:
            prepare, run = ways[name]
            given = [prepare(bench, events(ROWS)) for _ in range(bodies)]
            before = count(bench)
            started = time.perf_counter()
            run(given)
            seconds = time.perf_counter() - started
            if count(bench) - before != ROWS * bodies:
                msg = f"{name} did not write every event"
                raise AssertionError(msg)
            if n:  # the first round warms up
                taken[name].append(seconds / bodies)
    raw = taken["raw_copy"]
    return {
        name: {
            "events_per_s": round(ROWS / statistics.median(values)),
            "ms_a_body": round(statistics.median(values) * 1e3, 1),
            "ratio": round(statistics.median(a / b for a, b in zip(raw, values, strict=True)), 3),
            "ratio_of_rounds_from": round(min(a / b for a, b in zip(raw, values, strict=True)), 3),
            "ratio_of_rounds_to": round(max(a / b for a, b in zip(raw, values, strict=True)), 3),
        }
        for name, values in taken.items()
    }


def count(bench: Bench) -> int:
    """Count the events that are there."""
    row = bench.superuser.execute("SELECT count(*) FROM events.learning_events").fetchone()
    return int(row[0]) if row else 0


def events(n: int) -> Rows:
    """Make events that nobody has seen."""
    now = datetime.now(UTC)  # lint: allow clock because each run writes new events
    rows = []
    for i, id_ in enumerate(uuid7_many(n, now)):
        data = {"model": "delays", "score": i / n, "features": [i, 2.5, "x"], "note": ""}
        data["note"] = "n" * (PAYLOAD - len(json.dumps(data)))
        rows.append(
            {
                "id": id_,
                "event_type": TYPES[i % len(TYPES)],
                "event_subtype": "batch",
                "timestamp": now - timedelta(milliseconds=i),
                "source_system": "benchmark",
                "entity_type": "model",
                "entity_id": f"model-{i % 50}",
                "event_data": data,
                "session_id": f"session-{i % 20}",
                "processing_time_ms": i / 7,
            }
        )
    return rows


def encoded(bench: Bench, rows: Rows) -> bytes:
    """Give the rows as the bytes of a binary COPY, as the database itself writes them."""
    who = json.dumps({"actor": SYSTEM.name, "actor_kind": SYSTEM.kind})
    with bench.superuser.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS given AS SELECT * FROM events.learning_events"
            " WITH NO DATA"
        )
        cursor.execute("TRUNCATE given")
        with cursor.copy(f"COPY given ({COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                data = json.dumps(row["event_data"])
                copy.write_row((bench.tenant, *(row | {"event_data": data}).values(), who))
        with cursor.copy(f"COPY (SELECT {COLUMNS} FROM given) TO STDOUT (FORMAT binary)") as copy:
            return b"".join(copy)


def replay(bench: Bench, copies: list[bytes]) -> None:
    """Write rows by a raw COPY."""
    with bench.superuser.cursor() as cursor:
        for data in copies:
            with cursor.copy(
                f"COPY events.learning_events ({COLUMNS}) FROM STDIN (FORMAT binary)"
            ) as copy:
                copy.write(data)


def as_json(_: Bench, rows: Rows) -> bytes:
    """Give the rows as a body of JSON."""
    return json.dumps(rows, default=str).replace("+00:00", "Z").encode()


def table(rows: Rows) -> pa.Table:
    """Give the rows as an Arrow table."""
    columns = {
        "id": pa.array([row["id"].bytes for row in rows], pa.binary(16)),
        "event_data": pa.array([json.dumps(row["event_data"]) for row in rows]),
    }
    return pa.table({name: [row[name] for row in rows] for name in rows[0]} | columns)


def as_arrow(_: Bench, rows: Rows) -> bytes:
    """Give the rows as an Arrow stream."""
    given, sink = table(rows), io.BytesIO()
    with pa.ipc.new_stream(sink, given.schema) as writer:
        writer.write_table(given)
    return sink.getvalue()


def post(bench: Bench, bodies: list[bytes], kind: str) -> None:
    """Send bodies one after the other over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", bench.port)
    headers = {"authorization": f"Bearer {bench.secret}", "content-type": kind}
    for body in bodies:
        connection.request("POST", "/v1/events:batch", body, headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != http.HTTPStatus.OK or json.loads(told)["accepted"] != ROWS:
            msg = f"refused: {told[:500]!r}"
            raise AssertionError(msg)
    connection.close()


def post_two(bench: Bench, bodies: list[bytes]) -> None:
    """Send bodies over two connections at the same time."""
    with ThreadPoolExecutor(2) as pool:
        halves = [bodies[::2], bodies[1::2]]
        list(pool.map(lambda half: post(bench, half, "application/json"), halves))


def ingest(bench: Bench, tables: list[pa.Table]) -> None:
    """Hand tables to the service, in this process."""
    for given in tables:
        with bench.made.database.tx(bench.tenant) as tx:
            service.ingest(tx, given)


if __name__ == "__main__":
    main()
