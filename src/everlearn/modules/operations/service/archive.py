"""A tenant's rows of one period, as one file: written, read back and compared, then dropped.

Each step is one transaction and finds what the steps before it left, so a process that is killed
between two of them goes on where it was: a file without a manifest is written again, one that is
not verified is read again, and rows leave together with the manifest's word that they did.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg import sql
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from everlearn.core.db_errors import translate
from everlearn.core.ids import uuid7
from everlearn.core.tx import Actor
from everlearn.modules.operations.errors import ArchiveMismatch, RetentionRuns
from everlearn.modules.operations.service import parquet
from everlearn.modules.operations.service.columns import arrow, columns_of
from everlearn.modules.operations.service.forms import Layout
from everlearn.modules.operations.service.rows import Aging, driver_errors, run
from everlearn.modules.operations.service.store import Store, scratch, sha256_of, store_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from everlearn.core.settings import Settings
    from everlearn.core.tx import Database, Tx

LOCK = 7_305_812_004  # one at a time, on any machine
_ACTOR = Actor("system", "retention")
#: What a hash begins with that is of the columns a file holds: those that come to the table
#: later make no difference. Without it a hash is of the whole row.
_OF_COLUMNS = "columns:"
_OF_ROWS = sql.SQL("count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text")
STAGE = sql.Identifier("everlearn_archived")

_OPEN = """
SELECT id, row_count, content_hash, sha256, part, url, verified_at, layout
FROM operations.archive_manifests
WHERE tenant_id = :tenant AND table_name = :table AND period_start = :start
  AND dropped_at IS NULL
"""
_LAST_PART = """
SELECT coalesce(max(part), 0) FROM operations.archive_manifests
WHERE tenant_id = :tenant AND table_name = :table AND period_start = :start
"""
_INSERT = """
INSERT INTO operations.archive_manifests (tenant_id, id, table_name, partition_name, period_start,
  period_end, part, row_count, content_hash, size_bytes, sha256, url, written_at, layout)
VALUES (:tenant, :id, :table, :partition, :start, :end, :part, :row_count, :content_hash,
  :size_bytes, :sha256, :url, :at, :layout)
"""
_FORGET = "DELETE FROM operations.archive_manifests WHERE tenant_id = :tenant AND id = :id"
_VERIFIED = """
UPDATE operations.archive_manifests SET verified_at = :at WHERE tenant_id = :tenant AND id = :id
"""
#: Rows that came back are in the new file now, so the old one is not needed any more.
_REPLACED = """
UPDATE operations.archive_manifests SET replaced_at = :at
WHERE tenant_id = :tenant AND table_name = :table AND period_start = :start
  AND restored_at IS NOT NULL AND replaced_at IS NULL
"""
_DELETED = """
UPDATE operations.archive_manifests SET replaced_at = :at
WHERE tenant_id = :tenant AND table_name = :table AND period_end <= :end
  AND restored_at IS NOT NULL AND held_until <= :at AND replaced_at IS NULL
"""
_SPENT = """
SELECT id, url, table_name, period_start, part FROM operations.archive_manifests
WHERE tenant_id = :tenant AND table_name = :table AND replaced_at IS NOT NULL
"""
_DROPPED = """
UPDATE operations.archive_manifests SET dropped_at = :at WHERE tenant_id = :tenant AND id = :id
"""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one file holds: a tenant's rows of a table and period.

    Attributes:
        partition: the partition that is this period; None when there is none.
    """

    table: Aging
    tenant: UUID
    start: datetime
    end: datetime
    partition: str | None = None

    @property
    def named(self) -> dict[str, Any]:
        """Its name, as parameters."""
        return {"tenant": self.tenant, "table": self.table.name, "start": self.start}

    def source(self) -> sql.Composed:
        """Give FROM and WHERE of its rows."""
        # Of a partition that goes whole every row is in the file; whoever refers to one keeps it.
        free = sql.SQL("true") if self.partition else self.table.free()
        return sql.SQL("FROM {} t WHERE t.tenant_id = {} AND {} AND {}").format(
            self.table.table,
            sql.Literal(self.tenant),
            self.table.between(self.start, self.end),
            free,
        )

    def file(self, part: int) -> str:
        """Give the name of its file."""
        return file_name(self.table.name, self.tenant, self.start, part)


def file_name(table: str, tenant: UUID, start: datetime, part: int) -> str:
    """Give the name of a file in its store."""
    again = f"-{part}" if part > 1 else ""
    return f"{table}/{tenant}/{start:%Y-%m-%d}{again}.parquet"


def store_piece(database: Database, store: Store, piece: Piece, *, at: datetime) -> int:
    """Make sure that a verified file holds exactly the piece's rows; give their number.

    Raises:
        ArchiveMismatch: what was read back is not what is in the table; the next run writes it
            anew.
        ArchiveUnavailable: the store does not answer, or a library is missing.
    """
    manifest = _open_manifest(database, piece)
    if manifest is not None and not _still_true(database, piece, manifest):
        _forget(database, piece, manifest)  # rows came or went since: the file is written anew
        manifest = None
    if manifest is None:
        manifest = _write(database, store, piece, at=at)
    if manifest is not None and manifest.verified_at is None:
        _verify(database, store, piece, manifest, at=at)
    return int(manifest.row_count) if manifest is not None else 0


def drop_piece(database: Database, piece: Piece, *, at: datetime) -> int:
    """Delete the rows that a verified file holds; give their number.

    Raises:
        ArchiveMismatch: the rows are not those of the file any more; nothing is deleted.
    """
    manifest = _open_manifest(database, piece)
    if manifest is None or manifest.verified_at is None:
        return 0
    with transaction(database, piece.tenant) as tx:
        query = sql.SQL("WITH t AS (DELETE {} RETURNING t.*) SELECT {} FROM t").format(
            piece.source(), summary_like(tx, piece, manifest)
        )
        ((count, content),) = run(tx, query)
        if (count, content) != (manifest.row_count, manifest.content_hash):
            raise ArchiveMismatch(table=piece.table.name, archived=manifest.row_count, found=count)
        tx.execute(_DROPPED, {"at": at, "tenant": piece.tenant, "id": manifest.id})
        tx.execute(_REPLACED, {**piece.named, "at": at})
    return int(count)


def remove_spent(
    database: Database,
    settings: Settings,
    table: str,
    tenant: UUID,
    *,
    deleted: datetime | None,
    at: datetime,
) -> int:
    """Remove the files whose rows came back and left again; give their number.

    Args:
        database: connections as everlearn_service.
        settings: where the archive is.
        table: schema-qualified name.
        tenant: whose files.
        deleted: rows before this time, and not in a period that stays, left without a file.
        at: the present.
    """
    with transaction(database, tenant) as tx:
        if deleted is not None:
            params = {"tenant": tenant, "table": table, "end": deleted, "at": at}
            tx.execute(_DELETED, params)
        spent = tx.execute(_SPENT, {"tenant": tenant, "table": table}).all()
    for each in spent:
        store = store_of(settings, each.url)
        store.delete(file_name(each.table_name, tenant, each.period_start, each.part))
        with transaction(database, tenant) as tx:
            tx.execute(_FORGET, {"tenant": tenant, "id": each.id})
    return len(spent)


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Hold the lock of retention and restoring, on a connection that has no transaction open.

    Raises:
        RetentionRuns: another process has it.
        Unavailable: the database does not answer.
    """
    assert isinstance(database.engine, Engine)  # noqa: S101 - the pool of connect()
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(database.engine.connect())
            connection.execution_options(isolation_level="AUTOCOMMIT")
            free = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK})
        except DBAPIError as error:
            raise translate(error) from error
        if not free:
            raise RetentionRuns
        try:
            yield
        finally:
            try:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
            except DBAPIError:  # the lock goes with the connection
                connection.invalidate()


@contextmanager
def transaction(database: Database, tenant: UUID | None) -> Iterator[Tx]:
    """Open a transaction of maintenance: it may read a whole period, which takes its time."""
    with database.tx(tenant, actor=_ACTOR) as tx:
        tx.execute("SET LOCAL statement_timeout = '1h'")
        yield tx


def _open_manifest(database: Database, piece: Piece) -> Any:
    with database.tx(piece.tenant, actor=_ACTOR) as tx:
        return tx.execute(_OPEN, piece.named).first()


def _forget(database: Database, piece: Piece, manifest: Any) -> None:
    with database.tx(piece.tenant, actor=_ACTOR) as tx:
        tx.execute(_FORGET, {"tenant": piece.tenant, "id": manifest.id})


def _still_true(database: Database, piece: Piece, manifest: Any) -> bool:
    with transaction(database, piece.tenant) as tx:
        summary = summary_like(tx, piece, manifest)
        (found,) = run(tx, sql.SQL("SELECT {} {}").format(summary, piece.source()))
    return bool(found == (manifest.row_count, manifest.content_hash))


def _write(database: Database, store: Store, piece: Piece, *, at: datetime) -> Any:
    with scratch() as folder:
        path = folder / "rows.parquet"
        with transaction(database, piece.tenant) as tx:
            # The sum and the rows are of one snapshot.
            tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            columns = columns_of(tx, piece.table.name)
            source = piece.source()
            summary = _summary([each.name for each in columns if not each.generated])
            ((count, content),) = run(tx, sql.SQL("SELECT {} {}").format(summary, source))
            if not count:
                return None
            order = sql.SQL("{} ORDER BY {}, {}").format(
                source,
                sql.Identifier("t", piece.table.clock),
                sql.SQL(", ").join(sql.Identifier("t", key) for key in piece.table.keys),
            )
            with driver_errors(), arrow_errors(piece.table.name):
                layout = parquet.write(tx, path, columns, order, clock=piece.table.clock)
            part = tx.scalar(_LAST_PART, piece.named) + 1
            url = store.put(path, piece.file(part))
            tx.execute(
                _INSERT,
                {
                    **piece.named,
                    "id": uuid7(at),
                    "partition": piece.partition,
                    "end": piece.end,
                    "part": part,
                    "row_count": count,
                    "content_hash": content,
                    "size_bytes": path.stat().st_size,
                    "sha256": sha256_of(path),
                    "url": url,
                    "at": at,
                    "layout": json.dumps(layout),
                },
            )
    return _open_manifest(database, piece)


def _verify(database: Database, store: Store, piece: Piece, manifest: Any, *, at: datetime) -> None:
    """Read the file back as its restoring would, and let PostgreSQL sum up what came."""
    with store.local(piece.file(manifest.part)) as path:
        same = sha256_of(path) == manifest.sha256
        if same:
            with transaction(database, piece.tenant) as tx:
                found = summary_of(tx, piece, path, manifest)
                same = found == (manifest.row_count, manifest.content_hash)
                if same:
                    params = {"at": at, "tenant": piece.tenant, "id": manifest.id}
                    tx.execute(_VERIFIED, params)
    if not same:
        _forget(database, piece, manifest)
        raise ArchiveMismatch(table=piece.table.name, url=manifest.url)


def _summary(names: Sequence[str]) -> sql.Composed:
    """Give what is selected of rows `t`: their number, and the hash of these columns."""
    ordered = sql.SQL(", ").join(sql.Identifier("t", name) for name in sorted(names))
    hashed = sql.SQL("coalesce(sum(hashtextextended(ROW({})::text, 0)::numeric), 0)::text")
    return sql.SQL("count(*), {} || {}").format(sql.Literal(_OF_COLUMNS), hashed.format(ordered))


def summary_like(tx: Tx, piece: Piece, manifest: Any) -> sql.Composable:
    """Give what is selected of rows `t`, to be compared with what a manifest says.

    Raises:
        ArchiveMismatch: the table has lost a column that the file holds.
    """
    if not manifest.content_hash.startswith(_OF_COLUMNS):
        return _OF_ROWS
    held = {name for name, form in manifest.layout.items() if not form.get("computed")}
    lost = held - {each.name for each in columns_of(tx, piece.table.name)}
    if lost:
        raise ArchiveMismatch(
            f"{piece.table.name} has no column {', '.join(sorted(lost))} any more, which"
            f" {manifest.url} holds",
            hint="`everlearn archive query` reads the columns that are left",
        )
    return _summary(list(held))


def summary_of(tx: Tx, piece: Piece, path: Path, manifest: Any) -> tuple[int, str]:
    """Give the number and the hash of a file's rows, as PostgreSQL reads them."""
    stage(tx, piece, path, manifest.layout)
    summary = summary_like(tx, piece, manifest)
    (found,) = run(tx, sql.SQL("SELECT {} FROM {} t").format(summary, STAGE))
    run(tx, sql.SQL("DROP TABLE {}").format(STAGE))
    return int(found[0]), str(found[1])


def stage(tx: Tx, piece: Piece, path: Path, layout: Layout | None) -> list[str]:
    """Read a file into the temporary table `STAGE`, shaped like its own; give the columns."""
    table = piece.table.name
    there = parquet.known(path, layout)
    columns = [each for each in columns_of(tx, table) if each.name in there]
    given = [each.name for each in columns if not each.generated]
    # The defaults are for columns that came after the file was written.
    like = sql.SQL(
        "CREATE TEMP TABLE {} (LIKE {} INCLUDING GENERATED INCLUDING DEFAULTS) ON COMMIT DROP"
    )
    run(tx, like.format(STAGE, piece.table.table))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        STAGE, sql.SQL(", ").join(map(sql.Identifier, given))
    )
    with (
        driver_errors(),
        arrow_errors(table),
        tx.driver.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for data in parquet.read(path, columns, layout, tenant=str(piece.tenant)):
            copy.write(data)
    return given


@contextmanager
def arrow_errors(table: str) -> Iterator[None]:
    """Say of which table a value is that Arrow has no form for."""
    try:
        yield
    except arrow().ArrowException as error:
        raise ArchiveMismatch(f"rows of {table} do not go into a file: {error}") from error
