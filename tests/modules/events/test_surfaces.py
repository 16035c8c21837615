"""The stream through REST, command line and page."""

from __future__ import annotations

import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from everlearn.core import cli
from everlearn.modules.events import service
from everlearn.modules.events.cli import app

EVENT = {
    "event_type": "experiment",
    "entity_type": "model",
    "entity_id": "delays",
    "event_data": {"n": 1},
}
PAGE = {"accept": "text/html"}


class TestRest:
    def test_write_and_list(self, client, client_other):
        made = client.post("/v1/events", json=EVENT)
        assert made.status_code == 201
        (event,) = client.get("/v1/events?entity_id=delays").json()["items"]
        assert event["id"] == made.json()["id"]
        assert event["source_system"] == "api"
        assert client_other.get("/v1/events").json()["items"] == []

    def test_pages(self, client):
        client.post("/v1/events:batch", json=[EVENT | {"entity_id": f"m{i}"} for i in range(5)])
        seen, cursor = [], ""
        for _ in range(3):
            page = client.get(f"/v1/events?limit=2&cursor={cursor}").json()
            seen += [event["entity_id"] for event in page["items"]]
            cursor = page["next_cursor"]
        assert sorted(seen) == [f"m{i}" for i in range(5)]
        assert cursor is None

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"event_type": "gossip"}, "event_type"),
            ({"event_data": [1]}, "event_data"),
            ({"event_data": None}, "event_data"),
            ({"entity_id": ""}, "entity_id"),
            ({"entity_id": "a\0b"}, "entity_id"),
            ({"processing_time_ms": -1}, "processing_time_ms"),
            ({"timestamp": "2026-01-01T00:00:00"}, "timestamp"),
            ({"tenant_id": "x"}, "tenant_id"),
        ],
    )
    def test_a_wrong_event_is_refused(self, client, change, field):
        answer = client.post("/v1/events", json=EVENT | change)
        assert answer.status_code == 422
        assert answer.json()["field"].startswith(field)
        assert client.get("/v1/events").json()["items"] == []

    def test_not_a_number_is_refused(self, client):
        body = json.dumps(EVENT | {"event_data": {"x": float("nan")}})
        answer = client.post("/v1/events", content=body)
        assert answer.status_code == 422

    @pytest.mark.parametrize("query", ["limit=0", "limit=501", "cursor=x", "event_type=gossip"])
    def test_a_wrong_question(self, client, query):
        assert client.get(f"/v1/events?{query}").status_code == 422


class TestPage:
    def test_empty(self, client):
        page = client.get("/events", headers=PAGE)
        assert page.status_code == 200
        assert "<h1>Events</h1>" in page.text
        assert "Nothing has happened yet" in page.text
        assert "No event fits" in client.get("/events?entity_id=x", headers=PAGE).text

    def test_full_with_filter_and_next_page(self, client):
        batch = [EVENT | {"entity_id": f"model-{i:02}"} for i in range(60)]
        client.post("/v1/events:batch", json=batch)
        page = client.get("/events?event_type=experiment", headers=PAGE).text
        assert 'data-live="/v1/live"' in page
        assert "/events?entity_type=model&amp;entity_id=model-" in page
        following = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        older = client.get(following.replace("&amp;", "&"), headers=PAGE).text
        found = {f"model-{i:02}" for i in range(60) if f">model-{i:02}<" in page}
        more = {f"model-{i:02}" for i in range(60) if f">model-{i:02}<" in older}
        assert (len(found), len(more), found & more) == (50, 10, set())

    def test_what_an_event_says_is_not_markup(self, client):
        client.post("/v1/events", json=EVENT | {"event_data": {"x": "<script>alert(1)</script>"}})
        assert "<script>alert" not in client.get("/events", headers=PAGE).text


def test_command(database, tenant, monkeypatch):
    made = SimpleNamespace(database=database, settings=SimpleNamespace(tenant="acme"))

    @contextmanager
    def runtime():
        yield made

    monkeypatch.setattr(cli, "runtime", runtime)
    with database.tx(tenant) as tx:
        service.emit(tx, "experiment", entity_type="model", entity_id="delays", data={"n": 1})
    run = CliRunner()
    assert "delays" in run.invoke(app, ["list", "--type", "experiment"]).stdout
    (event,) = json.loads(run.invoke(app, ["list", "--json"]).stdout)
    assert event["event_data"] == {"n": 1}
    assert run.invoke(app, ["list", "--entity-id", "other"]).stdout == "nothing yet\n"
