"""What can go wrong with events.

Invalid
├── UnknownEvent
├── EventsRefused
└── UnknownFormat   415
LimitExceeded
├── TooManyEvents   413
└── Busy            429
"""

from __future__ import annotations

from everlearn.core.errors import Invalid, LimitExceeded


class UnknownEvent(Invalid):
    """There is no such event at this time; write the event first, and leave its time out."""

    code = "events.unknown_event"


class EventsRefused(Invalid):
    """Some events are wrong, so none was written; correct those that `refused` names."""

    code = "events.refused"


class UnknownFormat(Invalid):
    """Events are not read from such a body; send JSON, NDJSON or an Arrow IPC stream."""

    code = "events.unknown_format"
    http_status = 415


class TooManyEvents(LimitExceeded):
    """The body has more events than are taken at once; send them in several bodies."""

    code = "events.too_many"
    http_status = 413
    retryable = False


class Busy(LimitExceeded):
    """This process writes as many batches as it may; wait as long as Retry-After says."""

    code = "events.busy"
