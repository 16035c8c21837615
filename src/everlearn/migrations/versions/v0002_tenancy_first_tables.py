"""tenancy first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA tenancy")
    op.execute(
        "GRANT USAGE ON SCHEMA tenancy TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "tenants",
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "slug",
            sa.Text(),
            nullable=False,
            comment="Short name used on the command line and in addresses.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="An inactive tenant's keys do not work.",
        ),
        sa.Column(
            "job_queue",
            sa.Text(),
            server_default=sa.text("'default'"),
            nullable=False,
            comment="Queue its jobs go to.",
        ),
        sa.Column(
            "settings",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Tenant-wide settings, such as alpha.",
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
            "job_queue <> '' AND length(job_queue) <= 255", name=op.f("ck_tenants_job_queue_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(settings) = 'object'", name=op.f("ck_tenants_settings_valid")
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_tenants_name_valid")
        ),
        sa.CheckConstraint(
            "slug <> '' AND length(slug) <= 255", name=op.f("ck_tenants_slug_valid")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
        sa.UniqueConstraint("slug", name=op.f("uq_tenants_slug")),
        schema="tenancy",
        comment="A tenant: the unit of isolation. It sees its own row only.",
    )
    op.create_table(
        "users",
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
        sa.Column("email", sa.Text(), nullable=False, comment="Address, unique within the tenant."),
        sa.Column(
            "username",
            sa.Text(),
            nullable=False,
            comment="Name to sign in with, unique within the tenant.",
        ),
        sa.Column(
            "hashed_password",
            sa.Text(),
            nullable=True,
            comment="Password hash; NULL when keys or SSO are used.",
        ),
        sa.Column("full_name", sa.Text(), nullable=True, comment="Name shown to people."),
        sa.Column(
            "role",
            sa.Text(),
            server_default=sa.text("'reader'"),
            nullable=False,
            comment="What the user may do.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether the account works.",
        ),
        sa.Column(
            "is_superuser",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Administers the whole tenant.",
        ),
        sa.Column(
            "last_login",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the user last signed in.",
        ),
        sa.Column("preferred_industry", sa.Text(), nullable=True, comment="Industry shown first."),
        sa.Column(
            "preferred_language",
            sa.Text(),
            server_default=sa.text("'en'"),
            nullable=False,
            comment="Language tag, such as en.",
        ),
        sa.Column(
            "timezone",
            sa.Text(),
            server_default=sa.text("'UTC'"),
            nullable=False,
            comment="IANA time zone of the user.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the account was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "email <> '' AND length(email) <= 255", name=op.f("ck_users_email_valid")
        ),
        sa.CheckConstraint(
            "role IN ('reader', 'writer', 'admin')", name=op.f("ck_users_role_valid")
        ),
        sa.CheckConstraint(
            "username <> '' AND length(username) <= 255", name=op.f("ck_users_username_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenancy.tenants.id"], name="fk_users_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_users")),
        sa.UniqueConstraint("tenant_id", "email", name=op.f("uq_users_tenant_id_email")),
        sa.UniqueConstraint("tenant_id", "username", name=op.f("uq_users_tenant_id_username")),
        schema="tenancy",
        comment="A person's account and preferences.",
    )
    op.create_table(
        "api_keys",
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
            "name", sa.Text(), nullable=False, comment="What it is for, in the owner's words."
        ),
        sa.Column(
            "kind",
            sa.Text(),
            server_default=sa.text("'key'"),
            nullable=False,
            comment="How it is used.",
        ),
        sa.Column(
            "role",
            sa.Text(),
            server_default=sa.text("'writer'"),
            nullable=False,
            comment="What its holder may do.",
        ),
        sa.Column("user_id", sa.UUID(), nullable=True, comment="User it acts for, if any."),
        sa.Column(
            "made_from",
            sa.UUID(),
            nullable=True,
            comment="Key that a session was opened with; ends with it.",
        ),
        sa.Column(
            "prefix", sa.Text(), nullable=False, comment="First characters, to recognise it by."
        ),
        sa.Column(
            "secret_sha256",
            sa.Text(),
            nullable=False,
            comment="SHA-256 of the secret; the secret is not stored.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it stops working; NULL means never.",
        ),
        sa.Column(
            "revoked_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was revoked or used up.",
        ),
        sa.CheckConstraint(
            "kind IN ('key', 'session', 'sign_in')", name=op.f("ck_api_keys_kind_valid")
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_api_keys_name_valid")
        ),
        sa.CheckConstraint(
            "prefix <> '' AND length(prefix) <= 255", name=op.f("ck_api_keys_prefix_valid")
        ),
        sa.CheckConstraint(
            "role IN ('reader', 'writer', 'admin')", name=op.f("ck_api_keys_role_valid")
        ),
        sa.CheckConstraint(
            "secret_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_api_keys_secret_sha256_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "made_from"],
            ["tenancy.api_keys.tenant_id", "tenancy.api_keys.id"],
            name="fk_api_keys_made_from",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_api_keys_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenancy.tenants.id"], name="fk_api_keys_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_api_keys")),
        schema="tenancy",
        comment="A secret that acts for a tenant: an API key, a browser session or a one-time sign-in.",
    )
    op.create_index(
        "ix_api_keys_live",
        "api_keys",
        ["tenant_id", "kind"],
        unique=False,
        schema="tenancy",
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index(
        "ix_api_keys_made_from",
        "api_keys",
        ["tenant_id", "made_from"],
        unique=False,
        schema="tenancy",
    )
    op.create_index(
        "ix_api_keys_secret_sha256", "api_keys", ["secret_sha256"], unique=False, schema="tenancy"
    )
    op.create_index(
        "ix_api_keys_user_id", "api_keys", ["tenant_id", "user_id"], unique=False, schema="tenancy"
    )
    op.table_policy(
        "tenancy.tenants", add=["app:delete,insert,select,update", "rows:self", "touch"]
    )
    op.table_policy(
        "tenancy.users", add=["app:delete,insert,select,update", "audit", "rows:tenant", "touch"]
    )
    op.table_policy(
        "tenancy.api_keys", add=["app:delete,insert,select,update", "audit", "rows:tenant"]
    )


def downgrade() -> None:
    op.table_policy(
        "tenancy.api_keys", remove=["app:delete,insert,select,update", "audit", "rows:tenant"]
    )
    op.table_policy(
        "tenancy.users", remove=["app:delete,insert,select,update", "audit", "rows:tenant", "touch"]
    )
    op.table_policy(
        "tenancy.tenants", remove=["app:delete,insert,select,update", "rows:self", "touch"]
    )
    op.drop_index("ix_api_keys_user_id", table_name="api_keys", schema="tenancy")
    op.drop_index("ix_api_keys_secret_sha256", table_name="api_keys", schema="tenancy")
    op.drop_index("ix_api_keys_made_from", table_name="api_keys", schema="tenancy")
    op.drop_index(
        "ix_api_keys_live",
        table_name="api_keys",
        schema="tenancy",
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_table("api_keys", schema="tenancy")
    op.drop_table("users", schema="tenancy")
    op.drop_table("tenants", schema="tenancy")
    op.execute("DROP SCHEMA tenancy CASCADE")
