"""Goes back to an earlier revision of the schema, and says beforehand what that throws away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alembic.util import CommandError
from sqlalchemy import Connection, text

from everlearn.core import migrate
from everlearn.core.errors import Invalid

if TYPE_CHECKING:
    from everlearn.core.pg import Server


@dataclass(frozen=True, slots=True)
class Loss:
    """What going back takes away: names, and the bytes on disk of the tables that go.

    Attributes:
        tables: schema-qualified names with their size in bytes.
        columns: of tables that stay, as ``schema.table.column``.
        views: schema-qualified names.
    """

    tables: dict[str, int]
    columns: list[str]
    views: list[str]


def loss(server: Server, revision: str, *, database: str | None = None) -> Loss:
    """Find out what `downgrade` would take away: it is done, looked at, and rolled back."""
    with migrate.as_owner(server, database) as connection:
        before, sizes = _columns(connection), _sizes(connection)
        _go(connection, revision)
        after = _columns(connection)
        connection.rollback()
    gone = {name: kind for name, (kind, _) in before.items() if name not in after}
    return Loss(
        tables={name: sizes.get(name, 0) for name, kind in gone.items() if kind != "v"},
        columns=[
            f"{name}.{column}"
            for name, (kind, columns) in before.items()
            if kind != "v" and name in after
            for column in columns
            if column not in after[name][1]
        ],
        views=[name for name, kind in gone.items() if kind == "v"],
    )


def downgrade(server: Server, revision: str, *, database: str | None = None) -> None:
    """Go back to a revision, in one transaction.

    Raises:
        Invalid: there is no such revision below the present one.
    """
    with migrate.as_owner(server, database) as connection:
        _go(connection, revision)
        connection.commit()  # lint: allow commit because a step of the schema is no unit of work


def _go(connection: Connection, revision: str) -> None:
    from alembic import command

    try:
        command.downgrade(migrate.config(connection), revision)
    except CommandError as error:
        raise Invalid(str(error), field="revision", hint="`everlearn db history`") from error


def _columns(connection: Connection) -> dict[str, tuple[str, list[str]]]:
    found: dict[str, tuple[str, list[str]]] = {}
    for row in connection.execute(text(_COLUMNS)):
        found.setdefault(row.name, (row.kind, []))[1].append(row.column)
    return found


def _sizes(connection: Connection) -> dict[str, int]:
    return {row.name: row.size for row in connection.execute(text(_SIZES))}


_COLUMNS = """
SELECT n.nspname || '.' || c.relname AS name, c.relkind::text AS kind, a.attname AS column
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'parts') AND n.nspname !~ '^pg_t'
ORDER BY 1, a.attnum
"""

_SIZES = """
SELECT n.nspname || '.' || c.relname AS name,
       (SELECT coalesce(sum(pg_total_relation_size(t.relid)), 0)::bigint
          FROM pg_partition_tree(c.oid) t) AS size
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'p'
UNION ALL
SELECT n.nspname || '.' || c.relname, pg_total_relation_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'
"""


def history(server: Server, *, database: str | None = None) -> list[dict[str, object]]:
    """Give the revisions, newest first, and which one the database is at."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with migrate.as_owner(server, database) as connection:
        current = MigrationContext.configure(connection).get_current_heads()
        scripts = ScriptDirectory.from_config(migrate.config(connection)).walk_revisions()
        return [
            {"revision": step.revision, "what": step.doc, "here": step.revision in current}
            for step in scripts
        ]
