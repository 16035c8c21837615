"""numpy arrays as parameters of a statement, in PostgreSQL's binary form.

    tx.execute("SELECT * FROM unnest(CAST(:at AS timestamptz[]))", {"at": Array(times)})

A list of Python numbers is written number by number; of a thousand that takes as long as the
statement itself.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_EPOCH_US = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970

#: dtype -> the array's type, its elements' type, and their form.
_KINDS = {
    "int32": (1007, 23, ">i4"),
    "int64": (1016, 20, ">i8"),
    "float64": (1022, 701, ">f8"),
    "datetime64[us]": (1185, 1184, ">i8"),
    "|V16": (2951, 2950, "V16"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """A flat numpy array on its way into a statement.

    Its dtype says the type: int32, int64, float64, datetime64[us] (timestamptz[], in UTC) or V16
    (uuid[], each as its 16 bytes).
    """

    values: np.ndarray[Any, Any]


class _ArrayDumper(Dumper):
    format = Format.BINARY
    element = 0
    code = ""

    def get_key(self, obj: Any, format: Any) -> Any:  # noqa: A002, ARG002 - the driver's names
        """Give what tells which dumper an array needs."""
        return (Array, _DUMPERS[_kind(obj)])

    def upgrade(self, obj: Any, format: Any) -> Dumper:  # noqa: A002, ARG002 - the driver's names
        """Give the dumper of the array's dtype."""
        return _DUMPERS[_kind(obj)](Array)

    def dump(self, obj: Any) -> bytes:
        """Write dimensions, then each element behind its size."""
        values = obj.values
        if not len(values):
            return struct.pack(">iii", 0, 0, self.element)
        if values.dtype.kind == "M":
            values = values.astype(np.int64) - _EPOCH_US
        form = np.dtype(self.code)
        cells = np.empty(len(values), dtype=[("size", ">i4"), ("value", form)])
        cells["size"], cells["value"] = form.itemsize, values
        return struct.pack(">iiiii", 1, 0, self.element, len(values), 1) + cells.tobytes()


def _kind(obj: Any) -> str:
    return obj.values.dtype.str if obj.values.dtype.kind == "V" else str(obj.values.dtype)


def _dumper(oid: int, element: int, code: str) -> type[Dumper]:
    return type("Dumper", (_ArrayDumper,), {"oid": oid, "element": element, "code": code})


_DUMPERS = {kind: _dumper(*form) for kind, form in _KINDS.items()}
psycopg.adapters.register_dumper(Array, _ArrayDumper)
