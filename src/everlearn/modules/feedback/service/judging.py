"""Verdicts: somebody's opinion of one answer, kept beside the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert

from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.feedback.tables import MlFeedback
from everlearn.modules.feedback.types import FeedbackType, Verdict
from everlearn.modules.predictions import service as predictions

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

_VERDICTS = """
SELECT id, prediction_id, feedback_type, service_name, feedback_score, accuracy_rating,
       correct_label, comments, user_id, user_role, processed, impact_on_model, created_at,
       processed_at
FROM feedback.ml_feedback
WHERE tenant_id = app.tenant_id()
  AND (CAST(:prediction AS uuid) IS NULL OR prediction_id = :prediction)
  AND (CAST(:processed AS boolean) IS NULL OR processed = :processed)
  AND (CAST(:before AS uuid) IS NULL OR id < :before)
ORDER BY id DESC LIMIT :limit
"""


def record_feedback(
    tx: Tx,
    prediction_id: UUID | str,
    *,
    feedback_type: FeedbackType | str,
    feedback_score: float | None = None,
    accuracy_rating: float | None = None,
    correct_label: bool | None = None,
    comments: str | None = None,
    user_id: str | None = None,
    user_role: str | None = None,
    service_name: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Verdict:
    """Keep somebody's verdict on one answer; sends the event user_feedback.

    It does not close the prediction: an opinion is not an outcome. A score without a rating gives
    the rating and the other way round (5 stars are a score of 1).

    Args:
        tx: transaction.
        prediction_id: the prediction, by its id or by the one its client gave it.
        feedback_type: verdict, or who gives it.
        feedback_score: 0 to 1.
        accuracy_rating: 0 to 5.
        correct_label: what the answer should have been.
        comments: in the giver's words.
        user_id: who gives it; the transaction's actor when left out.
        user_role: in which role.
        service_name: client service; the prediction's when left out.
        metadata: anything else.

    Raises:
        UnknownPrediction: the tenant has no such prediction.
        SecondVerdict: this user gave this kind of feedback on it already.
        Invalid: an unknown type, or a number out of range.
    """
    try:
        kind = FeedbackType(feedback_type)
    except ValueError as error:
        allowed = [each.value for each in FeedbackType]
        msg = f"{feedback_type!r} is no type of feedback"
        raise Invalid(msg, field="feedback_type", allowed=allowed) from error
    score = _within(feedback_score, 1.0, "feedback_score")
    rating = _within(accuracy_rating, 5.0, "accuracy_rating")
    for field, text in (("comments", comments), ("user_id", user_id), ("user_role", user_role)):
        if text is not None and "\0" in text:
            raise Invalid("the text holds the character NUL", field=field)
    about = predictions.get(tx, predictions.find_id(tx, prediction_id))
    verdict = Verdict(
        id=uuid7(tx.now()),
        prediction_id=about.id,
        feedback_type=kind.value,
        service_name=service_name or about.service_name,
        feedback_score=rating / 5 if score is None and rating is not None else score,
        accuracy_rating=score * 5 if rating is None and score is not None else rating,
        correct_label=correct_label,
        comments=comments,
        user_id=user_id or str(tx.actor.user_id or tx.actor.name),
        user_role=user_role,
        processed=False,
        impact_on_model=None,
        created_at=tx.now(),
        processed_at=None,
    )
    more = dict(metadata or {})
    with tx.savepoint():
        tx.execute(insert(MlFeedback).values(**asdict(verdict), meta=more))
    events.emit(
        tx,
        EventType.USER_FEEDBACK,
        subtype="verdict",
        entity_type="prediction",
        entity_id=about.id,
        data={"feedback_type": verdict.feedback_type, "feedback_id": str(verdict.id)},
    )
    return verdict


def list_feedback(
    tx: Tx,
    *,
    prediction_id: UUID | None = None,
    processed: bool | None = None,
    limit: int = 50,
    before: UUID | None = None,
) -> list[Verdict]:
    """Give verdicts, newest first; only ids below `before`: the next page."""
    given = {"prediction": prediction_id, "processed": processed, "limit": limit, "before": before}
    return [Verdict(**row) for row in tx.execute(_VERDICTS, given).mappings()]


def _within(value: float | None, most: float, field: str) -> float | None:
    if value is not None and not 0 <= value <= most:  # NaN is not within anything
        raise Invalid(f"this is a number from 0 to {most:g}", field=field, got=str(value))
    return value
