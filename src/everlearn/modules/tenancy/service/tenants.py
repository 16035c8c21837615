"""Makes, finds and erases tenants."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import insert, select

from everlearn.core.errors import Duplicate, Invalid, NotFound
from everlearn.core.ids import uuid7
from everlearn.core.tables import rows
from everlearn.core.tx import SYSTEM, Database, Tx
from everlearn.modules.tenancy import types
from everlearn.modules.tenancy.tables import Tenant

if TYPE_CHECKING:
    from everlearn.core.pg import Server


def ensure_tenant(
    database: Database, *, slug: str, name: str | None = None, job_queue: str = "default"
) -> types.Tenant:
    """Give the tenant with this slug; make it when there is none.

    Raises:
        Invalid: the slug is not lower-case letters, digits and dashes.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", slug):
        msg = "a slug is lower-case letters, digits and dashes, at most 63"
        raise Invalid(msg, field="slug", got=slug)
    found = find_tenant(database, slug=slug)
    if found is None:
        made = uuid7(database.clock.now())
        try:
            with database.tx(made, actor=SYSTEM) as tx:
                tx.execute(
                    insert(Tenant).values(
                        id=made, slug=slug, name=name or slug, job_queue=job_queue
                    )
                )
            found = made
        except Duplicate:  # another process made it first
            found = find_tenant(database, slug=slug)
    with database.tx(found) as tx:
        return get_tenant(tx)


def find_tenant(database: Database, *, slug: str) -> UUID | None:
    """Give the id of the tenant with this slug, or None."""
    with database.tx(None) as tx:
        found = tx.scalar("SELECT app.find_tenant(:slug)", {"slug": slug})
    return UUID(str(found)) if found else None


def require_tenant(database: Database, *, slug: str) -> UUID:
    """Give the id of the tenant with this slug; raise NotFound when there is none."""
    found = find_tenant(database, slug=slug)
    if found is None:
        msg = f"no tenant is called {slug!r}"
        raise NotFound(msg, field="tenant", hint="make it with `everlearn tenancy create SLUG`")
    return found


def get_tenant(tx: Tx) -> types.Tenant:
    """Give the transaction's own tenant."""
    row = tx.execute(select(Tenant).where(Tenant.id == tx.tenant_id)).scalar_one_or_none()
    if row is None:
        raise NotFound(field="tenant")
    return types.Tenant(row.id, row.slug, row.name, row.job_queue, row.created_at)


def erase_tenant(server: Server, tenant_id: UUID) -> None:
    """Take a tenant and every row of it out of the database, as the maintenance role.

    High-volume tables do not refer to tenants, so their rows go first; the rest follows the tenant.
    """
    import psycopg
    from psycopg import sql

    with psycopg.connect(server.conninfo("service")) as connection:
        # Row-level security holds for the maintenance role too: it reaches one tenant at a time.
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", (str(tenant_id),))
        for name, row in rows().items():
            if row.policy.rows == "tenant" and row.policy.hot:
                table = sql.Identifier(*name.split("."))
                statement = sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(table)
                connection.execute(statement, (tenant_id,))
        connection.execute("DELETE FROM tenancy.tenants WHERE id = %s", (tenant_id,))
