"""A team with a user in each role, and something of everything it may own."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.modules.tenancy import service
from everlearn.modules.tenancy.tables import RolePermission
from everlearn.modules.tenancy.types import SessionType, SsoType, TeamRole, WorkspaceType

ROLES = ("owner", "admin", "member", "viewer")
OUTSIDE = ("stranger",)


class Cast:
    """A tenant with a user for each role of one team, and a stranger who is in none."""

    def __init__(self, database, tenant) -> None:
        self.database, self.tenant = database, tenant
        with database.tx(tenant) as tx:
            self.users = {
                name: service.create_user(tx, email=f"{name}@example.org", username=name)
                for name in (*ROLES, *OUTSIDE)
            }
            self.team = service.create_team(tx, name="ops", owner_id=self.users["owner"]).id
            for name in ROLES[1:]:
                service.add_member(tx, self.team, user_id=self.users[name], role=TeamRole(name))

    @contextmanager
    def acting(self, name):
        """Open a transaction of a user, or of a key without one (None)."""
        actor = Actor("user", name, user_id=self.users[name]) if name else Actor("key", "key")
        with self.database.tx(self.tenant, actor=actor) as tx:
            yield tx


@pytest.fixture
def cast(database, tenant, other_tenant):
    """Give the team on the test's own transaction."""
    return Cast(database, tenant)


@pytest.fixture
def cast_in_earnest(db):
    """Give the team in a database of its own, where transactions commit."""
    return Cast(db.database(), db.tenant())


@pytest.fixture
def things(cast):
    """Give one row of every table of the team."""
    made = SimpleNamespace()
    with cast.acting(None) as tx:
        made.workspace = service.create_workspace(
            tx, cast.team, name="board", workspace_type=WorkspaceType.DASHBOARD
        ).id
        made.session = service.start_session(
            tx,
            made.workspace,
            session_name="plan",
            session_type=SessionType.PLANNING,
            host_id=cast.users["member"],
            participants=[cast.users["viewer"]],
        ).id
        service.set_setting(tx, cast.team, key="limit", value=3)
        service.configure_sso(
            tx,
            cast.team,
            sso_type=SsoType.OIDC,
            provider_name="okta",
            config={"client_secret": "hush-hush"},
        )
        make(tx, RolePermission, role_name="member")
    return made
