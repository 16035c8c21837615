"""`everlearn db` and `everlearn rows`, with real commits on a database of the test's own."""

from __future__ import annotations

import io
import json
import os
import re

import pytest

from everlearn.core.schema import manifest

FROM_METADATA = bool(os.environ.get("EVERLEARN_TEST_FROM_METADATA"))


@pytest.fixture
def cli(cli, db):
    db.tenant(db.settings.tenant)
    return cli


@pytest.fixture
def names(tmp_path):
    def write(tables):
        file = tmp_path / "names.json"
        file.write_text(
            json.dumps({t: {"columns": {c: [] for c in cs}} for t, cs in tables.items()})
        )
        return str(file)

    return write


def differences(cli):
    """Give what `db check` says, without the places of objects in memory."""
    return re.sub(r"0x[0-9a-f]+", "", cli("db", "check").out)


class TestVerify:
    def test_passes_when_everything_is_there(self, cli, names):
        ran = cli(
            "db", "verify", "--manifest", names({"users": ["id", "email"], "job_runs": ["id"]})
        )
        assert ran.code == 0, ran.out
        assert ran.out.splitlines()[-1] == "5 points, 0 failed"
        assert "PASS" not in ran.out

    def test_says_what_is_missing_and_what_to_do(self, cli, names):
        file = names({"users": ["id", "shoe_size"], "unicorns": ["id"]})
        ran = cli("db", "verify", "--manifest", file)
        assert ran.code == 1
        assert "FAIL column users.shoe_size: no such column; declare it" in ran.out
        assert "FAIL table unicorns: there is no such table; run `everlearn db upgrade`" in ran.out

    def test_verbose_says_what_passes(self, cli, names):
        ran = cli("db", "verify", "--verbose", "--manifest", names({"users": ["id"]}))
        assert "PASS column users.id" in ran.out

    def test_as_json(self, cli, names):
        ran = cli("db", "verify", "--json", "--manifest", names({"users": ["shoe_size"]}))
        found = ran.json()
        assert (ran.code, found["ok"]) == (1, False)
        assert found["totals"]["column"] == {"pass": 0, "fail": 1}
        assert [each["name"] for each in found["findings"]] == ["users.shoe_size"]

    def test_looks_at_one_word_alone(self, cli):
        ran = cli("db", "verify", "--json", "--verbose", "--only", "users.")
        assert {each["name"].split(".")[0] for each in ran.json()["findings"]} == {"users"}

    def test_a_word_that_nothing_holds_is_no_success(self, cli):
        assert cli("db", "verify", "--only", "unicorn").code == 1

    def test_a_file_that_is_none(self, cli, tmp_path):
        ran = cli("db", "verify", "--manifest", str(tmp_path / "none.json"))
        assert (ran.code, "cannot be read" in ran.err) == (2, True)

    def test_the_shipped_manifest_knows_every_name(self, cli):
        """A name that was asked for is looked at, whatever the outcome."""
        ran = cli("db", "verify", "--json", "--verbose")
        looked = {each["name"] for each in ran.json()["findings"] if each["kind"] == "table"}
        assert looked == set(manifest.shipped().tables)


@pytest.mark.skipif(
    bool(os.environ.get("EVERLEARN_MODULES")),
    reason="a part of the modules is a part of the tables",
)
def test_everything_that_was_asked_for_is_there(cli, db):
    with db.database().tx(None) as tx:
        for parent in tx.execute("SELECT parent FROM app.partitioned").scalars().all():
            tx.execute("SELECT app.ensure_partition(:parent, now())", {"parent": parent})
    ran = cli("db", "verify")
    assert ran.code == 0, ran.out


def test_check_finds_no_difference(cli):
    ran = cli("db", "check")
    assert ran.code == 0, ran.out


@pytest.mark.skipif(FROM_METADATA, reason="a database made from the declarations has no revisions")
class TestSteps:
    def test_back_and_forward(self, cli):
        whole = differences(cli)
        ran = cli("db", "history", "--json")
        head, before = (each["revision"] for each in ran.json()[:2])
        ran = cli("db", "downgrade", before, "--yes")
        assert (ran.code, f"the schema is at {before}" in ran.out) == (0, True), ran.err
        assert [
            each["revision"] for each in cli("db", "history", "--json").json() if each["here"]
        ] == [before]
        assert cli("db", "upgrade", "--to", head).code == 0
        assert differences(cli) == whole

    def test_says_what_is_lost_and_asks(self, cli, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO(""))  # nobody answers
        ran = cli("db", "downgrade", "0002")
        assert ran.code == 1
        assert "lost: table audit.audit_logs with all its rows" in ran.out
        here = [each["revision"] for each in cli("db", "history", "--json").json() if each["here"]]
        assert here != ["0002"]

    def test_a_revision_that_is_none(self, cli):
        ran = cli("db", "downgrade", "9999", "--yes")
        assert (ran.code, "revision" in ran.err) == (2, True)


class TestSql:
    def test_writes_the_files(self, cli, tmp_path):
        ran = cli("db", "sql", "--out", str(tmp_path))
        assert (ran.code, (tmp_path / "000_kernel.sql").exists()) == (0, True)
        assert len(ran.out.splitlines()) == len(list(tmp_path.iterdir()))

    def test_what_is_no_module(self, cli, tmp_path):
        ran = cli("db", "sql", "--out", str(tmp_path), "--module", "nothing")
        assert (ran.code, "--module" in ran.err) == (2, True)


class TestSamples:
    def test_made_once_shown_and_taken_away(self, cli):
        made = cli("db", "sample", "--json").json()["done"]
        assert "tenancy.users" in made
        assert cli("db", "sample", "--json").json()["done"] == []
        page = cli("rows", "list", "job_runs", "--json").json()
        assert [item["name"] for item in page["items"]] == ["training.fit"]
        assert {*cli("db", "clean", "--json").json()["done"]} >= {*made}
        assert cli("rows", "list", "job_runs", "--json").json()["items"] == []
        assert cli("db", "clean").out.startswith("0 tables: removed")

    def test_in_words(self, cli):
        ran = cli("db", "sample")
        assert "tables: made" in ran.out
        assert "audit.audit_logs: the trail tells" in ran.out


class TestRows:
    def test_tables_by_module(self, cli):
        found = cli("rows", "tables", "--json").json()
        (jobs,) = [each for each in found if each["table"] == "job_runs"]
        assert jobs["module"] == "operations"
        assert all(each["rows are"] for each in found)
        assert "job_runs" in cli("rows", "tables").out

    def test_list_and_get(self, cli):
        cli("db", "sample")
        ran = cli("rows", "list", "job_runs", "--where", "name=training.fit")
        assert (ran.code, "training.fit" in ran.out) == (0, True), ran.err
        (item,) = cli("rows", "list", "job_runs", "--json").json()["items"]
        ran = cli("rows", "get", "operations.job_runs", item["id"], "--json")
        assert ran.json() == item
        assert item["name"] in cli("rows", "get", "job_runs", item["id"]).out
        assert cli("rows", "list", "job_runs", "--where", "name=none").out == "nothing yet\n"

    def test_pages(self, cli):
        cli("db", "sample")
        first = cli("rows", "list", "audit_logs", "--limit", "1", "--json").json()
        assert len(first["items"]) == 1
        ran = cli("rows", "list", "audit_logs", "--limit", "1", "--cursor", first["next_cursor"])
        assert ran.code == 0
        assert "more: --cursor" in ran.err

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("list", "job_run"), "did you mean job_runs"),
            (("list", "api_keys"), "no table that may be listed"),
            (("list", "job_runs", "--where", "name"), "column=value"),
            (("list", "job_runs", "--where", "colour=red"), "no column colour"),
            (("list", "job_runs", "--limit", "0"), "1 to 500"),
            (("get", "job_runs", "7"), "not a uuid"),
            (("get", "job_runs", "01890000-0000-7000-8000-000000000000"), "no row"),
        ],
    )
    def test_what_is_wrong_is_said(self, cli, words, said):
        ran = cli("rows", *words)
        assert ran.code in {2, 3}
        assert said in ran.err
