"""Jobs through REST, command line and pages."""

from __future__ import annotations

import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from everlearn.core import cli, jobs
from everlearn.core.clock import SystemClock
from everlearn.core.errors import Invalid, NotFound
from everlearn.modules.operations.cli import app
from everlearn.modules.tenancy import service as tenancy
from everlearn.modules.tenancy.types import Role

PAGE = {"accept": "text/html"}


@pytest.fixture
def enqueue(database, tenant, monkeypatch):
    """Give a function that queues a job, and runs it when asked to."""
    monkeypatch.setattr(jobs, "_jobs", dict(jobs.declared()))

    def refuse(run):
        raise NotFound("no such <model>", hint="train one")

    jobs.job("tests.fine")(lambda _: {"answer": 42})
    jobs.job("tests.refuse")(refuse)

    def put(name="tests.fine", *, run=False):
        with database.tx(tenant) as tx:
            run_id = jobs.enqueue(tx, name, {"n": 1})
        if run:
            jobs.run(database, tenant_id=tenant, run_id=run_id, clock=SystemClock())
        return run_id

    return put


class TestRest:
    def test_cancel_and_retry(self, client, enqueue):
        run_id = enqueue()
        assert client.get(f"/v1/job_runs/{run_id}").json()["status"] == "queued"
        assert client.post(f"/v1/job_runs/{run_id}/cancel").json()["status"] == "cancelled"
        again = client.post(f"/v1/job_runs/{run_id}/cancel")
        assert (again.status_code, again.json()["code"]) == (409, "wrong_status")
        assert client.post(f"/v1/job_runs/{run_id}/retry").json()["status"] == "queued"
        assert client.get("/v1/job_runs?status=queued").json()["items"][0]["id"] == str(run_id)

    def test_another_tenants_job(self, client_other, enqueue):
        run_id = enqueue()
        for act in ("cancel", "retry"):
            assert client_other.post(f"/v1/job_runs/{run_id}/{act}").status_code == 404

    def test_retention(self, client):
        path = "/v1/data_retention_policies"
        assert client.put(f"{path}/events.learning_events", json={"days": 30}).status_code == 200
        (row,) = client.get(path).json()["items"]
        assert row["table_name"] == "events.learning_events"
        assert client.put(f"{path}/audit.audit_logs", json={"days": 30}).status_code == 422
        assert client.put(f"{path}/events.learning_events", json={"days": 0}).status_code == 422


class TestPages:
    def test_empty(self, client):
        page = client.get("/operations", headers=PAGE)
        assert page.status_code == 200
        assert "<h1>Jobs</h1>" in page.text
        assert "Nothing runs or waits" in page.text
        assert "No job has ended yet" in page.text

    def test_full(self, client, enqueue, database, tenant):
        waiting, ended, failed = enqueue(), enqueue(run=True), enqueue("tests.refuse", run=True)
        running = enqueue()
        with database.tx(tenant) as tx:
            tx.execute(
                "UPDATE operations.job_runs SET status = 'running', progress_ratio = 0.25,"
                " note = 'fitting', started_at = :now WHERE id = :id",
                {"id": running, "now": tx.now()},
            )
        page = client.get("/operations", headers=PAGE).text
        assert 'data-live="/v1/live"' in page
        assert 'aria-valuenow="25"' in page
        assert "fitting" in page
        assert "no such &lt;model&gt;" in page
        for run_id in (waiting, ended, failed, running):
            assert f"/operations/jobs/{run_id}" in page
        assert f"/operations/jobs/{waiting}/cancel" in page
        assert f"/operations/jobs/{failed}/retry" in page
        assert f"/operations/jobs/{ended}/retry" not in page

    def test_one_job(self, client, enqueue):
        failed = client.get(
            f"/operations/jobs/{enqueue('tests.refuse', run=True)}", headers=PAGE
        ).text
        assert "<h1>tests.refuse</h1>" in failed
        assert "no such &lt;model&gt;" in failed
        assert "train one" in failed
        fine = client.get(f"/operations/jobs/{enqueue(run=True)}", headers=PAGE).text
        assert "answer" in fine
        assert "Why it failed" not in fine

    def test_buttons(self, client, enqueue):
        run_id = enqueue()
        client.follow_redirects = False
        for act, status in (("cancel", "cancelled"), ("retry", "queued")):
            answer = client.post(f"/operations/jobs/{run_id}/{act}", headers=PAGE)
            assert (answer.status_code, answer.headers["location"]) == (
                303,
                f"/operations/jobs/{run_id}",
            )
            assert client.get(f"/v1/job_runs/{run_id}").json()["status"] == status

    def test_a_reader_has_no_buttons(self, client, enqueue, database, tenant):
        run_id = enqueue()
        with database.tx(tenant) as tx:
            key = tenancy.create_key(tx, name="r", role=Role.READER)
        client.headers["authorization"] = f"Bearer {key.secret}"
        assert "/cancel" not in client.get("/operations", headers=PAGE).text
        assert client.post(f"/operations/jobs/{run_id}/cancel").status_code == 403


@pytest.fixture
def command(database, tenant, monkeypatch):
    """Give a function that runs a command on the test's own transaction."""
    made = SimpleNamespace(database=database, settings=SimpleNamespace(tenant="acme"))

    @contextmanager
    def runtime():
        yield made

    monkeypatch.setattr(cli, "runtime", runtime)

    def run(*words):
        return CliRunner().invoke(app, words, catch_exceptions=False)

    return run


class TestCommands:
    def test_jobs(self, command, enqueue):
        assert command("jobs").stdout == "nothing yet\n"
        run_id = str(enqueue())
        (job,) = json.loads(command("jobs", "--status", "queued", "--json").stdout)
        assert job["id"] == run_id
        assert json.loads(command("cancel", run_id, "--json").stdout)["status"] == "cancelled"
        assert json.loads(command("retry", run_id, "--json").stdout)["status"] == "queued"
        assert "tests.fine" in command("jobs").stdout
        with pytest.raises(Invalid):
            command("jobs", "--status", "gone")

    def test_retention(self, command):
        table = "events.learning_events"
        assert json.loads(command("retention", table, "--json").stdout)["days"] == 730
        assert json.loads(command("retention", table, "--days", "9", "--json").stdout)["days"] == 9
        kept = json.loads(command("retention", "audit.audit_logs", "--json").stdout)
        assert kept["days"] is None
