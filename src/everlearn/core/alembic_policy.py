"""Alembic plugin: emits and compares policies, triggers, grants, partitions, retention and views.

A migration carries one reversible line a table, and one a view:

    op.table_policy("drift.ml_drift_metrics", add=["rows:tenant", "app:insert,select"])
    op.view("drift.v_alerts", "SELECT ...", comment="...")
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import UpgradeOps
from alembic.runtime.plugins import Plugin
from alembic.util import PriorityDispatchResult
from sqlalchemy import Connection, TextClause, text
from sqlalchemy.exc import DBAPIError

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
        self,
        name: str,
        sql: str | None,
        comment: str = "",
        was: tuple[Any, ...] | None = None,
        insert: str | None = None,
    ) -> None:
        """Keep the new and the old definition, so that the step can be reversed.

        Args:
            name: schema-qualified name.
            sql: its SELECT; None drops it.
            comment: what it shows.
            was: sql, comment and, where it had one, insert of what stood there before.
            insert: call of the trigger function that takes inserted rows, if any.
        """
        self.name, self.sql, self.comment, self.was = name, sql, comment, was
        self.insert = insert

    @classmethod
    def view(
        cls,
        operations: Operations,
        name: str,
        sql: str | None,
        *,
        comment: str = "",
        was: tuple[Any, ...] | None = None,
        insert: str | None = None,
    ) -> Any:
        """Run it from a migration as `op.view(...)`."""
        return operations.invoke(cls(name, sql, comment, was, insert))

    def reverse(self) -> ViewOp:
        """Give the operation that undoes this one."""
        old_sql, old_comment, *old_insert = self.was or (None, "")
        now = (self.sql, self.comment, self.insert) if self.sql is not None else None
        return ViewOp(self.name, old_sql, old_comment, now, *old_insert)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Say for `alembic check` what differs."""
        return ("view", self.name, "drop" if self.sql is None else "create")


@Operations.implementation_for(ViewOp)
def _run_view(operations: Operations, operation: ViewOp) -> None:
    operations.execute(
        f"DROP VIEW IF EXISTS {operation.name}"
    )  # lint: allow sql-string because a declared name cannot be bound
    if operation.sql is not None:
        made = View(operation.name, operation.sql, operation.comment, operation.insert)
        for statement in view_statements(made):
            operations.execute(verbatim(statement))


@renderers.dispatch_for(ViewOp)
def _render_view(_: AutogenContext, operation: ViewOp) -> str:
    return (
        f"op.view(\n    {operation.name!r},\n    {operation.sql!r},\n"
        f"    comment={operation.comment!r},\n    was={operation.was!r},\n"
        f"    insert={operation.insert!r},\n)"
    )


def view_statements(view: View) -> list[str]:
    """Give the statements that create a view that keeps to its reader's policies."""
    comment = view.comment.replace("'", "''")
    trigger = f"TRIGGER insert INSTEAD OF INSERT ON {view.name} FOR EACH ROW"
    taking = [
        f"GRANT insert ON {view.name} TO everlearn_app, everlearn_service",
        f"CREATE {trigger} EXECUTE FUNCTION {view.insert}",
    ]
    return [
        f"CREATE VIEW {view.name} WITH (security_invoker = true) AS {view.sql}",
        f"COMMENT ON VIEW {view.name} IS '{comment}'",
        f"GRANT select ON {view.name} TO everlearn_app, everlearn_reader, everlearn_service",
        *(taking if view.insert else []),
    ]


def verbatim(statement: str) -> TextClause:
    """Give a statement without parameters: a colon in it (an array's slice) is only a colon."""
    return text(statement.replace(":", r"\:"))


def _definition(connection: Connection, view: View) -> str | None:
    """Give a declared view's text as PostgreSQL words it, or None when it cannot be made yet.

    The catalog shows views rewritten, and with `*` spelled out, so only two texts that PostgreSQL
    wrote can be compared: ours is made for a moment as a temporary view.
    """
    savepoint = connection.begin_nested()
    try:
        connection.execute(verbatim(f"CREATE TEMPORARY VIEW wanted AS {view.sql}"))
        return str(connection.scalar(text("SELECT pg_get_viewdef('pg_temp.wanted'::regclass)")))
    except DBAPIError:
        return None
    finally:
        savepoint.rollback()


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
            item = next(i for i in policy_ddl.items(declared.policy) if i.startswith("rls:"))
            for form in (item, f"rows:{declared.policy.rows}"):
                expected = set(policy_ddl.policy_rows(form))
                if row.enabled and row.forced and expected <= policies:
                    found[row.table].add(form)
                    break
            else:
                expected = set()
        found[row.table] |= {f"policy:{p.name}" for p in policies - expected}
        found[row.table] |= _grant_items(row.granted or [])
        found[row.table] |= {t for t in ("touch", "audit") if t in (row.triggers or [])}
        if row.partition:
            found[row.table].add(f"partition:{row.partition}")
        if row.keep_days is not None:
            found[row.table].add(f"keep:{row.keep_days}")
    return found


def _grant_items(granted: list[str]) -> set[str]:
    """Give the item of a table's grants, and one for each grant beyond it.

    Args:
        granted: ``role:privilege`` of everybody but the owner; of a column ``update (name)``.
    """
    by_role: dict[str, set[str]] = defaultdict(set)
    for entry in granted:
        role, _, right = entry.partition(":")
        by_role[role].add(right)
    found = set()
    app = by_role.pop("everlearn_app", set())
    known = sorted(app & policy_ddl.SERVICE_GRANTS)
    reader = by_role.pop("everlearn_reader", set())
    service = by_role.pop("everlearn_service", set())
    if known and reader >= policy_ddl.READER_GRANTS and service >= policy_ddl.SERVICE_GRANTS:
        found.add("app:" + ",".join(known))
    by_role["everlearn_app"] = app - policy_ddl.SERVICE_GRANTS
    by_role["everlearn_reader"] = reader - policy_ddl.READER_GRANTS
    by_role["everlearn_service"] = service - policy_ddl.SERVICE_GRANTS
    found |= {f"grant:{r}:{','.join(sorted(rights))}" for r, rights in by_role.items() if rights}
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
       (SELECT array_agg(coalesce(r.rolname, 'public') || ':' || lower(g.privilege_type) || g.of)
          FROM (SELECT a.grantee, a.privilege_type, '' AS of FROM aclexplode(c.relacl) a
                UNION ALL
                SELECT a.grantee, a.privilege_type, ' (' || quote_ident(t.attname) || ')'
                  FROM pg_attribute t, aclexplode(t.attacl) a WHERE t.attrelid = c.oid) g
          LEFT JOIN pg_roles r ON r.oid = g.grantee
         WHERE g.grantee <> c.relowner) AS granted,
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
       coalesce('security_invoker=true' = ANY(c.reloptions), false) AS invoker,
       (SELECT substring(pg_get_triggerdef(t.oid) FROM 'EXECUTE FUNCTION (.*)$') FROM pg_trigger t
         WHERE t.tgrelid = c.oid AND t.tgname = 'insert') AS insert
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'v' AND n.nspname = ANY(:schemas)
  AND n.nspname || '.' || c.relname <> ALL (:made)
"""


def _compare(
    context: AutogenContext, upgrade: UpgradeOps, _: set[str | None]
) -> PriorityDispatchResult:
    connection = context.connection
    assert connection is not None  # noqa: S101 - autogenerate always has one
    schemas: set[str] = context.opts["everlearn_schemas"]
    actual = read_items(connection, schemas)
    for name, row in rows().items():
        if row.module not in schemas:
            continue
        wanted, has = set(policy_ddl.items(row.policy)), actual.get(name, set())
        if wanted != has:
            upgrade.ops.append(TablePolicyOp(name, list(wanted - has), list(has - wanted)))
    given = {"schemas": sorted(schemas), "made": _views_made_by_commands(connection)}
    standing = {v.name: v for v in connection.execute(text(_VIEWS), given)}
    for name, view in views().items():
        if name.split(".")[0] not in schemas:
            continue
        old = standing.get(name)
        same = old is not None and old.invoker and old.comment == view.comment
        if (
            old is None
            or not same
            or old.insert != view.insert
            or old.sql != _definition(connection, view)
        ):
            was = (old.sql, old.comment, old.insert) if old else None
            upgrade.ops.append(ViewOp(name, view.sql, view.comment, was, view.insert))
    for name, old in standing.items():
        if name not in views():
            upgrade.ops.append(ViewOp(name, None, "", (old.sql, old.comment, old.insert)))
    return PriorityDispatchResult.CONTINUE


def _views_made_by_commands(connection: Connection) -> list[str]:
    if connection.scalar(text("SELECT to_regclass('app.runtime_views')")) is None:
        return []  # an older release, which has no such commands
    return list(connection.scalars(text("SELECT name FROM app.runtime_views")))


def register() -> None:
    """Make the plugin known to Alembic, once a process."""
    from alembic.runtime import plugins

    if PLUGIN not in plugins._all_plugins:  # noqa: SLF001 - Alembic has no public look-up
        plugin = Plugin(PLUGIN)
        # After the tables exist: a policy line follows its create_table.
        plugin.add_autogenerate_comparator(_compare, "schema")
