"""The nearest rows of a tenant, beside one that has hundreds of times as many."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import insert

from everlearn.core import vectors
from everlearn.core.errors import Bug, Invalid
from everlearn.core.ids import uuid7_many
from everlearn.core.testing.plugin import TEST_TIME, Cloned, clone
from everlearn.core.tx import Database
from everlearn.core.vectors import nearest
from everlearn.modules.content.tables import EMBEDDING_WIDTH as WIDTH
from everlearn.modules.content.tables import ContentChunk

MANY, FEW = 3_000, 7


@dataclass
class Tenant:
    """A tenant of the world: its rows' ids, vectors and types."""

    id: UUID
    ids: list[UUID]
    matrix: np.ndarray
    types: list[str]

    def truth(self, query, k, *, only=None, distance="cosine"):
        """Give what a search by hand finds: ids and distances, the nearest first."""
        matrix, query = self.matrix.astype(np.float64), np.asarray(query)
        apart = {
            "cosine": lambda: (
                1 - matrix @ query / np.linalg.norm(matrix, axis=1) / np.linalg.norm(query)
            ),
            "l2": lambda: np.linalg.norm(matrix - query, axis=1),
            "inner": lambda: -matrix @ query,
        }[distance]()
        order = [i for i in np.argsort(apart) if only in {None, self.types[i]}][:k]
        return [self.ids[i] for i in order], apart[order]


@dataclass
class World:
    """A database with a big and a small tenant."""

    database: Database
    big: Tenant
    small: Tenant
    queries: np.ndarray


@pytest.fixture(scope="module")
def world(server, template, test_settings):
    random = np.random.default_rng(7)
    # Texts come in topics; the small tenant's are spread over the big one's.
    topics = random.normal(size=(30, WIDTH))

    def points(n):
        near = topics[random.integers(0, 30, n)] + 0.6 * random.normal(size=(n, WIDTH))
        return near.astype(np.float32)

    with clone(server, template) as name:
        db = Cloned(server, name, test_settings)
        database = db.database()
        made = []
        for slug, n in (("big", MANY), ("small", FEW)):
            tenant = Tenant(
                db.tenant(slug),
                uuid7_many(n, TEST_TIME),
                points(n),
                [("theory", "tip")[i % 2] for i in range(n)],
            )
            with database.tx(tenant.id) as tx:
                tx.execute(
                    insert(ContentChunk),
                    [
                        {
                            "id": each,
                            "content_type": kind,
                            "content_text": "x",
                            "embedding": row.tolist(),
                        }
                        for each, row, kind in zip(
                            tenant.ids, tenant.matrix, tenant.types, strict=True
                        )
                    ],
                )
                # Not embedded yet: never found, never counted.
                tx.execute(
                    insert(ContentChunk), [{"content_type": "tip", "content_text": "later"}] * 3
                )
            made.append(tenant)
        with db.database("owner").tx(None) as tx:
            tx.execute("ANALYZE content.content_chunks")
        yield World(database, *made, points(20))
        db.close()


def search(tx, query, **options):
    """Give what `nearest` finds, and whether it read the index."""

    def scans():
        return tx.scalar(
            "SELECT pg_stat_get_xact_numscans('content.ix_content_chunks_embedding'::regclass)"
        )

    before = scans()
    found = nearest(tx, ContentChunk, "embedding", query, **options)
    return found, scans() > before


@pytest.fixture
def by_index(monkeypatch):
    monkeypatch.setattr(vectors, "EXACT_BELOW", 100)


class TestSmall:
    @pytest.mark.parametrize("k", [1, FEW - 1, FEW, FEW + 1, 50])
    def test_it_gets_all_it_can_and_they_are_the_true_ones(self, world, by_index, k):
        for query in world.queries:
            with world.database.tx(world.small.id) as tx:
                found, indexed = search(tx, query, k=k)
                assert not indexed
            ids, apart = world.small.truth(query, k)
            assert len(found) == min(k, FEW)
            assert [each for each, _ in found] == ids
            assert [far for _, far in found] == pytest.approx(apart, abs=1e-6)

    def test_where_the_index_finds_too_few_the_search_is_exact(self, world, monkeypatch):
        monkeypatch.setattr(vectors, "EXACT_BELOW", 1)
        monkeypatch.setattr(vectors, "SCAN_LEAST", 100)
        for query in world.queries:
            with world.database.tx(world.small.id) as tx:
                for name in ("seqscan", "bitmapscan", "sort"):
                    tx.execute("SELECT set_config(:name, 'off', true)", {"name": f"enable_{name}"})
                found, indexed = search(tx, query, k=5)
                assert indexed
            assert [each for each, _ in found] == world.small.truth(query, 5)[0]

    def test_a_filter(self, world):
        for query in world.queries:
            with world.database.tx(world.small.id) as tx:
                found = nearest(tx, ContentChunk, "embedding", query, k=FEW, content_type="theory")
            assert [each for each, _ in found] == world.small.truth(query, FEW, only="theory")[0]


class TestBig:
    @pytest.mark.parametrize("only", [None, "tip"])
    def test_the_index_finds_nearly_all(self, world, by_index, only):
        hits = 0
        equals = {"content_type": only} if only else {}
        for query in world.queries:
            with world.database.tx(world.big.id) as tx:
                found, indexed = search(tx, query, k=10, **equals)
                assert indexed
            apart = [far for _, far in found]
            assert len(set(found)) == 10
            assert apart == sorted(apart)
            hits += len({each for each, _ in found} & set(world.big.truth(query, 10, only=only)[0]))
        assert hits / (10 * len(world.queries)) > 0.97

    def test_below_the_bound_it_is_searched_exactly(self, world):
        for query in world.queries[:3]:
            with world.database.tx(world.big.id) as tx:
                found, indexed = search(tx, query, k=200)
                assert not indexed
            assert [each for each, _ in found] == world.big.truth(query, 200)[0]

    def test_a_thousand_rows(self, world, by_index):
        with world.database.tx(world.big.id) as tx:
            found = nearest(tx, ContentChunk, "embedding", world.queries[0], k=1_000)
        assert len({each for each, _ in found}) == 1_000

    @pytest.mark.parametrize("distance", ["l2", "inner"])
    def test_a_distance_without_an_index_is_exact(self, world, by_index, distance):
        query = world.queries[0]
        with world.database.tx(world.big.id) as tx:
            found, indexed = search(tx, query, k=20, distance=distance)
            assert not indexed
        ids, apart = world.big.truth(query, 20, distance=distance)
        assert [each for each, _ in found] == ids
        assert [far for _, far in found] == pytest.approx(apart, rel=1e-4)


def test_another_tenants_rows_never_come(world, by_index):
    for tenant, other in ((world.big, world.small), (world.small, world.big)):
        for query in other.matrix[:FEW]:  # nothing is nearer than the row itself
            with world.database.tx(tenant.id) as tx:
                found = {row for row, _ in nearest(tx, ContentChunk, "embedding", query, k=20)}
            assert len(found) == min(20, len(tenant.ids))
            assert found <= set(tenant.ids)


@pytest.mark.parametrize(
    ("query", "options", "field"),
    [
        ([1.0] * (WIDTH - 1), {}, "query"),
        ([], {}, "query"),
        ([float("nan")] * WIDTH, {}, "query"),
        ([float("inf")] * WIDTH, {}, "query"),
        ([0.0] * WIDTH, {}, "query"),
        ([1.0] * WIDTH, {"k": 0}, "k"),
        ([1.0] * WIDTH, {"k": 1_001}, "k"),
        ([1.0] * WIDTH, {"distance": "taxi"}, "distance"),
        ([1.0] * WIDTH, {"colour": "red"}, "colour"),
    ],
)
def test_what_is_refused(world, query, options, field):
    with world.database.tx(world.small.id) as tx, pytest.raises(Invalid) as caught:
        nearest(tx, ContentChunk, "embedding", query, **{"k": 1, **options})
    assert caught.value.field == field


def test_a_column_that_is_no_embedding_is_our_mistake(world):
    with world.database.tx(world.small.id) as tx, pytest.raises(Bug):
        nearest(tx, ContentChunk, "content_text", [1.0], k=1)
