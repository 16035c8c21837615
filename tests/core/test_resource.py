"""List and get of every table that says `expose=`."""

from __future__ import annotations

import re
from html import escape, unescape

import pytest

from everlearn.core import migrate, resource, resource_columns, resource_pages
from everlearn.core.errors import Invalid, NotFound
from everlearn.core.ids import uuid7
from everlearn.core.job_table import JobRun
from everlearn.core.schema.values import table_of
from everlearn.core.testing.make import make
from everlearn.core.testing.plugin import TEST_TIME, _client
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
def test_every_exposed_table_answers(client, database, tenant, request, name):
    row = resource.exposed()[name]
    listed = client.get(f"/v1/{name}")
    assert listed.status_code == 200, listed.text
    if row.policy.rows == "shared":  # nobody makes its rows here
        ids = [item["id"] for item in listed.json()["items"]][:1]
    else:
        if row.policy.maintained:  # of maintenance, in a database where it commits
            db = request.getfixturevalue("db")
            database, tenant = db.database("service"), db.tenant()
            client = _client(db.database(), tenant)
        with database.tx(tenant) as tx:
            ids = [str(make(tx, row).id)]
        assert ids[0] in {item["id"] for item in client.get(f"/v1/{name}").json()["items"]}
    for row_id in ids if "get" in row.expose else ():
        got = client.get(f"/v1/{name}/{row_id}")
        assert got.status_code == 200, got.text
        assert got.json()["id"] == row_id


class TestPages:
    @pytest.fixture
    def html(self, client):
        client.headers["accept"] = "text/html"
        return client

    def test_all_tables_with_their_numbers(self, html, five):
        page = html.get("/tables")
        assert page.status_code == 200
        assert "<h1>Tables</h1>" in page.text
        assert '<a href="/tables/job_runs">5</a>' in page.text
        assert 'href="/tables" aria-current="page"' in page.text

    def test_numbers_are_of_the_tenant(self, client_other, five):
        page = client_other.get("/tables", headers={"accept": "text/html"})
        assert '<a href="/tables/job_runs">0</a>' in page.text

    def test_many_rows_are_estimated(self, html, five, monkeypatch):
        monkeypatch.setattr(resource_pages, "_COUNTED", 3)
        assert re.search(r'<a href="/tables/job_runs">about \d', html.get("/tables").text)

    def test_the_rows_of_one(self, html, five):
        page = html.get("/tables/job_runs").text
        assert "<h1>job_runs</h1>" in page
        assert f'href="/tables/job_runs/{five[0].id}"' in page
        assert 'title="Version 7 uuid' in page

    def test_older_ones_are_a_page_away(self, html, five, monkeypatch):
        monkeypatch.setattr(resource_pages, "_PAGE", 2)
        seen, path = [], "/tables/job_runs?status=queued"
        while path:
            page = html.get(path).text
            seen += re.findall(r'href="/tables/job_runs/([0-9a-f-]{36})"', page)
            found = re.search(r'href="([^"]*)" rel="next"', page)
            path = unescape(found[1]) if found else None
        assert sorted(seen) == sorted(str(row.id) for row in five)

    def test_the_filter_has_what_an_index_finds(self, html, five):
        page = html.get("/tables/job_runs", params={"name": "job.3", "status": ""}).text
        assert str(five[3].id) in page
        assert str(five[2].id) not in page
        assert 'name="name" value="job.3"' in page
        assert '<select name="status"' in page

    def test_nothing_fits(self, html, five):
        page = html.get("/tables/job_runs?name=none").text
        assert "No row fits" in page

    def test_an_empty_table_says_what_to_do(self, html, tenant):
        page = html.get("/tables/job_runs").text
        assert "No rows yet" in page
        assert "everlearn db sample --tenant acme" in page

    def test_one_row_with_what_its_columns_mean(self, html, five):
        page = html.get(f"/tables/job_runs/{five[0].id}").text
        assert str(five[0].id) in page
        assert escape(JobRun.__table__.c.priority.comment) in page
        assert "tenant id" not in page

    def test_references_lead_both_ways(self, html, database, tenant):
        child, target = next(
            (row, leads)
            for row in resource.exposed().values()
            for leads in [resource_columns.leads_to(table_of(row))]
            if leads and "get" in row.expose
        )
        (name, (other, _)) = next(iter(target.items()))
        with database.tx(tenant) as tx:
            parent = make(tx, resource.exposed()[other])
            made = make(tx, child, **{name: parent.id})
        page = html.get(f"/tables/{child.__tablename__}/{made.id}").text
        assert f'href="/tables/{other}/{parent.id}"' in page
        page = html.get(f"/tables/{other}/{parent.id}").text
        assert f'<a href="/tables/{child.__tablename__}?{name}={parent.id}">1</a>' in page

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/tables/api_keys", 404),
            ("/tables/nothing", 404),
            ("/tables/job_runs?colour=red", 422),
            ("/tables/job_runs?cursor=!!!", 422),
            ("/tables/job_runs/7", 422),
            ("/tables/job_runs/019cae6b-6600-700b-a9ea-cf8045a1466f", 404),
        ],
    )
    def test_what_is_not_there(self, html, tenant, path, status):
        assert html.get(path).status_code == status

    def test_another_tenants_row_is_none(self, client_other, five):
        found = client_other.get(f"/tables/job_runs/{five[0].id}")
        assert found.status_code == 404

    def test_who_is_not_signed_in(self, html):
        del html.headers["authorization"]
        assert html.get("/tables").status_code == 401


def test_values_that_no_column_can_have(database, tenant):
    with database.tx(tenant) as tx:
        for name, value in {"args": "{}", "created_at": "today"}.items():
            if name in JobRun.__table__.c:
                with pytest.raises(Invalid) as caught:
                    resource.list_rows(tx, JobRun, **{name: value})
                assert caught.value.field == name
