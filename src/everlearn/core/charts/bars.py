"""Bars beside each other: what pushed a value up or down, and how two samples are spread."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from everlearn.core import formats
from everlearn.core.charts.scales import finite, tick_writer, value_axis
from everlearn.core.charts.svg import at, el, join, nothing, numbers, text_px

_WIDE = 1000


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature added to an output, or how much it matters.

    Attributes:
        name: of the feature.
        effect: signed, in the unit of the output.
        value: of the feature in this case, ready to be shown.
    """

    name: str
    effect: float | None
    value: str | None = None


def _signed(write: Callable[[float | None], str], value: float) -> str:
    text = write(abs(value))
    if value < 0 and any(c in "123456789" for c in text):
        return f"\N{MINUS SIGN}{text}"
    return f"+{text}"


def bar_chart(
    contributions: Sequence[Contribution],
    *,
    title: str,
    base: float | None = None,
    output: float | None = None,
    value_format: str | Callable[[float], str] = "num:3",
    limit: int = 8,
    empty: str = "No reasons were recorded.",
) -> Markup:
    """Draw contributions as signed bars from one zero line, largest first.

    The chart is a table: it reads the same without its bars.

    Args:
        contributions: drawn by falling size; None and NaN are left out.
        title: what the effects add up to.
        base: the output before any feature is known; shown first.
        output: the output; shown last.
        value_format: as in `formats.formatter`.
        limit: bars to draw; the others are added up in one row.
        empty: shown when there is no contribution.
    """
    known = [(c.name, float(c.effect), c.value) for c in contributions if finite(c.effect)]
    if not known:
        return nothing(title, empty, 80)
    known.sort(key=lambda item: -abs(item[1]))
    if len(known) > limit + 1:
        rest = sum(effect for _, effect, _ in known[limit:])
        known = [*known[:limit], (f"{len(known) - limit} others", rest, None)]
    write = formats.formatter(value_format)
    one_sided = base is None and output is None and all(effect >= 0 for _, effect, _ in known)
    low = min(0.0, *(effect for _, effect, _ in known))
    span = (max(0.0, *(effect for _, effect, _ in known)) - low) or 1.0
    rows = []
    if base is not None:
        rows.append(_total("base", write(base)))
    for name, effect, value in known:
        text = write(effect) if one_sided else _signed(write, effect)
        start, width = (min(effect, 0.0) - low) / span, abs(effect) / span
        rows.append(_bar_row((name, value, text), start, width, -low / span, down=effect < 0))
    if output is not None:
        rows.append(_total("output", write(output)))
    table = el("table", el("caption", title), el("tbody", *rows))
    return el("figure", table, class_="chart chart-bars")


def _total(name: str, text: str) -> Markup:
    cells = (el("th", name, scope="row"), el("td"), el("td", text, class_="r"))
    return el("tr", *cells, class_="total")


def _bar_row(
    texts: tuple[str, str | None, str], start: float, width: float, zero: float, *, down: bool
) -> Markup:
    name, value, text = texts
    label = el("th", name, scope="row")
    if value is not None:
        label = el("th", name, el("span", value, class_="case"), scope="row")
    bar = el(
        "rect", x=at(start), width=at(width), y=3, height=10, class_="bar down" if down else "bar"
    )
    line = el("line", x1=at(zero), x2=at(zero), y1=-9, y2=25, class_="base")
    svg = el("svg", line, bar, width="100%", height=16, aria_hidden="true")
    return el("tr", label, el("td", svg, class_="bars"), el("td", text, class_="r"))


def histogram(
    edges: Sequence[float] | Sequence[str],
    reference: Sequence[float],
    current: Sequence[float],
    *,
    title: str,
    names: tuple[str, str] = ("reference", "current"),
    x_format: str | Callable[[float], str] = "num",
    height: int = 140,
    empty: str = "Neither sample has a value yet.",
) -> Markup:
    """Draw two samples over the same bins, as shares, so that their sizes do not matter.

    Args:
        edges: n + 1 rising bin edges, or n names of categories.
        reference: n counts of the sample to compare with; drawn as grey area.
        current: n counts of the newer sample; drawn as a line in the accent colour.
        title: the feature and its unit.
        names: of the two samples.
        x_format: how edges are written; see `formats.formatter`.
        height: of the plot, in px (categories take a row each).
        empty: shown when both samples are empty.

    Raises:
        ValueError: the lengths do not fit each other.
    """
    categories = bool(edges) and isinstance(edges[0], str)
    bins = len(edges) if categories else len(edges) - 1
    if not len(reference) == len(current) == max(bins, 0):
        msg = f"{title}: {bins} bins, but {len(reference)} and {len(current)} counts"
        raise ValueError(msg)
    shares = [_shares(reference), _shares(current)]
    if not any(shares[0]) and not any(shares[1]):
        return nothing(title, empty, height)
    key = el(
        "ul",
        el("li", el("i", class_="swatch area"), names[0]),
        el("li", el("i", class_="swatch main"), names[1]),
        class_="legend",
    )
    if categories:
        return _categories([str(edge) for edge in edges], shares, title, names, key)
    return _bins(
        [float(edge) for edge in edges],
        shares,
        title,
        names,
        key=key,
        x_format=x_format,
        height=height,
    )


def _shares(counts: Sequence[float]) -> list[float]:
    known = [float(c) if finite(c) else 0.0 for c in counts]
    total = math.fsum(known)
    return [c / total if total else 0.0 for c in known]


def _bins(
    edges: list[float],
    shares: list[list[float]],
    title: str,
    names: tuple[str, str],
    *,
    key: Markup,
    x_format: str | Callable[[float], str],
    height: int,
) -> Markup:
    axis = value_axis([0.0, *shares[0], *shares[1]], zero=True, count=2)
    span = (edges[-1] - edges[0]) or 1.0
    xs = [(edge - edges[0]) / span * _WIDE for edge in edges]

    def outline(values: list[float]) -> str:
        steps = [f"M{xs[0]:.1f} {height}"]
        for i, value in enumerate(values):
            steps.append(f"V{(1 - axis.at(value)) * height:.1f}H{xs[i + 1]:.1f}")
        return "".join([*steps, f"V{height}"])

    shapes = el(
        "svg",
        el("path", d=outline(shares[0]) + "Z", class_="area"),
        el("path", d=outline(shares[1]), class_="line main"),
        viewBox=f"0 0 {_WIDE} {height}",
        width="100%",
        height=height,
        preserveAspectRatio="none",
    )
    grid = []
    for tick in axis.ticks:
        y = f"{(1 - axis.at(tick)) * height:.1f}"
        grid.append(el("line", x1=0, x2="100%", y1=y, y2=y, class_="grid" if tick else "base"))
        label = formats.pct(tick, 0 if axis.step >= 0.01 else 1)
        grid.append(el("text", label, x=-8, y=y, dy=".32em", class_="tick", text_anchor="end"))
    below = value_axis(edges, count=5)
    write = tick_writer(x_format, below.step)
    ticks = [tick for tick in below.ticks if edges[0] <= tick <= edges[-1]]
    for i, tick in enumerate(ticks):
        place = (tick - edges[0]) / span
        grid.append(
            el(
                "text",
                write(tick),
                x=at(place),
                y=height + 16,
                class_="tick odd" if i % 2 else "tick",
                text_anchor="start" if place < 0.02 else "end" if place > 0.98 else "middle",
            )
        )
    exact = tick_writer(x_format, below.step, exact=True)
    ranges = [f"{exact(a)} to {exact(b)}" for a, b in itertools.pairwise(edges)]
    drawing = el(
        "svg",
        el("title", title),
        el("desc", f"Shares of {names[0]} and {names[1]} in {len(ranges)} bins."),
        join(grid),
        shapes,
        role="img",
        width="100%",
        height=height + 22,
    )
    return el(
        "figure",
        el("figcaption", title),
        key,
        el("div", drawing, class_="plot"),
        _table(title, names, ranges, shares),
        class_="chart",
        style=f"--left:{text_px('100%') + 14:.0f}px;--right:12px",
    )


def _categories(
    labels: list[str],
    shares: list[list[float]],
    title: str,
    names: tuple[str, str],
    key: Markup,
) -> Markup:
    """Draw each category as a row: grey bar for the reference, line and dot for the current."""
    top = max(*shares[0], *shares[1])
    rows = []
    for label, before, now in zip(labels, *shares, strict=True):
        svg = el(
            "svg",
            el("rect", x=0, y=2, height=12, width=at(before / top), class_="area"),
            el("line", x1=0, x2=at(now / top), y1=8, y2=8, class_="line main"),
            el("circle", cx=at(now / top), cy=8, r=3, class_="dot main"),
            width="100%",
            height=16,
            aria_hidden="true",
        )
        rows.append(
            el(
                "tr",
                el("th", label, scope="row"),
                el("td", svg, class_="bars"),
                el("td", formats.pct(before), class_="r quiet"),
                el("td", formats.pct(now), class_="r"),
            )
        )
    head = el(
        "tr",
        el("th", "category", scope="col"),
        el("td"),
        *(el("th", name, scope="col", class_="r") for name in names),
    )
    caption = el("caption", title, class_="sr")
    table = el("table", caption, el("thead", head, class_="sr"), el("tbody", *rows))
    return el("figure", el("figcaption", title), key, table, class_="chart chart-bars")


def _table(
    title: str, names: tuple[str, str], ranges: Sequence[str], shares: list[list[float]]
) -> Markup:
    rows = [
        [label, formats.pct(before), formats.pct(now)]
        for label, before, now in zip(ranges, *shares, strict=True)
    ]
    return numbers(title, ["Range", *names], rows)
