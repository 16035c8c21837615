from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from functools import lru_cache
from types import SimpleNamespace

import lightgbm
import numpy as np
import pytest
from typer.testing import CliRunner

from everlearn.core import cli
from everlearn.core.errors import NotFound
from everlearn.core.testing.plugin import ACTOR
from everlearn.modules.registry import service
from everlearn.modules.registry.cli import app
from everlearn.modules.tenancy import service as tenancy
from everlearn.modules.tenancy.types import Role

PAGE = {"accept": "text/html"}
HERE = {"origin": "http://testserver", **PAGE}


@lru_cache
def model_text(seed):
    rows = np.random.default_rng(seed).normal(size=(80, 2))
    data = lightgbm.Dataset(rows, rows[:, 0] > 0, feature_name=["speed", "crew"])
    params = {"verbose": -1, "objective": "binary", "num_threads": 1}
    return lightgbm.train(params, data, 3).model_to_string()


def body(seed=1, **more):
    return {
        "artifact": model_text(seed),
        "feature_names": ["speed", "crew"],
        "metrics": {"log_loss": 0.4 + seed / 100, "auc": 0.7},
        "trained_until": "2026-03-01T00:00:00Z",
        "promised_loss": 0.4 + seed / 100,
        **more,
    }


@pytest.fixture
def full(client, database, tenant):
    """Give a model with three versions, two of them deployed, the second rolled back."""
    client.put("/v1/models/delays", json={"task": "binary", "description": "Late or not."})
    for seed in (1, 2, 3):
        client.post("/v1/models/delays/versions", json=body(seed))
    with database.tx(tenant, actor=ACTOR) as tx:
        model = service.get_model(tx, "delays")
        for version in ("v1.0.0", "v1.1.0"):
            found = service.named_version(tx, model, version)
            service.activate(tx, found.id, reason=f"{version} is better", evidence={"e": 31.5})
        service.rollback(tx, model.id, reason="worse than promised", evidence={"n": 700})
    return client


def as_role(client, database, tenant, role):
    with database.tx(tenant) as tx:
        key = tenancy.create_key(tx, name="k", role=role)
    client.headers["authorization"] = f"Bearer {key.secret}"
    return client


class TestRest:
    def test_a_model_from_registering_to_rolling_back(self, client):
        made = client.put("/v1/models/delays", json={"task": "binary"})
        assert made.status_code == 200
        assert made.json()["live_version"] is None
        assert [m["name"] for m in client.get("/v1/models").json()] == ["delays"]
        for seed in (1, 2):
            added = client.post("/v1/models/delays/versions", json=body(seed))
            assert added.status_code == 201
            decision = {"version": added.json()["version"], "reason": "try", "evidence": {"n": 1}}
            assert client.post("/v1/models/delays/activate", json=decision).status_code == 200
        assert client.get("/v1/models/delays").json()["live_version"] == "v1.1.0"
        back = client.post("/v1/models/delays/rollback", json={"reason": "worse"})
        assert back.json()["version"] == "v1.0.0"
        spans = client.get("/v1/models/delays/deployments").json()
        assert [(s["version"], s["kind"]) for s in spans] == [
            ("v1.0.0", "promotion"),
            ("v1.1.0", "promotion"),
            ("v1.0.0", "rollback"),
        ]
        listed = client.get("/v1/models/delays/versions").json()
        assert [v["status"] for v in listed] == ["rolled_back", "active"]

    def test_the_artifact_is_what_was_sent(self, full):
        version = full.get("/v1/models/delays/versions").json()[0]
        answer = full.get(f"/v1/model_versions/{version['id']}/artifact")
        assert answer.text == model_text(3)
        sha = hashlib.sha256(model_text(3).encode()).hexdigest()
        assert answer.headers["etag"] == f'"{sha}"'

    @pytest.mark.parametrize(
        ("ask", "status", "code"),
        [
            (("GET", "/v1/models/none", None), 404, "registry.unknown_model"),
            (("PUT", "/v1/models/delays", {"task": "regression"}), 409, "registry.other_task"),
            (("PUT", "/v1/models/delays", {"task": "ranking"}), 422, "invalid"),
            (("PUT", "/v1/models/delays", {"task": "binary", "x": 1}), 422, "invalid"),
            (("POST", "/v1/models/delays/versions", {"version": "v1.0.0"}), 409, "duplicate"),
            (("POST", "/v1/models/delays/versions", {"version": "7"}), 422, "invalid"),
            (
                ("POST", "/v1/models/delays/versions", {"feature_names": ["a"]}),
                422,
                "registry.unfitting_features",
            ),
            (
                ("POST", "/v1/models/delays/versions", {"artifact": "{}"}),
                422,
                "registry.unreadable_artifact",
            ),
            (
                ("POST", "/v1/models/delays/activate", {"version": "v9.0.0", "reason": "?"}),
                404,
                "registry.unknown_version",
            ),
            (("POST", "/v1/models/delays/activate", {"version": "v1.0.0"}), 422, "invalid"),
            (
                ("POST", "/v1/models/delays/rollback", {"reason": "?"}),
                409,
                "registry.short_history",
            ),
        ],
    )
    def test_each_bad_request_has_its_own_answer(self, full, ask, status, code):
        method, path, sent = ask
        if path.endswith("/versions"):
            sent = body(1, **sent)
        answer = full.request(method, path, json=sent)
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_a_model_without_a_live_version_says_so(self, client):
        client.put("/v1/models/delays", json={"task": "binary"})
        answer = client.post("/v1/models/delays/rollback", json={"reason": "worse"})
        assert (answer.status_code, answer.json()["code"]) == (409, "registry.no_live_version")

    @pytest.mark.parametrize("role", [Role.READER, Role.WRITER])
    @pytest.mark.parametrize("verb", ["activate", "rollback"])
    def test_only_an_admin_decides(self, full, database, tenant, role, verb):
        client = as_role(full, database, tenant, role)
        sent = {"version": "v1.0.0", "reason": "try"}
        assert client.post(f"/v1/models/delays/{verb}", json=sent).status_code == 403

    def test_another_tenant_sees_nothing(self, full, client_other):
        version = full.get("/v1/models/delays/versions").json()[0]["id"]
        assert client_other.get("/v1/models").json() == []
        for path in ("models/delays", "models/delays/versions", f"model_versions/{version}"):
            assert client_other.get(f"/v1/{path}").status_code == 404
        assert client_other.get(f"/v1/model_versions/{version}/artifact").status_code == 404

    def test_a_version_moves_into_shadow_and_not_further_by_hand(self, full):
        draft = full.get("/v1/models/delays/versions").json()[0]["id"]
        path = f"/v1/model_versions/{draft}/status"
        assert full.post(path, json={"status": "shadow"}).json()["status"] == "shadow"
        refused = full.post(path, json={"status": "active"})
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_status")


class TestPages:
    def test_without_a_model_the_list_says_what_to_do(self, client):
        page = client.get("/registry", headers=PAGE)
        assert page.status_code == 200
        assert "<h1>Models</h1>" in page.text
        assert "No model is registered yet." in page.text

    def test_the_list(self, full):
        page = full.get("/registry", headers=PAGE).text
        assert 'href="/registry/models/delays"' in page
        assert "v1.0.0" in page

    def test_a_model_without_versions(self, client):
        client.put("/v1/models/delays", json={"task": "binary"})
        page = client.get("/registry/models/delays", headers=PAGE)
        assert page.status_code == 200
        assert "everlearn training start delays" in page.text

    def test_a_model_with_drafts_only(self, client):
        client.put("/v1/models/delays", json={"task": "binary"})
        client.post("/v1/models/delays/versions", json=body())
        page = client.get("/registry/models/delays", headers=PAGE).text
        assert "everlearn registry activate delays v1.0.0" in page
        assert "Roll back" not in page

    def test_a_model_with_history(self, full):
        page = full.get("/registry/models/delays", headers=PAGE).text
        assert "<h1>delays</h1>" in page
        assert "worse than promised" in page
        assert 'id="deployment-3"' in page
        assert "rolled back" in page

    def test_an_unknown_model_is_a_page_of_its_own(self, client):
        page = client.get("/registry/models/none", headers=PAGE)
        assert page.status_code == 404
        assert "no model none" in page.text.lower()

    def test_the_form_activates_and_comes_back(self, full, database, tenant):
        sent = {"version": "v1.2.0", "reason": "looks good"}
        answer = full.post(
            "/registry/models/delays/activate", data=sent, headers=HERE, follow_redirects=False
        )
        assert answer.status_code == 303
        assert answer.headers["location"] == "/registry/models/delays"
        with database.tx(tenant) as tx:
            assert service.get_model(tx, "delays").live_version == "v1.2.0"

    def test_the_form_rolls_back(self, full, database, tenant):
        sent = {"version": "v1.2.0", "reason": "looks good"}
        full.post("/registry/models/delays/activate", data=sent, headers=HERE)
        full.post("/registry/models/delays/rollback", data={"reason": "not"}, headers=HERE)
        with database.tx(tenant) as tx:
            assert service.get_model(tx, "delays").live_version == "v1.0.0"

    def test_a_writer_sees_no_form_and_may_not_send_it(self, full, database, tenant):
        client = as_role(full, database, tenant, Role.WRITER)
        assert (
            "<form"
            not in client.get("/registry/models/delays", headers=PAGE)
            .text.split("<main", 1)[1]
            .split("</main>", 1)[0]
        )
        sent = {"version": "v1.2.0", "reason": "looks good"}
        refused = client.post("/registry/models/delays/activate", data=sent, headers=HERE)
        assert refused.status_code == 403

    def test_another_site_cannot_send_the_form(self, full, database, tenant):
        with database.tx(tenant) as tx:
            link = tenancy.create_sign_in(tx)
        del full.headers["authorization"]
        full.get(f"/sign-in?token={link.secret}")
        sent = {"version": "v1.2.0", "reason": "looks good"}
        path = "/registry/models/delays/activate"
        foreign = {"origin": "https://elsewhere.example", **PAGE}
        assert full.post(path, data=sent, headers=foreign).status_code == 403
        assert full.post(path, data=sent, headers=HERE, follow_redirects=False).status_code == 303


@pytest.fixture
def command(database, monkeypatch):
    """Give a function that runs a command on the test's own transaction."""
    made = SimpleNamespace(database=database, settings=SimpleNamespace(tenant="acme"))

    @contextmanager
    def runtime():
        yield made

    monkeypatch.setattr(cli, "runtime", runtime)
    return lambda *words: CliRunner().invoke(app, words, catch_exceptions=False)


@pytest.mark.usefixtures("full")
class TestCommands:
    def test_models(self, command):
        (row,) = json.loads(command("models", "--json").stdout)
        assert (row["name"], row["live"], row["task"]) == ("delays", "v1.0.0", "binary")
        assert "delays" in command("models").stdout

    def test_versions(self, command):
        rows = json.loads(command("versions", "delays", "--json").stdout)
        assert [r["version"] for r in rows] == ["v1.2.0", "v1.1.0", "v1.0.0"]

    def test_activate_and_rollback(self, command):
        done = command("activate", "delays", "v1.2.0", "--reason", "try it", "--json")
        assert json.loads(done.stdout)["status"] == "active"
        back = command("rollback", "delays", "--json")
        assert json.loads(back.stdout)["version"] == "v1.0.0"

    def test_what_is_not_there_is_said(self, command):
        with pytest.raises(NotFound) as caught:
            command("activate", "delays", "v7.0.0")
        assert caught.value.facts["versions"] == ["v1.2.0", "v1.1.0", "v1.0.0"]


def test_a_key_of_no_tenant_is_refused(client):
    del client.headers["authorization"]
    assert client.get("/v1/models").status_code == 401
