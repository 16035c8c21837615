"""What can go wrong with many rows sent at once.

Invalid
├── ItemsRefused
└── UnknownFormat   415
LimitExceeded
├── TooManyItems    413
└── Busy            429
"""

from __future__ import annotations

from everlearn.core.errors import Invalid, LimitExceeded


class ItemsRefused(Invalid):
    """Some items are wrong, so none was written; correct those that `refused` names."""

    code = "ingest.refused"


class UnknownFormat(Invalid):
    """Items are not read from such a body; send JSON, NDJSON or an Arrow IPC stream."""

    code = "ingest.unknown_format"
    http_status = 415


class TooManyItems(LimitExceeded):
    """The body has more items than are taken at once; send them in several bodies."""

    code = "ingest.too_many"
    http_status = 413
    retryable = False


class Busy(LimitExceeded):
    """This process holds as many batches as it may; wait as long as Retry-After says."""

    code = "ingest.busy"
