"""Teams, workspaces and sessions: what the services do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from everlearn.core.errors import Duplicate, EverlearnError, Forbidden, Invalid, NotFound
from everlearn.core.errors import WrongStatus as Wrong
from everlearn.modules.tenancy import errors, service
from everlearn.modules.tenancy.types import (
    MOVES,
    SessionStatus,
    SessionType,
    TeamRole,
    WorkspaceType,
)


class TestTeams:
    def test_the_owner_is_its_first_member(self, cast):
        with cast.acting("stranger") as tx:
            team = service.create_team(tx, name="mine", description="Mine alone.")
            assert (team.owner, team.members, team.workspaces) == ("stranger", 1, 0)
            (member,) = service.list_members(tx, team.id)
            assert (member.username, member.role) == ("stranger", TeamRole.OWNER)
            assert [each.name for each in service.list_teams(tx)] == ["mine"]

    def test_a_key_without_a_user_must_name_the_owner(self, cast):
        with cast.acting(None) as tx, pytest.raises(Invalid) as caught:
            service.create_team(tx, name="mine")
        assert caught.value.field == "owner_id"

    def test_a_user_makes_none_for_another(self, cast):
        with cast.acting("stranger") as tx, pytest.raises(Forbidden):
            service.create_team(tx, name="mine", owner_id=cast.users["owner"])

    def test_a_name_is_unique_in_the_tenant_alone(self, cast, rival):
        with cast.acting(None) as tx, pytest.raises(Duplicate) as caught, tx.savepoint():
            service.create_team(tx, name="ops", owner_id=cast.users["owner"])
        assert caught.value.field == "name"
        with rival.tx() as tx:
            user = service.create_user(tx, email="eve@example.org", username="eve")
            assert service.create_team(tx, name="ops", owner_id=user).name == "ops"

    def test_changes(self, cast):
        with cast.acting("admin") as tx:
            made = service.update_team(tx, cast.team, name="operations", is_active=False)
            assert (made.name, made.is_active) == ("operations", False)
            with pytest.raises(Invalid):
                service.update_team(tx, cast.team, owner_id=cast.users["admin"])
        with cast.acting("viewer") as tx, pytest.raises(errors.NotAdmin):
            service.update_team(tx, cast.team, name="mine")
        with cast.acting("stranger") as tx, pytest.raises(errors.UnknownTeam):
            service.update_team(tx, cast.team, name="mine")

    def test_members_come_and_go(self, cast):
        user = cast.users["stranger"]
        with cast.acting("admin") as tx:
            made = service.add_member(tx, cast.team, user_id=user, role=TeamRole.VIEWER)
            assert made.invited_by == cast.users["admin"]
            with pytest.raises(Duplicate), tx.savepoint():
                service.add_member(tx, cast.team, user_id=user)
            made = service.change_role(tx, cast.team, user_id=user, role=TeamRole.MEMBER)
            assert made.role == TeamRole.MEMBER
            service.remove_member(tx, cast.team, user_id=user)
            with pytest.raises(NotFound):
                service.remove_member(tx, cast.team, user_id=user)

    @pytest.mark.parametrize("name", ["member", "viewer"])
    def test_only_admins_decide_who_is_in(self, cast, name):
        with cast.acting(name) as tx:
            for attempt in (
                lambda: service.add_member(tx, cast.team, user_id=cast.users["stranger"]),
                lambda: service.remove_member(tx, cast.team, user_id=cast.users["admin"]),
                lambda: service.change_role(
                    tx, cast.team, user_id=cast.users[name], role=TeamRole.ADMIN
                ),
            ):
                with pytest.raises(errors.NotAdmin):
                    attempt()

    def test_only_owners_decide_who_owns(self, cast):
        with cast.acting("admin") as tx:
            for attempt in (
                lambda: service.remove_member(tx, cast.team, user_id=cast.users["owner"]),
                lambda: service.change_role(
                    tx, cast.team, user_id=cast.users["admin"], role=TeamRole.OWNER
                ),
                lambda: service.add_member(
                    tx, cast.team, user_id=cast.users["stranger"], role=TeamRole.OWNER
                ),
            ):
                with pytest.raises(errors.NotOwner):
                    attempt()

    @pytest.mark.parametrize("name", ["owner", None])
    def test_the_last_owner_stays(self, cast, name):
        with cast.acting(name) as tx:
            with pytest.raises(errors.LastOwner):
                service.remove_member(tx, cast.team, user_id=cast.users["owner"])
            with pytest.raises(errors.LastOwner):
                service.change_role(
                    tx, cast.team, user_id=cast.users["owner"], role=TeamRole.MEMBER
                )

    def test_the_team_goes_to_the_next_owner(self, cast):
        with cast.acting("owner") as tx:
            service.change_role(tx, cast.team, user_id=cast.users["admin"], role=TeamRole.OWNER)
            service.remove_member(tx, cast.team, user_id=cast.users["owner"])
        with cast.acting("owner") as tx:
            assert service.list_teams(tx) == []
        with cast.acting("admin") as tx:
            assert service.get_team(tx, cast.team).owner == "admin"

    def test_of_two_owners_who_leave_at_once_one_stays(self, cast_in_earnest):
        cast = cast_in_earnest
        with cast.acting("owner") as tx:
            service.change_role(tx, cast.team, user_id=cast.users["admin"], role=TeamRole.OWNER)

        def leave(name) -> bool:
            try:
                with cast.acting(name) as tx:
                    service.remove_member(tx, cast.team, user_id=cast.users[name])
            except EverlearnError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(leave, ("owner", "admin"))) == 1
        with cast.acting(None) as tx:
            roles = [member.role for member in service.list_members(tx, cast.team)]
            assert roles.count(TeamRole.OWNER) == 1


class TestWorkspacesAndSessions:
    def test_a_member_makes_one_and_a_viewer_does_not(self, cast):
        values = {"name": "board", "workspace_type": WorkspaceType.MLOPS}
        with cast.acting("member") as tx:
            made = service.create_workspace(tx, cast.team, **values)
            assert made.created_by == cast.users["member"]
            assert service.list_workspaces(tx, team_id=cast.team) == [made]
        with cast.acting("viewer") as tx, pytest.raises(Forbidden):
            service.create_workspace(tx, cast.team, **values)
        with cast.acting("stranger") as tx, pytest.raises(errors.UnknownTeam):
            service.create_workspace(tx, cast.team, **values)

    def start(self, tx, workspace, **more):
        return service.start_session(
            tx, workspace, session_name="s", session_type=SessionType.DESIGN, **more
        )

    def test_a_session_from_start_to_end(self, cast, things):
        with cast.acting("member") as tx:
            made = self.start(tx, things.workspace, participants=[cast.users["viewer"]])
            assert made.participants == [cast.users["member"], cast.users["viewer"]]
        with cast.acting("viewer") as tx:
            assert service.pause_session(tx, made.id).status == SessionStatus.PAUSED
            assert service.resume_session(tx, made.id).status == SessionStatus.ACTIVE
            ended = service.end_session(tx, made.id)
            assert (ended.status, ended.ended_at) == (SessionStatus.ENDED, tx.now())
            with pytest.raises(Wrong) as caught:
                service.resume_session(tx, made.id)
            assert caught.value.facts["allowed"] == []

    def test_a_session_ends_though_the_clock_was_put_back(self, cast, things):
        with cast.acting("member") as tx:
            made = self.start(tx, things.workspace)
            query = "UPDATE collaboration_sessions SET started_at = :at WHERE id = :id"
            later = tx.now() + timedelta(hours=1)  # by the clock as it was then
            tx.execute(query, {"at": later, "id": made.id})
            assert service.end_session(tx, made.id).ended_at == later

    def test_every_move_is_allowed_or_refused_as_declared(self, cast, things):
        act = {
            SessionStatus.PAUSED: service.pause_session,
            SessionStatus.ACTIVE: service.resume_session,
            SessionStatus.ENDED: service.end_session,
        }
        for before, allowed in MOVES.items():
            for to, move in act.items():
                with cast.acting(None) as tx:
                    made = self.start(tx, things.workspace, host_id=cast.users["owner"])
                    if before != SessionStatus.ACTIVE:
                        act[before](tx, made.id)
                    if to in allowed:
                        assert move(tx, made.id).status == to
                    else:
                        with pytest.raises(Wrong):
                            move(tx, made.id)

    def test_it_is_for_its_host_and_participants(self, cast, things):
        with cast.acting("owner") as tx:
            assert service.list_sessions(tx) == []
            for move in (service.get_session, service.end_session):
                with pytest.raises(errors.UnknownSession):
                    move(tx, things.session)

    def test_who_cannot_see_the_workspace_takes_no_part(self, cast, things):
        with cast.acting("member") as tx, pytest.raises(Invalid) as caught:
            self.start(tx, things.workspace, participants=[cast.users["stranger"]])
        assert caught.value.field == "participants"
        with cast.acting("member") as tx, pytest.raises(Invalid):
            self.start(tx, things.workspace, host_id=cast.users["owner"])
        with cast.acting(None) as tx, pytest.raises(Invalid):
            self.start(tx, things.workspace)
        with cast.acting("stranger") as tx, pytest.raises(errors.UnknownWorkspace):
            self.start(tx, things.workspace)
