"""Tables of the feedback module; outcomes themselves lie beside the predictions they close."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import Boolean, Computed, Double, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import Id, Json, Moment, Name, Score, Words, choice, column, ref
from everlearn.core.db_errors import BY_CONSTRAINT
from everlearn.core.tables import Policy, Row
from everlearn.modules.feedback.errors import SecondVerdict
from everlearn.modules.feedback.types import FeedbackType, Impact

Rating = Annotated[float, mapped_column(Double, info={"check": "{c} BETWEEN 0 AND 5"})]
_GIVERS = "('user', 'system', 'automated')"


class MlFeedback(
    Row,
    module="feedback",
    policy=Policy(rows="tenant", keep_days=730),
    expose=("list", "get"),
):
    """A judgement of one prediction by a person, a rule or a check."""

    __tablename__ = "ml_feedback"
    __table_args__ = (
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
            "created_at",
            postgresql_where=text("NOT processed"),
        ),
    )

    feedback_id: Mapped[Name | None] = column("Id the sender gave it, if any.")
    prediction_id: Mapped[Id] = ref(
        "predictions.ml_predictions", "Prediction that is judged.", ondelete="CASCADE"
    )
    service_name: Mapped[Name] = column("Client service it concerns.")
    feedback_type: Mapped[Words] = choice(FeedbackType, "The verdict, or who gives it.")
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
    feedback_text: Mapped[Words | None] = mapped_column(
        Text, Computed("comments", persisted=True), comment="The comments under their other name."
    )
    user_id: Mapped[Name] = column("Who gives it: a user, a key or a service.")
    user_role: Mapped[Name | None] = column("In which role.")
    meta: Mapped[Json] = column("Anything else the sender adds.", name="metadata", default="'{}'")
    processed: Mapped[bool] = mapped_column(
        Boolean, server_default=text("false"), comment="Whether the learner has looked at it."
    )
    impact_on_model: Mapped[Words | None] = choice(Impact, "What the learner did with it.")
    created_at: Mapped[Moment] = column("When it was given.", default="now()")
    processed_at: Mapped[Moment | None] = column("When the learner looked at it.")


BY_CONSTRAINT["uq_ml_feedback_once"] = SecondVerdict
