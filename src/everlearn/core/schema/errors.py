"""What can go wrong with a backup and its restore."""

from __future__ import annotations

from everlearn.core.errors import Conflict, Invalid


class BackupDamaged(Invalid):
    """The file is not a whole backup of Everlearn; nothing was changed, use another copy."""

    code = "backup.damaged"


class BackupTooNew(Invalid):
    """The backup is of a newer Everlearn; nothing was changed, upgrade this one first."""

    code = "backup.too_new"


class NotEmpty(Conflict):
    """There is something already; nothing was changed. `--replace` puts the backup in its place."""

    code = "backup.not_empty"
