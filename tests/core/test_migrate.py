"""What `everlearn db check` sees: damage to a database that the declarations do not explain."""

from __future__ import annotations

import re

import pytest

from everlearn.core import migrate
from everlearn.core.tables import views


def differences(server, name: str, only: str | None = None) -> list[str]:
    return [in_words(item) for item in migrate.differences(server, database=name, only=only)]


def in_words(item) -> str:
    return re.sub(r" at 0x[0-9a-f]+", "", str(item))


@pytest.fixture(scope="module")
def before(server, worker_database) -> list[str]:
    """Give what differs before any damage: nothing, unless a migration is still to be written."""
    return differences(server, worker_database)


@pytest.fixture
def check(db, before):
    def of(module: str) -> list[str]:
        return [item for item in differences(db.server, db.name, module) if item not in before]

    return of


@pytest.fixture
def view_name() -> str:
    migrate.load_tables()
    found = sorted(views())
    if not found:
        pytest.skip("no module that is loaded declares a view")
    return found[0]


def test_a_fresh_database_has_no_differences(before):
    assert before == [], 'make migration M="module verb what"'


DAMAGE = {
    "a policy was dropped": (
        "DROP POLICY tenant ON tenancy.users",
        ("table_policy", "tenancy.users", "rls:tenant"),
    ),
    "a policy was added": (
        "CREATE POLICY wide ON tenancy.users FOR SELECT TO everlearn_app USING (true)",
        ("table_policy", "tenancy.users", "policy:wide"),
    ),
    "a policy was widened": (
        "ALTER POLICY tenant ON tenancy.users USING (true)",
        ("table_policy", "tenancy.users", "rls:tenant"),
    ),
    "a policy holds for more roles": (
        "ALTER POLICY tenant ON tenancy.users TO PUBLIC",
        ("table_policy", "tenancy.users", "rls:tenant"),
    ),
    "row-level security is off": (
        "ALTER TABLE tenancy.users DISABLE ROW LEVEL SECURITY",
        ("table_policy", "tenancy.users", "rls:tenant"),
    ),
    "it is not forced": (
        "ALTER TABLE tenancy.users NO FORCE ROW LEVEL SECURITY",
        ("table_policy", "tenancy.users", "rls:tenant"),
    ),
    "the touch trigger was dropped": (
        "DROP TRIGGER touch ON tenancy.users",
        ("table_policy", "tenancy.users", "touch"),
    ),
    "the audit trigger is disabled": (
        "ALTER TABLE tenancy.users DISABLE TRIGGER audit",
        ("table_policy", "tenancy.users", "audit"),
    ),
    "a grant was revoked": (
        "REVOKE DELETE ON tenancy.users FROM everlearn_app",
        ("table_policy", "tenancy.users", "app:"),
    ),
    "an append-only table may be changed": (
        "GRANT UPDATE ON events.learning_events TO everlearn_app",
        ("table_policy", "events.learning_events", "app:"),
    ),
    "everybody may read it": (
        "GRANT SELECT ON tenancy.users TO PUBLIC",
        ("table_policy", "tenancy.users", "grant:"),
    ),
    "the analysts may write": (
        "GRANT UPDATE ON tenancy.users TO everlearn_reader",
        ("table_policy", "tenancy.users", "grant:"),
    ),
    "a column may be changed alone": (
        "GRANT UPDATE (event_data) ON events.learning_events TO everlearn_app",
        ("table_policy", "events.learning_events", "grant:"),
    ),
    "retention was changed": (
        "UPDATE app.retention SET keep_days = 1 WHERE parent = 'events.learning_events'",
        ("table_policy", "events.learning_events", "keep:730"),
    ),
    "a table is no longer registered for partitions": (
        "DELETE FROM app.partitioned WHERE parent = 'events.learning_events'",
        ("table_policy", "events.learning_events", "partition:timestamp:month"),
    ),
    "a column is missing": (
        "ALTER TABLE tenancy.users DROP COLUMN timezone",
        ("add_column", "tenancy", "timezone"),
    ),
    "a column may be NULL": (
        "ALTER TABLE tenancy.users ALTER COLUMN email DROP NOT NULL",
        ("modify_nullable", "tenancy", "email"),
    ),
    "an index is missing": (
        "DROP INDEX tenancy.ix_api_keys_live",
        ("add_index", "ix_api_keys_live"),
    ),
    "a reference is missing": (
        "ALTER TABLE tenancy.api_keys DROP CONSTRAINT fk_api_keys_user_id",
        ("add_fk", "fk_api_keys_user_id"),
    ),
    "a unique key is missing": (
        "ALTER TABLE tenancy.tenants DROP CONSTRAINT uq_tenants_slug",
        ("add_constraint", "slug"),
    ),
    "a table was made by hand": (
        "CREATE TABLE tenancy.extra (id int)",
        ("remove_table", "extra"),
    ),
    "a view was made by hand": (
        "CREATE VIEW tenancy.v_all AS SELECT * FROM tenancy.users",
        ("view", "tenancy.v_all", "drop"),
    ),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_reported(check, owner, case):
    statement, words = DAMAGE[case]
    owner.run(statement)
    found = check("events" if "events.learning_events" in statement else "tenancy")
    assert len(found) == 1, found
    assert all(word in found[0] for word in words), found


class TestViews:
    def test_a_dropped_one_is_reported(self, check, owner, view_name):
        owner.run(f"DROP VIEW {view_name} CASCADE")
        assert f"('view', '{view_name}', 'create')" in check(view_name.split(".")[0])

    def test_one_that_shows_all_tenants_is_reported(self, check, owner, view_name):
        owner.run(f"ALTER VIEW {view_name} RESET (security_invoker)")
        assert check(view_name.split(".")[0]) == [f"('view', '{view_name}', 'create')"]

    def test_one_of_other_text_is_reported(self, check, owner, view_name):
        """The comment says what we created, so the replaced text must be looked at itself."""
        columns = owner.scalar(
            "SELECT string_agg(format('NULL::%s AS %I', format_type(atttypid, atttypmod), attname),"
            " ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = to_regclass(:name)"
            " AND attnum > 0",
            name=view_name,
        )
        owner.run(f"CREATE OR REPLACE VIEW {view_name} WITH (security_invoker) AS SELECT {columns}")
        assert check(view_name.split(".")[0]) == [f"('view', '{view_name}', 'create')"]


def test_what_is_reported_can_be_put_right(check, db, before, owner):
    """The difference of a policy is the very operation that a migration would run."""
    owner.run("DROP POLICY tenant ON tenancy.users", "DROP TRIGGER audit ON tenancy.users")
    found, *more = migrate.differences(db.server, only="tenancy")
    assert not more
    kind, table, items = found
    assert (kind, table) == ("table_policy", "tenancy.users")
    from everlearn.core.policy_ddl import down, up

    for item in items["remove"]:
        owner.run(*down(table, item))
    for item in items["add"]:
        owner.run(*down(table, item), *up(table, item))
    assert check("tenancy") == []
