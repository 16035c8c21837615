"""`everlearn archive`: ask old rows, bring them back, check their files, hold what must stay."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption

if TYPE_CHECKING:
    from everlearn.modules.operations.types import Answer

Table = Annotated[str | None, typer.Option(help="Only this table, such as events.learning_events.")]
Tables = Annotated[
    list[str] | None, typer.Argument(help="Tables, such as events.learning_events; else all.")
]
_PERIOD = re.compile(r"(?P<year>\d{4})(-(?P<month>\d{2}))?(-(?P<day>\d{2}))?")
_DECEMBER = 12


HELP = "Rows that left their tables: ask them, bring them back, keep them."
app = cli.group(HELP)


@app.command()
def query(  # noqa: PLR0917 - typer calls it by name
    statement: Annotated[
        str, typer.Argument(metavar="SQL", help="One SELECT over tables by their names.")
    ],
    limit: Annotated[int | None, typer.Option(min=1, help="Rows at most.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    parquet: Annotated[Path | None, typer.Option(help="Write a Parquet file.")] = None,
    archived_only: Annotated[
        bool, typer.Option("--archived-only", help="Leave out rows that are still in the tables.")
    ] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Ask archived and live rows as one, in DuckDB's SQL."""
    from everlearn.core.tx import Actor
    from everlearn.modules.operations.service import querying

    with cli.runtime() as made:
        answer = querying.query(
            made.database,
            made.settings,
            cli.find_tenant(made, tenant),
            statement,
            limit=limit,
            live=not archived_only,
            actor=Actor("user", "command line"),
        )
    _print(answer, csv=csv, parquet=parquet, as_json=as_json)


def _print(answer: Answer, *, csv: bool, parquet: Path | None, as_json: bool) -> None:
    from everlearn.modules.operations.service.columns import arrow

    if parquet is not None:
        arrow().parquet.write_table(answer.table, parquet, compression="zstd")
        typer.echo(f"{answer.table.num_rows} rows written to {parquet}")
    elif csv:
        arrow().csv.write_csv(answer.table, sys.stdout.buffer)
    else:
        cli.show(answer.table.to_pylist(), as_json=as_json, columns=answer.table.column_names)
    if answer.truncated:
        typer.echo("there are more rows; raise --limit", err=True)


@app.command()
def restore(
    table: Annotated[str, typer.Argument(help="Table, such as events.learning_events.")],
    period: Annotated[
        str, typer.Argument(help="A month (2023-05), a day, a year, or from..to of them.")
    ],
    keep: Annotated[str, typer.Option(help="How long they stay, in days.")] = "30d",
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Bring archived rows of a month back into their table; retention leaves them alone a while."""
    from dataclasses import asdict

    from everlearn.modules.operations.service import restoring

    start, end = period_of(period)
    days = days_of(keep)
    with (
        cli.runtime() as made,
        cli.service(made) as database,
        typer.progressbar(length=1, label="files", hidden=as_json) as bar,
    ):

        def progress(_: int, n: int) -> None:
            bar.length = n
            bar.update(1)

        done = restoring.restore(
            database,
            made.settings,
            cli.find_tenant(made, tenant),
            table,
            start=start,
            end=end,
            keep_days=days,
            progress=progress,
        )
    cli.show(asdict(done), as_json=as_json)


def period_of(text: str) -> tuple[datetime, datetime]:
    """Give the beginning and the end of `2023`, `2023-05`, `2023-05-10`, or of `from..to`.

    Raises:
        Invalid: it is none of these.
    """
    from everlearn.core.errors import Invalid

    first, dots, last = text.partition("..")
    try:
        start, end = _period(first), _period(last if dots else first)
    except ValueError:
        msg = "a period is a year, a month or a day, or from..to of them"
        raise Invalid(msg, field="PERIOD", hint="such as 2023-05", got=text) from None
    if end[1] <= start[0]:
        raise Invalid("the period ends before it begins", field="PERIOD", got=text)
    return start[0], end[1]


def _period(text: str) -> tuple[datetime, datetime]:
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year = int(found["year"])
    month, day = int(found["month"] or 1), int(found["day"] or 1)
    start = datetime(year, month, day, tzinfo=UTC)
    if found["day"]:
        return start, start + timedelta(days=1)
    if found["month"] and month < _DECEMBER:
        return start, start.replace(month=month + 1)
    return start, datetime(year + 1, 1, 1, tzinfo=UTC)


def days_of(text: str) -> int:
    """Give the days of `30d` or `30`.

    Raises:
        Invalid: it is no number of days.
    """
    from everlearn.core.errors import Invalid

    found = re.fullmatch(r"(\d{1,5})d?", text)
    if found is None:
        raise Invalid("a number of days, such as 30d", field="--keep", got=text)
    return int(found[1])


@app.command("list")
def list_files(table: Table = None, tenant: TenantOption = None, as_json: Json = False) -> None:
    """List the files of the archive, and what became of their rows."""
    from dataclasses import asdict

    from everlearn.modules.operations.service import files

    columns = (
        "table_name", "period_start", "state", "row_count", "size_bytes", "held_until", "url",
    )  # fmt: skip
    with cli.tenant_tx(tenant) as tx:
        found = [asdict(each) for each in files.list_files(tx, table=table)]
    cli.show(found, as_json=as_json, columns=columns)


@app.command()
def verify(table: Table = None, tenant: TenantOption = None, as_json: Json = False) -> None:
    """Read the files again, and tell those that are missing or changed."""
    from dataclasses import asdict

    from everlearn.modules.operations.service import files

    with (
        cli.runtime() as made,
        made.database.tx(cli.find_tenant(made, tenant)) as tx,
        typer.progressbar(length=1, label="files", hidden=as_json) as bar,
    ):

        def progress(_: int, n: int) -> None:
            bar.length = n
            bar.update(1)

        found = files.verify_files(tx, made.settings, table=table, progress=progress)
    bad = [asdict(each) for each in found if each.problem]
    if as_json:
        cli.show([asdict(each) for each in found], as_json=True)
    elif bad:
        cli.show(bad, as_json=False, columns=("table_name", "period_start", "problem", "url"))
    else:
        typer.echo(f"{len(found)} files are what was written")
    if bad:
        raise typer.Exit(1)


@app.command()
def hold(
    tables: Tables = None,
    reason: Annotated[str | None, typer.Option(help="Why, such as a case's number.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Keep every row of tables, however old, until `release` (a legal hold)."""
    from everlearn.modules.operations import service

    with cli.tenant_tx(tenant) as tx:
        changed = service.hold(tx, tables or (), reason=reason)
    _say(changed, "held now", as_json=as_json)


@app.command()
def release(tables: Tables = None, tenant: TenantOption = None, as_json: Json = False) -> None:
    """End the legal hold of tables, or of all."""
    from everlearn.modules.operations import service

    with cli.tenant_tx(tenant) as tx:
        changed = service.release(tx, tables or ())
    _say(changed, "released", as_json=as_json)


def _say(tables: list[str], what: str, *, as_json: bool) -> None:
    cli.show([{"table": table, "is": what} for table in tables], as_json=as_json)


@app.command()
def holds(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List the legal holds."""
    from dataclasses import asdict

    from everlearn.modules.operations import service

    with cli.tenant_tx(tenant) as tx:
        found: list[dict[str, Any]] = [asdict(each) for each in service.holds(tx)]
    cli.show(found, as_json=as_json, columns=("table", "since", "reason"))
