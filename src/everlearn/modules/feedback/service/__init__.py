"""What other modules may ask of feedback; each file below is one use case."""

from everlearn.modules.feedback.service.judging import list_feedback, record_feedback
from everlearn.modules.feedback.service.resolving import resolve, resolve_many

__all__ = ["list_feedback", "record_feedback", "resolve", "resolve_many"]
