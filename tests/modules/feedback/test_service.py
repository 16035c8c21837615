"""Outcomes and verdicts: once each, the wrong ones named, nothing half written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from everlearn.core.errors import Duplicate, Invalid, NotFound
from everlearn.modules.feedback import errors, service
from everlearn.modules.feedback.types import ItemStatus
from everlearn.modules.predictions import service as predictions
from everlearn.modules.predictions.errors import UnknownPrediction
from everlearn.modules.registry.errors import UnknownModel
from tests.modules.predictions.world import build, counts, payload, rows


@pytest.fixture
def world(tx):
    made = build(tx)
    made.batch = predictions.predict_many(tx, made.model, rows(tx, made, 5))
    return made


def events_of(tx, subtype):
    found = tx.execute(
        "SELECT event_data FROM learning_events WHERE event_type = 'user_feedback'"
        " AND event_subtype = :subtype",
        {"subtype": subtype},
    )
    return [row[0] for row in found]


class TestResolve:
    def test_by_entity_closes_live_and_shadow(self, tx, world):
        done = service.resolve(tx, model="delays", entity_id="trip-1", value=1)
        assert (done.closed, done.duplicate, done.value) == (2, False, 1.0)
        assert done.loss == pytest.approx(-np.log(world.batch.value[1]))
        assert events_of(tx, "outcome") == [
            {"model": "delays", "outcomes": 1, "predictions_closed": 2}
        ]

    def test_by_prediction_closes_it_and_its_shadow(self, tx, world, clock):
        clock.advance(timedelta(hours=1))
        again = predictions.predict_many(tx, world.model, rows(tx, world, 5))
        done = service.resolve(tx, prediction_id=world.batch.ids[0], value=0)
        assert done.closed == 2
        assert done.prediction_id == world.batch.ids[0]
        assert predictions.get(tx, again.ids[0]).actual is None

    def test_again_changes_nothing(self, tx, world):
        service.resolve(tx, prediction_id=world.batch.ids[0], value=0)
        before = counts(tx)
        for given in (
            {"prediction_id": world.batch.ids[0]},
            {"model": "delays", "entity_id": "trip-0"},
        ):
            done = service.resolve(tx, value=0.0, **given)
            assert (done.closed, done.duplicate) == (0, True)
        assert counts(tx) == before

    @pytest.mark.usefixtures("world")
    def test_times_are_kept(self, tx):
        happened, known = tx.now() - timedelta(days=3), tx.now() - timedelta(days=1)
        done = service.resolve(
            tx, model="delays", entity_id="trip-0", value=1, happened_at=happened, known_at=known
        )
        assert (done.happened_at, done.known_at) == (happened, known)

    def test_contradiction_names_both(self, tx, world):
        service.resolve(tx, model="delays", entity_id="trip-0", value=1)
        before = counts(tx)
        for given in (
            {"prediction_id": world.batch.ids[0]},
            {"model": "delays", "entity_id": "trip-0"},
        ):
            with pytest.raises(errors.ContradictingOutcome) as caught:
                service.resolve(tx, value=0, **given)
            assert caught.value.facts == {"stored": 1.0, "sent": 0.0}
        assert counts(tx) == before

    @pytest.mark.parametrize(
        "value", [None, "1", float("nan"), float("inf"), -1, 0.5, 2, 10**400, [1], 1j]
    )
    def test_bad_value(self, tx, world, value):
        before = counts(tx)
        for given in (
            {"prediction_id": world.batch.ids[0]},
            {"model": "delays", "entity_id": "trip-0"},
        ):
            with pytest.raises(errors.BadOutcome) as caught:
                service.resolve(tx, value=value, **given)
            assert caught.value.field == "value"
        assert counts(tx) == before

    @pytest.mark.parametrize("value", [True, False, 1, 0.0, np.float32(1), np.int64(0)])
    @pytest.mark.usefixtures("world")
    def test_good_value(self, tx, value):
        done = service.resolve(tx, model="delays", entity_id="trip-0", value=value)
        assert done.value == float(value)

    @pytest.mark.parametrize(
        "at",
        [
            datetime(2026, 1, 1),
            datetime(1999, 1, 1, tzinfo=UTC),
            datetime(1, 1, 1, tzinfo=UTC),
            datetime(9999, 1, 1, tzinfo=UTC),
        ],
    )
    @pytest.mark.parametrize("field", ["happened_at", "known_at"])
    @pytest.mark.usefixtures("world")
    def test_bad_time(self, tx, at, field):
        with pytest.raises(errors.BadOutcome) as caught:
            service.resolve(tx, model="delays", entity_id="trip-0", value=1, **{field: at})
        assert caught.value.field == field

    @pytest.mark.parametrize(
        "given",
        [{}, {"model": "delays"}, {"entity_id": "trip-0"}, {"prediction_id": 1, "model": "x"}],
    )
    @pytest.mark.usefixtures("world")
    def test_about_what(self, tx, given):
        with pytest.raises(Invalid):
            service.resolve(tx, value=1, **given)

    def test_unknown(self, tx, world):
        before = counts(tx)
        with pytest.raises(UnknownPrediction):
            service.resolve(tx, model="delays", entity_id="nobody", value=1)
        with pytest.raises(UnknownPrediction):
            service.resolve(tx, prediction_id=world.model.id, value=1)
        with pytest.raises(UnknownModel):
            service.resolve(tx, model="nothing", entity_id="trip-0", value=1)
        assert counts(tx) == before

    def test_foreign_is_unknown(self, tx, world, rival):
        with rival.tx() as other:
            build(other)
            before = counts(other)
            for given in (
                {"prediction_id": world.batch.ids[0]},
                {"model": "delays", "entity_id": "trip-0"},
            ):
                with pytest.raises(UnknownPrediction):
                    service.resolve(other, value=1, **given)
            assert counts(other) == before
        assert predictions.get(tx, world.batch.ids[0]).actual is None


class TestResolveMany:
    def send(self, tx, items, **more):
        return service.resolve_many(
            tx,
            "delays",
            entity_ids=[entity for entity, _ in items],
            values=[value for _, value in items],
            **more,
        )

    def test_each_item_is_answered(self, tx, world):
        service.resolve(tx, model="delays", entity_id="trip-0", value=1)
        items = [
            ("trip-0", 1),
            ("trip-0", 1),
            ("trip-1", 0),
            ("nobody", 1),
            ("trip-2", float("nan")),
            ("trip-2", 1),
            (7, 1),
            ("trip-3", 1),
            ("trip-3", 0),
            ("trip-3", 1),
            ("trip-4", None),
        ]
        done = self.send(tx, items, on_error="take_good")
        assert [item.status.value for item in done.items] == [
            "duplicate",
            "duplicate",
            "closed",
            "unknown",
            "invalid",
            "closed",
            "invalid",
            "contradiction",
            "contradiction",
            "contradiction",
            "invalid",
        ]
        assert (done.new, done.duplicates, done.unknown) == (4, 2, ["nobody"])
        assert done.items[4].problem["field"] == "items[4].value"
        assert all((item.problem is None) == item.status.good for item in done.items)
        assert predictions.get(tx, world.batch.ids[3]).actual is None

    @pytest.mark.usefixtures("world")
    def test_a_stored_contradiction_is_answered(self, tx):
        service.resolve(tx, model="delays", entity_id="trip-0", value=1)
        done = self.send(tx, [("trip-0", 0), ("trip-1", 1)], on_error="take_good")
        assert done.contradictions == [("trip-0", 1.0, 0.0)]
        assert done.items[0].status is ItemStatus.CONTRADICTION
        assert done.items[0].problem["facts"] == {"stored": 1.0, "sent": 0.0}
        assert done.items[1].status is ItemStatus.CLOSED

    @pytest.mark.parametrize(
        ("bad", "kind"),
        [
            (("trip-1", 3), errors.BadOutcome),
            (("nobody", 1), UnknownPrediction),
            (("trip-0", 0), errors.ContradictingOutcome),
            (("trip-2", 0), errors.ContradictingOutcome),
        ],
    )
    def test_one_bad_item_refuses_all(self, tx, world, bad, kind):
        service.resolve(tx, model="delays", entity_id="trip-2", value=1)
        before = counts(tx)
        with pytest.raises(kind) as caught:
            self.send(tx, [("trip-0", 1), bad])
        assert caught.value.facts["items"][0]["item"] == (0 if bad[0] == "trip-0" else 1)
        assert counts(tx) == before
        assert predictions.get(tx, world.batch.ids[0]).actual is None

    @pytest.mark.usefixtures("world")
    def test_the_same_twice_is_merged(self, tx):
        done = self.send(tx, [("trip-0", 1), ("trip-0", 1)])
        assert [item.status.value for item in done.items] == ["closed", "duplicate"]
        assert done.new == 2

    @pytest.mark.usefixtures("world")
    def test_nothing(self, tx):
        assert self.send(tx, []).items == []

    @pytest.mark.usefixtures("world")
    def test_columns_of_different_lengths(self, tx):
        with pytest.raises(Invalid) as caught:
            service.resolve_many(tx, "delays", entity_ids=["a"], values=[])
        assert caught.value.field == "values"


class TestVerdicts:
    def test_rating_and_score_follow_each_other(self, tx, world):
        id_ = world.batch.ids[0]
        made = service.record_feedback(tx, id_, feedback_type="correct", accuracy_rating=4)
        assert made.feedback_score == 0.8
        made = service.record_feedback(tx, id_, feedback_type="automated", feedback_score=0.5)
        assert made.accuracy_rating == 2.5
        listed = service.list_feedback(tx, prediction_id=id_)
        assert {each.feedback_type for each in listed} == {"correct", "automated"}
        found = tx.execute(
            "SELECT verdict, feedback_source FROM ml_feedback ORDER BY feedback_type"
        ).all()
        assert [tuple(row) for row in found] == [(None, "automated"), ("correct", "user")]
        assert len(events_of(tx, "verdict")) == 2
        assert predictions.get(tx, id_).actual is None

    def test_twice_is_refused_and_nothing_is_written(self, tx, world):
        given = {"feedback_type": "incorrect", "user_id": "ann"}
        service.record_feedback(tx, world.batch.ids[0], **given)
        before = counts(tx)
        with pytest.raises(Duplicate) as caught:
            service.record_feedback(tx, world.batch.ids[0], **given)
        assert caught.value.code == "feedback.second_verdict"
        assert counts(tx) == before
        service.record_feedback(tx, world.batch.ids[0], **(given | {"user_id": "bob"}))

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"feedback_type": "maybe"}, "feedback_type"),
            ({"feedback_score": 1.1}, "feedback_score"),
            ({"feedback_score": float("nan")}, "feedback_score"),
            ({"accuracy_rating": -1}, "accuracy_rating"),
            ({"comments": "a\0b"}, "comments"),
        ],
    )
    def test_bad(self, tx, world, given, field):
        before = counts(tx)
        with pytest.raises(Invalid) as caught:
            service.record_feedback(
                tx, world.batch.ids[0], **({"feedback_type": "correct"} | given)
            )
        assert caught.value.field == field
        assert counts(tx) == before

    def test_other_tenant(self, tx, world, rival):
        service.record_feedback(tx, world.batch.ids[0], feedback_type="correct")
        with rival.tx() as other:
            assert service.list_feedback(other) == []
            with pytest.raises(NotFound):
                service.record_feedback(other, world.batch.ids[0], feedback_type="correct")

    def test_unknown(self, tx):
        with pytest.raises(NotFound):
            service.record_feedback(tx, tx.tenant_id, feedback_type="correct")


def test_outcome_of_a_regression_is_any_finite_number(tx):
    from everlearn.modules.registry.types import Task

    build(tx, "minutes", task=Task.REGRESSION, shadow=False)
    found = predictions.predict(tx, "minutes", entity_id="x", features=payload())
    done = service.resolve(tx, prediction_id=found.id, value=-3.5)
    assert done.loss == pytest.approx((-3.5 - found.value) ** 2)
