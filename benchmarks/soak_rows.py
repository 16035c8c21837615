"""What the soak sends: rows of each kind, made anew for every body."""

from __future__ import annotations

import time
from collections import deque
from datetime import UTC, datetime, timedelta
from itertools import count as count_from
from typing import Any

from everlearn.core.ids import uuid7_many

SERIES = 40
OUTCOME_AFTER_S = 10
Rows = list[dict[str, Any]]

#: Numbers that nothing else has.
number = count_from(0)
#: Predictions that no outcome was told of, with the moment they were made.
unresolved: deque[tuple[float, dict[str, Any]]] = deque()
_made: deque[str] = deque(maxlen=1_000)


def events(n: int) -> Rows:
    """Make events with a payload of some 200 bytes."""
    # lint: allow clock because each run writes new rows
    now = datetime.now(UTC)
    return [
        {
            "id": str(id_),
            "event_type": "data_ingestion",
            "source_system": "soak",
            "entity_type": "customer",
            "entity_id": f"customer-{i}",
            "event_data": {"n": i, "note": "n" * 180},
            "processing_time_ms": i / 7,
        }
        for i, id_ in enumerate(uuid7_many(n, now))
    ]


def metrics(n: int) -> Rows:
    """Make samples of a number of series, a moment apart."""
    # lint: allow clock because each run writes new rows
    now = datetime.now(UTC)
    return [
        {
            "metric_name": f"soak.series_{i % SERIES}",
            "value": float(i),
            "timestamp": now - timedelta(microseconds=500 * (n - i)),
        }
        for i in range(n)
    ]


def predictions(n: int) -> Rows:
    """Make predictions of somebody else's model."""
    rows: Rows = []
    for _ in range(n):
        i = next(number)
        rows.append(
            {
                "prediction_id": f"soak-{i}",
                "service_name": "soak",
                "model_id": "somebody-elses",
                "model_version": "1.0.0",
                "prediction_type": "load",
                "entity_id": f"node-{i % 100}",
                "predicted_value": (i % 100) / 100,
                "confidence": 0.9,
                "features": {"cpu": i % 7, "memory": 0.5},
            }
        )
        unresolved.append((time.monotonic(), {"prediction_id": f"soak-{i}"}))
        _made.append(f"soak-{i}")
    return rows


def outcomes(n: int) -> Rows | None:
    """Tell what came of the predictions of a while ago."""
    rows: Rows = []
    while (
        len(rows) < 2 * n and unresolved and time.monotonic() - unresolved[0][0] > OUTCOME_AFTER_S
    ):
        rows.append(unresolved.popleft()[1] | {"value": len(rows) % 2})
    return rows or None


def feedback(n: int) -> Rows | None:
    """Give verdicts on predictions of a while ago."""
    if len(_made) < _made.maxlen:
        return None
    return [
        {
            "prediction_id": _made[i],
            "feedback_id": f"verdict-{next(number)}",
            "feedback_type": "correct",
            "user_id": "reviewer",
        }
        for i in range(n)
    ]
