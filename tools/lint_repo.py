"""Rules of this repository that no general linter has.

    python -m tools.lint_repo            all of src, tests, tools, examples and benchmarks
    python -m tools.lint_repo --rules    the rules, each with its reason and its cure

A place where a rule is wrong says so, on the line or on the one above it:

    connection.commit()  # lint: allow commit because CREATE DATABASE knows no transaction

An escape without a reason, of an unknown rule, or where nothing is wrong, is a finding too. A new
rule is a function here plus its good and bad cases in tests/tools/test_lint_repo.py.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from pathlib import Path

from tools.lint_engine import RULES, Found, Source, check_repository, rule

MAX_LINES = 400
_KIT = "src/everlearn/core/testing/*"
_SUPPRESSION = re.compile(
    r"#\s*(?P<kind>noqa|type:\s*ignore|pragma:\s*no\s*cover)"
    r"(?::?\s*\[?(?P<codes>[A-Za-z]+\d+(?:\s*,\s*[A-Za-z]+\d+)*|[a-z-]+(?:\s*,\s*[a-z-]+)*)\]?)?"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)


@rule(
    "commit",
    reason="one unit of work is one transaction; a commit inside it leaves half of it behind",
    fix="take `tx` as an argument and return; core/tx.py commits when the unit of work is done",
    but=(
        "src/everlearn/core/tx.py",
        "src/everlearn/core/pg/*",
        "src/everlearn/core/migrate.py",
        "src/everlearn/migrations/*",
        _KIT,
    ),
)
def _commit(source: Source) -> Found:
    for node in source.nodes:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "commit"
        ):
            yield node, "commit() outside core/tx.py"


_CLOCKS = {
    f"{owner}.{name}"
    for owner, names in {
        "datetime.datetime": ("now", "utcnow", "today"),
        "datetime.date": ("today",),
        "time": ("time", "time_ns", "gmtime", "localtime", "ctime", "asctime"),
    }.items()
    for name in names
}


@rule(
    "clock",
    reason="what reads the machine's clock can neither be replayed nor tested at a fixed time",
    fix="use tx.now or everlearn.core.clock; for a duration, time.perf_counter()",
    but=("src/everlearn/core/clock.py", "src/everlearn/core/ids.py", _KIT),
)
def _clock(source: Source) -> Found:
    for node, name in source.references():
        if name in _CLOCKS:
            yield node, name


#: Generators that repeat when they are given a seed.
_SEEDED = {
    "random.Random",
    "numpy.random.default_rng",
    "numpy.random.RandomState",
    "numpy.random.SeedSequence",
    *(f"numpy.random.{name}" for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")),
}


@rule(
    "random",
    reason="a run that draws from the process's own chance cannot be repeated",
    fix="take `rng: np.random.Generator` as an argument, or numpy.random.default_rng(seed); "
    "for ids everlearn.core.ids, for secrets the module secrets",
    but=("src/everlearn/core/clock.py", "src/everlearn/core/ids.py", _KIT),
)
def _random(source: Source) -> Found:
    for call, name in source.calls():
        if name in _SEEDED and not call.args and not call.keywords:
            yield call, f"{name}() without a seed"
    for node, name in source.references():
        if name in {"uuid.uuid1", "uuid.uuid4"} or (
            name.startswith(("random.", "numpy.random."))
            and name not in {*_SEEDED, "numpy.random.Generator", "numpy.random.BitGenerator"}
        ):
            yield node, name


def _says_source(node: ast.Module | ast.FunctionDef | ast.ClassDef) -> bool:
    return "Source:" in (ast.get_docstring(node) or "")


def _computes(node: ast.stmt) -> bool:
    """Tell a function, or a class that is more than a record or a set of names."""
    return isinstance(node, ast.FunctionDef) or (
        isinstance(node, ast.ClassDef)
        and any(isinstance(part, ast.FunctionDef) and part.name == "__init__" for part in node.body)
    )


@rule(
    "source",
    reason="a formula that nobody can look up cannot be checked",
    fix="add a `Source:` section to the docstring (author, year, title, equation; or ours, and "
    "why), or one to the module's docstring when it holds for the whole file",
    only=("src/everlearn/modules/*/maths/*",),
)
def _source(source: Source) -> Found:
    if _says_source(source.tree):
        return
    for node in source.tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or not _computes(node):
            continue
        if not node.name.startswith("_") and not _says_source(node):
            yield node.lineno, f"{node.name} does not say where it comes from"


@rule(
    "http-exception",
    reason="a service is called by the CLI, by jobs and by notebooks too; they know no status",
    fix="raise an error of everlearn.core.errors; the surface renders it",
    but=("src/everlearn/core/*",),
)
def _http_exception(source: Source) -> Found:
    for call, name in source.calls():
        if name.endswith("HTTPException"):
            yield call, f"{name}()"


@rule(
    "reason",
    reason="a suppression without a reason is copied on and never taken out again",
    fix="say why behind it: `# noqa: X100 -- the reason`, `# type: ignore[code]  # the reason`",
    only=("*",),
)
def _reason(source: Source) -> Found:
    for line, comment in source.comments:
        match = _SUPPRESSION.search(comment)
        if match is None:
            continue
        kind = " ".join(match["kind"].lower().split())
        if kind != "pragma: no cover" and not match["codes"]:
            yield line, f"{kind} without a code"
        elif not re.search(r"\w{3,}", match["rest"]):
            yield line, f"{kind} without a reason"


_NEVER_IMPORTED = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}
_NEVER_CALLED = {"eval", "exec", "joblib.load", "joblib.dump", "pandas.read_pickle"}


@rule(
    "pickle",
    reason="loading it runs whatever whoever wrote it liked: models are data, never programs",
    fix="LightGBM text, skops, safetensors, ONNX or JSON; ast.literal_eval for literals",
    only=("src/*", "examples/*", "benchmarks/*", "tools/*"),
)
def _pickle(source: Source) -> Found:
    for node in source.nodes:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            if name.split(".")[0] in _NEVER_IMPORTED:
                yield node, f"import of {name}"
    for call, name in source.calls():
        if name in _NEVER_CALLED:
            yield call, f"{name}()"


_RUNS_SQL = {"execute", "executemany", "exec_driver_sql", "stream", "scalar", "scalars", "copy"}
_MAKES_SQL = {
    "sqlalchemy.text",
    "sqlalchemy.sql.text",
    "sqlalchemy.DDL",
    "sqlalchemy.literal_column",
    "psycopg.sql.SQL",
}


def _is_glued(node: ast.expr) -> bool:
    """Tell a string that is put together when the program runs from one that stands there."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = (node.left, node.right)
        return any(_is_glued(side) for side in sides) or (
            any(_is_text(side) for side in sides) and not all(_is_text(side) for side in sides)
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _is_text(node.left)
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"format", "join"}
        and _is_text(node.func.value)
    )


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _is_text(node.left) and _is_text(node.right)
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@rule(
    "sql-string",
    reason="a value glued into SQL is an injection on the day it comes from outside",
    fix="bind values as parameters (:name); build names with sqlalchemy or psycopg.sql.Identifier",
    but=("src/everlearn/migrations/versions/*",),
)
def _sql_string(source: Source) -> Found:
    for call, name in source.calls():
        runs = isinstance(call.func, ast.Attribute) and call.func.attr in _RUNS_SQL
        if (runs or name in _MAKES_SQL) and call.args and _is_glued(call.args[0]):
            what = name.split(".")[-1] or ast.unparse(call.func)
            yield call, f"{what}() of a string that is put together here"


@rule(
    "size",
    reason=f"a file of more than {MAX_LINES} lines is about more than one thing",
    fix="make it a folder of the same name, one file a use case, without re-exports",
    but=("src/everlearn/migrations/versions/*",),  # written by a tool, read once
)
def _size(source: Source) -> Found:
    lines = source.text.count("\n")
    if lines > MAX_LINES:
        yield 1, f"{lines} lines, {MAX_LINES} are allowed"


def main(arguments: list[str] | None = None) -> int:
    """Print the findings, or the rules; give the exit code."""
    parser = argparse.ArgumentParser(description="Check the rules of this repository.")
    parser.add_argument("--rules", action="store_true", help="print the rules instead")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    options = parser.parse_args(arguments)
    if options.rules:
        for each in RULES.values():
            print(f"{each.name}\n    why      {each.reason}\n    instead  {each.fix}")
        return 0
    findings = check_repository(options.root)
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} found; where a rule is wrong: # lint: allow RULE because ...")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
