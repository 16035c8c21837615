"""What it costs to take events in, beside a raw COPY of the same rows.

    python -m benchmarks.ingest [--rounds 9] [--bodies 60]

A server of its own, without waiting for the disk (fsync off: a disk that both wait for would only
bring the ratios closer to 1), in a temporary folder; the real application and a plain route in
processes of their own, asked over the loopback by one, two and four connections. The measure is a
binary COPY, encoded beforehand, replayed over one connection by the table's owner into the same
table with its indexes, checks and triggers, one transaction for each 1,000 rows. Every way writes
rows of its own, of the same shape, with a payload of 200 bytes; the ways take turns within each
round, in another order each time. A ratio is raw time over the way's time, so that 1 is as fast as
COPY; given is the median over the rounds. Writes benchmarks/results/ingest.json.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import statistics
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pyarrow as pa

from benchmarks.common import (
    Bench,
    Way,
    free_port,
    in_turns,
    process,
    ratio,
    running,
    write,
)
from everlearn.core.ids import uuid7
from everlearn.core.tx import SYSTEM
from everlearn.modules.events import service

ROWS = 1_000  # events of a body
#: Connections that send at the same time.
CLIENTS = {1: "1_client", 2: "2_clients", 4: "4_clients"}
JSON, ARROW = "application/json", "application/vnd.apache.arrow.stream"
GOALS = {
    "http_json": 0.60,
    "http_arrow": 0.90,
    "sdk_arrow": 0.90,
    "times_the_plain_route": 3,
    "indexes_over_heap": 0.40,
}
PAYLOAD = 200  # bytes
TYPES = ("model_prediction", "user_feedback", "pattern_detection", "data_ingestion")
COLUMNS = (
    "tenant_id, id, event_type, event_subtype, timestamp, source_system, entity_type, entity_id,"
    " event_data, session_id, processing_time_ms, metadata"
)
Rows = list[dict[str, Any]]


def main() -> None:
    """Run the benchmark and write its results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="rounds that count")
    parser.add_argument("--bodies", type=int, default=60, help="bodies of each way in a round")
    given = parser.parse_args()
    with running() as bench, plain(bench) as port:
        # COPY refuses a table whose policies bind its owner too; they still bind everlearn_app.
        bench.owner.execute("ALTER TABLE events.learning_events NO FORCE ROW LEVEL SECURITY")
        ways = measure(bench, port, given.rounds, given.bodies)
        size = sizes(bench)
    write(
        "ingest",
        {
            "events_of_a_body": ROWS,
            "payload_bytes": PAYLOAD,
            "rounds": given.rounds,
            "bodies_of_a_round": given.bodies,
            "goals": GOALS,
            "ways": ways,
            "bytes": size,
        },
    )


@contextmanager
def plain(bench: Bench) -> Iterator[int]:
    """Serve the plain route in a process of its own; give its port."""
    port, dsn = free_port(), bench.made.server.conninfo("app")
    words = [sys.executable, "-m", "benchmarks.plain_route", dsn, str(bench.tenant), str(port)]
    with process(words, port):
        yield port


def measure(bench: Bench, port: int, rounds: int, bodies: int) -> dict[str, dict[str, float]]:
    """Give, for each way, events a second and the ratio to a raw COPY."""
    ways: dict[str, Way] = {
        "raw_copy": (partial(_bodies, bench, encoded, bodies), partial(replay, bench)),
        "sdk_arrow": (
            lambda: pa.concat_tables([table(events(ROWS)) for _ in range(bodies)]),
            lambda given: service.load(lambda: bench.made.database.tx(bench.tenant), given),
        ),
        "sdk_arrow_one_transaction": (
            lambda: pa.concat_tables([table(events(ROWS)) for _ in range(bodies)]),
            partial(ingest, bench),
        ),
    }
    for clients, words in CLIENTS.items():
        ways[f"http_json_{words}"] = (
            partial(_bodies, bench, as_json, bodies),
            partial(post, bench, JSON, clients),
        )
        ways[f"http_arrow_{words}"] = (
            partial(_bodies, bench, as_arrow, bodies),
            partial(post, bench, ARROW, clients),
        )
        ways[f"plain_route_json_{words}"] = (
            partial(_bodies, bench, as_json, bodies),
            partial(post, bench, JSON, clients, port=port, path="/events"),
        )
    there = count(bench)
    taken = in_turns(ways, rounds)
    if count(bench) - there != ROWS * bodies * len(ways) * (rounds + 1):
        msg = "not every event was written"
        raise AssertionError(msg)
    raw = taken["raw_copy"]
    figures = {
        name: {
            "events_per_s": round(ROWS * bodies / statistics.median(values)),
            "ms_a_body": round(statistics.median(values) / bodies * 1e3, 1),
            **ratio(raw, values),
        }
        for name, values in taken.items()
    }
    plain_ways = [f"plain_route_json_{words}" for words in CLIENTS.values()]
    best = min(plain_ways, key=lambda name: statistics.median(taken[name]))
    for name in taken:
        if name.startswith("http_json"):
            figures[name]["times_the_best_plain_route"] = ratio(taken[best], taken[name])["ratio"]
    return figures


def _bodies(bench: Bench, make: Callable[[Bench, Rows], Any], n: int) -> list[Any]:
    return [make(bench, events(ROWS)) for _ in range(n)]


def sizes(bench: Bench) -> dict[str, float]:
    """Give bytes of the table and of its indexes, for each event."""
    row = bench.owner.execute(
        "SELECT sum(pg_relation_size(inhrelid)), sum(pg_indexes_size(inhrelid)) FROM pg_inherits"
        " WHERE inhparent = 'events.learning_events'::regclass"
    ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has a row
    heap, indexes, n = int(row[0]), int(row[1]), count(bench)
    return {
        "heap_per_event": round(heap / n, 1),
        "indexes_per_event": round(indexes / n, 1),
        "indexes_over_heap": round(indexes / heap, 3),
    }


def count(bench: Bench) -> int:
    """Count the events that are there."""
    row = bench.owner.execute("SELECT count(*) FROM events.learning_events").fetchone()
    return int(row[0]) if row else 0


def events(n: int) -> Rows:
    """Make events that nobody has seen."""
    # lint: allow clock because each run writes new events
    now = datetime.now(UTC).replace(microsecond=0)
    rows = []
    for i in range(n):
        at = now - timedelta(milliseconds=n - i)
        data = {"model": "delays", "score": i / n, "features": [i, 2.5, "x"], "note": ""}
        data["note"] = "n" * (PAYLOAD - len(json.dumps(data)))
        rows.append(
            {
                "id": uuid7(at),
                "event_type": TYPES[i % len(TYPES)],
                "event_subtype": "batch",
                "timestamp": at,
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
    with bench.owner.cursor() as cursor:
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
    with bench.owner.cursor() as cursor:
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


def post(
    bench: Bench,
    kind: str,
    clients: int,
    bodies: list[bytes],
    *,
    port: int = 0,
    path: str = "/v1/events:batch",
) -> None:
    """Send bodies, shared out to so many connections that each wait for their answers."""
    whole = f'{{"accepted":{ROWS},'.encode()

    def send(own: list[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port or bench.port)
        headers = bench.headers | {"content-type": kind}
        for body in own:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            told = answer.read()
            # Not decoded: the measure has no such work beside it.
            if answer.status != http.HTTPStatus.OK or not told.startswith(whole):
                msg = f"refused: {told[:500]!r}"
                raise AssertionError(msg)
        connection.close()

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(send, [bodies[n::clients] for n in range(clients)]))


def ingest(bench: Bench, given: pa.Table) -> None:
    """Hand a table to the service, in this process and one transaction."""
    with bench.made.database.tx(bench.tenant) as tx:
        service.ingest(tx, given)


if __name__ == "__main__":
    main()
