"""A tracking server of MLflow on the benchmark's PostgreSQL, and its own client."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from benchmarks.common import Bench, free_port

VERSION = "3.17.2"
FOLDER = Path.home() / ".cache" / "everlearn-benchmarks" / f"mlflow-{VERSION}"

#: Runs in MLflow's environment: logs as many batches as it is told, and says when they are logged.
_CLIENT = """
import json, random, sys
from mlflow import MlflowClient
from mlflow.entities import Metric

client = MlflowClient(sys.argv[1])
run = client.create_run(client.create_experiment("benchmark")).info.run_id
rng, step = random.Random(7), 0
print("ready", flush=True)
for line in sys.stdin:
    for _ in range(int(line)):
        metrics = []
        for i in range(1000):
            place = step * 25 + i // 40
            value = rng.gammavariate(2.0, 20.0)
            metrics.append(Metric(f"rates.{i % 40}", value, 1700000000000 + place, place))
        client.log_batch(run, metrics=metrics)
        step += 1
    print(json.dumps({"steps": step}), flush=True)
history = client.get_metric_history(run, "rates.0")
print(json.dumps({"logged": len(history)}), flush=True)
"""


@dataclass
class Peer:
    """A client of MLflow in a process of its own."""

    client: subprocess.Popen[str]

    def log(self, batches: int) -> None:
        """Log batches of 1,000 metrics; returns when the server has answered all of them."""
        assert self.client.stdin is not None  # noqa: S101 - it was opened with a pipe
        self.client.stdin.write(f"{batches}\n")
        self.client.stdin.flush()
        self.read()

    def read(self) -> str:
        """Give the client's next line."""
        assert self.client.stdout is not None  # noqa: S101 - it was opened with a pipe
        line = self.client.stdout.readline()
        if not line:
            msg = "MLflow's client ended"
            raise RuntimeError(msg)
        return line


def environment() -> Path:
    """Give the folder of MLflow's programs, installed when it is missing."""
    programs = FOLDER / "bin"
    if not (programs / "mlflow").exists():
        FOLDER.parent.mkdir(parents=True, exist_ok=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        uv = shutil.which("uv") or "uv"
        subprocess.run([uv, "venv", "--python", version, FOLDER], check=True)
        words = [uv, "pip", "install", "--compile-bytecode", f"mlflow=={VERSION}"]
        env = os.environ | {"VIRTUAL_ENV": str(FOLDER)}
        subprocess.run([*words, "psycopg[binary]"], check=True, env=env)
    return programs


@contextmanager
def _group(words: list[str], port: int, env: dict[str, str]) -> Iterator[None]:
    """Run a program that starts others, until the block ends; all of them end with it."""
    quiet = subprocess.DEVNULL
    started = subprocess.Popen(words, env=env, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        for _ in range(1200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            msg = "MLflow's server did not come up"
            raise RuntimeError(msg)
        yield
    finally:
        os.killpg(started.pid, signal.SIGKILL)  # it holds nothing that is wanted
        started.wait(10)


@contextmanager
def tracking_server(bench: Bench) -> Iterator[Peer]:
    """Run MLflow's server and a client of it."""
    programs = environment()
    server = bench.made.server
    with psycopg.connect(server.conninfo("admin"), autocommit=True) as admin:
        admin.execute("CREATE DATABASE mlflow")
    given = conninfo_to_dict(server.conninfo("admin", "mlflow"))
    user, password = (quote(str(given.get(name) or ""), safe="") for name in ("user", "password"))
    port = given.get("port") or 5432
    host = quote(str(given["host"]), safe="")
    url = f"postgresql+psycopg://{user}:{password}@/mlflow?host={host}&port={port}"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env |= {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_BACKEND_STORE_URI": url}
    listens = free_port()
    words = [str(programs / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(listens)]
    with _group([*words, "--workers", "1"], listens, env):
        client = subprocess.Popen(
            [str(programs / "python"), "-c", _CLIENT, f"http://127.0.0.1:{listens}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
        )
        peer = Peer(client)
        try:
            while peer.read() != "ready\n":
                pass
            yield peer
            assert client.stdin is not None  # noqa: S101 - it was opened with a pipe
            client.stdin.close()
            if not json.loads(peer.read())["logged"]:
                msg = "MLflow logged nothing"
                raise AssertionError(msg)
        finally:
            client.kill()
            client.wait(10)
