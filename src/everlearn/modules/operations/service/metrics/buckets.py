"""Minutes, hours and days as numpy arrays: read, and added up to longer steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from psycopg import sql

from everlearn.core import sketches
from everlearn.core.tx import Tx
from everlearn.modules.operations.service.metrics.chunks import time_us

_Floats = np.ndarray[Any, np.dtype[np.float64]]
_Ints = np.ndarray[Any, np.dtype[np.int64]]
_EPOCH_US = 946_684_800_000_000
_NAMES = ("at", "count", "total", "low", "high", "last")

_READ = """
SELECT timestamp, sample_count, value_sum, value_min, value_max, value_last, sketch
FROM {table}
WHERE tenant_id = app.tenant_id() AND series_id = {series}
  AND timestamp >= {since} AND timestamp < {until}
ORDER BY timestamp
"""


@dataclass(frozen=True, slots=True)
class Buckets:
    """Rows of a rollup in rising order of time.

    Attributes:
        at: microseconds since 1970.
        cells: the sketches' cells, one row's behind the other's.
        sizes: how many cells each row has.
    """

    at: _Ints
    count: _Ints
    total: _Floats
    low: _Floats
    high: _Floats
    last: _Floats
    cells: _Ints
    sizes: _Ints


def read_buckets(tx: Tx, table: str, series_id: UUID, since: datetime, until: datetime) -> Buckets:
    """Read a series' rows of a rollup, without making a Python object of each number."""
    query = sql.SQL(_READ).format(
        table=sql.Identifier(*table.split(".")),
        series=sql.Literal(series_id),
        since=sql.Literal(since),
        until=sql.Literal(until),
    )

    def ask() -> list[list[bytes]]:
        with tx.driver.cursor(binary=True) as cursor:
            cursor.execute(query)
            result = cursor.pgresult
            assert result is not None  # noqa: S101 - a SELECT has one
            return [
                [result.get_value(row, column) or b"" for row in range(result.ntuples)]
                for column in range(result.nfields)
            ]

    columns = tx.retried(ask)
    codes = (">i8", ">i8", ">f8", ">f8", ">f8", ">f8")
    numbers: dict[str, Any] = {
        name: np.frombuffer(b"".join(values), code).astype(code[1:])
        for name, values, code in zip(_NAMES, columns, codes, strict=False)
    }
    numbers["at"] += _EPOCH_US
    # An array of numbers: 20 bytes of head, then each behind its size; 12 bytes when it is empty.
    bodies = [value[20:] for value in columns[6]]
    cell = np.dtype([("size", ">i4"), ("value", ">i8")])
    cells = np.frombuffer(b"".join(bodies), cell)["value"].astype(np.int64)
    sizes = np.array([len(body) // cell.itemsize for body in bodies], np.int64)
    return Buckets(**numbers, cells=cells, sizes=sizes)


def add_up(
    found: Buckets, step_s: int, origin: datetime, shares: tuple[float, ...]
) -> tuple[Buckets, list[_Floats]]:
    """Add rows up to steps; give them, and each quantile of every step.

    Args:
        found: rows of a level that the step is a multiple of.
        step_s: seconds.
        origin: from which steps are counted.
        shares: quantiles, 0 to 1.
    """
    step = step_s * 1_000_000
    start = time_us(origin)
    at = (found.at - start) // step * step + start
    if not len(at):
        return found, [np.empty(0) for _ in shares]
    begins = np.flatnonzero(np.append(True, at[1:] != at[:-1]))
    group = np.repeat(np.cumsum(np.append(0, at[1:] != at[:-1])), found.sizes)
    cells, sizes = _merged(found.cells, group, len(begins))
    made = Buckets(
        at=at[begins],
        count=np.add.reduceat(found.count, begins),
        total=np.add.reduceat(found.total, begins),
        low=np.minimum.reduceat(found.low, begins),
        high=np.maximum.reduceat(found.high, begins),
        last=found.last[np.append(begins[1:], len(at)) - 1],
        cells=cells,
        sizes=sizes,
    )
    found_at = _quantiles(made.cells, made.sizes, shares)
    return made, [np.clip(each, made.low, made.high) for each in found_at]


def quantiles_of(cells: _Ints, sizes: _Ints, shares: Sequence[float]) -> list[_Floats]:
    """Give each quantile of every sketch.

    Args:
        cells: the sketches' cells, one sketch's behind the other's.
        sizes: how many cells each has.
        shares: quantiles, 0 to 1.
    """
    rows = np.repeat(np.arange(len(sizes)), sizes)
    keys = cells >> sketches.SHIFT
    # As they are stored: then sorting, which takes longer than the rest, has nothing to do.
    if ((keys[1:] > keys[:-1]) | (rows[1:] != rows[:-1])).all():
        return _quantiles(cells, sizes, shares)
    return _quantiles(*_merged(cells, rows, len(sizes)), shares)


def _merged(cells: _Ints, group: _Ints, groups: int) -> tuple[_Ints, _Ints]:
    """Give the cells of each group sorted, those of the same key added up."""
    shift, mask = sketches.SHIFT, sketches.COUNT_MASK
    keys = cells >> shift
    order = np.lexsort((keys, group))
    keys, group, counts = keys[order], group[order], (cells & mask)[order]
    begins = np.flatnonzero(
        np.append(True, (keys[1:] != keys[:-1]) | (group[1:] != group[:-1]))[: len(keys)]
    )
    total = np.add.reduceat(counts, begins) if len(begins) else counts
    return (keys[begins] << shift) + total, np.bincount(group[begins], minlength=groups)


def _quantiles(cells: _Ints, sizes: _Ints, shares: Sequence[float]) -> list[_Floats]:
    """Give quantiles of all rows at once, as sketches.quantile() gives those of one."""
    upto = np.cumsum(cells & sketches.COUNT_MASK)
    ends = np.cumsum(sizes)
    total = upto[ends - 1]
    before = np.append(0, total[:-1])
    values = sketches.values_of(cells >> sketches.SHIFT)
    out = []
    for share in shares:
        rank = share * (total - before - 1)
        low = values[np.searchsorted(upto, before + np.floor(rank), side="right")]
        high = values[np.searchsorted(upto, before + np.ceil(rank), side="right")]
        rest = rank - np.floor(rank)
        out.append(np.where(low == high, low, low * (1 - rest) + high * rest))
    return out
