"""Dashboards and reports by user, and the views over all methods."""

from __future__ import annotations

import pytest

from everlearn.core.errors import Forbidden, Invalid
from everlearn.core.migrate import load_tables
from everlearn.core.tables import rows
from everlearn.core.testing.make import make, table_of
from everlearn.core.tx import Actor
from everlearn.modules.analytics.tables import AnalyticsDashboard, AnalyticsReport, UsageTrend
from everlearn.modules.tenancy import service as tenancy

load_tables()
PREDICTIONS = {
    "ml_predictions": ("predictions.ml_predictions", "predicted_value"),
    "predictions": ("predictions.predictions", "predicted_value"),
    "ensemble_predictions": ("ensembles.ensemble_predictions", "ensemble_prediction"),
    "cross_domain_predictions": ("transfer.cross_domain_predictions", "target_domain_prediction"),
}
METRICS = {
    "model_metrics": ("registry", "model_version"),
    "ml_performance_metrics": ("predictions", "service"),
    "ensemble_performance": ("ensembles", "ensemble"),
    "architecture_performance": ("nas", "architecture_candidate"),
    "fine_tuning_metrics": ("finetuning", "fine_tuning_job"),
    "domain_adaptation_metrics": ("transfer", "transfer_learning_run"),
    "federated_metrics": ("federated", "federated_round"),
    "evolution_metrics": ("evolution", "evolution_generation"),
    "cache_performance": ("caching", "cache_tier"),
    "usage_trends": ("analytics", "tenant"),
    "system_performance_metrics": ("operations", "component"),
}


class TestRules:
    @pytest.mark.parametrize(
        ("row", "wrong", "field"),
        [
            (AnalyticsReport, {"report_type": "docx"}, "report_type"),
            (AnalyticsReport, {"report_data": []}, "report_data"),
            (AnalyticsReport, {"file_size_bytes": -1}, "file_size_bytes"),
            (AnalyticsReport, {"expires_at": "2000-01-01"}, "expires_at"),
            (AnalyticsDashboard, {"dashboard_config": []}, "dashboard_config"),
            (AnalyticsDashboard, {"view_count": -1}, "view_count"),
            (UsageTrend, {"metric_name": "mood"}, "metric_name"),
            (UsageTrend, {"metric_unit": "pounds"}, "metric_unit"),
            (UsageTrend, {"period_type": "year"}, "period_type"),
            (UsageTrend, {"period_end": "2000-01-01"}, "period_end"),
        ],
    )
    def test_wrong_values_are_refused(self, tx, row, wrong, field):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, row, **wrong)
        assert caught.value.field == field
        if "enum" in table_of(row).c[field].info:
            assert caught.value.facts["allowed"]


@pytest.fixture
def people(database, tenant, other_tenant):
    """Give the ids of an owner, a member of his team and a stranger, and the team's."""
    with database.tx(tenant) as tx:
        found = {
            name: tenancy.create_user(tx, email=f"{name}@example.org", username=name)
            for name in ("owner", "member", "stranger")
        }
        found["team"] = tenancy.create_team(tx, name="ops", owner_id=found["owner"]).id
        tenancy.add_member(tx, found["team"], user_id=found["member"])
    return found


def acting(database, tenant, people, name):
    return database.tx(tenant, actor=Actor("user", name, user_id=people[name]))


class TestReach:
    @pytest.mark.parametrize(
        ("flags", "seen_by"),
        [
            ({}, {"owner"}),
            ({"is_shared": True}, {"owner", "member"}),
            ({"is_public": True}, {"owner", "member", "stranger"}),
        ],
    )
    def test_of_a_dashboard(self, database, tenant, people, flags, seen_by):
        with database.tx(tenant) as tx:
            owner, team = people["owner"], people["team"]
            make(tx, AnalyticsDashboard, user_id=owner, team_id=team, **flags)
            assert tx.scalar("SELECT count(*) FROM analytics.analytics_dashboards") == 1
        for name in ("owner", "member", "stranger"):
            with acting(database, tenant, people, name) as tx:
                seen = tx.scalar("SELECT count(*) FROM analytics.analytics_dashboards")
                assert seen == (name in seen_by), name
                changed = tx.execute("UPDATE analytics.analytics_dashboards SET name = 'x'")
                assert changed.rowcount == (name == "owner"), name

    def test_of_a_report(self, database, tenant, people):
        with database.tx(tenant) as tx:
            make(tx, AnalyticsReport, user_id=people["owner"])
            make(tx, AnalyticsReport)
            assert tx.scalar("SELECT count(*) FROM analytics.analytics_reports") == 2
        for name, count in (("owner", 1), ("member", 0), ("stranger", 0)):
            with acting(database, tenant, people, name) as tx:
                assert tx.scalar("SELECT count(*) FROM analytics.analytics_reports") == count

    @pytest.mark.parametrize("row", [AnalyticsDashboard, AnalyticsReport])
    def test_nobody_writes_in_the_name_of_another(self, database, tenant, people, row):
        with pytest.raises(Forbidden), acting(database, tenant, people, "stranger") as tx:
            make(tx, row, user_id=people["owner"])


class TestAllPredictions:
    @pytest.mark.parametrize("source", PREDICTIONS)
    def test_shows_each(self, tx, source):
        name, column = PREDICTIONS[source]
        made = make(tx, rows()[name], **{column: 0.25})
        line = tx.execute(
            "SELECT * FROM analytics.v_all_predictions WHERE id = :id", {"id": made.id}
        )
        found = line.mappings().one()
        assert (found["source_table"], found["predicted_value"]) == (source, 0.25)
        assert found["actual_value"] is None
        assert found["tenant_id"] == tx.tenant_id
        assert found["created_at"] is not None

    @pytest.mark.parametrize(
        ("value", "shown"),
        [(3, 3.0), ("high", None), ({"p": 1}, None), (10**400, None), (0, 0.0), (None, None)],
    )
    def test_a_forecast_that_is_no_number_has_no_value(self, tx, value, shown):
        forecast = rows()["predictions.predictions"]
        made = make(tx, forecast, predicted_value=value, actual_outcome=value)
        query = (
            "SELECT predicted_value, actual_value FROM analytics.v_all_predictions WHERE id = :id"
        )
        assert tuple(tx.execute(query, {"id": made.id}).one()) == (shown, shown)

    def test_what_was_only_tried_is_not_shown(self, tx):
        made = make(tx, rows()["predictions.ml_predictions"], predicted_value=0.5, role="shadow")
        query = "SELECT count(*) FROM analytics.v_all_predictions WHERE id = :id"
        assert tx.scalar(query, {"id": made.id}) == 0


class TestAllMetrics:
    @pytest.mark.parametrize("source", METRICS)
    def test_shows_each(self, tx, source):
        schema, owner_type = METRICS[source]
        row = rows()[f"{schema}.{source}"]
        value = "value" if source == "system_performance_metrics" else "metric_value"
        made = make(tx, row, **{value: 0.25})
        query = "SELECT * FROM analytics.v_all_metrics WHERE source_table = :source AND id = :id"
        found = tx.execute(query, {"source": source, "id": made.id}).mappings().one()
        assert (found["owner_type"], found["value"]) == (owner_type, 0.25)
        assert found["name"] == made.metric_name
        assert found["period_start"] <= found["period_end"]

    def test_names_the_owner(self, tx):
        user = tenancy.create_user(tx, email="ada@example.org", username="ada")
        team = tenancy.create_team(tx, name="ops", owner_id=user).id
        make(tx, UsageTrend, user_id=user)
        make(tx, UsageTrend, team_id=team)
        make(tx, UsageTrend)
        found = tx.execute(
            "SELECT owner_type, owner_id FROM analytics.v_all_metrics"
            " WHERE source_table = 'usage_trends'"
        )
        assert {tuple(line) for line in found} == {
            ("user", str(user)),
            ("team", str(team)),
            ("tenant", str(tx.tenant_id)),
        }
