"""Evolution first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA evolution")
    op.execute(
        "GRANT USAGE ON SCHEMA evolution TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "evolution_experiments",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column(
            "engine",
            sa.Text(),
            server_default=sa.text("'openevolve'"),
            nullable=False,
            comment="What is varied.",
        ),
        sa.Column("description", sa.Text(), nullable=True, comment="What it is for."),
        sa.Column(
            "problem_definition",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="The problem, with its constraints.",
        ),
        sa.Column(
            "objective_function",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="What makes an answer good; fitness elsewhere.",
        ),
        sa.Column(
            "evolution_strategy",
            sa.Text(),
            nullable=True,
            comment="How configurations are varied; NULL for programs.",
        ),
        sa.Column(
            "population_size",
            sa.BigInteger(),
            server_default=sa.text("50"),
            nullable=False,
            comment="Members of a generation.",
        ),
        sa.Column(
            "max_generations",
            sa.BigInteger(),
            server_default=sa.text("100"),
            nullable=False,
            comment="Generations after which it ends.",
        ),
        sa.Column(
            "current_generation",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Generations made so far.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'initialized'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "best_score",
            sa.Double(),
            nullable=True,
            comment="Best fitness so far, in the objective's unit.",
        ),
        sa.Column(
            "convergence_threshold",
            sa.Double(),
            nullable=True,
            comment="Gain of a generation, in the objective's unit, below which it has converged.",
        ),
        sa.Column(
            "mutation_rate",
            sa.Double(),
            server_default=sa.text("0.1"),
            nullable=False,
            comment="Chance of a mutation, 0 to 1.",
        ),
        sa.Column(
            "crossover_rate",
            sa.Double(),
            server_default=sa.text("0.8"),
            nullable=False,
            comment="Chance of a crossover, 0 to 1.",
        ),
        sa.Column(
            "selection_strategy",
            sa.Text(),
            server_default=sa.text("'tournament'"),
            nullable=False,
            comment="How parents are chosen.",
        ),
        sa.Column(
            "llm_config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Language model that writes programs, if one does.",
        ),
        sa.Column(
            "evaluation_config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="How a member is evaluated.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.Column("created_by", sa.Text(), nullable=True, comment="Who made it."),
        sa.CheckConstraint(
            "created_by <> '' AND length(created_by) <= 255",
            name=op.f("ck_evolution_experiments_created_by_valid"),
        ),
        sa.CheckConstraint(
            "engine IN ('autonomous', 'openevolve')",
            name=op.f("ck_evolution_experiments_engine_valid"),
        ),
        sa.CheckConstraint(
            "evolution_strategy IN ('genetic', 'differential', 'particle_swarm', 'neural_evolution')",
            name=op.f("ck_evolution_experiments_evolution_strategy_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(evaluation_config) = 'object'",
            name=op.f("ck_evolution_experiments_evaluation_config_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(llm_config) = 'object'",
            name=op.f("ck_evolution_experiments_llm_config_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(objective_function) = 'object'",
            name=op.f("ck_evolution_experiments_objective_function_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(problem_definition) = 'object'",
            name=op.f("ck_evolution_experiments_problem_definition_valid"),
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_evolution_experiments_name_valid")
        ),
        sa.CheckConstraint(
            "selection_strategy IN ('tournament', 'roulette', 'rank', 'elitism', 'elitist')",
            name=op.f("ck_evolution_experiments_selection_strategy_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('initialized', 'running', 'paused', 'completed', 'failed', 'cancelled')",
            name=op.f("ck_evolution_experiments_status_valid"),
        ),
        sa.CheckConstraint(
            "crossover_rate BETWEEN 0 AND 1",
            name=op.f("ck_evolution_experiments_crossover_rate_valid"),
        ),
        sa.CheckConstraint(
            "current_generation <= max_generations",
            name=op.f("ck_evolution_experiments_generation_in_range"),
        ),
        sa.CheckConstraint(
            "current_generation >= 0",
            name=op.f("ck_evolution_experiments_current_generation_valid"),
        ),
        sa.CheckConstraint(
            "max_generations > 0", name=op.f("ck_evolution_experiments_max_generations_valid")
        ),
        sa.CheckConstraint(
            "mutation_rate BETWEEN 0 AND 1",
            name=op.f("ck_evolution_experiments_mutation_rate_valid"),
        ),
        sa.CheckConstraint(
            "population_size > 0", name=op.f("ck_evolution_experiments_population_size_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_evolution_experiments_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evolution_experiments")),
        schema="evolution",
        comment="A search for good configurations or programs: problem, objective, population, operators.",
    )
    op.create_index(
        "ix_evolution_experiments_created_at",
        "evolution_experiments",
        ["tenant_id", "created_at"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_experiments_running",
        "evolution_experiments",
        ["tenant_id", "id"],
        unique=False,
        schema="evolution",
        postgresql_where=sa.text("status = 'running'"),
    )
    op.create_index(
        "ix_evolution_experiments_status",
        "evolution_experiments",
        ["tenant_id", "status"],
        unique=False,
        schema="evolution",
    )
    op.create_table(
        "evolution_generations",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "experiment_id",
            sa.UUID(),
            nullable=False,
            comment="Its experiment: when not given the parent generation's, or one made for it.",
        ),
        sa.Column(
            "generation_number",
            sa.BigInteger(),
            nullable=False,
            comment="Its number within the experiment.",
        ),
        sa.Column(
            "user_id",
            sa.UUID(),
            nullable=True,
            comment="Whose it is; NULL: everybody's in the tenant.",
        ),
        sa.Column(
            "parent_generation_id", sa.UUID(), nullable=True, comment="Generation it came from."
        ),
        sa.Column(
            "population_size",
            sa.BigInteger(),
            nullable=True,
            comment="Members, when other than usual.",
        ),
        sa.Column(
            "evolution_strategy",
            sa.Text(),
            nullable=True,
            comment="How members are varied, when other than usual.",
        ),
        sa.Column(
            "fitness_function",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What makes one good, when other than usual.",
        ),
        sa.Column(
            "mutation_rate",
            sa.Double(),
            nullable=True,
            comment="Chance of a mutation, when other than usual.",
        ),
        sa.Column(
            "crossover_rate",
            sa.Double(),
            nullable=True,
            comment="Chance of a crossover, when other than usual.",
        ),
        sa.Column(
            "population_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Its members in short.",
        ),
        sa.Column(
            "generation_stats",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Fitness: min, max, avg, std and the like.",
        ),
        sa.Column(
            "best_fitness",
            sa.Double(),
            nullable=True,
            comment="Best fitness, in the objective's unit.",
        ),
        sa.Column(
            "average_fitness",
            sa.Double(),
            nullable=True,
            comment="Mean fitness, in the objective's unit.",
        ),
        sa.Column(
            "best_individual_id",
            sa.UUID(),
            nullable=True,
            comment="Individual or candidate with that fitness.",
        ),
        sa.Column(
            "diversity_score", sa.Double(), nullable=True, comment="How different its members are."
        ),
        sa.Column(
            "diversity_metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="The same in several measures.",
        ),
        sa.Column(
            "selection_pressure",
            sa.Double(),
            nullable=True,
            comment="Best fitness by mean fitness.",
        ),
        sa.Column(
            "convergence_metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="How much it gained on its parent.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'running'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else its owner notes.",
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it began; generation_start is the same.",
        ),
        sa.Column(
            "completed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it ended; generation_end is the same.",
        ),
        sa.Column(
            "generation_start",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="The same as started_at.",
        ),
        sa.Column(
            "generation_end",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="The same as completed_at.",
        ),
        sa.CheckConstraint(
            "evolution_strategy IN ('genetic', 'differential', 'particle_swarm', 'neural_evolution')",
            name=op.f("ck_evolution_generations_evolution_strategy_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(convergence_metrics) = 'object'",
            name=op.f("ck_evolution_generations_convergence_metrics_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(diversity_metrics) = 'object'",
            name=op.f("ck_evolution_generations_diversity_metrics_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(fitness_function) = 'object'",
            name=op.f("ck_evolution_generations_fitness_function_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(generation_stats) = 'object'",
            name=op.f("ck_evolution_generations_generation_stats_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'",
            name=op.f("ck_evolution_generations_metadata_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(population_data) = 'array'",
            name=op.f("ck_evolution_generations_population_data_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('running', 'completed', 'converged', 'stopped')",
            name=op.f("ck_evolution_generations_status_valid"),
        ),
        sa.CheckConstraint(
            "crossover_rate BETWEEN 0 AND 1",
            name=op.f("ck_evolution_generations_crossover_rate_valid"),
        ),
        sa.CheckConstraint(
            "generation_number >= 0", name=op.f("ck_evolution_generations_generation_number_valid")
        ),
        sa.CheckConstraint(
            "mutation_rate BETWEEN 0 AND 1",
            name=op.f("ck_evolution_generations_mutation_rate_valid"),
        ),
        sa.CheckConstraint(
            "population_size > 0", name=op.f("ck_evolution_generations_population_size_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "experiment_id"],
            ["evolution.evolution_experiments.tenant_id", "evolution.evolution_experiments.id"],
            name="fk_evolution_generations_experiment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_generation_id"],
            ["evolution.evolution_generations.tenant_id", "evolution.evolution_generations.id"],
            name="fk_evolution_generations_parent_generation_id",
            ondelete="SET NULL (parent_generation_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_evolution_generations_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_evolution_generations_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evolution_generations")),
        sa.UniqueConstraint(
            "tenant_id",
            "experiment_id",
            "generation_number",
            name="uq_evolution_generations_number",
        ),
        schema="evolution",
        comment="One generation of an experiment; what it leaves open holds as the experiment says.",
    )
    op.create_index(
        "ix_evolution_generations_generation_number",
        "evolution_generations",
        ["tenant_id", "generation_number"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_generations_parent_generation_id",
        "evolution_generations",
        ["tenant_id", "parent_generation_id"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_generations_started_at",
        "evolution_generations",
        ["tenant_id", "started_at"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_generations_status",
        "evolution_generations",
        ["tenant_id", "status"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_generations_user_id",
        "evolution_generations",
        ["tenant_id", "user_id"],
        unique=False,
        schema="evolution",
    )
    op.create_table(
        "evolution_candidates",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("generation_id", sa.UUID(), nullable=True, comment="Its generation."),
        sa.Column(
            "candidate_config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="The configuration.",
        ),
        sa.Column(
            "candidate_hash",
            sa.Text(),
            nullable=False,
            comment="Hash of the configuration; once in a generation.",
        ),
        sa.Column(
            "parent_ids",
            postgresql.ARRAY(sa.UUID()),
            nullable=True,
            comment="Candidates it came from.",
        ),
        sa.Column("mutation_type", sa.Text(), nullable=True, comment="How it came from them."),
        sa.Column(
            "fitness_score", sa.Double(), nullable=True, comment="Fitness, in the objective's unit."
        ),
        sa.Column(
            "fitness_components",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What the fitness is made of.",
        ),
        sa.Column(
            "evaluated",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it was measured.",
        ),
        sa.Column(
            "evaluation_time_seconds",
            sa.Double(),
            nullable=True,
            comment="How long that took, in seconds.",
        ),
        sa.Column(
            "selected_for_next_generation",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it goes on.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "candidate_hash <> '' AND length(candidate_hash) <= 255",
            name=op.f("ck_evolution_candidates_candidate_hash_valid"),
        ),
        sa.CheckConstraint(
            "evaluation_time_seconds >= 0 AND evaluation_time_seconds < 'infinity'",
            name=op.f("ck_evolution_candidates_evaluation_time_seconds_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(candidate_config) = 'object'",
            name=op.f("ck_evolution_candidates_candidate_config_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(fitness_components) = 'object'",
            name=op.f("ck_evolution_candidates_fitness_components_valid"),
        ),
        sa.CheckConstraint(
            "mutation_type IN ('point', 'gaussian', 'uniform', 'crossover', 'none')",
            name=op.f("ck_evolution_candidates_mutation_type_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "generation_id"],
            ["evolution.evolution_generations.tenant_id", "evolution.evolution_generations.id"],
            name="fk_evolution_candidates_generation_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_evolution_candidates_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evolution_candidates")),
        sa.UniqueConstraint(
            "tenant_id", "generation_id", "candidate_hash", name="uq_evolution_candidates_hash"
        ),
        schema="evolution",
        comment="A configuration of a generation with its fitness.",
    )
    op.create_index(
        "ix_evolution_candidates_candidate_hash",
        "evolution_candidates",
        ["tenant_id", "candidate_hash"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_candidates_evaluated",
        "evolution_candidates",
        ["tenant_id", "evaluated"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_candidates_fitness_score",
        "evolution_candidates",
        ["tenant_id", "fitness_score"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_candidates_selected_for_next_generation",
        "evolution_candidates",
        ["tenant_id", "selected_for_next_generation"],
        unique=False,
        schema="evolution",
    )
    op.create_table(
        "evolution_individuals",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("generation_id", sa.UUID(), nullable=False, comment="Its generation."),
        sa.Column(
            "experiment_id", sa.UUID(), nullable=False, comment="The generation's experiment."
        ),
        sa.Column(
            "individual_index",
            sa.BigInteger(),
            nullable=False,
            comment="Its number within the generation.",
        ),
        sa.Column(
            "genotype",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="Its genes.",
        ),
        sa.Column("phenotype", sa.Text(), nullable=True, comment="The program they make."),
        sa.Column(
            "fitness_score", sa.Double(), nullable=True, comment="Fitness, in the objective's unit."
        ),
        sa.Column(
            "evaluation_metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What was measured.",
        ),
        sa.Column(
            "parent_ids",
            postgresql.ARRAY(sa.UUID()),
            nullable=True,
            comment="Individuals it came from.",
        ),
        sa.Column(
            "mutation_applied",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="How its genes were changed.",
        ),
        sa.Column(
            "crossover_applied",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="How its parents' genes were mixed.",
        ),
        sa.Column(
            "evaluation_time_ms",
            sa.Double(),
            nullable=True,
            comment="How long its evaluation took, in ms.",
        ),
        sa.Column(
            "evaluation_status",
            sa.Text(),
            server_default=sa.text("'pending'"),
            nullable=False,
            comment="How far its evaluation is.",
        ),
        sa.Column("error_log", sa.Text(), nullable=True, comment="What went wrong in it."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "evaluation_status IN ('pending', 'evaluating', 'completed', 'failed', 'timeout')",
            name=op.f("ck_evolution_individuals_evaluation_status_valid"),
        ),
        sa.CheckConstraint(
            "evaluation_time_ms >= 0 AND evaluation_time_ms < 'infinity'",
            name=op.f("ck_evolution_individuals_evaluation_time_ms_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(crossover_applied) = 'object'",
            name=op.f("ck_evolution_individuals_crossover_applied_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(evaluation_metrics) = 'object'",
            name=op.f("ck_evolution_individuals_evaluation_metrics_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(genotype) IN ('object', 'array')",
            name=op.f("ck_evolution_individuals_genotype_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(mutation_applied) = 'object'",
            name=op.f("ck_evolution_individuals_mutation_applied_valid"),
        ),
        sa.CheckConstraint(
            "individual_index >= 0", name=op.f("ck_evolution_individuals_individual_index_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "experiment_id"],
            ["evolution.evolution_experiments.tenant_id", "evolution.evolution_experiments.id"],
            name="fk_evolution_individuals_experiment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "generation_id"],
            ["evolution.evolution_generations.tenant_id", "evolution.evolution_generations.id"],
            name="fk_evolution_individuals_generation_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_evolution_individuals_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evolution_individuals")),
        sa.UniqueConstraint(
            "tenant_id", "generation_id", "individual_index", name="uq_evolution_individuals_index"
        ),
        schema="evolution",
        comment="A program of a generation: its genes, its code and its fitness.",
    )
    op.create_index(
        "ix_evolution_individuals_experiment_id",
        "evolution_individuals",
        ["tenant_id", "experiment_id"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_individuals_fitness_score",
        "evolution_individuals",
        ["tenant_id", "fitness_score"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_individuals_status",
        "evolution_individuals",
        ["tenant_id", "evaluation_status"],
        unique=False,
        schema="evolution",
    )
    op.create_table(
        "evolution_metrics",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("generation_id", sa.UUID(), nullable=True, comment="The generation."),
        sa.Column(
            "metric_name",
            sa.Text(),
            nullable=False,
            comment="Any name: best_fitness, avg_fitness, diversity, convergence_rate ...",
        ),
        sa.Column(
            "metric_value", sa.Double(), nullable=False, comment="The number, in metric_unit."
        ),
        sa.Column("metric_unit", sa.Text(), nullable=True, comment="Its unit."),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="How it was measured.",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was measured.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_evolution_metrics_metadata_valid")
        ),
        sa.CheckConstraint(
            "metric_name <> '' AND length(metric_name) <= 255",
            name=op.f("ck_evolution_metrics_metric_name_valid"),
        ),
        sa.CheckConstraint(
            "metric_unit IN ('score', 'percentage', 'count')",
            name=op.f("ck_evolution_metrics_metric_unit_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "generation_id"],
            ["evolution.evolution_generations.tenant_id", "evolution.evolution_generations.id"],
            name="fk_evolution_metrics_generation_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_evolution_metrics_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evolution_metrics")),
        schema="evolution",
        comment="One measured number of a generation.",
    )
    op.create_index(
        "ix_evolution_metrics_generation_id",
        "evolution_metrics",
        ["tenant_id", "generation_id"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_metrics_metric_name",
        "evolution_metrics",
        ["tenant_id", "metric_name"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_metrics_recorded_at",
        "evolution_metrics",
        ["tenant_id", "recorded_at"],
        unique=False,
        schema="evolution",
    )
    op.create_table(
        "evolution_selections",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("generation_id", sa.UUID(), nullable=True, comment="Its generation."),
        sa.Column(
            "candidate_id", sa.UUID(), nullable=True, comment="The member, when it is a candidate."
        ),
        sa.Column(
            "individual_id",
            sa.UUID(),
            nullable=True,
            comment="The member, when it is an individual.",
        ),
        sa.Column("selection_method", sa.Text(), nullable=False, comment="How it was chosen."),
        sa.Column(
            "selection_rank",
            sa.BigInteger(),
            nullable=True,
            comment="Its rank by fitness; 1 is best.",
        ),
        sa.Column("fitness_at_selection", sa.Double(), nullable=True, comment="Its fitness then."),
        sa.Column(
            "will_reproduce",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it is a parent.",
        ),
        sa.Column(
            "will_mutate",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it is changed.",
        ),
        sa.Column(
            "selected_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was chosen.",
        ),
        sa.CheckConstraint(
            "selection_method IN ('tournament', 'roulette', 'rank', 'elitism')",
            name=op.f("ck_evolution_selections_selection_method_valid"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(candidate_id, individual_id) = 1",
            name=op.f("ck_evolution_selections_one_member"),
        ),
        sa.CheckConstraint(
            "selection_rank >= 0", name=op.f("ck_evolution_selections_selection_rank_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "candidate_id"],
            ["evolution.evolution_candidates.tenant_id", "evolution.evolution_candidates.id"],
            name="fk_evolution_selections_candidate_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "generation_id"],
            ["evolution.evolution_generations.tenant_id", "evolution.evolution_generations.id"],
            name="fk_evolution_selections_generation_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "individual_id"],
            ["evolution.evolution_individuals.tenant_id", "evolution.evolution_individuals.id"],
            name="fk_evolution_selections_individual_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_evolution_selections_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evolution_selections")),
        schema="evolution",
        comment="Why one member of a generation goes on, and with what rank.",
    )
    op.create_index(
        "ix_evolution_selections_candidate_id",
        "evolution_selections",
        ["tenant_id", "candidate_id"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_selections_generation_id",
        "evolution_selections",
        ["tenant_id", "generation_id"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_selections_individual_id",
        "evolution_selections",
        ["tenant_id", "individual_id"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_selections_method",
        "evolution_selections",
        ["tenant_id", "selection_method"],
        unique=False,
        schema="evolution",
    )
    op.create_index(
        "ix_evolution_selections_selection_rank",
        "evolution_selections",
        ["tenant_id", "selection_rank"],
        unique=False,
        schema="evolution",
    )
    op.table_policy(
        "evolution.evolution_experiments",
        add=["app:delete,insert,select,update", "rls:tenant", "touch"],
    )
    op.table_policy(
        "evolution.evolution_generations",
        add=["app:delete,insert,select,update", "rls:tenant|see=owner:user_id,unowned:user_id"],
    )
    op.table_policy(
        "evolution.evolution_candidates",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "evolution.evolution_individuals",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "evolution.evolution_selections",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "evolution.evolution_metrics", add=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION evolution.fill_evolution_generations() RETURNS trigger\n    LANGUAGE plpgsql AS $$\n    BEGIN\n      IF TG_OP = 'INSERT' THEN\n        IF NEW.experiment_id IS NULL AND NEW.parent_generation_id IS NOT NULL THEN\n          SELECT g.experiment_id INTO NEW.experiment_id FROM evolution.evolution_generations AS g\n          WHERE g.tenant_id = NEW.tenant_id AND g.id = NEW.parent_generation_id;\n        END IF;\n        IF NEW.experiment_id IS NULL THEN\n          INSERT INTO evolution.evolution_experiments (tenant_id, name, engine, problem_definition,\n            objective_function, evolution_strategy, population_size, mutation_rate, crossover_rate,\n            status)\n          VALUES (NEW.tenant_id, 'lineage ' || NEW.id, 'autonomous', '{}',\n            coalesce(NEW.fitness_function, '{}'), NEW.evolution_strategy,\n            coalesce(NEW.population_size, 50), coalesce(NEW.mutation_rate, 0.1),\n            coalesce(NEW.crossover_rate, 0.7), 'running')\n          RETURNING id INTO NEW.experiment_id;\n        END IF;\n        -- A default is the moment of the transaction: the other of the two was given.\n        IF NEW.started_at = now() THEN\n          NEW.started_at := NEW.generation_start;\n        END IF;\n        NEW.completed_at := coalesce(NEW.completed_at, NEW.generation_end);\n      ELSE\n        IF NEW.started_at = OLD.started_at THEN\n          NEW.started_at := NEW.generation_start;\n        END IF;\n        IF NEW.completed_at IS NOT DISTINCT FROM OLD.completed_at THEN\n          NEW.completed_at := NEW.generation_end;\n        END IF;\n      END IF;\n      NEW.generation_start := NEW.started_at;\n      NEW.generation_end := NEW.completed_at;\n      RETURN NEW;\n    END $$"
    )
    op.view(
        "evolution.v_evolution_members",
        "SELECT c.tenant_id, c.generation_id, g.experiment_id, g.generation_number,\n       'candidate' AS kind, c.id, c.fitness_score AS fitness,\n       c.candidate_config AS definition, c.parent_ids, c.evaluated,\n       c.evaluation_time_seconds * 1000 AS evaluation_time_ms, c.created_at\nFROM evolution.evolution_candidates AS c\nJOIN evolution.evolution_generations AS g\n  ON g.tenant_id = c.tenant_id AND g.id = c.generation_id\nUNION ALL\nSELECT i.tenant_id, i.generation_id, g.experiment_id, g.generation_number,\n       'individual', i.id, i.fitness_score,\n       i.genotype, i.parent_ids, i.evaluation_status = 'completed',\n       i.evaluation_time_ms, i.created_at\nFROM evolution.evolution_individuals AS i\nJOIN evolution.evolution_generations AS g\n  ON g.tenant_id = i.tenant_id AND g.id = i.generation_id",
        comment="Members of generations, candidates and individuals alike.",
        was=None,
        insert=None,
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER fill BEFORE INSERT OR UPDATE ON evolution.evolution_generations\n    FOR EACH ROW EXECUTE FUNCTION evolution.fill_evolution_generations()"
    )


def downgrade() -> None:
    op.view(
        "evolution.v_evolution_members",
        None,
        comment="",
        was=(
            "SELECT c.tenant_id, c.generation_id, g.experiment_id, g.generation_number,\n       'candidate' AS kind, c.id, c.fitness_score AS fitness,\n       c.candidate_config AS definition, c.parent_ids, c.evaluated,\n       c.evaluation_time_seconds * 1000 AS evaluation_time_ms, c.created_at\nFROM evolution.evolution_candidates AS c\nJOIN evolution.evolution_generations AS g\n  ON g.tenant_id = c.tenant_id AND g.id = c.generation_id\nUNION ALL\nSELECT i.tenant_id, i.generation_id, g.experiment_id, g.generation_number,\n       'individual', i.id, i.fitness_score,\n       i.genotype, i.parent_ids, i.evaluation_status = 'completed',\n       i.evaluation_time_ms, i.created_at\nFROM evolution.evolution_individuals AS i\nJOIN evolution.evolution_generations AS g\n  ON g.tenant_id = i.tenant_id AND g.id = i.generation_id",
            "Members of generations, candidates and individuals alike.",
            None,
        ),
        insert=None,
    )
    op.table_policy(
        "evolution.evolution_metrics", remove=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy(
        "evolution.evolution_selections",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "evolution.evolution_individuals",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "evolution.evolution_candidates",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "evolution.evolution_generations",
        remove=["app:delete,insert,select,update", "rls:tenant|see=owner:user_id,unowned:user_id"],
    )
    op.table_policy(
        "evolution.evolution_experiments",
        remove=["app:delete,insert,select,update", "rls:tenant", "touch"],
    )
    op.drop_index(
        "ix_evolution_selections_selection_rank",
        table_name="evolution_selections",
        schema="evolution",
    )
    op.drop_index(
        "ix_evolution_selections_method", table_name="evolution_selections", schema="evolution"
    )
    op.drop_index(
        "ix_evolution_selections_individual_id",
        table_name="evolution_selections",
        schema="evolution",
    )
    op.drop_index(
        "ix_evolution_selections_generation_id",
        table_name="evolution_selections",
        schema="evolution",
    )
    op.drop_index(
        "ix_evolution_selections_candidate_id",
        table_name="evolution_selections",
        schema="evolution",
    )
    op.drop_table("evolution_selections", schema="evolution")
    op.drop_index(
        "ix_evolution_metrics_recorded_at", table_name="evolution_metrics", schema="evolution"
    )
    op.drop_index(
        "ix_evolution_metrics_metric_name", table_name="evolution_metrics", schema="evolution"
    )
    op.drop_index(
        "ix_evolution_metrics_generation_id", table_name="evolution_metrics", schema="evolution"
    )
    op.drop_table("evolution_metrics", schema="evolution")
    op.drop_index(
        "ix_evolution_individuals_status", table_name="evolution_individuals", schema="evolution"
    )
    op.drop_index(
        "ix_evolution_individuals_fitness_score",
        table_name="evolution_individuals",
        schema="evolution",
    )
    op.drop_index(
        "ix_evolution_individuals_experiment_id",
        table_name="evolution_individuals",
        schema="evolution",
    )
    op.drop_table("evolution_individuals", schema="evolution")
    op.drop_index(
        "ix_evolution_candidates_selected_for_next_generation",
        table_name="evolution_candidates",
        schema="evolution",
    )
    op.drop_index(
        "ix_evolution_candidates_fitness_score",
        table_name="evolution_candidates",
        schema="evolution",
    )
    op.drop_index(
        "ix_evolution_candidates_evaluated", table_name="evolution_candidates", schema="evolution"
    )
    op.drop_index(
        "ix_evolution_candidates_candidate_hash",
        table_name="evolution_candidates",
        schema="evolution",
    )
    op.drop_table("evolution_candidates", schema="evolution")
    op.drop_index(
        "ix_evolution_generations_user_id", table_name="evolution_generations", schema="evolution"
    )
    op.drop_index(
        "ix_evolution_generations_status", table_name="evolution_generations", schema="evolution"
    )
    op.drop_index(
        "ix_evolution_generations_started_at",
        table_name="evolution_generations",
        schema="evolution",
    )
    op.drop_index(
        "ix_evolution_generations_parent_generation_id",
        table_name="evolution_generations",
        schema="evolution",
    )
    op.drop_index(
        "ix_evolution_generations_generation_number",
        table_name="evolution_generations",
        schema="evolution",
    )
    op.drop_table("evolution_generations", schema="evolution")
    op.drop_index(
        "ix_evolution_experiments_status", table_name="evolution_experiments", schema="evolution"
    )
    op.drop_index(
        "ix_evolution_experiments_running",
        table_name="evolution_experiments",
        schema="evolution",
        postgresql_where=sa.text("status = 'running'"),
    )
    op.drop_index(
        "ix_evolution_experiments_created_at",
        table_name="evolution_experiments",
        schema="evolution",
    )
    op.drop_table("evolution_experiments", schema="evolution")
    op.execute("DROP SCHEMA evolution CASCADE")
