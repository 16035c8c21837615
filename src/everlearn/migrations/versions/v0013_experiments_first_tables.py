"""experiments first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA experiments")
    op.execute(
        "GRANT USAGE ON SCHEMA experiments TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "ab_testing_experiments",
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
            "experiment_name", sa.Text(), nullable=False, comment="Unique within the tenant."
        ),
        sa.Column(
            "kind",
            sa.Text(),
            server_default=sa.text("'flag'"),
            nullable=False,
            comment="What is compared.",
        ),
        sa.Column("description", sa.Text(), nullable=True, comment="What it is about."),
        sa.Column("hypothesis", sa.Text(), nullable=True, comment="The claim that is tested."),
        sa.Column(
            "feature_flag",
            sa.Text(),
            nullable=True,
            comment="Flag that shows the variants, if users see them.",
        ),
        sa.Column(
            "ml_model_id", sa.UUID(), nullable=True, comment="Model whose versions are compared."
        ),
        sa.Column(
            "champion_version_id", sa.UUID(), nullable=True, comment="Version that was live."
        ),
        sa.Column(
            "challenger_version_id",
            sa.UUID(),
            nullable=True,
            comment="Version that answers unseen.",
        ),
        sa.Column(
            "control_variant",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="The champion, or what users see otherwise.",
        ),
        sa.Column(
            "treatment_variants",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What it is compared with.",
        ),
        sa.Column(
            "target_metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What is measured, the first one decides.",
        ),
        sa.Column(
            "traffic_allocation",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Variant -> share of the traffic, 0 to 1.",
        ),
        sa.Column(
            "start_date", sa.DateTime(timezone=True), nullable=True, comment="When it began."
        ),
        sa.Column(
            "end_date",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it ended, or is to end.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'draft'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "statistical_power",
            sa.Double(),
            server_default=sa.text("0.8"),
            nullable=False,
            comment="Power asked for, 0 to 1.",
        ),
        sa.Column(
            "significance_level",
            sa.Double(),
            server_default=sa.text("0.05"),
            nullable=False,
            comment="Chance of a wrong yes, 0 to 1.",
        ),
        sa.Column(
            "minimum_sample_size",
            sa.BigInteger(),
            nullable=True,
            comment="Rows a fixed test would need.",
        ),
        sa.Column(
            "current_sample_size",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Rows compared so far.",
        ),
        sa.Column(
            "results",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="The evidence when it ended.",
        ),
        sa.Column(
            "winner_variant",
            sa.Text(),
            nullable=True,
            comment="Variant that goes on: champion, challenger ...",
        ),
        sa.Column(
            "end_reason", sa.Text(), nullable=True, comment="Why it was ended the way it was."
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
            name=op.f("ck_ab_testing_experiments_created_by_valid"),
        ),
        sa.CheckConstraint(
            "experiment_name <> '' AND length(experiment_name) <= 255",
            name=op.f("ck_ab_testing_experiments_experiment_name_valid"),
        ),
        sa.CheckConstraint(
            "feature_flag <> '' AND length(feature_flag) <= 255",
            name=op.f("ck_ab_testing_experiments_feature_flag_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(control_variant) = 'object'",
            name=op.f("ck_ab_testing_experiments_control_variant_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(results) = 'object'", name=op.f("ck_ab_testing_experiments_results_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(target_metrics) = 'array'",
            name=op.f("ck_ab_testing_experiments_target_metrics_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(traffic_allocation) = 'object'",
            name=op.f("ck_ab_testing_experiments_traffic_allocation_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(treatment_variants) = 'array'",
            name=op.f("ck_ab_testing_experiments_treatment_variants_valid"),
        ),
        sa.CheckConstraint(
            "kind IN ('shadow', 'promise', 'flag')",
            name=op.f("ck_ab_testing_experiments_kind_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'running', 'paused', 'completed', 'cancelled')",
            name=op.f("ck_ab_testing_experiments_status_valid"),
        ),
        sa.CheckConstraint(
            "winner_variant <> '' AND length(winner_variant) <= 255",
            name=op.f("ck_ab_testing_experiments_winner_variant_valid"),
        ),
        sa.CheckConstraint(
            "current_sample_size >= 0",
            name=op.f("ck_ab_testing_experiments_current_sample_size_valid"),
        ),
        sa.CheckConstraint(
            "minimum_sample_size >= 0",
            name=op.f("ck_ab_testing_experiments_minimum_sample_size_valid"),
        ),
        sa.CheckConstraint(
            "significance_level BETWEEN 0 AND 1",
            name=op.f("ck_ab_testing_experiments_significance_level_valid"),
        ),
        sa.CheckConstraint(
            "statistical_power BETWEEN 0 AND 1",
            name=op.f("ck_ab_testing_experiments_statistical_power_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "challenger_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_ab_testing_experiments_challenger_version_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "champion_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_ab_testing_experiments_champion_version_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ml_model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_ab_testing_experiments_ml_model_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_ab_testing_experiments_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ab_testing_experiments")),
        sa.UniqueConstraint(
            "tenant_id",
            "experiment_name",
            name=op.f("uq_ab_testing_experiments_tenant_id_experiment_name"),
        ),
        schema="experiments",
        comment="An experiment: two versions of a model, a version and its promise, or variants for users.",
    )
    op.create_index(
        "ix_ab_testing_experiments_challenger_version_id",
        "ab_testing_experiments",
        ["tenant_id", "challenger_version_id"],
        unique=False,
        schema="experiments",
    )
    op.create_index(
        "ix_ab_testing_experiments_champion_version_id",
        "ab_testing_experiments",
        ["tenant_id", "champion_version_id"],
        unique=False,
        schema="experiments",
    )
    op.create_index(
        "ix_ab_testing_experiments_dates",
        "ab_testing_experiments",
        ["tenant_id", "start_date", "end_date"],
        unique=False,
        schema="experiments",
    )
    op.create_index(
        "ix_ab_testing_experiments_ml_model_id",
        "ab_testing_experiments",
        ["tenant_id", "ml_model_id"],
        unique=False,
        schema="experiments",
    )
    op.create_index(
        "ix_ab_testing_experiments_status",
        "ab_testing_experiments",
        ["tenant_id", "status"],
        unique=False,
        schema="experiments",
    )
    op.create_index(
        "uq_ab_testing_experiments_running",
        "ab_testing_experiments",
        ["tenant_id", "ml_model_id", "kind", "challenger_version_id"],
        unique=True,
        schema="experiments",
        postgresql_where=sa.text("status = 'running' AND kind <> 'flag'"),
    )
    op.create_table(
        "ab_testing_assignments",
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
        sa.Column("experiment_id", sa.UUID(), nullable=False, comment="The experiment."),
        sa.Column("user_id", sa.Text(), nullable=False, comment="User, in the client's words."),
        sa.Column(
            "variant", sa.Text(), nullable=False, comment="Variant the user gets, every time."
        ),
        sa.Column(
            "assignment_timestamp",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was first shown.",
        ),
        sa.Column(
            "session_id", sa.Text(), nullable=True, comment="Session in which it was first shown."
        ),
        sa.Column("user_agent", sa.Text(), nullable=True, comment="Program it was shown in."),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Whatever the client adds.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'",
            name=op.f("ck_ab_testing_assignments_metadata_valid"),
        ),
        sa.CheckConstraint(
            "session_id <> '' AND length(session_id) <= 255",
            name=op.f("ck_ab_testing_assignments_session_id_valid"),
        ),
        sa.CheckConstraint(
            "user_id <> '' AND length(user_id) <= 255",
            name=op.f("ck_ab_testing_assignments_user_id_valid"),
        ),
        sa.CheckConstraint(
            "variant <> '' AND length(variant) <= 255",
            name=op.f("ck_ab_testing_assignments_variant_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "experiment_id"],
            [
                "experiments.ab_testing_experiments.tenant_id",
                "experiments.ab_testing_experiments.id",
            ],
            name="fk_ab_testing_assignments_experiment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_ab_testing_assignments_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ab_testing_assignments")),
        sa.UniqueConstraint(
            "tenant_id",
            "experiment_id",
            "user_id",
            name=op.f("uq_ab_testing_assignments_tenant_id_experiment_id_user_id"),
        ),
        schema="experiments",
        comment="Which user got which variant of an experiment: one row a user.",
    )
    op.create_index(
        "ix_ab_testing_assignments_user",
        "ab_testing_assignments",
        ["tenant_id", "user_id"],
        unique=False,
        schema="experiments",
    )
    op.create_index(
        "ix_ab_testing_assignments_variant",
        "ab_testing_assignments",
        ["tenant_id", "experiment_id", "variant"],
        unique=False,
        schema="experiments",
    )
    op.create_table(
        "ab_tests",
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
        sa.Column("test_id", sa.Text(), nullable=False, comment="Id in the world outside."),
        sa.Column("experiment_id", sa.UUID(), nullable=True, comment="Its experiment."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column("description", sa.Text(), nullable=True, comment="What it is about."),
        sa.Column(
            "primary_kpi",
            sa.Text(),
            nullable=True,
            comment="Figure that decides: conversion, revenue ...",
        ),
        sa.Column(
            "traffic_split",
            sa.Text(),
            nullable=True,
            comment="Shares of the variants, such as 50/50.",
        ),
        sa.Column(
            "required_sample_size",
            sa.BigInteger(),
            nullable=True,
            comment="Visitors a fixed test would need.",
        ),
        sa.Column(
            "confidence_level",
            sa.Double(),
            nullable=True,
            comment="1 minus the chance of a wrong yes.",
        ),
        sa.Column(
            "variants",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Variants, each with name and config.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'draft'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "start_date", sa.DateTime(timezone=True), nullable=True, comment="When it began."
        ),
        sa.Column(
            "end_date",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it ended, or is to end.",
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
        sa.CheckConstraint(
            "jsonb_typeof(variants) = 'array'", name=op.f("ck_ab_tests_variants_valid")
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_ab_tests_name_valid")
        ),
        sa.CheckConstraint(
            "primary_kpi <> '' AND length(primary_kpi) <= 255",
            name=op.f("ck_ab_tests_primary_kpi_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'running', 'paused', 'completed', 'cancelled')",
            name=op.f("ck_ab_tests_status_valid"),
        ),
        sa.CheckConstraint(
            "test_id <> '' AND length(test_id) <= 255", name=op.f("ck_ab_tests_test_id_valid")
        ),
        sa.CheckConstraint(
            "traffic_split <> '' AND length(traffic_split) <= 255",
            name=op.f("ck_ab_tests_traffic_split_valid"),
        ),
        sa.CheckConstraint(
            "confidence_level BETWEEN 0 AND 1", name=op.f("ck_ab_tests_confidence_level_valid")
        ),
        sa.CheckConstraint(
            "required_sample_size >= 0", name=op.f("ck_ab_tests_required_sample_size_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "experiment_id"],
            [
                "experiments.ab_testing_experiments.tenant_id",
                "experiments.ab_testing_experiments.id",
            ],
            name="fk_ab_tests_experiment_id",
            ondelete="SET NULL (experiment_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenancy.tenants.id"], name="fk_ab_tests_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ab_tests")),
        sa.UniqueConstraint(
            "tenant_id", "experiment_id", name=op.f("uq_ab_tests_tenant_id_experiment_id")
        ),
        sa.UniqueConstraint("tenant_id", "test_id", name=op.f("uq_ab_tests_tenant_id_test_id")),
        schema="experiments",
        comment="An A/B test of a business figure; its experiment says who gets which variant.",
    )
    op.create_table(
        "sequential_points",
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
        sa.Column("experiment_id", sa.UUID(), nullable=False, comment="The experiment."),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="End of the block."),
        sa.Column("block_count", sa.BigInteger(), nullable=False, comment="Blocks so far."),
        sa.Column("outcome_count", sa.BigInteger(), nullable=False, comment="Outcomes so far."),
        sa.Column(
            "log_e",
            sa.Double(),
            nullable=False,
            comment="Natural log of the wealth of the bet that decides.",
        ),
        sa.Column(
            "mean_difference",
            sa.Double(),
            nullable=False,
            comment="Mean difference so far, in nats.",
        ),
        sa.Column(
            "lower",
            sa.Double(),
            nullable=False,
            comment="Lower end of an interval that holds at all times.",
        ),
        sa.Column("upper", sa.Double(), nullable=False, comment="Upper end."),
        sa.CheckConstraint("block_count >= 0", name=op.f("ck_sequential_points_block_count_valid")),
        sa.CheckConstraint(
            "outcome_count >= 0", name=op.f("ck_sequential_points_outcome_count_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "experiment_id"],
            [
                "experiments.ab_testing_experiments.tenant_id",
                "experiments.ab_testing_experiments.id",
            ],
            name="fk_sequential_points_experiment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_sequential_points_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sequential_points")),
        sa.UniqueConstraint(
            "tenant_id",
            "experiment_id",
            "at",
            name=op.f("uq_sequential_points_tenant_id_experiment_id_at"),
        ),
        schema="experiments",
        comment="The evidence of an experiment after one block: a point of its chart.",
    )
    op.create_table(
        "sequential_tests",
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
        sa.Column("experiment_id", sa.UUID(), nullable=False, comment="The experiment."),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="The claim: the challenger is better, or worse.",
        ),
        sa.Column("block", sa.Text(), nullable=False, comment="How many outcomes make one bet."),
        sa.Column(
            "clip",
            sa.Double(),
            nullable=False,
            comment="Greatest difference of a bet that counts, in nats.",
        ),
        sa.Column(
            "promised",
            sa.Double(),
            nullable=True,
            comment="Loss promised, with its margin; NULL for a pair.",
        ),
        sa.Column("alpha", sa.Double(), nullable=False, comment="Chance of ever deciding wrongly."),
        sa.Column(
            "state",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="The bet: wealth of each stake, sums.",
        ),
        sa.Column(
            "block_count",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Blocks bet on.",
        ),
        sa.Column(
            "outcome_count",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Outcomes in them.",
        ),
        sa.Column(
            "log_e",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Natural log of the wealth.",
        ),
        sa.Column(
            "max_log_e",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Its greatest value; decides at log(1/alpha).",
        ),
        sa.Column(
            "watermark",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Outcomes known up to here are in it.",
        ),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="End of the block that decided; NULL before.",
        ),
        sa.Column("decision", sa.Text(), nullable=True, comment="What it decided."),
        sa.CheckConstraint(
            "block IN ('row', 'hour', 'three_hours', 'day')",
            name=op.f("ck_sequential_tests_block_valid"),
        ),
        sa.CheckConstraint(
            "decision IN ('running', 'better', 'not_better', 'worse')",
            name=op.f("ck_sequential_tests_decision_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(state) = 'object'", name=op.f("ck_sequential_tests_state_valid")
        ),
        sa.CheckConstraint(
            "kind IN ('better', 'worse')", name=op.f("ck_sequential_tests_kind_valid")
        ),
        sa.CheckConstraint("alpha BETWEEN 0 AND 1", name=op.f("ck_sequential_tests_alpha_valid")),
        sa.CheckConstraint("block_count >= 0", name=op.f("ck_sequential_tests_block_count_valid")),
        sa.CheckConstraint(
            "outcome_count >= 0", name=op.f("ck_sequential_tests_outcome_count_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "experiment_id"],
            [
                "experiments.ab_testing_experiments.tenant_id",
                "experiments.ab_testing_experiments.id",
            ],
            name="fk_sequential_tests_experiment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_sequential_tests_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sequential_tests")),
        sa.UniqueConstraint(
            "tenant_id",
            "experiment_id",
            "kind",
            name=op.f("uq_sequential_tests_tenant_id_experiment_id_kind"),
        ),
        schema="experiments",
        comment="One bet of an experiment: its wealth is the evidence for its claim, at any time.",
    )
    op.create_table(
        "ab_test_results",
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
        sa.Column("ab_test_id", sa.UUID(), nullable=False, comment="The test."),
        sa.Column(
            "test_id", sa.Text(), nullable=False, comment="The test's id in the world outside."
        ),
        sa.Column("variant_name", sa.Text(), nullable=False, comment="The variant."),
        sa.Column(
            "visitors",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Visitors that saw it.",
        ),
        sa.Column(
            "conversions",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Those of them that did what was hoped.",
        ),
        sa.Column(
            "conversion_rate",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="conversions / visitors, 0 to 1.",
        ),
        sa.Column(
            "revenue",
            sa.Numeric(precision=18, scale=4),
            server_default=sa.text("0"),
            nullable=False,
            comment="What they paid, in the tenant's currency.",
        ),
        sa.Column(
            "average_order_value",
            sa.Numeric(precision=18, scale=4),
            server_default=sa.text("0"),
            nullable=False,
            comment="Mean of an order.",
        ),
        sa.Column(
            "is_significant",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it differs from the control.",
        ),
        sa.Column(
            "p_value",
            sa.Double(),
            nullable=True,
            comment="Chance of such a difference without a cause.",
        ),
        sa.Column(
            "confidence_interval",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="[lower, upper] of the lift.",
        ),
        sa.Column(
            "is_winner",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it goes on.",
        ),
        sa.Column(
            "lift_percentage",
            sa.Double(),
            nullable=True,
            comment="Gain over the control, in percent.",
        ),
        sa.Column(
            "calculated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was computed.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(confidence_interval) = 'array'",
            name=op.f("ck_ab_test_results_confidence_interval_valid"),
        ),
        sa.CheckConstraint(
            "test_id <> '' AND length(test_id) <= 255",
            name=op.f("ck_ab_test_results_test_id_valid"),
        ),
        sa.CheckConstraint(
            "variant_name <> '' AND length(variant_name) <= 255",
            name=op.f("ck_ab_test_results_variant_name_valid"),
        ),
        sa.CheckConstraint(
            "conversion_rate BETWEEN 0 AND 1", name=op.f("ck_ab_test_results_conversion_rate_valid")
        ),
        sa.CheckConstraint("conversions >= 0", name=op.f("ck_ab_test_results_conversions_valid")),
        sa.CheckConstraint(
            "p_value BETWEEN 0 AND 1", name=op.f("ck_ab_test_results_p_value_valid")
        ),
        sa.CheckConstraint("visitors >= 0", name=op.f("ck_ab_test_results_visitors_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ab_test_id"],
            ["experiments.ab_tests.tenant_id", "experiments.ab_tests.id"],
            name="fk_ab_test_results_ab_test_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_ab_test_results_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ab_test_results")),
        schema="experiments",
        comment="What one variant of an A/B test brought.",
    )
    op.create_index(
        "ix_ab_test_results_ab_test_id",
        "ab_test_results",
        ["tenant_id", "ab_test_id"],
        unique=False,
        schema="experiments",
    )
    op.create_index(
        "ix_ab_test_results_test_id",
        "ab_test_results",
        ["tenant_id", "test_id"],
        unique=False,
        schema="experiments",
    )
    op.table_policy(
        "experiments.ab_testing_experiments",
        add=["app:delete,insert,select,update", "audit", "rows:tenant", "touch"],
    )
    op.table_policy(
        "experiments.ab_testing_assignments",
        add=["app:delete,insert,select,update", "keep:730", "rows:tenant"],
    )
    op.table_policy(
        "experiments.sequential_tests", add=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.table_policy(
        "experiments.sequential_points", add=["app:insert,select", "keep:730", "rows:tenant"]
    )
    op.table_policy(
        "experiments.ab_tests", add=["app:delete,insert,select,update", "rows:tenant", "touch"]
    )
    op.table_policy(
        "experiments.ab_test_results", add=["app:delete,insert,select,update", "rows:tenant"]
    )


def downgrade() -> None:
    op.table_policy(
        "experiments.ab_test_results", remove=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.table_policy(
        "experiments.ab_tests", remove=["app:delete,insert,select,update", "rows:tenant", "touch"]
    )
    op.table_policy(
        "experiments.sequential_points", remove=["app:insert,select", "keep:730", "rows:tenant"]
    )
    op.table_policy(
        "experiments.sequential_tests", remove=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.table_policy(
        "experiments.ab_testing_assignments",
        remove=["app:delete,insert,select,update", "keep:730", "rows:tenant"],
    )
    op.table_policy(
        "experiments.ab_testing_experiments",
        remove=["app:delete,insert,select,update", "audit", "rows:tenant", "touch"],
    )
    op.drop_index("ix_ab_test_results_test_id", table_name="ab_test_results", schema="experiments")
    op.drop_index(
        "ix_ab_test_results_ab_test_id", table_name="ab_test_results", schema="experiments"
    )
    op.drop_table("ab_test_results", schema="experiments")
    op.drop_table("sequential_tests", schema="experiments")
    op.drop_table("sequential_points", schema="experiments")
    op.drop_table("ab_tests", schema="experiments")
    op.drop_index(
        "ix_ab_testing_assignments_variant",
        table_name="ab_testing_assignments",
        schema="experiments",
    )
    op.drop_index(
        "ix_ab_testing_assignments_user", table_name="ab_testing_assignments", schema="experiments"
    )
    op.drop_table("ab_testing_assignments", schema="experiments")
    op.drop_index(
        "uq_ab_testing_experiments_running",
        table_name="ab_testing_experiments",
        schema="experiments",
        postgresql_where=sa.text("status = 'running' AND kind <> 'flag'"),
    )
    op.drop_index(
        "ix_ab_testing_experiments_status",
        table_name="ab_testing_experiments",
        schema="experiments",
    )
    op.drop_index(
        "ix_ab_testing_experiments_ml_model_id",
        table_name="ab_testing_experiments",
        schema="experiments",
    )
    op.drop_index(
        "ix_ab_testing_experiments_dates", table_name="ab_testing_experiments", schema="experiments"
    )
    op.drop_index(
        "ix_ab_testing_experiments_champion_version_id",
        table_name="ab_testing_experiments",
        schema="experiments",
    )
    op.drop_index(
        "ix_ab_testing_experiments_challenger_version_id",
        table_name="ab_testing_experiments",
        schema="experiments",
    )
    op.drop_table("ab_testing_experiments", schema="experiments")
    op.execute("DROP SCHEMA experiments CASCADE")
