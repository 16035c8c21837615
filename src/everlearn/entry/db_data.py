"""`everlearn db`: partitions, retention, the archive, backup and restore."""

# ruff: noqa: FBT002 -- a flag of a command is a boolean argument

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from everlearn.core import catalog, cli
from everlearn.core.cli import Json

TenantSlug = Annotated[
    str | None, typer.Option("--tenant", "-t", help="Only this tenant, by its slug.")
]


def add(group: typer.Typer) -> None:
    """Add the commands to the group `db`, and those that modules have for it."""
    group.add_typer(_partitions(), name="partitions", help="Partitions: list, create ahead.")
    group.command()(backup)
    group.command()(restore)
    for _, loaded in catalog.load_all("cli"):
        if hasattr(loaded, "add_to_db"):
            loaded.add_to_db(group)


def _partitions() -> typer.Typer:
    group = typer.Typer(rich_markup_mode=None, add_completion=False)

    @group.callback(invoke_without_command=True)
    def partitions(
        context: typer.Context,
        table: Annotated[
            list[str] | None, typer.Option(help="Only this table, such as events.learning_events.")
        ] = None,
        gaps: Annotated[bool, typer.Option("--gaps", help="Show what is missing instead.")] = False,
        fill: Annotated[bool, typer.Option("--fill", help="Create what is missing.")] = False,
        as_json: Json = False,
    ) -> None:
        """List partitions with their bounds, rows (by estimate) and bytes."""
        if context.invoked_subcommand:
            return
        from everlearn.core import partitions as core

        with cli.runtime() as made, cli.service(made) as database, database.tx(None) as tx:
            if fill:
                found: list[dict[str, Any]] = [{"created": name} for name in core.fill_gaps(tx)]
            elif gaps:
                found = [asdict(gap) for gap in core.find_gaps(tx)]
            else:
                found = [asdict(each) for each in core.list_partitions(tx, tables=table)]
        cli.show(found, as_json=as_json)

    @group.command()
    def ahead(
        periods: Annotated[int, typer.Argument(min=0, max=24, help="Periods after this one.")] = 2,
        as_json: Json = False,
    ) -> None:
        """Create each table's partitions of the present period and of those after it."""
        from everlearn.core import partitions as core

        with cli.runtime() as made, cli.service(made) as database, database.tx(None) as tx:
            created = core.create_ahead(tx, at=tx.now(), periods=periods)
        cli.show([{"created": name} for name in created], as_json=as_json)

    return group


def backup(
    file: Annotated[Path, typer.Argument(help="File to write.")],
    tenant: TenantSlug = None,
    as_json: Json = False,
) -> None:
    """Write the whole database, or one tenant, into one file.

    A tenant's file has its keys and passwords as hashes, so its clients work after a restore.
    """
    from everlearn.core.schema import backup as whole
    from everlearn.core.schema import tenant_backup as one

    with cli.runtime() as made:
        if tenant is None:
            done = whole.back_up(made.server, file, clock=made.database.clock)
        else:
            found = cli.find_tenant(made, tenant)
            with cli.service(made) as database:
                done = one.back_up_tenant(made.server, database, file, tenant=found)
    cli.show(done, as_json=as_json)


def restore(
    file: Annotated[Path, typer.Argument(exists=True, help="File that `backup` wrote.")],
    tenant: TenantSlug = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="In place of what is there: a database is kept aside."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Bring back a whole database, or one tenant, from a file."""
    from everlearn.core import pg
    from everlearn.core.clock import SystemClock
    from everlearn.core.schema import backup as whole
    from everlearn.core.schema import tenant_backup as one
    from everlearn.core.settings import settings

    if replace and not yes:
        what = f"the tenant {tenant}" if tenant else "the whole database"
        typer.confirm(f"Replace {what}?", abort=True)
    if tenant is None:
        # Not through the runtime: it would fill the empty database first.
        done = whole.restore(pg.start(settings()), file, replace=replace, clock=SystemClock())
    else:
        with cli.runtime() as made:
            done = one.restore_tenant(made.server, file, slug=tenant, replace=replace)
    cli.show(done, as_json=as_json)
