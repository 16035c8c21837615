"""What other modules may ask of drift; each file below is one use case."""

from everlearn.modules.drift.service.alerts import (
    acknowledge,
    get_alert,
    list_alerts,
    open_alerts,
    resolve,
    resolve_all,
)
from everlearn.modules.drift.service.losses import observe_losses
from everlearn.modules.drift.service.reading import alarm_table, heat, status
from everlearn.modules.drift.service.references import has_reference, set_reference
from everlearn.modules.drift.service.scanning import scan
from everlearn.modules.drift.service.watches import change_watch, ensure_watch

__all__ = [
    "acknowledge",
    "alarm_table",
    "change_watch",
    "ensure_watch",
    "get_alert",
    "has_reference",
    "heat",
    "list_alerts",
    "observe_losses",
    "open_alerts",
    "resolve",
    "resolve_all",
    "scan",
    "set_reference",
    "status",
]
