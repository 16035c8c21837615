"""predictions first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA predictions")
    op.execute(
        "GRANT USAGE ON SCHEMA predictions TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "ml_predictions",
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
            "prediction_id", sa.Text(), nullable=True, comment="Id the client gave it, if any."
        ),
        sa.Column(
            "service_name",
            sa.Text(),
            server_default=sa.text("'everlearn'"),
            nullable=False,
            comment="Client service that asked.",
        ),
        sa.Column(
            "prediction_type",
            sa.Text(),
            nullable=False,
            comment="What is predicted, in the service's words.",
        ),
        sa.Column("ml_model_id", sa.UUID(), nullable=False, comment="Model that answered."),
        sa.Column("model_version_id", sa.UUID(), nullable=False, comment="Version that answered."),
        sa.Column(
            "model_version",
            sa.Text(),
            nullable=False,
            comment="Name of that version, such as v1.2.0.",
        ),
        sa.Column(
            "role",
            sa.Text(),
            server_default=sa.text("'live'"),
            nullable=False,
            comment="Whether the answer was given or only kept.",
        ),
        sa.Column(
            "source",
            sa.Text(),
            server_default=sa.text("'ml_model'"),
            nullable=False,
            comment="What made it.",
        ),
        sa.Column(
            "entity_id",
            sa.Text(),
            nullable=False,
            comment="What the prediction is about; resource_id elsewhere.",
        ),
        sa.Column(
            "feature_row_id",
            sa.UUID(),
            nullable=True,
            comment="Row of ml_feature_store it was made from.",
        ),
        sa.Column(
            "raw_margin",
            sa.Double(),
            nullable=True,
            comment="The model's own output before calibration.",
        ),
        sa.Column(
            "predicted_value",
            sa.Double(),
            nullable=False,
            comment="Calibrated probability, or the predicted number.",
        ),
        sa.Column(
            "confidence_interval_lower",
            sa.Double(),
            nullable=True,
            comment="Lower bound of predicted_value.",
        ),
        sa.Column(
            "confidence_interval_upper",
            sa.Double(),
            nullable=True,
            comment="Upper bound of predicted_value.",
        ),
        sa.Column(
            "confidence",
            sa.Double(),
            nullable=True,
            comment="Probability of the likelier of two outcomes.",
        ),
        sa.Column(
            "confidence_score",
            sa.Double(),
            nullable=True,
            comment="As confidence, for compliance predictions.",
        ),
        sa.Column(
            "reasons",
            postgresql.ARRAY(sa.REAL()),
            nullable=True,
            comment="Contribution of each feature of the version, in its order, then the base; sum: raw_margin.",
        ),
        sa.Column(
            "violation_probability",
            sa.Double(),
            nullable=True,
            comment="Probability of a policy violation.",
        ),
        sa.Column(
            "time_to_violation_hours",
            sa.Double(),
            nullable=True,
            comment="Hours until it is expected.",
        ),
        sa.Column("risk_level", sa.Text(), nullable=True, comment="How much it matters."),
        sa.Column("risk_score", sa.Double(), nullable=True, comment="Risk, 0 to 1."),
        sa.Column(
            "impact_factors",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Security, compliance, operational, financial.",
        ),
        sa.Column(
            "uncertainty_sources",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Epistemic, aleatoric, model, calibration.",
        ),
        sa.Column(
            "recommendations",
            postgresql.ARRAY(sa.Text()),
            nullable=True,
            comment="What to do about it, most useful first.",
        ),
        sa.Column(
            "attention_weights",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Attention by time step, for such models.",
        ),
        sa.Column(
            "context",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="What the client wants kept with it.",
        ),
        sa.Column(
            "inference_time_ms",
            sa.Double(),
            nullable=False,
            comment="Its share of the batch's scoring time, in ms.",
        ),
        sa.Column(
            "prediction_timestamp",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="As of when it was made; also created_at.",
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it is no longer worth anything.",
        ),
        sa.Column("remediation_status", sa.Text(), nullable=True, comment="How far the remedy is."),
        sa.Column("remediation_id", sa.UUID(), nullable=True, comment="The remedy."),
        sa.CheckConstraint(
            "entity_id <> '' AND length(entity_id) <= 255",
            name=op.f("ck_ml_predictions_entity_id_valid"),
        ),
        sa.CheckConstraint(
            "inference_time_ms >= 0 AND inference_time_ms < 'infinity'",
            name=op.f("ck_ml_predictions_inference_time_ms_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(attention_weights) = 'object'",
            name=op.f("ck_ml_predictions_attention_weights_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(context) = 'object'", name=op.f("ck_ml_predictions_context_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(impact_factors) = 'object'",
            name=op.f("ck_ml_predictions_impact_factors_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(uncertainty_sources) = 'object'",
            name=op.f("ck_ml_predictions_uncertainty_sources_valid"),
        ),
        sa.CheckConstraint(
            "prediction_type <> '' AND length(prediction_type) <= 255",
            name=op.f("ck_ml_predictions_prediction_type_valid"),
        ),
        sa.CheckConstraint(
            "remediation_status IN ('pending', 'in_progress', 'completed', 'failed')",
            name=op.f("ck_ml_predictions_remediation_status_valid"),
        ),
        sa.CheckConstraint(
            "risk_level IN ('critical', 'high', 'medium', 'low')",
            name=op.f("ck_ml_predictions_risk_level_valid"),
        ),
        sa.CheckConstraint("role IN ('live', 'shadow')", name=op.f("ck_ml_predictions_role_valid")),
        sa.CheckConstraint(
            "service_name <> '' AND length(service_name) <= 255",
            name=op.f("ck_ml_predictions_service_name_valid"),
        ),
        sa.CheckConstraint(
            "source IN ('ml_model', 'heuristic', 'ensemble')",
            name=op.f("ck_ml_predictions_source_valid"),
        ),
        sa.CheckConstraint(
            "time_to_violation_hours >= 0 AND time_to_violation_hours < 'infinity'",
            name=op.f("ck_ml_predictions_time_to_violation_hours_valid"),
        ),
        sa.CheckConstraint(
            "confidence BETWEEN 0 AND 1", name=op.f("ck_ml_predictions_confidence_valid")
        ),
        sa.CheckConstraint(
            "confidence_score BETWEEN 0 AND 1",
            name=op.f("ck_ml_predictions_confidence_score_valid"),
        ),
        sa.CheckConstraint(
            "risk_score BETWEEN 0 AND 1", name=op.f("ck_ml_predictions_risk_score_valid")
        ),
        sa.CheckConstraint(
            "violation_probability BETWEEN 0 AND 1",
            name=op.f("ck_ml_predictions_violation_probability_valid"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ml_predictions")),
        schema="predictions",
        comment="One answer of one model version about one entity; its outcome is in prediction_outcomes.",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        "ix_ml_predictions_entity",
        "ml_predictions",
        ["tenant_id", "ml_model_id", "entity_id"],
        unique=False,
        schema="predictions",
    )
    op.create_index(
        "ix_ml_predictions_high_risk",
        "ml_predictions",
        ["tenant_id", "risk_level", sa.literal_column("prediction_timestamp DESC")],
        unique=False,
        schema="predictions",
        postgresql_where=sa.text("risk_level IN ('critical', 'high')"),
    )
    op.create_index(
        "ix_ml_predictions_timestamp",
        "ml_predictions",
        ["prediction_timestamp"],
        unique=False,
        schema="predictions",
        postgresql_using="brin",
    )
    op.create_table(
        "prediction_outcomes",
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
        sa.Column("ml_model_id", sa.UUID(), nullable=False, comment="Model that answered."),
        sa.Column("model_version_id", sa.UUID(), nullable=False, comment="Version that answered."),
        sa.Column("role", sa.Text(), nullable=False, comment="As on the prediction."),
        sa.Column(
            "feature_row_id",
            sa.UUID(),
            nullable=True,
            comment="As on the prediction: pairs live with shadow.",
        ),
        sa.Column("raw_margin", sa.Double(), nullable=True, comment="As on the prediction."),
        sa.Column("predicted_value", sa.Double(), nullable=False, comment="As on the prediction."),
        sa.Column(
            "actual_value",
            sa.Double(),
            nullable=False,
            comment="What happened: 0 or 1, or the number.",
        ),
        sa.Column(
            "error", sa.Double(), nullable=False, comment="actual_value minus predicted_value."
        ),
        sa.Column(
            "loss",
            sa.Double(),
            nullable=False,
            comment="Log loss in nats (binary) or squared error (regression).",
        ),
        sa.Column(
            "predicted_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="As of when the prediction was made.",
        ),
        sa.Column(
            "happened_at", sa.DateTime(timezone=True), nullable=False, comment="When it happened."
        ),
        sa.Column(
            "known_at", sa.DateTime(timezone=True), nullable=False, comment="When we learned of it."
        ),
        sa.CheckConstraint(
            "role IN ('live', 'shadow')", name=op.f("ck_prediction_outcomes_role_valid")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_prediction_outcomes")),
        schema="predictions",
        comment="What really happened; its id is the prediction's, so there is at most one for each.",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        "ix_prediction_outcomes_known_at",
        "prediction_outcomes",
        ["tenant_id", "ml_model_id", "known_at"],
        unique=False,
        schema="predictions",
    )
    op.create_table(
        "model_performance_summary",
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
            "name",
            sa.Text(),
            nullable=False,
            comment="Name of the model, whose id is this row's id.",
        ),
        sa.Column("version", sa.Text(), nullable=False, comment="Version that answered last."),
        sa.Column(
            "model_type",
            sa.Text(),
            nullable=True,
            comment="Kind of model, such as gradient_boosting.",
        ),
        sa.Column(
            "prediction_count",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Predictions made.",
        ),
        sa.Column(
            "validated_predictions",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Those of them that are closed.",
        ),
        sa.Column(
            "correct_predictions",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Those on the right side of one half; 0 for a regression.",
        ),
        sa.Column(
            "avg_accuracy",
            sa.Double(),
            sa.Computed(
                "correct_predictions::double precision / nullif(validated_predictions, 0)",
                persisted=True,
            ),
            nullable=True,
            comment="correct_predictions by validated_predictions, 0 to 1.",
        ),
        sa.Column(
            "last_prediction",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="As of when the latest prediction was made.",
        ),
        sa.Column(
            "sum_confidence",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Sum of the confidences.",
        ),
        sa.Column(
            "sum_inference_time_ms",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Sum of the inference times, ms.",
        ),
        sa.CheckConstraint(
            "model_type <> '' AND length(model_type) <= 255",
            name=op.f("ck_model_performance_summary_model_type_valid"),
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255",
            name=op.f("ck_model_performance_summary_name_valid"),
        ),
        sa.CheckConstraint(
            "sum_inference_time_ms >= 0 AND sum_inference_time_ms < 'infinity'",
            name=op.f("ck_model_performance_summary_sum_inference_time_ms_valid"),
        ),
        sa.CheckConstraint(
            "correct_predictions >= 0",
            name=op.f("ck_model_performance_summary_correct_predictions_valid"),
        ),
        sa.CheckConstraint(
            "prediction_count >= 0",
            name=op.f("ck_model_performance_summary_prediction_count_valid"),
        ),
        sa.CheckConstraint(
            "validated_predictions >= 0",
            name=op.f("ck_model_performance_summary_validated_predictions_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_model_performance_summary_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_model_performance_summary")),
        schema="predictions",
        comment="Rollup: one row a model over all that was answered live; moved with performance_daily.",
    )
    op.create_table(
        "calibrations",
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
        sa.Column("model_version_id", sa.UUID(), nullable=False, comment="Version it calibrates."),
        sa.Column(
            "fitted_at", sa.DateTime(timezone=True), nullable=False, comment="When it was made."
        ),
        sa.Column(
            "n_samples", sa.BigInteger(), nullable=False, comment="Outcomes it was made from."
        ),
        sa.Column(
            "lower_at",
            postgresql.ARRAY(sa.Double()),
            nullable=False,
            comment="Margins at which the lower bound steps up.",
        ),
        sa.Column(
            "lower_value",
            postgresql.ARRAY(sa.Double()),
            nullable=False,
            comment="Lower bound before, between and after the steps.",
        ),
        sa.Column(
            "upper_at",
            postgresql.ARRAY(sa.Double()),
            nullable=False,
            comment="Margins above which the upper bound steps up.",
        ),
        sa.Column(
            "upper_value",
            postgresql.ARRAY(sa.Double()),
            nullable=False,
            comment="Upper bound before, between and after the steps.",
        ),
        sa.CheckConstraint("n_samples >= 0", name=op.f("ck_calibrations_n_samples_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_calibrations_model_version_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_calibrations_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_calibrations")),
        schema="predictions",
        comment="A Venn-Abers predictor of a version: two step functions of the margin. The latest is used.",
    )
    op.create_index(
        "ix_calibrations_latest",
        "calibrations",
        ["tenant_id", "model_version_id", sa.literal_column("fitted_at DESC")],
        unique=False,
        schema="predictions",
    )
    op.create_table(
        "performance_daily",
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
        sa.Column("ml_model_id", sa.UUID(), nullable=False, comment="Model."),
        sa.Column("model_version_id", sa.UUID(), nullable=False, comment="Version."),
        sa.Column("role", sa.Text(), nullable=False, comment="Live or shadow."),
        sa.Column(
            "made_on",
            sa.Date(),
            nullable=False,
            comment="Day, in UTC, on which the predictions were made.",
        ),
        sa.Column(
            "n_predictions",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Predictions made.",
        ),
        sa.Column(
            "n_outcomes",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Those of them that are closed.",
        ),
        sa.Column(
            "n_correct",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Those on the right side of one half.",
        ),
        sa.Column(
            "sum_loss",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Sum of their losses.",
        ),
        sa.Column(
            "sum_squared_error",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Sum of their squared errors.",
        ),
        sa.Column(
            "sum_predicted",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Sum of their predicted values.",
        ),
        sa.Column(
            "sum_actual",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Sum of their outcomes.",
        ),
        sa.CheckConstraint(
            "role IN ('live', 'shadow')", name=op.f("ck_performance_daily_role_valid")
        ),
        sa.CheckConstraint("n_correct >= 0", name=op.f("ck_performance_daily_n_correct_valid")),
        sa.CheckConstraint("n_outcomes >= 0", name=op.f("ck_performance_daily_n_outcomes_valid")),
        sa.CheckConstraint(
            "n_predictions >= 0", name=op.f("ck_performance_daily_n_predictions_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_performance_daily_model_version_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_performance_daily_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_performance_daily")),
        schema="predictions",
        comment="Rollup: sums over the predictions that one version made on one day, moved by each outcome.",
    )
    op.create_index(
        "ix_performance_daily_model_version_id",
        "performance_daily",
        ["tenant_id", "model_version_id"],
        unique=False,
        schema="predictions",
    )
    op.create_index(
        "uq_performance_daily_key",
        "performance_daily",
        ["tenant_id", "ml_model_id", "made_on", "model_version_id", "role"],
        unique=True,
        schema="predictions",
    )
    op.table_policy(
        "predictions.ml_predictions",
        add=["app:insert,select", "keep:730", "partition:id:month", "rows:tenant"],
    )
    op.table_policy(
        "predictions.prediction_outcomes",
        add=["app:insert,select", "keep:730", "partition:id:month", "rows:tenant"],
    )
    op.table_policy(
        "predictions.calibrations", add=["app:insert,select", "keep:730", "rows:tenant"]
    )
    op.table_policy(
        "predictions.performance_daily",
        add=["app:delete,insert,select,update", "keep:3650", "rows:tenant"],
    )
    op.table_policy(
        "predictions.model_performance_summary",
        add=["app:delete,insert,select,update", "rows:tenant"],
    )
    op.view(
        "predictions.v_predictions",
        "SELECT p.*, p.prediction_timestamp AS created_at, p.entity_id AS resource_id,\n       m.name AS model_name, m.model_id,\n       o.actual_value, o.error, o.loss, o.happened_at, o.known_at,\n       (SELECT jsonb_object_agg(n.name, CASE\n           WHEN n.value = 'NaN'::real THEN 'null'::jsonb\n           ELSE coalesce(\n             (SELECT to_jsonb(c.word) FROM features.feature_categories AS c\n               WHERE n.name = ANY (fs.categorical) AND c.tenant_id = f.tenant_id\n                 AND c.set_name = fs.name AND c.feature = n.name AND c.code = n.value),\n             to_jsonb(n.value)) END)\n          FROM unnest(fs.names, f.\"values\") AS n (name, value)) AS features_used,\n       (SELECT jsonb_object_agg(n.name, p.reasons[n.position])\n          FROM unnest(v.feature_names) WITH ORDINALITY AS n (name, position)\n         WHERE p.reasons IS NOT NULL) AS shap_values\n\nFROM predictions.ml_predictions AS p\nJOIN registry.model_versions AS v ON v.tenant_id = p.tenant_id AND v.id = p.model_version_id\nJOIN registry.ml_models AS m ON m.tenant_id = p.tenant_id AND m.id = p.ml_model_id\nLEFT JOIN features.ml_feature_store AS f\n  ON f.tenant_id = p.tenant_id AND f.id = p.feature_row_id\nLEFT JOIN features.feature_sets AS fs\n  ON fs.tenant_id = f.tenant_id AND fs.id = f.feature_set_id\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id",
        comment="Predictions with outcome, named features and named reasons, as the requirements ask.",
        was=None,
    )
    op.view(
        "predictions.v_recent_predictions",
        "SELECT p.id, coalesce(p.prediction_id, p.id::text) AS prediction_id,\n       p.entity_id AS resource_id, p.tenant_id, m.model_id,\n       coalesce(p.violation_probability, p.predicted_value) AS violation_probability,\n       p.time_to_violation_hours,\n       coalesce(p.confidence_score, p.confidence) AS confidence_score,\n       p.confidence_interval_lower, p.confidence_interval_upper, p.risk_level, p.risk_score,\n       p.impact_factors, p.uncertainty_sources, p.recommendations,\n       (SELECT jsonb_object_agg(n.name, CASE\n           WHEN n.value = 'NaN'::real THEN 'null'::jsonb\n           ELSE coalesce(\n             (SELECT to_jsonb(c.word) FROM features.feature_categories AS c\n               WHERE n.name = ANY (fs.categorical) AND c.tenant_id = f.tenant_id\n                 AND c.set_name = fs.name AND c.feature = n.name AND c.code = n.value),\n             to_jsonb(n.value)) END)\n          FROM unnest(fs.names, f.\"values\") AS n (name, value)) AS features_used,\n       (SELECT jsonb_object_agg(n.name, p.reasons[n.position])\n          FROM unnest(v.feature_names) WITH ORDINALITY AS n (name, position)\n         WHERE p.reasons IS NOT NULL) AS shap_values,\n       p.attention_weights, p.inference_time_ms, p.model_version, p.prediction_timestamp,\n       p.expires_at, p.remediation_status, p.remediation_id,\n       m.name AS model_name, m.model_type,\n       (v.performance_metrics ->> 'accuracy')::double precision AS model_accuracy\n\nFROM predictions.ml_predictions AS p\nJOIN registry.model_versions AS v ON v.tenant_id = p.tenant_id AND v.id = p.model_version_id\nJOIN registry.ml_models AS m ON m.tenant_id = p.tenant_id AND m.id = p.ml_model_id\nLEFT JOIN features.ml_feature_store AS f\n  ON f.tenant_id = p.tenant_id AND f.id = p.feature_row_id\nLEFT JOIN features.feature_sets AS fs\n  ON fs.tenant_id = f.tenant_id AND fs.id = f.feature_set_id\nWHERE p.id >= app.uuid_floor(now() - interval '24 hours') AND p.role = 'live'\nORDER BY p.id DESC",
        comment="What was answered live in the last 24 hours of the server's clock, newest first.",
        was=None,
    )
    op.view(
        "predictions.v_model_performance",
        "SELECT m.model_id, m.name AS model_name, m.tenant_id,\n       (v.performance_metrics ->> 'accuracy')::double precision AS accuracy,\n       (v.performance_metrics ->> 'precision')::double precision AS \"precision\",\n       (v.performance_metrics ->> 'recall')::double precision AS recall,\n       coalesce(v.performance_metrics ->> 'f1_score', v.performance_metrics ->> 'f1')\n         ::double precision AS f1_score,\n       coalesce(s.prediction_count, 0) AS total_predictions,\n       s.sum_confidence / nullif(s.prediction_count, 0) AS avg_confidence,\n       s.sum_inference_time_ms / nullif(s.prediction_count, 0) AS avg_inference_time\nFROM registry.ml_models AS m\nJOIN registry.model_versions AS v\n  ON v.tenant_id = m.tenant_id AND v.ml_model_id = m.id AND v.status = 'active'\nLEFT JOIN predictions.model_performance_summary AS s\n  ON s.tenant_id = m.tenant_id AND s.id = m.id\nWHERE m.status = 'active'",
        comment="Active models with the metrics of their version and what they answered so far.",
        was=None,
    )


def downgrade() -> None:
    op.view(
        "predictions.v_model_performance",
        None,
        comment="",
        was=(
            "SELECT m.model_id, m.name AS model_name, m.tenant_id,\n       (v.performance_metrics ->> 'accuracy')::double precision AS accuracy,\n       (v.performance_metrics ->> 'precision')::double precision AS \"precision\",\n       (v.performance_metrics ->> 'recall')::double precision AS recall,\n       coalesce(v.performance_metrics ->> 'f1_score', v.performance_metrics ->> 'f1')\n         ::double precision AS f1_score,\n       coalesce(s.prediction_count, 0) AS total_predictions,\n       s.sum_confidence / nullif(s.prediction_count, 0) AS avg_confidence,\n       s.sum_inference_time_ms / nullif(s.prediction_count, 0) AS avg_inference_time\nFROM registry.ml_models AS m\nJOIN registry.model_versions AS v\n  ON v.tenant_id = m.tenant_id AND v.ml_model_id = m.id AND v.status = 'active'\nLEFT JOIN predictions.model_performance_summary AS s\n  ON s.tenant_id = m.tenant_id AND s.id = m.id\nWHERE m.status = 'active'",
            "Active models with the metrics of their version and what they answered so far.",
        ),
    )
    op.view(
        "predictions.v_recent_predictions",
        None,
        comment="",
        was=(
            "SELECT p.id, coalesce(p.prediction_id, p.id::text) AS prediction_id,\n       p.entity_id AS resource_id, p.tenant_id, m.model_id,\n       coalesce(p.violation_probability, p.predicted_value) AS violation_probability,\n       p.time_to_violation_hours,\n       coalesce(p.confidence_score, p.confidence) AS confidence_score,\n       p.confidence_interval_lower, p.confidence_interval_upper, p.risk_level, p.risk_score,\n       p.impact_factors, p.uncertainty_sources, p.recommendations,\n       (SELECT jsonb_object_agg(n.name, CASE\n           WHEN n.value = 'NaN'::real THEN 'null'::jsonb\n           ELSE coalesce(\n             (SELECT to_jsonb(c.word) FROM features.feature_categories AS c\n               WHERE n.name = ANY (fs.categorical) AND c.tenant_id = f.tenant_id\n                 AND c.set_name = fs.name AND c.feature = n.name AND c.code = n.value),\n             to_jsonb(n.value)) END)\n          FROM unnest(fs.names, f.\"values\") AS n (name, value)) AS features_used,\n       (SELECT jsonb_object_agg(n.name, p.reasons[n.position])\n          FROM unnest(v.feature_names) WITH ORDINALITY AS n (name, position)\n         WHERE p.reasons IS NOT NULL) AS shap_values,\n       p.attention_weights, p.inference_time_ms, p.model_version, p.prediction_timestamp,\n       p.expires_at, p.remediation_status, p.remediation_id,\n       m.name AS model_name, m.model_type,\n       (v.performance_metrics ->> 'accuracy')::double precision AS model_accuracy\n\nFROM predictions.ml_predictions AS p\nJOIN registry.model_versions AS v ON v.tenant_id = p.tenant_id AND v.id = p.model_version_id\nJOIN registry.ml_models AS m ON m.tenant_id = p.tenant_id AND m.id = p.ml_model_id\nLEFT JOIN features.ml_feature_store AS f\n  ON f.tenant_id = p.tenant_id AND f.id = p.feature_row_id\nLEFT JOIN features.feature_sets AS fs\n  ON fs.tenant_id = f.tenant_id AND fs.id = f.feature_set_id\nWHERE p.id >= app.uuid_floor(now() - interval '24 hours') AND p.role = 'live'\nORDER BY p.id DESC",
            "What was answered live in the last 24 hours of the server's clock, newest first.",
        ),
    )
    op.view(
        "predictions.v_predictions",
        None,
        comment="",
        was=(
            "SELECT p.*, p.prediction_timestamp AS created_at, p.entity_id AS resource_id,\n       m.name AS model_name, m.model_id,\n       o.actual_value, o.error, o.loss, o.happened_at, o.known_at,\n       (SELECT jsonb_object_agg(n.name, CASE\n           WHEN n.value = 'NaN'::real THEN 'null'::jsonb\n           ELSE coalesce(\n             (SELECT to_jsonb(c.word) FROM features.feature_categories AS c\n               WHERE n.name = ANY (fs.categorical) AND c.tenant_id = f.tenant_id\n                 AND c.set_name = fs.name AND c.feature = n.name AND c.code = n.value),\n             to_jsonb(n.value)) END)\n          FROM unnest(fs.names, f.\"values\") AS n (name, value)) AS features_used,\n       (SELECT jsonb_object_agg(n.name, p.reasons[n.position])\n          FROM unnest(v.feature_names) WITH ORDINALITY AS n (name, position)\n         WHERE p.reasons IS NOT NULL) AS shap_values\n\nFROM predictions.ml_predictions AS p\nJOIN registry.model_versions AS v ON v.tenant_id = p.tenant_id AND v.id = p.model_version_id\nJOIN registry.ml_models AS m ON m.tenant_id = p.tenant_id AND m.id = p.ml_model_id\nLEFT JOIN features.ml_feature_store AS f\n  ON f.tenant_id = p.tenant_id AND f.id = p.feature_row_id\nLEFT JOIN features.feature_sets AS fs\n  ON fs.tenant_id = f.tenant_id AND fs.id = f.feature_set_id\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id",
            "Predictions with outcome, named features and named reasons, as the requirements ask.",
        ),
    )
    op.table_policy(
        "predictions.model_performance_summary",
        remove=["app:delete,insert,select,update", "rows:tenant"],
    )
    op.table_policy(
        "predictions.performance_daily",
        remove=["app:delete,insert,select,update", "keep:3650", "rows:tenant"],
    )
    op.table_policy(
        "predictions.calibrations", remove=["app:insert,select", "keep:730", "rows:tenant"]
    )
    op.table_policy(
        "predictions.prediction_outcomes",
        remove=["app:insert,select", "keep:730", "partition:id:month", "rows:tenant"],
    )
    op.table_policy(
        "predictions.ml_predictions",
        remove=["app:insert,select", "keep:730", "partition:id:month", "rows:tenant"],
    )
    op.drop_index("uq_performance_daily_key", table_name="performance_daily", schema="predictions")
    op.drop_index(
        "ix_performance_daily_model_version_id",
        table_name="performance_daily",
        schema="predictions",
    )
    op.drop_table("performance_daily", schema="predictions")
    op.drop_index("ix_calibrations_latest", table_name="calibrations", schema="predictions")
    op.drop_table("calibrations", schema="predictions")
    op.drop_table("model_performance_summary", schema="predictions")
    op.drop_index(
        "ix_prediction_outcomes_known_at", table_name="prediction_outcomes", schema="predictions"
    )
    op.drop_table("prediction_outcomes", schema="predictions")
    op.drop_index(
        "ix_ml_predictions_timestamp",
        table_name="ml_predictions",
        schema="predictions",
        postgresql_using="brin",
    )
    op.drop_index(
        "ix_ml_predictions_high_risk",
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where=sa.text("risk_level IN ('critical', 'high')"),
    )
    op.drop_index("ix_ml_predictions_entity", table_name="ml_predictions", schema="predictions")
    op.drop_table("ml_predictions", schema="predictions")
    op.execute("DROP SCHEMA predictions CASCADE")
