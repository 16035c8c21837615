"""Compares the live catalog with what was asked for, point by point."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from everlearn.core.schema import live
from everlearn.core.schema.live import Live, LiveIndex, Relation
from everlearn.core.schema.manifest import AccessPath, Asked, Column, Manifest, Reference, Unique

#: Which other families hold a family without losing anything: a double holds every count, a typed
#: list every list of JSON.
HOLDS: dict[str, frozenset[str]] = {
    "integer": frozenset({"number"}),
    "json": frozenset({"texts", "uuids", "numbers", "vector"}),
    "texts": frozenset({"json"}),
}
# The catalog leaves the schema `app` away when it stands on the search path.
_TENANT_RULE = re.compile(r"= (app\.)?tenant_id\(\)")
_USER_RULE = re.compile(r"\b(user_id\(\)|is_team_(member|admin)\()")


@dataclass(frozen=True, slots=True)
class Finding:
    """One point that was looked at.

    Attributes:
        kind: table, column, key, index, reference, policy, trigger, partition, view, function,
            role or rows.
        name: what was looked at, such as ``ml_models.status``.
        ok: it is as it was asked for.
        note: what is missing and what to do; or, when it holds in another way, in which.
    """

    kind: str
    name: str
    ok: bool
    note: str = ""


def verify(connection: Connection, manifest: Manifest, *, only: str = "") -> list[Finding]:
    """Look at everything that a manifest asks for.

    Args:
        connection: as the owner or the app role, with the database's own search path.
        manifest: what was asked for.
        only: look at names alone that hold this word.
    """
    catalog = live.read(connection)
    found = [each for each in compare(catalog, manifest) if only in each.name]
    for name, least in manifest.rows.items():
        relation = catalog.relations.get(name)
        if relation is not None and only in name:
            there = live.count(connection, relation, at_most=least)
            note = f"{there} of {least} reference rows; run `everlearn db upgrade`"
            found.append(Finding("rows", name, there >= least, note if there < least else ""))
    return found


def compare(catalog: Live, manifest: Manifest) -> Iterator[Finding]:
    """Compare a catalog that was read with a manifest."""
    for name, asked in manifest.tables.items():
        yield from _table(catalog, manifest, name, asked)
    for name, view in manifest.views.items():
        yield from _view(catalog, name, view.columns)
    for name, function in manifest.functions.items():
        returns = catalog.functions.get(name)
        note = "there is no such function" if returns is None else f"it returns {returns}"
        ok = returns == function.returns
        yield Finding("function", name, ok, "" if ok else f"{note}, not {function.returns}")
    for name in manifest.roles:
        strong = catalog.roles.get(name)
        note = "there is no such role" if strong is None else "it passes row-level security"
        ok = strong is False
        yield Finding("role", name, ok, "" if ok else f"{note}; run `everlearn db upgrade`")


def totals(findings: Iterable[Finding]) -> dict[str, dict[str, int]]:
    """Count passed and failed points of each kind."""
    passed: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    kinds: dict[str, None] = {}
    for each in findings:
        kinds[each.kind] = None
        (passed if each.ok else failed)[each.kind] += 1
    return {kind: {"pass": passed[kind], "fail": failed[kind]} for kind in kinds}


def _table(catalog: Live, manifest: Manifest, name: str, asked: Asked) -> Iterator[Finding]:
    elsewhere = manifest.names.get(name)
    beside = catalog.relations.get(elsewhere.view) if elsewhere else None
    relation = catalog.relations.get(name) or beside
    if relation is None:
        note = "there is no such table; run `everlearn db upgrade`, then `everlearn db check`"
        yield Finding("table", name, ok=False, note=note)
        return
    if not relation.is_table and elsewhere is None:
        note = "this is a view, and the manifest's names do not say why"
        yield Finding("table", name, ok=False, note=note)
        return
    yield Finding("table", name, ok=True, note="" if relation.is_table else "a view")
    for column, wanted in asked.columns.items():
        refers = column in asked.references
        yield _column(name, column, wanted, relation, beside, refers=refers)
    if not relation.is_table:
        # Keys, paths and policies are those of the tables it reads, which are asked for themselves.
        yield _policy_of_view(name, relation)
        return
    for key in asked.unique:
        yield _key(name, key, relation)
    for column, reference in asked.references.items():
        yield _reference(name, column, reference, relation)
    for path in asked.paths:
        yield _path(name, path, relation)
    if asked.policy:
        yield _policy(name, asked.policy, relation)
    if asked.touch:
        note = "" if relation.touched else "no trigger keeps updated_at; declare touch=True"
        yield Finding("trigger", name, relation.touched, note)
    if asked.partition:
        yield _partition(name, asked.partition, relation)


def _column(
    table: str,
    name: str,
    wanted: Column,
    relation: Relation,
    beside: Relation | None,
    *,
    refers: bool,
) -> Finding:
    title = f"{table}.{name}"
    has = relation.columns.get(name)
    in_view = not relation.is_table
    if has is None and beside is not None:
        has, in_view = beside.columns.get(name), True
    if has is None:
        note = f"no such column; declare it in the table of {relation.schema}"
        return Finding("column", title, ok=False, note=note)
    wrong = []
    held = {wanted.type, *HOLDS.get(wanted.type or "", ())} | ({"uuid"} if refers else set())
    if wanted.type and has.family not in held:
        wrong.append(f"it is {has.shown}, which does not hold {wanted.type}")
    if not in_view:
        if wanted.required and not has.required:
            wrong.append("it may be NULL")
        if wanted.default and not has.default:
            wrong.append("it has no default")
        if wanted.words and has.words is None:
            wrong.append(f"no CHECK names its words ({', '.join(wanted.words)})")
        elif wanted.words and (lacking := [w for w in wanted.words if w not in (has.words or ())]):
            wrong.append(f"its CHECK refuses {', '.join(lacking)}")
    note = f"in {beside.name}" if beside and name not in relation.columns else ""
    return Finding("column", title, not wrong, "; ".join(wrong) or note)


def _key(table: str, key: Unique, relation: Relation) -> Finding:
    title = f"{table}({', '.join(key.columns)})"
    wanted = set(key.held_by or key.columns)
    if key.without:
        return Finding("key", title, ok=True, note=key.without)
    for index in relation.indexes:
        columns = {c for c in index.columns if c != "tenant_id"}
        if index.unique and columns and columns <= wanted and index.where is None:
            note = f"by {', '.join(key.held_by)}" if key.held_by else ""
            return Finding("key", title, ok=True, note=note)
    note = f"no unique key over tenant_id and {', '.join(sorted(wanted))}; add a UniqueConstraint"
    return Finding("key", title, ok=False, note=note)


def _reference(table: str, column: str, wanted: Reference, relation: Relation) -> Finding:
    title = f"{table}.{column} -> {wanted.to}"
    if wanted.without:
        return Finding("reference", title, ok=True, note=wanted.without)
    holder = wanted.held_by or column
    for each in relation.references:
        if holder in each.columns and each.to == wanted.to:
            ok = wanted.on_delete in {None, each.on_delete}
            note = f"by {holder}" if wanted.held_by else ""
            wrong = f"on delete it does {each.on_delete}, not {wanted.on_delete}"
            return Finding("reference", title, ok, note if ok else wrong)
    note = f"no foreign key from {holder}; declare it with ref(...)"
    return Finding("reference", title, ok=False, note=note)


def _path(table: str, path: AccessPath, relation: Relation) -> Finding:
    title = f"{table}({', '.join(path.columns)})" + (" @>" if path.contains else "")
    if path.served_by:
        return Finding("index", title, ok=True, note=f"served by: {path.served_by}")
    for index in relation.indexes:
        if serves(index, path.columns):
            return Finding("index", title, ok=True, note=index.name)
    note = f"no index begins with tenant_id, {', '.join(path.columns)}; add one, or say in the"
    return Finding("index", title, ok=False, note=f"{note} manifest what serves it")


def serves(index: LiveIndex, columns: Sequence[str]) -> bool:
    """Say whether an index finds a tenant's rows by these columns, in this order.

    A partial index does when it leaves out no more than the rows without the first column, or when
    its condition speaks of an asked column: then it is the partial index that was asked for.
    """
    if not index.ordered:
        return False
    own = [c for c in index.columns if c != "tenant_id"]
    begins = own[: len(columns)] == list(columns) and (
        index.columns[0] == "tenant_id" or "tenant_id" not in index.columns
    )
    return begins and (index.where is None or any(c in index.where for c in columns))


def _policy(table: str, wanted: str, relation: Relation) -> Finding:
    if not relation.secured:
        note = "row-level security is not enabled and forced; run `everlearn db check`"
        return Finding("policy", table, ok=False, note=note)
    rules = [(permissive, f"{using} {check}") for permissive, _, using, check in relation.policies]
    if wanted == "shared":
        ok = all(command == "r" for _, command, _, _ in relation.policies) and bool(rules)
        return Finding("policy", table, ok, "" if ok else "the app role may write it")
    # Every way in must name the tenant: a restrictive policy for all, or each permissive one.
    floor = any(
        not permissive and command == "*" and _TENANT_RULE.search(using)
        for permissive, command, using, _ in relation.policies
    )
    ways_in = [rule for permissive, rule in rules if permissive]
    closed = floor or (bool(ways_in) and all(_TENANT_RULE.search(rule) for rule in ways_in))
    if not closed:
        note = "no policy keeps everlearn_app to app.tenant_id(); run `everlearn db check`"
        return Finding("policy", table, ok=False, note=note)
    if wanted == "users" and not any(_USER_RULE.search(rule) for _, rule in rules):
        note = "every user of the tenant reaches every row; declare Policy(see=...)"
        return Finding("policy", table, ok=False, note=note)
    return Finding("policy", table, ok=True)


def _policy_of_view(name: str, relation: Relation) -> Finding:
    note = "" if relation.invoker else "its reader's policies do not hold: set security_invoker"
    return Finding("policy", name, relation.invoker, note)


def _partition(table: str, unit: str, relation: Relation) -> Finding:
    if relation.unit != unit:
        is_ = f"by {relation.unit}" if relation.unit else "not"
        note = f"it is partitioned {is_}, not by {unit}"
        return Finding("partition", table, ok=False, note=note)
    note = "" if relation.current else "no partition for now; run `everlearn db partitions ahead`"
    return Finding("partition", table, relation.current, note)


def _view(catalog: Live, name: str, columns: Sequence[str]) -> Iterator[Finding]:
    relation = catalog.relations.get(name)
    if relation is None:
        yield Finding(
            "view", name, ok=False, note="there is no such view; run `everlearn db upgrade`"
        )
        return
    wrong = []
    if relation.kind == "m":
        wrong.append("a materialized view shows every tenant's rows; make it a view or a table")
    elif relation.is_table and not relation.secured:
        wrong.append("row-level security is not enabled and forced")
    elif relation.kind == "v" and not relation.invoker:
        wrong.append("its reader's policies do not hold: set security_invoker")
    if lacking := [column for column in columns if column not in relation.columns]:
        wrong.append(f"it has no column {', '.join(lacking)}")
    note = "a table that is kept current" if relation.is_table else ""
    yield Finding("view", name, not wrong, "; ".join(wrong) or note)
