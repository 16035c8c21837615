"""Months, summary and quantiles of a model say what its rows say, however the rows came to it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest

from everlearn.core.errors import Invalid
from everlearn.core.testing.plugin import TEST_TIME, Cloned
from everlearn.core.tx import Database
from everlearn.modules.operations import service as operations
from everlearn.modules.predictions import service
from everlearn.modules.registry import service as registry
from tests.modules.predictions.test_service import close
from tests.modules.predictions.world import World, add_version, build, rows

NAMES = ("inference_time_ms", "confidence", "loss", "error")
SHARES = [0.5, 0.95, 0.99]
DAYS_APART = 31
BY_HAND = """
SELECT date_trunc('month', p.prediction_timestamp, 'UTC')::date AS start, count(*) AS n,
  count(o.id) AS closed, avg(o.loss) AS loss, avg(p.inference_time_ms) AS mean,
  percentile_cont(:shares) WITHIN GROUP (ORDER BY p.inference_time_ms) AS inference_time_ms,
  percentile_cont(:shares) WITHIN GROUP (ORDER BY p.confidence) AS confidence,
  percentile_cont(:shares) WITHIN GROUP (ORDER BY o.loss) AS loss_quantiles,
  percentile_cont(:shares) WITHIN GROUP (ORDER BY abs(o.error)) AS error
FROM predictions.ml_predictions AS p
JOIN registry.ml_models AS m ON m.tenant_id = p.tenant_id AND m.id = :model
LEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id
WHERE p.tenant_id = app.tenant_id() AND p.role = 'live'
  AND (p.ml_model_id = m.id OR p.model_id = m.model_id)
GROUP BY GROUPING SETS ((1), ()) ORDER BY 1 NULLS LAST
"""
SUMMARY = "SELECT * FROM predictions.v_model_performance_summary WHERE id = :model"
EVERYTHING = """
SELECT ml_model_id, made_on, refreshed_at, n_predictions, n_outcomes, inference_times, confidences,
  losses, errors
FROM predictions.performance_quantiles WHERE tenant_id = app.tenant_id() ORDER BY 1, 2
"""


def near(values):
    return [None if v is None else pytest.approx(v, rel=0.0101, abs=1e-299) for v in values or []]


def refresh(tx):
    """Do what both chores do; give how many days that were."""
    return service.refresh_performance(tx), service.refresh_quantiles(tx)


def agrees(tx, model_id):
    """Compare months, summary and quantiles over all time with the rows; give the months."""
    *by_month, of_all = tx.execute(BY_HAND, {"model": model_id, "shares": SHARES}).all()
    months = service.performance(tx, model_id, times=True)
    for month, row in zip(months, by_month, strict=True):
        assert (month.start, month.predictions, month.outcomes) == (row.start, row.n, row.closed)
        assert month.loss == (None if row.loss is None else pytest.approx(row.loss))
        assert month.inference_time_ms == pytest.approx(row.mean)
        said = [getattr(month, f"p{share}_inference_time_ms") for share in (50, 95, 99)]
        assert said == near(row.inference_time_ms)
    summary = tx.execute(SUMMARY, {"model": model_id}).one()
    assert (summary.prediction_count, summary.validated_predictions) == (of_all.n, of_all.closed)
    said = [getattr(summary, f"p{share}_inference_time_ms") for share in (50, 95, 99)]
    assert said == near(of_all.inference_time_ms or [None] * 3)
    assert [summary.p50_confidence] == near((of_all.confidence or [None])[:1])
    said = [getattr(summary, f"p{share}_error") for share in (50, 95, 99)]
    assert said == near(of_all.error or [None] * 3)
    first = (TEST_TIME - timedelta(days=900)).date()
    whole = service.quantiles(
        tx, model_id, since=first, until=first + timedelta(days=950), shares=SHARES
    )
    assert (whole.predictions, whole.outcomes) == (of_all.n, of_all.closed)
    for name in NAMES:
        wanted = of_all.loss_quantiles if name == "loss" else getattr(of_all, name)
        assert list(getattr(whole, name).values()) == near(wanted or [None] * 3), name
    return months


@dataclass
class House:
    """A model with three months of answers, of its own and of a client's engine."""

    db: Cloned
    database: Database
    owner: Database
    tenant: UUID
    world: World

    def as_owner(self, statement, **given):
        """Correct rows by hand, as a person with the owner's rights does."""
        with self.owner.tx(self.tenant) as tx:
            return tx.execute(statement, given).rowcount


@pytest.fixture
def house(db):
    database, tenants = db.database(), [db.tenant("acme"), db.tenant("rival")]
    for tenant in tenants:
        with database.tx(tenant) as tx:
            world = build(tx, shadow=False)
            tx.execute(
                "UPDATE registry.ml_models SET model_id = 'pricing-2'"
                " WHERE tenant_id = app.tenant_id() AND id = :id",
                {"id": world.model.id},
            )
            for month in range(3):
                ago = timedelta(days=DAYS_APART * month)
                made = rows(tx, world, 7, start=7 * month, ago=ago)
                service.predict_many(tx, world.model, made, with_reasons=False)
            close(tx, world, ["trip-0", "trip-1", "trip-20"], [0, 1, 1])
            rng = np.random.default_rng(1)
            given = [
                {
                    "prediction_id": f"p-{i}",
                    "model_id": "pricing-2",
                    "entity_id": f"order-{i}",
                    "prediction_type": "price",
                    "service_name": "shop",
                    "predicted_value": float(rng.normal(10, 3)),
                    "confidence": float(rng.uniform(0.5, 1)),
                    "inference_time_ms": float(rng.lognormal(1, 1)),
                    "prediction_timestamp": TEST_TIME - timedelta(days=40 * (i % 3), seconds=i),
                }
                for i in range(30)
            ]
            assert service.take_predictions(tx, given).accepted == 30
            refresh(tx)
            agrees(tx, world.model.id)
            if tenant == tenants[0]:
                ours = world
            else:
                before = tx.execute(EVERYTHING).all()
    yield House(db, database, db.database("owner"), tenants[0], ours)
    with database.tx(tenants[1]) as tx:  # whatever happened to the one, the other saw nothing
        assert refresh(tx) == (0, 0)
        assert tx.execute(EVERYTHING).all() == before


class TestWhatComesLater:
    def test_an_outcome_that_comes_months_later(self, house):
        with house.database.tx(house.tenant) as tx:
            close(tx, house.world, ["trip-14", "trip-15"], [0, 1])  # asked two months ago
            assert refresh(tx) == (0, 1)
            months = agrees(tx, house.world.model.id)
        assert months[0].outcomes == 3

    def test_a_clients_outcome_that_comes_months_later(self, house):
        with house.database.tx(house.tenant) as tx:
            (id_,) = tx.execute(
                "SELECT id FROM predictions.ml_predictions WHERE prediction_id = 'p-2'"
            ).scalars()
            at = [tx.now()]
            service.write_client_outcomes(
                tx, [id_], values=[9.0], happened_at=at, known_at=at, further=[None]
            )
            assert refresh(tx) == (1, 1)
            agrees(tx, house.world.model.id)

    def test_predictions_of_years_ago(self, house):
        with house.database.tx(house.tenant) as tx:
            old = rows(tx, house.world, 3, start=90, ago=timedelta(days=700))
            service.predict_many(tx, house.world.model, old, with_reasons=False)
            assert refresh(tx) == (0, 1)
            assert agrees(tx, house.world.model.id)[0].predictions == 3


class TestWhatIsCorrected:
    def test_an_outcome(self, house):
        n = house.as_owner(
            "UPDATE predictions.prediction_outcomes SET actual_value = 1, error = 1 -"
            " predicted_value, loss = -ln(predicted_value) WHERE tenant_id = app.tenant_id()"
            " AND actual_value = 0"
        )
        with house.database.tx(house.tenant) as tx:
            assert (n, refresh(tx)) == (1, (1, 1))
            agrees(tx, house.world.model.id)
            day = tx.execute(
                "SELECT n_correct, sum_actual FROM predictions.performance_daily"
                " WHERE tenant_id = app.tenant_id() AND made_on = :day"
                " AND model_version_id IS NOT NULL",
                {"day": TEST_TIME.date()},
            ).one()
            assert day.sum_actual == 2
            assert service.refresh_performance(tx) == 0

    def test_an_outcome_that_is_taken_back(self, house):
        assert house.as_owner(
            "DELETE FROM predictions.prediction_outcomes WHERE tenant_id = app.tenant_id()"
        )
        with house.database.tx(house.tenant) as tx:
            assert refresh(tx) == (2, 2)
            assert sum(month.outcomes for month in agrees(tx, house.world.model.id)) == 0
            close(tx, house.world, ["trip-0"], [1])
            refresh(tx)
            assert sum(month.outcomes for month in agrees(tx, house.world.model.id)) == 1

    @pytest.mark.parametrize("which", ["entity_id = 'trip-0'", "entity_id LIKE 'order-%'", "true"])
    def test_deleted_predictions(self, house, which):
        house.as_owner(
            f"DELETE FROM predictions.ml_predictions WHERE tenant_id = app.tenant_id() AND {which}"
        )
        with house.database.tx(house.tenant) as tx:
            refresh(tx)
            agrees(tx, house.world.model.id)
            left = tx.scalar("SELECT count(*) FROM predictions.performance_quantiles")
            assert (left == 0) == (which == "true")
            hours = tx.scalar(
                "SELECT sum(n_predictions) FROM predictions.hourly_prediction_usage"
                " WHERE tenant_id = app.tenant_id()"
            )
            rows_say = tx.scalar(
                "SELECT count(*) FROM predictions.ml_predictions WHERE tenant_id = app.tenant_id()"
            )
            assert (hours or 0) == rows_say
            assert refresh(tx) == (0, 0)

    def test_a_time_that_was_wrong(self, house):
        house.as_owner(
            "UPDATE predictions.ml_predictions SET prediction_timestamp = prediction_timestamp"
            " - interval '3 days', inference_time_ms = 1000 WHERE tenant_id = app.tenant_id()"
            " AND entity_id IN ('trip-3', 'order-3')"
        )
        with house.database.tx(house.tenant) as tx:
            refresh(tx)
            agrees(tx, house.world.model.id)

    def test_what_retention_takes_stays_counted(self, house):
        with house.database.tx(house.tenant) as tx:
            before = service.performance(tx, house.world.model.id, times=True)
            for table in ("predictions.ml_predictions", "predictions.prediction_outcomes"):
                operations.set_retention(tx, table, days=50)
        for table, at in (("ml_predictions", "prediction_timestamp"), ("prediction_outcomes",) * 2):
            where = "predicted_at" if at == "prediction_outcomes" else at
            assert house.as_owner(
                f"DELETE FROM predictions.{table} WHERE tenant_id = app.tenant_id()"
                f" AND {where} < :end",
                end=TEST_TIME - timedelta(days=50),
            )
        with house.database.tx(house.tenant) as tx:
            refresh(tx)
            assert service.performance(tx, house.world.model.id, times=True) == before

    def test_a_version_that_is_gone_goes_from_the_whole(self, house):
        with house.database.tx(house.tenant) as tx:
            tx.execute(
                "DELETE FROM predictions.performance_quantiles WHERE tenant_id = app.tenant_id()"
                " AND model_version_id IS NULL AND made_on < :day",
                {"day": TEST_TIME.date()},
            )
            close(tx, house.world, ["trip-2"], [1])
            refresh(tx)
            counts = tx.execute(
                "SELECT q.n_predictions, app.sketch_count(q.inference_times),"
                " app.sketch_count(q.errors), q.n_outcomes"
                " FROM predictions.model_performance_quantiles AS q WHERE q.id = :model",
                {"model": house.world.model.id},
            ).one()
            assert tuple(counts) == (31, 31, 4, 4)  # 21 and those of the client's last day


def test_several_versions_merge(tx):
    world = build(tx, shadow=False)
    service.predict_many(tx, world.model, rows(tx, world, 9), with_reasons=False)
    second = add_version(tx, world.model, 2)
    registry.activate(tx, second.id, reason="better", evidence={})
    service.predict_many(tx, world.model, rows(tx, world, 6, start=50), with_reasons=False)
    refresh(tx)
    span = {"since": TEST_TIME.date(), "until": TEST_TIME.date() + timedelta(days=1)}
    for chosen in ([world.live.id], [second.id], [world.live.id, second.id], []):
        found = service.quantiles(tx, world.model.id, **span, version_ids=chosen, shares=SHARES)
        rows_say = tx.execute(
            "SELECT count(*) AS n, percentile_cont(:shares) WITHIN GROUP (ORDER BY confidence) AS q"
            " FROM predictions.ml_predictions WHERE tenant_id = app.tenant_id()"
            " AND model_version_id = ANY(:versions)",
            {"shares": SHARES, "versions": chosen},
        ).one()
        assert found.predictions == rows_say.n
        assert list(found.confidence.values()) == near(rows_say.q or [None] * 3)
    agrees(tx, world.model.id)


def test_readers_wait_for_nothing_while_it_refreshes(house):
    begun, go_on = threading.Event(), threading.Event()

    def hold():
        with house.database.tx(house.tenant) as tx:
            close(tx, house.world, ["trip-3"], [1])
            refresh(tx)
            begun.set()
            assert go_on.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert begun.wait(20)
        with house.database.tx(house.tenant) as tx:
            tx.execute("SET LOCAL lock_timeout = '1ms'")
            assert sum(month.outcomes for month in agrees(tx, house.world.model.id)) == 3
            # Nor does whoever answers wait for the refresh of the quantiles alone; the sums that a
            # batch moves are its own.
            tx.execute("SELECT FROM predictions.model_performance_quantiles")
    finally:
        go_on.set()
        thread.join(20)
    with house.database.tx(house.tenant) as tx:
        assert sum(month.outcomes for month in agrees(tx, house.world.model.id)) == 4


def test_a_days_refresh_touches_that_day_alone(house, monkeypatch):
    """Of 60 days with answers the refresh of one reads that one's rows by their indexes."""
    with house.database.tx(house.tenant) as tx:
        for day in range(1, 60):
            made = rows(tx, house.world, 40, start=1000 + 40 * day, ago=timedelta(days=day))
            service.predict_many(tx, house.world.model, made, with_reasons=False)
            close(tx, house.world, made.entity_ids[:20], [0, 1] * 10)
        refresh(tx)
    for table in ("ml_predictions", "prediction_outcomes", "performance_quantiles"):
        house.as_owner(f"ANALYZE predictions.{table}")
    with house.database.tx(house.tenant) as tx:
        close(tx, house.world, [f"trip-{1000 + 40 * 20 + 30}"], [1])
        read = read_by(tx, monkeypatch, "WITH asked AS", service.refresh_quantiles)
    assert max(read.values()) <= 40, read
    house.as_owner(
        "UPDATE predictions.prediction_outcomes SET further_values = '{}' WHERE tenant_id ="
        " app.tenant_id() AND id = (SELECT min(id::text)::uuid FROM"
        " predictions.prediction_outcomes WHERE tenant_id = app.tenant_id())"
    )
    with house.database.tx(house.tenant) as tx:
        read = read_by(tx, monkeypatch, "WITH asked AS", service.refresh_performance)
    assert max(read.values()) <= 40, read


def read_by(tx, monkeypatch, beginning, work):
    """Give how many rows the scans of the statements that begin so read, by table."""
    plain, read = type(tx).execute, {}

    def explaining(self, statement, params=None):
        text = str(statement)
        if text.strip().startswith(beginning):
            plan = plain(self, f"EXPLAIN (ANALYZE, FORMAT json) {text}", params).scalar()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            for node in nodes(plan[0]["Plan"]):
                if "Relation Name" in node and "unnest" not in node["Relation Name"]:
                    rows_read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                    name = node["Relation Name"].split("_y")[0]
                    read[name] = read.get(name, 0) + rows_read * node["Actual Loops"]
            return plain(self, "SELECT 1")
        return plain(self, statement, params)

    with monkeypatch.context() as patched:
        patched.setattr(type(tx), "execute", explaining)
        work(tx)
    assert read, beginning
    return read


def nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


class TestSurfaces:
    def test_over_http(self, client, client_other, database, tenant):
        with database.tx(tenant) as tx:
            world = build(tx, shadow=False)
            for month in range(2):
                ago = timedelta(days=DAYS_APART * month)
                made = rows(tx, world, 5, start=5 * month, ago=ago)
                service.predict_many(tx, world.model, made, with_reasons=False)
            refresh(tx)
            last = agrees(tx, world.model.id)[-1]
        found = client.get("/v1/models/delays/performance").json()
        assert [month["start"] for month in found] == ["2026-01-01", "2026-03-01"]
        assert found[1]["p95_inference_time_ms"] == last.p95_inference_time_ms
        assert found[1]["p50_inference_time_ms"] > 0
        one = client.get("/v1/models/delays/performance?since=2026-02-01").json()
        assert one == found[1:]
        wrong = client.get("/v1/models/delays/performance?since=2026-02-01&until=2026-02-01")
        assert (wrong.status_code, wrong.json()["field"]) == (422, "until")
        assert client_other.get("/v1/models/delays/performance").status_code == 404
        question = "/v1/models/delays/quantiles?since=2026-01-01&until=2026-04-01&share=0.5"
        (median,) = client.get(f"{question}&version_id={world.live.id}").json()["quantiles"]
        assert 0.5 <= median["confidence"] <= 1
        none = client.get(f"{question}&version_id={world.model.id}").json()
        assert (none["predictions"], none["quantiles"][0]["confidence"]) == (0, None)
        shadow = client.get(f"{question}&role=shadow").json()
        assert shadow["predictions"] == 0

    def test_command(self, cli, db):
        with db.database().tx(db.tenant("acme")) as tx:
            world = build(tx, shadow=False)
            service.predict_many(tx, world.model, rows(tx, world, 5), with_reasons=False)
            refresh(tx)
            (month,) = agrees(tx, world.model.id)
        words = ("predictions", "performance", "delays", "--tenant", "acme", "--json")
        (line,) = cli(*words).json()
        assert line["predictions"] == 5
        assert line["p99_inference_time_ms"] == month.p99_inference_time_ms
        assert cli(*words, "--until", "2026-03-01").json() == []
        assert cli(*words, "--by", "year").code == 2


def test_a_senseless_month_is_refused(tx):
    with pytest.raises(Invalid) as caught:
        service.performance(tx, build(tx).model.id, since=TEST_TIME.date(), until=TEST_TIME.date())
    assert caught.value.field == "until"
