"""Every kind of item that the client sends is taken by the real application, and once."""

from __future__ import annotations

import threading
import time

import everlearn
from everlearn.core.app import Runtime
from everlearn.core.clock import SystemClock
from everlearn.entry.serve import server_for
from everlearn.modules.tenancy import service as tenancy


def hand_over(client: everlearn.Client) -> None:
    client.outcome(1.0, prediction_id="p1")
    client.prediction(0.75, prediction_id="p1", model_id="mine", entity_id="e1", features={"x": 1})
    client.feedback("user", prediction_id="p1", feedback_score=0.5, feedback_id="f1")
    client.event("experiment", {"n": 1}, id="019cae6b-6600-7037-8837-bcecc7b5b951")
    client.metric("latency", 1.5, tags={"host": "a"}, timestamp="2026-03-02T11:00:00+00:00")


def test_every_kind_is_taken_once(db):
    tenant, database = db.tenant(), db.database()
    with database.tx(tenant) as tx:
        secret = tenancy.create_key(tx, name="k").secret
    database.clock = SystemClock()  # the client's times are those of the machine
    server = server_for(Runtime(db.settings, db.server, database), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with everlearn.Client(f"http://127.0.0.1:{port}", secret) as client:
            hand_over(client)
            assert client.flush(20)
            assert list(client.refused) == []
            assert client.stats.accepted == 5
            hand_over(client)
            assert client.flush(20)
            assert client.stats.duplicates >= 3
            assert client.stats.accepted <= 7
    finally:
        server.should_exit = True
        thread.join(10)
