"""Predictions that clients' own models made, many at once."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from everlearn.core import partitions
from everlearn.core.ids import uuid7
from everlearn.core.ingest import read_lines
from everlearn.core.ingest.errors import ItemsRefused
from everlearn.modules.predictions import service
from everlearn.modules.predictions.errors import SecondPrediction
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task
from tests.modules.predictions.world import build, rows


def row(i: int = 0, **more) -> dict:
    """Give one prediction of a client."""
    return {
        "prediction_id": f"p-{i}",
        "model_id": "pricing",
        "model_version": "v3",
        "service_name": "shop",
        "entity_id": f"order-{i}",
        "predicted_value": 10.0 + i,
        "confidence": 0.5,
        "features": {"size": i, "colour": "red"},
        "reasons": {"size": 0.5},
        **more,
    }


def count(tx) -> int:
    return tx.scalar("SELECT count(*) FROM ml_predictions")


class TestWritten:
    def test_what_is_kept_of_it(self, tx):
        done = service.take_predictions(tx, [row(1, context={"a": 1}, inference_time_ms=2.5)])
        assert (done.accepted, done.duplicates, done.refused) == (1, 0, [])
        found = service.get(tx, done.ids[0])
        assert (found.kind, found.service_name, found.prediction_type) == (
            "service",
            "shop",
            "pricing",
        )
        assert (found.model, found.version, found.entity_id) == ("pricing", "v3", "order-1")
        assert (found.value, found.role, found.inference_time_ms) == (11.0, "live", 2.5)
        assert found.features == {"size": 1, "colour": "red"}
        assert found.reasons == {"size": 0.5}
        assert found.predicted_at == tx.now()
        assert service.find_id(tx, "p-1") == done.ids[0]
        page = service.list_predictions(tx, entity_id="order-1")
        assert [item["id"] for item in page.items] == [done.ids[0]]

    def test_lists_take_their_names(self, tx):
        given = row(1, features=[3, "x"], reasons=[0.25, -1], feature_names=["size", "colour"])
        found = service.get(tx, service.take_predictions(tx, [given]).ids[0])
        assert found.features == {"size": 3, "colour": "x"}
        assert found.reasons == {"size": 0.25, "colour": -1.0}

    def test_a_model_of_the_registry_by_name_or_id(self, tx):
        model = registry.ensure_model(tx, "guard", task=Task.BINARY)
        given = [row(1, model="guard"), row(2, model=str(model.id))]
        for each in given:
            del each["model_id"]
        done = service.take_predictions(tx, given)
        assert {service.get(tx, id_).model for id_ in done.ids} == {"guard"}
        assert service.refresh_performance(tx) == 1
        line = tx.execute("SELECT * FROM model_performance_summary").one()
        assert (line.name, line.prediction_count) == ("guard", 2)

    def test_back_dated_by_a_year_and_into_another_month(self, tx):
        old = tx.now() - timedelta(days=365)
        sent = [row(i, prediction_timestamp=old - timedelta(days=31 * i)) for i in range(3)]
        done = service.take_predictions(tx, sent)
        assert done.accepted == 3
        found = [service.get(tx, id_) for id_ in done.ids]
        assert [each.predicted_at for each in found] == [
            each["prediction_timestamp"] for each in sent
        ]
        assert service.take_predictions(tx, sent).duplicates == 3

    def test_an_hour_that_comes_twice_is_two_hours(self, tx):
        summer = datetime.fromisoformat("2025-10-26T02:30:00+02:00")
        winter = datetime.fromisoformat("2025-10-26T02:30:00+01:00")
        sent = [row(1, prediction_timestamp=summer), row(2, prediction_timestamp=winter)]
        first, second = service.take_predictions(tx, sent).ids
        gap = service.get(tx, second).predicted_at - service.get(tx, first).predicted_at
        assert gap == timedelta(hours=1)

    @pytest.mark.parametrize("make", [pa.Table.from_pylist, pd.DataFrame, pl.DataFrame])
    def test_from_a_table(self, tx, make):
        at = datetime(2026, 2, 1, tzinfo=UTC)
        sent = [
            row(i, prediction_timestamp=at, features=json.dumps({"size": i}), reasons='{"size": 1}')
            for i in range(20)
        ]
        done = service.take_predictions(tx, make(sent))
        assert done.accepted == 20
        assert service.get(tx, done.ids[7]).features == {"size": 7}
        assert service.get(tx, done.ids[7]).predicted_at == at
        assert service.take_predictions(tx, make(sent)).duplicates == 20


class TestTwice:
    def test_the_same_batch_again_is_duplicates_with_the_stored_ids(self, tx):
        sent = [row(i) for i in range(5)]
        first = service.take_predictions(tx, sent)
        again = service.take_predictions(tx, [*sent, row(9)])
        assert (again.accepted, again.duplicates, again.duplicate_at) == (1, 5, [0, 1, 2, 3, 4])
        assert again.ids[:5] == first.ids
        assert count(tx) == 6

    def test_another_time_does_not_make_it_another(self, tx):
        first = service.take_predictions(tx, [row(1)])
        moved = row(1, prediction_timestamp=tx.now() - timedelta(days=100))
        again = service.take_predictions(tx, [moved, row(2)])
        assert (again.accepted, again.duplicate_at) == (1, [0])
        assert again.ids[0] == first.ids[0]
        assert count(tx) == 2

    def test_twice_in_one_batch_at_two_times(self, tx):
        sent = [row(1), row(1, prediction_timestamp=tx.now() - timedelta(days=40)), row(1)]
        done = service.take_predictions(tx, sent)
        assert (done.accepted, done.duplicates) == (1, 2)
        assert count(tx) == 1
        assert tx.scalar("SELECT count(*) FROM prediction_keys") == 1

    def test_known_by_its_own_uuid(self, tx):
        id_ = uuid7(tx.now() - timedelta(days=1))
        given = row(1, id=str(id_))
        del given["prediction_id"]
        assert service.take_predictions(tx, [given]).ids == [id_]
        done = service.take_predictions(tx, [given, row(2)])
        assert (done.accepted, done.duplicate_at, done.ids[0]) == (1, [0], id_)
        assert service.get(tx, id_).predicted_at == tx.now() - timedelta(days=1)

    def test_by_three_at_the_same_moment(self, db):
        database, tenant = db.database(), db.tenant()
        sent = [row(i) for i in range(500)]
        done, ready = [], threading.Barrier(3)

        def send(part):
            ready.wait()
            with database.tx(tenant) as tx:
                done.append(service.take_predictions(tx, part))

        parts = (sent, list(reversed(sent)), sent[100:])
        threads = [threading.Thread(target=send, args=(part,)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(each.accepted for each in done) == 500
        assert sum(each.duplicates for each in done) == 900
        with database.tx(tenant) as tx:
            assert count(tx) == 500
            assert tx.scalar("SELECT count(DISTINCT prediction_id) FROM ml_predictions") == 500

    def test_by_plain_sql_is_still_refused(self, tx):
        service.take_predictions(tx, [row(1)])
        with pytest.raises(SecondPrediction), tx.savepoint():
            tx.execute(
                "INSERT INTO ml_predictions (id, prediction_id, service_name, prediction_type,"
                " predicted_value) VALUES (:id, 'p-1', 'x', 'y', 1)",
                {"id": uuid7(tx.now())},
            )


WRONG = [
    ({"predicted_value": None}, "predicted_value"),
    ({"predicted_value": 1e999}, "predicted_value"),
    ({"predicted_value": "much"}, "predicted_value"),
    ({"confidence": 1.2}, "confidence"),
    ({"role": "ghost"}, "role"),
    ({"model_id": None, "model": "nobody"}, "model"),
    ({"model_id": "a", "model": "guard"}, "model_id"),
    ({"model_id": None, "service_name": None}, "model"),
    ({"model_id": None}, "prediction_type"),
    ({"features": 7}, "features"),
    ({"features": [1, 2]}, "feature_names"),
    ({"features": [1, 2], "feature_names": ["a"]}, "features"),
    ({"features": [1, 2], "feature_names": ["a", "a"]}, "features"),
    ({"features": {"a": "\0"}}, "features"),
    ({"entity_id": "a\0"}, "entity_id"),
    ({"entity_id": ""}, "entity_id"),
    ({"entity_id": "x" * 256}, "entity_id"),
    ({"confidence_interval_lower": 2, "confidence_interval_upper": 1}, "confidence_interval_lower"),
    ({"prediction_timestamp": "1999-12-31T00:00:00Z"}, "prediction_timestamp"),
    ({"prediction_timestamp": "2031-01-01T00:00:00Z"}, "prediction_timestamp"),
    ({"id": "3f0e3a0e-5a7c-4b1e-9d2a-0123456789ab", "prediction_id": None}, "id"),
    ({"id": "019b0000-0000-7000-8000-000000000001"}, "id"),
    ({"colour": "red"}, "colour"),
]


class TestRefused:
    @pytest.mark.parametrize(("more", "field"), WRONG)
    def test_the_field_is_named_and_the_others_are_written(self, tx, more, field):
        registry.ensure_model(tx, "guard", task=Task.BINARY)
        wrong = row(1, **more)
        done = service.take_predictions(tx, [row(0), wrong, row(2)])
        assert [(each.index, each.field) for each in done.refused] == [(1, field)]
        assert (done.accepted, done.ids[1]) == (2, None)
        assert count(tx) == 2

    def test_all_or_nothing(self, tx):
        with pytest.raises(ItemsRefused) as caught:
            service.take_predictions(tx, [row(0), row(1, confidence=3)], all_or_nothing=True)
        assert caught.value.field == "[1].confidence"
        assert count(tx) == 0
        assert tx.scalar("SELECT count(*) FROM prediction_keys") == 0

    def test_what_postgres_alone_refuses_leaves_no_key(self, tx):
        poisoned = row(1, context={})
        lines = [row(0), poisoned]
        body = b"\n".join(json.dumps(each).encode() for each in lines)
        body = body.replace(b'"context": {}', b'"context": {"n": 1e999999}')
        done = service.take_predictions(tx, read_lines(service.SHAPE, body))
        assert [(each.index, each.field) for each in done.refused] == [(1, "context")]
        assert count(tx) == tx.scalar("SELECT count(*) FROM prediction_keys") == 1

    def test_several_models_of_a_name_need_a_version(self, tx):
        for version in ("1", "2"):
            tx.execute(
                "INSERT INTO ml_models (name, version, model_type) VALUES ('price', :v, 'linear')",
                {"v": version},
            )
        given = [row(i, model="price", model_version=v) for i, v in enumerate(("1", "2", None))]
        for each in given:
            del each["model_id"]
        done = service.take_predictions(tx, given)
        assert [(each.index, each.field) for each in done.refused] == [(2, "model")]
        assert len({service.get(tx, id_).model for id_ in done.ids[:2]}) == 2


class TestDeleted:
    """Who deletes a prediction, as maintenance may, gives the client's id free."""

    @pytest.fixture
    def house(self, db):
        return db.database(), db.database("service"), db.tenant("acme"), db.tenant("rival")

    @staticmethod
    def delete(tx, *ids):
        query = "DELETE FROM ml_predictions WHERE tenant_id = :tenant AND prediction_id = ANY(:ids)"
        tx.execute(query, {"tenant": tx.tenant_id, "ids": list(ids)})

    def test_its_id_is_free_and_those_of_others_are_not(self, house):
        app, maintenance, acme, rival = house
        with app.tx(rival) as tx:
            theirs = service.take_predictions(tx, [row(1)])
        with app.tx(acme) as tx:
            first = service.take_predictions(tx, [row(i) for i in range(4)])
        with maintenance.tx(acme) as tx:
            self.delete(tx, "p-1", "p-2")
        with app.tx(acme) as tx:
            kept = tx.execute("SELECT id FROM prediction_keys").scalars()
            assert sorted(kept) == sorted([first.ids[0], first.ids[3]])
            again = service.take_predictions(tx, [row(i) for i in range(4)])
            assert (again.accepted, again.duplicates) == (2, 2)
            assert service.find_id(tx, "p-1") == again.ids[1]
        with app.tx(rival) as tx:
            again = service.take_predictions(tx, [row(1)])
            assert (again.duplicates, again.ids) == (1, theirs.ids)

    def test_of_one_written_by_plain_sql_too(self, house):
        app, maintenance, acme, _ = house
        insert = (
            "INSERT INTO ml_predictions (service_name, prediction_type, predicted_value,"
            " prediction_id) VALUES ('oracle', 'quality', 0.5, 'mine')"
        )
        for _ in range(2):
            with app.tx(acme) as tx:
                partitions.ensure(tx, "predictions.ml_predictions", [tx.scalar("SELECT now()")])
                tx.execute(insert)
                with pytest.raises(SecondPrediction), tx.savepoint():
                    tx.execute(insert)
            with maintenance.tx(acme) as tx:
                self.delete(tx, "mine")
        with app.tx(acme) as tx:
            assert tx.scalar("SELECT count(*) FROM prediction_keys") == count(tx) == 0

    def test_a_deletion_that_is_taken_back_frees_nothing(self, house):
        app, maintenance, acme, _ = house
        with app.tx(acme) as tx:
            first = service.take_predictions(tx, [row(1)])
        with pytest.raises(KeyboardInterrupt), maintenance.tx(acme) as tx:
            self.delete(tx, "p-1")
            raise KeyboardInterrupt
        with app.tx(acme) as tx:
            again = service.take_predictions(tx, [row(1)])
            assert (again.duplicates, again.ids) == (1, first.ids)


class TestOtherTenant:
    def test_its_models_are_unknown_and_its_ids_free(self, tx, rival):
        with rival.tx() as other:
            theirs = registry.ensure_model(other, "secret", task=Task.BINARY)
            kept = service.take_predictions(other, [row(1)])
        given = [row(1), row(2, model="secret"), row(3, model=str(theirs.id))]
        for each in given[1:]:
            del each["model_id"]
        done = service.take_predictions(tx, given)
        assert (done.accepted, done.duplicates) == (1, 0)
        assert {each.reason for each in done.refused} == {"the tenant has no such model"}
        assert service.find_id(tx, "p-1") == done.ids[0]
        with rival.tx() as other:
            assert service.find_id(other, "p-1") == kept.ids[0]
            assert count(other) == 1

    def test_its_uuid_sent_by_us_is_ours_alone(self, tx, rival):
        with rival.tx() as other:
            kept = service.take_predictions(other, [row(1)]).ids[0]
        given = row(1, id=str(kept), predicted_value=99.0)
        del given["prediction_id"]
        assert service.take_predictions(tx, [given]).accepted == 1
        with rival.tx() as other:
            assert service.get(other, kept).value == 11.0


class TestRoute:
    def test_json_lines_and_arrow(self, client):
        sent = [row(i) for i in range(3)]
        answer = client.post("/v1/predictions:batch", json={"predictions": sent})
        assert answer.status_code == 200, answer.text
        assert answer.json()["accepted"] == 3
        lines = "\n".join(json.dumps(each) for each in [*sent, row(4, confidence=7)])
        headers = {"content-type": "application/x-ndjson"}
        told = client.post("/v1/predictions:batch", content=lines, headers=headers).json()
        assert (told["accepted"], told["duplicates"]) == (0, 3)
        assert told["refused"][0]["field"] == "confidence"
        assert [item["status"] for item in told["items"]] == ["duplicate"] * 3 + ["refused"]
        texts = [each | {"features": "{}", "reasons": "{}"} for each in (row(7), row(8))]
        table = pa.Table.from_pylist(texts)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        headers = {"content-type": "application/vnd.apache.arrow.stream"}
        content = sink.getvalue().to_pybytes()
        told = client.post("/v1/predictions:batch", content=content, headers=headers).json()
        assert told["accepted"] == 2
        got = client.get(f"/v1/predictions/{told['items'][0]['id']}").json()
        assert got["entity_id"] == "order-7"

    def test_all(self, client):
        body = {"predictions": [row(0), row(1, confidence=7)]}
        answer = client.post("/v1/predictions:batch?all=true", json=body)
        assert answer.status_code == 422
        assert answer.json()["field"] == "[1].confidence"
        assert client.get("/v1/predictions").json()["items"] == []


def test_the_loop_goes_on_beside_them(tx):
    world = build(tx)
    service.take_predictions(tx, [row(i, entity_id="trip-0") for i in range(3)])
    batch = service.predict_many(tx, world.model, rows(tx, world, 3))
    done = service.write_outcomes(
        tx,
        world.model,
        entity_ids=["trip-0"],
        values=[1],
        happened_at=[tx.now()],
        known_at=[tx.now()],
    )
    assert done.new == 2  # live and shadow of our own model alone
    assert len(batch.ids) == 3
