"""The shape of the source: who may import whom, own rules, names of files, speed of start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
from importlinter import api

from everlearn.core import catalog
from tools import contracts
from tools.lint_repo import check_repository

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src/everlearn"
MODULES = sorted(p for p in (SRC / "modules").iterdir() if p.is_dir() and p.name != "__pycache__")

#: The only names in a module's folder; what each is for is in ARCHITECTURE.md.
FILES = {
    "__init__.py", "types.py", "errors.py", "tables.py", "queries.sql",
    "service.py", "jobs.py", "rest.py", "cli.py", "web.py",
}  # fmt: skip
#: ... and the only folders. A file that grows past its budget becomes a folder of its name.
FOLDERS = {"maths", "templates"} | {Path(name).stem for name in FILES if name.endswith(".py")}

#: Seconds of import each, so only what uses them may load them.
HEAVY = {
    "alembic", "fastapi", "jinja2", "lightgbm", "numpy", "pandas", "procrastinate", "psycopg",
    "pyarrow", "river", "scipy", "sklearn", "sqlalchemy", "starlette", "uvicorn",
}  # fmt: skip


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("everlearn", include_external_packages=True, cache_dir=None)


def lines(found) -> str:
    return "\n".join(str(each) for each in found)


class TestContracts:
    def test_floors(self, graph):
        tiers = contracts.read_tiers("everlearn")
        manifests = contracts.read_manifests("everlearn")
        found = contracts.check_floors(graph, "everlearn", tiers, manifests)
        assert not found, lines(found)

    def test_doors(self, graph):
        options = api.read_configuration(str(ROOT / ".importlinter"))["contracts_options"]
        (through,) = [each["through"] for each in options if each["type"] == "doors"]
        found = contracts.check_doors(graph, "everlearn", frozenset(through))
        assert not found, lines(found)

    def test_storeys(self, graph):
        found = contracts.check_storeys(graph, "everlearn")
        assert not found, lines(found)

    def test_maths(self, graph):
        found = contracts.check_maths(graph, "everlearn")
        assert not found, lines(found)

    def test_the_command_checks_the_same(self):
        """`make lint` runs all four contracts, on this source."""
        done = subprocess.run(
            [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "4 kept, 0 broken" in done.stdout, done.stdout + done.stderr

    def test_manifests_read_as_text_are_those_that_python_sees(self):
        read = contracts.read_manifests("everlearn")
        seen = {m.name: (m.tier, m.requires) for m in catalog.modules()}
        assert {name: (m.tier, m.requires) for name, m in read.items()} == seen


def test_own_rules():
    found = check_repository(ROOT)
    assert not found, lines(found)


@pytest.mark.parametrize("folder", MODULES, ids=lambda folder: folder.name)
class TestModuleFolder:
    def test_has_only_the_known_files(self, folder):
        found = {path.name for path in folder.iterdir()} - {"__pycache__"}
        files = {name for name in found if (folder / name).is_file()}
        assert files <= FILES, f"{folder.name}: a module has no {files - FILES}"
        assert found - files <= FOLDERS, f"{folder.name}: no folder {found - files - FOLDERS}"

    def test_has_a_manifest_and_says_what_it_is_for(self, folder):
        manifest = {m.name: m for m in catalog.modules()}.get(folder.name)
        assert manifest is not None, f"write modules/{folder.name}/__init__.py with its MODULE"
        assert manifest.summary.endswith("."), "one sentence, shown by `everlearn --help`"
        assert len(manifest.summary) <= 100

    def test_is_a_file_or_a_folder_not_both(self, folder):
        names = [path.stem for path in folder.iterdir() if path.suffix in {"", ".py"}]
        assert len(names) == len(set(names))


class TestStart:
    """Every command waits for what the start imports."""

    def loaded_by(self, statement: str) -> set[str]:
        tell = "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
        code = f"import json, sys\n{statement}\n{tell}"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return {name.split(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}

    def test_import_everlearn_loads_nothing_heavy(self):
        assert self.loaded_by("import everlearn") & HEAVY == set()

    def test_help_loads_nothing_heavy(self):
        statement = (
            "from everlearn.entry.cli import main\n"
            "sys.argv = ['everlearn', '--help']\n"
            "try: main()\n"
            "except SystemExit: pass"
        )
        assert self.loaded_by(statement) & HEAVY == set()
