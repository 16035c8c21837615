"""Tables of the predictions module: answers, forecasts, rollups and the clients' views."""

from everlearn.modules.predictions.tables import views
from everlearn.modules.predictions.tables.added import after_upgrade, before_upgrade
from everlearn.modules.predictions.tables.answers import (
    COMPLETE,
    COMPLETE_ROWS,
    FREE,
    FREE_ROWS,
    MlPrediction,
    PredictionKey,
    PredictionOutcome,
)
from everlearn.modules.predictions.tables.forecasts import Forecast
from everlearn.modules.predictions.tables.rollups import (
    MARK_CHANGED,
    MARK_CHANGED_ROWS,
    MARK_STALE,
    MARK_STALE_ROWS,
    Calibration,
    HourlyPredictionUsage,
    MlPerformanceMetric,
    ModelPerformanceQuantiles,
    ModelPerformanceSummary,
    PerformanceDaily,
    PerformanceMark,
    PerformanceQuantiles,
    StalePerformanceDay,
)
from everlearn.modules.predictions.tables.services import (
    INSERT,
    REGISTER,
    SERVICES,
    ClientService,
)

FUNCTIONS = (COMPLETE, FREE, INSERT, MARK_STALE, *MARK_CHANGED)
AFTER = (COMPLETE_ROWS, FREE_ROWS, *MARK_STALE_ROWS, *MARK_CHANGED_ROWS, REGISTER)

__all__ = [
    "AFTER",
    "FUNCTIONS",
    "SERVICES",
    "Calibration",
    "ClientService",
    "Forecast",
    "HourlyPredictionUsage",
    "MlPerformanceMetric",
    "MlPrediction",
    "ModelPerformanceQuantiles",
    "ModelPerformanceSummary",
    "PerformanceDaily",
    "PerformanceMark",
    "PerformanceQuantiles",
    "PredictionKey",
    "PredictionOutcome",
    "StalePerformanceDay",
    "after_upgrade",
    "before_upgrade",
    "views",
]
