"""What other modules may ask of predictions; each file below is one use case."""

from everlearn.modules.predictions.service.accuracy import accuracy_ratios
from everlearn.modules.predictions.service.asking import QUESTIONS, Asked, ask_many
from everlearn.modules.predictions.service.calibrating import recalibrate, set_calibration
from everlearn.modules.predictions.service.client_outcomes import write_client_outcome
from everlearn.modules.predictions.service.client_views import (
    add_service,
    list_services,
    parse_columns,
    remove_service,
)
from everlearn.modules.predictions.service.closing import (
    write_outcome,
    write_outcomes,
    write_outcomes_of,
)
from everlearn.modules.predictions.service.closing_clients import (
    find_many,
    find_models,
    find_of_entities,
    read_outcomes,
    write_client_outcomes,
)
from everlearn.modules.predictions.service.exporting import prediction_rows
from everlearn.modules.predictions.service.quantiles import hours, quantiles, refresh_quantiles
from everlearn.modules.predictions.service.reading import (
    MAX_PAGE,
    evaluate,
    find_id,
    get,
    list_predictions,
    live_window,
    outcomes,
    paired_losses,
    performance,
)
from everlearn.modules.predictions.service.recording import predict, predict_many, values_of
from everlearn.modules.predictions.service.scoring import contributions, margins
from everlearn.modules.predictions.service.summing import rebuild_performance, refresh_performance
from everlearn.modules.predictions.service.taking import (
    SHAPE,
    load_predictions,
    take_predictions,
)

__all__ = [
    "MAX_PAGE",
    "QUESTIONS",
    "SHAPE",
    "Asked",
    "accuracy_ratios",
    "add_service",
    "ask_many",
    "contributions",
    "evaluate",
    "find_id",
    "find_many",
    "find_models",
    "find_of_entities",
    "get",
    "hours",
    "list_predictions",
    "list_services",
    "live_window",
    "load_predictions",
    "margins",
    "outcomes",
    "paired_losses",
    "parse_columns",
    "performance",
    "predict",
    "predict_many",
    "prediction_rows",
    "quantiles",
    "read_outcomes",
    "rebuild_performance",
    "recalibrate",
    "refresh_performance",
    "refresh_quantiles",
    "remove_service",
    "set_calibration",
    "take_predictions",
    "values_of",
    "write_client_outcome",
    "write_client_outcomes",
    "write_outcome",
    "write_outcomes",
    "write_outcomes_of",
]
