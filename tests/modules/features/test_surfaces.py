"""Features over HTTP, on the command line and as pages."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from everlearn.core import cli
from everlearn.core.testing.plugin import ACTOR
from everlearn.modules.features import service
from everlearn.modules.features.cli import app
from everlearn.modules.features.types import Entities

PAGE = {"accept": "text/html"}
SOURCE = {"name": "departures", "dims": ["origin"], "values": ["delay"]}
FACT = {
    "entity_id": "a",
    "event_at": "2026-03-02T11:30:00Z",
    "known_at": "2026-03-02T12:30:00+01:00",
    "dims": {"origin": "JFK"},
    "values": {"delay": 12.5},
}
SET = {
    "name": "flights",
    "features": [
        {"kind": "categorical", "name": "carrier"},
        {
            "kind": "window", "name": "delay_1h", "source": "departures", "value": "delay",
            "agg": "mean", "by": ["origin"], "over_s": 3600,
        },
    ],
}  # fmt: skip
AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def full(client):
    """Give a client of a tenant with a source, a fact and a set."""
    assert client.post("/v1/feature_sources", json=SOURCE).status_code == 201
    sent = client.post("/v1/feature_sources/departures/facts:batch", json={"facts": [FACT, FACT]})
    assert sent.json() == {"new": 1, "known_already": 1}
    assert client.post("/v1/feature_sets", json=SET).status_code == 201
    return client


@pytest.fixture
def row(full, database, tenant):
    """Give a stored vector."""
    with database.tx(tenant, actor=ACTOR) as tx:
        fields = {"carrier": ["UA"], "origin": ["JFK"]}
        made = service.get_set(tx, "flights")
        return service.materialize(tx, made, Entities(["flight 7"], [AT], fields)).ids[0]


class TestRest:
    def test_compute(self, full):
        entities = [
            {"entity_id": "x", "fields": {"carrier": "UA", "origin": "JFK"}},
            {"as_of": "2026-03-02T11:29:59Z", "fields": {"carrier": None, "origin": "JFK"}},
        ]
        got = full.post("/v1/feature_sets/flights/compute", json={"entities": entities}).json()
        assert got["names"] == ["carrier", "delay_1h"]
        assert [v["values"] for v in got["vectors"]] == [[0, 12.5], [None, None]]

    def test_declaring_twice(self, full):
        first = full.get("/v1/feature_sets").json()["items"]
        again = full.post("/v1/feature_sets", json=SET).json()
        assert [again["id"]] == [line["id"] for line in first]
        assert again["features"][1]["sentence"] == "mean of departures.delay over 1 h by origin"
        assert again["entity_fields"] == ["carrier", "origin"]
        (source,) = full.get("/v1/feature_sources").json()["items"]
        assert source["dim_names"] == ["origin"]

    @pytest.mark.parametrize(
        ("path", "body", "status", "field"),
        [
            ("feature_sources", SOURCE | {"values": []}, 409, "name"),
            ("feature_sources", SOURCE | {"name": "n", "dims": ["a=b"]}, 422, "dims"),
            ("feature_sources/departures/facts:batch", {"facts": [FACT | {"dims": {}}]}, 422,
             "dims.origin"),
            ("feature_sources/departures/facts:batch",
             {"facts": [FACT | {"event_at": "noon"}]}, 422, "facts.0.event_at"),
            ("feature_sources/departures/facts:batch",
             {"facts": [FACT | {"event_at": "1999-01-01T00:00Z"}]}, 422, "event_at"),
            ("feature_sources/arrivals/facts:batch", {"facts": [FACT]}, 404, "source"),
            ("feature_sets", {"name": "s", "features": [{"kind": "window", "name": "w"}]}, 422,
             "features.w"),
            ("feature_sets/flights/compute", {"entities": [{"fields": {"origin": "JFK"}}]}, 422,
             "features.carrier"),
            ("feature_sets/nothing/compute", {"entities": []}, 404, "feature_set"),
        ],
    )  # fmt: skip
    def test_refuses(self, full, path, body, status, field):
        answer = full.post(f"/v1/{path}", json=body)
        assert answer.status_code == status, answer.text
        assert answer.json().get("field") == field

    def test_refuses_numbers_that_are_none(self, full):
        text = json.dumps({"facts": [FACT]}).replace("12.5", "NaN")
        answer = full.post(
            "/v1/feature_sources/departures/facts:batch",
            content=text,
            headers={"content-type": "application/json"},
        )
        assert answer.status_code == 422

    def test_row(self, full, row):
        got = full.get(f"/v1/feature_rows/{row}").json()
        assert got["features"] == {"carrier": "UA", "delay_1h": 12.5}
        assert full.get(f"/v1/feature_rows/{got['feature_set_id']}").status_code == 404

    def test_other_tenant(self, row, client_other):
        assert client_other.get(f"/v1/feature_rows/{row}").status_code == 404
        assert client_other.get("/v1/feature_sets").json()["items"] == []


class TestPages:
    def test_empty(self, client):
        page = client.get("/features", headers=PAGE)
        assert page.status_code == 200
        assert "<h1>Features</h1>" in page.text
        assert "No features yet" in page.text
        assert "everlearn demo flights" in page.text

    def test_only_a_source(self, client):
        client.post("/v1/feature_sources", json=SOURCE)
        page = client.get("/features", headers=PAGE)
        assert "No feature set yet" in page.text
        assert "No vector yet" in page.text

    def test_full(self, full, row):
        page = full.get("/features", headers=PAGE)
        assert page.status_code == 200
        assert "mean of departures.delay over 1 h by origin" in page.text
        assert f'href="/features/rows/{row}"' in page.text
        found = full.get("/features?entity=flight%207", headers=PAGE)
        assert "flight 7" in found.text
        assert "No vector of nobody" in full.get("/features?entity=nobody", headers=PAGE).text

    def test_row(self, full, row):
        page = full.get(f"/features/rows/{row}", headers=PAGE)
        assert page.status_code == 200
        assert "<h1>Vector of flight 7</h1>" in page.text
        assert "12.5" in page.text
        assert full.get(f"/features/rows/{row.__class__(int=1)}", headers=PAGE).status_code == 404


@pytest.fixture
def command(database, monkeypatch):
    """Give a function that runs a command on the test's own transaction."""
    made = SimpleNamespace(database=database, settings=SimpleNamespace(tenant="acme"))

    @contextmanager
    def runtime():
        yield made

    monkeypatch.setattr(cli, "runtime", runtime)
    return lambda *words: CliRunner().invoke(app, words, catch_exceptions=False)


@pytest.mark.usefixtures("full")
class TestCommands:
    def test_list(self, command):
        got = json.loads(command("list", "--json").stdout)
        assert got["feature_sets"] == [{"feature_set": "flights", "version": 1, "features": 2}]
        assert got["sources"][0]["facts"] == 1
        assert "departures" in command("list").stdout

    def test_show(self, command):
        assert "mean of departures.delay over 1 h" in command("show", "flights").stdout
        got = json.loads(command("show", "flights", "--json").stdout)
        assert got["features"][1]["over_s"] == 3600


ARROW = {"accept": "application/vnd.apache.arrow.stream"}


class TestBulkReads:
    @pytest.fixture
    def many(self, full, database, tenant):
        """Give a client of a tenant with vectors of one set, one a minute."""
        with database.tx(tenant, actor=ACTOR) as tx:
            made = service.get_set(tx, "flights")
            fields = {"carrier": ["UA", "DL"] * 5, "origin": ["JFK"] * 10}
            moments = [AT + timedelta(minutes=i) for i in range(10)]
            names = [f"flight {i}" for i in range(10)]
            service.materialize(tx, made, Entities(names, moments, fields))
        return full

    def test_as_an_arrow_stream(self, many):
        answer = many.get("/v1/feature_sets/flights/rows", headers=ARROW)
        assert answer.headers["content-type"] == ARROW["accept"]
        found = pa.ipc.open_stream(answer.content).read_all()
        assert found.column("entity_id").to_pylist() == [f"flight {i}" for i in range(10)]
        assert found.column("carrier").to_pylist() == ["UA", "DL"] * 5
        assert found.column("delay_1h").to_pylist() == [12.5] * 10

    def test_as_pages_of_json_without_gap_or_double(self, many, database, tenant):
        read, cursor = [], ""
        for _ in range(4):
            answer = many.get(f"/v1/feature_sets/flights/rows?limit=3&cursor={cursor}").json()
            read += answer["items"]
            cursor = answer["next_cursor"]
            with database.tx(tenant, actor=ACTOR) as tx:  # what comes before is not read again
                made = service.get_set(tx, "flights")
                fields = {"carrier": ["UA"], "origin": ["LGA"]}
                early = AT - timedelta(minutes=len(read))
                service.materialize(tx, made, Entities(["new"], [early], fields))
        assert cursor is None
        assert [row["entity_id"] for row in read] == [f"flight {i}" for i in range(10)]
        assert read[0]["as_of"] == "2026-03-02T12:00:00Z"

    def test_what_is_not_known_is_null(self, many, database, tenant):
        with database.tx(tenant, actor=ACTOR) as tx:
            made = service.get_set(tx, "flights")
            fields = {"carrier": ["UA"], "origin": ["LGA"]}
            service.materialize(tx, made, Entities(["x"], [AT - timedelta(hours=9)], fields))
        answer = many.get("/v1/feature_sets/flights/rows?until=2026-03-02T12:00:00Z").json()
        assert [row["delay_1h"] for row in answer["items"]] == [None]

    def test_another_tenant_reads_nothing(self, many, client_other):
        assert client_other.post("/v1/feature_sources", json=SOURCE).status_code == 201
        assert client_other.post("/v1/feature_sets", json=SET).status_code == 201
        answer = client_other.get("/v1/feature_sets/flights/rows", headers=ARROW)
        assert pa.ipc.open_stream(answer.content).read_all().num_rows == 0
        assert many.get("/v1/feature_sets/flights/rows").json()["items"]

    @pytest.mark.parametrize(
        ("query", "status"),
        [("?cursor=no", 422), ("?limit=501", 422), ("?since=2026-01-01", 422), ("", 404)],
    )
    def test_bad_requests(self, many, query, status):
        name = "flights" if query else "nothing"
        for headers in ({}, ARROW):
            answer = many.get(f"/v1/feature_sets/{name}/rows{query}", headers=headers)
            assert answer.status_code == status
            assert answer.headers["content-type"] == "application/problem+json"


class TestExport:
    @pytest.mark.parametrize("ending", ["parquet", "arrow", "csv"])
    def test_writes_a_file(self, db, cli, tmp_path, ending):
        with db.database().tx(db.tenant("default")) as tx:
            service.declare_source(tx, "departures", dims=["origin"], values=["delay"])
            made = service.declare_set(tx, "flights", SET["features"])
            fields = {"carrier": ["UA"], "origin": ["JFK"]}
            service.materialize(tx, made, Entities(["flight 7"], [AT], fields))
        target = tmp_path / f"rows.{ending}"
        found = cli("features", "export", "flights", str(target), "--json")
        assert found.json() == {"file": str(target), "rows": 1, "bytes": target.stat().st_size}

    def test_a_time_without_zone_is_refused(self, db, cli, tmp_path):
        with db.database().tx(db.tenant("default")) as tx:
            service.declare_set(tx, "flights", SET["features"][:1])
        target = str(tmp_path / "rows.csv")
        found = cli("features", "export", "flights", target, "--since", "2026-01-01")
        assert found.code == 2
        assert "--since" in found.err
        assert not list(tmp_path.iterdir())
