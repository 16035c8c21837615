"""What the schema costs: to build, to verify, and to read through policies and composite keys.

    python -m benchmarks.schema [--rounds 15]

A server of its own, without waiting for the disk (fsync off), in a temporary folder. The price of
isolation is read from two tables with the same rows in the same order: one with a key of tenant and
id and row-level security, read as everlearn_app, and one with the id alone and no policy. Their
statements alternate within each round, and the ratio is that of the medians over the rounds. Both
are read with a plan that is kept, and with one made for every statement, as the pool asks for it
for the sake of partitioned tables: what a policy costs is mostly planning.
Writes benchmarks/results/schema.json.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from psycopg import sql
from sqlalchemy import create_engine

from benchmarks.common import write
from everlearn.core import migrate, pg
from everlearn.core.ids import uuid7_many
from everlearn.core.policy_ddl import up
from everlearn.core.schema import manifest, verify
from everlearn.core.settings import Settings

GOALS = {"point_read_ratio": 1.10, "list_ratio": 1.05}
PLANS = {"plan_kept": "force_generic_plan", "planned_each_time": "force_custom_plan"}
TENANTS, ROWS = 20, 10_000  # rows of each tenant
READS, LISTS, PAGE = 500, 20, 1_000
_COLUMNS = "name text NOT NULL, score double precision, created_at timestamptz NOT NULL"


def main() -> None:
    """Run the benchmark and write its results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="rounds of the paired reads")
    given = parser.parse_args()
    with a_server() as server:
        result = {
            "goals": GOALS,
            "seconds": building(server),
            "isolation": {
                name: isolation(server, given.rounds, mode) for name, mode in PLANS.items()
            },
        }
    write("schema", result)


@contextmanager
def a_server() -> Iterator[pg.Server]:
    """Run a server in an empty folder, and take it away afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        settings = Settings(data_dir=Path(folder) / "data", database_url=None)
        try:
            yield pg.start(settings, fast_and_unsafe=True)
        finally:
            pg.remove(settings)


def building(server: pg.Server) -> dict[str, float]:
    """Give the median seconds of three runs of each: migrate, build, copy a template, verify."""
    migrate.load_tables()  # once a process; not what is measured
    taken: dict[str, list[float]] = {}
    for n in range(3):
        name = f"migrated_{n}"
        pg.bootstrap(server, name)
        with timed(taken, "upgrade_from_empty"):
            migrate.upgrade(server, database=name)
        with psycopg.connect(server.conninfo("admin"), autocommit=True) as admin:
            copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            with timed(taken, "copy_of_a_template"):
                admin.execute(copy.format(sql.Identifier(f"copy_{n}"), sql.Identifier(name)))
        pg.bootstrap(server, f"declared_{n}")
        with (
            connection(server, f"declared_{n}") as made,
            timed(taken, "template_from_declarations"),
        ):
            migrate.create_all(made)
        with connection(server, name) as made, timed(taken, "db_verify"):
            verify.verify(made, manifest.shipped())
    return {key: round(statistics.median(values), 3) for key, values in taken.items()}


@contextmanager
def timed(taken: dict[str, list[float]], key: str) -> Iterator[None]:
    """Add the seconds that the block takes."""
    started = time.perf_counter()
    yield
    taken.setdefault(key, []).append(time.perf_counter() - started)


@contextmanager
def connection(server: pg.Server, name: str) -> Iterator[Any]:
    """Open a database as the owner."""
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(server.conninfo("owner", name))
    )
    with engine.begin() as made:
        yield made
    engine.dispose()


def isolation(server: pg.Server, rounds: int, plan: str) -> dict[str, Any]:
    """Give the price of policy and composite key on a point read and on a list of 1,000 rows."""
    tenants, ids = _fill(server, f"isolation_{plan}")
    tenant = TENANTS // 2
    own = ids[tenant]
    rng = np.random.default_rng(7)
    database = f"isolation_{plan}"
    with psycopg.connect(server.conninfo("app", database), prepare_threshold=0) as reader:
        reader.execute(sql.SQL("SET plan_cache_mode = {}").format(sql.Identifier(plan)))
        reader.execute(sql.SQL("SET app.tenant_id = {}").format(sql.Literal(str(tenants[tenant]))))
        last = own[-1]

        def point(query: str, *first: UUID) -> Callable[[], None]:
            def run() -> None:
                for i in rng.integers(0, ROWS, READS):
                    found = reader.execute(query, [*first, own[i]], binary=True).fetchone()
                    assert found is not None  # noqa: S101 - else another thing is measured

            return run

        def listing(query: str, *words: UUID) -> Callable[[], None]:
            def run() -> None:
                for _ in range(LISTS):
                    found = reader.execute(query, words, binary=True).fetchall()
                    assert len(found) == PAGE  # noqa: S101 - else another thing is measured

            return run

        columns = "id, name, score, created_at"
        isolated = f"SELECT {columns} FROM isolated WHERE tenant_id = %s"
        plain = f"SELECT {columns} FROM plain WHERE"
        order = "ORDER BY id DESC LIMIT 1000"
        who = tenants[tenant]
        pairs = {
            "point_read": (
                point(f"{isolated} AND id = %s", who),
                point(f"{plain} id = %s"),
                READS,
            ),
            "list": (
                listing(f"{isolated} AND id <= %s {order}", who, last),
                listing(f"{plain} id <= %s {order}", last),
                LISTS,
            ),
        }
        return {key: _paired(*pair, rounds) for key, pair in pairs.items()}


def _paired(
    isolated: Callable[[], None], plain: Callable[[], None], calls: int, rounds: int
) -> dict[str, float]:
    taken: dict[str, list[float]] = {"isolated": [], "plain": []}
    for n in range(rounds + 1):
        both = [("isolated", isolated), ("plain", plain)]
        for key, run in both if n % 2 else reversed(both):
            started = time.perf_counter()
            run()
            if n:  # the first round warms up
                taken[key].append((time.perf_counter() - started) / calls * 1e6)
    medians = {key: statistics.median(values) for key, values in taken.items()}
    each = [a / b for a, b in zip(taken["isolated"], taken["plain"], strict=True)]
    return {
        "isolated_us": round(medians["isolated"], 1),
        "plain_us": round(medians["plain"], 1),
        "ratio": round(medians["isolated"] / medians["plain"], 3),
        "ratio_of_rounds_from": round(min(each), 3),
        "ratio_of_rounds_to": round(max(each), 3),
    }


def _fill(server: pg.Server, name: str) -> tuple[list[UUID], list[list[UUID]]]:
    """Make both tables with the same rows in the same order; give tenants and each one's ids."""
    pg.bootstrap(server, name)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    tenants = uuid7_many(TENANTS, now)
    ids = [uuid7_many(ROWS, now) for _ in tenants]
    with connection(server, name) as made:
        migrate.install_kernel(made)
        made.exec_driver_sql("GRANT USAGE ON SCHEMA app TO everlearn_app")
        made.exec_driver_sql("CREATE SCHEMA bench")
        made.exec_driver_sql("GRANT USAGE ON SCHEMA bench TO everlearn_app")
        made.exec_driver_sql(
            f"CREATE TABLE bench.isolated (tenant_id uuid, id uuid, {_COLUMNS},"
            " PRIMARY KEY (tenant_id, id))"
        )
        made.exec_driver_sql(f"CREATE TABLE bench.plain (id uuid PRIMARY KEY, {_COLUMNS})")
        for tenant, own in zip(tenants, ids, strict=True):
            values = [(str(id_), f"row {i}", i / ROWS, now) for i, id_ in enumerate(own)]
            driver = made.connection.dbapi_connection.cursor()
            with driver.copy("COPY bench.plain FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
            with driver.copy("COPY bench.isolated FROM STDIN") as copy:
                for row in values:
                    copy.write_row((str(tenant), *row))
        for statement in up("bench.isolated", "rls:tenant"):
            made.exec_driver_sql(statement)
        made.exec_driver_sql("GRANT SELECT ON bench.isolated, bench.plain TO everlearn_app")
        made.exec_driver_sql(f"ALTER DATABASE {name} SET search_path = bench, app, public")
    with psycopg.connect(server.conninfo("owner", name), autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE bench.plain, bench.isolated")
    return tenants, ids


if __name__ == "__main__":
    main()
