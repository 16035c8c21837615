"""What the tables of transfer learning refuse, beside what holds for every table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from everlearn.core.errors import Duplicate, Invalid
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.modules.registry.tables import Model
from everlearn.modules.tenancy.tables import User
from everlearn.modules.transfer.tables import (
    CrossDomainPrediction,
    DomainAdaptationMetric,
    DomainMapping,
    TransferLearningRun,
)

STRATEGIES = "fine-tuning feature-extraction adversarial multi-task"
WORDS = [
    (DomainMapping, "domain_type", "code-quality narrative search general"),
    (DomainMapping, "transfer_strategy", STRATEGIES),
    (TransferLearningRun, "transfer_strategy", STRATEGIES),
    (TransferLearningRun, "status", "queued running completed failed"),
    (DomainAdaptationMetric, "metric_name", "accuracy f1 domain_shift adaptation_gain"),
    (DomainAdaptationMetric, "metric_unit", "percentage score"),
    (
        DomainAdaptationMetric,
        "evaluation_phase",
        "before_transfer after_transfer target_domain_only",
    ),
]
WRONG = [
    (DomainMapping, "similarity_score", 1.2),
    (DomainMapping, "transfer_feasibility", -0.1),
    (DomainMapping, "shared_features", {}),
    (DomainMapping, "domain_specific_features", {}),
    (TransferLearningRun, "frozen_layers", -1),
    (TransferLearningRun, "learning_rate", 0.0),
    (TransferLearningRun, "learning_rate", float("nan")),
    (TransferLearningRun, "training_data_count", -1),
    (TransferLearningRun, "validation_data_count", -1),
    (TransferLearningRun, "performance_metrics", []),
    (DomainAdaptationMetric, "sample_size", -1),
    *(
        (DomainAdaptationMetric, "confidence_interval", interval)
        for interval in (
            {},
            {"lower": 0.1},
            {"lower": 0.3, "upper": 0.2},
            {"lower": "0.1", "upper": "0.2"},
            [0.1, 0.2],
            [{"lower": 0.1, "upper": 0.2}],
            "0.1-0.2",
        )
    ),
    (CrossDomainPrediction, "adaptation_confidence", 1.2),
    (CrossDomainPrediction, "input_context", []),
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


@pytest.mark.parametrize(
    "interval", [None, {"lower": 0.5, "upper": 0.5}, {"lower": -1, "upper": 2}]
)
def test_an_interval_is_two_numbers_in_order(tx, interval):
    assert make(tx, DomainAdaptationMetric, confidence_interval=interval).confidence_interval == (
        interval
    )


def test_a_pair_of_domains_is_mapped_once(tx):
    make(tx, DomainMapping, source_domain="reviews", target_domain="tickets")
    make(tx, DomainMapping, source_domain="tickets", target_domain="reviews")
    with pytest.raises(Duplicate) as caught, tx.savepoint():
        make(tx, DomainMapping, source_domain="reviews", target_domain="tickets")
    assert caught.value.field == "target_domain"


@pytest.mark.parametrize("progress", [-1, 100.5, float("nan")])
def test_progress_is_a_percentage(tx, progress):
    with pytest.raises(Invalid, match=r"_progress$"), tx.savepoint():
        make(tx, TransferLearningRun, progress_percentage=progress)


def test_a_run_does_not_end_before_it_begins(tx):
    now = tx.now()
    make(tx, TransferLearningRun, started_at=now, completed_at=now)
    with pytest.raises(Invalid, match=r"_span$"), tx.savepoint():
        make(tx, TransferLearningRun, started_at=now, completed_at=now - timedelta(seconds=1))


def test_a_user_sees_the_own_runs_and_the_tenants(database, tenant):
    with database.tx(tenant) as tx:
        me, other = make(tx, User).id, make(tx, User).id
        for owner, name in ((me, "mine"), (other, "foreign"), (None, "shared")):
            make(tx, TransferLearningRun, user_id=owner, run_name=name)
    with database.tx(tenant, actor=Actor("user", "me", user_id=me)) as tx:
        seen = tx.execute("SELECT run_name FROM transfer.transfer_learning_runs").scalars()
        assert set(seen) == {"mine", "shared"}


class TestReferences:
    def test_a_run_outlives_its_model(self, tx):
        model = make(tx, Model)
        make(tx, TransferLearningRun, source_model_id=model.model_id, ml_model_id=model.id)
        tx.execute("DELETE FROM registry.ml_models WHERE id = :id", {"id": model.id})
        left = tx.execute("SELECT source_model_id, ml_model_id FROM transfer_learning_runs").one()
        assert left == (model.model_id, None)

    def test_metrics_go_with_their_run_and_answers_stay(self, tx):
        run = make(tx, TransferLearningRun).id
        for row in (DomainAdaptationMetric, CrossDomainPrediction):
            make(tx, row, transfer_run_id=run)
        tx.execute("DELETE FROM transfer.transfer_learning_runs")
        assert tx.scalar("SELECT count(*) FROM transfer.domain_adaptation_metrics") == 0
        left = tx.execute("SELECT transfer_run_id FROM transfer.cross_domain_predictions").one()
        assert left == (None,)


def test_the_error_is_the_transferred_models(tx):
    values = {"source_domain_prediction": 0.9, "target_domain_prediction": 0.25}
    assert make(tx, CrossDomainPrediction, **values).error is None
    made = make(tx, CrossDomainPrediction, actual_value=1.0, **values)
    assert made.error == pytest.approx(0.75)
