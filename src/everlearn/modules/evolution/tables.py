"""Tables of the evolution module."""

from __future__ import annotations

from typing import Annotated, Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Id,
    Ids,
    Json,
    JsonList,
    Millis,
    Moment,
    Name,
    Number,
    Ratio,
    Seconds,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row, view
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

Positive = Annotated[int, mapped_column(BigInteger, info={"check": "{c} > 0"})]
#: Genes by name, or one after the other.
Genes = Annotated[
    Any,
    mapped_column(
        JSONB(none_as_null=True), info={"check": "jsonb_typeof({c}) IN ('object', 'array')"}
    ),
]


class EvolutionExperiment(
    Row, module="evolution", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """A search for good configurations or programs: problem, objective, population, operators."""

    __tablename__ = "evolution_experiments"
    __table_args__ = (
        CheckConstraint("current_generation <= max_generations", name="generation_in_range"),
        Index(
            "ix_evolution_experiments_running",
            "tenant_id",
            "id",
            postgresql_where=text("status = 'running'"),
        ),
        Index("ix_evolution_experiments_status", "tenant_id", "status"),
    )

    name: Mapped[Name] = column("Name shown to people.")
    engine: Mapped[Words] = choice(Engine, "What is varied.", default=Engine.OPENEVOLVE)
    description: Mapped[Words | None] = column("What it is for.")
    problem_definition: Mapped[Json] = column("The problem, with its constraints.")
    objective_function: Mapped[Json] = column("What makes an answer good; fitness elsewhere.")
    evolution_strategy: Mapped[Words | None] = choice(
        EvolutionStrategy, "How configurations are varied; NULL for programs."
    )
    population_size: Mapped[Positive] = column("Members of a generation.", default="50")
    max_generations: Mapped[Positive] = column("Generations after which it ends.", default="100")
    current_generation: Mapped[Count] = column("Generations made so far.", default="0")
    status: Mapped[Words] = choice(
        ExperimentStatus, "Where it stands.", default=ExperimentStatus.INITIALIZED
    )
    best_score: Mapped[Number | None] = column("Best fitness so far, in the objective's unit.")
    convergence_threshold: Mapped[Number | None] = column(
        "Gain of a generation, in the objective's unit, below which it has converged."
    )
    mutation_rate: Mapped[Ratio] = column("Chance of a mutation, 0 to 1.", default="0.1")
    crossover_rate: Mapped[Ratio] = column("Chance of a crossover, 0 to 1.", default="0.8")
    selection_strategy: Mapped[Words] = choice(
        SelectionStrategy, "How parents are chosen.", default=SelectionStrategy.TOURNAMENT
    )
    llm_config: Mapped[Json | None] = column("Language model that writes programs, if one does.")
    evaluation_config: Mapped[Json | None] = column("How a member is evaluated.")
    created_at: Mapped[Moment] = column("When it was made.", default="now()", index=True)
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")
    created_by: Mapped[Name | None] = column("Who made it.")


class EvolutionGeneration(
    Row,
    module="evolution",
    policy=Policy(rows="tenant", see=("owner:user_id", "unowned:user_id")),
    expose=("list", "get"),
):
    """One generation of an experiment; what it leaves open holds as the experiment says."""

    __tablename__ = "evolution_generations"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "experiment_id",
            "generation_number",
            name="uq_evolution_generations_number",
        ),
        Index("ix_evolution_generations_status", "tenant_id", "status"),
    )

    experiment_id: Mapped[Id] = ref(
        "evolution.evolution_experiments",
        "Its experiment: when not given the parent generation's, or one made for it.",
        ondelete="CASCADE",
    )
    generation_number: Mapped[Count] = column("Its number within the experiment.", index=True)
    user_id: Mapped[Id | None] = ref(
        "tenancy.users", "Whose it is; NULL: everybody's in the tenant.", ondelete="CASCADE"
    )
    parent_generation_id: Mapped[Id | None] = ref(
        "evolution.evolution_generations", "Generation it came from.", ondelete="SET NULL"
    )
    population_size: Mapped[Positive | None] = column("Members, when other than usual.")
    evolution_strategy: Mapped[Words | None] = choice(
        EvolutionStrategy, "How members are varied, when other than usual."
    )
    fitness_function: Mapped[Json | None] = column("What makes one good, when other than usual.")
    mutation_rate: Mapped[Ratio | None] = column("Chance of a mutation, when other than usual.")
    crossover_rate: Mapped[Ratio | None] = column("Chance of a crossover, when other than usual.")
    population_data: Mapped[JsonList] = column("Its members in short.", default="'[]'")
    generation_stats: Mapped[Json | None] = column("Fitness: min, max, avg, std and the like.")
    best_fitness: Mapped[Number | None] = column("Best fitness, in the objective's unit.")
    average_fitness: Mapped[Number | None] = column("Mean fitness, in the objective's unit.")
    # Not a reference: individuals refer to their generation, and two tables that refer to each
    # other could neither be made nor archived one after the other.
    best_individual_id: Mapped[Id | None] = column("Individual or candidate with that fitness.")
    diversity_score: Mapped[Number | None] = column("How different its members are.")
    diversity_metrics: Mapped[Json | None] = column("The same in several measures.")
    selection_pressure: Mapped[Number | None] = column("Best fitness by mean fitness.")
    convergence_metrics: Mapped[Json | None] = column("How much it gained on its parent.")
    status: Mapped[Words] = choice(
        GenerationStatus, "Where it stands.", default=GenerationStatus.RUNNING
    )
    meta: Mapped[Json] = column("Whatever else its owner notes.", name="metadata", default="'{}'")
    started_at: Mapped[Moment] = column(
        "When it began; generation_start is the same.", default="now()", index=True
    )
    completed_at: Mapped[Moment | None] = column("When it ended; generation_end is the same.")
    generation_start: Mapped[Moment] = column("The same as started_at.", default="now()")
    generation_end: Mapped[Moment | None] = column("The same as completed_at.")


class EvolutionCandidate(
    Row, module="evolution", policy=Policy(rows="tenant", keep_days=730), expose=("list", "get")
):
    """A configuration of a generation with its fitness."""

    __tablename__ = "evolution_candidates"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "generation_id", "candidate_hash", name="uq_evolution_candidates_hash"
        ),
    )

    generation_id: Mapped[Id | None] = ref(
        "evolution.evolution_generations", "Its generation.", ondelete="CASCADE"
    )
    candidate_config: Mapped[Json] = column("The configuration.")
    candidate_hash: Mapped[Name] = column(
        "Hash of the configuration; once in a generation.", index=True
    )
    parent_ids: Mapped[Ids | None] = column("Candidates it came from.")
    mutation_type: Mapped[Words | None] = choice(MutationType, "How it came from them.")
    fitness_score: Mapped[Number | None] = column("Fitness, in the objective's unit.", index=True)
    fitness_components: Mapped[Json] = column("What the fitness is made of.", default="'{}'")
    evaluated: Mapped[bool] = column("Whether it was measured.", default="false", index=True)
    evaluation_time_seconds: Mapped[Seconds | None] = column("How long that took, in seconds.")
    selected_for_next_generation: Mapped[bool] = column(
        "Whether it goes on.", default="false", index=True
    )
    created_at: Mapped[Moment] = column("When it was made.", default="now()")


class EvolutionIndividual(
    Row, module="evolution", policy=Policy(rows="tenant", keep_days=730), expose=("list", "get")
):
    """A program of a generation: its genes, its code and its fitness."""

    __tablename__ = "evolution_individuals"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "generation_id",
            "individual_index",
            name="uq_evolution_individuals_index",
        ),
        Index("ix_evolution_individuals_status", "tenant_id", "evaluation_status"),
    )

    generation_id: Mapped[Id] = ref(
        "evolution.evolution_generations", "Its generation.", ondelete="CASCADE"
    )
    experiment_id: Mapped[Id] = ref(
        "evolution.evolution_experiments", "The generation's experiment.", ondelete="CASCADE"
    )
    individual_index: Mapped[Count] = column("Its number within the generation.")
    genotype: Mapped[Genes] = column("Its genes.")
    phenotype: Mapped[Words | None] = column("The program they make.")
    fitness_score: Mapped[Number | None] = column("Fitness, in the objective's unit.", index=True)
    evaluation_metrics: Mapped[Json | None] = column("What was measured.")
    parent_ids: Mapped[Ids | None] = column("Individuals it came from.")
    mutation_applied: Mapped[Json | None] = column("How its genes were changed.")
    crossover_applied: Mapped[Json | None] = column("How its parents' genes were mixed.")
    evaluation_time_ms: Mapped[Millis | None] = column("How long its evaluation took, in ms.")
    evaluation_status: Mapped[Words] = choice(
        EvaluationStatus, "How far its evaluation is.", default=EvaluationStatus.PENDING
    )
    error_log: Mapped[Words | None] = column("What went wrong in it.")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")


class EvolutionSelection(
    Row, module="evolution", policy=Policy(rows="tenant", keep_days=730), expose=("list", "get")
):
    """Why one member of a generation goes on, and with what rank."""

    __tablename__ = "evolution_selections"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(candidate_id, individual_id) = 1",
            name="one_member",
            info={"one_of": ("candidate_id", "individual_id")},
        ),
        Index("ix_evolution_selections_method", "tenant_id", "selection_method"),
    )

    generation_id: Mapped[Id | None] = ref(
        "evolution.evolution_generations", "Its generation.", ondelete="CASCADE"
    )
    candidate_id: Mapped[Id | None] = ref(
        "evolution.evolution_candidates",
        "The member, when it is a candidate.",
        ondelete="CASCADE",
    )
    individual_id: Mapped[Id | None] = ref(
        "evolution.evolution_individuals",
        "The member, when it is an individual.",
        ondelete="CASCADE",
    )
    selection_method: Mapped[Words] = choice(SelectionMethod, "How it was chosen.")
    selection_rank: Mapped[Count | None] = column("Its rank by fitness; 1 is best.", index=True)
    fitness_at_selection: Mapped[Number | None] = column("Its fitness then.")
    will_reproduce: Mapped[bool] = column("Whether it is a parent.", default="false")
    will_mutate: Mapped[bool] = column("Whether it is changed.", default="false")
    selected_at: Mapped[Moment] = column("When it was chosen.", default="now()")


class EvolutionMetric(
    Row,
    module="evolution",
    policy=Policy(rows="tenant", append_only=True, keep_days=730),
    expose=("list", "get"),
):
    """One measured number of a generation."""

    __tablename__ = "evolution_metrics"

    generation_id: Mapped[Id | None] = ref(
        "evolution.evolution_generations", "The generation.", ondelete="CASCADE"
    )
    metric_name: Mapped[Name] = column(
        "Any name: best_fitness, avg_fitness, diversity, convergence_rate ...", index=True
    )
    metric_value: Mapped[Number] = column("The number, in metric_unit.")
    metric_unit: Mapped[Words | None] = choice(MetricUnit, "Its unit.")
    meta: Mapped[Json] = column("How it was measured.", name="metadata", default="'{}'")
    recorded_at: Mapped[Moment] = column("When it was measured.", default="now()", index=True)


view(
    "evolution",
    "v_evolution_members",
    "Members of generations, candidates and individuals alike.",
    """
    SELECT c.tenant_id, c.generation_id, g.experiment_id, g.generation_number,
           'candidate' AS kind, c.id, c.fitness_score AS fitness,
           c.candidate_config AS definition, c.parent_ids, c.evaluated,
           c.evaluation_time_seconds * 1000 AS evaluation_time_ms, c.created_at
    FROM evolution.evolution_candidates AS c
    JOIN evolution.evolution_generations AS g
      ON g.tenant_id = c.tenant_id AND g.id = c.generation_id
    UNION ALL
    SELECT i.tenant_id, i.generation_id, g.experiment_id, g.generation_number,
           'individual', i.id, i.fitness_score,
           i.genotype, i.parent_ids, i.evaluation_status = 'completed',
           i.evaluation_time_ms, i.created_at
    FROM evolution.evolution_individuals AS i
    JOIN evolution.evolution_generations AS g
      ON g.tenant_id = i.tenant_id AND g.id = i.generation_id
    """,
)

#: A generation of a lineage that names no experiment gets one, so that its number is unique there;
#: both pairs of times are written by clients, so neither can be a generated column.
FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION evolution.fill_evolution_generations() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        IF NEW.experiment_id IS NULL AND NEW.parent_generation_id IS NOT NULL THEN
          SELECT g.experiment_id INTO NEW.experiment_id FROM evolution.evolution_generations AS g
          WHERE g.tenant_id = NEW.tenant_id AND g.id = NEW.parent_generation_id;
        END IF;
        IF NEW.experiment_id IS NULL THEN
          INSERT INTO evolution.evolution_experiments (tenant_id, name, engine, problem_definition,
            objective_function, evolution_strategy, population_size, mutation_rate, crossover_rate,
            status)
          VALUES (NEW.tenant_id, 'lineage ' || NEW.id, 'autonomous', '{}',
            coalesce(NEW.fitness_function, '{}'), NEW.evolution_strategy,
            coalesce(NEW.population_size, 50), coalesce(NEW.mutation_rate, 0.1),
            coalesce(NEW.crossover_rate, 0.7), 'running')
          RETURNING id INTO NEW.experiment_id;
        END IF;
        -- A default is the moment of the transaction: the other of the two was given.
        IF NEW.started_at = now() THEN
          NEW.started_at := NEW.generation_start;
        END IF;
        NEW.completed_at := coalesce(NEW.completed_at, NEW.generation_end);
      ELSE
        IF NEW.started_at = OLD.started_at THEN
          NEW.started_at := NEW.generation_start;
        END IF;
        IF NEW.completed_at IS NOT DISTINCT FROM OLD.completed_at THEN
          NEW.completed_at := NEW.generation_end;
        END IF;
      END IF;
      NEW.generation_start := NEW.started_at;
      NEW.generation_end := NEW.completed_at;
      RETURN NEW;
    END $$""",
)
AFTER = (
    """
    CREATE OR REPLACE TRIGGER fill BEFORE INSERT OR UPDATE ON evolution.evolution_generations
    FOR EACH ROW EXECUTE FUNCTION evolution.fill_evolution_generations()""",
)
