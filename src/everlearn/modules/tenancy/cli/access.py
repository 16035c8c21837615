"""A team's settings and single sign-on, and what roles may do, on the command line."""

# ruff: noqa: FBT002, PLR0917 -- typer calls a command by its options' names

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption
from everlearn.modules.tenancy.cli.teams import TeamArgument, UserArgument, user_id
from everlearn.modules.tenancy.types import PermissionType, ResourceType, SsoType

settings = cli.group("Settings of a team.")
sso = cli.group("Single sign-on of a team.")
permissions = cli.group("What roles may do.")

SETTING_COLUMNS = ("setting_key", "setting_value", "setting_type", "updated_at")
SSO_COLUMNS = ("sso_type", "provider_name", "enabled", "updated_at")
PERMISSION_COLUMNS = (
    "id",
    "role_name",
    "permission_type",
    "resource_type",
    "resource_id",
    "conditions",
)
JsonText = Annotated[str, typer.Argument(help="JSON; a word in quotation marks is text.")]


def _read(text: str, field: str) -> Any:
    import json

    from everlearn.core.errors import Invalid

    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid(f"this is not JSON: {error}", field=field, got=text) from error


@settings.command("set")
def set_setting(
    team: TeamArgument,
    key: Annotated[str, typer.Argument(help="Name of the setting.")],
    value: JsonText,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Set a setting of a team; one that is there takes the new value and type."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        wanted = service.find_team(tx, team)
        made = service.set_setting(tx, wanted.id, key=key, value=_read(value, "value"))
    cli.show(asdict(made), as_json=as_json)


@settings.command("list")
def list_settings(team: TeamArgument, tenant: TenantOption = None, as_json: Json = False) -> None:
    """List a team's settings by key."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        wanted = service.find_team(tx, team)
        found = [asdict(each) for each in service.list_settings(tx, wanted.id)]
    cli.show(found, as_json=as_json, columns=SETTING_COLUMNS)


@settings.command("unset")
def unset_setting(
    team: TeamArgument,
    key: Annotated[str, typer.Argument(help="Name of the setting.")],
    tenant: TenantOption = None,
) -> None:
    """Take a setting of a team away."""
    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        wanted = service.find_team(tx, team)
        service.unset_setting(tx, wanted.id, key=key)
    typer.echo("gone")


@sso.command("configure")
def configure_sso(
    team: TeamArgument,
    kind: Annotated[SsoType, typer.Argument(help="Protocol.")],
    provider: Annotated[str, typer.Argument(help="Identity provider, such as okta.")],
    config: Annotated[
        typer.FileText,
        typer.Option(help="File with the protocol's JSON, - for standard input; kept secret."),
    ],
    enabled: Annotated[bool, typer.Option(help="Use it at once.")] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Set up a team's sign-on by one protocol; what was set up for it is replaced."""
    from dataclasses import asdict

    from everlearn.core.errors import Invalid
    from everlearn.modules.tenancy import service

    given = _read(config.read(), "config")
    if not isinstance(given, dict):
        raise Invalid("a config is one JSON object", field="config")
    with cli.tenant_tx(tenant) as tx:
        wanted = service.find_team(tx, team)
        made = service.configure_sso(
            tx, wanted.id, sso_type=kind, provider_name=provider, config=given, enabled=enabled
        )
    cli.show(asdict(made), as_json=as_json)


@sso.command("list")
def list_sso(team: TeamArgument, tenant: TenantOption = None, as_json: Json = False) -> None:
    """List a team's ways to sign on, without their config."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        wanted = service.find_team(tx, team)
        found = [asdict(each) for each in service.list_sso(tx, wanted.id)]
    cli.show(found, as_json=as_json, columns=SSO_COLUMNS)


@permissions.command("grant")
def grant_permission(
    role: Annotated[str, typer.Argument(help="Such as member, or tenant.writer.")],
    permission: Annotated[PermissionType, typer.Argument(help="What is permitted.")],
    resource: Annotated[ResourceType, typer.Argument(help="Kind of resource.")],
    resource_id: Annotated[str | None, typer.Option("--id", help="One resource; else all.")] = None,
    action: Annotated[list[str] | None, typer.Option(help="Of custom; may be repeated.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Permit a role something."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        made = service.grant_permission(
            tx,
            role_name=role,
            resource_type=resource,
            permission_type=permission,
            resource_id=resource_id,
            custom_permissions=dict.fromkeys(action or (), True),
        )
    cli.show(asdict(made), as_json=as_json)


@permissions.command("list")
def list_permissions(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List what roles may do."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        found = [asdict(each) for each in service.list_permissions(tx)]
    cli.show(found, as_json=as_json, columns=PERMISSION_COLUMNS)


@permissions.command("revoke")
def revoke_permission(
    permission_id: Annotated[UUID, typer.Argument(help="Id of the permission.")],
    tenant: TenantOption = None,
) -> None:
    """Take a permission back."""
    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        service.revoke_permission(tx, permission_id)
    typer.echo("revoked")


@permissions.command("check")
def check(
    user: UserArgument,
    action: Annotated[str, typer.Argument(help="Such as read.")],
    resource: Annotated[ResourceType, typer.Argument(help="Kind of resource.")],
    resource_id: Annotated[str | None, typer.Option("--id", help="Which one.")] = None,
    team: Annotated[str | None, typer.Option(help="Team that the resource belongs to.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Say whether a user may do something; exit 1 when not."""
    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        allowed = service.can(
            tx,
            user_id(tx, user),
            action=action,
            resource_type=resource,
            resource_id=resource_id,
            team_id=service.find_team(tx, team).id if team else None,
        )
    cli.show({"allowed": allowed}, as_json=as_json)
    if not allowed:
        raise typer.Exit(1)
