"""The SDK's bulk writes and the commands that load files, with real commits."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from everlearn.core import app
from everlearn.core.ids import uuid7_many
from everlearn.core.ingest import writing
from everlearn.core.ingest.errors import ItemsRefused
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.entry import sdk, sdk_base
from everlearn.modules.predictions import service as predictions
from tests.modules.predictions import world

N = 40


@pytest.fixture
def el(db, monkeypatch):
    """Give the SDK on a database of the test's own."""
    opened = app.Runtime(db.settings, db.server, db.database())
    monkeypatch.setattr(sdk_base, "open_runtime", lambda _: opened)
    return sdk.Everlearn("acme")


def answers(n=N) -> list[dict]:
    return [
        {
            "prediction_id": f"p-{i}",
            "model_id": "pricing",
            "entity_id": f"order-{i}",
            "predicted_value": float(i),
        }
        for i in range(n)
    ]


def test_an_answer_its_outcome_and_a_verdict(el):
    assert el.write_predictions(pl.DataFrame(answers())).accepted == N
    assert el.write_predictions(answers()).duplicates == N
    happened = pd.DataFrame({"prediction_id": [f"p-{i}" for i in range(N)], "value": 1.0})
    assert el.write_outcomes(happened).accepted == N
    said = pa.table(
        {
            "feedback_id": [f"f-{i}" for i in range(N)],
            "prediction_id": [f"p-{i}" for i in range(N)],
            "feedback_type": ["correct"] * N,
        }
    )
    assert el.write_feedback(said).accepted == N
    assert el.write_feedback(said, all_or_nothing=True).duplicates == N
    sample = {"metric_name": "queue", "value": 3.0, "metric_category": "api"}
    assert el.write_metrics([sample]).accepted == 1
    with el.tx() as tx:
        assert tx.scalar("SELECT count(*) FROM v_predictions WHERE actual_value = 1") == N
        assert tx.scalar("SELECT count(*) FROM ml_feedback WHERE service_name = 'sdk'") == N


def test_events_in_several_parts(el, monkeypatch):
    monkeypatch.setattr(writing, "CHUNK", 100)
    ids = [id_.bytes for id_ in uuid7_many(950, TEST_TIME)]
    given = {"event_type": ["experiment"] * 950, "event_data": ['{"n": 1}'] * 950}
    frame = pl.DataFrame(given | {"id": ids})
    done = el.write_events(frame)
    assert (done.accepted, done.duplicates) == (950, 0)
    assert [id_.bytes for id_ in done.ids] == ids
    assert el.write_events(frame).duplicate_at == list(range(950))
    wrong = [{"event_type": "experiment", "event_data": {}}, {"event_type": "gossip"}]
    with pytest.raises(ItemsRefused):
        el.write_events(wrong, all_or_nothing=True)
    assert el.write_events(wrong).accepted == 1
    with el.tx() as tx:
        query = "SELECT source_system, count(*) FROM events.learning_events GROUP BY 1"
        assert tx.execute(query).all() == [("sdk", 951)]


def test_all_or_nothing(el):
    wrong = [*answers(), {"predicted_value": 1, "prediction_id": "p"}]
    with pytest.raises(ItemsRefused):
        el.write_predictions(wrong, all_or_nothing=True)
    with el.tx() as tx:
        assert tx.scalar("SELECT count(*) FROM ml_predictions") == 0
    assert len(el.write_predictions(wrong).refused) == 1


@pytest.mark.parametrize("all_or_nothing", [True, False])
def test_the_next_training_learns_from_outcomes_in_bulk(el, all_or_nothing):
    el.model("churn", features={"visits": float})
    asked = [
        {
            "model": "churn",
            "entity_id": f"user-{i}",
            "predicted_value": 0.5,
            "prediction_id": str(i),
        }
        for i in range(3)
    ]
    assert el.write_predictions(asked).accepted == 3
    sent = [
        {"model": "churn", "entity_id": f"user-{i}", "value": 1, "known_at": TEST_TIME}
        for i in range(4)
    ]
    if all_or_nothing:
        assert el.write_outcomes(sent[:3], all_or_nothing=True).accepted == 3
    else:
        done = el.write_outcomes(sent)
        assert (done.accepted, [each.index for each in done.refused]) == (3, [3])
    late = [each | {"known_at": TEST_TIME + timedelta(hours=1)} for each in sent[:3]]
    assert el.write_outcomes(late).duplicates == 3
    facts = el.facts("churn.outcomes").to_pandas()
    assert sorted(facts["entity_id"]) == ["user-0", "user-1", "user-2"]
    assert set(facts["known_at"]) == {pd.Timestamp(TEST_TIME)}


@pytest.mark.parametrize("make", [pa.Table.from_pylist, pd.DataFrame, pl.DataFrame, list])
def test_many_questions_are_answered_as_they_came(el, make):
    with el.tx() as tx:
        world.build(tx)
    sent = [{"entity_id": f"trip-{i}", **world.payload(i)} for i in range(5)]
    sent[3]["carrier"] = "ZZ"
    told = el.predict_many("delays", make(sent))
    assert isinstance(told, type(make(sent)))
    found = pa.Table.from_pylist(told) if make is list else pa.table(told)
    ids = found.column("id").to_pylist()
    assert [id_ is None for id_ in ids] == [False, False, False, True, False]
    assert found.column("field").to_pylist()[3] == "features.carrier"
    with el.tx() as tx:
        kept = predictions.get(tx, UUID(ids[4]))
    assert (kept.entity_id, kept.value) == ("trip-4", found.column("value").to_pylist()[4])


def test_commands_load_files(cli, db, tmp_path):
    db.tenant("default")

    def load(words, rows, expected=0):
        file = tmp_path / "rows.ndjson"
        file.write_text("\n".join(map(json.dumps, rows)))
        ended = cli(*words, "load", str(file), "--json")
        assert ended.code == expected, ended.err
        return json.loads(ended.out)

    told = load(["predictions"], answers(3))
    assert (told["accepted"], told["duplicates"]) == (3, 0)
    assert load(["predictions"], answers(3))["duplicates"] == 3
    happened = [{"prediction_id": "p-0", "value": 1}, {"prediction_id": "p-9", "value": 1}]
    told = load(["feedback", "outcomes"], happened, expected=2)
    assert (told["accepted"], told["refused"][0]["field"]) == (1, "prediction_id")
    verdicts = [{"prediction_id": "p-0", "feedback_type": "correct", "user_id": "ann"}]
    assert load(["feedback"], verdicts)["accepted"] == 1
