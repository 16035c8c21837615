"""Reads the live catalog in a handful of queries, one for each kind of thing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from everlearn.core.errors import NotFound

#: Families of types, each with the names under which PostgreSQL shows it.
FAMILIES: dict[str, tuple[str, ...]] = {
    "uuid": ("uuid",),
    "text": ("text", "character varying", "character", "citext"),
    "integer": ("smallint", "integer", "bigint"),
    "number": ("real", "double precision", "numeric"),
    "boolean": ("boolean",),
    "time": ("timestamp with time zone",),
    "date": ("date",),
    "interval": ("interval",),
    "json": ("jsonb", "json"),
    "bytes": ("bytea",),
    "vector": ("vector", "halfvec"),
    "texts": ("text[]", "character varying[]"),
    "uuids": ("uuid[]",),
    "numbers": ("real[]", "double precision[]", "numeric[]", "integer[]", "bigint[]"),
}
_FAMILY_OF = {name: family for family, names in FAMILIES.items() for name in names}
_QUOTED = re.compile(r"'((?:[^']|'')*)'::text")


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column of a table or view."""

    family: str
    shown: str
    required: bool
    default: bool
    words: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class LiveIndex:
    """An index with its key columns in order; an expression is an empty name."""

    name: str
    columns: tuple[str, ...]
    unique: bool
    ordered: bool
    where: str | None


@dataclass(frozen=True, slots=True)
class LiveReference:
    """A foreign key."""

    columns: tuple[str, ...]
    to: str
    on_delete: str


@dataclass(slots=True)
class Relation:
    """A table (`r`, partitioned `p`), view (`v`) or materialized view (`m`) and what is on it."""

    schema: str
    name: str
    kind: str
    secured: bool
    invoker: bool
    columns: dict[str, LiveColumn] = field(default_factory=dict)
    indexes: list[LiveIndex] = field(default_factory=list)
    references: list[LiveReference] = field(default_factory=list)
    policies: list[tuple[bool, str, str, str]] = field(default_factory=list)
    touched: bool = False
    unit: str | None = None
    current: bool = False

    @property
    def is_table(self) -> bool:
        """Say whether it holds rows of its own."""
        return self.kind in {"r", "p"}


@dataclass(slots=True)
class Live:
    """The catalog: relations by bare name as the search path finds them, functions, roles."""

    relations: dict[str, Relation]
    functions: dict[str, str]
    roles: dict[str, bool]


def read(connection: Connection) -> Live:
    """Read everything that `verify` looks at; the search path of the connection names it.

    Raises:
        NotFound: the database holds no schema of Everlearn.
    """
    if connection.scalar(text("SELECT to_regclass('app.partitioned')")) is None:
        msg = "this database holds no schema of Everlearn"
        raise NotFound(msg, hint="make it: everlearn db upgrade")
    relations: dict[int, Relation] = {}
    for row in connection.execute(text(_RELATIONS)):
        relations[row.oid] = Relation(row.schema, row.name, row.kind, row.secured, row.invoker)
        relations[row.oid].unit, relations[row.oid].current = row.unit, bool(row.current)
    words = _words(connection.execute(text(_CHECKS)))
    for row in connection.execute(text(_COLUMNS)):
        bare = re.sub(r"\(.*?\)", "", row.type)
        relations[row.oid].columns[row.name] = LiveColumn(
            family=_FAMILY_OF.get(bare, bare),
            shown=row.type,
            required=row.required,
            default=row.has_default,
            words=words.get((row.oid, row.name)),
        )
    for row in connection.execute(text(_INDEXES)):
        relations[row.oid].indexes.append(
            LiveIndex(row.name, tuple(row.columns), row.is_unique, row.ordered, row.predicate)
        )
    for row in connection.execute(text(_REFERENCES)):
        relations[row.oid].references.append(
            LiveReference(tuple(row.columns), row.target, row.on_delete)
        )
    for row in connection.execute(text(_POLICIES)):
        relations[row.oid].policies.append(
            (row.permissive, row.command, row.using or "", row.checked or "")
        )
    for row in connection.execute(text(_TOUCHED)):
        relations[row.oid].touched = True
    functions = {row.name: row.returns for row in connection.execute(text(_FUNCTIONS))}
    roles = {row.name: row.strong for row in connection.execute(text(_ROLES))}
    found: dict[str, Relation] = {}
    for relation in relations.values():  # in the order of the search path: the first one is meant
        found.setdefault(relation.name, relation)
    return Live(found, functions, roles)


def count(connection: Connection, relation: Relation, *, at_most: int) -> int:
    """Count the rows of a relation that the connection may see, up to `at_most`."""
    name = connection.scalar(
        text("SELECT format('%I.%I', CAST(:schema AS text), CAST(:name AS text))"),
        {"schema": relation.schema, "name": relation.name},
    )
    # lint: allow sql-string because format('%I') quoted the name, and at_most is a number
    query = text(f"SELECT count(*) FROM (SELECT FROM {name} LIMIT {int(at_most)}) few")
    return int(connection.scalar(query) or 0)


def _words(checks: Iterable[Any]) -> dict[tuple[int, str], frozenset[str]]:
    """Give the words that a column's checks allow: of several vocabularies what all allow."""
    found: dict[tuple[int, str], list[frozenset[str]]] = defaultdict(list)
    for row in checks:
        column = re.escape(row.column)
        lists = re.findall(rf"\(\(?{column} = (?:ANY \(ARRAY\[(.*?)\]\)|('[^']*'::text))", row.rule)
        for many, one in lists:
            words = (word.replace("''", "'") for word in _QUOTED.findall(many or one))
            found[row.oid, row.column].append(frozenset(words))
    return {key: frozenset.intersection(*lists) for key, lists in found.items()}


_SEEN = "n.nspname = ANY (current_schemas(false))"

_RELATIONS = f"""
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
       c.relrowsecurity AND c.relforcerowsecurity AS secured,
       coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on'], false)
         AS invoker,
       CASE c.relkind WHEN 'p' THEN p.unit END AS unit,
       EXISTS (SELECT FROM pg_class child JOIN pg_inherits i ON i.inhrelid = child.oid
         WHERE i.inhparent = c.oid AND child.relname = c.relname || '_' || to_char(
           date_trunc(p.unit, now(), 'UTC') AT TIME ZONE 'UTC', CASE p.unit
             WHEN 'month' THEN '"y"YYYY"m"MM' WHEN 'week' THEN '"y"IYYY"w"IW'
             ELSE '"y"YYYY"m"MM"d"DD' END)) AS current
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN app.partitioned p ON p.parent = n.nspname || '.' || c.relname
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND {_SEEN}
ORDER BY array_position(current_schemas(false), n.nspname), c.relname
"""

_COLUMNS = f"""
SELECT c.oid, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AS required, a.atthasdef OR a.attidentity <> '' AS has_default
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND {_SEEN}
ORDER BY c.oid, a.attnum
"""

_CHECKS = f"""
SELECT c.oid, a.attname AS column, pg_get_constraintdef(k.oid) AS rule
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (k.conkey)
WHERE k.contype = 'c' AND {_SEEN} AND (cardinality(k.conkey) = 1
  -- Over several columns only where the check says by its name whose words it lists.
  OR k.conname = 'ck_' || c.relname || '_' || a.attname || '_valid')
"""

_INDEXES = f"""
SELECT c.oid, i.indexrelid::regclass::text AS name, i.indisunique AS is_unique,
       m.amname = 'btree' AS ordered, pg_get_expr(i.indpred, i.indrelid) AS predicate,
       ARRAY(SELECT coalesce(a.attname::text, '')
               FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY k (num, place)
               LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.num
              ORDER BY k.place) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
WHERE i.indisvalid AND {_SEEN}
"""

_REFERENCES = f"""
SELECT c.oid, t.relname AS target,
       CASE k.confdeltype WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' WHEN 'd' THEN
         'set default' WHEN 'r' THEN 'restrict' ELSE 'no action' END AS on_delete,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) num
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = num) AS columns
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class t ON t.oid = k.confrelid
WHERE k.contype = 'f' AND k.conparentid = 0 AND {_SEEN}
"""

_POLICIES = f"""
SELECT c.oid, p.polpermissive AS permissive, p.polcmd::text AS command,
       pg_get_expr(p.polqual, p.polrelid) AS using,
       pg_get_expr(p.polwithcheck, p.polrelid) AS checked
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.polroles && ARRAY['everlearn_app'::regrole::oid, 0::oid] AND {_SEEN}
"""

_TOUCHED = f"""
SELECT DISTINCT c.oid
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_proc f ON f.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled = 'O' AND t.tgtype & 19 = 19
  AND f.proname = 'update_updated_at_column' AND {_SEEN}
"""

_FUNCTIONS = f"""
SELECT p.proname || '(' || oidvectortypes(p.proargtypes) || ')' AS name,
       format_type(p.prorettype, NULL) AS returns
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {_SEEN}
"""

_ROLES = "SELECT rolname::text AS name, rolsuper OR rolbypassrls AS strong FROM pg_roles"
