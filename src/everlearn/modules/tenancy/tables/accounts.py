"""Tenants, their users and the secrets they come with."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from everlearn.core.columns import Id, Json, Moment, Name, Sha256, Words, choice, column, ref
from everlearn.core.tables import Policy, Row
from everlearn.modules.tenancy.types import KeyKind, Role


class Tenant(Row, module="tenancy", policy=Policy(rows="self", touch=True)):
    """A tenant: the unit of isolation. It sees its own row only."""

    __tablename__ = "tenants"
    __table_args__ = (UniqueConstraint("slug"),)

    slug: Mapped[Name] = column("Short name used on the command line and in addresses.")
    name: Mapped[Name] = column("Name shown to people.")
    is_active: Mapped[bool] = column("An inactive tenant's keys do not work.", default="true")
    job_queue: Mapped[Name] = column("Queue its jobs go to.", default="'default'")
    settings: Mapped[Json] = column("Tenant-wide settings, such as alpha.", default="'{}'")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class User(Row, module="tenancy", policy=Policy(rows="tenant", touch=True, audit=True), expose=()):
    """A person's account and preferences."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("tenant_id", "email"),
        UniqueConstraint("tenant_id", "username"),
    )

    email: Mapped[Name] = column("Address, unique within the tenant.")
    username: Mapped[Name] = column("Name to sign in with, unique within the tenant.")
    hashed_password: Mapped[Words | None] = column("Password hash; NULL when keys or SSO are used.")
    full_name: Mapped[Words | None] = column("Name shown to people.")
    role: Mapped[Words] = choice(Role, "What the user may do.", default=Role.READER)
    is_active: Mapped[bool] = column("Whether the account works.", default="true")
    is_superuser: Mapped[bool] = column("Administers the whole tenant.", default="false")
    last_login: Mapped[Moment | None] = column("When the user last signed in.")
    preferred_industry: Mapped[Words | None] = column("Industry shown first.")
    preferred_language: Mapped[Words] = column("Language tag, such as en.", default="'en'")
    timezone: Mapped[Words] = column("IANA time zone of the user.", default="'UTC'")
    created_at: Mapped[Moment] = column("When the account was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


# audit: keys made and revoked, and sign-ins, which are sessions made; secrets are blanked out.
class ApiKey(Row, module="tenancy", policy=Policy(rows="tenant", audit=True), expose=()):
    """A secret that acts for a tenant: an API key, a browser session or a one-time sign-in."""

    __tablename__ = "api_keys"
    __table_args__ = (
        # Looked up before the tenant is known, by app.authenticate alone.
        Index("ix_api_keys_secret_sha256", "secret_sha256"),
        Index(
            "ix_api_keys_live",
            "tenant_id",
            "kind",
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    name: Mapped[Name] = column("What it is for, in the owner's words.")
    kind: Mapped[Words] = choice(KeyKind, "How it is used.", default=KeyKind.KEY)
    role: Mapped[Words] = choice(Role, "What its holder may do.", default=Role.WRITER)
    user_id: Mapped[Id | None] = ref(
        "tenancy.users", "User it acts for, if any.", ondelete="CASCADE"
    )
    made_from: Mapped[Id | None] = ref(
        "tenancy.api_keys", "Key that a session was opened with; ends with it.", ondelete="CASCADE"
    )
    prefix: Mapped[Name] = column("First characters, to recognise it by.")
    secret_sha256: Mapped[Sha256] = column("SHA-256 of the secret; the secret is not stored.")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    expires_at: Mapped[Moment | None] = column("When it stops working; NULL means never.")
    revoked_at: Mapped[Moment | None] = column("When it was revoked or used up.")
