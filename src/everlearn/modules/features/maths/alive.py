"""Facts that are alive for a while, counted: the core of what is pending.

A fact enters at one moment and leaves at another. What is alive at t is everything that entered by
t less everything that left by t: two look-ups in running sums per query, whatever the width.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Alive:
    """Facts alive on [enter, leave), seen from queries at moments of their own.

    Attributes:
        count: shape (m,), facts of the query's key that are alive at the query's moment.

    Source:
        ours: the difference of two running counts, as in Little's arrivals less departures.

    Example:
        >>> column = np.array
        >>> alive = Alive(column([0, 5]), column([10, 8]), column([1, 1]),
        ...     column([1, 1, 1]), column([4, 5, 8]))
        >>> alive.count.tolist(), alive.total(column([2.0, 3.0])).tolist()
        ([1, 2, 1], [2.0, 5.0, 2.0])
    """

    def __init__(
        self, enter: Ints, leave: Ints, key: Ints, query_key: Ints, query_at: Ints
    ) -> None:
        """Sort the facts and look the queries up.

        Args:
            enter: shape (n,), moment from which each fact counts.
            leave: shape (n,), moment from which it does not; not above `enter` means never alive.
            key: shape (n,), integer codes.
            query_key: shape (m,), integer codes.
            query_at: shape (m,), moments, any order.
        """
        ever = np.flatnonzero(leave > enter)
        self._by_enter = ever[np.lexsort((enter[ever], key[ever]))]
        self._by_leave = ever[np.lexsort((leave[ever], key[ever]))]
        self._enter, self._leave, self._query_at = enter, leave, query_at
        self._key = key[self._by_enter]
        # Both orders hold the same facts of a key at the same places, so one slice serves both.
        self._low, high = key_slices(self._key, query_key)
        self._entered = first_after(enter[self._by_enter], self._low, high, query_at)
        self._left = first_after(leave[self._by_leave], self._low, high, query_at)
        self.count: Ints = self._entered - self._left

    def total(self, amount: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Sum the amounts of the facts alive at each query; exactly 0 where there is none."""
        entered, left = _running(amount[self._by_enter]), _running(amount[self._by_leave])
        came = entered[self._entered] - entered[self._low]
        went = left[self._left] - left[self._low]
        return np.asarray(np.where(self.count > 0, came - went, amount.dtype.type(0)))


def key_slices(ordered_keys: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """Find where the facts of each wanted key begin and end; an empty slice when it has none.

    Source:
        ours.

    Example:
        >>> low, high = key_slices(np.array([1, 1, 3]), np.array([1, 2]))
        >>> low.tolist(), high.tolist()
        ([0, 2], [2, 2])
    """
    low, high = (np.searchsorted(ordered_keys, wanted, side) for side in ("left", "right"))
    return low, high


def first_after(times: Ints, low: Ints, high: Ints, moment: Ints) -> Ints:
    """Search many slices at once: the first position in [low, high) later than each moment.

    Source:
        ours: binary search, one step of all queries at a time.

    Example:
        >>> column = np.array
        >>> first_after(column([1, 5, 2]), column([0, 2]), column([2, 3]), column([4, 4])).tolist()
        [1, 3]
    """
    low, high = low.copy(), high.copy()
    while (open_ := np.flatnonzero(low < high)).size:
        middle = (low[open_] + high[open_]) // 2
        up = times[middle] <= moment[open_]
        low[open_[up]] = middle[up] + 1
        high[open_[~up]] = middle[~up]
    return low


def _running(amount: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(1, amount.dtype), np.cumsum(amount)])
