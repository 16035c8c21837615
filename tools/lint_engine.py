"""What tools/lint_repo.py runs its rules with: a parsed file, a registry, the escape comment."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

FOLDERS = ("src", "tests", "tools", "examples", "benchmarks")
_ESCAPE = re.compile(r"#\s*lint:\s*allow\s+(?P<rule>[\w-]+)(?:\s+because\s+(?P<why>.*))?")


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where a rule is broken."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        """Show it as compilers do, so that editors can jump to it."""
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


@dataclass
class Source:
    """A Python file as the rules see it."""

    path: str
    text: str
    tree: ast.Module = field(init=False)

    def __post_init__(self) -> None:
        """Parse it."""
        self.tree = ast.parse(self.text, self.path)

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        """Every comment with its line."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [
            (token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT
        ]

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def names(self) -> dict[str, str]:
        """What each imported name stands for: `dt` is `datetime.datetime`."""
        found = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    head = alias.name.split(".")[0]
                    found[alias.asname or head] = alias.name if alias.asname else head
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return found

    def dotted(self, node: ast.expr) -> str:
        """Give the full name of `np.random.rand` (numpy.random.rand), or an empty string."""
        tail: list[str] = []
        while isinstance(node, ast.Attribute):
            tail.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or (tail and node.id not in self.names):
            return ""  # an attribute of a local variable, whatever that is
        return ".".join([self.names.get(node.id, node.id), *reversed(tail)])

    def references(self) -> Iterator[tuple[ast.expr, str]]:
        """Give every use of an imported name, called or handed on, with its full name."""
        for node in self.nodes:
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                yield node, self.dotted(node)

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Give every call with the full name of what is called."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield node, self.dotted(node.func)


Found = Iterable[tuple[ast.AST | int, str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: where it holds, why, and how to do it instead."""

    name: str
    reason: str
    fix: str
    check: Callable[[Source], Found]
    only: tuple[str, ...]
    but: tuple[str, ...]

    def holds_in(self, path: str) -> bool:
        """Tell whether the rule is about this file."""
        return any(fnmatch(path, p) for p in self.only) and not any(
            fnmatch(path, p) for p in self.but
        )


RULES: dict[str, Rule] = {}


def rule(
    name: str,
    *,
    reason: str,
    fix: str,
    only: tuple[str, ...] = ("src/*",),
    but: tuple[str, ...] = (),
) -> Callable[[Callable[[Source], Found]], Callable[[Source], Found]]:
    """File a function as the check of a rule."""

    def keep(check: Callable[[Source], Found]) -> Callable[[Source], Found]:
        RULES[name] = Rule(name, reason, fix, check, only, but)
        return check

    return keep


def _escapes(source: Source) -> tuple[set[tuple[int, str]], list[Finding]]:
    """Find the escapes, each as (line, rule), and the malformed ones."""
    found, wrong = set(), []
    for line, comment in source.comments:
        match = _ESCAPE.search(comment)
        if match is None:
            continue
        name = match["rule"]
        if name not in RULES:
            wrong.append(Finding(source.path, line, "escape", f"there is no rule {name!r}"))
        elif len((match["why"] or "").split()) < 2:
            message = f"write `lint: allow {name} because` and the reason"
            wrong.append(Finding(source.path, line, "escape", message))
        else:
            found.add((line, name))
    return found, wrong


def check_source(path: str, text: str) -> list[Finding]:
    """Hold one file, `path` being relative to the repository, to every rule about it."""
    try:
        source = Source(path, text)
    except SyntaxError as error:
        return [Finding(path, error.lineno or 1, "syntax", f"{error.msg}, to this Python")]
    escapes, findings = _escapes(source)
    used = {(line, name) for line, name in escapes if not RULES[name].holds_in(path)}
    for each in RULES.values():
        if not each.holds_in(path):
            continue
        for where, what in each.check(source):
            first = where if isinstance(where, int) else getattr(where, "lineno", 1)
            last = first if isinstance(where, int) else getattr(where, "end_lineno", first)
            # On a line of the node, or directly above it.
            hits = {(line, each.name) for line in range(first - 1, last + 1)} & escapes
            if hits:
                used |= hits
            else:
                message = f"{what}. Why not: {each.reason}. Instead: {each.fix}."
                findings.append(Finding(path, first, each.name, message))
    for line, name in escapes - used:
        findings.append(Finding(path, line, "escape", f"nothing here breaks {name!r}: take it out"))
    return sorted(findings, key=lambda finding: (finding.line, finding.rule))


def check_repository(root: Path) -> list[Finding]:
    """Hold every Python file of the repository to the rules."""
    findings: list[Finding] = []
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            findings += check_source(name, path.read_text("utf-8"))
    return findings
