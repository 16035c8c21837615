"""Computes vectors: takes the entities' fields apart, reads the facts, hands both to the maths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy import typing as npt

from everlearn.core import bulk
from everlearn.core.ids import uuid7_many
from everlearn.core.tx import Tx
from everlearn.modules.features.errors import (
    LengthMismatch,
    MissingFeature,
    NotFinite,
    UnknownWord,
    WrongType,
)
from everlearn.modules.features.maths.keys import text_keys
from everlearn.modules.features.maths.vectors import (
    CLOSED_EARLY,
    NO_TIME,
    Asked,
    Facts,
    evaluate,
    micros,
)
from everlearn.modules.features.service.declaring import get_sources
from everlearn.modules.features.service.facts import EPOCH, read_facts, to_micros
from everlearn.modules.features.types import (
    Categorical,
    Entities,
    FeatureSet,
    Floats,
    Latest,
    Micros,
    Numeric,
    Pending,
    Vectors,
    Window,
    key_pairs,
)

_ALWAYS = timedelta(days=100_000)


def compute(tx: Tx, feature_set: FeatureSet, entities: Entities) -> Vectors:
    """Compute vectors from what was known at each entity's `as_of`; store nothing but new words.

    A vector is the same whether it is computed alone or with others, now or years later, as long as
    nothing is recorded that claims to have been known before its `as_of`.

    Returns:
        float32, shape (entities, features); NaN is not known.

    Raises:
        MissingFeature: a field that the set needs is not there.
        LengthMismatch: a field has another length than `entity_ids`.
        WrongType: a field is no number, text or time, as its use asks for.
        NotFinite: a number is infinite.
        UnknownWord: a category is not among the allowed words.
    """
    as_of = to_micros(entities.as_of, field="as_of")
    if as_of.size != len(entities.entity_ids):
        raise LengthMismatch(field="as_of", expected=len(entities.entity_ids), got=as_of.size)
    asked = _take_apart(tx, feature_set, entities.fields, as_of)
    return evaluate(feature_set.features, _read(tx, feature_set, as_of), asked)


@dataclass(slots=True)
class _Needed:
    """What of one source is needed for a set: how far back and ahead, and which columns."""

    back: timedelta = timedelta()
    ahead: timedelta = timedelta()
    dims: dict[str, None] = field(default_factory=dict)
    values: dict[str, None] = field(default_factory=dict)


def _needed(feature_set: FeatureSet) -> dict[str, _Needed]:
    needed: dict[str, _Needed] = {}
    for feature in feature_set.features:
        if isinstance(feature, Pending):
            closed = needed.setdefault(feature.closed, _Needed())
            closed.back = max(closed.back, feature.over + CLOSED_EARLY)
            main, back, ahead = feature.opened, feature.over, timedelta()
        elif isinstance(feature, Window):
            main, back = feature.source, feature.over or timedelta()
            ahead = feature.ahead or timedelta()
        elif isinstance(feature, Latest):
            main, back, ahead = feature.source, feature.max_age or _ALWAYS, timedelta()
        else:
            continue
        of = needed.setdefault(main, _Needed())
        of.back, of.ahead = max(of.back, back), max(of.ahead, ahead)
        of.dims.update(dict.fromkeys(dim for dim, _ in key_pairs(feature.by)))
        if isinstance(feature, Window | Latest) and feature.value is not None:
            of.values[feature.value] = None
    return needed


def _read(tx: Tx, feature_set: FeatureSet, as_of: Micros) -> dict[str, Facts]:
    """Read of every source as much as the longest look-back and look-ahead on it can see."""
    needed = _needed(feature_set) if as_of.size else {}
    sources = get_sources(tx, needed.keys())
    return {
        name: read_facts(
            tx,
            sources[name],
            dims=list(of.dims),
            values=list(of.values),
            after=int(as_of.min()) - micros(of.back),
            until=int(as_of.max()) + micros(of.ahead),
            known_until=int(as_of.max()),
        )
        for name, of in needed.items()
    }


def _take_apart(tx: Tx, feature_set: FeatureSet, fields: Mapping[str, Any], as_of: Micros) -> Asked:
    for name in feature_set.entity_fields:
        where = f"features.{name}"
        if name not in fields:
            raise MissingFeature(f"the feature set {feature_set.name} needs it", field=where)
        if len(fields[name]) != as_of.size:
            raise LengthMismatch(field=where, expected=as_of.size, got=len(fields[name]))
    asked = Asked(as_of, {}, {}, {}, {})
    texts: dict[str, list[str]] = {}
    for feature in feature_set.features:
        if isinstance(feature, Numeric):
            asked.static[feature.name] = _numbers(feature.name, fields[feature.name])
            continue
        pairs = key_pairs(getattr(feature, "by", ()))
        for name in (feature.name,) if isinstance(feature, Categorical) else (f for _, f in pairs):
            texts.setdefault(name, _texts(name, fields[name]))
        if isinstance(feature, Latest) and feature.until is not None:
            asked.times[feature.until] = _times(feature.until, fields[feature.until])
    for name, column in texts.items():
        asked.keys[name] = text_keys(column)
        asked.unknown[name] = np.array([not text for text in column], dtype=bool)
    categorical = [f for f in feature_set.features if isinstance(f, Categorical)]
    codes = _codes(tx, feature_set, {f.name: texts[f.name] for f in categorical})
    for feature in categorical:
        _check_words(feature, texts[feature.name])
        own = codes[feature.name]
        column = texts[feature.name]
        asked.static[feature.name] = np.fromiter(map(own.__getitem__, column), float, len(column))
    return asked


def _numbers(name: str, column: Sequence[Any] | npt.NDArray[Any]) -> Floats:
    if isinstance(column, np.ndarray) and column.dtype.kind in "fiub":
        out = column.astype(np.float64)
    else:
        for value in column:
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, int | float | np.number)
            ):
                msg = f"{value!r} is no number"
                raise WrongType(msg, field=f"features.{name}", hint="send a number or null")
        out = np.array([np.nan if v is None else float(v) for v in column], dtype=np.float64)
    # Beyond float32 is as good as infinite: the vector could not hold it.
    if (np.abs(out) > np.finfo(np.float32).max).any():
        msg = "the number is infinite, or too large for a vector of float32"
        raise NotFinite(msg, field=f"features.{name}", hint="send a smaller one, or null")
    return out


def _texts(name: str, column: Sequence[Any] | npt.NDArray[Any]) -> list[str]:
    """Give texts, "" where not known; whole numbers are taken as their digits."""
    values = column.tolist() if isinstance(column, np.ndarray) else column
    out = []
    for value in values:
        if isinstance(value, str):
            out.append(value)
        elif value is None or (isinstance(value, float) and np.isnan(value)):
            out.append("")
        elif isinstance(value, int) and not isinstance(value, bool):
            out.append(str(value))
        else:
            msg = f"{value!r} is no text"
            raise WrongType(msg, field=f"features.{name}", hint="send a text or null")
    return out


def _times(name: str, column: Sequence[Any] | npt.NDArray[Any]) -> Micros:
    if isinstance(column, np.ndarray) and column.dtype.kind in "iM":
        return column.astype("datetime64[us]").astype(np.int64)  # NaT is NO_TIME
    out = np.full(len(column), NO_TIME)
    for i, value in enumerate(column):
        if value is None:
            continue
        try:
            at = datetime.fromisoformat(value) if isinstance(value, str) else value
            out[i] = (at - EPOCH) // timedelta(microseconds=1)
        except (TypeError, ValueError) as error:
            msg = f"{value!r} is no time with a time zone"
            hint = "send it as in 2026-03-02T12:00:00Z, or null"
            raise WrongType(msg, field=f"features.{name}", hint=hint) from error
    return out


def _check_words(feature: Categorical, column: Sequence[str]) -> None:
    if feature.words is None:
        return
    for word in column:
        if word and word not in feature.words:
            raise UnknownWord(
                f"{word!r} is not one of the allowed words",
                field=f"features.{feature.name}",
                hint=f"send one of {', '.join(feature.words)}",
            )


def _codes(
    tx: Tx, feature_set: FeatureSet, columns: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    """Give the code of every word, NaN for the unknown; new words get new codes, for ever."""
    codes = {name: {"": float("nan")} for name in columns}
    wanted = [(name, word) for name in columns for word in dict.fromkeys(columns[name]) if word]
    _look_up(tx, feature_set, wanted, codes)
    missing = [(name, word) for name, word in wanted if word not in codes[name]]
    if missing:
        # One at a time gives out codes; whoever waited sees, in a new statement, what was given.
        tx.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))",
            {"what": f"everlearn.features.words {tx.tenant_id} {feature_set.name}"},
        )
        _look_up(tx, feature_set, missing, codes)
        missing = [(name, word) for name, word in missing if word not in codes[name]]
        _grow(tx, feature_set, missing, codes)
    return codes


def _look_up(
    tx: Tx,
    feature_set: FeatureSet,
    wanted: Sequence[tuple[str, str]],
    codes: dict[str, dict[str, float]],
) -> None:
    if not wanted:
        return
    found = tx.execute(
        "SELECT c.feature, c.word, c.code FROM features.feature_categories c"
        " JOIN unnest(CAST(:names AS text[]), CAST(:words AS text[])) AS w(feature, word)"
        " ON w.feature = c.feature AND w.word = c.word"
        " WHERE c.tenant_id = app.tenant_id() AND c.set_name = :set",
        {
            "names": [name for name, _ in wanted],
            "words": [word for _, word in wanted],
            "set": feature_set.name,
        },
    )
    for line in found:
        codes[line.feature][line.word] = float(line.code)


def _grow(
    tx: Tx,
    feature_set: FeatureSet,
    missing: Sequence[tuple[str, str]],
    codes: dict[str, dict[str, float]],
) -> None:
    found = tx.execute(
        "SELECT feature, max(code) + 1 AS free FROM features.feature_categories"
        " WHERE tenant_id = app.tenant_id() AND set_name = :set GROUP BY feature",
        {"set": feature_set.name},
    )
    taken: dict[str, int] = {line.feature: line.free for line in found}
    given = []
    for name, word in missing:
        given.append(taken.get(name, 0))
        taken[name] = given[-1] + 1
        codes[name][word] = float(given[-1])
    bulk.insert_many(
        tx,
        "features.feature_categories",
        {
            "id": uuid7_many(len(missing), tx.now()),
            "set_name": [feature_set.name] * len(missing),
            "feature": [name for name, _ in missing],
            "word": [word for _, word in missing],
            "code": given,
        },
    )
