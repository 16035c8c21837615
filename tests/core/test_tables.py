"""What a declared table becomes, and which declarations are refused."""

from __future__ import annotations

from enum import StrEnum

import pytest
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import Id, Name, Score, Sha256, Words, choice, column, ref
from everlearn.core.tables import By, Policy, Row, rows, view, views

pytestmark = pytest.mark.usefixtures("declarations")
TENANT = Policy(rows="tenant")


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


def declare(table: str, *, policy: Policy | None = TENANT, module: str = "operations", **body):
    notes = {name: body.pop(f"{name}_as") for name in list(body) if f"{name}_as" in body}
    space = {
        "__tablename__": table,
        "__doc__": "A thing.",
        "__annotations__": notes,
        "__module__": __name__,
        **body,
    }
    return type(Row)(f"C_{table}"[:60], (Row,), space, policy=policy, module=module)


def names(table, kind) -> set[str]:
    return {str(c.name) for c in table.constraints if isinstance(c, kind)}


class TestRefused:
    def test_a_table_without_a_policy(self, unique):
        with pytest.raises(TypeError, match=r"has no policy; pass policy=Policy\(rows='tenant'\)"):
            declare(unique, policy=None)
        assert f"operations.{unique}" not in rows()

    def test_a_column_without_a_comment(self, unique):
        with pytest.raises(ValueError, match="note has no comment"):
            declare(unique, note=mapped_column(), note_as=Mapped[Words])

    def test_a_name_that_postgres_would_cut_off(self, unique):
        long = f"{unique}_" + "x" * 50
        with pytest.raises(ValueError, match="longer than 63 bytes"):
            declare(
                long,
                name=column("A name."),
                name_as=Mapped[Name],
                __table_args__=(UniqueConstraint("tenant_id", "name"),),
            )

    @pytest.mark.parametrize("bad", ["Upper", "with-dash", "1st"])
    def test_a_table_name_that_needs_quotes(self, unique, bad):
        with pytest.raises(ValueError, match="lower case words"):
            declare(f"{bad}{unique}")


class TestKeys:
    def test_a_tenant_table_has_the_tenant_first(self, unique):
        table = declare(unique).__table__
        assert [c.name for c in table.primary_key] == ["tenant_id", "id"]
        assert f"fk_{unique}_tenant_id" in names(table, ForeignKeyConstraint)

    def test_a_hot_one_spares_the_look_up_of_the_tenant(self, unique):
        table = declare(unique, policy=Policy(rows="tenant", hot=True)).__table__
        assert names(table, ForeignKeyConstraint) == set()

    def test_a_shared_one_has_no_tenant(self, unique):
        table = declare(unique, policy=Policy(rows="shared")).__table__
        assert [c.name for c in table.primary_key] == ["id"]

    def test_a_partitioned_one_says_so(self, unique):
        policy = Policy(rows="tenant", partition=By("id", "month"))
        table = declare(unique, policy=policy).__table__
        assert table.dialect_options["postgresql"]["partition_by"] == "RANGE (id)"

    def test_an_own_id_is_kept(self, unique):
        made = declare(
            unique, id=mapped_column(comment="A name.", primary_key=True), id_as=Mapped[Name]
        )
        assert made.__table__.c.id.type.python_type is str


class TestRef:
    def test_holds_the_tenant(self, unique):
        made = declare(unique, user_id=ref("tenancy.users", "Whose."), user_id_as=Mapped[Id])
        (found,) = [
            c for c in made.__table__.foreign_key_constraints if c.name == f"fk_{unique}_user_id"
        ]
        assert [c.name for c in found.columns] == ["tenant_id", "user_id"]
        assert [e.target_fullname for e in found.elements] == [
            "tenancy.users.tenant_id",
            "tenancy.users.id",
        ]

    def test_has_an_index_that_leads_with_the_tenant(self, unique):
        made = declare(unique, user_id=ref("tenancy.users", "Whose."), user_id_as=Mapped[Id])
        found = [[c.name for c in index.columns] for index in made.__table__.indexes]
        assert found == [["tenant_id", "user_id"]]

    def test_has_no_second_index_when_one_serves(self, unique):
        made = declare(
            unique,
            user_id=ref("tenancy.users", "Whose."),
            user_id_as=Mapped[Id],
            __table_args__=(Index(f"ix_{unique}_own", "tenant_id", "user_id", "id"),),
        )
        assert {index.name for index in made.__table__.indexes} == {f"ix_{unique}_own"}

    @pytest.mark.parametrize(
        "kind", [{"postgresql_where": text("user_id IS NOT NULL")}, {"postgresql_using": "brin"}]
    )
    def test_an_index_of_some_rows_does_not_serve(self, unique, kind):
        made = declare(
            unique,
            user_id=ref("tenancy.users", "Whose."),
            user_id_as=Mapped[Id],
            __table_args__=(Index(f"ix_{unique}_own", "tenant_id", "user_id", **kind),),
        )
        assert f"ix_{unique}_user_id" in {index.name for index in made.__table__.indexes}

    def test_set_null_leaves_the_tenant_alone(self, unique):
        """ON DELETE SET NULL without a column list would null tenant_id too."""
        made = declare(
            unique,
            user_id=ref("tenancy.users", "Whose.", ondelete="SET NULL"),
            user_id_as=Mapped[Id | None],
        )
        assert "SET NULL (user_id)" in {c.ondelete for c in made.__table__.foreign_key_constraints}

    def test_a_shared_target_has_no_tenant_to_match(self, unique):
        made = declare(
            unique,
            thing_id=ref(f"shared:operations.{unique}", "What."),
            thing_id_as=Mapped[Id],
        )
        found = {str(c.name): c for c in made.__table__.foreign_key_constraints}
        columns = found[f"fk_{unique}_thing_id"].columns
        assert [c.name for c in columns] == ["thing_id"]

    def test_a_long_name_is_cut_and_stays_its_own(self, unique):
        long = f"{unique}_" + "y" * 40
        body = {}
        for name in ("first_responsible_user_id", "later_responsible_user_id"):
            body |= {name: ref("tenancy.users", "Who."), f"{name}_as": Mapped[Id]}
        made = declare(long, **body)
        found = names(made.__table__, ForeignKeyConstraint)
        assert len(found) == 3
        assert all(len(name.encode()) <= 63 for name in found)


class TestChecks:
    def test_come_from_the_column_type(self, unique):
        made = declare(
            unique,
            score=column("How good."),
            score_as=Mapped[Score],
            sha=column("Hash."),
            sha_as=Mapped[Sha256],
            colour=choice(Colour, "Which.", default=Colour.RED),
            colour_as=Mapped[Words],
        )
        found = {
            str(c.name): str(c.sqltext)
            for c in made.__table__.constraints
            if isinstance(c, CheckConstraint)
        }
        assert found == {
            f"ck_{unique}_score_valid": "score BETWEEN 0 AND 1",
            f"ck_{unique}_sha_valid": "sha ~ '^[0-9a-f]{64}$'",
            f"ck_{unique}_colour_valid": "colour IN ('red', 'green')",
        }
        assert str(made.__table__.c.colour.server_default.arg) == "'red'"

    def test_the_docstring_is_the_comment(self, unique):
        assert declare(unique).__table__.comment == "A thing."


def test_a_view_is_filed_under_its_full_name(unique):
    made = view("operations", f"v_{unique}", "Text.", "SELECT 1 AS one")
    assert views()[f"operations.v_{unique}"] is made
