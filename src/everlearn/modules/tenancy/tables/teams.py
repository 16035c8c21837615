"""Teams, who belongs to them, and what they share.

Who sees and changes a row is decided by the database, for a transaction that has a user: jobs and
keys without one act for the whole tenant. Policies ask `app.is_team_member`, never this table's own
rows, since a policy that reads its own table never comes to an end.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from everlearn.core.columns import Id, Ids, Json, Moment, Name, Words, choice, column, ref
from everlearn.core.tables import Policy, Row
from everlearn.modules.tenancy.types import SessionStatus, SessionType, TeamRole, WorkspaceType


class Team(
    Row,
    module="tenancy",
    policy=Policy(
        rows="tenant",
        see=("owner:owner_id", "member:id"),
        change=("owner:owner_id", "admin:id"),
        touch=True,
        audit=True,
    ),
    expose=("list", "get"),
):
    """A team of users of one tenant; its owner and its members see it."""

    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: Mapped[Name] = column("Name of the team, unique within the tenant.")
    description: Mapped[Words | None] = column("What the team is for.")
    owner_id: Mapped[Id] = ref(
        "tenancy.users", "User who answers for the team.", ondelete="CASCADE"
    )
    avatar_url: Mapped[Words | None] = column("Address of its picture.")
    settings: Mapped[Json] = column("Settings that every member may read.", default="'{}'")
    is_active: Mapped[bool] = column(
        "Whether it is in use; the roles of an inactive team permit nothing.",
        default="true",
        index=True,
    )
    created_at: Mapped[Moment] = column("When it was made.", default="now()", index=True)
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class TeamMember(
    Row,
    module="tenancy",
    policy=Policy(
        rows="tenant",
        see=("owner:user_id", "member:team_id"),
        change=("admin:team_id",),
        audit=True,
    ),
    expose=("list", "get"),
):
    """A user's place in a team; members see who else is there, its admins decide."""

    __tablename__ = "team_members"
    __table_args__ = (
        UniqueConstraint("tenant_id", "team_id", "user_id"),
        Index("ix_team_members_role", "tenant_id", "role"),
    )

    team_id: Mapped[Id] = ref("tenancy.teams", "Team.", ondelete="CASCADE")
    user_id: Mapped[Id] = ref("tenancy.users", "User who belongs to it.", ondelete="CASCADE")
    role: Mapped[Words] = choice(
        TeamRole, "What the user may do in the team.", default=TeamRole.MEMBER
    )
    permissions: Mapped[Json] = column("Particular rights, as the team names them.", default="'{}'")
    invited_by: Mapped[Id | None] = ref(
        "tenancy.users", "User who let this one in.", ondelete="SET NULL"
    )
    joined_at: Mapped[Moment] = column("When the user joined.", default="now()", index=True)
    last_active_at: Mapped[Moment | None] = column("When the user was last seen in the team.")


class SharedWorkspace(
    Row,
    module="tenancy",
    # A member adds one; changing it, and so making it public, is for the team's admins.
    policy=Policy(
        rows="tenant",
        see=("member:team_id", "flag:is_public"),
        change=("admin:team_id",),
        add=("member:team_id",),
        touch=True,
    ),
    expose=("list", "get"),
):
    """A workspace of a team; its members see it, and when it is public the whole tenant does."""

    __tablename__ = "shared_workspaces"
    __table_args__ = (Index("ix_shared_workspaces_workspace_type", "tenant_id", "workspace_type"),)

    team_id: Mapped[Id] = ref("tenancy.teams", "Team that shares it.", ondelete="CASCADE")
    name: Mapped[Name] = column("Name shown to people.")
    description: Mapped[Words | None] = column("What it is for.")
    workspace_type: Mapped[Words] = choice(WorkspaceType, "What is worked on in it.")
    config: Mapped[Json] = column("How it is laid out.", default="'{}'")
    is_public: Mapped[bool] = column(
        "Whether every user of the tenant sees it.", default="false", index=True
    )
    created_by: Mapped[Id | None] = ref("tenancy.users", "User who made it.", ondelete="SET NULL")
    created_at: Mapped[Moment] = column("When it was made.", default="now()", index=True)
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class CollaborationSession(
    Row,
    module="tenancy",
    policy=Policy(rows="tenant", see=("owner:host_id", "listed:participants")),
    expose=("list", "get"),
):
    """People who work in a workspace at the same time; seen by its host and participants."""

    __tablename__ = "collaboration_sessions"
    __table_args__ = (
        CheckConstraint("ended_at >= started_at", name="ended_at_valid"),
        Index("ix_collaboration_sessions_status", "tenant_id", "status"),
    )

    workspace_id: Mapped[Id] = ref(
        "tenancy.shared_workspaces", "Workspace it takes place in.", ondelete="CASCADE"
    )
    session_name: Mapped[Name] = column("What it is about.")
    session_type: Mapped[Words] = choice(SessionType, "What is done in it.")
    # A reference from within an array does not exist; the service looks each user up.
    participants: Mapped[Ids] = column("Users who take part, the host among them.")
    host_id: Mapped[Id | None] = ref("tenancy.users", "User who leads it.", ondelete="SET NULL")
    status: Mapped[Words] = choice(SessionStatus, "Where it stands.", default=SessionStatus.ACTIVE)
    session_data: Mapped[Json] = column("What the participants share.", default="'{}'")
    started_at: Mapped[Moment] = column("When it began.", default="now()", index=True)
    ended_at: Mapped[Moment | None] = column("When it ended; NULL while it has not.")


FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION tenancy.owns_team(wanted uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      RETURN EXISTS (
        SELECT FROM tenancy.teams t
        WHERE t.tenant_id = app.tenant_id() AND t.id = wanted AND t.owner_id = app.user_id()
      ) OR EXISTS (
        SELECT FROM tenancy.team_members m
        WHERE m.tenant_id = app.tenant_id() AND m.team_id = wanted AND m.user_id = app.user_id()
          AND m.role = 'owner');
    END $$
    """,
    "REVOKE EXECUTE ON FUNCTION tenancy.owns_team(uuid) FROM PUBLIC",
    """
    GRANT EXECUTE ON FUNCTION tenancy.owns_team(uuid)
    TO everlearn_app, everlearn_reader, everlearn_service
    """,
    (
        "COMMENT ON FUNCTION tenancy.owns_team(uuid) IS"
        " 'Whether the user of this transaction is an owner of the team.'"
    ),
    # A team's admin may change its rows, and so without this could make an owner of himself.
    """
    CREATE OR REPLACE FUNCTION tenancy.guard_owners() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      -- Cascades of a deleted team or user are the deletion's own business.
      checked boolean := app.user_id() IS NOT NULL AND pg_trigger_depth() = 1;
      leaves boolean := TG_OP <> 'INSERT' AND OLD.role = 'owner';
      enters boolean := TG_OP <> 'DELETE' AND NEW.role = 'owner';
    BEGIN
      IF checked AND ((leaves AND NOT tenancy.owns_team(OLD.team_id))
                   OR (enters AND NOT tenancy.owns_team(NEW.team_id))) THEN
        RAISE EXCEPTION 'only an owner of the team decides who owns it'
          USING ERRCODE = 'insufficient_privilege';
      END IF;
      RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION tenancy.guard_team() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF app.user_id() IS NOT NULL AND NEW.owner_id IS DISTINCT FROM OLD.owner_id
         AND NOT tenancy.owns_team(OLD.id) THEN
        RAISE EXCEPTION 'only an owner of the team hands it over'
          USING ERRCODE = 'insufficient_privilege';
      END IF;
      RETURN NEW;
    END $$
    """,
)

AFTER = (
    """
    CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON tenancy.team_members
    FOR EACH ROW EXECUTE FUNCTION tenancy.guard_owners()
    """,
    """
    CREATE OR REPLACE TRIGGER guard BEFORE UPDATE ON tenancy.teams
    FOR EACH ROW EXECUTE FUNCTION tenancy.guard_team()
    """,
)
