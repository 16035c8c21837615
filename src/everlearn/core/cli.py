"""What every command shares: runtime, tenant, output as text or JSON, errors and exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from everlearn.core.app import Runtime
    from everlearn.core.errors import EverlearnError
    from everlearn.core.ingest import Ingested
    from everlearn.core.reading import Plan
    from everlearn.core.tx import Database, Tx

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
TenantOption = Annotated[
    str | None, typer.Option("--tenant", "-t", help="Slug of the tenant; else EVERLEARN_TENANT.")
]


def group(help_: str) -> typer.Typer:
    """Make a module's group of commands."""
    return typer.Typer(
        help=help_, no_args_is_help=True, rich_markup_mode=None, add_completion=False
    )


@contextmanager
def runtime() -> Iterator[Runtime]:
    """Open the server and database for one command."""
    from everlearn.core.app import open_runtime

    made = open_runtime()
    try:
        yield made
    finally:
        made.close()


@contextmanager
def service(made: Runtime) -> Iterator[Database]:
    """Open connections as everlearn_service, for commands about the whole database."""
    from everlearn.core.tx import connect

    database = connect(made.server, made.settings, role="service")
    database.clock = made.database.clock
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def tenant_tx(slug: str | None = None) -> Iterator[Tx]:
    """Open a transaction for the command's tenant; it commits when the command ends well."""
    from everlearn.core.tx import Actor

    with runtime() as made:
        tenant = find_tenant(made, slug)
        with made.database.tx(tenant, actor=Actor("user", "command line")) as tx:
            yield tx


@contextmanager
def tenant_rows(slug: str | None = None) -> Iterator[Callable[[], AbstractContextManager[Tx]]]:
    """Give how to open transactions that only read for the command's tenant, for bulk reads."""
    from everlearn.core.tx import Actor

    with runtime() as made:
        tenant = find_tenant(made, slug)
        yield lambda: made.database.read_tx(tenant, actor=Actor("user", "command line"))


@contextmanager
def reading_tx(slug: str | None = None) -> Iterator[Tx]:
    """Open a transaction that only reads, for a report: on the replica, if one is close behind."""
    with tenant_rows(slug) as opened, opened() as tx:
        yield tx


def load(
    load_file: Callable[..., Ingested],
    file: Path,
    *,
    all_: bool,
    tenant: str | None,
    as_json: bool,
) -> None:
    """Load a file of rows with a bar of progress, and say what became of them.

    Args:
        load_file: the module's, as `core.ingest.load_file` without the shape.
        file: the file.
        all_: in one transaction, or nothing when one row is refused.
        tenant: slug of the tenant.
        as_json: print JSON instead of a table.

    Raises:
        typer.Exit: with 2, when some rows were refused.
    """
    from dataclasses import asdict

    from everlearn.core.tx import Actor

    with runtime() as made:
        wanted = find_tenant(made, tenant)
        actor = Actor("user", "command line")
        with typer.progressbar(length=100, label="loading", file=sys.stderr) as bar:
            done = load_file(
                lambda: made.database.tx(wanted, actor=actor),
                file,
                all_or_nothing=all_,
                progress=lambda share: bar.update(round(100 * share) - bar.pos),
            )
    refused = [asdict(each) for each in done.refused]
    summary = {"accepted": done.accepted, "duplicates": done.duplicates}
    if as_json:
        show(summary | {"refused": refused}, as_json=True)
    else:
        show(summary | {"refused": len(refused)}, as_json=False)
        if refused:
            show(refused[:20], as_json=False, columns=("index", "field", "reason"))
    if refused:
        raise typer.Exit(2)


def moment(text: str | None, option: str) -> datetime | None:
    """Read a time with its zone; raise Invalid for another text."""
    from everlearn.core.errors import Invalid

    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"{text!r} is no time"
        raise Invalid(msg, field=option, hint="as in 2026-03-02T12:00:00Z") from error
    if found.tzinfo is None:
        msg = f"{text!r} has no time zone"
        raise Invalid(msg, field=option, hint="as in 2026-03-02T12:00:00Z")
    return found


def export(
    plan: Plan,
    opened: Callable[[], AbstractContextManager[Tx]],
    target: Path,
    *,
    quiet: bool,
) -> dict[str, Any]:
    """Write a bulk read to a file with a bar of progress; give what was written."""
    from everlearn.core.reading import Rows

    rows = Rows(plan, opened)
    with typer.progressbar(
        length=rows.count() or 0, label=target.name, file=sys.stderr, hidden=quiet
    ) as bar:

        def done(total: int) -> None:
            bar.update(total - bar.pos)

        total = rows.write(target, done=done)
    return {"file": str(target), "rows": total, "bytes": target.stat().st_size}


def find_tenant(made: Runtime, slug: str | None) -> Any:
    """Give the id of a tenant by its slug, or of the default one, which is made when missing."""
    wanted = slug or made.settings.tenant
    with made.database.tx(None) as tx:
        found = tx.scalar("SELECT app.find_tenant(:slug)", {"slug": wanted})
    if found is None:
        from everlearn.core.errors import NotFound

        msg = f"no tenant is called {wanted!r}"
        raise NotFound(msg, field="--tenant", hint=f"make it: everlearn tenancy create {wanted}")
    return found


def show(value: Any, *, as_json: bool, columns: Sequence[str] = ()) -> None:
    """Print rows (a list of dicts) or one row (a dict), as a table or as JSON."""
    if as_json:
        typer.echo(json.dumps(value, default=str, indent=2))
        return
    if isinstance(value, dict):
        width = max((len(key) for key in value), default=0)
        for key, item in value.items():
            typer.echo(f"{key.ljust(width)}  {_text(item)}")
        return
    if not value:
        typer.echo("nothing yet")
        return
    names = list(columns) or list(value[0])
    cells = [[_text(line.get(name)) for name in names] for line in value]
    widths = [max(len(name), *(len(c[i]) for c in cells)) for i, name in enumerate(names)]
    typer.echo("  ".join(name.ljust(w) for name, w in zip(names, widths, strict=True)).rstrip())
    for cell in cells:
        typer.echo("  ".join(text.ljust(w) for text, w in zip(cell, widths, strict=True)).rstrip())


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        # An exponent is no number that people read: 10737418240, not 1.074e+10.
        return f"{value:.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
    if isinstance(value, dict | list):
        return json.dumps(value, default=str)
    if isinstance(value, datetime):
        return str(value.isoformat(sep=" ", timespec="seconds"))
    return str(value)


def fail(error: EverlearnError, *, as_json: bool = False) -> int:
    """Print an error to standard error and give its exit code."""
    if as_json:
        print(json.dumps(error.to_problem(), default=str), file=sys.stderr)  # noqa: T201 - the command's output
    else:
        print(f"everlearn: {error}", file=sys.stderr)  # noqa: T201 - the command's output
    return error.exit_code
