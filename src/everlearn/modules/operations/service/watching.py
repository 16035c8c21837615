"""Reads every watched number once a minute, keeps it by the hour, and has the rules compared.

The numbers of the whole house are rows of one tenant, which runs the installation: the one that the
setting `tenant` names. So they are isolated like everything else; no role sees across tenants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from everlearn.core import named, watching
from everlearn.core.errors import EverlearnError
from everlearn.core.watching import Reading
from everlearn.modules.operations.service import alerts
from everlearn.modules.operations.types import Scope

if TYPE_CHECKING:
    from everlearn.core.tx import Database, Tx

#: Time that one row of query_timings stands for.
PERIOD = timedelta(minutes=10)

_WRITE = """
INSERT INTO operations.health_readings AS h
  (tenant_id, scope, metric, subject, hour_at, total, lowest, highest, latest, measured_at)
SELECT app.tenant_id(), :scope, r.metric, r.subject, :hour, r.value, r.value, r.value, r.value, :now
FROM unnest(CAST(:metrics AS text[]), CAST(:subjects AS text[]), CAST(:values AS float8[]))
  AS r(metric, subject, value)
ON CONFLICT (tenant_id, scope, metric, subject, hour_at) DO UPDATE SET
  n = h.n + 1, total = h.total + excluded.total, lowest = least(h.lowest, excluded.lowest),
  highest = greatest(h.highest, excluded.highest), measured_at = excluded.measured_at,
  -- Several processes tell of the same minute: the worst of them is what counts.
  latest = CASE WHEN :worst AND excluded.measured_at - h.measured_at < interval '45 seconds'
    THEN greatest(h.latest, excluded.latest) ELSE excluded.latest END
"""

_TIMINGS = """
INSERT INTO operations.query_timings AS q (tenant_id, query_name, started_at, n, sum_ms, sketch)
VALUES (app.tenant_id(), :name, :started_at, :n, :sum_ms, :sketch)
ON CONFLICT (tenant_id, query_name, started_at) DO UPDATE SET n = q.n + excluded.n,
  sum_ms = q.sum_ms + excluded.sum_ms,
  sketch = app.sketch_compact(app.sketch_add(q.sketch, excluded.sketch))
"""

_REFUSED_ROWS = watching.metric(
    "rows_refused_count",
    "Rows of batches that were not written in the last minute, by what they are and wrong field.",
    merge="sum",
    label="field",
    shown=False,
)
_refused_before: dict[str, float] = {}


@dataclass(slots=True)
class Watched:
    """What one look at everything found.

    Attributes:
        tenants: tenants that were looked at.
        readings: numbers that were read.
        opened: alerts that opened.
        closed: alerts that closed.
        problems: tenants that could not be looked at, and why.
    """

    tenants: int = 0
    readings: int = 0
    opened: int = 0
    closed: int = 0
    problems: list[str] = field(default_factory=list)


def house_of(tx: Tx, slug: str) -> UUID | None:
    """Give the tenant that runs the installation; None while there is none of this slug."""
    found = tx.scalar("SELECT app.find_tenant(:slug)", {"slug": slug})
    return UUID(str(found)) if found else None


def write(tx: Tx, readings: Sequence[Reading], *, scope: Scope, worst: bool = False) -> None:
    """Add readings to the rows of their hour.

    Args:
        tx: transaction of the tenant they belong to.
        readings: one a metric and subject.
        scope: whose numbers they are.
        worst: of several readings within a minute the highest is the latest.
    """
    if not readings:
        return
    now = tx.now()
    tx.execute(
        _WRITE,
        {
            "scope": scope.value,
            "hour": now.replace(minute=0, second=0, microsecond=0),
            "now": now,
            "metrics": [each.metric for each in readings],
            "subjects": [each.subject for each in readings],
            "values": [float(each.value) for each in readings],
            "worst": worst,
        },
    )


def flush(database: Database, slug: str) -> int:
    """Write what this process measured since the last time; give the number of queries.

    What cannot be written is kept for the next time.
    """
    with database.tx(None) as tx:
        house = house_of(tx, slug)
    if house is None:
        return 0
    timings = named.drain()
    refused = _refused()
    try:
        with database.tx(house) as tx:
            started_at = _period(tx.now())
            for each in sorted(timings, key=lambda timing: timing.name):
                tx.execute(
                    _TIMINGS,
                    {
                        "name": each.name,
                        "started_at": started_at,
                        "n": each.n,
                        "sum_ms": each.sum_ms,
                        "sketch": each.sketch,
                    },
                )
            lag = Reading(watching.INGEST_LAG.name, "", watching.drain_wait())
            write(tx, [lag], scope=Scope.HOUSE, worst=True)
            write(tx, refused, scope=Scope.HOUSE)
    except EverlearnError:
        named.give_back(timings)
        raise
    for reading in refused:
        before = _refused_before.get(reading.subject, 0.0)
        _refused_before[reading.subject] = before + reading.value
    return len(timings)


def count_tenants(database: Database) -> int:
    """Give how many tenants `watch` looks at; as everlearn_service."""
    with database.tx(None) as tx:
        return int(tx.scalar("SELECT count(*) FROM app.tenants()"))


def watch(database: Database, slug: str, *, progress: Callable[[], None] = lambda: None) -> Watched:
    """Look at everything once: the house, then each tenant, then compare with the rules.

    Args:
        database: connections as everlearn_service.
        slug: tenant that runs the installation.
        progress: is called when a tenant is done.
    """
    flush(database, slug)
    done = Watched()
    with database.tx(None) as tx:
        house = house_of(tx, slug)
        tenants = list(tx.execute("SELECT app.tenants()").scalars())
        found = watching.read_house(tx)
    merged: list[Reading] = []
    for tenant in tenants:
        progress()
        try:
            with database.tx(tenant) as tx:
                if tx.scalar(_IS_REPLAYED):
                    continue
                readings = watching.read_tenant(tx)
                write(tx, readings, scope=Scope.TENANT)
                _compare(tx, done, scope=Scope.TENANT)
        except EverlearnError as error:
            done.problems.append(f"{tenant}: {error}")
            continue
        merged += readings
        done.tenants += 1
        done.readings += len(readings)
    if house is not None:
        with database.tx(house) as tx:
            whole = [*found, *watching.merged(merged), *_queries(tx)]
            write(tx, whole, scope=Scope.HOUSE)
            done.readings += len(whole)
            _compare(tx, done, scope=Scope.HOUSE)
    return done


# A tenant that lives in the past (a replay) has no lag.
_IS_REPLAYED = "SELECT job_queue LIKE 'replay:%' FROM tenancy.tenants WHERE id = app.tenant_id()"


def _compare(tx: Tx, done: Watched, *, scope: Scope) -> None:
    alerts.ensure_rules(tx, scope=scope)
    for change in alerts.evaluate(tx, scope=scope):
        if change.change == "opened":
            done.opened += 1
        else:
            done.closed += 1


def _queries(tx: Tx) -> list[Reading]:
    from everlearn.modules.operations.service.health import query_health

    made = []
    for each in query_health(tx):
        if each.p95_ms is not None:
            made.append(Reading("query_p95_ms", each.query_name, each.p95_ms))
        if each.ratio is not None:
            made.append(Reading("query_p95_ratio", each.query_name, each.ratio))
    return made


def _refused() -> list[Reading]:
    """Give the rows refused since the last time."""
    made = []
    for family in watching.REFUSED.collect():
        for sample in family.samples:
            if sample.name.endswith("_total"):
                subject = f"{sample.labels['items']}.{sample.labels['field']}"
                rows = sample.value - _refused_before.get(subject, 0.0)
                if rows > 0:
                    made.append(Reading(_REFUSED_ROWS.name, subject, rows))
    return made


def _period(at: datetime) -> datetime:
    return at.replace(minute=at.minute - at.minute % 10, second=0, microsecond=0)
