"""What every table, module, route and error keeps to; the catalog says which there are."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import BigInteger, Date, DateTime, Double, Float, Integer, Numeric

import everlearn.core
from everlearn.core import catalog, migrate, partitions
from everlearn.core.alembic_policy import read_items
from everlearn.core.errors import EverlearnError
from everlearn.core.policy_ddl import items
from everlearn.core.tables import rows, views
from everlearn.core.testing.make import key_of, make, table_of

ROOT = Path(__file__).resolve().parents[2]
migrate.load_tables()
TABLES = rows()
MODULES = catalog.modules()

#: A name's last word tells its type; whole milliseconds and seconds are fine too.
UNITS = {
    "ms": (Double, Float, Integer, BigInteger),
    "s": (Double, Float, Integer, BigInteger),
    "hours": (Double, Float, Integer, BigInteger),
    "days": (Integer, BigInteger),
    "bytes": (BigInteger,),
    "count": (Integer, BigInteger),
    "at": (DateTime,),
    "on": (Date,),
    "ratio": (Double, Float, Numeric),
}
#: Where the requirements' own column name ends in such a word and means something else.
NOT_UNITS = {"lower_at", "upper_at"}


def in_catalog(database, query: str, **params):
    with database.tx(None) as tx:
        tx.execute("SET LOCAL search_path = public")  # so that the catalog names tables in full
        return tx.execute(query, params).all()


@pytest.mark.parametrize("name", sorted(TABLES))
class TestTable:
    def test_has_its_policy_in_the_catalog(self, database, name):
        with database.tx(None) as tx:
            tx.execute("SET LOCAL search_path = public")  # so that the catalog names app. in full
            found = read_items(tx.session.connection(), {name.split(".")[0]})[name]
        assert found == items(TABLES[name].policy)

    def test_says_what_it_and_each_column_is(self, database, name):
        lines = in_catalog(
            database,
            "SELECT a.attname, col_description(c.oid, a.attnum), obj_description(c.oid, 'pg_class')"
            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.oid = to_regclass(:name) AND a.attnum > 0 AND NOT a.attisdropped",
            name=name,
        )
        assert lines[0][2], f"{name}: write the class's docstring"
        silent = [column for column, comment, _ in lines if not comment]
        assert not silent, f"{name}: column(...) without a comment: {silent}"
        shouting = [column for column, comment, _ in lines if not comment.endswith((".", ")"))]
        assert not shouting, f"{name}: a comment is a sentence: {shouting}"

    def test_every_reference_has_an_index_that_leads_with_it(self, database, name):
        """Without it a delete in the other table reads this one from end to end."""
        bare = in_catalog(
            database,
            "SELECT f.conname FROM pg_constraint f WHERE f.contype = 'f'"
            " AND f.conrelid = to_regclass(:name) AND NOT EXISTS (SELECT FROM pg_index i"
            "   WHERE i.indrelid = f.conrelid AND i.indpred IS NULL AND"
            "   (i.indkey::int2[])[0:cardinality(f.conkey) - 1] @> f.conkey)",
            name=name,
        )
        assert not bare, f"{name}: {bare}: ref() makes the index, Index(...) by hand does not"

    def test_every_reference_to_a_tenants_row_holds_the_tenant(self, database, name):
        """PostgreSQL checks references outside row-level security."""
        loose = in_catalog(
            database,
            "SELECT f.conname, f.confrelid::regclass::text FROM pg_constraint f"
            " WHERE f.contype = 'f' AND f.conrelid = to_regclass(:name) AND f.conparentid = 0"
            " AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = f.conrelid"
            "   AND a.attnum = ANY (f.conkey) AND a.attname = 'tenant_id')",
            name=name,
        )
        loose = [
            (constraint, target)
            for constraint, target in loose
            if (TABLES.get(target) or TABLES[name]).policy.rows == "tenant"
        ]
        assert not loose, f"{name}: {loose}: declare it with ref()"

    def test_every_unique_key_holds_the_tenant(self, database, name):
        """Else one tenant learns by a Duplicate what another one has."""
        if TABLES[name].policy.rows != "tenant":
            return
        global_keys = in_catalog(
            database,
            "SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indisunique"
            " AND i.indrelid = to_regclass(:name) AND NOT EXISTS (SELECT FROM pg_attribute a"
            "   WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
            "   AND a.attname = 'tenant_id')",
            name=name,
        )
        assert not global_keys, f"{name}: {global_keys} must begin with tenant_id"

    def test_a_name_that_ends_in_a_unit_has_its_type(self, name):
        for column in table_of(TABLES[name]).columns:
            kinds = UNITS.get(column.name.rpartition("_")[2]) if "_" in column.name else None
            if kinds and column.name not in NOT_UNITS:
                assert isinstance(column.type, kinds), f"{name}.{column.name} is {column.type}"
                if kinds == (DateTime,):
                    assert column.type.timezone, f"{name}.{column.name}: use Moment"

    def test_no_time_is_without_its_zone(self, name):
        naive = [
            column.name
            for column in table_of(TABLES[name]).columns
            if isinstance(column.type, DateTime) and not column.type.timezone
        ]
        assert not naive, f"{name}: {naive}: use Moment"

    def test_a_row_of_it_can_be_made_and_found(self, database, tenant, request, name):
        if TABLES[name].policy.maintained:
            db = request.getfixturevalue("db")
            database, tenant = db.database("service"), db.tenant()
        with database.tx(tenant) as tx:
            made = make(tx, TABLES[name])
            found = [
                column.name
                for column in table_of(TABLES[name]).primary_key
                if column.name != "tenant_id"
            ]
            assert set(key_of(made)) == set(found)

    def test_touch_fires(self, database, tenant, name):
        row = TABLES[name]
        if not row.policy.touch or row.policy.rows == "shared":  # nobody here may update it
            return
        table = table_of(row)
        with database.tx(tenant) as tx:
            key = make(tx, row).id
            same = table.update().where(table.c.id == key)
            tx.execute(same.values(id=table.c.id, updated_at="2000-01-01"))
            assert tx.scalar(table.select().with_only_columns(table.c.updated_at)).year > 2000

    def test_audit_fires(self, database, tenant, name):
        row = TABLES[name]
        if not row.policy.audit:
            return
        with database.tx(tenant) as tx:
            made = make(tx, row)
            assert tx.scalar(
                "SELECT count(*) FROM audit.audit_logs WHERE resource_type = :table"
                " AND resource_id = :id AND action_type = 'create'",
                {"table": name.split(".")[1], "id": str(made.id)},
            )

    def test_has_a_partition_for_now(self, database, tenant, name):
        by = TABLES[name].policy.partition
        if by is None:
            return
        bare = name.split(".")[1]
        with database.tx(tenant) as tx:
            partitions.ensure(tx, name, [tx.now()])
            assert tx.scalar(
                "SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass(:name)"
                " AND inhrelid::regclass::text LIKE 'parts.' || :bare || '\\_y2026%'",
                {"name": name, "bare": bare},
            )

    def test_its_rows_go_away_one_day_or_it_says_why_not(self, name):
        """What grows with time needs keep_days; only the audit trail is kept for ever."""
        policy = TABLES[name].policy
        if policy.partition and policy.keep_days is None:
            assert name.startswith("audit."), f"{name}: give its policy keep_days="


@pytest.mark.parametrize("name", sorted(views()))
def test_a_view_says_what_it_shows(database, name):
    ((comment,),) = in_catalog(
        database, "SELECT obj_description(to_regclass(:name), 'pg_class')", name=name
    )
    assert comment
    assert comment.endswith(".")


def test_references_between_modules_go_down(database):
    """A foreign key is an import that no import checker sees."""
    allowed = {m.name: {m.name, *m.requires} for m in MODULES}
    found = in_catalog(
        database,
        "SELECT DISTINCT n.nspname, m.nspname, f.conname FROM pg_constraint f"
        " JOIN pg_class c ON c.oid = f.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_class d ON d.oid = f.confrelid JOIN pg_namespace m ON m.oid = d.relnamespace"
        # A reference to a partitioned table has a clone for each partition.
        " WHERE f.contype = 'f' AND n.nspname = ANY(:names) AND m.nspname <> 'parts'",
        names=list(allowed),
    )
    wrong = [line for line in found if line[1] not in allowed[line[0]] | {"tenancy"}]
    assert not wrong, f"add it to MODULE.requires, or leave the reference away: {wrong}"


class TestViewsBetweenModules:
    def test_a_view_reads_only_required_modules(self):
        allowed = {m.name: {m.name, *m.requires} for m in MODULES}
        for name, view in views().items():
            own = name.split(".")[0]
            read = {s for s, _ in re.findall(r"\b([a-z_]+)\.([a-z_]+)", view.sql)} & set(allowed)
            assert read <= allowed[own], f"{name} reads {read - allowed[own]}: see MODULE.requires"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.name)
class TestModule:
    def test_has_tests(self, module):
        folder = ROOT / "tests/modules" / module.name
        assert list(folder.glob("test_*.py")), f"write {folder.relative_to(ROOT)}/test_service.py"

    def test_explains_itself(self, module):
        loaded = importlib.import_module(f"everlearn.modules.{module.name}")
        words = (inspect.getdoc(loaded) or "").split()
        assert len(words) > 15, f"{module.name}/__init__.py: say what it is for and why"

    def test_requires_modules_that_exist(self, module):
        assert set(module.requires) <= {m.name for m in MODULES}

    def test_its_queue_functions_belong_to_it(self, module):
        from everlearn.core import jobs

        catalog.load(module, "jobs")
        for name, declared in jobs._jobs.items():
            if declared.function.__module__ == f"everlearn.modules.{module.name}.jobs":
                assert name.split(".")[0] == module.name, f"call it {module.name}.{name}"

    def test_its_page_is_there_when_there_is_nothing_yet(self, client, module):
        if module.nav is None:
            return
        href = "/" if module.name == "loop" else f"/{module.name}"
        answer = client.get(href, headers={"accept": "text/html"})
        assert answer.status_code == 200, f"{href}: {answer.text[:300]}"
        assert "<h1" in answer.text


@pytest.fixture(scope="module")
def openapi() -> dict:
    from everlearn.core.tx import Database
    from everlearn.entry.api import create_app

    return create_app(Database(None)).openapi()  # type: ignore[arg-type]  # only described, not asked


class TestRoutes:
    def test_every_operation_has_a_summary_and_a_tag(self, openapi):
        for path, methods in openapi["paths"].items():
            for method, operation in methods.items():
                where = f"{method.upper()} {path}"
                assert operation.get("summary"), where
                assert operation.get("tags"), where
                assert "description" in operation or operation["summary"], where

    def test_every_operation_has_its_own_id(self, openapi):
        ids = [o["operationId"] for methods in openapi["paths"].values() for o in methods.values()]
        assert len(ids) == len(set(ids))

    def test_json_lives_under_v1(self, openapi):
        outside = [path for path in openapi["paths"] if not path.startswith("/v1/")]
        assert set(outside) <= {"/healthz", "/readyz", "/metrics"}

    def test_no_two_routes_take_the_same_address(self):
        from everlearn.core.tx import Database
        from everlearn.entry.api import create_app

        app = create_app(Database(None))  # type: ignore[arg-type]  # only looked at
        seen: dict[tuple[str, str], str] = {}
        for route in app.routes:
            for method in (route.methods if isinstance(route, APIRoute) else None) or ():
                key = (method, re.sub(r"{[^}]*}", "{}", route.path))
                assert key not in seen, f"{key}: {seen[key]} and {route.name}"
                seen[key] = route.name

    def test_every_operation_needs_a_key(self, openapi, client):
        """Except health and signing in: nothing answers a stranger."""
        client.headers.pop("authorization")
        for path, methods in openapi["paths"].items():
            if path in {"/healthz", "/readyz"}:
                continue
            address = re.sub(r"{[^}]*}", "019cae6b-6600-7037-8837-bcecc7b5b951", path)
            for method in methods:
                answer = client.request(method, address)
                assert answer.status_code in {401, 404, 422}, f"{method} {path}: {answer.text}"
                assert answer.status_code == 401, f"{method} {path} does not ask who it is"


def test_error_codes_are_unique_and_name_their_module():
    catalog.load_all("errors")
    for info in pkgutil.walk_packages(everlearn.core.__path__, "everlearn.core."):
        if info.name.endswith(".errors"):
            importlib.import_module(info.name)

    def leaves(kind):
        return [kind, *(leaf for child in kind.__subclasses__() for leaf in leaves(child))]

    codes: dict[str, str] = {}
    for kind in leaves(EverlearnError):
        if not kind.__module__.startswith("everlearn."):
            continue
        where = f"{kind.__module__}.{kind.__name__}"
        if "code" not in vars(kind):
            pytest.fail(f'{where}: give it a code of its own, such as code = "module.what"')
        assert kind.code not in codes, f"{where} and {codes[kind.code]} have the same code"
        codes[kind.code] = where
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", kind.code), where
