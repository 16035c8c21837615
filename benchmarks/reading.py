"""What it costs to read training data, beside ADBC, plain psycopg and a LATERAL written by hand.

    python -m benchmarks.reading [--rounds 9] [--rows 200000] [--versions 250000] [--labels 100000]

A server of its own with its default settings, without waiting for the disk. Everlearn reads through
the SDK as everlearn_app under row-level security; the others use the same role, tenant and server,
on connections that are open already. The ways take turns within each round, beginning with another
one each time; a ratio is the other's time over the SDK's, so above 1 the SDK is quicker; given is
the median over the rounds.

- table: vectors of 20 features as an Arrow table of 20 float columns, id, entity and time. ADBC
  reads the same columns, once with the vector as the array that is stored and once taken apart into
  20 columns in SQL; psycopg reads rows of 20 columns and makes a table of them, and rows of arrays
  and makes none.
- as-of: labels of entities at moments, each joined with the last of the versions stored of the
  entity by its moment, 20 features each, versions over half a year: 250,000 versions are 5,000,000
  feature values. By hand: the labels sent to a temporary table by ADBC, then a LATERAL with the
  same index, read by ADBC. `lateral_alone` has its labels in a table beforehand.
- computed: the same labels with 20 windows over facts, computed as of each moment. By hand: a
  LATERAL over a copy of the facts made beforehand, with an index by what they are found by, which
  the table does not have; without corrections, and both must count alike.
- memory: of a process that reads the table in batches, and of one that reads it whole.

Writes benchmarks/results/reading.json.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import psycopg
import pyarrow as pa

from benchmarks.common import Bench, Way, in_turns, percentile, ratio, running, write
from everlearn.entry.sdk import Everlearn
from everlearn.modules.features import service
from everlearn.modules.features.types import Entities, Latest, Numeric, Window

FEATURES = 20
ENTITIES = 20_000
FACTS = 300_000
AGGREGATES = ("count", "sum", "mean", "min", "max", "std")
START = datetime(2026, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=180)
MICRO = timedelta(microseconds=1)
PART = 50_000  # rows of a transaction that fills
#: What a process of its own does to tell by how much it grew. Its peak begins anew with the 5: else
#: it would be that of the process it was forked from.
_MEMORY = """
import sys
from everlearn.entry.sdk import Everlearn
el = Everlearn("default", data_dir=sys.argv[1])
el.features("small").to_arrow()
def status(name):
    lines = open("/proc/self/status").read().splitlines()
    return int(next(one for one in lines if one.startswith(name)).split()[1]) / 1024
open("/proc/self/clear_refs", "w").write("5")
before = status("VmRSS")
rows = el.features("table")
n = sum(b.num_rows for b in rows) if sys.argv[2] == "batches" else rows.to_arrow().num_rows
print(n, status("VmHWM") - before)
"""


def main() -> None:
    """Run the benchmark and write its results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="rounds that count")
    parser.add_argument("--rows", type=int, default=200_000, help="rows of the table")
    parser.add_argument("--versions", type=int, default=250_000, help="stored versions")
    parser.add_argument("--labels", type=int, default=100_000, help="labels to join")
    given = parser.parse_args()
    with running(serve=False) as bench:
        el = Everlearn("default", data_dir=bench.home)
        fill(el, "table", given.rows, spread=timedelta(seconds=10))
        fill(el, "small", 1, spread=timedelta(seconds=10))
        fill(el, "versions", given.versions, spread=SPAN / given.versions)
        fill_facts(el)
        bench.owner.execute("VACUUM ANALYZE features.ml_feature_store")
        bench.owner.execute("VACUUM ANALYZE features.feature_facts")
        tables = in_turns(table_ways(bench, el), given.rounds)
        found = asked(given.labels)
        joins = in_turns(asof_ways(bench, el, found), given.rounds)
        computed = in_turns(computed_ways(bench, el, found), min(given.rounds, 3))
        figures = {
            "rounds": given.rounds,
            "features": FEATURES,
            "table": {"rows": given.rows, **compared(tables, given.rows)},
            "as_of": {
                "labels": given.labels,
                "versions": given.versions,
                "feature_values": given.versions * FEATURES,
                **compared(joins, given.labels),
            },
            "computed": {
                "labels": given.labels,
                "facts": FACTS,
                **compared(computed, given.labels),
            },
            "memory_mib": {
                way: memory(bench.home, way, given.rows) for way in ("batches", "whole")
            },
            "index_share": index_share(bench),
        }
        el.close()
    write("reading", figures)


def _moments(n: int, spread: timedelta) -> Any:
    begin = (START - datetime(1970, 1, 1, tzinfo=UTC)) // MICRO
    return begin + np.arange(n) * (spread // MICRO)


def fill(el: Everlearn, name: str, n: int, *, spread: timedelta) -> None:
    """Store `n` vectors of random entities, one each `spread`."""
    random = np.random.default_rng(7)
    at = _moments(n, spread)
    names = [f"f{i}" for i in range(FEATURES)]
    with el.tx() as tx:
        chosen = service.declare_set(tx, name, [Numeric(one) for one in names])
    for begin in range(0, n, PART):
        moments = at[begin : begin + PART]
        who = random.integers(0, ENTITIES, moments.size)
        fields = {one: random.random(moments.size) for one in names}
        with el.tx() as tx:
            entities = Entities([f"customer-{i:05d}" for i in who], moments, fields)
            service.materialize(tx, chosen, entities)


def fill_facts(el: Everlearn) -> None:
    """Record facts over the half year, some known late, and declare 20 features over them."""
    random = np.random.default_rng(8)
    at = _moments(FACTS, SPAN / FACTS)
    shops = [f"shop-{i:03d}" for i in range(500)]
    with el.tx() as tx:
        service.declare_source(tx, "sales", dims=["shop"], values=["amount"])
    for begin in range(0, FACTS, PART):
        moments = at[begin : begin + PART]
        with el.tx() as tx:
            service.record_facts(
                tx,
                "sales",
                entity_ids=[f"sale-{begin + i}" for i in range(moments.size)],
                event_at=moments,
                known_at=moments + random.integers(0, 3_600_000_000, moments.size),
                dims={"shop": [shops[i] for i in random.integers(0, 500, moments.size)]},
                values={"amount": random.random(moments.size)},
            )
    windows = [
        Window(f"{agg}_{days}", "sales", agg, ("shop",), "amount", timedelta(days=days))  # type: ignore[arg-type]  # one of six words
        for days in (1, 3, 7)
        for agg in AGGREGATES
    ]
    latest = [
        Latest("last", "sales", ("shop",), "amount", timedelta(days=30)),
        Latest("age", "sales", ("shop",), age=True, max_age=timedelta(days=30)),
    ]
    with el.tx() as tx:
        service.declare_set(tx, "windows", [*windows, *latest])


def asked(labels: int) -> Any:
    """Give labels of random entities at random moments, as a table."""
    random = np.random.default_rng(9)
    begin = int(_moments(1, SPAN)[0]) + (timedelta(days=20) // MICRO)
    at = begin + random.integers(0, timedelta(days=150) // MICRO, labels)
    return pa.table(
        {
            "entity_id": [f"customer-{i:05d}" for i in random.integers(0, ENTITIES, labels)],
            "as_of": pa.array(at).cast(pa.timestamp("us", tz="UTC")),
            "label": pa.array(random.integers(0, 2, labels)),
            "shop": [f"shop-{i:03d}" for i in random.integers(0, 500, labels)],
        }
    )


def _way(run: Callable[[], Any]) -> Way:
    return gc.collect, lambda _: run()


def _set_id(bench: Bench, name: str) -> UUID:
    with bench.made.database.tx(bench.tenant) as tx:
        return service.get_set(tx, name).id


def _adbc(bench: Bench) -> Any:
    connection = adbc.connect(bench.made.server.conninfo("app"), autocommit=True)
    with connection.cursor() as cursor:
        # lint: allow sql-string because SET takes no parameter, and the value is a uuid of ours
        cursor.execute(f"SET app.tenant_id = '{bench.tenant}'")
    return connection


def table_ways(bench: Bench, el: Everlearn) -> Mapping[str, Way]:
    """Give the ways of reading a table of vectors."""
    where = (
        f"FROM features.ml_feature_store WHERE tenant_id = '{bench.tenant}'"
        f" AND feature_set_id = '{_set_id(bench, 'table')}' ORDER BY id"
    )
    array = f'SELECT id, resource_id, as_of, "values" {where}'
    apart = ", ".join(f'"values"[{i + 1}] AS f{i}' for i in range(FEATURES))
    by_column = f"SELECT id, resource_id, as_of, {apart} {where}"
    connection = _adbc(bench)
    plain = psycopg.connect(bench.made.server.conninfo("app"), autocommit=True)
    plain.execute("SELECT set_config('app.tenant_id', %s, false)", (str(bench.tenant),))

    def fetched(query: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetch_arrow_table()

    return {
        "sdk": _way(lambda: el.features("table").to_arrow()),
        "adbc": _way(lambda: fetched(array)),
        "adbc_20_columns": _way(lambda: fetched(by_column)),
        "psycopg_rows": _way(lambda: table_of(plain.execute(by_column))),
        "psycopg_rows_of_arrays": _way(lambda: plain.execute(array).fetchall()),
    }


def table_of(cursor: Any) -> Any:
    """Give a cursor's rows as an Arrow table."""
    names = [column.name for column in cursor.description]
    rows = cursor.fetchall()
    return pa.table(dict(zip(names, map(pa.array, zip(*rows, strict=True)), strict=True)))


def asof_ways(bench: Bench, el: Everlearn, labels: Any) -> Mapping[str, Way]:
    """Give the ways of joining labels with the last version stored by their moment."""
    milliseconds = labels.column("as_of").to_numpy().astype("datetime64[ms]").astype(np.int64)
    high = [f"{ms:012x}{'f' * 20}" for ms in milliseconds.tolist()]
    sent = labels.append_column("high", pa.array([UUID(one).bytes for one in high], pa.uuid()))
    connection = _adbc(bench)
    with connection.cursor() as cursor:
        cursor.adbc_ingest("labels_beforehand", sent, mode="create", temporary=True)
        cursor.execute("ANALYZE labels_beforehand")
    mine = labels.drop_columns(["shop"])

    def lateral(table: str) -> Any:
        query = (
            "SELECT l.entity_id, l.as_of, l.label, v.as_of AS vector_as_of, v.values"
            f" FROM {table} l LEFT JOIN LATERAL"
            " (SELECT r.as_of, r.values FROM features.ml_feature_store r"
            f" WHERE r.tenant_id = '{bench.tenant}' AND r.resource_id = l.entity_id"
            f" AND r.feature_set_id = '{_set_id(bench, 'versions')}'"
            " AND r.id <= l.high AND r.as_of <= l.as_of ORDER BY r.id DESC LIMIT 1) v ON true"
        )
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetch_arrow_table()

    def by_hand() -> Any:
        with connection.cursor() as cursor:
            cursor.adbc_ingest("labels_sent", sent, mode="replace", temporary=True)
        return lateral("labels_sent")

    return {
        "sdk": _way(lambda: el.training_set("versions", entities=mine).to_arrow()),
        "lateral_by_hand": _way(by_hand),
        "lateral_alone": _way(lambda: lateral("labels_beforehand")),
    }


_FACTS_OF_SHOPS = """
CREATE TEMP TABLE shop_facts AS SELECT dims_text[1] AS shop, event_at, known_at,
  numbers[1] AS amount FROM features.feature_facts WHERE tenant_id = app.tenant_id();
CREATE INDEX ON shop_facts (shop, event_at) INCLUDE (known_at, amount);
ANALYZE shop_facts
"""


def computed_ways(bench: Bench, el: Everlearn, labels: Any) -> Mapping[str, Way]:
    """Give the ways of computing 20 windows over facts as of each label's moment."""
    connection = _adbc(bench)
    with connection.cursor() as cursor:
        cursor.adbc_ingest("labels_of_shops", labels, mode="create", temporary=True)
        for statement in (*_FACTS_OF_SHOPS.split(";"), "ANALYZE labels_of_shops"):
            cursor.execute(statement)
    spelt = {"mean": "avg", "std": "stddev_pop"}
    windows = ", ".join(
        f"{spelt.get(agg, agg)}(amount) FILTER (WHERE event_at > l.as_of - interval '{days} days')"
        f" AS {agg}_{days}"
        for days in (1, 3, 7)
        for agg in AGGREGATES
    )
    known = "f.shop = l.shop AND f.event_at <= l.as_of AND f.known_at <= l.as_of"
    query = (
        f"SELECT l.*, w.*, o.* FROM labels_of_shops l LEFT JOIN LATERAL (SELECT {windows}"
        f" FROM shop_facts f WHERE {known} AND f.event_at > l.as_of - interval '7 days') w ON true"
        " LEFT JOIN LATERAL (SELECT amount AS last, l.as_of - event_at AS age FROM shop_facts f"
        f" WHERE {known} AND f.event_at > l.as_of - interval '30 days'"
        " ORDER BY f.event_at DESC LIMIT 1) o ON true"
    )

    def by_hand() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetch_arrow_table()

    def sdk() -> Any:
        return el.training_set("windows", entities=labels, compute=True).to_arrow()

    counted = [int(np.nansum(made.column("count_7").to_numpy())) for made in (sdk(), by_hand())]
    if counted[0] != counted[1]:
        msg = f"windows counted {counted}"
        raise AssertionError(msg)
    return {"sdk": _way(sdk), "lateral_by_hand": _way(by_hand)}


def compared(taken: Mapping[str, list[float]], rows: int) -> dict[str, Any]:
    """Give each way's seconds, and how many times as long as the SDK it took."""
    out: dict[str, Any] = {}
    for name, seconds in taken.items():
        out[name] = {
            "seconds": round(median(seconds), 3),
            "p95_seconds": round(percentile(seconds, 0.95), 3),
            "rows_a_second": round(rows / median(seconds)),
        }
        if name != "sdk":
            out[name] |= ratio(seconds, taken["sdk"])
    return out


def memory(home: Path, way: str, rows: int) -> float:
    """Give by how many MiB a process grows that reads the table."""
    words = [sys.executable, "-c", _MEMORY, str(home), way]
    found = subprocess.run(words, check=True, capture_output=True, text=True)
    n, grown = found.stdout.split()
    if int(n) != rows:
        msg = f"read {n} of {rows} rows"
        raise RuntimeError(msg)
    return round(float(grown), 1)


def index_share(bench: Bench) -> dict[str, float]:
    """Give bytes of indexes over bytes of heap of the tables read."""
    out = {}
    for table in ("features.ml_feature_store", "features.feature_facts"):
        found = bench.owner.execute(
            "SELECT sum(pg_indexes_size(inhrelid)) / sum(pg_relation_size(inhrelid))"
            " FROM pg_inherits WHERE inhparent = %s::regclass",
            (table,),
        ).fetchone()
        out[table] = round(float(found[0]), 3) if found else 0.0
    return out


if __name__ == "__main__":
    main()
