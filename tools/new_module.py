"""Make a new module that is green at birth: code, page, tests and migration.

    python tools/new_module.py seasons --tier methods

What it writes is small and real (one table, one rule, REST, command line, page), so that a newcomer
changes something that works. Nothing is registered anywhere: the catalog finds the folder.
"""

from __future__ import annotations

import argparse
import keyword
import re
import subprocess
import sys
from pathlib import Path

from everlearn.core.module import TIERS

TEMPLATES = Path(__file__).resolve().parent / "templates" / "module"
#: Schemas that the kernel or PostgreSQL has already.
TAKEN = {"app", "core", "jobs", "parts", "public"}


class Refused(Exception):
    """The module cannot be made under this name; nothing was written."""


def main() -> int:
    """Read the command line, make the module, say what to do next."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="a noun in lower case; folder and Postgres schema")
    parser.add_argument("--tier", required=True, choices=TIERS, help="the floor it stands on")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1])
    given = parser.parse_args()
    try:
        written = make(given.root, given.name, given.tier)
    except Refused as refused:
        print(f"error: {refused}", file=sys.stderr)
        return 2
    _tidy(given.root, written)
    _migrate(given.root, given.name)
    for path in written:
        print(f"wrote {path.relative_to(given.root)}")
    print(
        f"\nnext: make test-fast M={given.name}\n"
        f"then: say in src/everlearn/modules/{given.name}/__init__.py what it is for; "
        "make schema docs"
    )
    return 0


def make(root: Path, name: str, tier: str) -> list[Path]:
    """Write the files of a module below `root`; give their paths.

    Raises:
        Refused: the name is taken, or none that a folder, a schema and a package can have.
    """
    check_name(name)
    home = root / "src" / "everlearn" / "modules" / name
    targets = {
        "code": home,
        "page": home / "templates" / name,
        "tests": root / "tests" / "modules" / name,
    }
    for target in targets.values():
        if target.exists():
            raise Refused(f"{target.relative_to(root)} is there already")
    words = {"name": name, "tier": tier, "Title": name.replace("_", " ").capitalize()}
    written = []
    for folder, target in targets.items():
        target.mkdir(parents=True)
        for template in sorted((TEMPLATES / folder).glob("*.tmpl")):
            path = target / template.stem
            path.write_text(fill(template.read_text("utf-8"), words), "utf-8")
            written.append(path)
    return written


def check_name(name: str) -> None:
    """Refuse a name that folder, package and schema cannot share."""
    from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS

    if not re.fullmatch(r"[a-z][a-z0-9_]{1,29}", name):
        raise Refused(f"{name!r}: use lower-case letters, digits and _, two to thirty of them")
    if keyword.iskeyword(name) or name in RESERVED_WORDS or name in TAKEN:
        raise Refused(f"{name!r} means something else to Python or PostgreSQL; choose another noun")


def fill(template: str, words: dict[str, str]) -> str:
    """Put the words in the place of @name@, @tier@ and @Title@."""
    for word, value in words.items():
        template = template.replace(f"@{word}@", value)
    return template


def _tidy(root: Path, written: list[Path]) -> None:
    """Order imports and wrap lines, which depend on how long the name is."""
    code = [str(path) for path in written if path.suffix == ".py"]
    for words in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *words, *code], cwd=root, check=True)


def _migrate(root: Path, name: str) -> None:
    """Let Alembic write the migration; in a process of its own, which finds the new module."""
    subprocess.run(
        [sys.executable, "-m", "tools.new_migration", f"{name} first tables", "--module", name],
        cwd=root,
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())
