"""The old rows of a table: which column tells their age, who refers to them, what removes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy.exc import DBAPIError

from everlearn.core.db_errors import translate

if TYPE_CHECKING:
    from everlearn.core.tx import Database, Tx

#: Rows removed in one transaction.
BATCH = 5_000

#: Rows that stay whatever their age: a job that is not over.
_KEPT = {"operations.job_runs": sql.SQL("t.status NOT IN ('queued', 'running')")}

# A time column of a table that is not partitioned by one; else the time in a v7 id.
_TABLES = """
SELECT r.parent, p.unit, coalesce(p.key_column, (
    SELECT a.attname FROM pg_attribute a
    WHERE a.attrelid = to_regclass(r.parent) AND a.attname IN ('timestamp', 'created_at')
      AND a.atttypid = 'timestamptz'::regtype AND NOT a.attisdropped
    ORDER BY a.attname DESC LIMIT 1), 'id') AS clock,
  (SELECT array_agg(a.attname ORDER BY k.n) FROM pg_constraint c,
      unnest(c.conkey) WITH ORDINALITY k(num, n), pg_attribute a
    WHERE c.conrelid = to_regclass(r.parent) AND c.contype = 'p'
      AND a.attrelid = c.conrelid AND a.attnum = k.num)::text[] AS keys
FROM app.retention r LEFT JOIN app.partitioned p ON p.parent = r.parent
WHERE to_regclass(r.parent) IS NOT NULL
ORDER BY r.parent
"""

# Who refers to such tables; of a reference that a partition inherited only the parent's counts.
_REFERENCES = """
SELECT n.nspname || '.' || c.relname AS child, r.parent, k.confdeltype::text AS on_delete,
  EXISTS (SELECT FROM app.retention o WHERE o.parent = n.nspname || '.' || c.relname) AS aging,
  (SELECT array_agg(a.attname ORDER BY x.n) FROM unnest(k.conkey) WITH ORDINALITY x(num, n),
    pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = x.num)::text[] AS here,
  (SELECT array_agg(a.attname ORDER BY x.n) FROM unnest(k.confkey) WITH ORDINALITY x(num, n),
    pg_attribute a WHERE a.attrelid = k.confrelid AND a.attnum = x.num)::text[] AS there
FROM app.retention r
JOIN pg_constraint k ON k.confrelid = to_regclass(r.parent) AND k.contype = 'f'
  AND k.conparentid = 0
JOIN pg_class c ON c.oid = k.conrelid AND NOT c.relispartition
JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key from `child` to a table whose rows age.

    Attributes:
        holds: a row that is referred to stays. Not so when the reference is set to NULL, or when
            the child is a part of the row (ON DELETE CASCADE, and no time of its own).
    """

    child: str
    here: tuple[str, ...]
    there: tuple[str, ...]
    holds: bool


@dataclass(frozen=True, slots=True)
class Aging:
    """A table whose rows leave after a time.

    Attributes:
        clock: the column that tells a row's age: a time, or the v7 id.
        unit: what it is partitioned by; None when it is not.
    """

    name: str
    clock: str
    keys: tuple[str, ...]
    unit: str | None
    references: tuple[Reference, ...]

    @property
    def table(self) -> sql.Identifier:
        """Its name, for SQL."""
        return sql.Identifier(*self.name.split("."))

    def time(self) -> sql.Composable:
        """Give the time of a row `t`."""
        column = sql.Identifier("t", self.clock)
        return sql.SQL("app.uuid_time({})").format(column) if self.clock == "id" else column

    def between(
        self,
        start: datetime | None,
        end: datetime,
        without: Sequence[tuple[datetime, datetime]] = (),
    ) -> sql.Composed:
        """Give the condition that a row `t` is of this time, in a form that indexes serve.

        Args:
            start: inclusive; from the beginning when it is None.
            end: exclusive.
            without: periods in between that do not count.
        """
        column = sql.Identifier("t", self.clock)
        bound = sql.SQL("app.uuid_floor({})" if self.clock == "id" else "{}")
        parts: list[sql.Composable] = [
            sql.SQL("{} < {}").format(column, bound.format(sql.Literal(end)))
        ]
        if start is not None:
            parts.append(sql.SQL("{} >= {}").format(column, bound.format(sql.Literal(start))))
        parts += [
            sql.SQL("NOT ({} >= {} AND {} < {})").format(
                column, bound.format(sql.Literal(first)), column, bound.format(sql.Literal(last))
            )
            for first, last in without
        ]
        # An id of another version tells no time: such a row stays. A partition's is what it says.
        if self.clock == "id" and self.unit is None:
            parts.append(sql.SQL("substr({}::text, 15, 1) = '7'").format(column))
        if self.name in _KEPT:
            parts.append(_KEPT[self.name])
        return sql.SQL(" AND ").join(parts)

    def free(self) -> sql.Composed:
        """Give the condition that nobody refers to a row `t` who would miss it."""
        parts: list[sql.Composable] = [sql.SQL("true")]
        for reference in self.references:
            if reference.holds:
                same = sql.SQL(" AND ").join(
                    sql.SQL("{} = {}").format(sql.Identifier("r", here), sql.Identifier("t", there))
                    for here, there in zip(reference.here, reference.there, strict=True)
                )
                parts.append(
                    sql.SQL("NOT EXISTS (SELECT FROM {} r WHERE {})").format(
                        sql.Identifier(*reference.child.split(".")), same
                    )
                )
        return sql.SQL(" AND ").join(parts)


def aging_tables(database: Database) -> list[Aging]:
    """Give the tables whose rows leave after a time; those who refer to others come first."""
    with database.tx(None) as tx:
        tables = tx.execute(_TABLES).all()
        links = tx.execute(_REFERENCES).all()
    before: dict[str, set[str]] = {row.parent: set() for row in tables}
    references: dict[str, list[Reference]] = {row.parent: [] for row in tables}
    for link in links:
        holds = link.on_delete in "ar" or (link.on_delete == "c" and link.aging)
        references[link.parent].append(
            Reference(link.child, tuple(link.here), tuple(link.there), holds)
        )
        if link.child in before and link.child != link.parent:
            before[link.parent].add(link.child)
    try:
        order = list(TopologicalSorter(before).static_order())
    except CycleError:  # what is still referred to stays, and goes the next night
        order = sorted(before)
    made = {
        row.parent: Aging(
            row.parent, row.clock, tuple(row.keys), row.unit, tuple(references[row.parent])
        )
        for row in tables
    }
    return [made[name] for name in order]


def run(tx: Tx, query: sql.Composed, params: Sequence[Any] = ()) -> list[Any]:
    """Run a composed statement; give its rows, or how many rows it met when it has none."""
    with driver_errors(), tx.driver.cursor() as cursor:
        cursor.execute(query, params or None)
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


@contextmanager
def driver_errors() -> Iterator[None]:
    """Turn the driver's errors into ours: they do not pass through SQLAlchemy here."""
    try:
        yield
    except psycopg.Error as error:
        raise translate(DBAPIError(None, None, error)) from error


def count_expired(
    tx: Tx,
    table: Aging,
    tenant: UUID,
    end: datetime,
    without: Sequence[tuple[datetime, datetime]] = (),
) -> tuple[int, int]:
    """Give how many old rows of a tenant may go, and how many stay since they are referred to."""
    query = sql.SQL(
        "SELECT count(*) FILTER (WHERE {free}), count(*) FILTER (WHERE NOT ({free}))"
        " FROM {table} t WHERE t.tenant_id = %s AND {when}"
    ).format(table=table.table, when=table.between(None, end, without), free=table.free())
    ((gone, kept),) = run(tx, query, [tenant])
    return gone, kept


def delete_batch(
    tx: Tx,
    table: Aging,
    tenant: UUID,
    end: datetime,
    without: Sequence[tuple[datetime, datetime]] = (),
) -> int:
    """Delete some old rows of a tenant that nobody refers to; give how many."""
    keys = sql.SQL(", ").join(sql.Identifier("t", key) for key in table.keys)
    same = sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier("t", key), sql.Identifier("g", key))
        for key in table.keys
    )
    query = sql.SQL(
        "DELETE FROM {table} t USING (SELECT {keys} FROM {table} t WHERE t.tenant_id = %s"
        " AND {when} AND {free} ORDER BY {keys} LIMIT {n}) g WHERE {same} AND {when}"
    ).format(
        table=table.table,
        keys=keys,
        when=table.between(None, end, without),
        free=table.free(),
        n=sql.Literal(BATCH),
        same=same,
    )
    return int(run(tx, query, [tenant])[0][0])
