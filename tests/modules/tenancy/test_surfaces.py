"""Keys and users through REST, command line and pages; signing in and out."""

from __future__ import annotations

import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from everlearn.core import cli, rest
from everlearn.modules.tenancy import service
from everlearn.modules.tenancy.cli import app
from everlearn.modules.tenancy.types import Role

HERE = {"origin": "http://testserver", "accept": "text/html"}


@pytest.fixture
def browser(client):
    """Give a client without a key that does not follow redirects."""
    del client.headers["authorization"]
    client.follow_redirects = False
    return client


@pytest.fixture
def signed_in(browser, database, tenant):
    with database.tx(tenant) as tx:
        link = service.create_sign_in(tx)
    browser.get(f"/sign-in?token={link.secret}")
    return browser


def key_of(database, tenant, role):
    with database.tx(tenant) as tx:
        return service.create_key(tx, name=role, role=role)


class TestRest:
    def test_me(self, client, tenant):
        me = client.get("/v1/me").json()
        assert me["tenant_id"] == str(tenant)
        assert (me["tenant_slug"], me["role"], me["kind"]) == ("acme", "admin", "key")

    def test_a_key_from_making_to_revoking(self, client, database):
        made = client.post("/v1/api_keys", json={"name": "robot", "expires_in_days": 7})
        assert made.status_code == 201
        secret = made.json()["secret"]
        assert rest.authenticate(database, secret)
        listed = client.get("/v1/api_keys")
        assert secret not in listed.text
        by_name = {key["name"]: key for key in listed.json()["items"]}
        assert (by_name["robot"]["role"], by_name["robot"]["state"]) == ("writer", "active")
        assert client.delete(f"/v1/api_keys/{made.json()['id']}").status_code == 204
        assert rest.authenticate(database, secret) is None

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "name"),
            ({"name": ""}, "name"),
            ({"name": "a\0b"}, "name"),
            ({"name": "k", "role": "owner"}, "role"),
            ({"name": "k", "expires_in_days": 0}, "expires_in_days"),
            ({"name": "k", "kind": "session"}, "kind"),
        ],
    )
    def test_a_wrong_key_is_refused(self, client, body, field):
        answer = client.post("/v1/api_keys", json=body)
        assert answer.status_code == 422
        assert answer.json()["field"] == field

    @pytest.mark.parametrize("role", ["reader", "writer"])
    @pytest.mark.parametrize("path", ["/v1/api_keys", "/v1/users", "/tenancy/keys"])
    def test_only_an_admin_makes_keys_and_users(self, client, database, tenant, role, path):
        key = key_of(database, tenant, Role(role))
        client.headers["authorization"] = f"Bearer {key.secret}"
        assert client.post(path, json={"name": "k"}).status_code == 403

    def test_users(self, client):
        body = {"email": "ada@example.org", "username": "ada"}
        assert client.post("/v1/users", json=body).status_code == 201
        again = client.post("/v1/users", json=body)
        assert (again.status_code, again.json()["code"]) == (409, "duplicate")
        assert [user["username"] for user in client.get("/v1/users").json()["items"]] == ["ada"]

    def test_another_tenants_key_is_not_there(self, client, client_other):
        made = client.post("/v1/api_keys", json={"name": "k"}).json()
        assert client_other.delete(f"/v1/api_keys/{made['id']}").status_code == 404
        assert client_other.get("/v1/users").json() == {"items": []}


class TestSignIn:
    def test_the_page(self, browser):
        page = browser.get("/sign-in?next=/drift")
        assert page.status_code == 200
        assert 'name="next" value="/drift"' in page.text

    def test_a_link_opens_a_session_once(self, browser, database, tenant):
        with database.tx(tenant) as tx:
            link = service.create_sign_in(tx)
        answer = browser.get(f"/sign-in?token={link.secret}&next=/tenancy")
        assert (answer.status_code, answer.headers["location"]) == (303, "/tenancy")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("everlearn_session=els_")
        for word in ("HttpOnly", "SameSite=strict", "Path=/"):
            assert word in cookie
        assert "Secure" not in cookie
        assert browser.get("/tenancy").status_code == 200

        again = browser.get(f"/sign-in?token={link.secret}")
        assert again.status_code == 401
        assert "used already" in again.text
        assert "set-cookie" not in again.headers

    def test_the_cookie_is_secure_over_https(self, browser, database, tenant):
        key = key_of(database, tenant, Role.READER)
        answer = browser.post("https://testserver/sign-in", data={"key": key.secret})
        assert "Secure" in answer.headers["set-cookie"]

    def test_a_pasted_key_opens_a_session(self, browser, database, tenant):
        key = key_of(database, tenant, Role.READER)
        answer = browser.post(
            "/sign-in", data={"key": f" {key.secret}\n", "next": "/tenancy"}, headers=HERE
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/tenancy")
        assert key.secret not in answer.headers["set-cookie"]
        assert browser.get("/v1/me").json()["role"] == "reader"

    @pytest.mark.parametrize("key", ["", "nonsense", "el_" + "x" * 43])
    def test_a_wrong_key_shows_the_page_again(self, browser, key):
        answer = browser.post("/sign-in", data={"key": key}, headers=HERE)
        assert answer.status_code == 401
        assert 'role="alert"' in answer.text
        assert "set-cookie" not in answer.headers

    @pytest.mark.parametrize(
        "path",
        ["//evil.org", "https://evil.org", "/\\evil.org", "/\t/evil.org", "evil.org", "", "/\n"],
    )
    def test_it_leads_to_no_other_site(self, browser, database, tenant, path):
        key = key_of(database, tenant, Role.READER)
        answer = browser.post("/sign-in", data={"key": key.secret, "next": path}, headers=HERE)
        assert answer.headers["location"] == "/"

    @pytest.mark.parametrize("origin", ["http://evil.org", "null"])
    def test_another_site_signs_nobody_in(self, browser, database, tenant, origin):
        key = key_of(database, tenant, Role.READER)
        answer = browser.post("/sign-in", data={"key": key.secret}, headers={"origin": origin})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers

    def test_signing_out_ends_the_session_on_the_server(self, signed_in):
        cookie = signed_in.cookies["everlearn_session"]
        answer = signed_in.post("/sign-out", headers=HERE)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        assert "everlearn_session" not in signed_in.cookies
        signed_in.cookies.set("everlearn_session", cookie)
        assert signed_in.get("/v1/me").status_code == 401

    def test_secrets_are_not_logged(self, browser, database, tenant, capsys):
        with database.tx(tenant) as tx:
            link = service.create_sign_in(tx)
        browser.get(f"/sign-in?token={link.secret}")
        browser.get(f"/sign-in?token={link.secret}")
        key = key_of(database, tenant, Role.READER)
        browser.post("/sign-in", data={"key": key.secret}, headers=HERE)
        out = "".join(capsys.readouterr())
        assert "signed in" in out
        assert "refused" in out
        for secret in (link.secret, key.secret, browser.cookies["everlearn_session"]):
            assert secret not in out


class TestPage:
    def test_without_a_session_it_asks_to_sign_in(self, browser):
        page = browser.get("/tenancy", headers=HERE)
        assert page.status_code == 401
        assert "<h1>Sign in</h1>" in page.text

    def test_empty_and_full(self, signed_in):
        page = signed_in.get("/tenancy").text
        assert "<h1>Access</h1>" in page
        assert "No user yet" in page
        assert "browser session" in page
        answer = signed_in.post(
            "/tenancy/users", data={"email": "ada@example.org", "username": "ada"}, headers=HERE
        )
        assert answer.status_code == 303
        assert "ada@example.org" in signed_in.get("/tenancy").text

    def test_a_key_is_shown_once_and_revoked(self, signed_in, database):
        answer = signed_in.post("/tenancy/keys", data={"name": "robot"}, headers=HERE)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        secret = answer.text.partition('data-copy="el_')[2].partition('"')[0]
        who = rest.authenticate(database, f"el_{secret}")
        assert who is not None
        page = signed_in.get("/tenancy").text
        assert "robot" in page
        assert secret not in page
        gone = signed_in.post(f"/tenancy/keys/{who.key_id}/revoke", headers=HERE)
        assert gone.status_code == 303
        assert rest.authenticate(database, f"el_{secret}") is None

    def test_a_wrong_key_is_an_error_page(self, signed_in):
        answer = signed_in.post("/tenancy/keys", data={"name": " "}, headers=HERE)
        assert answer.status_code == 422
        assert "text/html" in answer.headers["content-type"]

    @pytest.mark.parametrize("headers", [{}, {"origin": "http://evil.org"}, {"origin": "null"}])
    def test_another_site_cannot_use_the_session(self, signed_in, headers):
        for path in ("/tenancy/keys", "/sign-out"):
            assert signed_in.post(path, data={"name": "k"}, headers=headers).status_code == 403

    def test_a_reader_sees_no_forms(self, browser, database, tenant):
        key = key_of(database, tenant, Role.READER)
        browser.post("/sign-in", data={"key": key.secret}, headers=HERE)
        page = browser.get("/tenancy").text
        assert "<h1>Access</h1>" in page
        assert "/tenancy/keys" not in page


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
    def test_keys(self, command, database):
        made = json.loads(command("keys", "create", "robot", "--days", "3", "--json").stdout)
        assert rest.authenticate(database, made["secret"])
        listed = command("keys", "list")
        assert "robot" in listed.stdout
        assert made["secret"] not in listed.stdout
        assert command("keys", "revoke", made["id"]).stdout == "revoked\n"
        assert rest.authenticate(database, made["secret"]) is None

    def test_users(self, command):
        assert command("users", "list").stdout == "nothing yet\n"
        command("users", "create", "ada@example.org", "ada", "--role", "writer")
        (user,) = json.loads(command("users", "list", "--json").stdout)
        assert (user["username"], user["role"]) == ("ada", "writer")

    def test_create(self, command, database):
        made = json.loads(command("create", "third", "--name", "The third", "--json").stdout)
        assert (made["slug"], made["name"]) == ("third", "The third")
        assert service.find_tenant(database, slug="third")
