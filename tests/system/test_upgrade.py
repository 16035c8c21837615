"""A database that an earlier release left comes up to date with every row it had.

data/flights_v0014.dump.xz is a pg_dump of two days of the flights demo as the release with fourteen
migrations stored them, with most rows of its feature tables taken out to keep the file small.
"""

from __future__ import annotations

import lzma
import subprocess
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from everlearn.core import migrate, pg
from everlearn.core.pg.osuser import current_account
from everlearn.core.pg.tools import find_tools
from everlearn.core.tx import Database

DUMP = Path(__file__).with_name("data") / "flights_v0014.dump.xz"
OF_MAJOR = 18  # version of PostgreSQL that wrote it


@pytest.fixture(scope="module")
def upgraded(server, tmp_path_factory):
    """Give the rows of each table before, and the name of the upgraded database."""
    from everlearn.core.testing.plugin import _drop

    if server.kind != "embedded":
        pytest.skip("pg_restore is that of the embedded server")
    if pg_major(server) < OF_MAJOR:
        pytest.skip("no server restores the dump of a newer one")
    tools = find_tools(None, current_account())
    name = "upgrade_from_v0014"
    dump = tmp_path_factory.mktemp("dump") / "flights.dump"
    dump.write_bytes(lzma.decompress(DUMP.read_bytes()))
    with psycopg.connect(server.conninfo("admin"), autocommit=True) as admin:
        _drop(admin, name)
    pg.bootstrap(server, name)
    subprocess.run(
        [
            *(tools.folder / "pg_restore", "--exit-on-error"),
            *(f"--dbname={server.conninfo('admin', name)}", dump),
        ],
        check=True,
    )
    before = counts(server, name)
    migrate.upgrade(server, database=name)
    yield before, name
    with psycopg.connect(server.conninfo("admin"), autocommit=True) as admin:
        _drop(admin, name)


def pg_major(server) -> int:
    with psycopg.connect(server.conninfo("admin")) as admin:
        return admin.info.server_version // 10_000


def counts(server, name: str) -> dict[str, int]:
    with psycopg.connect(server.conninfo("admin", name)) as admin:
        tables = admin.execute(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'app', 'jobs', 'public')"
        ).fetchall()
        return {
            table: admin.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for (table,) in tables
        }


def test_no_row_is_lost(server, upgraded):
    before, name = upgraded
    assert before["predictions.ml_predictions"] == 926
    assert before["predictions.prediction_outcomes"] == 855
    after = counts(server, name)
    assert {table: after.get(table) for table in before} == before


def test_it_is_at_head(server, upgraded):
    assert migrate.differences(server, database=upgraded[1]) == []


def test_its_tenant_sees_its_rows_and_can_go_on(server, upgraded):
    """Sign-in registers are filled from what was there; the loop's own reads work."""
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(server.conninfo("app", upgraded[1])),
    )
    database = Database(engine)
    try:
        with database.tx(None) as tx:
            tenant = tx.scalar("SELECT app.find_tenant('flights')")
        assert tenant is not None
        with database.tx(tenant) as tx:
            assert tx.scalar("SELECT count(*) FROM ml_predictions") == 926
            assert tx.scalar("SELECT count(*) FROM v_predictions WHERE actual_value IS NOT NULL")
            assert tx.scalar("SELECT count(*) FROM audit_logs") > 0
    finally:
        engine.dispose()
