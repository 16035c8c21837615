"""What a policy means in SQL: pure functions from a declaration to statements.

A policy is a set of items, short strings such as ``rls:tenant`` or ``touch``. A migration names
the items it adds and removes; the catalog is read back into the same items (`alembic_policy.py`),
so a policy dropped by hand is a difference like a missing column.

An item's meaning never changes, since old migrations name it. ``rows:`` is the first form of the
row-level policies, in which the maintenance role passed every tenant's; ``rls:`` is the present.
"""

from __future__ import annotations

from dataclasses import dataclass

from everlearn.core.tables import Policy

APP_ROLES = "everlearn_app, everlearn_reader"
SERVICE_ROLES = "everlearn_service, everlearn_owner"
EVERY_ROLE = f"{APP_ROLES}, {SERVICE_ROLES}"
ROW_RULES = ("rls", "rows")  # the present form of an item, and that of old migrations
READER_GRANTS = frozenset({"select"})
SERVICE_GRANTS = frozenset({"select", "insert", "update", "delete"})


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One row-level policy, in the words in which pg_policies shows it."""

    name: str
    permissive: bool
    command: str
    roles: str
    using: str | None
    check: str | None


def items(policy: Policy) -> frozenset[str]:
    """Give the items that a declaration asks for."""
    found = {"|".join([f"rls:{policy.rows}", *_reach(policy)])}
    if policy.rows == "shared" or policy.maintained:
        found.add("app:select")
    elif policy.append_only:
        found.add("app:insert,select")
    else:
        found.add("app:delete,insert,select,update")
    if policy.touch:
        found.add("touch")
    if policy.audit:
        found.add("audit")
    if policy.partition:
        found.add(f"partition:{policy.partition.column}:{policy.partition.unit}")
    if policy.keep_days is not None:
        found.add(f"keep:{policy.keep_days}")
    return frozenset(found)


def _reach(policy: Policy) -> list[str]:
    rules = {"see": policy.see, "change": policy.change, "add": policy.add}
    return [f"{name}={','.join(terms)}" for name, terms in rules.items() if terms]


def term(word: str) -> str:
    """Give a term of `Policy.see` as SQL, in the words in which pg_policies shows it.

    Raises:
        ValueError: there is no such term.
    """
    kind, _, column = word.partition(":")
    flag, _, team = column.partition(":")
    forms = {
        "owner": f"({column} = app.user_id())",
        "unowned": f"({column} IS NULL)",
        "listed": f"(app.user_id() = ANY ({column}))",
        "member": f"app.is_team_member({column})",
        "admin": f"app.is_team_admin({column})",
        "flag": column,
        "shared": f"({flag} AND app.is_team_member({team}))",
        "anyone": "true",
        "nobody": "",
    }
    if kind not in forms:
        msg = f"{word!r} is no term of a policy; there are {', '.join(sorted(forms))}"
        raise ValueError(msg)
    return forms[kind]


def _any_of(words: str) -> str:
    terms = [sql for word in words.split(",") if (sql := term(word))]
    parts = ["(app.user_id() IS NULL)", *terms]
    return f"({' OR '.join(parts)})" if terms else parts[0]


def policy_rows(item: str) -> tuple[PolicyRow, ...]:
    """Give the row-level policies of a ``rls:`` item, or of a ``rows:`` item of old migrations."""
    form, _, rest = item.partition(":")
    kind, *rules = rest.split("|")
    service = PolicyRow("service", True, "ALL", SERVICE_ROLES, "true", "true")
    if kind == "shared":
        return (PolicyRow("everyone", True, "SELECT", APP_ROLES, "true", None), service)
    rule = f"({'id' if kind == 'self' else 'tenant_id'} = app.tenant_id())"
    if form == "rows":
        return (PolicyRow("tenant", True, "ALL", APP_ROLES, rule, rule), service)
    # The one permissive policy, for every role: maintenance too names the tenant it works for.
    tenant = PolicyRow("tenant", True, "ALL", EVERY_ROLE, rule, rule)
    return (tenant, *_reach_rows(dict(each.split("=", 1) for each in rules)))


def _reach_rows(reach: dict[str, str]) -> tuple[PolicyRow, ...]:
    """Give the rules of users within a tenant: RESTRICTIVE, so that they narrow and never widen."""
    if not reach:
        return ()
    see = _any_of(reach["see"])
    if len(reach) == 1:
        return (PolicyRow("reach", False, "ALL", APP_ROLES, see, see),)
    change = _any_of(reach.get("change", reach["see"]))
    add = _any_of(reach["add"]) if "add" in reach else change
    return (
        PolicyRow("see", False, "SELECT", APP_ROLES, see, None),
        PolicyRow("add", False, "INSERT", APP_ROLES, None, add),
        PolicyRow("change", False, "UPDATE", APP_ROLES, change, change),
        PolicyRow("remove", False, "DELETE", APP_ROLES, change, None),
    )


def up(table: str, item: str) -> list[str]:
    """Give the statements that put an item on a table (schema-qualified name)."""
    kind, _, rest = item.partition(":")
    if kind in ROW_RULES:
        return [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
            *(_create_policy(table, row) for row in policy_rows(item)),
        ]
    if kind == "app":
        return [
            f"GRANT {rest} ON {table} TO everlearn_app",
            f"GRANT select ON {table} TO everlearn_reader",
            f"GRANT select, insert, update, delete ON {table} TO everlearn_service",
        ]
    if kind == "touch":
        call = "FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column()"
        return [f"CREATE TRIGGER touch BEFORE UPDATE ON {table} {call}"]
    if kind == "audit":
        call = "FOR EACH ROW EXECUTE FUNCTION app.audit_row()"
        return [f"CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table} {call}"]
    if kind == "partition":
        column, unit = rest.split(":")
        return [f"SELECT app.register_partitioned('{table}', '{column}', '{unit}')"]
    if kind == "keep":
        return [f"SELECT app.set_retention('{table}', {int(rest)})"]
    if kind == "grant":
        role, rights = rest.split(":")
        return [f"GRANT {rights} ON {table} TO {role}"]
    return []


def down(table: str, item: str) -> list[str]:
    """Give the statements that take an item off a table."""
    kind, _, rest = item.partition(":")
    if kind in ROW_RULES:
        return [
            *(f"DROP POLICY IF EXISTS {row.name} ON {table}" for row in policy_rows(item)),
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY",
        ]
    if kind == "app":
        return [
            f"REVOKE ALL ON {table} FROM everlearn_app",
            f"REVOKE ALL ON {table} FROM everlearn_reader",
            f"REVOKE ALL ON {table} FROM everlearn_service",
        ]
    if kind in {"touch", "audit"}:
        return [f"DROP TRIGGER IF EXISTS {kind} ON {table}"]
    if kind == "partition":
        return [f"SELECT app.unregister_partitioned('{table}')"]
    if kind == "keep":
        return [f"SELECT app.unset_retention('{table}')"]
    if kind == "grant":  # as the next, found in the catalog: nobody declared it
        role, rights = rest.split(":")
        return [f"REVOKE {rights} ON {table} FROM {role}"]
    if kind == "policy":
        return [f'DROP POLICY "{rest}" ON {table}']
    return []


def _create_policy(table: str, row: PolicyRow) -> str:
    kind = "PERMISSIVE" if row.permissive else "RESTRICTIVE"
    using = f" USING ({row.using})" if row.using else ""
    check = f" WITH CHECK ({row.check})" if row.check else ""
    return (
        f"CREATE POLICY {row.name} ON {table} AS {kind} FOR {row.command} "
        f"TO {row.roles}{using}{check}"
    )
