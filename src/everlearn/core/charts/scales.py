"""Axes: which values and times get a tick, and where a value lies between two others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeGuard

from everlearn.core.formats import formatter

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The first Monday after the epoch: weeks are counted from it.
_MONDAY_S = 4 * 86_400
_STEPS_S = (
    *(1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200),
    *(86_400, 2 * 86_400, 7 * 86_400, 14 * 86_400),
)
_STEPS_MONTHS = (1, 3, 6, 12, 24, 60, 120)
_DAY_S, _WEEK_S = 86_400, 7 * 86_400
_MONTH_S = 30.44 * 86_400


def finite(value: float | None) -> TypeGuard[float]:
    """Say whether a value can be drawn."""
    return value is not None and math.isfinite(value)


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear axis of numbers, its ends on ticks or beyond the data.

    Attributes:
        low: value at the start of the axis.
        high: value at its end.
        ticks: values that get a line and a label.
        step: distance between ticks.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    step: float

    def at(self, value: float) -> float:
        """Give the place of a value, 0 at the low end and 1 at the high end."""
        return (value - self.low) / (self.high - self.low)


def value_axis(values: Iterable[float | None], *, zero: bool = False, count: int = 4) -> Axis:
    """Choose an axis of about `count` round steps that holds all finite values.

    Args:
        values: what will be drawn; None, NaN and infinities are passed over.
        zero: let the axis hold zero.
        count: steps to aim for.
    """
    drawn = [float(v) for v in values if finite(v)]
    low, high = (min(drawn), max(drawn)) if drawn else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= 1e-12 * max(abs(low), abs(high)) or high == low:
        # A constant needs room around it, or the line would lie on the frame.
        room = abs(low) * 0.1 or 1.0
        low, high = (low, high + room) if zero and low >= 0 else (low - room, high + room)
    step = _round_step((high - low) / count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(i * step, 12) for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks, step)


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9)) * power


def tick_writer(
    spec: str | Callable[[float], str], step: float, *, exact: bool = False
) -> Callable[[float | None], str]:
    """Give a writer with as many decimals as the ticks need.

    Args:
        spec: as in `formats.formatter`; decimals written in it win.
        step: distance between ticks.
        exact: for values between ticks: decimals down to a twentieth of the step.
    """
    if callable(spec) or spec not in {"num", "pct", "ms"}:
        return formatter(spec)
    size = step * 100 if spec == "pct" else step
    if exact:
        return formatter(f"{spec}:{max(0, math.ceil(-math.log10(size / 20) - 1e-9))}")
    digits = 0
    while digits < 8 and abs(size * 10**digits - round(size * 10**digits)) > 1e-6:
        digits += 1
    return formatter(f"{spec}:{digits}")


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """A time axis in UTC.

    Attributes:
        start: time at the left end.
        end: time at the right end.
        ticks: times that get a label.
        form: what the labels show: `time` (within days), `day`, `month` or `year`.
    """

    start: datetime
    end: datetime
    ticks: tuple[datetime, ...]
    form: str

    def at(self, moment: datetime) -> float:
        """Give the place of a time, 0 at the left end and 1 at the right end."""
        return (moment - self.start) / (self.end - self.start)

    def label(self, tick: datetime) -> str:
        """Write a tick; where a larger unit begins, that unit is written instead."""
        if self.form == "time" and (tick.hour, tick.minute, tick.second) != (0, 0, 0):
            return tick.strftime("%H:%M:%S" if tick.second else "%H:%M")
        if self.form in {"time", "day"}:
            return f"{tick.day} {tick:%b}"
        if self.form == "month" and tick.month != 1:
            return f"{tick:%b}"
        return str(tick.year)


def time_axis(times: Iterable[datetime], *, count: int = 7) -> TimeAxis:
    """Choose ticks on round times so that there are at most `count` of them.

    Args:
        times: aware; their least and greatest are the ends of the axis.
        count: most ticks to give.
    """
    known = [moment.astimezone(UTC) for moment in times]
    start, end = min(known), max(known)
    if start == end:
        start, end = start - timedelta(minutes=30), end + timedelta(minutes=30)
    span = (end - start).total_seconds()
    step = next((s for s in _STEPS_S if span / s <= count), None)
    if step is not None:
        origin = _MONDAY_S if step >= _WEEK_S else 0
        first = math.ceil(((start - _EPOCH).total_seconds() - origin) / step)
        last = math.floor(((end - _EPOCH).total_seconds() - origin) / step)
        ticks = tuple(_EPOCH + timedelta(seconds=i * step + origin) for i in range(first, last + 1))
        return TimeAxis(start, end, ticks, "time" if step < _DAY_S else "day")
    months = next((m for m in _STEPS_MONTHS if span / (m * _MONTH_S) <= count), _STEPS_MONTHS[-1])
    number = math.ceil((start.year * 12 + start.month - 1) / months) * months
    found = []
    while (tick := datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)) <= end:
        if tick >= start:
            found.append(tick)
        number += months
    return TimeAxis(start, end, tuple(found), "month" if months < 12 else "year")
