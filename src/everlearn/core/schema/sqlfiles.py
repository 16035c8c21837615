"""The whole schema as SQL files that psql or a hosted PostgreSQL may run, once or many times.

One file for the kernel and one for each module, numbered in the order in which they run. They come
from the declarations, so they say the same as the migrations do. A file makes what is missing and
renews policies, triggers, views, functions and grants; it does not change the columns of a table
that is there already: for that there are the migrations (`everlearn db upgrade`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import (
    AddConstraint,
    CreateIndex,
    CreateTable,
    ForeignKeyConstraint,
    SetColumnComment,
    SetTableComment,
)

from everlearn.core import catalog, migrate
from everlearn.core.alembic_policy import view_statements
from everlearn.core.pg import ROLE_NAMES
from everlearn.core.policy_ddl import items, up
from everlearn.core.tables import Row, rows, views

_OWNER = ROLE_NAMES["owner"]
_RUNTIME = ", ".join(ROLE_NAMES[role] for role in ("app", "reader", "service"))
_TAG = "$everlearn$"
_CREATE_POLICY = re.compile(r"CREATE POLICY (\S+) ON (\S+) ")
_CREATE_TRIGGER = re.compile(r"^CREATE TRIGGER ", re.MULTILINE)
_CREATE_VIEW = re.compile(r"^CREATE VIEW ", re.MULTILINE)
#: Files of core/sql about a module's tables, run when these are there.
_WITH_TABLES = {"tenancy": ("registers_v2.sql",)}


def files(only: str | None = None) -> dict[str, str]:
    """Give the SQL files by name; with `only` that of one module, which needs those before it.

    Raises:
        ValueError: `only` is no module.
    """
    migrate.load_tables()
    modules = [module.name for module in catalog.modules()]
    if only not in {None, "kernel", *modules}:
        msg = f"{only!r} is no module; there are kernel, {', '.join(modules)}"
        raise ValueError(msg)
    made = {}
    for place, name in enumerate(["kernel", *modules]):
        if only in {None, name}:
            text = _file(_kernel(modules) if name == "kernel" else _module(name), name)
            made[f"{place:03}_{name}.sql"] = text
    return made


def write(folder: Path, only: str | None = None) -> list[Path]:
    """Write the files into a folder, which is made when it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in files(only).items():
        written.append(folder / name)
        written[-1].write_text(text, "utf-8")
    return written


def _file(statements: Iterable[str], name: str) -> str:
    head = (
        f"-- Everlearn: {name}. Written by `everlearn db sql`; may be run again at any time.\n"
        "-- Run the files in the order of their numbers, each in one transaction:\n"
        "--   for f in *.sql; do psql -v ON_ERROR_STOP=1 --single-transaction -f $f; done\n"
    )
    body = [statement.strip().rstrip(";") + ";" for statement in statements]
    return head + "\n" + "\n\n".join(body) + "\n"


def _kernel(modules: list[str]) -> Iterator[str]:
    """Give roles, extension, schemas and functions; run by whoever may create roles."""
    for role in ROLE_NAMES.values():
        yield _when(
            f"NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')",
            f"CREATE ROLE {role} NOLOGIN",
        )
    yield _do(
        f"IF NOT pg_has_role(current_user, '{_OWNER}', 'MEMBER') THEN "
        f"EXECUTE 'GRANT {_OWNER} TO ' || quote_ident(current_user); END IF;"
    )
    yield "CREATE EXTENSION IF NOT EXISTS vector"
    yield _do(
        f"EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO {_OWNER}', current_database());"
        f" EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO {_RUNTIME}', current_database());"
    )
    yield f"GRANT USAGE ON SCHEMA public TO {_OWNER}, {_RUNTIME}, {ROLE_NAMES['queue']}"
    # Only PostgreSQL before 18 needs it, for uuidv7().
    yield f"GRANT CREATE ON SCHEMA public TO {_OWNER}"
    path = ", ".join(["app", *modules, "public"])
    yield _do(f"EXECUTE format('ALTER DATABASE %I SET search_path = {path}', current_database());")
    yield f"SET ROLE {_OWNER}"
    yield "SET LOCAL search_path = public"
    releases = migrate._KERNEL  # noqa: SLF001 - the same files, in the same order
    for step in (step for release in sorted(releases) for step in releases[release]):
        yield from _queue() if step == "queue" else [_renewing(_kernel_file(step))]
    for name in modules:
        yield f"CREATE SCHEMA IF NOT EXISTS {name}"
        yield f"GRANT USAGE ON SCHEMA {name} TO {_RUNTIME}"
    yield "RESET ROLE"
    yield f"REVOKE CREATE ON SCHEMA public FROM {_OWNER}"


def _queue() -> Iterator[str]:
    from procrastinate.schema import SchemaManager

    yield "CREATE SCHEMA IF NOT EXISTS jobs"
    yield "SET LOCAL search_path = jobs"
    yield _when("to_regclass('jobs.procrastinate_jobs') IS NULL", SchemaManager.get_schema())
    yield "SET LOCAL search_path = public"


def _kernel_file(name: str) -> str:
    return resources.files("everlearn.core").joinpath("sql", name).read_text("utf-8")


def _module(name: str) -> Iterator[str]:
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it open
    mine = {key: row for key, row in rows().items() if row.module == name}
    ordered = [table for table in Row.metadata.sorted_tables if table.key in mine]
    yield f"SET ROLE {_OWNER}"
    yield "SET LOCAL search_path = public"
    for table in ordered:
        yield from _table(table, dialect)
    for table in ordered:
        yield from _late_references(table, dialect)
    for key, row in mine.items():
        for statement in (each for item in sorted(items(row.policy)) for each in up(key, item)):
            yield from _again(statement)
    yield from (_renewing(_kernel_file(each)) for each in _WITH_TABLES.get(name, ()))
    yield from _extras(name)
    for key, row in mine.items():
        if row.policy.partition:
            yield f"SELECT app.ensure_partition('{key}', now())"
    yield "RESET ROLE"


def _extras(name: str) -> Iterator[str]:
    """Give a module's functions, its views, and what comes after them."""
    tables = catalog.load(next(m for m in catalog.modules() if m.name == name), "tables")
    yield from (_renewing(each) for each in getattr(tables, "FUNCTIONS", ()))
    for view in views().values():
        if view.name.split(".")[0] == name:
            for statement in view_statements(view):
                yield from _again(statement)
    yield from (_renewing(each) for each in getattr(tables, "AFTER", ()))


def _table(table: Table, dialect: Dialect) -> Iterator[str]:
    yield str(CreateTable(table, if_not_exists=True).compile(dialect=dialect))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        yield str(CreateIndex(index, if_not_exists=True).compile(dialect=dialect))
    yield str(SetTableComment(table).compile(dialect=dialect))
    for column in table.columns:
        yield str(SetColumnComment(column).compile(dialect=dialect))


def _late_references(table: Table, dialect: Dialect) -> Iterator[str]:
    """Give the references that CREATE TABLE leaves out because they go in a circle."""
    for constraint in table.constraints:
        if isinstance(constraint, ForeignKeyConstraint) and constraint.use_alter:
            yield _when(
                f"NOT EXISTS (SELECT FROM pg_constraint WHERE conname = '{constraint.name}'"
                f" AND conrelid = '{table.key}'::regclass)",
                str(AddConstraint(constraint).compile(dialect=dialect)),
            )


def _again(statement: str) -> Iterator[str]:
    """Give a statement of the declarations so that it may be run when its object is there."""
    if found := _CREATE_POLICY.match(statement):
        yield f"DROP POLICY IF EXISTS {found[1]} ON {found[2]}"
    yield _renewing(statement)


def _renewing(statement: str) -> str:
    statement = _CREATE_TRIGGER.sub("CREATE OR REPLACE TRIGGER ", statement)
    return _CREATE_VIEW.sub("CREATE OR REPLACE VIEW ", statement)


def _do(body: str) -> str:
    return f"DO {_TAG} BEGIN {body} END {_TAG}"


def _when(condition: str, statements: str) -> str:
    """Run statements only when a condition holds; they may hold bodies quoted with $$."""
    inner = "$everlearn_do$"
    return _do(f"IF {condition} THEN EXECUTE {inner}{statements}{inner}; END IF;")
