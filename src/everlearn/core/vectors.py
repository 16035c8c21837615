"""Nearest neighbours among the embeddings of one tenant, whatever the sizes of the others.

An HNSW index holds all tenants, and row-level security filters what it finds: a tenant with 37 of
100,000 vectors would be given next to nothing. So a tenant with few vectors is searched exactly,
which takes milliseconds, and only one with many by the index. The index may look at a bounded
number of rows: when the tenant has enough among the nearest of all tenants, these are its nearest,
as surely as HNSW finds them (measured: 98 to 100 in 100 where the question is near its texts).
When it has not, as where a question is far from everything it has, the index would go on to rows
that it happens to come by (measured: 1 in 100 right), so the search is exact again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Table, func, select

from everlearn.core.errors import Bug, Invalid

if TYPE_CHECKING:
    from everlearn.core.tables import Row
    from everlearn.core.tx import Tx

Distance: TypeAlias = Literal["cosine", "l2", "inner"]

#: A tenant with fewer vectors is searched exactly: 384 numbers take some 2 to 4 us.
EXACT_BELOW = 5_000
#: Rows, of any tenant, that the index looks at for each row wanted, and at least in all.
SCAN_EACH, SCAN_LEAST = 20, 1_000
MAX_K = 1_000

#: Name -> operator and the class that an index must have to serve it.
_OPERATORS = {
    "cosine": ("<=>", "vector_cosine_ops"),
    "l2": ("<->", "vector_l2_ops"),
    "inner": ("<#>", "vector_ip_ops"),
}


def nearest(
    tx: Tx,
    row: type[Row],
    column: str,
    query: Sequence[float],
    /,
    *,
    k: int,
    distance: Distance = "cosine",
    **equals: Any,
) -> list[tuple[UUID, float]]:
    """Give the tenant's `k` rows whose embedding is nearest to a vector, the nearest first.

    It gives exactly `k` rows, or all that have an embedding when there are fewer.

    Args:
        tx: transaction of the tenant.
        row: table class.
        column: its embedding, declared by `columns.vector`.
        query: as many numbers as the embedding has.
        k: rows wanted, 1 to 1,000.
        distance: ``cosine`` (0 same direction, 2 opposite), ``l2`` (Euclidean) or ``inner`` (the
            inner product, negative, so that less is nearer).
        equals: column -> value the rows must have.

    Returns:
        Id and distance of each row.

    Raises:
        Invalid: `k` or the query vector is out of range, or there is no such column.
    """
    table = cast("Table", row.__table__)
    where = [table.c.tenant_id == tx.tenant_id, _column(table, column).is_not(None)]
    where += [_column(table, name) == value for name, value in equals.items()]
    vector = _checked(table.c[column], query, k=k, distance=distance)
    operator, index_class = _OPERATORS[distance]
    apart = table.c[column].op(operator, return_type=Float())(vector).label("distance")
    search = select(table.c.id, apart).where(*where)
    if _has_index(table, column, index_class) and _are_many(tx, table, where):
        found = _by_index(tx, search.order_by(apart).limit(k), k=k)
        if len(found) == k:
            return found
    # Computed apart from the order, so that no plan reads the index and its approximation here.
    own = search.cte("own").prefix_with("MATERIALIZED")
    exact = select(own.c.id, own.c.distance).order_by(own.c.distance, own.c.id).limit(k)
    return [(line.id, line.distance) for line in tx.execute(exact)]


def _by_index(tx: Tx, search: Any, *, k: int) -> list[tuple[UUID, float]]:
    for name, value in (
        ("hnsw.iterative_scan", "strict_order"),
        ("hnsw.max_scan_tuples", max(SCAN_EACH * k, SCAN_LEAST)),
        ("hnsw.ef_search", min(max(2 * k, 100), 1_000)),
    ):
        tx.execute("SELECT set_config(:name, :value, true)", {"name": name, "value": str(value)})
    return [(line.id, line.distance) for line in tx.execute(search)]


def _are_many(tx: Tx, table: Table, where: list[ColumnElement[bool]]) -> bool:
    some = select(table.c.id).where(*where).limit(EXACT_BELOW).subquery()
    return int(tx.scalar(select(func.count()).select_from(some))) >= EXACT_BELOW


def _has_index(table: Table, column: str, index_class: str) -> bool:
    return any(
        options["using"] == "hnsw" and options["ops"].get(column) == index_class
        for options in (index.dialect_options["postgresql"] for index in table.indexes)
    )


def _column(table: Table, name: str) -> ColumnElement[Any]:
    if name not in table.c:
        msg = f"{table.name} has no column {name}"
        raise Invalid(msg, field=name, allowed=sorted(table.c.keys()))
    return table.c[name]


def _checked(column: Any, query: Sequence[float], *, k: int, distance: str) -> list[float]:
    width = getattr(column.type, "dim", None)
    if width is None:
        msg = f"{column} is no embedding"
        raise Bug(msg)
    if distance not in _OPERATORS:
        raise Invalid("no such distance", field="distance", allowed=sorted(_OPERATORS))
    if not 1 <= k <= MAX_K:
        raise Invalid(f"between 1 and {MAX_K} rows can be asked for", field="k", got=k)
    vector = [float(number) for number in query]
    if len(vector) != width:
        msg = f"the query vector has {len(vector)} numbers, the embedding {width}"
        raise Invalid(msg, field="query", expected=width, got=len(vector))
    if not all(map(math.isfinite, vector)):
        raise Invalid("a vector holds finite numbers only", field="query")
    if distance == "cosine" and not any(vector):
        raise Invalid("a vector of zeros has no direction", field="query")
    return vector
