"""What the tables of architecture search refuse, beside what holds for every table."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from everlearn.core.errors import Duplicate, Invalid
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.modules.nas.tables import (
    ArchitectureCandidate,
    ArchitecturePerformance,
    ArchitectureSearchRun,
    OptimalArchitecture,
)
from everlearn.modules.tenancy.tables import User

WORDS = [
    (ArchitectureSearchRun, "search_strategy", "random grid bayesian evolutionary reinforcement"),
    (ArchitectureSearchRun, "objective", "accuracy latency cost composite"),
    (ArchitectureSearchRun, "status", "running completed failed stopped"),
    (ArchitectureCandidate, "mutation_type", "crossover mutation initial"),
    (ArchitecturePerformance, "metric_name", "accuracy latency cost memory throughput"),
    (ArchitecturePerformance, "metric_unit", "percentage ms dollars mb requests_per_sec"),
]
WRONG = [
    (ArchitectureSearchRun, "search_space", []),
    (ArchitectureSearchRun, "total_trials", -1),
    (ArchitectureSearchRun, "metadata", []),
    (ArchitectureCandidate, "architecture_config", []),
    (ArchitecturePerformance, "training_time_seconds", -1.0),
    (ArchitecturePerformance, "inference_time_ms", float("inf")),
    (ArchitecturePerformance, "model_size_mb", -0.5),
    (OptimalArchitecture, "performance_summary", []),
    (OptimalArchitecture, "deployment_metrics", []),
]
RULES = [
    (ArchitectureSearchRun, {"max_trials": 0}, "budget"),
    (ArchitectureSearchRun, {"total_trials": 3, "completed_trials": 4}, "trials_done"),
    (ArchitectureSearchRun, {"max_trials": 3, "total_trials": 4}, "trials_within_budget"),
    (ArchitectureCandidate, {"generation": 0}, "generation_from_one"),
    (OptimalArchitecture, {"is_deployed": True}, "deployed_since"),
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


def test_a_run_counts_up_to_its_budget(tx):
    run = make(tx, ArchitectureSearchRun, max_trials=3, total_trials=3, completed_trials=3)
    assert run.status == "running"
    assert make(tx, ArchitectureSearchRun).max_trials == 100


def test_a_run_does_not_end_before_it_begins(tx):
    now = tx.now()
    make(tx, ArchitectureSearchRun, started_at=now, completed_at=now)
    with pytest.raises(Invalid, match=r"_span$"), tx.savepoint():
        make(
            tx, ArchitectureSearchRun, started_at=now, completed_at=now - timedelta(microseconds=1)
        )


class TestHash:
    def test_the_same_architecture_is_tried_once_a_run(self, tx):
        one, two = make(tx, ArchitectureSearchRun).id, make(tx, ArchitectureSearchRun).id
        config = {"layers": 2, "activation": "relu"}
        make(tx, ArchitectureCandidate, search_run_id=one, architecture_config=config)
        make(tx, ArchitectureCandidate, search_run_id=two, architecture_config=config)
        turned = dict(reversed(config.items()))
        with pytest.raises(Duplicate) as caught, tx.savepoint():
            make(tx, ArchitectureCandidate, search_run_id=one, architecture_config=turned)
        assert caught.value.field == "architecture_hash"
        make(tx, ArchitectureCandidate, search_run_id=one, architecture_config={"layers": 3})

    @pytest.mark.parametrize("word", ["relu", 'a"quote', "a\\slash", "\\x41", "two\nlines", "ö→𝄞"])
    def test_it_is_the_sha256_of_the_text(self, tx, word):
        made = make(tx, ArchitectureCandidate, architecture_config={"word": word})
        text = tx.scalar(
            "SELECT architecture_config::text FROM nas.architecture_candidates WHERE id = :id",
            {"id": made.id},
        )
        assert made.architecture_hash == hashlib.sha256(text.encode()).hexdigest()

    def test_of_a_large_one_too(self, tx):
        config = {"layers": list(range(20_000))}
        made = make(tx, ArchitectureCandidate, architecture_config=config)
        with pytest.raises(Duplicate), tx.savepoint():
            make(
                tx,
                ArchitectureCandidate,
                search_run_id=made.search_run_id,
                architecture_config=config,
            )


def test_a_user_sees_the_own_runs_and_the_tenants(database, tenant):
    with database.tx(tenant) as tx:
        me, other = make(tx, User).id, make(tx, User).id
        for owner, name in ((me, "mine"), (other, "foreign"), (None, "shared")):
            make(tx, ArchitectureSearchRun, user_id=owner, name=name)
    with database.tx(tenant, actor=Actor("user", "me", user_id=me)) as tx:
        seen = tx.execute("SELECT name FROM nas.architecture_search_runs").scalars()
        assert set(seen) == {"mine", "shared"}


def test_what_belongs_to_a_run_goes_with_it(tx):
    run = make(tx, ArchitectureSearchRun).id
    candidate = make(tx, ArchitectureCandidate, search_run_id=run).id
    for row in (ArchitecturePerformance, OptimalArchitecture):
        make(tx, row, search_run_id=run, candidate_id=candidate)
    tx.execute("DELETE FROM nas.architecture_search_runs")
    for name in ("architecture_candidates", "architecture_performance", "optimal_architectures"):
        assert tx.scalar(f"SELECT count(*) FROM nas.{name}") == 0


def test_a_deployed_winner_says_since_when(tx):
    made = make(tx, OptimalArchitecture, is_deployed=True, deployed_at=tx.now())
    tx.execute("UPDATE nas.optimal_architectures SET is_deployed = false")
    when = tx.scalar("SELECT deployed_at FROM nas.optimal_architectures WHERE NOT is_deployed")
    assert when == made.deployed_at
