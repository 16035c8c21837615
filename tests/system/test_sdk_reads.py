"""The SDK's bulk reads, as a script uses them, with real commits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from everlearn.core import app
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.entry import sdk, sdk_base

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
