"""What the tables of fine-tuning refuse, beside what holds for every table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from everlearn.core.errors import Invalid
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.modules.finetuning.tables import (
    FineTuningJob,
    FineTuningMetric,
    IncrementalUpdate,
)
from everlearn.modules.registry.tables import Model, ModelVersion
from everlearn.modules.tenancy.tables import User
from everlearn.modules.training.tables import TrainingJobRow

WORDS = [
    (FineTuningJob, "status", "queued running completed failed cancelled"),
    (IncrementalUpdate, "update_type", "incremental full hot_swap"),
    (FineTuningMetric, "metric_name", "loss accuracy val_loss val_accuracy learning_rate"),
]
WRONG = [
    (FineTuningJob, "training_data_count", -1),
    (FineTuningJob, "training_data_hash", "abc"),
    (FineTuningJob, "hyperparameters", []),
    (FineTuningJob, "performance_metrics", []),
    (FineTuningJob, "base_model_id", ""),
    (IncrementalUpdate, "new_data_count", -1),
    (IncrementalUpdate, "update_size_mb", -1.0),
    (IncrementalUpdate, "performance_delta", []),
    (IncrementalUpdate, "validation_metrics", []),
    (FineTuningMetric, "epoch", -1),
    (FineTuningMetric, "step", -1),
]
RULES = [
    (FineTuningJob, {"progress_percentage": 100.5}, "progress"),
    (FineTuningJob, {"progress_percentage": -0.5}, "progress"),
    (FineTuningJob, {"progress_percentage": float("nan")}, "progress"),
    (FineTuningJob, {"total_epochs": 0}, "epochs"),
    (FineTuningJob, {"total_epochs": 3, "current_epoch": 4}, "epochs_done"),
    (IncrementalUpdate, {"is_applied": True}, "applied_since"),
    (
        IncrementalUpdate,
        {"previous_model_version": "v1.1.0", "new_model_version": "v1.1.0"},
        "moves_on",
    ),
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


@pytest.mark.parametrize(("row", "values", "rule"), RULES)
def test_a_row_that_contradicts_itself_is_refused(tx, row, values, rule):
    with pytest.raises(Invalid, match=f"_{rule}$"), tx.savepoint():
        make(tx, row, **values)


class TestTimes:
    def test_a_job_goes_from_queued_to_started_to_completed(self, tx):
        at = [tx.now() + timedelta(minutes=minutes) for minutes in range(3)]
        made = make(tx, FineTuningJob, queued_at=at[0], started_at=at[1], completed_at=at[2])
        assert made.completed_at == at[2]

    def test_a_job_may_be_cancelled_before_it_starts(self, tx):
        made = make(tx, FineTuningJob, status="cancelled", completed_at=tx.now())
        assert made.started_at is None

    @pytest.mark.parametrize(
        ("names", "rule"),
        [
            (("started_at", "queued_at"), "started_after_queued"),
            (("completed_at", "started_at"), "span"),
        ],
    )
    def test_it_does_not_go_back(self, tx, names, rule):
        early, late = names
        times = {"queued_at": tx.now(), late: tx.now(), early: tx.now() - timedelta(seconds=1)}
        with pytest.raises(Invalid, match=f"_{rule}$"), tx.savepoint():
            make(tx, FineTuningJob, **times)


def test_a_user_sees_the_own_jobs_and_the_tenants(database, tenant):
    with database.tx(tenant) as tx:
        me, other = make(tx, User).id, make(tx, User).id
        for owner, name in ((me, "mine"), (other, "foreign"), (None, "shared")):
            make(tx, FineTuningJob, user_id=owner, job_name=name)
    with database.tx(tenant, actor=Actor("user", "me", user_id=me)) as tx:
        seen = tx.execute("SELECT job_name FROM finetuning.fine_tuning_jobs").scalars()
        assert set(seen) == {"mine", "shared"}


class TestReferences:
    def test_a_job_outlives_its_base_model_and_its_training_job(self, tx):
        model = make(tx, Model)
        training = make(tx, TrainingJobRow)
        job = make(
            tx,
            FineTuningJob,
            base_model_id=model.model_id,
            ml_model_id=model.id,
            training_job_id=training.id,
        )
        for table, key in (("training.ml_training_jobs", training.id), ("ml_models", model.id)):
            tx.execute(f"DELETE FROM {table} WHERE id = :id", {"id": key})
        left = tx.execute(
            "SELECT base_model_id, ml_model_id, training_job_id"
            " FROM finetuning.fine_tuning_jobs WHERE id = :id",
            {"id": job.id},
        ).one()
        assert left == (model.model_id, None, None)

    def test_an_update_goes_with_the_version_it_made(self, tx):
        version = make(tx, ModelVersion)
        make(tx, IncrementalUpdate, model_version_id=version.id)
        make(tx, IncrementalUpdate)
        tx.execute("DELETE FROM registry.model_versions WHERE id = :id", {"id": version.id})
        assert tx.scalar("SELECT count(*) FROM finetuning.incremental_updates") == 1

    def test_what_belongs_to_a_job_goes_with_it(self, tx):
        job = make(tx, FineTuningJob).id
        for row in (IncrementalUpdate, FineTuningMetric):
            make(tx, row, job_id=job)
        tx.execute("DELETE FROM finetuning.fine_tuning_jobs")
        for name in ("incremental_updates", "fine_tuning_metrics"):
            assert tx.scalar(f"SELECT count(*) FROM finetuning.{name}") == 0


def test_an_applied_update_says_since_when(tx):
    made = make(tx, IncrementalUpdate, is_applied=True, applied_at=tx.now())
    assert made.rollback_available
