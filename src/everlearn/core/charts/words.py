"""A line chart in words: description, legend, table, and what its tooltip reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from markupsafe import Markup

from everlearn.core.charts.marks import glyph
from everlearn.core.charts.scales import Axis, TimeAxis, finite
from everlearn.core.charts.svg import el, numbers
from everlearn.core.charts.types import Band, Mark, Series


def describe(
    series: Sequence[Series], marks: Sequence[Mark], write: Callable[[float | None], str]
) -> str:
    """Say in words what the lines show."""
    parts = []
    for line in series:
        values = [float(value) for _, value in line.points if finite(value)]
        if values:
            parts.append(
                f"{line.name}: {len(values)} points from {write(min(values))} to "
                f"{write(max(values))}, last {write(values[-1])}."
            )
        else:
            parts.append(f"{line.name}: no values.")
    parts += [f"{m.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {m.kind}, {m.label}." for m in marks]
    return " ".join(parts)


def legend(
    series: Sequence[Series], band: Band | None, marks: Sequence[Mark], *, direct: bool
) -> Markup:
    """Name lines, band and the kinds of marks; lines named at their ends only when it is narrow."""
    where = "direct" if direct else None
    items = [
        el("li", el("i", class_=f"swatch {line.style}"), line.name, class_=where) for line in series
    ]
    if band is not None:
        items.append(el("li", el("i", class_="swatch band"), band.name))
    kinds: dict[str, bool] = {}
    for mark in marks:
        kinds[mark.kind] = kinds.get(mark.kind, False) or mark.level == "critical"
    items += [
        el("li", el("i", glyph(kind), class_=f"mark {kind}{' alarm' if red else ''}"), kind)
        for kind, red in kinds.items()
    ]
    if len(series) == 1:
        items = items[1:]  # the title says what the only line is
    only_direct = direct and band is None and not kinds
    return el("ul", *items, class_="legend narrow" if only_direct else "legend")


def _by_time(series: Sequence[Series]) -> dict[datetime, list[float | None]]:
    rows: dict[datetime, list[float | None]] = {}
    for i, line in enumerate(series):
        for moment, value in line.points:
            row = rows.setdefault(moment, [None] * len(series))
            row[i] = float(value) if finite(value) else None
    return dict(sorted(rows.items()))


def table(series: Sequence[Series], title: str, write: Callable[[float | None], str]) -> Markup:
    """Write all values as a table, one row a time."""
    rows = (
        [f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}", *(write(value) for value in values)]
        for moment, values in _by_time(series).items()
    )
    return numbers(title, ["Time (UTC)", *(line.name for line in series)], rows)


def hover_data(
    series: Sequence[Series], x: TimeAxis, y: Axis, write: Callable[[float | None], str]
) -> str:
    """Give what the page's script needs to read values out: places from 0 to 1 and ready texts."""
    rows = {when: values for when, values in _by_time(series).items() if x.start <= when <= x.end}
    columns = [[values[i] for values in rows.values()] for i in range(len(series))]
    return json.dumps(
        {
            "t": [int(moment.timestamp() * 1000) for moment in rows],
            "x": [round(x.at(moment), 4) for moment in rows],
            "s": [
                {
                    "n": line.name,
                    "c": line.style,
                    "y": [round(y.at(v), 4) if finite(v) else None for v in column],
                    "v": [write(v) if finite(v) else None for v in column],
                }
                for line, column in zip(series, columns, strict=True)
            ],
        },
        separators=(",", ":"),
        ensure_ascii=False,
    )
