"""What can be wrong with a request to record, calibrate or score predictions."""

from __future__ import annotations

from everlearn.core.errors import Conflict, Duplicate, Invalid, NotFound


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


class NoFeatureSet(Conflict):
    """The model has no feature set; declare one and give it to the model first."""

    code = "predictions.no_feature_set"


class OtherFeatureSet(Invalid):
    """The rows are of another feature set than the live version; materialise them with its set."""

    code = "predictions.other_feature_set"


class UnknownPrediction(NotFound):
    """There is no such prediction for this tenant; `everlearn predictions list` shows them."""

    code = "predictions.unknown_prediction"


class SecondPrediction(Duplicate):
    """A prediction with this prediction_id is stored already; read it, or send another id."""

    code = "predictions.second_prediction"


class BadService(Invalid):
    """The client service cannot have such a view; correct the named part and add it again."""

    code = "predictions.bad_service"


class ServiceExists(Duplicate):
    """This client service has its view already; remove it first to change its columns."""

    code = "predictions.service_exists"


class UnknownService(NotFound):
    """No such client service was added; `everlearn predictions service list` shows them."""

    code = "predictions.unknown_service"
