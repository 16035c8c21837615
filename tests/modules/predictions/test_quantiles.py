"""Quantiles and hours of predictions: what the rows say, and kept when the rows are gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everlearn.core import chores
from everlearn.core.errors import Invalid
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.modules.predictions import service
from everlearn.modules.predictions.types import PredictionRole
from tests.modules.predictions.test_service import close
from tests.modules.predictions.world import build, rows

TODAY = TEST_TIME.date()
SPAN = {"since": TODAY - timedelta(days=30), "until": TODAY + timedelta(days=1)}
SHARES = (0.0, 0.5, 0.95, 1.0)
STRAIGHT = """
SELECT p.inference_time_ms, o.loss, p.confidence, abs(o.error) AS error
FROM predictions.ml_predictions AS p
LEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id
WHERE p.tenant_id = app.tenant_id() AND p.role = :role
"""
TOTALS = """
SELECT n_predictions, n_outcomes, app.sketch_quantiles(inference_times, :shares)
    AS inference_time_ms, app.sketch_quantiles(losses, :shares) AS loss,
  app.sketch_quantiles(confidences, :shares) AS confidence,
  app.sketch_quantiles(errors, :shares) AS error
FROM predictions.model_performance_quantiles WHERE tenant_id = app.tenant_id() AND id = :model
"""
STRAIGHT_HOURS = """
SELECT date_trunc('hour', prediction_timestamp, 'UTC'), ml_model_id, count(*)
FROM predictions.ml_predictions WHERE tenant_id = app.tenant_id() AND role = 'live'
GROUP BY 1, 2 ORDER BY 1, 2
"""


def near(values):
    return [None if v is None else pytest.approx(v, rel=0.0101, abs=1e-299) for v in values]


def exact(values):
    given = [value for value in values if value is not None]
    return np.quantile(given, SHARES).tolist() if given else [None] * len(SHARES)


def agrees(tx, model_id):
    for role in PredictionRole:
        straight = tx.execute(STRAIGHT, {"role": role}).all()
        found = service.quantiles(tx, model_id, **SPAN, shares=SHARES, role=role)
        closed = [row.loss for row in straight if row.loss is not None]
        assert (found.predictions, found.outcomes) == (len(straight), len(closed))
        for name in ("inference_time_ms", "loss", "confidence", "error"):
            rows_say = exact([getattr(row, name) for row in straight])
            assert list(getattr(found, name).values()) == near(rows_say), name
        if role is PredictionRole.LIVE and straight:
            of_all = tx.execute(TOTALS, {"model": model_id, "shares": list(SHARES)}).one()
            assert (of_all.n_predictions, of_all.n_outcomes) == (len(straight), len(closed))
            for name in ("inference_time_ms", "loss", "confidence", "error"):
                rows_say = exact([getattr(row, name) for row in straight])
                assert (getattr(of_all, name) or [None] * len(SHARES)) == near(rows_say), name
    start = datetime.combine(SPAN["since"], datetime.min.time(), UTC)
    hours = service.hours(tx, since=start, until=start + timedelta(days=31))
    assert [(h.hour_start, h.ml_model_id, h.n_predictions) for h in hours] == [
        tuple(row) for row in tx.execute(STRAIGHT_HOURS)
    ]


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["ask", "close", "wait", "refresh"]), st.integers(0, 9)),
        min_size=3,
        max_size=12,
    )
)
def test_they_agree_with_the_rows(database, tenant, steps):
    with database.tx(tenant) as tx:
        world = build(tx)
        at = tx.now()
        for step, number in steps:
            if step == "wait":
                at -= timedelta(hours=number)
            elif step == "ask":
                made = rows(tx, world, 1 + number % 3, start=number, ago=tx.now() - at)
                service.predict_many(tx, world.model, made, with_reasons=False)
            elif step == "close":
                close(tx, world, [f"trip-{number}"], [number % 2])
            else:
                service.refresh_quantiles(tx)
        service.refresh_quantiles(tx)
        agrees(tx, world.model.id)
        assert service.refresh_quantiles(tx) == 0
        tx.session.rollback()


class TestRefresh:
    def test_only_days_that_moved_are_read(self, tx):
        world = build(tx, shadow=False)
        service.predict_many(tx, world.model, rows(tx, world, 5))
        old = rows(tx, world, 5, start=5, ago=timedelta(days=3))
        service.predict_many(tx, world.model, old)
        assert service.refresh_quantiles(tx) == 2
        close(tx, world, old.entity_ids, [0, 1, 0, 1, 0])
        assert service.refresh_quantiles(tx) == 1
        agrees(tx, world.model.id)

    def test_what_retention_takes_stays_counted(self, db):
        database, owner, tenant = db.database(), db.database("owner"), db.tenant()
        with database.tx(tenant) as tx:
            world = build(tx, shadow=False)
            made = rows(tx, world, 6)
            service.predict_many(tx, world.model, made)
            close(tx, world, made.entity_ids[:3], [1, 0, 1])
            service.refresh_quantiles(tx)
            before = service.quantiles(tx, world.model.id, **SPAN)
        with owner.tx(tenant) as tx:
            tx.execute("DELETE FROM predictions.ml_predictions WHERE entity_id < 'trip-3'")
        with database.tx(tenant) as tx:
            close(tx, world, ["trip-5"], [1])
            assert service.refresh_quantiles(tx) == 1
            after = service.quantiles(tx, world.model.id, **SPAN)
            assert (after.predictions, after.outcomes) == (before.predictions, before.outcomes)
            assert (
                sum(
                    h.n_predictions
                    for h in service.hours(
                        tx, since=TEST_TIME - timedelta(days=1), until=TEST_TIME + timedelta(days=1)
                    )
                )
                == 6
            )

    def test_sums_made_again_after_a_correction_are_followed(self, db):
        database, owner, tenant = db.database(), db.database("owner"), db.tenant()
        with database.tx(tenant) as tx:
            world = build(tx, shadow=False)
            service.predict_many(tx, world.model, rows(tx, world, 6))
            service.refresh_quantiles(tx)
        with owner.tx(tenant) as tx:
            tx.execute("DELETE FROM predictions.ml_predictions WHERE entity_id < 'trip-3'")
        with database.tx(tenant) as tx:
            service.rebuild_performance(tx, world.model.id)
            service.refresh_quantiles(tx)
            agrees(tx, world.model.id)
            assert service.quantiles(tx, world.model.id, **SPAN).predictions == 3

    def test_chore(self, db):
        database, tenants = db.database(), [db.tenant("acme"), db.tenant("rival")]
        with database.tx(tenants[0]) as tx:
            world = build(tx, shadow=False)
            service.predict_many(tx, world.model, rows(tx, world, 4))
        house = chores.House(db.server, db.settings, db.clock)
        each = chores.declared()["predictions.quantiles"]
        assert chores.run(each, house) == {"days": 1}
        assert chores.run(each, house) == {"days": 0}
        with database.tx(tenants[0]) as tx:
            agrees(tx, world.model.id)
        with database.tx(tenants[1]) as tx:
            assert service.quantiles(tx, world.model.id, **SPAN).predictions == 0


@pytest.mark.parametrize(
    ("more", "field"),
    [({"since": TODAY, "until": TODAY}, "until"), ({"shares": [95.0]}, "shares")],
)
def test_a_senseless_question_is_refused(tx, more, field):
    with pytest.raises(Invalid) as caught:
        service.quantiles(tx, build(tx, live=False).model.id, **SPAN | more)
    assert caught.value.field == field


def test_over_http(client, client_other, database, tenant):
    with database.tx(tenant) as tx:
        world = build(tx, shadow=False)
        made = rows(tx, world, 4)
        service.predict_many(tx, world.model, made)
        close(tx, world, made.entity_ids, [0, 1, 1, 0])
        service.refresh_quantiles(tx)
    question = "/v1/models/delays/quantiles?since=2026-03-01&until=2026-03-03&share=0.5"
    found = client.get(question).json()
    assert (found["predictions"], found["outcomes"]) == (4, 4)
    (median,) = found["quantiles"]
    assert median["share"] == 0.5
    assert median["inference_time_ms"] > 0
    assert median["loss"] > 0
    assert client_other.get(question).status_code == 404
    hours = "/v1/predictions/hours?since=2026-03-02T00:00:00Z&until=2026-03-03T00:00:00Z"
    (hour,) = client.get(hours).json()
    assert (hour["hour_start"], hour["n_predictions"]) == ("2026-03-02T12:00:00Z", 4)
    assert client_other.get(hours).json() == []
