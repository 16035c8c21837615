"""`el.archive`: rows that left their tables, from a script or notebook."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from everlearn.core.tx import connect
from everlearn.entry.sdk_base import ACTOR

if TYPE_CHECKING:
    from everlearn.core.app import Runtime
    from everlearn.modules.operations.types import ArchivedFile, FileCheck, Hold, Restored


class Archive:
    """The archive of one tenant."""

    def __init__(self, made: Runtime, tenant: UUID) -> None:
        """Made by `Everlearn.archive`."""
        self._made, self._tenant = made, tenant

    def query(self, sql: str, *, limit: int | None = None, live: bool = True) -> Any:
        """Ask archived and live rows as one; give an Arrow table.

        Args:
            sql: one SELECT, in DuckDB's SQL, over the tables whose rows age, by their names.
            limit: most rows that are given back.
            live: read the rows that are still in the tables too.
        """
        from everlearn.modules.operations.service import querying

        made = self._made
        return querying.query(
            made.database, made.settings, self._tenant, sql, limit=limit, live=live, actor=ACTOR
        ).table

    def restore(
        self, table: str, *, start: datetime, end: datetime, keep_days: int = 30
    ) -> Restored:
        """Bring archived rows back into their table; retention leaves them alone for a while."""
        from everlearn.modules.operations.service import restoring

        made = self._made
        database = connect(made.server, made.settings, role="service")
        database.clock = made.database.clock
        try:
            return restoring.restore(
                database,
                made.settings,
                self._tenant,
                table,
                start=start,
                end=end,
                keep_days=keep_days,
            )
        finally:
            database.dispose()

    def files(self, *, table: str | None = None) -> list[ArchivedFile]:
        """Give the files, by table and time."""
        from everlearn.modules.operations import service

        with self._made.database.tx(self._tenant, actor=ACTOR) as tx:
            return service.list_files(tx, table=table)

    def verify(self, *, table: str | None = None) -> list[FileCheck]:
        """Read the files again and compare them with what was written."""
        from everlearn.modules.operations import service

        with self._made.database.tx(self._tenant, actor=ACTOR) as tx:
            return service.verify_files(tx, self._made.settings, table=table)

    def hold(self, *tables: str, reason: str | None = None) -> list[Hold]:
        """Keep every row of these tables, or of all, however old; give what is held."""
        from everlearn.modules.operations import service

        with self._made.database.tx(self._tenant, actor=ACTOR) as tx:
            service.hold(tx, tables, reason=reason)
            return service.holds(tx)

    def release(self, *tables: str) -> list[Hold]:
        """End the hold of these tables, or every hold; give what is still held."""
        from everlearn.modules.operations import service

        with self._made.database.tx(self._tenant, actor=ACTOR) as tx:
            service.release(tx, tables)
            return service.holds(tx)
