"""Health and alerts over REST, command line and page."""

from __future__ import annotations

import re

import pytest

from everlearn.core import named, watching
from everlearn.core.formats import bytes_, duration
from everlearn.core.migrate import load_tables
from everlearn.core.watching import Reading
from everlearn.modules.operations.service import alerts
from everlearn.modules.operations.service import watching as engine
from everlearn.modules.operations.types import Scope

load_tables()
watching.metrics()


def fill(tx):
    """Write what a look would: a lag over its threshold, sizes, a query."""
    gb = 2**30
    engine.write(
        tx,
        [
            Reading("ingest_lag_s", "", 0.2),
            Reading("rollup_lag_s", "events.daily_learning_metrics", 3600),
            Reading("partition_bytes", "events.learning_events", 11 * gb),
            Reading("table_bytes", "events.learning_events", 40 * gb),
            Reading("partitions_ahead_count", "events.learning_events", 2),
            Reading("archive_lag_s", "events.learning_events", 0),
        ],
        scope=Scope.HOUSE,
    )
    engine.write(tx, [Reading("job_wait_s", "", 12)], scope=Scope.TENANT)
    alerts.ensure_rules(tx, scope=Scope.HOUSE)
    alerts.ensure_rules(tx, scope=Scope.TENANT)
    return alerts.evaluate(tx, scope=Scope.HOUSE)


@pytest.fixture
def full(database, tenant, monkeypatch):
    monkeypatch.setattr(named, "_queries", {})
    for _ in range(30):
        named._queries.setdefault("events.list", named._Query()).observe(0.02)
    watching.flush(database, "acme")
    with database.tx(tenant) as tx:
        fill(tx)


class TestRest:
    def test_health_gives_alerts_numbers_and_queries(self, full, client, client_other):
        found = client.get("/v1/health").json()
        assert {a["rule_name"] for a in found["alerts"]} == {
            "partition_too_large",
            "rollup_lag_anywhere",
        }
        assert {r["metric"] for r in found["readings"]} >= {"job_wait_s", "ingest_lag_s"}
        assert [q["query_name"] for q in found["queries"]] == ["events.list"]
        assert found["queries"][0]["p95_ms"] == pytest.approx(20, rel=0.02)
        other = client_other.get("/v1/health").json()
        assert other == {"alerts": [], "readings": [], "queries": []}

    def test_an_alert_is_acknowledged_by_its_tenant(self, full, client, client_other):
        alert = client.get("/v1/alerts?status=open").json()["items"][0]
        path = f"/v1/alerts/{alert['id']}/acknowledge"
        assert client_other.post(path).status_code == 404
        assert client.post(path).json()["acknowledged_by"]

    def test_a_rule_is_changed_and_wrong_changes_are_refused(self, full, client):
        path = "/v1/alert_rules/partition_too_large"
        assert client.put(path, json={"threshold": 20e9}).json()["threshold"] == 20e9
        for body, field in (({"for_s": -1}, "for_s"), ({"thresholds": 1}, "thresholds")):
            refused = client.put(path, json=body)
            assert refused.status_code == 422
            assert refused.json()["field"] == field
        assert client.put("/v1/alert_rules/x", json={"enabled": False}).status_code == 404


class TestPage:
    def test_empty_it_says_what_to_do(self, client):
        page = client.get("/operations/health").text
        assert "Nothing is watched yet" in page
        assert "everlearn operations health --look" in page

    def test_full_it_shows_alerts_and_every_number_leads_to_its_rows(self, full, client):
        page = client.get("/operations/health").text
        for word in (
            "partition_too_large",
            bytes_(11 * 2**30),
            duration(3600),
            "events.list",
            "job_wait_s",
        ):
            assert word in page, word
        links = set(re.findall(r'href="(/tables/(?:health_readings|query_timings)[^"]*)"', page))
        assert len(links) > 5
        for link in links:
            rows = client.get(link.replace("&amp;", "&"))
            assert rows.status_code == 200
            assert "No row" not in rows.text, link

    def test_an_alert_is_acknowledged_there(self, full, client):
        alert = client.get("/v1/alerts?status=open").json()["items"][0]
        path = f"/operations/alerts/{alert['id']}/acknowledge"
        answer = client.post(path, follow_redirects=False)
        assert answer.status_code == 303
        assert client.get(f"/v1/alerts/{alert['id']}").json()["acknowledged_at"]

    def test_another_tenant_sees_nothing_of_the_house(self, full, client_other):
        assert "Nothing is watched yet" in client_other.get("/operations/health").text


def test_the_command_line_looks_lists_and_acknowledges(cli, db):
    db.settings = db.settings.model_copy(update={"tenant": "acme"})
    tenant = db.tenant("acme")
    assert cli("operations", "alerts", "--tenant", "acme").out.strip() == "nothing yet"
    looked = cli("operations", "health", "--look", "--tenant", "acme", "--json")
    assert looked.code == 0, looked.err
    assert {r["metric"] for r in looked.json()} >= {"rollup_lag_s", "job_wait_s", "ingest_lag_s"}
    with db.database().tx(tenant) as tx:
        fill(tx)
    listed = cli("operations", "alerts", "--tenant", "acme", "--json").json()
    chosen = next(a for a in listed if a["rule_name"] == "partition_too_large")
    done = cli("operations", "ack", chosen["id"], "--tenant", "acme", "--json").json()
    assert done["acknowledged_by"] == "command line"
    changed = cli(
        "operations", "rule", "partition_too_large", "--threshold", "2e10", "--off", "--tenant",
        "acme", "--json",
    )  # fmt: skip
    assert (changed.json()["threshold"], changed.json()["enabled"]) == (2e10, False)
    rules = cli("operations", "rules", "--tenant", "acme", "--json").json()
    assert {r["name"] for r in rules} == {r.name for r in alerts.SHIPPED}
    refused = cli("operations", "rule", "nothing", "--off", "--tenant", "acme")
    assert refused.code == 3
    assert "no alert rule 'nothing'" in refused.err
