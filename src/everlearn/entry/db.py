"""`everlearn db`: the schema compared, brought forward and back, written as SQL, and sampled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption
from everlearn.entry import db_data

if TYPE_CHECKING:
    from everlearn.core.app import Runtime
    from everlearn.core.schema.samples import Report
    from everlearn.core.schema.verify import Finding

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def group() -> typer.Typer:
    """Give the group of commands."""
    made = cli.group("The database's schema.")
    for command in (upgrade, downgrade, history, check, verify, sql, sample, clean):
        made.command()(command)
    db_data.add(made)
    return made


@contextmanager
def _as_it_is() -> Iterator[Runtime]:
    """Open the database without bringing it to the current schema."""
    from everlearn.core import app

    made = app.open_runtime(upgrade=False)
    try:
        yield made
    finally:
        made.close()


def upgrade(
    to: Annotated[str, typer.Option(help="Revision to stop at, such as 0014.")] = "head",
) -> None:
    """Bring the database to the current schema, or forward to a revision."""
    from everlearn.core import migrate, pg

    with _as_it_is() as made:
        pg.bootstrap(made.server)
        migrate.upgrade(made.server, revision=to)
    typer.echo("the schema is current" if to == "head" else f"the schema is at {to}")


def downgrade(
    revision: Annotated[str, typer.Argument(help="Revision to go back to, such as 0014 or -1.")],
    yes: Yes = False,  # noqa: FBT002 - a flag of a command
) -> None:
    """Go back to an earlier schema; says what is lost and asks before it does."""
    from everlearn.core.formats import bytes_
    from everlearn.core.schema import steps

    with _as_it_is() as made:
        found = steps.loss(made.server, revision)
        for name, size in found.tables.items():
            typer.echo(f"lost: table {name} with all its rows ({bytes_(size)})")
        for name in found.columns:
            typer.echo(f"lost: column {name}")
        for name in found.views:
            typer.echo(f"lost: view {name}")
        if not (found.tables or found.columns or found.views):
            typer.echo("nothing that holds data is lost")
        if not yes:
            typer.confirm(f"Go back to {revision}?", abort=True)
        steps.downgrade(made.server, revision)
    typer.echo(f"the schema is at {revision}; `everlearn db upgrade` brings it forward again")


def history(as_json: Json = False) -> None:  # noqa: FBT002 - a flag of a command
    """List the revisions of the schema, newest first, and which one the database is at."""
    from everlearn.core.schema import steps

    with _as_it_is() as made:
        found = steps.history(made.server)
    cli.show(found, as_json=as_json)


def check(as_json: Json = False) -> None:  # noqa: FBT002 - a flag of a command
    """Compare declared tables and policies with the live catalog; exit 1 when they differ."""
    from everlearn.core import migrate

    with _as_it_is() as made:
        found = [str(item) for item in migrate.differences(made.server)]
    cli.show({"differences": found, "ok": not found}, as_json=as_json)
    if found:
        raise typer.Exit(1)


def verify(
    as_json: Json = False,  # noqa: FBT002 - a flag of a command
    manifest: Annotated[
        Path | None, typer.Option(help="Another list of tables and columns, as JSON.")
    ] = None,
    only: Annotated[str, typer.Option(help="Look at names alone that hold this word.")] = "",
    verbose: Annotated[bool, typer.Option(help="Print what passes, too.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Compare the live database with all it was asked to hold; exit 1 when anything is missing."""
    from everlearn.core.schema import manifest as asked
    from everlearn.core.schema.verify import totals

    wanted = asked.read(manifest) if manifest else asked.shipped()
    found = _verified(wanted, only)
    failed = sum(not each.ok for each in found)
    if as_json:
        lines = [_line(each) for each in found if verbose or not each.ok]
        cli.show({"ok": not failed, "totals": totals(found), "findings": lines}, as_json=True)
    else:
        for each in found:
            if verbose or not each.ok:
                note = f": {each.note}" if each.note else ""
                typer.echo(f"{'PASS' if each.ok else 'FAIL'} {each.kind} {each.name}{note}")
        lines = [{"kind": kind, **counts} for kind, counts in totals(found).items()]
        cli.show(lines, as_json=False)
        typer.echo(f"{len(found)} points, {failed} failed")
    if failed or not found:
        raise typer.Exit(1)


def _verified(wanted: Any, only: str) -> list[Finding]:
    import psycopg
    from sqlalchemy import create_engine

    from everlearn.core.schema.verify import verify as run

    with _as_it_is() as made:
        conninfo = made.server.conninfo("owner")
        engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo))
        try:
            with engine.connect() as connection:
                return run(connection, wanted, only=only)
        finally:
            engine.dispose()


def _line(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "name": finding.name,
        "ok": finding.ok,
        "note": finding.note,
    }


def sql(
    out: Annotated[Path, typer.Option(help="Folder to write the files to.")] = Path("sql"),
    module: Annotated[str | None, typer.Option(help="Write the file of this module alone.")] = None,
) -> None:
    """Write the schema as SQL files, one a module, that psql may run once or many times."""
    from everlearn.core.errors import Invalid
    from everlearn.core.schema import sqlfiles

    try:
        written = sqlfiles.write(out, module)
    except ValueError as error:
        raise Invalid(str(error), field="--module") from error
    for path in written:
        typer.echo(str(path))


def sample(tenant: TenantOption = None, as_json: Json = False) -> None:  # noqa: FBT002 - a flag
    """Make one real-looking row in every table of a tenant; a second run makes none."""
    from everlearn.core.schema import samples

    with cli.tenant_tx(tenant) as tx:
        report = samples.sample(tx)
    _show(report, "made", "there already", as_json=as_json)


def clean(tenant: TenantOption = None, as_json: Json = False) -> None:  # noqa: FBT002 - a flag
    """Remove the sample rows of a tenant, and nothing else."""
    from everlearn.core.schema import samples
    from everlearn.core.tx import connect

    with cli.runtime() as made:
        found = cli.find_tenant(made, tenant)
        service = connect(made.server, made.settings, role="service")
        try:
            with service.tx(found) as tx:
                report = samples.clean(tx)
        finally:
            service.dispose()
    _show(report, "removed", "without one", as_json=as_json)


def _show(report: Report, done: str, there: str, *, as_json: bool) -> None:
    if as_json:
        value = {"done": report.done, "there": report.there, "left": report.left}
        cli.show(value, as_json=True)
        return
    typer.echo(f"{len(report.done)} tables: {done}; {len(report.there)} tables: {there}")
    for name, reason in report.left.items():
        typer.echo(f"{name}: {reason}")
