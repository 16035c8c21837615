"""What the tables of ensembles refuse, beside what holds for every table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from everlearn.core.errors import Duplicate, Invalid
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.modules.ensembles.tables import (
    EnsembleConfiguration,
    EnsemblePerformance,
    EnsemblePrediction,
    ModelWeight,
)
from everlearn.modules.registry.tables import Model
from everlearn.modules.tenancy.tables import User

WORDS = [
    (EnsembleConfiguration, "ensemble_type", "voting stacking blending dynamic"),
    (EnsemblePerformance, "metric_name", "accuracy mse mae r2 latency"),
    (EnsemblePerformance, "metric_unit", "percentage ms count"),
    (ModelWeight, "weight_type", "static dynamic adaptive"),
]
WRONG = [
    (EnsembleConfiguration, "performance_score", 1.2),
    (EnsembleConfiguration, "meta_learner_config", []),
    (EnsembleConfiguration, "weights", []),
    (EnsembleConfiguration, "weights", {"a": "much"}),
    (EnsembleConfiguration, "weights", {"a": -0.1}),
    (EnsembleConfiguration, "weights", {"a": [1]}),
    (EnsemblePrediction, "individual_predictions", {}),
    (EnsemblePrediction, "individual_predictions", {"a": None}),
    (EnsemblePrediction, "model_weights_used", {"a": -1}),
    (EnsemblePrediction, "input_context", []),
    (EnsemblePrediction, "confidence", 1.2),
    (EnsemblePrediction, "service_name", ""),
    (EnsemblePerformance, "sample_size", -1),
    (EnsemblePerformance, "metadata", []),
    (ModelWeight, "weight", 1.01),
    (ModelWeight, "weight", float("nan")),
    (ModelWeight, "context_filters", []),
]


@pytest.mark.parametrize(("row", "column", "words"), WORDS)
def test_a_vocabulary_names_its_words(tx, row, column, words):
    for word in words.split():
        assert getattr(make(tx, row, **{column: word}), column) == word
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **{column: "other"})
    assert caught.value.field == column
    assert sorted(caught.value.facts["allowed"]) == sorted(words.split())


@pytest.mark.parametrize(("row", "column", "value"), WRONG)
def test_a_wrong_value_is_refused_by_name(tx, row, column, value):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **{column: value})
    assert caught.value.field == column


@pytest.mark.parametrize("members", [[], ["a", None]])
def test_an_ensemble_has_members(tx, members):
    with pytest.raises(Invalid, match="has_members"), tx.savepoint():
        make(tx, EnsembleConfiguration, model_ids=members)


def test_weights_may_be_left_out_or_given(tx):
    assert make(tx, EnsembleConfiguration).weights == {}
    given = {"a": 0, "b": 2.5}
    assert make(tx, EnsembleConfiguration, weights=given).weights == given


class TestNames:
    def test_an_owner_has_each_name_once(self, tx):
        owner, other = make(tx, User).id, make(tx, User).id
        make(tx, EnsembleConfiguration, user_id=owner, name="mean")
        make(tx, EnsembleConfiguration, user_id=other, name="mean")
        with pytest.raises(Duplicate) as caught, tx.savepoint():
            make(tx, EnsembleConfiguration, user_id=owner, name="mean")
        assert caught.value.field == "name"

    def test_those_of_the_tenant_count_as_one_owners(self, tx):
        make(tx, EnsembleConfiguration, name="mean")
        with pytest.raises(Duplicate), tx.savepoint():
            make(tx, EnsembleConfiguration, name="mean")


def test_a_user_sees_the_own_ensembles_and_the_tenants(database, tenant):
    with database.tx(tenant) as tx:
        me, other = make(tx, User).id, make(tx, User).id
        for owner, name in ((me, "mine"), (other, "foreign"), (None, "shared")):
            make(tx, EnsembleConfiguration, user_id=owner, name=name)
    with database.tx(tenant, actor=Actor("user", "me", user_id=me)) as tx:
        seen = tx.execute("SELECT name FROM ensembles.ensemble_configurations").scalars()
        assert set(seen) == {"mine", "shared"}


def test_the_error_follows_the_truth(tx):
    made = make(tx, EnsemblePrediction, ensemble_prediction=0.25)
    assert made.error is None
    tx.execute(
        "UPDATE ensembles.ensemble_predictions SET actual_value = 1 WHERE id = :id", {"id": made.id}
    )
    assert tx.scalar("SELECT error FROM ensembles.ensemble_predictions") == pytest.approx(0.75)


def test_a_period_does_not_end_before_it_begins(tx):
    now = tx.now()
    make(tx, EnsemblePerformance, period_start=now, period_end=now)
    with pytest.raises(Invalid, match="period"), tx.savepoint():
        make(tx, EnsemblePerformance, period_start=now, period_end=now - timedelta(seconds=1))


class TestWeights:
    def test_the_newest_of_a_member_is_found(self, tx):
        ensemble = make(tx, EnsembleConfiguration).id
        for days, weight in ((0, 0.2), (2, 0.7), (1, 0.5)):
            when = tx.now() + timedelta(days=days)
            make(
                tx,
                ModelWeight,
                ensemble_config_id=ensemble,
                model_id="a",
                weight=weight,
                last_updated=when,
            )
        newest = (
            "SELECT DISTINCT ON (model_id) weight FROM ensembles.model_weights"
            " WHERE ensemble_config_id = :id ORDER BY model_id, last_updated DESC"
        )
        assert tx.scalar(newest, {"id": ensemble}) == pytest.approx(0.7)

    def test_the_history_outlives_the_model(self, tx):
        model = make(tx, Model)
        made = make(tx, ModelWeight, model_id=model.model_id, ml_model_id=model.id)
        tx.execute("DELETE FROM registry.ml_models WHERE id = :id", {"id": model.id})
        query = "SELECT model_id, ml_model_id FROM ensembles.model_weights WHERE id = :id"
        assert tx.execute(query, {"id": made.id}).one() == (model.model_id, None)


def test_what_belongs_to_an_ensemble_goes_with_it(tx):
    ensemble = make(tx, EnsembleConfiguration).id
    for row in (EnsemblePrediction, EnsemblePerformance, ModelWeight):
        make(tx, row, ensemble_config_id=ensemble)
    tx.execute("DELETE FROM ensembles.ensemble_configurations")
    for name in ("ensemble_predictions", "ensemble_performance", "model_weights"):
        assert tx.scalar(f"SELECT count(*) FROM ensembles.{name}") == 0
