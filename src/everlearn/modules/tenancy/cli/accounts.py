"""Tenants, keys and users on the command line."""

# ruff: noqa: FBT002 -- typer calls a command by its options' names

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption
from everlearn.modules.tenancy.types import Role

app = cli.group("Tenants, users, API keys and teams.")
keys = cli.group("API keys and browser sessions.")
users = cli.group("Accounts of people.")
app.add_typer(keys, name="keys", help="API keys and browser sessions.")
app.add_typer(users, name="users", help="Accounts of people.")

KEY_COLUMNS = ("id", "name", "kind", "role", "prefix", "state", "username", "expires_at")
USER_COLUMNS = ("id", "username", "email", "role", "is_active", "last_login")


@app.command()
def create(
    slug: Annotated[str, typer.Argument(help="Short name: letters, digits, dashes.")],
    name: Annotated[str | None, typer.Option(help="Name shown to people.")] = None,
    as_json: Json = False,
) -> None:
    """Make a tenant; one that is there already is left as it is."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.runtime() as made:
        cli.show(
            asdict(service.ensure_tenant(made.database, slug=slug, name=name)), as_json=as_json
        )


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    role: Annotated[Role, typer.Option(help="What its holder may do.")] = Role.WRITER,
    days: Annotated[int | None, typer.Option(min=1, help="Days it works; else for ever.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Make a key and print its secret, this once."""
    from dataclasses import asdict
    from datetime import timedelta

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        ends = None if days is None else tx.now() + timedelta(days=days)
        made = service.create_key(tx, name=name, role=role, expires_at=ends)
    cli.show(asdict(made), as_json=as_json)


@keys.command("list")
def list_keys(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List keys and sessions, newest first."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        found = [asdict(key) for key in service.list_keys(tx)]
    cli.show(found, as_json=as_json, columns=KEY_COLUMNS)


@keys.command("revoke")
def revoke_key(
    key_id: Annotated[UUID, typer.Argument(help="Id of the key.")], tenant: TenantOption = None
) -> None:
    """Make a key, and the sessions opened with it, stop working at once."""
    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        service.revoke_key(tx, key_id)
    typer.echo("revoked")


@users.command("create")
def create_user(
    email: Annotated[str, typer.Argument(help="Address.")],
    username: Annotated[str, typer.Argument(help="Name to sign in with.")],
    role: Annotated[Role, typer.Option(help="What the user may do.")] = Role.READER,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Make an account."""
    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        made = service.create_user(tx, email=email, username=username, role=role)
    cli.show({"id": made}, as_json=as_json)


@users.command("list")
def list_users(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List accounts by name."""
    from dataclasses import asdict

    from everlearn.modules.tenancy import service

    with cli.tenant_tx(tenant) as tx:
        found = [asdict(user) for user in service.list_users(tx)]
    cli.show(found, as_json=as_json, columns=USER_COLUMNS)
