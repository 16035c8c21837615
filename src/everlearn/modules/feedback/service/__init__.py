"""What other modules may ask of feedback; each file below is one use case."""

from everlearn.modules.feedback.service.judging import list_feedback, record_feedback
from everlearn.modules.feedback.service.judging_many import FEEDBACK, load_feedback, take_feedback
from everlearn.modules.feedback.service.resolving import resolve, resolve_many
from everlearn.modules.feedback.service.taking import OUTCOMES, load_outcomes, take_outcomes
from everlearn.modules.feedback.service.usage import (
    days_of_feedback,
    hours_of_feedback,
    quantiles_of_feedback,
    refresh_usage,
)

__all__ = [
    "FEEDBACK",
    "OUTCOMES",
    "days_of_feedback",
    "hours_of_feedback",
    "list_feedback",
    "load_feedback",
    "load_outcomes",
    "quantiles_of_feedback",
    "record_feedback",
    "refresh_usage",
    "resolve",
    "resolve_many",
    "take_feedback",
    "take_outcomes",
]
