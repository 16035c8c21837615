"""usage_trends is what the rows say, by hour, day, week and month."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everlearn.core import chores
from everlearn.core.errors import Invalid
from everlearn.core.testing.make import make
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.modules.analytics import service
from everlearn.modules.analytics.tables import UsageTrend
from everlearn.modules.analytics.types import PeriodType
from everlearn.modules.operations import service as operations
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task

SINCE, UNTIL = TEST_TIME - timedelta(days=82), TEST_TIME + timedelta(days=2)
STRAIGHT = """
SELECT date_trunc(:unit, prediction_timestamp, 'UTC') AS start, count(*) AS n
FROM predictions.ml_predictions
WHERE tenant_id = app.tenant_id() AND role = 'live' AND model_id IN ('pricing-1', 'pricing-2')
GROUP BY 1 ORDER BY 1
"""
ALL = "SELECT * FROM analytics.usage_trends WHERE tenant_id = app.tenant_id() ORDER BY id"


def models(tx):
    for name in ("pricing-1", "pricing-2"):
        model = registry.ensure_model(tx, name, task=Task.REGRESSION)
        tx.execute(
            "UPDATE registry.ml_models SET model_id = :name"
            " WHERE tenant_id = app.tenant_id() AND id = :id",
            {"name": name, "id": model.id},
        )


def predict(tx, ago, *, n=1, model="pricing-1", role="live"):
    predict.count += n
    given = [
        {
            "prediction_id": f"p-{predict.count - i}",
            "model_id": model,
            "prediction_type": "price",
            "service_name": "shop",
            "predicted_value": 1.0,
            "role": role,
            "prediction_timestamp": TEST_TIME - ago + timedelta(milliseconds=i),
        }
        for i in range(n)
    ]
    assert predictions.take_predictions(tx, given).accepted == n


predict.count = 0


def refresh(tx):
    """Do what the chores do, in their order; give how many days of usage that were."""
    predictions.refresh_performance(tx)
    predictions.refresh_quantiles(tx)
    return service.refresh_usage(tx)


def agrees(tx):
    """Compare every period with the predictions themselves."""
    for by in PeriodType:
        # A week or month may begin before the first of them.
        before = timedelta(days=0 if by in {PeriodType.HOUR, PeriodType.DAY} else 40)
        found = service.usage(tx, by=by, since=SINCE - before, until=UNTIL)
        straight = tx.execute(STRAIGHT, {"unit": by.value}).all()
        assert [(u.period_start, u.metric_value) for u in found] == [
            (row.start, row.n) for row in straight
        ], by
        for each in found:
            end = each.period_start.replace(tzinfo=None)
            months = end.year * 12 + end.month
            end = {
                PeriodType.HOUR: end + timedelta(hours=1),
                PeriodType.DAY: end + timedelta(days=1),
                PeriodType.WEEK: end + timedelta(days=7),
                PeriodType.MONTH: datetime(months // 12, months % 12 + 1, 1),
            }[by]
            assert each.period_end == end.replace(tzinfo=UTC)
            assert (each.metric_name, each.metric_unit) == ("predictions", "count")


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["pricing-1", "pricing-2", "refresh"]),
            st.integers(0, 80 * 24),
            st.integers(1, 3),
            st.sampled_from(["live", "live", "shadow"]),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_it_agrees_with_the_rows(database, tenant, steps):
    with database.tx(tenant) as tx:
        models(tx)
        for step, hours, n, role in steps:
            if step == "refresh":
                refresh(tx)
            else:
                predict(tx, timedelta(hours=hours), n=n, model=step, role=role)
        refresh(tx)
        agrees(tx)
        assert refresh(tx) == 0
        tx.session.rollback()


class TestRefresh:
    def test_only_what_changed_is_written(self, tx):
        models(tx)
        for day in range(5):
            predict(tx, timedelta(days=day), n=2)
        assert refresh(tx) == 5
        before = {row.id: row for row in tx.execute(ALL)}
        predict(tx, timedelta(days=3))
        assert refresh(tx) == 1
        after = {row.id: row for row in tx.execute(ALL)}
        changed = {after[id_].period_type for id_ in after if after[id_] != before.get(id_)}
        assert after.keys() == before.keys()
        assert changed == {"hour", "day", "week", "month"}
        assert sum(after[id_] != before[id_] for id_ in after) == 4
        agrees(tx)

    def test_deleted_predictions_go(self, db):
        database, tenant, rival = db.database(), db.tenant("acme"), db.tenant("rival")
        for each in (tenant, rival):
            with database.tx(each) as tx:
                models(tx)
                predict(tx, timedelta(days=40), n=3)
                predict(tx, timedelta(), n=2)
                refresh(tx)
        with database.tx(rival) as tx:
            others = tx.execute(ALL).all()
        with db.database("owner").tx(tenant) as tx:
            tx.execute(
                "DELETE FROM predictions.ml_predictions WHERE tenant_id = app.tenant_id()"
                " AND prediction_timestamp < :end",
                {"end": TEST_TIME - timedelta(days=1)},
            )
        with database.tx(tenant) as tx:
            assert refresh(tx) == 1
            agrees(tx)
            assert len(tx.execute(ALL).all()) == 4
        with database.tx(rival) as tx:
            assert refresh(tx) == 0
            assert tx.execute(ALL).all() == others

    def test_what_retention_takes_stays_counted(self, tx):
        models(tx)
        predict(tx, timedelta(days=40), n=3)
        predict(tx, timedelta(days=1))
        refresh(tx)
        before = tx.execute(ALL).all()
        operations.set_retention(tx, "predictions.hourly_prediction_usage", days=20)
        tx.execute(
            "DELETE FROM predictions.hourly_prediction_usage WHERE tenant_id = app.tenant_id()"
            " AND hour_start < :end",
            {"end": TEST_TIME - timedelta(days=20)},
        )
        assert service.refresh_usage(tx) == 1
        assert tx.execute(ALL).all() == before

    def test_rows_of_other_writers_are_left_alone(self, tx):
        models(tx)
        own = make(
            tx,
            UsageTrend,
            metric_name="predictions",
            metric_value=77.0,
            period_type="day",
            period_start=datetime(2026, 3, 2, tzinfo=UTC),
            period_end=datetime(2026, 3, 3, tzinfo=UTC),
        )
        predict(tx, timedelta(), n=2)
        refresh(tx)
        agrees(tx)
        kept = tx.scalar("SELECT metric_value FROM usage_trends WHERE id = :id", {"id": own.id})
        assert kept == 77.0

    def test_chore(self, db):
        database, tenants = db.database(), [db.tenant("acme"), db.tenant("rival")]
        with database.tx(tenants[0]) as tx:
            models(tx)
            predict(tx, timedelta(hours=30), n=4)
        house = chores.House(db.server, db.settings, db.clock)
        for name in ("predictions.refresh", "predictions.quantiles"):
            chores.run(chores.declared()[name], house)
        each = chores.declared()["analytics.usage"]
        assert chores.run(each, house) == {"days": 1}
        assert chores.run(each, house) == {"days": 0}
        with database.tx(tenants[0]) as tx:
            agrees(tx)
        with database.tx(tenants[1]) as tx:
            assert tx.execute(ALL).all() == []

    def test_a_refresh_reads_that_day_alone(self, db, monkeypatch):
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            models(tx)
            for day in range(60):
                for hour in range(8):
                    predict(tx, timedelta(days=day, hours=hour))
            refresh(tx)
        for table in ("predictions.hourly_prediction_usage", "analytics.usage_trends"):
            with db.database("owner").tx(tenant) as tx:
                tx.execute(f"ANALYZE {table}")
        plain, read = type(tx).execute, []

        def explaining(self, statement, params=None):
            if not str(statement).lstrip().startswith(("WITH days", "WITH spans")):
                return plain(self, statement, params)
            plan = plain(self, f"EXPLAIN (ANALYZE, FORMAT json) {statement}", params).scalar()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            walk(plan[0]["Plan"])
            return None

        def walk(node):
            if name := node.get("Relation Name"):
                assert node["Node Type"] != "Seq Scan", name
                read.append((name, node["Actual Rows"] * node["Actual Loops"]))
            for part in node.get("Plans", ()):
                walk(part)

        with database.tx(tenant) as tx:
            predict(tx, timedelta(days=30))
            predictions.refresh_performance(tx)
            predictions.refresh_quantiles(tx)
            with monkeypatch.context() as patched:
                patched.setattr(type(tx), "execute", explaining)
                assert service.refresh_usage(tx) == 1
        hours = [n for name, n in read if name == "hourly_prediction_usage"]
        assert hours
        assert max(hours) <= 9
        # Of a month the 31 rows of its days, of 540 rows of hours and days altogether.
        assert max(n for name, n in read if name == "usage_trends") <= 38


@pytest.mark.parametrize(
    ("by", "since"), [("hour", TEST_TIME - timedelta(days=95)), ("day", UNTIL)]
)
def test_a_senseless_question_is_refused(tx, by, since):
    with pytest.raises(Invalid) as caught:
        service.usage(tx, by=PeriodType(by), since=since, until=UNTIL)
    assert caught.value.field == "until"


def test_over_http(client, client_other, database, tenant):
    with database.tx(tenant) as tx:
        models(tx)
        predict(tx, timedelta(), n=3)
        refresh(tx)
    question = "/v1/usage?since=2026-03-01T00:00:00Z&until=2026-04-01T00:00:00Z&by="
    (month,) = client.get(question + "month").json()
    assert month == {
        "metric_name": "predictions",
        "metric_value": 3.0,
        "metric_unit": "count",
        "period_start": "2026-03-01T00:00:00Z",
        "period_end": "2026-04-01T00:00:00Z",
        "period_type": "month",
    }
    assert client.get(question + "year").status_code == 422
    assert client_other.get(question + "hour").json() == []


def test_command(cli, db):
    with db.database().tx(db.tenant("acme")) as tx:
        models(tx)
        predict(tx, timedelta(hours=1), n=2)
        predictions.refresh_performance(tx)
        predictions.refresh_quantiles(tx)
    assert cli("analytics", "refresh", "--tenant", "acme").out.strip() == "1 days"
    (line,) = cli("analytics", "usage", "--by", "hour", "--tenant", "acme", "--json").json()
    assert line["metric_value"] == 2
    assert cli("analytics", "usage", "--by", "year", "--tenant", "acme").code == 2
