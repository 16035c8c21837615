"""How values are written on pages: one place, so that a number looks the same everywhere.

Every function takes None and NaN and writes an en dash for them: a missing number is never shown as
zero. Functions that return `Markup` have escaped what they were given.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from everlearn.core.picking import pick, row_href

#: Stands for a value that is not there.
NONE = "–"
_NOTHING = Markup("–")
_MINUS = "\N{MINUS SIGN}"
#: Between thousands: narrower than a space, and the line never breaks at it.
_THIN = "\N{NARROW NO-BREAK SPACE}"
#: Between a number and its unit.
_GAP = "\N{NO-BREAK SPACE}"
_BYTES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
#: Facts of a mapping that are shown before it is opened.
_MOST_FACTS = 6
#: From here on a date says more than a number of days.
_OLD = 100 * _DAY
#: Units of durations from a minute on, each with the next smaller one.
_LONG = ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min"), (_MINUTE, "min", 1, "s"))
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_JSON_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<text>"(?:[^"\\]|\\.)*")'
    r"|(?P<word>\b(?:true|false|null)\b)|(?P<number>-?\d[\d.eE+-]*)"
)


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float | Decimal) and not math.isfinite(value))


def _fixed(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}".replace(",", _THIN)
    if text.startswith("-"):
        # A value that rounds to nothing has no sign: "-0.00" reads like a finding.
        text = _MINUS + text[1:] if any(c in "123456789" for c in text) else text[1:]
    return text


def num(value: float | None, digits: int = 2) -> str:
    """Write a number with fixed decimals, thin thousands and a true minus sign."""
    return NONE if value is None or _missing(float(value)) else _fixed(float(value), digits)


def plain(value: float) -> str:
    """Write a number of unknown kind with about four figures and no zeros at its end."""
    if value and abs(value) < 0.001:
        return f"{value:.3g}".replace("-", _MINUS)
    text = num(value, max(0, 4 - len(str(int(abs(value))))))
    return text.rstrip("0").rstrip(".") if "." in text else text


def prose(text: str) -> Markup:
    """Write a sentence whose `code` stands between backticks."""
    parts = [
        Markup("<code>{}</code>").format(part) if i % 2 else escape(part)
        for i, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)


def count(value: float | None) -> str:
    """Write a whole number with thin thousands: `12 345`."""
    return num(value, 0)


def pct(ratio: float | None, digits: int = 1) -> str:
    """Write a ratio in [0, 1] as a percentage."""
    if ratio is None or _missing(float(ratio)):
        return NONE
    return f"{_fixed(float(ratio) * 100, digits)}%"


def bytes_(size: float | None) -> str:
    """Write a size in the binary unit that keeps it under 1024."""
    if size is None or _missing(float(size)):
        return NONE
    rest, step = float(size), 0
    while abs(rest) >= 1024 and step < len(_BYTES) - 1:
        rest, step = rest / 1024, step + 1
    return f"{_fixed(rest, 0 if step == 0 else 1)}{_GAP}{_BYTES[step]}"


def ms(value: float | None, digits: int | None = None) -> str:
    """Write milliseconds; from one second on, as `duration` does."""
    if value is None or _missing(float(value)):
        return NONE
    if abs(value) >= 1000:
        return duration(value / 1000)
    if digits is None:
        digits = 0 if abs(value) >= 100 or value == 0 else 1
    return f"{_fixed(float(value), digits)}{_GAP}ms"


def duration(value: float | timedelta | None) -> str:
    """Write a duration (seconds or timedelta) in its two largest units."""
    if value is None:
        return NONE
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if _missing(seconds):
        return NONE
    # Rounded first, so that 59.96 s is a minute and not 60.0 s.
    size = round(abs(seconds), 1) if abs(seconds) >= 1 else abs(seconds)
    sign = _MINUS if seconds < 0 else ""
    if size and size < 1:
        return ms(seconds * 1000)
    if size < _MINUTE:
        return f"{sign}{_fixed(size, 1 if size % 1 else 0)}{_GAP}s"
    unit, name, part, part_name = next(row for row in _LONG if size >= row[0])
    whole, rest = divmod(int(size), unit)
    tail = f"{_GAP}{rest // part}{_GAP}{part_name}" if rest // part else ""
    return f"{sign}{_fixed(whole, 0)}{_GAP}{name}{tail}"


def delta(
    value: float | None,
    digits: int = 2,
    *,
    unit: Literal["num", "pct", "count", "ms"] = "num",
    bad: Literal["up", "down"] | None = None,
    beyond: float = 0.0,
) -> Markup:
    """Write a signed change; red only when it goes the bad way by more than `beyond`.

    Args:
        value: the change, in the unit of `beyond`; a ratio when `unit` is pct.
        digits: decimals of num and pct.
        unit: how the size is written.
        bad: the direction that is worse; None when neither is.
        beyond: how far it may go the bad way before a person should look.
    """
    if value is None or _missing(float(value)):
        return _NOTHING
    size = abs(float(value))
    text = {"num": num, "pct": pct}[unit](size, digits) if unit in {"num", "pct"} else None
    if text is None:
        text = count(size) if unit == "count" else ms(size)
    if not any(c in "123456789" for c in text):
        return Markup('<span class="delta">±{}</span>').format(text)
    worse = (value > 0 and bad == "up") or (value < 0 and bad == "down")
    tone = " alarm" if worse and size > beyond else ""
    return Markup('<span class="delta{}">{}{}</span>').format(
        tone, "+" if value > 0 else _MINUS, text
    )


def short_id(value: UUID | str | None) -> Markup:
    """Write a long id by its first 8 and last 4 characters, the whole id in its title.

    The tail is there because version 7 ids of the same minute share their first characters.
    """
    if value is None:
        return _NOTHING
    text = str(value)
    shown = text if len(text) <= 16 else f"{text[:8]}…{text[-4:]}"
    return Markup('<code class="id" title="{}">{}</code>').format(text, shown)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        msg = f"a page got a time without a zone: {at.isoformat()}; make it aware"
        raise ValueError(msg)
    return at.astimezone(UTC)


def iso(at: datetime) -> str:
    """Write an aware time as ISO 8601 in UTC, to the second."""
    return _utc(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def time(at: datetime | None, precision: str = "minute") -> Markup:
    """Write a `<time>` in UTC, which the page's script turns to the reader's zone.

    Args:
        at: aware, or None.
        precision: `minute`, `second` or `day`.
    """
    if at is None:
        return _NOTHING
    form = {"minute": "%Y-%m-%d %H:%M", "second": "%Y-%m-%d %H:%M:%S", "day": "%Y-%m-%d"}[precision]
    return Markup('<time datetime="{0}" data-precision="{1}" title="{0}">{2}</time>').format(
        iso(at), precision, _utc(at).strftime(form)
    )


def ago_text(at: datetime, now: datetime) -> str:
    """Say how long before (or after) `now` a time is, in one unit; a date when that is long."""
    seconds = (_utc(now) - _utc(at)).total_seconds()
    size = abs(seconds)
    if size < 10:
        return "just now" if seconds >= 0 else "in a moment"
    if size >= _OLD:
        return _utc(at).strftime("%Y-%m-%d")
    units = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s"))
    unit, name = next(row for row in units if size >= row[0])
    text = f"{count(int(size // unit))}{_GAP}{name}"
    return f"{text} ago" if seconds > 0 else f"in {text}"


@pass_context
def ago(context: Context, at: datetime | None) -> Markup:
    """Write a `<time>` relative to the page's `now`, which the caller of `page` must give."""
    if at is None:
        return _NOTHING
    now = context.resolve("now")
    if not isinstance(now, datetime):
        msg = "the filter `ago` needs `now` in the page's context: page(..., now=tx.clock.now())"
        raise TypeError(msg)
    return Markup('<time datetime="{0}" class="ago" title="{0}">{1}</time>').format(
        iso(at), ago_text(at, now)
    )


def facts(value: Mapping[str, Any], changes: bool = False) -> Markup:  # noqa: FBT001, FBT002 - a filter's switch
    """Write a mapping as short words: `outcomes 321, model late-arrival`.

    Args:
        value: JSON-ready; what is nested is left to the whole text.
        changes: each value is a pair of what was and what is.
    """
    parts = []
    # What has no value is left to the whole text, where it is told apart from what is not there.
    known = [(key, found) for key, found in value.items() if found not in (None, [None, None])]
    for key, found in known[:_MOST_FACTS]:
        if changes and isinstance(found, list) and len(found) == 2:
            old, new = (_fact(each) for each in found)
            text = Markup("{} → {}").format(old, new) if found[0] is not None else new
        else:
            text = _fact(found)
        parts.append(
            Markup('<span class="fact"><span class="quiet">{}</span> {}</span>').format(
                key.replace("_", " "), text
            )
        )
    more = [] if len(known) <= _MOST_FACTS else [Markup('<span class="quiet">…</span>')]
    return Markup(" ").join(parts + more)


def _fact(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return f"{len(value)} {'part' if len(value) == 1 else 'parts'}" if value else NONE
    if isinstance(value, str) and _UUID.match(value):
        return short_id(value)
    if isinstance(value, str) and _MOMENT.match(value):
        return value[:16].replace("T", " ")
    if _missing(value):
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return plain(value) if isinstance(value, float) else count(value)
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def json_html(value: Any) -> Markup:
    """Write a value as indented JSON with its keys and words marked."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    out, end = Markup(""), 0
    for found in _JSON_TOKEN.finditer(text):
        out += escape(text[end : found.start()])
        out += Markup('<span class="j-{}">{}</span>').format(found.lastgroup, found.group())
        end = found.end()
    return out + escape(text[end:])


_NUMERIC: dict[str, Callable[..., str]] = {
    "num": num,
    "count": count,
    "pct": pct,
    "ms": ms,
    "bytes": bytes_,
    "duration": duration,
}

#: Formats whose columns are set to the right.
NUMBER_FORMATS = frozenset((*_NUMERIC, "delta"))


def formatter(spec: str | Callable[[float], str]) -> Callable[[float | None], str]:
    """Give the function that writes numbers the way `spec` says.

    Args:
        spec: `num`, `count`, `pct`, `ms`, `bytes` or `duration`; `num`, `pct` and `ms` may carry
            decimals (`pct:2`). A function of one number is taken as it is.
    """
    if callable(spec):
        chosen = spec
        return lambda value: NONE if value is None or _missing(float(value)) else chosen(value)
    name, _, digits = spec.partition(":")
    if name not in _NUMERIC:
        msg = f"no number format {name!r}; there are {', '.join(sorted(_NUMERIC))}"
        raise ValueError(msg)
    write = _NUMERIC[name]
    if digits:
        return lambda value: write(value, int(digits))
    return write


@pass_context
def show(context: Context, value: Any, spec: str | None = None) -> str:
    """Write any value: by `spec` when given, else by its type.

    Args:
        context: of the page; the filter `ago` reads `now` from it.
        value: anything a service returns.
        spec: a number format of `formatter`, or `time`, `ago`, `id`, `code`, `delta` (`delta:3`).
    """
    if spec and not isinstance(value, Markup):
        return _by_spec(context, value, spec)
    if isinstance(value, Markup):
        return value
    if _missing(value) or value == "":
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | Decimal):
        return plain(float(value))
    if isinstance(value, int):
        return count(value)
    return _by_type(value)


def _by_spec(context: Context, value: Any, spec: str) -> str:
    name, _, digits = spec.partition(":")
    if name == "time":
        return time(value, digits or "minute")
    if name == "ago":
        return ago(context, value)
    if name == "id":
        return short_id(value)
    if name == "delta":
        return delta(value, int(digits or 2))
    if name == "code":
        return _NOTHING if value is None else Markup("<code>{}</code>").format(value)
    return formatter(spec)(value)


def _by_type(value: Any) -> str:
    if isinstance(value, datetime):
        return time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, UUID):
        return short_id(value)
    if isinstance(value, Mapping | list | tuple | set):
        plain = sorted(value, key=str) if isinstance(value, set) else value
        return Markup("<code>{}</code>").format(json.dumps(plain, ensure_ascii=False, default=str))
    return str(value)


#: Jinja filters by name.
FILTERS: dict[str, Callable[..., Any]] = {
    "num": num,
    "thousands": count,
    "pct": pct,
    "bytes": bytes_,
    "ms": ms,
    "duration": duration,
    "delta": delta,
    "short_id": short_id,
    "iso": iso,
    "prose": prose,
    "time": time,
    "ago": ago,
    "facts": facts,
    "json": json_html,
    "show": show,
    "pick": pick,
    "row_href": row_href,
}
