"""The page docs/reference/tables.md: every table with its columns, units, rules and a diagram."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Computed, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql

from everlearn.core import catalog, migrate
from everlearn.core.tables import Policy, Row, rows, views

#: Last words of a column's name that tell its unit.
UNITS = {
    "ms": "milliseconds",
    "seconds": "seconds",
    "hours": "hours",
    "days": "days",
    "bytes": "bytes",
    "mb": "megabytes",
    "percentage": "per cent",
    "percent": "per cent",
    "count": "a count",
    "at": "UTC time",
    "timestamp": "UTC time",
}
_TERMS = {
    "owner": "the user in `{0}`",
    "unowned": "everybody when `{0}` is empty",
    "listed": "users listed in `{0}`",
    "member": "members of the team in `{0}`",
    "admin": "owners and admins of the team in `{0}`",
    "flag": "everybody when `{0}` is true",
    "shared": "members of the team in `{1}` when `{0}` is true",
    "anyone": "everybody",
    "nobody": "no user, only jobs and keys of the tenant",
}


def page(note: str) -> str:
    """Give the page; `note` says that it is generated."""
    migrate.load_tables()
    out = [note, "# Tables", ""]
    out += ["Every row names its tenant unless the table says otherwise; `tenant_id` is part of"]
    out += ["every key. Row-level security is on, and forced, on each of them.", ""]
    out += [*_contents(), ""]
    for module in catalog.modules():
        own = {name: row for name, row in rows().items() if row.module == module.name}
        shown = {name: v for name, v in views().items() if name.split(".")[0] == module.name}
        if not own and not shown:
            continue
        out += [f"## {module.name}", "", module.summary, "", *_diagram(own)]
        for name, row in sorted(own.items()):
            out += _table(name, row)
        for name, view in sorted(shown.items()):
            out += [f"### {name} (view)", "", view.comment, ""]
            if view.insert:
                out += ["- Rows can be inserted.", ""]
    return "\n".join(out)


def _contents() -> Iterator[str]:
    for module in catalog.modules():
        names = [name.split(".")[1] for name, row in rows().items() if row.module == module.name]
        if names:
            yield f"- [{module.name}](#{module.name}): {', '.join(sorted(names))}"


def _diagram(own: dict[str, type[Row]]) -> list[str]:
    """Give the module's tables and what they refer to, as Mermaid draws it."""
    lines = []
    for name, row in sorted(own.items()):
        for column in _of(row).columns:
            if target := str(column.info.get("ref", "")).removeprefix("shared:"):
                there = target.split(".")[1] if target in own else target.replace(".", "_")
                many = "}o--o|" if column.nullable else "}o--||"
                lines.append(f'    {name.split(".")[1]} {many} {there} : "{column.name}"')
    if not lines:
        return []
    return ["```mermaid", "erDiagram", *lines, "```", ""]


def _table(name: str, row: type[Row]) -> list[str]:
    table = _of(row)
    out = [f"### {name}", "", str(table.comment), "", *_rules(row.policy), *_unique(table), ""]
    out += ["| column | type | unit | meaning |", "|---|---|---|---|"]
    out += [_column(column) for column in table.columns]
    return [*out, ""]


def _of(row: type[Row]) -> Table:
    table = row.__table__
    assert isinstance(table, Table)  # noqa: S101 - narrows the type for mypy
    return table


def _rules(policy: Policy) -> Iterator[str]:
    kinds = {"tenant": "of one tenant", "self": "the tenant itself", "shared": "read by all"}
    yield f"- Rows: {kinds[policy.rows]}."
    for verb, terms in (("Seen", policy.see), ("Changed", policy.change), ("Added", policy.add)):
        if terms:
            yield f"- {verb} by {', '.join(map(_term, terms))}."
    if policy.maintained:
        yield "- Read only: maintenance alone writes it."
    if policy.append_only:
        yield "- Append-only: rows are neither changed nor deleted by requests and jobs."
    if policy.partition:
        yield f"- Partitioned by `{policy.partition.column}`, a {policy.partition.unit} each."
    if policy.keep_days:
        yield f"- Kept {policy.keep_days} days unless the tenant sets another time."
    if policy.audit:
        yield "- Every change is written to the audit trail."


def _term(word: str) -> str:
    kind, *columns = word.split(":")
    return _TERMS[kind].format(*columns)


def _unique(table: Table) -> Iterator[str]:
    keys = [
        [c.name for c in each.columns if c.name != "tenant_id"]
        for each in table.constraints
        if isinstance(each, UniqueConstraint)
    ]
    keys += [
        [c.name for c in index.columns if c.name != "tenant_id"]
        for index in table.indexes
        if index.unique
    ]
    for key in sorted(keys):
        yield f"- Unique: {', '.join(f'`{name}`' for name in key)}."


def _column(column: Column[Any]) -> str:
    kind = column.type.compile(dialect=postgresql.dialect()).lower()  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects are not typed
    kind += "" if column.nullable else ", not null"
    if isinstance(column.computed, Computed):
        kind += ", generated"
    if target := column.info.get("ref"):
        kind += f", of {target.removeprefix('shared:')}"
    text = str(column.comment)
    if vocabulary := column.info.get("enum"):
        text += " One of " + ", ".join(f"`{word.value}`" for word in vocabulary) + "."
    return f"| `{column.name}` | {kind} | {_unit(column)} | {cell(text)} |"


def _unit(column: Column[Any]) -> str:
    if "BETWEEN 0 AND 1" in column.info.get("check", ""):
        return "0 to 1"
    last = column.name.rpartition("_")[2]
    return UNITS.get(last, "") if "_" in column.name else ""


def cell(text: str) -> str:
    """Give text that may stand in a cell of a Markdown table."""
    return " ".join(text.replace("|", "\\|").split())
