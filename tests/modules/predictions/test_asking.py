"""Many questions to a live model at once."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from everlearn.core.ingest.errors import ItemsRefused
from everlearn.modules.predictions import service
from tests.modules.predictions.world import build, counts, payload


@pytest.fixture
def world(database, tenant):
    with database.tx(tenant) as tx:
        return build(tx)


def questions(n=4) -> list[dict]:
    return [{"entity_id": f"trip-{i}", "features": payload(i)} for i in range(n)]


def ask(tx, sent, **more):
    given = {name: [each[name] for each in sent] for name in ("entity_id", "features")}
    return service.ask_many(
        tx, "delays", entity_ids=given["entity_id"], features=given["features"], **more
    )


class TestService:
    def test_answers_as_one_by_one(self, tx):
        build(tx)
        done = ask(tx, questions())
        assert (done.rows, done.refused) == ([0, 1, 2, 3], [])
        alone = [
            service.predict(tx, "delays", entity_id=f"other-{i}", features=payload(i))
            for i in range(4)
        ]
        assert done.batch.value.tolist() == pytest.approx([each.value for each in alone])
        kept = service.get(tx, done.batch.ids[2])
        assert (kept.entity_id, kept.features) == ("trip-2", alone[2].features)
        assert counts(tx)["predictions.ml_predictions"] == 2 * 8  # and in shadow

    def test_wrong_ones_are_named_and_the_others_answered(self, tx):
        build(tx)
        sent = questions(9)
        del sent[1]["features"]["wind"]
        sent[3]["features"]["wind"] = "strong"
        sent[5]["features"]["carrier"] = "ZZ"
        sent[6]["features"]["moon"] = 1
        sent[7]["entity_id"] = ""
        sent[8]["entity_id"] = sent[0]["entity_id"]  # with other features at the same moment
        done = ask(tx, sent)
        assert [(each.index, each.field) for each in done.refused] == [
            (1, "features.wind"),
            (3, "features.wind"),
            (5, "features.carrier"),
            (6, "features.moon"),
            (7, "entity_id"),
            (8, "features"),
        ]
        assert done.rows == [0, 2, 4]
        assert len(done.batch.ids) == 3
        with pytest.raises(ItemsRefused) as caught, tx.savepoint():
            ask(tx, sent, all_or_nothing=True)
        assert caught.value.field == "[1].features.wind"


@pytest.mark.usefixtures("world")
class TestRoute:
    def test_json_and_lines(self, client):
        wrong = {"entity_id": "x", "features": {"wind": 1}}
        unread = {"entity_id": 7, "features": {}}
        sent = [*questions(2), wrong, unread]
        answer = client.post("/v1/models/delays/predictions:batch", json={"questions": sent})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert (told["accepted"], told["version"]) == (2, "v1.0.0")
        assert [item["status"] for item in told["items"]] == ["accepted"] * 2 + ["refused"] * 2
        assert [each["index"] for each in told["refused"]] == [2, 3]
        got = client.get(f"/v1/predictions/{told['items'][1]['id']}").json()
        assert (got["entity_id"], got["value"]) == ("trip-1", told["items"][1]["value"])
        lines = "\n".join(map(json.dumps, questions(3)))
        headers = {"content-type": "application/x-ndjson"}
        again = client.post("/v1/models/delays/predictions:batch", content=lines, headers=headers)
        assert again.json()["accepted"] == 3
        answer = client.post("/v1/models/delays/predictions:batch?all=true", json=sent)
        assert answer.status_code == 422

    def test_arrow_in_and_out(self, client):
        rows = [each | {"features": json.dumps(each["features"])} for each in questions(5)]
        table = pa.Table.from_pylist(rows)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        kind = "application/vnd.apache.arrow.stream"
        answer = client.post(
            "/v1/models/delays/predictions:batch",
            content=sink.getvalue().to_pybytes(),
            headers={"content-type": kind, "accept": kind},
        )
        assert answer.status_code == 200, answer.text
        found = pa.ipc.open_stream(answer.content).read_all()
        assert found.column("status").to_pylist() == ["accepted"] * 5
        assert all(0 < value < 1 for value in found.column("value").to_pylist())

    def test_no_such_model(self, client):
        answer = client.post("/v1/models/nobody/predictions:batch", json=questions(1))
        assert answer.status_code == 404

    def test_of_another_tenant(self, client_other):
        answer = client_other.post("/v1/models/delays/predictions:batch", json=questions(1))
        assert answer.status_code == 404
