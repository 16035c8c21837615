"""What roles may do, and what a team's admins set up."""

from __future__ import annotations

from typing import Annotated, Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import Id, Json, Moment, Name, Words, choice, column, ref
from everlearn.core.tables import Policy, Row
from everlearn.modules.tenancy.types import PermissionType, ResourceType, SettingType, SsoType

#: Any JSON but null, of the type that the column `setting_type` names.
TypedJson = Annotated[
    Any,
    mapped_column(
        JSONB(none_as_null=True),
        info={
            "check": "jsonb_typeof({c}) ="
            " CASE setting_type WHEN 'json' THEN 'object' ELSE setting_type END"
        },
    ),
]


class RolePermission(
    Row,
    module="tenancy",
    policy=Policy(rows="tenant", see=("nobody",), touch=True, audit=True),
    expose=("list", "get"),
):
    """What a role may do with resources of a type, or with one; no user reads or writes it."""

    __tablename__ = "role_permissions"
    __table_args__ = (
        # One kind of permission a row; two rows without a resource_id are the same key.
        UniqueConstraint(
            "tenant_id",
            "role_name",
            "resource_type",
            "resource_id",
            "permission_type",
            name="uq_role_permissions",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_role_permissions_resource_type", "tenant_id", "resource_type"),
    )

    role_name: Mapped[Name] = column(
        "Role of a team (owner, admin, member, viewer), or of the tenant with the word tenant"
        " before it (tenant.admin, tenant.writer, tenant.reader)."
    )
    resource_type: Mapped[Words] = choice(ResourceType, "What it is about.")
    resource_id: Mapped[Words | None] = column("One resource; NULL means all of this type.")
    permission_type: Mapped[Words] = choice(
        PermissionType, "What is permitted; admin includes everything else."
    )
    custom_permissions: Mapped[Json] = column(
        "Actions of the type custom: name to true.", default="'{}'"
    )
    conditions: Mapped[Json] = column(
        "What must hold: each of these keys has this value in the question's context.",
        default="'{}'",
    )
    is_active: Mapped[bool] = column("Whether it counts.", default="true", index=True)
    created_at: Mapped[Moment] = column("When it was granted.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


# Not exposed: `config` holds secrets of the identity provider.
class SsoConfiguration(
    Row,
    module="tenancy",
    policy=Policy(rows="tenant", see=("admin:team_id",), touch=True, audit=True),
    expose=(),
):
    """How a team's users sign in through an identity provider; for the team's admins only."""

    __tablename__ = "sso_configurations"
    __table_args__ = (
        UniqueConstraint("tenant_id", "team_id", "sso_type"),
        Index("ix_sso_configurations_sso_type", "tenant_id", "sso_type"),
    )

    team_id: Mapped[Id] = ref("tenancy.teams", "Team it is for.", ondelete="CASCADE")
    sso_type: Mapped[Words] = choice(SsoType, "Protocol.")
    provider_name: Mapped[Name] = column("Identity provider, such as okta.")
    enabled: Mapped[bool] = column("Whether it is in use.", default="false", index=True)
    config: Mapped[Json] = column("What the protocol needs; holds secrets and is never shown.")
    meta: Mapped[Json] = column("More about it.", name="metadata", default="'{}'")
    created_at: Mapped[Moment] = column("When it was set up.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class EnterpriseSetting(
    Row,
    module="tenancy",
    policy=Policy(rows="tenant", see=("admin:team_id",), touch=True, audit=True),
    expose=("list", "get"),
):
    """A setting of a team, of a declared type; for the team's admins only."""

    __tablename__ = "enterprise_settings"
    __table_args__ = (UniqueConstraint("tenant_id", "team_id", "setting_key"),)

    team_id: Mapped[Id] = ref("tenancy.teams", "Team it is for.", ondelete="CASCADE")
    setting_key: Mapped[Name] = column("Name of the setting.", index=True)
    setting_value: Mapped[TypedJson] = column("Its value, of the type in setting_type.")
    setting_type: Mapped[Words] = choice(SettingType, "Type of the value; json is an object.")
    description: Mapped[Words | None] = column("What it does.")
    is_encrypted: Mapped[bool] = column("Whether the value is stored encrypted.", default="false")
    updated_by: Mapped[Id | None] = ref(
        "tenancy.users", "User who set it last.", ondelete="SET NULL"
    )
    created_at: Mapped[Moment] = column("When it was first set.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last set.", default="now()", index=True)


FUNCTIONS = (
    # SECURITY DEFINER: no user reads role_permissions, yet may ask what it lets him do.
    """
    CREATE OR REPLACE FUNCTION tenancy.can(wanted_user uuid, wanted_action text, wanted_type text,
      wanted_id text, wanted_team uuid, context jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      tenant_roles constant text[] := '{tenant.admin,tenant.writer,tenant.reader}';
      team_roles constant text[] := '{owner,admin,member,viewer}';
      account record;
      team uuid := wanted_team;
      held text[];
    BEGIN
      IF app.user_id() IS NOT NULL AND app.user_id() IS DISTINCT FROM wanted_user THEN
        RAISE EXCEPTION 'a user asks about himself only' USING ERRCODE = 'insufficient_privilege';
      END IF;
      SELECT u.role, u.is_superuser INTO account FROM tenancy.users u
      WHERE u.tenant_id = app.tenant_id() AND u.id = wanted_user AND u.is_active;
      IF NOT FOUND THEN
        RETURN false;
      END IF;
      IF account.is_superuser THEN
        RETURN true;
      END IF;
      -- A workspace belongs to one team, whatever team the question names.
      IF wanted_type = 'workspace' AND wanted_id IS NOT NULL THEN
        SELECT w.team_id INTO team FROM tenancy.shared_workspaces w
        WHERE w.tenant_id = app.tenant_id() AND w.id::text = lower(wanted_id);
      END IF;
      -- A role includes those below it.
      held := tenant_roles[array_position(tenant_roles, 'tenant.' || account.role):];
      SELECT held || team_roles[array_position(team_roles, m.role):] INTO held
      FROM (SELECT) one LEFT JOIN (
        tenancy.team_members m JOIN tenancy.teams t
          ON t.tenant_id = m.tenant_id AND t.id = m.team_id AND t.is_active
      ) ON m.tenant_id = app.tenant_id() AND m.team_id = team AND m.user_id = wanted_user;
      RETURN EXISTS (
        SELECT FROM tenancy.role_permissions p
        WHERE p.tenant_id = app.tenant_id() AND p.is_active AND p.role_name = ANY (held)
          AND p.resource_type = wanted_type
          AND (p.resource_id IS NULL OR p.resource_id = wanted_id)
          AND CASE p.permission_type
                WHEN 'admin' THEN true
                WHEN 'custom' THEN coalesce(p.custom_permissions -> wanted_action = 'true', false)
                ELSE p.permission_type = wanted_action
              END
          AND context @> p.conditions);
    END $$
    """,
    "REVOKE EXECUTE ON FUNCTION tenancy.can(uuid, text, text, text, uuid, jsonb) FROM PUBLIC",
    """
    GRANT EXECUTE ON FUNCTION tenancy.can(uuid, text, text, text, uuid, jsonb)
    TO everlearn_app, everlearn_reader, everlearn_service
    """,
    (
        "COMMENT ON FUNCTION tenancy.can(uuid, text, text, text, uuid, jsonb) IS"
        " 'Whether role_permissions let a user do something with a resource.'"
    ),
)
