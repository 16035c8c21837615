"""Everything at once for ten minutes, at ten times the rates that are asked for.

    python -m benchmarks.soak [--minutes 10] [--times 10]

Asked for are a million events and ten million metrics a day, ten million predictions and half a
million feedbacks a month. `everlearn up` with its worker, on a server that waits for the disk, gets
a body of each kind every second over HTTP, a tenth of the events one by one, and some questions to
a live model besides; outcomes come ten seconds after their predictions. Meanwhile the worker keeps
the rollups, the loop is turned each minute (which looks for drift), and expired events are archived
and removed. At the end, what was acknowledged is counted in the tables and in the rollups.
Writes benchmarks/results/soak.json.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import common, soak_rows
from benchmarks.common import Bench
from benchmarks.soak_rows import events, feedback, metrics, outcomes, predictions
from everlearn.core.ids import uuid7_many
from everlearn.entry.sdk import Everlearn

DAY_S, MONTH_S = 86_400, 30 * 86_400
#: Rows a second that are asked for.
ASKED = {
    "events": 1_000_000 / DAY_S,
    "metrics": 10_000_000 / DAY_S,
    "predictions": 10_000_000 / MONTH_S,
    "feedback": 500_000 / MONTH_S,
}
SINGLES = 0.1  # share of the events that come one by one
QUESTIONS = 4.0  # a second, to the live model
EXPIRED = 50_000  # events of three years ago
LAG_BAR_S = 60
#: Notes of what a rollup does not count yet.
NOTES = (
    "events.stale_learning_days",
    "operations.metric_arrivals",
    "predictions.performance_marks",
    "predictions.stale_performance_days",
    "feedback.stale_feedback_days",
    "analytics.stale_usage_days",
)
MODEL = "soak"


@dataclass
class Told:
    """What one sender sent and what was answered."""

    accepted: int = 0
    refused: int = 0
    retries: int = 0
    late_s: float = 0.0
    seconds: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Sum it up."""
        return {
            "accepted": self.accepted,
            "refused": self.refused,
            "retries": self.retries,
            "late_s": round(self.late_s, 1),
            "request_p50_ms": round(1e3 * common.percentile(self.seconds, 0.5), 1),
            "request_p95_ms": round(1e3 * common.percentile(self.seconds, 0.95), 1),
            "request_max_ms": round(1e3 * max(self.seconds), 1),
        }


class Sender(threading.Thread):
    """Sends `rate` rows a second of one kind, a body a second, until it is told to stop."""

    def __init__(
        self, bench: Bench, port: int, path: str, rate: float, make: Callable[[int], Any]
    ) -> None:
        super().__init__(daemon=True)
        self.bench, self.path, self.rate, self.make = bench, path, rate, make
        self.told, self.stop, self.failed = Told(), threading.Event(), ""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def run(self) -> None:
        """Send; a body that finds the server busy is sent again as it is."""
        started, sent, second = time.monotonic(), 0, 0
        try:
            while not self.stop.is_set():
                second += 1
                n = int(self.rate * second) - sent
                sent += n
                if n:
                    self.deliver(n)
                behind = time.monotonic() - started - second
                self.told.late_s = max(self.told.late_s, behind)
                self.stop.wait(max(-behind, 0.0))
        except Exception as error:  # noqa: BLE001 - told by the main thread
            self.failed = f"{self.path}: {type(error).__name__}: {error}"

    def deliver(self, n: int) -> None:
        """Send `n` rows as one body."""
        body = self.make(n)
        if body is not None:
            self.count(self.post(body))

    def post(self, body: Any) -> Any:
        """Send a body until it is taken; give the answer."""
        data = json.dumps(body, default=str).encode()
        headers = self.bench.headers | {"content-type": "application/json"}
        while True:
            started = time.perf_counter()
            self.connection.request("POST", self.path, data, headers)
            answer = self.connection.getresponse()
            text = answer.read()
            self.told.seconds.append(time.perf_counter() - started)
            if answer.status < 300:
                return json.loads(text)
            if answer.status not in {429, 503}:
                msg = f"{answer.status} {text[:300]!r}"
                raise AssertionError(msg)
            self.told.retries += 1
            time.sleep(float(answer.headers.get("retry-after", "1")))

    def count(self, answer: Any) -> None:
        """Note what became of the rows of a body."""
        refused = answer["refused"]
        self.told.accepted += answer.get("accepted", answer.get("new", 0))
        self.told.refused += refused if isinstance(refused, int) else len(refused)


class Singles(Sender):
    """Sends events one by one."""

    def deliver(self, n: int) -> None:
        """Send `n` events."""
        for body in events(n):
            self.post(body)
            self.told.accepted += 1


class Questions(Sender):
    """Asks the live model one question after the other."""

    def deliver(self, n: int) -> None:
        """Ask about `n` entities."""
        for _ in range(n):
            i = next(soak_rows.number)
            features = {"age": 20.0 + i % 60, "load": (i % 13) / 6 - 1, "plan": "pro"}
            self.post({"entity_id": f"soak-{i}", "features": features})
            self.told.accepted += 1
            soak_rows.unresolved.append(
                (time.monotonic(), {"model": MODEL, "entity_id": f"soak-{i}"})
            )


def main() -> None:
    """Run the soak and write its results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--times", type=float, default=10.0, help="times the rates asked for")
    given = parser.parse_args()
    with common.running(serve=False, durable=True) as bench:
        learn(bench)
        expired = expire(bench)
        port = common.free_port()
        words = [sys.executable, "-m", "everlearn", "up", "--port", str(port)]
        with common.process(words, port, environment(bench.home)) as api:
            figures = soak(bench, port, api, given.minutes, given.times)
        figures["expired_events"] = {"written": expired, "left": left_of_expired(bench)}
    figures |= {"minutes": given.minutes, "times_the_rates_asked_for": given.times}
    common.write("soak", figures)
    if figures["problems"]:
        sys.exit("\n".join(figures["problems"]))


def environment(home: Path) -> dict[str, str]:
    """Give the variables of a process that works on a data folder."""
    return {**os.environ, "EVERLEARN_DATA_DIR": str(home)}


def learn(bench: Bench) -> None:
    """Train a first version of a model, which goes live."""
    chance = np.random.default_rng(7)
    n = 2_000
    with Everlearn("default", data_dir=bench.home) as el:
        el.model(MODEL, features={"age": float, "load": float, "plan": ["basic", "pro"]})
        age, load = chance.uniform(18, 90, n), chance.normal(size=n)
        plan = [("basic", "pro")[int(i)] for i in chance.integers(0, 2, n)]
        late = (age / 90 + load + chance.normal(size=n) > 0.6).astype(int)
        # lint: allow clock because each run writes new rows
        now = datetime.now(UTC)
        el.learn(
            MODEL,
            entities=[f"past-{i}" for i in range(n)],
            features={"age": age.tolist(), "load": load.tolist(), "plan": plan},
            outcomes=late.tolist(),
            as_of=[now - timedelta(hours=n - i) for i in range(n)],
        )
        el.train(MODEL)


def expire(bench: Bench) -> int:
    """Write events that are older than events are kept."""
    # lint: allow clock because each run writes new rows
    at = datetime.now(UTC) - timedelta(days=3 * 365)
    from everlearn.modules.events import service

    with bench.made.database.tx(bench.tenant) as tx:
        rows = [
            row | {"id": id_}
            for row, id_ in zip(events(EXPIRED), uuid7_many(EXPIRED, at), strict=True)
        ]
        return service.ingest(tx, rows).accepted


def left_of_expired(bench: Bench) -> int:
    """Count the expired events that are still there."""
    return count(
        bench,
        "SELECT count(*) FROM events.learning_events WHERE timestamp < now() - interval '2 years'",
    )


def soak(bench: Bench, port: int, api: int, minutes: float, times: float) -> dict[str, Any]:
    """Send, watch, stop, and count."""
    before = {name: count(bench, query) for name, query in COUNTS.items()}
    rate = {name: times * each for name, each in ASKED.items()}
    about = rate["predictions"] + QUESTIONS
    senders = {
        "events": Sender(bench, port, "/v1/events:batch", rate["events"] * (1 - SINGLES), events),
        "single_events": Singles(bench, port, "/v1/events", rate["events"] * SINGLES, events),
        "metrics": Sender(bench, port, "/v1/metrics:batch", rate["metrics"], metrics),
        "predictions": Sender(
            bench, port, "/v1/predictions:batch", rate["predictions"], predictions
        ),
        "questions": Questions(bench, port, f"/v1/models/{MODEL}/predictions", QUESTIONS, list),
        "outcomes": Sender(bench, port, "/v1/outcomes:batch", about, outcomes),
        "feedback": Sender(bench, port, "/v1/feedback:batch", rate["feedback"], feedback),
    }
    for sender in senders.values():
        sender.start()
    watched = watch(bench, api, minutes, senders)
    for sender in senders.values():
        sender.stop.set()
    for sender in senders.values():
        sender.join(90)
    settled_s = settle(bench)
    told = {name: sender.told for name, sender in senders.items()}
    there = {name: count(bench, query) - before[name] for name, query in COUNTS.items()}
    expected = {
        "events": told["events"].accepted + told["single_events"].accepted,
        "metrics": told["metrics"].accepted,
        "predictions": told["predictions"].accepted + told["questions"].accepted,
        "outcomes": told["outcomes"].accepted,
        "feedback": told["feedback"].accepted,
        "events_in_rollup": told["events"].accepted + told["single_events"].accepted,
    }
    problems = [sender.failed for sender in senders.values() if sender.failed]
    problems += [
        f"{name}: {expected[name]} acknowledged, {there[name]} there"
        for name in expected
        if there[name] < expected[name]
    ]
    problems += [f"{name}: {each.refused} refused" for name, each in told.items() if each.refused]
    problems += [
        f"{name}: a lag of {lag:.0f} s" for name, lag in watched["lags"].items() if lag > LAG_BAR_S
    ]
    return {
        "sent": {name: each.figures() for name, each in told.items()},
        "acknowledged": expected,
        "there": there,
        "largest_lag_s": {name: round(lag, 1) for name, lag in watched["lags"].items()},
        "settled_after_s": round(settled_s, 1),
        "memory_mib": {
            name: {
                "second_quarter": round(statistics.median(quarter(values, 1))),
                "last_quarter": round(statistics.median(quarter(values, 3))),
                "largest": round(max(values)),
            }
            for name, values in watched["memory"].items()
        },
        "loop_turns": watched["turns"],
        "retention": watched["retention"],
        "problems": problems,
    }


def watch(bench: Bench, api: int, minutes: float, senders: dict[str, Sender]) -> dict[str, Any]:
    """Note lags and memory every five seconds; turn the loop each minute; run retention twice."""
    seen: dict[str, Any] = {
        "lags": {},
        "memory": {"api": [], "worker": [], "postgres": []},
        "turns": 0,
    }
    retirement = ThreadPoolExecutor(1)
    retention: list[Future[Any]] = []
    started = time.monotonic()
    with Everlearn("default", data_dir=bench.home) as el:
        while (passed := time.monotonic() - started) < minutes * 60:
            if any(sender.failed for sender in senders.values()):
                break
            for name, age in lags(bench).items():
                seen["lags"][name] = max(seen["lags"].get(name, 0.0), age)
            for name, mib in memory(bench, api).items():
                seen["memory"][name].append(mib)
            if passed > 60 * (seen["turns"] + 1):
                el.turn(MODEL)
                seen["turns"] += 1
            if passed > minutes * 20 * (len(retention) + 1) and len(retention) < 2:
                retention.append(retirement.submit(retire, bench))
            time.sleep(5)
    seen["retention"] = [each.result(timeout=180) for each in retention]
    return seen


def retire(bench: Bench) -> Any:
    """Do what the night does, archive and remove old rows; give what it says it archived."""
    words = [sys.executable, "-m", "everlearn", "db", "retention", "--json"]
    for _ in range(20):
        done = subprocess.run(
            words, env=environment(bench.home), capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return [each for each in json.loads(done.stdout) if each["archived"]]
        if "retention_runs" not in done.stdout + done.stderr:  # else the worker is at it
            break
        time.sleep(3)
    msg = f"retention ended with {done.returncode}: {(done.stdout + done.stderr)[-500:]}"
    raise AssertionError(msg)


def settle(bench: Bench) -> float:
    """Wait until no rollup is behind; give how long it took."""
    started = time.monotonic()
    while lags(bench) and time.monotonic() - started < 180:
        time.sleep(1)
    return time.monotonic() - started


def lags(bench: Bench) -> dict[str, float]:
    """Give the age of the oldest note of each rollup that is behind, in seconds."""
    found = {}
    for table in NOTES:
        row = bench.owner.execute(
            "SELECT extract(epoch FROM clock_timestamp() - min(uuid_extract_timestamp(id)))"
            f" FROM {table}"
        ).fetchone()
        if row and row[0] is not None:
            found[table] = float(row[0])
    return found


def memory(bench: Bench, api: int) -> dict[str, float]:
    """Give the MiB that the server, the worker and the database have to themselves."""
    found = {
        "api": common.mib(api),
        "worker": sum(map(common.mib, common.children(api))),
        "postgres": 0.0,
    }
    row = bench.owner.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one value has a row
    postmaster = common.parent(int(row[0]))
    found["postgres"] = common.mib(postmaster) + sum(map(common.mib, common.children(postmaster)))
    return found


def quarter(values: list[float], which: int) -> list[float]:
    """Give one quarter of a list, from 0."""
    n = max(len(values) // 4, 1)
    return values[which * n : (which + 1) * n] or values[-n:]


COUNTS = {
    "events": "SELECT count(*) FROM events.learning_events WHERE source_system = 'soak'"
    " AND timestamp > now() - interval '1 year'",
    "events_in_rollup": "SELECT coalesce(sum(event_count), 0) FROM events.daily_learning_metrics"
    " WHERE source_system = 'soak' AND date > now() - interval '1 year'",
    "metrics": "SELECT count(*) FROM v_metric_samples WHERE metric_name LIKE 'soak.%'",
    "predictions": "SELECT count(*) FROM predictions.ml_predictions WHERE role = 'live'",
    "outcomes": "SELECT count(*) FROM predictions.prediction_outcomes o"
    " JOIN predictions.ml_predictions p USING (tenant_id, id) WHERE p.role = 'live'",
    "feedback": "SELECT count(*) FROM feedback.ml_feedback",
}


def count(bench: Bench, query: str) -> int:
    """Count rows of the tenant."""
    row = bench.owner.execute(query).fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    main()
