"""One real-looking row in every table of a tenant, and its removal.

A sample row is known by its id, which follows from the tenant's id and the table's name alone: a
version 7 uuid of the moment the tenant was made. So nothing has to remember it, a second run finds
what the first one made, and `clean` takes away exactly that.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKeyConstraint, Table, delete, exists, insert, literal, select
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.exc import SAWarning

from everlearn.core import migrate, partitions
from everlearn.core.errors import Duplicate, EverlearnError, Invalid
from everlearn.core.ids import time_of
from everlearn.core.schema.examples import EXAMPLES, LEFT_OUT, SAMPLES, SameAs, SampleOf
from everlearn.core.schema.real import is_left_empty, real_value
from everlearn.core.schema.values import is_needed, table_of
from everlearn.core.tables import Row, rows
from everlearn.core.tx import Tx

#: Time of sample rows of a tenant whose id does not tell when it was made.
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_MOST_TRIES = 12


@dataclass(slots=True)
class Report:
    """What happened to the sample row of each table, by schema-qualified name.

    Attributes:
        done: made, or removed.
        there: it was there before (`sample`), or nothing was to remove (`clean`).
        left: left out or kept, with the reason.
    """

    done: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


def moment_of(tenant_id: UUID) -> datetime:
    """Give the time of a tenant's sample rows: when it was made."""
    return time_of(tenant_id) if tenant_id.version == 7 else _ANY_TIME


def id_of(tenant_id: UUID, table: str) -> UUID:
    """Give the id of a table's sample row (schema-qualified name)."""
    ms = int(moment_of(tenant_id).timestamp() * 1000) & ((1 << 48) - 1)
    name = f"everlearn sample {tenant_id} {table}"
    mark = int.from_bytes(hashlib.sha256(name.encode()).digest()[:10], "big")
    value = ms << 80 | 0x7 << 76 | (mark >> 62 & 0xFFF) << 64 | 0b10 << 62 | mark & ((1 << 62) - 1)
    return UUID(int=value)


def sample(tx: Tx) -> Report:
    """Make the sample rows of the transaction's tenant that are not there yet."""
    report, made = Report(), dict[str, dict[str, Any]]()
    for row in in_reference_order():
        table = table_of(row)
        if row.policy.rows == "self":
            made[table.key] = {"id": tx.tenant_id}
        elif row.policy.rows == "shared":
            found = tx.execute(select(*table.c).limit(1)).mappings().first()
            if found is not None:
                made[table.key] = dict(found)
            report.left[table.key] = "reference data, the same for every tenant"
        elif table.key in LEFT_OUT:
            report.left[table.key] = LEFT_OUT[table.key]
        else:
            _sample(tx, row, made, report)
    return report


def clean(tx: Tx) -> Report:
    """Remove the sample rows of the transaction's tenant; those that other rows refer to stay.

    Args:
        tx: as everlearn_service, since the app role deletes nothing from append-only tables.
    """
    report, made = Report(), dict[str, dict[str, Any]]()
    ordered = [row for row in in_reference_order() if row.policy.rows == "tenant"]
    for row in ordered:
        if (found := _find(tx, row, made)) is not None:
            made[table_of(row).key] = found
    query = (
        "SELECT table_name FROM operations.data_retention_policies"
        " WHERE tenant_id = app.tenant_id() AND legal_hold"
    )
    held = set(tx.execute(query).scalars())
    for row in reversed(ordered):
        table = table_of(row)
        if table.key not in made:
            report.there.append(table.key)
        elif table.key in held:
            report.left[table.key] = "a legal hold keeps its rows"
        elif user := _user_of(tx, table, made[table.key]):
            report.left[table.key] = f"a row of {user} refers to it"
        else:
            tx.execute(delete(table).where(*_is_sample(tx, row, made)))
            report.done.append(table.key)
    return report


def in_reference_order() -> list[type[Row]]:
    """Give every table class, each behind those that it refers to."""
    migrate.load_tables()
    with warnings.catch_warnings():
        # Tables that refer to each other: the order among them does not matter, see _references.
        warnings.simplefilter("ignore", SAWarning)
        ordered = Row.metadata.sorted_tables
    keys = [table.key for table in ordered if table.key in rows()]
    keys.sort(key=_means_others)  # the sort is stable
    return [rows()[key] for key in keys]


def _means_others(table: str) -> bool:
    return any(isinstance(value, SampleOf) for value in SAMPLES.get(table, {}).values())


def _sample(tx: Tx, row: type[Row], made: dict[str, dict[str, Any]], report: Report) -> None:
    table = table_of(row)
    if (found := _find(tx, row, made)) is not None:
        made[table.key] = found
        report.there.append(table.key)
        return
    lacking = [
        constraint.referred_table.key
        for constraint in table.foreign_key_constraints
        if any(is_needed(c) for c in _own_columns(constraint))
        and constraint.referred_table.key not in made
    ]
    if lacking:
        report.left[table.key] = f"it needs a row of {', '.join(lacking)}"
        return
    if _key(tx, row, made) is None:
        report.left[table.key] = "nothing in its key could tell the sample row from another"
        return
    at = moment_of(tx.tenant_id)
    if row.policy.partition:
        partitions.ensure(tx, table.key, [at])
    values = _values(tx, row, made)
    error: EverlearnError | None = None
    for _ in range(_MOST_TRIES):
        try:
            with tx.savepoint():
                query = insert(table).values(values).returning(*table.c)
                made[table.key] = dict(tx.execute(query).mappings().one())
        except (Invalid, Duplicate) as refused:
            error = refused
            if not _give_way(table, values, refused):
                break
        else:
            report.done.append(table.key)
            return
    report.left[table.key] = f"the database refused it: {error}"


def _give_way(table: Table, values: dict[str, Any], error: EverlearnError) -> bool:
    """Change the values that were refused; say whether another try is worth it."""
    name = error.field or ""
    if isinstance(error, Duplicate) and isinstance(values.get(name), str):
        values[name] += " (sample)"
        return True
    if name in values and not is_needed(table.c[name]) and not table.c[name].primary_key:
        del values[name]
        return True
    # A rule over several columns: what may be left out is left out.
    optional = [
        column.name
        for column in table.columns
        if column.name in values
        and not is_needed(column)
        and not column.primary_key
        and column.name not in EXAMPLES.get(table.key, {}) | SAMPLES.get(table.key, {})
    ]
    for column in optional:
        del values[column]
    return bool(optional)


def _values(tx: Tx, row: type[Row], made: dict[str, dict[str, Any]]) -> dict[str, Any]:
    table, at = table_of(row), moment_of(tx.tenant_id)
    values: dict[str, Any] = {}
    references = _references(table, made)
    given = EXAMPLES.get(table.key, {}) | SAMPLES.get(table.key, {})
    for column in table.columns:
        if column.name in given:
            value = given[column.name]
            if isinstance(value, SampleOf):
                value = made[value.table][value.column]
            values[column.name] = value(tx) if callable(value) else value
        elif column.name in references:
            values[column.name] = references[column.name]
        elif column.computed is None and column.name not in {"tenant_id", "id"}:
            refers = any(column in _own_columns(c) for c in table.foreign_key_constraints)
            if is_needed(column) or not (refers or is_left_empty(column)):
                values[column.name] = real_value(column, at=at)
    for rule in table.constraints:  # exactly one of these is set
        first = next((name for name in rule.info.get("one_of", ()) if name in values), None)
        for name in rule.info.get("one_of", ()):
            if name != first:
                values.pop(name, None)
    values |= _key(tx, row, made) or {}
    return {
        name: values[value.column] if isinstance(value, SameAs) else value
        for name, value in values.items()
    }


def _references(table: Table, made: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Give the values of columns that refer to sample rows made before."""
    found: dict[str, Any] = {}
    for constraint in table.foreign_key_constraints:
        target = made.get(constraint.referred_table.key)
        if target is None or constraint.referred_table is table:
            continue
        for element in constraint.elements:
            if element.parent.name != "tenant_id" and element.column.name in target:
                found[element.parent.name] = target[element.column.name]
    return found


def _own_columns(constraint: ForeignKeyConstraint) -> list[Column[Any]]:
    return [column for column in constraint.columns if column.name != "tenant_id"]


def _key(tx: Tx, row: type[Row], made: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Give the primary key of a table's sample row, or None when it would not mark the row.

    It does when it holds a derived id, or refers to another sample row.
    """
    table, at = table_of(row), moment_of(tx.tenant_id)
    references = _references(table, made)
    key: dict[str, Any] = {}
    marked = False
    for column in table.primary_key.columns:
        if column.name == "tenant_id":
            continue
        if column.name in references:
            key[column.name], marked = references[column.name], True
        elif isinstance(column.type, PG_UUID):
            of = table.key if column.name == "id" else f"{table.key}.{column.name}"
            key[column.name], marked = id_of(tx.tenant_id, of), True
        else:
            key[column.name] = real_value(column, at=at)
    return key if marked else None


def _find(tx: Tx, row: type[Row], made: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    table = table_of(row)
    if _key(tx, row, made) is None:
        return None
    query = select(*table.c).where(*_is_sample(tx, row, made)).limit(1)
    found = tx.execute(query).mappings().first()
    return dict(found) if found is not None else None


def _is_sample(tx: Tx, row: type[Row], made: dict[str, dict[str, Any]]) -> Iterator[Any]:
    """Give the conditions of a sample row, or of the copy of one: triggers keep its id."""
    table = table_of(row)
    yield table.c.tenant_id == tx.tenant_id
    key = _key(tx, row, made) or {}
    if "id" in key:
        yield table.c.id.in_([id_of(tx.tenant_id, name) for name in rows()])
        key = {name: value for name, value in key.items() if name != "id"}
    for name, value in key.items():
        yield table.c[name] == value


def _user_of(tx: Tx, table: Table, row: dict[str, Any]) -> str | None:
    """Give a table with a row that refers to this one, or None."""
    questions = []
    for other in Row.metadata.sorted_tables:
        for constraint in other.foreign_key_constraints:
            if constraint.referred_table is not table or other is table:
                continue
            pairs = [(e.parent, row[e.column.name]) for e in constraint.elements]
            if any(column.name == "tenant_id" for column, _ in pairs):
                held = exists().where(*(column == value for column, value in pairs))
                questions.append(select(literal(other.key)).where(held))
    if not questions:
        return None
    found = tx.scalar(questions[0].union_all(*questions[1:]).limit(1))
    return str(found) if found is not None else None
