"""Tables of the feedback module; outcomes themselves lie beside the predictions they close."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import Boolean, Computed, Double, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Day,
    Id,
    Json,
    Moment,
    Name,
    Score,
    Sketch,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.db_errors import BY_CONSTRAINT
from everlearn.core.tables import Policy, Row
from everlearn.modules.feedback.errors import SecondVerdict
from everlearn.modules.feedback.types import FeedbackType, Impact

Rating = Annotated[float, mapped_column(Double, info={"check": "{c} BETWEEN 0 AND 5"})]
_GIVERS = "('user', 'system', 'automated')"
_VERDICTS = "('correct', 'incorrect', 'false_positive', 'false_negative')"
_IS_VERDICT = f"coalesce(feedback_type IN {_VERDICTS}, false)"


class MlFeedback(
    Row,
    module="feedback",
    policy=Policy(rows="tenant", keep_days=730),
    expose=("list", "get"),
):
    """A judgement of one prediction by a person, a rule or a check."""

    __tablename__ = "ml_feedback"
    __table_args__ = (
        UniqueConstraint("tenant_id", "feedback_id", name="uq_ml_feedback_feedback_id"),
        Index(
            "uq_ml_feedback_once",
            "tenant_id",
            "prediction_id",
            "user_id",
            "feedback_type",
            unique=True,
        ),
        Index(
            "ix_ml_feedback_unprocessed",
            "tenant_id",
            "service_name",
            postgresql_where=text("NOT processed"),
        ),
        # A day that many rows share is stored once, with a list of them: 8 bytes a row.
        Index("ix_ml_feedback_created_on", "tenant_id", "created_on"),
    )

    feedback_id: Mapped[Name | None] = column("Id the sender gave it; text of `id` when not given.")
    prediction_id: Mapped[Id | None] = mapped_column(
        comment="Prediction that is judged; a verdict has one.",
        info={
            "ref": "predictions.ml_predictions",
            "ondelete": "CASCADE",
            "index": True,
            "check": f"{{c}} IS NOT NULL OR NOT {_IS_VERDICT}",
        },
    )
    service_name: Mapped[Name] = column(
        "Client service it concerns; a verdict's is its prediction's when not given.", index=True
    )
    feedback_type: Mapped[Words | None] = choice(FeedbackType, "The verdict, or who gives it.")
    verdict: Mapped[Words | None] = mapped_column(
        Text,
        Computed(
            f"CASE WHEN feedback_type NOT IN {_GIVERS} THEN feedback_type END", persisted=True
        ),
        comment="The verdict alone: correct, incorrect, false_positive or false_negative.",
    )
    feedback_source: Mapped[Words] = mapped_column(
        Text,
        Computed(
            f"CASE WHEN feedback_type IN {_GIVERS} THEN feedback_type ELSE 'user' END",
            persisted=True,
        ),
        comment="Who gives it: user, system or automated.",
    )
    feedback_score: Mapped[Score | None] = column("How good the answer was, 0 to 1.")
    accuracy_rating: Mapped[Rating | None] = column("The same in stars, 0 to 5.")
    correct_label: Mapped[bool | None] = mapped_column(
        Boolean, comment="What the answer should have been."
    )
    comments: Mapped[Words | None] = column("In the giver's words.")
    feedback_text: Mapped[Words | None] = column("The comments under their other name.")
    user_id: Mapped[str | None] = mapped_column(
        Text,
        comment="Who gives it: a user, a key or a service; a verdict has somebody.",
        info={
            "check": "({c} <> '' AND length({c}) <= 255)"
            f" AND ({{c}} IS NOT NULL OR NOT {_IS_VERDICT})"
        },
    )
    user_role: Mapped[Name | None] = column("In which role.")
    meta: Mapped[Json] = column("Anything else the sender adds.", name="metadata", default="'{}'")
    processed: Mapped[bool] = mapped_column(
        Boolean, server_default=text("false"), comment="Whether the learner has looked at it."
    )
    impact_on_model: Mapped[Words | None] = choice(Impact, "What the learner did with it.")
    created_at: Mapped[Moment] = column("When it was given.", default="now()")
    created_on: Mapped[Day | None] = mapped_column(
        Computed("(created_at AT TIME ZONE 'UTC')::date", persisted=True),
        comment="Day of created_at in UTC.",
    )
    processed_at: Mapped[Moment | None] = column("When the learner looked at it.")


class StaleFeedbackDay(Row, module="feedback", policy=Policy(rows="tenant", hot=True)):
    """A note that feedback of a day came, changed or went since its hours were counted."""

    __tablename__ = "stale_feedback_days"

    given_on: Mapped[Day] = column("Day of the feedback, in UTC.")


class HourlyFeedbackUsage(
    Row, module="feedback", policy=Policy(rows="tenant", keep_days=730), expose=("list", "get")
):
    """How much feedback of each type an hour had, and how long after its answer it came."""

    __tablename__ = "hourly_feedback_usage"
    __table_args__ = (
        # Feedback without a type is one group, as GROUP BY sees it.
        UniqueConstraint(
            "tenant_id",
            "hour_start",
            "feedback_type",
            name="uq_hourly_feedback_usage_group",
            postgresql_nulls_not_distinct=True,
        ),
    )

    hour_start: Mapped[Moment] = column("Beginning of the hour.")
    feedback_type: Mapped[Words | None] = choice(
        FeedbackType, "The verdict, or who gives it; NULL when the feedback does not say."
    )
    n_feedback: Mapped[Count] = column("Pieces of feedback; exact, a minute old.")
    latencies: Mapped[Sketch | None] = column(
        "Sketch of the seconds from the prediction to the feedback; NULL when none names one."
    )
    refreshed_at: Mapped[Moment] = column("When it was computed.", default="now()")


class QualityFeedback(
    Row,
    module="feedback",
    policy=Policy(
        rows="tenant", see=("owner:user_id",), add=("anyone",), touch=True, keep_days=730
    ),
    expose=("list", "get"),
):
    """What somebody thinks of a predicted quality of a repository."""

    __tablename__ = "quality_feedback"
    __table_args__ = (
        Index("ix_quality_feedback_created_at", "tenant_id", text("created_at DESC")),
    )

    repo: Mapped[Name] = column("Repository, such as owner/name.", index=True)
    ml_prediction_id: Mapped[Id | None] = ref(
        "predictions.ml_predictions",
        "The prediction, where the sender knows it; then it is copied to ml_feedback.",
        ondelete="SET NULL",
    )
    predicted_quality: Mapped[Score] = column("Quality that was predicted, 0 to 1.")
    actual_quality: Mapped[Score | None] = column("Quality the giver thinks is right, 0 to 1.")
    helpful: Mapped[bool | None] = mapped_column(
        Boolean, comment="Whether the giver found the prediction helpful."
    )
    comments: Mapped[Words | None] = column("In the giver's words.")
    user_id: Mapped[Id | None] = ref(
        "tenancy.users", "Who gives it.", ondelete="SET NULL", server_default=text("app.user_id()")
    )
    created_at: Mapped[Moment] = column("When it was given.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


FUNCTIONS = (
    # What an hour does not count, such as that somebody has looked at it, makes no day stale.
    """
    CREATE OR REPLACE FUNCTION feedback.mark_stale_days() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        INSERT INTO feedback.stale_feedback_days (tenant_id, given_on)
        SELECT DISTINCT n.tenant_id, n.created_on FROM new_rows n;
      ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO feedback.stale_feedback_days (tenant_id, given_on)
        SELECT DISTINCT o.tenant_id, o.created_on FROM old_rows o
        -- What is left of a tenant that is gone is being cleared away.
        WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
      ELSE
        INSERT INTO feedback.stale_feedback_days (tenant_id, given_on)
        SELECT DISTINCT o.tenant_id, d.day
        FROM old_rows o JOIN new_rows n ON n.tenant_id = o.tenant_id AND n.id = o.id,
          unnest(ARRAY[o.created_on, n.created_on]) AS d (day)
        WHERE (o.created_at, o.feedback_type, o.prediction_id)
          IS DISTINCT FROM (n.created_at, n.feedback_type, n.prediction_id);
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    COMMENT ON FUNCTION feedback.mark_stale_days() IS
      'Notes the days whose hours a statement on ml_feedback made stale.'
    """,
    # Both names of one thing may be written, so neither can be computed from the other.
    """
    CREATE OR REPLACE FUNCTION feedback.complete_feedback() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND NEW.comments IS NOT DISTINCT FROM OLD.comments THEN
        NEW.comments := NEW.feedback_text;
      END IF;
      NEW.comments := coalesce(NEW.comments, NEW.feedback_text);
      NEW.feedback_text := NEW.comments;
      NEW.feedback_id := coalesce(NEW.feedback_id, NEW.id::text);
      IF TG_OP = 'INSERT' THEN
        -- Within its range only, so that an error names the column that was written.
        IF NEW.feedback_score IS NULL AND NEW.accuracy_rating BETWEEN 0 AND 5 THEN
          NEW.feedback_score := NEW.accuracy_rating / 5;
        ELSIF NEW.accuracy_rating IS NULL AND NEW.feedback_score BETWEEN 0 AND 1 THEN
          NEW.accuracy_rating := NEW.feedback_score * 5;
        END IF;
        IF NEW.service_name IS NULL
           AND NEW.feedback_type NOT IN ('user', 'system', 'automated') THEN
          NEW.service_name := (SELECT p.service_name FROM predictions.ml_predictions AS p
            WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.prediction_id);
        END IF;
      END IF;
      RETURN NEW;
    END $$
    """,
    # The copy has its original's id: found again when the original is corrected, and never doubled.
    """
    CREATE OR REPLACE FUNCTION feedback.copy_quality_feedback() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      score constant double precision :=
        coalesce(1 - abs(NEW.actual_quality - NEW.predicted_quality), NEW.helpful::integer);
      more constant jsonb := jsonb_build_object('repo', NEW.repo,
        'predicted_quality', NEW.predicted_quality, 'actual_quality', NEW.actual_quality,
        'helpful', NEW.helpful, 'quality_feedback_id', NEW.id);
    BEGIN
      UPDATE feedback.ml_feedback AS f
      SET feedback_score = score, accuracy_rating = score * 5, comments = NEW.comments,
          feedback_text = NEW.comments, metadata = more
      WHERE f.tenant_id = NEW.tenant_id AND f.id = NEW.id;
      IF NOT FOUND THEN
        INSERT INTO feedback.ml_feedback (tenant_id, id, prediction_id, service_name, feedback_type,
          feedback_score, comments, user_id, metadata, created_at)
        SELECT NEW.tenant_id, NEW.id, p.id, p.service_name, 'user', score, NEW.comments,
               NEW.user_id::text, more, NEW.created_at
        FROM predictions.ml_predictions AS p
        WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.ml_prediction_id
        ON CONFLICT DO NOTHING;
      END IF;
      RETURN NULL;
    END $$
    """,
)
AFTER = (
    *(
        f"""
    CREATE OR REPLACE TRIGGER stale_{verb.lower()} AFTER {verb} ON feedback.ml_feedback
    REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION feedback.mark_stale_days()
    """
        for verb, rows in (
            ("INSERT", "NEW TABLE AS new_rows"),
            ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
            ("DELETE", "OLD TABLE AS old_rows"),
        )
    ),
    """
    CREATE OR REPLACE TRIGGER complete BEFORE INSERT OR UPDATE ON feedback.ml_feedback
    FOR EACH ROW EXECUTE FUNCTION feedback.complete_feedback()
    """,
    """
    CREATE OR REPLACE TRIGGER copy AFTER INSERT OR UPDATE ON feedback.quality_feedback
    FOR EACH ROW WHEN (NEW.ml_prediction_id IS NOT NULL)
    EXECUTE FUNCTION feedback.copy_quality_feedback()
    """,
)

BY_CONSTRAINT["uq_ml_feedback_once"] = SecondVerdict
