"""What the tables of content refuse, and that a chunk is found by its meaning."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from everlearn.core.errors import Invalid
from everlearn.core.testing.make import make
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.core.vectors import nearest
from everlearn.modules.content.tables import (
    EMBEDDING_WIDTH,
    ContentChunk,
    ContentSync,
    ContentVersion,
)

BACKWARDS = {"started_at": TEST_TIME, "completed_at": TEST_TIME - timedelta(seconds=1)}


def unit(place):
    return [float(i == place) for i in range(EMBEDDING_WIDTH)]


@pytest.mark.parametrize(
    ("row", "values", "field"),
    [
        (ContentChunk, {"content_type": "joke"}, "content_type"),
        (ContentChunk, {"source": "rumour"}, "source"),
        (ContentChunk, {"meta_data": ["x"]}, "meta_data"),
        (ContentChunk, {"embedding": [0.0] * EMBEDDING_WIDTH}, None),
        (ContentChunk, {"embedding_model": ""}, "embedding_model"),
        (ContentVersion, {"content_type": "joke"}, "content_type"),
        (ContentVersion, {"source": "rumour"}, "source"),
        (ContentVersion, {"checksum": "a" * 63}, "checksum"),
        (ContentVersion, {"content_data": []}, "content_data"),
        (ContentVersion, {"created_by": uuid4()}, "created_by"),
        (ContentSync, {"sync_type": "wish"}, "sync_type"),
        (ContentSync, {"status": "lost"}, "status"),
        (ContentSync, {"records_failed": -1}, "records_failed"),
        (ContentSync, BACKWARDS, None),
    ],
)
def test_what_is_refused(tx, row, values, field):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **values)
    assert caught.value.field == field


@pytest.mark.parametrize("width", [1, EMBEDDING_WIDTH - 1, EMBEDDING_WIDTH + 1])
def test_an_embedding_has_one_width(tx, width):
    with pytest.raises(Invalid), tx.savepoint():
        make(tx, ContentChunk, embedding=[1.0] * width)


def test_a_chunk_is_found_by_its_meaning(tx, client):
    wanted = make(tx, ContentChunk, embedding=unit(3), content_type="tip")
    make(tx, ContentChunk, embedding=unit(4), content_type="theory")
    make(tx, ContentChunk)
    assert nearest(tx, ContentChunk, "embedding", unit(3), k=1) == [(wanted.id, 0.0)]
    assert len(nearest(tx, ContentChunk, "embedding", unit(4), k=9)) == 2
    assert len(nearest(tx, ContentChunk, "embedding", unit(4), k=9, content_type="tip")) == 1
    shown = client.get(f"/v1/content_chunks/{wanted.id}").json()
    assert shown["embedding"] == unit(3)


def test_a_sync_begins_with_nothing_done(tx):
    made = make(tx, ContentSync)
    assert (made.status, made.records_processed, made.started_at) == ("pending", 0, None)


def test_a_version_is_in_use_unless_it_says_otherwise(tx):
    assert make(tx, ContentVersion).is_active
    assert not make(tx, ContentVersion, is_active=False).is_active
