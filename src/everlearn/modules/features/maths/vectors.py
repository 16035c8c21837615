"""From facts and declarations to vectors: arrays in, one matrix out.

What counts for an entity at its moment t (`as_of`):

    backward window   known_at <= t and t - over < event_at <= t
    window ahead      known_at <= t and t < event_at <= t + ahead
    latest            known_at <= t and event_at <= t, no older than max_age
    pending           as a backward window, less what was known by t to be closed

and of the versions of one fact (same entity, same event_at) the one known last by t.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy import typing as npt

from everlearn.modules.features.maths.keys import combined
from everlearn.modules.features.maths.members import Members
from everlearn.modules.features.maths.windows import latest_as_of, pending_aggregate
from everlearn.modules.features.types import (
    Categorical,
    Expression,
    Feature,
    Latest,
    Numeric,
    Pending,
    Window,
    key_pairs,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
NEVER = np.iinfo(np.int64).max
#: A time that is not given.
NO_TIME = np.iinfo(np.int64).min
_MINUTE = 60_000_000
#: What is done this much before it is due (both by `event_at`) is another matter.
CLOSED_EARLY = timedelta(days=1)


def micros(span: timedelta) -> int:
    """Give a duration in whole microseconds.

    Source:
        ours.

    Example:
        >>> micros(timedelta(seconds=1))
        1000000
    """
    return span // timedelta(microseconds=1)


class Facts:
    """Facts of one source, ordered by (event_at, entity_key, known_at), times in microseconds.

    Attributes:
        replaced_at: shape (n,), when a later version of the fact became known; NEVER if none.

    Source:
        ours: in this order the versions of a fact are neighbours.

    Example:
        >>> facts = Facts(event_at=np.array([5, 5]), entity_key=np.array([1, 1]),
        ...     known_at=np.array([6, 9]), dims={}, values={"delay": np.array([1.0, 2.0])})
        >>> (facts.replaced_at == [9, NEVER]).tolist()
        [True, True]
    """

    def __init__(
        self,
        *,
        event_at: Ints,
        entity_key: Ints,
        known_at: Ints,
        dims: Mapping[str, Ints],
        values: Mapping[str, Floats],
    ) -> None:
        """Keep the columns, each of shape (n,)."""
        self.event_at, self.known_at, self.entity_key = event_at, known_at, entity_key
        self.dims, self.values = dims, values
        self.replaced_at = np.full(event_at.size, NEVER)
        again = (event_at[1:] == event_at[:-1]) & (entity_key[1:] == entity_key[:-1])
        self.replaced_at[:-1][again] = known_at[1:][again]

    def between(self, after: int, until: int) -> slice:
        """Give the facts with after < event_at <= until."""
        low, high = np.searchsorted(self.event_at, (after, until), "right")
        return slice(int(low), int(high))

    def key(self, dims: Sequence[str], part: slice) -> Ints:
        """Give the combined key of some facts."""
        return combined([self.dims[dim][part] for dim in dims], part.stop - part.start)


@dataclass(frozen=True, slots=True)
class Asked:
    """What vectors are asked for: moments, and the fields of the entities as numbers.

    Attributes:
        as_of: shape (m,), microseconds.
        keys: field -> `text_key` of each entity's text, shape (m,).
        unknown: field -> where the text is not known, shape (m,).
        static: Numeric or Categorical -> number or code, NaN when not known, shape (m,).
        times: field -> microseconds, NO_TIME when not known, shape (m,).
    """

    as_of: Ints
    keys: dict[str, Ints]
    unknown: dict[str, npt.NDArray[np.bool_]]
    static: dict[str, Floats]
    times: dict[str, Ints]

    def key(self, fields: Sequence[str]) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Give the combined key of every entity, and where a part of it is not known."""
        unknown = np.zeros(self.as_of.size, dtype=bool)
        for field in fields:
            unknown |= self.unknown[field]
        return combined([self.keys[f] for f in fields], self.as_of.size), unknown


def evaluate(
    features: Sequence[Feature], facts: Mapping[str, Facts], asked: Asked
) -> npt.NDArray[np.float32]:
    """Compute the vectors.

    Args:
        features: checked declarations, an expression after its operands.
        facts: by source; at least all that can count for an `as_of`. More changes nothing.
        asked: entities.

    Returns:
        Shape (m, features), float32; NaN is not known. A row depends on its own entity alone.

    Source:
        ours; see the module.

    Example:
        >>> asked = Asked(np.array([0]), {}, {}, {"a": np.array([6.0]), "b": np.array([4.0])}, {})
        >>> declared = [Numeric("a"), Numeric("b"), Expression("c", "ratio", "a", "b")]
        >>> evaluate(declared, {}, asked).tolist()
        [[6.0, 4.0, 1.5]]
    """
    work = _Work(facts, asked)
    done: dict[str, Floats] = {}
    for feature in features:
        if isinstance(feature, Numeric | Categorical):
            done[feature.name] = asked.static[feature.name]
        elif isinstance(feature, Expression):
            done[feature.name] = _arithmetic(feature, done)
        elif asked.as_of.size == 0:
            done[feature.name] = np.empty(0)
        elif isinstance(feature, Window):
            done[feature.name] = work.window(feature)
        elif isinstance(feature, Latest):
            done[feature.name] = work.latest(feature)
        else:
            done[feature.name] = work.pending(feature)
    with np.errstate(over="ignore"):
        matrix = np.column_stack(list(done.values())).astype(np.float32)
    matrix[np.isinf(matrix)] = np.nan  # beyond float32; a tree could not use it
    return np.ascontiguousarray(matrix)


def _arithmetic(feature: Expression, done: Mapping[str, Floats]) -> Floats:
    left, right = done[feature.left], done[feature.right]
    if feature.op == "ratio":
        out = np.full(left.size, np.nan)
        return np.asarray(np.divide(left, right, out=out, where=right != 0))
    operations: dict[str, Any] = {
        "sub": np.subtract,
        "add": np.add,
        "mul": np.multiply,
        "max": np.maximum,
        "min": np.minimum,
    }
    return np.asarray(operations[feature.op](left, right))


class _Work:
    """Computes features one after another; those over the same facts share the search."""

    def __init__(self, facts: Mapping[str, Facts], asked: Asked) -> None:
        self._facts, self._asked = facts, asked
        self._shared: dict[Any, Any] = {}
        if asked.as_of.size:
            self._first, self._last = int(asked.as_of.min()), int(asked.as_of.max())

    def _query(self, by: Sequence[str]) -> tuple[Ints, npt.NDArray[np.bool_]]:
        fields = tuple(field for _, field in key_pairs(by))
        if fields not in self._shared:
            self._shared[fields] = self._asked.key(fields)
        found: tuple[Ints, npt.NDArray[np.bool_]] = self._shared[fields]
        return found

    def window(self, feature: Window) -> Floats:
        facts = self._facts[feature.source]
        query, unknown = self._query(feature.by)
        members, part = self._members(feature.source, feature.by, feature.over, feature.ahead)
        value = facts.values[feature.value][part] if feature.value else None
        out = members.aggregate(value, feature.agg)
        return np.where(unknown, np.nan, out) if query.size else out

    def _members(
        self, source: str, by: Sequence[str], over: timedelta | None, ahead: timedelta | None
    ) -> tuple[Members, slice]:
        shared = (source, tuple(by), over, ahead)
        if shared not in self._shared:
            facts, dims = self._facts[source], [dim for dim, _ in key_pairs(by)]
            query, _ = self._query(by)
            if over is not None:
                part = facts.between(self._first - micros(over), self._last)
                event_at = facts.event_at[part]
                due, leave = event_at, event_at + micros(over)
            else:
                width = micros(ahead or timedelta())
                part = facts.between(self._first, self._last + width)
                event_at = facts.event_at[part]
                due, leave = event_at - width, event_at
            members = Members(
                np.maximum(facts.known_at[part], due),
                np.minimum(leave, facts.replaced_at[part]),
                facts.key(dims, part),
                query,
                self._asked.as_of,
            )
            self._shared[shared] = members, part
        found: tuple[Members, slice] = self._shared[shared]
        return found

    def latest(self, feature: Latest) -> Floats:
        facts, dims = self._facts[feature.source], [dim for dim, _ in key_pairs(feature.by)]
        query, unknown = self._query(feature.by)
        shared = (feature.source, feature.by, feature.max_age, feature.value)
        if shared not in self._shared:
            self._shared[shared] = self._find(facts, dims, query, feature)
        found: npt.NDArray[np.intp] = np.where(unknown, -1, self._shared[shared])
        some = found >= 0
        out = np.full(found.size, np.nan)
        if not feature.age:
            out[some] = facts.values[str(feature.value)][found[some]]
            return out
        end = self._asked.times[feature.until] if feature.until else self._asked.as_of
        some &= end != NO_TIME
        out[some] = (end[some] - facts.event_at[found[some]]) / _MINUTE
        return out

    def _find(
        self, facts: Facts, dims: Sequence[str], query: Ints, feature: Latest
    ) -> npt.NDArray[np.intp]:
        max_age = micros(feature.max_age) if feature.max_age else None
        after = self._first - max_age if max_age else NO_TIME
        part = facts.between(after, self._last)
        key = facts.key(dims, part)
        wanted = np.isin(key, query)
        if feature.value:
            wanted &= ~np.isnan(facts.values[feature.value][part])
        place = np.flatnonzero(wanted)
        if place.size == 0:
            return np.full(query.size, -1)
        event_at, replaced_at = facts.event_at[part][place], facts.replaced_at[part][place]
        enter, key = np.maximum(facts.known_at[part][place], event_at), key[place]
        as_of = self._asked.as_of
        found = latest_as_of(
            event_at=event_at,
            known_at=enter,
            key=key,
            query_key=query,
            query_at=as_of,
            max_age=max_age,
        )
        # A fact that was replaced by one with another key (or without the value) is still the last
        # of its old key: look for the one before. Rare, so one by one.
        for i in np.flatnonzero((found >= 0) & (replaced_at[found] <= as_of)):
            alive = (key == query[i]) & (enter <= as_of[i]) & (replaced_at > as_of[i])
            if max_age:
                alive &= event_at > as_of[i] - max_age
            found[i] = np.flatnonzero(alive)[-1] if alive.any() else -1
        found[found >= 0] = place[found[found >= 0]] + part.start
        return found

    def pending(self, feature: Pending) -> Floats:
        _, unknown = self._query(feature.by)
        shared = (feature.opened, feature.closed, feature.by, feature.over)
        if shared not in self._shared:
            self._shared[shared] = self._open(feature)
        count, minutes = self._shared[shared]
        out: Floats = minutes if feature.agg == "mean_minutes" else count
        if feature.agg == "share":
            members, _ = self._members(feature.opened, feature.by, feature.over, None)
            due = members.aggregate(None, "count")
            out = np.divide(count, due, out=np.full(due.size, np.nan), where=due > 0)
        return np.where(unknown, np.nan, out)

    def _open(self, feature: Pending) -> tuple[Floats, Floats]:
        opened, closed = self._facts[feature.opened], self._facts[feature.closed]
        query, _ = self._query(feature.by)
        part = opened.between(self._first - micros(feature.over), self._last)
        event_at = opened.event_at[part]
        closed_at = _first_closing(event_at, opened.entity_key[part], closed)
        found = pending_aggregate(
            opened_at=event_at,
            closed_at=np.minimum(closed_at, opened.replaced_at[part]),
            known_at=np.maximum(opened.known_at[part], event_at),
            key=opened.key([dim for dim, _ in key_pairs(feature.by)], part),
            query_key=query,
            query_at=self._asked.as_of,
            width=micros(feature.over),
        )
        return found.open_count.astype(np.float64), found.mean_age_min


def _first_closing(opened_at: Ints, entity_key: Ints, closed: Facts) -> Ints:
    """Give when each opened item was first known to be closed, NEVER when it was not."""
    place = np.flatnonzero(np.isin(closed.entity_key, entity_key))
    place = place[np.argsort(closed.entity_key[place], kind="stable")]
    key, event_at = closed.entity_key[place], closed.event_at[place]
    known_at = np.maximum(closed.known_at[place], event_at)
    low, high = (np.searchsorted(key, entity_key, side) for side in ("left", "right"))
    out = np.full(opened_at.size, NEVER)
    for step in range(int((high - low).max(initial=0))):  # one closing an item, as a rule
        item = np.flatnonzero(low + step < high)
        fact = low[item] + step
        same = event_at[fact] > opened_at[item] - micros(CLOSED_EARLY)
        item, fact = item[same], fact[same]
        out[item] = np.minimum(out[item], known_at[fact])
    return out
