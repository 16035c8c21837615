"""Many items as columns, whatever they came as, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import numpy as np

from everlearn.core.ingest.shape import Kind, Shape

Array = np.ndarray[Any, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT_SECONDS = 1 << 32  # until then a double holds seconds to less than half a microsecond
#: Kinds whose values are numpy arrays; the others are lists, or Arrow arrays of bytes.
NUMERIC: dict[Kind, Any] = {"time": "i8", "number": "f8", "integer": "i8", "flag": "?"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one item of many was not written.

    Attributes:
        index: its place among the items, from 0.
        field: what is wrong; None when it is the item as a whole.
    """

    index: int
    field: str | None
    reason: str


@dataclass(slots=True)
class Column:
    """Values of one field.

    Attributes:
        kind: of the field.
        values: times as microseconds since 1970, numbers, integers and flags are numpy arrays, and
            ids one of shape (rows, 16); the rest is a list with None for what is not there, or an
            Arrow array of bytes.
        missing: which rows say nothing, where `values` is a numpy array; None: every row does.
    """

    kind: Kind
    values: Any
    missing: Array | None = None

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Array) -> Column:
        """Give these rows, in this order."""
        if isinstance(self.values, np.ndarray):
            missing = None if self.missing is None else self.missing[rows]
            return Column(self.kind, self.values[rows], missing)
        if isinstance(self.values, list):
            return Column(self.kind, [self.values[row] for row in rows.tolist()])
        return Column(self.kind, self.values.take(_arrow_rows(rows)))

    def absent(self) -> Array:
        """Tell which rows say nothing."""
        if isinstance(self.values, np.ndarray):
            return np.zeros(len(self), bool) if self.missing is None else self.missing
        if isinstance(self.values, list):
            return np.fromiter((v is None for v in self.values), bool, len(self))
        found: Array = self.values.is_null().to_numpy(zero_copy_only=False)
        return found

    def to_list(self) -> list[Any]:
        """Give Python values: str, bytes of JSON, UUID, datetime, float, int, bool or None."""
        if isinstance(self.values, list):
            return self.values
        if not isinstance(self.values, np.ndarray):
            plain: list[Any] = self.values.to_pylist()
            if self.kind in {"text", "word"}:
                plain = [None if value is None else value.decode() for value in plain]
            return plain
        if self.kind == "uuid":
            data = self.values.tobytes()
            out: list[Any] = [UUID(bytes=data[i : i + 16]) for i in range(0, len(data), 16)]
        elif self.kind == "time":
            out = [EPOCH + timedelta(microseconds=value) for value in self.values.tolist()]
        else:
            out = self.values.tolist()
        if self.missing is not None:
            for row in np.flatnonzero(self.missing).tolist():
                out[row] = None
        return out


def _arrow_rows(rows: Array) -> Any:
    return import_module("pyarrow").array(rows)


def column_of(kind: Kind, values: Sequence[Any]) -> Column:
    """Make a column of Python values, as `Column.to_list` gives them."""
    values = list(values)
    if kind not in NUMERIC and kind != "uuid":
        return Column(kind, values)
    missing = None
    if None in values:
        missing = np.fromiter((value is None for value in values), bool, len(values))
    if kind == "uuid":
        data = b"".join([b"\0" * 16 if v is None else v.bytes for v in values])
        return Column(kind, np.frombuffer(data, np.uint8).reshape(-1, 16), missing)
    if missing is not None:
        stand_in: Any = EPOCH if kind == "time" else 0
        values = [stand_in if value is None else value for value in values]
    if kind == "time":
        return Column(kind, microseconds(values), missing)
    return Column(kind, np.array(values, NUMERIC[kind]), missing)


def microseconds(times: Sequence[datetime]) -> Array:
    """Give aware times as microseconds since 1970."""
    seconds = np.fromiter(map(datetime.timestamp, times), float, len(times))
    if len(seconds) and np.abs(seconds).max() >= _EXACT_SECONDS:
        one = timedelta(microseconds=1)
        return np.array([(at - EPOCH) // one for at in times], np.int64)
    return np.rint(seconds * 1e6).astype(np.int64)


@dataclass(slots=True)
class Batch:
    """Items as columns.

    Attributes:
        shape: what they may say.
        size: how many items came, the refused ones among them.
        places: the place of each row among the items that came.
        columns: by name; one that no row says anything in is not there.
        constants: what every row says alike, by name: it need not be copied.
        refused: place -> why.
    """

    shape: Shape
    size: int
    places: Array
    columns: dict[str, Column]
    constants: dict[str, Any] = field(default_factory=dict)
    refused: dict[int, Refusal] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.places)

    def refuse(self, rows: Iterable[int], name: str | None, reason: str) -> None:
        """Note that these rows are wrong; the first reason of a row is kept."""
        for row in rows:
            index = int(self.places[row])
            self.refused.setdefault(index, Refusal(index, name, reason))

    def refuse_where(self, wrong: Array, name: str | None, reason: str) -> None:
        """Note that the rows where `wrong` is true are wrong."""
        if wrong.any():
            self.refuse(np.flatnonzero(wrong).tolist(), name, reason)

    def drop_refused(self) -> None:
        """Take the refused rows out of the columns."""
        if not self.refused:
            return
        gone = np.isin(self.places, list(self.refused))
        if gone.any():
            self.keep(np.flatnonzero(~gone))

    def keep(self, rows: Array) -> None:
        """Leave only these rows in the columns, in this order."""
        self.places = self.places[rows]
        self.columns = {name: column.take(rows) for name, column in self.columns.items()}

    def get(self, name: str) -> list[Any]:
        """Give a field's Python values, None where an item says nothing."""
        if name in self.columns:
            return self.columns[name].to_list()
        return [self.constants.get(name)] * len(self)

    def put(self, name: str, kind: Kind, values: Sequence[Any]) -> None:
        """Set a column, of the shape or for the module's own statement, from Python values."""
        self.columns[name] = column_of(kind, values)
        self.constants.pop(name, None)

    def fill(self, name: str, value: str | None) -> None:
        """Say this text where a row says nothing."""
        column = self.columns.get(name)
        if column is None:
            self.constants[name] = value
        elif value is not None and (absent := column.absent()).any():
            if isinstance(column.values, list):
                column.values = [value if v is None else v for v in column.values]
            elif absent.all():
                del self.columns[name]
                self.constants[name] = value
            else:
                column.values = column.values.fill_null(value.encode())


@dataclass(slots=True)
class Ingested:
    """What became of many items.

    Attributes:
        size: how many came.
        accepted: how many were written.
        duplicates: how many were there already, or came twice and were written once.
        refused: those that were not written, in order.
        duplicate_at: places of the duplicates, in order.
        keys: the id of each item, shape (size, 16), zero where there is none; None when items have
            no id of their own.
    """

    size: int
    accepted: int
    duplicates: int
    refused: list[Refusal]
    duplicate_at: list[int]
    keys: Array | None = None

    @property
    def ids(self) -> list[UUID | None]:
        """Give the id of each item, in order; None of one that was refused."""
        if self.keys is None:
            return [None] * self.size
        data = self.keys.tobytes()
        found = [data[i : i + 16] for i in range(0, len(data), 16)]
        return [UUID(bytes=each) if any(each) else None for each in found]


def summed(parts: Iterable[Ingested]) -> Ingested:
    """Give what became of the items of all parts, one after the other."""
    parts = list(parts)
    if len(parts) == 1:
        return parts[0]
    out = Ingested(0, 0, 0, [], [])
    keys = []
    for part in parts:
        out.refused += [replace(each, index=each.index + out.size) for each in part.refused]
        out.duplicate_at += [index + out.size for index in part.duplicate_at]
        out.accepted += part.accepted
        out.duplicates += part.duplicates
        out.size += part.size
        keys.append(part.keys)
    if keys and all(each is not None for each in keys):
        out.keys = np.concatenate(keys)  # type: ignore[arg-type]  # none of them is None
    return out
