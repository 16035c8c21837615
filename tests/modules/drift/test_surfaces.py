"""The surfaces of the drift module."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from everlearn.core import cli
from everlearn.core.testing.make import make
from everlearn.modules.drift import service
from everlearn.modules.drift.cli import app
from everlearn.modules.drift.tables import DriftAlert, DriftMetric
from everlearn.modules.predictions.tables import PerformanceDaily
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.tables import ModelVersion
from everlearn.modules.registry.types import Task


@pytest.fixture
def model(database, tenant):
    with database.tx(tenant) as tx:
        return registry.ensure_model(tx, "delays", task=Task.BINARY)


@pytest.fixture
def alert(database, tenant, model):
    with database.tx(tenant) as tx:
        version = make(tx, ModelVersion, ml_model_id=model.id, status="active")
        made = make(
            tx,
            DriftAlert,
            ml_model_id=model.id,
            model_version_id=version.id,
            detector="psi",
            feature="distance",
            level="critical",
            score=0.51,
            message="distance moved: population stability index 0.510 against v1.0.0",
            first_seen_at=tx.now() - timedelta(days=1),
            last_seen_at=tx.now(),
        )
        service.ensure_watch(tx, model.id)
        common = {"ml_model_id": model.id, "model_version_id": version.id}
        for feature, psi, level in (("distance", 0.51, "critical"), ("wind", 0.02, None)):
            make(
                tx,
                DriftMetric,
                **common,
                resource_id=feature,
                drift_type="data",
                drift_score=psi,
                psi_score=psi,
                alert_triggered=level is not None,
                alert_level=level,
                measured_at=tx.now(),
            )
        for days_ago in (2, 1, 0):
            make(
                tx,
                PerformanceDaily,
                **common,
                role="live",
                made_on=(tx.now() - timedelta(days=days_ago)).date(),
                n_predictions=100,
                n_outcomes=100,
                sum_loss=41.0 + days_ago,
            )
        return made.id


@pytest.fixture
def run(database, tenant, monkeypatch):
    @contextmanager
    def tenant_tx(slug=None):
        with database.tx(tenant) as tx:
            yield tx

    monkeypatch.setattr(cli, "tenant_tx", tenant_tx)
    return lambda *words: CliRunner().invoke(app, list(words), catch_exceptions=False)


class TestRest:
    @pytest.mark.usefixtures("alert")
    def test_status_shows_the_silent_detector(self, client):
        body = client.get("/v1/models/delays/drift").json()
        assert body["open_alerts"] == 1
        assert [each["detector"] for each in body["detectors"]] == ["psi", "adwin", "silent"]

    def test_alerts_are_listed_and_acknowledged(self, client, alert):
        (listed,) = client.get("/v1/models/delays/drift/alerts?only_open=true").json()
        assert listed["id"] == str(alert)
        done = client.post(f"/v1/drift_alerts/{alert}/acknowledge")
        assert done.status_code == 200
        assert done.json()["acknowledged_at"] is not None
        assert done.json()["resolved_at"] is None

    def test_settled_once(self, client, alert):
        body = {"reason": "a storm"}
        assert client.post(f"/v1/drift_alerts/{alert}/resolve", json=body).status_code == 200
        again = client.post(f"/v1/drift_alerts/{alert}/resolve", json=body)
        assert (again.status_code, again.json()["code"]) == (409, "wrong_status")

    def test_the_rival_gets_404(self, client_other, alert):
        for path in (f"/v1/drift_alerts/{alert}/acknowledge",):
            assert client_other.post(path).status_code == 404
        assert client_other.get("/v1/models/delays/drift").status_code == 404
        assert client_other.get("/v1/drift_alerts").json()["items"] == []

    @pytest.mark.usefixtures("alert")
    def test_a_scan_without_a_reference_says_what_is_missing(self, client):
        window = {"until": "2026-03-02T06:00:00Z"}
        answer = client.post("/v1/models/delays/drift/scan", json=window)
        assert (answer.status_code, answer.json()["code"]) == (409, "drift.no_reference")

    @pytest.mark.parametrize(
        "body",
        [{"until": "2026-03-02T00:00:00"}, {"since": "yesterday"}, {"window": 1}],
    )
    @pytest.mark.usefixtures("alert")
    def test_a_senseless_window_is_refused(self, client, body):
        assert client.post("/v1/models/delays/drift/scan", json=body).status_code == 422

    @pytest.mark.usefixtures("alert")
    def test_the_watch_is_changed(self, client):
        body = {"min_rows": 50, "thresholds": [0.2, 0.3, 0.4]}
        changed = client.patch("/v1/models/delays/drift", json=body).json()
        assert (changed["min_rows"], changed["thresholds"]) == (50, [0.2, 0.3, 0.4])
        for wrong in ({"alpha": 1}, {"alpha": "NaN"}, {"thresholds": [3, 2, 1]}, {"volume": 1}):
            assert client.patch("/v1/models/delays/drift", json=wrong).status_code == 422


class TestPages:
    def test_empty_says_what_to_do(self, client):
        page = client.get("/drift")
        assert page.status_code == 200
        assert "No model is registered yet" in page.text

    @pytest.mark.usefixtures("model")
    def test_a_model_without_traffic(self, client):
        page = client.get("/drift")
        assert page.status_code == 200
        assert "Nothing has moved" in page.text
        assert "silent" in page.text
        assert "nothing to compare with yet" in page.text

    def test_full(self, client, alert):
        page = client.get("/drift?model=delays")
        assert page.status_code == 200
        assert "<h1>Drift</h1>" in page.text
        assert "distance moved" in page.text
        assert f"/drift/alerts/{alert}/acknowledge" in page.text
        assert 'class="told critical"' in page.text  # the hot cell
        assert "resource_id=wind" in page.text
        assert f'href="/v1/drift_alerts/{alert}"' in page.text
        assert "psi: distance moved" in page.text  # the mark on the time axis of the loss

    @pytest.mark.usefixtures("alert")
    def test_the_rival_sees_no_alert(self, client_other):
        assert "distance moved" not in client_other.get("/drift").text


class TestCli:
    @pytest.mark.usefixtures("alert")
    def test_alerts(self, run):
        (row,) = json.loads(run("alerts", "--json").output)
        assert row["feature"] == "distance"
        assert "distance moved" in run("alerts", "--model", "delays").output

    @pytest.mark.usefixtures("alert")
    def test_status(self, run):
        rows = json.loads(run("status", "delays", "--json").output)
        assert [row["detector"] for row in rows] == ["psi", "adwin", "silent"]

    def test_acknowledge(self, run, alert):
        assert json.loads(run("acknowledge", str(alert), "--json").output)["acknowledged_by"]
