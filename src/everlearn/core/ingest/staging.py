"""Puts a batch into the database in the transaction of the caller: COPY, then INSERT.

COPY straight into a table with row-level security is refused for the app role, so rows go into a
temporary table and from there by INSERT .. SELECT, where policies, checks and uniqueness hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from everlearn.core.db_errors import translate
from everlearn.core.errors import EverlearnError
from everlearn.core.ingest.batch import Batch, Column
from everlearn.core.ingest.encoding import encode, order_of
from everlearn.core.ingest.shape import Shape
from everlearn.core.tx import Tx

_UNDO = "ROLLBACK TO everlearn_ingest"
_UNDO_ALL = "ROLLBACK TO everlearn_ingest; RELEASE everlearn_ingest"
_RELEASE = "RELEASE everlearn_ingest"
#: Temporary tables that a transaction has copied into.
_used: WeakKeyDictionary[Tx, set[str]] = WeakKeyDictionary()


#: Where topics are gathered by a caller that tells them once it has committed, together with those
#: of others: commits that notify go one after the other. None: the commit tells them.
told_later: ContextVar[set[str] | None] = ContextVar("told_later", default=None)


@dataclass(frozen=True, slots=True)
class Target:
    """Where rows go.

    Attributes:
        table: schema-qualified.
        key: fields by which a row is known; sent twice, it is written once. They decide the order
            in which rows are written too, so that two writers of the same rows never wait for each
            other. Empty: nothing is a duplicate.
        values: column -> SQL over `s`, the copied row, and `%(name)s` parameters, where it is not
            simply the field of the same name.
        topic: what open pages are told about.
    """

    table: str
    key: tuple[str, ...]
    values: tuple[tuple[str, str], ...] = ()
    topic: str | None = None


def insert(
    tx: Tx, batch: Batch, *, target: Target, params: Mapping[str, Any] | None = None
) -> list[int]:
    """Write a batch into a table; give the rows that were there already.

    At first it is believed that all are new: ON CONFLICT looks for each row before it is written
    and writes it so that it can be taken back, which makes the insert 1.4 times as long. When one
    is not new, all are inserted again in that way.

    Raises:
        WrongDocument: PostgreSQL cannot read a document; nothing is written.
    """
    with staged(tx, batch) as stage:
        values = stage.values(target)
        given = {**stage.params, **(params or {})}
        statement = _statement(target.table, tuple(values.items()), stage.name)
        try:
            stage.run(statement, given)
        except psycopg.errors.UniqueViolation:
            if not target.key:
                raise
            stage.again()
            careful = _careful(statement, target.key, tuple(values.items()), stage.name)
            found = stage.run(careful, given).fetchall()
        else:
            found = []
    if target.topic and len(found) < len(batch):
        topics = told_later.get()
        if topics is None:
            tx.notify(target.topic)
        else:
            topics.add(target.topic)
    return sorted(row for (row,) in found)


@lru_cache(maxsize=256)
def _statement(table: str, values: tuple[tuple[str, str], ...], stage: str) -> str:
    names = ", ".join(f'"{name}"' for name, _ in values)
    return f"INSERT INTO {table} ({names}) SELECT {', '.join(v for _, v in values)} FROM {stage} s"


@lru_cache(maxsize=256)
def _careful(
    statement: str, key: tuple[str, ...], values: tuple[tuple[str, str], ...], stage: str
) -> str:
    said = dict(values)
    same = " AND ".join(f'w."{name}" = {said[name]}' for name in key)
    return (
        f"WITH written AS ({statement} ON CONFLICT DO NOTHING"
        f" RETURNING {', '.join(key)}) SELECT s.place FROM {stage} s"
        f" WHERE NOT EXISTS (SELECT FROM written w WHERE {same})"
    )


class WrongDocument(Exception):
    """PostgreSQL cannot read one of the values copied."""

    def __init__(self, error: EverlearnError) -> None:
        """Keep what to raise when it cannot be said which."""
        super().__init__(error)
        self.error = error


@dataclass(slots=True)
class Stage:
    """Rows of a batch in a temporary table, and what they all say alike.

    Attributes:
        name: of the temporary table, as SQL. It has a column for each field of the shape, those
            that are `added` among them, and `place`, the row's number in the batch.
        params: `%(name)s` parameters of the constants.
        driver: connection of the transaction.
    """

    name: str
    params: dict[str, Any]
    driver: psycopg.Connection[Any]
    _types: Mapping[str, str]
    _columns: dict[str, Column]

    def values(self, target: Target) -> dict[str, str]:
        """Give column -> SQL for an INSERT .. SELECT of every field that is there."""
        made = {name: f's."{name}"' for name in self._types if name in self._columns}
        made |= {name: f"%({name})s::{self._types[name]}" for name in self.params}
        given = {name: made.get(name, f"NULL::{kind}") for name, kind in self._types.items()}
        return made | {name: text.format(**given) for name, text in target.values}

    def run(self, statement: str, params: Mapping[str, Any] | None = None) -> psycopg.Cursor[Any]:
        """Run a statement over the temporary table, `%(name)s` being its parameters."""
        return self.driver.execute(statement, params)

    def again(self) -> None:
        """Undo what was done since the rows were copied, and copy them anew."""
        self.driver.execute(_UNDO)
        self.copy()

    def copy(self) -> None:
        """Copy the rows."""
        fields = ", ".join(f'"{name}"' for name in order_of(self._columns))
        copy = f"COPY {self.name} ({fields}) FROM STDIN (FORMAT binary)"
        data = encode(self._columns)
        with self.driver.cursor() as cursor, cursor.copy(copy) as sink:
            for part in data:
                sink.write(part)


@contextmanager
def staged(tx: Tx, batch: Batch) -> Iterator[Stage]:
    """Copy a batch into a temporary table; what is done with it is undone when it raises.

    Raises:
        WrongDocument: PostgreSQL cannot read a document.
        EverlearnError: what else the database refused.
    """
    columns, constants = _apart(batch)
    columns["place"] = Column("place", np.arange(len(batch)))
    name, create = _table(batch.shape)
    used = _used.setdefault(tx, set())
    # On a connection whose outer transaction somebody else ends, rows of others may be there.
    shared = isinstance(tx.session.get_bind(), Connection)
    clear = f"; TRUNCATE {name}" if shared or name in used else ""
    used.add(name)
    stage = Stage(name, constants, tx.driver, batch.shape.types, columns)
    with _undone(stage.driver, f"{create}{clear}; SAVEPOINT everlearn_ingest"):
        stage.copy()
        yield stage
        stage.driver.execute(_RELEASE)


#: What PostgreSQL says of JSON that it cannot hold: bad syntax, numbers too large, nested too deep.
_UNREADABLE = (
    psycopg.DataError,
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.StatementTooComplex,
)
_OPEN = (psycopg.pq.TransactionStatus.INTRANS, psycopg.pq.TransactionStatus.INERROR)


@contextmanager
def _undone(driver: psycopg.Connection[Any], begin: str) -> Iterator[None]:
    """Run `begin`, which ends with the savepoint, and go back to it when the block raises."""
    try:
        driver.execute(begin, prepare=False)  # several statements, which cannot be prepared
        try:
            yield
        except BaseException:
            if driver.info.transaction_status in _OPEN:
                driver.execute(_UNDO_ALL, prepare=False)
            raise
    except psycopg.Error as error:
        made = translate(DBAPIError(None, None, error))
        if isinstance(error, _UNREADABLE):
            raise WrongDocument(made) from error
        raise made from error


@lru_cache(maxsize=256)
def _table(shape: Shape) -> tuple[str, str]:
    """Give a temporary table's name, and the statement that makes it where it is missing."""
    name = f'pg_temp."ingest_{shape.plural}"'
    columns = ", ".join(f'"{each}" {kind}' for each, kind in shape.types.items())
    create = f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns}, place integer)"
    return name, f"{create} ON COMMIT DELETE ROWS"


def _apart(batch: Batch) -> tuple[dict[str, Column], dict[str, Any]]:
    """Part columns whose rows differ from what is the same in every row."""
    columns: dict[str, Column] = {}
    constants = dict(batch.constants)
    for name, column in batch.columns.items():
        if column.kind in {"text", "word"} and len(column):
            values = column.values
            distinct = set(values) if isinstance(values, list) else values.unique().to_pylist()
            if len(distinct) == 1:
                (value,) = distinct
                constants[name] = value.decode() if isinstance(value, bytes) else value
                continue
        columns[name] = column
    return columns, constants
