"""Brings rows of the archive back into their table, a file at a time, and keeps them there a while.

A file is one transaction: it is read into a temporary table, counted and hashed there, inserted
under row-level security, and counted and hashed again in the table. What was restored before is
left alone, so whatever stopped a restore, the next one goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg import sql

from everlearn.core.errors import Invalid, NotFound
from everlearn.modules.operations.errors import ArchiveMismatch
from everlearn.modules.operations.service import archive, rows
from everlearn.modules.operations.service.archive import STAGE, Piece
from everlearn.modules.operations.service.rows import Aging, driver_errors
from everlearn.modules.operations.service.store import sha256_of, store_of
from everlearn.modules.operations.types import Restored

if TYPE_CHECKING:
    from everlearn.core.settings import Settings
    from everlearn.core.tx import Database, Tx

KEEP_DAYS = 30
MOST_DAYS = 36_500

_FILES = """
SELECT id, part, period_start, period_end, row_count, content_hash, sha256, url, layout, restored_at
FROM operations.archive_manifests
WHERE tenant_id = :tenant AND table_name = :table AND dropped_at IS NOT NULL
  AND replaced_at IS NULL AND period_start < :end AND period_end > :start
ORDER BY period_start, part
"""
_RESTORED = """
UPDATE operations.archive_manifests SET restored_at = coalesce(restored_at, :at),
  held_until = greatest(held_until, :until)
WHERE tenant_id = :tenant AND id = :id
"""


def restore(
    database: Database,
    settings: Settings,
    tenant: UUID,
    table: str,
    *,
    start: datetime,
    end: datetime,
    keep_days: int = KEEP_DAYS,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Restored:
    """Bring back every archived row of a table and time; done again, it only keeps them longer.

    Args:
        database: connections as everlearn_service.
        settings: where the archive is.
        tenant: whose rows.
        table: schema-qualified name.
        start: of the time; files whose period reaches into it come back whole.
        end: of the time, exclusive.
        keep_days: how long retention leaves them alone.
        progress: is told the number of files done and of all.

    Raises:
        Invalid: `keep_days` is not 1 to 36,500.
        NotFound: nothing of the table and time is in the archive.
        ArchiveMismatch: a file is not what was written, or rows with the same key are there and
            differ; of this file nothing is restored.
        RetentionRuns: old rows are being removed just now.
    """
    if not 1 <= keep_days <= MOST_DAYS:
        raise Invalid(f"restored rows are kept 1 to {MOST_DAYS} days", field="keep", got=keep_days)
    aging = {each.name: each for each in rows.aging_tables(database)}
    if table not in aging:
        raise NotFound(f"no rows leave {table}", field="table", allowed=sorted(aging))
    at = database.clock.now()
    until = at + timedelta(days=keep_days)
    with archive.alone(database):
        with archive.transaction(database, tenant) as tx:
            params = {"tenant": tenant, "table": table, "start": start, "end": end}
            files = tx.execute(_FILES, params).all()
        if not files:
            msg = f"the archive has no rows of {table} from {start:%Y-%m-%d} to {end:%Y-%m-%d}"
            raise NotFound(msg, field="table", hint="`everlearn archive list` shows what it has")
        done = Restored(table)
        for n, file in enumerate(files, 1):
            piece = Piece(aging[table], tenant, file.period_start, file.period_end)
            if file.restored_at is None:
                _bring_back(database, settings, piece, file, at=at, until=until)
                done.rows += file.row_count
                done.files += 1
            else:
                with archive.transaction(database, tenant) as tx:
                    _note(tx, piece, file, at=at, until=until)
                done.there += file.row_count
            progress(n, len(files))
    done.kept_until = until
    return done


def _note(tx: Tx, piece: Piece, file: Any, *, at: datetime, until: datetime) -> None:
    tx.execute(_RESTORED, {"tenant": piece.tenant, "id": file.id, "at": at, "until": until})


def _bring_back(
    database: Database,
    settings: Settings,
    piece: Piece,
    file: Any,
    *,
    at: datetime,
    until: datetime,
) -> None:
    store = store_of(settings, file.url)
    with store.local(piece.file(file.part)) as path:
        if sha256_of(path) != file.sha256:
            raise ArchiveMismatch(
                f"{file.url} was changed since it was written; nothing of it is restored",
                hint="`everlearn archive verify` checks every file",
            )
        with archive.transaction(database, piece.tenant) as tx:
            if piece.table.unit is not None:
                params = {"table": piece.table.name, "at": piece.start}
                tx.execute("SELECT app.ensure_partition(:table, :at)", params)
            given = archive.stage(tx, piece, path, file.layout)
            summary = archive.summary_like(tx, piece, file)
            _compare(tx, summary, sql.SQL("FROM {} t").format(STAGE), file)
            _insert(tx, piece.table, given)
            _compare(tx, summary, _same_rows(piece.table), file)
            _note(tx, piece, file, at=at, until=until)


def _compare(tx: Tx, summary: sql.Composable, source: sql.Composed, file: Any) -> None:
    (found,) = rows.run(tx, sql.SQL("SELECT {} {}").format(summary, source))
    if (int(found[0]), str(found[1])) != (file.row_count, file.content_hash):
        raise ArchiveMismatch(
            f"what {file.url} holds is not what the table holds; nothing of it is restored",
            hint="rows with the same ids are there already and differ",
        )


def _insert(tx: Tx, table: Aging, given: list[str]) -> None:
    fields = sql.SQL(", ").join(map(sql.Identifier, given))
    with driver_errors(), tx.driver.cursor() as cursor:
        # Minutes, hours and days counted samples of metrics when they came first.
        cursor.execute("SET LOCAL app.known_samples = 'on'")
        cursor.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ON CONFLICT DO NOTHING").format(
                table.table, fields, fields, STAGE
            )
        )
        cursor.execute(sql.SQL("ANALYZE {}").format(STAGE))


def _same_rows(table: Aging) -> sql.Composed:
    same = sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier("t", key), sql.Identifier("s", key))
        for key in table.keys
    )
    return sql.SQL("FROM {} t JOIN {} s ON {}").format(table.table, STAGE, same)
