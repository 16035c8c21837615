"""Outcomes and verdicts, many at once, of any models and clients."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from everlearn.core.ingest.errors import ItemsRefused
from everlearn.modules.feedback import service
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task
from tests.modules.predictions.world import build, rows


def clients(tx, n=3, **more):
    """Write predictions of a client's own model; give their ids."""
    sent = [
        {
            "prediction_id": f"p-{i}",
            "model_id": "pricing",
            "service_name": "shop",
            "entity_id": f"order-{i}",
            "predicted_value": 10.0,
            **more,
        }
        for i in range(n)
    ]
    return predictions.take_predictions(tx, sent).ids


def told(done) -> list[str]:
    """Give what became of each item, in order."""
    refused = {each.index: each.field for each in done.refused}
    twice = set(done.duplicate_at)
    return [
        refused.get(i, "duplicate" if i in twice else "accepted") or "item"
        for i in range(done.size)
    ]


def outcomes(tx) -> int:
    return tx.scalar("SELECT count(*) FROM prediction_outcomes")


class TestOutcomes:
    def test_of_every_kind_in_one_batch(self, tx):
        world = build(tx)
        batch = predictions.predict_many(tx, world.model, rows(tx, world, 3))
        ids = clients(tx)
        done = service.take_outcomes(
            tx,
            [
                {"model": "delays", "entity_id": "trip-0", "value": 1},
                {"prediction_id": str(batch.ids[1]), "value": 0},
                {"prediction_id": "p-0", "value": 12.5, "further": {"returned": 1}},
                {"prediction_id": str(ids[1]), "value": 9},
                {"model": "pricing", "entity_id": "order-2", "value": 7},
            ],
        )
        assert told(done) == ["accepted"] * 5
        assert outcomes(tx) == 2 * 2 + 3  # our own live and shadow
        found = predictions.get(tx, ids[0])
        assert (found.actual, found.loss) == (12.5, 6.25)
        assert predictions.get(tx, batch.ids[1]).actual == 0
        (day,) = predictions.performance(tx, world.model.id)
        assert (day.predictions, day.outcomes) == (3, 2)
        sent = tx.execute("SELECT event_data FROM learning_events WHERE event_subtype = 'outcome'")
        assert [row.event_data for row in sent] == [{"outcomes": 5, "predictions_closed": 7}]

    def test_again_late_and_in_another_order_changes_nothing(self, tx):
        world = build(tx)
        batch = predictions.predict_many(tx, world.model, rows(tx, world, 2))
        clients(tx)
        sent = [
            {"prediction_id": "p-1", "value": 3, "known_at": tx.now() - timedelta(days=200)},
            {"model": "delays", "entity_id": "trip-0", "value": 1},
            {"prediction_id": str(batch.ids[1]), "value": 0},
            {"model": "pricing", "entity_id": "order-0", "value": 4},
        ]
        assert told(service.take_outcomes(tx, sent)) == ["accepted"] * 4
        before = tx.execute("SELECT * FROM prediction_outcomes ORDER BY id").all()
        other = [
            {"prediction_id": "p-0", "value": 4},  # the same ones under their other names
            {"model": "delays", "entity_id": "trip-1", "value": 0},
            {"prediction_id": str(batch.ids[0]), "value": 1},
            {"model": "pricing", "entity_id": "order-1", "value": 3},
        ]
        assert told(service.take_outcomes(tx, [*reversed(sent), *other])) == ["duplicate"] * 8
        assert tx.execute("SELECT * FROM prediction_outcomes ORDER BY id").all() == before

    def test_contradictions_with_what_is_stored(self, tx):
        world = build(tx)
        batch = predictions.predict_many(tx, world.model, rows(tx, world, 2))
        clients(tx)
        first = [
            {"prediction_id": "p-0", "value": 3, "further": {"returned": 1}},
            {"model": "delays", "entity_id": "trip-0", "value": 1},
        ]
        service.take_outcomes(tx, first)
        done = service.take_outcomes(
            tx,
            [
                {"prediction_id": "p-0", "value": 4},
                {"prediction_id": "p-0", "value": 3, "further": {"returned": 0}},
                {"prediction_id": str(batch.ids[0]), "value": 0},
                {"model": "pricing", "entity_id": "order-0", "value": 5},
                {"prediction_id": "p-1", "value": 1},
            ],
        )
        assert told(done)[2:] == ["value", "value", "accepted"]
        assert told(done)[0] == "value"
        assert done.refused[2].reason == "the outcome is 1 already, 0 was sent"
        done = service.take_outcomes(
            tx, [{"prediction_id": "p-0", "value": 3, "further": {"returned": 0}}]
        )
        assert told(done) == ["further"]

    def test_contradictions_within_a_batch_refuse_both(self, tx):
        clients(tx)
        done = service.take_outcomes(
            tx,
            [
                {"prediction_id": "p-0", "value": 1},
                {"prediction_id": "p-1", "value": 1},
                {"prediction_id": "p-0", "value": 2},
                {"prediction_id": "p-1", "value": 1},
            ],
        )
        assert told(done) == ["value", "accepted", "value", "duplicate"]
        assert outcomes(tx) == 1

    def test_an_entity_that_was_predicted_twice_is_closed_as_a_whole_or_not(self, tx):
        clients(tx, entity_id="order")
        service.take_outcomes(tx, [{"prediction_id": "p-0", "value": 1}])
        both = {"model": "pricing", "entity_id": "order"}
        assert told(service.take_outcomes(tx, [both | {"value": 2}])) == ["value"]
        assert outcomes(tx) == 1
        assert told(service.take_outcomes(tx, [both | {"value": 1}])) == ["accepted"]
        assert outcomes(tx) == 3

    def test_of_a_served_model_that_a_client_answered_for(self, tx):
        build(tx)
        clients(tx, 1, model_id=None, model="delays")
        done = service.take_outcomes(tx, [{"model": "delays", "entity_id": "order-0", "value": 1}])
        assert told(done) == ["accepted"]

    @pytest.mark.parametrize(
        ("item", "field"),
        [
            ({"value": 1}, "prediction_id"),
            ({"value": 1, "model": "pricing"}, "prediction_id"),
            ({"value": 1, "prediction_id": "p-0", "entity_id": "x"}, "prediction_id"),
            ({"value": 1, "prediction_id": "nobody"}, "prediction_id"),
            ({"value": 1, "model": "pricing", "entity_id": "nobody"}, "entity_id"),
            ({"value": 1, "model": "nobody", "entity_id": "order-0"}, "entity_id"),
            ({"value": 0.5, "model": "delays", "entity_id": "trip-0"}, "value"),
            ({"value": 1e999, "prediction_id": "p-0"}, "value"),
            ({"value": 1e200, "prediction_id": "p-0"}, "value"),
            ({"value": "yes", "prediction_id": "p-0"}, "value"),
            ({"prediction_id": "p-0"}, "value"),
            ({"value": 1, "prediction_id": "p\0"}, "prediction_id"),
            ({"value": 1, "prediction_id": "p-0", "further": {"a": "b"}}, "further"),
            ({"value": 1, "prediction_id": "p-0", "known_at": "1999-01-01T00:00:00Z"}, "known_at"),
            (
                {"value": 1, "prediction_id": "p-0", "happened_at": "2100-01-01T00:00:00Z"},
                "happened_at",
            ),
        ],
    )
    def test_what_is_wrong_is_named_and_the_others_count(self, tx, item, field):
        world = build(tx)
        predictions.predict_many(tx, world.model, rows(tx, world, 1))
        clients(tx)
        good = {"prediction_id": "p-1", "value": 1}
        assert told(service.take_outcomes(tx, [item, good])) == [field, "accepted"]
        with pytest.raises(ItemsRefused) as caught, tx.savepoint():
            service.take_outcomes(
                tx, [{"prediction_id": "p-2", "value": 1}, item], all_or_nothing=True
            )
        assert caught.value.field == f"[1].{field}"
        assert outcomes(tx) == 1

    @pytest.mark.parametrize("make", [pa.Table.from_pylist, pd.DataFrame, pl.DataFrame])
    def test_from_a_table(self, tx, make):
        clients(tx, 50)
        sent = make([{"prediction_id": f"p-{i}", "value": float(i)} for i in range(50)])
        assert service.take_outcomes(tx, sent).accepted == 50
        assert service.take_outcomes(tx, sent).duplicates == 50

    def test_of_another_tenant_is_unknown(self, tx, rival):
        with rival.tx() as other:
            theirs = clients(other)
        done = service.take_outcomes(
            tx,
            [
                {"prediction_id": "p-0", "value": 1},
                {"prediction_id": str(theirs[0]), "value": 1},
                {"model": "pricing", "entity_id": "order-0", "value": 1},
            ],
        )
        assert told(done) == ["prediction_id", "prediction_id", "entity_id"]
        with rival.tx() as other:
            assert outcomes(other) == 0

    def test_two_at_the_same_moment(self, db):
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            world = build(tx)
            batch = predictions.predict_many(tx, world.model, rows(tx, world, 100))
            clients(tx, 200)
        sent = [{"prediction_id": f"p-{i}", "value": float(i)} for i in range(200)]
        sent += [{"prediction_id": str(id_), "value": 1} for id_ in batch.ids]
        done, ready = [], threading.Barrier(3)

        def send(part):
            ready.wait()
            with database.tx(tenant) as tx:
                done.append(service.take_outcomes(tx, part))

        parts = (sent, list(reversed(sent)), sent)
        threads = [threading.Thread(target=send, args=(part,)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [each.refused for each in done] == [[], [], []]
        assert (sum(d.accepted for d in done), sum(d.duplicates for d in done)) == (300, 600)
        with database.tx(tenant) as tx:
            assert outcomes(tx) == 200 + 2 * 100
            assert predictions.performance(tx, world.model.id)[0].outcomes == 100


def verdict(i=0, **more) -> dict:
    return {
        "feedback_id": f"f-{i}",
        "prediction_id": f"p-{i}",
        "feedback_type": "correct",
        "user_id": "ann",
        "feedback_score": 0.8,
        **more,
    }


class TestFeedback:
    def test_what_is_kept_of_it(self, tx):
        ids = clients(tx)
        sent = [
            verdict(0, comments="right", metadata={"a": 1}, correct_label=True),
            verdict(1, prediction_id=str(ids[1]), feedback_score=None, accuracy_rating=2.5),
            {"feedback_type": "system", "service_name": "shop"},
        ]
        assert told(service.take_feedback(tx, sent)) == ["accepted"] * 3
        (kept,) = service.list_feedback(tx, prediction_id=ids[0])
        assert (kept.feedback_score, kept.accuracy_rating, kept.comments) == (0.8, 4.0, "right")
        assert (kept.service_name, kept.user_id, kept.created_at) == ("shop", "ann", tx.now())
        (kept,) = service.list_feedback(tx, prediction_id=ids[1])
        assert (kept.feedback_score, kept.correct_label) == (0.5, None)
        assert outcomes(tx) == 0
        assert (
            tx.scalar("SELECT count(*) FROM learning_events WHERE event_subtype = 'verdicts'") == 1
        )

    def test_again_is_a_duplicate_by_its_id_or_by_who_said_it(self, tx):
        clients(tx)
        service.take_feedback(tx, [verdict(0), verdict(1)])
        again = [
            verdict(1),
            verdict(0, feedback_id="other"),
            verdict(2),
            verdict(2),
            verdict(0, feedback_type="incorrect", feedback_id="more"),
        ]
        done = service.take_feedback(tx, again)
        assert told(done) == ["duplicate", "duplicate", "accepted", "duplicate", "accepted"]
        assert tx.scalar("SELECT count(*) FROM ml_feedback") == 4

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"prediction_id": "nobody"}, "prediction_id"),
            ({"prediction_id": None}, "prediction_id"),
            ({"prediction_id": None, "feedback_type": "user"}, "service_name"),
            ({"feedback_type": "nice"}, "feedback_type"),
            ({"feedback_score": 1.5}, "feedback_score"),
            ({"accuracy_rating": -1}, "accuracy_rating"),
            ({"comments": "a\0"}, "comments"),
            ({"metadata": []}, "metadata"),
            ({"created_at": "2100-01-01T00:00:00Z"}, "created_at"),
            ({"stars": 5}, "stars"),
        ],
    )
    def test_what_is_wrong_is_named_and_the_others_count(self, tx, more, field):
        clients(tx)
        done = service.take_feedback(tx, [verdict(0), verdict(1, **more)])
        assert told(done) == ["accepted", field]
        with pytest.raises(ItemsRefused):
            service.take_feedback(tx, [verdict(2), verdict(1, **more)], all_or_nothing=True)
        assert tx.scalar("SELECT count(*) FROM ml_feedback") == 1

    @pytest.mark.parametrize("make", [pa.Table.from_pylist, pd.DataFrame, pl.DataFrame])
    def test_from_a_table(self, tx, make):
        clients(tx, 30)
        sent = make([verdict(i) for i in range(30)])
        assert service.take_feedback(tx, sent).accepted == 30
        assert service.take_feedback(tx, sent).duplicates == 30

    def test_of_another_tenants_prediction(self, tx, rival):
        with rival.tx() as other:
            theirs = clients(other)
        done = service.take_feedback(tx, [verdict(0), verdict(1, prediction_id=str(theirs[1]))])
        assert told(done) == ["prediction_id"] * 2


class TestRoutes:
    def test_outcomes_and_verdicts(self, client, database, tenant):
        with database.tx(tenant) as tx:
            clients(tx)
        body = {
            "outcomes": [{"prediction_id": "p-0", "value": 1}, {"prediction_id": "x", "value": 1}]
        }
        answer = client.post("/v1/outcomes:batch", json=body)
        assert answer.status_code == 200, answer.text
        assert [item["status"] for item in answer.json()["items"]] == ["accepted", "refused"]
        assert answer.json()["refused"][0]["field"] == "prediction_id"
        lines = json.dumps(body["outcomes"][0]).encode()
        headers = {"content-type": "application/x-ndjson"}
        again = client.post("/v1/outcomes:batch", content=lines, headers=headers).json()
        assert (again["accepted"], again["duplicates"]) == (0, 1)
        answer = client.post("/v1/outcomes:batch?all=true", json=body)
        assert answer.status_code == 422
        answer = client.post("/v1/feedback:batch", json={"feedback": [verdict(0), verdict(9)]})
        assert answer.status_code == 200, answer.text
        assert [item["status"] for item in answer.json()["items"]] == ["accepted", "refused"]
        assert len(client.get("/v1/feedback").json()) == 1

    def test_a_model_that_a_client_answers_for(self, client, database, tenant):
        with database.tx(tenant) as tx:
            registry.ensure_model(tx, "guard", task=Task.BINARY)
            clients(tx, 1, model_id="guard")
        sent = [{"model": "guard", "entity_id": "order-0", "value": 1}]
        told_ = client.post("/v1/outcomes:batch", json=sent).json()
        assert told_["accepted"] == 1
