"""An outside prover (pgrls, with Z3) says the same of the migrated database as our own tests.

`verify` proves, for each table, that no row is read or written from another tenant, whatever the
row and the session hold. Shared reference data has no tenant to prove anything about: of those
tables exactly, and of no other, the prover must say that it cannot decide.
"""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest

from everlearn.core import catalog, migrate
from everlearn.core.policy_ddl import items, policy_rows
from everlearn.core.tables import rows

pytestmark = pytest.mark.slow
CONFIG = Path(__file__).with_name("pgrls.toml")
migrate.load_tables()
SHARED = {name for name, row in rows().items() if row.policy.rows == "shared"}
TENANTS = set(rows()) - SHARED


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """Give the configuration with the policies that the declarations themselves leave open."""
    shared = [f"{name}.{policy}" for name in sorted(SHARED) for policy in ("everyone", "service")]
    # The rules "anyone" and "nobody" ask of no column: the tenant's own policy does.
    bare = {"(app.user_id() IS NULL)", "((app.user_id() IS NULL) OR true)"}
    ruled = [
        (f"{name}.{rule.name}", rule.using or rule.check)
        for name, row in sorted(rows().items())
        for item in items(row.policy)
        if item.startswith("rls:")
        for rule in policy_rows(item)
    ]
    nobody = [name for name, words in ruled if words in bare]
    anyone = [name for name, words in ruled if words and words.endswith("OR true)")]
    allowed = {
        "SEC005": [*shared, *nobody],
        "SEC008": shared,
        "SEC011": anyone,
        "SEC028": shared,
        "SEC038": shared,
    }
    lines = [f"\n[lint.rules.{rule}]\nallowlist = {names}" for rule, names in allowed.items()]
    path = tmp_path_factory.mktemp("pgrls") / "pgrls.toml"
    path.write_text(CONFIG.read_text("utf-8") + "\n".join(lines).replace("'", '"') + "\n")
    return path


def pgrls(config: Path, server, template: str, *words: str) -> subprocess.CompletedProcess[str]:
    given = psycopg.conninfo.conninfo_to_dict(server.conninfo("admin", template))
    user, database = quote(given.pop("user")), quote(given.pop("dbname"))
    # The catalog leaves the schema out of names that the search_path finds; the prover needs it.
    given["options"] = "-csearch_path=public"
    url = f"postgresql://{user}@/{database}?{urlencode(given, quote_via=quote)}"
    schemas = ",".join(module.name for module in catalog.modules())
    program = Path(sysconfig.get_path("scripts")) / "pgrls"
    return subprocess.run(
        [program, *words, "--config", config, "--database-url", url, "--schemas", schemas],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"NO_COLOR": "1"},
    )


def verdicts(config: Path, server, template: str, mode: str) -> dict[str, str]:
    auth = ("--auth-function", "app.tenant_id", "--auth-function", "app.user_id")
    done = pgrls(
        config, server, template, "verify", "--mode", mode, "--strict", *auth, "--format", "json"
    )
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    return {each["table"]: each["verdict"] for each in json.loads(done.stdout)["tables"]}


@pytest.mark.parametrize("mode", ["anon", "cross-tenant", "write"])
def test_isolation_is_proven_of_every_table(config, server, template, mode):
    found = verdicts(config, server, template, mode)
    assert set(found) == set(rows()), "the prover looks at another set of tables"
    unproven = {name: word for name, word in found.items() if word != "isolated"}
    allowed = {} if mode == "anon" else dict.fromkeys(SHARED, "unverified")
    assert unproven == allowed


@pytest.mark.parametrize(
    ("mode", "nothing"),
    [
        ("escalation", "No reachable escalation paths"),
        ("reachability", "No anon-reachable view path"),
    ],
)
def test_no_way_around_the_policies(config, server, template, mode, nothing):
    done = pgrls(config, server, template, "verify", "--mode", mode, "--strict")
    assert done.returncode == 0, done.stdout
    assert nothing in done.stdout


def test_the_linter_finds_nothing(config, server, template):
    """What is allowed stands in pgrls.toml, each with its reason."""
    done = pgrls(config, server, template, "lint")
    assert done.returncode == 0, done.stdout[-6000:]


def test_the_prover_would_see_a_hole(config, db):
    """So that the proofs above are not vacuous."""
    with psycopg.connect(db.server.conninfo("owner"), autocommit=True) as owner:
        owner.execute("ALTER POLICY tenant ON tenancy.users USING (true)")
        owner.execute("ALTER POLICY tenant ON tenancy.api_keys USING (true) WITH CHECK (true)")
    database = psycopg.conninfo.conninfo_to_dict(db.server.conninfo("owner"))["dbname"]
    for mode in ("cross-tenant", "write"):
        found = verdicts(config, db.server, str(database), mode)
        assert found["tenancy.api_keys"] != "isolated"
    assert verdicts(config, db.server, str(database), "cross-tenant")["tenancy.users"] != "isolated"
