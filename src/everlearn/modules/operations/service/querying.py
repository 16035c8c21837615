"""Archived and live rows as one: one SELECT of the user's own, run by DuckDB.

Each table whose rows age is a view: the files of this tenant whose rows are in them alone, and the
rows that are still in the table, which are read as everlearn_app under row-level security. Both are
of one moment, so a row that is in a file and not yet dropped, or restored, counts once. DuckDB can
open these files and no other, and nothing of it can be set by the query.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg import sql

from everlearn.core.errors import Invalid
from everlearn.core.tx import SYSTEM, Actor
from everlearn.modules.operations.service import forms, parquet, planning, rows
from everlearn.modules.operations.service.archive import file_name
from everlearn.modules.operations.service.columns import (
    Column,
    arrow,
    columns_of,
    pick,
    read_batches,
)
from everlearn.modules.operations.service.forms import Layout, quoted
from everlearn.modules.operations.service.planning import Scan
from everlearn.modules.operations.service.rows import Aging, driver_errors
from everlearn.modules.operations.service.store import scratch, store_of
from everlearn.modules.operations.types import Answer

if TYPE_CHECKING:
    from everlearn.core.settings import Settings
    from everlearn.core.tx import Database, Tx

_FILES = """
SELECT period_start, part, url, layout FROM operations.archive_manifests
WHERE tenant_id = app.tenant_id() AND table_name = :table
  AND dropped_at IS NOT NULL AND restored_at IS NULL
  AND (CAST(:start AS timestamptz) IS NULL OR period_end > :start)
  AND (CAST(:end AS timestamptz) IS NULL OR period_start < :end)
ORDER BY period_start, part
"""
_FETCH = 10_000


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    layout: Layout | None


def query(
    database: Database,
    settings: Settings,
    tenant: UUID,
    statement: str,
    *,
    limit: int | None = None,
    live: bool = True,
    actor: Actor = SYSTEM,
) -> Answer:
    """Ask the archive and the live rows of a tenant.

    Args:
        database: connections as everlearn_app.
        settings: where the archive is, and what a query may cost.
        tenant: whose rows.
        statement: one SELECT in DuckDB's SQL over the tables whose rows age, by their names.
        limit: most rows that are given back.
        live: read the rows that are still in the tables too.
        actor: who asks.

    Raises:
        Invalid: the statement is no SELECT, or DuckDB refuses it.
        Unavailable: it took longer or more memory than allowed, or the archive does not answer.
    """
    if limit is not None and limit < 1:
        raise Invalid("at least one row is given back", field="limit", got=limit)
    select = planning.one_select(statement)
    aging = {each.name: each for each in rows.aging_tables(database)}
    named = planning.tables_of(select, sorted(aging))
    with database.tx(tenant, actor=actor) as tx:
        tables = {name: columns_of(tx, name) for name in named}
    clocks = {name: aging[name].clock for name in named}
    with ExitStack() as stack:
        folder = str(stack.enter_context(scratch()))
        limits = {"memory_mb": settings.archive_query_memory_mb, "threads": settings.threads}
        with planning.closed(folder, **limits) as empty:
            scans = planning.scans(empty, select, tables, clocks)
        bodies, answer = {}, Answer()
        with database.tx(tenant, actor=actor) as tx:
            # A partition is not dropped before the rows are read: then they are of one moment.
            for name in named:
                lock = sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(aging[name].table)
                rows.run(tx, lock)
            tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            for name in named:
                files = list(_files(tx, stack, settings, aging[name], scans[name]))
                answer.files += len(files)
                fresh = None
                if live:
                    path = Path(folder) / f"{name}.parquet"
                    answer.live_rows += _live(tx, path, aging[name], tables[name], scans[name])
                    fresh = path if path.exists() else None
                bodies[name] = _body(tables[name], files, fresh, scans[name], tenant)
        with planning.closed(folder, **limits) as connection:
            _open(connection, bodies)
            timeout = settings.archive_query_timeout_s
            with planning.duckdb_errors(), _at_most(connection, timeout):
                _take(connection, select, limit, answer)
    return answer


def _files(
    tx: Tx, stack: ExitStack, settings: Settings, table: Aging, scan: Scan
) -> Iterator[_File]:
    bounded = table.clock != "id"  # the time of an id is not what the query filters by
    params = {
        "table": table.name,
        "start": scan.start if bounded else None,
        "end": scan.end if bounded else None,
    }
    for row in tx.execute(_FILES, params).all():
        name = file_name(table.name, tx.tenant_id, row.period_start, row.part)
        path = stack.enter_context(store_of(settings, row.url).local(name))
        yield _File(path, row.layout)


def _live(tx: Tx, path: Path, table: Aging, columns: Sequence[Column], scan: Scan) -> int:
    """Write what the query needs of the rows in the table into a file; give their number."""
    lib = arrow()
    needed = [each for each in columns if scan.columns is None or each.name in scan.columns]
    needed = needed or [each for each in columns if each.name == table.clock]
    picks = [pick(each) for each in needed]
    clock = sql.Identifier("t", table.clock)
    parts: list[sql.Composable] = [sql.SQL("t.tenant_id = app.tenant_id()")]
    if table.clock != "id" and scan.start is not None:
        parts.append(sql.SQL("{} >= {}").format(clock, sql.Literal(scan.start)))
    if table.clock != "id" and scan.end is not None:
        parts.append(sql.SQL("{} < {}").format(clock, sql.Literal(scan.end)))
    source = sql.SQL("FROM {} t WHERE {}").format(table.table, sql.SQL(" AND ").join(parts))
    writer, count = None, 0
    try:
        with driver_errors():
            for batch in read_batches(tx, picks, source):
                if writer is None:
                    writer = lib.parquet.ParquetWriter(path, batch.schema, compression="snappy")
                writer.write_table(batch)
                count += batch.num_rows
    finally:
        if writer is not None:
            writer.close()
    return count


def _body(
    columns: Sequence[Column],
    files: Sequence[_File],
    fresh: Path | None,
    scan: Scan,
    tenant: UUID,
) -> tuple[str, list[Path]]:
    """Give the SELECT behind a table's view, and the files that it reads."""
    alike: dict[str, list[_File]] = {}
    for file in files:
        known = sorted(parquet.known(file.path, file.layout))
        alike.setdefault(json.dumps([file.layout, known], sort_keys=True), []).append(file)
    parts = []
    for key, some in alike.items():
        layout, known = json.loads(key)
        parts.append(_select(columns, set(known), layout, [each.path for each in some], tenant))
    if fresh is not None:
        names = {each.name for each in columns}
        there = names if scan.columns is None else scan.columns
        there = there & set(parquet.known(fresh, None))
        parts.append(_select(columns, there, None, [fresh], tenant))
    if not parts:
        nothing = ", ".join(
            f"NULL::{planning.type_of(each.kind)} AS {quoted(each.name)}" for each in columns
        )
        parts.append(f"SELECT {nothing} WHERE false")
    paths = [each.path for each in files]
    return " UNION ALL ".join(parts), [*paths, fresh] if fresh is not None else paths


def _select(
    columns: Sequence[Column],
    known: set[str],
    layout: Layout | None,
    paths: Sequence[Path],
    tenant: UUID,
) -> str:
    kinds = {each.name: each for each in columns}
    made = []
    for each in columns:
        value = "NULL"
        if each.name in known:
            value = forms.duckdb(each, layout, str(tenant), kinds)
        made.append(f"({value})::{planning.type_of(each.kind)} AS {quoted(each.name)}")
    listed = ", ".join(_text(str(path)) for path in paths)
    return f"SELECT {', '.join(made)} FROM read_parquet([{listed}])"


def _text(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


def _open(connection: Any, bodies: Mapping[str, tuple[str, list[Path]]]) -> None:
    """Make the views, and close the door behind them."""
    paths = ", ".join(_text(str(path)) for _, each in bodies.values() for path in each)
    planning.define(connection, f"SET allowed_paths = [{paths}]")
    for name, (body, _) in bodies.items():
        planning.create(connection, name, body)
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


@contextmanager
def _at_most(connection: Any, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _take(connection: Any, select: str, limit: int | None, answer: Answer) -> None:
    lib = arrow()
    reader = connection.execute(select).to_arrow_reader(_FETCH)
    taken, count = [], 0
    for batch in reader:
        taken.append(batch)
        count += batch.num_rows
        if limit is not None and count > limit:
            break
    table = lib.Table.from_batches(taken, schema=reader.schema)
    answer.truncated = limit is not None and count > limit
    answer.table = table.slice(0, limit) if limit is not None else table
