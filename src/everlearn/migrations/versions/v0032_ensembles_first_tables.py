"""Ensembles first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA ensembles")
    op.execute(
        "GRANT USAGE ON SCHEMA ensembles TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "ensemble_configurations",
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
        sa.Column("name", sa.Text(), nullable=False, comment="Unique among its owner's ensembles."),
        sa.Column("description", sa.Text(), nullable=True, comment="What it is for."),
        sa.Column(
            "model_ids",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Members, at least one, by ml_models.model_id; whoever writes the row checks them.",
        ),
        sa.Column(
            "ensemble_type",
            sa.Text(),
            nullable=False,
            comment="How the members' answers become one.",
        ),
        sa.Column(
            "weights",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Member -> weight, 0 or more; members without one weigh the same.",
        ),
        sa.Column(
            "meta_learner_config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Settings of the model on top, when stacking.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it may be asked.",
        ),
        sa.Column(
            "performance_score",
            sa.Double(),
            nullable=True,
            comment="How well it does, 0 to 1, 1 is best.",
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
            "ensemble_type IN ('voting', 'stacking', 'blending', 'dynamic')",
            name=op.f("ck_ensemble_configurations_ensemble_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(meta_learner_config) = 'object'",
            name=op.f("ck_ensemble_configurations_meta_learner_config_valid"),
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_ensemble_configurations_name_valid")
        ),
        sa.CheckConstraint(
            "cardinality(model_ids) > 0 AND array_position(model_ids, NULL) IS NULL",
            name=op.f("ck_ensemble_configurations_has_members"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(weights) = 'object' AND NOT jsonb_path_exists(weights, 'strict $.* ? (@.type() <> \"number\" || @ < 0)', '{}', true)",
            name=op.f("ck_ensemble_configurations_weights_valid"),
        ),
        sa.CheckConstraint(
            "performance_score BETWEEN 0 AND 1",
            name=op.f("ck_ensemble_configurations_performance_score_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_ensemble_configurations_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_ensemble_configurations_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ensemble_configurations")),
        sa.UniqueConstraint(
            "tenant_id",
            "user_id",
            "name",
            name=op.f("uq_ensemble_configurations_tenant_id_user_id_name"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="ensembles",
        comment="An ensemble: which models answer, how their answers become one, with which weights.",
    )
    op.create_index(
        "ix_ensemble_configurations_is_active",
        "ensemble_configurations",
        ["tenant_id", "is_active"],
        unique=False,
        schema="ensembles",
    )
    op.create_index(
        "ix_ensemble_configurations_performance_score",
        "ensemble_configurations",
        ["tenant_id", "performance_score"],
        unique=False,
        schema="ensembles",
    )
    op.create_index(
        "ix_ensemble_configurations_type",
        "ensemble_configurations",
        ["tenant_id", "ensemble_type"],
        unique=False,
        schema="ensembles",
    )
    op.create_table(
        "ensemble_performance",
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
            "ensemble_config_id", sa.UUID(), nullable=False, comment="Ensemble that is measured."
        ),
        sa.Column(
            "service_name",
            sa.Text(),
            nullable=False,
            comment="Client service whose answers are measured.",
        ),
        sa.Column("metric_name", sa.Text(), nullable=False, comment="What is measured."),
        sa.Column(
            "metric_value", sa.Double(), nullable=False, comment="The number, in `metric_unit`."
        ),
        sa.Column(
            "metric_unit",
            sa.Text(),
            nullable=True,
            comment="Unit; NULL when the number has none, as r2.",
        ),
        sa.Column(
            "sample_size", sa.BigInteger(), nullable=True, comment="Answers it was measured on."
        ),
        sa.Column(
            "period_start",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the period begins.",
        ),
        sa.Column(
            "period_end", sa.DateTime(timezone=True), nullable=False, comment="When it ends."
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else the writer notes.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was measured.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_ensemble_performance_metadata_valid")
        ),
        sa.CheckConstraint(
            "metric_name IN ('accuracy', 'mse', 'mae', 'r2', 'latency')",
            name=op.f("ck_ensemble_performance_metric_name_valid"),
        ),
        sa.CheckConstraint(
            "metric_unit IN ('percentage', 'ms', 'count')",
            name=op.f("ck_ensemble_performance_metric_unit_valid"),
        ),
        sa.CheckConstraint(
            "service_name <> '' AND length(service_name) <= 255",
            name=op.f("ck_ensemble_performance_service_name_valid"),
        ),
        sa.CheckConstraint(
            "period_end >= period_start", name=op.f("ck_ensemble_performance_period")
        ),
        sa.CheckConstraint(
            "sample_size >= 0", name=op.f("ck_ensemble_performance_sample_size_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ensemble_config_id"],
            ["ensembles.ensemble_configurations.tenant_id", "ensembles.ensemble_configurations.id"],
            name="fk_ensemble_performance_ensemble_config_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_ensemble_performance_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ensemble_performance")),
        schema="ensembles",
        comment="One measured number of an ensemble over a period.",
    )
    op.create_index(
        "ix_ensemble_performance_ensemble_config_id",
        "ensemble_performance",
        ["tenant_id", "ensemble_config_id"],
        unique=False,
        schema="ensembles",
    )
    op.create_index(
        "ix_ensemble_performance_metric_name",
        "ensemble_performance",
        ["tenant_id", "metric_name"],
        unique=False,
        schema="ensembles",
    )
    op.create_index(
        "ix_ensemble_performance_period",
        "ensemble_performance",
        ["tenant_id", "period_start", "period_end"],
        unique=False,
        schema="ensembles",
    )
    op.create_index(
        "ix_ensemble_performance_service_name",
        "ensemble_performance",
        ["tenant_id", "service_name"],
        unique=False,
        schema="ensembles",
    )
    op.create_table(
        "ensemble_predictions",
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
            "ensemble_config_id", sa.UUID(), nullable=False, comment="Ensemble that answered."
        ),
        sa.Column("service_name", sa.Text(), nullable=False, comment="Client service that asked."),
        sa.Column(
            "prediction_type",
            sa.Text(),
            nullable=False,
            comment="What is predicted, in the service's words, such as quality.",
        ),
        sa.Column(
            "input_context",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="What the members were asked about.",
        ),
        sa.Column(
            "individual_predictions",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="Member -> its answer, for those that answered: at least one.",
        ),
        sa.Column(
            "ensemble_prediction", sa.Double(), nullable=False, comment="The combined answer."
        ),
        sa.Column(
            "confidence", sa.Double(), nullable=True, comment="How far the members agree, 0 to 1."
        ),
        sa.Column(
            "model_weights_used",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Member -> weight in this answer, 0 or more.",
        ),
        sa.Column(
            "actual_value",
            sa.Double(),
            nullable=True,
            comment="What really happened, once it is known.",
        ),
        sa.Column(
            "error",
            sa.Double(),
            sa.Computed("actual_value - ensemble_prediction", persisted=True),
            nullable=True,
            comment="actual_value minus ensemble_prediction; NULL while the truth is unknown.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(input_context) = 'object'",
            name=op.f("ck_ensemble_predictions_input_context_valid"),
        ),
        sa.CheckConstraint(
            "prediction_type <> '' AND length(prediction_type) <= 255",
            name=op.f("ck_ensemble_predictions_prediction_type_valid"),
        ),
        sa.CheckConstraint(
            "service_name <> '' AND length(service_name) <= 255",
            name=op.f("ck_ensemble_predictions_service_name_valid"),
        ),
        sa.CheckConstraint(
            "confidence BETWEEN 0 AND 1", name=op.f("ck_ensemble_predictions_confidence_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(individual_predictions) = 'object' AND NOT jsonb_path_exists(individual_predictions, 'strict $.* ? (@.type() <> \"number\")', '{}', true) AND individual_predictions <> '{}'",
            name=op.f("ck_ensemble_predictions_individual_predictions_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(model_weights_used) = 'object' AND NOT jsonb_path_exists(model_weights_used, 'strict $.* ? (@.type() <> \"number\" || @ < 0)', '{}', true)",
            name=op.f("ck_ensemble_predictions_model_weights_used_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ensemble_config_id"],
            ["ensembles.ensemble_configurations.tenant_id", "ensembles.ensemble_configurations.id"],
            name="fk_ensemble_predictions_ensemble_config_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_ensemble_predictions_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ensemble_predictions")),
        schema="ensembles",
        comment="One answer of an ensemble, with what each member said and how much it weighed.",
    )
    op.create_index(
        "ix_ensemble_predictions_created_at",
        "ensemble_predictions",
        ["tenant_id", "created_at"],
        unique=False,
        schema="ensembles",
    )
    op.create_index(
        "ix_ensemble_predictions_ensemble_config_id",
        "ensemble_predictions",
        ["tenant_id", "ensemble_config_id"],
        unique=False,
        schema="ensembles",
    )
    op.create_index(
        "ix_ensemble_predictions_prediction_type",
        "ensemble_predictions",
        ["tenant_id", "prediction_type"],
        unique=False,
        schema="ensembles",
    )
    op.create_index(
        "ix_ensemble_predictions_service_name",
        "ensemble_predictions",
        ["tenant_id", "service_name"],
        unique=False,
        schema="ensembles",
    )
    op.create_table(
        "model_weights",
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
        sa.Column("ensemble_config_id", sa.UUID(), nullable=False, comment="The ensemble."),
        sa.Column(
            "model_id",
            sa.Text(),
            nullable=False,
            comment="The member, as in the ensemble's model_ids; whoever writes the row checks it.",
        ),
        sa.Column(
            "ml_model_id",
            sa.UUID(),
            nullable=True,
            comment="The member, when it is registered here.",
        ),
        sa.Column("weight", sa.Double(), nullable=False, comment="Its weight, 0 to 1."),
        sa.Column(
            "weight_type",
            sa.Text(),
            server_default=sa.text("'static'"),
            nullable=False,
            comment="How the weight came about.",
        ),
        sa.Column(
            "context_filters",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Field -> value a context must have for the weight to apply; {} is every context.",
        ),
        sa.Column(
            "performance_contribution",
            sa.Double(),
            nullable=True,
            comment="What the member adds to the ensemble's score; less than 0 when it harms.",
        ),
        sa.Column(
            "last_updated",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the weight took effect.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was made.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(context_filters) = 'object'",
            name=op.f("ck_model_weights_context_filters_valid"),
        ),
        sa.CheckConstraint(
            "model_id <> '' AND length(model_id) <= 255",
            name=op.f("ck_model_weights_model_id_valid"),
        ),
        sa.CheckConstraint(
            "weight_type IN ('static', 'dynamic', 'adaptive')",
            name=op.f("ck_model_weights_weight_type_valid"),
        ),
        sa.CheckConstraint("weight BETWEEN 0 AND 1", name=op.f("ck_model_weights_weight_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ensemble_config_id"],
            ["ensembles.ensemble_configurations.tenant_id", "ensembles.ensemble_configurations.id"],
            name="fk_model_weights_ensemble_config_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ml_model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_model_weights_ml_model_id",
            ondelete="SET NULL (ml_model_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_model_weights_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_model_weights")),
        schema="ensembles",
        comment="A weight that a member of an ensemble was given; the newest holds, the rest is history.",
    )
    op.create_index(
        "ix_model_weights_last_updated",
        "model_weights",
        ["tenant_id", "last_updated"],
        unique=False,
        schema="ensembles",
    )
    op.create_index(
        "ix_model_weights_ml_model_id",
        "model_weights",
        ["tenant_id", "ml_model_id"],
        unique=False,
        schema="ensembles",
    )
    op.create_index(
        "ix_model_weights_model_id",
        "model_weights",
        ["tenant_id", "model_id"],
        unique=False,
        schema="ensembles",
    )
    op.create_index(
        "ix_model_weights_newest",
        "model_weights",
        ["tenant_id", "ensemble_config_id", "model_id", "last_updated"],
        unique=False,
        schema="ensembles",
    )
    op.create_index(
        "ix_model_weights_weight_type",
        "model_weights",
        ["tenant_id", "weight_type"],
        unique=False,
        schema="ensembles",
    )
    op.table_policy(
        "ensembles.ensemble_configurations",
        add=[
            "app:delete,insert,select,update",
            "rls:tenant|see=owner:user_id,unowned:user_id",
            "touch",
        ],
    )
    op.table_policy(
        "ensembles.ensemble_predictions",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "ensembles.ensemble_performance", add=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy("ensembles.model_weights", add=["app:insert,select", "keep:730", "rls:tenant"])


def downgrade() -> None:
    op.table_policy(
        "ensembles.model_weights", remove=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy(
        "ensembles.ensemble_performance", remove=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy(
        "ensembles.ensemble_predictions",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "ensembles.ensemble_configurations",
        remove=[
            "app:delete,insert,select,update",
            "rls:tenant|see=owner:user_id,unowned:user_id",
            "touch",
        ],
    )
    op.drop_index("ix_model_weights_weight_type", table_name="model_weights", schema="ensembles")
    op.drop_index("ix_model_weights_newest", table_name="model_weights", schema="ensembles")
    op.drop_index("ix_model_weights_model_id", table_name="model_weights", schema="ensembles")
    op.drop_index("ix_model_weights_ml_model_id", table_name="model_weights", schema="ensembles")
    op.drop_index("ix_model_weights_last_updated", table_name="model_weights", schema="ensembles")
    op.drop_table("model_weights", schema="ensembles")
    op.drop_index(
        "ix_ensemble_predictions_service_name",
        table_name="ensemble_predictions",
        schema="ensembles",
    )
    op.drop_index(
        "ix_ensemble_predictions_prediction_type",
        table_name="ensemble_predictions",
        schema="ensembles",
    )
    op.drop_index(
        "ix_ensemble_predictions_ensemble_config_id",
        table_name="ensemble_predictions",
        schema="ensembles",
    )
    op.drop_index(
        "ix_ensemble_predictions_created_at", table_name="ensemble_predictions", schema="ensembles"
    )
    op.drop_table("ensemble_predictions", schema="ensembles")
    op.drop_index(
        "ix_ensemble_performance_service_name",
        table_name="ensemble_performance",
        schema="ensembles",
    )
    op.drop_index(
        "ix_ensemble_performance_period", table_name="ensemble_performance", schema="ensembles"
    )
    op.drop_index(
        "ix_ensemble_performance_metric_name", table_name="ensemble_performance", schema="ensembles"
    )
    op.drop_index(
        "ix_ensemble_performance_ensemble_config_id",
        table_name="ensemble_performance",
        schema="ensembles",
    )
    op.drop_table("ensemble_performance", schema="ensembles")
    op.drop_index(
        "ix_ensemble_configurations_type", table_name="ensemble_configurations", schema="ensembles"
    )
    op.drop_index(
        "ix_ensemble_configurations_performance_score",
        table_name="ensemble_configurations",
        schema="ensembles",
    )
    op.drop_index(
        "ix_ensemble_configurations_is_active",
        table_name="ensemble_configurations",
        schema="ensembles",
    )
    op.drop_table("ensemble_configurations", schema="ensembles")
    op.execute("DROP SCHEMA ensembles CASCADE")
