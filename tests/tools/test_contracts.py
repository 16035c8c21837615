"""The import contracts on a toy package: clean as it is, then with one violation at a time."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import grimp
import pytest

from tools import contracts

ROOT = Path(__file__).resolve().parents[2]
TOY = {
    "__init__.py": "",
    "__main__.py": "from {toy}.entry import cli",
    "core/__init__.py": "",
    "core/module.py": "TIERS = ('spine', 'judgement', 'methods')\nclass Module: ...",
    "core/errors.py": "",
    "core/tx.py": "import {toy}\nfrom {toy}.core import errors\nimport sqlalchemy",
    "core/catalog.py": "import {toy}.modules",
    "core/testing/__init__.py": "",
    "core/testing/plugin.py": "from {toy}.entry import api\nfrom {toy}.core import tx",
    "migrations/__init__.py": "",
    "migrations/env.py": "from {toy}.core import catalog",
    "entry/__init__.py": "",
    "entry/api.py": "from {toy}.core import catalog",
    "entry/cli.py": "from {toy}.entry import demo",
    "entry/demo.py": "from {toy}.modules.drift import service",
    "modules/__init__.py": "",
    "modules/spine/__init__.py": """
        from {toy}.core.module import Module
        MODULE = Module(name="spine", tier="spine", summary="Keeps.")
    """,
    "modules/spine/types.py": "",
    "modules/spine/tables.py": "import sqlalchemy\nfrom {toy}.modules.spine import types",
    "modules/spine/service/__init__.py": "",
    "modules/spine/service/record.py": """
        from {toy}.core import tx
        from {toy}.modules.spine import tables
    """,
    "modules/drift/__init__.py": """
        from {toy}.core.module import Module
        MODULE = Module(name="drift", tier="judgement", summary="Watches.", requires=("spine",))
    """,
    "modules/drift/errors.py": "from {toy}.core import errors",
    "modules/drift/maths/__init__.py": "",
    "modules/drift/maths/psi.py": """
        import math
        from {toy}.core import errors as core_errors
        from {toy}.modules.drift import errors
        from {toy}.modules.drift.maths import ks
    """,
    "modules/drift/maths/ks.py": "",
    "modules/drift/service.py": """
        from {toy}.modules.drift.maths import psi
        from {toy}.modules.spine.service import record
        from {toy}.modules.spine import types
    """,
    "modules/drift/web.py": "from {toy}.modules.drift import errors, service",
    "modules/drift/rest.py": "from {toy}.modules.drift import service",
    "modules/ensembles/__init__.py": """
        from {toy}.core.module import Module
        MODULE = Module(name="ensembles", tier="methods", summary="Joins.", requires=("drift",))
    """,
    "modules/ensembles/service.py": "from {toy}.modules.drift import service",
    "modules/patterns/__init__.py": """
        from {toy}.core.module import Module
        MODULE = Module(name="patterns", tier="judgement", summary="Sees.")
    """,
    "modules/patterns/service.py": "",
}


@pytest.fixture
def toy(tmp_path, monkeypatch, request):
    """Give a function that writes the toy package, with one line planted, and checks it."""
    # Its own name each time, so that no test is told of another's package from a cache.
    name = f"toy_{abs(hash(request.node.nodeid))}"
    monkeypatch.syspath_prepend(str(tmp_path))

    def check(file: str = "", line: str = "") -> list[str]:
        for path, text in TOY.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            more = f"\n{line}\n" if path == file else "\n"
            target.write_text((textwrap.dedent(text) + more).replace("{toy}", name))
        if file not in TOY and file:
            target = tmp_path / name / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(line.replace("{toy}", name))
        graph = grimp.build_graph(name, include_external_packages=True, cache_dir=None)
        tiers, manifests = contracts.read_tiers(name), contracts.read_manifests(name)
        found = {
            "floors": contracts.check_floors(graph, name, tiers, manifests),
            "doors": contracts.check_doors(graph, name, frozenset({"demo"})),
            "storeys": contracts.check_storeys(graph, name),
            "maths": contracts.check_maths(graph, name),
        }
        return [
            f"{contract}: {breach.importer} -> {breach.imported}".replace(f"{name}.", "")
            for contract, breaches in found.items()
            for breach in breaches
        ]

    return check


def test_clean_package_is_clean(toy):
    assert toy() == []


@pytest.mark.parametrize(
    ("file", "line", "found"),
    [
        # entry over modules over core
        (
            "core/tx.py",
            "from {toy}.modules.spine import service",
            ["floors: core.tx -> modules.spine.service"],
        ),
        ("core/tx.py", "from {toy}.entry import api", ["floors: core.tx -> entry.api"]),
        ("core/tx.py", "import {toy}.core.testing", ["floors: core.tx -> core.testing"]),
        ("entry/api.py", "import {toy}.core.testing", ["floors: entry.api -> core.testing"]),
        ("entry/api.py", "import {toy}.migrations", ["floors: entry.api -> migrations"]),
        (
            "modules/drift/rest.py",
            "from {toy}.entry import api",
            ["floors: modules.drift.rest -> entry.api"],
        ),
        (
            "migrations/env.py",
            "from {toy}.entry import api",
            ["floors: migrations.env -> entry.api"],
        ),
        # lower floors only, and only what is required
        (
            "modules/drift/service.py",
            "from {toy}.modules.ensembles import service",
            ["floors: modules.drift.service -> modules.ensembles.service"],
        ),
        (
            "modules/drift/service.py",
            "from {toy}.modules.patterns import service",
            ["floors: modules.drift.service -> modules.patterns.service"],
        ),
        (
            "modules/ensembles/service.py",
            "from {toy}.modules.spine import types",
            ["floors: modules.ensembles.service -> modules.spine.types"],
        ),
        (
            "modules/drift/service.py",
            "def later():\n    from {toy}.modules.ensembles import service",
            ["floors: modules.drift.service -> modules.ensembles.service"],
        ),
        # doors
        (
            "modules/drift/service.py",
            "from {toy}.modules.spine import tables as theirs",
            ["doors: modules.drift.service -> modules.spine.tables"],
        ),
        (
            "modules/drift/service.py",
            "import {toy}.modules.spine as theirs",
            ["doors: modules.drift.service -> modules.spine"],
        ),
        (
            "modules/drift/maths/psi.py",
            "from {toy}.modules.spine import types",
            ["doors: modules.drift.maths.psi -> modules.spine.types"],
        ),
        (
            "entry/api.py",
            "from {toy}.modules.drift import rest",
            ["doors: entry.api -> modules.drift.rest"],
        ),
        (
            "entry/demo.py",
            "from {toy}.modules.spine import tables",
            ["doors: entry.demo -> modules.spine.tables"],
        ),
        # storeys
        (
            "modules/drift/web.py",
            "from {toy}.modules.drift import rest",
            ["storeys: modules.drift.web -> modules.drift.rest"],
        ),
        (
            "modules/drift/service.py",
            "from {toy}.modules.drift import web",
            ["storeys: modules.drift.service -> modules.drift.web"],
        ),
        (
            "modules/spine/tables.py",
            "from {toy}.modules.spine.service import record",
            ["storeys: modules.spine.tables -> modules.spine.service.record"],
        ),
        (
            "modules/spine/types.py",
            "from {toy}.modules.spine import tables",
            ["storeys: modules.spine.types -> modules.spine.tables"],
        ),
        (
            "modules/spine/__init__.py",
            "from {toy}.modules.spine import types",
            ["storeys: modules.spine -> modules.spine.types"],
        ),
        (
            "modules/drift/helpers.py",
            "from {toy}.modules.drift import service",
            ["storeys: modules.drift.helpers -> modules.drift.service"],
        ),
        # maths
        (
            "modules/drift/maths/psi.py",
            "import sqlalchemy",
            ["maths: modules.drift.maths.psi -> sqlalchemy"],
        ),
        (
            "modules/drift/maths/psi.py",
            "from {toy}.core import tx",
            ["maths: modules.drift.maths.psi -> core.tx"],
        ),
    ],
)
def test_planted_violation_is_found(toy, file, line, found):
    assert toy(file, line) == found


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        (contracts.Manifest("drift", "attic", ()), "tier 'attic' is not in"),
        (contracts.Manifest("wind", "judgement", ()), "name it like its folder"),
        (contracts.Manifest("drift", "judgement", ("moon",)), "there is no such module"),
        (contracts.Manifest("drift", "spine", ("spine",)), "spine is not above spine"),
    ],
)
def test_wrong_manifest_is_found(manifest, why):
    manifests = {"spine": contracts.Manifest("spine", "spine", ()), "drift": manifest}
    breaches = contracts.check_floors(grimp.ImportGraph(), "toy", ("spine", "judgement"), manifests)
    assert [why in str(breach) for breach in breaches] == [True]


def test_contracts_reach_import_linter(tmp_path):
    """The classes around the functions: one violation fails the command and is printed."""
    package = tmp_path / "toylinted"
    for path, text in TOY.items():
        target = package / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text).replace("{toy}", "toylinted"))
    (package / "modules/drift/maths/ks.py").write_text("import sqlalchemy\n")
    config = (ROOT / ".importlinter").read_text().replace("everlearn", "toylinted")
    (tmp_path / ".importlinter").write_text(config)
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "3 kept, 1 broken" in done.stdout
    assert "toylinted.modules.drift.maths.ks -> sqlalchemy (l.1)" in done.stdout
