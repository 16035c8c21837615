"""Tables of the predictions module: answers, forecasts, rollups and the clients' views."""

from everlearn.modules.predictions.tables import views
from everlearn.modules.predictions.tables.added import after_upgrade, before_upgrade
from everlearn.modules.predictions.tables.answers import (
    COMPLETE,
    COMPLETE_ROWS,
    MlPrediction,
    PredictionKey,
    PredictionOutcome,
)
from everlearn.modules.predictions.tables.forecasts import Forecast
from everlearn.modules.predictions.tables.rollups import (
    Calibration,
    MlPerformanceMetric,
    ModelPerformanceSummary,
    PerformanceDaily,
    PerformanceMark,
)
from everlearn.modules.predictions.tables.services import (
    INSERT,
    REGISTER,
    SERVICES,
    ClientService,
)

FUNCTIONS = (COMPLETE, INSERT)
AFTER = (COMPLETE_ROWS, REGISTER)

__all__ = [
    "AFTER",
    "FUNCTIONS",
    "SERVICES",
    "Calibration",
    "ClientService",
    "Forecast",
    "MlPerformanceMetric",
    "MlPrediction",
    "ModelPerformanceSummary",
    "PerformanceDaily",
    "PerformanceMark",
    "PredictionKey",
    "PredictionOutcome",
    "after_upgrade",
    "before_upgrade",
    "views",
]
