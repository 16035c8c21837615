"""Brings a database to the current schema, one process at a time."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Connection, create_engine, text

from everlearn.core import catalog
from everlearn.core.alembic_policy import PLUGIN, register, verbatim, view_statements
from everlearn.core.policy_ddl import items, up
from everlearn.core.tables import Row, rows, views

if TYPE_CHECKING:
    from alembic.config import Config

    from everlearn.core.pg import Server

_LOCK = 7_305_812_001  # one number for `everlearn migrations`, any process, any machine


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
    """Run the migrations that are missing, as the owner; a second process waits for the first."""
    from alembic import command

    with _owner(server, database) as connection:
        command.upgrade(config(connection), revision)
        _set_search_path(connection)
        connection.commit()


def differences(server: Server, *, database: str | None = None) -> list[Any]:
    """Give what the catalog lacks or has too much, compared with the declarations."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    register()
    load_tables()
    with _owner(server, database) as connection:
        context = MigrationContext.configure(connection, opts=options())
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
        return thing.schema in schemas if kind == "table" else True

    return {
        "target_metadata": Row.metadata,
        "include_schemas": True,
        "include_name": include_name,
        "include_object": include_object,
        "everlearn_schemas": schemas,
        "compare_server_default": False,
        "autogenerate_plugins": ["alembic.autogenerate.*", PLUGIN],
    }


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
    for view in views().values():
        for statement in view_statements(view):
            connection.execute(verbatim(statement))
    for _, loaded in catalog.load_all("tables"):
        for statement in getattr(loaded, "AFTER", ()):
            connection.execute(verbatim(statement))
    _set_search_path(connection)


def install_kernel(connection: Connection) -> None:
    """Run the kernel's SQL: functions, the registers of partitions and retention, the job queue."""
    from procrastinate.schema import SchemaManager

    run_sql(connection, "kernel_v1.sql")
    driver: Any = connection.connection.dbapi_connection
    driver.execute("CREATE SCHEMA IF NOT EXISTS jobs")
    driver.execute("SET LOCAL search_path = jobs")
    driver.execute(SchemaManager.get_schema())
    driver.execute("SET LOCAL search_path = DEFAULT")
    run_sql(connection, "jobs_v1.sql")
    run_sql(connection, "auth_v1.sql")
    run_sql(connection, "audit_v1.sql")


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


def _set_search_path(connection: Connection) -> None:
    names = ", ".join(["app", *(m.name for m in catalog.modules()), "public"])
    database = connection.exec_driver_sql("SELECT quote_ident(current_database())").scalar()
    # lint: allow sql-string because quote_ident made one name and modules' folders the others
    connection.exec_driver_sql(f"ALTER DATABASE {database} SET search_path = {names}")


class _owner:  # noqa: N801 - reads like a function where it is used
    """A connection as the owner, holding the migration lock."""

    def __init__(self, server: Server, database: str | None) -> None:
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
