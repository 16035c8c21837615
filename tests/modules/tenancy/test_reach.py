"""What the database lets each user of a tenant see and change, and what the trail tells him."""

from __future__ import annotations

from contextlib import suppress

import pytest

from everlearn.core.errors import Duplicate, Forbidden
from everlearn.core.testing.make import table_of
from everlearn.core.tx import Actor
from everlearn.modules.audit import service as audit
from everlearn.modules.tenancy import errors, service
from everlearn.modules.tenancy.tables import (
    CollaborationSession,
    EnterpriseSetting,
    RolePermission,
    SharedWorkspace,
    SsoConfiguration,
    Team,
    TeamMember,
)

ROLES = ("owner", "admin", "member", "viewer")
OUTSIDE = ("stranger",)


def count(tx, row) -> int:
    return tx.scalar(f"SELECT count(*) FROM {table_of(row).key}")


def changed(tx, row) -> int:
    """Try to change every row: how many the user reached."""
    name = table_of(row).columns.keys()[-1]
    try:
        with tx.savepoint():
            return tx.execute(f"UPDATE {table_of(row).key} SET {name} = {name}").rowcount
    except Forbidden:
        return 0


SEEN = [
    (Team, ROLES),
    (TeamMember, ROLES),
    (SharedWorkspace, ROLES),
    (CollaborationSession, ("member", "viewer")),
    (SsoConfiguration, ("owner", "admin")),
    (EnterpriseSetting, ("owner", "admin")),
    (RolePermission, ()),
]
CHANGED = [
    (Team, ("owner", "admin")),
    (SharedWorkspace, ("owner", "admin")),
    (CollaborationSession, ("member", "viewer")),
    (SsoConfiguration, ("owner", "admin")),
    (EnterpriseSetting, ("owner", "admin")),
    (RolePermission, ()),
]


class TestReach:
    """As everlearn_app, with the user set: the database decides, not the service."""

    @pytest.mark.parametrize("name", [*ROLES, *OUTSIDE])
    @pytest.mark.parametrize(("row", "who"), SEEN, ids=lambda v: getattr(v, "__name__", ""))
    def test_who_sees(self, cast, things, row, who, name):
        with cast.acting(name) as tx:
            assert bool(count(tx, row)) == (name in who)

    @pytest.mark.parametrize("name", [*ROLES, *OUTSIDE])
    @pytest.mark.parametrize(("row", "who"), CHANGED, ids=lambda v: getattr(v, "__name__", ""))
    def test_who_changes(self, cast, things, row, who, name):
        with cast.acting(name) as tx:
            assert bool(changed(tx, row)) == (name in who)

    @pytest.mark.parametrize(("row", "_"), SEEN, ids=lambda v: getattr(v, "__name__", ""))
    def test_a_key_without_a_user_reaches_everything(self, cast, things, row, _):
        with cast.acting(None) as tx:
            assert count(tx, row)
            assert changed(tx, row)

    @pytest.mark.parametrize(("row", "_"), SEEN, ids=lambda v: getattr(v, "__name__", ""))
    def test_another_tenant_sees_nothing_even_as_the_same_user(self, cast, things, rival, row, _):
        with rival.tx() as tx:
            assert count(tx, row) == 0
        actor = Actor("user", "owner", user_id=cast.users["owner"])
        with cast.database.tx(rival.tenant_id, actor=actor) as tx:
            assert count(tx, row) == 0

    def test_members_see_all_members(self, cast):
        with cast.acting("viewer") as tx:
            assert count(tx, TeamMember) == len(ROLES)

    def test_a_public_workspace_is_seen_by_every_user(self, cast, things):
        with cast.acting("admin") as tx:
            service.update_workspace(tx, things.workspace, is_public=True)
        with cast.acting("stranger") as tx:
            assert count(tx, SharedWorkspace) == 1
            assert changed(tx, SharedWorkspace) == 0
            with pytest.raises(errors.NotAdmin):
                service.update_workspace(tx, things.workspace, is_public=False)

    @pytest.mark.parametrize("name", ["admin", "member", "viewer", "stranger"])
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE tenancy.team_members SET role = 'owner' WHERE user_id = app.user_id()",
            "UPDATE tenancy.team_members SET user_id = app.user_id() WHERE role = 'owner'",
            "UPDATE tenancy.teams SET owner_id = app.user_id()",
            "DELETE FROM tenancy.team_members WHERE role = 'owner'",
            (
                "INSERT INTO tenancy.team_members (team_id, user_id, role)"
                " VALUES (:team, app.user_id(), 'owner')"
            ),
        ],
    )
    def test_nobody_makes_himself_an_owner(self, cast, name, statement):
        def attempt() -> int:
            with cast.acting(name) as tx:
                parameters = {"team": cast.team} if ":team" in statement else {}
                return tx.execute(statement, parameters).rowcount

        with suppress(Forbidden, Duplicate):
            assert attempt() == 0
        with cast.acting(None) as tx:
            owners = [m.username for m in service.list_members(tx, cast.team) if m.role == "owner"]
            assert owners == ["owner"]
            assert service.get_team(tx, cast.team).owner == "owner"

    @pytest.mark.parametrize("name", ["member", "viewer", "stranger"])
    def test_nobody_lets_himself_or_others_in(self, cast, name):
        with pytest.raises(Forbidden), cast.acting(name) as tx:
            tx.execute(
                "INSERT INTO tenancy.team_members (team_id, user_id, role)"
                " VALUES (:team, :user, 'viewer')",
                {"team": cast.team, "user": cast.users["stranger"]},
            )

    def test_a_team_in_the_name_of_another_is_refused(self, cast):
        with pytest.raises(Forbidden), cast.acting("stranger") as tx:
            tx.execute(
                "INSERT INTO tenancy.teams (name, owner_id) VALUES ('mine', :owner)",
                {"owner": cast.users["owner"]},
            )


class TestTrail:
    def test_members_read_what_was_done_in_the_team(self, cast, things):
        with cast.acting("admin") as tx:
            service.update_team(tx, cast.team, description="new")
            service.set_setting(tx, cast.team, key="limit", value=4)
        with cast.acting("viewer") as tx:
            seen = {entry.resource_type for entry in audit.list_entries(tx).items}
            assert seen == {"teams", "team_members"}
        with cast.acting("stranger") as tx:
            assert audit.list_entries(tx).items == []
        with cast.acting("admin") as tx:  # what he did himself
            assert "enterprise_settings" in {e.resource_type for e in audit.list_entries(tx).items}

    def test_secrets_of_a_sign_on_are_not_written_down(self, cast, things):
        with cast.acting(None) as tx:
            (made,) = audit.list_entries(tx, resource_type="sso_configurations").items
            written = tx.scalar("SELECT string_agg(to_jsonb(l)::text, '') FROM audit.audit_logs l")
        assert made.action_details["config"] == "***"
        assert "hush-hush" not in written

    def test_a_user_neither_changes_nor_removes_what_he_did(self, cast):
        with cast.acting("stranger") as tx:
            audit.record(tx, action_type="access", resource_type="api")
        for statement in (
            "UPDATE audit.audit_logs SET success = false",
            "DELETE FROM audit.audit_logs",
        ):
            with pytest.raises(Forbidden), cast.acting("stranger") as tx:
                tx.execute(statement)

    def test_the_chain_is_whole_for_a_user_who_reads_a_part_of_it(self, cast, things):
        with cast.acting("stranger") as tx:
            chain = tx.execute("SELECT * FROM audit.check_chain()").one()
        with cast.acting(None) as tx:
            assert chain == tx.execute("SELECT * FROM audit.check_chain()").one()
            assert chain.rows == chain.head_seq > 0
        assert chain.first_broken is None
