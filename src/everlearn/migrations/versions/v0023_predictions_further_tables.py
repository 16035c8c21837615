"""Predictions further tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "performance_marks",
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
        sa.Column("model_id", sa.Text(), nullable=False, comment="The client's name of the model."),
        sa.Column(
            "made_on",
            sa.Date(),
            nullable=False,
            comment="Day, in UTC, on which the predictions were made.",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_performance_marks")),
        schema="predictions",
        comment="A day whose sums are to be made again: clients wrote predictions of it by themselves.",
    )
    op.create_table(
        "prediction_keys",
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
            "prediction_id",
            sa.Text(),
            nullable=False,
            comment="Id the client gave; the row's id is the prediction's.",
        ),
        sa.CheckConstraint(
            "prediction_id <> '' AND length(prediction_id) <= 255",
            name=op.f("ck_prediction_keys_prediction_id_valid"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_prediction_keys")),
        sa.UniqueConstraint("tenant_id", "prediction_id", name="uq_prediction_keys_prediction_id"),
        schema="predictions",
        comment="The ids that clients gave their predictions: each once, which no partition could tell.",
    )
    op.create_table(
        "service_views",
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "service_name", sa.Text(), nullable=False, comment="As in ml_predictions.service_name."
        ),
        sa.Column("prediction_type", sa.Text(), nullable=False, comment="What it predicts."),
        sa.Column(
            "fields",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="Its columns: name, type, part, required, values.",
        ),
        sa.Column(
            "declared",
            sa.Boolean(),
            nullable=False,
            comment="Whether it comes with Everlearn; else a command added it.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was added.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(fields) = 'array'", name=op.f("ck_service_views_fields_valid")
        ),
        sa.CheckConstraint(
            "prediction_type <> '' AND length(prediction_type) <= 255",
            name=op.f("ck_service_views_prediction_type_valid"),
        ),
        sa.CheckConstraint(
            "service_name <> '' AND length(service_name) <= 255",
            name=op.f("ck_service_views_service_name_valid"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_views")),
        sa.UniqueConstraint("service_name", name=op.f("uq_service_views_service_name")),
        schema="predictions",
        comment="A client service that has a view of its own, with the declaration of its columns.",
    )
    op.create_table(
        "ml_performance_metrics",
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
        sa.Column("service_name", sa.Text(), nullable=False, comment="Client service it is about."),
        sa.Column(
            "metric_name",
            sa.Text(),
            nullable=False,
            comment="What is measured, such as accuracy, error_rate, latency or cache_hit_rate.",
        ),
        sa.Column(
            "metric_value", sa.Double(), nullable=False, comment="The number, in metric_unit."
        ),
        sa.Column(
            "metric_unit", sa.Text(), nullable=True, comment="What the number is counted in."
        ),
        sa.Column(
            "period_start",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Beginning of the period.",
        ),
        sa.Column(
            "period_end", sa.DateTime(timezone=True), nullable=False, comment="End of the period."
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Anything else the sender adds.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was written.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'",
            name=op.f("ck_ml_performance_metrics_metadata_valid"),
        ),
        sa.CheckConstraint(
            "metric_name <> '' AND length(metric_name) <= 255",
            name=op.f("ck_ml_performance_metrics_metric_name_valid"),
        ),
        sa.CheckConstraint(
            "metric_unit IN ('percentage', 'ms', 'count')",
            name=op.f("ck_ml_performance_metrics_metric_unit_valid"),
        ),
        sa.CheckConstraint(
            "service_name <> '' AND length(service_name) <= 255",
            name=op.f("ck_ml_performance_metrics_service_name_valid"),
        ),
        sa.CheckConstraint(
            "period_end >= period_start",
            name=op.f("ck_ml_performance_metrics_period_end_after_start"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_ml_performance_metrics_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ml_performance_metrics")),
        schema="predictions",
        comment="A number on a service's models over a period, as the service measured it.",
    )
    op.create_index(
        "ix_ml_performance_metrics_metric_name",
        "ml_performance_metrics",
        ["tenant_id", "metric_name"],
        unique=False,
        schema="predictions",
    )
    op.create_index(
        "ix_ml_performance_metrics_period",
        "ml_performance_metrics",
        ["tenant_id", "period_start", "period_end"],
        unique=False,
        schema="predictions",
    )
    op.create_index(
        "ix_ml_performance_metrics_service_name",
        "ml_performance_metrics",
        ["tenant_id", "service_name"],
        unique=False,
        schema="predictions",
    )
    op.create_table(
        "predictions",
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
        sa.Column("model_id", sa.UUID(), nullable=False, comment="Model that made it."),
        sa.Column(
            "ml_prediction_id", sa.UUID(), nullable=True, comment="The answer it rests on, if any."
        ),
        sa.Column("prediction_type", sa.Text(), nullable=False, comment="What it is of."),
        sa.Column(
            "target_entity_type", sa.Text(), nullable=True, comment="Kind of thing it is about."
        ),
        sa.Column("target_entity_id", sa.Text(), nullable=True, comment="The thing it is about."),
        sa.Column(
            "predicted_value",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="A number, a class or a structure.",
        ),
        sa.Column(
            "confidence_interval",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Its bounds, as the model words them.",
        ),
        sa.Column(
            "prediction_horizon",
            sa.Integer(),
            nullable=True,
            comment="How far ahead it looks, in prediction_horizon_unit.",
        ),
        sa.Column(
            "prediction_horizon_unit",
            sa.Text(),
            server_default=sa.text("'days'"),
            nullable=False,
            comment="What the horizon is counted in.",
        ),
        sa.Column(
            "input_features",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What it was made from.",
        ),
        sa.Column(
            "prediction_timestamp",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it is too late to check it.",
        ),
        sa.Column(
            "actual_outcome",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What happened, in the form of predicted_value.",
        ),
        sa.Column(
            "outcome_timestamp",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it happened.",
        ),
        sa.Column(
            "accuracy_score", sa.Double(), nullable=True, comment="How right it was, 0 to 1."
        ),
        sa.Column(
            "feedback_received",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What people said of it.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'active'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(input_features) = 'object'",
            name=op.f("ck_predictions_input_features_valid"),
        ),
        sa.CheckConstraint(
            "prediction_horizon_unit IN ('minutes', 'hours', 'days', 'weeks', 'months')",
            name=op.f("ck_predictions_prediction_horizon_unit_valid"),
        ),
        sa.CheckConstraint(
            "prediction_type IN ('performance_degradation', 'bug_likelihood', 'optimization_opportunity', 'resource_usage', 'user_behavior', 'system_failure')",
            name=op.f("ck_predictions_prediction_type_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'monitoring', 'validated', 'invalidated', 'expired')",
            name=op.f("ck_predictions_status_valid"),
        ),
        sa.CheckConstraint(
            "target_entity_id <> '' AND length(target_entity_id) <= 255",
            name=op.f("ck_predictions_target_entity_id_valid"),
        ),
        sa.CheckConstraint(
            "target_entity_type IN ('code_file', 'function', 'repository', 'user')",
            name=op.f("ck_predictions_target_entity_type_valid"),
        ),
        sa.CheckConstraint(
            "accuracy_score BETWEEN 0 AND 1", name=op.f("ck_predictions_accuracy_score_valid")
        ),
        sa.CheckConstraint(
            "prediction_horizon > 0", name=op.f("ck_predictions_prediction_horizon_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ml_prediction_id"],
            ["predictions.ml_predictions.tenant_id", "predictions.ml_predictions.id"],
            name="fk_predictions_ml_prediction_id",
            ondelete="SET NULL (ml_prediction_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_predictions_model_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_predictions_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_predictions")),
        schema="predictions",
        comment="A forecast about an entity, completed later with what came of it and how right it was.",
    )
    op.create_index(
        "ix_predictions_active",
        "predictions",
        ["tenant_id", "id"],
        unique=False,
        schema="predictions",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index(
        "ix_predictions_ml_prediction_id",
        "predictions",
        ["tenant_id", "ml_prediction_id"],
        unique=False,
        schema="predictions",
    )
    op.create_index(
        "ix_predictions_model_id",
        "predictions",
        ["tenant_id", "model_id"],
        unique=False,
        schema="predictions",
    )
    op.create_index(
        "ix_predictions_status",
        "predictions",
        ["tenant_id", "status"],
        unique=False,
        schema="predictions",
    )
    op.create_index(
        "ix_predictions_target",
        "predictions",
        ["tenant_id", "target_entity_type", "target_entity_id"],
        unique=False,
        schema="predictions",
    )
    op.create_index(
        "ix_predictions_timestamp",
        "predictions",
        ["tenant_id", sa.literal_column("prediction_timestamp DESC")],
        unique=False,
        schema="predictions",
    )
    op.create_index(
        "ix_predictions_type",
        "predictions",
        ["tenant_id", "prediction_type"],
        unique=False,
        schema="predictions",
    )
    op.add_column(
        "ml_predictions",
        sa.Column(
            "prediction_kind",
            sa.Text(),
            sa.Computed(
                "CASE WHEN violation_probability IS NOT NULL OR confidence_score IS NOT NULL\n  OR risk_level IS NOT NULL THEN 'compliance'\n     WHEN model_version_id IS NOT NULL THEN 'model' ELSE 'service' END",
                persisted=True,
            ),
            nullable=False,
            comment="Who made it: model, service or compliance.",
        ),
        schema="predictions",
    )
    op.add_column(
        "ml_predictions",
        sa.Column(
            "model_id",
            sa.Text(),
            nullable=True,
            comment="Model that answered, by the client's name for it.",
        ),
        schema="predictions",
    )
    op.add_column(
        "ml_predictions",
        sa.Column(
            "resource_id",
            sa.Text(),
            nullable=True,
            comment="The same under a compliance client's name.",
        ),
        schema="predictions",
    )
    op.add_column(
        "ml_predictions",
        sa.Column(
            "features_used",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Features that a client sent with it; those of feature_row_id: v_predictions.",
        ),
        schema="predictions",
    )
    op.add_column(
        "ml_predictions",
        sa.Column(
            "shap_values",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Reasons that a client sent with it; those of our own models: v_predictions.",
        ),
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "prediction_id",
        existing_type=sa.TEXT(),
        comment="Id the client gave it; unique, see prediction_keys.",
        existing_comment="Id the client gave it, if any.",
        existing_nullable=True,
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "service_name",
        existing_type=sa.TEXT(),
        comment="Client service that asked; policy-engine's is filled in.",
        existing_comment="Client service that asked.",
        existing_nullable=False,
        existing_server_default=sa.text("'everlearn'::text"),
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "ml_model_id",
        existing_type=sa.UUID(),
        nullable=True,
        comment="Registered model that answered.",
        existing_comment="Model that answered.",
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "model_version_id",
        existing_type=sa.UUID(),
        nullable=True,
        comment="Registered version that answered.",
        existing_comment="Version that answered.",
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "model_version",
        existing_type=sa.TEXT(),
        nullable=True,
        comment="Name of the version, such as v1.2.0.",
        existing_comment="Name of that version, such as v1.2.0.",
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "entity_id",
        existing_type=sa.TEXT(),
        nullable=True,
        comment="What the prediction is about.",
        existing_comment="What the prediction is about; resource_id elsewhere.",
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "predicted_value",
        existing_type=sa.DOUBLE_PRECISION(precision=53),
        nullable=True,
        comment="Calibrated probability, or the predicted number; of a violation its probability.",
        existing_comment="Calibrated probability, or the predicted number.",
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "inference_time_ms",
        existing_type=sa.DOUBLE_PRECISION(precision=53),
        nullable=True,
        existing_comment="Its share of the batch's scoring time, in ms.",
        schema="predictions",
    )
    op.create_index(
        "ix_ml_predictions_expires_at",
        "ml_predictions",
        ["tenant_id", "expires_at"],
        unique=False,
        schema="predictions",
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index(
        "ix_ml_predictions_model",
        "ml_predictions",
        ["tenant_id", "model_id", sa.literal_column("prediction_timestamp DESC")],
        unique=False,
        schema="predictions",
        postgresql_where=sa.text("model_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ml_predictions_probability",
        "ml_predictions",
        ["tenant_id", sa.literal_column("violation_probability DESC")],
        unique=False,
        schema="predictions",
        postgresql_where=sa.text("violation_probability IS NOT NULL"),
    )
    op.create_index(
        "ix_ml_predictions_resource",
        "ml_predictions",
        ["tenant_id", "resource_id"],
        unique=False,
        schema="predictions",
        postgresql_where=sa.text("resource_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ml_predictions_risk",
        "ml_predictions",
        ["tenant_id", "risk_level"],
        unique=False,
        schema="predictions",
        postgresql_where=sa.text("risk_level IS NOT NULL"),
    )
    op.create_index(
        "ix_ml_predictions_service",
        "ml_predictions",
        ["tenant_id", "service_name", sa.literal_column("prediction_timestamp DESC")],
        unique=False,
        schema="predictions",
        postgresql_where=sa.text("service_name <> 'everlearn'"),
    )
    op.create_index(
        "ix_ml_predictions_type",
        "ml_predictions",
        ["tenant_id", "prediction_type", sa.literal_column("prediction_timestamp DESC")],
        unique=False,
        schema="predictions",
        postgresql_where=sa.text("prediction_kind <> 'model'"),
    )
    op.create_index(
        "ix_ml_predictions_version",
        "ml_predictions",
        ["tenant_id", "model_version"],
        unique=False,
        schema="predictions",
        postgresql_where=sa.text("prediction_kind <> 'model'"),
    )
    op.create_table_comment(
        "ml_predictions",
        "One answer about one entity, by a model or by a client; its outcome: prediction_outcomes.",
        existing_comment="One answer of one model version about one entity; its outcome is in prediction_outcomes.",
        schema="predictions",
    )
    op.alter_column(
        "model_performance_summary",
        "version",
        existing_type=sa.TEXT(),
        nullable=True,
        existing_comment="Version that answered last.",
        schema="predictions",
    )
    op.add_column(
        "performance_daily",
        sa.Column(
            "sum_confidence",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Sum of all predictions' confidences.",
        ),
        schema="predictions",
    )
    op.add_column(
        "performance_daily",
        sa.Column(
            "sum_inference_time_ms",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Sum of all predictions' inference times, ms.",
        ),
        schema="predictions",
    )
    op.alter_column(
        "performance_daily",
        "model_version_id",
        existing_type=sa.UUID(),
        nullable=True,
        comment="Version; NULL for answers that a client's own engine gave under the model's name.",
        existing_comment="Version.",
        schema="predictions",
    )
    op.drop_index(
        op.f("uq_performance_daily_key"), table_name="performance_daily", schema="predictions"
    )
    op.create_index(
        "uq_performance_daily_key",
        "performance_daily",
        ["tenant_id", "ml_model_id", "made_on", "model_version_id", "role"],
        unique=True,
        schema="predictions",
        postgresql_nulls_not_distinct=True,
    )
    op.add_column(
        "prediction_outcomes",
        sa.Column(
            "further_values",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What else happened, by name, where a client predicts several things at once.",
        ),
        schema="predictions",
    )
    op.alter_column(
        "prediction_outcomes",
        "ml_model_id",
        existing_type=sa.UUID(),
        nullable=True,
        comment="Model that answered, if registered.",
        existing_comment="Model that answered.",
        schema="predictions",
    )
    op.alter_column(
        "prediction_outcomes",
        "model_version_id",
        existing_type=sa.UUID(),
        nullable=True,
        comment="Version that answered, if registered.",
        existing_comment="Version that answered.",
        schema="predictions",
    )
    op.alter_column(
        "prediction_outcomes",
        "loss",
        existing_type=sa.DOUBLE_PRECISION(precision=53),
        comment="Log loss in nats (a binary model), else squared error (regressions, clients).",
        existing_comment="Log loss in nats (binary) or squared error (regression).",
        existing_nullable=False,
        schema="predictions",
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_confidence_score_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_confidence_score_valid CHECK ((confidence_score BETWEEN 0 AND 1) AND (confidence_score IS NOT NULL OR (violation_probability IS NULL AND confidence_score IS NULL AND risk_level IS NULL)))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_features_used_valid CHECK ((jsonb_typeof(features_used) = 'object'::text))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_inference_time_ms_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_inference_time_ms_valid CHECK (((inference_time_ms >= (0)::double precision) AND (inference_time_ms < 'Infinity'::double precision) AND ((inference_time_ms IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL)))))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_model_complete CHECK (((model_version_id IS NULL) OR ((ml_model_id IS NOT NULL) AND (model_version IS NOT NULL) AND (entity_id IS NOT NULL) AND (inference_time_ms IS NOT NULL))))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_model_has_version CHECK (((ml_model_id IS NULL) OR (model_version_id IS NOT NULL)))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_model_id_valid CHECK (((model_id <> ''::text) AND (length(model_id) <= 255) AND ((model_id IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL)))))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_model_version_valid CHECK (((model_version <> ''::text) AND (length(model_version) <= 255) AND ((model_version IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL)))))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_predicted_value_valid CHECK (((predicted_value > '-Infinity'::double precision) AND (predicted_value < 'Infinity'::double precision) AND ((predicted_value IS NOT NULL) OR (violation_probability IS NOT NULL) OR (confidence_score IS NOT NULL) OR (risk_level IS NOT NULL))))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_prediction_id_valid CHECK (((prediction_id <> ''::text) AND (length(prediction_id) <= 255) AND ((prediction_id IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL)))))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_resource_id_valid CHECK (((resource_id <> ''::text) AND (length(resource_id) <= 255) AND ((resource_id IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL)))))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_risk_level_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_risk_level_valid CHECK (((risk_level = ANY (ARRAY['critical'::text, 'high'::text, 'medium'::text, 'low'::text])) AND ((risk_level IS NOT NULL) OR ((violation_probability IS NULL) AND (confidence_score IS NULL) AND (risk_level IS NULL)))))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_shap_values_valid CHECK ((jsonb_typeof(shap_values) = 'object'::text))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_violation_probability_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_violation_probability_valid CHECK ((violation_probability BETWEEN 0 AND 1) AND (violation_probability IS NOT NULL OR (violation_probability IS NULL AND confidence_score IS NULL AND risk_level IS NULL)))"
    )
    op.execute(
        "ALTER TABLE predictions.performance_daily ADD CONSTRAINT ck_performance_daily_sum_inference_time_ms_valid CHECK (((sum_inference_time_ms >= (0)::double precision) AND (sum_inference_time_ms < 'Infinity'::double precision)))"
    )
    op.execute(
        "ALTER TABLE predictions.prediction_outcomes ADD CONSTRAINT ck_prediction_outcomes_further_values_valid CHECK ((jsonb_typeof(further_values) = 'object'::text))"
    )
    op.execute(
        "ALTER TABLE predictions.prediction_outcomes ADD CONSTRAINT ck_prediction_outcomes_model_whole CHECK (((ml_model_id IS NULL) = (model_version_id IS NULL)))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ALTER COLUMN context SET DEFAULT '{}'::jsonb"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ALTER COLUMN prediction_timestamp SET DEFAULT now()"
    )
    op.execute("ALTER TABLE predictions.ml_predictions ALTER COLUMN service_name DROP DEFAULT")
    op.table_policy("predictions.ml_predictions", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy(
        "predictions.prediction_keys", add=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy("predictions.prediction_outcomes", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("predictions.service_views", add=["app:select", "rls:shared"])
    op.table_policy(
        "predictions.predictions", add=["app:delete,insert,select,update", "keep:730", "rls:tenant"]
    )
    op.table_policy("predictions.calibrations", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("predictions.performance_daily", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy(
        "predictions.performance_marks", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "predictions.model_performance_summary", add=["rls:tenant"], remove=["rows:tenant"]
    )
    op.table_policy(
        "predictions.ml_performance_metrics", add=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.execute(
        "\nCREATE OR REPLACE FUNCTION predictions.complete_prediction() RETURNS trigger\nLANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$\nDECLARE\n  mark text;\nBEGIN\n  IF NEW.violation_probability IS NOT NULL OR NEW.confidence_score IS NOT NULL\n     OR NEW.risk_level IS NOT NULL THEN\n    NEW.service_name := coalesce(NEW.service_name, 'policy-engine');\n    NEW.prediction_type := coalesce(NEW.prediction_type, 'policy_violation');\n    NEW.predicted_value := coalesce(NEW.predicted_value, NEW.violation_probability);\n    NEW.confidence := coalesce(NEW.confidence, NEW.confidence_score);\n    NEW.entity_id := coalesce(NEW.entity_id, NEW.resource_id);\n    NEW.resource_id := coalesce(NEW.resource_id, NEW.entity_id);\n    mark := concat_ws(' ', NEW.tenant_id, (NEW.prediction_timestamp AT TIME ZONE 'UTC')::date,\n      NEW.model_id);\n    IF NEW.model_id IS NOT NULL AND NEW.model_version_id IS NULL\n       AND current_setting('everlearn.marked', true) IS DISTINCT FROM mark THEN\n      INSERT INTO predictions.performance_marks (tenant_id, model_id, made_on) VALUES\n        (NEW.tenant_id, NEW.model_id, (NEW.prediction_timestamp AT TIME ZONE 'UTC')::date);\n      PERFORM set_config('everlearn.marked', mark, true);\n    END IF;\n  END IF;\n  IF NEW.prediction_id IS NOT NULL THEN\n    INSERT INTO predictions.prediction_keys (tenant_id, id, prediction_id)\n    VALUES (NEW.tenant_id, NEW.id, NEW.prediction_id);\n  END IF;\n  RETURN NEW;\nEND $$\n"
    )
    op.execute(
        "\nCREATE OR REPLACE FUNCTION predictions.insert_service_prediction() RETURNS trigger\nLANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$\nDECLARE\n  given CONSTANT jsonb := to_jsonb(NEW);\n  kept jsonb := coalesce(NEW.context, '{}');\n  kind text := TG_ARGV[1];\n  made_at CONSTANT timestamptz := coalesce(NEW.created_at, now());\n  period timestamptz := made_at;\n  predicted double precision;\n  happened double precision;\n  field record;\n  value jsonb;\nBEGIN\n  FOR field IN SELECT * FROM jsonb_to_recordset(TG_ARGV[2]::jsonb)\n    AS f (name text, type text, part text, required boolean, \"values\" jsonb)\n  LOOP\n    value := nullif(given -> field.name, 'null');\n    IF value IS NULL THEN\n      IF field.required THEN\n        RAISE not_null_violation USING MESSAGE = format('%s.%s needs a value', TG_TABLE_NAME,\n          field.name), SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = field.name;\n      END IF;\n      CONTINUE;\n    END IF;\n    IF field.type = 'float' AND jsonb_typeof(value) = 'string' THEN\n      RAISE invalid_parameter_value USING MESSAGE = format('%s.%s must be a finite number',\n        TG_TABLE_NAME, field.name), COLUMN = field.name;\n    END IF;\n    IF NOT field.\"values\" @> value THEN\n      RAISE invalid_parameter_value USING MESSAGE = format('%s.%s must be one of %s', TG_TABLE_NAME,\n        field.name, (SELECT string_agg(word, ', ') FROM jsonb_array_elements_text(field.\"values\")\n                     AS word)), COLUMN = field.name;\n    END IF;\n    CASE field.part\n      WHEN 'predicted' THEN predicted := value::double precision;\n      WHEN 'type' THEN kind := value #>> '{}';\n      WHEN 'actual' THEN happened := CASE jsonb_typeof(value)\n        WHEN 'boolean' THEN value::boolean::integer ELSE value::double precision END;\n      ELSE\n        IF kept -> field.name <> value THEN\n          RAISE invalid_parameter_value USING MESSAGE = format(\n            '%s.%s is given twice: the context says something else', TG_TABLE_NAME, field.name),\n            COLUMN = field.name;\n        END IF;\n        kept := kept || jsonb_build_object(field.name, value);\n    END CASE;\n  END LOOP;\n  NEW.tenant_id := coalesce(NEW.tenant_id, app.tenant_id());\n  NEW.created_at := made_at;\n  IF NEW.id IS NULL THEN\n    NEW.id := encode(overlay(uuid_send(uuidv7())\n      PLACING substring(uuid_send(app.uuid_floor(made_at)) FROM 1 FOR 6) FROM 1 FOR 6), 'hex');\n  ELSIF substr(NEW.id::text, 15, 1) <> '7' THEN\n    RAISE invalid_parameter_value USING COLUMN = 'id', MESSAGE = format(\n      '%s.id must be a version 7 uuid, whose time says where the row lies; it may be left out',\n      TG_TABLE_NAME);\n  ELSE\n    period := to_timestamp(\n      ('x' || left(replace(NEW.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0);\n  END IF;\n  PERFORM app.ensure_partition('predictions.ml_predictions', period);\n  INSERT INTO predictions.ml_predictions (tenant_id, id, service_name, prediction_type,\n    predicted_value, context, model_version, prediction_timestamp)\n  VALUES (NEW.tenant_id, NEW.id, TG_ARGV[0], kind, predicted, kept, NEW.model_version, made_at);\n  IF happened IS NOT NULL THEN\n    PERFORM app.ensure_partition('predictions.prediction_outcomes', period);\n    INSERT INTO predictions.prediction_outcomes (tenant_id, id, role, predicted_value, actual_value,\n      error, loss, predicted_at, happened_at, known_at)\n    VALUES (NEW.tenant_id, NEW.id, 'live', predicted, happened, happened - predicted,\n      (happened - predicted) ^ 2, made_at, made_at, now());\n  END IF;\n  NEW.context := coalesce(NEW.context, '{}');\n  RETURN NEW;\nEND $$\n"
    )
    op.view(
        "predictions.v_predictions",
        "SELECT p.tenant_id, p.id, p.prediction_kind, p.prediction_id, p.service_name, p.prediction_type, p.ml_model_id, p.model_version_id, p.model_version, p.role, p.source, p.entity_id, p.feature_row_id, p.raw_margin, p.predicted_value, p.confidence_interval_lower, p.confidence_interval_upper, p.confidence, p.confidence_score, p.reasons, p.violation_probability, p.time_to_violation_hours, p.risk_level, p.risk_score, p.impact_factors, p.uncertainty_sources, p.recommendations, p.attention_weights, p.context, p.inference_time_ms, p.prediction_timestamp, p.expires_at, p.remediation_status, p.remediation_id, p.prediction_timestamp AS created_at,\n       coalesce(p.resource_id, p.entity_id) AS resource_id,\n       coalesce(m.name, c.name) AS model_name, coalesce(p.model_id, m.model_id) AS model_id,\n       o.actual_value, abs(o.error) AS error, o.loss, o.happened_at, o.known_at,\n       o.further_values,\n       coalesce(p.features_used, (SELECT jsonb_object_agg(n.name, CASE\n           WHEN n.value = 'NaN'::real THEN 'null'::jsonb\n           ELSE coalesce(\n             (SELECT to_jsonb(c.word) FROM features.feature_categories AS c\n               WHERE n.name = ANY (fs.categorical) AND c.tenant_id = f.tenant_id\n                 AND c.set_name = fs.name AND c.feature = n.name AND c.code = n.value),\n             to_jsonb(n.value)) END)\n          FROM unnest(fs.names, f.\"values\") AS n (name, value))) AS features_used,\n       coalesce(p.shap_values, (SELECT jsonb_object_agg(n.name, p.reasons[n.position])\n          FROM unnest(v.feature_names) WITH ORDINALITY AS n (name, position)\n         WHERE p.reasons IS NOT NULL)) AS shap_values\n\nFROM predictions.ml_predictions AS p\nLEFT JOIN registry.model_versions AS v\n  ON v.tenant_id = p.tenant_id AND v.id = p.model_version_id\nLEFT JOIN registry.ml_models AS m ON m.tenant_id = p.tenant_id AND m.id = p.ml_model_id\nLEFT JOIN registry.ml_models AS c\n  ON p.ml_model_id IS NULL AND c.tenant_id = p.tenant_id AND c.model_id = p.model_id\nLEFT JOIN features.ml_feature_store AS f\n  ON f.tenant_id = p.tenant_id AND f.id = p.feature_row_id\nLEFT JOIN features.feature_sets AS fs\n  ON fs.tenant_id = f.tenant_id AND fs.id = f.feature_set_id\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id",
        comment="Predictions with outcome, named features and named reasons; error is without its sign.",
        was=(
            ' SELECT p.tenant_id,\n    p.id,\n    p.prediction_id,\n    p.service_name,\n    p.prediction_type,\n    p.ml_model_id,\n    p.model_version_id,\n    p.model_version,\n    p.role,\n    p.source,\n    p.entity_id,\n    p.feature_row_id,\n    p.raw_margin,\n    p.predicted_value,\n    p.confidence_interval_lower,\n    p.confidence_interval_upper,\n    p.confidence,\n    p.confidence_score,\n    p.reasons,\n    p.violation_probability,\n    p.time_to_violation_hours,\n    p.risk_level,\n    p.risk_score,\n    p.impact_factors,\n    p.uncertainty_sources,\n    p.recommendations,\n    p.attention_weights,\n    p.context,\n    p.inference_time_ms,\n    p.prediction_timestamp,\n    p.expires_at,\n    p.remediation_status,\n    p.remediation_id,\n    p.prediction_timestamp AS created_at,\n    p.entity_id AS resource_id,\n    m.name AS model_name,\n    m.model_id,\n    o.actual_value,\n    o.error,\n    o.loss,\n    o.happened_at,\n    o.known_at,\n    ( SELECT jsonb_object_agg(n.name,\n                CASE\n                    WHEN (n.value = \'NaN\'::real) THEN \'null\'::jsonb\n                    ELSE COALESCE(( SELECT to_jsonb(c.word) AS to_jsonb\n                       FROM features.feature_categories c\n                      WHERE ((n.name = ANY (fs.categorical)) AND (c.tenant_id = f.tenant_id) AND (c.set_name = fs.name) AND (c.feature = n.name) AND ((c.code)::double precision = n.value))), to_jsonb(n.value))\n                END) AS jsonb_object_agg\n           FROM UNNEST(fs.names, f."values") n(name, value)) AS features_used,\n    ( SELECT jsonb_object_agg(n.name, p.reasons[n."position"]) AS jsonb_object_agg\n           FROM unnest(v.feature_names) WITH ORDINALITY n(name, "position")\n          WHERE (p.reasons IS NOT NULL)) AS shap_values\n   FROM (((((predictions.ml_predictions p\n     JOIN registry.model_versions v ON (((v.tenant_id = p.tenant_id) AND (v.id = p.model_version_id))))\n     JOIN registry.ml_models m ON (((m.tenant_id = p.tenant_id) AND (m.id = p.ml_model_id))))\n     LEFT JOIN features.ml_feature_store f ON (((f.tenant_id = p.tenant_id) AND (f.id = p.feature_row_id))))\n     LEFT JOIN features.feature_sets fs ON (((fs.tenant_id = f.tenant_id) AND (fs.id = f.feature_set_id))))\n     LEFT JOIN predictions.prediction_outcomes o ON (((o.tenant_id = p.tenant_id) AND (o.id = p.id))));',
            "Predictions with outcome, named features and named reasons, as the requirements ask.",
            None,
        ),
        insert=None,
    )
    op.view(
        "predictions.v_recent_predictions",
        "SELECT p.id, coalesce(p.prediction_id, p.id::text) AS prediction_id,\n       coalesce(p.resource_id, p.entity_id) AS resource_id, p.tenant_id,\n       coalesce(p.model_id, m.model_id) AS model_id,\n       coalesce(p.violation_probability, p.predicted_value) AS violation_probability,\n       p.time_to_violation_hours,\n       coalesce(p.confidence_score, p.confidence) AS confidence_score,\n       p.confidence_interval_lower, p.confidence_interval_upper, p.risk_level, p.risk_score,\n       p.impact_factors, p.uncertainty_sources, p.recommendations,\n       coalesce(p.features_used, (SELECT jsonb_object_agg(n.name, CASE\n           WHEN n.value = 'NaN'::real THEN 'null'::jsonb\n           ELSE coalesce(\n             (SELECT to_jsonb(c.word) FROM features.feature_categories AS c\n               WHERE n.name = ANY (fs.categorical) AND c.tenant_id = f.tenant_id\n                 AND c.set_name = fs.name AND c.feature = n.name AND c.code = n.value),\n             to_jsonb(n.value)) END)\n          FROM unnest(fs.names, f.\"values\") AS n (name, value))) AS features_used,\n       coalesce(p.shap_values, (SELECT jsonb_object_agg(n.name, p.reasons[n.position])\n          FROM unnest(v.feature_names) WITH ORDINALITY AS n (name, position)\n         WHERE p.reasons IS NOT NULL)) AS shap_values,\n       p.attention_weights, p.inference_time_ms, p.model_version, p.prediction_timestamp,\n       p.expires_at, p.remediation_status, p.remediation_id,\n       coalesce(m.name, c.name) AS model_name, coalesce(m.model_type, c.model_type)\n         AS model_type,\n       coalesce(v.performance_metrics ->> 'accuracy', c.metrics ->> 'accuracy')\n         ::double precision AS model_accuracy\n\nFROM predictions.ml_predictions AS p\nLEFT JOIN registry.model_versions AS v\n  ON v.tenant_id = p.tenant_id AND v.id = p.model_version_id\nLEFT JOIN registry.ml_models AS m ON m.tenant_id = p.tenant_id AND m.id = p.ml_model_id\nLEFT JOIN registry.ml_models AS c\n  ON p.ml_model_id IS NULL AND c.tenant_id = p.tenant_id AND c.model_id = p.model_id\nLEFT JOIN features.ml_feature_store AS f\n  ON f.tenant_id = p.tenant_id AND f.id = p.feature_row_id\nLEFT JOIN features.feature_sets AS fs\n  ON fs.tenant_id = f.tenant_id AND fs.id = f.feature_set_id\nWHERE p.id >= app.uuid_floor(now() - interval '24 hours') AND p.role = 'live'\nORDER BY p.id DESC",
        comment="What was answered live in the last 24 hours of the server's clock, newest first.",
        was=(
            " SELECT p.id,\n    COALESCE(p.prediction_id, (p.id)::text) AS prediction_id,\n    p.entity_id AS resource_id,\n    p.tenant_id,\n    m.model_id,\n    COALESCE(p.violation_probability, p.predicted_value) AS violation_probability,\n    p.time_to_violation_hours,\n    COALESCE(p.confidence_score, p.confidence) AS confidence_score,\n    p.confidence_interval_lower,\n    p.confidence_interval_upper,\n    p.risk_level,\n    p.risk_score,\n    p.impact_factors,\n    p.uncertainty_sources,\n    p.recommendations,\n    ( SELECT jsonb_object_agg(n.name,\n                CASE\n                    WHEN (n.value = 'NaN'::real) THEN 'null'::jsonb\n                    ELSE COALESCE(( SELECT to_jsonb(c.word) AS to_jsonb\n                       FROM features.feature_categories c\n                      WHERE ((n.name = ANY (fs.categorical)) AND (c.tenant_id = f.tenant_id) AND (c.set_name = fs.name) AND (c.feature = n.name) AND ((c.code)::double precision = n.value))), to_jsonb(n.value))\n                END) AS jsonb_object_agg\n           FROM UNNEST(fs.names, f.\"values\") n(name, value)) AS features_used,\n    ( SELECT jsonb_object_agg(n.name, p.reasons[n.\"position\"]) AS jsonb_object_agg\n           FROM unnest(v.feature_names) WITH ORDINALITY n(name, \"position\")\n          WHERE (p.reasons IS NOT NULL)) AS shap_values,\n    p.attention_weights,\n    p.inference_time_ms,\n    p.model_version,\n    p.prediction_timestamp,\n    p.expires_at,\n    p.remediation_status,\n    p.remediation_id,\n    m.name AS model_name,\n    m.model_type,\n    ((v.performance_metrics ->> 'accuracy'::text))::double precision AS model_accuracy\n   FROM ((((predictions.ml_predictions p\n     JOIN registry.model_versions v ON (((v.tenant_id = p.tenant_id) AND (v.id = p.model_version_id))))\n     JOIN registry.ml_models m ON (((m.tenant_id = p.tenant_id) AND (m.id = p.ml_model_id))))\n     LEFT JOIN features.ml_feature_store f ON (((f.tenant_id = p.tenant_id) AND (f.id = p.feature_row_id))))\n     LEFT JOIN features.feature_sets fs ON (((fs.tenant_id = f.tenant_id) AND (fs.id = f.feature_set_id))))\n  WHERE ((p.id >= app.uuid_floor((now() - '24:00:00'::interval))) AND (p.role = 'live'::text))\n  ORDER BY p.id DESC;",
            "What was answered live in the last 24 hours of the server's clock, newest first.",
            None,
        ),
        insert=None,
    )
    op.view(
        "predictions.v_model_performance",
        "SELECT m.model_id, m.name AS model_name, m.tenant_id,\n       (g.metrics ->> 'accuracy')::double precision AS accuracy,\n       (g.metrics ->> 'precision')::double precision AS \"precision\",\n       (g.metrics ->> 'recall')::double precision AS recall,\n       coalesce(g.metrics ->> 'f1_score', g.metrics ->> 'f1')::double precision AS f1_score,\n       coalesce(s.prediction_count, 0) AS total_predictions,\n       s.sum_confidence / nullif(s.prediction_count, 0) AS avg_confidence,\n       s.sum_inference_time_ms / nullif(s.prediction_count, 0) AS avg_inference_time\nFROM registry.ml_models AS m\nLEFT JOIN registry.model_versions AS v\n  ON v.tenant_id = m.tenant_id AND v.ml_model_id = m.id AND v.status = 'active'\nCROSS JOIN LATERAL (SELECT coalesce(v.performance_metrics, m.metrics) AS metrics) AS g\nLEFT JOIN predictions.model_performance_summary AS s\n  ON s.tenant_id = m.tenant_id AND s.id = m.id\nWHERE m.status = 'active'",
        comment="Active models with the metrics of their version and what they answered so far.",
        was=(
            " SELECT m.model_id,\n    m.name AS model_name,\n    m.tenant_id,\n    ((v.performance_metrics ->> 'accuracy'::text))::double precision AS accuracy,\n    ((v.performance_metrics ->> 'precision'::text))::double precision AS \"precision\",\n    ((v.performance_metrics ->> 'recall'::text))::double precision AS recall,\n    (COALESCE((v.performance_metrics ->> 'f1_score'::text), (v.performance_metrics ->> 'f1'::text)))::double precision AS f1_score,\n    COALESCE(s.prediction_count, (0)::bigint) AS total_predictions,\n    (s.sum_confidence / (NULLIF(s.prediction_count, 0))::double precision) AS avg_confidence,\n    (s.sum_inference_time_ms / (NULLIF(s.prediction_count, 0))::double precision) AS avg_inference_time\n   FROM ((registry.ml_models m\n     JOIN registry.model_versions v ON (((v.tenant_id = m.tenant_id) AND (v.ml_model_id = m.id) AND (v.status = 'active'::text))))\n     LEFT JOIN predictions.model_performance_summary s ON (((s.tenant_id = m.tenant_id) AND (s.id = m.id))))\n  WHERE (m.status = 'active'::text);",
            "Active models with the metrics of their version and what they answered so far.",
            None,
        ),
        insert=None,
    )
    op.view(
        "predictions.code_roach_ml_predictions",
        "SELECT p.tenant_id, p.id, CASE WHEN pg_input_is_valid(p.context ->> 'project_id', 'uuid') THEN (p.context ->> 'project_id')::uuid END AS \"project_id\", p.context ->> 'file_path' AS \"file_path\", p.prediction_type AS \"prediction_type\", p.predicted_value AS \"predicted_quality\", o.actual_value AS \"actual_quality\", p.context -> 'code_metrics' AS \"code_metrics\", coalesce(p.context, '{}') - ARRAY['project_id', 'file_path', 'code_metrics'] AS context, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.service_name = 'code-roach' AND p.role = 'live'",
        comment="Predictions of the client service code-roach, in its own columns.",
        was=None,
        insert='predictions.insert_service_prediction(\'code-roach\', \'code-quality\', \'[{"name": "project_id", "type": "uuid", "part": "context"}, {"name": "file_path", "type": "text", "part": "context"}, {"name": "prediction_type", "type": "text", "part": "type", "required": true, "values": ["code-quality", "fix-success"]}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}, {"name": "code_metrics", "type": "json", "part": "context"}]\')',
    )
    op.view(
        "predictions.oracle_ml_predictions",
        "SELECT p.tenant_id, p.id, p.context ->> 'query' AS \"query\", CASE WHEN pg_input_is_valid(p.context ->> 'knowledge_id', 'uuid') THEN (p.context ->> 'knowledge_id')::uuid END AS \"knowledge_id\", p.predicted_value AS \"predicted_quality\", CASE WHEN pg_input_is_valid(p.context ->> 'predicted_relevance', 'double precision') THEN (p.context ->> 'predicted_relevance')::double precision END AS \"predicted_relevance\", o.actual_value AS \"actual_quality\", CASE WHEN pg_input_is_valid(coalesce(o.further_values ->> 'actual_relevance', p.context ->> 'actual_relevance'), 'double precision') THEN (coalesce(o.further_values ->> 'actual_relevance', p.context ->> 'actual_relevance'))::double precision END AS \"actual_relevance\", coalesce(p.context, '{}') - ARRAY['query', 'knowledge_id', 'predicted_relevance', 'actual_relevance'] AS context, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.service_name = 'oracle' AND p.role = 'live'",
        comment="Predictions of the client service oracle, in its own columns.",
        was=None,
        insert='predictions.insert_service_prediction(\'oracle\', \'quality\', \'[{"name": "query", "type": "text", "part": "context"}, {"name": "knowledge_id", "type": "uuid", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "predicted_relevance", "type": "float", "part": "context", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}, {"name": "actual_relevance", "type": "float", "part": "further"}]\')',
    )
    op.view(
        "predictions.daisy_chain_ml_predictions",
        "SELECT p.tenant_id, p.id, CASE WHEN pg_input_is_valid(p.context ->> 'task_id', 'uuid') THEN (p.context ->> 'task_id')::uuid END AS \"task_id\", p.context ->> 'task_type' AS \"task_type\", CASE WHEN pg_input_is_valid(p.context ->> 'predicted_quality', 'double precision') THEN (p.context ->> 'predicted_quality')::double precision END AS \"predicted_quality\", p.predicted_value AS \"predicted_success\", o.actual_value <> 0 AS \"actual_success\", coalesce(p.context, '{}') - ARRAY['task_id', 'task_type', 'predicted_quality'] AS context, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.service_name = 'daisy-chain' AND p.role = 'live'",
        comment="Predictions of the client service daisy-chain, in its own columns.",
        was=None,
        insert='predictions.insert_service_prediction(\'daisy-chain\', \'success\', \'[{"name": "task_id", "type": "uuid", "part": "context"}, {"name": "task_type", "type": "text", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "context", "required": true}, {"name": "predicted_success", "type": "float", "part": "predicted", "required": true}, {"name": "actual_success", "type": "boolean", "part": "actual"}]\')',
    )
    op.view(
        "predictions.first_mate_ml_predictions",
        "SELECT p.tenant_id, p.id, CASE WHEN pg_input_is_valid(p.context ->> 'user_id', 'uuid') THEN (p.context ->> 'user_id')::uuid END AS \"user_id\", p.context ->> 'roll_type' AS \"roll_type\", p.context ->> 'stat_name' AS \"stat_name\", CASE WHEN pg_input_is_valid(p.context ->> 'stat_value', 'integer') THEN (p.context ->> 'stat_value')::integer END AS \"stat_value\", CASE WHEN pg_input_is_valid(p.context ->> 'modifier', 'integer') THEN (p.context ->> 'modifier')::integer END AS \"modifier\", p.predicted_value AS \"predicted_success\", o.actual_value <> 0 AS \"actual_success\", coalesce(p.context, '{}') - ARRAY['user_id', 'roll_type', 'stat_name', 'stat_value', 'modifier'] AS context, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.service_name = 'first-mate' AND p.role = 'live'",
        comment="Predictions of the client service first-mate, in its own columns.",
        was=None,
        insert='predictions.insert_service_prediction(\'first-mate\', \'success\', \'[{"name": "user_id", "type": "uuid", "part": "context"}, {"name": "roll_type", "type": "text", "part": "context", "required": true, "values": ["dice", "action"]}, {"name": "stat_name", "type": "text", "part": "context"}, {"name": "stat_value", "type": "integer", "part": "context"}, {"name": "modifier", "type": "integer", "part": "context"}, {"name": "predicted_success", "type": "float", "part": "predicted", "required": true}, {"name": "actual_success", "type": "boolean", "part": "actual"}]\')',
    )
    op.view(
        "predictions.game_app_ml_predictions",
        "SELECT p.tenant_id, p.id, CASE WHEN pg_input_is_valid(p.context ->> 'session_id', 'uuid') THEN (p.context ->> 'session_id')::uuid END AS \"session_id\", CASE WHEN pg_input_is_valid(p.context ->> 'narrative_id', 'uuid') THEN (p.context ->> 'narrative_id')::uuid END AS \"narrative_id\", p.predicted_value AS \"predicted_quality\", o.actual_value AS \"actual_quality\", p.context ->> 'scenario_id' AS \"scenario_id\", p.context ->> 'roll_type' AS \"roll_type\", coalesce(p.context, '{}') - ARRAY['session_id', 'narrative_id', 'scenario_id', 'roll_type'] AS context, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.service_name = 'game-app' AND p.role = 'live'",
        comment="Predictions of the client service game-app, in its own columns.",
        was=None,
        insert='predictions.insert_service_prediction(\'game-app\', \'narrative-quality\', \'[{"name": "session_id", "type": "uuid", "part": "context"}, {"name": "narrative_id", "type": "uuid", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}, {"name": "scenario_id", "type": "text", "part": "context"}, {"name": "roll_type", "type": "text", "part": "context"}]\')',
    )
    op.view(
        "predictions.ai_gm_ml_predictions",
        "SELECT p.tenant_id, p.id, CASE WHEN pg_input_is_valid(p.context ->> 'response_id', 'uuid') THEN (p.context ->> 'response_id')::uuid END AS \"response_id\", p.predicted_value AS \"predicted_quality\", o.actual_value AS \"actual_quality\", coalesce(p.context, '{}') - ARRAY['response_id'] AS context, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.service_name = 'ai-gm' AND p.role = 'live'",
        comment="Predictions of the client service ai-gm, in its own columns.",
        was=None,
        insert='predictions.insert_service_prediction(\'ai-gm\', \'narrative-quality\', \'[{"name": "response_id", "type": "uuid", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}]\')',
    )
    op.execute(
        "\nCREATE OR REPLACE TRIGGER complete BEFORE INSERT ON predictions.ml_predictions FOR EACH ROW\nWHEN (NEW.prediction_id IS NOT NULL OR\n  NEW.violation_probability IS NOT NULL OR NEW.confidence_score IS NOT NULL\n  OR NEW.risk_level IS NOT NULL)\nEXECUTE FUNCTION predictions.complete_prediction()\n"
    )
    op.execute(
        '\nINSERT INTO predictions.service_views (service_name, prediction_type, fields, declared)\nVALUES (\'code-roach\', \'code-quality\', \'[{"name": "project_id", "type": "uuid", "part": "context"}, {"name": "file_path", "type": "text", "part": "context"}, {"name": "prediction_type", "type": "text", "part": "type", "required": true, "values": ["code-quality", "fix-success"]}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}, {"name": "code_metrics", "type": "json", "part": "context"}]\', true), (\'oracle\', \'quality\', \'[{"name": "query", "type": "text", "part": "context"}, {"name": "knowledge_id", "type": "uuid", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "predicted_relevance", "type": "float", "part": "context", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}, {"name": "actual_relevance", "type": "float", "part": "further"}]\', true), (\'daisy-chain\', \'success\', \'[{"name": "task_id", "type": "uuid", "part": "context"}, {"name": "task_type", "type": "text", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "context", "required": true}, {"name": "predicted_success", "type": "float", "part": "predicted", "required": true}, {"name": "actual_success", "type": "boolean", "part": "actual"}]\', true), (\'first-mate\', \'success\', \'[{"name": "user_id", "type": "uuid", "part": "context"}, {"name": "roll_type", "type": "text", "part": "context", "required": true, "values": ["dice", "action"]}, {"name": "stat_name", "type": "text", "part": "context"}, {"name": "stat_value", "type": "integer", "part": "context"}, {"name": "modifier", "type": "integer", "part": "context"}, {"name": "predicted_success", "type": "float", "part": "predicted", "required": true}, {"name": "actual_success", "type": "boolean", "part": "actual"}]\', true), (\'game-app\', \'narrative-quality\', \'[{"name": "session_id", "type": "uuid", "part": "context"}, {"name": "narrative_id", "type": "uuid", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}, {"name": "scenario_id", "type": "text", "part": "context"}, {"name": "roll_type", "type": "text", "part": "context"}]\', true), (\'ai-gm\', \'narrative-quality\', \'[{"name": "response_id", "type": "uuid", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}]\', true)\nON CONFLICT (service_name) DO UPDATE\nSET prediction_type = excluded.prediction_type, fields = excluded.fields, declared = true\n'
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS predictions.complete_prediction CASCADE")
    op.execute("DROP FUNCTION IF EXISTS predictions.insert_service_prediction CASCADE")
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_confidence_score_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_confidence_score_valid CHECK (((confidence_score >= (0)::double precision) AND (confidence_score <= (1)::double precision)))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_features_used_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_inference_time_ms_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_inference_time_ms_valid CHECK (((inference_time_ms >= (0)::double precision) AND (inference_time_ms < 'Infinity'::double precision)))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_model_complete"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_model_has_version"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_model_id_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_model_version_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_predicted_value_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_prediction_id_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_resource_id_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_risk_level_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_risk_level_valid CHECK ((risk_level = ANY (ARRAY['critical'::text, 'high'::text, 'medium'::text, 'low'::text])))"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_shap_values_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions DROP CONSTRAINT ck_ml_predictions_violation_probability_valid"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ADD CONSTRAINT ck_ml_predictions_violation_probability_valid CHECK (((violation_probability >= (0)::double precision) AND (violation_probability <= (1)::double precision)))"
    )
    op.execute(
        "ALTER TABLE predictions.performance_daily DROP CONSTRAINT ck_performance_daily_sum_inference_time_ms_valid"
    )
    op.execute(
        "ALTER TABLE predictions.prediction_outcomes DROP CONSTRAINT ck_prediction_outcomes_further_values_valid"
    )
    op.execute(
        "ALTER TABLE predictions.prediction_outcomes DROP CONSTRAINT ck_prediction_outcomes_model_whole"
    )
    op.execute("ALTER TABLE predictions.ml_predictions ALTER COLUMN context DROP DEFAULT")
    op.execute(
        "ALTER TABLE predictions.ml_predictions ALTER COLUMN prediction_timestamp DROP DEFAULT"
    )
    op.execute(
        "ALTER TABLE predictions.ml_predictions ALTER COLUMN service_name SET DEFAULT 'everlearn'::text"
    )
    op.view(
        "predictions.ai_gm_ml_predictions",
        None,
        comment="",
        was=(
            "SELECT p.tenant_id, p.id, CASE WHEN pg_input_is_valid(p.context ->> 'response_id', 'uuid') THEN (p.context ->> 'response_id')::uuid END AS \"response_id\", p.predicted_value AS \"predicted_quality\", o.actual_value AS \"actual_quality\", coalesce(p.context, '{}') - ARRAY['response_id'] AS context, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.service_name = 'ai-gm' AND p.role = 'live'",
            "Predictions of the client service ai-gm, in its own columns.",
            'predictions.insert_service_prediction(\'ai-gm\', \'narrative-quality\', \'[{"name": "response_id", "type": "uuid", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}]\')',
        ),
        insert=None,
    )
    op.view(
        "predictions.game_app_ml_predictions",
        None,
        comment="",
        was=(
            "SELECT p.tenant_id, p.id, CASE WHEN pg_input_is_valid(p.context ->> 'session_id', 'uuid') THEN (p.context ->> 'session_id')::uuid END AS \"session_id\", CASE WHEN pg_input_is_valid(p.context ->> 'narrative_id', 'uuid') THEN (p.context ->> 'narrative_id')::uuid END AS \"narrative_id\", p.predicted_value AS \"predicted_quality\", o.actual_value AS \"actual_quality\", p.context ->> 'scenario_id' AS \"scenario_id\", p.context ->> 'roll_type' AS \"roll_type\", coalesce(p.context, '{}') - ARRAY['session_id', 'narrative_id', 'scenario_id', 'roll_type'] AS context, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.service_name = 'game-app' AND p.role = 'live'",
            "Predictions of the client service game-app, in its own columns.",
            'predictions.insert_service_prediction(\'game-app\', \'narrative-quality\', \'[{"name": "session_id", "type": "uuid", "part": "context"}, {"name": "narrative_id", "type": "uuid", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}, {"name": "scenario_id", "type": "text", "part": "context"}, {"name": "roll_type", "type": "text", "part": "context"}]\')',
        ),
        insert=None,
    )
    op.view(
        "predictions.first_mate_ml_predictions",
        None,
        comment="",
        was=(
            "SELECT p.tenant_id, p.id, CASE WHEN pg_input_is_valid(p.context ->> 'user_id', 'uuid') THEN (p.context ->> 'user_id')::uuid END AS \"user_id\", p.context ->> 'roll_type' AS \"roll_type\", p.context ->> 'stat_name' AS \"stat_name\", CASE WHEN pg_input_is_valid(p.context ->> 'stat_value', 'integer') THEN (p.context ->> 'stat_value')::integer END AS \"stat_value\", CASE WHEN pg_input_is_valid(p.context ->> 'modifier', 'integer') THEN (p.context ->> 'modifier')::integer END AS \"modifier\", p.predicted_value AS \"predicted_success\", o.actual_value <> 0 AS \"actual_success\", coalesce(p.context, '{}') - ARRAY['user_id', 'roll_type', 'stat_name', 'stat_value', 'modifier'] AS context, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.service_name = 'first-mate' AND p.role = 'live'",
            "Predictions of the client service first-mate, in its own columns.",
            'predictions.insert_service_prediction(\'first-mate\', \'success\', \'[{"name": "user_id", "type": "uuid", "part": "context"}, {"name": "roll_type", "type": "text", "part": "context", "required": true, "values": ["dice", "action"]}, {"name": "stat_name", "type": "text", "part": "context"}, {"name": "stat_value", "type": "integer", "part": "context"}, {"name": "modifier", "type": "integer", "part": "context"}, {"name": "predicted_success", "type": "float", "part": "predicted", "required": true}, {"name": "actual_success", "type": "boolean", "part": "actual"}]\')',
        ),
        insert=None,
    )
    op.view(
        "predictions.daisy_chain_ml_predictions",
        None,
        comment="",
        was=(
            "SELECT p.tenant_id, p.id, CASE WHEN pg_input_is_valid(p.context ->> 'task_id', 'uuid') THEN (p.context ->> 'task_id')::uuid END AS \"task_id\", p.context ->> 'task_type' AS \"task_type\", CASE WHEN pg_input_is_valid(p.context ->> 'predicted_quality', 'double precision') THEN (p.context ->> 'predicted_quality')::double precision END AS \"predicted_quality\", p.predicted_value AS \"predicted_success\", o.actual_value <> 0 AS \"actual_success\", coalesce(p.context, '{}') - ARRAY['task_id', 'task_type', 'predicted_quality'] AS context, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.service_name = 'daisy-chain' AND p.role = 'live'",
            "Predictions of the client service daisy-chain, in its own columns.",
            'predictions.insert_service_prediction(\'daisy-chain\', \'success\', \'[{"name": "task_id", "type": "uuid", "part": "context"}, {"name": "task_type", "type": "text", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "context", "required": true}, {"name": "predicted_success", "type": "float", "part": "predicted", "required": true}, {"name": "actual_success", "type": "boolean", "part": "actual"}]\')',
        ),
        insert=None,
    )
    op.view(
        "predictions.oracle_ml_predictions",
        None,
        comment="",
        was=(
            "SELECT p.tenant_id, p.id, p.context ->> 'query' AS \"query\", CASE WHEN pg_input_is_valid(p.context ->> 'knowledge_id', 'uuid') THEN (p.context ->> 'knowledge_id')::uuid END AS \"knowledge_id\", p.predicted_value AS \"predicted_quality\", CASE WHEN pg_input_is_valid(p.context ->> 'predicted_relevance', 'double precision') THEN (p.context ->> 'predicted_relevance')::double precision END AS \"predicted_relevance\", o.actual_value AS \"actual_quality\", CASE WHEN pg_input_is_valid(coalesce(o.further_values ->> 'actual_relevance', p.context ->> 'actual_relevance'), 'double precision') THEN (coalesce(o.further_values ->> 'actual_relevance', p.context ->> 'actual_relevance'))::double precision END AS \"actual_relevance\", coalesce(p.context, '{}') - ARRAY['query', 'knowledge_id', 'predicted_relevance', 'actual_relevance'] AS context, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.service_name = 'oracle' AND p.role = 'live'",
            "Predictions of the client service oracle, in its own columns.",
            'predictions.insert_service_prediction(\'oracle\', \'quality\', \'[{"name": "query", "type": "text", "part": "context"}, {"name": "knowledge_id", "type": "uuid", "part": "context"}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "predicted_relevance", "type": "float", "part": "context", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}, {"name": "actual_relevance", "type": "float", "part": "further"}]\')',
        ),
        insert=None,
    )
    op.view(
        "predictions.code_roach_ml_predictions",
        None,
        comment="",
        was=(
            "SELECT p.tenant_id, p.id, CASE WHEN pg_input_is_valid(p.context ->> 'project_id', 'uuid') THEN (p.context ->> 'project_id')::uuid END AS \"project_id\", p.context ->> 'file_path' AS \"file_path\", p.prediction_type AS \"prediction_type\", p.predicted_value AS \"predicted_quality\", o.actual_value AS \"actual_quality\", p.context -> 'code_metrics' AS \"code_metrics\", coalesce(p.context, '{}') - ARRAY['project_id', 'file_path', 'code_metrics'] AS context, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.service_name = 'code-roach' AND p.role = 'live'",
            "Predictions of the client service code-roach, in its own columns.",
            'predictions.insert_service_prediction(\'code-roach\', \'code-quality\', \'[{"name": "project_id", "type": "uuid", "part": "context"}, {"name": "file_path", "type": "text", "part": "context"}, {"name": "prediction_type", "type": "text", "part": "type", "required": true, "values": ["code-quality", "fix-success"]}, {"name": "predicted_quality", "type": "float", "part": "predicted", "required": true}, {"name": "actual_quality", "type": "float", "part": "actual"}, {"name": "code_metrics", "type": "json", "part": "context"}]\')',
        ),
        insert=None,
    )
    op.view(
        "predictions.v_model_performance",
        " SELECT m.model_id,\n    m.name AS model_name,\n    m.tenant_id,\n    ((v.performance_metrics ->> 'accuracy'::text))::double precision AS accuracy,\n    ((v.performance_metrics ->> 'precision'::text))::double precision AS \"precision\",\n    ((v.performance_metrics ->> 'recall'::text))::double precision AS recall,\n    (COALESCE((v.performance_metrics ->> 'f1_score'::text), (v.performance_metrics ->> 'f1'::text)))::double precision AS f1_score,\n    COALESCE(s.prediction_count, (0)::bigint) AS total_predictions,\n    (s.sum_confidence / (NULLIF(s.prediction_count, 0))::double precision) AS avg_confidence,\n    (s.sum_inference_time_ms / (NULLIF(s.prediction_count, 0))::double precision) AS avg_inference_time\n   FROM ((registry.ml_models m\n     JOIN registry.model_versions v ON (((v.tenant_id = m.tenant_id) AND (v.ml_model_id = m.id) AND (v.status = 'active'::text))))\n     LEFT JOIN predictions.model_performance_summary s ON (((s.tenant_id = m.tenant_id) AND (s.id = m.id))))\n  WHERE (m.status = 'active'::text);",
        comment="Active models with the metrics of their version and what they answered so far.",
        was=(
            "SELECT m.model_id, m.name AS model_name, m.tenant_id,\n       (g.metrics ->> 'accuracy')::double precision AS accuracy,\n       (g.metrics ->> 'precision')::double precision AS \"precision\",\n       (g.metrics ->> 'recall')::double precision AS recall,\n       coalesce(g.metrics ->> 'f1_score', g.metrics ->> 'f1')::double precision AS f1_score,\n       coalesce(s.prediction_count, 0) AS total_predictions,\n       s.sum_confidence / nullif(s.prediction_count, 0) AS avg_confidence,\n       s.sum_inference_time_ms / nullif(s.prediction_count, 0) AS avg_inference_time\nFROM registry.ml_models AS m\nLEFT JOIN registry.model_versions AS v\n  ON v.tenant_id = m.tenant_id AND v.ml_model_id = m.id AND v.status = 'active'\nCROSS JOIN LATERAL (SELECT coalesce(v.performance_metrics, m.metrics) AS metrics) AS g\nLEFT JOIN predictions.model_performance_summary AS s\n  ON s.tenant_id = m.tenant_id AND s.id = m.id\nWHERE m.status = 'active'",
            "Active models with the metrics of their version and what they answered so far.",
            None,
        ),
        insert=None,
    )
    op.view(
        "predictions.v_recent_predictions",
        " SELECT p.id,\n    COALESCE(p.prediction_id, (p.id)::text) AS prediction_id,\n    p.entity_id AS resource_id,\n    p.tenant_id,\n    m.model_id,\n    COALESCE(p.violation_probability, p.predicted_value) AS violation_probability,\n    p.time_to_violation_hours,\n    COALESCE(p.confidence_score, p.confidence) AS confidence_score,\n    p.confidence_interval_lower,\n    p.confidence_interval_upper,\n    p.risk_level,\n    p.risk_score,\n    p.impact_factors,\n    p.uncertainty_sources,\n    p.recommendations,\n    ( SELECT jsonb_object_agg(n.name,\n                CASE\n                    WHEN (n.value = 'NaN'::real) THEN 'null'::jsonb\n                    ELSE COALESCE(( SELECT to_jsonb(c.word) AS to_jsonb\n                       FROM features.feature_categories c\n                      WHERE ((n.name = ANY (fs.categorical)) AND (c.tenant_id = f.tenant_id) AND (c.set_name = fs.name) AND (c.feature = n.name) AND ((c.code)::double precision = n.value))), to_jsonb(n.value))\n                END) AS jsonb_object_agg\n           FROM UNNEST(fs.names, f.\"values\") n(name, value)) AS features_used,\n    ( SELECT jsonb_object_agg(n.name, p.reasons[n.\"position\"]) AS jsonb_object_agg\n           FROM unnest(v.feature_names) WITH ORDINALITY n(name, \"position\")\n          WHERE (p.reasons IS NOT NULL)) AS shap_values,\n    p.attention_weights,\n    p.inference_time_ms,\n    p.model_version,\n    p.prediction_timestamp,\n    p.expires_at,\n    p.remediation_status,\n    p.remediation_id,\n    m.name AS model_name,\n    m.model_type,\n    ((v.performance_metrics ->> 'accuracy'::text))::double precision AS model_accuracy\n   FROM ((((predictions.ml_predictions p\n     JOIN registry.model_versions v ON (((v.tenant_id = p.tenant_id) AND (v.id = p.model_version_id))))\n     JOIN registry.ml_models m ON (((m.tenant_id = p.tenant_id) AND (m.id = p.ml_model_id))))\n     LEFT JOIN features.ml_feature_store f ON (((f.tenant_id = p.tenant_id) AND (f.id = p.feature_row_id))))\n     LEFT JOIN features.feature_sets fs ON (((fs.tenant_id = f.tenant_id) AND (fs.id = f.feature_set_id))))\n  WHERE ((p.id >= app.uuid_floor((now() - '24:00:00'::interval))) AND (p.role = 'live'::text))\n  ORDER BY p.id DESC;",
        comment="What was answered live in the last 24 hours of the server's clock, newest first.",
        was=(
            "SELECT p.id, coalesce(p.prediction_id, p.id::text) AS prediction_id,\n       coalesce(p.resource_id, p.entity_id) AS resource_id, p.tenant_id,\n       coalesce(p.model_id, m.model_id) AS model_id,\n       coalesce(p.violation_probability, p.predicted_value) AS violation_probability,\n       p.time_to_violation_hours,\n       coalesce(p.confidence_score, p.confidence) AS confidence_score,\n       p.confidence_interval_lower, p.confidence_interval_upper, p.risk_level, p.risk_score,\n       p.impact_factors, p.uncertainty_sources, p.recommendations,\n       coalesce(p.features_used, (SELECT jsonb_object_agg(n.name, CASE\n           WHEN n.value = 'NaN'::real THEN 'null'::jsonb\n           ELSE coalesce(\n             (SELECT to_jsonb(c.word) FROM features.feature_categories AS c\n               WHERE n.name = ANY (fs.categorical) AND c.tenant_id = f.tenant_id\n                 AND c.set_name = fs.name AND c.feature = n.name AND c.code = n.value),\n             to_jsonb(n.value)) END)\n          FROM unnest(fs.names, f.\"values\") AS n (name, value))) AS features_used,\n       coalesce(p.shap_values, (SELECT jsonb_object_agg(n.name, p.reasons[n.position])\n          FROM unnest(v.feature_names) WITH ORDINALITY AS n (name, position)\n         WHERE p.reasons IS NOT NULL)) AS shap_values,\n       p.attention_weights, p.inference_time_ms, p.model_version, p.prediction_timestamp,\n       p.expires_at, p.remediation_status, p.remediation_id,\n       coalesce(m.name, c.name) AS model_name, coalesce(m.model_type, c.model_type)\n         AS model_type,\n       coalesce(v.performance_metrics ->> 'accuracy', c.metrics ->> 'accuracy')\n         ::double precision AS model_accuracy\n\nFROM predictions.ml_predictions AS p\nLEFT JOIN registry.model_versions AS v\n  ON v.tenant_id = p.tenant_id AND v.id = p.model_version_id\nLEFT JOIN registry.ml_models AS m ON m.tenant_id = p.tenant_id AND m.id = p.ml_model_id\nLEFT JOIN registry.ml_models AS c\n  ON p.ml_model_id IS NULL AND c.tenant_id = p.tenant_id AND c.model_id = p.model_id\nLEFT JOIN features.ml_feature_store AS f\n  ON f.tenant_id = p.tenant_id AND f.id = p.feature_row_id\nLEFT JOIN features.feature_sets AS fs\n  ON fs.tenant_id = f.tenant_id AND fs.id = f.feature_set_id\nWHERE p.id >= app.uuid_floor(now() - interval '24 hours') AND p.role = 'live'\nORDER BY p.id DESC",
            "What was answered live in the last 24 hours of the server's clock, newest first.",
            None,
        ),
        insert=None,
    )
    op.view(
        "predictions.v_predictions",
        ' SELECT p.tenant_id,\n    p.id,\n    p.prediction_id,\n    p.service_name,\n    p.prediction_type,\n    p.ml_model_id,\n    p.model_version_id,\n    p.model_version,\n    p.role,\n    p.source,\n    p.entity_id,\n    p.feature_row_id,\n    p.raw_margin,\n    p.predicted_value,\n    p.confidence_interval_lower,\n    p.confidence_interval_upper,\n    p.confidence,\n    p.confidence_score,\n    p.reasons,\n    p.violation_probability,\n    p.time_to_violation_hours,\n    p.risk_level,\n    p.risk_score,\n    p.impact_factors,\n    p.uncertainty_sources,\n    p.recommendations,\n    p.attention_weights,\n    p.context,\n    p.inference_time_ms,\n    p.prediction_timestamp,\n    p.expires_at,\n    p.remediation_status,\n    p.remediation_id,\n    p.prediction_timestamp AS created_at,\n    p.entity_id AS resource_id,\n    m.name AS model_name,\n    m.model_id,\n    o.actual_value,\n    o.error,\n    o.loss,\n    o.happened_at,\n    o.known_at,\n    ( SELECT jsonb_object_agg(n.name,\n                CASE\n                    WHEN (n.value = \'NaN\'::real) THEN \'null\'::jsonb\n                    ELSE COALESCE(( SELECT to_jsonb(c.word) AS to_jsonb\n                       FROM features.feature_categories c\n                      WHERE ((n.name = ANY (fs.categorical)) AND (c.tenant_id = f.tenant_id) AND (c.set_name = fs.name) AND (c.feature = n.name) AND ((c.code)::double precision = n.value))), to_jsonb(n.value))\n                END) AS jsonb_object_agg\n           FROM UNNEST(fs.names, f."values") n(name, value)) AS features_used,\n    ( SELECT jsonb_object_agg(n.name, p.reasons[n."position"]) AS jsonb_object_agg\n           FROM unnest(v.feature_names) WITH ORDINALITY n(name, "position")\n          WHERE (p.reasons IS NOT NULL)) AS shap_values\n   FROM (((((predictions.ml_predictions p\n     JOIN registry.model_versions v ON (((v.tenant_id = p.tenant_id) AND (v.id = p.model_version_id))))\n     JOIN registry.ml_models m ON (((m.tenant_id = p.tenant_id) AND (m.id = p.ml_model_id))))\n     LEFT JOIN features.ml_feature_store f ON (((f.tenant_id = p.tenant_id) AND (f.id = p.feature_row_id))))\n     LEFT JOIN features.feature_sets fs ON (((fs.tenant_id = f.tenant_id) AND (fs.id = f.feature_set_id))))\n     LEFT JOIN predictions.prediction_outcomes o ON (((o.tenant_id = p.tenant_id) AND (o.id = p.id))));',
        comment="Predictions with outcome, named features and named reasons, as the requirements ask.",
        was=(
            "SELECT p.tenant_id, p.id, p.prediction_kind, p.prediction_id, p.service_name, p.prediction_type, p.ml_model_id, p.model_version_id, p.model_version, p.role, p.source, p.entity_id, p.feature_row_id, p.raw_margin, p.predicted_value, p.confidence_interval_lower, p.confidence_interval_upper, p.confidence, p.confidence_score, p.reasons, p.violation_probability, p.time_to_violation_hours, p.risk_level, p.risk_score, p.impact_factors, p.uncertainty_sources, p.recommendations, p.attention_weights, p.context, p.inference_time_ms, p.prediction_timestamp, p.expires_at, p.remediation_status, p.remediation_id, p.prediction_timestamp AS created_at,\n       coalesce(p.resource_id, p.entity_id) AS resource_id,\n       coalesce(m.name, c.name) AS model_name, coalesce(p.model_id, m.model_id) AS model_id,\n       o.actual_value, abs(o.error) AS error, o.loss, o.happened_at, o.known_at,\n       o.further_values,\n       coalesce(p.features_used, (SELECT jsonb_object_agg(n.name, CASE\n           WHEN n.value = 'NaN'::real THEN 'null'::jsonb\n           ELSE coalesce(\n             (SELECT to_jsonb(c.word) FROM features.feature_categories AS c\n               WHERE n.name = ANY (fs.categorical) AND c.tenant_id = f.tenant_id\n                 AND c.set_name = fs.name AND c.feature = n.name AND c.code = n.value),\n             to_jsonb(n.value)) END)\n          FROM unnest(fs.names, f.\"values\") AS n (name, value))) AS features_used,\n       coalesce(p.shap_values, (SELECT jsonb_object_agg(n.name, p.reasons[n.position])\n          FROM unnest(v.feature_names) WITH ORDINALITY AS n (name, position)\n         WHERE p.reasons IS NOT NULL)) AS shap_values\n\nFROM predictions.ml_predictions AS p\nLEFT JOIN registry.model_versions AS v\n  ON v.tenant_id = p.tenant_id AND v.id = p.model_version_id\nLEFT JOIN registry.ml_models AS m ON m.tenant_id = p.tenant_id AND m.id = p.ml_model_id\nLEFT JOIN registry.ml_models AS c\n  ON p.ml_model_id IS NULL AND c.tenant_id = p.tenant_id AND c.model_id = p.model_id\nLEFT JOIN features.ml_feature_store AS f\n  ON f.tenant_id = p.tenant_id AND f.id = p.feature_row_id\nLEFT JOIN features.feature_sets AS fs\n  ON fs.tenant_id = f.tenant_id AND fs.id = f.feature_set_id\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id",
            "Predictions with outcome, named features and named reasons; error is without its sign.",
            None,
        ),
        insert=None,
    )
    op.table_policy(
        "predictions.ml_performance_metrics", remove=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy(
        "predictions.model_performance_summary", add=["rows:tenant"], remove=["rls:tenant"]
    )
    op.table_policy(
        "predictions.performance_marks", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy("predictions.performance_daily", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("predictions.calibrations", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy(
        "predictions.predictions",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy("predictions.service_views", remove=["app:select", "rls:shared"])
    op.table_policy("predictions.prediction_outcomes", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy(
        "predictions.prediction_keys", remove=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy("predictions.ml_predictions", add=["rows:tenant"], remove=["rls:tenant"])
    op.alter_column(
        "prediction_outcomes",
        "loss",
        existing_type=sa.DOUBLE_PRECISION(precision=53),
        comment="Log loss in nats (binary) or squared error (regression).",
        existing_comment="Log loss in nats (a binary model), else squared error (regressions, clients).",
        existing_nullable=False,
        schema="predictions",
    )
    op.alter_column(
        "prediction_outcomes",
        "model_version_id",
        existing_type=sa.UUID(),
        nullable=False,
        comment="Version that answered.",
        existing_comment="Version that answered, if registered.",
        schema="predictions",
    )
    op.alter_column(
        "prediction_outcomes",
        "ml_model_id",
        existing_type=sa.UUID(),
        nullable=False,
        comment="Model that answered.",
        existing_comment="Model that answered, if registered.",
        schema="predictions",
    )
    op.drop_column("prediction_outcomes", "further_values", schema="predictions")
    op.drop_index(
        "uq_performance_daily_key",
        table_name="performance_daily",
        schema="predictions",
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        op.f("uq_performance_daily_key"),
        "performance_daily",
        ["tenant_id", "ml_model_id", "made_on", "model_version_id", "role"],
        unique=True,
        schema="predictions",
    )
    op.alter_column(
        "performance_daily",
        "model_version_id",
        existing_type=sa.UUID(),
        nullable=False,
        comment="Version.",
        existing_comment="Version; NULL for answers that a client's own engine gave under the model's name.",
        schema="predictions",
    )
    op.drop_column("performance_daily", "sum_inference_time_ms", schema="predictions")
    op.drop_column("performance_daily", "sum_confidence", schema="predictions")
    op.alter_column(
        "model_performance_summary",
        "version",
        existing_type=sa.TEXT(),
        nullable=False,
        existing_comment="Version that answered last.",
        schema="predictions",
    )
    op.create_table_comment(
        "ml_predictions",
        "One answer of one model version about one entity; its outcome is in prediction_outcomes.",
        existing_comment="One answer about one entity, by a model or by a client; its outcome: prediction_outcomes.",
        schema="predictions",
    )
    op.drop_index(
        "ix_ml_predictions_version",
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where=sa.text("prediction_kind <> 'model'"),
    )
    op.drop_index(
        "ix_ml_predictions_type",
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where=sa.text("prediction_kind <> 'model'"),
    )
    op.drop_index(
        "ix_ml_predictions_service",
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where=sa.text("service_name <> 'everlearn'"),
    )
    op.drop_index(
        "ix_ml_predictions_risk",
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where=sa.text("risk_level IS NOT NULL"),
    )
    op.drop_index(
        "ix_ml_predictions_resource",
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where=sa.text("resource_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_ml_predictions_probability",
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where=sa.text("violation_probability IS NOT NULL"),
    )
    op.drop_index(
        "ix_ml_predictions_model",
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where=sa.text("model_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_ml_predictions_expires_at",
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.alter_column(
        "ml_predictions",
        "inference_time_ms",
        existing_type=sa.DOUBLE_PRECISION(precision=53),
        nullable=False,
        existing_comment="Its share of the batch's scoring time, in ms.",
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "predicted_value",
        existing_type=sa.DOUBLE_PRECISION(precision=53),
        nullable=False,
        comment="Calibrated probability, or the predicted number.",
        existing_comment="Calibrated probability, or the predicted number; of a violation its probability.",
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "entity_id",
        existing_type=sa.TEXT(),
        nullable=False,
        comment="What the prediction is about; resource_id elsewhere.",
        existing_comment="What the prediction is about.",
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "model_version",
        existing_type=sa.TEXT(),
        nullable=False,
        comment="Name of that version, such as v1.2.0.",
        existing_comment="Name of the version, such as v1.2.0.",
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "model_version_id",
        existing_type=sa.UUID(),
        nullable=False,
        comment="Version that answered.",
        existing_comment="Registered version that answered.",
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "ml_model_id",
        existing_type=sa.UUID(),
        nullable=False,
        comment="Model that answered.",
        existing_comment="Registered model that answered.",
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "service_name",
        existing_type=sa.TEXT(),
        comment="Client service that asked.",
        existing_comment="Client service that asked; policy-engine's is filled in.",
        existing_nullable=False,
        existing_server_default=sa.text("'everlearn'::text"),
        schema="predictions",
    )
    op.alter_column(
        "ml_predictions",
        "prediction_id",
        existing_type=sa.TEXT(),
        comment="Id the client gave it, if any.",
        existing_comment="Id the client gave it; unique, see prediction_keys.",
        existing_nullable=True,
        schema="predictions",
    )
    op.drop_column("ml_predictions", "shap_values", schema="predictions")
    op.drop_column("ml_predictions", "features_used", schema="predictions")
    op.drop_column("ml_predictions", "resource_id", schema="predictions")
    op.drop_column("ml_predictions", "model_id", schema="predictions")
    op.drop_column("ml_predictions", "prediction_kind", schema="predictions")
    op.drop_index("ix_predictions_type", table_name="predictions", schema="predictions")
    op.drop_index("ix_predictions_timestamp", table_name="predictions", schema="predictions")
    op.drop_index("ix_predictions_target", table_name="predictions", schema="predictions")
    op.drop_index("ix_predictions_status", table_name="predictions", schema="predictions")
    op.drop_index("ix_predictions_model_id", table_name="predictions", schema="predictions")
    op.drop_index("ix_predictions_ml_prediction_id", table_name="predictions", schema="predictions")
    op.drop_index(
        "ix_predictions_active",
        table_name="predictions",
        schema="predictions",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.drop_table("predictions", schema="predictions")
    op.drop_index(
        "ix_ml_performance_metrics_service_name",
        table_name="ml_performance_metrics",
        schema="predictions",
    )
    op.drop_index(
        "ix_ml_performance_metrics_period",
        table_name="ml_performance_metrics",
        schema="predictions",
    )
    op.drop_index(
        "ix_ml_performance_metrics_metric_name",
        table_name="ml_performance_metrics",
        schema="predictions",
    )
    op.drop_table("ml_performance_metrics", schema="predictions")
    op.drop_table("service_views", schema="predictions")
    op.drop_table("prediction_keys", schema="predictions")
    op.drop_table("performance_marks", schema="predictions")
