"""Predictions over HTTP, on the command line and as pages."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from everlearn.core import chores, jobs, partitions
from everlearn.core import cli as core_cli
from everlearn.core.errors import Invalid, NotFound
from everlearn.core.testing.make import make
from everlearn.modules.predictions import cli, service
from everlearn.modules.predictions.tables import Forecast
from tests.modules.predictions.world import build, counts, fitted, payload, rows

ASK = "/v1/models/delays/predictions"


@pytest.fixture
def world(database, tenant):
    with database.tx(tenant) as tx:
        made = build(tx)
        held_out = fitted(1)[1]
        service.set_calibration(tx, made.live.id, margins=held_out[:, 0], labels=held_out[:, 1])
        return made


def written(database, tenant):
    with database.tx(tenant) as tx:
        return counts(tx)


class TestRest:
    @pytest.mark.usefixtures("world")
    def test_ask_get_list(self, client):
        sent = client.post(ASK, json={"entity_id": "one", "features": payload()})
        assert sent.status_code == 201
        body = sent.json()
        assert body["lower"] <= body["value"] <= body["upper"]
        added = [reason["contribution"] for reason in body["reasons"]]
        assert sum(added) + body["base"] == pytest.approx(body["margin"], abs=1e-4)
        assert [abs(one) for one in added] == sorted((abs(one) for one in added), reverse=True)
        assert client.get(f"/v1/predictions/{body['id']}").json() == body
        page = client.get("/v1/predictions", params={"model": "delays", "entity_id": "one"}).json()
        assert [item["id"] for item in page["items"]] == [body["id"]]
        assert client.get("/v1/predictions", params={"closed": True}).json()["items"] == []

    def test_cursor(self, client, world, database, tenant):
        with database.tx(tenant) as tx:
            service.predict_many(tx, world.model, rows(tx, world, 5))
        first = client.get("/v1/predictions", params={"limit": 3}).json()
        second = client.get(
            "/v1/predictions", params={"limit": 3, "cursor": first["next_cursor"]}
        ).json()
        ids = [item["id"] for page in (first, second) for item in page["items"]]
        assert len(set(ids)) == 5
        assert second["next_cursor"] is None

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ('{"entity_id": "x", "features": {"wind": NaN}}', "features.distance"),
            ('{"entity_id": "x", "features": FEATURES(NaN)}', "features.wind"),
            ('{"entity_id": "x", "features": FEATURES(1e999)}', "features.wind"),
            ('{"entity_id": "x", "features": FEATURES("7")}', "features.wind"),
            ('{"entity_id": "x", "features": FEATURES({})}', "features.wind"),
            ('{"entity_id": "x", "features": FEATURES(1' + "0" * 400 + ")}", "features.wind"),
            ('{"entity_id": "x", "features": FEATURES(1), "colour": 1}', "colour"),
            ('{"entity_id": "", "features": FEATURES(1)}', "entity_id"),
            ('{"entity_id": "a\\u0000b", "features": FEATURES(1)}', "entity_id"),
            (
                '{"entity_id": "x", "features": FEATURES(1), "as_of": "2026-01-01T00:00:00"}',
                "as_of",
            ),
            ('{"entity_id": "x", "features": [1]}', "features"),
            ('{"entity_id": "x", "features": ', "body"),
            ("", "body"),
            ("[]", "body"),
        ],
    )
    @pytest.mark.usefixtures("world")
    def test_bad_body(self, client, database, tenant, body, field):
        whole = json.dumps(payload() | {"wind": "WIND"}).replace('"WIND"', "%s")
        head, mark, rest = body.partition("FEATURES(")
        if mark:
            value, _, tail = rest.partition(")")
            body = head + whole % value + tail
        before = written(database, tenant)
        answer = client.post(ASK, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["field"] == field
        assert answer.json()["detail"]
        assert written(database, tenant) == before

    def test_missing(self, client, world):
        ask = {"entity_id": "x", "features": payload()}
        assert client.post("/v1/models/nobody/predictions", json=ask).status_code == 404
        assert client.get(f"/v1/predictions/{world.model.id}").status_code == 404
        assert client.get("/v1/predictions/no-uuid").status_code == 422
        assert client.get("/v1/predictions", params={"cursor": "bm8"}).status_code == 422
        assert client.get("/v1/predictions", params={"entity_id": "a\0"}).status_code == 422
        assert client.get("/v1/models/nobody/performance").status_code == 404

    def test_no_live_version(self, client, database, tenant):
        with database.tx(tenant) as tx:
            build(tx, live=False)
        answer = client.post(ASK, json={"entity_id": "x", "features": payload()})
        assert answer.status_code == 409
        assert answer.json()["code"] == "registry.no_live_version"

    def test_performance(self, client, world, database, tenant):
        with database.tx(tenant) as tx:
            service.predict_many(tx, world.model, rows(tx, world, 4))
        for by in ("month", "day"):
            found = client.get("/v1/models/delays/performance", params={"by": by}).json()
            assert [(each["predictions"], each["outcomes"]) for each in found] == [(4, 0)]
            assert found[0]["loss"] is None
        assert client.get("/v1/models/delays/performance?by=year").status_code == 422

    @pytest.mark.usefixtures("world")
    def test_other_tenant(self, client, client_other):
        made = client.post(ASK, json={"entity_id": "one", "features": payload()}).json()
        assert client_other.get(f"/v1/predictions/{made['id']}").status_code == 404
        assert client_other.get("/v1/predictions").json()["items"] == []
        assert client_other.get("/v1/ml_predictions").json()["items"] == []
        assert client_other.get("/v1/performance_daily").json()["items"] == []
        assert client_other.post(ASK, json={"entity_id": "x", "features": {}}).status_code == 404


@pytest.fixture
def run(database, tenant, monkeypatch):
    @contextmanager
    def open_tx(slug=None):
        with database.tx(tenant) as tx:
            yield tx

    monkeypatch.setattr(core_cli, "tenant_tx", open_tx)

    def run(*words):
        return CliRunner().invoke(cli.app, list(words))

    return run


class TestCommandLine:
    @pytest.mark.usefixtures("world")
    def test_make_show_list(self, run, tmp_path):
        file = tmp_path / "features.json"
        file.write_text(json.dumps(payload()))
        made = run("make", "delays", "--entity", "one", "--features", f"@{file}", "--json")
        assert made.exit_code == 0
        found = json.loads(made.stdout)
        assert json.loads(run("show", found["id"], "--json").stdout)["value"] == found["value"]
        assert found["id"] in run("list", "--model", "delays", "--open").stdout
        assert run("list", "--closed").stdout == "nothing yet\n"
        assert "reasons" in run("show", found["id"]).stdout

    @pytest.mark.parametrize("features", ["{", "[]", "@/nowhere", '{"wind": 1}'])
    @pytest.mark.usefixtures("world")
    def test_bad_features(self, run, features):
        done = run("make", "delays", "--entity", "one", "--features", features)
        assert isinstance(done.exception, Invalid)
        assert done.exception.exit_code == 2

    def test_unknown(self, run, world):
        assert isinstance(run("show", str(world.model.id)).exception, NotFound)
        assert isinstance(run("show", "x").exception, Invalid)


class TestPages:
    def test_empty(self, client):
        page = client.get("/predictions", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "<h1>Predictions</h1>" in page.text
        assert "everlearn demo flights" in page.text

    @pytest.mark.usefixtures("world")
    def test_empty_with_a_model(self, client):
        assert "everlearn predictions make delays" in client.get("/predictions").text

    @pytest.mark.usefixtures("world")
    def test_list(self, client):
        made = client.post(ASK, json={"entity_id": "one", "features": payload()}).json()
        page = client.get("/predictions")
        assert page.status_code == 200
        assert f'href="/predictions/{made["id"]}"' in page.text
        assert "interval" in page.text
        for filters, shown in (
            ("model=delays&state=open", True),
            ("state=closed", False),
            ("entity=one", True),
            ("entity=two", False),
        ):
            found = client.get(f"/predictions?{filters}").text
            assert (made["id"] in found) is shown
            assert ("No prediction fits" in found) is not shown
        shadow = client.get("/predictions?role=shadow").text
        assert made["id"] not in shadow
        assert "No prediction fits" not in shadow

    def test_pages_of_the_list(self, client, world, database, tenant):
        with database.tx(tenant) as tx:
            service.predict_many(tx, world.model, rows(tx, world, 60))
        page = client.get("/predictions?model=delays").text
        older = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
        assert client.get(older.replace("&amp;", "&")).text.count('scope="row"') == 10

    @pytest.mark.usefixtures("world")
    def test_one(self, client):
        made = client.post(ASK, json={"entity_id": "<b>one</b>", "features": payload()}).json()
        page = client.get(f"/predictions/{made['id']}")
        assert page.status_code == 200
        assert "<b>one</b>" not in page.text
        assert "Nothing has happened yet" in page.text
        for name in payload():
            assert name in page.text
        assert f"/features/rows/{made['feature_row_id']}" in page.text
        assert client.get(f"/features/rows/{made['feature_row_id']}").status_code == 200
        assert client.get("/registry/models/delays").status_code == 200

    def test_one_with_its_outcome(self, client, world, database, tenant):
        made = client.post(ASK, json={"entity_id": "one", "features": payload()}).json()
        with database.tx(tenant) as tx:
            service.write_outcomes(
                tx,
                world.model,
                entity_ids=["one"],
                values=[1],
                happened_at=[tx.now()],
                known_at=[tx.now()],
            )
            shadow = service.list_predictions(tx, role=None).items
        page = client.get(f"/predictions/{made['id']}").text
        assert "Nothing has happened yet" not in page
        assert "Log loss" in page
        assert "Other answers about one" in page
        other = next(item for item in shadow if item["role"] == "shadow")
        assert "No reasons were kept" in client.get(f"/predictions/{other['id']}").text

    @pytest.mark.usefixtures("world")
    def test_missing_and_foreign(self, client, client_other):
        made = client.post(ASK, json={"entity_id": "one", "features": payload()}).json()
        html = {"accept": "text/html"}
        assert client_other.get(f"/predictions/{made['id']}", headers=html).status_code == 404
        assert made["id"] not in client_other.get("/predictions", headers=html).text
        assert client.get("/predictions?model=nobody", headers=html).status_code == 404


class TestAnswersOfClients:
    @pytest.fixture
    def made(self, database, tenant):
        with database.tx(tenant) as tx:
            partitions.ensure(tx, "predictions.ml_predictions", [tx.scalar("SELECT now()")])
            return list(
                tx.execute(
                    "WITH one AS (INSERT INTO oracle_ml_predictions (query, predicted_quality,"
                    " predicted_relevance) VALUES ('why', 0.5, 0.25) RETURNING id),"
                    " two AS (INSERT INTO ml_predictions (prediction_id, resource_id, model_id,"
                    " violation_probability, confidence_score, risk_level, inference_time_ms,"
                    " model_version, features_used, shap_values) VALUES ('pred-1', 'vm-7', 'guard',"
                    """ 0.8, 0.9, 'high', 3, 'v2', '{"ports": [1]}', '{"ports": 0.5}')"""
                    " RETURNING id) TABLE one UNION ALL TABLE two"
                ).scalars()
            )

    def test_rest(self, client, made):
        oracle, guard = (client.get(f"/v1/predictions/{id_}").json() for id_ in made)
        assert (oracle["kind"], oracle["model"], oracle["version"]) == ("service", None, None)
        assert (guard["kind"], guard["model"], guard["entity_id"]) == (
            "compliance",
            "guard",
            "vm-7",
        )
        assert guard["reasons"] == [{"feature": "ports", "value": "[1]", "contribution": 0.5}]
        assert len(client.get("/v1/predictions").json()["items"]) == 2

    def test_pages(self, client, made):
        page = client.get("/predictions").text
        assert all(f'href="/predictions/{id_}"' in page for id_ in made)
        assert "oracle" in page
        shown = [client.get(f"/predictions/{id_}") for id_ in made]
        assert [each.status_code for each in shown] == [200, 200]
        assert "Prediction about quality by oracle" in shown[0].text
        assert f"feedback resolve --prediction {made[0]}" in shown[0].text
        assert "As the client sent them." in shown[1].text


class TestForecasts:
    def test_list_and_get(self, client, database, tenant):
        with database.tx(tenant) as tx:
            made = make(tx, Forecast, predicted_value={"p95_ms": 300})
        page = client.get("/v1/forecasts?status=active").json()
        assert [item["predicted_value"] for item in page["items"]] == [{"p95_ms": 300}]
        assert client.get("/v1/forecasts?status=expired").json()["items"] == []
        assert client.get("/v1/forecasts?status=lost").status_code == 422
        assert client.get(f"/v1/forecasts/{made.id}").json()["id"] == str(made.id)

    def test_missing(self, client):
        assert client.get("/v1/forecasts/019cae6b-6600-703f-96bb-194a78f66511").status_code == 404


class TestSums:
    def test_command_and_jobs(self, cli, db):
        tenant = db.tenant("default")
        with db.database().tx(tenant) as tx:
            made = build(tx, shadow=False)
            service.predict_many(tx, made.model, rows(tx, made, 3))
            tx.execute("DELETE FROM performance_daily")
            run_id = jobs.enqueue(tx, "predictions.rebuild")
        house = chores.House(db.server, db.settings, db.clock)
        assert chores.declared()["predictions.refresh"].function(house) == {"days": 0}
        jobs.run(db.database(), tenant_id=tenant, run_id=run_id, clock=db.clock)
        with db.database().tx(tenant) as tx:
            results = tx.execute("SELECT status, result FROM job_runs ORDER BY id").all()
            assert [tuple(each) for each in results] == [("completed", {"models": ["delays"]})]
            assert tx.scalar("SELECT n_predictions FROM performance_daily") == 3
            tx.execute("DELETE FROM performance_daily")
        assert cli("predictions", "rebuild", "delays").code == 0
        with db.database().tx(tenant) as tx:
            assert tx.scalar("SELECT n_predictions FROM performance_daily") == 3
