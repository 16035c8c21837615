"""The files of the archive: which there are, whether they are what was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from everlearn.core.errors import EverlearnError
from everlearn.modules.operations.errors import ArchiveUnavailable
from everlearn.modules.operations.service.archive import file_name
from everlearn.modules.operations.service.columns import arrow
from everlearn.modules.operations.service.store import sha256_of, store_of
from everlearn.modules.operations.types import ArchivedFile, FileCheck, FileState

if TYPE_CHECKING:
    from everlearn.core.settings import Settings
    from everlearn.core.tx import Tx

_FILES = """
SELECT id, table_name, period_start, period_end, part, row_count, size_bytes, sha256, url,
  written_at, verified_at, dropped_at, restored_at, held_until, replaced_at
FROM operations.archive_manifests
WHERE tenant_id = app.tenant_id()
  AND (CAST(:table AS text) IS NULL OR table_name = :table)
ORDER BY table_name, period_start, part
LIMIT :limit
"""
_TOTALS = """
SELECT count(*) AS files, coalesce(sum(row_count), 0) AS rows, coalesce(sum(size_bytes), 0) AS bytes
FROM operations.archive_manifests
WHERE tenant_id = app.tenant_id() AND dropped_at IS NOT NULL AND restored_at IS NULL
"""
_NO_LIMIT = 1 << 31


def list_files(tx: Tx, *, table: str | None = None, limit: int = _NO_LIMIT) -> list[ArchivedFile]:
    """Give the tenant's files, by table and time."""
    found = tx.execute(_FILES, {"table": table, "limit": limit}).mappings()
    return [ArchivedFile(state=_state(row), **row) for row in found]


def archive_totals(tx: Tx) -> dict[str, int]:
    """Give how many files, rows and bytes the tenant has in the archive alone."""
    return {name: int(n) for name, n in tx.execute(_TOTALS).mappings().one().items()}


def _state(row: Any) -> FileState:
    if row["replaced_at"]:
        return FileState.REPLACED
    if row["restored_at"]:
        return FileState.RESTORED
    if row["dropped_at"]:
        return FileState.ARCHIVED
    return FileState.VERIFIED if row["verified_at"] else FileState.WRITTEN


def verify_files(
    tx: Tx,
    settings: Settings,
    *,
    table: str | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> list[FileCheck]:
    """Read the tenant's files again and compare them with what was written.

    Args:
        tx: transaction of the tenant.
        settings: where the archive is.
        table: only its files.
        progress: is told the number of files done and of all.

    Returns:
        What was found of each file, one that its rows left for another left out.
    """
    files = [each for each in list_files(tx, table=table) if each.state != FileState.REPLACED]
    found = []
    for n, file in enumerate(files, 1):
        found.append(_check(settings, tx.tenant_id, file))
        progress(n, len(files))
    return found


def _check(settings: Settings, tenant: UUID, file: ArchivedFile) -> FileCheck:
    problem = None
    name = file_name(file.table_name, tenant, file.period_start, file.part)
    try:
        with store_of(settings, file.url).local(name) as path:
            if path.stat().st_size != file.size_bytes:
                problem = f"it has {path.stat().st_size} bytes, not {file.size_bytes}"
            elif sha256_of(path) != file.sha256:
                problem = "its sha256 is another"
            else:
                count = arrow().parquet.read_metadata(path).num_rows
                if count != file.row_count:
                    problem = f"it has {count} rows, not {file.row_count}"
    except ArchiveUnavailable as error:
        problem = error.message
    except (EverlearnError, OSError) as error:
        problem = str(error)
    return FileCheck(file.table_name, file.period_start, file.url, problem)
