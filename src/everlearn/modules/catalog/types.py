"""Words and shapes of the catalog module that others may use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FieldKind(StrEnum):
    """What a person enters into a field of a scenario."""

    NUMBER = "number"
    SELECT = "select"
    TEXT = "text"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a scenario.

    Attributes:
        key: stable name, under which the value is sent.
        label: what a person reads.
        type: what may be entered.
        default: value to begin with.
        unit: unit of a number, if it has one.
        options: the words that may be chosen, for a select.
    """

    key: str
    label: str
    type: FieldKind
    default: float | str | bool
    unit: str | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A situation to try a solution in."""

    key: str
    name: str
    description: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a solution's pipeline."""

    key: str
    name: str
    description: str
