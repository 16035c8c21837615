"""Bulk reads: vectors, facts and training sets as Arrow; as-of joins; nothing of another tenant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everlearn.core.errors import Invalid
from everlearn.core.reading import Rows
from everlearn.modules.features import errors, service
from everlearn.modules.features.types import (
    Categorical,
    Entities,
    Expression,
    Label,
    Latest,
    Numeric,
    Pending,
    Window,
)

T0 = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
H, M = timedelta(hours=1), timedelta(minutes=1)
SETTINGS = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def table(tx, plan, rows=3):
    found = list(plan.batches(tx, rows))
    for batch in found:
        assert batch.schema == plan.schema
    return pa.Table.from_batches(found, schema=plan.schema)


def store(tx, *vectors, name="customers"):
    """Keep (entity, minutes from T0, balance, plan)."""
    chosen = service.declare_set(tx, name, (Numeric("balance"), Categorical("plan")))
    entity, minutes, balance, plan = zip(*vectors, strict=True)
    rows = service.materialize(
        tx,
        chosen,
        Entities(entity, [T0 + m * M for m in minutes], {"balance": balance, "plan": plan}),
    )
    return chosen, rows


VECTORS = (
    ("ann", 0, 1.5, "free"),
    ("bob", 1, None, "gold"),
    ("ann", 2, 2.5, None),
    ("ann", 9, 3.5, "gold"),
    ("zoë", 9, 4.5, "free"),
)


class TestVectorRows:
    def test_all_of_a_set_with_words(self, tx):
        chosen, rows = store(tx, *VECTORS)
        found = table(tx, service.vector_rows(tx, chosen))
        expected = sorted(zip(rows.ids, VECTORS, strict=True))
        assert found.column_names == ["id", "entity_id", "as_of", "balance", "plan"]
        assert found.column("id").to_pylist() == [id_ for id_, _ in expected]
        assert found.column("entity_id").to_pylist() == [v[0] for _, v in expected]
        assert found.column("as_of").to_pylist() == [T0 + v[1] * M for _, v in expected]
        assert found.column("plan").to_pylist() == [v[3] for _, v in expected]
        np.testing.assert_array_equal(
            found.column("balance").to_numpy(),
            np.array([v[2] for _, v in expected], dtype=np.float32),
        )

    def test_since_and_until(self, tx):
        chosen, _ = store(tx, *VECTORS)
        plan = service.vector_rows(tx, chosen, since=T0 + M, until=T0 + 9 * M)
        assert table(tx, plan).column("entity_id").to_pylist() == ["bob", "ann"]
        assert plan.count(tx) == 2

    def test_pages_by_the_last_id(self, tx):
        chosen, rows = store(tx, *VECTORS)
        first = table(tx, service.vector_rows(tx, chosen, limit=2))
        after = first.column("id").to_pylist()[-1]
        rest = table(tx, service.vector_rows(tx, chosen, after=after))
        read = first.column("id").to_pylist() + rest.column("id").to_pylist()
        assert read == sorted(rows.ids)

    def test_a_feature_may_have_a_column_s_name(self, tx):
        chosen = service.declare_set(tx, "odd", (Numeric("id"), Numeric("entity_id")))
        service.materialize(tx, chosen, Entities(["a"], [T0], {"id": [1.0], "entity_id": [2.0]}))
        found = table(tx, service.vector_rows(tx, chosen)).to_pylist()
        assert [(row["features.id"], row["entity_id"]) for row in found] == [(1.0, "a")]

    def test_another_tenant_sees_none(self, tx, rival):
        store(tx, *VECTORS)
        tx.session.flush()
        with rival.tx() as other:
            chosen = service.declare_set(other, "customers", (Numeric("balance"),))
            assert table(other, service.vector_rows(other, chosen)).num_rows == 0

    def test_a_plan_shows_another_tenant_nothing(self, tx, rival):
        chosen, _ = store(tx, *VECTORS)
        plan = service.vector_rows(tx, chosen)
        with rival.tx() as other:
            assert table(other, plan).num_rows == 0


class TestFactRows:
    def test_every_version_of_every_fact(self, tx):
        service.declare_source(tx, "visits", dims=["shop", "id"], values=["spent"])
        service.record_facts(
            tx,
            "visits",
            entity_ids=["a", "a", "b"],
            event_at=[T0, T0, T0 + H],
            known_at=[T0, T0 + H, T0 - H],
            dims={"shop": ["x", None, "y"], "id": ["1", "2", "3"]},
            values={"spent": [1.0, None, 3.0]},
        )
        found = table(tx, service.fact_rows(tx, "visits"), rows=2).to_pylist()
        assert [(row["entity_id"], row["known_at"], row["shop"], row["id"]) for row in found] == [
            ("a", T0, "x", "1"),
            ("a", T0 + H, None, "2"),
            ("b", T0 - H, "y", "3"),
        ]
        assert np.isnan(found[1]["spent"])
        known = table(tx, service.fact_rows(tx, "visits", known_until=T0, until=T0 + H))
        assert known.column("spent").to_pylist() == [1.0]

    def test_of_a_source_without_numbers(self, tx):
        service.declare_source(tx, "opened", dims=[], values=[])
        service.record_facts(tx, "opened", entity_ids=["a"], event_at=[T0], known_at=[T0])
        assert table(tx, service.fact_rows(tx, "opened")).to_pylist() == [
            {"entity_id": "a", "event_at": T0, "known_at": T0}
        ]


class TestLabelledRows:
    def test_is_what_a_training_learns_from(self, tx):
        chosen, _ = store(tx, *VECTORS)
        service.declare_source(tx, "churn", dims=[], values=["gone"])
        service.record_facts(
            tx,
            "churn",
            entity_ids=["ann", "ann", "bob", "zoë", "eve"],
            event_at=[T0 + H] * 5,
            known_at=[T0 + H, T0 + 3 * H, T0 + 2 * H, T0 + 9 * H, T0 + H],
            values={"gone": [0.0, 1.0, 1.0, 1.0, 1.0]},
        )
        for hours in (0, 1, 2, 3, 9):
            until = T0 + hours * H
            label = Label("churn", "gone")
            expected = service.labelled_matrix(tx, chosen, label=label, until=until)
            plan = service.labelled_rows(tx, chosen, label=label, until=until)
            found = table(tx, plan)
            order = np.argsort(expected.ids)
            ids = [value.bytes for value in found.column("id").to_pylist()]
            assert ids == [bytes(one) for one in expected.ids[order]]
            assert found.column("label").to_pylist() == expected.y[order].tolist()
            known = found.column("label_known_at").cast(pa.int64()).to_pylist()
            assert known == expected.known_at[order].tolist()
            np.testing.assert_array_equal(
                found.column("balance").to_numpy(), expected.matrix[order, 0]
            )


class TestStoredAsOf:
    def asked(self, *pairs, **more):
        entity, at = zip(*pairs, strict=True)
        return {"entity_id": list(entity), "as_of": [T0 + m * M for m in at], **more}

    def test_the_last_vector_by_then(self, tx):
        chosen, _ = store(tx, *VECTORS)
        asked = self.asked(
            ("ann", 99), ("ann", 8), ("ann", 1), ("ann", -1), ("nobody", 9), label=[1, 0, 1, 0, 1]
        )
        found = table(tx, service.stored_asof(tx, chosen, asked), rows=2)
        assert found.column("entity_id").to_pylist() == asked["entity_id"]
        assert found.column("label").to_pylist() == asked["label"]
        moments = [T0 + 9 * M, T0 + 2 * M, T0, None, None]
        assert found.column("vector_as_of").to_pylist() == moments
        np.testing.assert_array_equal(
            found.column("balance").to_numpy(), np.float32([3.5, 2.5, 1.5, np.nan, np.nan])
        )
        assert found.column("plan").to_pylist() == ["gold", None, "free", None, None]

    @pytest.mark.parametrize(
        "kind", [pa.table, pd.DataFrame, pl.DataFrame], ids=["arrow", "pandas", "polars"]
    )
    def test_takes_tables_of_all_kinds(self, tx, kind):
        chosen, _ = store(tx, *VECTORS)
        found = table(tx, service.stored_asof(tx, chosen, kind(self.asked(("ann", 1)))))
        assert found.column("balance").to_pylist() == [1.5]

    def test_times_of_other_zones_and_units_are_moments(self, tx):
        chosen, _ = store(tx, *VECTORS)
        local = [(T0 + 2 * M).astimezone(ZoneInfo("America/New_York"))]
        for unit, found_at in (("ns", 2), ("us", 2), ("s", 2)):
            kind = pa.timestamp(unit, tz="America/New_York")
            asked = pa.table({"entity_id": ["ann"], "as_of": pa.array(local, kind)})
            found = table(tx, service.stored_asof(tx, chosen, asked))
            assert found.column("vector_as_of").to_pylist() == [T0 + found_at * M]
        early = int((T0 + 2 * M).timestamp()) * 10**9 - 1
        asked = {"entity_id": ["ann"], "as_of": pa.array([early], pa.timestamp("ns", tz="UTC"))}
        found = table(tx, service.stored_asof(tx, chosen, asked))
        assert found.column("vector_as_of").to_pylist() == [T0]

    @SETTINGS
    @given(
        vectors=st.lists(st.tuples(st.sampled_from("abc"), st.integers(-5000, 5000)), min_size=1),
        asked=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-5000, 5000)), min_size=1),
        rows=st.integers(1, 9),
    )
    def test_equals_looking_through_all(self, tx, vectors, asked, rows):
        with tx.savepoint():  # each example its own set: rows of others stay
            name = f"set{abs(hash((tuple(vectors), tuple(asked))))}"
            chosen = service.declare_set(tx, name, (Numeric("at"),))
            kept = sorted(set(vectors))
            service.materialize(
                tx,
                chosen,
                Entities(
                    [e for e, _ in kept],
                    [T0 + m * H for _, m in kept],
                    {"at": [m for _, m in kept]},
                ),
            )
            given_ = {"entity_id": [e for e, _ in asked], "as_of": [T0 + m * H for _, m in asked]}
            found = table(tx, service.stored_asof(tx, chosen, given_), rows=rows)
        expected = [
            max((m for e, m in kept if e == entity and m <= at), default=np.nan)
            for entity, at in asked
        ]
        np.testing.assert_array_equal(found.column("at").to_numpy(), np.float32(expected))

    def test_another_tenant_s_vectors_do_not_count(self, tx, rival):
        chosen, _ = store(tx, *VECTORS)
        plan = service.stored_asof(tx, chosen, self.asked(("ann", 99)))
        with rival.tx() as other:
            assert table(other, plan).column("vector_as_of").to_pylist() == [None]

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({"entity_id": ["a"]}, "entities.as_of"),
            ({"as_of": [T0]}, "entities.entity_id"),
            ({"entity_id": ["a"], "as_of": [T0.replace(tzinfo=None)]}, "entities.as_of"),
            ({"entity_id": ["a"], "as_of": [None]}, "entities.as_of"),
            ({"entity_id": [None], "as_of": [T0]}, "entities.entity_id"),
            ({"entity_id": [1.5], "as_of": [T0]}, "entities.entity_id"),
            ({"entity_id": ["a"], "as_of": [T0], "balance": [1]}, "entities.balance"),
        ],
    )
    def test_bad_entities_are_named(self, tx, asked, field):
        chosen, _ = store(tx, *VECTORS)
        with pytest.raises(Invalid) as caught:
            service.stored_asof(tx, chosen, asked)
        assert caught.value.field == field

    def test_quotes_and_braces_in_an_id_are_only_text(self, tx):
        odd = "a\"b'c{d},e\\f"
        chosen, _ = store(tx, (odd, 0, 7.5, "free"))
        found = table(tx, service.stored_asof(tx, chosen, self.asked((odd, 1))))
        assert found.column("balance").to_pylist() == [7.5]

    def test_the_index_serves_it(self, tx):
        chosen, _ = store(tx, *VECTORS)
        tx.execute("SET LOCAL enable_seqscan = off")
        lines = tx.execute(
            "EXPLAIN SELECT 1 FROM features.ml_feature_store"
            " WHERE tenant_id = app.tenant_id() AND resource_id = 'ann' AND id <= :high"
            " ORDER BY id DESC LIMIT 1",
            {"high": "ffffffff-ffff-ffff-ffff-ffffffffffff"},
        )
        used = [line[0].partition("Index Cond: ")[2] for line in lines if "Index Cond" in line[0]]
        assert chosen
        assert used
        assert all("resource_id = 'ann'" in one and "id <=" in one for one in used)


FEATURES = (
    Numeric("distance"),
    Window("mean", "departures", "mean", by=("origin",), value="delay", over=2 * H),
    Window("std", "departures", "std", by=("origin",), value="delay", over=2 * H),
    Window("total", "departures", "sum", value="delay", over=5 * H),
    Window("known", "departures", "count", by=("origin",), value="delay", over=2 * H),
    Latest("last", "departures", by=("origin",), value="delay"),
    Latest("fresh", "departures", by=("origin",), value="delay", max_age=H),
    Pending("due", "departures", "arrivals", "count", 2 * H, by=("origin",)),
    Expression("change", "sub", "last", "mean"),
)
MINUTE = st.integers(-300, 300)
FACTS = st.lists(
    st.tuples(
        st.sampled_from("xyz"),
        MINUTE,
        st.integers(-60, 200),  # known so many minutes after it happened
        st.sampled_from(["JFK", "LGA", None]),
        st.one_of(st.none(), st.floats(-100, 100)),
    ),
    min_size=1,
    max_size=25,
    unique_by=lambda fact: (fact[0], fact[1], fact[1] + fact[2]),
)


def depart(tx, facts, start=T0):
    service.declare_source(tx, "departures", dims=["origin"], values=["delay"])
    service.declare_source(tx, "arrivals", dims=[], values=[])
    entity, event, late, origin, delay = zip(*facts, strict=True)
    service.record_facts(
        tx,
        "departures",
        entity_ids=entity,
        event_at=[start + m * M for m in event],
        known_at=[start + (m + after) * M for m, after in zip(event, late, strict=True)],
        dims={"origin": origin},
        values={"delay": delay},
    )
    return service.declare_set(tx, "flights", FEATURES)


class TestComputedAsOf:
    @SETTINGS
    @given(facts=FACTS, asked=st.lists(MINUTE, min_size=1, max_size=12), rows=st.integers(1, 5))
    def test_equals_compute_bit_for_bit_with_late_corrections(self, tx, facts, asked, rows):
        # The night of 29 March 2026 has a change of the clocks in Europe; moments have none.
        start = datetime(2026, 3, 29, 3, 0, tzinfo=ZoneInfo("Europe/Berlin"))
        at = [start + m * M for m in asked]
        with pytest.raises(Undone), tx.savepoint():
            chosen = depart(tx, facts, start)
            fields = {"origin": ["JFK"] * len(at), "distance": [float(m) for m in asked]}
            entities = {"entity_id": [f"e{i}" for i in range(len(at))], "as_of": at, **fields}
            found = table(tx, service.computed_asof(chosen, entities), rows=rows)
            whole = service.compute(tx, chosen, Entities(entities["entity_id"], at, fields))
            order = np.argsort([moment.timestamp() for moment in at], kind="stable")
            assert found.column("entity_id").to_pylist() == [f"e{i}" for i in order]
            for i, name in enumerate(chosen.names):
                values = found.column(name).to_numpy()
                assert values.tobytes() == np.ascontiguousarray(whole[order, i]).tobytes()
            raise Undone

    def test_says_of_each_feature_how(self, tx):
        chosen = depart(tx, [("x", 0, 0, "JFK", 1.0)])
        plan = service.computed_asof(
            chosen, {"entity_id": ["e"], "as_of": [T0], "origin": ["JFK"], "distance": [1.0]}
        )
        assert [line["part"] for line in plan.explain] == list(chosen.names)
        told = {line["part"]: line for line in plan.explain}
        assert told["distance"]["how"] == "given"
        assert "whole history of departures" in told["last"]["why"]
        assert "max_age" not in told["fresh"]["why"]

    def test_a_field_that_is_missing_is_named(self, tx):
        chosen = depart(tx, [("x", 0, 0, "JFK", 1.0)])
        with pytest.raises(errors.MissingFeature) as caught:
            service.computed_asof(chosen, {"entity_id": ["e"], "as_of": [T0], "origin": ["JFK"]})
        assert caught.value.field == "entities.distance"


class Undone(Exception):
    """Undoes what an example wrote."""


def test_rows_open_a_transaction_only_while_they_are_read(database, tenant, other_tenant):
    del other_tenant
    with database.tx(tenant) as tx:
        chosen, _ = store(tx, *VECTORS)
        plan = service.vector_rows(tx, chosen)
    opened = []

    def open_tx():
        opened.append(1)
        return database.tx(tenant)

    rows = Rows(plan, open_tx)
    assert rows.schema.names[:3] == ["id", "entity_id", "as_of"]
    assert not opened
    assert rows.count() == rows.to_arrow().num_rows == len(VECTORS)
    assert len(opened) == 2
