"""What happened to a model, as glyphs on the time axis with a hairline through the plot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from markupsafe import Markup

from everlearn.core.charts.scales import TimeAxis
from everlearn.core.charts.svg import at, el, join
from everlearn.core.charts.types import Mark
from everlearn.core.formats import iso

#: Height in px of one lane of glyphs.
LANE_PX = 16
_LANES = 3
#: Least distance between two marks of one lane, as a share of the width.
_LANE_GAP = 0.018
#: From here on a tip opens to the left, or it would leave the page.
_TIP_TO_LEFT = 0.6

#: One glyph a kind, drawn in a box of 12 x 12.
_GLYPHS: dict[str, str] = {
    "promotion": "M6 1.5 11 10.5H1Z",
    "rollback": "M6 10.5 1 1.5H11Z",
    "alert": "M6 .6 11.4 6 6 11.4 .6 6Z",
    "retrain": "M6 1.5A4.5 4.5 0 1 0 6 10.5A4.5 4.5 0 1 0 6 1.5Z",
}


def lanes(places: Sequence[float]) -> list[int]:
    """Give each mark a lane so that neighbours do not cover each other."""
    last = [-1.0] * _LANES
    out = []
    for place in places:
        free = (i for i in range(_LANES) if place - last[i] >= _LANE_GAP)
        lane = next(free, _LANES - 1)
        last[lane] = place
        out.append(lane)
    return out


def hairlines(x: TimeAxis, marks: Sequence[Mark], bottom: int) -> Markup:
    """Draw a vertical line through the plot for each mark."""
    return join(
        el(
            "line",
            x1=at(x.at(mark.at)),
            x2=at(x.at(mark.at)),
            y1=0,
            y2=bottom,
            class_="hair alarm" if mark.level == "critical" else "hair",
        )
        for mark in marks
    )


def glyph(kind: str) -> Markup:
    """Draw the sign of one kind of mark."""
    path = el("path", d=_GLYPHS[kind])
    return el("svg", path, viewBox="0 0 12 12", width=12, height=12, aria_hidden="true")


def glyphs(x: TimeAxis, marks: Sequence[Mark], places: Sequence[int], top: int) -> Markup:
    """Put the glyphs under the plot; each is a link where its mark has a page."""
    parts = []
    for mark, lane in zip(marks, places, strict=True):
        place = x.at(mark.at)
        when = f"{mark.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        tone = " alarm" if mark.level == "critical" else ""
        side = " to-left" if place > _TIP_TO_LEFT else ""
        parts.append(
            el(
                "a" if mark.href else "span",
                glyph(mark.kind),
                class_=f"mark {mark.kind}{tone}{side}",
                href=mark.href,
                role=None if mark.href else "img",
                tabindex=None if mark.href else 0,
                aria_label=f"{mark.kind}: {mark.label}, {when}",
                data_tip=mark.label,
                data_when=when,
                data_at=iso(mark.at),
                style=f"left:{at(place)};top:{top + LANE_PX * lane}px",
            )
        )
    return el("div", *parts, class_="marks")
