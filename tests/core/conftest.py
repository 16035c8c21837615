"""Fixtures for the kernel's tests."""

from __future__ import annotations

from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import create_engine, text

from everlearn.core import migrate
from everlearn.core.policy_ddl import down, items, up
from everlearn.core.tables import Row

#: Every tenant table needs the tenants table to be declared.
migrate.load_tables()


@pytest.fixture
def declarations():
    """Forget, at the end, what a test declares: the metadata is the whole process's."""
    info = Row.metadata.info
    tables = set(Row.metadata.tables)
    classes, views = dict(info.get("rows", {})), dict(info.get("views", {}))
    yield
    for name in set(Row.metadata.tables) - tables:
        Row.metadata.remove(Row.metadata.tables[name])
    info["rows"], info["views"] = classes, views


class Owner:
    """The clone as everlearn_owner: builds and damages what a migration would build."""

    def __init__(self, db) -> None:
        self.db = db

    @contextmanager
    def connection(self):
        driver = psycopg.connect(self.db.server.conninfo("owner"))
        engine = create_engine("postgresql+psycopg://", creator=lambda: driver)
        with engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL search_path = public")
            yield connection
        engine.dispose()

    def run(self, *statements: str) -> None:
        with self.connection() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement.replace("%", "%%"))

    def scalar(self, statement: str, **params):
        with self.connection() as connection:
            return connection.execute(text(statement), params).scalar()

    def build(self, row) -> None:
        with self.connection() as connection:
            migrate.create_schema(connection, row.module)
            Row.metadata.create_all(connection, tables=[row.__table__])
        for item in sorted(items(row.policy)):
            self.put(row, item)

    def put(self, row, item: str) -> None:
        self.run(*up(row.__table__.key, item))

    def take(self, row, item: str) -> None:
        self.run(*down(row.__table__.key, item))


@pytest.fixture
def owner(db) -> Owner:
    return Owner(db)


@pytest.fixture
def unique() -> str:
    """A word for names of classes and tables that no other test has."""
    return f"t{uuid4().hex[:10]}"
