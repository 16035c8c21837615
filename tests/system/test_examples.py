"""Every example runs, and the README shows the one that does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from everlearn.core import pg
from everlearn.core.settings import Settings

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs_from_nothing(path, tmp_path):
    env = os.environ | {"EVERLEARN_DATA_DIR": str(tmp_path / "data")}
    env.pop("EVERLEARN_MODULES", None)
    try:
        done = subprocess.run(
            [sys.executable, str(path)], env=env, capture_output=True, text=True, timeout=180
        )
        assert done.returncode == 0, done.stderr
        assert "v1.0.0 is live" in done.stdout
        assert "outcomes=1" in done.stdout
    finally:
        pg.remove(Settings(data_dir=tmp_path / "data"))


def test_the_readme_shows_the_example_as_it_is():
    code = (ROOT / "examples" / "the_loop.py").read_text().partition('"""\n\n')[2]
    assert code in (ROOT / "README.md").read_text()
