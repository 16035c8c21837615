"""Settings, single sign-on and rights."""

from __future__ import annotations

import pytest

from everlearn.core.errors import Duplicate, Forbidden, Invalid, NotFound
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.modules.tenancy import errors, service
from everlearn.modules.tenancy.tables import (
    CollaborationSession,
    EnterpriseSetting,
    RolePermission,
    SharedWorkspace,
    SsoConfiguration,
    Team,
    TeamMember,
    User,
)
from everlearn.modules.tenancy.types import (
    PermissionType,
    ResourceType,
    Role,
    SettingType,
    SsoType,
    TeamRole,
    WorkspaceType,
)

API, DATA, SPACE = ResourceType.API, ResourceType.DATA, ResourceType.WORKSPACE
READ, WRITE, CUSTOM = PermissionType.READ, PermissionType.WRITE, PermissionType.CUSTOM


class TestTables:
    @pytest.mark.parametrize(
        ("row", "column", "example"),
        [
            (TeamMember, "role", "viewer"),
            (SharedWorkspace, "workspace_type", "mlops"),
            (CollaborationSession, "session_type", "planning"),
            (CollaborationSession, "status", "paused"),
            (SsoConfiguration, "sso_type", "ldap"),
            (RolePermission, "resource_type", "feature"),
            (RolePermission, "permission_type", "delete"),
            (EnterpriseSetting, "setting_type", "string"),
        ],
    )
    def test_a_vocabulary_names_what_is_allowed(self, tx, row, column, example):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, row, **{column: "nonsense"})
        if row is EnterpriseSetting:  # the value's own check may be the one that is named
            return
        assert caught.value.field == column
        assert example in caught.value.facts["allowed"]

    @pytest.mark.parametrize(
        ("kind", "right", "wrong"),
        [
            ("string", "3", 3),
            ("number", 3, "3"),
            ("boolean", False, 0),
            ("json", {"a": 1}, [1]),
            ("array", [1], {"a": 1}),
        ],
    )
    def test_a_setting_has_the_type_it_says(self, tx, kind, right, wrong):
        made = make(tx, EnterpriseSetting, setting_type=kind, setting_value=right)
        assert made.setting_value == right
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, EnterpriseSetting, setting_type=kind, setting_value=wrong)
        assert caught.value.field == "setting_value"

    def test_one_row_a_kind_of_permission_even_without_a_resource(self, tx):
        same = {"role_name": "member", "resource_type": "api"}
        make(tx, RolePermission, permission_type="read", **same)
        make(tx, RolePermission, permission_type="write", **same)
        make(tx, RolePermission, permission_type="read", resource_id="x", **same)
        for resource in (None, "x"):
            with pytest.raises(Duplicate), tx.savepoint():
                make(tx, RolePermission, permission_type="read", resource_id=resource, **same)

    @pytest.mark.parametrize(
        ("row", "key"),
        [
            (Team, ("name",)),
            (TeamMember, ("team_id", "user_id")),
            (SsoConfiguration, ("team_id", "sso_type")),
            (EnterpriseSetting, ("team_id", "setting_key")),
        ],
    )
    def test_unique_keys(self, tx, row, key):
        extra = {"setting_type": "number", "setting_value": 1} if row is EnterpriseSetting else {}
        made = make(tx, row, **extra)
        with pytest.raises(Duplicate), tx.savepoint():
            make(tx, row, **extra, **{name: getattr(made, name) for name in key})

    def test_a_session_does_not_end_before_it_begins(self, tx):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, CollaborationSession, ended_at="2000-01-01")
        assert caught.value.field == "ended_at"


@pytest.fixture
def team(tx):
    ada = service.create_user(tx, email="ada@example.org", username="ada")
    return service.create_team(tx, name="ops", owner_id=ada)


class TestSettings:
    @pytest.mark.parametrize(
        ("value", "kind"),
        [
            ("eu", SettingType.STRING),
            (0, SettingType.NUMBER),
            (1.5, SettingType.NUMBER),
            (False, SettingType.BOOLEAN),
            ({"a": None}, SettingType.JSON),
            ([], SettingType.ARRAY),
        ],
    )
    def test_the_type_is_the_values(self, tx, team, value, kind):
        made = service.set_setting(tx, team.id, key="k", value=value)
        assert (made.setting_value, made.setting_type) == (value, kind)

    def test_again_is_the_new_value_with_the_old_description(self, tx, team):
        first = service.set_setting(tx, team.id, key="k", value=1, description="How many.")
        again = service.set_setting(tx, team.id, key="k", value="many")
        assert (again.id, again.description) == (first.id, "How many.")
        assert again.setting_type == SettingType.STRING
        assert service.list_settings(tx, team.id) == [again]
        service.unset_setting(tx, team.id, key="k")
        with pytest.raises(NotFound):
            service.unset_setting(tx, team.id, key="k")

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"value": None}, "value"),
            ({"value": "3", "setting_type": SettingType.NUMBER}, "value"),
            ({"value": True, "setting_type": SettingType.NUMBER}, "value"),
            ({"value": 1, "key": ""}, "setting_key"),
        ],
    )
    def test_wrong_values_are_refused(self, tx, team, wrong, field):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            service.set_setting(tx, team.id, **{"key": "k"} | wrong)
        assert caught.value.field == field

    def test_nothing_is_stored_as_encrypted_that_is_not(self, tx, team):
        with pytest.raises(errors.NoEncryption):
            service.set_setting(tx, team.id, key="k", value="v", is_encrypted=True)
        assert service.list_settings(tx, team.id) == []


class TestSso:
    def test_is_replaced_by_type_and_never_shows_its_config(self, tx, team):
        values = {"sso_type": SsoType.OIDC, "config": {"client_secret": "hush"}}
        first = service.configure_sso(tx, team.id, provider_name="okta", **values)
        again = service.configure_sso(tx, team.id, provider_name="auth0", enabled=True, **values)
        service.configure_sso(
            tx, team.id, sso_type=SsoType.SAML, provider_name="adfs", config={"url": "x"}
        )
        assert (again.id, again.provider_name, again.enabled) == (first.id, "auth0", True)
        listed = service.list_sso(tx, team.id)
        assert [each.sso_type for each in listed] == ["oidc", "saml"]
        assert "hush" not in str(listed)
        assert tx.scalar("SELECT config ->> 'client_secret' FROM tenancy.sso_configurations")


class TestCan:
    @pytest.fixture
    def users(self, tx, team):
        made = {}
        for name, role in (("reader", Role.READER), ("writer", Role.WRITER), ("boss", Role.ADMIN)):
            made[name] = service.create_user(
                tx, email=f"{name}@example.org", username=name, role=role
            )
        for name, role in (("member", TeamRole.MEMBER), ("viewer", TeamRole.VIEWER)):
            made[name] = service.create_user(tx, email=f"{name}@example.org", username=name)
            service.add_member(tx, team.id, user_id=made[name], role=role)
        return made

    def grant(self, tx, role, permission, resource=API, **more):
        return service.grant_permission(
            tx, role_name=role, permission_type=permission, resource_type=resource, **more
        )

    def may(self, tx, user, action="read", resource=API, **more):
        return service.can(tx, user, action=action, resource_type=resource, **more)

    def test_nothing_without_a_grant(self, tx, users):
        assert not any(self.may(tx, user) for user in users.values())

    def test_a_role_of_the_tenant_includes_those_below_it(self, tx, users):
        self.grant(tx, "tenant.writer", READ)
        allowed = {name for name, user in users.items() if self.may(tx, user)}
        assert allowed == {"writer", "boss"}
        assert not self.may(tx, users["boss"], action="write")
        assert not self.may(tx, users["boss"], resource=DATA)

    def test_a_role_in_a_team_counts_for_what_is_the_teams(self, tx, users, team):
        self.grant(tx, "member", WRITE)
        assert self.may(tx, users["member"], action="write", team_id=team.id)
        assert self.may(tx, team.owner_id, action="write", team_id=team.id)
        assert not self.may(tx, users["viewer"], action="write", team_id=team.id)
        assert not self.may(tx, users["member"], action="write")
        assert not self.may(tx, users["boss"], action="write", team_id=team.id)
        service.update_team(tx, team.id, is_active=False)
        assert not self.may(tx, users["member"], action="write", team_id=team.id)

    def test_a_team_of_ones_own_opens_nothing_else(self, tx, users, team):
        self.grant(tx, "owner", PermissionType.ADMIN, SPACE)
        own = service.create_team(tx, name="own", owner_id=users["reader"])
        space = service.create_workspace(
            tx, team.id, name="w", workspace_type=WorkspaceType.CODEBASE
        )
        where = {"resource": SPACE, "resource_id": str(space.id)}
        assert self.may(tx, team.owner_id, **where)
        assert not self.may(tx, users["reader"], team_id=own.id, **where)

    def test_one_resource_or_all(self, tx, users):
        self.grant(tx, "tenant.reader", READ, DATA, resource_id="a")
        assert self.may(tx, users["reader"], resource=DATA, resource_id="a")
        assert not self.may(tx, users["reader"], resource=DATA, resource_id="b")
        assert not self.may(tx, users["reader"], resource=DATA)

    def test_admin_includes_everything_and_custom_what_it_names(self, tx, users):
        self.grant(tx, "tenant.admin", PermissionType.ADMIN)
        custom = {"export": True, "import": False}
        self.grant(tx, "tenant.writer", CUSTOM, custom_permissions=custom)
        for action in ("read", "delete", "export", "anything"):
            assert self.may(tx, users["boss"], action=action)
        assert self.may(tx, users["writer"], action="export")
        for action in ("import", "read", "custom"):
            assert not self.may(tx, users["writer"], action=action)

    def test_conditions_must_hold(self, tx, users):
        self.grant(tx, "tenant.reader", READ, conditions={"stage": "test", "own": True})
        assert not self.may(tx, users["reader"])
        assert not self.may(tx, users["reader"], context={"stage": "test"})
        assert self.may(tx, users["reader"], context={"stage": "test", "own": True, "more": 1})

    def test_superusers_may_and_inactive_accounts_may_not(self, tx, users):
        self.grant(tx, "tenant.reader", READ)
        table = User.__table__
        for name, column in (("viewer", {"is_superuser": True}), ("reader", {"is_active": False})):
            tx.execute(table.update().where(table.c.id == users[name]).values(**column))
        assert self.may(tx, users["viewer"], action="delete")
        assert not self.may(tx, users["reader"])

    def test_the_same_grant_again_replaces_the_conditions(self, tx, users):
        first = self.grant(tx, "tenant.reader", READ, conditions={"stage": "test"})
        again = self.grant(tx, "tenant.reader", READ)
        assert (again.id, again.conditions) == (first.id, {})
        assert self.may(tx, users["reader"])
        service.revoke_permission(tx, again.id)
        assert service.list_permissions(tx) == []
        with pytest.raises(NotFound):
            service.revoke_permission(tx, again.id)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"role": "god"}, "role_name"),
            ({"role": "reader"}, "role_name"),
            ({"permission": CUSTOM}, "custom_permissions"),
            ({"custom_permissions": {"x": True}}, "custom_permissions"),
        ],
    )
    def test_grants_that_mean_nothing_are_refused(self, tx, wrong, field):
        with pytest.raises(Invalid) as caught:
            self.grant(tx, **{"role": "member", "permission": READ} | wrong)
        assert caught.value.field == field

    def test_a_user_asks_about_himself_and_grants_nothing(self, database, tenant, other_tenant):
        with database.tx(tenant) as tx:
            one, two = (
                service.create_user(tx, email=f"{name}@example.org", username=name)
                for name in ("one", "two")
            )
            permission = self.grant(tx, "tenant.reader", READ)
        with database.tx(tenant, actor=Actor("user", "one", user_id=one)) as tx:
            assert self.may(tx, one)
            assert service.list_permissions(tx) == []
            for attempt in (
                lambda: self.may(tx, two),
                lambda: self.grant(tx, "tenant.reader", WRITE),
                lambda: service.revoke_permission(tx, permission.id),
            ):
                with pytest.raises(Forbidden), tx.savepoint():
                    attempt()

    def test_another_tenants_user_may_nothing_here(self, database, tenant, rival):
        with rival.tx() as tx:
            eve = service.create_user(tx, email="eve@example.org", username="eve")
        with database.tx(tenant) as tx:
            self.grant(tx, "tenant.reader", READ)
            assert not self.may(tx, eve)
