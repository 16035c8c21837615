"""Sources, facts, sets, vectors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from everlearn.modules.features import service
from everlearn.modules.features.types import (
    Categorical, Entities, Expression, Label, Latest, Numeric, Pending, Window,
)

T0 = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
H = timedelta(hours=1)
M = timedelta(minutes=1)


def test_smoke(tx):
    service.declare_source(tx, "departures", dims=["origin", "carrier"], values=["delay"])
    service.declare_source(tx, "schedules", dims=["origin"], values=[])
    n = service.record_facts(
        tx, "departures", entity_ids=["a", "b"], event_at=[T0 - H, T0 - 10 * M],
        known_at=[T0 - H, T0 - 10 * M], dims={"origin": ["JFK", "JFK"], "carrier": ["UA", None]},
        values={"delay": [5.0, 7.0]},
    )
    assert n == 2
    service.record_facts(
        tx, "schedules", entity_ids=["a", "b", "c", "d"],
        event_at=[T0 - H, T0 - 10 * M, T0 - 30 * M, T0 + 30 * M], known_at=[T0 - 5 * H] * 4, dims={"origin": ["JFK"] * 4},
    )
    fs = service.declare_set(tx, "s", [
        Numeric("distance"), Categorical("carrier"),
        Window("mean2", "departures", "mean", by=("origin",), value="delay", over=2 * H),
        Window("n_ahead", "schedules", "count", by=("origin",), ahead=H),
        Latest("last", "departures", by=("origin",), value="delay"),
        Latest("age", "departures", by=("origin",), age=True, until="at"),
        Pending("due", "schedules", "departures", "count", 2 * H, by=("origin",)),
        Pending("share", "schedules", "departures", "share", 2 * H, by=("origin",)),
        Pending("late", "schedules", "departures", "mean_minutes", 2 * H, by=("origin",)),
        Expression("x", "sub", "last", "mean2"),
    ])
    rows = service.materialize(tx, fs, Entities(["a", "z"], [T0, T0 - 20 * M], {
        "distance": [10, None], "carrier": ["UA", "B6"], "origin": ["JFK", "JFK"], "at": [T0, T0]}))
    print(rows.matrix)
    assert rows.matrix.tolist()[0] == [10, 0, 6, 1, 7, 10, 1, np.float32(1 / 3), 30, 1]
    got = service.labelled_matrix(tx, fs, label=Label("departures", "delay"), until=T0)
    assert got.y.tolist() == [5.0]
    assert service.get_row(tx, rows.ids[0]).values["carrier"] == "UA"
