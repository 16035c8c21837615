"""Finds the modules and their optional files; nothing keeps a list of them by hand."""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
from functools import lru_cache
from types import ModuleType

import everlearn.modules
from everlearn.core.module import TIERS, Module


@lru_cache(maxsize=1)
def modules() -> tuple[Module, ...]:
    """Give every module's manifest, lowest floor first, then by name."""
    found = []
    # Development of one module while another one is broken; never set in production.
    only = set(filter(None, os.environ.get("EVERLEARN_MODULES", "").split(",")))
    for info in pkgutil.iter_modules(everlearn.modules.__path__):
        if only and info.name not in only:
            continue
        manifest = importlib.import_module(f"everlearn.modules.{info.name}").MODULE
        if manifest.name != info.name:
            msg = f"modules/{info.name}: MODULE.name is {manifest.name!r}; name it like its folder"
            raise ValueError(msg)
        found.append(manifest)
    return tuple(sorted(found, key=lambda m: (TIERS.index(m.tier), m.name)))


def load(module: Module, part: str) -> ModuleType | None:
    """Import `everlearn.modules.<module>.<part>`, or give None when it has no such file."""
    name = f"everlearn.modules.{module.name}.{part}"
    if importlib.util.find_spec(name) is None:
        return None
    return importlib.import_module(name)


def load_all(part: str) -> list[tuple[Module, ModuleType]]:
    """Import one part of every module that has it, lowest floor first."""
    pairs = [(module, load(module, part)) for module in modules()]
    return [(module, loaded) for module, loaded in pairs if loaded is not None]
