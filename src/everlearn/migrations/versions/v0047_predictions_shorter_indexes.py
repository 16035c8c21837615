"""Predictions shorter indexes: keys that many rows share, and hashes instead of long texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_COMPLETE = """
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
_COMPLETE_ROWS = """
CREATE OR REPLACE TRIGGER complete BEFORE INSERT ON predictions.ml_predictions FOR EACH ROW
WHEN (NEW.prediction_id IS NOT NULL
    AND current_setting('everlearn.keyed', true) IS DISTINCT FROM 'yes' OR
  NEW.violation_probability IS NOT NULL OR NEW.confidence_score IS NOT NULL
  OR NEW.risk_level IS NOT NULL)
EXECUTE FUNCTION predictions.complete_prediction()
"""
_COMPLETE_BEFORE = """
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
  IF NEW.prediction_id IS NOT NULL THEN
    INSERT INTO predictions.prediction_keys (tenant_id, id, prediction_id)
    VALUES (NEW.tenant_id, NEW.id, NEW.prediction_id);
  END IF;
  RETURN NEW;
END $$
"""
_COMPLETE_ROWS_BEFORE = """
CREATE OR REPLACE TRIGGER complete BEFORE INSERT ON predictions.ml_predictions FOR EACH ROW
WHEN (NEW.prediction_id IS NOT NULL OR
  NEW.violation_probability IS NOT NULL OR NEW.confidence_score IS NOT NULL
  OR NEW.risk_level IS NOT NULL)
EXECUTE FUNCTION predictions.complete_prediction()
"""

_TO_HASHES = (
    "ALTER TABLE predictions.prediction_keys ADD COLUMN prediction_key uuid",
    "UPDATE predictions.prediction_keys SET prediction_key = md5(prediction_id)::uuid",
    (
        "ALTER TABLE predictions.prediction_keys DROP CONSTRAINT pk_prediction_keys,"
        " DROP CONSTRAINT uq_prediction_keys_prediction_id, DROP COLUMN prediction_id,"
        " ALTER COLUMN id DROP DEFAULT, ALTER COLUMN prediction_key SET NOT NULL,"
        " ADD CONSTRAINT pk_prediction_keys PRIMARY KEY (tenant_id, prediction_key)"
    ),
)
# A key whose prediction is gone says no text any more, and goes too.
_TO_TEXTS = (
    "DROP INDEX predictions.ix_prediction_keys_id",
    "ALTER TABLE predictions.prediction_keys ADD COLUMN prediction_id text",
    (
        "UPDATE predictions.prediction_keys AS k SET prediction_id = p.prediction_id"
        " FROM predictions.ml_predictions AS p WHERE p.tenant_id = k.tenant_id AND p.id = k.id"
    ),
    "DELETE FROM predictions.prediction_keys WHERE prediction_id IS NULL",
    (
        "ALTER TABLE predictions.prediction_keys DROP CONSTRAINT pk_prediction_keys,"
        " DROP COLUMN prediction_key, ALTER COLUMN id SET DEFAULT uuidv7(),"
        " ALTER COLUMN prediction_id SET NOT NULL,"
        " ADD CONSTRAINT pk_prediction_keys PRIMARY KEY (tenant_id, id),"
        " ADD CONSTRAINT uq_prediction_keys_prediction_id UNIQUE (tenant_id, prediction_id),"
        " ADD CONSTRAINT ck_prediction_keys_prediction_id_valid"
        " CHECK (prediction_id <> '' AND length(prediction_id) <= 255)"
    ),
    (
        "COMMENT ON COLUMN predictions.prediction_keys.prediction_id"
        " IS 'Id the client gave; the row''s id is the prediction''s.'"
    ),
    (
        "COMMENT ON COLUMN predictions.prediction_keys.id"
        " IS 'Version 7 uuid: sorts by the time the row was made.'"
    ),
)


def _rekey(statements: tuple[str, ...]) -> None:
    """Change the keys of all tenants: their policies are not forced upon the owner meanwhile."""
    tables = ("predictions.prediction_keys", "predictions.ml_predictions")
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for statement in statements:
        op.execute(sa.text(statement))
    for table in tables:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def upgrade() -> None:
    op.drop_index(
        op.f("ix_ml_predictions_entity"), table_name="ml_predictions", schema="predictions"
    )
    op.drop_index(
        op.f("ix_ml_predictions_model"),
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where="(model_id IS NOT NULL)",
    )
    op.drop_index(
        op.f("ix_ml_predictions_service"),
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where="(service_name <> 'everlearn'::text)",
    )
    op.drop_index(
        op.f("ix_ml_predictions_type"),
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where="(prediction_kind <> 'model'::text)",
    )
    # One statement: each of them by itself would write the whole table anew.
    op.execute(
        "ALTER TABLE predictions.ml_predictions"
        " ADD COLUMN tenant_key integer GENERATED ALWAYS AS (uuid_hash(tenant_id)) STORED,"
        " ADD COLUMN entity_key integer GENERATED ALWAYS AS (hashtext(entity_id)) STORED,"
        " ADD COLUMN made_on date GENERATED ALWAYS AS"
        " ((prediction_timestamp AT TIME ZONE 'UTC')::date) STORED"
    )
    op.execute("COMMENT ON COLUMN predictions.ml_predictions.tenant_key IS 'Hash of tenant_id.'")
    op.execute("COMMENT ON COLUMN predictions.ml_predictions.entity_key IS 'Hash of entity_id.'")
    op.execute(
        "COMMENT ON COLUMN predictions.ml_predictions.made_on"
        " IS 'Day of prediction_timestamp in UTC.'"
    )
    op.create_index(
        "ix_ml_predictions_entity",
        "ml_predictions",
        ["tenant_key", "entity_key"],
        unique=False,
        schema="predictions",
    )
    op.create_index(
        "ix_ml_predictions_model",
        "ml_predictions",
        ["tenant_id", "model_id", "made_on"],
        unique=False,
        schema="predictions",
        postgresql_where=sa.text("model_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ml_predictions_service",
        "ml_predictions",
        ["tenant_id", "service_name"],
        unique=False,
        schema="predictions",
        postgresql_where=sa.text("service_name <> 'everlearn'"),
    )
    op.create_index(
        "ix_ml_predictions_type",
        "ml_predictions",
        ["tenant_id", "prediction_type"],
        unique=False,
        schema="predictions",
        postgresql_where=sa.text("prediction_kind <> 'model'"),
    )
    op.create_index(
        "ix_ml_predictions_model_day",
        "ml_predictions",
        ["tenant_id", "ml_model_id", "made_on"],
        unique=False,
        schema="predictions",
    )
    _rekey(_TO_HASHES)
    op.create_index(
        "ix_prediction_keys_id",
        "prediction_keys",
        ["id"],
        unique=False,
        schema="predictions",
        postgresql_using="brin",
    )
    op.execute(
        "COMMENT ON COLUMN predictions.prediction_keys.prediction_key"
        " IS 'MD5 of the id the client gave; shorter than such ids are.'"
    )
    op.execute("COMMENT ON COLUMN predictions.prediction_keys.id IS 'The prediction.'")
    op.add_column(
        "prediction_outcomes",
        sa.Column(
            "known_on",
            sa.Date(),
            sa.Computed("(known_at AT TIME ZONE 'UTC')::date", persisted=True),
            nullable=True,
            comment="Day of known_at in UTC.",
        ),
        schema="predictions",
    )
    op.drop_index(
        op.f("ix_prediction_outcomes_known_at"),
        table_name="prediction_outcomes",
        schema="predictions",
    )
    op.create_index(
        "ix_prediction_outcomes_known_on",
        "prediction_outcomes",
        ["tenant_id", "ml_model_id", "known_on"],
        unique=False,
        schema="predictions",
    )
    op.drop_index("ix_ml_feedback_created_at", table_name="ml_feedback", schema="feedback")
    op.drop_index("ix_ml_feedback_unprocessed", table_name="ml_feedback", schema="feedback")
    op.create_index(
        "ix_ml_feedback_unprocessed",
        "ml_feedback",
        ["tenant_id", "service_name"],
        unique=False,
        schema="feedback",
        postgresql_where=sa.text("NOT processed"),
    )
    op.execute(_COMPLETE)
    op.execute(_COMPLETE_ROWS)


def downgrade() -> None:
    op.execute(_COMPLETE_ROWS_BEFORE)
    op.execute(_COMPLETE_BEFORE)
    op.drop_index(
        "ix_prediction_outcomes_known_on", table_name="prediction_outcomes", schema="predictions"
    )
    op.create_index(
        op.f("ix_prediction_outcomes_known_at"),
        "prediction_outcomes",
        ["tenant_id", "ml_model_id", "known_at"],
        unique=False,
        schema="predictions",
    )
    op.drop_column("prediction_outcomes", "known_on", schema="predictions")
    _rekey(_TO_TEXTS)
    op.drop_index("ix_ml_predictions_model_day", table_name="ml_predictions", schema="predictions")
    op.drop_index(
        "ix_ml_predictions_type",
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where=sa.text("prediction_kind <> 'model'"),
    )
    op.create_index(
        op.f("ix_ml_predictions_type"),
        "ml_predictions",
        ["tenant_id", "prediction_type", sa.literal_column("prediction_timestamp DESC")],
        unique=False,
        schema="predictions",
        postgresql_where="(prediction_kind <> 'model'::text)",
    )
    op.drop_index(
        "ix_ml_predictions_service",
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where=sa.text("service_name <> 'everlearn'"),
    )
    op.create_index(
        op.f("ix_ml_predictions_service"),
        "ml_predictions",
        ["tenant_id", "service_name", sa.literal_column("prediction_timestamp DESC")],
        unique=False,
        schema="predictions",
        postgresql_where="(service_name <> 'everlearn'::text)",
    )
    op.drop_index(
        "ix_ml_predictions_model",
        table_name="ml_predictions",
        schema="predictions",
        postgresql_where=sa.text("model_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_ml_predictions_model"),
        "ml_predictions",
        ["tenant_id", "model_id", sa.literal_column("prediction_timestamp DESC")],
        unique=False,
        schema="predictions",
        postgresql_where="(model_id IS NOT NULL)",
    )
    op.drop_index("ix_ml_predictions_entity", table_name="ml_predictions", schema="predictions")
    op.create_index(
        op.f("ix_ml_predictions_entity"),
        "ml_predictions",
        ["tenant_id", "ml_model_id", "entity_id"],
        unique=False,
        schema="predictions",
    )
    op.drop_column("ml_predictions", "made_on", schema="predictions")
    op.drop_column("ml_predictions", "entity_key", schema="predictions")
    op.drop_column("ml_predictions", "tenant_key", schema="predictions")
    op.drop_index("ix_ml_feedback_unprocessed", table_name="ml_feedback", schema="feedback")
    op.create_index(
        "ix_ml_feedback_unprocessed",
        "ml_feedback",
        ["tenant_id", "created_at"],
        unique=False,
        schema="feedback",
        postgresql_where=sa.text("NOT processed"),
    )
    op.create_index(
        "ix_ml_feedback_created_at",
        "ml_feedback",
        ["tenant_id", sa.literal_column("created_at DESC")],
        unique=False,
        schema="feedback",
    )
