"""What is looked for has an index, and what indexes weigh with tenants that write in turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from everlearn.core.testing.explain import plan_of, statement_of
from everlearn.modules.features import service
from everlearn.modules.features.service import facts, joining, storing
from everlearn.modules.features.tables import SAME_ENTITY
from everlearn.modules.features.types import Entities, Numeric

TENANTS, BATCHES, N = 8, 40, 800
START = datetime(2026, 3, 1, tzinfo=UTC)
MONTH, UNTIL = "y2026m03", START + timedelta(days=20)
_BYTES = """
WITH leaf AS (SELECT relid FROM pg_partition_tree(:table) WHERE isleaf)
SELECT sum(pg_indexes_size(relid)) / sum(pg_table_size(relid)) FROM leaf
"""


def fill(tx, place):
    """Store vectors of 20 features and facts of one number, each batch after the one before."""
    chance = np.random.default_rng(place)
    chosen = service.declare_set(tx, "v", [Numeric(f"f{k}") for k in range(20)])
    service.declare_source(tx, "sales", dims=["shop"], values=["amount"])
    at = (START - storing.EPOCH) // timedelta(microseconds=1)
    at = at + (place * N + np.arange(N)) * 40_000_000
    who = [f"customer-{i:05d}" for i in chance.integers(0, 4_000, N)]
    fields = {f"f{k}": chance.random(N) for k in range(20)}
    service.materialize(tx, chosen, Entities(who, at, fields))
    service.record_facts(
        tx,
        "sales",
        entity_ids=who,
        event_at=at,
        known_at=at + chance.integers(0, 3_600_000_000, N),
        dims={"shop": [f"shop-{i % 500:03d}" for i in range(N)]},
        values={"amount": chance.random(N)},
    )


@pytest.fixture(scope="module")
def filled(server, template, test_settings):
    """Give a database with the rows of tenants in turns."""
    from everlearn.core.testing.plugin import Cloned, clone

    with clone(server, template) as name:
        made = Cloned(server, name, test_settings)
        tenants = [made.tenant(f"tenant-{i}") for i in range(TENANTS)]
        app = made.database()
        for place in range(BATCHES):
            with app.tx(tenants[place % TENANTS]) as tx:
                fill(tx, place)
        with made.database("owner").tx(None) as tx:
            tx.execute("ANALYZE features.ml_feature_store, features.feature_facts")
        yield app, tenants
        made.close()


@pytest.fixture
def look(filled):
    database, tenants = filled
    with database.tx(tenants[0]) as tx:
        yield tx, service.get_set(tx, "v")


def by(found, index, table="ml_feature_store"):
    """Say that the month that is filled is read by this index, and not from end to end."""
    assert index in found.indexes, found.tree
    assert f"{table}_{MONTH}" not in found.scanned, found.tree


def test_the_last_vector_by_a_moment(look):
    tx, chosen = look
    asked = {"entity_id": ["customer-00007", "customer-00008"], "as_of": [UNTIL] * 2}
    query = joining._look_up(tx, chosen, joining.entity_table(asked))
    by(found := plan_of(tx, query.as_string()), "pk_ml_feature_store")
    assert found.indexes == {"pk_ml_feature_store"}, found.tree


def test_two_entities_of_one_hash_are_told_apart(look):
    tx, chosen = look
    (one,) = storing.latest_rows(tx, limit=1)
    asked = joining.entity_table({"entity_id": [one["entity_id"]], "as_of": [one["as_of"]]})
    query = joining._look_up(tx, chosen, asked).as_string()
    query = query.replace("coalesce(found.as_of, '-infinity')", "found.as_of")
    assert tx.driver.execute(query).fetchone()[1] == one["as_of"]
    other = query.replace("resource_id = asked.entity", "resource_id = 'of the same hash'")
    assert other != query
    assert tx.driver.execute(other).fetchone()[1] is None
    page = SAME_ENTITY.format(row="r", entity="'of the same hash'")
    assert "r.resource_id = 'of the same hash'" in page


def test_an_entity(look):
    tx, _ = look
    same = SAME_ENTITY.format(row="r", entity=":entity")
    statement = (
        "SELECT r.id FROM features.ml_feature_store r WHERE r.tenant_id = app.tenant_id()"
        f" AND {same} ORDER BY r.id DESC LIMIT 50"
    )
    by(plan_of(tx, statement, {"entity": "customer-00007"}), "pk_ml_feature_store")
    (one,) = storing.latest_rows(tx, limit=1)
    found = storing.latest_rows(tx, entity_id=one["entity_id"])
    assert one in found
    assert {line["entity_id"] for line in found} == {one["entity_id"]}


def test_an_id_and_a_set_by_time(look):
    tx, chosen = look
    (one,) = storing.latest_rows(tx, limit=1)
    statement = "SELECT features FROM features.v_feature_rows WHERE id = :id"
    by(plan_of(tx, statement, {"id": one["id"]}), "idx_ml_feature_id")
    statement = "SELECT count(*) FROM features.ml_feature_store WHERE feature_set_id = :of"
    by(plan_of(tx, statement, {"of": chosen.id}), "idx_ml_feature_window")
    page = service.vector_rows(tx, chosen, since=START, until=UNTIL, limit=20)
    by(plan_of(tx, statement_of(tx, page)), "idx_ml_feature_id")


def test_facts_of_a_source(look):
    tx, _ = look
    source = service.get_source(tx, "sales")
    page = service.fact_rows(tx, source, since=START, until=START + timedelta(days=1))
    by(plan_of(tx, statement_of(tx, page)), "pk_feature_facts", "feature_facts")
    by(plan_of(tx, facts._STATES), "pk_feature_facts", "feature_facts")
    assert len(storing.read_truth(tx, source, 1, until=UNTIL)["y"]) > N


@pytest.mark.parametrize("table", ["ml_feature_store", "feature_facts"])
def test_indexes_weigh_at_most_two_fifths_of_the_rows(filled, table):
    database, tenants = filled
    with database.tx(tenants[0]) as tx:
        assert tx.scalar(_BYTES, {"table": f"features.{table}"}) <= 0.40
