"""What all parts of the SDK stand on: the opened database of one tenant and its transactions."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from everlearn.core.app import open_runtime
from everlearn.core.settings import Settings
from everlearn.core.tx import Actor, Tx
from everlearn.modules.tenancy import service as tenancy

if TYPE_CHECKING:
    from everlearn.modules.tenancy.types import Tenant

#: Who acts through the SDK.
ACTOR = Actor("user", "sdk")


class Opened:
    """One tenant's database, opened in this process."""

    def __init__(self, tenant: str | None = None, **settings: Any) -> None:
        """Start or find the server and bring its schema up to date; see `everlearn.open`."""
        self._runtime = open_runtime(Settings(**settings) if settings else None)
        slug = tenant or self._runtime.settings.tenant
        self.tenant: Tenant = tenancy.ensure_tenant(self._runtime.database, slug=slug)

    def close(self) -> None:
        """Give the connections back; the embedded server goes on for other processes."""
        self._runtime.close()

    def tx(self) -> AbstractContextManager[Tx]:
        """Open a transaction, for calling a module's service yourself."""
        return self._runtime.database.tx(self.tenant.id, actor=ACTOR)

    def read_tx(self) -> AbstractContextManager[Tx]:
        """Open a transaction that only reads: on the replica, where there is one close behind."""
        return self._runtime.database.read_tx(self.tenant.id, actor=ACTOR)
