from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from everlearn.core import cli, jobs
from everlearn.core.testing.plugin import ACTOR, TEST_TIME
from everlearn.modules.features import service as features
from everlearn.modules.features.types import Entities, Numeric
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task
from everlearn.modules.tenancy import service as tenancy
from everlearn.modules.tenancy.types import Role
from everlearn.modules.training.cli import app

PAGE = {"accept": "text/html"}
HERE = {"origin": "http://testserver", **PAGE}
N = 300


@pytest.fixture
def model(database, tenant):
    """Give a model with 300 vectors and outcomes of the last 60 days."""
    with database.tx(tenant, actor=ACTOR) as tx:
        features.declare_source(tx, "arrivals", dims=[], values=["late"])
        chosen = features.declare_set(tx, "flights", [Numeric("distance")])
        made = [TEST_TIME - timedelta(days=60) * (1 - i / N) for i in range(N)]
        distance = np.random.default_rng(2).normal(size=N)
        ids = [f"flight-{i}" for i in range(N)]
        features.materialize(tx, chosen, Entities(ids, made, {"distance": distance}))
        features.record_facts(
            tx,
            "arrivals",
            entity_ids=ids,
            event_at=made,
            known_at=made,
            values={"late": (distance > 0.3).astype(float)},
        )
        params = {
            "label": {"source": "arrivals", "value": "late"},
            "holdout_days": 15,
            "rounds": 10,
            "min_rows": 100,
        }
        return registry.ensure_model(
            tx, "delays", task=Task.BINARY, feature_set_id=chosen.id, params=params
        )


@pytest.fixture
def work(database, tenant):
    def run(job_id):
        with database.tx(tenant) as tx:
            run_id = tx.scalar(
                "SELECT run_id FROM ml_training_jobs WHERE tenant_id = app.tenant_id()"
                " AND id = :id",
                {"id": job_id},
            )
        jobs.run(database, tenant_id=tenant, run_id=run_id, clock=database.clock)

    return run


@pytest.mark.usefixtures("model")
class TestRest:
    def test_from_starting_to_the_metrics(self, client, work):
        started = client.post("/v1/models/delays/training", json={"reason": "scheduled"})
        assert started.status_code == 202
        job = started.json()
        assert (job["status"], job["reason"]) == ("queued", "scheduled")
        again = client.post("/v1/models/delays/training", json={})
        assert again.json()["id"] == job["id"]
        work(job["id"])
        done = client.get(f"/v1/training/{job['id']}").json()
        assert (done["status"], done["version"]) == ("completed", "v1.0.0")
        assert done["metrics"]["auc"] > 0.9
        listed = client.get("/v1/models/delays/training").json()
        assert [one["id"] for one in listed] == [job["id"]]
        assert client.get("/v1/model_training_sessions").json()["items"][0]["current_epoch"] == 10

    def test_cancel(self, client):
        job = client.post("/v1/models/delays/training", json={}).json()["id"]
        path = f"/v1/training/{job}/cancel"
        assert client.post(path).json()["status"] == "cancelled"
        assert client.post(path).status_code == 409

    @pytest.mark.parametrize(
        ("sent", "status", "field"),
        [
            ({"reason": "mood"}, 422, "reason"),
            ({"params": {"rounds": 0}}, 422, "params.rounds"),
            ({"params": {"trees": 9}}, 422, "params.trees"),
            ({"when": "now"}, 422, "when"),
        ],
    )
    def test_a_wrong_body_names_its_field(self, client, sent, status, field):
        answer = client.post("/v1/models/delays/training", json=sent)
        assert (answer.status_code, answer.json()["field"]) == (status, field)

    def test_what_is_not_there(self, client):
        assert client.post("/v1/models/none/training", json={}).status_code == 404
        answer = client.get(f"/v1/training/{uuid4()}")
        assert (answer.status_code, answer.json()["code"]) == (404, "training.unknown_job")

    def test_another_tenant_sees_nothing(self, client, client_other):
        job = client.post("/v1/models/delays/training", json={}).json()["id"]
        assert client_other.get(f"/v1/training/{job}").status_code == 404
        assert client_other.post(f"/v1/training/{job}/cancel").status_code == 404
        assert client_other.get("/v1/ml_training_jobs").json()["items"] == []


@pytest.mark.usefixtures("model")
class TestTrainingSet:
    def test_as_an_arrow_stream(self, client):
        headers = {"accept": "application/vnd.apache.arrow.stream"}
        answer = client.get("/v1/models/delays/training_set", headers=headers)
        found = pa.ipc.open_stream(answer.content).read_all()
        assert found.num_rows == N
        late = found.column("distance").to_numpy() > 0.3
        assert found.column("label").to_pylist() == late.astype(float).tolist()

    def test_as_pages_of_json(self, client):
        read, cursor = [], ""
        while cursor is not None:
            path = f"/v1/models/delays/training_set?limit=130&cursor={cursor}"
            answer = client.get(path).json()
            read += answer["items"]
            cursor = answer["next_cursor"]
        assert [row["entity_id"] for row in read] == [f"flight-{i}" for i in range(N)]

    def test_labels_known_later_do_not_count(self, client):
        until = (TEST_TIME - timedelta(days=30)).isoformat().replace("+00:00", "Z")
        answer = client.get(f"/v1/models/delays/training_set?limit=500&until={until}").json()
        assert len(answer["items"]) == N // 2 + 1

    def test_another_tenant_has_no_such_model(self, client_other):
        assert client_other.get("/v1/models/delays/training_set").status_code == 404


class TestPages:
    def test_without_a_model(self, client):
        page = client.get("/training", headers=PAGE)
        assert page.status_code == 200
        assert "<h1>Training</h1>" in page.text
        assert "There is no model to train yet." in page.text

    @pytest.mark.usefixtures("model")
    def test_without_a_job(self, client):
        page = client.get("/training", headers=PAGE).text
        assert "everlearn training start delays" in page

    @pytest.mark.usefixtures("model")
    def test_the_button_starts_a_job_and_shows_it(self, client, work):
        answer = client.post("/training/start", data={"model": "delays"}, headers=HERE)
        assert answer.status_code == 200
        assert "<h1>Training of delays</h1>" in answer.text
        assert "It waits for a worker." in answer.text
        assert "Cancel" in answer.text
        job = client.get("/v1/models/delays/training").json()[0]["id"]
        work(job)
        page = client.get(f"/training/jobs/{job}", headers=PAGE).text
        assert "round by round" in page
        assert "v1.0.0" in page
        listed = client.get("/training?model=delays", headers=PAGE).text
        assert f'href="/training/jobs/{job}"' in listed
        assert "completed" in listed

    @pytest.mark.usefixtures("model")
    def test_a_failed_one_says_why(self, client, work):
        sent = {"params": {"min_rows": 9000}}
        job = client.post("/v1/models/delays/training", json=sent).json()["id"]
        work(job)
        for path in (f"/training/jobs/{job}", "/training"):
            assert "9000 are needed" in client.get(path, headers=PAGE).text

    @pytest.mark.usefixtures("model")
    def test_the_cancel_button(self, client):
        job = client.post("/v1/models/delays/training", json={}).json()["id"]
        page = client.post(f"/training/jobs/{job}/cancel", headers=HERE)
        assert page.status_code == 200
        assert "cancelled" in page.text

    @pytest.mark.usefixtures("model")
    def test_a_reader_sees_no_button(self, client, database, tenant):
        with database.tx(tenant) as tx:
            key = tenancy.create_key(tx, name="k", role=Role.READER)
        client.headers["authorization"] = f"Bearer {key.secret}"
        assert "Start training" not in client.get("/training", headers=PAGE).text
        refused = client.post("/training/start", data={"model": "delays"}, headers=HERE)
        assert refused.status_code == 403

    def test_an_unknown_model_or_job_is_not_found(self, client):
        assert client.get("/training?model=none", headers=PAGE).status_code == 404
        assert client.get(f"/training/jobs/{uuid4()}", headers=PAGE).status_code == 404


@pytest.mark.usefixtures("model")
class TestCommands:
    @pytest.fixture
    def command(self, database, monkeypatch):
        made = SimpleNamespace(database=database, settings=SimpleNamespace(tenant="acme"))

        @contextmanager
        def runtime():
            yield made

        monkeypatch.setattr(cli, "runtime", runtime)
        return lambda *words: CliRunner().invoke(app, words, catch_exceptions=False)

    def test_start_list_cancel(self, command):
        assert command("list").stdout == "nothing yet\n"
        made = json.loads(command("start", "delays", "--json").stdout)
        assert (made["model"], made["status"]) == ("delays", "queued")
        (row,) = json.loads(command("list", "delays", "--json").stdout)
        assert row["id"] == made["id"]
        assert json.loads(command("cancel", made["id"], "--json").stdout)["status"] == "cancelled"
