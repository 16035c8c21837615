"""The SDK's bulk reads, as a script uses them, with real commits."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

import everlearn
from everlearn.core import app
from everlearn.core.errors import Invalid, NotFound
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.entry import sdk, sdk_base
from everlearn.modules.operations.service.metrics import rolling

N = 60
AT = [TEST_TIME - timedelta(days=N - i) for i in range(N)]


@pytest.fixture
def el(db, monkeypatch):
    """Give the SDK on a database of the test's own, with a model and its history."""
    opened = app.Runtime(db.settings, db.server, db.database())
    monkeypatch.setattr(sdk_base, "open_runtime", lambda _: opened)
    made = sdk.Everlearn("acme")
    made.model("churn", features={"visits": float, "plan": ["free", "gold"]})
    made.learn(
        "churn",
        entities=[f"user-{i}" for i in range(N)],
        features={"visits": [float(i) for i in range(N)], "plan": ["free", "gold"] * (N // 2)},
        outcomes=[float(i % 3 == 0) for i in range(N)],
        as_of=AT,
    )
    return made


def test_features(el, tmp_path):
    rows = el.features("churn", since=AT[10])
    assert rows.count() == N - 10
    assert rows.to_arrow().column("visits").to_pylist() == list(range(10, N))
    assert rows.to_pandas()["plan"].tolist() == ["free", "gold"] * (N // 2 - 5)
    assert rows.to_polars()["entity_id"][0] == "user-10"
    assert rows.to_numpy()["visits"].tolist() == list(range(10, N))
    assert sum(batch.num_rows for batch in rows) == N - 10
    assert rows.write(tmp_path / "churn.parquet") == N - 10


def test_facts(el):
    found = el.facts("churn.outcomes").to_arrow()
    assert found.column("value").to_pylist() == [float(i % 3 == 0) for i in range(N)]


def test_training_set_of_a_model(el):
    found = el.training_set("churn", until=TEST_TIME).to_pandas()
    assert found["label"].tolist() == [float(i % 3 == 0) for i in range(N)]
    early = el.training_set("churn", until=AT[9])
    assert early.to_arrow().num_rows == 10


def test_training_set_of_entities(el):
    asked = {"entity_id": ["user-3", "user-4"], "as_of": [AT[3], AT[3]], "label": [1, 0]}
    rows = el.training_set("churn", entities=asked)
    assert "SQL" in rows.explain()[0]["how"]
    assert rows.to_pandas()["visits"].tolist()[0] == 3.0
    assert rows.to_arrow().column("vector_as_of").to_pylist() == [AT[3], None]
    computed = el.training_set(
        "churn", entities={**asked, "visits": [7.0, 8.0], "plan": ["gold", None]}, compute=True
    )
    assert [line["how"] for line in computed.explain()] == ["given", "given"]
    assert computed.to_pandas()["visits"].tolist() == [7.0, 8.0]
    assert computed.to_arrow().column("plan").to_pylist() == ["gold", None]


def test_events(el, tmp_path):
    sent = [
        {"event_type": kind, "event_data": {"n": i}, "timestamp": AT[i], "entity_id": f"e-{i % 2}"}
        for i, kind in enumerate(["user_feedback", "experiment"] * 10)
    ]
    assert el.write_events(sent).accepted == 20
    rows = el.events(since=AT[4], types=["user_feedback"], columns=["timestamp", "event_data"])
    assert rows.count() == 8
    found = rows.to_pandas()
    assert [json.loads(each) for each in found["event_data"]] == [{"n": i} for i in range(4, 20, 2)]
    assert found["timestamp"].tolist() == AT[4:20:2]
    assert rows.to_polars()["event_data"].to_list() == found["event_data"].tolist()
    assert el.events(entity="e-1").to_numpy()["event_type"].tolist() == ["experiment"] * 10
    assert el.events(until=AT[3]).write(tmp_path / "events.parquet") == 3
    with pytest.raises(Invalid) as caught:
        el.events(since=AT[0].replace(tzinfo=None))
    assert caught.value.field == "since"


def test_predictions_with_what_came_of_them(el):
    sent = [
        {
            "model": "churn",
            "prediction_id": f"p-{i}",
            "entity_id": f"user-{i}",
            "predicted_value": i / N,
            "prediction_timestamp": AT[i],
        }
        for i in range(N)
    ]
    assert el.write_predictions(sent).accepted == N
    told = [{"prediction_id": f"p-{i}", "value": float(i % 2)} for i in range(0, N, 3)]
    assert el.write_outcomes(told).accepted == N // 3
    rows = el.predictions("churn", since=AT[5], until=AT[50])
    assert rows.count() == 45
    found = rows.to_pandas()
    assert found["value"].tolist() == [i / N for i in range(5, 50)]
    closed = found[found["actual"].notna()]
    assert closed["entity_id"].tolist() == [f"user-{i}" for i in range(6, 50, 3)]
    assert closed["actual"].tolist() == [float(i % 2) for i in range(6, 50, 3)]
    assert closed["error"].tolist() == [i % 2 - i / N for i in range(6, 50, 3)]
    assert sum(batch.num_rows for batch in rows.batches(10)) == 45
    bare = el.predictions("churn", with_outcomes=False).to_polars()
    assert "actual" not in bare.columns
    with pytest.raises(NotFound) as caught:
        el.predictions("nobody")
    assert caught.value.field == "model"


def test_metrics(el):
    sent = [
        {
            "metric_name": "request_ms",
            "value": float(i),
            "timestamp": AT[0] + timedelta(minutes=i),
            "tags": {"route": ["/a", "/b"][i % 2]},
        }
        for i in range(120)
    ]
    assert el.write_metrics(sent).accepted == 120
    with el.tx() as tx:
        rolling.roll_up(tx)
    raw = el.metrics("request_ms", tags={"route": "/a"})
    assert raw.count() == 60
    assert raw.to_numpy()["value"].tolist() == list(range(0, 120, 2))
    assert raw.to_polars()["tags"].unique().to_list() == ['{"route": "/a"}']
    hours = el.metrics("request_ms", resolution="hour", columns=["timestamp", "count", "tags"])
    assert hours.to_pandas()["count"].tolist() == [30] * 4
    with pytest.raises(Invalid) as caught:
        el.metrics("request_ms", resolution="week")
    assert caught.value.field == "resolution"


def test_another_tenant_reads_none_of_it(el, db, monkeypatch):
    opened = app.Runtime(db.settings, db.server, db.database())
    monkeypatch.setattr(sdk_base, "open_runtime", lambda _: opened)
    rival = sdk.Everlearn("rival")
    rival.model("churn", features={"visits": float, "plan": ["free", "gold"]})
    assert rival.features("churn").to_arrow().num_rows == 0
    assert rival.facts("churn.outcomes").to_arrow().num_rows == 0
    asked = {"entity_id": ["user-3"], "as_of": [TEST_TIME]}
    found = rival.training_set("churn", entities=asked).to_arrow()
    assert found.column("vector_as_of").to_pylist() == [None]
    assert el.features("churn").to_arrow().num_rows == N
    event = {"event_type": "experiment", "event_data": {}, "timestamp": AT[0]}
    answer = {"model": "churn", "entity_id": "x", "predicted_value": 0.5}
    for own in (el, rival):
        own.write_events([event])
        own.write_predictions([answer | {"prediction_id": own.tenant.slug}])
        own.write_metrics([{"metric_name": "queue", "value": 1.0, "timestamp": AT[0]}])
    mine, theirs = (
        {
            str(row["id"])
            for each in (own.events(), own.predictions("churn"))
            for row in each.to_arrow().to_pylist()
        }
        | {str(own.metrics("queue").to_arrow().column("series_id")[0])}
        for own in (el, rival)
    )
    assert not mine & theirs


def test_the_example_of_the_guide(el, monkeypatch, capsys):
    guide = Path(__file__).parents[2] / "docs/howto/read_in_bulk.md"
    (example,) = re.findall(r"```python\n(.*?)```", guide.read_text(), re.DOTALL)
    monkeypatch.setattr(everlearn, "open", sdk.Everlearn)
    names = {}
    exec(example.replace("datetime.now(UTC)", "NOW"), {"NOW": TEST_TIME} | {"__name__": "x"}, names)
    assert names["answers"][["value", "actual"]].values.tolist() == [[0.7, 1.0]]
    assert names["events"].num_rows == names["samples"].height == 1
    assert "tea" in capsys.readouterr().out
