"""Nas first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA nas")
    op.execute("GRANT USAGE ON SCHEMA nas TO everlearn_app, everlearn_reader, everlearn_service")
    op.create_table(
        "architecture_search_runs",
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
            "user_id",
            sa.UUID(),
            nullable=True,
            comment="Owner; NULL when it belongs to the whole tenant.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="What it is called."),
        sa.Column("description", sa.Text(), nullable=True, comment="What it is looking for."),
        sa.Column(
            "search_space",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="Dimension -> its choices, such as layers, activations, learning_rate.",
        ),
        sa.Column(
            "search_strategy", sa.Text(), nullable=False, comment="How the space is walked through."
        ),
        sa.Column("objective", sa.Text(), nullable=False, comment="What counts as good."),
        sa.Column(
            "max_trials",
            sa.BigInteger(),
            server_default=sa.text("100"),
            nullable=False,
            comment="Candidates it may try.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'running'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "best_architecture_id",
            sa.UUID(),
            nullable=True,
            comment="Row of optimal_architectures that won; whoever ends the run sets it.",
        ),
        sa.Column(
            "best_score", sa.Double(), nullable=True, comment="Best value of the objective so far."
        ),
        sa.Column(
            "total_trials",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Candidates made so far.",
        ),
        sa.Column(
            "completed_trials",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Those of them that are measured.",
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else the owner notes.",
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it began.",
        ),
        sa.Column(
            "completed_at", sa.DateTime(timezone=True), nullable=True, comment="When it ended."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was made.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'",
            name=op.f("ck_architecture_search_runs_metadata_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(search_space) = 'object'",
            name=op.f("ck_architecture_search_runs_search_space_valid"),
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255",
            name=op.f("ck_architecture_search_runs_name_valid"),
        ),
        sa.CheckConstraint(
            "objective IN ('accuracy', 'latency', 'cost', 'composite')",
            name=op.f("ck_architecture_search_runs_objective_valid"),
        ),
        sa.CheckConstraint(
            "search_strategy IN ('random', 'grid', 'bayesian', 'evolutionary', 'reinforcement')",
            name=op.f("ck_architecture_search_runs_search_strategy_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('running', 'completed', 'failed', 'stopped')",
            name=op.f("ck_architecture_search_runs_status_valid"),
        ),
        sa.CheckConstraint(
            "completed_at >= started_at", name=op.f("ck_architecture_search_runs_span")
        ),
        sa.CheckConstraint(
            "completed_trials <= total_trials", name=op.f("ck_architecture_search_runs_trials_done")
        ),
        sa.CheckConstraint(
            "completed_trials >= 0", name=op.f("ck_architecture_search_runs_completed_trials_valid")
        ),
        sa.CheckConstraint("max_trials > 0", name=op.f("ck_architecture_search_runs_budget")),
        sa.CheckConstraint(
            "max_trials >= 0", name=op.f("ck_architecture_search_runs_max_trials_valid")
        ),
        sa.CheckConstraint(
            "total_trials <= max_trials",
            name=op.f("ck_architecture_search_runs_trials_within_budget"),
        ),
        sa.CheckConstraint(
            "total_trials >= 0", name=op.f("ck_architecture_search_runs_total_trials_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_architecture_search_runs_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_architecture_search_runs_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_architecture_search_runs")),
        schema="nas",
        comment="A search for an architecture: its space, strategy, objective, budget and best find.",
    )
    op.create_index(
        "ix_architecture_search_runs_started_at",
        "architecture_search_runs",
        ["tenant_id", "started_at"],
        unique=False,
        schema="nas",
    )
    op.create_index(
        "ix_architecture_search_runs_status",
        "architecture_search_runs",
        ["tenant_id", "status"],
        unique=False,
        schema="nas",
    )
    op.create_index(
        "ix_architecture_search_runs_strategy",
        "architecture_search_runs",
        ["tenant_id", "search_strategy"],
        unique=False,
        schema="nas",
    )
    op.create_index(
        "ix_architecture_search_runs_user_id",
        "architecture_search_runs",
        ["tenant_id", "user_id"],
        unique=False,
        schema="nas",
    )
    op.create_table(
        "architecture_candidates",
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
        sa.Column("search_run_id", sa.UUID(), nullable=False, comment="Run that tries it."),
        sa.Column(
            "architecture_config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="Dimension -> the choice made.",
        ),
        sa.Column(
            "architecture_hash",
            sa.Text(),
            sa.Computed(
                "encode(sha256(replace(architecture_config::text, '\\', '\\\\')::bytea), 'hex')",
                persisted=True,
            ),
            nullable=False,
            comment="SHA-256 of architecture_config, so that a run tries nothing twice.",
        ),
        sa.Column(
            "generation",
            sa.BigInteger(),
            server_default=sa.text("1"),
            nullable=False,
            comment="Generation it belongs to, from 1.",
        ),
        sa.Column(
            "parent_ids",
            postgresql.ARRAY(sa.UUID()),
            nullable=True,
            comment="Candidates of the same run it was bred from, by id; whoever writes the row checks them.",
        ),
        sa.Column("mutation_type", sa.Text(), nullable=True, comment="How it was bred."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(architecture_config) = 'object'",
            name=op.f("ck_architecture_candidates_architecture_config_valid"),
        ),
        sa.CheckConstraint(
            "mutation_type IN ('initial', 'mutation', 'crossover')",
            name=op.f("ck_architecture_candidates_mutation_type_valid"),
        ),
        sa.CheckConstraint(
            "generation >= 0", name=op.f("ck_architecture_candidates_generation_valid")
        ),
        sa.CheckConstraint(
            "generation >= 1", name=op.f("ck_architecture_candidates_generation_from_one")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "search_run_id"],
            ["nas.architecture_search_runs.tenant_id", "nas.architecture_search_runs.id"],
            name="fk_architecture_candidates_search_run_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_architecture_candidates_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_architecture_candidates")),
        sa.UniqueConstraint(
            "tenant_id",
            "search_run_id",
            "architecture_hash",
            name="uq_architecture_candidates_once",
        ),
        schema="nas",
        comment="An architecture that a run tries, once a run, and what it was bred from.",
    )
    op.create_index(
        "ix_architecture_candidates_created_at",
        "architecture_candidates",
        ["tenant_id", "created_at"],
        unique=False,
        schema="nas",
    )
    op.create_index(
        "ix_architecture_candidates_generation",
        "architecture_candidates",
        ["tenant_id", "generation"],
        unique=False,
        schema="nas",
    )
    op.create_index(
        "ix_architecture_candidates_hash",
        "architecture_candidates",
        ["tenant_id", "architecture_hash"],
        unique=False,
        schema="nas",
    )
    op.create_table(
        "architecture_performance",
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
            "candidate_id", sa.UUID(), nullable=False, comment="Candidate that was measured."
        ),
        sa.Column(
            "search_run_id",
            sa.UUID(),
            nullable=False,
            comment="The candidate's run; whoever writes the row copies it.",
        ),
        sa.Column("metric_name", sa.Text(), nullable=False, comment="What was measured."),
        sa.Column(
            "metric_value", sa.Double(), nullable=False, comment="The number, in `metric_unit`."
        ),
        sa.Column("metric_unit", sa.Text(), nullable=True, comment="Unit; NULL when it has none."),
        sa.Column(
            "training_time_seconds", sa.Double(), nullable=True, comment="Time the fit took, in s."
        ),
        sa.Column(
            "inference_time_ms", sa.Double(), nullable=True, comment="Time one answer took, in ms."
        ),
        sa.Column(
            "model_size_mb", sa.Double(), nullable=True, comment="Size of the fitted model, in MB."
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else the writer notes.",
        ),
        sa.Column(
            "evaluated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was measured.",
        ),
        sa.CheckConstraint(
            "inference_time_ms >= 0 AND inference_time_ms < 'infinity'",
            name=op.f("ck_architecture_performance_inference_time_ms_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'",
            name=op.f("ck_architecture_performance_metadata_valid"),
        ),
        sa.CheckConstraint(
            "metric_name IN ('accuracy', 'latency', 'cost', 'memory', 'throughput')",
            name=op.f("ck_architecture_performance_metric_name_valid"),
        ),
        sa.CheckConstraint(
            "metric_unit IN ('percentage', 'ms', 'dollars', 'mb', 'requests_per_sec')",
            name=op.f("ck_architecture_performance_metric_unit_valid"),
        ),
        sa.CheckConstraint(
            "model_size_mb >= 0 AND model_size_mb < 'infinity'",
            name=op.f("ck_architecture_performance_model_size_mb_valid"),
        ),
        sa.CheckConstraint(
            "training_time_seconds >= 0 AND training_time_seconds < 'infinity'",
            name=op.f("ck_architecture_performance_training_time_seconds_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "candidate_id"],
            ["nas.architecture_candidates.tenant_id", "nas.architecture_candidates.id"],
            name="fk_architecture_performance_candidate_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "search_run_id"],
            ["nas.architecture_search_runs.tenant_id", "nas.architecture_search_runs.id"],
            name="fk_architecture_performance_search_run_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_architecture_performance_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_architecture_performance")),
        schema="nas",
        comment="One measured number of a candidate, with what the measurement took.",
    )
    op.create_index(
        "ix_architecture_performance_candidate_id",
        "architecture_performance",
        ["tenant_id", "candidate_id"],
        unique=False,
        schema="nas",
    )
    op.create_index(
        "ix_architecture_performance_evaluated_at",
        "architecture_performance",
        ["tenant_id", "evaluated_at"],
        unique=False,
        schema="nas",
    )
    op.create_index(
        "ix_architecture_performance_metric_name",
        "architecture_performance",
        ["tenant_id", "metric_name"],
        unique=False,
        schema="nas",
    )
    op.create_index(
        "ix_architecture_performance_search_run_id",
        "architecture_performance",
        ["tenant_id", "search_run_id"],
        unique=False,
        schema="nas",
    )
    op.create_table(
        "optimal_architectures",
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
        sa.Column("search_run_id", sa.UUID(), nullable=False, comment="Run it won."),
        sa.Column("candidate_id", sa.UUID(), nullable=False, comment="Candidate that won."),
        sa.Column(
            "architecture_config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="The candidate's configuration when it won.",
        ),
        sa.Column(
            "performance_summary",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="Metric -> value when it won.",
        ),
        sa.Column(
            "ranking_score",
            sa.Double(),
            nullable=False,
            comment="Composite rank, more is better: latency, cost and memory count against it.",
        ),
        sa.Column(
            "is_deployed",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it is in use.",
        ),
        sa.Column(
            "deployment_version",
            sa.Text(),
            nullable=True,
            comment="Version text it was deployed as.",
        ),
        sa.Column(
            "deployment_metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Metric -> value in use.",
        ),
        sa.Column("notes", sa.Text(), nullable=True, comment="What a person should know."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it won.",
        ),
        sa.Column(
            "deployed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was last deployed.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(architecture_config) = 'object'",
            name=op.f("ck_optimal_architectures_architecture_config_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(deployment_metrics) = 'object'",
            name=op.f("ck_optimal_architectures_deployment_metrics_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(performance_summary) = 'object'",
            name=op.f("ck_optimal_architectures_performance_summary_valid"),
        ),
        sa.CheckConstraint(
            "NOT is_deployed OR deployed_at IS NOT NULL",
            name=op.f("ck_optimal_architectures_deployed_since"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "candidate_id"],
            ["nas.architecture_candidates.tenant_id", "nas.architecture_candidates.id"],
            name="fk_optimal_architectures_candidate_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "search_run_id"],
            ["nas.architecture_search_runs.tenant_id", "nas.architecture_search_runs.id"],
            name="fk_optimal_architectures_search_run_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_optimal_architectures_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_optimal_architectures")),
        schema="nas",
        comment="A winner of a run, its rank, and whether it is deployed.",
    )
    op.create_index(
        "ix_optimal_architectures_candidate_id",
        "optimal_architectures",
        ["tenant_id", "candidate_id"],
        unique=False,
        schema="nas",
    )
    op.create_index(
        "ix_optimal_architectures_is_deployed",
        "optimal_architectures",
        ["tenant_id", "is_deployed"],
        unique=False,
        schema="nas",
    )
    op.create_index(
        "ix_optimal_architectures_ranking_score",
        "optimal_architectures",
        ["tenant_id", "ranking_score"],
        unique=False,
        schema="nas",
    )
    op.create_index(
        "ix_optimal_architectures_search_run_id",
        "optimal_architectures",
        ["tenant_id", "search_run_id"],
        unique=False,
        schema="nas",
    )
    op.table_policy(
        "nas.architecture_search_runs",
        add=["app:delete,insert,select,update", "rls:tenant|see=owner:user_id,unowned:user_id"],
    )
    op.table_policy("nas.architecture_candidates", add=["app:insert,select", "rls:tenant"])
    op.table_policy(
        "nas.architecture_performance", add=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy(
        "nas.optimal_architectures", add=["app:delete,insert,select,update", "rls:tenant"]
    )


def downgrade() -> None:
    op.table_policy(
        "nas.optimal_architectures", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "nas.architecture_performance", remove=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy("nas.architecture_candidates", remove=["app:insert,select", "rls:tenant"])
    op.table_policy(
        "nas.architecture_search_runs",
        remove=["app:delete,insert,select,update", "rls:tenant|see=owner:user_id,unowned:user_id"],
    )
    op.drop_index(
        "ix_optimal_architectures_search_run_id", table_name="optimal_architectures", schema="nas"
    )
    op.drop_index(
        "ix_optimal_architectures_ranking_score", table_name="optimal_architectures", schema="nas"
    )
    op.drop_index(
        "ix_optimal_architectures_is_deployed", table_name="optimal_architectures", schema="nas"
    )
    op.drop_index(
        "ix_optimal_architectures_candidate_id", table_name="optimal_architectures", schema="nas"
    )
    op.drop_table("optimal_architectures", schema="nas")
    op.drop_index(
        "ix_architecture_performance_search_run_id",
        table_name="architecture_performance",
        schema="nas",
    )
    op.drop_index(
        "ix_architecture_performance_metric_name",
        table_name="architecture_performance",
        schema="nas",
    )
    op.drop_index(
        "ix_architecture_performance_evaluated_at",
        table_name="architecture_performance",
        schema="nas",
    )
    op.drop_index(
        "ix_architecture_performance_candidate_id",
        table_name="architecture_performance",
        schema="nas",
    )
    op.drop_table("architecture_performance", schema="nas")
    op.drop_index(
        "ix_architecture_candidates_hash", table_name="architecture_candidates", schema="nas"
    )
    op.drop_index(
        "ix_architecture_candidates_generation", table_name="architecture_candidates", schema="nas"
    )
    op.drop_index(
        "ix_architecture_candidates_created_at", table_name="architecture_candidates", schema="nas"
    )
    op.drop_table("architecture_candidates", schema="nas")
    op.drop_index(
        "ix_architecture_search_runs_user_id", table_name="architecture_search_runs", schema="nas"
    )
    op.drop_index(
        "ix_architecture_search_runs_strategy", table_name="architecture_search_runs", schema="nas"
    )
    op.drop_index(
        "ix_architecture_search_runs_status", table_name="architecture_search_runs", schema="nas"
    )
    op.drop_index(
        "ix_architecture_search_runs_started_at",
        table_name="architecture_search_runs",
        schema="nas",
    )
    op.drop_table("architecture_search_runs", schema="nas")
    op.execute("DROP SCHEMA nas CASCADE")
