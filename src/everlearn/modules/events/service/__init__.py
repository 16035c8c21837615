"""What other modules may ask of events; each file below is one use case."""

from everlearn.modules.events.service.batch import SHAPE, TABLE
from everlearn.modules.events.service.daily import refresh_daily_metrics
from everlearn.modules.events.service.emitting import emit, emit_many
from everlearn.modules.events.service.exporting import event_rows
from everlearn.modules.events.service.ingesting import ingest, load, load_file
from everlearn.modules.events.service.reading import MAX_PAGE, list_events
from everlearn.modules.events.service.singles import read_single, write_singles
from everlearn.modules.events.service.usage import (
    days_of_events,
    hours_of_events,
    quantiles_of_events,
)

__all__ = [
    "MAX_PAGE",
    "SHAPE",
    "TABLE",
    "days_of_events",
    "emit",
    "emit_many",
    "event_rows",
    "hours_of_events",
    "ingest",
    "list_events",
    "load",
    "load_file",
    "quantiles_of_events",
    "read_single",
    "refresh_daily_metrics",
    "write_singles",
]
