"""What can be wrong with the database server itself."""

from __future__ import annotations

from everlearn.core.errors import Unavailable


class DatabaseUnusable(Unavailable):
    """The database server cannot be used as it is; the hint says what to change."""

    code = "unavailable.database"
    retryable = False
