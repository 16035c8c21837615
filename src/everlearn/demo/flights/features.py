"""What is known of a flight half an hour before it should leave: sources, features, facts.

Everything here is a declaration; the module features computes it, as of each flight's own moment.
No fact is looked back at for longer than a day.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from everlearn.core.tx import Tx
from everlearn.demo.flights.data import HOUR, LATE_MIN, MINUTE, NEVER, WEATHER, Flights, Weather
from everlearn.modules.features import service as features
from everlearn.modules.features.types import (
    Categorical,
    Expression,
    Feature,
    FeatureSet,
    Label,
    Latest,
    Numeric,
    Pending,
    PendingAggregate,
    Window,
)

SET = "flights"
LABEL = Label(source="arrivals", value="late")
#: A prediction is made this long before the scheduled departure.
LEAD = timedelta(minutes=30)

_PLACES = ("origin", "carrier", "dest")
SOURCES: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "schedules": (_PLACES, (), "Scheduled departures, known a day ahead."),
    "departures": (_PLACES, ("delay", "late"), "Flights that left, when they left."),
    "arrivals": (_PLACES, ("delay", "late", "gain", "air"), "Flights that arrived, when they did."),
    "aircraft": (
        ("tail",),
        ("remaining", "moving", "waiting", "block", "delay"),
        "Where each aircraft is on its way: due, left, arrived.",
    ),
    "weather": (("origin",), WEATHER, "Hourly observations, known half an hour later."),
}


def _h(hours: float) -> timedelta:
    return timedelta(hours=hours)


def declarations() -> tuple[Feature, ...]:
    """Give the features of a flight, in the order of the vector."""
    given: list[Feature] = [
        Categorical("carrier"),
        Categorical("origin"),
        Categorical("dest"),
        Numeric("scheduled_minute"),
        Numeric("arrival_minute"),
        Numeric("block_min"),
        Numeric("slack_min"),
    ]
    weather: list[Feature] = [
        Latest(name, "weather", ("origin",), value=name, max_age=_h(7))
        for name in ("temp", "dewp", "humid", "wind_dir", "wind_speed", "visib", "pressure")
    ]
    weather += [
        Window("pressure_mean_6h", "weather", "mean", ("origin",), "pressure", over=_h(6)),
        Expression("pressure_change", "sub", "pressure", "pressure_mean_6h"),
        Window("precip_3h", "weather", "sum", (), "precip", over=_h(3)),
    ]
    means = [
        ("departures", "late", ("origin",), 1),
        ("departures", "delay", ("origin",), 3),
        ("departures", "late", ("carrier",), 3),
        ("departures", "delay", ("origin", "carrier"), 3),
        ("departures", "late", ("origin", "carrier"), 6),
        ("departures", "delay", ("dest",), 3),
        ("departures", "delay", (), 24),
        ("arrivals", "gain", ("dest",), 3),
        ("arrivals", "gain", ("dest",), 12),
        ("arrivals", "air", ("dest",), 6),
        ("arrivals", "gain", ("origin",), 1),
        ("arrivals", "delay", ("origin",), 3),
        ("arrivals", "delay", ("origin", "carrier"), 3),
        ("arrivals", "delay", ("origin", "carrier"), 24),
        ("arrivals", "gain", ("origin", "dest"), 24),
        ("arrivals", "gain", ("carrier", "dest"), 24),
    ]
    recent: list[Feature] = [
        Window(f"{source}_{value}_{_name(by)}_{hours}h", source, "mean", by, value, over=_h(hours))
        for source, value, by, hours in means
    ]
    overdue: list[tuple[PendingAggregate, tuple[str, ...], int]] = [
        ("count", ("origin",), 1),
        ("count", ("origin",), 3),
        ("count", ("origin",), 6),
        ("share", ("carrier",), 3),
        ("share", ("origin", "carrier"), 2),
        ("count", ("dest",), 4),
        ("count", (), 3),
        ("share", (), 1),
    ]
    waiting: list[Feature] = [
        Pending(
            f"overdue_{agg}_{_name(by)}_{hours}h", "schedules", "departures", agg, _h(hours), by
        )
        for agg, by, hours in overdue
    ]
    ahead: list[Feature] = [
        Window(f"due_next_{hours}h", "schedules", "count", ("origin",), ahead=_h(hours))
        for hours in (1, 3)
    ]
    return (*given, *weather, *recent, *waiting, *ahead, *_aircraft())


def _name(by: tuple[str, ...]) -> str:
    return "_".join(by) or "all"


def _aircraft() -> list[Feature]:
    """When the aircraft can be back: what is left of its flight, and the same way back again."""
    last: list[Feature] = [
        Latest(f"tail_{value}", "aircraft", ("tail",), value=value, max_age=_h(20))
        for value in ("remaining", "moving", "waiting", "block", "delay")
    ]
    return [
        *last,
        Latest("tail_age", "aircraft", ("tail",), age=True, max_age=_h(20)),
        Expression("tail_elapsed", "mul", "tail_moving", "tail_age"),
        Expression("tail_lands_in", "sub", "tail_remaining", "tail_elapsed"),
        Expression("tail_back_in", "add", "tail_lands_in", "tail_block"),
        Expression("tail_waited", "mul", "tail_waiting", "tail_age"),
        Expression("tail_behind", "add", "tail_delay", "tail_waited"),
    ]


def declare(tx: Tx) -> FeatureSet:
    """Declare sources and the feature set; doing it again changes nothing."""
    for name, (dims, values, text) in SOURCES.items():
        features.declare_source(tx, name, dims=dims, values=values, description=text)
    return features.declare_set(tx, SET, declarations())


class Feed:
    """Hands out the facts of a span of time, in the order in which they became known."""

    def __init__(self, flights: Flights, weather: Weather) -> None:
        """Sort every source by the time at which its facts are known."""
        self.flights, self.weather = flights, weather
        gone, landed = flights.departed < NEVER, flights.arrived < NEVER
        # Whoever left early is on its way already when its time comes: no `due` after `left`.
        due = flights.departed > flights.scheduled
        every = np.ones(len(flights), dtype=bool)
        has_tail = np.array([tail is not None for tail in flights.tail])
        day = 24 * HOUR
        self._known: dict[str, tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]] = {
            "schedules": self._sorted(every, flights.scheduled - day),
            "departures": self._sorted(gone, flights.departed),
            "arrivals": self._sorted(landed, flights.arrived),
            "due": self._sorted(due & has_tail, flights.scheduled),
            "left": self._sorted(gone & has_tail, flights.departed),
            "landed": self._sorted(landed & has_tail, flights.arrived),
        }
        known = weather.at + 30 * MINUTE
        order = np.argsort(known, kind="stable")
        self._known["weather"] = (order, known[order])

    @staticmethod
    def _sorted(
        keep: np.ndarray[Any, Any], known: np.ndarray[Any, Any]
    ) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        rows = np.flatnonzero(keep)
        order = rows[np.argsort(known[rows], kind="stable")]
        return order, known[order]

    def rows(self, source: str, after: int, until: int) -> np.ndarray[Any, Any]:
        """Give the positions of facts with after < known_at <= until (microseconds)."""
        order, known = self._known[source]
        return order[
            np.searchsorted(known, after, "right") : np.searchsorted(known, until, "right")
        ]

    def record(self, tx: Tx, after: int, until: int) -> int:
        """Write every fact that became known in a span of time; give how many were new."""
        f, new = self.flights, 0
        for source in ("schedules", "departures", "arrivals"):
            rows = self.rows(source, after, until)
            event = {"schedules": f.scheduled, "departures": f.departed, "arrivals": f.arrived}
            at = event[source][rows]
            known = at - 24 * HOUR if source == "schedules" else at
            dims = {"origin": f.origin[rows], "carrier": f.carrier[rows], "dest": f.dest[rows]}
            new += self._write(tx, source, f.ids[rows], at, known, dims, self._values(source, rows))
        new += self._record_aircraft(tx, after, until)
        rows = self.rows("weather", after, until)
        at, origin = self.weather.at[rows], self.weather.origin[rows]
        values = {name: column[rows] for name, column in self.weather.values.items()}
        new += self._write(tx, "weather", origin, at, at + 30 * MINUTE, {"origin": origin}, values)
        return new

    def _values(self, source: str, rows: np.ndarray[Any, Any]) -> dict[str, Any]:
        f = self.flights
        if source == "departures":
            delay = f.dep_delay[rows]
            return {"delay": np.clip(delay, -20, 180), "late": (delay > LATE_MIN).astype(float)}
        if source == "arrivals":
            delay = f.arr_delay[rows]
            return {
                "delay": np.clip(delay, -60, 240),
                "late": (delay > LATE_MIN).astype(float),
                "gain": np.clip(delay - f.dep_delay[rows], -60, 120),
                "air": f.air_excess[rows],
            }
        return {}

    def _record_aircraft(self, tx: Tx, after: int, until: int) -> int:
        """Write where aircraft are: minutes left to fly, and whether they are passing."""
        f = self.flights
        at_of = {"due": f.scheduled, "left": f.departed, "landed": f.arrived}
        parts: list[dict[str, Any]] = []
        for step, at in at_of.items():
            rows = self.rows(step, after, until)
            n, waits = len(rows), step == "due"
            delay = {"due": np.zeros(n), "left": f.dep_delay[rows], "landed": f.arr_delay[rows]}
            parts.append(
                {
                    "ids": np.array([f"{name}/{step}" for name in f.ids[rows]], dtype=object),
                    "at": at[rows],
                    "tail": f.tail[rows],
                    # The air eats nothing of a departure's delay: it lands its block time later.
                    "remaining": np.zeros(n) if step == "landed" else f.block[rows],
                    "moving": np.full(n, 0.0 if waits else 1.0),
                    "waiting": np.full(n, 1.0 if waits else 0.0),
                    "block": f.block[rows],
                    "delay": delay[step],
                }
            )
        whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        ids, at, tail = whole.pop("ids"), whole.pop("at"), whole.pop("tail")
        return self._write(tx, "aircraft", ids, at, at, {"tail": tail}, whole)

    @staticmethod
    def _write(  # noqa: PLR0917 - the columns of one table
        tx: Tx, source: str, ids: Any, event_at: Any, known_at: Any, dims: Any, values: Any
    ) -> int:
        if not len(ids):
            return 0
        return features.record_facts(
            tx,
            source,
            entity_ids=[str(name) for name in ids],
            event_at=event_at,
            known_at=known_at,
            dims={name: [str(word) for word in words] for name, words in dims.items()},
            values=values,
        )


def moment(micros: int) -> datetime:
    """Give an instant as an aware datetime."""
    return datetime.fromtimestamp(micros / 1e6, tz=UTC)


def micros(at: datetime) -> int:
    """Give an aware datetime as microseconds since 1970."""
    return round(at.timestamp() * 1e6)
