"""`everlearn db`: partitions, retention, the archive, backup and restore, as words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from everlearn.core import partitions
from everlearn.core.ids import uuid7
from everlearn.core.migrate import load_tables
from everlearn.core.tables import rows
from everlearn.core.testing.make import make

load_tables()
EVENTS = "events.learning_events"


@pytest.fixture
def house(db, tmp_path):
    """Give the database with one old event of acme, and an archive of its own."""
    db.settings = db.settings.model_copy(update={"data_dir": tmp_path, "tenant": "acme"})
    at = db.clock.now() - timedelta(days=1000)
    with db.database().tx(db.tenant("acme")) as tx:
        partitions.ensure(tx, EVENTS, [at])
        make(tx, rows()[EVENTS], id=uuid7(at), timestamp=at)
    return db


def test_partitions(house, cli):
    found, *ahead = cli("db", "partitions", "--table", EVENTS, "--json").json()
    assert found["name"] == "learning_events_y2023m06"
    assert len(ahead) == 3, "of now and of two months after it, since the upgrade"
    created = cli("db", "partitions", "ahead", "24", "--json").json()
    assert [each for each in created if "learning_events" in each["created"]]
    gaps = cli("db", "partitions", "--gaps", "--json").json()
    assert EVENTS in {gap["table"] for gap in gaps}
    assert cli("db", "partitions", "--fill", "--json").json()
    assert "learning_events_y2023m06" in cli("db", "partitions").out


def test_retention_and_archive(house, cli):
    assert "nothing yet" in cli("db", "archive").out
    ((would),) = cli("db", "retention", "--dry-run", "--json").json()
    assert (would["table"], would["archived"]) == (EVENTS, 1)
    assert cli("db", "retention", "--table", "operations.job_runs", "--json").json() == []
    assert cli("db", "retention", "--table", "audit.audit_logs").code == 3
    shown = cli("db", "retention", "--dry-run")
    assert (shown.code, EVENTS in shown.out) == (0, True)
    (did,) = cli("db", "retention", "--json").json()
    assert did["partitions"] == ["learning_events_y2023m06"]
    assert cli("db", "retention", "--json").json() == []
    (file,) = cli("db", "archive", "--json").json()
    assert (file["table_name"], file["row_count"]) == (EVENTS, 1)


def test_a_problem_is_an_exit_code(house, cli):
    house.settings = house.settings.model_copy(update={"archive_url": "nonsense"})
    ran = cli("db", "retention", "--json")
    assert ran.code == 1
    assert "nonsense" in ran.json()[0]["problems"][0]


def test_backup_and_restore_of_a_tenant(house, cli, tmp_path):
    file = str(tmp_path / "acme.zip")
    made = cli("db", "backup", file, "--tenant", "acme", "--json").json()
    assert (made["slug"], made["kind"]) == ("acme", "tenant")
    refused = cli("db", "restore", file, "--tenant", "acme", "--json")
    assert (refused.code, "backup.not_empty" in refused.err) == (4, True)
    done = cli("db", "restore", file, "--tenant", "acme", "--replace", "--yes", "--json").json()
    assert done["rows"] == made["rows"]


def test_backup_of_everything(house, cli, tmp_path):
    for pool in house._open:
        pool.dispose()
    file = tmp_path / "all.zip"
    assert cli("db", "backup", str(file), "--json").json()["kind"] == "database"
    assert file.stat().st_size > 10_000


def test_help_says_what_there_is(cli):
    out = cli("db", "--help").out
    for word in ("partitions", "retention", "archive", "backup", "restore"):
        assert word in out
