"""Lines over time, with what happened to the model marked on the time axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from everlearn.core import formats
from everlearn.core.charts import words
from everlearn.core.charts.marks import LANE_PX, glyphs, hairlines, lanes
from everlearn.core.charts.scales import Axis, TimeAxis, finite, tick_writer, time_axis, value_axis
from everlearn.core.charts.svg import at, el, join, nothing, shorten, text_px
from everlearn.core.charts.types import Band, Mark, Rule, Series

#: Width of the stretched drawing, in its own units.
_WIDE = 1000
#: Most lines that are named at their ends; more would not find room beside each other.
_DIRECT = 4
#: Least distance between two labels at line ends, in px.
_LABEL_PX = 15
_NAME_CHARS = 20
#: A line that ends left of here is named where it ends, not at the margin.
_EARLY = 0.97
#: Share of the width that the name of a rule takes at most.
_NAME_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class _Plot:
    """The two axes, and where a point of theirs lies in the stretched drawing."""

    x: TimeAxis
    y: Axis
    height: int

    def place(self, moment: datetime, value: float) -> str:
        return f"{self.x.at(moment) * _WIDE:.1f} {self.y_px(value):.1f}"

    def y_px(self, value: float) -> float:
        return (1 - self.y.at(value)) * self.height


def line_chart(
    series: Sequence[Series],
    *,
    title: str,
    marks: Sequence[Mark] = (),
    band: Band | None = None,
    rules: Sequence[Rule] = (),
    y_format: str | Callable[[float], str] = "num",
    height: int = 200,
    y_zero: bool = False,
    start: datetime | None = None,
    end: datetime | None = None,
    empty: str = "Nothing was recorded in this window.",
) -> Markup:
    """Draw lines over time.

    Args:
        series: up to four are named at their ends, more get a legend.
        title: says what is measured and its unit.
        marks: drawn on the time axis with a hairline through the plot; those outside are left out.
        band: a range behind the lines.
        rules: horizontal lines with a label; they widen the axis when needed.
        y_format: `num`, `pct`, `count`, `ms`, `bytes`, `duration`, or a function of the value.
        height: of the plot without its labels, in px.
        y_zero: let the value axis hold zero.
        start: left end of the time axis; the first time drawn when left out.
        end: right end of the time axis; the last time drawn when left out.
        empty: shown in place of the chart when no series has a finite value.
    """
    if not any(finite(value) for line in series for _, value in line.points):
        return nothing(title, empty, height)
    band_points = band.points if band else ()
    inside = [moment for line in series for moment, _ in line.points]
    inside += [point[0] for point in band_points]
    x = time_axis([start or min(inside), end or max(inside)])
    y = value_axis(
        [
            *(value for line in series for _, value in line.points),
            *(value for _, lower, upper in band_points for value in (lower, upper)),
            *(rule.value for rule in rules),
        ],
        zero=y_zero,
    )
    plot = _Plot(x, y, height)
    shown = sorted((m for m in marks if x.start <= m.at <= x.end), key=lambda m: m.at)
    axis_text = tick_writer(y_format, y.step)
    exact = tick_writer(y_format, y.step, exact=True)
    places = lanes([x.at(mark.at) for mark in shown])
    bottom = height + LANE_PX * (max(places, default=-1) + 1)
    ends, right = _end_labels(plot, series, exact)
    left = max(34.0, *(text_px(axis_text(tick)) + 14 for tick in y.ticks))
    drawing = el(
        "svg",
        el("title", title),
        el("desc", words.describe(series, shown, exact)),
        _grid(plot, axis_text),
        hairlines(x, shown, bottom),
        _stretched(plot, series, band),
        *(_rule(plot, rule, series) for rule in rules),
        _lonely(plot, series),
        _time_labels(x, bottom),
        ends,
        role="img",
        width="100%",
        height=bottom + 22,
    )
    area = el(
        "div",
        drawing,
        glyphs(x, shown, places, height + 2),
        class_="plot",
        tabindex=0,
        role="group",
        aria_label=f"{title}. Arrow keys read the values.",
        data_height=height,
    )
    return el(
        "figure",
        el("figcaption", title),
        words.legend(series, band, shown, direct=bool(ends)),
        area,
        words.table(series, title, exact),
        class_="chart",
        style=f"--left:{left:.0f}px;--right:{right:.0f}px",
        data_chart=words.hover_data(series, x, y, exact),
    )


def _runs(
    points: Sequence[tuple[datetime, float | None]],
) -> list[list[tuple[datetime, float]]]:
    """Cut a line at its gaps."""
    runs: list[list[tuple[datetime, float]]] = [[]]
    for moment, value in points:
        if finite(value):
            runs[-1].append((moment, float(value)))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _stretched(plot: _Plot, series: Sequence[Series], band: Band | None) -> Markup:
    """Draw lines and band in a drawing that is as wide as the page gives it."""
    paths = []
    if band is not None:
        run: list[tuple[datetime, float, float]] = []
        for moment, lower, upper in (*band.points, (plot.x.end, None, None)):
            if finite(lower) and finite(upper):
                run.append((moment, float(lower), float(upper)))
            elif run:
                there = [plot.place(when, high) for when, _, high in run]
                back = [plot.place(when, low) for when, low, _ in reversed(run)]
                paths.append(el("path", class_="band", d=f"M{'L'.join(there + back)}Z"))
                run = []
    # The first series is the one the page is about: it is drawn last, over the others.
    for line in reversed(series):
        d = "".join(
            "M" + "L".join(plot.place(moment, value) for moment, value in run)
            for run in _runs(line.points)
            if len(run) > 1
        )
        if d:
            paths.append(el("path", class_=f"line {line.style}", d=d))
    return el(
        "svg",
        *paths,
        viewBox=f"0 0 {_WIDE} {plot.height}",
        width="100%",
        height=plot.height,
        preserveAspectRatio="none",
    )


def _lonely(plot: _Plot, series: Sequence[Series]) -> Markup:
    """Draw points that have a gap on both sides; a path of one point shows nothing."""
    return join(
        el(
            "circle",
            cx=at(plot.x.at(run[0][0])),
            cy=f"{plot.y_px(run[0][1]):.1f}",
            r=2.5,
            class_=f"dot {line.style}",
        )
        for line in series
        for run in _runs(line.points)
        if len(run) == 1
    )


def _grid(plot: _Plot, write: Callable[[float | None], str]) -> Markup:
    parts = []
    for tick in plot.y.ticks:
        y = f"{plot.y_px(tick):.1f}"
        zero = tick in {plot.y.low, 0}
        parts.append(el("line", x1=0, x2="100%", y1=y, y2=y, class_="base" if zero else "grid"))
        parts.append(
            el("text", write(tick), x=-8, y=y, dy=".32em", class_="tick", text_anchor="end")
        )
    return join(parts)


def _time_labels(x: TimeAxis, top: int) -> Markup:
    parts = [el("text", "UTC", x=-8, y=top + 18, class_="tick zone", text_anchor="end")]
    for i, tick in enumerate(x.ticks):
        place = x.at(tick)
        anchor = "start" if place < 0.02 else "end" if place > 0.98 else "middle"
        parts.append(
            el(
                "text",
                x.label(tick),
                x=at(place),
                y=top + 18,
                class_="tick odd" if i % 2 else "tick",
                text_anchor=anchor,
                data_at=formats.iso(tick) if x.form == "time" else None,
            )
        )
    return join(parts)


def _rule(plot: _Plot, rule: Rule, series: Sequence[Series]) -> Markup:
    """Draw a rule; its name stands at its left end, on the side where no line begins."""
    y = plot.y_px(rule.value)
    near = [
        float(value)
        for line in series
        for moment, value in line.points
        if finite(value) and plot.x.at(moment) < _NAME_SHARE
    ]
    crowded = bool(near) and sum(near) / len(near) >= rule.value
    below = y <= 18 or (crowded and y + 16 < plot.height)
    return join(
        [
            el("line", x1=0, x2="100%", y1=f"{y:.1f}", y2=f"{y:.1f}", class_="rule"),
            el(
                "text",
                rule.label,
                x=4,
                y=f"{y + 13 if below else y - 5:.1f}",
                class_="tick rule-name",
            ),
        ]
    )


def _end_labels(
    plot: _Plot, series: Sequence[Series], write: Callable[[float | None], str]
) -> tuple[Markup, float]:
    """Name each line where it ends; give the labels and the room they need, in px."""
    ends = [(line, run[-1][-1]) for line in series if (run := _runs(line.points))]
    if len(ends) > _DIRECT:
        return Markup(""), 16.0
    parts, room = [], 16.0
    outside = []
    for line, (moment, value) in ends:
        if plot.x.at(moment) < _EARLY:
            parts.append(_inside_label(plot, line, (moment, value), write))
        else:
            outside.append((plot.y_px(value), line, write(value)))
    outside.sort(key=lambda item: item[0])
    tops = _apart([item[0] for item in outside], plot.height)
    for top, (_, line, text) in zip(tops, outside, strict=True):
        name = shorten(line.name, _NAME_CHARS)
        room = max(room, text_px(f"{text} {name}") + 16)
        parts.append(_label(line, text, x="100%", dx=8, y=f"{top:.1f}", dy=".32em"))
    return join(parts), room


def _label(line: Series, text: str, **place: object) -> Markup:
    words_ = (el("tspan", text, class_="value"), " ", shorten(line.name, _NAME_CHARS))
    return el("text", *words_, **place, class_=f"end {line.style}")


def _inside_label(
    plot: _Plot,
    line: Series,
    end: tuple[datetime, float],
    write: Callable[[float | None], str],
) -> Markup:
    """Name a line that ends within the plot: beyond its own values, so that it is not crossed."""
    moment, value = end
    drawn = [plot.y_px(v) for run in _runs(line.points) for _, v in run]
    low_half = plot.y_px(value) > plot.height / 2
    top = max(drawn) + 14 if low_half else min(drawn) - 8
    top = min(max(top, 10.0), plot.height - 4.0)
    anchor = "end" if plot.x.at(moment) > 0.5 else "start"
    place = {"x": at(plot.x.at(moment)), "y": f"{top:.1f}", "text_anchor": anchor}
    return _label(line, write(value), **place)


def _apart(tops: Sequence[float], height: int) -> list[float]:
    """Move labels that are sorted by height so far apart that each can be read."""
    out: list[float] = []
    for top in tops:
        out.append(max(top, out[-1] + _LABEL_PX) if out else top)
    limit = float(height)
    for i in range(len(out) - 1, -1, -1):
        out[i] = min(out[i], limit)
        limit = out[i] - _LABEL_PX
    return out
