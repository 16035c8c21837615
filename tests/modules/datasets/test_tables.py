"""What the tables of data sets and examples refuse."""

from __future__ import annotations

import pytest

from everlearn.core.errors import Duplicate, Invalid
from everlearn.core.testing.make import make
from everlearn.core.vectors import nearest
from everlearn.modules.datasets import service
from everlearn.modules.datasets.tables import (
    EMBEDDING_WIDTH,
    CodeExample,
    ConversationExample,
    SimulationExample,
    TrainingDataset,
)

ZEROS = [0.0] * EMBEDDING_WIDTH


def unit(place):
    return [float(i == place) for i in range(EMBEDDING_WIDTH)]


@pytest.mark.parametrize(
    ("row", "values", "field"),
    [
        (TrainingDataset, {"dataset_type": "recipes"}, "dataset_type"),
        (TrainingDataset, {"source_type": "rumour"}, "source_type"),
        (TrainingDataset, {"data_source": "moon"}, "data_source"),
        (TrainingDataset, {"quality_score": 1.2}, "quality_score"),
        (TrainingDataset, {"size_bytes": -1}, "size_bytes"),
        (TrainingDataset, {"record_count": -1}, "record_count"),
        (TrainingDataset, {"sha256": "A" * 64}, "sha256"),
        (ConversationExample, {"source": "dream"}, "source"),
        (ConversationExample, {"quality_score": -0.1}, "quality_score"),
        (ConversationExample, {"context": ["retail"]}, "context"),
        (SimulationExample, {"source": "dream"}, "source"),
        (SimulationExample, {"solution_id": ""}, "solution_id"),
        (SimulationExample, {"pipeline_steps": {"first": "read"}}, "pipeline_steps"),
        (SimulationExample, {"input_data": []}, "input_data"),
        (CodeExample, {"code_type": "poem"}, "code_type"),
        (CodeExample, {"source": "dream"}, "source"),
        (CodeExample, {"language": ""}, "language"),
        (CodeExample, {"embedding": ZEROS}, None),
    ],
)
def test_what_is_refused(tx, row, values, field):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **values)
    assert caught.value.field == field


def test_a_data_set_may_be_only_described(tx):
    tx.execute(
        "INSERT INTO datasets.training_datasets (name, version, dataset_type, storage_location)"
        " VALUES ('talks', '1', 'conversation', 's3://talks/1')"
    )
    found = service.find(tx, "talks", version="1")
    assert (found.sha256, found.window, found.as_of, found.schema) == (None, None, None, {})
    assert tx.scalar("SELECT file_path FROM datasets.training_datasets") == "s3://talks/1"
    with pytest.raises(Duplicate), tx.savepoint():
        make(tx, TrainingDataset, name="talks", version="1")


def test_code_is_found_by_what_it_means(tx):
    made = [make(tx, CodeExample, embedding=unit(i)).id for i in range(3)]
    make(tx, CodeExample)
    assert nearest(tx, CodeExample, "embedding", unit(1), k=1) == [(made[1], 0.0)]
    assert len(nearest(tx, CodeExample, "embedding", unit(1), k=9)) == 3


@pytest.mark.parametrize("rows", ["conversation_examples", "simulation_examples", "code_examples"])
def test_they_are_listed(client, rows):
    assert client.get(f"/v1/{rows}").json()["items"] == []
