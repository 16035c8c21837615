"""What can go wrong when old rows leave."""

from __future__ import annotations

from everlearn.core.errors import Conflict, Unavailable


class ArchiveMismatch(Conflict):
    """The file of the archive does not hold the rows; nothing was dropped, it is written anew."""

    code = "operations.archive_mismatch"


class ArchiveUnavailable(Unavailable):
    """The archive cannot be written or read; nothing was dropped, the next run tries again."""

    code = "operations.archive_unavailable"


class RetentionRuns(Conflict):
    """Another process removes old rows just now; wait until it is done."""

    code = "operations.retention_runs"
