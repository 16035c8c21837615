"""Write docs/reference from the code: tables, REST, command line, errors, settings.

python -m tools.gen_docs            write the pages
python -m tools.gen_docs --check    fail when one of them is not what the code says
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic_core import PydanticUndefined

import everlearn.core
from everlearn.core import catalog, errors
from everlearn.core.errors import EverlearnError
from everlearn.core.settings import Settings
from everlearn.core.tx import Database
from tools import table_docs

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"
NOTE = "<!-- Written by `make docs` from the code; not to be edited. -->\n"


def tables() -> str:
    """Describe every table and view, module by module."""
    return table_docs.page(NOTE)


def rest() -> str:
    """Describe every REST operation."""
    from everlearn.entry.api import create_app

    spec = create_app(Database(None)).openapi()  # type: ignore[arg-type]  # described, not asked
    out = [NOTE, "# REST", ""]
    out += ["Errors are `application/problem+json`, see [errors](errors.md).", ""]
    by_tag: dict[str, list[str]] = {}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            lines = by_tag.setdefault(operation.get("tags", ["other"])[0], [])
            lines += [f"### `{method.upper()} {path}`", "", operation.get("summary", "") + ".", ""]
            if text := operation.get("description"):
                lines += [text, ""]
            lines += list(_parameters(operation, spec))
    for tag in sorted(by_tag):
        out += [f"## {tag}", "", *by_tag[tag]]
    return "\n".join(out)


def _parameters(operation: dict[str, Any], spec: dict[str, Any]) -> Iterator[str]:
    given = operation.get("parameters", [])
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    fields = _fields(body.get("schema", {}), spec)
    if not given and not fields:
        return
    yield "| name | in | type | |"
    yield "|---|---|---|---|"
    for each in given:
        need = "required" if each.get("required") else ""
        yield f"| `{each['name']}` | {each['in']} | {_type(each.get('schema', {}))} | {need} |"
    for name, kind, need in fields:
        yield f"| `{name}` | body | {kind} | {need} |"
    yield ""


def _fields(schema: dict[str, Any], spec: dict[str, Any]) -> list[tuple[str, str, str]]:
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    needed = schema.get("required", [])
    return [
        (name, _type(kind), "required" if name in needed else "")
        for name, kind in schema.get("properties", {}).items()
    ]


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(_type(option) for option in options)
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")


def cli() -> str:
    """Describe every command with its arguments and options."""
    from everlearn.entry.cli import build

    out = [NOTE, "# Command line", ""]
    out += ["`-t`, `--tenant` chooses the tenant; `--json` prints JSON.", ""]
    names = [m.name for m in catalog.modules() if catalog.load(m, "cli") is not None]
    # The group of a module is only imported when its name is the first word.
    kernel = {name for name in _commands(build([])) if name not in names}
    for name, command in sorted(_commands(build([])).items()):
        if name in kernel:
            out += _command(f"everlearn {name}", command)
    for name in sorted(names):
        out += _command(f"everlearn {name}", _commands(build([name]))[name])
    return "\n".join(out)


def _commands(app: typer.Typer) -> dict[str, Any]:
    found: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group
    return found


def _command(words: str, command: Any) -> Iterator[str]:
    text = inspect.cleandoc(command.help or "")
    children = getattr(command, "commands", {})
    yield f"## {words}" if words.count(" ") == 1 else f"### {words}"
    yield from ("", text, "")
    shown = [p for p in command.params if p.name not in {"help", "as_json", "tenant"}]
    if shown and not children:
        yield "| argument | meaning | default |"
        yield "|---|---|---|"
        for each in shown:
            name = ", ".join(each.opts) if each.param_type_name == "option" else each.name.upper()
            empty = each.default is None or callable(each.default) or each.required
            default = "" if empty else f"`{each.default}`"
            yield f"| `{name}` | {table_docs.cell(getattr(each, 'help', None) or '')} | {default} |"
        yield ""
    for name, child in sorted(children.items()):
        yield from _command(f"{words} {name}", child)


def error_codes() -> str:
    """Describe every error: code, status, exit code, what to do."""
    catalog.load_all("errors")
    for info in pkgutil.walk_packages(everlearn.core.__path__, "everlearn.core."):
        if not info.name.startswith("everlearn.core.testing"):
            importlib.import_module(info.name)
    for part in ("service", "jobs"):
        catalog.load_all(part)
    out = [NOTE, "# Errors", ""]
    out += ["`retry` says whether the same request may succeed a moment later.", ""]
    out += ["| code | status | exit | retry | what it means |", "|---|---|---|---|---|"]
    kinds = {kind.code: kind for kind in _leaves(EverlearnError) if "code" in vars(kind)}
    for code, kind in sorted(kinds.items()):
        text = table_docs.cell(inspect.cleandoc(kind.__doc__ or ""))
        again = "yes" if kind.retryable else ""
        out += [f"| `{code}` | {kind.http_status} | {kind.exit_code} | {again} | {text} |"]
    tree = inspect.cleandoc(errors.__doc__ or "").split("\n\n")[1]
    return "\n".join([*out, "", "```", tree, "```", ""])


def _leaves(kind: type[EverlearnError]) -> Iterator[type[EverlearnError]]:
    if kind.__module__.startswith("everlearn."):
        yield kind
    for child in kind.__subclasses__():
        yield from _leaves(child)


def settings() -> str:
    """Describe every setting."""
    out = [NOTE, "# Settings", ""]
    out += ["From the environment, then `everlearn.toml`, then the default.", ""]
    out += ["| variable | in the file | default | meaning |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        shown = "" if field.default is None else f"`{field.default}`"
        if (
            field.default is PydanticUndefined
        ):  # made when asked for, from the machine's own folders
            shown = "the user's data folder"
        text = table_docs.cell(field.description or "")
        out += [f"| `EVERLEARN_{name.upper()}` | `{name}` | {shown} | {text} |"]
    return "\n".join([*out, ""])


PAGES: dict[str, Callable[[], str]] = {
    "tables.md": tables,
    "rest.md": rest,
    "cli.md": cli,
    "errors.md": error_codes,
    "settings.md": settings,
}


def stale() -> list[str]:
    """Give the pages that are not what the code says."""
    return [
        name
        for name, write in PAGES.items()
        if not (REFERENCE / name).exists()
        or (REFERENCE / name).read_text("utf-8") != write().rstrip("\n") + "\n"
    ]


def main() -> int:
    """Read the command line; write the pages, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when stale")
    if parser.parse_args().check:
        found = stale()
        for name in found:
            print(f"docs/reference/{name} is not what the code says: make docs", file=sys.stderr)
        return 1 if found else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, write in PAGES.items():
        (REFERENCE / name).write_text(write().rstrip("\n") + "\n", "utf-8")
        print(f"wrote docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
