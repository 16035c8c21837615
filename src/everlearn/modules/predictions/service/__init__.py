"""What other modules may ask of predictions; each file below is one use case."""

from everlearn.modules.predictions.service.calibrating import recalibrate, set_calibration
from everlearn.modules.predictions.service.closing import write_outcome, write_outcomes
from everlearn.modules.predictions.service.reading import (
    MAX_PAGE,
    evaluate,
    get,
    list_predictions,
    live_window,
    outcomes,
    paired_losses,
    performance,
)
from everlearn.modules.predictions.service.recording import predict, predict_many, values_of
from everlearn.modules.predictions.service.scoring import contributions, margins

__all__ = [
    "MAX_PAGE",
    "contributions",
    "evaluate",
    "get",
    "list_predictions",
    "live_window",
    "margins",
    "outcomes",
    "paired_losses",
    "performance",
    "predict",
    "predict_many",
    "recalibrate",
    "set_calibration",
    "values_of",
    "write_outcome",
    "write_outcomes",
]
