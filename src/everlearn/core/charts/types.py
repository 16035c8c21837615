"""What a line chart is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Style: TypeAlias = Literal["main", "second", "muted", "dashed"]
MarkKind: TypeAlias = Literal["promotion", "rollback", "alert", "retrain"]


@dataclass(frozen=True, slots=True)
class Series:
    """One line.

    Attributes:
        name: shown at the line's end, in the tooltip and in the table.
        points: aware times in rising order, each with a value; None and NaN leave a gap.
        style: `main` has the accent colour, `second` the text's, `muted` and `dashed` step back.
    """

    name: str
    points: Sequence[tuple[datetime, float | None]]
    style: Style = "main"


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at one time.

    Attributes:
        at: when, aware.
        kind: chooses the glyph.
        label: one line for a person.
        href: page of the promotion, alert or job.
        level: `critical` makes the glyph red.
    """

    at: datetime
    kind: MarkKind
    label: str
    href: str | None = None
    level: Literal["info", "warning", "critical"] = "info"


@dataclass(frozen=True, slots=True)
class Band:
    """A shaded range around a line, such as a confidence interval.

    Attributes:
        name: what the range is, with its level.
        points: aware times in rising order with lower and upper value; None leaves a gap.
    """

    name: str
    points: Sequence[tuple[datetime, float | None, float | None]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line to compare with: a threshold, a promise, a baseline."""

    value: float
    label: str
