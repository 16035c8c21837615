"""Answers and their outcomes; the wide table is only ever appended to."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Computed, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column

from everlearn.core.columns import (
    Day,
    Hours,
    Id,
    Json,
    Moment,
    Name,
    Number,
    Score,
    SmallFloats,
    Texts,
    Words,
    choice,
    column,
)
from everlearn.core.db_errors import BY_CONSTRAINT
from everlearn.core.tables import By, Policy, Row
from everlearn.modules.predictions.errors import SecondPrediction
from everlearn.modules.predictions.types import (
    PredictionRole,
    RemediationStatus,
    RiskLevel,
    Source,
)

#: A row with any of these is a prediction of a violation, and needs all that such a one needs.
#: Tests for NULL, and not a function or the kind's text: they are paid on every row.
_COMPLIANCE = """{0}violation_probability IS NOT NULL OR {0}confidence_score IS NOT NULL
  OR {0}risk_level IS NOT NULL"""
_NO_COMPLIANCE = "violation_probability IS NULL AND confidence_score IS NULL AND risk_level IS NULL"
#: What finds the answers about an entity: tenant and entity in 8 bytes of an index, not some 40.
#: Columns and not expressions in the index, whose functions may not look at rows before row-level
#: security did; and two of them, since a planner without statistics of a new partition believes two
#: equalities more than the range of the primary key that it could take instead. The SELECT is there
#: because the planner holds COALESCE, of which the tenant's setting is read, for leaky.
SAME_ENTITY = (
    "{row}.tenant_key = (SELECT uuid_hash(app.tenant_id()))"
    " AND {row}.entity_key = hashtext({entity}) AND {row}.entity_id = {entity}"
)
_KIND = f"""CASE WHEN {_COMPLIANCE.format("")} THEN 'compliance'
     WHEN model_version_id IS NOT NULL THEN 'model' ELSE 'service' END"""
_RISKS = ", ".join(f"'{level.value}'" for level in RiskLevel)


def _needed(rule: str) -> dict[str, str]:
    """Give a column's rule: it holds, and predictions of violations have a value.

    A rule of one column, and not of the whole row, so that the error names the column.
    """
    return {"check": f"({rule}) AND ({{c}} IS NOT NULL OR ({_NO_COMPLIANCE}))"}


def _compliance(comment: str) -> MappedColumn[str | None]:
    name = "{c} <> '' AND length({c}) <= 255"
    return mapped_column(Text, comment=comment, info=_needed(name))


class MlPrediction(
    Row,
    module="predictions",
    policy=Policy(
        rows="tenant", append_only=True, hot=True, partition=By("id", "month"), keep_days=730
    ),
    expose=("list", "get"),
):
    """One answer about one entity, by a model or by a client; its outcome: prediction_outcomes."""

    __tablename__ = "ml_predictions"
    # Partial indexes: rows of our own models, which are nearly all of them, do not pay for what
    # only clients' rows are looked for by. `x = 'a'` implies `x IS NOT NULL` and `x <> 'everlearn'`
    # to the planner, so a plain condition on the column is enough to use them.
    __table_args__ = (
        CheckConstraint(
            "model_version_id IS NULL OR (ml_model_id IS NOT NULL AND model_version IS NOT NULL"
            " AND entity_id IS NOT NULL AND inference_time_ms IS NOT NULL)",
            name="model_complete",
        ),
        CheckConstraint(
            "ml_model_id IS NULL OR model_version_id IS NOT NULL", name="model_has_version"
        ),
        # Keys that many rows share and no time behind them: PostgreSQL keeps such a key once, with
        # a list of its rows, which takes 8 bytes a row instead of 50 to 110.
        Index("ix_ml_predictions_entity", "tenant_key", "entity_key"),
        Index("ix_ml_predictions_model_day", "tenant_id", "ml_model_id", "made_on"),
        Index("ix_ml_predictions_timestamp", "prediction_timestamp", postgresql_using="brin"),
        Index(
            "ix_ml_predictions_service",
            "tenant_id",
            "service_name",
            postgresql_where=text("service_name <> 'everlearn'"),
        ),
        Index(
            "ix_ml_predictions_type",
            "tenant_id",
            "prediction_type",
            postgresql_where=text("prediction_kind <> 'model'"),
        ),
        Index(
            "ix_ml_predictions_version",
            "tenant_id",
            "model_version",
            postgresql_where=text("prediction_kind <> 'model'"),
        ),
        Index(
            "ix_ml_predictions_resource",
            "tenant_id",
            "resource_id",
            postgresql_where=text("resource_id IS NOT NULL"),
        ),
        Index(
            "ix_ml_predictions_model",
            "tenant_id",
            "model_id",
            "made_on",
            postgresql_where=text("model_id IS NOT NULL"),
        ),
        Index(
            "ix_ml_predictions_probability",
            "tenant_id",
            text("violation_probability DESC"),
            postgresql_where=text("violation_probability IS NOT NULL"),
        ),
        Index(
            "ix_ml_predictions_expires_at",
            "tenant_id",
            "expires_at",
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
        Index(
            "ix_ml_predictions_risk",
            "tenant_id",
            "risk_level",
            postgresql_where=text("risk_level IS NOT NULL"),
        ),
        Index(
            "ix_ml_predictions_high_risk",
            "tenant_id",
            "risk_level",
            text("prediction_timestamp DESC"),
            postgresql_where=text("risk_level IN ('critical', 'high')"),
        ),
    )

    prediction_kind: Mapped[Words] = mapped_column(
        Text, Computed(_KIND, persisted=True), comment="Who made it: model, service or compliance."
    )
    prediction_id: Mapped[str | None] = _compliance(
        "Id the client gave it; unique, see prediction_keys."
    )
    service_name: Mapped[Name] = column("Client service that asked; policy-engine's is filled in.")
    prediction_type: Mapped[Name] = column("What is predicted, in the service's words.")
    # No foreign keys on this table: each would be checked for every row of every batch. The service
    # writes only versions and feature rows that it has just read under the same policies.
    ml_model_id: Mapped[Id | None] = mapped_column(comment="Registered model that answered.")
    model_id: Mapped[str | None] = _compliance("Model that answered, by the client's name for it.")
    model_version_id: Mapped[Id | None] = mapped_column(comment="Registered version that answered.")
    model_version: Mapped[str | None] = _compliance("Name of the version, such as v1.2.0.")
    role: Mapped[Words] = choice(
        PredictionRole, "Whether the answer was given or only kept.", default=PredictionRole.LIVE
    )
    source: Mapped[Words] = choice(Source, "What made it.", default=Source.ML_MODEL)
    entity_id: Mapped[Name | None] = column("What the prediction is about.")
    tenant_key: Mapped[int | None] = mapped_column(
        Integer, Computed("uuid_hash(tenant_id)", persisted=True), comment="Hash of tenant_id."
    )
    entity_key: Mapped[int | None] = mapped_column(
        Integer, Computed("hashtext(entity_id)", persisted=True), comment="Hash of entity_id."
    )
    resource_id: Mapped[str | None] = _compliance("The same under a compliance client's name.")
    feature_row_id: Mapped[Id | None] = column("Row of ml_feature_store it was made from.")
    raw_margin: Mapped[Number | None] = column("The model's own output before calibration.")
    predicted_value: Mapped[Number | None] = mapped_column(
        comment="Calibrated probability, or the predicted number; of a violation its probability.",
        # NaN counts as larger than every number.
        info={
            "check": "({c} > '-infinity' AND {c} < 'infinity')"
            f" AND ({{c}} IS NOT NULL OR {_COMPLIANCE.format('')})"
        },
    )
    confidence_interval_lower: Mapped[Number | None] = column("Lower bound of predicted_value.")
    confidence_interval_upper: Mapped[Number | None] = column("Upper bound of predicted_value.")
    confidence: Mapped[Score | None] = column("Probability of the likelier of two outcomes.")
    confidence_score: Mapped[Number | None] = mapped_column(
        comment="As confidence, for compliance predictions.",
        info=_needed("{c} BETWEEN 0 AND 1"),
    )
    reasons: Mapped[SmallFloats | None] = column(
        "Contribution of each feature of the version, in its order, then the base; sum: raw_margin."
    )
    violation_probability: Mapped[Number | None] = mapped_column(
        comment="Probability of a policy violation.",
        info=_needed("{c} BETWEEN 0 AND 1"),
    )
    time_to_violation_hours: Mapped[Hours | None] = column("Hours until it is expected.")
    risk_level: Mapped[str | None] = mapped_column(
        Text,
        comment="How much it matters.",
        info=_needed(f"{{c}} IN ({_RISKS})") | {"enum": RiskLevel},
    )
    risk_score: Mapped[Score | None] = column("Risk, 0 to 1.")
    impact_factors: Mapped[Json | None] = column("Security, compliance, operational, financial.")
    uncertainty_sources: Mapped[Json | None] = column("Epistemic, aleatoric, model, calibration.")
    recommendations: Mapped[Texts | None] = column("What to do about it, most useful first.")
    features_used: Mapped[Json | None] = column(
        "Features that a client sent with it; those of feature_row_id: v_predictions."
    )
    shap_values: Mapped[Json | None] = column(
        "Reasons that a client sent with it; those of our own models: v_predictions."
    )
    attention_weights: Mapped[Json | None] = column("Attention by time step, for such models.")
    context: Mapped[Json | None] = mapped_column(
        JSONB(none_as_null=True),
        server_default=text("'{}'"),
        comment="What the client wants kept with it.",
    )
    inference_time_ms: Mapped[Number | None] = mapped_column(
        comment="Its share of the batch's scoring time, in ms.",
        info=_needed("{c} >= 0 AND {c} < 'infinity'"),
    )
    prediction_timestamp: Mapped[Moment] = column(
        "As of when it was made; also created_at.", default="now()"
    )
    made_on: Mapped[Day | None] = mapped_column(
        Computed("(prediction_timestamp AT TIME ZONE 'UTC')::date", persisted=True),
        comment="Day of prediction_timestamp in UTC.",
    )
    expires_at: Mapped[Moment | None] = column("When it is no longer worth anything.")
    remediation_status: Mapped[Words | None] = choice(RemediationStatus, "How far the remedy is.")
    remediation_id: Mapped[Id | None] = column("The remedy.")


class PredictionKey(
    Row,
    module="predictions",
    policy=Policy(rows="tenant", append_only=True, hot=True, keep_days=730),
):
    """The ids that clients gave their predictions: each once, which no partition could tell."""

    __tablename__ = "prediction_keys"
    # Retention goes by the id, which grows with the rows.
    __table_args__ = (Index("ix_prediction_keys_id", "id", postgresql_using="brin"),)

    prediction_key: Mapped[Id] = column(
        "MD5 of the id the client gave; shorter than such ids are.", primary_key=True
    )
    id: Mapped[Id] = column("The prediction.")


BY_CONSTRAINT["pk_prediction_keys"] = SecondPrediction


class PredictionOutcome(
    Row,
    module="predictions",
    policy=Policy(
        rows="tenant", append_only=True, hot=True, partition=By("id", "month"), keep_days=730
    ),
    expose=("list", "get"),
):
    """What really happened; its id is the prediction's, so there is at most one for each."""

    __tablename__ = "prediction_outcomes"
    __table_args__ = (
        Index("ix_prediction_outcomes_known_on", "tenant_id", "ml_model_id", "known_on"),
        CheckConstraint("(ml_model_id IS NULL) = (model_version_id IS NULL)", name="model_whole"),
    )

    ml_model_id: Mapped[Id | None] = mapped_column(comment="Model that answered, if registered.")
    model_version_id: Mapped[Id | None] = mapped_column(
        comment="Version that answered, if registered."
    )
    role: Mapped[Words] = choice(PredictionRole, "As on the prediction.")
    feature_row_id: Mapped[Id | None] = column("As on the prediction: pairs live with shadow.")
    raw_margin: Mapped[Number | None] = column("As on the prediction.")
    predicted_value: Mapped[Number] = column("As on the prediction.")
    actual_value: Mapped[Number] = column("What happened: 0 or 1, or the number.")
    further_values: Mapped[Json | None] = column(
        "What else happened, by name, where a client predicts several things at once."
    )
    error: Mapped[Number] = column("actual_value minus predicted_value.")
    loss: Mapped[Number] = column(
        "Log loss in nats (a binary model), else squared error (regressions, clients)."
    )
    predicted_at: Mapped[Moment] = column("As of when the prediction was made.")
    happened_at: Mapped[Moment] = column("When it happened.")
    known_at: Mapped[Moment] = column("When we learned of it.")
    known_on: Mapped[Day | None] = mapped_column(
        Computed("(known_at AT TIME ZONE 'UTC')::date", persisted=True),
        comment="Day of known_at in UTC.",
    )


# A violation's columns stand for those of every prediction, so that what reads all of them sees it
# too. One mark for each model and day that a transaction writes to: the setting ends with it, and
# is taken back with a savepoint as the marks are.
COMPLETE = """
CREATE OR REPLACE FUNCTION predictions.complete_prediction() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  mark text;
BEGIN
  IF NEW.violation_probability IS NOT NULL OR NEW.confidence_score IS NOT NULL
     OR NEW.risk_level IS NOT NULL THEN
    NEW.service_name := coalesce(NEW.service_name, 'policy-engine');
    NEW.prediction_type := coalesce(NEW.prediction_type, 'policy_violation');
    NEW.predicted_value := coalesce(NEW.predicted_value, NEW.violation_probability);
    NEW.confidence := coalesce(NEW.confidence, NEW.confidence_score);
    NEW.entity_id := coalesce(NEW.entity_id, NEW.resource_id);
    NEW.resource_id := coalesce(NEW.resource_id, NEW.entity_id);
    mark := concat_ws(' ', NEW.tenant_id, (NEW.prediction_timestamp AT TIME ZONE 'UTC')::date,
      NEW.model_id);
    IF NEW.model_id IS NOT NULL AND NEW.model_version_id IS NULL
       AND current_setting('everlearn.marked', true) IS DISTINCT FROM mark THEN
      INSERT INTO predictions.performance_marks (tenant_id, model_id, made_on) VALUES
        (NEW.tenant_id, NEW.model_id, (NEW.prediction_timestamp AT TIME ZONE 'UTC')::date);
      PERFORM set_config('everlearn.marked', mark, true);
    END IF;
  END IF;
  IF NEW.prediction_id IS NOT NULL
     AND current_setting('everlearn.keyed', true) IS DISTINCT FROM 'yes' THEN
    INSERT INTO predictions.prediction_keys (tenant_id, prediction_key, id)
    VALUES (NEW.tenant_id, md5(NEW.prediction_id)::uuid, NEW.id);
  END IF;
  RETURN NEW;
END $$
"""

# The condition keeps every other row from paying for a call; bulk writing, which says so in the
# setting, has written the keys of its rows by one statement before the rows.
COMPLETE_ROWS = f"""
CREATE OR REPLACE TRIGGER complete BEFORE INSERT ON predictions.ml_predictions FOR EACH ROW
WHEN (NEW.prediction_id IS NOT NULL
    AND current_setting('everlearn.keyed', true) IS DISTINCT FROM 'yes' OR
  {_COMPLIANCE.format("NEW.")})
EXECUTE FUNCTION predictions.complete_prediction()
"""

# Whoever deletes a prediction gives the client's id free; a month that is dropped leaves that to
# the retention of prediction_keys.
FREE = """
CREATE OR REPLACE FUNCTION predictions.free_prediction_ids() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM predictions.prediction_keys k USING old_rows o
  WHERE k.tenant_id = o.tenant_id AND k.prediction_key = md5(o.prediction_id)::uuid
    AND k.id = o.id;
  RETURN NULL;
END $$
"""

FREE_ROWS = """
CREATE OR REPLACE TRIGGER free_ids AFTER DELETE ON predictions.ml_predictions
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION predictions.free_prediction_ids()
"""
