"""Removes the rows whose time is over: every table with a time, every tenant by its own policy.

Runs as everlearn_service, in many short transactions, each of which leaves a state the next run
goes on from. Tables that refer to others come first; a row that one still refers to stays until
that one goes. A partition in which everything is expired is dropped; other rows go in batches. The
trail of audit_logs has no time, so nothing of it ever goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg import sql

from everlearn.core.errors import EverlearnError, Invalid
from everlearn.modules.operations.service import archive, rows
from everlearn.modules.operations.service.rows import Aging
from everlearn.modules.operations.service.store import open_store
from everlearn.modules.operations.types import ArchiveStrategy, Swept

if TYPE_CHECKING:
    from everlearn.core.settings import Settings
    from everlearn.core.tx import Database, Tx

#: No partition lies further ahead.
_EVERYTHING = timedelta(days=3 * 366)

_PARTITIONS = """
SELECT partition, lower_at, upper_at FROM app.list_partitions()
WHERE parent = :table ORDER BY lower_at
"""
#: Rows that were restored stay for as long as it was said then.
_RESTORED = """
SELECT period_start, period_end, coalesce(held_until > :at, false) AS stays
FROM operations.archive_manifests
WHERE tenant_id = :tenant AND table_name = :table AND restored_at IS NOT NULL
"""
_LOOKED = """
UPDATE operations.data_retention_policies SET last_cleanup = :at
WHERE tenant_id = app.tenant_id() AND table_name = ANY(:tables)
"""


@dataclass(frozen=True, slots=True)
class _Rule:
    """What holds for one tenant's rows of a table; None as `end` is: nothing goes."""

    end: datetime | None
    strategy: ArchiveStrategy = ArchiveStrategy.DELETE

    @property
    def archives(self) -> bool:
        return self.strategy != ArchiveStrategy.DELETE

    def over(self, time: datetime) -> bool:
        return self.end is not None and time <= self.end


class Rules:
    """What holds for each tenant's rows of one table."""

    def __init__(self, database: Database, table: Aging, at: datetime) -> None:
        self._of: dict[UUID, _Rule] = {}
        self._gone = _Rule(at)  # of a tenant that is gone nothing is kept
        with database.tx(None) as tx:
            self.own = at - timedelta(
                days=tx.scalar(
                    "SELECT keep_days FROM app.retention WHERE parent = :table",
                    {"table": table.name},
                )
            )
            query = "SELECT tenant_id, keep, strategy, held FROM app.retention_rules(:table)"
            for row in tx.execute(query, {"table": table.name}):
                end = None if row.held else at - row.keep
                self._of[row.tenant_id] = _Rule(end, ArchiveStrategy(row.strategy))
        self._database, self._table, self._at = database, table.name, at
        self._restored: dict[UUID, list[Any]] = {}

    def _came_back(self, tenant: UUID) -> list[Any]:
        if tenant not in self._restored:
            with self._database.tx(tenant) as tx:
                params = {"tenant": tenant, "table": self._table, "at": self._at}
                self._restored[tenant] = list(tx.execute(_RESTORED, params))
        return self._restored[tenant]

    def restored(self, tenant: UUID) -> list[tuple[datetime, datetime]]:
        """Give the periods whose rows came back and stay for now."""
        found = self._came_back(tenant)
        return [(row.period_start, row.period_end) for row in found if row.stays]

    def has_spent(self, tenant: UUID) -> bool:
        """Say whether there are files whose rows came back and may have left again."""
        return bool(self._came_back(tenant))

    def stays(self, tenant: UUID, start: datetime, end: datetime) -> bool:
        """Say whether rows of this time came back and stay for now."""
        return any(first < end and start < last for first, last in self.restored(tenant))

    def __getitem__(self, tenant: UUID) -> _Rule:
        return self._of.get(tenant, self._gone)

    def all(self) -> list[tuple[UUID, _Rule]]:
        """Give each tenant there is, with its rule."""
        return list(self._of.items())

    def gone(self, tenants: list[UUID]) -> list[UUID]:
        """Give those that are no tenants any more."""
        return [tenant for tenant in tenants if tenant not in self._of]

    def newest(self) -> datetime:
        """Give the time before which something may be expired."""
        ends = [rule.end for rule in self._of.values() if rule.end is not None]
        return max([self.own, *ends])


def sweep(
    database: Database,
    settings: Settings,
    *,
    at: datetime | None = None,
    only: Sequence[str] = (),
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Swept]:
    """Remove what is expired, and give what happened to each table where something did.

    Args:
        database: connections as everlearn_service.
        settings: where the archive is.
        at: the time by which age is told; the database's clock when left out.
        only: tables to look at; all of them when left out.
        dry_run: only count.
        progress: is told each table that is done.

    Raises:
        RetentionRuns: another process is at it.
    """
    now = at or database.clock.now()
    made = []
    with archive.alone(database):
        for table in rows.aging_tables(database):
            if only and table.name not in only:
                continue
            swept = Swept(table.name)
            try:
                work = _Sweep(database, settings, table, Rules(database, table, now), now, swept)
                if dry_run:
                    work.count()
                else:
                    work.run()
            except EverlearnError as error:
                swept.problems.append(str(error))
            made.append(swept)
            progress(table.name)
        if not dry_run:
            _note(database, [each.table for each in made if not each.problems], now)
    return [each for each in made if each != Swept(each.table)]


def _note(database: Database, tables: list[str], at: datetime) -> None:
    """Write into each tenant's policies when their tables were looked through."""
    with database.tx(None) as tx:
        tenants = list(tx.execute("SELECT app.tenants()").scalars())
    for tenant in tenants:
        with archive.transaction(database, tenant) as tx:
            tx.execute(_LOOKED, {"at": at, "tables": tables})


@dataclass(frozen=True, slots=True)
class _Sweep:
    """The work on one table."""

    database: Database
    settings: Settings
    table: Aging
    rules: Rules
    at: datetime
    swept: Swept

    def count(self) -> None:
        """Say what would go."""
        for tenant, rule in self.rules.all():
            if rule.end is None:
                continue
            with archive.transaction(self.database, tenant) as tx:
                without = self.rules.restored(tenant)
                gone, kept = rows.count_expired(tx, self.table, tenant, rule.end, without)
                if rule.archives:
                    gone = sum(n for *_, n in self._periods(tx, tenant, rule.end))
                    self.swept.archived += gone
                else:
                    self.swept.deleted += gone
            self.swept.kept += kept
        for part in self._partitions():
            tenants = self._tenants(part)
            if part.upper_at <= self.rules.newest() and self._all_over(tenants, part):
                self.swept.partitions.append(part.partition)

    def run(self) -> None:
        """Remove what is expired."""
        for part in self._partitions():
            tenants = self._tenants(part)
            for tenant in self.rules.gone(tenants):
                self._delete_gone(tenant)
            if part.upper_at <= self.rules.newest():
                self._sweep_partition(part, tenants)
        for tenant, rule in self.rules.all():
            if rule.end is None:
                continue
            if not rule.archives:
                self._delete(tenant, rule.end)
            elif self.table.unit is None:
                self._archive_months(tenant, rule)
            if self.rules.has_spent(tenant):
                self._remove_spent(tenant, rule)

    def _partitions(self) -> list[Any]:
        if self.table.unit is None:
            return []
        with self.database.tx(None) as tx:
            return list(tx.execute(_PARTITIONS, {"table": self.table.name}))

    def _tenants(self, part: Any) -> list[UUID]:
        with archive.transaction(self.database, None) as tx:
            params = {"table": self.table.name, "partition": part.partition}
            found = tx.execute("SELECT app.partition_tenants(:table, :partition)", params)
            return list(found.scalars())

    def _all_over(self, tenants: list[UUID], part: Any) -> bool:
        if not tenants:  # an empty one may still be wanted by a tenant that keeps for longer
            return bool(part.upper_at <= self.rules.own)
        return all(
            self.rules[tenant].over(part.upper_at)
            and not self.rules.stays(tenant, part.lower_at, part.upper_at)
            for tenant in tenants
        )

    def _sweep_partition(self, part: Any, tenants: list[UUID]) -> None:
        pieces = []
        archived = 0
        try:
            for tenant in tenants:
                rule = self.rules[tenant]
                if self.rules.stays(tenant, part.lower_at, part.upper_at):
                    continue
                if rule.archives and rule.over(part.upper_at):
                    piece = archive.Piece(
                        self.table, tenant, part.lower_at, part.upper_at, part.partition
                    )
                    store = open_store(self.settings, rule.strategy)
                    archived += archive.store_piece(self.database, store, piece, at=self.at)
                    pieces.append(piece)
            if self._all_over(tenants, part) and self._drop(part.partition, archived):
                return
            for piece in pieces:
                self.swept.archived += archive.drop_piece(self.database, piece, at=self.at)
        except EverlearnError as error:  # not archived, in use or referred to; the others go on
            self.swept.problems.append(f"{part.partition}: {error}")

    def _drop(self, partition: str, archived: int) -> bool:
        """Drop a partition; give False when somebody refers to a row in it."""
        params = {"table": self.table.name, "partition": partition, "at": self.at}
        query = "SELECT app.drop_expired_partition(:table, :partition, :at)"
        try:
            with archive.transaction(self.database, None) as tx:
                gone = int(tx.scalar(query, params))
        except Invalid:
            return False
        self.swept.partitions.append(partition)
        self.swept.archived += archived
        self.swept.deleted += gone - archived
        return True

    def _periods(self, tx: Tx, tenant: UUID, end: datetime) -> list[tuple[datetime, datetime, int]]:
        """Give the periods of a tenant's rows that are over as a whole, with their rows."""
        unit = self.table.unit or "month"
        query = sql.SQL(
            "SELECT s.at, s.at + {step}, s.n FROM (SELECT date_trunc({unit}, {time}, 'UTC') AS at,"
            " count(*) AS n FROM {table} t WHERE t.tenant_id = %s AND {when} AND {free} GROUP BY 1)"
            " s WHERE s.at + {step} <= {end} ORDER BY 1"
        ).format(
            step=sql.Literal(f"1 {unit}") + sql.SQL("::interval"),
            unit=sql.Literal(unit),
            time=self.table.time(),
            table=self.table.table,
            when=self.table.between(None, end),
            free=self.table.free(),
            end=sql.Literal(end),
        )
        return [
            (start, stop, n)
            for start, stop, n in rows.run(tx, query, [tenant])
            if not self.rules.stays(tenant, start, stop)
        ]

    def _archive_months(self, tenant: UUID, rule: _Rule) -> None:
        """Archive rows of no partition, a month at a time: a night's rows would be tiny files."""
        with archive.transaction(self.database, tenant) as tx:
            periods = self._periods(tx, tenant, rule.end or self.at)
        for start, end, _ in periods:
            piece = archive.Piece(self.table, tenant, start, end)
            try:
                store = open_store(self.settings, rule.strategy)
                archive.store_piece(self.database, store, piece, at=self.at)
                self.swept.archived += archive.drop_piece(self.database, piece, at=self.at)
            except EverlearnError as error:
                self.swept.problems.append(f"{start:%Y-%m}: {error}")
                return

    def _remove_spent(self, tenant: UUID, rule: _Rule) -> None:
        deleted = None if rule.archives else rule.end
        try:
            archive.remove_spent(
                self.database, self.settings, self.table.name, tenant, deleted=deleted, at=self.at
            )
        except EverlearnError as error:  # the store is away: the files wait
            self.swept.problems.append(str(error))

    def _delete_gone(self, tenant: UUID) -> None:
        """Delete what a tenant left in a table without a reference to tenants."""
        with archive.transaction(self.database, None) as tx:
            query = "SELECT count(*) FROM app.tenants() t WHERE t = :tenant"
            made_since = tx.scalar(query, {"tenant": tenant})
        if not made_since:
            self._delete(tenant, self.at + _EVERYTHING)

    def _delete(self, tenant: UUID, end: datetime) -> None:
        while True:
            with archive.transaction(self.database, tenant) as tx:
                without = self.rules.restored(tenant)
                gone = rows.delete_batch(tx, self.table, tenant, end, without)
            self.swept.deleted += gone
            # Rows of one table may refer to each other: then a short batch is not yet the last.
            among = any(each.child == self.table.name for each in self.table.references)
            if not gone or (gone < rows.BATCH and not among):
                break
        if any(reference.holds for reference in self.table.references):
            with archive.transaction(self.database, tenant) as tx:
                without = self.rules.restored(tenant)
                self.swept.kept += rows.count_expired(tx, self.table, tenant, end, without)[1]
