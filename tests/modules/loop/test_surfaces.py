"""The surfaces of the loop: REST, the command line, the front page."""

from __future__ import annotations

import pytest

from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task
from tests.modules.loop.world import World


@pytest.fixture
def world(database, tenant, clock):
    made = World(database, tenant, clock, policy={"keep_baseline": True})
    made.begin()
    made.days(3)
    return made


@pytest.mark.usefixtures("world")
class TestRest:
    def test_the_policy(self, client):
        path = "/v1/models/churn/policy"
        assert client.get(path).json()["shadow_days"] == 6
        changed = client.patch(path, json={"alpha": 0.01, "max_trainings": None})
        assert changed.status_code == 200
        assert changed.json()["alpha"] == 0.01
        assert client.get(path).json()["alpha"] == 0.01

    @pytest.mark.parametrize(
        "wrong",
        [{"alpha": 0}, {"alpha": 1}, {"shadow_days": 0}, {"colour": 1}, {"alpha": None}],
    )
    def test_what_makes_no_sense(self, client, wrong):
        answer = client.patch("/v1/models/churn/policy", json=wrong)
        assert answer.status_code == 422
        assert next(iter(wrong)) in answer.json()["field"]
        assert client.get("/v1/models/churn/policy").json()["alpha"] == 0.05

    def test_turn(self, client, world):
        world.train()
        steps = client.post("/v1/models/churn/turn").json()["steps"]
        assert steps == [
            {"step": "shadow_started", "why": "v1.1.0 answers in shadow beside v1.0.0"}
        ]
        assert client.post("/v1/models/churn/turn").json()["steps"] == []

    def test_a_model_without_a_policy(self, client, database, tenant):
        with database.tx(tenant) as tx:
            registry.ensure_model(tx, "bare", task=Task.BINARY)
        missing = client.get("/v1/models/bare/policy")
        assert (missing.status_code, missing.json()["code"]) == (404, "loop.unknown_policy")
        made = client.patch("/v1/models/bare/policy", json={})
        assert made.json()["shadow_days"] == 30

    def test_the_rival_gets_404(self, client_other):
        for method, path in (("GET", "policy"), ("PATCH", "policy"), ("POST", "turn")):
            body = {"json": {}} if method == "PATCH" else {}
            answer = client_other.request(method, f"/v1/models/churn/{path}", **body)
            assert answer.status_code == 404
        assert client_other.get("/v1/loop_policies").json()["items"] == []


class TestCommands:
    def test_set_show_and_turn(self, cli, db):
        with db.database().tx(db.tenant("default")) as tx:
            registry.ensure_model(tx, "churn", task=Task.BINARY)
        words = ("--alpha", "0.01", "--every-days", "9", "--baseline", "--json")
        made = cli("loop", "set", "churn", *words)
        assert made.code == 0, made.err
        policy = cli("loop", "show", "churn", "--json").json()
        assert (policy["alpha"], policy["retrain_every_days"]) == (0.01, 9)
        assert policy["keep_baseline"] is True
        assert cli("loop", "turn", "churn", "--json").json() == []
        assert "shadow_days" in cli("loop", "show", "churn").out

    def test_errors_say_what_to_do(self, cli, db):
        with db.database().tx(db.tenant("default")) as tx:
            registry.ensure_model(tx, "churn", task=Task.BINARY)
        none = cli("loop", "show", "churn")
        assert none.code != 0
        assert "everlearn loop set" in none.err
        assert "no model other" in cli("loop", "show", "other").err
        assert "alpha lies between" in cli("loop", "set", "churn", "--alpha", "2").err


class TestPage:
    def test_empty_says_what_to_do(self, client):
        page = client.get("/")
        assert page.status_code == 200
        assert "<h1>Overview</h1>" in page.text
        assert "No model yet" in page.text
        assert "make demo" in page.text

    def test_a_model_without_a_version(self, client, database, tenant):
        with database.tx(tenant) as tx:
            registry.ensure_model(tx, "bare", task=Task.BINARY)
        page = client.get("/").text
        assert "Nothing is live" in page
        assert "everlearn training start bare" in page

    def test_full(self, client, world):
        world.sign = -1.0
        world.days(6)
        world.train()
        world.until("promoted")
        world.train()
        world.days(1)
        page = client.get("/")
        assert page.status_code == 200
        for said in (
            "v1.1.0</a> is live since",
            "nats less than v1.0.0",
            "Loss of churn, mean of 7 days",
            "never retrained",
            "Won by learning",
            "In shadow, tried against v1.1.0",
            "the first version: there is nothing to compare it with",
            'class="mark promotion',
            'class="mark retrain',
            'class="mark alert',
            "model promotion",
        ):
            assert said in page.text, said

    def test_many_models(self, client, database, tenant):
        with database.tx(tenant) as tx:
            for i in range(9):
                registry.ensure_model(tx, f"model-{i}", task=Task.BINARY)
        page = client.get("/").text
        assert "More models" in page
        assert 'href="/registry/models/model-8"' in page

    @pytest.mark.usefixtures("world")
    def test_the_rival_sees_no_model(self, client_other):
        assert "No model yet" in client_other.get("/").text
