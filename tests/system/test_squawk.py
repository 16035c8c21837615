"""What migrations run is linted by squawk: nothing that locks or breaks a database in use.

The statements are caught on their way to the server, so this is what really runs.
"""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.engine import Engine

from everlearn.core import migrate, pg
from everlearn.core.testing.plugin import _drop

pytestmark = pytest.mark.slow

#: As migrate.as_owner sets them before the first step.
TIMEOUTS = "SET lock_timeout = '30s';\nSET statement_timeout = '10min';\n"
#: Rules that do not fit, and why.
LEFT_OUT = {
    "ban-drop-view": "a changed view is dropped and made anew within one transaction",
    "prefer-bigint-over-int": "an integer is used only where its CHECK keeps it small",
}
_LONG_LOCKS = {
    "adding-field-with-default",
    "adding-not-nullable-field",
    "ban-drop-constraint",
    "ban-drop-default",
    "ban-drop-generated-expression",
    "ban-drop-not-null",
    "constraint-missing-not-valid",
    "disallowed-unique-constraint",
    "require-concurrent-index-creation",
    "require-concurrent-index-deletion",
}
#: Steps that lock a table in use for longer than a moment, and why they may.
LONG = {
    "0017": "five indexes of the audit trail, one row a change of the set-up",
    "0018": "three indexes of events, whose months are small before ingest in bulk is offered",
    "0019": "models and versions are few, and the step widens what their tables take",
    "0021": "data sets are few",
    "0023": "a stored generated column rewrites ml_predictions in any case, under the same lock",
    "0024": "feedback is small, and the step widens what it takes",
    "0042": "retention policies are few, and a default makes way for the table's own rule",
    "0047": "keys of clients' ids and indexes of predictions become smaller ones, under one lock",
    "0048": "one index of stored vectors gets a further column",
    "0050": "two generated columns of occurrences, for smaller indexes, under one lock",
    "0051": "five indexes of learning_events become smaller ones, under one lock",
    "0054": "manifests of the archive are few, one a file",
    "0055": "a generated column of occurrences is made of other columns, as in 0050",
    "0056": "one index of stored vectors loses a column",
    "0059": "marks of days to make again are few, and stay for seconds",
    "0060": "a generated column of feedback and its index: feedback is small",
}
#: Steps that take a column away, or make a key anew, whose values follow from others.
DERIVED = {
    "0047": "prediction_keys keeps a hash of what it kept whole",
    "0055": "the generated column is no answer to anybody",
}
_DERIVED_RULES = {"ban-drop-column", "adding-serial-primary-key-field"}
#: What the runner itself writes down after each step.
_OWN = re.compile(r"alembic_version|(INTO|FROM) operations\.schema_migrations")
_CHANGES = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")


@pytest.fixture(scope="module")
def steps(server):
    """Give the statements of each migration by its revision, run on an empty database."""
    found: dict[str, list[str]] = {}
    now: list[str] = []

    def note(_conn, _cursor, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith(_CHANGES) and not _OWN.search(statement):
            # As the server gets it: the driver takes two per cent signs for one.
            now.append(statement.strip().rstrip(";").replace("%%", "%") + ";")

    name = f"test_{uuid4().hex[:16]}"
    pg.bootstrap(server, name)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        revisions = ScriptDirectory.from_config(migrate.config()).walk_revisions()
        with migrate.as_owner(server, name) as connection:
            for each in reversed(list(revisions)):
                now.clear()
                command.upgrade(migrate.config(connection), each.revision)
                connection.commit()
                found[each.revision] = list(now)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        with psycopg.connect(server.conninfo("admin"), autocommit=True) as admin:
            _drop(admin, name)
    return found


def test_migrations_are_safe_to_run(steps, tmp_path):
    for revision, statements in steps.items():
        (tmp_path / f"v{revision}.sql").write_text(TIMEOUTS + "\n".join(statements))
    found = [
        f"{Path(each['file']).stem} line {each['line']}: {each['rule_name']}: {each['message']}"
        for each in squawk(*sorted(tmp_path.glob("*.sql")))
        if each["rule_name"] not in LEFT_OUT
        and not (Path(each["file"]).stem[1:] in LONG and each["rule_name"] in _LONG_LOCKS)
        and not (Path(each["file"]).stem[1:] in DERIVED and each["rule_name"] in _DERIVED_RULES)
    ]
    assert not found, "\n".join(found)


def test_it_would_see_a_dangerous_one(tmp_path):
    (tmp_path / "bad.sql").write_text(
        TIMEOUTS + "ALTER TABLE tenancy.users ADD COLUMN age bigint NOT NULL;"
    )
    assert squawk(tmp_path / "bad.sql")


def squawk(*files: Path) -> list[dict]:
    program = Path(sysconfig.get_path("scripts")) / "squawk"
    done = subprocess.run(
        [
            *(program, "--pg-version", "16", "--assume-in-transaction", "--reporter", "json"),
            *files,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout)
