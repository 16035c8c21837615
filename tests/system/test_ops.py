"""What is handed to Prometheus and Grafana: rules that are tested, names that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

import everlearn.core.replica  # noqa: F401 - declares the numbers of a replica
from everlearn.core import named, watching
from everlearn.core.tx import Actor
from everlearn.entry.api import create_app
from everlearn.modules.operations import service
from everlearn.modules.tenancy import service as tenancy
from everlearn.modules.tenancy.types import Role
from tools import gen_grafana

ROOT = Path(__file__).resolve().parents[2]
OPS = ROOT / "ops"
RULES = OPS / "prometheus" / "everlearn.rules.yml"
_WORDS = re.compile(r"\b((?:everlearn|process|python)_\w+)")
_EXPR = re.compile(r"^\s+expr: (?:>-\n((?:\s{10}.*\n)+)|(.*)$)", re.MULTILINE)
#: Shown by the operating system's own collector, where there is one.
_OF_PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total"}


def promtool(*words, folder=OPS / "prometheus", text=None):
    found = shutil.which("promtool") or ROOT / ".cache/promtool/usr/bin/promtool"
    if not Path(found).exists():
        pytest.skip("promtool is not here: tools/setup.sh system")
    ran = subprocess.run(
        [found, *words], cwd=folder, input=text, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def dashboards():
    return {path.name: json.loads(path.read_text()) for path in (OPS / "grafana").glob("*.json")}


def expressions():
    found = {
        f"{name}: {panel['title']}: {target['refId']}": target["expr"]
        for name, board in dashboards().items()
        for panel in board["panels"]
        for target in panel["targets"]
    }
    rules = [a or b for a, b in _EXPR.findall(RULES.read_text())]
    assert len(rules) == RULES.read_text().count("- alert:")
    return found | {f"rule {i}": expr for i, expr in enumerate(rules)}


class TestRules:
    def test_are_valid(self):
        assert "SUCCESS" in promtool("check", "rules", RULES.name)

    def test_alert_above_their_threshold_and_not_below(self):
        assert "SUCCESS" in promtool("test", "rules", "everlearn.rules.test.yml")

    def test_the_example_of_a_configuration_is_valid(self, tmp_path):
        for path in (OPS / "prometheus").iterdir():
            shutil.copy(path, tmp_path)
        (tmp_path / "everlearn.key").write_text("a key")
        assert "SUCCESS" in promtool("check", "config", "prometheus.yml", folder=tmp_path)

    def test_have_the_thresholds_of_the_rules_in_the_database(self):
        text = RULES.read_text()
        for asked in (
            "everlearn_ingest_lag_seconds) > 300", "everlearn_rollup_lag_seconds) > 300",
            "everlearn_accuracy_ratio) < 0.8", "everlearn_partition_bytes) > 10 * 2 ^ 30",
            "everlearn_query_p95_ratio) > 2",
        ):  # fmt: skip
            assert asked in text


class TestDashboards:
    def test_are_as_the_tool_writes_them(self):
        for path, text in gen_grafana.texts().items():
            assert path.read_text() == text, "run python -m tools.gen_grafana"

    def test_every_expression_can_be_read(self, tmp_path):
        lines = ["groups:", "  - name: read", "    rules:"]
        for i, expr in enumerate(expressions().values()):
            plain = " ".join(expr.split()).replace("$__rate_interval", "5m")
            lines += [f"      - record: read:{i}", f"        expr: {json.dumps(plain)}"]
        (tmp_path / "read.yml").write_text("\n".join(lines) + "\n")
        assert "SUCCESS" in promtool("check", "rules", "read.yml", folder=tmp_path)

    def test_panels_have_a_unit_a_sentence_and_a_source_to_choose(self):
        assert len(dashboards()) == 2
        for board in dashboards().values():
            assert [v["name"] for v in board["templating"]["list"]] == ["datasource"]
            places = set()
            for panel in board["panels"]:
                assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
                assert panel["description"].endswith("."), panel["title"]
                assert panel["datasource"]["uid"] == "${datasource}"
                places.add((panel["gridPos"]["x"], panel["gridPos"]["y"]))
            assert len(places) == len(board["panels"])


class TestExposition:
    @pytest.fixture
    def text(self, db):
        """Give what Prometheus reads after a minute of life."""
        database, house, other = db.database(), db.tenant("acme"), db.tenant("rival-of-acme")
        with database.tx(house, actor=Actor("user", "tester")) as tx:
            key = tenancy.create_key(tx, name="prometheus", role=Role.READER)
        with database.tx(other) as tx:
            tx.execute("INSERT INTO events.stale_learning_days (date) VALUES ('2026-03-01')")
        client = TestClient(create_app(database, house="acme"))
        client.headers["authorization"] = f"Bearer {key.secret}"
        for _ in range(30):
            with named.named("x.y"):
                pass
            client.get("/v1/job_runs")
        watching.count_refused("events", ["event_type"])
        watching.flush(database, "acme")
        service.watch(db.database("service"), "acme")
        answer = client.get("/metrics")
        assert answer.status_code == 200
        return answer.text

    def test_promtool_has_nothing_to_say(self, text):
        assert promtool("check", "metrics", text=text).strip() == ""

    def test_every_name_that_ops_asks_for_is_there(self, text):
        names = {line.split(" ")[2] for line in text.splitlines() if line.startswith("# TYPE")}
        samples = {
            sample.name for family in text_string_to_metric_families(text)
            for sample in family.samples
        }  # fmt: skip
        # Without a replica, models or a baseline these have no sample yet, but a declaration.
        declared = {each.prometheus for each in watching.metrics().values() if each.shown}
        there = names | samples | declared | _OF_PROCESS
        for what, expr in expressions().items():
            for name in _WORDS.findall(expr):
                base = re.sub(r"_(bucket|sum|count|total)$", "", name)
                assert {name, base} & there, f"{what}: no metric {name}"

    def test_no_label_says_a_tenant_or_a_person(self, text):
        assert "rival-of-acme" not in text
        assert "tester" not in text
        allowed = {
            "method", "path", "status", "le", "query", "items", "field", "server", "to", "table",
            "rollup", "severity", "generation", "kind",
        }  # fmt: skip
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                assert set(sample.labels) <= allowed, (sample.name, sample.labels)

    def test_the_house_s_numbers_are_of_all_tenants_together(self, text):
        assert 'everlearn_rollup_lag_seconds{rollup="events.daily_learning_metrics"}' in text
        assert "everlearn_partition_bytes{" in text
        assert 'everlearn_query_p95_seconds{query="x.y"}' in text
        assert 'everlearn_alerts_open{severity="critical"}' in text
