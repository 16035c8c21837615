"""The surfaces of the experiments module."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
import pytest
from typer.testing import CliRunner

from everlearn.core import cli, partitions
from everlearn.core.bulk import insert_many
from everlearn.core.ids import uuid7, uuid7_many
from everlearn.core.testing.make import make
from everlearn.modules.experiments import service
from everlearn.modules.experiments.cli import app
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.tables import ModelVersion
from everlearn.modules.registry.types import Task


class World:
    def __init__(self, tx):
        self.model = registry.ensure_model(tx, "delays", task=Task.BINARY)
        self.champion = make(
            tx, ModelVersion, ml_model_id=self.model.id, version="v1.0.0", status="active"
        ).id
        self.challenger = make(
            tx, ModelVersion, ml_model_id=self.model.id, version="v1.1.0", status="draft"
        ).id

    def outcomes(self, tx, begin, *, gain, days=3, n=300):
        """Outcomes of both versions on the same rows, the challenger better by `gain` nats."""
        rng = np.random.default_rng(2)
        rows = [begin + timedelta(days=days) / (days * n) * (i + 1) for i in range(days * n)]
        pairs = [uuid7(at) for at in rows]
        loss = rng.uniform(0.2, 0.6, len(rows))
        partitions.ensure(tx, "predictions.prediction_outcomes", rows)
        for version, role, better in (
            (self.champion, "live", 0.0),
            (self.challenger, "shadow", gain),
        ):
            m = len(rows)
            ids = uuid7_many(m, begin)
            insert_many(
                tx,
                "predictions.prediction_outcomes",
                {
                    "id": ids,
                    "ml_model_id": [self.model.id] * m,
                    "model_version_id": [version] * m,
                    "role": [role] * m,
                    "feature_row_id": pairs,
                    "predicted_value": np.full(m, 0.5),
                    "actual_value": np.ones(m),
                    "error": np.full(m, 0.5),
                    "loss": loss - better + rng.normal(0, 0.05, m),
                    "predicted_at": [begin] * m,
                    "happened_at": rows,
                    "known_at": rows,
                },
            )


@pytest.fixture
def world(database, tenant):
    with database.tx(tenant) as tx:
        return World(tx)


@pytest.fixture
def decided(database, tenant, clock, world):
    """An experiment that found its challenger better, and is still to be concluded."""
    with database.tx(tenant) as tx:
        made = service.start_shadow(tx, world.model.id, challenger_version_id=world.challenger)
        world.outcomes(tx, tx.now(), gain=0.06)
        clock.advance(timedelta(days=3))
        verdict = service.observe(tx, made.id, until=tx.now())
    assert verdict.decision == "better"
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
    def test_start_observe_conclude(self, client, world):
        body = {"model": "delays", "challenger_version_id": str(world.challenger)}
        made = client.post("/v1/experiments", json=body)
        assert made.status_code == 201
        path = f"/v1/experiments/{made.json()['id']}"
        assert client.post(f"{path}/observe").json()["decision"] == "running"
        assert client.get(f"{path}/history").json() == []
        again = client.post("/v1/experiments", json=body)
        assert (again.status_code, again.json()["code"]) == (409, "experiments.already_running")
        end = {"winner": "champion", "reason": "enough seen"}
        assert client.post(f"{path}/conclude", json=end).json()["status"] == "completed"
        assert client.post(f"{path}/conclude", json=end).status_code == 409

    def test_evidence(self, client, decided):
        body = client.get(f"/v1/experiments/{decided}").json()
        assert body["evidence"]["decision"] == "better"
        assert body["evidence"]["e_value"] >= 20
        points = client.get(f"/v1/experiments/{decided}/history").json()
        assert points[-1]["n"] == body["evidence"]["blocks"]

    @pytest.mark.parametrize(
        "wrong", [{"alpha": 0}, {"alpha": 2}, {"clip": -1}, {"block": "week"}, {"color": "red"}]
    )
    def test_senseless_settings(self, client, world, wrong):
        body = {"model": "delays", "challenger_version_id": str(world.challenger)}
        assert client.post("/v1/experiments", json=body | wrong).status_code == 422

    def test_the_rival_gets_404(self, client_other, decided):
        assert client_other.get("/v1/experiments").json() == []
        assert client_other.get(f"/v1/experiments/{decided}").status_code == 404
        assert client_other.post(f"/v1/experiments/{decided}/observe").status_code == 404
        assert client_other.get("/v1/sequential_tests").json()["items"] == []


class TestPages:
    def test_empty_says_what_to_do(self, client):
        page = client.get("/experiments")
        assert page.status_code == 200
        assert "Nothing was tried yet" in page.text

    def test_full(self, client, decided):
        page = client.get("/experiments")
        assert "<h1>Experiments</h1>" in page.text
        assert "better at 95" in page.text
        assert f"/experiments/{decided}" in page.text

    def test_one_shows_the_decision_on_the_time_axis(self, client, decided):
        page = client.get(f"/experiments/{decided}")
        assert page.status_code == 200
        assert "v1.1.0 against v1.0.0" in page.text
        assert "decided: better" in page.text
        assert "decides at log(1/0.05)" in page.text

    def test_one_before_its_first_block(self, client, database, tenant, world):
        with database.tx(tenant) as tx:
            made = service.start_shadow(tx, world.model.id, challenger_version_id=world.challenger)
            other = service.start_promise(
                tx, world.model.id, version_id=world.champion, promised_loss=0.4
            )
        for each in (made, other):
            page = client.get(f"/experiments/{each.id}")
            assert page.status_code == 200
            assert "No block of outcomes is over yet" in page.text

    def test_the_rival_gets_404(self, client_other, decided):
        assert client_other.get(f"/experiments/{decided}").status_code == 404


class TestCli:
    def test_list_and_show(self, run, decided):
        (row,) = json.loads(run("list", "--json").output)
        assert row["decision"] == "better"
        assert "better" in run("list", "--model", "delays").output
        assert json.loads(run("show", str(decided), "--json").output)["challenger"] == "v1.1.0"
