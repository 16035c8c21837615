"""Keeps computed vectors and reads them back: by id, by time, or joined with what came true."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy import typing as npt
from psycopg import sql

from everlearn.core import bulk, partitions
from everlearn.core.errors import NotFound
from everlearn.core.named import timed
from everlearn.core.tx import Tx
from everlearn.modules.features.errors import BadDeclaration, LengthMismatch, MixedSets
from everlearn.modules.features.maths.keys import text_keys
from everlearn.modules.features.service.computing import compute
from everlearn.modules.features.service.declaring import get_set, get_source
from everlearn.modules.features.service.facts import EPOCH, months_of, to_datetime, to_micros
from everlearn.modules.features.types import (
    Entities,
    FeatureRow,
    FeatureRows,
    FeatureSet,
    Label,
    Labelled,
    Micros,
    Source,
    Vectors,
)

TABLE = "features.ml_feature_store"


def materialize(tx: Tx, feature_set: FeatureSet, entities: Entities) -> FeatureRows:
    """Compute vectors and keep them; one of the same entity and `as_of` that is kept already stays.

    Raises:
        Invalid: as in `compute`.
    """
    return store(tx, feature_set, entities, compute(tx, feature_set, entities))


def store(tx: Tx, feature_set: FeatureSet, entities: Entities, matrix: Vectors) -> FeatureRows:
    """Keep computed vectors; give what is kept, which for known rows is the first one kept."""
    n = len(entities.entity_ids)
    as_of = to_micros(entities.as_of, field="as_of")
    if matrix.shape != (n, len(feature_set.names)):
        raise LengthMismatch(field="matrix", expected=n, got=len(matrix))
    raw, ids = row_ids(feature_set.id, entities.entity_ids, as_of)
    rows = FeatureRows(ids, tuple(entities.entity_ids), as_of, matrix, feature_set.id)
    if not n:
        return rows
    partitions.ensure(tx, TABLE, months_of(as_of))
    new = bulk.insert_many(
        tx,
        TABLE,
        {
            "id": raw,
            "feature_set_id": [feature_set.id] * n,
            "as_of": as_of,
            "computed_at": [tx.now()] * n,
            "entity_key": text_keys(rows.entity_ids),
            "completeness": 1.0 - np.isnan(matrix).mean(axis=1),
            "feature_version": np.full(n, feature_set.version),
            "feature_type": ["temporal"] * n,
            "resource_id": rows.entity_ids,
            "values": matrix,
        },
        skip_existing=True,
    )
    return rows if new == n else read_rows(tx, ids)


def row_ids(
    feature_set_id: UUID, entity_ids: Sequence[str], as_of: Micros
) -> tuple[npt.NDArray[np.void], tuple[UUID, ...]]:
    """Give the ids of vectors, as raw bytes and as uuids: the same vector always has the same id.

    They are version 7 uuids of `as_of` whose random part is a hash of set, entity and microsecond,
    so that the primary key, which must hold the partition's column, makes storing idempotent.
    """
    n = len(entity_ids)
    out = np.empty((n, 16), dtype=np.uint8)
    # 48 bits of milliseconds, big-endian: the last six bytes of eight.
    out[:, :6] = (as_of // 1000).astype(">i8").view(np.uint8).reshape(n, 8)[:, 2:]
    salt, moments = feature_set_id.bytes, as_of.tolist()
    hashed = b"".join(
        hashlib.blake2b(
            salt + moment.to_bytes(8, "big", signed=True) + entity.encode(errors="surrogatepass"),
            digest_size=10,
        ).digest()
        for entity, moment in zip(entity_ids, moments, strict=True)
    )
    out[:, 6:] = np.frombuffer(hashed, dtype=np.uint8).reshape(n, 10)
    out[:, 6] = (out[:, 6] & 0x0F) | 0x70
    out[:, 8] = (out[:, 8] & 0x3F) | 0x80
    raw = out.view("V16").reshape(n)
    return raw, tuple(UUID(bytes=bytes(one)) for one in out)


def read_rows(tx: Tx, ids: Sequence[UUID]) -> FeatureRows:
    """Read stored vectors of one feature set, in the order of `ids`.

    Raises:
        NotFound: there is no row with one of the ids.
        MixedSets: the rows are of several feature sets.
    """
    if not ids:
        raise NotFound("no id was given", field="ids")
    where = sql.SQL("id = ANY({}::uuid[])").format(sql.Literal(list(dict.fromkeys(ids))))
    sets = tx.driver.execute(
        sql.SQL(
            "SELECT DISTINCT feature_set_id FROM features.ml_feature_store"
            " WHERE tenant_id = app.tenant_id() AND {}"
        ).format(where)
    ).fetchall()
    if len(sets) > 1:
        raise MixedSets(field="ids")
    found = _read(tx, sets[0][0], where) if sets else None
    place = {id_: i for i, id_ in enumerate(found.ids)} if found else {}
    for id_ in ids:
        if id_ not in place:
            raise NotFound(f"no stored vector {id_}", field="ids")
    assert found is not None  # noqa: S101 - every id of at least one was in it
    order = np.array([place[id_] for id_ in ids])
    return FeatureRows(
        tuple(ids),
        tuple(found.entity_ids[i] for i in order),
        found.as_of[order],
        found.matrix[order],
        found.feature_set_id,
    )


def read_window(
    tx: Tx, feature_set: FeatureSet, *, since: datetime, until: datetime
) -> FeatureRows:
    """Read the stored vectors of a feature set with since <= as_of < until, by time."""
    where = sql.SQL(
        "feature_set_id = {} AND as_of >= {} AND as_of < {} AND id >= {} AND id <= {}"
    ).format(
        *map(
            sql.Literal,
            (feature_set.id, since, until, least_id(since), greatest_id(until)),
        )
    )
    return _read(tx, feature_set.id, where)


def _read(tx: Tx, feature_set_id: UUID, where: sql.Composable) -> FeatureRows:
    feature_set = get_set(tx, feature_set_id)
    common = sql.SQL(
        "FROM features.ml_feature_store WHERE tenant_id = {} AND {} ORDER BY as_of, id"
    ).format(sql.Literal(tx.tenant_id), where)
    read = bulk.read_matrix(
        tx,
        sql.SQL('SELECT id, as_of, "values" {}').format(common),
        scalars=["id:uuid", "as_of:ts"],
        arrays={"values": len(feature_set.names)},
    )
    named = dict(tx.driver.execute(sql.SQL("SELECT id, resource_id {}").format(common)).fetchall())
    ids = tuple(UUID(bytes=one) for one in read["id"].tolist())
    entity_ids = tuple(named[id_] for id_ in ids)
    return FeatureRows(ids, entity_ids, read["as_of"], read["values"], feature_set_id)


@timed("features.training_set")
def labelled_matrix(
    tx: Tx,
    feature_set: FeatureSet,
    *,
    label: Label,
    until: datetime,
    since: datetime | None = None,
) -> Labelled:
    """Read stored vectors joined with what came true of their entities, as known at `until`.

    Args:
        tx: transaction.
        feature_set: whose vectors.
        label: the truth: of the versions of a fact known by `until`, the last.
        until: vectors with a later `as_of` and labels known later are left out.
        since: vectors with an earlier `as_of` are left out.

    Raises:
        BadDeclaration: the source has no such value.
    """
    source, value = label_place(tx, label)
    begin = since or to_datetime(0)
    # Two reads joined here: without statistics of a fresh partition the planner may choose a nested
    # loop, which is quadratic.
    truth = read_truth(tx, source, value, until=until)
    rows = bulk.read_matrix(
        tx,
        sql.SQL(
            'SELECT id, as_of, entity_key, "values" FROM features.ml_feature_store'
            " WHERE tenant_id = {} AND feature_set_id = {} AND as_of >= {} AND as_of <= {}"
            " AND id >= {} AND id <= {} ORDER BY as_of, id"
        ).format(
            *map(
                sql.Literal,
                (tx.tenant_id, feature_set.id, begin, until, least_id(begin), greatest_id(until)),
            )
        ),
        scalars=["id:uuid", "as_of:ts", "entity_key:i8"],
        arrays={"values": len(feature_set.names)},
    )
    place = np.searchsorted(truth["entity_key"], rows["entity_key"])
    place[place == truth["y"].size] = 0
    some = np.zeros(place.size, dtype=bool)
    if truth["y"].size:
        some = truth["entity_key"][place] == rows["entity_key"]
    read = {name: column[some] for name, column in rows.items()}
    read |= {name: truth[name][place[some]] for name in ("known_at", "y")}
    digest = hashlib.sha256(repr(feature_set.names).encode())
    for column in (read["values"], read["y"], read["as_of"]):
        # One NaN of the many there are, so that equal content has equal bytes.
        clean = np.where(np.isnan(column), np.nan, column) if column.dtype.kind == "f" else column
        digest.update(np.ascontiguousarray(clean, dtype=column.dtype.newbyteorder("<")).tobytes())
    return Labelled(
        read["id"], read["as_of"], read["known_at"], read["values"], read["y"], digest.hexdigest()
    )


def label_place(tx: Tx, label: Label) -> tuple[Source, int]:
    """Give a label's source, and the place of its value among the numbers, from 1.

    Raises:
        NoSource: there is no such source.
        BadDeclaration: it has no such value.
    """
    source = get_source(tx, label.source)
    if label.value not in source.values:
        msg = f"{source.name} has no value {label.value!r}; it has {', '.join(source.values)}"
        raise BadDeclaration(msg, field="label")
    return source, source.values.index(label.value) + 1


def read_truth(
    tx: Tx, source: Source, place: int, *, until: datetime
) -> dict[str, npt.NDArray[Any]]:
    """Read the last version known by `until` of every entity's label: entity_key, known_at, y.

    Rising by `entity_key`; labels that are not known (NaN) are left out.
    """
    truth = bulk.read_matrix(
        tx,
        sql.SQL(
            "SELECT DISTINCT ON (entity_key) entity_key, known_at, numbers[{}]"
            " FROM features.feature_facts"
            " WHERE tenant_id = {} AND source_id = {} AND known_at <= {}"
            " ORDER BY entity_key, known_at DESC, event_at DESC"
        ).format(sql.Literal(place), *map(sql.Literal, (tx.tenant_id, source.id, until))),
        scalars=["entity_key:i8", "known_at:ts", "y:f8"],
    )
    there = ~np.isnan(truth["y"])
    return {name: column[there] for name, column in truth.items()}


def get_row(tx: Tx, row_id: UUID) -> FeatureRow:
    """Give one stored vector with names, words instead of codes; NotFound when there is none."""
    line = tx.execute(
        "SELECT id, feature_set_id, resource_id, as_of, features FROM features.v_feature_rows"
        " WHERE tenant_id = app.tenant_id() AND id = :id",
        {"id": row_id},
    ).first()
    if line is None:
        raise NotFound(f"no stored vector {row_id}", field="row_id")
    feature_set = get_set(tx, line.feature_set_id)
    values = {name: line.features[name] for name in feature_set.names}
    return FeatureRow(line.id, line.resource_id, line.as_of, feature_set, values)


def latest_rows(tx: Tx, *, entity_id: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Give the newest stored vectors without their values, of one entity when it is named."""
    query = (
        "SELECT r.id, r.resource_id AS entity_id, r.as_of, r.completeness, s.name AS feature_set,"
        " s.version FROM features.ml_feature_store r JOIN features.feature_sets s"
        " ON s.tenant_id = r.tenant_id AND s.id = r.feature_set_id"
        " WHERE r.tenant_id = app.tenant_id()"
    )
    if entity_id is not None:
        query += " AND r.resource_id = :entity_id"
    query += " ORDER BY r.id DESC LIMIT :limit"
    found = tx.execute(query, {"entity_id": entity_id, "limit": limit})
    return [dict(line) for line in found.mappings()]


def least_id(at: datetime) -> UUID:
    """Give the least id a vector of this millisecond can have."""
    return UUID(int=_milliseconds(at) << 80)


def greatest_id(at: datetime) -> UUID:
    """Give the greatest id a vector of this millisecond can have."""
    return UUID(int=((_milliseconds(at) + 1) << 80) - 1)


def _milliseconds(at: datetime) -> int:
    return max((at - EPOCH) // timedelta(milliseconds=1), 0)
