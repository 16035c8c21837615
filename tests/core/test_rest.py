"""What every REST surface shares, on routes of the test's own and on those of the kernel."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import pytest
from fastapi import Body
from pydantic import BaseModel, ConfigDict
from starlette.testclient import TestClient

from everlearn.core import migrate, pg, rest
from everlearn.core.errors import Invalid
from everlearn.core.settings import Settings
from everlearn.core.tx import connect
from everlearn.entry.api import create_app
from everlearn.modules.tenancy import service
from everlearn.modules.tenancy.types import KeyKind, Role

PROBLEM = "application/problem+json"


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    size: int


@pytest.fixture
def app(database):
    made = create_app(database, max_body_bytes=1000)

    @made.post("/v1/things")
    def add(thing: Thing, who: rest.PrincipalDep) -> str:
        return who.role

    @made.get("/v1/things")
    def things(who: rest.PrincipalDep) -> str:
        return who.tenant_slug

    @made.delete("/v1/things", dependencies=[rest.require_role("admin")])
    def clear() -> str:
        return "gone"

    @made.post("/v1/raw")
    def raw(who: rest.PrincipalDep, body: Annotated[bytes, Body()]) -> int:
        return len(body)

    @made.get("/v1/broken")
    def broken(who: rest.PrincipalDep) -> str:
        msg = "the password is 1234"
        raise RuntimeError(msg)

    return made


@pytest.fixture
def http(app):
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def key(database, tenant):
    def make(role: Role = Role.WRITER, **more):
        with database.tx(tenant) as tx:
            return service.create_key(tx, name="k", role=role, **more)

    return make


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


BODY = {"name": "x", "size": 1}


class TestKeys:
    def test_a_key_is_of_its_tenant(self, http, key):
        assert http.get("/v1/things", headers=bearer(key().secret)).json() == "acme"

    def test_without_one(self, http):
        answer = http.get("/v1/things")
        assert answer.status_code == 401
        assert answer.headers["content-type"] == PROBLEM
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["code"] == "unauthenticated"
        assert answer.json()["instance"] == "/v1/things"

    @pytest.mark.parametrize(
        "header", ["Bearer wrong", "Bearer ", "Basic eDp5", "el_x", "Bearer \xe9"]
    )
    def test_with_a_wrong_one(self, http, header):
        answer = http.get("/v1/things", headers={"authorization": header.encode("latin-1")})
        assert answer.status_code == 401

    def test_one_that_was_revoked(self, http, key, database, tenant):
        made = key()
        with database.tx(tenant) as tx:
            service.revoke_key(tx, made.id)
        assert http.get("/v1/things", headers=bearer(made.secret)).status_code == 401

    def test_one_that_expired(self, http, key, clock):
        made = key(expires_at=clock.now() + timedelta(seconds=1))
        assert http.get("/v1/things", headers=bearer(made.secret)).status_code == 200
        clock.advance(timedelta(seconds=2))
        assert http.get("/v1/things", headers=bearer(made.secret)).status_code == 401

    def test_a_sign_in_token_is_no_key(self, http, key):
        made = key(kind=KeyKind.SIGN_IN)
        assert http.get("/v1/things", headers=bearer(made.secret)).status_code == 401


class TestRoles:
    def test_a_reader_reads(self, http, key):
        assert http.get("/v1/things", headers=bearer(key(Role.READER).secret)).status_code == 200

    def test_a_reader_does_not_write(self, http, key):
        answer = http.post("/v1/things", json=BODY, headers=bearer(key(Role.READER).secret))
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "writer" in answer.json()["hint"]

    def test_a_writer_writes_and_does_not_administer(self, http, key):
        headers = bearer(key(Role.WRITER).secret)
        assert http.post("/v1/things", json=BODY, headers=headers).json() == "writer"
        assert http.delete("/v1/things", headers=headers).status_code == 403

    def test_an_admin_does(self, http, key):
        assert http.delete("/v1/things", headers=bearer(key(Role.ADMIN).secret)).json() == "gone"


class TestSession:
    """A browser sends its cookie along with whatever another page makes it send."""

    @pytest.fixture
    def browser(self, http, key):
        http.cookies.set(rest.SESSION_COOKIE, key(kind=KeyKind.SESSION).secret)
        return http

    def test_reads_from_anywhere(self, browser):
        assert browser.get("/v1/things").status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"origin": "https://elsewhere.example"},
            {"origin": "null"},
            {"origin": "http://testserver.elsewhere.example"},
            {"referer": "https://elsewhere.example/testserver"},
        ],
    )
    def test_does_not_write_from_elsewhere(self, browser, headers):
        answer = browser.post("/v1/things", json=BODY, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")

    @pytest.mark.parametrize("header", ["origin", "referer"])
    def test_writes_from_our_own_pages(self, browser, header):
        headers = {header: "http://testserver"}
        assert browser.post("/v1/things", json=BODY, headers=headers).status_code == 200

    def test_a_key_needs_no_origin(self, http, key):
        headers = bearer(key().secret)
        assert http.post("/v1/things", json=BODY, headers=headers).status_code == 200


class TestBodies:
    @pytest.fixture
    def writer(self, http, key):
        http.headers.update(bearer(key().secret))
        return http

    def test_malformed_json_names_the_body(self, writer):
        headers = {"content-type": "application/json"}
        answer = writer.post("/v1/things", content=b'{"name": ', headers=headers)
        assert (answer.status_code, answer.json()["field"]) == (422, "body")
        assert answer.headers["content-type"] == PROBLEM

    def test_a_wrong_value_is_named(self, writer):
        answer = writer.post("/v1/things", json={"name": "x", "size": "many"})
        assert (answer.status_code, answer.json()["field"]) == (422, "size")

    def test_every_wrong_value_is_listed(self, writer):
        answer = writer.post("/v1/things", json={"size": "many", "colour": 1})
        errors = answer.json()["facts"]["errors"]
        assert {each["field"] for each in errors} == {"name", "size", "colour"}

    def test_one_that_is_too_large(self, writer):
        answer = writer.post("/v1/things", json={"name": "x" * 2000, "size": 1})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.json()["retryable"] is False
        assert "1000 bytes" in answer.json()["detail"]

    def test_one_that_is_too_large_and_does_not_say_so(self, writer):
        """A chunked body has no Content-Length, so the bytes themselves are counted."""
        answer = writer.post("/v1/raw", content=(b"x" * 100 for _ in range(30)))
        assert answer.status_code == 413, (
            "entry/api.py: FastAPI(..., max_body_size=max_body_bytes) counts the bytes"
        )
        assert answer.json()["code"] == "too_large"
        assert writer.post("/v1/raw", content=(b"x" * 100 for _ in range(5))).json() == 500


class TestAnswers:
    def test_an_unknown_address(self, http):
        answer = http.get("/v1/nothing/here")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["content-type"] == PROBLEM

    def test_a_wrong_method(self, http):
        answer = http.put("/healthz")
        assert answer.status_code == 405
        assert answer.json()["status"] == 405

    def test_an_unexpected_error_tells_nothing(self, http, key):
        answer = http.get("/v1/broken", headers=bearer(key().secret))
        assert (answer.status_code, answer.json()["code"]) == (500, "bug")
        assert "1234" not in answer.text

    def test_a_person_gets_a_page_instead(self, http):
        answer = http.get("/nothing/here", headers={"accept": "text/html"})
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")

    def test_every_answer_has_an_id_and_the_security_headers(self, http):
        answer = http.get("/healthz", headers={"x-request-id": "abc"})
        assert answer.headers["x-request-id"] == "abc"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert http.get("/healthz").headers["x-request-id"] != "abc"


class TestCursor:
    def test_comes_back_as_it_went(self):
        for value in (uuid4(), "ä|ö", "2026-03-02T12:00:00+00:00"):
            assert rest.decode_cursor(rest.encode_cursor(value)) == str(value)

    def test_none_is_the_first_page(self):
        assert rest.decode_cursor(None) is None

    @pytest.mark.parametrize("made_up", ["!!!", "a", "_w", "abc def", "ü"])
    def test_one_that_is_not_ours(self, made_up):
        with pytest.raises(Invalid) as caught:
            rest.decode_cursor(made_up)
        assert caught.value.field == "cursor"


class TestHealth:
    def test_alive_and_ready(self, http):
        assert http.get("/healthz").json() == {"status": "ok"}
        assert http.get("/readyz").json() == {"status": "ok"}

    def test_metrics_are_for_those_with_a_key(self, http, key):
        assert http.get("/metrics").status_code == 401
        http.get("/v1/things/3f", headers=bearer(key().secret))
        text = http.get("/metrics", headers=bearer(key().secret)).text
        assert "everlearn_http_request_seconds_bucket" in text
        assert 'path="unmatched"' in text
        assert "3f" not in text, "an address may hold what a label must not"

    @pytest.mark.slow
    def test_not_ready_while_the_database_is_away(self):
        """On a server of its own, which is stopped."""
        folder = Path(tempfile.mkdtemp(prefix="evl-"))
        folder.chmod(0o711)
        settings = Settings(data_dir=folder, database_url=None)
        try:
            server = pg.start(settings, fast_and_unsafe=True)
            pg.bootstrap(server)
            migrate.upgrade(server)
            database = connect(server, settings)
            http = TestClient(create_app(database), raise_server_exceptions=False)
            assert http.get("/readyz").status_code == 200
            pg.stop(settings)
            answer = http.get("/readyz")
            assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
            assert http.get("/healthz").status_code == 200
            headers = bearer("el_whatever")
            answer = http.get("/metrics", headers=headers)
            assert (answer.status_code, answer.json()["retryable"]) == (503, True)
            assert answer.headers["retry-after"] == "1"
            pg.start(settings, fast_and_unsafe=True)
            assert http.get("/readyz").status_code == 200
            database.dispose()
        finally:
            pg.remove(settings)
            shutil.rmtree(folder)
