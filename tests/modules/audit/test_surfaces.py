"""The trail through REST, command line and page."""

from __future__ import annotations

import json
from contextlib import contextmanager
from types import SimpleNamespace

import psycopg
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from everlearn.core import cli
from everlearn.entry.api import create_app
from everlearn.modules.audit import service
from everlearn.modules.audit.cli import app
from everlearn.modules.tenancy import service as tenancy

PAGE = {"accept": "text/html"}


def fill(database, tenant, n=3):
    with database.tx(tenant) as tx:
        for i in range(n):
            service.record(
                tx, action_type="update", resource_type="model", resource_id=f"model-{i}"
            )


class TestRest:
    def test_rows_and_chain(self, client, database, tenant, client_other):
        fill(database, tenant)
        rows = client.get("/v1/audit_logs?resource_type=model").json()["items"]
        assert [row["resource_id"] for row in rows] == ["model-2", "model-1", "model-0"]
        assert client.get(f"/v1/audit_logs/{rows[0]['id']}").json()["seq"] == rows[0]["seq"]
        chain = client.get("/v1/audit_chain").json()
        assert chain["first_broken"] is None
        assert chain["head_sha256"] == rows[0]["sha256"]
        other = client_other.get("/v1/audit_logs?resource_type=model").json()
        assert other["items"] == []
        assert client_other.get(f"/v1/audit_logs/{rows[0]['id']}").status_code == 404

    def test_nothing_changes_a_row(self, client, database, tenant):
        fill(database, tenant, 1)
        row = client.get("/v1/audit_logs").json()["items"][0]
        for act in (client.delete, client.put, client.patch):
            assert act(f"/v1/audit_logs/{row['id']}").status_code == 405


class TestPage:
    def test_empty(self, client):
        page = client.get("/audit?resource=nothing", headers=PAGE)
        assert page.status_code == 200
        assert "<h1>Audit</h1>" in page.text
        assert "No row fits" in page.text

    def test_full_with_filter_and_next_page(self, client, database, tenant):
        fill(database, tenant, 60)
        page = client.get("/audit?resource=model", headers=PAGE).text
        assert "whole" in page
        assert "tester" not in page
        assert "everlearn" in page
        assert "model-59" in page
        assert "model-5<" not in page
        following = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        assert "model-5<" in client.get(following.replace("&amp;", "&"), headers=PAGE).text
        one = client.get("/audit?resource=model&of=model-7", headers=PAGE).text
        assert "model-7" in one
        assert "model-8" not in one

    def test_a_broken_chain_is_shown(self, db):
        tenant, database = db.tenant(), db.database()
        fill(database, tenant)
        with database.tx(tenant) as tx:
            key = tenancy.create_key(tx, name="k")
        with psycopg.connect(db.server.conninfo("owner")) as owner:
            owner.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant)])
            owner.execute("DELETE FROM audit.audit_logs WHERE seq = 2")
        client = TestClient(create_app(database))
        client.headers["authorization"] = f"Bearer {key.secret}"
        page = client.get("/audit", headers=PAGE).text
        assert "broken" in page
        assert "row 2 was changed or taken out" in page


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
    def test_list(self, command, database, tenant):
        fill(database, tenant)
        rows = json.loads(command("list", "--resource", "model", "--json").stdout)
        assert [row["resource_id"] for row in rows] == ["model-2", "model-1", "model-0"]
        assert "model-1" in command("list", "--action", "update").stdout
        assert command("list", "--resource", "nothing").stdout == "nothing yet\n"

    def test_verify(self, command, database, tenant):
        fill(database, tenant)
        done = command("verify", "--json")
        assert done.exit_code == 0
        assert json.loads(done.stdout)["ok"] is True
