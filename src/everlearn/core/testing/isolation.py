"""The isolation contract: what one tenant must never be able to do to another, for any table.

    class TestIsolation(IsolationContract):
        @pytest.fixture(params=sorted(tenant_tables()))
        def row(self, request):
            return rows()[request.param]

Everything runs as everlearn_app. A superuser, and a table's owner without FORCE, pass row-level
security, so the same test as one of them would prove nothing.
"""

# ruff: noqa: ARG002 -- these are tests: their names say what holds

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, insert, select, text, update

from everlearn.core import migrate
from everlearn.core.errors import EverlearnError, Forbidden, Invalid
from everlearn.core.tables import Row, rows
from everlearn.core.testing.make import key_of, make, table_of, values_for
from everlearn.core.testing.plugin import Switch
from everlearn.core.tx import Database, Tx


def tenant_tables() -> dict[str, type[Row]]:
    """Give every declared table whose rows a tenant writes, by its schema-qualified name."""
    migrate.load_tables()
    return {
        name: row
        for name, row in rows().items()
        if row.policy.rows == "tenant" and not row.policy.maintained
    }


class IsolationContract:
    """Laws of one table; the fixture `row` of a subclass says which."""

    @pytest.fixture
    def mine(self, database: Database, tenant: UUID, row: type[Row]) -> dict[str, Any]:
        """Give the key of a row of the first tenant."""
        with database.tx(tenant) as tx:
            return key_of(make(tx, row))

    def test_the_test_is_no_superuser(self, database: Database, row: type[Row]) -> None:
        with database.tx(None) as tx:
            strong = tx.scalar(
                "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
            )
            owned = tx.scalar(
                "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class"
                " WHERE oid = to_regclass(:name)",
                {"name": table_of(row).key},
            )
        assert not strong, "run these tests as everlearn_app: a superuser passes every policy"
        assert not owned, f"everlearn_app must not own {table_of(row).key}"

    def test_its_own_row_is_there(
        self, database: Database, tenant: UUID, row: type[Row], mine: dict[str, Any]
    ) -> None:
        with database.tx(tenant) as tx:
            assert _count(tx, row, mine) == 1

    def test_another_tenant_does_not_see_it(
        self, rival: Switch, row: type[Row], mine: dict[str, Any]
    ) -> None:
        with rival.tx() as tx:
            assert _count(tx, row, mine) == 0

    def test_another_tenant_does_not_change_it(
        self, rival: Switch, row: type[Row], mine: dict[str, Any]
    ) -> None:
        table = table_of(row)
        same = {name: table.c[name] for name in mine}
        assert _touched(rival, update(table).where(*_is(row, mine)).values(same)) == 0

    def test_another_tenant_does_not_delete_it(
        self,
        database: Database,
        tenant: UUID,
        rival: Switch,
        row: type[Row],
        mine: dict[str, Any],
    ) -> None:
        assert _touched(rival, delete(table_of(row)).where(*_is(row, mine))) == 0
        with database.tx(tenant) as tx:
            assert _count(tx, row, mine) == 1

    def test_another_tenant_does_not_write_in_its_name(
        self, tenant: UUID, rival: Switch, row: type[Row]
    ) -> None:
        def smuggle() -> None:
            with rival.tx() as tx:
                values = values_for(tx, row) | {"tenant_id": tenant}
                tx.execute(insert(table_of(row)).values(values))

        with pytest.raises(Forbidden):
            smuggle()

    def test_nobody_gives_a_row_away(
        self, database: Database, tenant: UUID, other_tenant: UUID, row: type[Row]
    ) -> None:
        def give_away() -> None:
            with database.tx(tenant) as tx:
                mine = key_of(make(tx, row))
                query = update(table_of(row)).where(*_is(row, mine))
                tx.execute(query.values(tenant_id=other_tenant))

        with pytest.raises(Forbidden):
            give_away()

    def test_another_tenants_row_cannot_be_referred_to(
        self, database: Database, tenant: UUID, rival: Switch, row: type[Row]
    ) -> None:
        """Foreign keys are checked outside row-level security, so the key must hold the tenant."""
        refs = {c.name: c.info["ref"] for c in table_of(row).columns if c.info.get("ref")}
        for name, target in refs.items():
            if rows().get(target) is None or rows()[target].policy.rows != "tenant":
                continue
            with database.tx(tenant) as tx:
                foreign = make(tx, rows()[target]).id
            with pytest.raises(Invalid) as caught, rival.tx() as tx:
                make(tx, row, **{name: foreign})
            assert caught.value.field == name, f"{table_of(row).key}.{name} must be a ref()"

    def test_without_a_tenant_nothing_is_there(
        self, database: Database, row: type[Row], mine: dict[str, Any]
    ) -> None:
        with database.tx(None) as tx:
            assert _count(tx, row, mine) == 0
            assert tx.scalar(select(func.count()).select_from(table_of(row))) == 0

    def test_a_partition_is_closed(
        self, database: Database, tenant: UUID, row: type[Row], mine: dict[str, Any]
    ) -> None:
        """A partition has no policy of its own: whoever may read it reads every tenant's rows."""
        if row.policy.partition is None:
            return
        with database.tx(tenant) as tx:
            children = list(
                tx.execute(
                    "SELECT inhrelid::regclass::text FROM pg_inherits"
                    " WHERE inhparent = to_regclass(:name)",
                    {"name": table_of(row).key},
                ).scalars()
            )
        assert children
        for child in children:
            assert child.startswith("parts."), f"{child}: partitions live in the schema parts"
            with pytest.raises(Forbidden), database.tx(tenant) as tx:
                tx.execute(select(func.count()).select_from(text(child)))

    def test_what_is_append_only_stays(
        self, database: Database, tenant: UUID, row: type[Row], mine: dict[str, Any]
    ) -> None:
        if not row.policy.append_only:
            return
        table = table_of(row)
        same = {name: table.c[name] for name in mine}
        for query in (update(table).values(same), delete(table)):
            with pytest.raises(Forbidden), database.tx(tenant) as tx:
                tx.execute(query.where(*_is(row, mine)))


def _is(row: type[Row], key: dict[str, Any]) -> list[Any]:
    table = table_of(row)
    return [table.c[name] == value for name, value in key.items()]


def _count(tx: Tx, row: type[Row], key: dict[str, Any]) -> int:
    query = select(func.count()).select_from(table_of(row)).where(*_is(row, key))
    return int(tx.scalar(query))


def _touched(rival: Switch, query: Any) -> int:
    """Run a change as the other tenant: how many rows it met, none when it is not granted."""
    try:
        with rival.tx() as tx:
            return int(tx.execute(query).rowcount)  # type: ignore[attr-defined]  # a cursor result
    except EverlearnError as error:
        if isinstance(error, Forbidden):
            return 0
        raise
