"""Aggregates over time windows, as they could have been known at each query's moment.

A fact has two times: when it happened (`event_at`) and when we knew (`known_at`). At moment t a
window of width w holds the facts with known_at <= t and event_at > t - w. So a fact is alive from
known_at (included) to event_at + w (excluded), and never when it became known too late for that.
A window is then a question about the facts alive at t (`members.py`, `alive.py`).

A fact dated in the future counts from the moment it is known. To wait until it happens, pass
max(known_at, event_at) as `known_at`.

All times are int64 microseconds since an epoch of the caller's choice; `key` is any integer code
(an airport, a customer): only facts of a query's own key count for it.
"""

from __future__ import annotations

from typing import NamedTuple, get_args

import numpy as np
from numpy import typing as npt

from everlearn.modules.features.errors import (
    BadWindow,
    LengthMismatch,
    NotFinite,
    UnknownAggregate,
)
from everlearn.modules.features.maths.alive import Alive, first_after, key_slices
from everlearn.modules.features.maths.members import Aggregate, Members

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_MICROS_PER_MINUTE = 60_000_000


class Pending(NamedTuple):
    """What is open at each query: how many, and since how long on average (NaN when none)."""

    open_count: Ints
    mean_age_min: Floats


def window_aggregate(
    *,
    event_at: npt.ArrayLike,
    known_at: npt.ArrayLike,
    key: npt.ArrayLike,
    value: npt.ArrayLike,
    query_key: npt.ArrayLike,
    query_at: npt.ArrayLike,
    width: int,
    agg: Aggregate,
) -> Floats:
    """Aggregate the values that were in the window, and known, at each query.

    Sums are taken over each window's own facts, in the order in which the facts are given: no fact
    outside a window changes a bit of its answer.

    Args:
        event_at: shape (n,), microseconds; when each fact happened.
        known_at: shape (n,), microseconds; when we knew it.
        key: shape (n,), integer codes.
        value: shape (n,), any unit; NaN facts are left out, also by `count`.
        query_key: shape (m,), integer codes; a key without facts is an empty window.
        query_at: shape (m,), microseconds; any order.
        width: of the window, microseconds; above 0.
        agg: `std` is the population standard deviation (0 for a single fact).

    Returns:
        Shape (m,), in the unit of `value`. An empty window gives 0 for `sum` and `count`, else NaN.

    Raises:
        BadWindow: `width` is not above 0.
        UnknownAggregate: `agg` is not one of the six.
        LengthMismatch: columns differ in length.
        NotFinite: a value is infinite.

    Source:
        ours; the bitemporal reading of a window follows Snodgrass, 1999, "Developing Time-Oriented
        Database Applications in SQL", chapter 10.

    Example:
        >>> window_aggregate(event_at=[10, 20], known_at=[15, 40], key=[1, 1], value=[3.0, 5.0],
        ...     query_key=[1, 1, 1], query_at=[14, 39, 40], width=30, agg="sum").tolist()
        [0.0, 3.0, 5.0]
    """
    if agg not in get_args(Aggregate):
        raise UnknownAggregate(field="agg", got=agg)
    happened, known, keys = _columns(event_at, known_at, key)
    values = np.asarray(value, dtype=np.float64).ravel()
    if values.size != happened.size:
        raise LengthMismatch(field="value", expected=happened.size, got=values.size)
    if np.isinf(values).any():
        raise NotFinite(field="value")
    leave = happened + _checked_width(width)
    return Members(known, leave, keys, *_columns(query_key, query_at)).aggregate(values, agg)


def latest_as_of(
    *,
    event_at: npt.ArrayLike,
    known_at: npt.ArrayLike,
    key: npt.ArrayLike,
    query_key: npt.ArrayLike,
    query_at: npt.ArrayLike,
    max_age: int | None = None,
) -> npt.NDArray[np.intp]:
    """Find the fact that happened last among those known at each query.

    Args:
        event_at: shape (n,), microseconds; when each fact happened.
        known_at: shape (n,), microseconds; when we knew it.
        key: shape (n,), integer codes.
        query_key: shape (m,), integer codes.
        query_at: shape (m,), microseconds; any order.
        max_age: facts that happened this many microseconds ago or earlier do not count; above 0.

    Returns:
        Shape (m,), positions in the facts, -1 where there is none. Of facts with the same
        `event_at` the one known last wins (a correction), then the one later in the columns.

    Raises:
        BadWindow: `max_age` is not above 0.
        LengthMismatch: columns differ in length.

    Source:
        ours; the as-of join of bitemporal tables, as in Snodgrass, 1999, chapter 10.

    Example:
        >>> latest_as_of(event_at=[10, 20, 20], known_at=[11, 21, 30], key=[1, 1, 1],
        ...     query_key=[1, 1, 1, 2], query_at=[10, 29, 30, 30]).tolist()
        [-1, 1, 2, -1]
    """
    happened, known, keys = _columns(event_at, known_at, key)
    wanted, now = _columns(query_key, query_at)
    found = np.full(now.size, -1, dtype=np.intp)
    if happened.size == 0:
        return found
    # Ranks grow with the key first, so one running maximum over all facts never takes a fact of
    # an earlier key for one of a later key.
    by_event = np.lexsort((known, happened, keys))
    rank = np.empty(happened.size, dtype=np.intp)
    rank[by_event] = np.arange(happened.size)
    by_known = np.lexsort((known, keys))
    best = np.maximum.accumulate(rank[by_known])
    low, high = key_slices(keys[by_known], wanted)
    end = first_after(known[by_known], low, high, now)
    some = end > low
    found[some] = by_event[best[end[some] - 1]]
    if max_age is not None:
        found[some & (happened[found] <= now - _checked_width(max_age))] = -1
    return found


def pending_aggregate(
    *,
    opened_at: npt.ArrayLike,
    closed_at: npt.ArrayLike,
    known_at: npt.ArrayLike,
    key: npt.ArrayLike,
    query_key: npt.ArrayLike,
    query_at: npt.ArrayLike,
    width: int,
) -> Pending:
    """Count what was opened within the window and not known to be closed, at each query.

    For example the flights that should have left in the last two hours and have not, as far as
    was known: a delay that shows before any delay is recorded.

    Args:
        opened_at: shape (n,), microseconds; when each item opened (scheduled departure).
        closed_at: shape (n,), microseconds; when we knew that it closed; the greatest int64 when
            never.
        known_at: shape (n,), microseconds; when we knew that it opened. For a schedule known long
            ahead pass max(known_at, opened_at), or items count before they open, with an age
            below 0.
        key: shape (n,), integer codes.
        query_key: shape (m,), integer codes.
        query_at: shape (m,), microseconds; any order.
        width: of the window, microseconds; above 0. Items opened earlier are given up.

    Returns:
        Open items, and their mean age in minutes (exact sums; NaN when there are none).

    Raises:
        BadWindow: `width` is not above 0.
        LengthMismatch: columns differ in length.

    Source:
        ours: a fact that leaves at min(opened_at + width, closed_at).

    Example:
        >>> hour = 3_600_000_000
        >>> pending_aggregate(opened_at=[0, 0], closed_at=[hour, 2**63 - 1], known_at=[0, 0],
        ...     key=[7, 7], query_key=[7, 7], query_at=[hour // 2, hour], width=3 * hour)
        Pending(open_count=array([2, 1]), mean_age_min=array([30., 60.]))
    """
    opened, closed, known, keys = _columns(opened_at, closed_at, known_at, key)
    wanted, now = _columns(query_key, query_at)
    leave = np.minimum(opened + _checked_width(width), closed)
    alive = Alive(known, leave, keys, wanted, now)
    # Running sums of microseconds pass 2**63 and wrap around; differences wrap back, and the sum of
    # ages of open items is small, so the result is exact.
    ages = alive.count * now - alive.total(opened)
    some = np.where(alive.count > 0, alive.count, np.nan)
    return Pending(alive.count, ages / some / _MICROS_PER_MINUTE)


def _columns(*columns: npt.ArrayLike) -> list[Ints]:
    arrays = [np.asarray(column, dtype=np.int64).ravel() for column in columns]
    for array in arrays[1:]:
        if array.size != arrays[0].size:
            raise LengthMismatch(expected=arrays[0].size, got=array.size)
    return arrays


def _checked_width(width: int) -> int:
    if width <= 0:
        raise BadWindow(got=width)
    return width
