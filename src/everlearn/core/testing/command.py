"""Runs `everlearn` words in this process, on the test's database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from everlearn.core.testing.plugin import Cloned


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Read the output of `--json`."""
        return json.loads(self.out)


class Command:
    """The command line, with real commits on a database of the test's own."""

    def __init__(
        self, db: Cloned, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Let every command open `db` instead of the user's database."""
        from everlearn.core import app

        def opened(*_: Any, **__: Any) -> app.Runtime:
            return app.Runtime(db.settings, db.server, db.database())

        monkeypatch.setattr(app, "open_runtime", opened)
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *words: str) -> Ran:
        """Run `everlearn` with these words."""
        from everlearn.entry.cli import main

        self._monkeypatch.setattr("sys.argv", ["everlearn", *words])
        self._capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        out, err = self._capsys.readouterr()
        return Ran(code, out, err)
