from __future__ import annotations

from datetime import timedelta

import pytest

from everlearn.core.errors import Duplicate, Invalid
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.modules.evolution.tables import (
    EvolutionCandidate,
    EvolutionExperiment,
    EvolutionGeneration,
    EvolutionIndividual,
    EvolutionMetric,
    EvolutionSelection,
)
from everlearn.modules.evolution.types import (
    Engine,
    EvaluationStatus,
    EvolutionStrategy,
    ExperimentStatus,
    GenerationStatus,
    MetricUnit,
    MutationType,
    SelectionMethod,
    SelectionStrategy,
)
from everlearn.modules.tenancy.tables import User

WORDS = [
    (EvolutionExperiment, "engine", Engine),
    (EvolutionExperiment, "status", ExperimentStatus),
    (EvolutionExperiment, "selection_strategy", SelectionStrategy),
    (EvolutionExperiment, "evolution_strategy", EvolutionStrategy),
    (EvolutionGeneration, "evolution_strategy", EvolutionStrategy),
    (EvolutionGeneration, "status", GenerationStatus),
    (EvolutionCandidate, "mutation_type", MutationType),
    (EvolutionIndividual, "evaluation_status", EvaluationStatus),
    (EvolutionSelection, "selection_method", SelectionMethod),
    (EvolutionMetric, "metric_unit", MetricUnit),
]
WRONG = [
    (EvolutionExperiment, {"mutation_rate": 1.2}),
    (EvolutionExperiment, {"crossover_rate": -0.1}),
    (EvolutionExperiment, {"population_size": 0}),
    (EvolutionExperiment, {"max_generations": 0}),
    (EvolutionExperiment, {"objective_function": [1]}),
    (EvolutionGeneration, {"mutation_rate": float("nan")}),
    (EvolutionGeneration, {"population_data": {"a": 1}}),
    (EvolutionCandidate, {"candidate_config": [1]}),
    (EvolutionCandidate, {"evaluation_time_seconds": -1}),
    (EvolutionIndividual, {"genotype": "text"}),
    (EvolutionIndividual, {"evaluation_time_ms": -1}),
    (EvolutionIndividual, {"individual_index": -1}),
]


@pytest.mark.parametrize(("row", "column", "words"), WORDS)
def test_a_word_nobody_knows_is_refused(tx, row, column, words):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **{column: "sideways"})
    assert caught.value.field == column
    assert caught.value.facts["allowed"] == [word.value for word in words]


@pytest.mark.parametrize(("row", "values"), WRONG)
def test_a_value_out_of_its_range_is_refused(tx, row, values):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **values)
    assert {caught.value.field} == set(values)


def test_an_experiment_stops_at_its_last_generation(tx):
    with pytest.raises(Invalid, match="generation_in_range"), tx.savepoint():
        make(tx, EvolutionExperiment, current_generation=101)


def test_genes_have_names_or_an_order(tx):
    for genotype in ({"depth": 3}, [3, 4]):
        assert make(tx, EvolutionIndividual, genotype=genotype).genotype == genotype


@pytest.mark.parametrize(
    ("row", "key", "values"),
    [
        (EvolutionGeneration, "experiment_id", {"generation_number": 1}),
        (EvolutionCandidate, "generation_id", {"candidate_hash": "abc"}),
        (EvolutionIndividual, "generation_id", {"individual_index": 0}),
    ],
)
def test_a_member_is_there_once(tx, row, key, values):
    first = make(tx, row, **({} if key == "experiment_id" else {key: _generation(tx)}), **values)
    make(tx, row, **({} if key == "experiment_id" else {key: _generation(tx)}), **values)
    with pytest.raises(Duplicate), tx.savepoint():
        make(tx, row, **{key: getattr(first, key)}, **values)


def _generation(tx):
    return make(tx, EvolutionGeneration).id


class TestSelection:
    def test_a_candidate_or_an_individual(self, tx):
        individual = make(tx, EvolutionIndividual).id
        assert make(tx, EvolutionSelection).candidate_id
        assert make(tx, EvolutionSelection, individual_id=individual).candidate_id is None

    def test_not_both(self, tx):
        both = {
            "candidate_id": make(tx, EvolutionCandidate).id,
            "individual_id": make(tx, EvolutionIndividual).id,
        }
        with pytest.raises(Invalid, match="one_member"), tx.savepoint():
            make(tx, EvolutionSelection, **both)

    def test_not_neither(self, tx):
        with pytest.raises(Invalid, match="one_member"), tx.savepoint():
            tx.execute("INSERT INTO evolution_selections (selection_method) VALUES ('rank')")


class TestGeneration:
    def insert(self, tx, **values):
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        query = f"INSERT INTO evolution_generations ({names}) VALUES ({marks}) RETURNING *"
        return tx.execute(query, values).one()

    def lineage(self, tx, number, **more):
        """Insert what a client writes that knows lineages and no experiments."""
        return self.insert(
            tx,
            generation_number=number,
            population_size=20,
            evolution_strategy="genetic",
            fitness_function='{"goal": "latency"}',
            **more,
        )

    def test_a_lineage_opens_an_experiment_of_its_own(self, tx):
        first = self.lineage(tx, 1)
        second = self.lineage(tx, 2, parent_generation_id=first.id)
        other = self.lineage(tx, 1)
        assert second.experiment_id == first.experiment_id != other.experiment_id
        made = tx.execute(
            "SELECT * FROM evolution_experiments WHERE id = :id", {"id": first.experiment_id}
        ).one()
        assert (made.engine, made.status, made.evolution_strategy) == (
            *("autonomous", "running", "genetic"),
        )
        assert (made.population_size, made.mutation_rate, made.crossover_rate) == (20, 0.1, 0.7)
        assert made.objective_function == {"goal": "latency"}

    def test_programs_cross_over_more_often(self, tx):
        made = make(tx, EvolutionExperiment)
        assert (made.engine, made.mutation_rate, made.crossover_rate) == ("openevolve", 0.1, 0.8)

    @pytest.mark.parametrize(
        ("begin", "end"),
        [("started_at", "completed_at"), ("generation_start", "generation_end")],
    )
    def test_its_times_come_under_either_name(self, tx, begin, end):
        at = tx.now() - timedelta(days=3)
        experiment = make(tx, EvolutionExperiment).id
        made = self.insert(
            tx, experiment_id=experiment, generation_number=1, **{begin: at, end: at}
        )
        assert made.started_at == made.generation_start == at
        assert made.completed_at == made.generation_end == at
        later = at + timedelta(days=1)
        query = f"UPDATE evolution_generations SET {begin} = :at, {end} = :at RETURNING *"
        now = tx.execute(query, {"at": later}).one()
        assert now.started_at == now.generation_start == later
        assert now.completed_at == now.generation_end == later

    def test_it_begins_when_it_is_made(self, tx):
        made = self.insert(tx, experiment_id=make(tx, EvolutionExperiment).id, generation_number=1)
        assert made.started_at == made.generation_start == tx.scalar("SELECT now()")
        assert made.completed_at is made.generation_end is None

    def test_users_see_their_own_and_nobodys(self, database, tenant):
        with database.tx(tenant) as tx:
            me, you = make(tx, User).id, make(tx, User).id
            for number, user in enumerate((me, you, None)):
                make(tx, EvolutionGeneration, generation_number=number, user_id=user)
        with database.tx(tenant, actor=Actor("user", "me", user_id=me)) as tx:
            query = "SELECT generation_number FROM evolution_generations"
            assert set(tx.execute(query).scalars()) == {0, 2}


def test_members_of_both_kinds_are_shown_together(tx):
    generation = make(tx, EvolutionGeneration)
    candidate = make(
        tx,
        EvolutionCandidate,
        generation_id=generation.id,
        fitness_score=0.7,
        evaluated=True,
        evaluation_time_seconds=1.5,
        candidate_config={"depth": 3},
    )
    individual = make(
        tx, EvolutionIndividual, generation_id=generation.id, fitness_score=0.4, genotype=[1]
    )
    shown = tx.execute("SELECT * FROM v_evolution_members ORDER BY fitness DESC").all()
    assert [
        (m.kind, m.id, m.fitness, m.definition, m.evaluated, m.evaluation_time_ms) for m in shown
    ] == [
        ("candidate", candidate.id, 0.7, {"depth": 3}, True, 1500.0),
        ("individual", individual.id, 0.4, [1], False, None),
    ]
    assert {(m.generation_id, m.experiment_id) for m in shown} == {
        (generation.id, generation.experiment_id)
    }


def test_an_experiment_takes_everything_of_it_along(tx):
    made = make(tx, EvolutionSelection, candidate_id=make(tx, EvolutionCandidate).id)
    generation = make(tx, EvolutionGeneration)
    candidate = make(tx, EvolutionCandidate, generation_id=generation.id)
    make(tx, EvolutionSelection, candidate_id=candidate.id)
    tx.execute("DELETE FROM evolution_experiments WHERE id = :id", {"id": generation.experiment_id})
    assert list(tx.execute("SELECT id FROM evolution_selections").scalars()) == [made.id]
