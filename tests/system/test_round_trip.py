"""A sample row of every table comes back whole: over REST, on the command line and on its pages."""

from __future__ import annotations

import base64
import json

import pytest
from pydantic import TypeAdapter
from sqlalchemy import LargeBinary, select

from everlearn.core import catalog, migrate, resource
from everlearn.core.schema import samples
from everlearn.core.schema.examples import LEFT_OUT
from everlearn.core.schema.values import is_secret, table_of
from everlearn.core.testing.command import Command
from everlearn.core.testing.plugin import Cloned, _client, clone

migrate.load_tables()


@pytest.fixture(scope="module")
def sampled(server, template, test_settings):
    with clone(server, template) as name:
        db = Cloned(server, name, test_settings)
        tenant = db.tenant(test_settings.tenant)
        database = db.database()
        with database.tx(tenant) as tx:
            samples.sample(tx)
        yield db, database, tenant
        db.close()


@pytest.fixture(scope="module")
def http(sampled):
    _, database, tenant = sampled
    return _client(database, tenant)


@pytest.fixture
def words(sampled, monkeypatch, capsys):
    return Command(sampled[0], monkeypatch, capsys)


def stored(database, tenant, row):
    """Give the newest row as the database has it, in values that JSON knows."""
    table = table_of(row)
    shown = [column for column in table.columns if not is_secret(column)]
    query = select(*shown).order_by(table.c.id.desc()).limit(1)
    with database.tx(tenant) as tx:
        found = tx.execute(query).mappings().first()
    if found is None:
        return None
    return {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else plain(value)
        for name, value in found.items()
    }


def as_json(value):
    return TypeAdapter(dict).dump_python(value, mode="json")


def plain(value):
    return value.tolist() if hasattr(value, "tolist") else value


def flat(router):
    """Give the routes of a router and of those that it includes."""
    for route in router.routes:
        if hasattr(route, "original_router"):
            yield from flat(route.original_router)
        else:
            yield route


OWN = {route.path for _, part in catalog.load_all("rest") for route in flat(part.router)}


def agree(path, answer, wanted):
    """Compare an answer with the row; a module's own route may leave columns out or add some."""
    if path in OWN:
        assert answer.keys() & wanted.keys()
        wanted = {key: value for key, value in wanted.items() if key in answer}
        answer = {key: value for key, value in answer.items() if key in wanted}
    assert answer == wanted


@pytest.mark.parametrize("name", sorted(resource.exposed()))
def test_it_comes_back_whole(sampled, http, words, name):
    row = resource.exposed()[name]
    wanted = stored(*sampled[1:], row)
    if wanted is None:
        assert row.policy.rows == "shared" or table_of(row).key in LEFT_OUT, (
            f"{name} has no sample row"
        )
        pytest.skip("written by migrations or maintenance alone")
    heavy = {c.name for c in table_of(row).columns if isinstance(c.type, LargeBinary)}

    listed = http.get(f"/v1/{name}", params={"limit": 1})
    assert listed.status_code == 200, listed.text
    in_list = {key: value for key, value in wanted.items() if key not in heavy}
    agree(f"/v1/{name}", listed.json()["items"][0], as_json(in_list))

    page = http.get(f"/tables/{name}", headers={"accept": "text/html"})
    assert page.status_code == 200, page.text
    assert "<h1>" + name in page.text
    assert str(wanted["id"]) in page.text

    if "get" not in row.expose:
        return
    got = http.get(f"/v1/{name}/{wanted['id']}")
    assert got.status_code == 200, got.text
    agree(f"/v1/{name}/{{row_id}}", got.json(), as_json(wanted))

    ran = words("rows", "get", name, str(wanted["id"]), "--json")
    assert ran.code == 0, ran.err
    assert ran.json() == json.loads(json.dumps(wanted, default=str))

    page = http.get(f"/tables/{name}/{wanted['id']}", headers={"accept": "text/html"})
    assert page.status_code == 200, page.text
    assert str(wanted["id"]) in page.text
