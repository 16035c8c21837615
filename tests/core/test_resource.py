"""List and get of every table that says `expose=`."""

from __future__ import annotations

import pytest

from everlearn.core import migrate, resource
from everlearn.core.errors import Invalid, NotFound
from everlearn.core.ids import uuid7
from everlearn.core.job_table import JobRun
from everlearn.core.testing.make import make
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.modules.tenancy.tables import User

migrate.load_tables()


@pytest.fixture
def five(database, tenant):
    with database.tx(tenant) as tx:
        return [make(tx, JobRun, name=f"job.{n}", priority=n % 2) for n in range(5)]


class TestList:
    def test_is_newest_first(self, database, tenant, five):
        with database.tx(tenant) as tx:
            page = resource.list_rows(tx, JobRun)
        assert [item["id"] for item in page.items] == sorted((r.id for r in five), reverse=True)
        assert page.next_cursor is None

    def test_pages_hold_each_row_once(self, client, five):
        seen, cursor = [], None
        for _ in range(3):
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = client.get("/v1/job_runs", params=query).json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
        assert cursor is None
        assert sorted(seen) == sorted(str(row.id) for row in five)

    def test_filters_by_column(self, client, five):
        found = client.get("/v1/job_runs", params={"priority": "1"}).json()["items"]
        assert {item["name"] for item in found} == {"job.1", "job.3"}

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"colour": "red"}, "colour"),
            ({"row": "1"}, "row"),
            ({"tx": "1"}, "tx"),
            ({"priority": "high"}, "priority"),
            ({"id": "7"}, "id"),
            ({"cancel_requested": "maybe"}, "cancel_requested"),
            ({"limit": "0"}, "limit"),
            ({"limit": "501"}, "limit"),
            ({"limit": "many"}, "limit"),
            ({"cursor": "!!!"}, "cursor"),
            ({"cursor": "YWJj"}, "cursor"),
        ],
    )
    def test_says_which_part_of_the_question_is_wrong(self, client, query, field):
        answer = client.get("/v1/job_runs", params=query)
        assert (answer.status_code, answer.json().get("field")) == (422, field)

    def test_text_that_no_text_can_be(self, client):
        assert client.get("/v1/job_runs", params={"name": "a\0b"}).status_code == 422

    def test_a_number_that_is_too_large(self, client):
        answer = client.get("/v1/job_runs", params={"priority": "9" * 30})
        assert answer.status_code == 422

    def test_is_of_the_tenant(self, client_other, five):
        assert client_other.get("/v1/job_runs").json()["items"] == []


class TestGet:
    def test_one(self, client, five):
        answer = client.get(f"/v1/job_runs/{five[0].id}")
        assert (answer.status_code, answer.json()["name"]) == (200, "job.0")

    def test_none(self, client):
        answer = client.get(f"/v1/job_runs/{uuid7(TEST_TIME)}")
        assert (answer.status_code, answer.json()["field"]) == (404, "id")

    def test_what_is_no_id(self, client):
        assert client.get("/v1/job_runs/7").status_code == 422

    def test_another_tenants_is_none(self, client_other, five):
        assert client_other.get(f"/v1/job_runs/{five[0].id}").status_code == 404


def test_secrets_are_not_shown_and_not_asked_for(database, tenant):
    with database.tx(tenant) as tx:
        made = make(tx, User, hashed_password="$hash$")
        assert "hashed_password" not in resource.get_row(tx, User, made.id)
        with pytest.raises(Invalid):
            resource.list_rows(tx, User, hashed_password="$hash$")
        with pytest.raises(NotFound):
            resource.get_row(tx, User, uuid7(tx.now()))


@pytest.mark.parametrize("name", sorted(resource.exposed()))
def test_every_exposed_table_answers(client, database, tenant, name):
    row = resource.exposed()[name]
    with database.tx(tenant) as tx:
        made = make(tx, row)
    listed = client.get(f"/v1/{name}")
    assert listed.status_code == 200, listed.text
    assert str(made.id) in {item["id"] for item in listed.json()["items"]}
    if "get" in row.expose:
        got = client.get(f"/v1/{name}/{made.id}")
        assert got.status_code == 200, got.text
        assert got.json()["id"] == str(made.id)
