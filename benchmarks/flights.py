"""The year of flights through the loop, beside plain LightGBM on the same files.

    python -m benchmarks.flights [--until 2013-04-01]

Runs `everlearn demo flights --no-serve` in an empty data folder, watches the memory of all its
processes, then fits plain LightGBM on schedule and weather (January only, and anew every month),
and writes benchmarks/results/flights.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from benchmarks.common import write
from everlearn.core import pg
from everlearn.core.settings import Settings
from everlearn.demo.flights.data import HOUR, LATE_MIN, NEVER, Flights, Weather, load

BARS = {"mean_log_loss": 0.458, "ece": 0.03, "trainings": 14, "seconds": 600, "memory_mib": 2560}
GOALS = {"mean_log_loss": 0.445, "seconds": 240}


def main() -> None:
    """Run the benchmark and write its results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--until", help="day of 2013 to replay to; the whole year when left out")
    parser.add_argument("--keep", type=Path, help="empty folder that the database is left in")
    given = parser.parse_args()
    loop = replay(given.until, given.keep)
    result = {
        "bars": BARS,
        "goals": GOALS,
        "loop": loop,
        "plain_lightgbm": plain(*load()),
    }
    write("flights", result)


def replay(until: str | None, keep: Path | None) -> dict[str, Any]:
    """Replay in a process of its own; give its figures, its time and all its memory."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        report = Path(folder) / "report.json"
        words = [sys.executable, "-m", "everlearn", "demo", "flights", "--no-serve"]
        words += ["--report", str(report), *(["--until", until] if until else [])]
        home = keep or Path(folder) / "data"
        env = os.environ | {"EVERLEARN_DATA_DIR": str(home)}
        env.pop("EVERLEARN_DATABASE_URL", None)
        started = time.perf_counter()
        process = subprocess.Popen(words, env=env)
        watcher = Watcher(process.pid, home)
        watcher.start()
        code = process.wait()
        seconds = time.perf_counter() - started
        watcher.stop()
        subprocess.run([sys.executable, "-m", "everlearn", "stop"], env=env, check=False)
        if code:
            sys.exit(code)
        found: dict[str, Any] = json.loads(report.read_text())
    parts = found.pop("seconds")
    return found | {
        "seconds": round(seconds, 1),
        "parts_s": parts,
        "memory_mib": watcher.peak_mib,
        "mean_log_loss": found["mean_log_loss"],
    }


class Watcher(threading.Thread):
    """Samples the proportional memory (PSS) of a process and of the database's processes."""

    def __init__(self, pid: int, home: Path) -> None:
        super().__init__(daemon=True)
        self._pid, self._home, self._done = pid, home, threading.Event()
        self._server: int | None = None
        self.peak_mib = 0

    def run(self) -> None:
        """Sample once a second until stopped."""
        while not self._done.wait(1.0):
            total = sum(_pss_kib(pid) for pid in self._processes())
            self.peak_mib = max(self.peak_mib, total // 1024)

    def stop(self) -> None:
        """Stop sampling."""
        self._done.set()
        self.join()

    def _processes(self) -> Iterator[int]:
        if self._server is None:
            self._server = pg.status(Settings(data_dir=self._home)).pid
        roots = {self._pid, self._server}
        parents = dict(_parents())
        for pid in parents:
            above = pid
            while above in parents and above not in roots:
                above = parents[above]
            if above in roots:
                yield pid


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            yield int(folder.name), int(words[1])


def _pss_kib(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def plain(flights: Flights, weather: Weather) -> dict[str, Any]:
    """Fit plain LightGBM on schedule and weather: what one gets from the files in an afternoon."""
    started = time.perf_counter()
    matrix = np.column_stack([*_schedule(flights), *_weather(flights, weather)])
    known = flights.arrived < NEVER
    late = (flights.arr_delay > LATE_MIN).astype(float)
    params = {
        "objective": "binary",
        "verbose": -1,
        "num_threads": 2,
        "seed": 7,
        "deterministic": True,
    }
    static, monthly = [], []
    first = _fit(params, matrix, late, known & (flights.month == 1))
    for month in range(2, 13):
        test = known & (flights.month == month)
        # As a person does it on the first of the month: everything before, as it stands then.
        again = _fit(params, matrix, late, known & (flights.month < month))
        static.append(_log_loss(late[test], first.predict(matrix[test])))
        monthly.append(_log_loss(late[test], again.predict(matrix[test])))
    return {
        "january_model_mean_log_loss": float(np.mean(static)),
        "retrained_monthly_mean_log_loss": float(np.mean(monthly)),
        "seconds": round(time.perf_counter() - started, 1),
    }


def _schedule(flights: Flights) -> list[np.ndarray[Any, Any]]:
    codes = [
        np.unique(getattr(flights, name), return_inverse=True)[1]
        for name in ("carrier", "origin", "dest")
    ]
    return [*codes, flights.fields["scheduled_minute"] // 60, flights.fields["distance_miles"]]


def _weather(flights: Flights, weather: Weather) -> list[np.ndarray[Any, Any]]:
    """Give the last observation before the scheduled hour, per origin."""
    hour = flights.scheduled // HOUR * HOUR
    out = {name: np.full(len(flights), np.nan) for name in weather.values}
    for origin in np.unique(weather.origin):
        there, here = weather.origin == origin, flights.origin == origin
        position = np.searchsorted(weather.at[there], hour[here], "left") - 1
        for name, column in weather.values.items():
            values = column[there]
            out[name][here] = np.where(position >= 0, values[np.maximum(position, 0)], np.nan)
    return list(out.values())


def _fit(params: dict[str, Any], matrix: Any, late: Any, rows: Any) -> lightgbm.Booster:
    data = lightgbm.Dataset(matrix[rows], late[rows], categorical_feature=[0, 1, 2])
    return lightgbm.train(params, data, 100)


def _log_loss(y: Any, p: Any) -> float:
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


if __name__ == "__main__":
    main()
