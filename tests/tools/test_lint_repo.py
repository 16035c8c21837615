"""Every rule of tools/lint_repo.py on what it must find and what it must leave alone."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tools import lint_repo
from tools.lint_engine import RULES, check_source

SERVICE = "src/everlearn/modules/drift/service.py"
MATHS = "src/everlearn/modules/drift/maths/psi.py"

BAD = [
    ("commit", SERVICE, "def f(tx): tx.session.commit()"),
    ("commit", "src/everlearn/core/bulk.py", "connection.commit()"),
    ("clock", SERVICE, "from datetime import datetime, UTC\nat = datetime.now(UTC)"),
    ("clock", SERVICE, "import datetime as d\nat = d.datetime.utcnow()"),
    ("clock", SERVICE, "from datetime import date\nday = date.today()"),
    ("clock", SERVICE, "import time\nt = time.time()"),
    ("clock", SERVICE, "from time import time as now\nt = now()"),
    ("clock", SERVICE, "from datetime import datetime\nfield(default_factory=datetime.now)"),
    ("random", SERVICE, "import random\nx = random.random()"),
    ("random", SERVICE, "from random import choice\nx = choice([1, 2])"),
    ("random", MATHS, "'''Source: ours.'''\nimport numpy as np\nx = np.random.normal()"),
    ("random", MATHS, "'''Source: ours.'''\nimport numpy as np\nrng = np.random.default_rng()"),
    ("random", SERVICE, "import random\nrng = random.Random()"),
    ("random", SERVICE, "import uuid\nid_ = uuid.uuid4()"),
    ("random", SERVICE, "from uuid import uuid4\ncolumn(default=uuid4)"),
    ("source", MATHS, "def psi(a, b):\n    '''Compare.'''"),
    ("source", MATHS, "def psi(a, b): return 0"),
    ("source", MATHS, "class Adwin:\n    '''Watch.'''\n    def __init__(self): self.n = 0"),
    ("http-exception", SERVICE, "from fastapi import HTTPException\nraise HTTPException(404)"),
    ("http-exception", SERVICE, "import starlette.exceptions as e\nraise e.HTTPException(404)"),
    ("reason", SERVICE, "x = 1  # noqa: S101"),
    ("reason", SERVICE, "x = 1  # noqa"),
    ("reason", SERVICE, "x = 1  # type: ignore[arg-type]"),
    ("reason", SERVICE, "x = 1  # type: ignore  # because it is late"),
    ("reason", "tests/core/test_ids.py", "x = 1  # pragma: no cover"),
    ("reason", "tools/new_module.py", "x = 1  # noqa: S101, S102 -- "),
    ("pickle", SERVICE, "import pickle"),
    ("pickle", SERVICE, "from cloudpickle import loads"),
    ("pickle", SERVICE, "import joblib\nmodel = joblib.load(path)"),
    ("pickle", SERVICE, "value = eval(text)"),
    ("pickle", "examples/the_loop.py", "exec(code)"),
    ("sql-string", SERVICE, "tx.execute(f'SELECT * FROM {table}')"),
    ("sql-string", SERVICE, "tx.execute('SELECT * FROM ' + table)"),
    ("sql-string", SERVICE, "tx.execute('SELECT %s' % value)"),
    ("sql-string", SERVICE, "tx.scalar('SELECT {}'.format(value))"),
    ("sql-string", SERVICE, "from sqlalchemy import text\nq = text(f'SELECT {x}')"),
    (
        "sql-string",
        SERVICE,
        "import sqlalchemy as sa\nq = sa.text('SELECT ' 'a, ' + names + ' FROM b')",
    ),
    ("sql-string", SERVICE, "from psycopg import sql\nq = sql.SQL(f'SELECT {x}')"),
    ("size", SERVICE, "x = 1\n" * 401),
]

GOOD = [
    ("commit", "src/everlearn/core/tx.py", "session.commit()"),
    ("commit", "src/everlearn/migrations/env.py", "connection.commit()"),
    ("commit", "tests/core/test_tx.py", "connection.commit()"),
    ("commit", SERVICE, "commit = git.head()"),
    ("clock", "src/everlearn/core/clock.py", "import datetime\nd = datetime.datetime.now()"),
    ("clock", SERVICE, "import time\nstart = time.perf_counter()\ntime.sleep(1)"),
    ("clock", SERVICE, "def f(tx, time): return time.time(), tx.now"),
    (
        "clock",
        SERVICE,
        "from datetime import datetime, UTC\nat = datetime.fromtimestamp(0, tz=UTC)",
    ),
    ("random", SERVICE, "import numpy as np\nrng = np.random.default_rng(7)\nx = rng.normal()"),
    ("random", SERVICE, "import numpy as np\ndef f(rng: np.random.Generator): return rng.random()"),
    ("random", SERVICE, "import random\nrng = random.Random(7)"),
    ("random", SERVICE, "def f(random): return random.hex()"),
    ("random", SERVICE, "import secrets\nkey = secrets.token_urlsafe(32)"),
    ("random", SERVICE, "from uuid import UUID\nid_ = UUID(int=0)"),
    ("source", MATHS, "'''PSI.\n\nSource: Lewis, 1994, p. 12.\n'''\ndef psi(a, b): return 0"),
    ("source", MATHS, "def psi(a, b):\n    '''Compare.\n\n    Source:\n        Ours.\n    '''"),
    ("source", MATHS, "def _half(a): return a / 2"),
    ("source", MATHS, "class Level(StrEnum):\n    '''How bad.'''\n    HIGH = 'high'"),
    ("source", SERVICE, "def measure(tx): return 0"),
    (
        "http-exception",
        "src/everlearn/core/rest.py",
        "from fastapi import HTTPException\nHTTPException",
    ),
    (
        "http-exception",
        "src/everlearn/entry/api.py",
        "from starlette.exceptions import HTTPException\napp.add_handler(HTTPException, render)",
    ),
    ("http-exception", SERVICE, "from everlearn.core.errors import NotFound\nraise NotFound"),
    ("reason", SERVICE, "x = 1  # noqa: S101 -- narrows the type"),
    ("reason", SERVICE, "x = 1  # noqa: S101, FBT003 (as pg_policies has it)"),
    ("reason", SERVICE, "x = 1  # type: ignore[arg-type]  # the stub is wrong"),
    ("reason", SERVICE, "x = '# noqa'  # an ordinary comment"),
    ("pickle", SERVICE, "import ast\nvalue = ast.literal_eval(text)"),
    ("pickle", SERVICE, "import json\nvalue = json.loads(text)\nmodel.eval()"),
    ("sql-string", SERVICE, "tx.execute('SELECT * FROM a WHERE b = :b', {'b': b})"),
    ("sql-string", SERVICE, "tx.execute('SELECT a ' + 'FROM b')"),
    ("sql-string", SERVICE, "tx.execute(select(Model).where(Model.name == f'{a}-{b}'))"),
    ("sql-string", SERVICE, "tx.execute(statement, {'pattern': f'%{word}%'})"),
    ("sql-string", SERVICE, "def text(x): return x\ntext(f'{a} of {b}')"),
    ("sql-string", "src/everlearn/migrations/versions/a.py", "op.execute(f'DROP VIEW {name}')"),
    ("size", SERVICE, "x = 1\n" * 400),
    ("size", "tests/core/test_tx.py", "x = 1\n" * 500),
]


def found(path: str, text: str) -> list[str]:
    return [finding.rule for finding in check_source(path, text)]


@pytest.mark.parametrize(("rule", "path", "text"), BAD)
def test_finds(rule, path, text):
    assert set(found(path, text)) == {rule}


@pytest.mark.parametrize(("rule", "path", "text"), GOOD)
def test_leaves_alone(rule, path, text):
    assert rule in RULES
    assert found(path, text) == []


def test_every_rule_has_a_good_and_a_bad_case():
    assert {case[0] for case in BAD} == set(RULES)
    assert {case[0] for case in GOOD} == set(RULES)


def test_says_where_and_what_to_do_instead():
    (finding,) = check_source(SERVICE, "x = 1\n\nconnection.commit()\n")
    assert str(finding).startswith(f"{SERVICE}:3: [commit] ")
    assert RULES["commit"].reason in finding.message
    assert RULES["commit"].fix in finding.message


class TestEscape:
    def test_on_the_line(self):
        text = "c.commit()  # lint: allow commit because DDL stands alone"
        assert found(SERVICE, text) == []

    def test_on_the_line_above(self):
        text = "# lint: allow commit because DDL stands alone\nc.commit()"
        assert found(SERVICE, text) == []

    def test_inside_a_call_of_several_lines(self):
        text = """\
            tx.execute(
                f'SET LOCAL x = {y}'  # lint: allow sql-string because SET takes no parameter
            )
        """
        assert found(SERVICE, textwrap.dedent(text)) == []

    def test_is_for_its_rule_only(self):
        text = "c.commit()  # lint: allow clock because DDL stands alone"
        assert found(SERVICE, text) == ["commit", "escape"]

    def test_needs_a_reason(self):
        assert found(SERVICE, "c.commit()  # lint: allow commit") == ["commit", "escape"]
        assert found(SERVICE, "c.commit()  # lint: allow commit because x") == ["commit", "escape"]

    def test_needs_a_rule_that_exists(self):
        assert found(SERVICE, "x = 1  # lint: allow haste because it is late") == ["escape"]

    def test_must_not_outlive_what_it_excused(self):
        assert found(SERVICE, "x = 1  # lint: allow commit because DDL stands alone") == ["escape"]


def test_reports_what_this_python_cannot_read():
    assert found(SERVICE, "def f(:\n") == ["syntax"]


class TestCommand:
    def test_fails_on_a_finding(self, tmp_path: Path, capsys):
        file = tmp_path / SERVICE
        file.parent.mkdir(parents=True)
        file.write_text("import pickle\n")
        assert lint_repo.main(["--root", str(tmp_path)]) == 1
        assert f"{SERVICE}:1: [pickle] import of pickle" in capsys.readouterr().out

    def test_passes_without_one(self, tmp_path: Path, capsys):
        assert lint_repo.main(["--root", str(tmp_path)]) == 0
        assert capsys.readouterr().out == ""

    def test_lists_the_rules(self, capsys):
        assert lint_repo.main(["--rules"]) == 0
        out = capsys.readouterr().out
        assert all(name in out for name in RULES)
