"""The command line: help, output, errors and their exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

import everlearn
from everlearn.core import catalog
from everlearn.core import cli as kernel
from everlearn.core.errors import Invalid, NotFound, Unavailable

GROUPS = [m.name for m in catalog.modules() if catalog.load(m, "cli") is not None]


class TestHelp:
    def test_lists_every_module(self, cli):
        ran = cli("--help")
        assert ran.code == 0
        for module in catalog.modules():
            if module.name in GROUPS:
                assert module.name in ran.out

    @pytest.mark.parametrize("name", [*GROUPS, "db", "demo", "up", "worker", "status", "sign-in"])
    def test_of_every_command_works(self, cli, name):
        ran = cli(name, "--help")
        assert ran.code == 0, ran.err
        assert f" {name} [OPTIONS]" in ran.out

    def test_a_word_that_is_no_command(self, cli):
        ran = cli("brew")
        assert ran.code == 2
        assert "brew" in ran.err

    def test_version(self, cli):
        assert cli("--version").out.strip() == f"everlearn {everlearn.__version__}"

    @pytest.mark.slow
    def test_is_there_at_once(self):
        """The best of five, in seconds of a core: other work on the machine is not counted."""

        def seconds() -> float:
            began = os.times()
            subprocess.run(
                [sys.executable, "-m", "everlearn", "--help"], check=True, capture_output=True
            )
            ended = os.times()
            return (
                ended.children_user
                + ended.children_system
                - began.children_user
                - began.children_system
            )

        assert min(seconds() for _ in range(5)) < 0.5


class TestErrors:
    def test_one_line_and_the_exit_code(self, cli):
        ran = cli("tenancy", "keys", "list", "--tenant", "nobody")
        assert ran.code == NotFound.exit_code
        assert ran.out == ""
        assert ran.err.startswith("everlearn: --tenant: no tenant is called 'nobody'")
        assert len(ran.err.splitlines()) == 1

    def test_as_json_the_problem_document(self, cli):
        ran = cli("tenancy", "keys", "list", "--tenant", "nobody", "--json")
        assert (ran.code, json.loads(ran.err)["code"]) == (3, "not_found")

    @pytest.mark.parametrize(("kind", "code"), [(Invalid, 2), (NotFound, 3), (Unavailable, 6)])
    def test_exit_codes(self, kind, code, capsys):
        assert kernel.fail(kind("so it is")) == code
        assert capsys.readouterr().err == "everlearn: so it is\n"


class TestTenant:
    def test_a_command_commits(self, cli, db):
        assert cli("tenancy", "create", "acme").code == 0
        made = cli("tenancy", "keys", "create", "ci", "--tenant", "acme", "--json")
        assert made.code == 0, made.err
        listed = cli("tenancy", "keys", "list", "-t", "acme", "--json").json()
        assert [key["name"] for key in listed] == ["ci"]
        assert made.json()["secret"] not in str(listed)

    def test_a_command_that_fails_leaves_nothing(self, cli, db):
        db.tenant("default")

        def broken() -> None:
            with kernel.tenant_tx() as tx:
                tx.execute("UPDATE tenancy.tenants SET name = 'changed'")
                raise NotFound

        with pytest.raises(NotFound):
            broken()
        with kernel.tenant_tx() as tx:
            assert tx.scalar("SELECT name FROM tenancy.tenants") == "default"


class TestDatabase:
    def test_check_finds_nothing_wrong(self, cli, db, monkeypatch):
        monkeypatch.setattr("everlearn.core.pg.start", lambda _: db.server)
        ran = cli("db", "check", "--json")
        assert (ran.code, ran.json()) == (0, {"differences": [], "ok": True})

    def test_check_fails_when_something_is(self, cli, db, monkeypatch, owner):
        monkeypatch.setattr("everlearn.core.pg.start", lambda _: db.server)
        owner.run("DROP POLICY tenant ON tenancy.users")
        ran = cli("db", "check")
        assert ran.code == 1
        assert "tenancy.users" in ran.out


class TestShow:
    def test_rows_as_a_table(self, capsys):
        rows = [
            {"name": "a", "value": 0.123456, "at": datetime(2026, 3, 2, tzinfo=UTC)},
            {"name": "longer", "value": None, "at": None},
        ]
        kernel.show(rows, as_json=False)
        assert capsys.readouterr().out.splitlines() == [
            "name    value   at",
            "a       0.1235  2026-03-02 00:00:00+00:00",
            "longer  -       -",
        ]

    def test_only_the_columns_that_are_asked_for(self, capsys):
        kernel.show([{"a": 1, "b": 2}], as_json=False, columns=["b"])
        assert capsys.readouterr().out.split() == ["b", "2"]

    def test_days_and_large_numbers(self, capsys):
        rows = [{"day": date(2026, 3, 2), "bytes": 10_737_418_240.0, "rate": 1.25e-7}]
        kernel.show(rows, as_json=False)
        assert capsys.readouterr().out.splitlines()[1].split() == [
            "2026-03-02",
            "10737418240",
            "1.25e-07",
        ]

    def test_one_row(self, capsys):
        kernel.show({"a": 1, "longer": {"x": 1}}, as_json=False)
        assert capsys.readouterr().out.splitlines() == ["a       1", 'longer  {"x": 1}']

    def test_none(self, capsys):
        kernel.show([], as_json=False)
        assert capsys.readouterr().out == "nothing yet\n"

    def test_json(self, capsys):
        kernel.show([{"at": datetime(2026, 3, 2, tzinfo=UTC)}], as_json=True)
        assert json.loads(capsys.readouterr().out) == [{"at": "2026-03-02 00:00:00+00:00"}]
