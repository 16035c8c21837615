"""Feedback by hour and day: what the rows say, whatever happened to them."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everlearn.core import chores
from everlearn.core.errors import Invalid
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.modules.feedback import service
from everlearn.modules.feedback.types import FeedbackType
from everlearn.modules.operations import service as operations
from everlearn.modules.predictions import service as predictions

TODAY = TEST_TIME.date()
SPAN = {"since": TODAY - timedelta(days=30), "until": TODAY + timedelta(days=2)}
SHARES = [0.0, 0.5, 0.95, 1.0]
STRAIGHT = """
SELECT date_trunc(:unit, f.created_at, 'UTC') AS start, f.feedback_type, count(*) AS n,
  percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
    ORDER BY extract(epoch FROM f.created_at - p.prediction_timestamp)::float8) AS latencies
FROM feedback.ml_feedback AS f LEFT JOIN predictions.ml_predictions AS p
  ON p.tenant_id = f.tenant_id AND p.id = f.prediction_id
WHERE f.tenant_id = app.tenant_id() GROUP BY 1, 2 ORDER BY 1, 2
"""
EACH = """
SELECT extract(epoch FROM f.created_at - p.prediction_timestamp)::float8
FROM feedback.ml_feedback AS f JOIN predictions.ml_predictions AS p
  ON p.tenant_id = f.tenant_id AND p.id = f.prediction_id
WHERE f.tenant_id = app.tenant_id()
"""
ROWS = "SELECT * FROM feedback.hourly_feedback_usage WHERE tenant_id = app.tenant_id() ORDER BY id"


def near(values):
    return [
        None if v is None else pytest.approx(v, rel=0.0101, abs=1e-299)
        for v in values or (None, None)
    ]


def agrees(tx):
    """Compare hours, days and quantiles with the feedback itself; give the hours."""
    start = datetime.combine(SPAN["since"], datetime.min.time(), UTC)
    hours = service.hours_of_feedback(tx, since=start, until=start + timedelta(days=32))
    straight = tx.execute(STRAIGHT, {"unit": "hour"}).all()
    assert [(h.hour_start, h.feedback_type, h.n_feedback) for h in hours] == [
        (row.start, row.feedback_type, row.n) for row in straight
    ]
    for hour, row in zip(hours, straight, strict=True):
        assert [hour.p50_latency_s, hour.p95_latency_s] == near(row.latencies)
    days = service.days_of_feedback(tx, **SPAN)
    straight = tx.execute(STRAIGHT, {"unit": "day"}).all()
    assert [(d.day, d.feedback_type, d.n_feedback) for d in days] == [
        (row.start.date(), row.feedback_type, row.n) for row in straight
    ]
    for day, row in zip(days, straight, strict=True):
        assert [day.p50_latency_s, day.p95_latency_s] == near(row.latencies)
    span = service.quantiles_of_feedback(tx, **SPAN, shares=SHARES)
    assert span.n_feedback == sum(row.n for row in straight)
    each = list(tx.execute(EACH).scalars())
    exact = np.quantile(each, SHARES).tolist() if each else [None] * 4
    assert list(span.latency_s.values()) == near(exact)
    return hours


def answer(tx, n=12):
    """Keep some predictions of a client, an hour apart; give their ids."""
    return predictions.take_predictions(
        tx,
        [
            {
                "prediction_id": f"p-{i}",
                "model_id": "pricing-2",
                "entity_id": f"order-{i}",
                "prediction_type": "price",
                "service_name": "shop",
                "predicted_value": 1.0,
                "prediction_timestamp": TEST_TIME - timedelta(days=20, hours=i),
            }
            for i in range(n)
        ],
    ).ids


def judge(tx, i, *, kind="correct", ago=timedelta(), user="u", about=True):
    done = service.take_feedback(
        tx,
        [
            {
                "feedback_type": kind,
                "prediction_id": f"p-{i}" if about else None,
                "service_name": "shop",
                "user_id": user,
                "created_at": TEST_TIME - ago,
            }
        ],
    )
    assert not done.refused
    return done


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["judge", "say", "move", "delete", "refresh"]),
            st.integers(0, 11),
            st.sampled_from(["correct", "false_positive", "user"]),
            st.integers(0, 19 * 24 * 60),
        ),
        min_size=2,
        max_size=12,
    )
)
def test_it_agrees_with_the_rows(database, tenant, steps):
    with database.tx(tenant) as tx:
        answer(tx)
        for number, (step, i, kind, minutes) in enumerate(steps):
            ago = timedelta(minutes=minutes)
            if step == "judge":
                judge(tx, i, kind=kind, ago=ago, user=f"u{number}")
            elif step == "say":  # of no prediction
                judge(tx, i, kind="system", ago=ago, user=f"u{number}", about=False)
            elif step == "move":
                tx.execute(
                    "UPDATE feedback.ml_feedback SET created_at = :at, feedback_type ="
                    " CASE WHEN prediction_id IS NULL THEN 'user' ELSE :kind END"
                    " WHERE tenant_id = app.tenant_id() AND id = (SELECT max(id::text)::uuid"
                    " FROM feedback.ml_feedback WHERE tenant_id = app.tenant_id())",
                    {"at": TEST_TIME - ago, "kind": kind},
                )
            elif step == "delete":
                tx.execute(
                    "DELETE FROM feedback.ml_feedback WHERE tenant_id = app.tenant_id()"
                    " AND prediction_id = (SELECT id FROM predictions.ml_predictions"
                    " WHERE tenant_id = app.tenant_id() AND prediction_id = :id)",
                    {"id": f"p-{i}"},
                )
            else:
                service.refresh_usage(tx)
        service.refresh_usage(tx)
        agrees(tx)
        assert service.refresh_usage(tx) == 0
        tx.session.rollback()


class TestRefresh:
    def test_only_days_that_changed(self, tx):
        answer(tx)
        for i in range(4):
            judge(tx, i, ago=timedelta(days=i))
        assert service.refresh_usage(tx) == 4
        judge(tx, 5, ago=timedelta(days=2))
        assert service.refresh_usage(tx) == 1
        agrees(tx)

    def test_what_it_does_not_count_makes_nothing_stale(self, tx):
        answer(tx)
        judge(tx, 1)
        service.refresh_usage(tx)
        tx.execute(
            "UPDATE feedback.ml_feedback SET processed = true, comments = 'seen'"
            " WHERE tenant_id = app.tenant_id()"
        )
        assert service.refresh_usage(tx) == 0

    def test_feedback_in_plain_sql_and_without_a_type(self, tx):
        for _ in range(3):
            tx.execute(
                "INSERT INTO feedback.ml_feedback (service_name, created_at) VALUES ('shop', :at)",
                {"at": TEST_TIME},
            )
        assert service.refresh_usage(tx) == 1
        (hour,) = agrees(tx)
        assert (hour.feedback_type, hour.n_feedback, hour.p50_latency_s) == (None, 3, None)

    def test_a_deleted_prediction_takes_its_feedback_along(self, db):
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            answer(tx)
            judge(tx, 1)
            judge(tx, 2)
            service.refresh_usage(tx)
        with db.database("owner").tx(tenant) as tx:
            tx.execute("DELETE FROM predictions.ml_predictions WHERE prediction_id = 'p-1'")
        with database.tx(tenant) as tx:
            assert service.refresh_usage(tx) == 1
            assert [hour.n_feedback for hour in agrees(tx)] == [1]

    def test_what_retention_takes_stays_counted(self, tx):
        answer(tx)
        judge(tx, 1, ago=timedelta(days=12))
        judge(tx, 2)
        service.refresh_usage(tx)
        operations.set_retention(tx, "feedback.ml_feedback", days=10)
        tx.execute(
            "DELETE FROM feedback.ml_feedback WHERE tenant_id = app.tenant_id()"
            " AND created_at < :end",
            {"end": TEST_TIME - timedelta(days=10)},
        )
        assert service.refresh_usage(tx) == 1
        assert service.quantiles_of_feedback(tx, **SPAN).n_feedback == 2

    def test_chore(self, db):
        database, tenants = db.database(), [db.tenant("acme"), db.tenant("rival")]
        with database.tx(tenants[0]) as tx:
            answer(tx)
            judge(tx, 1)
        house = chores.House(db.server, db.settings, db.clock)
        each = chores.declared()["feedback.usage"]
        assert chores.run(each, house) == {"days": 1}
        assert chores.run(each, house) == {"days": 0}
        with database.tx(tenants[0]) as tx:
            agrees(tx)
        with database.tx(tenants[1]) as tx:
            assert tx.execute(ROWS).all() == []

    def test_readers_and_writers_wait_for_nothing(self, db):
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            answer(tx)
            judge(tx, 1)
            service.refresh_usage(tx)
        begun, go_on = threading.Event(), threading.Event()

        def hold():
            with database.tx(tenant) as tx:
                judge(tx, 2)
                service.refresh_usage(tx)
                begun.set()
                assert go_on.wait(20)

        thread = threading.Thread(target=hold)
        thread.start()
        try:
            assert begun.wait(20)
            with database.tx(tenant) as tx:
                tx.execute("SET LOCAL lock_timeout = '1ms'")
                assert [hour.n_feedback for hour in agrees(tx)] == [1]
                judge(tx, 3)
        finally:
            go_on.set()
            thread.join(20)
        with database.tx(tenant) as tx:
            assert service.refresh_usage(tx) == 1
            assert [hour.n_feedback for hour in agrees(tx)] == [3]

    def test_a_refresh_reads_that_day_alone(self, db, monkeypatch):
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            answer(tx, 1_000)
            for day in range(25):
                for i in range(12):
                    judge(tx, i, ago=timedelta(days=day), user=f"u{day}")
            service.refresh_usage(tx)
        for table in ("feedback.ml_feedback", "predictions.ml_predictions"):
            with db.database("owner").tx(tenant) as tx:
                tx.execute(f"ANALYZE {table}")
        plain, read = type(tx).execute, {}

        def explaining(self, statement, params=None):
            if "raw AS MATERIALIZED" not in str(statement):
                return plain(self, statement, params)
            plan = plain(self, f"EXPLAIN (ANALYZE, FORMAT json) {statement}", params).scalar()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            walk(plan[0]["Plan"])
            return None

        def walk(node):
            if name := node.get("Relation Name"):
                seen = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                seen += node.get("Rows Removed by Index Recheck", 0)
                read[name] = read.get(name, 0) + seen * node["Actual Loops"]
            for part in node.get("Plans", ()):
                walk(part)

        with database.tx(tenant) as tx:
            judge(tx, 1, ago=timedelta(days=3), user="late")
            with monkeypatch.context() as patched:
                patched.setattr(type(tx), "execute", explaining)
                assert service.refresh_usage(tx) == 1
        assert read["ml_feedback"] == 13
        assert max(read.values()) <= 13, read


@pytest.mark.parametrize(
    ("call", "more", "field"),
    [
        (service.days_of_feedback, {"until": SPAN["since"]}, "until"),
        (service.quantiles_of_feedback, {"shares": [50.0]}, "shares"),
        (
            service.hours_of_feedback,
            {"since": TEST_TIME, "until": TEST_TIME + timedelta(days=94)},
            "until",
        ),
    ],
)
def test_a_senseless_question_is_refused(tx, call, more, field):
    with pytest.raises(Invalid) as caught:
        call(tx, **SPAN | more)
    assert caught.value.field == field


def test_over_http(client, client_other, database, tenant):
    with database.tx(tenant) as tx:
        answer(tx)
        judge(tx, 0, ago=timedelta(days=18))
        judge(tx, 1, kind="incorrect")
        service.refresh_usage(tx)
    hours = "/v1/feedback/hours?since=2026-02-01T00:00:00Z&until=2026-03-03T00:00:00Z"
    first, second = client.get(hours).json()
    assert first == {
        "hour_start": "2026-02-12T12:00:00Z",
        "feedback_type": "correct",
        "n_feedback": 1,
        "p50_latency_s": pytest.approx(2 * 86_400, rel=0.0101),
        "p95_latency_s": pytest.approx(2 * 86_400, rel=0.0101),
    }
    assert client.get(hours + "&feedback_type=incorrect").json() == [second]
    assert client.get(hours + "&feedback_type=wrong").status_code == 422
    days = "/v1/feedback/days?since=2026-02-01&until=2026-03-03"
    assert [day["day"] for day in client.get(days).json()] == ["2026-02-12", "2026-03-02"]
    question = "/v1/feedback/quantiles?since=2026-02-01&until=2026-03-03&share=1"
    found = client.get(question).json()
    assert found["n_feedback"] == 2
    assert found["quantiles"] == [
        {"share": 1.0, "latency_s": pytest.approx(20 * 86_400 + 3_600, rel=0.0101)}
    ]
    for path in (hours, days):
        assert client_other.get(path).json() == []
    assert client_other.get(question).json()["quantiles"] == [{"share": 1.0, "latency_s": None}]


def test_command(cli, db):
    with db.database().tx(db.tenant("acme")) as tx:
        answer(tx)
        judge(tx, 1)
        service.refresh_usage(tx)
    (line,) = cli("feedback", "usage", "--tenant", "acme", "--json").json()
    assert (line["day"], line["feedback_type"], line["n_feedback"]) == ("2026-03-02", "correct", 1)
    words = ("feedback", "usage", "--hourly", "--tenant", "acme", "--json")
    (line,) = cli(*words).json()
    assert line["hour_start"].startswith("2026-03-02 12:00:00")
    assert cli(*words, "--type", FeedbackType.INCORRECT).json() == []
    assert cli(*words, "--type", "odd").code == 2
