"""What the tables of federated learning refuse, beside what holds for every table."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from everlearn.core.errors import Duplicate, Invalid
from everlearn.core.testing.make import make
from everlearn.modules.federated.tables import (
    FederatedAggregation,
    FederatedMetric,
    FederatedNode,
    FederatedUpdate,
)

SOME_ID = UUID("019cae6b-6600-7037-8837-bcecc7b5b951")
WORDS = [
    (FederatedNode, "node_type", "client server coordinator"),
    (FederatedUpdate, "status", "pending received failed aggregated"),
    (FederatedAggregation, "aggregation_method", "fedavg fedprox scaffold feddyn"),
    (FederatedMetric, "metric_name", "accuracy loss privacy_budget communication_cost"),
    (FederatedMetric, "metric_unit", "percentage count bytes seconds"),
]
WRONG = [
    (FederatedNode, "node_id", ""),
    (FederatedNode, "metadata", []),
    (FederatedUpdate, "update_data", []),
    (FederatedUpdate, "update_hash", "abc"),
    (FederatedUpdate, "training_time_seconds", -1.0),
    (FederatedUpdate, "privacy_budget_used", -0.1),
    (FederatedUpdate, "node_id", "nobody"),
    (FederatedAggregation, "aggregated_model", []),
    (FederatedAggregation, "aggregation_hash", "abc"),
    (FederatedAggregation, "aggregation_time_seconds", float("inf")),
    (FederatedMetric, "node_id", "nobody"),
]
RULES = [
    (FederatedUpdate, {"round_number": 0}, "round_from_one"),
    (FederatedUpdate, {"sample_count": 0}, "has_samples"),
    (FederatedUpdate, {"status": "aggregated"}, "aggregated_when"),
    (FederatedAggregation, {"round_number": 0}, "round_from_one"),
    (FederatedAggregation, {"total_samples": 0}, "has_samples"),
    (FederatedAggregation, {"participating_nodes": [], "update_ids": []}, "has_updates"),
    (FederatedAggregation, {"update_ids": [None]}, "has_updates"),
    (FederatedAggregation, {"participating_nodes": ["a", "b"]}, "one_update_a_node"),
    (FederatedAggregation, {"participating_nodes": [None]}, "one_update_a_node"),
    (FederatedMetric, {"round_number": 0}, "round_from_one"),
]


@pytest.mark.parametrize(("row", "column", "words"), WORDS)
def test_a_vocabulary_names_its_words(tx, row, column, words):
    for word in words.split():
        more = {"received_at": tx.now(), "aggregated_at": tx.now()} if word == "aggregated" else {}
        assert getattr(make(tx, row, **{column: word}, **more), column) == word
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **{column: "other"})
    assert caught.value.field == column
    assert sorted(caught.value.facts["allowed"]) == sorted(words.split())


@pytest.mark.parametrize(("row", "column", "value"), WRONG)
def test_a_wrong_value_is_refused_by_name(tx, row, column, value):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **{column: value})
    assert caught.value.field == column


@pytest.mark.parametrize(("row", "values", "rule"), RULES)
def test_a_row_that_contradicts_itself_is_refused(tx, row, values, rule):
    with pytest.raises(Invalid, match=f"_{rule}$"), tx.savepoint():
        make(tx, row, **values)


class TestNodes:
    def test_a_node_is_registered_once(self, tx):
        make(tx, FederatedNode, node_id="north")
        with pytest.raises(Duplicate) as caught, tx.savepoint():
            make(tx, FederatedNode, node_id="north")
        assert caught.value.field == "node_id"

    @pytest.mark.parametrize("row", [FederatedUpdate, FederatedMetric])
    def test_another_tenants_node_cannot_be_referred_to(self, database, tenant, rival, row):
        """The reference is by name, so the tenant must be part of it."""
        with database.tx(tenant) as tx:
            make(tx, FederatedNode, node_id="north")
        with rival.tx() as tx:
            with pytest.raises(Invalid) as caught, tx.savepoint():
                make(tx, row, node_id="north")
            assert caught.value.field == "node_id"
            make(tx, FederatedNode, node_id="north")
            make(tx, row, node_id="north")

    def test_its_updates_go_with_it_and_metrics_stay(self, tx):
        make(tx, FederatedNode, node_id="north")
        make(tx, FederatedUpdate, node_id="north")
        make(tx, FederatedMetric, node_id="north", round_number=2)
        tx.execute("DELETE FROM federated.federated_nodes")
        assert tx.scalar("SELECT count(*) FROM federated.federated_updates") == 0
        left = tx.execute("SELECT round_number, node_id FROM federated.federated_metrics").one()
        assert left == (2, None)


class TestUpdates:
    def test_a_node_counts_once_a_round(self, tx):
        node = make(tx, FederatedNode).node_id
        same = {"node_id": node, "round_number": 1, "model_version": "v1.0.0"}
        make(tx, FederatedUpdate, **same, status="failed")
        make(tx, FederatedUpdate, **same)
        with pytest.raises(Duplicate), tx.savepoint():
            make(tx, FederatedUpdate, **same)
        make(tx, FederatedUpdate, **same | {"round_number": 2})
        make(tx, FederatedUpdate, **same | {"model_version": "v2.0.0"})

    def test_it_is_not_combined_before_it_came_in(self, tx):
        early = tx.now() - timedelta(seconds=1)
        with pytest.raises(Invalid, match=r"_span$"), tx.savepoint():
            make(
                tx,
                FederatedUpdate,
                status="aggregated",
                received_at=tx.now(),
                aggregated_at=early,
            )

    def test_what_is_not_combined_has_no_time_of_it(self, tx):
        with pytest.raises(Invalid, match=r"_aggregated_when$"), tx.savepoint():
            make(tx, FederatedUpdate, received_at=tx.now(), aggregated_at=tx.now())


def test_a_round_names_an_update_for_each_node(tx):
    made = make(
        tx, FederatedAggregation, participating_nodes=["a", "b"], update_ids=[SOME_ID, SOME_ID]
    )
    assert made.participating_nodes == ["a", "b"]
