"""Alembic plugin: emits and compares policies, triggers, grants, partitions, retention and views.

A migration carries one reversible line a table, and one a view:

    op.table_policy("drift.ml_drift_metrics", add=["rows:tenant", "app:insert,select"])
    op.view("drift.v_alerts", "SELECT ...", comment="...")
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import UpgradeOps
from alembic.runtime.plugins import Plugin
from alembic.util import PriorityDispatchResult
from sqlalchemy import Connection, text

from everlearn.core import policy_ddl
from everlearn.core.tables import View, rows, views

PLUGIN = "everlearn.policy"


@Operations.register_operation("table_policy")
class TablePolicyOp(MigrateOperation):
    """Put items on a table and take others off."""

    def __init__(self, table: str, add: list[str], remove: list[str]) -> None:
        """Keep the schema-qualified table and both lists."""
        self.table, self.add, self.remove = table, sorted(add), sorted(remove)

    @classmethod
    def table_policy(
        cls,
        operations: Operations,
        table: str,
        *,
        add: list[str] | None = None,
        remove: list[str] | None = None,
    ) -> Any:
        """Run it from a migration as `op.table_policy(...)`."""
        return operations.invoke(cls(table, add or [], remove or []))

    def reverse(self) -> TablePolicyOp:
        """Give the operation that undoes this one."""
        return TablePolicyOp(self.table, self.remove, self.add)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Say for `alembic check` what differs."""
        return ("table_policy", self.table, {"add": self.add, "remove": self.remove})


@Operations.implementation_for(TablePolicyOp)
def _run_table_policy(operations: Operations, operation: TablePolicyOp) -> None:
    for item in operation.remove:
        for statement in policy_ddl.down(operation.table, item):
            operations.execute(statement)
    for item in operation.add:
        for statement in policy_ddl.up(operation.table, item):
            operations.execute(statement)


@renderers.dispatch_for(TablePolicyOp)
def _render_table_policy(_: AutogenContext, operation: TablePolicyOp) -> str:
    parts = [repr(operation.table)]
    parts += [f"add={operation.add!r}"] if operation.add else []
    parts += [f"remove={operation.remove!r}"] if operation.remove else []
    return f"op.table_policy({', '.join(parts)})"


@Operations.register_operation("view")
class ViewOp(MigrateOperation):
    """Create a view, or drop it when `sql` is None; `was` is what stood there before."""

    def __init__(
        self, name: str, sql: str | None, comment: str = "", was: tuple[str, str] | None = None
    ) -> None:
        """Keep the new and the old definition, so that the step can be reversed."""
        self.name, self.sql, self.comment, self.was = name, sql, comment, was

    @classmethod
    def view(
        cls,
        operations: Operations,
        name: str,
        sql: str | None,
        *,
        comment: str = "",
        was: tuple[str, str] | None = None,
    ) -> Any:
        """Run it from a migration as `op.view(...)`."""
        return operations.invoke(cls(name, sql, comment, was))

    def reverse(self) -> ViewOp:
        """Give the operation that undoes this one."""
        old_sql, old_comment = self.was or (None, "")
        now = (self.sql, self.comment) if self.sql is not None else None
        return ViewOp(self.name, old_sql, old_comment, now)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Say for `alembic check` what differs."""
        return ("view", self.name, "drop" if self.sql is None else "create")


@Operations.implementation_for(ViewOp)
def _run_view(operations: Operations, operation: ViewOp) -> None:
    operations.execute(f"DROP VIEW IF EXISTS {operation.name}")
    if operation.sql is not None:
        for statement in view_statements(View(operation.name, operation.sql, operation.comment)):
            operations.execute(statement)


@renderers.dispatch_for(ViewOp)
def _render_view(_: AutogenContext, operation: ViewOp) -> str:
    return (
        f"op.view(\n    {operation.name!r},\n    {operation.sql!r},\n"
        f"    comment={operation.comment!r},\n    was={operation.was!r},\n)"
    )


def view_statements(view: View) -> list[str]:
    """Give the statements that create a view that keeps to its reader's policies."""
    comment = view.comment.replace("'", "''")
    return [
        f"CREATE VIEW {view.name} WITH (security_invoker = true) AS {view.sql}",
        f"COMMENT ON VIEW {view.name} IS '{comment} [{_fingerprint(view.sql)}]'",
        f"GRANT select ON {view.name} TO everlearn_app, everlearn_reader, everlearn_service",
    ]


def _fingerprint(sql: str) -> str:
    # The catalog shows a view's text rewritten; the comment carries the hash of ours instead.
    import hashlib

    return "sql:" + hashlib.sha256(sql.encode()).hexdigest()[:12]


def read_items(connection: Connection, schemas: set[str]) -> dict[str, set[str]]:
    """Read from the catalog which items every table of the schemas really has."""
    found: dict[str, set[str]] = defaultdict(set)
    wanted = {"schemas": sorted(schemas)}
    actual: dict[str, set[policy_ddl.PolicyRow]] = defaultdict(set)
    for row in connection.execute(text(_POLICIES), wanted):
        roles = ", ".join(sorted(row.roles, key=_role_order))
        actual[row.table].add(
            policy_ddl.PolicyRow(row.name, row.permissive, row.cmd, roles, row.using, row.checked)
        )
    for row in connection.execute(text(_TABLES), wanted):
        policies = actual[row.table]
        expected: set[policy_ddl.PolicyRow] = set()
        declared = rows().get(row.table)
        if declared is not None:
            item = next(i for i in policy_ddl.items(declared.policy) if i.startswith("rows:"))
            expected = set(policy_ddl.policy_rows(item))
            if row.enabled and row.forced and expected <= policies:
                found[row.table].add(item)
        found[row.table] |= {f"policy:{p.name}" for p in policies - expected}
        grants = [p for p in ("delete", "insert", "select", "update") if p in (row.granted or [])]
        if grants:
            found[row.table].add("app:" + ",".join(grants))
        found[row.table] |= {t for t in ("touch", "audit") if t in (row.triggers or [])}
        if row.partition:
            found[row.table].add(f"partition:{row.partition}")
        if row.keep_days is not None:
            found[row.table].add(f"keep:{row.keep_days}")
    return found


def _role_order(role: str) -> int:
    order = ("everlearn_app", "everlearn_reader", "everlearn_service", "everlearn_owner")
    return order.index(role) if role in order else len(order)


_POLICIES = """
SELECT schemaname || '.' || tablename AS table, policyname AS name, cmd, roles::text[] AS roles,
       permissive = 'PERMISSIVE' AS permissive, qual AS using, with_check AS checked
FROM pg_policies WHERE schemaname = ANY(:schemas)
"""

_TABLES = """
SELECT n.nspname || '.' || c.relname AS table, c.relrowsecurity AS enabled,
       c.relforcerowsecurity AS forced,
       (SELECT array_agg(lower(a.privilege_type))
          FROM aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
         WHERE r.rolname = 'everlearn_app') AS granted,
       (SELECT array_agg(t.tgname::text) FROM pg_trigger t
         WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled = 'O') AS triggers,
       (SELECT p.key_column || ':' || p.unit FROM app.partitioned p
         WHERE p.parent = n.nspname || '.' || c.relname AND c.relkind = 'p') AS partition,
       (SELECT k.keep_days FROM app.retention k
         WHERE k.parent = n.nspname || '.' || c.relname) AS keep_days
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY(:schemas)
"""

_VIEWS = """
SELECT n.nspname || '.' || c.relname AS name, pg_get_viewdef(c.oid) AS sql,
       coalesce(obj_description(c.oid, 'pg_class'), '') AS comment,
       coalesce('security_invoker=true' = ANY(c.reloptions), false) AS invoker
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'v' AND n.nspname = ANY(:schemas)
"""


def _compare(
    context: AutogenContext, upgrade: UpgradeOps, _: set[str | None]
) -> PriorityDispatchResult:
    connection = context.connection
    assert connection is not None  # noqa: S101 - autogenerate always has one
    schemas = {name.split(".")[0] for name in [*rows(), *views()]}
    actual = read_items(connection, schemas)
    for name, row in rows().items():
        wanted, has = set(policy_ddl.items(row.policy)), actual.get(name, set())
        if wanted != has:
            upgrade.ops.append(TablePolicyOp(name, list(wanted - has), list(has - wanted)))
    standing = {v.name: v for v in connection.execute(text(_VIEWS), {"schemas": sorted(schemas)})}
    for name, view in views().items():
        old = standing.get(name)
        if old is None or not old.invoker or _fingerprint(view.sql) not in old.comment:
            was = (old.sql, old.comment) if old else None
            upgrade.ops.append(ViewOp(name, view.sql, view.comment, was))
    for name, old in standing.items():
        if name not in views():
            upgrade.ops.append(
                ViewOp(name, None, "", (old.sql, re.sub(r" \[sql:.*", "", old.comment)))
            )
    return PriorityDispatchResult.CONTINUE


def register() -> None:
    """Make the plugin known to Alembic, once a process."""
    from alembic.runtime import plugins

    if PLUGIN not in plugins._all_plugins:  # noqa: SLF001 - Alembic has no public look-up
        plugin = Plugin(PLUGIN)
        # After the tables exist: a policy line follows its create_table.
        plugin.add_autogenerate_comparator(_compare, "schema")
