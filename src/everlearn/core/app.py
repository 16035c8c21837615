"""What one process of Everlearn needs: settings, a server at the current schema, a database."""

from __future__ import annotations

from dataclasses import dataclass

from everlearn.core import migrate, pg
from everlearn.core.settings import Settings, settings
from everlearn.core.tx import Database, connect


@dataclass(slots=True)
class Runtime:
    """An opened Everlearn; close it with `close`."""

    settings: Settings
    server: pg.Server
    database: Database

    def close(self) -> None:
        """Give the connections back; the embedded server goes on for other processes."""
        self.database.dispose()


def open_runtime(chosen: Settings | None = None, *, upgrade: bool = True) -> Runtime:
    """Start or find the server, bring the database to the current schema, connect as the app role.

    Args:
        chosen: settings to use instead of the process's.
        upgrade: run missing migrations; a replica or a restricted role sets it to False.
    """
    use = chosen or settings()
    server = pg.start(use)
    if upgrade:
        pg.bootstrap(server)
        migrate.upgrade(server)
    return Runtime(use, server, connect(server, use))
