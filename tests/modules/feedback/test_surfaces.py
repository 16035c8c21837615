"""Feedback over HTTP and on the command line."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from everlearn.core import cli as core_cli
from everlearn.core.errors import Invalid, NotFound
from everlearn.modules.feedback import cli
from everlearn.modules.feedback.errors import ContradictingOutcome
from everlearn.modules.predictions import service as predictions
from tests.modules.predictions.world import build, counts, rows


@pytest.fixture
def world(database, tenant):
    with database.tx(tenant) as tx:
        made = build(tx)
        made.batch = predictions.predict_many(tx, made.model, rows(tx, made, 3))
        return made


def written(database, tenant):
    with database.tx(tenant) as tx:
        return counts(tx)


class TestOutcomes:
    def test_by_entity_and_by_prediction(self, client, world):
        sent = client.post(
            "/v1/outcomes",
            json={
                "model": "delays",
                "entity_id": "trip-0",
                "value": 1,
                "happened_at": "2026-03-02T13:00:00+02:00",
            },
        )
        assert sent.status_code == 200
        assert sent.json()["closed"] == 2
        id_ = str(world.batch.ids[0])
        again = client.post("/v1/outcomes", json={"prediction_id": id_, "value": 1}).json()
        assert again["duplicate"] is True
        found = client.get(f"/v1/predictions/{id_}").json()
        assert found["actual"] == 1
        assert found["happened_at"] == "2026-03-02T11:00:00Z"
        listed = client.get("/v1/predictions", params={"closed": True}).json()["items"]
        assert [item["id"] for item in listed] == [id_]

    @pytest.mark.parametrize(
        ("body", "status", "field"),
        [
            ('{"model": "delays", "entity_id": "trip-0", "value": NaN}', 422, "value"),
            ('{"model": "delays", "entity_id": "trip-0", "value": 1e999}', 422, "value"),
            ('{"model": "delays", "entity_id": "trip-0", "value": null}', 422, "value"),
            ('{"model": "delays", "entity_id": "trip-0", "value": 0.5}', 422, "value"),
            ('{"model": "delays", "entity_id": "trip-0"}', 422, "value"),
            ('{"model": "delays", "entity_id": "trip-0", "value": 1, "x": 1}', 422, "x"),
            ('{"model": "delays", "value": 1}', 422, "prediction_id"),
            ('{"prediction_id": "", "value": 1}', 422, "prediction_id"),
            ('{"model": "delays", "entity_id": "a\\u0000", "value": 1}', 422, "entity_id"),
            ('{"model": "a\\u0000", "entity_id": "trip-0", "value": 1}', 422, "model"),
            ('{"model": "delays", "entity_id": "nobody", "value": 1}', 404, "entity_id"),
            ('{"model": "nothing", "entity_id": "trip-0", "value": 1}', 404, "model"),
            ('{"value": 1', 422, "body"),
            (
                '{"prediction_id": null, "value": 1, "happened_at": "2026-03-02T13:00:00"}',
                422,
                "happened_at",
            ),
            (
                '{"value": 1, "happened_at": "0001-01-01T00:00:00Z"}',
                422,
                "happened_at",
            ),
        ],
    )
    @pytest.mark.usefixtures("world")
    def test_bad_body(self, client, body, status, field, *, database, tenant):
        before = written(database, tenant)
        answer = client.post(
            "/v1/outcomes", content=body, headers={"content-type": "application/json"}
        )
        assert (answer.status_code, answer.json().get("field")) == (status, field)
        assert answer.headers["content-type"] == "application/problem+json"
        assert written(database, tenant) == before

    @pytest.mark.usefixtures("world")
    def test_contradiction(self, client):
        about = {"model": "delays", "entity_id": "trip-0"}
        client.post("/v1/outcomes", json=about | {"value": 1})
        answer = client.post("/v1/outcomes", json=about | {"value": 0})
        assert answer.status_code == 409
        assert answer.json()["code"] == "feedback.contradicting_outcome"
        assert answer.json()["facts"] == {"stored": 1.0, "sent": 0.0}

    def test_foreign(self, client, client_other, world):
        id_ = str(world.batch.ids[0])
        answer = client_other.post("/v1/outcomes", json={"prediction_id": id_, "value": 1})
        assert answer.status_code == 404
        assert client.get(f"/v1/predictions/{id_}").json()["actual"] is None


class TestBatch:
    def send(self, client, items, **more):
        body = json.dumps({"model": "delays", "items": items, **more})
        headers = {"content-type": "application/json"}
        return client.post("/v1/outcomes:batch", content=body, headers=headers)

    @pytest.mark.usefixtures("world")
    def test_each_item_is_answered(self, client):
        items = [
            {"entity_id": "trip-0", "value": 1},
            {"entity_id": "trip-1", "value": float("nan")},
            {"entity_id": 7, "value": 1},
            {"entity_id": "nobody", "value": 0},
        ]
        answer = self.send(client, items, on_error="take_good")
        assert answer.status_code == 200
        body = answer.json()
        assert (body["new"], body["refused"]) == (2, 3)
        assert [item["status"] for item in body["items"]] == [
            "closed",
            "invalid",
            "invalid",
            "unknown",
        ]
        assert body["items"][1]["problem"]["field"] == "items[1].value"

    @pytest.mark.usefixtures("world")
    def test_one_bad_item_refuses_all(self, client, database, tenant):
        before = written(database, tenant)
        items = [{"entity_id": "trip-0", "value": 1}, {"entity_id": "nobody", "value": 0}]
        answer = self.send(client, items)
        assert answer.status_code == 404
        assert answer.json()["field"] == "items[1].entity_id"
        assert written(database, tenant) == before

    @pytest.mark.usefixtures("world")
    def test_good(self, client):
        items = [{"entity_id": f"trip-{i}", "value": i % 2} for i in range(3)]
        assert self.send(client, items).json()["new"] == 6
        assert self.send(client, items).json()["duplicates"] == 3

    @pytest.mark.parametrize("items", [[], [{}], [{"entity_id": "a", "value": 1, "x": 2}], "x"])
    @pytest.mark.usefixtures("world")
    def test_bad_shape(self, client, items):
        assert self.send(client, items).status_code == 422


class TestVerdicts:
    def test_give_and_list(self, client, client_other, world):
        id_ = str(world.batch.ids[0])
        body = {"prediction_id": id_, "feedback_type": "false_positive", "user_id": "ann"}
        made = client.post("/v1/feedback", json=body)
        assert made.status_code == 201
        assert client.get("/v1/feedback", params={"prediction_id": id_}).json() == [made.json()]
        again = client.post("/v1/feedback", json=body)
        assert (again.status_code, again.json()["code"]) == (409, "feedback.second_verdict")
        assert client_other.get("/v1/feedback").json() == []
        assert client_other.post("/v1/feedback", json=body).status_code == 404
        assert client_other.get("/v1/ml_feedback").json()["items"] == []

    def test_bad(self, client, world):
        body = {"prediction_id": str(world.batch.ids[0]), "feedback_type": "perhaps"}
        answer = client.post("/v1/feedback", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "feedback_type")


class TestCommandLine:
    @pytest.fixture
    def run(self, database, tenant, monkeypatch):
        @contextmanager
        def open_tx(slug=None):
            with database.tx(tenant) as tx:
                yield tx

        monkeypatch.setattr(core_cli, "tenant_tx", open_tx)
        return lambda *words: CliRunner().invoke(cli.app, list(words))

    def test_resolve(self, run, world):
        about = ("--model", "delays", "--entity", "trip-0")
        done = run("resolve", "--value", "1", *about, "--json")
        assert done.exit_code == 0
        assert json.loads(done.stdout)["closed"] == 2
        assert isinstance(run("resolve", "--value", "0", *about).exception, ContradictingOutcome)
        assert isinstance(run("resolve", "--value", "nan", *about).exception, Invalid)
        assert isinstance(run("resolve", "--value", "1", "--prediction", "x").exception, Invalid)
        missing = run("resolve", "--value", "1", "--prediction", str(world.model.id))
        assert isinstance(missing.exception, NotFound)

    def test_judge(self, run, world):
        done = run("judge", str(world.batch.ids[0]), "correct", "--user", "ann", "--json")
        assert json.loads(done.stdout)["user_id"] == "ann"
