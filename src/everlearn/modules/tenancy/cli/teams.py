"""Teams, members, workspaces and sessions on the command line."""

# ruff: noqa: FBT002, PLR0917 -- typer calls a command by its options' names

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption
from everlearn.modules.tenancy.types import SessionType, TeamRole, WorkspaceType

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

teams = cli.group("Teams, their members and workspaces.")
sessions = cli.group("Sessions of people in a workspace.")

TEAM_COLUMNS = ("id", "name", "owner", "members", "workspaces", "is_active")
MEMBER_COLUMNS = ("username", "role", "joined_at", "last_active_at")
WORKSPACE_COLUMNS = ("id", "name", "workspace_type", "is_public", "created_at")
SESSION_COLUMNS = ("id", "session_name", "session_type", "status", "started_at", "ended_at")

TeamArgument = Annotated[str, typer.Argument(help="Name of the team.")]
UserArgument = Annotated[str, typer.Argument(help="Name of the user.")]
SessionArgument = Annotated[UUID, typer.Argument(help="Id of the session.")]


def user_id(tx: Tx, username: str) -> UUID:
    """Give the id of the user of this name; raise NotFound when there is none."""
    from everlearn.core.errors import NotFound
    from everlearn.modules.tenancy import service

    found = [user.id for user in service.list_users(tx) if user.username == username]
    if not found:
        hint = f"make one: everlearn tenancy users create ADDRESS {username}"
        raise NotFound(f"no user is called {username!r}", field="user", hint=hint)
    return found[0]


@teams.command("create")
def create_team(
    name: TeamArgument,
    owner: Annotated[str, typer.Option(help="Name of the user who owns it.")],
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Make a team; its owner is its first member."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        made = service.create_team(
            tx, name=name, owner_id=user_id(tx, owner), description=description
        )
    cli.show(asdict(made), as_json=as_json)


@teams.command("list")
def list_teams(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List teams by name."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        found = [asdict(team) for team in service.list_teams(tx)]
    cli.show(found, as_json=as_json, columns=TEAM_COLUMNS)


@teams.command("members")
def list_members(team: TeamArgument, tenant: TenantOption = None, as_json: Json = False) -> None:
    """List a team's members by name."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        wanted = service.find_team(tx, team)
        found = [asdict(member) for member in service.list_members(tx, wanted.id)]
    cli.show(found, as_json=as_json, columns=MEMBER_COLUMNS)


@teams.command("add")
def add_member(
    team: TeamArgument,
    user: UserArgument,
    role: Annotated[TeamRole, typer.Option(help="What the user may do.")] = TeamRole.MEMBER,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Let a user into a team."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        wanted = service.find_team(tx, team)
        made = service.add_member(tx, wanted.id, user_id=user_id(tx, user), role=role)
    cli.show(asdict(made), as_json=as_json)


@teams.command("role")
def change_role(
    team: TeamArgument,
    user: UserArgument,
    role: Annotated[TeamRole, typer.Argument(help="What the user may do from now on.")],
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Give a member another role; the last owner stays one."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        wanted = service.find_team(tx, team)
        made = service.change_role(tx, wanted.id, user_id=user_id(tx, user), role=role)
    cli.show(asdict(made), as_json=as_json)


@teams.command("remove")
def remove_member(team: TeamArgument, user: UserArgument, tenant: TenantOption = None) -> None:
    """Take a user out of a team; the last owner stays."""
    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        wanted = service.find_team(tx, team)
        service.remove_member(tx, wanted.id, user_id=user_id(tx, user))
    typer.echo("removed")


@teams.command("workspace")
def create_workspace(
    team: TeamArgument,
    name: Annotated[str, typer.Argument(help="Name of the workspace.")],
    kind: Annotated[WorkspaceType, typer.Option(help="What is worked on in it.")],
    public: Annotated[bool, typer.Option(help="Every user of the tenant sees it.")] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Make a workspace of a team."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        wanted = service.find_team(tx, team)
        made = service.create_workspace(
            tx, wanted.id, name=name, workspace_type=kind, is_public=public
        )
    cli.show(asdict(made), as_json=as_json)


@teams.command("workspaces")
def list_workspaces(team: TeamArgument, tenant: TenantOption = None, as_json: Json = False) -> None:
    """List a team's workspaces by name."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        wanted = service.find_team(tx, team)
        found = [asdict(each) for each in service.list_workspaces(tx, team_id=wanted.id)]
    cli.show(found, as_json=as_json, columns=WORKSPACE_COLUMNS)


@sessions.command("start")
def start_session(
    workspace: Annotated[UUID, typer.Argument(help="Id of the workspace.")],
    name: Annotated[str, typer.Argument(help="What it is about.")],
    kind: Annotated[SessionType, typer.Option(help="What is done in it.")],
    host: Annotated[str, typer.Option(help="Name of the user who leads it.")],
    participant: Annotated[list[str] | None, typer.Option(help="Name; may be repeated.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Begin a session in a workspace."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        made = service.start_session(
            tx,
            workspace,
            session_name=name,
            session_type=kind,
            host_id=user_id(tx, host),
            participants=[user_id(tx, each) for each in participant or ()],
        )
    cli.show(asdict(made), as_json=as_json)


@sessions.command("list")
def list_sessions(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List sessions, newest first."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        found = [asdict(each) for each in service.list_sessions(tx)]
    cli.show(found, as_json=as_json, columns=SESSION_COLUMNS)


@sessions.command("pause")
def pause_session(session: SessionArgument, tenant: TenantOption = None) -> None:
    """Interrupt a session."""
    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        service.pause_session(tx, session)
    typer.echo("paused")


@sessions.command("resume")
def resume_session(session: SessionArgument, tenant: TenantOption = None) -> None:
    """Go on with a session."""
    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        service.resume_session(tx, session)
    typer.echo("active")


@sessions.command("end")
def end_session(session: SessionArgument, tenant: TenantOption = None) -> None:
    """End a session for good."""
    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        service.end_session(tx, session)
    typer.echo("ended")
