"""Plans of training sets for given entities and moments: as-of joins, batch by batch.

Two ways, and `explain` says which is taken:

- stored: the last vector kept of the entity by its moment. One LATERAL look-up an entity in SQL, by
  the index (tenant_id, resource_id, id): ids begin with a vector's time, so partitions are tried
  from the newest that may count, and the first row found is the answer.
- computed: the declared windows over the facts, by `compute`, the same function that answers a
  single request, so equal to it bit for bit. The facts of a batch's windows are read once, as one
  range of the primary key of each source, and joined in numpy: a LATERAL a window would read the
  same facts again for every entity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from psycopg import sql

from everlearn.core import arrow_out
from everlearn.core.arrow_out import Column, by_name
from everlearn.core.errors import Invalid
from everlearn.core.reading import Plan, plain
from everlearn.modules.features.errors import MissingFeature, WrongType
from everlearn.modules.features.service.computing import compute
from everlearn.modules.features.service.declaring import sources_of
from everlearn.modules.features.service.reading import words_of
from everlearn.modules.features.types import (
    Categorical,
    Entities,
    Expression,
    Feature,
    FeatureSet,
    Latest,
    Micros,
    Numeric,
)

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: What an entity table must have.
_ENTITY, _AS_OF = "entity_id", "as_of"
_LOOK_UPS = 65_536  # entities of one query
_NEVER = np.iinfo(np.int64).min  # -infinity, as PostgreSQL sends it, moved by its epoch
_PG_EPOCH_US = 946_684_800_000_000
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def entity_table(given: Any) -> Any:
    """Give a pyarrow.Table of entities, with `entity_id` as texts and `as_of` in microseconds UTC.

    Args:
        given: pyarrow, pandas or polars table, anything with an Arrow stream, or name -> column.

    Raises:
        MissingFeature: there is no `entity_id` or no `as_of`.
        WrongType: an id is no text or whole number, a moment has no time zone, or one is null.
    """
    pa = arrow_out.pyarrow()
    table = pa.table(dict(given)) if isinstance(given, Mapping) else pa.table(given)
    for name in (_ENTITY, _AS_OF):
        if table.column_names.count(name) != 1:
            msg = "the table of entities needs this column, once"
            raise MissingFeature(msg, field=f"entities.{name}")
        if table.column(name).null_count:
            raise WrongType("it is null in some row", field=f"entities.{name}")
    table = plain(table.combine_chunks())
    ids, moments = table.column(_ENTITY), table.column(_AS_OF)
    if not pa.types.is_timestamp(moments.type) or moments.type.tz is None:
        msg = f"it is {moments.type}, not a time with a time zone"
        hint = "give it a time zone, such as UTC"
        raise WrongType(msg, field="entities.as_of", hint=hint)
    kind = ids.type.value_type if pa.types.is_dictionary(ids.type) else ids.type
    if not (_is_text(pa, kind) or pa.types.is_integer(kind)):
        raise WrongType(f"it is {ids.type}, not text", field="entities.entity_id")
    # Nanoseconds are cut off: what was known a part of a microsecond later does not count.
    exact = moments.cast(pa.timestamp("us", tz="UTC"), safe=False)
    if moments.type.unit == "ns":
        exact = _floored(pa, moments)
    table = table.set_column(table.column_names.index(_AS_OF), _AS_OF, exact)
    return table.set_column(table.column_names.index(_ENTITY), _ENTITY, ids.cast(pa.string()))


def _floored(pa: Any, moments: Any) -> Any:
    """Give nanoseconds as the microseconds at or before them."""
    numbers = np.floor_divide(moments.cast(pa.int64()).to_numpy(), 1000)
    return pa.chunked_array([pa.array(numbers).view(pa.timestamp("us", tz="UTC"))])


def _is_text(pa: Any, kind: Any) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _free(table: Any, taken: Sequence[str]) -> None:
    for name in taken:
        if name in table.column_names:
            msg = "the joined rows have a column of this name; call yours something else"
            raise Invalid(msg, field=f"entities.{name}")


def stored_asof(tx: Tx, feature_set: FeatureSet, entities: Any) -> Plan:
    """Plan to join entities with the last vector kept of each by its moment.

    Columns: those given, `vector_as_of` (null where there is no vector), and one for each feature,
    NaN or null where there is none. In the order given. Of two vectors of one entity within the
    same millisecond one counts, always the same.

    Args:
        tx: transaction, for looking words up; the plan may be run in another.
        feature_set: whose vectors.
        entities: see `entity_table`.
    """
    pa = arrow_out.pyarrow()
    arrow_out.pyarrow("compute")  # an attribute of it from here on
    table = entity_table(entities)
    _free(table, ("vector_as_of", *feature_set.names))
    words = words_of(tx, feature_set)
    shape = Column("values", "f4[]", len(feature_set.names), feature_set.names, words)
    columns = (Column("ord", "i8"), Column("vector_as_of", "ts"), shape)
    found = arrow_out.schema(columns[1:])
    schema = pa.schema([*table.schema, *found])

    def stream(reading: Tx, rows: int) -> Iterator[Any]:
        for begin in range(0, table.num_rows, _LOOK_UPS):
            part = table.slice(begin, _LOOK_UPS)
            # In the order of the index one look-up finds what the one before has just read.
            order = pa.compute.sort_indices(part.column(_ENTITY)).to_numpy()
            query = _look_up(reading, feature_set, part.take(order))
            joined = pa.Table.from_batches(arrow_out.batches(reading, query, columns))
            back = np.empty(order.size, dtype=np.int64)
            back[order[joined.column("ord").to_numpy() - 1]] = np.arange(order.size)
            joined = joined.take(back)
            at = joined.column("vector_as_of").cast(pa.int64()).to_numpy()
            moment = pa.array(at, mask=at <= _NEVER + _PG_EPOCH_US).view(found.field(0).type)
            whole = pa.Table.from_arrays(
                [*part.columns, moment, *joined.columns[2:]], schema=schema
            ).combine_chunks()
            yield from whole.to_batches(rows)

    why = "LATERAL by the index (tenant_id, resource_id, id), newest partition first"
    line = {"part": feature_set.name, "how": "stored vectors, joined in SQL", "why": why}
    return Plan(schema, stream, (line,), lambda _: int(table.num_rows))


def _one(pa: Any, column: Any) -> Any:
    """Give a column in one piece."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _look_up(tx: Tx, feature_set: FeatureSet, part: Any) -> sql.Composed:
    moments = part.column(_AS_OF).to_numpy().astype("datetime64[us]")
    # The greatest id of each moment's millisecond: as_of <= at decides, this finds the place.
    high = np.maximum(np.floor_divide(moments.astype(np.int64), 1000), 0)
    digits = np.full((moments.size, 33), ord("f"), dtype=np.uint8)
    digits[:, :12] = _HEX[(high[:, None] >> np.arange(44, -4, -4)) & 15]
    digits[:, 32] = ord(",")
    times = ",".join(np.datetime_as_string(moments, "us").tolist())
    nothing = "{" + ",".join(["NaN"] * len(feature_set.names)) + "}"
    return sql.SQL(
        "SELECT asked.ord, coalesce(found.as_of, '-infinity'), coalesce(found.\"values\", {})"
        " FROM (SELECT entity, utc AT TIME ZONE 'UTC' AS at, high, ord"
        "  FROM unnest({}::text[], {}::timestamp[], {}::uuid[])"
        "   WITH ORDINALITY AS given(entity, utc, high, ord)) AS asked"
        ' LEFT JOIN LATERAL (SELECT r.as_of, r."values" FROM features.ml_feature_store AS r'
        "  WHERE r.tenant_id = {} AND r.resource_id = asked.entity AND r.feature_set_id = {}"
        "   AND r.id <= asked.high AND r.as_of <= asked.at"
        "  ORDER BY r.id DESC LIMIT 1) AS found ON true"
    ).format(
        sql.SQL("{}::real[]").format(sql.Literal(nothing)),
        sql.Literal(_text_array(part.column(_ENTITY).to_pylist())),
        sql.Literal(f"{{{times}}}"),
        sql.Literal(f"{{{digits.tobytes().decode()[:-1]}}}"),
        sql.Literal(tx.tenant_id),
        sql.Literal(feature_set.id),
    )


def _text_array(texts: Sequence[str]) -> str:
    """Write texts as PostgreSQL's array of texts."""
    whole = '","'.join(texts)
    if "\0" in whole:
        msg = "an id holds the character NUL, which PostgreSQL cannot store"
        raise Invalid(msg, field="entities.entity_id")
    if "\\" in whole or whole.count('"') > 2 * (len(texts) - 1):
        whole = '","'.join(text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return f'{{"{whole}"}}'


def computed_asof(feature_set: FeatureSet, entities: Any) -> Plan:
    """Plan to compute the vectors of entities from what was known at each one's moment.

    Columns: those given, and one for each feature. In order of `as_of`: the facts of one batch lie
    together then. A field of the set that a feature is made of alone, such as a Numeric, is given
    once, as the feature.

    Args:
        feature_set: which features.
        entities: see `entity_table`; with the set's `entity_fields`.

    Raises:
        MissingFeature: a field that the set needs is not there.
    """
    pa = arrow_out.pyarrow()
    table = entity_table(entities)
    for name in feature_set.entity_fields:
        if name not in table.column_names:
            msg = f"the feature set {feature_set.name} needs it"
            raise MissingFeature(msg, field=f"entities.{name}")
    static = {f.name for f in feature_set.features if isinstance(f, Numeric | Categorical)}
    _free(table, [name for name in feature_set.names if name not in static])
    kept = [name for name in table.column_names if name not in static]
    order = np.argsort(table.column(_AS_OF).to_numpy(), kind="stable")
    table = table.take(pa.array(order))
    vector = Column(
        "values", "f4[]", len(feature_set.names), feature_set.names, _categories(feature_set)
    )
    schema = pa.schema([*(table.schema.field(name) for name in kept), *arrow_out.schema([vector])])

    def stream(reading: Tx, rows: int) -> Iterator[Any]:
        for begin in range(0, table.num_rows, rows):
            part = table.slice(begin, rows)
            matrix = compute(reading, feature_set, _entities(feature_set, part))
            words = words_of(reading, feature_set)
            own = [_one(pa, part.column(name)) for name in kept]
            made = by_name(pa, feature_set.names, matrix, words=words)
            yield pa.RecordBatch.from_arrays([*own, *made], schema=schema)

    return Plan(schema, stream, explained(feature_set), lambda _: int(table.num_rows), writes=True)


def _categories(feature_set: FeatureSet) -> dict[str, list[str]]:
    return {name: [] for name in feature_set.categorical}


def _entities(feature_set: FeatureSet, part: Any) -> Entities:
    moments: Micros = part.column(_AS_OF).to_numpy().astype("datetime64[us]").astype(np.int64)
    fields = {name: part.column(name).to_pylist() for name in feature_set.entity_fields}
    return Entities(part.column(_ENTITY).to_pylist(), moments, fields)


def explained(feature_set: FeatureSet) -> tuple[dict[str, str], ...]:
    """Say of each feature how `computed_asof` gets it, and why so."""
    return tuple(
        {"part": feature.name, "how": how, "why": why}
        for feature in feature_set.features
        for how, why in [_how(feature)]
    )


def _how(feature: Feature) -> tuple[str, str]:
    if isinstance(feature, Numeric | Categorical):
        return "given", "comes with the entity"
    if isinstance(feature, Expression):
        return "arithmetic in numpy", f"of {feature.left} and {feature.right}"
    names = " and ".join(sources_of(feature))
    why = f"each fact of {names} in a batch's windows is read once, however many windows it is in"
    if isinstance(feature, Latest) and feature.max_age is None:
        why = f"the whole history of {names} is read for each batch: max_age would bound it"
    return "one range of the facts' key a batch, joined in numpy", why
