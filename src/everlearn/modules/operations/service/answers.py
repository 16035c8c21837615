"""Answers of the archive as JSON and as an Arrow stream."""

from __future__ import annotations

import base64
import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from everlearn.modules.operations.service.columns import arrow
from everlearn.modules.operations.types import Answer


def as_stream(answer: Answer) -> bytes:
    """Give the rows as an Arrow IPC stream."""
    lib = arrow()
    sink = lib.BufferOutputStream()
    with lib.ipc.new_stream(sink, answer.table.schema) as writer:
        writer.write_table(answer.table)
    return bytes(sink.getvalue())


def as_json(answer: Answer) -> dict[str, Any]:
    """Give the rows and what they are from, JSON-ready; NaN and the infinities are null."""
    columns = [list(map(_plain, column.to_pylist())) for column in answer.table.columns]
    return {
        "columns": answer.table.column_names,
        "rows": [list(row) for row in zip(*columns, strict=True)],
        "truncated": answer.truncated,
        "files": answer.files,
        "live_rows": answer.live_rows,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return value if value is None or isinstance(value, bool | int | str) else str(value)
