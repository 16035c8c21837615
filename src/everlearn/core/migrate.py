"""Brings a database to the current schema, one process at a time."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import psycopg
from sqlalchemy import Connection, create_engine, text

from everlearn.core import catalog, partitions
from everlearn.core.alembic_policy import PLUGIN, register, verbatim, view_statements
from everlearn.core.clock import SystemClock
from everlearn.core.policy_ddl import items, up
from everlearn.core.tables import Row, rows, views

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext, MigrationInfo

    from everlearn.core.pg import Server

_LOCK = 7_305_812_001  # one number for `everlearn migrations`, any process, any machine

#: Files of core/sql, each release run by one migration and never edited after it.
_KERNEL = {
    1: ("kernel_v1.sql", "queue", "jobs_v1.sql", "auth_v1.sql", "audit_v1.sql"),
    2: ("kernel_v2.sql", "partitions_v2.sql"),
    3: ("sketches_v3.sql",),
    4: ("tenants_v4.sql",),
    5: ("sketches_v5.sql",),
}


def load_tables() -> None:
    """Import every module's tables, so that the metadata is whole."""
    catalog.load_all("tables")


def config(connection: Connection | None = None) -> Config:
    """Give Alembic's configuration, for the command line tools and for `upgrade`."""
    from alembic.config import Config

    made = Config()
    folder = Path(str(resources.files("everlearn.migrations")))
    made.set_main_option("script_location", str(folder))
    made.set_main_option("version_path_separator", "os")
    made.attributes["connection"] = connection
    register()
    load_tables()
    return made


def upgrade(server: Server, *, database: str | None = None, revision: str = "head") -> None:
    """Run the migrations that are missing, as the owner; a second process waits for the first.

    A module's tables.py may have `before_upgrade` and `after_upgrade`, each of which gets the
    connection: for what was made while Everlearn ran and depends on what a migration changes.
    """
    from alembic import command

    with as_owner(server, database) as connection:
        load_tables()
        _run_hooks(connection, "before_upgrade")
        command.upgrade(config(connection), revision)
        _run_hooks(connection, "after_upgrade")
        # So that a plain INSERT finds its partition before any worker has run.
        if connection.scalar(text("SELECT to_regprocedure('app.list_partitions()')")) is not None:
            partitions.create_ahead(connection, at=SystemClock().now())
            connection.commit()  # lint: allow commit because the steps before it are committed
        _set_search_path(connection)
        connection.commit()


def _run_hooks(connection: Connection, name: str) -> None:
    for _, loaded in catalog.load_all("tables"):
        if hook := getattr(loaded, name, None):
            hook(connection)
    connection.commit()  # lint: allow commit because what follows has transactions of its own


def differences(
    server: Server, *, database: str | None = None, only: str | None = None
) -> list[Any]:
    """Give what the catalog lacks or has too much, compared with the declarations.

    Args:
        server: where the database is.
        database: its name; the server's own when left out.
        only: compare this module's schema alone, which is quicker.
    """
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    register()
    load_tables()
    with as_owner(server, database) as connection:
        context = MigrationContext.configure(connection, opts=options(only))
        return list(compare_metadata(context, Row.metadata))


def options(only: str | None = None) -> dict[str, Any]:
    """Give what autogenerate must know, here and in migrations/env.py.

    Args:
        only: compare this module's schema alone.
    """
    schemas = {module.name for module in catalog.modules() if only in {None, module.name}}

    def include_name(name: str | None, kind: str, _: object) -> bool:
        return name in schemas if kind == "schema" else True

    def include_object(thing: Any, _: object, kind: str, *__: object) -> bool:
        if kind == "foreign_key_constraint":  # a reference to a partitioned table has clones
            return not any(str(e.target_fullname).startswith("parts.") for e in thing.elements)
        return thing.schema in schemas if kind == "table" else True

    return {
        "target_metadata": Row.metadata,
        "include_schemas": True,
        "include_name": include_name,
        "include_object": include_object,
        "everlearn_schemas": schemas,
        "render_item": _render_item,
        "compare_server_default": False,
        "autogenerate_plugins": ["alembic.autogenerate.*", PLUGIN],
    }


def _render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Say how a type of another library is written in a migration, and what to import for it."""
    from pgvector.sqlalchemy import Vector

    if kind != "type" or not isinstance(item, Vector):
        return False
    context.imports.add("from pgvector.sqlalchemy import Vector")
    return f"Vector({item.dim or ''})"


def create_all(connection: Connection) -> None:
    """Build the schema from the declarations alone, for comparing it with what migrations build."""
    load_tables()
    install_kernel(connection)
    for module in catalog.modules():
        create_schema(connection, module.name)
    Row.metadata.create_all(connection)
    for name, row in rows().items():
        for item in sorted(items(row.policy)):
            for statement in up(name, item):
                connection.execute(text(statement))
    run_sql(connection, "registers_v2.sql")
    _run_extras(connection, "FUNCTIONS")
    for view in views().values():
        for statement in view_statements(view):
            connection.execute(verbatim(statement))
    _run_extras(connection, "AFTER")
    _set_search_path(connection)


def _run_extras(connection: Connection, name: str) -> None:
    """Run what modules' tables.py say beside their tables: FUNCTIONS before views, AFTER last."""
    for _, loaded in catalog.load_all("tables"):
        for statement in getattr(loaded, name, ()):
            connection.execute(verbatim(statement))


def install_kernel(connection: Connection, *releases: int) -> None:
    """Run the kernel's SQL: functions, the registers of partitions and retention, the job queue.

    Args:
        connection: the owner's.
        releases: which of its releases; all of them when none is named.
    """
    for release in releases or sorted(_KERNEL):
        for step in _KERNEL[release]:
            if step == "queue":
                _install_queue(connection)
            else:
                run_sql(connection, step)


def _install_queue(connection: Connection) -> None:
    from procrastinate.schema import SchemaManager

    driver: Any = connection.connection.dbapi_connection
    driver.execute("CREATE SCHEMA IF NOT EXISTS jobs")
    driver.execute("SET LOCAL search_path = jobs")
    driver.execute(SchemaManager.get_schema())
    driver.execute("SET LOCAL search_path = DEFAULT")


def run_sql(connection: Connection, name: str) -> None:
    """Run one file of core/sql, which may hold many statements."""
    data = resources.files("everlearn.core").joinpath("sql", name).read_text("utf-8")
    driver: Any = connection.connection.dbapi_connection
    driver.execute(data)


def create_schema(connection: Connection, name: str) -> None:
    """Create a module's schema and let the run-time roles look into it."""
    for statement in (
        f"CREATE SCHEMA IF NOT EXISTS {name}",
        f"GRANT USAGE ON SCHEMA {name} TO everlearn_app, everlearn_reader, everlearn_service",
    ):
        connection.exec_driver_sql(statement)


def record_steps(ctx: MigrationContext, step: MigrationInfo, *_: object, **__: object) -> None:
    """Keep operations.schema_migrations: one row a migration that was run and not taken back.

    Alembic calls it after each step. The table is made by one of the migrations itself; the rows of
    those before it are added then.
    """
    connection = ctx.connection
    assert connection is not None  # noqa: S101 - there is no offline mode here
    if connection.scalar(text("SELECT to_regclass('operations.schema_migrations')")) is None:
        return
    if not step.is_upgrade:
        gone = text("DELETE FROM operations.schema_migrations WHERE version = ANY (:gone)")
        connection.execute(gone, {"gone": list(step.up_revision_ids)})
        return
    add = text(
        "INSERT INTO operations.schema_migrations (version, description)"
        " VALUES (:version, :description) ON CONFLICT (version) DO NOTHING"
    )
    for script in step.revision_map.iterate_revisions(step.up_revision_id, "base"):
        words = getattr(script, "doc", None)  # Alembic's own type does not say that it is a script
        connection.execute(add, {"version": script.revision, "description": words})


def _set_search_path(connection: Connection) -> None:
    names = ", ".join(["app", *(m.name for m in catalog.modules()), "public"])
    database = connection.exec_driver_sql("SELECT quote_ident(current_database())").scalar()
    # lint: allow sql-string because quote_ident made one name and modules' folders the others
    connection.exec_driver_sql(f"ALTER DATABASE {database} SET search_path = {names}")


class as_owner:  # noqa: N801 - reads like a function where it is used
    """A connection as the owner, holding the migration lock."""

    def __init__(self, server: Server, database: str | None = None) -> None:
        self._conninfo = server.conninfo("owner", database)

    def __enter__(self) -> Connection:
        self._engine = create_engine(
            "postgresql+psycopg://", creator=lambda: psycopg.connect(self._conninfo)
        )
        self._connection = self._engine.connect()
        # Without the modules' schemas, reflection names every table in full, as we declare it.
        self._connection.exec_driver_sql("SET search_path = public")
        self._connection.exec_driver_sql("SET lock_timeout = '30s'")
        self._connection.exec_driver_sql("SET statement_timeout = '10min'")
        self._connection.exec_driver_sql("SELECT pg_advisory_lock(%s)", (_LOCK,))
        self._connection.commit()
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._engine.dispose()
