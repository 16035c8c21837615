"""Tenants, keys, users, teams and rights on the command line."""

from everlearn.modules.tenancy.cli import access, teams
from everlearn.modules.tenancy.cli.accounts import app

app.add_typer(teams.teams, name="teams", help="Teams, their members and workspaces.")
app.add_typer(teams.sessions, name="sessions", help="Sessions of people in a workspace.")
app.add_typer(access.settings, name="settings", help="Settings of a team.")
app.add_typer(access.sso, name="sso", help="Single sign-on of a team.")
app.add_typer(access.permissions, name="permissions", help="What roles may do.")

__all__ = ["app"]
