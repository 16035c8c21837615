"""What can be wrong with a request to record, calibrate or score predictions."""

from __future__ import annotations

from everlearn.core.errors import Invalid


class TooFewValues(Invalid):
    """There is nothing to score; wait for outcomes or widen the period."""

    code = "predictions.too_few_values"


class BadScore(Invalid):
    """A score is missing or outside its range; probabilities lie in [0, 1]."""

    code = "predictions.bad_score"


class BadLabel(Invalid):
    """A label is neither 0 nor 1; turn the outcome into one of the two first."""

    code = "predictions.bad_label"


class LengthMismatch(Invalid):
    """Two lists that belong together differ in length; send one entry of each per row."""

    code = "predictions.length_mismatch"
