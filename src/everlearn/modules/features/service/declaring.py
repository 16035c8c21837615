"""Declares sources of facts and feature sets, and finds them again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import Row as Line
from sqlalchemy import insert, select

from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.features import tables
from everlearn.modules.features.errors import (
    BadDeclaration,
    NoFeatureSet,
    NoSource,
    SourceDiffers,
)
from everlearn.modules.features.types import (
    Aggregate,
    Expression,
    Feature,
    FeatureSet,
    Latest,
    Op,
    Pending,
    PendingAggregate,
    Source,
    Window,
    key_pairs,
)

#: Names go into `by` (which has = in it) and into LightGBM's text (which cannot quote).
_NAME = re.compile(r"[\w.-]{1,100}")
_KINDS: dict[str, type[Feature]] = {kind.__name__.lower(): kind for kind in get_args(Feature)}
_WORDS: dict[tuple[type[Feature], str], tuple[str, ...]] = {
    (Window, "agg"): get_args(Aggregate),
    (Pending, "agg"): get_args(PendingAggregate),
    (Expression, "op"): get_args(Op),
}


def declare_source(
    tx: Tx,
    name: str,
    *,
    dims: Sequence[str],
    values: Sequence[str],
    description: str | None = None,
) -> Source:
    """Give the source of this name; make it when there is none.

    Args:
        tx: transaction.
        name: unique within the tenant.
        dims: names of the texts that its facts are found by.
        values: names of the numbers that its facts carry.
        description: for people.

    Raises:
        SourceDiffers: it is there with other dims or values.
        BadDeclaration: a name is there twice, or holds other than letters, digits, _, . and -.
    """
    for kind, names in (("dims", dims), ("values", values)):
        _check_names(names, field=kind)
    _lock(tx, "source", name)
    found = _sources(tx, [name]).get(name)
    if found is None:
        made = Source(uuid7(tx.now()), name, tuple(dims), tuple(values), description)
        tx.execute(
            insert(tables.FeatureSource).values(
                id=made.id,
                name=name,
                dim_names=list(dims),
                value_names=list(values),
                description=description,
                created_at=tx.now(),
            )
        )
        tx.notify("features")
        return made
    if (found.dims, found.values) != (tuple(dims), tuple(values)):
        msg = f"the source {name} is declared with other dims or values"
        raise SourceDiffers(
            msg,
            field="name",
            hint="use another name for new columns",
            stored={"dims": found.dims, "values": found.values},
            sent={"dims": list(dims), "values": list(values)},
        )
    return found


def get_source(tx: Tx, name: str) -> Source:
    """Give a source by its name; raise NoSource when there is none."""
    found = _sources(tx, [name]).get(name)
    if found is None:
        raise NoSource(f"no source of facts is called {name!r}", field="source")
    return found


def get_sources(tx: Tx, names: Collection[str]) -> dict[str, Source]:
    """Give several sources by name; raise NoSource when one is missing."""
    found = _sources(tx, names) if names else {}
    for name in sorted(set(names) - set(found)):
        raise NoSource(f"no source of facts is called {name!r}", field="source")
    return found


def list_sources(tx: Tx) -> list[Source]:
    """Give every source of the tenant by name."""
    return list(_sources(tx, None).values())


def _sources(tx: Tx, names: Collection[str] | None) -> dict[str, Source]:
    table = tables.FeatureSource
    query = (
        select(table.id, table.name, table.dim_names, table.value_names, table.description)
        .where(table.tenant_id == tx.tenant_id)
        .order_by(table.name)
    )
    if names is not None:
        query = query.where(table.name.in_(sorted(names)))
    return {
        line.name: Source(
            line.id, line.name, tuple(line.dim_names), tuple(line.value_names), line.description
        )
        for line in tx.execute(query)
    }


def declare_set(tx: Tx, name: str, features: Iterable[Feature | Mapping[str, Any]]) -> FeatureSet:
    """Give the version of a feature set with exactly these features; make it when there is none.

    Args:
        tx: transaction.
        name: shared by all versions.
        features: declarations (or their dictionaries), an expression after its operands.

    Raises:
        BadDeclaration: a feature cannot be computed; `field` names it.
        NoSource: a feature names a source that is not declared.
    """
    declared = tuple(_parsed(f) if isinstance(f, Mapping) else f for f in features)
    _check(tx, declared)
    definition = {"features": [to_dict(feature) for feature in declared]}
    sha256 = hashlib.sha256(
        json.dumps(definition, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()
    _lock(tx, "set", name)
    table = tables.FeatureSet
    versions = {
        line.definition_sha256: line
        for line in tx.execute(
            select(table.id, table.version, table.definition_sha256).where(
                table.tenant_id == tx.tenant_id, table.name == name
            )
        )
    }
    if sha256 in versions:
        line = versions[sha256]
        return FeatureSet(line.id, name, line.version, declared, sha256)
    version = 1 + max((line.version for line in versions.values()), default=0)
    made = FeatureSet(uuid7(tx.now()), name, version, declared, sha256)
    tx.execute(
        insert(table).values(
            id=made.id,
            name=name,
            version=version,
            definition=definition,
            names=list(made.names),
            categorical=list(made.categorical),
            definition_sha256=sha256,
            created_at=tx.now(),
        )
    )
    tx.notify("features")
    return made


def get_set(tx: Tx, name_or_id: str | UUID, *, version: int | None = None) -> FeatureSet:
    """Give a feature set by id, or by name: its newest version unless one is named."""
    table = tables.FeatureSet
    query = _set_query(tx).order_by(table.version.desc()).limit(1)
    if isinstance(name_or_id, UUID):
        query = query.where(table.id == name_or_id)
    else:
        query = query.where(table.name == name_or_id)
    if version is not None:
        query = query.where(table.version == version)
    line = tx.execute(query).first()
    if line is None:
        raise NoFeatureSet(f"there is no feature set {name_or_id}", field="feature_set")
    return _as_set(line)


def list_sets(tx: Tx) -> list[FeatureSet]:
    """Give every version of every feature set, by name, the newest version first."""
    table = tables.FeatureSet
    query = _set_query(tx).order_by(table.name, table.version.desc())
    return [_as_set(line) for line in tx.execute(query)]


def _set_query(tx: Tx) -> Any:
    table = tables.FeatureSet
    return select(
        table.id, table.name, table.version, table.definition, table.definition_sha256
    ).where(table.tenant_id == tx.tenant_id)


def _as_set(line: Line[Any]) -> FeatureSet:
    declared = tuple(from_dict(item) for item in line.definition["features"])
    return FeatureSet(line.id, line.name, line.version, declared, line.definition_sha256)


def _lock(tx: Tx, kind: str, name: str) -> None:
    """Let declarations of one name wait for each other: a version number is given out once."""
    tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))",
        {"what": f"everlearn.features.{kind} {tx.tenant_id} {name}"},
    )


def to_dict(feature: Feature) -> dict[str, Any]:
    """Give a declaration as JSON-ready values; durations are seconds, named `..._s`."""
    out: dict[str, Any] = {"kind": type(feature).__name__.lower()}
    for key, value in asdict(feature).items():
        if isinstance(value, timedelta):
            out[f"{key}_s"] = value.total_seconds()
        elif value not in (None, (), False):
            out[key] = list(value) if isinstance(value, tuple) else value
    return out


def from_dict(given: Mapping[str, Any]) -> Feature:
    """Make a declaration from what `to_dict` gives.

    Raises:
        ValueError: an unknown kind, or a value that is no duration.
        TypeError: an unknown or missing key.
    """
    values = dict(given)
    kind = values.pop("kind", None)
    if kind not in _KINDS:
        msg = f"kind must be one of {', '.join(_KINDS)}"
        raise ValueError(msg)
    spans = {f.name for f in fields(_KINDS[kind])} & {"over", "ahead", "max_age"}
    for span in spans:
        if (seconds := values.pop(f"{span}_s", None)) is not None:
            values[span] = timedelta(seconds=float(seconds))
    for key in ("by", "words"):
        if isinstance(values.get(key), list):
            values[key] = tuple(values[key])
    return _KINDS[kind](**values)


def _parsed(given: Mapping[str, Any]) -> Feature:
    try:
        return from_dict(given)
    except (TypeError, ValueError) as error:
        raise BadDeclaration(
            str(error).replace("__init__() ", ""), field=f"features.{given.get('name', '?')}"
        ) from error


def _check_names(names: Sequence[str], *, field: str) -> None:
    for name in names:
        if not _NAME.fullmatch(str(name)):
            msg = f"{name!r} is no name: use 1 to 100 letters, digits, _, . and -"
            raise BadDeclaration(msg, field=field)
        if list(names).count(name) > 1:
            raise BadDeclaration(f"{name} is there twice", field=field)


def _check(tx: Tx, features: tuple[Feature, ...]) -> None:
    if not features:
        raise BadDeclaration("a feature set needs at least one feature", field="features")
    _check_names([feature.name for feature in features], field="features")
    sources = get_sources(tx, {s for f in features for s in sources_of(f)})
    before: set[str] = set()
    for feature in features:
        where = f"features.{feature.name}"
        for problem in _problems(feature, sources, before):
            raise BadDeclaration(problem, field=where)
        before.add(feature.name)


def sources_of(feature: Feature) -> tuple[str, ...]:
    """Give the names of the sources a feature is computed from."""
    if isinstance(feature, Window | Latest):
        return (feature.source,)
    return (feature.opened, feature.closed) if isinstance(feature, Pending) else ()


def _problems(feature: Feature, sources: Mapping[str, Source], before: set[str]) -> Iterable[str]:
    for (kind, key), words in _WORDS.items():
        if isinstance(feature, kind) and getattr(feature, key) not in words:
            yield f"{key} must be one of {', '.join(words)}"
    for field in fields(feature):
        span = getattr(feature, field.name)
        if isinstance(span, timedelta) and span <= timedelta():
            yield f"{field.name} must be longer than nothing"
    if isinstance(feature, Expression):
        for operand in (feature.left, feature.right):
            if operand not in before:
                yield f"{operand!r} is not declared before it"
    elif isinstance(feature, Window | Latest | Pending):
        yield from _column_problems(feature, sources[sources_of(feature)[0]])


def _column_problems(feature: Window | Latest | Pending, source: Source) -> Iterable[str]:
    for dim, _ in key_pairs(feature.by):
        if dim not in source.dims:
            yield f"{source.name} has no dim {dim!r}; it has {', '.join(source.dims) or 'none'}"
    if isinstance(feature, Pending):
        return
    if feature.value is not None and feature.value not in source.values:
        yield f"{source.name} has no value {feature.value!r}; it has {', '.join(source.values)}"
    yield from _shape_problems(feature)


def _shape_problems(feature: Window | Latest) -> Iterable[str]:
    if isinstance(feature, Window):
        if (feature.over is None) == (feature.ahead is None):
            yield "give either over or ahead"
        if feature.value is None and feature.agg != "count":
            yield f"{feature.agg} needs a value"
    elif feature.age == (feature.value is not None):
        yield "give either a value or age=True"
    elif feature.until is not None and not feature.age:
        yield "until is for an age"
