"""Predicting, calibrating, reading: what is written, what is refused, what others see."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everlearn.core.errors import EverlearnError, Invalid, NotFound
from everlearn.modules.predictions import errors, service
from everlearn.modules.predictions.maths import scores
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.errors import ArtifactCorrupt, NoLiveVersion
from everlearn.modules.registry.types import Task, VersionStatus
from tests.modules.predictions.world import (
    add_version,
    build,
    counts,
    fitted,
    payload,
    rows,
)


def close(tx, world, entity_ids, values, *, known_at=None):
    at = known_at or tx.now()
    n = len(entity_ids)
    return service.write_outcomes(
        tx,
        world.model,
        entity_ids=list(entity_ids),
        values=values,
        happened_at=[at] * n,
        known_at=[at] * n,
    )


class TestPredictMany:
    def test_live_and_shadow_answer_the_same_rows(self, tx):
        world = build(tx)
        made = rows(tx, world, 30)
        batch = service.predict_many(tx, world.model, made)
        assert batch.version_id == world.live.id
        assert batch.shadows == (world.shadow.id,)
        found = tx.execute(
            "SELECT role, model_version_id, count(*), count(reasons) FROM ml_predictions"
            " GROUP BY 1, 2 ORDER BY 1"
        ).all()
        assert [tuple(row) for row in found] == [
            ("live", world.live.id, 30, 30),
            ("shadow", world.shadow.id, 30, 0),
        ]

    def test_reasons_sum_to_the_margin_that_the_model_gives(self, tx):
        world = build(tx)
        made = rows(tx, world, 40)
        batch = service.predict_many(tx, world.model, made)
        margins = service.margins(tx, world.live, made.matrix)
        for id_, margin in zip(batch.ids, margins, strict=True):
            found = service.get(tx, id_)
            assert found.margin == pytest.approx(margin, abs=1e-9)
            assert sum(found.reasons.values()) + found.base == pytest.approx(margin, abs=1e-4)

    def test_without_a_calibration_there_is_no_interval(self, tx):
        world = build(tx)
        batch = service.predict_many(tx, world.model, rows(tx, world, 1))
        found = service.get(tx, batch.ids[0])
        assert found.value == pytest.approx(1 / (1 + np.exp(-found.margin)))
        assert found.lower is None
        assert found.upper is None

    def test_intervals_contain_the_value(self, tx):
        world = build(tx)
        held_out = fitted(1)[1]
        service.set_calibration(tx, world.live.id, margins=held_out[:, 0], labels=held_out[:, 1])
        batch = service.predict_many(tx, world.model, rows(tx, world, 200))
        assert (batch.lower <= batch.value).all()
        assert (batch.value <= batch.upper).all()
        assert (batch.lower < batch.upper).any()
        found = service.get(tx, batch.ids[7])
        assert (found.lower, found.value, found.upper) == (
            batch.lower[7],
            batch.value[7],
            batch.upper[7],
        )

    def test_without_reasons(self, tx):
        world = build(tx, shadow=False)
        batch = service.predict_many(tx, world.model, rows(tx, world, 3), with_reasons=False)
        found = service.get(tx, batch.ids[0])
        assert found.reasons == {}
        assert found.base is None
        assert found.margin is not None

    def test_regression_gives_the_number(self, tx):
        world = build(tx, "minutes", task=Task.REGRESSION, shadow=False)
        made = rows(tx, world, 5)
        batch = service.predict_many(tx, world.model, made)
        assert batch.value == pytest.approx(service.margins(tx, world.live, made.matrix))
        close(tx, world, made.entity_ids, [10.0, 0.5, -3.0, 2.0, 1.0])
        assert service.get(tx, batch.ids[0]).loss == pytest.approx((10 - batch.value[0]) ** 2)

    def test_nothing_asked_nothing_written(self, tx):
        world = build(tx)
        before = counts(tx)
        batch = service.predict_many(tx, world.model, rows(tx, world, 0))
        assert batch.ids == []
        assert counts(tx) == before

    def test_no_live_version(self, tx):
        world = build(tx, live=False)
        made = rows(tx, world, 2)
        before = counts(tx)
        with pytest.raises(NoLiveVersion):
            service.predict_many(tx, world.model, made)
        assert counts(tx) == before

    def test_rows_of_another_set_are_refused(self, tx):
        world = build(tx)
        made = rows(tx, world, 2)
        other = type(made)(made.ids, made.entity_ids, made.as_of, made.matrix, world.model.id)
        with pytest.raises(errors.OtherFeatureSet):
            service.predict_many(tx, world.model, other)

    def test_damaged_live_artifact_stops_everything(self, db):
        tenant = db.tenant()
        with db.database().tx(tenant) as tx:
            world = build(tx, shadow=False)
            made = rows(tx, world, 2)
            before = counts(tx)
        damage(db, tenant, world.live.id)
        with db.database().tx(tenant) as tx, pytest.raises(ArtifactCorrupt, match=r"v1\.0\.0"):
            service.predict_many(tx, world.model, made)
        with db.database().tx(tenant) as tx:
            assert counts(tx) == before

    def test_damaged_shadow_does_not_stop_the_live_version(self, db):
        tenant = db.tenant()
        with db.database().tx(tenant) as tx:
            world = build(tx)
            made = rows(tx, world, 2)
        damage(db, tenant, world.shadow.id)
        with db.database().tx(tenant) as tx:
            batch = service.predict_many(tx, world.model, made)
        assert len(batch.ids) == 2
        assert batch.shadows == ()

    def test_concurrent_batches_are_all_counted(self, db):
        tenant = db.tenant()
        database = db.database()
        with database.tx(tenant) as tx:
            world = build(tx)
            batches = [rows(tx, world, 10, start=i * 10) for i in range(4)]
        failed = []

        def ask(made):
            try:
                with database.tx(tenant) as tx:
                    service.predict_many(tx, world.model, made)
                    close(tx, world, made.entity_ids, [1] * 10)
            except EverlearnError as error:
                failed.append(error)

        threads = [threading.Thread(target=ask, args=(made,)) for made in batches]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        with database.tx(tenant) as tx:
            assert_rollups_are_right(tx)
            assert service.performance(tx, world.model.id)[0].predictions == 40


def damage(db, tenant, version_id):
    with db.database("owner").tx(tenant) as owner:
        owner.execute(
            "UPDATE registry.artifacts a SET content = overlay(content placing '\\x00' from 40)"
            " FROM registry.model_versions v WHERE v.artifact_id = a.id AND v.id = :id",
            {"id": version_id},
        )


class TestPredict:
    def test_gives_features_reasons_and_bounds_by_name(self, tx):
        world = build(tx)
        sent = payload(3)
        found = service.predict(tx, "delays", entity_id="one", features=sent)
        assert found.version == world.live.version
        assert set(found.reasons) == set(sent)
        assert found.features["carrier"] == sent["carrier"]
        assert found.features["wind"] == pytest.approx(sent["wind"], rel=1e-6)
        assert service.get(tx, found.id) == found

    def test_alone_or_in_a_batch_the_same(self, tx):
        world = build(tx)
        made = rows(tx, world, 20)
        whole = service.predict_many(tx, world.model, made)
        one = type(made)(
            made.ids[4:5],
            made.entity_ids[4:5],
            made.as_of[4:5],
            made.matrix[4:5],
            made.feature_set_id,
        )
        assert service.predict_many(tx, world.model, one).value[0] == whole.value[4]

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"wind": "strong"}, "features.wind"),
            ({"wind": float("nan")}, "features.wind"),
            ({"wind": float("inf")}, "features.wind"),
            ({"wind": 10**400}, "features.wind"),
            ({"wind": [1.0]}, "features.wind"),
            ({"wind": True}, "features.wind"),
            ({"wind": ...}, "features.wind"),
            ({"carrier": 7}, "features.carrier"),
            ({"carrier": "ZZ"}, "features.carrier"),
            ({"carrier": "\0"}, "features.carrier"),
            ({"colour": 1.0}, "features.colour"),
        ],
    )
    def test_bad_feature_is_named_and_nothing_is_written(self, tx, change, field):
        build(tx)
        sent = {key: value for key, value in (payload() | change).items() if value is not ...}
        before = counts(tx)
        with pytest.raises(Invalid) as caught:
            service.predict(tx, "delays", entity_id="one", features=sent)
        assert caught.value.field == field
        assert counts(tx) == before

    @pytest.mark.parametrize("entity", ["", "x" * 256, "a\0b", "\ud800", 7])
    def test_bad_entity(self, tx, entity):
        build(tx)
        before = counts(tx)
        with pytest.raises(Invalid) as caught:
            service.predict(tx, "delays", entity_id=entity, features=payload())
        assert caught.value.field == "entity_id"
        assert counts(tx) == before

    def test_unknown_feature_value_is_allowed(self, tx):
        build(tx)
        found = service.predict(tx, "delays", entity_id="one", features=payload() | {"wind": None})
        assert found.features["wind"] is None

    def test_refusals_before_anything_is_written(self, tx):
        build(tx, live=False)
        registry.ensure_model(tx, "bare", task=Task.BINARY)
        bare = registry.get_model(tx, "bare")
        registry.activate(tx, add_version(tx, bare, 1).id, reason="x", evidence={})
        before = counts(tx)
        for name, kind in (
            ("nobody", NotFound),
            ("delays", NoLiveVersion),
            ("bare", errors.NoFeatureSet),
        ):
            with pytest.raises(kind):
                service.predict(tx, name, entity_id="one", features=payload())
        assert counts(tx) == before


class TestOutcomes:
    def test_in_any_order_and_twice(self, tx):
        world = build(tx)
        made = rows(tx, world, 40)
        batch = service.predict_many(tx, world.model, made)
        values = [i % 2 for i in range(40)]
        order = np.random.default_rng(5).permutation(40)
        for part in np.array_split(np.concatenate([order, order[:11]]), 7):
            close(tx, world, [made.entity_ids[i] for i in part], [values[i] for i in part])
        losses = scores.log_losses(batch.value, values)
        for id_, loss, value in zip(batch.ids, losses, values, strict=True):
            found = service.get(tx, id_)
            assert (found.actual, found.loss) == (value, pytest.approx(loss))
        assert_rollups_are_right(tx)
        month = service.performance(tx, world.model.id)
        assert [(m.predictions, m.outcomes) for m in month] == [(40, 40)]
        assert month[0].loss == pytest.approx(losses.mean())

    def test_shadow_predictions_are_closed_too(self, tx):
        world = build(tx)
        made = rows(tx, world, 10)
        service.predict_many(tx, world.model, made)
        assert close(tx, world, made.entity_ids, [1] * 10).new == 20
        pairs = service.paired_losses(
            tx,
            champion_id=world.live.id,
            challenger_id=world.shadow.id,
            known_after=tx.now() - timedelta(seconds=1),
            known_until=tx.now(),
        )
        shadow = service.margins(tx, world.shadow, made.matrix)
        expected = np.sort(scores.log_losses(1 / (1 + np.exp(-shadow)), [1] * 10))
        assert np.sort(pairs["challenger"]) == pytest.approx(expected)
        assert len(pairs["champion"]) == 10

    def test_contradiction_and_unknown_are_told_and_not_written(self, tx):
        world = build(tx)
        made = rows(tx, world, 3)
        service.predict_many(tx, world.model, made)
        close(tx, world, made.entity_ids[:1], [1])
        before = counts(tx)
        done = close(tx, world, [made.entity_ids[0], "nobody"], [0, 1])
        assert (done.new, done.unknown) == (0, ["nobody"])
        assert done.contradictions == [(made.entity_ids[0], 1.0, 0.0)]
        assert counts(tx) == before

    def test_contradicted_entity_stays_untouched_though_predicted_again(self, tx, clock):
        world = build(tx, shadow=False)
        service.predict_many(tx, world.model, rows(tx, world, 1))
        close(tx, world, ["trip-0"], [1])
        clock.advance(timedelta(hours=1))
        second = service.predict_many(tx, world.model, rows(tx, world, 1))
        assert close(tx, world, ["trip-0"], [0]).new == 0
        assert service.get(tx, second.ids[0]).actual is None
        assert close(tx, world, ["trip-0"], [1]).new == 1

    def test_very_late_outcome(self, tx, clock):
        world = build(tx)
        service.predict_many(tx, world.model, rows(tx, world, 2))
        clock.advance(timedelta(days=500))
        done = close(tx, world, ["trip-0", "trip-1"], [0, 1])
        assert (done.new, done.unknown) == (4, [])
        read = service.outcomes(
            tx, world.model.id, known_after=tx.now() - timedelta(days=1), known_until=tx.now()
        )
        assert sorted(read["actual"]) == [0, 1]
        assert_rollups_are_right(tx)

    @pytest.mark.parametrize("value", [0.5, 2, float("nan"), float("inf")])
    def test_bad_value(self, tx, value):
        world = build(tx)
        with pytest.raises(Invalid) as caught:
            close(tx, world, ["trip-0", "trip-1"], [1, value])
        assert caught.value.field == "values[1]"

    def test_two_at_once_count_once(self, db):
        tenant = db.tenant()
        database = db.database()
        with database.tx(tenant) as tx:
            world = build(tx)
            made = rows(tx, world, 20)
            service.predict_many(tx, world.model, made)
        start = threading.Barrier(2)
        done = []

        def send(value):
            start.wait()
            with database.tx(tenant) as tx:
                done.append(close(tx, world, made.entity_ids, [value] * 20))

        threads = [threading.Thread(target=send, args=(value,)) for value in (1, 0)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(each.new for each in done) == 40
        assert sorted(len(each.contradictions) for each in done) == [0, 20]
        with database.tx(tenant) as tx:
            assert_rollups_are_right(tx)


class TestRollups:
    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(["ask", "close", "wait"]), st.integers(0, 9)), max_size=12
        )
    )
    def test_equal_a_recomputation(self, database, tenant, steps):
        with database.tx(tenant) as outer:
            world = build(outer)
            at = outer.now()
            for step, number in steps:
                if step == "wait":
                    at -= timedelta(hours=number)
                elif step == "ask":
                    ago = outer.now() - at
                    made = rows(outer, world, 1 + number % 3, start=number, ago=ago)
                    service.predict_many(outer, world.model, made, with_reasons=False)
                else:
                    close(outer, world, [f"trip-{number}"], [number % 2])
            assert_rollups_are_right(outer)
            if before := sums(outer):
                service.rebuild_performance(outer, world.model.id)
                assert sums(outer) == before
            assert_rollups_are_right(outer)
            outer.session.rollback()

    def test_a_rebuild_among_writers_loses_and_doubles_nothing(self, db):
        tenant, database = db.tenant(), db.database()
        with database.tx(tenant) as tx:
            world = build(tx)
            batches = [rows(tx, world, 10, start=i * 10) for i in range(3)]
        failed = []

        def run(step):
            try:
                for _ in range(2):
                    with database.tx(tenant) as tx:
                        step(tx)
            except EverlearnError as error:
                failed.append(error)

        def writer(made):
            def step(tx):
                service.predict_many(tx, world.model, made)
                close(tx, world, made.entity_ids, [1] * 10)

            return step

        steps = [writer(made) for made in batches]
        steps += [lambda tx: service.rebuild_performance(tx, world.model.id)]
        threads = [threading.Thread(target=run, args=(step,)) for step in steps]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        with database.tx(tenant) as tx:
            assert_rollups_are_right(tx)

    def test_a_rebuild_counts_what_came_past_the_services(self, tx):
        world = build(tx, shadow=False)
        service.predict_many(tx, world.model, rows(tx, world, 3))
        tx.execute(
            "INSERT INTO ml_predictions (id, service_name, prediction_type, ml_model_id,"
            " model_version_id, model_version, entity_id, predicted_value, inference_time_ms,"
            " prediction_timestamp) SELECT app.uuid_floor(prediction_timestamp), service_name,"
            " prediction_type, ml_model_id, model_version_id, model_version, 'trip-9', 0.5, 1,"
            " prediction_timestamp FROM ml_predictions LIMIT 1"
        )
        service.rebuild_performance(tx, world.model.id)
        assert_rollups_are_right(tx)
        assert tx.scalar("SELECT prediction_count FROM model_performance_summary") == 4

    def test_the_summary_has_the_columns_asked_for(self, tx):
        world = build(tx)
        made = rows(tx, world, 4)
        service.predict_many(tx, world.model, made)
        close(tx, world, made.entity_ids[:1], [1])
        line = tx.execute("SELECT * FROM model_performance_summary").mappings().one()
        assert line["id"] == world.model.id
        assert (line["name"], line["version"]) == ("delays", world.live.version)
        assert (line["prediction_count"], line["validated_predictions"]) == (4, 1)
        assert line["avg_accuracy"] in {0, 1}
        assert line["last_prediction"] == tx.now()
        assert line["model_type"]

    def test_recalibration_narrows_towards_what_happened(self, tx, clock):
        world = build(tx)
        made = rows(tx, world, 400)
        service.predict_many(tx, world.model, made)
        # What happens has nothing to do with what the model says: one in four.
        happened = np.random.default_rng(2).random(400) < 0.25
        close(tx, world, made.entity_ids, happened.astype(float))
        before = counts(tx)
        assert service.recalibrate(tx, world.model.id) == {world.live.id: 400, world.shadow.id: 400}
        after = counts(tx)
        assert after["predictions.calibrations"] == before["predictions.calibrations"] + 2
        assert after["events.learning_events"] == before["events.learning_events"] + 2
        clock.advance(timedelta(minutes=1))
        batch = service.predict_many(tx, world.model, rows(tx, world, 100))
        assert batch.value.mean() == pytest.approx(0.25, abs=0.06)
        assert (batch.lower <= batch.value).all()
        assert (batch.value <= batch.upper).all()

    def test_the_calibration_made_last_is_in_force_though_the_clock_stands(self, tx):
        world = build(tx, shadow=False)
        made = rows(tx, world, 1)
        for label in (0, 1, 0, 1):
            service.set_calibration(tx, world.live.id, margins=[-9.0, 9.0], labels=[label, label])
            value = service.predict_many(tx, world.model, made).value[0]
            assert (value > 0.5) == (label == 1)

    def test_too_few_outcomes_leave_the_calibration(self, tx):
        world = build(tx)
        made = rows(tx, world, 20)
        service.predict_many(tx, world.model, made)
        close(tx, world, made.entity_ids, [1] * 20)
        assert service.recalibrate(tx, world.model.id) == {}


def sums(tx):
    """Give both rollups, their sums rounded: another order of adding changes the last digits."""
    found = []
    for table, order in (
        ("performance_daily", "model_version_id, role, made_on"),
        ("model_performance_summary", "id"),
    ):
        for row in tx.execute(f"SELECT * FROM {table} ORDER BY {order}").mappings():
            kept = {
                name: round(value, 6) if isinstance(value, float) else value
                for name, value in row.items()
                if (table, name) != ("performance_daily", "id")
            }
            found.append(kept)
    return found


def assert_rollups_are_right(tx):
    """Compare performance_daily and the summary with a computation from the rows."""
    names = (
        "model_version_id, role, made_on, n_predictions, n_outcomes, n_correct, sum_loss,"
        " sum_squared_error, sum_predicted, sum_actual, sum_confidence, sum_inference_time_ms"
    )
    kept = tx.execute(f"SELECT {names} FROM performance_daily ORDER BY 1, 2, 3").all()
    again = tx.execute(
        """
        SELECT p.model_version_id, p.role, (p.prediction_timestamp AT TIME ZONE 'UTC')::date,
               count(*), count(o.id),
               count(*) FILTER (WHERE (p.predicted_value >= 0.5) = (o.actual_value = 1)),
               coalesce(sum(o.loss), 0), coalesce(sum((o.actual_value - p.predicted_value) ^ 2), 0),
               coalesce(sum(p.predicted_value) FILTER (WHERE o.id IS NOT NULL), 0),
               coalesce(sum(o.actual_value), 0), coalesce(sum(p.confidence), 0),
               coalesce(sum(p.inference_time_ms), 0)
        FROM ml_predictions p LEFT JOIN prediction_outcomes o ON o.id = p.id
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """
    ).all()
    assert [tuple(row)[:6] for row in kept] == [tuple(row)[:6] for row in again]
    for one, two in zip(kept, again, strict=True):
        assert tuple(one)[6:] == pytest.approx(tuple(two)[6:])
    summary = tx.execute(
        "SELECT prediction_count, validated_predictions, correct_predictions, avg_accuracy"
        " FROM model_performance_summary"
    ).first()
    live = [row for row in again if row[1] == "live"]
    if not live:
        assert summary is None
        return
    total = [sum(row[i] for row in live) for i in (3, 4, 5)]
    assert list(summary[:3]) == total
    expected = total[2] / total[1] if total[1] else None
    assert summary[3] == (pytest.approx(expected) if expected is not None else None)


class TestReading:
    def test_pages_do_not_overlap_and_end(self, tx):
        world = build(tx)
        service.predict_many(tx, world.model, rows(tx, world, 25))
        seen, cursor = [], None
        while True:
            page = service.list_predictions(tx, model_id=world.model.id, limit=10, cursor=cursor)
            seen += [item["id"] for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 25
        assert seen == sorted(seen, reverse=True)

    def test_filters(self, tx):
        world = build(tx)
        made = rows(tx, world, 6)
        service.predict_many(tx, world.model, made)
        close(tx, world, made.entity_ids[:2], [1, 0])
        assert len(service.list_predictions(tx, closed=True).items) == 2
        assert len(service.list_predictions(tx, closed=False).items) == 4
        assert len(service.list_predictions(tx, role=None).items) == 12
        assert len(service.list_predictions(tx, entity_id="trip-3").items) == 1

    @pytest.mark.parametrize(
        "bad", [{"limit": 0}, {"limit": 501}, {"cursor": "bm8"}, {"cursor": "é"}]
    )
    def test_bad_page(self, tx, bad):
        with pytest.raises(Invalid) as caught:
            service.list_predictions(tx, **bad)
        assert caught.value.field in bad

    def test_live_window_and_outcomes_as_columns(self, tx):
        world = build(tx)
        made = rows(tx, world, 8)
        batch = service.predict_many(tx, world.model, made)
        ids, values = service.live_window(
            tx, world.model.id, since=tx.now(), until=tx.now() + timedelta(hours=1)
        )
        assert sorted(ids) == sorted(made.ids)
        assert np.sort(values) == pytest.approx(np.sort(batch.value))
        close(tx, world, made.entity_ids, [1] * 8)
        read = service.outcomes(
            tx,
            world.model.id,
            known_after=tx.now() - timedelta(days=4000),
            known_until=tx.now(),
            version_id=world.live.id,
        )
        assert np.sort(read["value"]) == pytest.approx(np.sort(batch.value))
        assert read["loss"] == pytest.approx(scores.log_losses(read["value"], read["actual"]))

    def test_evaluate(self):
        found = service.evaluate([0.9, 0.2, 0.8, 0.4], [1, 0, 1, 1])
        assert found["auc"] == 1.0
        assert found["base_rate"] == 0.75
        assert found["brier"] == pytest.approx((0.01 + 0.04 + 0.04 + 0.36) / 4)

    def test_read_by_id_touches_one_partition_and_outcomes_use_the_entity_index(self, tx, clock):
        world = build(tx)
        for _ in range(4):
            batch = service.predict_many(tx, world.model, rows(tx, world, 5))
            clock.advance(timedelta(days=31))
        from everlearn.modules.predictions.service import closing, reading

        def plan(statement, given):
            return "\n".join(
                row[0] for row in tx.execute(f"EXPLAIN (COSTS OFF) {statement}", given)
            )

        one = plan(reading._ONE, {"id": batch.ids[0]})
        assert one.count(" on ml_predictions_y") == 1
        assert one.count(" on prediction_outcomes_y") == 1
        found = plan(
            closing._CLOSE_RECENT,
            {
                "entity": ["trip-0"],
                "actual": [1.0],
                "happened": [tx.now()],
                "known": [tx.now()],
                "model": world.model.id,
                "binary": True,
                "eps": 1e-6,
                "bound": closing.uuid7_floor(tx.now() - closing.USUAL_DELAY),
            },
        )
        # Those of the months ahead are empty.
        last = f"{tx.now():ml_predictions_y%Ym%m}"
        scans = [
            line
            for line in found.splitlines()
            for name in re.findall(r" on (ml_predictions_y\w+)", line)
            if name[:22] <= last
        ]
        assert 1 <= len(scans) <= 2
        assert all("entity_key_idx" in line for line in scans)


class TestViews:
    def test_predictions_with_outcome_features_and_reasons(self, tx):
        world = build(tx)
        found = service.predict(tx, "delays", entity_id="one", features=payload(1))
        close(tx, world, ["one"], [1])
        row = tx.execute("SELECT * FROM v_predictions WHERE id = :id", {"id": found.id}).mappings()
        line = row.one()
        assert line["actual_value"] == 1
        assert line["error"] == pytest.approx(1 - found.value)
        assert line["features_used"] == found.features
        assert line["shap_values"] == pytest.approx(found.reasons)
        assert line["resource_id"] == "one"
        assert line["created_at"] == found.predicted_at

    def test_the_columns_asked_for(self, tx):
        def columns(view):
            return list(tx.execute(f"SELECT * FROM {view}").keys())

        assert len(columns("v_recent_predictions")) == 27
        assert columns("v_recent_predictions")[-2:] == ["model_type", "model_accuracy"]
        assert columns("v_model_performance") == [
            "model_id",
            "model_name",
            "tenant_id",
            "accuracy",
            "precision",
            "recall",
            "f1_score",
            "total_predictions",
            "avg_confidence",
            "avg_inference_time",
        ]

    def test_recent_are_of_the_last_day_and_newest_first(self, tx):
        world = build(tx)
        now = tx.scalar("SELECT now()")
        for hours in (1, 30, 5):
            made = rows(tx, world, 1, start=hours, ago=tx.now() - now + timedelta(hours=hours))
            service.predict_many(tx, world.model, made)
        found = tx.execute("SELECT resource_id, violation_probability FROM v_recent_predictions")
        assert [row[0] for row in found] == ["trip-1", "trip-5"]

    def test_model_performance(self, tx):
        world = build(tx)
        service.predict_many(tx, world.model, rows(tx, world, 4))
        row = tx.execute("SELECT * FROM v_model_performance").mappings().one()
        assert row["total_predictions"] == 4
        assert row["accuracy"] == 0.7
        assert 0.5 <= row["avg_confidence"] <= 1


class TestOtherTenant:
    def test_sees_and_reaches_nothing(self, tx, rival):
        world = build(tx)
        batch = service.predict_many(tx, world.model, rows(tx, world, 3))
        close(tx, world, ["trip-0"], [1])
        with rival.tx() as other:
            assert not any(counts(other).values())
            for view in ("v_predictions", "v_recent_predictions", "v_model_performance"):
                assert other.execute(f"SELECT * FROM {view}").all() == []
            assert service.list_predictions(other, role=None).items == []
            with pytest.raises(NotFound):
                service.get(other, batch.ids[0])
            done = service.write_outcome(
                other,
                world.model,
                batch.ids[1],
                value=1.0,
                happened_at=other.now(),
                known_at=other.now(),
            )
            assert done.unknown == [str(batch.ids[1])]
            mine = build(other)
            assert close(other, mine, ["trip-1"], [1]).unknown == ["trip-1"]
        assert service.get(tx, batch.ids[1]).actual is None

    def test_shadow_of_another_feature_set_does_not_answer(self, tx):
        world = build(tx, shadow=False)
        add_version(tx, world.model, 2, status=VersionStatus.SHADOW, feature_set_id=world.model.id)
        assert service.predict_many(tx, world.model, rows(tx, world, 2)).shadows == ()
