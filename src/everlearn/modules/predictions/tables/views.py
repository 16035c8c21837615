"""Views over answers: with outcome and reasons, of the last day, and how models do."""

from __future__ import annotations

from everlearn.core.schema.values import table_of
from everlearn.core.tables import view
from everlearn.modules.predictions.tables.answers import MlPrediction

# Spelled out and not taken from the features module's view: views are created in no fixed order.
_FEATURES = """
           coalesce(p.features_used, (SELECT jsonb_object_agg(n.name, CASE
               WHEN n.value = 'NaN'::real THEN 'null'::jsonb
               ELSE coalesce(
                 (SELECT to_jsonb(c.word) FROM features.feature_categories AS c
                   WHERE n.name = ANY (fs.categorical) AND c.tenant_id = f.tenant_id
                     AND c.set_name = fs.name AND c.feature = n.name AND c.code = n.value),
                 to_jsonb(n.value)) END)
              FROM unnest(fs.names, f."values") AS n (name, value))) AS features_used"""
_REASONS = """
           coalesce(p.shap_values, (SELECT jsonb_object_agg(n.name, p.reasons[n.position])
              FROM unnest(v.feature_names) WITH ORDINALITY AS n (name, position)
             WHERE p.reasons IS NOT NULL)) AS shap_values"""
# A client's own engine names a model in its words; it may be registered or not. Two joins, since
# neither could use an index with both conditions in one.
_JOINED = """
    FROM predictions.ml_predictions AS p
    LEFT JOIN registry.model_versions AS v
      ON v.tenant_id = p.tenant_id AND v.id = p.model_version_id
    LEFT JOIN registry.ml_models AS m ON m.tenant_id = p.tenant_id AND m.id = p.ml_model_id
    LEFT JOIN registry.ml_models AS c
      ON p.ml_model_id IS NULL AND c.tenant_id = p.tenant_id AND c.model_id = p.model_id
    LEFT JOIN features.ml_feature_store AS f
      ON f.tenant_id = p.tenant_id AND f.id = p.feature_row_id
    LEFT JOIN features.feature_sets AS fs
      ON fs.tenant_id = f.tenant_id AND fs.id = f.feature_set_id"""
_JOINED_TOO = {"features_used", "shap_values", "model_id", "resource_id"}
_KEYS = {"tenant_key", "entity_key", "made_on"}  # only what indexes are made of
_OWN = ", ".join(
    f"p.{column.name}"
    for column in table_of(MlPrediction).columns
    if column.name not in _JOINED_TOO | _KEYS
)

view(
    "predictions",
    "v_predictions",
    "Predictions with outcome, named features and named reasons; error is without its sign.",
    f"""
    SELECT {_OWN}, p.prediction_timestamp AS created_at,
           coalesce(p.resource_id, p.entity_id) AS resource_id,
           coalesce(m.name, c.name) AS model_name, coalesce(p.model_id, m.model_id) AS model_id,
           o.actual_value, abs(o.error) AS error, o.loss, o.happened_at, o.known_at,
           o.further_values,{_FEATURES},{_REASONS}
    {_JOINED}
    LEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id
    """,
)

view(
    "predictions",
    "v_recent_predictions",
    "What was answered live in the last 24 hours of the server's clock, newest first.",
    f"""
    SELECT p.id, coalesce(p.prediction_id, p.id::text) AS prediction_id,
           coalesce(p.resource_id, p.entity_id) AS resource_id, p.tenant_id,
           coalesce(p.model_id, m.model_id) AS model_id,
           coalesce(p.violation_probability, p.predicted_value) AS violation_probability,
           p.time_to_violation_hours,
           coalesce(p.confidence_score, p.confidence) AS confidence_score,
           p.confidence_interval_lower, p.confidence_interval_upper, p.risk_level, p.risk_score,
           p.impact_factors, p.uncertainty_sources, p.recommendations,{_FEATURES},{_REASONS},
           p.attention_weights, p.inference_time_ms, p.model_version, p.prediction_timestamp,
           p.expires_at, p.remediation_status, p.remediation_id,
           coalesce(m.name, c.name) AS model_name, coalesce(m.model_type, c.model_type)
             AS model_type,
           coalesce(v.performance_metrics ->> 'accuracy', c.metrics ->> 'accuracy')
             ::double precision AS model_accuracy
    {_JOINED}
    WHERE p.id >= app.uuid_floor(now() - interval '24 hours') AND p.role = 'live'
    ORDER BY p.id DESC
    """,
)

view(
    "predictions",
    "v_model_performance",
    "Active models with the metrics of their version and what they answered so far.",
    """
    SELECT m.model_id, m.name AS model_name, m.tenant_id,
           (g.metrics ->> 'accuracy')::double precision AS accuracy,
           (g.metrics ->> 'precision')::double precision AS "precision",
           (g.metrics ->> 'recall')::double precision AS recall,
           coalesce(g.metrics ->> 'f1_score', g.metrics ->> 'f1')::double precision AS f1_score,
           coalesce(s.prediction_count, 0) AS total_predictions,
           s.sum_confidence / nullif(s.prediction_count, 0) AS avg_confidence,
           s.sum_inference_time_ms / nullif(s.prediction_count, 0) AS avg_inference_time
    FROM registry.ml_models AS m
    LEFT JOIN registry.model_versions AS v
      ON v.tenant_id = m.tenant_id AND v.ml_model_id = m.id AND v.status = 'active'
    CROSS JOIN LATERAL (SELECT coalesce(v.performance_metrics, m.metrics) AS metrics) AS g
    LEFT JOIN predictions.model_performance_summary AS s
      ON s.tenant_id = m.tenant_id AND s.id = m.id
    WHERE m.status = 'active'
    """,
)

view(
    "predictions",
    "v_model_performance_summary",
    "model_performance_summary with quantiles of what was answered live, at most 1 % off.",
    """
    SELECT s.id, s.tenant_id, s.name, s.version, s.model_type, s.prediction_count, s.avg_accuracy,
           s.validated_predictions, s.last_prediction,
           s.sum_confidence / nullif(s.prediction_count, 0) AS avg_confidence,
           s.sum_inference_time_ms / nullif(s.prediction_count, 0) AS avg_inference_time_ms,
           t.of[1] AS p50_inference_time_ms, t.of[2] AS p95_inference_time_ms,
           t.of[3] AS p99_inference_time_ms,
           c.of[1] AS p50_confidence, e.of[1] AS p50_error, e.of[2] AS p95_error,
           e.of[3] AS p99_error, q.refreshed_at
    FROM predictions.model_performance_summary AS s
    LEFT JOIN predictions.model_performance_quantiles AS q
      ON q.tenant_id = s.tenant_id AND q.id = s.id
    CROSS JOIN LATERAL (
      SELECT app.sketch_quantiles(q.inference_times, '{0.5,0.95,0.99}') AS of) AS t
    CROSS JOIN LATERAL (SELECT app.sketch_quantiles(q.confidences, '{0.5}') AS of) AS c
    CROSS JOIN LATERAL (SELECT app.sketch_quantiles(q.errors, '{0.5,0.95,0.99}') AS of) AS e
    """,
)
