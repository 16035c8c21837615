"""Small charts: a line in a cell, a probability with its interval, a calibration curve."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from everlearn.core import formats
from everlearn.core.charts.scales import finite
from everlearn.core.charts.svg import at, el, join, nothing, numbers

_SPARK_WIDTH, _SPARK_HEIGHT = 96, 20
_WIDE = 1000
_COUNTS_PX = 28


def sparkline(
    values: Sequence[float | None],
    *,
    label: str,
    value_format: str | Callable[[float], str] = "num",
) -> Markup:
    """Draw a line as small as a word, its last point marked.

    Args:
        values: evenly spaced; None and NaN leave a gap.
        label: what the values are, for those who cannot see the line.
        value_format: how the last value is read out; see `formats.formatter`.
    """
    known = [float(value) for value in values if finite(value)]
    if not known:
        return el("span", formats.NONE, class_="spark-none", title=f"{label}: no values")
    low, span = min(known), max(known) - min(known)
    step = (_SPARK_WIDTH - 6) / max(len(values) - 1, 1)

    def place(i: int, value: float) -> str:
        # A constant runs through the middle.
        share = (value - low) / span if span else 0.5
        return f"{3 + i * step:.1f} {3 + (1 - share) * (_SPARK_HEIGHT - 6):.1f}"

    d, pen, last = [], "M", ""
    for i, value in enumerate(values):
        if finite(value):
            last = place(i, float(value))
            d.append(pen + last)
            pen = "L"
        else:
            pen = "M"
    cx, cy = last.split()
    write = formats.formatter(value_format)
    words = (
        f"{label}: {len(known)} values from {write(low)} to {write(low + span)}, "
        f"last {write(known[-1])}"
    )
    return el(
        "svg",
        el("path", d="".join(d), class_="line main"),
        el("circle", cx=cx, cy=cy, r=2, class_="dot main"),
        class_="spark",
        role="img",
        aria_label=words,
        width=_SPARK_WIDTH,
        height=_SPARK_HEIGHT,
        viewBox=f"0 0 {_SPARK_WIDTH} {_SPARK_HEIGHT}",
    )


def interval_bar(
    value: float | None,
    lower: float | None,
    upper: float | None,
    *,
    low: float = 0.0,
    high: float = 1.0,
    label: str = "value",
    value_format: str | Callable[[float], str] = "num",
) -> Markup:
    """Draw a value with its interval on a track from `low` to `high`.

    Args:
        value: the point; nothing is drawn when it is None or NaN.
        lower: lower end of the interval, or None.
        upper: upper end of the interval, or None.
        low: left end of the track.
        high: right end of the track; must be greater than `low`.
        label: what the value is.
        value_format: how the numbers are read out.
    """
    if not finite(value):
        return el("span", formats.NONE, class_="spark-none", title=f"{label}: no value")
    write = formats.formatter(value_format)

    def share(x: float) -> float:
        return min(max((x - low) / (high - low), 0.0), 1.0)

    parts = [el("rect", x=0, y=5, width="100%", height=2, rx=1, class_="track")]
    words = f"{label} {write(value)}"
    if finite(lower) and finite(upper):
        left, right = sorted((share(lower), share(upper)))
        parts.append(
            el("rect", x=at(left), y=2, width=at(right - left), height=8, rx=2, class_="range")
        )
        words += f", interval {write(lower)} to {write(upper)}"
    place = at(share(value))
    parts.append(el("line", x1=place, x2=place, y1=0, y2=12, class_="point"))
    return el(
        "svg",
        *parts,
        class_="interval",
        role="img",
        aria_label=words,
        width=_SPARK_WIDTH,
        height=12,
    )


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Predictions of about the same probability.

    Attributes:
        predicted: their mean probability.
        observed: share of them that came true; None when none has an outcome.
        n: how many have an outcome.
        lower: lower end of the interval of `observed`, or None.
        upper: upper end of it, or None.
    """

    predicted: float
    observed: float | None
    n: int
    lower: float | None = None
    upper: float | None = None


def reliability_chart(
    bins: Sequence[ReliabilityBin],
    *,
    title: str,
    height: int = 240,
    empty: str = "No prediction has an outcome yet.",
) -> Markup:
    """Draw what was promised against what came true; the diagonal is a promise kept.

    Args:
        bins: those without outcomes are left out.
        title: names the model and version.
        height: of the plot, in px; it is about as wide as high.
        empty: shown when no bin has an outcome.
    """
    known = sorted(
        (b for b in bins if finite(b.observed) and finite(b.predicted)), key=lambda b: b.predicted
    )
    if not known:
        return nothing(title, empty, height)
    most = max(b.n for b in known) or 1

    def y(value: float) -> float:
        return (1 - min(max(value, 0.0), 1.0)) * height

    grid = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        top, odd = f"{y(tick):.1f}", " odd" if tick in {0.25, 0.75} else ""
        grid.append(el("line", x1=0, x2="100%", y1=top, y2=top, class_="grid" if tick else "base"))
        text = formats.num(tick, 2 if odd else 1)
        grid.append(el("text", text, x=-8, y=top, dy=".32em", class_="tick", text_anchor="end"))
        grid.append(
            el(
                "text",
                text,
                x=at(tick),
                y=height + _COUNTS_PX + 16,
                class_=f"tick{odd}",
                text_anchor="middle",
            )
        )
    points = []
    for b in known:
        observed = b.observed or 0.0
        x = at(b.predicted)
        if finite(b.lower) and finite(b.upper):
            ends = {"y1": f"{y(b.lower):.1f}", "y2": f"{y(b.upper):.1f}"}
            points.append(el("line", x1=x, x2=x, **ends, class_="whisker"))
        points.append(el("circle", cx=x, cy=f"{y(observed):.1f}", r=3.5, class_="dot main"))
        # By the square root, so that a bin of ten beside one of ten thousand can still be seen.
        tall = max(1.0, math.sqrt(b.n / most) * (_COUNTS_PX - 6))
        place = {"y1": f"{height + _COUNTS_PX - tall:.1f}", "y2": height + _COUNTS_PX}
        points.append(el("line", x1=x, x2=x, **place, class_="counted"))
    path = "L".join(f"{b.predicted * _WIDE:.1f} {y(b.observed or 0.0):.1f}" for b in known)
    curve = el(
        "svg",
        el("path", d=f"M0 {height}L{_WIDE} 0", class_="line diagonal"),
        el("path", d=f"M{path}", class_="line main"),
        viewBox=f"0 0 {_WIDE} {height}",
        width="100%",
        height=height,
        preserveAspectRatio="none",
    )
    total = sum(b.n for b in known)
    drawing = el(
        "svg",
        el("title", title),
        el("desc", f"Observed against predicted in {len(known)} bins of {total} outcomes."),
        join(grid),
        curve,
        join(points),
        el("text", "predicted", x="100%", y=height - 7, class_="tick", text_anchor="end"),
        el("text", "observed", x=6, y=4, dy=".6em", class_="tick"),
        role="img",
        width="100%",
        height=height + _COUNTS_PX + 22,
    )
    rows = [
        [
            formats.num(b.predicted, 3),
            formats.num(b.observed, 3),
            f"{formats.num(b.lower, 3)} to {formats.num(b.upper, 3)}",
            formats.count(b.n),
        ]
        for b in known
    ]
    return el(
        "figure",
        el("figcaption", title),
        el("div", drawing, class_="plot"),
        numbers(title, ["Predicted", "Observed", "Interval", "Outcomes"], rows),
        class_="chart chart-square",
        style=f"--left:38px;--right:14px;--wide:{height + 80}px",
    )
