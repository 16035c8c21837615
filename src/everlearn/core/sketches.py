"""Quantile sketches in Python: the twin of the functions app.sketch_* in the database.

A sketch is a DDSketch (Masson, Rim and Lee 2019) as an array of int64: each element is a bucket,
its key in the upper 18 bits and how many numbers it holds in the lower 45. A quantile is at most
`RELATIVE_ERROR` away from the exact one, and sketches merge without loss: the sketch of two sets of
numbers is made of the sketches of both, exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from everlearn.core.errors import Invalid

Sketch: TypeAlias = npt.NDArray[np.int64]

#: How far a quantile may be from the exact one, as a share of it.
RELATIVE_ERROR = 0.01

_WIDTH = 2 * math.atanh(RELATIVE_ERROR)  # of a bucket, in natural logarithms
SHIFT = 45
COUNT_MASK = (1 << SHIFT) - 1
_OFFSET, _INFINITY, _NAN = 40_000, 100_000, 100_001
_SMALLEST = 1e-300  # what is nearer to zero is zero


def keys_of(values: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Give the key of the bucket that each number falls into, as app.sketch_key() does."""
    x = np.asarray(values, dtype=np.float64)
    size = np.abs(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.ceil(np.log(size) / _WIDTH)
    finite = np.isfinite(steps)
    keys = np.where(finite, np.where(finite, steps, 0) + _OFFSET, _INFINITY)
    keys = np.copysign(keys, x).astype(np.int64)
    keys[np.asarray(size <= _SMALLEST)] = 0
    keys[np.isnan(x)] = _NAN
    return keys


def values_of(keys: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Give the number that stands for each bucket, as app.sketch_value() does."""
    k = np.asarray(keys, dtype=np.int64)
    size = np.abs(k)
    power = (size - _OFFSET) * _WIDTH + math.log1p(-RELATIVE_ERROR)
    found = np.where(size == _INFINITY, np.inf, np.exp(np.minimum(power, 709.78))) * np.sign(k)
    return np.where(k == _NAN, np.nan, np.where(k == 0, 0.0, found))


def build(values: npt.ArrayLike) -> Sketch:
    """Give the sketch of some numbers; infinities and NaN have buckets of their own."""
    keys, counts = np.unique(keys_of(np.ravel(np.asarray(values))), return_counts=True)
    return _packed(keys, counts)


def merge(sketches: Iterable[Sequence[int] | Sketch | None]) -> Sketch:
    """Give the sketch of what all these sketches hold; None holds nothing."""
    parts = [np.asarray(each, dtype=np.int64) for each in sketches if each is not None]
    buckets = np.concatenate(parts) if parts else np.empty(0, np.int64)
    keys, place = np.unique(buckets >> SHIFT, return_inverse=True)
    counts = np.zeros(len(keys), np.int64)
    np.add.at(counts, place, buckets & COUNT_MASK)
    return _packed(keys, counts)


def count(sketch: Sequence[int] | Sketch | None) -> int:
    """Give how many numbers a sketch holds."""
    return 0 if sketch is None else int((np.asarray(sketch, dtype=np.int64) & COUNT_MASK).sum())


def quantile(sketch: Sequence[int] | Sketch | None, share: float) -> float | None:
    """Give a quantile as percentile_cont() does; None when the sketch holds nothing.

    Args:
        sketch: of this module or read from a column.
        share: which quantile, 0 to 1.

    Raises:
        Invalid: the share is not from 0 to 1.
    """
    if not 0 <= share <= 1:
        msg = f"a quantile's share is from 0 to 1, not {share}"
        raise Invalid(msg, field="share")
    whole = merge([sketch])
    if not len(whole):
        return None
    upto = np.cumsum(whole & COUNT_MASK)
    rank = share * float(upto[-1] - 1)
    places = np.searchsorted(upto, [math.floor(rank), math.ceil(rank)], side="right")
    low, high = (float(each) for each in values_of(whole[places] >> SHIFT))
    rest = rank - math.floor(rank)
    return low if places[0] == places[1] else low * (1 - rest) + high * rest


def _packed(keys: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> Sketch:
    return np.asarray((keys << SHIFT) + counts, dtype=np.int64)
