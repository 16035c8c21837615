"""What other modules may ask of experiments; each file below is one use case."""

from everlearn.modules.experiments.service.ending import cancel, conclude
from everlearn.modules.experiments.service.observing import observe, observe_promise
from everlearn.modules.experiments.service.reading import (
    get,
    history,
    list_experiments,
    running,
    verdict,
)
from everlearn.modules.experiments.service.starting import start_promise, start_shadow

__all__ = [
    "cancel",
    "conclude",
    "get",
    "history",
    "list_experiments",
    "observe",
    "observe_promise",
    "running",
    "start_promise",
    "start_shadow",
    "verdict",
]
