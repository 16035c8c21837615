"""How late the archive is, and how large partitions are: for whoever watches the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everlearn.core import partitions
from everlearn.core.partitions import Partition
from everlearn.modules.operations.service import rows
from everlearn.modules.operations.service.retention import Rules
from everlearn.modules.operations.types import ArchiveLag

if TYPE_CHECKING:
    from everlearn.core.tx import Database


def archive_lag(database: Database) -> list[ArchiveLag]:
    """Give the partitions with rows that should have left, with how long ago; the latest first.

    Rows under a legal hold are not late, nor are those that were restored and are kept. Retention
    runs every night, so less than a day is no fault.

    Args:
        database: connections as everlearn_service.
    """
    at = database.clock.now()
    with database.tx(None) as tx:
        found = partitions.list_partitions(tx)
    late = []
    for table in rows.aging_tables(database):
        own = [part for part in found if part.table == table.name]
        rules = Rules(database, table, at) if own else None
        for part in own:
            if rules is None or part.upper_at > rules.newest():
                continue
            with database.tx(None) as tx:
                params = {"table": part.table, "partition": part.name}
                query = "SELECT app.partition_tenants(:table, :partition)"
                tenants = list(tx.execute(query, params).scalars())
            lags = [
                (end - part.upper_at).total_seconds()
                for tenant in tenants
                if (end := rules[tenant].end) is not None
                and end >= part.upper_at
                and not rules.stays(tenant, part.lower_at, part.upper_at)
            ]
            if lags:
                late.append(ArchiveLag(part.table, part.name, max(lags)))
    return sorted(late, key=lambda each: -each.seconds)


def partition_sizes(database: Database) -> list[Partition]:
    """Give every partition with its rows (by estimate) and bytes, as everlearn_service."""
    with database.tx(None) as tx:
        return partitions.list_partitions(tx)
