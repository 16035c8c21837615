"""Write the migration for what the declarations have and the migrations do not.

    python -m tools.new_migration "drift add alerts" [--module drift]

Brings a throw-away database to head, compares it with the declarations, and writes
src/everlearn/migrations/versions/vNNNN_<words>.py. Read what it wrote before committing it.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.operations import ops
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from everlearn.core import catalog, migrate, pg
from everlearn.core.alembic_policy import ViewOp
from everlearn.core.settings import Settings

SCRATCH = "new_migration"
#: A colon that SQLAlchemy would take for the beginning of a parameter.
_BIND = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")
VERSIONS = Path(__file__).parent.parent / "src" / "everlearn" / "migrations" / "versions"


def main() -> None:
    """Read the command line and write one migration."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("message", help="a few words: module, verb, what")
    parser.add_argument("--module", help="only this module's schema")
    given = parser.parse_args()
    path = write(given.message, module=given.module)
    print(f"wrote {path}" if path else "nothing differs: no migration written")


def write(message: str, *, module: str | None = None) -> Path | None:
    """Write a migration; give its path, or None when nothing differs."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        settings = Settings(data_dir=Path(folder) / "data")
        server = pg.start(settings, fast_and_unsafe=True)
        try:
            pg.bootstrap(server, SCRATCH)
            migrate.upgrade(server, database=SCRATCH)
            return _write(server, message, module)
        finally:
            pg.remove(settings)


def _write(server: pg.Server, message: str, module: str | None) -> Path | None:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(server.conninfo("owner", SCRATCH))
    )
    with engine.connect() as connection:
        connection.exec_driver_sql("SET search_path = public")
        config = migrate.config(connection)
        config.attributes["only"] = module
        config.attributes["revise"] = lambda _c, _r, directives: _complete(
            connection, directives[0], module
        )
        config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
        number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
        made: Any = command.revision(
            config, message=message, autogenerate=True, rev_id=f"{number:04d}"
        )
    path = Path(made.path)
    if re.search(r"def upgrade\(\) -> None:\n(    # .*\n)*    pass\n", path.read_text()):
        path.unlink()
        return None
    path.write_text(re.sub(r"    # ### .* ###\n", "", path.read_text()))
    subprocess.run([sys.executable, "-m", "ruff", "check", "-q", "--fix", str(path)], check=False)
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(path)], check=False)
    return path


def _complete(connection: Any, script: Any, module: str | None) -> None:
    """Put new schemas first, functions before views, and what else tables need last."""
    there = set(connection.execute(text("SELECT nspname FROM pg_namespace")).scalars())
    wanted = [m.name for m in catalog.modules() if module in {None, m.name}]
    new = [name for name in wanted if name not in there]
    schemas: list[Any] = []
    for name in new:
        roles = "everlearn_app, everlearn_reader, everlearn_service"
        schemas += [
            ops.ExecuteSQLOp(f"CREATE SCHEMA {name}"),
            ops.ExecuteSQLOp(f"GRANT USAGE ON SCHEMA {name} TO {roles}"),
        ]
    known = _statements_in(VERSIONS)
    extras: dict[str, list[Any]] = {"FUNCTIONS": [], "AFTER": []}
    for owner, loaded in catalog.load_all("tables"):
        for kind, found in extras.items():
            found += [
                ops.ExecuteSQLOp(_BIND.sub(r"\\:", statement))
                for statement in getattr(loaded, kind, ())
                if owner.name in wanted and _words(statement) not in known
            ]
    steps = script.upgrade_ops.ops
    views = next((i for i, op in enumerate(steps) if isinstance(op, ViewOp)), len(steps))
    steps[views:views] = extras["FUNCTIONS"]
    steps[:0] = schemas
    steps += extras["AFTER"]
    script.downgrade_ops.ops += [ops.ExecuteSQLOp(f"DROP SCHEMA {name} CASCADE") for name in new]


def _words(statement: str) -> str:
    return " ".join(statement.replace(r"\:", ":").split())


def _statements_in(folder: Path) -> set[str]:
    """Give every string of the migrations: a statement that one of them ran is not run again."""
    return {
        _words(node.value)
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


if __name__ == "__main__":
    main()
