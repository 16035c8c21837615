"""What a module says of itself, in its `__init__.py`: read without importing its other files."""

from __future__ import annotations

from dataclasses import dataclass

#: The floors, lowest first. A module may import only modules of lower floors.
TIERS = (
    "tenancy",
    "platform",
    "events",
    "registry",
    "data",
    "predictions",
    "feedback",
    "training",
    "judgement",
    "loop",
    "methods",
    "packs",
    "views",
)


@dataclass(frozen=True, slots=True)
class Module:
    """A capability: one folder, one Postgres schema, one group of commands, one set of pages.

    Attributes:
        name: folder and Postgres schema.
        tier: the floor it stands on, one of `TIERS`.
        summary: one sentence, shown by `everlearn --help` and in the docs.
        requires: names of the modules it imports or refers to; all on lower floors.
        nav: title of its page in the navigation, or None when it has none.
    """

    name: str
    tier: str
    summary: str
    requires: tuple[str, ...] = ()
    nav: str | None = None

    def __post_init__(self) -> None:
        """Refuse a floor that does not exist."""
        if self.tier not in TIERS:
            msg = f"{self.name}: tier {self.tier!r} is not one of {', '.join(TIERS)}"
            raise ValueError(msg)
