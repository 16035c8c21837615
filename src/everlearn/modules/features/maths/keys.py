"""Texts as 64-bit numbers, so that facts are found and joined without a Python object a row."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy import typing as npt

Ints = npt.NDArray[np.int64]


@lru_cache(maxsize=1 << 17)
def text_key(text: str) -> int:
    """Give the first 64 bits of BLAKE2b of a text, signed: the same on every machine, for ever.

    Two different texts among n get the same number with probability below n**2 / 2**65.

    Source:
        Aumasson et al., 2013, "BLAKE2: simpler, smaller, fast as MD5" (RFC 7693).

    Example:
        >>> text_key("JFK")
        -4828978439953140478
    """
    digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def text_keys(texts: Sequence[str]) -> Ints:
    """Give `text_key` of each text.

    Source:
        see `text_key`.

    Example:
        >>> text_keys(["JFK", "JFK"]).shape
        (2,)
    """
    return np.fromiter(map(text_key, texts), dtype=np.int64, count=len(texts))


def combined(columns: Sequence[Ints], size: int) -> Ints:
    """Make one key of several: equal for equal rows, by chance alone for others.

    Args:
        columns: each shape (n,); the order counts.
        size: n, for the case of no column, where all rows have one key.

    Source:
        Steele, Lea, Flood, 2014, "Fast splittable pseudorandom number generators" (the finalizer
        of SplitMix64), one round a column.

    Example:
        >>> a, b = np.array([1, 1, 2]), np.array([2, 2, 1])
        >>> key = combined([a, b], 3)
        >>> bool(key[0] == key[1]), bool(key[1] == key[2])
        (True, False)
    """
    if not columns:
        return np.zeros(size, dtype=np.int64)
    mixed = columns[0].astype(np.uint64)
    for column in columns[1:]:
        mixed = _finalized(mixed + np.uint64(0x9E3779B97F4A7C15)) ^ column.astype(np.uint64)
    return mixed.astype(np.int64)


def _finalized(z: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))
