"""Declarations of features, and the shapes in which facts and vectors cross the module's border.

A feature set is a tuple of declarations:

    Numeric("distance"),
    Categorical("carrier"),
    Window("delay_1h", source="departures", value="delay_min", by=("origin",), agg="mean",
           over=timedelta(hours=1)),
    Latest("wind", source="weather", value="wind_mph", by=("origin",), max_age=timedelta(hours=3)),
    Latest("turnaround", source="arrivals", by=("tailnum",), age=True, until="scheduled_at"),
    Pending("overdue", opened="schedules", closed="departures", by=("origin",),
            over=timedelta(hours=2), agg="count"),
    Expression("overdue_by_delay", op="mul", left="overdue", right="delay_1h"),

`by` names the dims of the facts that must equal fields of the entity; `"dest=origin"` compares the
facts' dim `dest` with the entity's field `origin`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, TypeAlias
from uuid import UUID

import numpy as np
from numpy import typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Vectors: TypeAlias = npt.NDArray[np.float32]
Micros: TypeAlias = npt.NDArray[np.int64]

Aggregate: TypeAlias = Literal["mean", "sum", "count", "min", "max", "std"]
Op: TypeAlias = Literal["sub", "add", "mul", "ratio", "max", "min"]
PendingAggregate: TypeAlias = Literal["count", "share", "mean_minutes"]


class FeatureType(StrEnum):
    """What a stored vector is about."""

    CONFIGURATION = "configuration"
    TEMPORAL = "temporal"
    CONTEXTUAL = "contextual"
    POLICY = "policy"


_OP_SENTENCES = {
    "sub": "{left} minus {right}",
    "add": "{left} plus {right}",
    "mul": "{left} times {right}",
    "ratio": "{left} divided by {right}",
    "max": "the greater of {left} and {right}",
    "min": "the lesser of {left} and {right}",
}


@dataclass(frozen=True, slots=True)
class Numeric:
    """A number given with the entity; None is not known."""

    name: str

    def sentence(self) -> str:
        """Say in words what it is."""
        return "number given with the entity"


@dataclass(frozen=True, slots=True)
class Categorical:
    """A word given with the entity, stored as a code that never changes.

    Attributes:
        name: of the feature and of the entity's field.
        words: the only words allowed; any word when left out.
    """

    name: str
    words: tuple[str, ...] | None = None

    def sentence(self) -> str:
        """Say in words what it is."""
        return "word given with the entity" + (f": {', '.join(self.words)}" if self.words else "")


@dataclass(frozen=True, slots=True)
class Latest:
    """The value of the last fact that happened and was known, or its age in minutes.

    Attributes:
        name: of the feature.
        source: whose facts.
        by: dims of the facts compared with fields of the entity.
        value: which value; left out for an age.
        max_age: facts that happened longer ago do not count; any age when left out.
        age: give the minutes from the fact's `event_at` to `until` instead of a value.
        until: the entity's field with a time to count the age to; the vector's `as_of` when left
            out.
    """

    name: str
    source: str
    by: tuple[str, ...] = ()
    value: str | None = None
    max_age: timedelta | None = None
    age: bool = False
    until: str | None = None

    def sentence(self) -> str:
        """Say in words what it is."""
        limit = f", at most {duration(self.max_age)} old" if self.max_age else ""
        if self.age:
            end = self.until or "the vector's time"
            return f"minutes from the latest of {self.source}{_by(self.by)} to {end}{limit}"
        return f"latest {self.source}.{self.value}{_by(self.by)}{limit}"


@dataclass(frozen=True, slots=True)
class Window:
    """An aggregate over the facts of a window of time, as they were known.

    Attributes:
        name: of the feature.
        source: whose facts.
        agg: `count` counts facts, or known values when `value` is given. An empty window is 0 for
            `count` and `sum`, else not known.
        by: dims of the facts compared with fields of the entity.
        value: which value; may be left out for `count` alone.
        over: facts that happened in the last so-and-so long.
        ahead: instead of `over`: facts known already that are to happen within so-and-so long.
    """

    name: str
    source: str
    agg: Aggregate
    by: tuple[str, ...] = ()
    value: str | None = None
    over: timedelta | None = None
    ahead: timedelta | None = None

    def sentence(self) -> str:
        """Say in words what it is."""
        what = f"{self.source}.{self.value}" if self.value else self.source
        when = f"over {duration(self.over)}" if self.over else ""
        if self.ahead:
            when = f"within the next {duration(self.ahead)}"
        return f"{self.agg} of {what} {when}{_by(self.by)}"


@dataclass(frozen=True, slots=True)
class Pending:
    """What should have happened in a window and, as far as was known, has not.

    A fact of `closed` closes what a fact of `opened` with the same entity opened, from the moment
    it is known; nothing is pending before its own `event_at`.

    Attributes:
        name: of the feature.
        opened: source of the facts that say what is due and when.
        closed: source of the facts that say it is done.
        agg: `count` of what is pending, its `share` of all that fell due in the window, or the
            `mean_minutes` it is overdue.
        over: what fell due longer ago is given up.
        by: dims of `opened` compared with fields of the entity.
    """

    name: str
    opened: str
    closed: str
    agg: PendingAggregate
    over: timedelta
    by: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say in words what it is."""
        what = {"count": "count", "share": "share", "mean_minutes": "mean minutes overdue"}
        when = f"over {duration(self.over)}"
        return f"{what[self.agg]} of {self.opened} without {self.closed} {when}{_by(self.by)}"


@dataclass(frozen=True, slots=True)
class Expression:
    """Arithmetic of two features declared before it; not known when one of them is not.

    `ratio` by 0 is not known.
    """

    name: str
    op: Op
    left: str
    right: str

    def sentence(self) -> str:
        """Say in words what it is."""
        return _OP_SENTENCES[self.op].format(left=self.left, right=self.right)


Static: TypeAlias = Numeric | Categorical
Feature: TypeAlias = Numeric | Categorical | Latest | Window | Pending | Expression


def duration(span: timedelta) -> str:
    """Write a duration for a person.

    Example:
        >>> duration(timedelta(hours=36)), duration(timedelta(days=30))
        ('36 h', '30 days')
    """
    seconds = span.total_seconds()
    for unit, size, least in (("days", 86_400, 2), ("h", 3_600, 1), ("min", 60, 1)):
        if seconds % size == 0 and seconds >= least * size:
            return f"{int(seconds // size)} {unit}"
    return f"{seconds:g} s"


def _by(pairs: Sequence[str]) -> str:
    return f" by {' × '.join(pairs)}" if pairs else ""


def key_pairs(by: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Give (dim of the facts, field of the entity) for each part of a `by`.

    Example:
        >>> key_pairs(("carrier", "dest=origin"))
        (('carrier', 'carrier'), ('dest', 'origin'))
    """
    split = (part.partition("=") for part in by)
    return tuple((dim, field or dim) for dim, _, field in split)


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from: what its facts say, and of whom.

    Attributes:
        id: of the row.
        name: unique within the tenant.
        dims: names of the texts that facts are found by, such as origin and carrier.
        values: names of the numbers that facts carry.
        description: for people.
    """

    id: UUID
    name: str
    dims: tuple[str, ...]
    values: tuple[str, ...]
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """Which value of which source is the truth that a model learns."""

    source: str
    value: str


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """A version of a list of features; it never changes, a change is a new version.

    Attributes:
        id: of the row.
        name: shared by its versions.
        version: from 1.
        features: the declarations, in the order of the vector.
        sha256: of the definition.
    """

    id: UUID
    name: str
    version: int
    features: tuple[Feature, ...]
    sha256: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the vector's elements, in order."""
        return tuple(feature.name for feature in self.features)

    @property
    def categorical(self) -> tuple[str, ...]:
        """Names of the elements that are codes of words."""
        return tuple(f.name for f in self.features if isinstance(f, Categorical))

    @property
    def categorical_positions(self) -> tuple[int, ...]:
        """Positions of the elements that are codes of words."""
        return tuple(i for i, f in enumerate(self.features) if isinstance(f, Categorical))

    @property
    def entity_fields(self) -> tuple[str, ...]:
        """Fields that an entity must come with, each once, in the order of first use."""
        wanted: dict[str, None] = {}
        for feature in self.features:
            wanted.update(dict.fromkeys(fields_of(feature)))
        return tuple(wanted)


def fields_of(feature: Feature) -> tuple[str, ...]:
    """Give the fields of the entity that one feature needs."""
    if isinstance(feature, Numeric | Categorical):
        return (feature.name,)
    if isinstance(feature, Expression):
        return ()
    keys = tuple(field for _, field in key_pairs(feature.by))
    until = feature.until if isinstance(feature, Latest) else None
    return (*keys, until) if until else keys


@dataclass(frozen=True, slots=True)
class Entities:
    """What vectors are computed for.

    Attributes:
        entity_ids: texts of the caller's own.
        as_of: microseconds since 1970 UTC (int64), or datetime64, or aware datetimes: what was
            known at this moment counts.
        fields: the set's `entity_fields` (more is allowed), each with one entry per entity: texts
            for keys and categories, numbers for Numeric, times for `until`; None is not known.
    """

    entity_ids: Sequence[str]
    as_of: Micros | Sequence[datetime]
    fields: Mapping[str, Sequence[Any] | npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """Stored vectors.

    Attributes:
        ids: of the rows of ml_feature_store.
        entity_ids: texts of the caller's own.
        as_of: microseconds since 1970 UTC, int64.
        matrix: float32, shape (rows, features of the set); NaN is not known.
        feature_set_id: whose names the columns have.
    """

    ids: tuple[UUID, ...]
    entity_ids: tuple[str, ...]
    as_of: Micros
    matrix: Vectors
    feature_set_id: UUID

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Vectors with what came true, as it was known at one moment.

    Attributes:
        ids: raw bytes of the rows' ids, dtype V16.
        as_of: microseconds since 1970 UTC of each vector, rising.
        known_at: microseconds since 1970 UTC when each label became known.
        matrix: float32, shape (rows, features).
        y: float64, the label.
        sha256: of names, matrix, y and as_of: the same content has the same hash.
    """

    ids: npt.NDArray[np.void]
    as_of: Micros
    known_at: Micros
    matrix: Vectors
    y: Floats
    sha256: str

    def __len__(self) -> int:
        """Give the number of rows."""
        return len(self.y)


@dataclass(frozen=True, slots=True)
class SourceState:
    """What a source holds: facts of its last week, and latest times, None while it has none."""

    source: Source
    n_facts: int
    last_known_at: datetime | None
    last_event_at: datetime | None


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """One stored vector for people: words instead of codes, None for what was not known."""

    id: UUID
    entity_id: str
    as_of: datetime
    feature_set: FeatureSet
    values: dict[str, float | str | None]
