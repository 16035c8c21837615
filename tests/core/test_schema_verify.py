"""What the live database lacks is found, and named."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import create_engine

from everlearn.core.schema import live, verify
from everlearn.core.schema.manifest import (
    AccessPath,
    Asked,
    AskedFunction,
    AskedRole,
    AskedView,
    Column,
    Elsewhere,
    Manifest,
    Reference,
    Unique,
)

BUILD = """
CREATE TABLE public.parents (
  tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT uuidv7(), PRIMARY KEY (tenant_id, id));
CREATE TABLE public.asked (
  tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT uuidv7(), code text NOT NULL, digest text,
  status text NOT NULL DEFAULT 'open' CONSTRAINT words CHECK (status IN ('open', 'closed')),
  score double precision, tags text[], vector real[], parent_id uuid, owner_id uuid,
  updated_at timestamptz DEFAULT now(), PRIMARY KEY (tenant_id, id),
  CONSTRAINT code_once UNIQUE (tenant_id, code),
  CONSTRAINT of_parent FOREIGN KEY (tenant_id, parent_id)
    REFERENCES public.parents (tenant_id, id) ON DELETE CASCADE);
CREATE INDEX by_status ON public.asked (tenant_id, status, updated_at);
CREATE INDEX by_score ON public.asked (tenant_id, score) WHERE score IS NOT NULL;
CREATE TRIGGER touch BEFORE UPDATE ON public.asked
  FOR EACH ROW EXECUTE FUNCTION app.update_updated_at_column();
ALTER TABLE public.asked ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.asked AS RESTRICTIVE FOR ALL TO everlearn_app
  USING (tenant_id = app.tenant_id());
CREATE POLICY reach ON public.asked FOR ALL TO everlearn_app USING (owner_id = app.user_id());
CREATE VIEW public.v_asked WITH (security_invoker = true) AS
  SELECT tenant_id, id, code AS label FROM public.asked;
CREATE TABLE public.slices (
  tenant_id uuid, id uuid, at timestamptz NOT NULL) PARTITION BY RANGE (at);
SELECT app.register_partitioned('public.slices', 'at', 'day');
SELECT app.ensure_partition('public.slices', now());
CREATE FUNCTION public.asked_for(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
"""

ASKED = Manifest(
    format=1,
    tables={
        "asked": Asked(
            columns={
                "id": Column(type="uuid", required=True, default=True),
                "code": Column(type="text", required=True),
                "status": Column(type="text", default=True, words=("open", "closed")),
                "score": Column(type="integer"),
                "tags": Column(type="json"),
                "parent_id": Column(type="text"),
                "label": Column(type="text", required=True),
            },
            unique=(Unique(("code",)), Unique(("code", "score"))),
            references={"parent_id": Reference("parents", on_delete="cascade")},
            paths=(
                AccessPath(("status",)),
                AccessPath(("status", "updated_at")),
                AccessPath(("score",)),
                AccessPath(("id",)),
                AccessPath(("digest",), served_by="nobody looks it up"),
            ),
            policy="users",
            touch=True,
        ),
        "slices": Asked(partition="day"),
    },
    views={"v_asked": AskedView(columns=("id", "label"))},
    functions={"asked_for(integer)": AskedFunction("integer")},
    roles={"everlearn_app": AskedRole()},
    names={"asked": Elsewhere("v_asked", "renamed there")},
    rows={"parents": 1},
)


class Asker:
    def __init__(self, db):
        self.db = db
        # Made by the owner, since app.ensure_partition has its rights and no more.
        self.run(
            "GRANT CREATE ON SCHEMA public TO everlearn_owner; SET ROLE everlearn_owner",
            BUILD,
            "INSERT INTO public.parents VALUES (uuidv7())",
        )

    def run(self, *statements):
        with psycopg.connect(self.db.server.conninfo("admin", self.db.name)) as admin:
            for statement in statements:
                admin.execute(statement)

    def failures(self, manifest=ASKED, role="owner", only=""):
        conninfo = self.db.server.conninfo(role)
        engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo))
        with engine.connect() as connection:
            found = verify.verify(connection, manifest, only=only)
        engine.dispose()
        assert found
        return {(each.kind, each.name): each.note for each in found if not each.ok}


@pytest.fixture
def asker(db):
    return Asker(db)


def test_what_holds_passes(asker):
    assert asker.failures(Manifest(format=1, **{**fields(), "rows": {}})) == {}
    assert asker.failures(Manifest(format=1, **{**fields(), "rows": {}}), role="app") == {}


def fields():
    return {name: getattr(ASKED, name) for name in ASKED.__struct_fields__ if name != "format"}


BREAKS = {
    "table": ("DROP TABLE public.asked CASCADE", "table", "asked", "no such table"),
    "column": ("ALTER TABLE public.asked DROP COLUMN score", "column", "asked.score", "no such"),
    "type": (
        (
            "ALTER TABLE public.asked ALTER score TYPE text; DROP INDEX public.by_score;"
            " CREATE INDEX ON public.asked (tenant_id, score)"
        ),
        "column",
        "asked.score",
        "it is text",
    ),
    "null": ("ALTER TABLE public.asked ALTER code DROP NOT NULL", "column", "asked.code", "NULL"),
    "default": (
        "ALTER TABLE public.asked ALTER status DROP DEFAULT",
        "column",
        "asked.status",
        "no default",
    ),
    "words": ("ALTER TABLE public.asked DROP CONSTRAINT words", "column", "asked.status", "open"),
    "fewer words": (
        (
            "ALTER TABLE public.asked DROP CONSTRAINT words,"
            " ADD CONSTRAINT words CHECK (status = 'open')"
        ),
        "column",
        "asked.status",
        "refuses closed",
    ),
    "view column": (
        (
            "DROP VIEW public.v_asked; CREATE VIEW public.v_asked WITH (security_invoker = on)"
            " AS SELECT id, code AS title FROM public.asked"
        ),
        "column",
        "asked.label",
        "no such",
    ),
    "key": ("ALTER TABLE public.asked DROP CONSTRAINT code_once", "key", "asked(code)", "unique"),
    "reference": (
        "ALTER TABLE public.asked DROP CONSTRAINT of_parent",
        "reference",
        "asked.parent_id -> parents",
        "ref(",
    ),
    "on delete": (
        (
            "ALTER TABLE public.asked DROP CONSTRAINT of_parent, ADD FOREIGN KEY"
            " (tenant_id, parent_id) REFERENCES public.parents (tenant_id, id)"
        ),
        "reference",
        "asked.parent_id -> parents",
        "no action, not cascade",
    ),
    "index": ("DROP INDEX public.by_status", "index", "asked(status)", "tenant_id, status"),
    "a partial index of something else": (
        (
            "DROP INDEX public.by_status; CREATE INDEX ON public.asked"
            " (tenant_id, status, updated_at) WHERE score > 0"
        ),
        "index",
        "asked(status)",
        "no index",
    ),
    "an index that is not by tenant first": (
        "DROP INDEX public.by_status; CREATE INDEX ON public.asked (status, tenant_id)",
        "index",
        "asked(status)",
        "no index",
    ),
    "forced": (
        "ALTER TABLE public.asked NO FORCE ROW LEVEL SECURITY",
        "policy",
        "asked",
        "enabled and forced",
    ),
    "tenant rule": ("DROP POLICY tenant ON public.asked", "policy", "asked", "app.tenant_id()"),
    "users' rule": (
        (
            "DROP POLICY reach ON public.asked;"
            " CREATE POLICY reach ON public.asked FOR ALL TO everlearn_app USING (true)"
        ),
        "policy",
        "asked",
        "every user",
    ),
    "a rule for everybody": (
        (
            "DROP POLICY tenant ON public.asked; DROP POLICY reach ON public.asked;"
            " CREATE POLICY a ON public.asked TO everlearn_app USING (tenant_id = app.tenant_id()"
            " AND owner_id = app.user_id()); CREATE POLICY b ON public.asked USING (true)"
        ),
        "policy",
        "asked",
        "app.tenant_id()",
    ),
    "trigger": ("DROP TRIGGER touch ON public.asked", "trigger", "asked", "touch=True"),
    "trigger off": (
        "ALTER TABLE public.asked DISABLE TRIGGER touch",
        "trigger",
        "asked",
        "touch=True",
    ),
    "partition": (
        (
            "DO $$ BEGIN EXECUTE (SELECT 'DROP TABLE ' || inhrelid::regclass FROM pg_inherits"
            " WHERE inhparent = 'public.slices'::regclass); END $$"
        ),
        "partition",
        "slices",
        "db partitions",
    ),
    "unit": (
        "SELECT app.register_partitioned('public.slices', 'at', 'week')",
        "partition",
        "slices",
        "by week, not by day",
    ),
    "view": (
        "ALTER VIEW public.v_asked SET (security_invoker = false)",
        "view",
        "v_asked",
        "security_invoker",
    ),
    "materialized": (
        (
            "DROP VIEW public.v_asked; CREATE MATERIALIZED VIEW public.v_asked AS"
            " SELECT tenant_id, id, code AS label FROM public.asked"
        ),
        "view",
        "v_asked",
        "every tenant's",
    ),
    "function": ("DROP FUNCTION public.asked_for", "function", "asked_for(integer)", "no such"),
    "returns": (
        (
            "DROP FUNCTION public.asked_for; CREATE FUNCTION public.asked_for(integer) RETURNS text"
            " LANGUAGE sql AS $$ SELECT '' $$"
        ),
        "function",
        "asked_for(integer)",
        "it returns text, not integer",
    ),
    "rows": ("DELETE FROM public.parents", "rows", "parents", "0 of 1"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_broken_is_named(asker, what):
    sql, kind, name, note = BREAKS[what]
    asker.run(sql)
    found = asker.failures()
    assert note in found[kind, name], found


def test_a_role_that_passes_policies(asker):
    manifest = Manifest(format=1, roles={"postgres": AskedRole(), "nobody_at_all": AskedRole()})
    found = asker.failures(manifest)
    assert "passes row-level security" in found["role", "postgres"]
    assert "no such role" in found["role", "nobody_at_all"]


def test_a_view_in_a_tables_place_is_said_in_the_manifest(asker):
    manifest = Manifest(format=1, tables={"v_asked": Asked(columns={"label": Column(type="text")})})
    assert "a view" in asker.failures(manifest)["table", "v_asked"]
    named = Manifest(
        format=1,
        tables={"old_name": Asked(columns={"label": Column(type="text")}, touch=True)},
        names={"old_name": Elsewhere("v_asked", "renamed")},
    )
    assert asker.failures(named) == {}


def test_only_one_word(asker):
    asker.run("DROP INDEX public.by_status", "DROP FUNCTION public.asked_for")
    assert {kind for kind, _ in asker.failures(only="asked(status")} == {"index"}


def test_reading_takes_few_queries(asker):
    statements = []

    class Counting:
        def __init__(self, connection):
            self.connection = connection

        def __getattr__(self, name):
            def call(*given):
                statements.append(given)
                return getattr(self.connection, name)(*given)

            return call

    conninfo = asker.db.server.conninfo("owner")
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo))
    with engine.connect() as connection:
        live.read(Counting(connection))
    engine.dispose()
    assert len(statements) <= 12
