"""The few helpers every chart is written with: an element, a figure, a table of its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

#: Width in px of one character of a chart label, a little generous.
CHAR_PX = 6.3


def el(tag: str, *children: str | Markup, **attributes: object) -> Markup:
    """Write one element; children and attribute values are escaped.

    Attribute names lose a trailing underscore and turn the others into hyphens, except `viewBox`
    and its like, which have none. None and False leave an attribute out.
    """
    parts = [f"<{tag}"]
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        parts.append(f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"')
    inner = "".join(escape(child) for child in children)
    return Markup(f"{''.join(parts)}>{inner}</{tag}>")  # noqa: S704 -- every part is escaped above


def join(parts: Iterable[Markup]) -> Markup:
    """Put elements one after the other."""
    return Markup("").join(parts)


def at(fraction: float) -> str:
    """Write a place on the width as percent."""
    return f"{fraction * 100:.2f}%"


def text_px(text: str) -> float:
    """Guess the width of a label in px."""
    return len(text) * CHAR_PX


def shorten(text: str, most: int) -> str:
    """Cut a label to `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def numbers(caption: str, head: Sequence[str], rows: Iterable[Sequence[str | Markup]]) -> Markup:
    """Write a chart's numbers as a table that is folded away until asked for."""
    body = join(
        el("tr", el("th", row[0], scope="row"), *(el("td", cell) for cell in row[1:]))
        for row in rows
    )
    table = el(
        "table",
        el("caption", caption, class_="sr"),
        el("thead", el("tr", *(el("th", name, scope="col") for name in head))),
        el("tbody", body),
    )
    scroll = el("div", table, class_="scroll", tabindex=0, role="region", aria_label=caption)
    return el("details", el("summary", "Numbers"), scroll, class_="chart-numbers")


def nothing(title: str, text: str, height: int) -> Markup:
    """Write a chart that has nothing to show, as tall as it would be."""
    words = el("p", el("span", text), style=f"height:{height}px")
    return el("figure", el("figcaption", title), words, class_="chart chart-empty")
