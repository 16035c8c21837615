"""Migrations, declarations and tests/schema.sql say the same; each step goes down and up again."""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from everlearn.core import migrate, pg
from everlearn.core.testing.plugin import _drop
from tools import dump_schema

UPGRADE = """
import sys
from everlearn.core import migrate, pg
from everlearn.core.settings import Settings
migrate.upgrade(pg.start(Settings()), database=sys.argv[1])
"""


@contextmanager
def empty_database(server):
    """Give the name of a database as `everlearn up` finds it the first time."""
    name = f"test_{uuid4().hex[:16]}"
    pg.bootstrap(server, name)
    try:
        yield name
    finally:
        with psycopg.connect(server.conninfo("admin"), autocommit=True) as admin:
            _drop(admin, name)


@pytest.fixture(scope="module")
def server_of_ours(server):
    if server.kind != "embedded":
        pytest.skip("pg_dump of another version writes another text; only on the embedded server")
    return server


@pytest.fixture(scope="module")
def migrated(server_of_ours):
    with empty_database(server_of_ours) as name:
        migrate.upgrade(server_of_ours, database=name)
        yield name


@pytest.fixture(scope="module")
def declared(server_of_ours):
    with empty_database(server_of_ours) as name:
        migrate.load_tables()
        driver = psycopg.connect(server_of_ours.conninfo("owner", name))
        engine = create_engine("postgresql+psycopg://", creator=lambda: driver)
        with engine.begin() as connection:
            migrate.create_all(connection)
        engine.dispose()
        yield name


def in_any_order(schema: str) -> str:
    """Sort statements, and the lines of each table.

    A column that was added later stands last in the database, and pg_dump writes a table earlier or
    later than its name says when a view stands on it.
    """
    table = re.compile(r"CREATE TABLE [^\n]* \(\n(.*)\n\)[^;]*;", re.DOTALL)

    def sort(statement: str) -> str:
        if not table.fullmatch(statement):
            return statement
        return "\n".join(sorted(line.rstrip(",") for line in statement.splitlines()))

    return "\n\n".join(sorted(sort(each) for each in schema.strip().split("\n\n")))


def difference(one: str, two: str, names: tuple[str, str]) -> str:
    lines = difflib.unified_diff(one.splitlines(), two.splitlines(), *names, lineterm="", n=2)
    return "\n".join(lines)


def scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(migrate.config())


def step(server, name: str, revision: str, *, up: bool) -> str:
    """Move a database to a revision, and give its schema there."""
    with migrate.as_owner(server, name) as connection:
        move = command.upgrade if up else command.downgrade
        move(migrate.config(connection), revision)
        connection.commit()
    return in_any_order(dump_schema.dump(server, name))


def test_migrations_build_what_is_declared(server_of_ours, migrated, declared):
    built = in_any_order(dump_schema.dump(server_of_ours, migrated))
    wanted = in_any_order(dump_schema.dump(server_of_ours, declared))
    found = difference(built, wanted, ("migrations", "declarations"))
    assert not found, f'{found}\n\nto write what is missing: make migration M="module verb what"'


def test_the_golden_file_is_what_migrations_build(server_of_ours, migrated):
    with psycopg.connect(server_of_ours.conninfo("admin")) as admin:
        if admin.info.server_version < 180_000:
            pytest.skip("an older server has functions of its own for what it lacks")
    built = dump_schema.HEADER + dump_schema.dump(server_of_ours, migrated)
    golden = dump_schema.GOLDEN.read_text("utf-8") if dump_schema.GOLDEN.exists() else ""
    found = difference(golden, built, ("tests/schema.sql", "migrations"))
    assert not found, f"{found}\n\nto take it over, when it is meant: make schema"


def test_a_database_at_head_has_no_differences(server_of_ours, migrated):
    found = migrate.differences(server_of_ours, database=migrated)
    assert found == [], "everlearn db check would fail"


def test_there_is_one_head():
    assert len(scripts().get_heads()) == 1, "merge them: rename the later one and its down_revision"


def test_every_step_goes_down_and_up_again(server_of_ours):
    revisions = [each.revision for each in reversed(list(scripts().walk_revisions()))]
    with empty_database(server_of_ours) as name:
        at = [step(server_of_ours, name, "base", up=False)]
        for revision in revisions:
            before = at[-1]
            after = step(server_of_ours, name, revision, up=True)
            down = step(server_of_ours, name, "-1", up=False)
            found = difference(before, down, (f"before {revision}", "after its downgrade"))
            assert not found, found
            again = step(server_of_ours, name, revision, up=True)
            found = difference(after, again, (f"{revision} once", f"{revision} again"))
            assert not found, found
            at.append(after)


def test_going_all_the_way_down_leaves_nothing(server_of_ours):
    with empty_database(server_of_ours) as name:
        before = in_any_order(dump_schema.dump(server_of_ours, name))
        migrate.upgrade(server_of_ours, database=name)
        after = step(server_of_ours, name, "base", up=False)
        found = difference(before, after, ("empty", "downgraded"))
        assert not found, found


def test_two_processes_at_once(server_of_ours, test_settings):
    """Both end well: the second waits for the first and finds nothing left to do."""
    environment = os.environ | {"EVERLEARN_DATA_DIR": str(test_settings.data_dir)}
    with empty_database(server_of_ours) as name:
        running = [
            subprocess.Popen(
                [sys.executable, "-c", UPGRADE, name],
                env=environment,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        for process in running:
            _, errors = process.communicate(timeout=60)
            assert process.returncode == 0, errors
        with psycopg.connect(server_of_ours.conninfo("owner", name)) as connection:
            found = connection.execute("SELECT version_num FROM public.alembic_version").fetchall()
    assert [row[0] for row in found] == scripts().get_heads()


def test_running_it_again_changes_nothing(server_of_ours, migrated):
    before = dump_schema.dump(server_of_ours, migrated)
    migrate.upgrade(server_of_ours, database=migrated)
    assert dump_schema.dump(server_of_ours, migrated) == before


@pytest.mark.parametrize(
    "path",
    sorted(dump_schema.GOLDEN.parents[1].glob("src/everlearn/migrations/versions/*.py")),
    ids=lambda path: path.stem,
)
def test_a_migration_tells_its_revision_by_its_name(path):
    revision = re.search(r'^revision = "(.*)"', path.read_text("utf-8"), re.MULTILINE)
    assert revision, path
    assert path.stem.startswith(f"v{revision[1]}_"), path
