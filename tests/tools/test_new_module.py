"""A new module is green at birth: in a copy of the checkout, with the checks everybody runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import new_module

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "results", "docs", "examples", "*.egg-info")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Give a copy of what the checks look at, with the new module `seasons` in it."""
    root = tmp_path_factory.mktemp("checkout") / "everlearn"
    root.mkdir()
    for name in ("src", "tools"):
        shutil.copytree(ROOT / name, root / name, ignore=LEFT_OUT)
    for name in ("pyproject.toml", ".importlinter", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, root / name)
    (root / "tests" / "modules").mkdir(parents=True)
    shutil.copytree(ROOT / "tests" / "system", root / "tests" / "system", ignore=LEFT_OUT)
    shutil.copy(ROOT / "tests" / "conftest.py", root / "tests" / "conftest.py")
    made = run(root, "tools/new_module.py", "seasons", "--tier", "methods", "--root", str(root))
    assert made.returncode == 0, made.stdout + made.stderr
    assert "make test-fast M=seasons" in made.stdout
    return root


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    environment.pop("EVERLEARN_MODULES", None)
    return subprocess.run(
        [sys.executable, *words],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


NEW = "src/everlearn/modules/seasons"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["-m", "ruff", "check", NEW, "tests/modules/seasons"],
        ["-m", "ruff", "format", "--check", NEW, "tests/modules/seasons"],
        ["-m", "mypy", NEW],
        ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/modules/seasons"],
        [
            *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "seasons"),
            *("tests/system/test_conformance.py", "tests/system/test_isolation.py"),
        ],
    ],
    ids=["ruff", "format", "mypy", "its-tests", "laws-of-tables"],
)
def test_passes_every_check(copy, words):
    done = run(copy, *words)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "no tests ran" not in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["-m", "tools.lint_repo"],
        ["-c", "from importlinter.cli import lint_imports_command as c; c()"],
    ],
    ids=["own-rules", "contracts"],
)
def test_is_not_among_what_they_find(copy, words):
    """Both look at the whole source, of which only the new module is this test's business."""
    done = run(copy, *words)
    assert "seasons" not in done.stdout, done.stdout[-3000:]
    assert done.stdout or done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
def test_has_its_migration(copy):
    (path,) = (copy / "src/everlearn/migrations/versions").glob("*seasons*.py")
    text = path.read_text("utf-8")
    assert "CREATE SCHEMA seasons" in text
    assert "op.table_policy" in text
    assert "tenancy.users" not in text, "only its own schema"


class TestRefused:
    @pytest.mark.parametrize("name", ["Seasons", "a", "1st", "with-dash", "class", "order", "app"])
    def test_a_name_that_cannot_be(self, name):
        with pytest.raises(new_module.Refused):
            new_module.check_name(name)

    def test_one_that_is_there(self, tmp_path):
        (tmp_path / "src/everlearn/modules/seasons").mkdir(parents=True)
        with pytest.raises(new_module.Refused, match="is there already"):
            new_module.make(tmp_path, "seasons", "methods")
        assert not (tmp_path / "tests").exists()


def test_every_word_of_a_template_is_filled(tmp_path):
    for path in new_module.make(tmp_path, "seasons", "methods"):
        text = path.read_text("utf-8")
        assert "@name@" not in text
        assert "@tier@" not in text
        assert "@Title@" not in text
