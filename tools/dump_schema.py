"""Write tests/schema.sql: the whole schema as the migrations build it, for people and for diffs.

    python tools/dump_schema.py            write it
    python tools/dump_schema.py --print    print it instead

Alembic compares neither the bodies of functions nor the texts of CHECKs; this file shows both, so a
change of them is seen in review. It is what pg_dump says, less what differs from day to day.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

from everlearn.core import migrate, pg
from everlearn.core.errors import Unavailable
from everlearn.core.pg.osuser import current_account
from everlearn.core.pg.tools import find_tools
from everlearn.core.settings import Settings

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "schema.sql"
SCRATCH = "dump_schema"
HEADER = "-- Written by `make schema` from the migrations; not to be edited.\n\n"
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)
#: Settings of the dump's own session, and the random word of \restrict.
_SESSION = re.compile(
    r"^(SET \w+ = .*;|SELECT pg_catalog\.set_config.*;|\\(un)?restrict .*)\n", re.MULTILINE
)


def dump(server: pg.Server, database: str) -> str:
    """Give the schema of a database as SQL, normalised: no comments, no session settings.

    Raises:
        Unavailable: pg_dump failed; with what it said.
    """
    program = find_tools(None, current_account()).folder / "pg_dump"
    done = subprocess.run(
        [
            program,
            "--schema-only",
            "--no-owner",
            # Which steps were run is data of Alembic; partitions are made as rows need them.
            "--exclude-table=public.alembic_version",
            "--exclude-table=parts.*",
            f"--dbname={server.conninfo('admin', database)}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Unavailable(f"pg_dump: {done.stderr.strip()}")
    bare = _SESSION.sub("", _COMMENT.sub("", done.stdout))
    return re.sub(r"\n{3,}", "\n\n", bare).strip() + "\n"


def from_migrations() -> str:
    """Give the schema that the migrations build, on a server that lives only for this."""
    with tempfile.TemporaryDirectory(prefix="evl-") as folder:
        Path(folder).chmod(0o711)  # the server may run as another OS user
        settings = Settings(data_dir=Path(folder) / "data", database_url=None)
        server = pg.start(settings, fast_and_unsafe=True)
        try:
            pg.bootstrap(server, SCRATCH)
            migrate.upgrade(server, database=SCRATCH)
            return dump(server, SCRATCH)
        finally:
            pg.remove(settings)


def main() -> None:
    """Read the command line; write or print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true", help="print it instead of writing it")
    given = parser.parse_args()
    schema = HEADER + from_migrations()
    if given.print:
        print(schema, end="")
        return
    GOLDEN.write_text(schema, "utf-8")
    print(f"wrote {GOLDEN}")


if __name__ == "__main__":
    main()
