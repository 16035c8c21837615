"""Makes items of what a caller has: mappings, data frames, Arrow tables; as JSON, with an id."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7


@dataclass(frozen=True, slots=True)
class Kind:
    """By what the server knows an item again; filled in when the caller leaves it out.

    Attributes:
        known_by: fields of which one must be there; the first is made. None: the time says it.
        time: the item's time.
    """

    known_by: tuple[str, ...]
    time: str


#: Kinds of items, in the order in which those of one moment are sent: what others refer to first.
KINDS: Mapping[str, Kind] = {
    "predictions": Kind(("id", "prediction_id"), "prediction_timestamp"),
    "outcomes": Kind((), "known_at"),
    "feedback": Kind(("feedback_id",), "created_at"),
    "events": Kind(("id",), "timestamp"),
    "metrics": Kind((), "timestamp"),
}
_CHUNK = 1_000


def encode(kind: str, row: Mapping[str, Any]) -> tuple[bytes, str]:
    """Write one item as a line of JSON; give its id, or its time, as well.

    Raises:
        Invalid: it is no mapping, or JSON has no form for something in it.
    """
    if not isinstance(row, Mapping):
        raise Invalid(f"an item is a mapping, not {type(row).__name__}", field=kind)
    item = {name: value for name, value in row.items() if not _is_missing(value)}
    known_as = _complete(KINDS[kind], item)
    try:
        line = json.dumps(
            item, ensure_ascii=False, allow_nan=False, default=_plain, separators=(",", ":")
        )
        return line.encode(), str(known_as if isinstance(known_as, str) else _plain(known_as))
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"JSON has no form for this item: {error}", field=_culprit(item)) from error


def mappings(rows: Any) -> Iterator[Mapping[str, Any]]:
    """Give the rows of a list of mappings, a pandas or polars data frame, or an Arrow table."""
    if hasattr(rows, "iter_rows"):  # polars
        yield from rows.iter_rows(named=True)
    elif hasattr(rows, "to_batches"):  # an Arrow table
        for batch in rows.to_batches(max_chunksize=_CHUNK):
            yield from batch.to_pylist()
    elif hasattr(rows, "to_pylist"):  # a batch of Arrow
        yield from rows.to_pylist()
    elif hasattr(rows, "iloc"):  # pandas
        for start in range(0, len(rows), _CHUNK):
            yield from rows.iloc[start : start + _CHUNK].to_dict("records")
    elif isinstance(rows, Iterable) and not isinstance(rows, Mapping | str | bytes):
        yield from rows
    else:
        raise Invalid(f"rows come as a table or a list of mappings, not {type(rows).__name__}")


class _Clock:
    """The time, never the same twice: samples of a series are told apart by it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        with self._lock:
            now = datetime.now(UTC)  # lint: allow clock because the sender's own time is meant
            self._last = max(now, self._last + timedelta(microseconds=1))
            return self._last


_now = _Clock().now


def _complete(kind: Kind, item: dict[str, Any]) -> Any:
    """Fill in what makes an item the same when it is sent again; give that."""
    known_by = [name for name in kind.known_by if name in item]
    if kind.known_by and not known_by:
        known_by = [kind.known_by[0]]
        item[known_by[0]] = _make_id(item.get(kind.time))
    # An id says the time; else it is now, not when the item arrives.
    if kind.time not in item and "id" not in item:
        item[kind.time] = _now().isoformat()
    return item[known_by[0] if known_by else kind.time]


def _make_id(at: Any) -> str:
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at)
        except ValueError:
            at = None  # the server says what is wrong with it
    if not isinstance(at, datetime) or at.tzinfo is None:
        at = _now()
    return str(uuid7(at))


def _is_missing(value: Any) -> bool:
    """Tell whether a data frame means by this that there is nothing: None, NaN, NaT."""
    return value is None or (
        value != value  # noqa: PLR0124 - only NaN and NaT differ from themselves
        if isinstance(value, float | datetime)
        else type(value).__name__ in {"NaTType", "NAType"}
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, bytes) and len(value) == 16:  # how Arrow keeps ids
        return str(UUID(bytes=value))
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return value.tolist()
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    msg = f"{type(value).__name__} is not JSON"
    raise TypeError(msg)


def _culprit(item: Mapping[str, Any]) -> str | None:
    for name, value in item.items():
        try:
            json.dumps(value, allow_nan=False, default=_plain, ensure_ascii=False).encode()
        except (TypeError, ValueError, RecursionError):
            return str(name)
    return None
