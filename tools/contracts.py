"""The import contracts of Everlearn, for import-linter (`.importlinter` lists them).

Nothing here keeps a list of modules: the floors are `TIERS` in core/module.py, and where a module
stands is what its own `MODULE` says. Both are read from the source text, so a module that cannot be
imported is judged all the same. Every contract is a plain function from a graph to breaches below,
with a small class around it that import-linter can find.
"""

from __future__ import annotations

import ast
import importlib.util
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

#: Files of a module that are surfaces: they call the service and do not know each other.
SURFACES = ("rest", "cli", "web", "jobs")
#: What another module may import.
DOORS = ("service", "types", "errors")
#: Parts of a module, lowest first; parts of one height do not know each other.
HEIGHTS = {
    "types": 0,
    "errors": 1,
    "tables": 2,
    "maths": 2,
    "service": 3,
    **dict.fromkeys(SURFACES, 4),
}
#: What a formula has no business with; of the kernel it may import only the errors.
NOT_FOR_MATHS = (
    "alembic",
    "fastapi",
    "procrastinate",
    "psycopg",
    "sqlalchemy",
    "starlette",
    "typer",
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a module's `MODULE` says, as far as imports are concerned."""

    name: str
    tier: str
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A dotted name taken apart: `everlearn.modules.drift.maths.ks` is modules, drift, maths."""

    area: str = ""
    unit: str = ""
    part: str = ""

    @classmethod
    def of(cls, name: str, root: str) -> Place | None:
        """Take `name` apart, or give None when it is not below `root`."""
        if name != root and not name.startswith(f"{root}."):
            return None
        return cls(*name.split(".")[1:4])


@dataclass(frozen=True, slots=True)
class Breach:
    """An import that must not be, or (imported empty) a manifest that cannot be."""

    importer: str
    imported: str
    line: int
    why: str

    def __str__(self) -> str:
        """Show it on one line."""
        if not self.imported:
            return f"{self.importer}: {self.why}"
        return f"{self.importer} -> {self.imported} (l.{self.line}): {self.why}"


def package_folder(root: str) -> Path:
    """Find the folder of a package without importing it."""
    spec = importlib.util.find_spec(root)
    if spec is None or not spec.submodule_search_locations:
        msg = f"there is no package {root!r} to check; is it installed?"
        raise LookupError(msg)
    return Path(spec.submodule_search_locations[0])


def _assigned(path: Path, name: str) -> ast.expr:
    for node in ast.parse(path.read_text("utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            assert isinstance(node, ast.Assign | ast.AnnAssign)  # noqa: S101 - targets came from it
            assert node.value is not None  # noqa: S101 - an annotation alone was passed over
            return node.value
    msg = f"{path}: no `{name} = ...` at the top level"
    raise LookupError(msg)


def read_tiers(root: str) -> tuple[str, ...]:
    """Read the floors, lowest first, from `<root>/core/module.py`."""
    return tuple(ast.literal_eval(_assigned(package_folder(root) / "core/module.py", "TIERS")))


def read_manifests(root: str) -> dict[str, Manifest]:
    """Read the `MODULE` of every folder in `<root>/modules`."""
    found = {}
    for init in sorted((package_folder(root) / "modules").glob("*/__init__.py")):
        call = _assigned(init, "MODULE")
        if not isinstance(call, ast.Call) or call.args:
            msg = f"{init}: write MODULE = Module(name=..., tier=..., ...), all by keyword"
            raise LookupError(msg)
        said = {}
        for keyword in call.keywords:
            if keyword.arg in {"name", "tier", "requires"}:
                said[keyword.arg] = ast.literal_eval(keyword.value)
        found[init.parent.name] = Manifest(
            said["name"], said["tier"], tuple(said.get("requires", ()))
        )
    return found


def _imports(graph: ImportGraph, root: str) -> Iterator[tuple[str, str, int]]:
    for importer in sorted(graph.modules):
        if Place.of(importer, root) is None:
            continue
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            details = graph.get_import_details(importer=importer, imported=imported)
            yield importer, imported, details[0]["line_number"] if details else 0


def _wrong_area(here: Place, there: Place) -> str:
    kit = ("core", "testing")
    if (there.area, there.unit) == kit and (here.area, here.unit) != kit:
        return "core.testing is for tests; the program must run without it"
    # The bare packages hold a version and a folder to look into; they name no module.
    if here.area == there.area or there in {Place(), Place("modules")}:
        return ""
    if here.area == "core" and here.unit != "testing":
        return "core knows no learning and no entry: hand the thing in, or find it by the catalog"
    if here.area == "migrations" and there.area != "core":
        return "a released migration must not change when the code does: write the SQL or names out"
    if here.area == "modules" and there.area not in {"core", "migrations"}:
        return "a module is assembled by entry and must not know it"
    if there.area == "migrations":
        return "migrations are run by Alembic, never imported"
    return ""


def check_floors(
    graph: ImportGraph, root: str, tiers: tuple[str, ...], manifests: dict[str, Manifest]
) -> list[Breach]:
    """Hold imports to: entry > modules > core, and among modules to lower tiers and `requires`."""
    breaches = list(_wrong_manifests(root, tiers, manifests))
    for importer, imported, line in _imports(graph, root):
        here, there = Place.of(importer, root), Place.of(imported, root)
        if here is None or there is None:
            continue
        why = _wrong_area(here, there)
        if here.area == there.area == "modules" and here.unit != there.unit and there.unit:
            why = _wrong_floor(here.unit, there.unit, tiers, manifests)
        if why:
            breaches.append(Breach(importer, imported, line, why))
    return breaches


def _wrong_manifests(
    root: str, tiers: tuple[str, ...], manifests: dict[str, Manifest]
) -> Iterator[Breach]:
    for folder, manifest in manifests.items():
        name = f"{root}.modules.{folder}"
        if manifest.name != folder:
            yield Breach(name, "", 0, f"MODULE.name is {manifest.name!r}; name it like its folder")
        if manifest.tier not in tiers:
            yield Breach(name, "", 0, f"tier {manifest.tier!r} is not in core/module.py TIERS")
            continue
        for other in manifest.requires:
            if other not in manifests:
                yield Breach(name, "", 0, f"requires {other!r}, and there is no such module")
            elif manifests[other].tier in tiers and (
                tiers.index(manifests[other].tier) >= tiers.index(manifest.tier)
            ):
                floors = f"{manifest.tier} is not above {manifests[other].tier}"
                yield Breach(name, "", 0, f"requires {other!r}, but {floors}")


def _wrong_floor(
    here: str, there: str, tiers: tuple[str, ...], manifests: dict[str, Manifest]
) -> str:
    mine, other = manifests.get(here), manifests.get(there)
    if mine is None or other is None:
        return f"modules/{there if mine else here} has no __init__.py with a MODULE"
    if {mine.tier, other.tier} <= set(tiers) and tiers.index(other.tier) >= tiers.index(mine.tier):
        return (
            f"{here} stands on {mine.tier}, {there} on {other.tier}, which is not lower: "
            "let the higher one call, or join them in a module above both"
        )
    if there not in mine.requires:
        return f"add {there!r} to `requires` in modules/{here}/__init__.py, if it is meant"
    return ""


def check_doors(graph: ImportGraph, root: str, through: frozenset[str]) -> list[Breach]:
    """Let only service, types and errors be imported from outside a module.

    Entry finds modules by the catalog; the files of entry in `through` may use the doors by name.
    """
    breaches = []
    for importer, imported, line in _imports(graph, root):
        here, there = Place.of(importer, root), Place.of(imported, root)
        if here is None or there is None or there.area != "modules" or not there.unit:
            continue
        if (here.area, here.unit) == ("modules", there.unit):
            continue
        why = ""
        if here.area == "entry" and here.unit not in through:
            why = "entry assembles what the catalog finds; it names no module"
        elif here.area == "modules" and here.part == "maths":
            why = "maths takes numbers; its caller fetches them"
        elif there.part not in DOORS:
            why = f"only {', '.join(DOORS)} of another module may be imported"
        if why:
            breaches.append(Breach(importer, imported, line, why))
    return breaches


def check_storeys(graph: ImportGraph, root: str) -> list[Breach]:
    """Inside a module: (rest|cli|web|jobs) > service > (tables|maths) > errors > types."""
    breaches = []
    for importer, imported, line in _imports(graph, root):
        here, there = Place.of(importer, root), Place.of(imported, root)
        if here is None or there is None or here.area != "modules":
            continue
        if (there.area, there.unit) != ("modules", here.unit) or here.part == there.part:
            continue
        if not here.part:
            why = "a module's __init__ is read before its files and must not import them"
        elif not there.part:
            continue
        elif here.part not in HEIGHTS or there.part not in HEIGHTS:
            why = "this is none of a module's files; see the table in the contributor's guide"
        elif HEIGHTS[there.part] >= HEIGHTS[here.part]:
            why = f"{here.part} must not know {there.part}: move what both need further down"
        else:
            continue
        breaches.append(Breach(importer, imported, line, why))
    return breaches


def check_maths(graph: ImportGraph, root: str) -> list[Breach]:
    """Keep maths free of database, web and kernel: numbers in, numbers out."""
    breaches = []
    for importer, imported, line in _imports(graph, root):
        here, there = Place.of(importer, root), Place.of(imported, root)
        if here is None or (here.area, here.part) != ("modules", "maths"):
            continue
        if there is None:
            wrong = imported.split(".")[0] in NOT_FOR_MATHS
        else:
            wrong = there.area == "core" and there.unit != "errors"
        if wrong:
            why = "maths is pure: numbers in, numbers out; let the service do this"
            breaches.append(Breach(importer, imported, line, why))
    return breaches


class _Contract(Contract):
    """Hands a check of this file to import-linter."""

    # A field holds its parsed value once the contract is made; import-linter's types do not say so.
    root: Any = fields.StringField()

    @abstractmethod
    def find(self, graph: ImportGraph) -> list[Breach]:
        """Find what breaks the contract."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 (theirs)
        """Give the breaches to import-linter."""
        breaches = self.find(graph)
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one breach a line."""
        for breach in check.metadata["breaches"]:
            output.print_error(f"- {breach}", bold=False)
        output.new_line()


class Floors(_Contract):
    """entry > modules > core, and the tiers among modules."""

    type_name = "floors"

    def find(self, graph: ImportGraph) -> list[Breach]:
        """Check it."""
        return check_floors(graph, self.root, read_tiers(self.root), read_manifests(self.root))


class Doors(_Contract):
    """Across modules only service, types and errors."""

    type_name = "doors"
    through: Any = fields.SetField(subfield=fields.StringField(), required=False)

    def find(self, graph: ImportGraph) -> list[Breach]:
        """Check it."""
        return check_doors(graph, self.root, frozenset(self.through or ()))


class Storeys(_Contract):
    """The order of the files inside a module."""

    type_name = "storeys"

    def find(self, graph: ImportGraph) -> list[Breach]:
        """Check it."""
        return check_storeys(graph, self.root)


class Maths(_Contract):
    """Maths knows neither database nor web."""

    type_name = "maths"

    def find(self, graph: ImportGraph) -> list[Breach]:
        """Check it."""
        return check_maths(graph, self.root)
