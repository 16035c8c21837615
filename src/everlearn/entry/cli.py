"""The command line: kernel commands, and a group for each module that has a `cli.py`.

Only the group that is asked for is imported, so that `everlearn --help` is quick.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Annotated

import typer

from everlearn import __version__
from everlearn.core import catalog, cli
from everlearn.core.cli import Json
from everlearn.entry import db, rows


def build(words: list[str]) -> typer.Typer:
    """Assemble the application for these command line words."""
    app = typer.Typer(
        name="everlearn",
        help="The learning loop in one Postgres.",
        no_args_is_help=True,
        rich_markup_mode=None,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    app.command()(up)
    app.command()(worker)
    app.command("sign-in")(sign_in)
    app.command()(status)
    app.command()(stop)
    app.add_typer(db.group(), name="db", help="The database: schema, checks, sample rows.")
    app.add_typer(rows.group(), name="rows", help="Rows of any table: list, get, tables.")
    app.add_typer(_demo(), name="demo", help="Replay real data through the loop.")
    _add_own_groups(app)
    wanted = next((word for word in words if not word.startswith("-")), None)
    for module in catalog.modules():
        name = f"everlearn.modules.{module.name}.cli"
        if importlib.util.find_spec(name) is None:
            continue
        group = importlib.import_module(name).app if module.name == wanted else typer.Typer()
        app.add_typer(group, name=module.name, help=module.summary)
        if module.name != wanted:
            group.callback(invoke_without_command=True)(lambda: None)
    return app


def _add_own_groups(app: typer.Typer) -> None:
    """Add files of modules' folders `cli` that are groups of their own: those with a HELP."""
    for module in catalog.modules():
        name = f"everlearn.modules.{module.name}.cli"
        spec = importlib.util.find_spec(name)
        for folder in (spec and spec.submodule_search_locations) or ():
            for file in sorted(Path(folder).glob("[a-z]*.py")):
                group = importlib.import_module(f"{name}.{file.stem}")
                if hasattr(group, "HELP"):
                    app.add_typer(group.app, name=file.stem, help=group.HELP)


def main() -> None:
    """Run the command line; errors of Everlearn become one line and an exit code."""
    from everlearn.core.errors import EverlearnError

    words = sys.argv[1:]
    try:
        build(words)()
    except EverlearnError as error:
        sys.exit(cli.fail(error, as_json="--json" in words))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"everlearn {__version__}")
        raise typer.Exit


def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold the options of every command."""


def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    with_worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Run one worker beside the server.")
    ] = True,
) -> None:
    """Start the database, the API, the pages and one worker."""
    from everlearn.entry.serve import serve

    with cli.runtime() as made:
        serve(made, host=host, port=port, with_worker=with_worker)


def worker(
    queue: Annotated[list[str] | None, typer.Option(help="Queues to take jobs from.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Jobs at the same time.")] = 1,
    until_empty: Annotated[bool, typer.Option(help="End when no job is left.")] = False,
) -> None:
    """Run queued jobs."""
    from everlearn.core.worker import work

    with cli.runtime() as made:
        work(
            made.server,
            made.database,
            queues=queue or ["default"],
            concurrency=concurrency,
            forever=not until_empty,
        )


def sign_in() -> None:
    """Print a link that signs a browser in, once, within half an hour."""
    from everlearn.entry.serve import sign_in_link

    with cli.runtime() as made:
        typer.echo(sign_in_link(made))


def status(as_json: Json = False) -> None:
    """Tell where the data is and whether the server runs."""
    from dataclasses import asdict

    from everlearn.core import pg
    from everlearn.core.settings import settings

    cli.show(asdict(pg.status(settings())), as_json=as_json)


def stop() -> None:
    """Stop the embedded database server."""
    from everlearn.core import pg
    from everlearn.core.settings import settings

    typer.echo("stopped" if pg.stop(settings()) else "it was not running")


def _demo() -> typer.Typer:
    group = cli.group("Replay real data through the loop.")

    @group.command()
    def flights(
        until: Annotated[
            str | None, typer.Option(help="Day of 2013 to replay to, such as 2013-04-01.")
        ] = None,
        report: Annotated[
            Path | None, typer.Option(help="File to write the figures to, as JSON.")
        ] = None,
        serve: Annotated[
            bool, typer.Option("--serve/--no-serve", help="Leave the page up afterwards.")
        ] = True,
        fresh: Annotated[bool, typer.Option(help="Begin again from an empty tenant.")] = False,
        port: Annotated[int | None, typer.Option(help="Port of the page.")] = None,
    ) -> None:
        """Replay a year of real departures from New York: predict, learn, promote."""
        from everlearn.demo.flights.replay import run

        with cli.runtime() as made:
            run(made, until=until, report=report, serve=serve, fresh=fresh, port=port)

    @group.callback()
    def _group() -> None:
        """Keep `flights` a subcommand although it is the only one."""

    return group
