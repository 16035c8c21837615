"""What the tables themselves take and refuse, from whoever writes to them by plain SQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from everlearn.core import partitions
from everlearn.core.errors import Duplicate, Invalid
from everlearn.core.ids import uuid7
from everlearn.core.testing.make import make
from everlearn.modules.predictions import errors, service
from everlearn.modules.predictions.tables import (
    Forecast,
    MlPerformanceMetric,
    MlPrediction,
    PredictionOutcome,
)
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task
from tests.modules.predictions.world import build, rows

VIOLATION = {
    "prediction_id": "pred-1",
    "resource_id": "vm-7",
    "model_id": "guard",
    "violation_probability": 0.8,
    "confidence_score": 0.9,
    "risk_level": "high",
    "inference_time_ms": 3.5,
    "model_version": "v2",
}


@pytest.fixture(autouse=True)
def _partitions(tx):
    now = tx.scalar("SELECT now()")
    for table in ("predictions.ml_predictions", "predictions.prediction_outcomes"):
        partitions.ensure(tx, table, [now])


def insert(tx, **values):
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    return tx.execute(
        f"INSERT INTO ml_predictions ({names}) VALUES ({marks}) RETURNING *", values
    ).one()


def refused(tx, **values):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        insert(tx, **values)
    return caught.value


class TestBareInserts:
    def test_a_service_gives_three_columns(self, tx):
        made = insert(tx, service_name="oracle", prediction_type="quality", predicted_value=0.7)
        assert (made.prediction_kind, made.role, made.source) == ("service", "live", "ml_model")
        assert made.context == {}
        assert made.prediction_timestamp == tx.scalar("SELECT now()")
        seen = tx.execute("SELECT * FROM v_predictions").mappings().one()
        assert seen["created_at"] == made.prediction_timestamp
        assert {seen[n] for n in ("actual_value", "error", "model_id", "resource_id")} == {None}
        assert seen["features_used"] is seen["shap_values"] is None

    def test_an_engine_of_policies_gives_its_columns(self, tx):
        made = insert(tx, **VIOLATION)
        assert made.prediction_kind == "compliance"
        assert (made.service_name, made.prediction_type) == ("policy-engine", "policy_violation")
        assert (made.predicted_value, made.confidence, made.entity_id) == (0.8, 0.9, "vm-7")
        found = service.get(tx, made.id)
        assert (found.model, found.model_id, found.version) == ("guard", None, "v2")
        assert service.list_predictions(tx, entity_id="vm-7").items[0]["id"] == made.id

    def test_a_model_of_ours_is_of_the_third_kind(self, tx):
        world = build(tx)
        service.predict_many(tx, world.model, rows(tx, world, 2))
        kinds = tx.execute("SELECT DISTINCT prediction_kind, context FROM ml_predictions").all()
        assert [tuple(kind) for kind in kinds] == [("model", None)]

    @pytest.mark.parametrize("column", ["service_name", "prediction_type", "predicted_value"])
    def test_a_service_cannot_leave_these_out(self, tx, column):
        given = {"service_name": "oracle", "prediction_type": "quality", "predicted_value": 0.7}
        error = refused(tx, **{name: x for name, x in given.items() if name != column})
        assert (error.field, error.facts["table"]) == (column, "ml_predictions")

    @pytest.mark.parametrize("column", sorted(VIOLATION))
    def test_an_engine_of_policies_cannot_leave_these_out(self, tx, column):
        error = refused(tx, **{name: x for name, x in VIOLATION.items() if name != column})
        assert (error.field, error.facts["table"]) == (column, "ml_predictions")

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("violation_probability", 1.2),
            ("confidence_score", float("nan")),
            ("risk_level", "dire"),
            ("risk_score", -0.1),
            ("inference_time_ms", -1.0),
            ("remediation_status", "someday"),
            ("source", "guess"),
            ("impact_factors", "[]"),
            ("predicted_value", float("inf")),
        ],
    )
    def test_a_wrong_value_is_named(self, tx, column, value):
        assert refused(tx, **{**VIOLATION, column: value}).field == column

    def test_a_word_that_is_none_of_them_is_told_which_there_are(self, tx):
        error = refused(tx, **{**VIOLATION, "risk_level": "dire"})
        assert error.facts["allowed"] == ["critical", "high", "medium", "low"]

    def test_half_a_model_is_none(self, tx):
        given = {"service_name": "x", "prediction_type": "y", "predicted_value": 1.0}
        for half in ({"ml_model_id": uuid7(tx.now())}, {"model_version_id": uuid7(tx.now())}):
            refused(tx, **given, **half)

    def test_a_clients_id_comes_once(self, tx, rival):
        insert(tx, **VIOLATION)
        with pytest.raises(errors.SecondPrediction), tx.savepoint():
            insert(tx, **VIOLATION)
        assert tx.scalar("SELECT count(*) FROM ml_predictions") == 1
        insert(tx, **{**VIOLATION, "prediction_id": "pred-2"})
        with rival.tx() as other:
            insert(other, **VIOLATION)

    def test_a_client_names_it_by_its_own_id(self, tx):
        made = insert(tx, **VIOLATION)
        assert service.find_id(tx, "pred-1") == made.id
        assert service.find_id(tx, str(made.id)) == made.id
        with pytest.raises(errors.UnknownPrediction):
            service.find_id(tx, "pred-9")

    @pytest.mark.parametrize(
        ("where", "index"),
        [
            ("service_name = 'oracle'", "service_name"),
            ("resource_id = 'vm-7'", "resource_id"),
            ("model_id = 'guard'", "model_id"),
            ("violation_probability > 0.99", "violation_probability"),
            ("risk_level = 'low'", "risk_level"),
            ("expires_at < now()", "expires_at"),
        ],
    )
    def test_what_clients_look_for_has_its_index(self, tx, where, index):
        tx.execute("SET LOCAL enable_seqscan = off")
        found = tx.execute(f"EXPLAIN SELECT id FROM ml_predictions WHERE {where}").scalars()
        plan = "\n".join(found)
        assert f"tenant_id_{index}" in plan, plan


class TestRecentAndPerformance:
    def test_all_kinds_are_recent(self, tx):
        registry.ensure_model(tx, "guard", task=Task.BINARY)
        insert(tx, **VIOLATION, features_used='{"open_ports": 7}', shap_values='{"open_ports": 1}')
        insert(tx, service_name="oracle", prediction_type="quality", predicted_value=0.7)
        found = tx.execute("SELECT * FROM v_recent_predictions").mappings().all()
        assert {line["violation_probability"] for line in found} == {0.7, 0.8}
        (line,) = [each for each in found if each["prediction_id"] == "pred-1"]
        assert (line["model_id"], line["model_name"]) == ("guard", "guard")
        assert (line["features_used"], line["shap_values"]) == (
            {"open_ports": 7},
            {"open_ports": 1},
        )

    def test_rows_of_plain_sql_are_counted_at_the_next_refresh(self, tx):
        model = registry.ensure_model(tx, "guard", task=Task.BINARY)
        now = tx.scalar("SELECT now()")
        for i, days in enumerate((0, 0, 3, 40)):  # the last ones late
            given = {**VIOLATION, "prediction_id": f"pred-{i}"}
            insert(tx, **given, prediction_timestamp=now - timedelta(days=days))
        assert tx.scalar("SELECT count(*) FROM performance_marks") == 3
        assert service.refresh_performance(tx) == 3
        assert service.refresh_performance(tx) == 0
        summary = "SELECT * FROM model_performance_summary"
        line = tx.execute(summary).mappings().one()
        assert (line["id"], line["name"], line["version"]) == (model.id, "guard", "v2")
        assert (line["prediction_count"], line["validated_predictions"]) == (4, 0)
        assert line["avg_accuracy"] is None
        assert line["last_prediction"] == now
        for name, value in (("pred-0", 1), ("pred-3", 0)):
            service.write_client_outcome(
                tx,
                service.find_id(tx, name),
                kind=service.get(tx, service.find_id(tx, name)).kind,
                value=value,
                happened_at=now,
                known_at=now,
            )
        assert service.refresh_performance(tx) == 2
        line = tx.execute(summary).mappings().one()
        assert (line["validated_predictions"], line["avg_accuracy"]) == (2, 0.5)
        tx.execute(
            "UPDATE registry.ml_models SET status = 'active' WHERE id = :id", {"id": model.id}
        )
        shown = tx.execute("SELECT * FROM v_model_performance").mappings().one()
        assert (shown["total_predictions"], shown["avg_confidence"]) == (4, 0.9)
        assert shown["avg_inference_time"] == 3.5
        before = tx.execute(f"SELECT * FROM ({summary}) s").all()
        service.rebuild_performance(tx, model.id)
        assert tx.execute(summary).all() == before

    def test_a_row_written_after_a_refresh_leaves_its_own_mark(self, tx):
        registry.ensure_model(tx, "guard", task=Task.BINARY)
        insert(tx, **VIOLATION)
        service.refresh_performance(tx)
        insert(tx, **{**VIOLATION, "prediction_id": "pred-2"})
        assert service.refresh_performance(tx) == 1
        assert tx.scalar("SELECT prediction_count FROM model_performance_summary") == 2

    def test_what_is_not_committed_yet_is_counted_once_it_is(self, db):
        tenant, database = db.tenant(), db.database()
        with database.tx(tenant) as first:
            registry.ensure_model(first, "guard", task=Task.BINARY)
            partitions.ensure(first, "predictions.ml_predictions", [first.scalar("SELECT now()")])
        with database.tx(tenant) as slow:
            insert(slow, **VIOLATION)
            with database.tx(tenant) as quick:
                insert(quick, **{**VIOLATION, "prediction_id": "pred-2"})
            with database.tx(tenant) as refresher:
                assert service.refresh_performance(refresher) == 1
        count = "SELECT prediction_count FROM model_performance_summary"
        with database.tx(tenant) as last:
            assert last.scalar(count) == 1
            assert service.refresh_performance(last) == 1
            assert last.scalar(count) == 2


class TestForecasts:
    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("prediction_type", "weather"),
            ("target_entity_type", "planet"),
            ("status", "lost"),
            ("prediction_horizon_unit", "moons"),
            ("prediction_horizon", 0),
            ("accuracy_score", 1.2),
            ("input_features", []),
            ("model_id", uuid7),
        ],
    )
    def test_a_wrong_value_is_named(self, tx, column, value):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, Forecast, **{column: value(tx.now()) if callable(value) else value})
        assert caught.value.field == column

    @pytest.mark.parametrize("value", [0.7, "slow", {"from": 1, "to": 2}, [1, 2]])
    def test_what_is_predicted_may_have_any_form(self, tx, value):
        made = make(tx, Forecast, predicted_value=value, confidence_interval=[0.1, 0.9])
        assert made.predicted_value == value
        assert (made.status, made.prediction_horizon_unit) == ("active", "days")

    def test_it_may_rest_on_an_answer(self, tx):
        answer = make(tx, MlPrediction)
        assert make(tx, Forecast, ml_prediction_id=answer.id).ml_prediction_id == answer.id


class TestMetrics:
    def test_bare_insert(self, tx):
        tx.execute(
            "INSERT INTO ml_performance_metrics (service_name, metric_name, metric_value,"
            " period_start, period_end) VALUES ('oracle', 'accuracy', 0.9, now(), now())"
        )
        assert tx.scalar("SELECT metadata FROM ml_performance_metrics") == {}

    def test_refuses(self, tx):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, MlPerformanceMetric, metric_unit="parsec")
        assert caught.value.facts["allowed"] == ["percentage", "ms", "count"]
        with pytest.raises(Invalid, match="period_end_after_start"), tx.savepoint():
            make(tx, MlPerformanceMetric, period_end=tx.now() - timedelta(days=1))


def test_an_outcome_comes_once(tx):
    made = make(tx, PredictionOutcome)
    with pytest.raises(Duplicate), tx.savepoint():
        make(tx, PredictionOutcome, id=made.id)
