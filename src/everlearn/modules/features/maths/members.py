"""Which facts are alive at which query, as pairs: every aggregate is taken over exactly these.

The answer of a query depends on its own members alone, taken in the order in which the facts are
given, so it is the same to the last bit whatever other facts and queries are around. Differences of
running sums (`alive.py`) are quicker for wide windows, but carry the rounding of all facts before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy import typing as npt

from everlearn.modules.features.maths.alive import Floats, Ints, first_after, key_slices

Aggregate = Literal["mean", "sum", "count", "min", "max", "std"]
Places = npt.NDArray[np.intp]
#: Pairs held at a time; more queries are taken in turns.
MAX_PAIRS = 1_000_000


class Members:
    """The facts alive on [enter, leave) at each query.

    Source:
        ours: facts in the order in which they leave; those alive at t lie between the first that
        leaves after t and the last, in this order, that entered by t.

    Example:
        >>> column = np.array
        >>> members = Members(column([0, 5]), column([10, 8]), column([1, 1]),
        ...     column([1, 1, 1]), column([4, 5, 8]))
        >>> members.aggregate(column([2.0, 3.0]), "sum").tolist()
        [2.0, 5.0, 2.0]
        >>> members.aggregate(column([2.0, 3.0]), "max").tolist()
        [2.0, 3.0, 2.0]
    """

    def __init__(
        self, enter: Ints, leave: Ints, key: Ints, query_key: Ints, query_at: Ints
    ) -> None:
        """Sort the facts and look the queries up.

        Args:
            enter: shape (n,), moment from which each fact counts. Sums are taken in the order of
                the facts: give them in one that no other fact can change, such as by time and id.
            leave: shape (n,), moment from which it does not; not above `enter` means never.
            key: shape (n,), integer codes.
            query_key: shape (m,), integer codes.
            query_at: shape (m,), moments, any order.
        """
        self.size = query_at.size
        asked, code = np.unique(query_key, return_inverse=True)
        place = np.searchsorted(asked, key)
        inside = np.minimum(place, max(asked.size - 1, 0))
        wanted = (asked[inside] == key) if asked.size else np.zeros(key.size, dtype=bool)
        fact = np.flatnonzero(wanted & (leave > enter))
        fact = fact[np.lexsort((leave[fact], inside[fact]))]
        self._fact, self._enter = fact, enter[fact]
        keys = inside[fact]
        low, high = key_slices(keys, code)
        self._start = first_after(leave[fact], low, high, query_at)
        # Places grow with the key first, so the running maximum never crosses to an earlier key.
        by_enter = np.lexsort((self._enter, keys))
        reach = np.maximum.accumulate(by_enter) if by_enter.size else by_enter
        entered = first_after(self._enter[by_enter], low, high, query_at)
        some = entered > low
        self._length = np.zeros(self.size, dtype=np.int64)
        self._length[some] = np.maximum(reach[entered[some] - 1] + 1 - self._start[some], 0)
        self._query_at = query_at
        self._kept: list[tuple[Places, Places]] | None = None

    def aggregate(self, value: Floats | None, agg: Aggregate) -> Floats:
        """Aggregate the members' values at each query.

        Args:
            value: shape (n,), the unit of the caller's choice; NaN is left out. None for a `count`
                of all members.
            agg: `std` is the population standard deviation (0 for a single fact).

        Returns:
            Shape (m,); an empty window gives 0 for `sum` and `count`, else NaN.
        """
        out = np.full(self.size, 0.0 if agg in {"sum", "count"} else np.nan)
        for query, fact in self._pairs():
            if value is None:
                out += np.bincount(query, minlength=self.size)
                continue
            values = value[fact]
            there = ~np.isnan(values)
            _reduce(out, query[there], values[there], agg)
        return out

    def _pairs(self) -> Iterator[tuple[Places, Places]]:
        if self._kept is not None:
            yield from self._kept
            return
        ends = np.cumsum(self._length)
        if ends.size == 0 or ends[-1] <= MAX_PAIRS:
            self._kept = [self._between(0, self.size)]
            yield from self._kept
            return
        begin = 0
        while begin < self.size:
            done = ends[begin - 1] if begin else 0
            end = max(int(np.searchsorted(ends, done + MAX_PAIRS, "right")), begin + 1)
            yield self._between(begin, end)
            begin = end

    def _between(self, begin: int, end: int) -> tuple[Places, Places]:
        length = self._length[begin:end]
        query = np.repeat(np.arange(begin, end), length)
        offset = np.arange(query.size) - np.repeat(np.cumsum(length) - length, length)
        place = self._start[query] + offset
        known = self._enter[place] <= self._query_at[query]
        query, fact = query[known], self._fact[place[known]]
        rising = (fact[1:] > fact[:-1]) | (query[1:] > query[:-1])
        if not rising.all():  # some facts leave in another order than they are given in
            order = np.lexsort((fact, query))
            query, fact = query[order], fact[order]
        return query, fact


def _reduce(out: Floats, query: Places, values: Floats, agg: Aggregate) -> None:
    """Put the aggregate of each query that has members at its place in `out`.

    `query` rises, and the members of a query come in their own order.
    """
    if query.size == 0:
        return
    first = np.flatnonzero(np.diff(query, prepend=-1))
    there = query[first]
    if agg == "min":
        out[there] = np.minimum.reduceat(values, first)
        return
    if agg == "max":
        out[there] = np.maximum.reduceat(values, first)
        return
    sizes = np.diff(first, append=query.size)
    if agg == "count":
        out[there] = sizes
        return
    totals = np.add.reduceat(values, first)
    if agg == "sum":
        out[there] = totals
        return
    means = totals / sizes
    if agg == "mean":
        out[there] = means
        return
    squares = np.add.reduceat((values - np.repeat(means, sizes)) ** 2, first)
    out[there] = np.sqrt(squares / sizes)
