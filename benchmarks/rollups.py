"""What rollups save: days, quantiles, patterns and the views of predictions at full size.

    python -m benchmarks.rollups [--events 5000000] [--occurrences 3000000] [--predictions 10000000]
        [--only events|patterns|predictions]

A server of its own without waiting for the disk (fsync off; nothing here waits for it), in a
temporary folder. Rows are made by set-based SQL of the owner: for one tenant as many as are asked
for, and of 999 others a twentieth of that, the larger the sooner they come (1/rank), lying among
them. Everything is read as everlearn_app under row-level security through the functions that the
API calls; each figure is of 200 calls and more, and beside it stands the same question asked of the
rows themselves, a few times. Writes benchmarks/results/rollups.json, or of one part alone
benchmarks/results/rollups_<part>.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from benchmarks.common import Bench, percentile, running, write
from everlearn.core import chores
from everlearn.core.testing.make import make
from everlearn.core.tx import Tx
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.patterns import service as patterns
from everlearn.modules.patterns.types import SourceType
from everlearn.modules.registry.tables.models import Model
from everlearn.modules.registry.tables.versions import ModelVersion
from everlearn.modules.tenancy import service as tenancy

DAYS, TENANTS, PATTERNS, MODELS = 90, 1_000, 500, 20
CALLS, STRAIGHT = 200, 5
GOALS = {
    "daily_aggregate_p95_ms": 20,
    "whole_over_dirty_day": 20,
    "pattern_query_p95_ms": 20,
    "prediction_view_p95_ms": 50,
    "index_over_heap_of_occurrences": 0.40,
}
Ask = Callable[[Tx], Any]

#: Whose row it is: the tenant's own, or of another, by 1/rank.
_TENANT = (
    "CASE WHEN i <= %(own)s THEN %(tenant)s::uuid"
    " ELSE (%(tenants)s::uuid[])[floor(power(%(others)s::float8, random()))::int] END"
)
_AT = "%(until)s::timestamptz - random() * make_interval(days => %(days)s)"

_EVENTS = f"""
INSERT INTO events.learning_events (tenant_id, id, event_type, timestamp, source_system,
  entity_type, entity_id, event_data, processing_time_ms)
SELECT {_TENANT}, uuidv7(at - now()), (%(types)s::text[])[1 + (i %% 4)], at,
  (ARRAY['api', 'everlearn', 'user_interface'])[1 + i %% 3], 'model', 'model-' || i %% 50,
  jsonb_build_object('model', 'delays', 'score', i / 1e6, 'note', repeat('n', 150)),
  exp(2 + random_normal())
FROM (SELECT i, date_trunc('milliseconds', {_AT}) AS at FROM generate_series(1, %(rows)s) AS i
      ORDER BY at) AS r
"""

_OCCURRENCES = f"""
INSERT INTO patterns.pattern_occurrences (tenant_id, id, pattern_id, source_type, source_id,
  location_data, context_data, detection_timestamp, detection_model_id, confidence_score)
SELECT tenant_id, uuidv7(at - now()), CASE WHEN tenant_id = %(tenant)s::uuid
    THEN (%(patterns)s::uuid[])[floor(power(%(n_patterns)s::float8, random()))::int]
    ELSE (%(their)s::jsonb ->> tenant_id::text)::uuid END,
  CASE WHEN i %% 3 = 0 THEN 'git_commit' ELSE 'code_file' END,
  CASE WHEN i %% 3 = 0 THEN encode(sha256(int8send(i)), 'hex') ELSE 'src/module_' || i %% 20000 END,
  jsonb_build_object('path', 'src/module_' || i %% 20000 || '.py', 'line', i %% 900,
    'end', i %% 950),
  jsonb_build_object('function', 'handle_' || i %% 300, 'branch', 'main', 'nesting', i %% 7,
    'complexity', i %% 40),
  at, %(tenant)s::uuid, random()
FROM (SELECT i, {_TENANT} AS tenant_id, {_AT} AS at FROM generate_series(1, %(rows)s) AS i
      ORDER BY 3) AS r
"""

_PREDICTIONS = f"""
INSERT INTO predictions.ml_predictions (tenant_id, id, service_name, prediction_type, ml_model_id,
  model_version_id, model_version, entity_id, feature_row_id, raw_margin, predicted_value,
  confidence_interval_lower, confidence_interval_upper, confidence, reasons, inference_time_ms,
  prediction_timestamp)
SELECT {_TENANT}, uuidv7(at - now()), 'everlearn', 'delay', (%(models)s::uuid[])[1 + i %% %(n)s],
  (%(versions)s::uuid[])[1 + i %% %(n)s], 'v1.0.0', 'entity-' || i %% 500000, gen_random_uuid(),
  random() - 0.5, random(), 0.1, 0.9, 0.5 + random() / 2, ARRAY[0.1, 0.2, 0.3, 0.4]::real[],
  exp(random_normal()), at
FROM (SELECT i, date_trunc('milliseconds', {_AT}) AS at FROM generate_series(1, %(rows)s) AS i
      ORDER BY at) AS r
"""

_STRAIGHT_DAYS = """
SELECT (timestamp AT TIME ZONE 'UTC')::date, count(*), avg(processing_time_ms),
  percentile_cont(0.95) WITHIN GROUP (ORDER BY processing_time_ms)
FROM events.learning_events
WHERE tenant_id = app.tenant_id() AND timestamp >= :since AND timestamp < :until GROUP BY 1
"""
_STRAIGHT_QUANTILES = """
SELECT percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY processing_time_ms)
FROM events.learning_events
WHERE tenant_id = app.tenant_id() AND timestamp >= :since AND timestamp < :until
"""
_STRAIGHT_TOP = """
SELECT pattern_id, count(*) FROM patterns.pattern_occurrences
WHERE tenant_id = app.tenant_id() AND detection_timestamp >= :since
  AND detection_timestamp < :until GROUP BY 1 ORDER BY 2 DESC LIMIT 20
"""
_STRAIGHT_PERFORMANCE = """
SELECT count(*), avg(confidence), avg(inference_time_ms) FROM predictions.ml_predictions
WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND role = 'live'
"""
_RECENT = """
SELECT * FROM predictions.v_recent_predictions
WHERE tenant_id = app.tenant_id() AND model_name = :name LIMIT 50
"""
_PERFORMANCE = """
SELECT * FROM predictions.v_model_performance
WHERE tenant_id = app.tenant_id() AND model_name = :name
"""
_BYTES = """
SELECT sum(pg_relation_size(i.inhrelid))::float8, sum(pg_indexes_size(i.inhrelid))::float8
FROM pg_inherits AS i WHERE i.inhparent = %s::regclass
"""


def main() -> None:
    """Run the benchmark and write its results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--occurrences", type=int, default=3_000_000)
    parser.add_argument("--predictions", type=int, default=10_000_000)
    parser.add_argument("--only", choices=list(PARTS), help="measure one part alone")
    given = parser.parse_args()
    rows = {
        "events": given.events,
        "patterns": given.occurrences,
        "predictions": given.predictions,
    }
    with running(serve=False) as bench:
        bench.owner.execute("SET maintenance_work_mem = '512MB'; SET jit = off")
        others = neighbours(bench)
        result: dict[str, Any] = {"goals": GOALS, "calls": CALLS, "days": DAYS, "tenants": TENANTS}
        result["idle"] = idle(bench)
        for part in [given.only] if given.only else list(PARTS):
            measure, table = PARTS[part]
            result[part] = measure(bench, rows[part], others)
            if not given.only:
                bench.owner.execute(f"TRUNCATE {table} CASCADE")
    write(f"rollups_{given.only}" if given.only else "rollups", result)


def neighbours(bench: Bench) -> list[UUID]:
    """Make the other tenants."""
    database = bench.made.database
    return [tenancy.ensure_tenant(database, slug=f"tenant-{n}").id for n in range(2, TENANTS + 1)]


def idle(bench: Bench) -> dict[str, float]:
    """Give what a chore costs when no tenant has anything to do."""
    house = chores.House(bench.made.server, bench.made.settings, bench.made.database.clock)
    names = ("events.daily_metrics", "patterns.daily_counts", "predictions.quantiles")
    each = [chores.declared()[name] for name in names]
    return {
        f"{chore.name}_ms": measured(lambda _, c=chore: c.function(house), 20)["median_ms"]
        for chore in each
    }


def of_events(bench: Bench, rows: int, others: list[UUID]) -> dict[str, Any]:
    """Measure the rollups of events."""
    kinds = list(EventType)[:4]
    load = fill(bench, "events.learning_events", _EVENTS, rows, others=others, types=kinds)
    today = datetime.now(UTC).date()  # lint: allow clock because rows end where the clock is
    since, until = today - timedelta(days=DAYS - 1), today + timedelta(days=1)
    span: dict[str, Any] = {"since": since, "until": until}
    days = [since + timedelta(days=i) for i in range(DAYS)]

    def stale(which: list[date]) -> None:
        with bench.made.database.tx(bench.tenant) as tx:
            tx.execute(
                "INSERT INTO events.stale_learning_days (date)"
                " SELECT d FROM unnest(CAST(:days AS date[])) AS d",
                {"days": which},
            )

    refreshed = refreshing(bench, stale, events.refresh_daily_metrics, days)
    asked: dict[str, Ask] = {
        "daily_aggregate_90_days": lambda tx: events.days_of_events(tx, **span),
        "daily_aggregate_90_days_of_one_type": lambda tx: events.days_of_events(
            tx, **span, event_type=EventType.MODEL_PREDICTION
        ),
        "quantiles_of_90_days": lambda tx: events.quantiles_of_events(tx, **span),
        "hours_of_7_days": lambda tx: events.hours_of_events(
            tx, since=at(today - timedelta(days=6)), until=at(until)
        ),
    }
    bounds = {"since": at(since), "until": at(until)}
    straight: dict[str, Ask] = {
        "daily_aggregate_90_days": lambda tx: tx.execute(_STRAIGHT_DAYS, bounds).all(),
        "quantiles_of_90_days": lambda tx: tx.execute(_STRAIGHT_QUANTILES, bounds).all(),
    }
    return {"rows": rows, "load_s": load, "refresh": refreshed} | reads(bench, asked, straight)


def of_patterns(bench: Bench, rows: int, others: list[UUID]) -> dict[str, Any]:
    """Measure what is asked about patterns."""
    bench.owner.execute("ALTER TABLE patterns.identified_patterns NO FORCE ROW LEVEL SECURITY")
    kinds = "(ARRAY['code_smell', 'anti_pattern', 'usage_pattern'])[1 + i %% 3]"
    made = bench.owner.execute(
        "INSERT INTO patterns.identified_patterns (tenant_id, pattern_type, pattern_name)"
        f" SELECT %s, {kinds}, 'pattern ' || i FROM generate_series(1, %s) AS i RETURNING id",
        (bench.tenant, PATTERNS),
    )
    ids = [row[0] for row in made.fetchall()]
    made = bench.owner.execute(
        "INSERT INTO patterns.identified_patterns (tenant_id, pattern_type, pattern_name)"
        " SELECT t, 'code_smell', 'god class' FROM unnest(%s::uuid[]) AS t RETURNING tenant_id, id",
        (others,),
    )
    their = {str(tenant): str(id_) for tenant, id_ in made.fetchall()}
    bench.owner.execute("ALTER TABLE patterns.identified_patterns FORCE ROW LEVEL SECURITY")
    more = {"patterns": ids, "n_patterns": PATTERNS + 1, "their": json.dumps(their)}
    load = fill(bench, "patterns.pattern_occurrences", _OCCURRENCES, rows, others=others, **more)
    heap, indexes = bench.owner.execute(_BYTES, ("patterns.pattern_occurrences",)).fetchone() or (
        1,
        0,
    )
    today = datetime.now(UTC).date()  # lint: allow clock because rows end where the clock is
    since, until = today - timedelta(days=DAYS - 1), today + timedelta(days=1)

    def stale(which: list[date]) -> None:
        with bench.made.database.tx(bench.tenant) as tx:
            tx.execute(
                "INSERT INTO patterns.stale_pattern_days (date)"
                " SELECT d FROM unnest(CAST(:days AS date[])) AS d",
                {"days": which},
            )

    days = [since + timedelta(days=i) for i in range(DAYS)]
    refreshed = refreshing(bench, stale, patterns.refresh_daily_counts, days)
    # As autovacuum does within a minute of days written anew.
    bench.owner.execute("VACUUM (ANALYZE) patterns.daily_pattern_counts")
    month: dict[str, Any] = {"since": today - timedelta(days=29), "until": until}
    quarter: dict[str, Any] = {"since": since, "until": until}
    with bench.made.database.tx(bench.tenant) as tx:
        top = patterns.top_patterns(tx, **quarter, limit=500)
        cursor = patterns.list_occurrences(tx, top[0].id).next_cursor
    asked: dict[str, Ask] = {
        "top_patterns_of_30_days": lambda tx: patterns.top_patterns(tx, **month),
        "top_patterns_of_90_days": lambda tx: patterns.top_patterns(tx, **quarter),
        "occurrences_of_the_most_frequent": lambda tx: patterns.list_occurrences(tx, top[0].id),
        "its_next_page": lambda tx: patterns.list_occurrences(tx, top[0].id, cursor=cursor),
        "occurrences_of_the_least_frequent": lambda tx: patterns.list_occurrences(tx, top[-1].id),
        "occurrences_in_a_file": lambda tx: patterns.list_occurrences_in(
            tx, SourceType.CODE_FILE, "src/module_7"
        ),
        "days_by_type_of_90_days": lambda tx: patterns.days_of_patterns(tx, **quarter),
    }
    bounds = {"since": at(since), "until": at(until)}
    straight: dict[str, Ask] = {
        "top_patterns_of_90_days": lambda tx: tx.execute(_STRAIGHT_TOP, bounds).all()
    }
    sizes = {
        "heap_bytes_a_row": round(heap / (rows * 1.05), 1),
        "index_bytes_a_row": round(indexes / (rows * 1.05), 1),
        "index_over_heap": round(indexes / heap, 3),
    }
    head = {"rows": rows, "load_s": load, "refresh": refreshed, "bytes": sizes}
    return head | reads(bench, asked, straight)


def of_predictions(bench: Bench, rows: int, others: list[UUID]) -> dict[str, Any]:
    """Measure the views of predictions, for one tenant and model."""
    with bench.made.database.tx(bench.tenant) as tx:
        models = [make(tx, Model, name=f"model-{i}", status="active") for i in range(MODELS)]
        versions = [
            make(tx, ModelVersion, ml_model_id=model.id, status="active").id for model in models
        ]
        ids, names = [model.id for model in models], [model.name for model in models]
    more = {"models": ids, "versions": versions, "n": MODELS}
    load = fill(
        bench, "predictions.ml_predictions", _PREDICTIONS, rows, others=others, days=30, **more
    )
    started = time.perf_counter()
    from everlearn.modules.predictions import service as predictions

    with bench.made.database.tx(bench.tenant) as tx:
        tx.execute("SET LOCAL statement_timeout = 0")
        predictions.rebuild_performance(tx, ids[0])
    rebuilt = round(time.perf_counter() - started, 2)
    name, model = {"name": names[0]}, {"model": ids[0]}
    asked: dict[str, Ask] = {
        "v_recent_predictions_of_a_model": lambda tx: full(tx, _RECENT, name, 50),
        "v_model_performance_of_a_model": lambda tx: full(tx, _PERFORMANCE, name, 1),
    }
    straight: dict[str, Ask] = {
        "v_model_performance_of_a_model": lambda tx: tx.execute(_STRAIGHT_PERFORMANCE, model).all()
    }
    head = {"rows": rows, "models": MODELS, "load_s": load, "rebuild_of_a_model_s": rebuilt}
    return head | reads(bench, asked, straight)


def full(tx: Tx, query: str, params: dict[str, Any], n: int) -> None:
    """Ask for rows and see that they are there."""
    found = len(tx.execute(query, params).all())
    if found != n:
        msg = f"{found} rows and not {n}"
        raise AssertionError(msg)


def fill(
    bench: Bench,
    table: str,
    insert: str,
    rows: int,
    *,
    others: list[UUID],
    days: int = DAYS,
    **more: Any,
) -> float:
    """Make rows up to now, in the order of their time; give the seconds it took."""
    owner, now = bench.owner, datetime.now(UTC)  # lint: allow clock because views ask the clock
    owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    times = [now - timedelta(days=i) for i in range(days + 1)]
    owner.execute(
        "SELECT app.ensure_partition(%s, t) FROM unnest(%s::timestamptz[]) AS t", (table, times)
    )
    given = {"tenant": bench.tenant, "tenants": others, "others": len(others) + 1, "until": now}
    given |= {"own": rows, "rows": rows + rows // 20, "days": days}
    started = time.perf_counter()
    owner.execute(insert, given | more)
    seconds = round(time.perf_counter() - started, 1)
    owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    owner.execute(f"VACUUM (ANALYZE) {table}")
    return seconds


def refreshing(
    bench: Bench,
    stale: Callable[[list[date]], None],
    refresh: Callable[[Tx], list[date]],
    days: list[date],
) -> dict[str, float]:
    """Give what a refresh of all days takes, of one day, and one by another."""

    def once(which: list[date]) -> float:
        stale(which)
        started = time.perf_counter()
        with bench.made.database.tx(bench.tenant) as tx:
            tx.execute("SET LOCAL statement_timeout = 0")
            done = refresh(tx)
        if not set(which) <= set(done):  # the first time, every day that there is
            msg = f"{len(done)} days and not {len(which)}"
            raise AssertionError(msg)
        return time.perf_counter() - started

    once(days)
    whole = [once(days) for _ in range(3)]
    one = [once([day]) for day in days[10:40:2]]
    seconds = {"whole_s": round(statistics.median(whole), 3)}
    seconds["dirty_day_s"] = round(statistics.median(one), 4)
    seconds["whole_over_dirty_day"] = round(statistics.median(whole) / statistics.median(one), 1)
    return seconds


def reads(bench: Bench, asked: dict[str, Ask], straight: dict[str, Ask]) -> dict[str, Any]:
    """Ask everything, the questions in turn, and the straight ones beside them."""

    def through(ask: Ask) -> Callable[[int], None]:
        def run(_: int) -> None:
            with bench.made.database.tx(bench.tenant) as tx:
                tx.execute("SET LOCAL statement_timeout = 0")
                ask(tx)

        return run

    figures = {name: measured(through(ask), CALLS) for name, ask in asked.items()}
    for name, ask in straight.items():
        found = measured(through(ask), STRAIGHT)
        figures[name]["straight_ms"] = found["median_ms"]
        figures[name]["straight_over_rollup"] = round(
            found["median_ms"] / figures[name]["median_ms"], 1
        )
    return {"reads": figures}


def measured(run: Callable[[int], Any], calls: int) -> dict[str, float]:
    """Give the median and the 95th percentile of calls, in milliseconds, after some to warm up."""
    for n in range(min(5, calls // 4)):
        run(n)
    taken = []
    for n in range(calls):
        started = time.perf_counter()
        run(n)
        taken.append((time.perf_counter() - started) * 1e3)
    return {
        "median_ms": round(statistics.median(taken), 2),
        "p95_ms": round(percentile(taken, 0.95), 2),
    }


def at(day: date) -> datetime:
    """Give the beginning of a day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


#: What is measured, and the table whose rows the next part has no use for.
PARTS: dict[str, tuple[Callable[[Bench, int, list[UUID]], dict[str, Any]], str]] = {
    "events": (of_events, "events.learning_events"),
    "patterns": (of_patterns, "patterns.pattern_occurrences"),
    "predictions": (of_predictions, "predictions.ml_predictions"),
}


if __name__ == "__main__":
    main()
