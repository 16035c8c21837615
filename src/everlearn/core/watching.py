"""What Everlearn watches of itself: each number is declared where it is known.

A module's `jobs.py` declares how a number of a tenant is read:

    LAG = watching.metric("rollup_lag_s", "Age of ...", merge="max", label="rollup")

    @watching.of_tenant
    def rollups(tx: Tx) -> Iterator[Reading]:
        yield Reading("rollup_lag_s", "events.daily", 12.0)

`everlearn.modules.operations` reads them all every minute, keeps them as rows, merges those of all
tenants into one of the house, shows these to Prometheus and compares them with its alert rules.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import add
from typing import TYPE_CHECKING, Literal, TypeAlias

from psycopg import sql

from everlearn.core import catalog
from everlearn.core import metrics as counters
from everlearn.core.errors import Bug

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from everlearn.core.tx import Database, Tx

Merge = Literal["max", "min", "sum"]
#: Endings of a metric's name: the unit, and what Prometheus wants in its place.
_ENDINGS = {
    "_s": ("_seconds", 1.0),
    "_ms": ("_seconds", 0.001),
    "_bytes": ("_bytes", 1.0),
    "_ratio": ("_ratio", 1.0),
    "_count": ("", 1.0),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that is watched.

    Attributes:
        name: with its unit, such as ``rollup_lag_s``.
        text: what it is, in one sentence.
        merge: how the numbers of all tenants become one of the house.
        label: what the subject is, and its label in Prometheus; None when there is no subject.
        private: the subject is a tenant's own word: it is left out where tenants are merged.
        shown: it is shown to Prometheus from its rows; not when a process counts it there itself.
    """

    name: str
    text: str
    merge: Merge
    label: str | None
    private: bool
    shown: bool

    @property
    def prometheus(self) -> str:
        """Give the name in Prometheus."""
        ending, _ = self._ending
        base = self.name.removesuffix(ending)
        return f"everlearn_{base}{_ENDINGS[ending][0]}"

    @property
    def factor(self) -> float:
        """Give what a value is multiplied with for Prometheus."""
        return self._ending[1]

    @property
    def _ending(self) -> tuple[str, float]:
        for ending, (_, factor) in _ENDINGS.items():
            if self.name.endswith(ending):
                return ending, factor
        msg = f"the metric {self.name!r} ends with no unit; use one of {', '.join(_ENDINGS)}"
        raise Bug(msg)


@dataclass(frozen=True, slots=True)
class Reading:
    """One number, now.

    Attributes:
        subject: what it is of, such as a table or a query; empty when the metric has no subject.
    """

    metric: str
    subject: str
    value: float


@dataclass(frozen=True, slots=True)
class AlertChange:
    """An alert that opened or closed."""

    id: UUID
    change: Literal["opened", "closed"]
    rule: str
    metric: str
    subject: str
    severity: str
    value: float
    threshold: float
    at: datetime


Gauge: TypeAlias = "Callable[[Tx], Iterable[Reading]]"
Listener: TypeAlias = "Callable[[Tx, AlertChange], None]"
Writer: TypeAlias = "Callable[[Database, str], object]"
Show: TypeAlias = "Callable[[Database, str], bytes]"

_metrics: dict[str, Metric] = {}
_of_tenant: list[Gauge] = []
_of_house: list[Gauge] = []
_listeners: list[Listener] = []
_writers: list[Writer] = []
_shows: list[Show] = []


def metric(
    name: str,
    text: str,
    *,
    merge: Merge,
    label: str | None = None,
    private: bool = False,
    shown: bool = True,
) -> Metric:
    """Declare a number; several modules may declare the same one in the same words."""
    made = Metric(name, text, merge, label, private, shown)
    if _metrics.setdefault(name, made) != made:
        msg = f"the metric {name} is declared twice, differently"
        raise Bug(msg)
    return made


def of_tenant(function: Gauge) -> Gauge:
    """Declare a function that reads numbers of one tenant; it must be quick, and only read."""
    _of_tenant.append(function)
    return function


def of_house(function: Gauge) -> Gauge:
    """Declare one that reads numbers of the whole database, as everlearn_service."""
    _of_house.append(function)
    return function


def on_alert(function: Listener) -> Listener:
    """Declare a function that is told each alert that opens or closes, in its transaction."""
    _listeners.append(function)
    return function


def writes(function: Writer) -> Writer:
    """Declare what writes a process's own measurements to the rows of the house, by its slug."""
    _writers.append(function)
    return function


def shows(function: Show) -> Show:
    """Declare what gives numbers of the house, by its slug, as Prometheus reads them."""
    _shows.append(function)
    return function


def flush(database: Database, house: str) -> None:
    """Write what this process measured since the last time."""
    catalog.load_all("jobs")
    for function in _writers:
        function(database, house)


def render(database: Database, house: str) -> bytes:
    """Give the numbers of the house as Prometheus reads them."""
    catalog.load_all("jobs")
    return b"".join(function(database, house) for function in _shows)


def metrics() -> dict[str, Metric]:
    """Give every declared metric by name."""
    catalog.load_all("jobs")
    return _metrics


def read_tenant(tx: Tx) -> list[Reading]:
    """Give all numbers of the transaction's tenant."""
    catalog.load_all("jobs")
    return [reading for function in _of_tenant for reading in function(tx)]


def read_house(tx: Tx) -> list[Reading]:
    """Give all numbers of the whole database, to a transaction of everlearn_service."""
    catalog.load_all("jobs")
    return [reading for function in _of_house for reading in function(tx)]


def tell(tx: Tx, change: AlertChange) -> None:
    """Tell everybody who wants to know that an alert opened or closed."""
    for function in _listeners:
        function(tx, change)


def merged(readings: Iterable[Reading]) -> list[Reading]:
    """Make one number of the house of each metric and subject."""
    how: dict[Merge, Callable[[float, float], float]] = {"max": max, "min": min, "sum": add}
    found: dict[tuple[str, str], float] = {}
    for each in readings:
        known = metrics()[each.metric]
        key = (each.metric, "" if known.private else each.subject)
        found[key] = how[known.merge](found[key], each.value) if key in found else each.value
    return [Reading(name, subject, value) for (name, subject), value in found.items()]


ROLLUP_LAG = metric(
    "rollup_lag_s",
    "Age of the oldest change that a rollup does not show yet, in seconds; 0 when it shows all.",
    merge="max",
    label="rollup",
)


def rollup(name: str, notes: str) -> None:
    """Watch a rollup by the notes of what is stale: the age of the oldest one is its lag.

    Args:
        name: the rollup, such as ``events.daily_learning_metrics``.
        notes: table (schema-qualified) whose rows go once the rollup was brought up to date; their
            ids say when they came.
    """
    schema, _, table = notes.partition(".")
    query = sql.SQL(
        "SELECT coalesce((SELECT extract(epoch FROM clock_timestamp() - app.uuid_time(id))::float8"
        " FROM {} WHERE tenant_id = app.tenant_id() ORDER BY id LIMIT 1), 0)"
    ).format(sql.Identifier(schema, table))

    @of_tenant
    def lag(tx: Tx) -> Iterator[Reading]:
        row = tx.driver.execute(query).fetchone()
        yield Reading(ROLLUP_LAG.name, name, max(float(row[0]), 0.0) if row else 0.0)


REFUSED = counters.counter(
    "everlearn_rows_refused",
    "Rows of batches that were not written, by what they are and by the field that is wrong.",
    ("items", "field"),
)


def count_refused(items: str, fields: Iterable[str | None]) -> None:
    """Count refused rows.

    Args:
        items: what they are, such as ``events``.
        fields: the wrong field of each, one of the declared ones; None when it is the whole item.
    """
    for field, n in Counter(fields).items():
        REFUSED.labels(items, field or "item").inc(n)


INGEST_LAG = metric(
    "ingest_lag_s",
    "Age of the oldest row that was received and is not committed yet, in seconds: the longest in"
    " any process in the last minute.",
    merge="max",
)

_under_way: dict[int, float] = {}
_lag_lock = threading.Lock()
_longest = 0.0


@contextmanager
def waiting(since: float) -> Iterator[None]:
    """Count rows as received and not committed, from `since` to the end of the block.

    Args:
        since: when the oldest of them was received, by `time.monotonic()`.
    """
    token = object()
    _under_way[id(token)] = since
    try:
        yield
    finally:
        del _under_way[id(token)]
        note_wait(time.monotonic() - since)


def note_wait(seconds: float) -> None:
    """Note how long a row had waited when it was committed, or given up."""
    global _longest  # noqa: PLW0603 - one number a process
    if seconds > _longest:
        with _lag_lock:
            _longest = max(_longest, seconds)


def drain_wait() -> float:
    """Give the longest wait since the last call, of rows committed and of rows still waiting."""
    global _longest
    with _lag_lock:
        longest, _longest = _longest, 0.0
    now = time.monotonic()
    return max([longest, *(now - since for since in list(_under_way.values()))])
