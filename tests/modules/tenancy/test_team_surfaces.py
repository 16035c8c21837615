"""Teams, settings and rights through REST, command line and page."""

from __future__ import annotations

import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from everlearn.core import cli
from everlearn.modules.tenancy import service
from everlearn.modules.tenancy.cli import app
from everlearn.modules.tenancy.types import Role, WorkspaceType

PAGE = {"accept": "text/html"}


@pytest.fixture
def ada(database, tenant):
    with database.tx(tenant) as tx:
        return service.create_user(tx, email="ada@example.org", username="ada")


@pytest.fixture
def bob(database, tenant):
    with database.tx(tenant) as tx:
        return service.create_user(tx, email="bob@example.org", username="bob")


@pytest.fixture
def team(client, ada):
    return client.post("/v1/teams", json={"name": "ops", "owner_id": str(ada)}).json()


@pytest.fixture
def as_user(client, database, tenant):
    """Give a function that makes the client act for a user, or as a key of another role."""

    def switch(user, role=Role.WRITER):
        with database.tx(tenant) as tx:
            key = service.create_key(tx, name="k", role=role, user_id=user)
        client.headers["authorization"] = f"Bearer {key.secret}"
        return client

    return switch


class TestRest:
    def test_a_team_and_its_members(self, client, client_other, team, ada, bob):
        at = f"/v1/teams/{team['id']}"
        assert (team["owner"], team["members"]) == ("ada", 1)
        made = client.post(f"{at}/members", json={"user_id": str(bob), "role": "viewer"})
        assert (made.status_code, made.json()["role"]) == (201, "viewer")
        changed = client.patch(f"{at}/members/{bob}", json={"role": "admin"})
        assert changed.json()["role"] == "admin"
        last = client.delete(f"{at}/members/{ada}")
        assert (last.status_code, last.json()["code"]) == (409, "tenancy.last_owner")
        listed = client.get(f"/v1/team_members?team_id={team['id']}").json()["items"]
        assert {member["role"] for member in listed} == {"owner", "admin"}
        assert client.delete(f"{at}/members/{bob}").status_code == 204
        assert client.patch(at, json={"description": "Runs it."}).json()["name"] == "ops"
        assert client.get("/v1/teams").json()["items"][0]["description"] == "Runs it."
        assert client_other.patch(at, json={"name": "x"}).status_code == 404
        assert client_other.get("/v1/teams").json()["items"] == []

    def test_workspaces_and_sessions(self, client, team, ada):
        body = {"name": "board", "workspace_type": "dashboard"}
        space = client.post(f"/v1/teams/{team['id']}/workspaces", json=body).json()
        at = f"/v1/shared_workspaces/{space['id']}"
        assert client.patch(at, json={"is_public": True}).json()["is_public"] is True
        body = {"session_name": "plan", "session_type": "planning", "host_id": str(ada)}
        made = client.post(f"{at}/sessions", json=body).json()
        at = f"/v1/collaboration_sessions/{made['id']}"
        for status in ("paused", "active", "ended"):
            assert client.patch(at, json={"status": status}).json()["status"] == status
        again = client.patch(at, json={"status": "active"})
        assert (again.status_code, again.json()["code"]) == (409, "wrong_status")
        assert client.get(at).json()["ended_at"]

    def test_settings(self, client, team):
        at = f"/v1/teams/{team['id']}/settings/limit"
        assert client.put(at, json={"value": 3}).json()["setting_type"] == "number"
        wrong = client.put(at, json={"value": "3", "setting_type": "number"})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "value")
        secret = client.put(at, json={"value": "x", "is_encrypted": True})
        assert (secret.status_code, secret.json()["code"]) == (422, "tenancy.no_encryption")
        assert client.get("/v1/enterprise_settings").json()["items"][0]["setting_value"] == 3
        assert client.delete(at).status_code == 204
        assert client.delete(at).status_code == 404

    def test_a_sign_on_never_shows_its_config(self, client, team):
        at = f"/v1/teams/{team['id']}/sso"
        body = {"provider_name": "okta", "config": {"client_secret": "hush-hush"}}
        made = client.put(f"{at}/oidc", json=body)
        assert made.status_code == 200
        answers = [made, client.get(at), client.get("/v1/audit_logs?limit=500")]
        assert answers[1].json()["items"][0]["provider_name"] == "okta"
        for answer in answers:
            assert answer.status_code == 200
            assert "hush-hush" not in answer.text
        assert client.get("/v1/sso_configurations").status_code == 404
        assert client.put(f"{at}/kerberos", json=body).status_code == 422

    def test_permissions(self, client, ada):
        body = {"role_name": "tenant.reader", "resource_type": "api", "permission_type": "read"}
        made = client.post("/v1/role_permissions", json=body)
        assert made.status_code == 201
        query = f"/v1/can?user_id={ada}&resource_type=api&action="
        assert client.get(f"{query}read").json() == {"allowed": True}
        assert client.get(f"{query}write").json() == {"allowed": False}
        at = f"/v1/role_permissions/{made.json()['id']}"
        assert client.get(at).json()["role_name"] == "tenant.reader"
        assert client.delete(at).status_code == 204
        assert client.get(f"{query}read").json() == {"allowed": False}

    def test_a_users_key_reaches_what_the_users_teams_share(self, as_user, team, ada, bob):
        client = as_user(bob)
        assert client.get("/v1/teams").json()["items"] == []
        at = f"/v1/teams/{team['id']}"
        assert client.patch(at, json={"name": "mine"}).status_code == 404
        own = client.post("/v1/teams", json={"name": "bobs"})
        assert (own.status_code, own.json()["owner"]) == (201, "bob")
        assert client.get(f"{at}/sso").status_code == 404
        client = as_user(ada)
        assert [each["name"] for each in client.get("/v1/teams").json()["items"]] == ["ops"]
        assert client.patch(at, json={"name": "mine"}).json()["name"] == "mine"
        assert client.get("/v1/role_permissions").json()["items"] == []

    def test_a_writers_key_without_a_user_administers_no_team(self, as_user, team, bob):
        client = as_user(None)
        at = f"/v1/teams/{team['id']}"
        assert client.patch(at, json={"name": "x"}).status_code == 403
        added = client.post(f"{at}/members", json={"user_id": str(bob)})
        assert added.status_code == 403
        assert client.put(f"{at}/settings/k", json={"value": 1}).status_code == 403

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "name"),
            ({"name": "x"}, "owner_id"),
            ({"name": "x", "colour": "red"}, "colour"),
            ({"name": "a\0b"}, "name"),
        ],
    )
    def test_a_wrong_team_is_refused(self, client, body, field):
        answer = client.post("/v1/teams", json=body)
        assert answer.status_code == 422
        assert answer.json()["field"] == field


class TestPage:
    def test_empty(self, client):
        page = client.get("/tenancy/teams", headers=PAGE)
        assert page.status_code == 200
        assert "<h1>Teams</h1>" in page.text
        assert "No team yet" in page.text

    def test_full(self, client, client_other, database, tenant, team):
        page = client.get("/tenancy/teams", headers=PAGE).text
        assert "Members of ops" in page
        assert "ada" in page
        assert "No workspace yet" in page
        with database.tx(tenant) as tx:
            wanted = service.find_team(tx, "ops")
            service.create_workspace(
                tx, wanted.id, name="the board", workspace_type=WorkspaceType.MLOPS
            )
        page = client.get(f"/tenancy/teams?team={team['id']}", headers=PAGE).text
        assert "the board" in page
        other = client_other.get(f"/tenancy/teams?team={team['id']}", headers=PAGE)
        assert other.status_code == 404

    def test_the_page_of_keys_leads_there(self, client):
        assert 'href="/tenancy/teams"' in client.get("/tenancy", headers=PAGE).text


@pytest.fixture
def command(database, tenant, monkeypatch):
    """Give a function that runs a command on the test's own transaction."""
    made = SimpleNamespace(database=database, settings=SimpleNamespace(tenant="acme"))

    @contextmanager
    def runtime():
        yield made

    monkeypatch.setattr(cli, "runtime", runtime)

    def run(*words, given=None):
        return CliRunner().invoke(app, words, input=given, catch_exceptions=False)

    return run


class TestCommands:
    def test_teams(self, command, ada, bob):
        assert command("teams", "list").stdout == "nothing yet\n"
        command("teams", "create", "ops", "--owner", "ada")
        command("teams", "add", "ops", "bob", "--role", "viewer")
        command("teams", "role", "ops", "bob", "member")
        (team,) = json.loads(command("teams", "list", "--json").stdout)
        assert (team["name"], team["owner"], team["members"]) == ("ops", "ada", 2)
        assert "member" in command("teams", "members", "ops").stdout
        assert command("teams", "remove", "ops", "bob").stdout == "removed\n"

    def test_workspaces_and_sessions(self, command, ada):
        command("teams", "create", "ops", "--owner", "ada")
        words = ("teams", "workspace", "ops", "board", "--kind", "dashboard", "--json")
        space = json.loads(command(*words).stdout)
        assert "board" in command("teams", "workspaces", "ops").stdout
        words = ("sessions", "start", space["id"], "plan", "--kind", "planning", "--host", "ada")
        made = json.loads(command(*words, "--json").stdout)
        for verb, said in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
            assert command("sessions", verb, made["id"]).stdout == f"{said}\n"
        assert "ended" in command("sessions", "list").stdout

    def test_settings_and_sign_on(self, command, ada):
        command("teams", "create", "ops", "--owner", "ada")
        made = command("settings", "set", "ops", "hosts", '["a"]', "--json")
        assert json.loads(made.stdout)["setting_type"] == "array"
        assert "hosts" in command("settings", "list", "ops").stdout
        assert command("settings", "unset", "ops", "hosts").stdout == "gone\n"
        given = '{"client_secret": "hush"}'
        words = ("sso", "configure", "ops", "oidc", "okta", "--config", "-", "--enabled")
        assert "hush" not in command(*words, given=given).stdout
        assert "okta" in command("sso", "list", "ops").stdout

    def test_permissions(self, command, ada):
        words = ("permissions", "grant", "tenant.reader", "custom", "data", "--action", "export")
        made = json.loads(command(*words, "--json").stdout)
        assert "tenant.reader" in command("permissions", "list").stdout
        check = ("permissions", "check", "ada", "export", "data")
        assert command(*check).exit_code == 0
        assert command("permissions", "revoke", made["id"]).stdout == "revoked\n"
        assert command(*check).exit_code == 1
