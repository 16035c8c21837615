"""What a query of the archive needs: which tables, which of their columns, and which time.

DuckDB is asked: it plans the query over empty tables of the same shape, and its plan says what each
scan reads and by what it filters. What is not understood only means that more is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from everlearn.core.errors import Invalid, Unavailable
from everlearn.modules.operations.service.columns import Column
from everlearn.modules.operations.service.forms import quoted
from everlearn.modules.operations.service.store import needs_extra

#: DuckDB reaches no file but those it is told of, no network and no variable of ours.
_CLOSED = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}
_TYPES = {
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "bytea": "BLOB",
    "date": "DATE",
    "double precision": "DOUBLE",
    "integer": "INTEGER",
    "json": "JSON",
    "jsonb": "JSON",
    "real": "FLOAT",
    "smallint": "SMALLINT",
    "text": "VARCHAR",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
    "uuid": "UUID",
}
_IN_LISTS = {"bigint", "boolean", "double precision", "integer", "real", "smallint", "text"}
_BOUND = re.compile(
    r"\(?\"?(?P<column>\w+)\"?\s*(?P<sign>>=|<=|>|<|=)\s*"
    r"'(?P<time>[^']+)'::TIMESTAMP WITH TIME ZONE\)?"
)
# Everything is in UTC here, so the calendar of time zones, five times slower, is not asked.
_TRUNCATED = """
CREATE MACRO date_trunc(part, moment) AS make_timestamptz(epoch_us(
  system.main.date_trunc(part, make_timestamp(epoch_us(moment)))))
"""
_TICK = timedelta(microseconds=1)


@dataclass(slots=True)
class Scan:
    """What is read of one table.

    Attributes:
        columns: names; None: all of them.
        start: inclusive; None: from the beginning.
        end: exclusive; None: to the end.
    """

    columns: set[str] | None = field(default_factory=set)
    start: datetime | None = None
    end: datetime | None = None


def duckdb() -> Any:
    """Give the library, or the error that says how to install it."""
    try:
        return import_module("duckdb")
    except ImportError:
        raise needs_extra("duckdb", extra="archive") from None


@contextmanager
def closed(folder: str, *, memory_mb: int, threads: int) -> Iterator[Any]:
    """Open a DuckDB in memory that may write its temporary files to a folder, and nothing else."""
    config = {
        **_CLOSED,
        "memory_limit": f"{memory_mb}MB",
        "threads": str(threads),
        "temp_directory": folder,
    }
    connection = duckdb().connect(":memory:", config=config)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(_TRUNCATED)
        yield connection
    finally:
        connection.close()


@contextmanager
def duckdb_errors() -> Iterator[None]:
    """Say what DuckDB refuses, in our errors; never a traceback of it."""
    library = duckdb()
    try:
        yield
    except library.InterruptException as error:
        raise Unavailable(
            "the query took longer than allowed",
            hint="ask for less time, or raise EVERLEARN_ARCHIVE_QUERY_TIMEOUT_S",
        ) from error
    except library.OutOfMemoryException as error:
        raise Unavailable(
            "the query needs more memory than allowed",
            hint="ask for less, or raise EVERLEARN_ARCHIVE_QUERY_MEMORY_MB",
        ) from error
    except library.PermissionException as error:
        raise Invalid("a query reads the tables and no file", field="sql") from error
    except (library.IOException, library.InvalidInputException) as error:
        raise Unavailable(f"the archive cannot be read: {_first_line(error)}") from error
    except library.Error as error:
        raise Invalid(_first_line(error), field="sql") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def one_select(statement: str) -> str:
    """Give the query when it is one SELECT.

    Raises:
        Invalid: it is several statements, or one that does something else.
    """
    library = duckdb()
    with duckdb_errors():
        found = library.extract_statements(statement)
    if len(found) != 1 or found[0].type != library.StatementType.SELECT:
        raise Invalid("a query of the archive is one SELECT", field="sql")
    return str(found[0].query)


def type_of(kind: str) -> str:
    """Give DuckDB's type for PostgreSQL's."""
    element = kind.removesuffix("[]")
    if kind != element and element in _IN_LISTS:
        return f"{_TYPES[element]}[]"
    if kind.startswith("vector"):
        return "FLOAT[]"
    if found := re.fullmatch(r"numeric\((\d+),(\d+)\)", kind):
        return f"DECIMAL({found[1]}, {found[2]})"
    return _TYPES.get(kind, "VARCHAR")


def tables_of(statement: str, known: Sequence[str]) -> list[str]:
    """Give the tables (schema-qualified) that a query may be about."""
    words = {word.lower() for word in re.findall(r"\w+", statement)}
    return [name for name in known if name.split(".")[1].lower() in words]


def create(connection: Any, name: str, body: str) -> None:
    """Make a view under a table's qualified name, and under its bare name where that is free."""
    schema, bare = name.split(".")
    full = f"{quoted(schema)}.{quoted(bare)}"
    define(connection, f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
    define(connection, f"CREATE VIEW {full} AS {body}")
    define(connection, f"CREATE VIEW IF NOT EXISTS {quoted(bare)} AS SELECT * FROM {full}")


def define(connection: Any, statement: str) -> None:
    """Run a statement that is put together: DuckDB takes no parameters where names or files stand.

    Each part of it is of ours, or quoted by us; what the user sends is run as it was sent.
    """
    connection.execute(statement)


def scans(
    connection: Any,
    statement: str,
    tables: Mapping[str, Sequence[Column]],
    clocks: Mapping[str, str],
) -> dict[str, Scan]:
    """Plan a query; give what it reads of each table.

    Args:
        connection: an empty DuckDB.
        statement: one SELECT.
        tables: qualified name -> columns.
        clocks: qualified name -> the column that tells a row's age.

    Raises:
        Invalid: DuckDB refuses the query.
    """
    stubs = {}
    for n, (name, columns) in enumerate(tables.items()):
        stub = f"stub_{n}"
        stubs[stub] = name
        fields = ", ".join(f"{quoted(each.name)} {type_of(each.kind)}" for each in columns)
        define(connection, f"CREATE TABLE {quoted(stub)} ({fields})")
        create(connection, name, f"SELECT * FROM {quoted(stub)}")
    # Tables without a row would be planned away.
    without = "statistics_propagation,empty_result_pullup,late_materialization"
    define(connection, f"SET disabled_optimizers = '{without}'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    with duckdb_errors():
        explain = "EXPLAIN (FORMAT JSON) " + statement
        plan = connection.execute(explain).fetchall()
    found: dict[str, list[Scan]] = {name: [] for name in tables}
    for node in _nodes(json.loads(plan[0][1])):
        told = node.get("extra_info") or {}
        table = stubs.get(str(told.get("Table", "")).rpartition(".")[2])
        if table is not None:
            found[table].append(_scan(told, tables[table], clocks[table]))
    return {name: _all(each) for name, each in found.items()}


def _nodes(plan: Any) -> Iterator[dict[str, Any]]:
    for node in plan if isinstance(plan, list) else [plan]:
        yield node
        yield from _nodes(node.get("children", []))


def _listed(value: Any) -> list[str]:
    if not value:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _scan(told: Mapping[str, Any], columns: Sequence[Column], clock: str) -> Scan:
    filters = _listed(told.get("Filters"))
    words = set(_listed(told.get("Projections")))
    for each in filters:
        words |= set(re.findall(r"\w+", each))
    made = Scan({each.name for each in columns if each.name in words})
    odd = [each.name for each in columns if not each.name.isidentifier()]
    if filters and odd:  # its name is no word of the filter
        made.columns = None
    for each in filters:
        parts = [_BOUND.fullmatch(part.strip()) for part in each.split(" AND ")]
        for part in parts if all(parts) else []:
            if part is not None and part["column"] == clock:
                _narrow(made, part["sign"], datetime.fromisoformat(part["time"]))
    return made


def _narrow(scan: Scan, sign: str, time: datetime) -> None:
    if sign in {">=", ">", "="}:
        scan.start = time if scan.start is None else max(scan.start, time)
    if sign in {"<", "<=", "="}:
        end = time if sign == "<" else time + _TICK
        scan.end = end if scan.end is None else min(scan.end, end)


def _all(each: list[Scan]) -> Scan:
    """Give one scan that has what each needs; of a table that is in no plan, everything."""
    if not each:
        return Scan(None)
    columns: set[str] | None = set()
    for scan in each:
        columns = None if columns is None or scan.columns is None else columns | scan.columns
    starts = [scan.start for scan in each]
    ends = [scan.end for scan in each]
    start = None if None in starts else min(time for time in starts if time)
    end = None if None in ends else max(time for time in ends if time)
    return Scan(columns, start, end)
