"""What other modules may ask of feedback; each file below is one use case."""

from everlearn.modules.feedback.service.judging import list_feedback, record_feedback
from everlearn.modules.feedback.service.judging_many import FEEDBACK, load_feedback, take_feedback
from everlearn.modules.feedback.service.resolving import resolve, resolve_many
from everlearn.modules.feedback.service.taking import OUTCOMES, load_outcomes, take_outcomes

__all__ = [
    "FEEDBACK",
    "OUTCOMES",
    "list_feedback",
    "load_feedback",
    "load_outcomes",
    "record_feedback",
    "resolve",
    "resolve_many",
    "take_feedback",
    "take_outcomes",
]
