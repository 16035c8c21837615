"""Roles, database, extension and rights: what must be there before the first migration.

everlearn_owner    owns the database and everything in it; migrates
everlearn_app      requests and jobs; owns nothing, never passes row-level security
everlearn_service  maintenance across tenants, through policies that name it
everlearn_reader   reading for analysts
everlearn_queue    the job queue's own tables

On our own server they log in, each known by the OS user. On a server of somebody else they cannot:
the DSN's user is a member and becomes one of them.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import Connection, sql

from everlearn.core.pg.dsn import check_vector, connect_admin
from everlearn.core.pg.errors import DatabaseUnusable
from everlearn.core.pg.types import ROLE_NAMES, Role, Server

_LOCK = 0x65766C6E  # one bootstrap at a time
_OWNER = ROLE_NAMES["owner"]
_WEAK = sql.SQL("NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION")
#: Bulk writes go through a temporary table, because COPY does not know row-level security.
_TEMPORARY: tuple[Role, ...] = ("owner", "app", "service")


def ensure_roles_and_database(server: Server, database: str) -> None:
    """Make what is missing and correct what is wrong; nothing changes when called again.

    Raises:
        Unavailable: no connection.
        DatabaseUnusable: the admin lacks a right, or the server lacks something.
    """
    own = server.kind == "embedded"
    try:
        with connect_admin(server) as admin:
            check_vector(admin)
            admin.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            _ensure_roles(admin, own=own)
            _ensure_database(admin, database)
            if own:
                _prepare_other_databases(admin)
            with psycopg.connect(server.conninfo("admin", database), autocommit=True) as inside:
                _ensure_vector(inside, database)
                _grant(inside, database)
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseUnusable(
            f"the administrator of the database may not do that: {error.diag.message_primary}",
            hint="let the DSN's user create roles and databases (CREATEROLE CREATEDB), or let a "
            "superuser run this once",
        ) from error


def _ensure_roles(admin: Connection[Any], *, own: bool) -> None:
    login = sql.SQL("LOGIN" if own else "NOLOGIN")
    for name in ROLE_NAMES.values():
        role = sql.Identifier(name)
        found = admin.execute(
            "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication,"
            " rolcanlogin FROM pg_roles WHERE rolname = %s",
            [name],
        ).fetchone()
        if found is None:
            admin.execute(sql.SQL("CREATE ROLE {} {}").format(role, login))
        else:
            too_strong, can_login = found
            if too_strong:
                admin.execute(sql.SQL("ALTER ROLE {} {}").format(role, _WEAK))
            if own and not can_login:
                admin.execute(sql.SQL("ALTER ROLE {} LOGIN").format(role))
        _let_admin_become(admin, name)


def _let_admin_become(admin: Connection[Any], name: str) -> None:
    """Let an admin that is no superuser take a role; only the owner's rights are inherited.

    Rights of the others must not leak into admin connections: a policy for everlearn_service holds
    for every role that inherits it.
    """
    inherits = name == _OWNER
    query = "SELECT pg_has_role(%s, 'SET') AND (NOT %s OR pg_has_role(%s, 'USAGE'))"
    found = admin.execute(query, [name, inherits, name]).fetchone()
    if found is None or not found[0]:
        grant = sql.SQL("GRANT {} TO CURRENT_USER WITH SET TRUE, INHERIT {}")
        admin.execute(grant.format(sql.Identifier(name), sql.SQL(str(inherits))))


def _ensure_database(admin: Connection[Any], database: str) -> None:
    names = {"database": sql.Identifier(database), "owner": sql.Identifier(_OWNER)}
    query = (
        "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding)"
        " FROM pg_database WHERE datname = %s"
    )
    found = admin.execute(query, [database]).fetchone()
    if found is None:
        admin.execute(sql.SQL("CREATE DATABASE {database} OWNER {owner}").format(**names))
        found = admin.execute(query, [database]).fetchone()
    owner, encoding = found or ("", "")
    if encoding != "UTF8":
        raise DatabaseUnusable(
            f"the database {database} has the encoding {encoding}; Everlearn needs UTF8",
            hint="create it with ENCODING 'UTF8' TEMPLATE template0",
        )
    if owner != _OWNER:
        admin.execute(sql.SQL("ALTER DATABASE {database} OWNER TO {owner}").format(**names))


def _prepare_other_databases(admin: Connection[Any]) -> None:
    """Keep our roles out of our own server's other databases, and put the statistics there.

    pg_stat_statements shows every database of the server, so it needs none of Everlearn's.
    """
    admin.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
    query = "SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements'"
    if admin.execute(query).rowcount:
        admin.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")


def _ensure_vector(inside: Connection[Any], database: str) -> None:
    try:
        inside.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except psycopg.errors.InsufficientPrivilege:
        raise DatabaseUnusable(
            f"the extension `vector` must be created in the database {database} by a superuser",
            hint="let one run CREATE EXTENSION vector there, once, then repeat this",
        ) from None


def _grant(inside: Connection[Any], database: str) -> None:
    """Take the rights that everybody has by default, and give each role its own.

    Of schema public only its use is given: the types and operators of pgvector are in it.
    """
    name = sql.Identifier(database)
    everyone = sql.SQL(", ").join(map(sql.Identifier, ROLE_NAMES.values()))
    temporary = sql.SQL(", ").join(sql.Identifier(ROLE_NAMES[r]) for r in _TEMPORARY)
    for statement in (
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, everyone),
        sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(name, temporary),
        sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(everyone),
    ):
        inside.execute(statement)
