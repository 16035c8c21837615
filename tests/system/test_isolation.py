"""Every table of every module holds the isolation contract; views show nothing of others."""

from __future__ import annotations

import pytest

from everlearn.core.tables import rows, views
from everlearn.core.testing.isolation import IsolationContract, tenant_tables
from everlearn.core.testing.make import make, table_of

TABLES = tenant_tables()


class TestTable(IsolationContract):
    @pytest.fixture(params=sorted(TABLES))
    def row(self, request):
        return TABLES[request.param]


class TestTenants:
    """The tenants table has no tenant_id: its id decides."""

    def test_a_tenant_sees_itself_alone(self, database, tenant, other_tenant):
        with database.tx(tenant) as tx:
            assert list(tx.execute("SELECT id FROM tenancy.tenants").scalars()) == [tenant]

    def test_and_changes_nobody_else(self, database, tenant, other_tenant):
        with database.tx(tenant) as tx:
            query = "UPDATE tenancy.tenants SET name = 'x' WHERE id = :id"
            assert tx.execute(query, {"id": other_tenant}).rowcount == 0

    def test_without_a_tenant_there_is_none(self, database, tenant):
        with database.tx(None) as tx:
            assert tx.scalar("SELECT count(*) FROM tenancy.tenants") == 0


@pytest.fixture
def a_row_of_everything(database, tenant):
    for row in TABLES.values():
        with database.tx(tenant) as tx:
            unique = {c.name for c in table_of(row).columns}
            if "tenant_id" in unique and tx.scalar(
                # A table of one row a tenant may have it already, such as the audit chain's head.
                f"SELECT count(*) FROM {table_of(row).key}"
            ):
                continue
            make(tx, row)


@pytest.mark.parametrize("name", sorted(views()))
class TestView:
    def test_checks_its_reader(self, database, name):
        with database.tx(None) as tx:
            options = tx.scalar(
                "SELECT reloptions FROM pg_class WHERE oid = to_regclass(:name)", {"name": name}
            )
        assert "security_invoker=true" in (options or []), (
            f"{name} shows all tenants; declare it with everlearn.core.tables.view()"
        )

    def test_shows_another_tenant_nothing(self, rival, a_row_of_everything, name):
        with rival.tx() as tx:
            assert tx.scalar(f"SELECT count(*) FROM {name}") == 0

    def test_shows_nothing_without_a_tenant(self, database, a_row_of_everything, name):
        with database.tx(None) as tx:
            assert tx.scalar(f"SELECT count(*) FROM {name}") == 0

    def test_has_the_tenant_to_filter_by(self, database, name):
        with database.tx(None) as tx:
            assert "tenant_id" in tx.execute(f"SELECT * FROM {name} LIMIT 0").keys()  # noqa: SIM118 - a result has no `in`


def test_nothing_in_the_database_is_undeclared(database):
    """A table that nobody declared is one that nobody looks at here."""
    declared = {*rows(), *views()}
    schemas = sorted({name.split(".")[0] for name in declared})
    with database.tx(None) as tx:
        found = set(
            tx.execute(
                "SELECT n.nspname || '.' || c.relname FROM pg_class c"
                " JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname = ANY(:schemas)",
                {"schemas": schemas},
            ).scalars()
        )
    assert found == declared
