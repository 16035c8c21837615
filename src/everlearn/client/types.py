"""What a client tells about itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refused:
    """An item that the server will not take."""

    kind: str
    item: str
    field: str | None
    reason: str


@dataclass(slots=True)
class Stats:
    """What became of the items so far, and what waits.

    Attributes:
        accepted: written by the server.
        duplicates: the server had them already.
        refused: wrong, as the server says; the latest are in `Client.refused`.
        dropped: given up with an error, since neither memory nor disk may take more.
        waiting: in memory, or on their way.
        spilled: written to the disk by this client.
        disk_bytes: of what is on the disk now.
        cut: last lines of killed writers, half written and dropped.
        damaged: lines on the disk that were not what was written, passed over.
        set_aside: put behind all others, since the server did not take them for `retry_s`.
        aside: of those, how many wait for another attempt now.
        retries: requests after which the same items are sent again.
        last_error: why the last request did not succeed; None when it did.
    """

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    dropped: int = 0
    waiting: int = 0
    spilled: int = 0
    disk_bytes: int = 0
    cut: int = 0
    damaged: int = 0
    set_aside: int = 0
    aside: int = 0
    retries: int = 0
    last_error: str | None = None
