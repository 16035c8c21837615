"""Every way that events are asked for finds them by an index, and in the months asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from everlearn.core import partitions
from everlearn.core.testing.explain import plan_of
from everlearn.modules.events.service.reading import _LIST

MARCH, FEBRUARY = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
N = 40_000
OF_TENANT = "SELECT id FROM events.learning_events WHERE tenant_id = app.tenant_id() AND "
NEWEST = dict.fromkeys(("event_type", "entity_type", "entity_id", "at", "id")) | {"limit": 51}

# Nine in ten are predictions, one in ten thousand is a drift alert.
_FILL = """
INSERT INTO events.learning_events (id, timestamp, event_type, entity_type, entity_id, session_id,
  user_id, event_data)
SELECT gen_random_uuid(), CAST(:at AS timestamptz) + i * interval '30 seconds',
  CASE WHEN i % 10000 = 7 THEN 'drift_alert' WHEN i % 10 = 3 THEN 'user_feedback'
    ELSE 'model_prediction' END,
  'flight', 'flight ' || i % 2000, CASE WHEN i % 20 = 0 THEN 'session ' || i / 200 END,
  CASE WHEN i % 50 = 0 THEN 'user ' || i % 300 END, '{}'
FROM generate_series(1, :n) i
"""

#: What is asked, its parameters, by which index it is found, and whether March alone is read.
PATHS = {
    "newest": (_LIST, NEWEST, "ix_learning_events_timestamp", True),
    "a page far down": (
        _LIST,
        NEWEST | {"at": FEBRUARY + timedelta(days=2), "id": uuid4()},
        "ix_learning_events_timestamp",
        False,
    ),
    "a common type": (
        _LIST,
        NEWEST | {"event_type": "user_feedback"},
        "ix_learning_events_timestamp",
        True,
    ),
    "a rare type": (
        _LIST,
        NEWEST | {"event_type": "drift_alert"},
        "ix_learning_events_type",
        False,
    ),
    "a thing": (
        _LIST,
        NEWEST | {"entity_type": "flight", "entity_id": "flight 77"},
        "ix_learning_events_entity",
        False,
    ),
    "a type in a time": (
        f"{OF_TENANT} event_type = 'drift_alert' AND timestamp >= :from AND timestamp < :until",
        {"from": MARCH, "until": MARCH + timedelta(days=20)},
        "ix_learning_events_type",
        True,
    ),
    "an hour": (
        f"{OF_TENANT} timestamp >= :from AND timestamp < :until",
        {"from": MARCH + timedelta(hours=30), "until": MARCH + timedelta(hours=31)},
        "ix_learning_events_timestamp",
        True,
    ),
    "a user": (
        f"{OF_TENANT} user_id = 'user 50' AND timestamp >= :from",
        {"from": MARCH},
        "ix_learning_events_user",
        True,
    ),
    "a session": (
        f"{OF_TENANT} session_id = 'session 7'",
        {},
        "ix_learning_events_session",
        False,
    ),
    "an id": (f"{OF_TENANT} id = :id", {"id": uuid4()}, "pk_learning_events", False),
    "an id and its time": (
        f"{OF_TENANT} id = :id AND timestamp = :at",
        {"id": uuid4(), "at": MARCH + timedelta(days=3)},
        None,  # the key and the index by time both come to one row
        True,
    ),
}


def test_every_path_is_served(db):
    database, tenant = db.database(), db.tenant()
    with database.tx(tenant) as tx:
        for at, n in ((MARCH, N), (FEBRUARY, N // 4)):
            partitions.ensure(tx, "events.learning_events", [at])
            tx.execute(_FILL, {"at": at, "n": n})
    with db.database("owner").tx(None) as tx:
        tx.execute("ANALYZE events.learning_events")
    march = {"learning_events_y2026m03"}
    with database.tx(tenant) as tx:
        for name, (statement, params, index, in_march) in PATHS.items():
            plan = plan_of(tx, statement, params, run=True)
            assert index in plan.indexes or (plan.indexes and not index), (name, plan.tree)
            big = march | {"learning_events_y2026m02"}
            assert not plan.scanned & big, (name, plan.tree)
            if in_march:
                assert plan.partitions & big == march, (name, plan.tree)
