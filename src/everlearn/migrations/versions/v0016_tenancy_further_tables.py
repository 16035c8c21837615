"""Tenancy further tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "role_permissions",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "role_name",
            sa.Text(),
            nullable=False,
            comment="Role of a team (owner, admin, member, viewer), or of the tenant with the word tenant before it (tenant.admin, tenant.writer, tenant.reader).",
        ),
        sa.Column("resource_type", sa.Text(), nullable=False, comment="What it is about."),
        sa.Column(
            "resource_id",
            sa.Text(),
            nullable=True,
            comment="One resource; NULL means all of this type.",
        ),
        sa.Column(
            "permission_type",
            sa.Text(),
            nullable=False,
            comment="What is permitted; admin includes everything else.",
        ),
        sa.Column(
            "custom_permissions",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Actions of the type custom: name to true.",
        ),
        sa.Column(
            "conditions",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What must hold: each of these keys has this value in the question's context.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it counts.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was granted.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(conditions) = 'object'", name=op.f("ck_role_permissions_conditions_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(custom_permissions) = 'object'",
            name=op.f("ck_role_permissions_custom_permissions_valid"),
        ),
        sa.CheckConstraint(
            "permission_type IN ('read', 'write', 'delete', 'admin', 'custom')",
            name=op.f("ck_role_permissions_permission_type_valid"),
        ),
        sa.CheckConstraint(
            "resource_type IN ('api', 'feature', 'data', 'workspace')",
            name=op.f("ck_role_permissions_resource_type_valid"),
        ),
        sa.CheckConstraint(
            "role_name <> '' AND length(role_name) <= 255",
            name=op.f("ck_role_permissions_role_name_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_role_permissions_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_role_permissions")),
        sa.UniqueConstraint(
            "tenant_id",
            "role_name",
            "resource_type",
            "resource_id",
            "permission_type",
            name="uq_role_permissions",
            postgresql_nulls_not_distinct=True,
        ),
        schema="tenancy",
        comment="What a role may do with resources of a type, or with one; no user reads or writes it.",
    )
    op.create_index(
        "ix_role_permissions_is_active",
        "role_permissions",
        ["tenant_id", "is_active"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_role_permissions_resource_type",
        "role_permissions",
        ["tenant_id", "resource_type"],
        unique=False,
        schema="tenancy",
    )
    op.create_table(
        "teams",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "name", sa.Text(), nullable=False, comment="Name of the team, unique within the tenant."
        ),
        sa.Column("description", sa.Text(), nullable=True, comment="What the team is for."),
        sa.Column("owner_id", sa.UUID(), nullable=False, comment="User who answers for the team."),
        sa.Column("avatar_url", sa.Text(), nullable=True, comment="Address of its picture."),
        sa.Column(
            "settings",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Settings that every member may read.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is in use; the roles of an inactive team permit nothing.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(settings) = 'object'", name=op.f("ck_teams_settings_valid")
        ),
        sa.CheckConstraint("name <> '' AND length(name) <= 255", name=op.f("ck_teams_name_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_teams_owner_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenancy.tenants.id"], name="fk_teams_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_teams")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_teams_tenant_id_name")),
        schema="tenancy",
        comment="A team of users of one tenant; its owner and its members see it.",
    )
    op.create_index(
        "ix_teams_created_at", "teams", ["tenant_id", "created_at"], unique=False, schema="tenancy"
    )
    op.create_index(
        "ix_teams_is_active", "teams", ["tenant_id", "is_active"], unique=False, schema="tenancy"
    )
    op.create_index(
        "ix_teams_owner_id", "teams", ["tenant_id", "owner_id"], unique=False, schema="tenancy"
    )
    op.create_table(
        "enterprise_settings",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("team_id", sa.UUID(), nullable=False, comment="Team it is for."),
        sa.Column("setting_key", sa.Text(), nullable=False, comment="Name of the setting."),
        sa.Column(
            "setting_value",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="Its value, of the type in setting_type.",
        ),
        sa.Column(
            "setting_type",
            sa.Text(),
            nullable=False,
            comment="Type of the value; json is an object.",
        ),
        sa.Column("description", sa.Text(), nullable=True, comment="What it does."),
        sa.Column(
            "is_encrypted",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the value is stored encrypted.",
        ),
        sa.Column("updated_by", sa.UUID(), nullable=True, comment="User who set it last."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was first set.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last set.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(setting_value) = CASE setting_type WHEN 'json' THEN 'object' ELSE setting_type END",
            name=op.f("ck_enterprise_settings_setting_value_valid"),
        ),
        sa.CheckConstraint(
            "setting_key <> '' AND length(setting_key) <= 255",
            name=op.f("ck_enterprise_settings_setting_key_valid"),
        ),
        sa.CheckConstraint(
            "setting_type IN ('string', 'number', 'boolean', 'json', 'array')",
            name=op.f("ck_enterprise_settings_setting_type_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"],
            ["tenancy.teams.tenant_id", "tenancy.teams.id"],
            name="fk_enterprise_settings_team_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "updated_by"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_enterprise_settings_updated_by",
            ondelete="SET NULL (updated_by)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_enterprise_settings_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_enterprise_settings")),
        sa.UniqueConstraint(
            "tenant_id",
            "team_id",
            "setting_key",
            name=op.f("uq_enterprise_settings_tenant_id_team_id_setting_key"),
        ),
        schema="tenancy",
        comment="A setting of a team, of a declared type; for the team's admins only.",
    )
    op.create_index(
        "ix_enterprise_settings_setting_key",
        "enterprise_settings",
        ["tenant_id", "setting_key"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_enterprise_settings_updated_at",
        "enterprise_settings",
        ["tenant_id", "updated_at"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_enterprise_settings_updated_by",
        "enterprise_settings",
        ["tenant_id", "updated_by"],
        unique=False,
        schema="tenancy",
    )
    op.create_table(
        "shared_workspaces",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("team_id", sa.UUID(), nullable=False, comment="Team that shares it."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column("description", sa.Text(), nullable=True, comment="What it is for."),
        sa.Column("workspace_type", sa.Text(), nullable=False, comment="What is worked on in it."),
        sa.Column(
            "config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="How it is laid out.",
        ),
        sa.Column(
            "is_public",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether every user of the tenant sees it.",
        ),
        sa.Column("created_by", sa.UUID(), nullable=True, comment="User who made it."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(config) = 'object'", name=op.f("ck_shared_workspaces_config_valid")
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_shared_workspaces_name_valid")
        ),
        sa.CheckConstraint(
            "workspace_type IN ('codebase', 'dashboard', 'analytics', 'mlops')",
            name=op.f("ck_shared_workspaces_workspace_type_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "created_by"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_shared_workspaces_created_by",
            ondelete="SET NULL (created_by)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"],
            ["tenancy.teams.tenant_id", "tenancy.teams.id"],
            name="fk_shared_workspaces_team_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_shared_workspaces_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_shared_workspaces")),
        schema="tenancy",
        comment="A workspace of a team; its members see it, and when it is public the whole tenant does.",
    )
    op.create_index(
        "ix_shared_workspaces_created_at",
        "shared_workspaces",
        ["tenant_id", "created_at"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_shared_workspaces_created_by",
        "shared_workspaces",
        ["tenant_id", "created_by"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_shared_workspaces_is_public",
        "shared_workspaces",
        ["tenant_id", "is_public"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_shared_workspaces_team_id",
        "shared_workspaces",
        ["tenant_id", "team_id"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_shared_workspaces_workspace_type",
        "shared_workspaces",
        ["tenant_id", "workspace_type"],
        unique=False,
        schema="tenancy",
    )
    op.create_table(
        "sso_configurations",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("team_id", sa.UUID(), nullable=False, comment="Team it is for."),
        sa.Column("sso_type", sa.Text(), nullable=False, comment="Protocol."),
        sa.Column(
            "provider_name", sa.Text(), nullable=False, comment="Identity provider, such as okta."
        ),
        sa.Column(
            "enabled",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it is in use.",
        ),
        sa.Column(
            "config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="What the protocol needs; holds secrets and is never shown.",
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="More about it.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was set up.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(config) = 'object'", name=op.f("ck_sso_configurations_config_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_sso_configurations_metadata_valid")
        ),
        sa.CheckConstraint(
            "provider_name <> '' AND length(provider_name) <= 255",
            name=op.f("ck_sso_configurations_provider_name_valid"),
        ),
        sa.CheckConstraint(
            "sso_type IN ('saml', 'oauth', 'oidc', 'ldap')",
            name=op.f("ck_sso_configurations_sso_type_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"],
            ["tenancy.teams.tenant_id", "tenancy.teams.id"],
            name="fk_sso_configurations_team_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_sso_configurations_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sso_configurations")),
        sa.UniqueConstraint(
            "tenant_id",
            "team_id",
            "sso_type",
            name=op.f("uq_sso_configurations_tenant_id_team_id_sso_type"),
        ),
        schema="tenancy",
        comment="How a team's users sign in through an identity provider; for the team's admins only.",
    )
    op.create_index(
        "ix_sso_configurations_enabled",
        "sso_configurations",
        ["tenant_id", "enabled"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_sso_configurations_sso_type",
        "sso_configurations",
        ["tenant_id", "sso_type"],
        unique=False,
        schema="tenancy",
    )
    op.create_table(
        "team_members",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("team_id", sa.UUID(), nullable=False, comment="Team."),
        sa.Column("user_id", sa.UUID(), nullable=False, comment="User who belongs to it."),
        sa.Column(
            "role",
            sa.Text(),
            server_default=sa.text("'member'"),
            nullable=False,
            comment="What the user may do in the team.",
        ),
        sa.Column(
            "permissions",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Particular rights, as the team names them.",
        ),
        sa.Column("invited_by", sa.UUID(), nullable=True, comment="User who let this one in."),
        sa.Column(
            "joined_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the user joined.",
        ),
        sa.Column(
            "last_active_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the user was last seen in the team.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(permissions) = 'object'", name=op.f("ck_team_members_permissions_valid")
        ),
        sa.CheckConstraint(
            "role IN ('owner', 'admin', 'member', 'viewer')",
            name=op.f("ck_team_members_role_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invited_by"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_team_members_invited_by",
            ondelete="SET NULL (invited_by)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"],
            ["tenancy.teams.tenant_id", "tenancy.teams.id"],
            name="fk_team_members_team_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_team_members_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_team_members_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_team_members")),
        sa.UniqueConstraint(
            "tenant_id",
            "team_id",
            "user_id",
            name=op.f("uq_team_members_tenant_id_team_id_user_id"),
        ),
        schema="tenancy",
        comment="A user's place in a team; members see who else is there, its admins decide.",
    )
    op.create_index(
        "ix_team_members_invited_by",
        "team_members",
        ["tenant_id", "invited_by"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_team_members_joined_at",
        "team_members",
        ["tenant_id", "joined_at"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_team_members_role",
        "team_members",
        ["tenant_id", "role"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_team_members_user_id",
        "team_members",
        ["tenant_id", "user_id"],
        unique=False,
        schema="tenancy",
    )
    op.create_table(
        "collaboration_sessions",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "workspace_id", sa.UUID(), nullable=False, comment="Workspace it takes place in."
        ),
        sa.Column("session_name", sa.Text(), nullable=False, comment="What it is about."),
        sa.Column("session_type", sa.Text(), nullable=False, comment="What is done in it."),
        sa.Column(
            "participants",
            postgresql.ARRAY(sa.UUID()),
            nullable=False,
            comment="Users who take part, the host among them.",
        ),
        sa.Column("host_id", sa.UUID(), nullable=True, comment="User who leads it."),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'active'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "session_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What the participants share.",
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it began.",
        ),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it ended; NULL while it has not.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(session_data) = 'object'",
            name=op.f("ck_collaboration_sessions_session_data_valid"),
        ),
        sa.CheckConstraint(
            "session_name <> '' AND length(session_name) <= 255",
            name=op.f("ck_collaboration_sessions_session_name_valid"),
        ),
        sa.CheckConstraint(
            "session_type IN ('code_review', 'pair_programming', 'design', 'planning')",
            name=op.f("ck_collaboration_sessions_session_type_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'paused', 'ended')",
            name=op.f("ck_collaboration_sessions_status_valid"),
        ),
        sa.CheckConstraint(
            "ended_at >= started_at", name=op.f("ck_collaboration_sessions_ended_at_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "host_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_collaboration_sessions_host_id",
            ondelete="SET NULL (host_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "workspace_id"],
            ["tenancy.shared_workspaces.tenant_id", "tenancy.shared_workspaces.id"],
            name="fk_collaboration_sessions_workspace_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_collaboration_sessions_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_collaboration_sessions")),
        schema="tenancy",
        comment="People who work in a workspace at the same time; seen by its host and participants.",
    )
    op.create_index(
        "ix_collaboration_sessions_host_id",
        "collaboration_sessions",
        ["tenant_id", "host_id"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_collaboration_sessions_started_at",
        "collaboration_sessions",
        ["tenant_id", "started_at"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_collaboration_sessions_status",
        "collaboration_sessions",
        ["tenant_id", "status"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_collaboration_sessions_workspace_id",
        "collaboration_sessions",
        ["tenant_id", "workspace_id"],
        unique=False,
        schema="tenancy",
    )
    op.table_policy(
        "tenancy.role_permissions",
        add=["app:delete,insert,select,update", "audit", "rls:tenant|see=nobody", "touch"],
    )
    op.table_policy(
        "tenancy.sso_configurations",
        add=["app:delete,insert,select,update", "audit", "rls:tenant|see=admin:team_id", "touch"],
    )
    op.table_policy(
        "tenancy.enterprise_settings",
        add=["app:delete,insert,select,update", "audit", "rls:tenant|see=admin:team_id", "touch"],
    )
    op.table_policy(
        "tenancy.teams",
        add=[
            "app:delete,insert,select,update",
            "audit",
            "rls:tenant|see=owner:owner_id,member:id|change=owner:owner_id,admin:id",
            "touch",
        ],
    )
    op.table_policy(
        "tenancy.team_members",
        add=[
            "app:delete,insert,select,update",
            "audit",
            "rls:tenant|see=owner:user_id,member:team_id|change=admin:team_id",
        ],
    )
    op.table_policy(
        "tenancy.shared_workspaces",
        add=[
            "app:delete,insert,select,update",
            "rls:tenant|see=member:team_id,flag:is_public|change=admin:team_id|add=member:team_id",
            "touch",
        ],
    )
    op.table_policy(
        "tenancy.collaboration_sessions",
        add=["app:delete,insert,select,update", "rls:tenant|see=owner:host_id,listed:participants"],
    )
    op.table_policy("tenancy.tenants", add=["rls:self"], remove=["rows:self"])
    op.table_policy("tenancy.users", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("tenancy.api_keys", add=["rls:tenant"], remove=["rows:tenant"])
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION tenancy.owns_team(wanted uuid) RETURNS boolean\n    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$\n    BEGIN\n      RETURN EXISTS (\n        SELECT FROM tenancy.teams t\n        WHERE t.tenant_id = app.tenant_id() AND t.id = wanted AND t.owner_id = app.user_id()\n      ) OR EXISTS (\n        SELECT FROM tenancy.team_members m\n        WHERE m.tenant_id = app.tenant_id() AND m.team_id = wanted AND m.user_id = app.user_id()\n          AND m.role = 'owner');\n    END $$\n    "
    )
    op.execute("REVOKE EXECUTE ON FUNCTION tenancy.owns_team(uuid) FROM PUBLIC")
    op.execute(
        "\n    GRANT EXECUTE ON FUNCTION tenancy.owns_team(uuid)\n    TO everlearn_app, everlearn_reader, everlearn_service\n    "
    )
    op.execute(
        "COMMENT ON FUNCTION tenancy.owns_team(uuid) IS 'Whether the user of this transaction is an owner of the team.'"
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION tenancy.guard_owners() RETURNS trigger LANGUAGE plpgsql AS $$\n    DECLARE\n      -- Cascades of a deleted team or user are the deletion's own business.\n      checked boolean := app.user_id() IS NOT NULL AND pg_trigger_depth() = 1;\n      leaves boolean := TG_OP <> 'INSERT' AND OLD.role = 'owner';\n      enters boolean := TG_OP <> 'DELETE' AND NEW.role = 'owner';\n    BEGIN\n      IF checked AND ((leaves AND NOT tenancy.owns_team(OLD.team_id))\n                   OR (enters AND NOT tenancy.owns_team(NEW.team_id))) THEN\n        RAISE EXCEPTION 'only an owner of the team decides who owns it'\n          USING ERRCODE = 'insufficient_privilege';\n      END IF;\n      RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;\n    END $$\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION tenancy.guard_team() RETURNS trigger LANGUAGE plpgsql AS $$\n    BEGIN\n      IF app.user_id() IS NOT NULL AND NEW.owner_id IS DISTINCT FROM OLD.owner_id\n         AND NOT tenancy.owns_team(OLD.id) THEN\n        RAISE EXCEPTION 'only an owner of the team hands it over'\n          USING ERRCODE = 'insufficient_privilege';\n      END IF;\n      RETURN NEW;\n    END $$\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION tenancy.can(wanted_user uuid, wanted_action text, wanted_type text,\n      wanted_id text, wanted_team uuid, context jsonb) RETURNS boolean\n    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$\n    DECLARE\n      tenant_roles constant text[] := '{tenant.admin,tenant.writer,tenant.reader}';\n      team_roles constant text[] := '{owner,admin,member,viewer}';\n      account record;\n      team uuid := wanted_team;\n      held text[];\n    BEGIN\n      IF app.user_id() IS NOT NULL AND app.user_id() IS DISTINCT FROM wanted_user THEN\n        RAISE EXCEPTION 'a user asks about himself only' USING ERRCODE = 'insufficient_privilege';\n      END IF;\n      SELECT u.role, u.is_superuser INTO account FROM tenancy.users u\n      WHERE u.tenant_id = app.tenant_id() AND u.id = wanted_user AND u.is_active;\n      IF NOT FOUND THEN\n        RETURN false;\n      END IF;\n      IF account.is_superuser THEN\n        RETURN true;\n      END IF;\n      -- A workspace belongs to one team, whatever team the question names.\n      IF wanted_type = 'workspace' AND wanted_id IS NOT NULL THEN\n        SELECT w.team_id INTO team FROM tenancy.shared_workspaces w\n        WHERE w.tenant_id = app.tenant_id() AND w.id::text = lower(wanted_id);\n      END IF;\n      -- A role includes those below it.\n      held := tenant_roles[array_position(tenant_roles, 'tenant.' || account.role):];\n      SELECT held || team_roles[array_position(team_roles, m.role):] INTO held\n      FROM (SELECT) one LEFT JOIN (\n        tenancy.team_members m JOIN tenancy.teams t\n          ON t.tenant_id = m.tenant_id AND t.id = m.team_id AND t.is_active\n      ) ON m.tenant_id = app.tenant_id() AND m.team_id = team AND m.user_id = wanted_user;\n      RETURN EXISTS (\n        SELECT FROM tenancy.role_permissions p\n        WHERE p.tenant_id = app.tenant_id() AND p.is_active AND p.role_name = ANY (held)\n          AND p.resource_type = wanted_type\n          AND (p.resource_id IS NULL OR p.resource_id = wanted_id)\n          AND CASE p.permission_type\n                WHEN 'admin' THEN true\n                WHEN 'custom' THEN coalesce(p.custom_permissions -> wanted_action = 'true', false)\n                ELSE p.permission_type = wanted_action\n              END\n          AND context @> p.conditions);\n    END $$\n    "
    )
    op.execute(
        "REVOKE EXECUTE ON FUNCTION tenancy.can(uuid, text, text, text, uuid, jsonb) FROM PUBLIC"
    )
    op.execute(
        "\n    GRANT EXECUTE ON FUNCTION tenancy.can(uuid, text, text, text, uuid, jsonb)\n    TO everlearn_app, everlearn_reader, everlearn_service\n    "
    )
    op.execute(
        "COMMENT ON FUNCTION tenancy.can(uuid, text, text, text, uuid, jsonb) IS 'Whether role_permissions let a user do something with a resource.'"
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON tenancy.team_members\n    FOR EACH ROW EXECUTE FUNCTION tenancy.guard_owners()\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER guard BEFORE UPDATE ON tenancy.teams\n    FOR EACH ROW EXECUTE FUNCTION tenancy.guard_team()\n    "
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS tenancy.owns_team CASCADE")
    op.execute("DROP FUNCTION IF EXISTS tenancy.guard_owners CASCADE")
    op.execute("DROP FUNCTION IF EXISTS tenancy.guard_team CASCADE")
    op.execute("DROP FUNCTION IF EXISTS tenancy.can CASCADE")
    op.table_policy("tenancy.api_keys", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("tenancy.users", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("tenancy.tenants", add=["rows:self"], remove=["rls:self"])
    op.table_policy(
        "tenancy.collaboration_sessions",
        remove=[
            "app:delete,insert,select,update",
            "rls:tenant|see=owner:host_id,listed:participants",
        ],
    )
    op.table_policy(
        "tenancy.shared_workspaces",
        remove=[
            "app:delete,insert,select,update",
            "rls:tenant|see=member:team_id,flag:is_public|change=admin:team_id|add=member:team_id",
            "touch",
        ],
    )
    op.table_policy(
        "tenancy.team_members",
        remove=[
            "app:delete,insert,select,update",
            "audit",
            "rls:tenant|see=owner:user_id,member:team_id|change=admin:team_id",
        ],
    )
    op.table_policy(
        "tenancy.teams",
        remove=[
            "app:delete,insert,select,update",
            "audit",
            "rls:tenant|see=owner:owner_id,member:id|change=owner:owner_id,admin:id",
            "touch",
        ],
    )
    op.table_policy(
        "tenancy.enterprise_settings",
        remove=[
            "app:delete,insert,select,update",
            "audit",
            "rls:tenant|see=admin:team_id",
            "touch",
        ],
    )
    op.table_policy(
        "tenancy.sso_configurations",
        remove=[
            "app:delete,insert,select,update",
            "audit",
            "rls:tenant|see=admin:team_id",
            "touch",
        ],
    )
    op.table_policy(
        "tenancy.role_permissions",
        remove=["app:delete,insert,select,update", "audit", "rls:tenant|see=nobody", "touch"],
    )
    op.drop_index(
        "ix_collaboration_sessions_workspace_id",
        table_name="collaboration_sessions",
        schema="tenancy",
    )
    op.drop_index(
        "ix_collaboration_sessions_status", table_name="collaboration_sessions", schema="tenancy"
    )
    op.drop_index(
        "ix_collaboration_sessions_started_at",
        table_name="collaboration_sessions",
        schema="tenancy",
    )
    op.drop_index(
        "ix_collaboration_sessions_host_id", table_name="collaboration_sessions", schema="tenancy"
    )
    op.drop_table("collaboration_sessions", schema="tenancy")
    op.drop_index("ix_team_members_user_id", table_name="team_members", schema="tenancy")
    op.drop_index("ix_team_members_role", table_name="team_members", schema="tenancy")
    op.drop_index("ix_team_members_joined_at", table_name="team_members", schema="tenancy")
    op.drop_index("ix_team_members_invited_by", table_name="team_members", schema="tenancy")
    op.drop_table("team_members", schema="tenancy")
    op.drop_index(
        "ix_sso_configurations_sso_type", table_name="sso_configurations", schema="tenancy"
    )
    op.drop_index(
        "ix_sso_configurations_enabled", table_name="sso_configurations", schema="tenancy"
    )
    op.drop_table("sso_configurations", schema="tenancy")
    op.drop_index(
        "ix_shared_workspaces_workspace_type", table_name="shared_workspaces", schema="tenancy"
    )
    op.drop_index("ix_shared_workspaces_team_id", table_name="shared_workspaces", schema="tenancy")
    op.drop_index(
        "ix_shared_workspaces_is_public", table_name="shared_workspaces", schema="tenancy"
    )
    op.drop_index(
        "ix_shared_workspaces_created_by", table_name="shared_workspaces", schema="tenancy"
    )
    op.drop_index(
        "ix_shared_workspaces_created_at", table_name="shared_workspaces", schema="tenancy"
    )
    op.drop_table("shared_workspaces", schema="tenancy")
    op.drop_index(
        "ix_enterprise_settings_updated_by", table_name="enterprise_settings", schema="tenancy"
    )
    op.drop_index(
        "ix_enterprise_settings_updated_at", table_name="enterprise_settings", schema="tenancy"
    )
    op.drop_index(
        "ix_enterprise_settings_setting_key", table_name="enterprise_settings", schema="tenancy"
    )
    op.drop_table("enterprise_settings", schema="tenancy")
    op.drop_index("ix_teams_owner_id", table_name="teams", schema="tenancy")
    op.drop_index("ix_teams_is_active", table_name="teams", schema="tenancy")
    op.drop_index("ix_teams_created_at", table_name="teams", schema="tenancy")
    op.drop_table("teams", schema="tenancy")
    op.drop_index(
        "ix_role_permissions_resource_type", table_name="role_permissions", schema="tenancy"
    )
    op.drop_index("ix_role_permissions_is_active", table_name="role_permissions", schema="tenancy")
    op.drop_table("role_permissions", schema="tenancy")
