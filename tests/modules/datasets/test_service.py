from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from everlearn.core.errors import Invalid
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.modules.datasets import errors, service
from everlearn.modules.datasets.types import DatasetType, SourceType

SHA = "a" * 64


def add(tx, **more):
    given = {
        "name": "delays",
        "version": "1",
        "dataset_type": DatasetType.GENERAL,
        "source_type": SourceType.FEATURE_STORE,
        "record_count": 120,
        "sha256": SHA,
        "schema": {"speed": "real"},
        "description": "flights",
        "window": (TEST_TIME - timedelta(days=30), TEST_TIME),
        "as_of": TEST_TIME,
    }
    return service.register(tx, **{**given, **more})


def test_what_is_registered_is_found(tx):
    made = add(tx)
    assert service.get(tx, made.id) == service.find(tx, "delays", version="1") == made
    assert made.window == (TEST_TIME - timedelta(days=30), TEST_TIME)
    assert made.schema == {"speed": "real"}


def test_the_same_one_again_is_no_second_row(tx):
    assert add(tx) == add(tx)
    assert len(service.list_datasets(tx)) == 1


def test_other_content_under_the_same_version_is_a_contradiction(tx):
    add(tx)
    with pytest.raises(errors.OtherContent) as caught:
        add(tx, sha256="b" * 64)
    assert caught.value.facts == {"stored": SHA, "got": "b" * 64}
    assert service.list_datasets(tx)[0].sha256 == SHA


def test_versions_of_one_name_stand_beside_each_other(tx):
    add(tx)
    add(tx, version="2", sha256="b" * 64)
    add(tx, name="other")
    assert {d.version for d in service.list_datasets(tx, name="delays")} == {"1", "2"}
    assert len(service.list_datasets(tx, limit=1)) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"window": (TEST_TIME, TEST_TIME - timedelta(days=1))}, "window"),
        ({"record_count": -1}, "record_count"),
        ({"sha256": "short"}, "sha256"),
        ({"name": ""}, "name"),
    ],
)
def test_bad_input_names_its_field(tx, change, field):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        add(tx, **change)
    assert caught.value.field == field


def test_an_unknown_one_is_not_found(tx):
    with pytest.raises(errors.UnknownDataset):
        service.get(tx, uuid4())
    assert service.find(tx, "delays", version="9") is None


def test_the_other_tenant_has_its_own(tx, rival):
    made = add(tx)
    with rival.tx() as theirs:
        assert service.list_datasets(theirs) == []
        with pytest.raises(errors.UnknownDataset):
            service.get(theirs, made.id)
        assert add(theirs, sha256="c" * 64).id != made.id
