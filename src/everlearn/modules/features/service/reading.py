"""Plans of bulk reads: stored vectors, facts, and vectors with what came true, as Arrow batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from psycopg import sql

from everlearn.core import arrow_out
from everlearn.core.arrow_out import Column
from everlearn.core.reading import Plan, check_span, counter, plan_of
from everlearn.modules.features.service.declaring import get_source
from everlearn.modules.features.service.facts import to_datetime
from everlearn.modules.features.service.storing import (
    greatest_id,
    label_place,
    least_id,
    read_truth,
)
from everlearn.modules.features.types import FeatureSet, Label, Source

if TYPE_CHECKING:
    from uuid import UUID

    from everlearn.core.tx import Tx


def words_of(tx: Tx, feature_set: FeatureSet) -> dict[str, list[str]]:
    """Give the words of each categorical feature by code, as they are now."""
    words: dict[str, list[str]] = {name: [] for name in feature_set.categorical}
    found = tx.execute(
        "SELECT feature, code, word FROM features.feature_categories"
        " WHERE tenant_id = app.tenant_id() AND set_name = :set ORDER BY feature, code",
        {"set": feature_set.name},
    )
    for line in found:
        if line.feature in words:
            words[line.feature].append(line.word)  # codes count from 0 without a gap
    return words


def vector_rows(
    tx: Tx,
    feature_set: FeatureSet,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> Plan:
    """Plan to read the stored vectors of a set with since <= as_of < until, in order of their ids.

    Columns: id, entity_id, as_of, and one for each feature: float32, NaN where it was not known, or
    a dictionary of words. Ids begin with the vector's time, so their order is that of time.

    Args:
        tx: transaction, for looking words up; the plan may be run in another.
        feature_set: whose vectors.
        since: from this time on.
        until: before this time.
        after: only ids above this one: the next page.
        limit: rows at most.

    Raises:
        Invalid: a span without a zone or an end.
    """
    check_span(since, until)
    bounds = [sql.SQL("id > {}").format(sql.Literal(after))] if after else []
    if since is not None:
        bounds.append(
            sql.SQL("as_of >= {} AND id >= {}").format(*map(sql.Literal, (since, least_id(since))))
        )
    if until is not None:
        bounds.append(
            sql.SQL("as_of < {} AND id <= {}").format(
                *map(sql.Literal, (until, greatest_id(until)))
            )
        )
    where = _stored(tx, feature_set, bounds)
    query = sql.SQL('SELECT id, as_of, "values", resource_id {} ORDER BY id{}').format(
        where, sql.SQL(" LIMIT {}").format(sql.Literal(limit)) if limit else sql.SQL("")
    )
    vector = vector_column(feature_set, words_of(tx, feature_set), ("id", "entity_id", "as_of"))
    columns = (
        Column("id", "uuid"),
        Column("as_of", "ts"),
        vector,
        Column("entity_id", "text"),
    )
    order = ("id", "entity_id", "as_of", *vector.names)
    why = "one stream of COPY in the order of the primary key"
    return plan_of(
        query,
        columns,
        order=order,
        explain=({"part": feature_set.name, "how": "stored vectors", "why": why},),
        count=counter(sql.SQL("SELECT count(*) {}").format(where)),
    )


def _stored(tx: Tx, feature_set: FeatureSet, bounds: Sequence[sql.Composable]) -> sql.Composed:
    own = sql.SQL("tenant_id = {} AND feature_set_id = {}").format(
        sql.Literal(tx.tenant_id), sql.Literal(feature_set.id)
    )
    return sql.SQL("FROM features.ml_feature_store WHERE {}").format(
        sql.SQL(" AND ").join([own, *bounds])
    )


def distinct(names: Sequence[str], taken: Sequence[str], kind: str) -> tuple[str, ...]:
    """Give names of columns: those that are taken get the kind before them, as in `dims.id`."""
    return tuple(f"{kind}.{name}" if name in taken else name for name in names)


def vector_column(
    feature_set: FeatureSet, words: Mapping[str, Sequence[str]], taken: Sequence[str]
) -> Column:
    """Give the column of a set's vectors, which becomes one column a feature."""
    names = distinct(feature_set.names, taken, "features")
    own = dict(zip(feature_set.names, names, strict=True))
    shown = {own[name]: codes for name, codes in words.items()}
    return Column("values", "f4[]", elements=len(names), names=names, words=shown)


def fact_rows(
    tx: Tx,
    source: Source | str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    known_until: datetime | None = None,
) -> Plan:
    """Plan to read a source's facts with since <= event_at < until, in order of event_at.

    Columns: entity_id, event_at, known_at, one text for each dim (null where not known) and one
    float64 for each value (NaN where not known). Every version of a fact is there: a correction is
    a row with a later known_at.

    Args:
        tx: transaction.
        source: declared.
        since: from this time on.
        until: before this time.
        known_until: leave out what was known later.

    Raises:
        NoSource: there is no such source.
        Invalid: a span without a zone or an end.
    """
    check_span(since, until)
    found = source if isinstance(source, Source) else get_source(tx, source)
    bounds = [
        sql.SQL("tenant_id = {} AND source_id = {}").format(
            sql.Literal(tx.tenant_id), sql.Literal(found.id)
        )
    ]
    for name, sign, at in (
        ("event_at", ">=", since),
        ("event_at", "<", until),
        ("known_at", "<=", known_until),
    ):
        if at is not None:
            bounds.append(
                sql.SQL("{} {} {}").format(sql.Identifier(name), sql.SQL(sign), sql.Literal(at))
            )
    where = sql.SQL("FROM features.feature_facts WHERE {}").format(sql.SQL(" AND ").join(bounds))
    picked: list[sql.Composable] = [sql.SQL("event_at, known_at")]
    columns = [Column("event_at", "ts"), Column("known_at", "ts")]
    own = ("entity_id", "event_at", "known_at")
    dims = distinct(found.dims, (*own, *found.values), "dims")
    values = distinct(found.values, own, "values")
    if values:
        picked.append(sql.SQL("numbers"))
        columns.append(Column("numbers", "f8[]", elements=len(values), names=values))
    picked.append(sql.SQL("entity_id"))
    columns.append(Column("entity_id", "text"))
    for place, name in enumerate(dims, start=1):
        picked.append(sql.SQL("nullif(dims_text[{}], '')").format(sql.Literal(place)))
        columns.append(Column(name, "text"))
    query = sql.SQL("SELECT {} {} ORDER BY event_at, entity_key, known_at").format(
        sql.SQL(", ").join(picked), where
    )
    why = "one stream of COPY in order of event_at"
    return plan_of(
        query,
        columns,
        order=(*own, *dims, *values),
        explain=({"part": found.name, "how": "facts", "why": why},),
        count=counter(sql.SQL("SELECT count(*) {}").format(where)),
    )


def labelled_rows(
    tx: Tx,
    feature_set: FeatureSet,
    *,
    label: Label,
    until: datetime,
    since: datetime | None = None,
    after: UUID | None = None,
) -> Plan:
    """Plan to read what `labelled_matrix` gives, as Arrow: stored vectors with what came true.

    Columns: id, entity_id, as_of, one for each feature, `label` (float64) and `label_known_at`. The
    labels are held in memory, 24 bytes each; the vectors stream past them.

    Args:
        tx: transaction.
        feature_set: whose vectors.
        label: the truth: of the versions of a fact known by `until`, the last.
        until: vectors with a later `as_of` and labels known later are left out.
        since: vectors with an earlier `as_of` are left out.
        after: only ids above this one: the next page.

    Raises:
        BadDeclaration: the source has no such value.
    """
    source, place = label_place(tx, label)
    begin = since or to_datetime(0)
    least = max(after, least_id(begin)) if after else least_id(begin)
    query = sql.SQL('SELECT id, as_of, entity_key, "values", resource_id {} ORDER BY id').format(
        _stored(
            tx,
            feature_set,
            [
                sql.SQL("as_of >= {} AND as_of <= {} AND id > {} AND id <= {}").format(
                    *map(sql.Literal, (begin, until, least, greatest_id(until)))
                )
            ],
        )
    )
    own = ("id", "entity_id", "as_of", "entity_key", "label", "label_known_at")
    vector = vector_column(feature_set, words_of(tx, feature_set), own)
    columns = (
        Column("id", "uuid"),
        Column("as_of", "ts"),
        Column("entity_key", "i8"),
        vector,
        Column("entity_id", "text"),
    )
    pa = arrow_out.pyarrow()
    kept = ["id", "entity_id", "as_of", *vector.names]
    whole = arrow_out.schema(columns)
    schema = pa.schema([whole.field(name) for name in kept])
    moment = pa.timestamp("us", tz="UTC")
    schema = schema.append(pa.field("label", pa.float64()))
    schema = schema.append(pa.field("label_known_at", moment))

    def stream(reading: Tx, rows: int) -> Iterator[Any]:
        truth = read_truth(reading, source, place, until=until)
        for batch in arrow_out.batches(reading, query, columns, rows=rows):
            keys = batch.column("entity_key").to_numpy()
            at = np.searchsorted(truth["entity_key"], keys)
            at[at == truth["y"].size] = 0
            some = np.zeros(at.size, dtype=bool)
            if truth["y"].size:
                some = truth["entity_key"][at] == keys
            if not some.any():
                continue
            found = batch.select(kept).filter(pa.array(some))
            yield pa.RecordBatch.from_arrays(
                [
                    *found.columns,
                    pa.array(truth["y"][at[some]]),
                    pa.array(truth["known_at"][at[some]]).view(moment),
                ],
                schema=schema,
            )

    why = "labels first, then one stream of COPY past them: a join in SQL may become a nested loop"
    return Plan(schema, stream, ({"part": feature_set.name, "how": "stored vectors", "why": why},))
