"""Every item of a policy: put on, read back from the catalog, at work, taken off again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Mapped

from everlearn.core import partitions
from everlearn.core.alembic_policy import read_items
from everlearn.core.columns import Id, Ids, Moment, Name, column
from everlearn.core.errors import Bug, EverlearnError, Forbidden, Invalid
from everlearn.core.ids import uuid7
from everlearn.core.policy_ddl import items
from everlearn.core.tables import By, Policy, Row
from everlearn.core.testing.make import make
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.core.tx import Actor

pytestmark = pytest.mark.usefixtures("declarations")


def declare(table: str, policy: Policy, **more):
    space = {
        "__tablename__": table,
        "__doc__": "A throw-away table.",
        "__module__": __name__,
        "__annotations__": {"name": Mapped[Name], "updated_at": Mapped[Moment]}
        | {name: Mapped[kind] for name, (kind, _) in more.items()},
        "name": column("Name."),
        "updated_at": column("When it was last changed.", default="'2000-01-01'"),
        **{name: made for name, (_, made) in more.items()},
    }
    return type(Row)(f"C_{table}", (Row,), space, module="operations", policy=policy)


def read(owner, row) -> set[str]:
    with owner.connection() as connection:
        return read_items(connection, {"operations"})[row.__table__.key]


POLICIES = {
    "tenant": Policy(rows="tenant"),
    "owner": Policy(rows="tenant", see=("owner:user_id",)),
    "every-term": Policy(
        rows="tenant",
        see=(
            *("owner:user_id", "unowned:user_id", "listed:guests", "member:team_id"),
            *("admin:team_id", "flag:is_public", "shared:is_public:team_id"),
        ),
        change=("nobody",),
        add=("anyone",),
    ),
    "see-and-change": Policy(rows="tenant", see=("member:team_id",), change=("admin:team_id",)),
    "shared": Policy(rows="shared"),
    "append-only": Policy(rows="tenant", append_only=True),
    "touch": Policy(rows="tenant", touch=True),
    "audit": Policy(rows="tenant", audit=True),
    "by-id": Policy(rows="tenant", partition=By("id", "month")),
    "by-day": Policy(rows="tenant", partition=By("id", "day")),
    "by-week": Policy(rows="tenant", partition=By("id", "week")),
    "keep": Policy(rows="tenant", keep_days=30),
    "all": Policy(
        rows="tenant",
        touch=True,
        audit=True,
        partition=By("id", "month"),
        keep_days=30,
        hot=True,
    ),
}


@pytest.mark.parametrize("kind", POLICIES)
def test_every_item_goes_up_is_read_back_and_comes_down(owner, unique, kind):
    more = {
        "user_id": (Id | None, column("Whose.")),
        "team_id": (Id | None, column("Of which team.")),
        "guests": (Ids | None, column("Who else.")),
        "is_public": (bool | None, column("Whether everybody of the tenant sees it.")),
    }
    row = declare(unique, POLICIES[kind], **more)
    owner.build(row)
    wanted = items(row.policy)
    assert read(owner, row) == wanted

    for item in sorted(wanted):
        owner.take(row, item)
        assert read(owner, row) == wanted - {item}
        owner.put(row, item)
        assert read(owner, row) == wanted
    for item in sorted(wanted):
        owner.take(row, item)
    assert read(owner, row) == set()


class TestRows:
    def test_a_tenant_has_its_own(self, db, owner, unique):
        row = declare(unique, Policy(rows="tenant"))
        owner.build(row)
        database, first, second = db.database(), db.tenant("acme"), db.tenant("rival")
        with database.tx(first) as tx:
            make(tx, row)
        seen = []
        for tenant in (first, second, None):
            with database.tx(tenant) as tx:
                seen.append(tx.scalar(f"SELECT count(*) FROM operations.{unique}"))
        assert seen == [1, 0, 0]

    def test_the_claim_of_a_jwt_counts_too(self, db, owner, unique):
        """So that PostgREST works on the same policies."""
        row = declare(unique, Policy(rows="tenant"))
        owner.build(row)
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            make(tx, row)
        with database.tx(None) as tx:
            tx.execute(
                "SELECT set_config('request.jwt.claims', :claims, true)",
                {"claims": f'{{"tenant_id": "{tenant}"}}'},
            )
            assert tx.scalar(f"SELECT count(*) FROM operations.{unique}") == 1

    def test_an_owner_shares_with_the_tenants_jobs_alone(self, db, owner, unique):
        row = declare(
            unique, Policy(rows="tenant", see=("owner:user_id",)), user_id=(Id, column("Whose."))
        )
        owner.build(row)
        database, tenant = db.database(), db.tenant()
        mine, other = uuid7(TEST_TIME), uuid7(TEST_TIME)
        with database.tx(tenant) as tx:
            make(tx, row, user_id=mine)
        seen = {}
        for name, user in {"mine": mine, "other": other, "job": None}.items():
            with database.tx(tenant, actor=Actor("user", name, user_id=user)) as tx:
                seen[name] = tx.scalar(f"SELECT count(*) FROM operations.{unique}")
        assert seen == {"mine": 1, "other": 0, "job": 1}

    def test_an_owner_of_another_tenant_is_nobody(self, db, owner, unique):
        row = declare(
            unique, Policy(rows="tenant", see=("owner:user_id",)), user_id=(Id, column("Whose."))
        )
        owner.build(row)
        database, mine = db.database(), uuid7(TEST_TIME)
        with database.tx(db.tenant()) as tx:
            make(tx, row, user_id=mine)
        with database.tx(db.tenant("rival"), actor=Actor("user", "me", user_id=mine)) as tx:
            assert tx.scalar(f"SELECT count(*) FROM operations.{unique}") == 0

    def test_shared_rows_are_read_by_all_and_written_by_none(self, db, owner, unique):
        row = declare(unique, Policy(rows="shared"))
        owner.build(row)
        insert = f"INSERT INTO operations.{unique} (name) VALUES ('x')"
        with db.database("service").tx(None) as tx:
            tx.execute(insert)
        with db.database().tx(db.tenant()) as tx:
            assert tx.scalar(f"SELECT name FROM operations.{unique}") == "x"
        with pytest.raises(Forbidden), db.database().tx(db.tenant()) as tx:
            tx.execute(insert)

    @pytest.mark.parametrize("role", ["service", "owner"])
    def test_maintenance_names_the_tenant_it_works_for(self, db, owner, unique, role):
        row = declare(unique, Policy(rows="tenant"))
        owner.build(row)
        tenants = [db.tenant(slug) for slug in ("acme", "rival")]
        for tenant in tenants:
            with db.database().tx(tenant) as tx:
                make(tx, row)
        seen = []
        for tenant in (*tenants, None):
            with db.database(role).tx(tenant) as tx:
                seen.append(tx.scalar(f"SELECT count(*) FROM operations.{unique}"))
        assert seen == [1, 1, 0]

    def test_a_reader_reads_its_tenant(self, db, owner, unique):
        row = declare(unique, Policy(rows="tenant"))
        owner.build(row)
        tenant = db.tenant()
        with db.database().tx(tenant) as tx:
            make(tx, row)
        with db.database("reader").tx(tenant) as tx:
            assert tx.scalar(f"SELECT count(*) FROM operations.{unique}") == 1
        with pytest.raises(Forbidden), db.database("reader").tx(tenant) as tx:
            tx.execute(f"DELETE FROM operations.{unique}")


class TestTriggers:
    def test_touch_moves_updated_at(self, db, owner, unique):
        row = declare(unique, Policy(rows="tenant", touch=True))
        owner.build(row)
        with db.database().tx(db.tenant()) as tx:
            made = make(tx, row)
            assert made.updated_at.year == 2000
            tx.execute(f"UPDATE operations.{unique} SET name = 'y'")
            assert tx.scalar(f"SELECT updated_at FROM operations.{unique}").year > 2000

    def test_audit_writes_what_changed(self, db, owner, unique):
        row = declare(unique, Policy(rows="tenant", audit=True))
        owner.build(row)
        with db.database().tx(db.tenant()) as tx:
            made = make(tx, row, name="before")
            tx.execute(f"UPDATE operations.{unique} SET name = 'after'")
            tx.execute(f"DELETE FROM operations.{unique}")
            found = tx.execute(
                "SELECT action_type, resource_id, action_details -> 'name' FROM audit.audit_logs"
                " WHERE resource_type = :name ORDER BY seq",
                {"name": unique},
            ).all()
        assert [tuple(line) for line in found] == [
            ("create", str(made.id), [None, "before"]),
            ("update", str(made.id), ["before", "after"]),
            ("delete", str(made.id), ["after", None]),
        ]

    def test_audit_never_tells_a_secret(self, db, owner, unique):
        secret = {"api_key_text": (Name, column("Secret."))}
        row = declare(unique, Policy(rows="tenant", audit=True), **secret)
        owner.build(row)
        with db.database().tx(db.tenant()) as tx:
            make(tx, row, api_key_text="hush")
            found = tx.scalar(
                "SELECT action_details FROM audit.audit_logs WHERE resource_type = :name",
                {"name": unique},
            )
        assert found["api_key_text"] == "***"
        assert "hush" not in str(found)

    def test_append_only_means_it(self, db, owner, unique):
        row = declare(unique, Policy(rows="tenant", append_only=True))
        owner.build(row)
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            make(tx, row)
        for statement in ("UPDATE operations.{} SET name = 'y'", "DELETE FROM operations.{}"):
            with pytest.raises(Forbidden), database.tx(tenant) as tx:
                tx.execute(statement.format(unique))


class TestPartitions:
    @pytest.fixture
    def row(self, owner, unique):
        made = declare(unique, Policy(rows="tenant", partition=By("id", "month"), keep_days=9))
        owner.build(made)
        return made

    def children(self, owner, row) -> list[str]:
        with owner.connection() as connection:
            return sorted(
                connection.exec_driver_sql(
                    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent ="
                    f" '{row.__table__.key}'::regclass"
                ).scalars()
            )

    def test_are_made_for_now_and_for_the_past(self, db, owner, row, unique):
        with db.database().tx(db.tenant()) as tx:
            make(tx, row)
            old = TEST_TIME.replace(year=2013, month=12, day=31)
            partitions.ensure(tx, row.__table__.key, [old])
            make(tx, row, id=uuid7(old))
        assert self.children(owner, row) == [
            f"parts.{unique}_y2013m12",
            f"parts.{unique}_y2026m03",
        ]

    def test_are_made_once(self, db, owner, row):
        with db.database().tx(db.tenant()) as tx:
            for _ in range(3):
                partitions.ensure(tx, row.__table__.key, [TEST_TIME])
        assert len(self.children(owner, row)) == 1

    def test_months_end_on_their_last_millisecond(self, db, row):
        """The bounds of neighbours meet: no row falls between two partitions."""
        first = TEST_TIME.replace(day=1, hour=0)
        edges = [first - timedelta(milliseconds=1), first]
        with db.database().tx(db.tenant()) as tx:
            partitions.ensure(tx, row.__table__.key, edges)
            for at in edges:
                make(tx, row, id=uuid7(at))
            found = tx.execute(
                f"SELECT tableoid::regclass::text FROM {row.__table__.key} ORDER BY id"
            )
            assert [name[-8:] for name in found.scalars()] == ["y2026m02", "y2026m03"]

    @pytest.mark.parametrize("year", [1999, 2099])
    def test_are_refused_far_from_now(self, db, row, year):
        with pytest.raises(Invalid), db.database().tx(db.tenant()) as tx:
            partitions.ensure(tx, row.__table__.key, [TEST_TIME.replace(year=year)])

    def test_are_refused_for_a_table_that_is_not_registered(self, db, row):
        with pytest.raises(EverlearnError), db.database().tx(db.tenant()) as tx:
            tx.execute("SELECT app.ensure_partition('tenancy.users', now())")

    def test_a_row_without_one_is_refused(self, db, row):
        with pytest.raises(Bug, match="no partition"), db.database().tx(db.tenant()) as tx:
            tx.execute(
                f"INSERT INTO {row.__table__.key} (id, name) VALUES (:id, 'x')",
                {"id": uuid7(TEST_TIME.replace(year=2015))},
            )

    def test_the_app_may_not_change_the_registers(self, db, row):
        for statement in (
            "SELECT app.register_partitioned('tenancy.users', 'id', 'day')",
            "SELECT app.set_retention('tenancy.users', 1)",
            "DELETE FROM app.retention",
            "CREATE TABLE parts.mine (id int)",
        ):
            with pytest.raises(Forbidden), db.database().tx(db.tenant()) as tx:
                tx.execute(statement)

    def test_retention_is_filed(self, owner, row):
        kept = owner.scalar(
            "SELECT keep_days FROM app.retention WHERE parent = :name", name=row.__table__.key
        )
        assert kept == 9

    @pytest.mark.parametrize(
        ("unit", "suffix"), [("day", "y2026m03d02"), ("week", "y2026w10"), ("month", "y2026m03")]
    )
    def test_are_named_by_their_period(self, db, owner, unique, unit, suffix):
        made = declare(f"{unique}b", Policy(rows="tenant", partition=By("id", unit)))
        owner.build(made)
        with db.database().tx(db.tenant()) as tx:
            make(tx, made)
        assert self.children(owner, made) == [f"parts.{unique}b_{suffix}"]
