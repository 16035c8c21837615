"""One tenant's rows of every table as one file, and back, with their ids and their audit chain.

The file is a zip: a manifest, and for each table its rows in PostgreSQL's binary COPY form, all
read in one snapshot. It holds no other tenant's rows and no secret in the clear; keys and passwords
are in it as hashes, so that the tenant's clients work after a restore. Keep it as safe as the
database.

A restore is one transaction. Triggers are off in it, since what they would write (the audit chain,
times of change, sums) is in the file already. A superuser turns them off for its own transaction
alone; the owner on a server of somebody else has to lock the tables for that.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from psycopg import Connection, sql
from sqlalchemy.exc import DBAPIError

from everlearn import __version__
from everlearn.core import migrate
from everlearn.core.db_errors import translate
from everlearn.core.errors import Conflict, Invalid
from everlearn.core.schema.backup import (
    FORMAT,
    check_revision,
    hash_of,
    new_zip,
    open_zip,
    read_manifest,
    revision_of,
)
from everlearn.core.schema.errors import BackupDamaged, NotEmpty
from everlearn.core.tables import Row, rows

if TYPE_CHECKING:
    from everlearn.core.pg import Server
    from everlearn.core.tx import Database

_MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_STAGE = sql.Identifier("everlearn_restored")

_COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""

# References of the tenants' tables, to look after what the triggers of a foreign key would have.
_REFERENCES = """
SELECT n.nspname || '.' || c.relname AS parent,
  (SELECT array_agg(a.attname ORDER BY x.n) FROM unnest(k.conkey) WITH ORDINALITY x(num, n),
    pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = x.num)::text[] AS here,
  (SELECT array_agg(a.attname ORDER BY x.n) FROM unnest(k.confkey) WITH ORDINALITY x(num, n),
    pg_attribute a WHERE a.attrelid = k.confrelid AND a.attnum = x.num)::text[] AS there
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.confrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = to_regclass(%s)
"""

_WITH_TRIGGERS = """
SELECT DISTINCT n.nspname, c.relname FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid AND NOT c.relispartition
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND n.nspname || '.' || c.relname = ANY(%s)
"""

# What the triggers on tenants and keys would have kept.
_HELD = "SELECT table_name FROM operations.data_retention_policies WHERE legal_hold ORDER BY 1"
_FORGET = (
    "DELETE FROM app.secret_register WHERE tenant_id = ANY(%s)",
    "DELETE FROM app.tenant_register WHERE tenant_id = ANY(%s)",
)
_REGISTER_TENANT = """
INSERT INTO app.tenant_register (tenant_id, slug)
SELECT id, slug FROM tenancy.tenants WHERE id = %s
"""
_REGISTER_SECRETS = """
INSERT INTO app.secret_register (key_id, secret_sha256, tenant_id)
SELECT id, secret_sha256, tenant_id FROM tenancy.api_keys WHERE tenant_id = %s
"""

# The queue is not in the file: jobs that were not over are queued again.
_QUEUE_AGAIN = """
UPDATE operations.job_runs SET status = 'queued', attempts = 0,
  queue_entry = app.enqueue_job(id, queue, CAST(priority AS integer), lock, NULL)
WHERE tenant_id = %s AND status IN ('queued', 'running')
"""


def tenant_tables() -> dict[str, type[Row]]:
    """Give the tables that hold tenants' rows, those that are referred to first."""
    migrate.load_tables()
    known = rows()
    order = [table.key for table in Row.metadata.sorted_tables]
    return {name: known[name] for name in order if known[name].policy.rows != "shared"}


def back_up_tenant(
    server: Server, database: Database, file: Path, *, tenant: UUID
) -> dict[str, Any]:
    """Write one tenant's rows of every table into a file; give what its manifest says.

    Args:
        server: where the database is.
        database: connections as everlearn_service.
        file: file to write.
        tenant: whose rows.
    """
    with (
        new_zip(file, compression=zipfile.ZIP_DEFLATED) as archive,
        database.tx(tenant) as tx,
        _translated(),
    ):
        tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tx.execute("SET LOCAL statement_timeout = '1h'")
        driver = tx.driver
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "kind": "tenant",
            "everlearn": __version__,
            "schema_revision": _revision(server),
            "tenant_id": str(tenant),
            "slug": _slug(driver, tenant),
            "made_at": tx.now().isoformat(),
            "tables": {},
        }
        for name, row in tenant_tables().items():
            columns = _columns(driver, name)
            with archive.open(_member(name), "w", force_zip64=True) as sink:
                done = _copy_out(driver, row, list(columns), tenant=tenant, sink=sink)
            manifest["tables"][name] = {"columns": columns, **done}
        archive.writestr(_MANIFEST, json.dumps(manifest, indent=2))
    return _short(manifest)


def restore_tenant(
    server: Server, file: Path, *, slug: str, replace: bool = False
) -> dict[str, Any]:
    """Bring a tenant back from a file, with the ids and hashes it had.

    Args:
        server: where to; its schema must be current.
        file: what `back_up_tenant` wrote.
        slug: the tenant, which must be the file's.
        replace: remove what is there of this tenant first, in the same transaction.

    Raises:
        BackupDamaged: the file is not whole; nothing was changed.
        BackupTooNew: a newer Everlearn wrote it.
        NotEmpty: there is such a tenant, and `replace` is not asked for.
    """
    with open_zip(file) as archive:
        manifest = read_manifest(archive, kind="tenant")
        if manifest["slug"] != slug:
            raise Invalid(f"the file holds the tenant {manifest['slug']}", field="--tenant")
        check_revision(manifest["schema_revision"])
        for name, facts in manifest["tables"].items():
            if hash_of(archive, _member(name)) != facts["sha256"]:
                raise BackupDamaged(f"the rows of {name} in the file are damaged", field="file")
        with _translated(), _powerful(server) as (connection, strong):
            _bring_back(connection, archive, manifest, replace=replace, strong=strong)
    return _short(manifest)


def _bring_back(
    connection: Connection[Any],
    archive: zipfile.ZipFile,
    manifest: dict[str, Any],
    *,
    replace: bool,
    strong: bool,
) -> None:
    tenant, tables = UUID(manifest["tenant_id"]), tenant_tables()
    found = manifest["tables"]
    for name in found:
        if name not in tables:
            raise BackupDamaged(f"the file has rows of {name}, which is no table of tenants")
        _check_columns(connection, name, found[name]["columns"])
    there = connection.execute(
        "SELECT tenant_id FROM app.tenant_register WHERE slug = %s OR tenant_id = %s",
        [manifest["slug"], tenant],
    ).fetchall()
    if there and not replace:
        raise NotEmpty(f"there is a tenant {manifest['slug']}", hint="use --replace")
    with _quiet(connection, list(tables), strong=strong):
        for (old,) in there:
            _be(connection, old)
            _refuse_held(connection)
            for name in reversed(tables):
                statement = sql.SQL("DELETE FROM {} WHERE {} = %s")
                connection.execute(statement.format(_table(name), _owner(tables[name])), [old])
        _be(connection, tenant)
        for name in tables:
            if name in found:
                _fill(connection, archive, tables[name], found[name], tenant=tenant)
        for forget in _FORGET:
            connection.execute(forget, [[*(row[0] for row in there), tenant]])
        for register in (_REGISTER_TENANT, _REGISTER_SECRETS):
            connection.execute(register, [tenant])
    for name in tables:
        _check_references(connection, name, tables[name], tenant)
    connection.execute(_QUEUE_AGAIN, [tenant])


def _refuse_held(connection: Connection[Any]) -> None:
    if held := ", ".join(name for (name,) in connection.execute(_HELD)):
        raise Conflict(f"a legal hold keeps {held}", hint="`everlearn archive release` ends it")


def _fill(
    connection: Connection[Any],
    archive: zipfile.ZipFile,
    row: type[Row],
    facts: dict[str, Any],
    *,
    tenant: UUID,
) -> None:
    name = _name(row)
    fields = sql.SQL(", ").join(map(sql.Identifier, facts["columns"]))
    parts = {"stage": _STAGE, "fields": fields, "table": _table(name), "owner": _owner(row)}

    def run(statement: str, values: list[Any] | None = None) -> Any:
        return connection.execute(sql.SQL(statement).format(**parts), values)

    run("CREATE TEMP TABLE {stage} ON COMMIT DROP AS SELECT {fields} FROM {table} WITH NO DATA")
    copy_in = sql.SQL("COPY {stage} ({fields}) FROM STDIN (FORMAT binary)").format(**parts)
    with (
        archive.open(_member(name)) as source,
        connection.cursor() as cursor,
        cursor.copy(copy_in) as copy,
    ):
        while chunk := source.read(_CHUNK):
            copy.write(chunk)
    query = "SELECT count(*), count(*) FILTER (WHERE {owner} IS DISTINCT FROM %s) FROM {stage}"
    count, foreign = run(query, [tenant]).fetchone()
    if count != facts["rows"] or foreign:
        raise BackupDamaged(f"the rows of {name} are not those that the manifest tells of")
    if by := row.policy.partition:
        time = "app.uuid_time({key})" if by.column == "id" else "{key}"
        key = sql.SQL(time).format(key=sql.Identifier(by.column))
        connection.execute(
            sql.SQL(
                "SELECT app.ensure_partition({name}, at) FROM (SELECT DISTINCT"
                " date_trunc({unit}, {key}, 'UTC') AS at FROM {stage}) s"
            ).format(name=sql.Literal(name), unit=sql.Literal(by.unit), key=key, stage=_STAGE)
        )
    run("INSERT INTO {table} ({fields}) SELECT {fields} FROM {stage}")
    run("DROP TABLE {stage}")


@contextmanager
def _powerful(server: Server) -> Iterator[tuple[Connection[Any], bool]]:
    """Open a transaction as the administrator when that is a superuser, else as the owner."""
    with psycopg.connect(server.conninfo("admin", server.database)) as connection:
        strong = connection.execute(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        if strong and strong[0]:
            yield connection, True
            return
    with psycopg.connect(server.conninfo("owner")) as connection:
        yield connection, False


@contextmanager
def _quiet(connection: Connection[Any], tables: list[str], *, strong: bool) -> Iterator[None]:
    """Turn triggers off for what happens inside."""
    if strong:
        connection.execute("SET LOCAL session_replication_role = replica")
        yield
        connection.execute("SET LOCAL session_replication_role = origin")
        return
    found = connection.execute(_WITH_TRIGGERS, [tables]).fetchall()
    for word in ("DISABLE", "ENABLE"):
        for schema, name in found:
            connection.execute(
                sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(
                    sql.Identifier(schema, name), sql.SQL(word)
                )
            )
        if word == "DISABLE":
            yield


def _check_columns(connection: Connection[Any], name: str, columns: dict[str, str]) -> None:
    here = _columns(connection, name)
    wrong = sorted(column for column, kind in columns.items() if here.get(column) != kind)
    if wrong:
        raise Invalid(
            f"{name} has no such column here, or of another type: {', '.join(wrong)}",
            field="file",
            hint="restore it with the version of Everlearn that wrote it, then upgrade",
        )


def _check_references(connection: Connection[Any], name: str, row: type[Row], tenant: UUID) -> None:
    for parent, here, there in connection.execute(_REFERENCES, [name]).fetchall():
        same = sql.SQL(" AND ").join(
            sql.SQL("p.{} = c.{}").format(sql.Identifier(b), sql.Identifier(a))
            for a, b in zip(here, there, strict=True)
        )
        known = sql.SQL(" AND ").join(
            sql.SQL("c.{} IS NOT NULL").format(sql.Identifier(column)) for column in here
        )
        query = sql.SQL(
            "SELECT EXISTS (SELECT FROM {} c WHERE c.{} = %s AND {} AND NOT EXISTS"
            " (SELECT FROM {} p WHERE {}))"
        ).format(_table(name), _owner(row), known, _table(parent), same)
        found = connection.execute(query, [tenant]).fetchone()
        if found and found[0]:
            raise BackupDamaged(f"{name} refers to a row of {parent} that is not in the file")


def _copy_out(
    connection: Connection[Any],
    row: type[Row],
    columns: list[str],
    *,
    tenant: UUID,
    sink: Any,
) -> dict[str, Any]:
    query = sql.SQL(
        "COPY (SELECT {} FROM {} WHERE {} = {} ORDER BY {}) TO STDOUT (FORMAT binary)"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        _table(_name(row)),
        _owner(row),
        sql.Literal(tenant),
        sql.SQL(", ").join(sql.Identifier(c.name) for c in row.__table__.primary_key),
    )
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        with cursor.copy(query) as copy:
            for data in copy:
                digest.update(data)
                sink.write(data)
        return {"rows": cursor.rowcount, "sha256": digest.hexdigest()}


def _columns(connection: Connection[Any], name: str) -> dict[str, str]:
    return dict(connection.execute(_COLUMNS, [name]).fetchall())


def _slug(connection: Connection[Any], tenant: UUID) -> str:
    found = connection.execute("SELECT slug FROM tenancy.tenants WHERE id = %s", [tenant])
    row = found.fetchone()
    if row is None:
        raise Invalid("there is no such tenant", field="--tenant")
    return str(row[0])


def _revision(server: Server) -> str | None:
    with psycopg.connect(server.conninfo("owner")) as connection:
        return revision_of(connection)


def _be(connection: Connection[Any], tenant: UUID) -> None:
    """Name the tenant to row-level security: the owner too works for one at a time."""
    connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant)])


def _name(row: type[Row]) -> str:
    return str(row.__table__)


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))


def _owner(row: type[Row]) -> sql.Identifier:
    return sql.Identifier("id" if row.policy.rows == "self" else "tenant_id")


def _member(name: str) -> str:
    return f"tables/{name}.copy"


def _short(manifest: dict[str, Any]) -> dict[str, Any]:
    counts = {name: facts["rows"] for name, facts in manifest["tables"].items()}
    return {**manifest, "tables": len(counts), "rows": sum(counts.values())}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise translate(DBAPIError(None, None, error)) from error
