"""The schema as SQL files: they may be run twice, and build what the declarations build."""

from __future__ import annotations

import re
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import create_engine

from everlearn.core import catalog, migrate, pg
from everlearn.core.schema import sqlfiles
from everlearn.core.testing.plugin import _drop
from tools import dump_schema


@contextmanager
def empty(server):
    name = f"test_{uuid4().hex[:16]}"
    with psycopg.connect(server.conninfo("admin"), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield name
    finally:
        with psycopg.connect(server.conninfo("admin"), autocommit=True) as admin:
            _drop(admin, name)


def run(server, database, texts, user=None):
    for text in texts:
        with psycopg.connect(server.conninfo("admin", database)) as admin:
            if user:
                admin.execute(
                    sql.SQL("SET LOCAL SESSION AUTHORIZATION {}").format(sql.Identifier(user))
                )
            admin.execute(text)


def statements(dump):
    """Give the statements of a dump: in which order tables stand follows from their references.

    Rights on the schema public are left aside: Everlearn's own server closes it to everybody, on a
    server of somebody else that is not ours to do.
    """
    parts = [part.strip() for part in dump.split("\n\n")]
    # In which order rights are listed is the order in which they were given.
    rights = [
        line for part in parts if part.startswith(("GRANT", "REVOKE")) for line in part.split("\n")
    ]
    others = [part for part in parts if not part.startswith(("GRANT", "REVOKE"))]
    return sorted(part for part in others + rights if " ON SCHEMA public " not in part)


@pytest.fixture(scope="module")
def server_of_ours(server):
    if server.kind != "embedded":
        pytest.skip("pg_dump of another version writes another text; only on the embedded server")
    return server


@pytest.fixture(scope="module")
def declared(server_of_ours):
    with empty(server_of_ours) as name:
        pg.bootstrap(server_of_ours, name)
        migrate.load_tables()
        driver = psycopg.connect(server_of_ours.conninfo("owner", name))
        engine = create_engine("postgresql+psycopg://", creator=lambda: driver)
        with engine.begin() as connection:
            migrate.create_all(connection)
        engine.dispose()
        yield statements(dump_schema.dump(server_of_ours, name))


def test_run_twice_they_build_what_is_declared(server_of_ours, declared):
    texts = sqlfiles.files().values()
    with empty(server_of_ours) as name:
        run(server_of_ours, name, texts)
        once = statements(dump_schema.dump(server_of_ours, name))
        run(server_of_ours, name, texts)
        twice = statements(dump_schema.dump(server_of_ours, name))
    assert once == declared
    assert twice == once


def test_they_renew_what_was_taken_away(server_of_ours, declared):
    texts = sqlfiles.files().values()
    with empty(server_of_ours) as name:
        run(server_of_ours, name, texts)
        run(
            server_of_ours,
            name,
            [
                (
                    "DROP POLICY tenant ON tenancy.users; DROP TRIGGER touch ON tenancy.users;"
                    "ALTER TABLE tenancy.users DISABLE ROW LEVEL SECURITY;"
                    "REVOKE ALL ON tenancy.users FROM everlearn_app"
                )
            ],
        )
        run(server_of_ours, name, texts)
        assert statements(dump_schema.dump(server_of_ours, name)) == declared


def test_a_user_who_is_no_superuser_may_run_them(server_of_ours):
    """As on a hosted server: it may create roles, and the database is its own."""
    user = f"hosted_{uuid4().hex[:8]}"
    texts = sqlfiles.files().values()
    with empty(server_of_ours) as name:
        run(
            server_of_ours,
            name,
            [
                (
                    f"CREATE ROLE {user} CREATEROLE; GRANT everlearn_owner TO {user};"
                    f"ALTER DATABASE {name} OWNER TO {user}; CREATE EXTENSION vector"
                )
            ],
        )
        try:
            run(server_of_ours, name, texts, user=user)
            run(server_of_ours, name, texts, user=user)
        finally:
            run(
                server_of_ours,
                name,
                [f"REASSIGN OWNED BY {user} TO postgres; DROP OWNED BY {user}; DROP ROLE {user}"],
            )


def test_partitions_for_now_are_there(server_of_ours):
    partitioned = {
        name
        for name, text in sqlfiles.files().items()
        if "app.ensure_partition('" in text and name != "000_kernel.sql"
    }
    assert partitioned
    with empty(server_of_ours) as name:
        run(server_of_ours, name, sqlfiles.files().values())
        with psycopg.connect(server_of_ours.conninfo("admin", name)) as admin:
            bare = admin.execute(
                "SELECT p.parent FROM app.partitioned p WHERE NOT EXISTS (SELECT FROM pg_inherits"
                " WHERE inhparent = p.parent::regclass)"
            ).fetchall()
    assert bare == []


def test_there_is_one_for_the_kernel_and_one_for_each_module():
    names = [re.sub(r"^\d+_|\.sql$", "", name) for name in sqlfiles.files()]
    assert names == ["kernel", *(module.name for module in catalog.modules())]


def test_one_alone(tmp_path):
    (path,) = sqlfiles.write(tmp_path / "new" / "folder", "tenancy")
    assert path.name.endswith("_tenancy.sql")
    assert "CREATE TABLE IF NOT EXISTS tenancy.users" in path.read_text("utf-8")


def test_what_is_no_module():
    with pytest.raises(ValueError, match="there are kernel, tenancy"):
        sqlfiles.files("nothing")
