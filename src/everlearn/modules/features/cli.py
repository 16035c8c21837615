"""Features on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption

app = cli.group("Facts, feature sets and vectors as of a moment.")


@app.command("list")
def list_(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List feature sets and sources of facts."""
    from everlearn.modules.features import service

    with cli.tenant_tx(tenant) as tx:
        sets = [
            {"feature_set": s.name, "version": s.version, "features": len(s.features)}
            for s in service.list_sets(tx)
        ]
        sources = [
            {
                "source": state.source.name,
                "facts": state.n_facts,
                "last_known_at": state.last_known_at,
            }
            for state in service.source_states(tx)
        ]
    if as_json:
        cli.show({"feature_sets": sets, "sources": sources}, as_json=True)
        return
    cli.show(sets, as_json=False)
    typer.echo()
    cli.show(sources, as_json=False)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of the feature set.")],
    version: Annotated[int | None, typer.Option(help="Version; the newest if left out.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Show what a feature set is made of."""
    from everlearn.modules.features import service

    with cli.tenant_tx(tenant) as tx:
        found = service.get_set(tx, name, version=version)
    if as_json:
        features = [service.to_dict(feature) for feature in found.features]
        cli.show(
            {"id": found.id, "name": found.name, "version": found.version, "features": features},
            as_json=True,
        )
        return
    lines = [{"feature": f.name, "is": f.sentence()} for f in found.features]
    cli.show(lines, as_json=False)


@app.command()
def export(
    *,
    name: Annotated[str, typer.Argument(help="Name of the feature set.")],
    target: Annotated[Path, typer.Argument(help="File to write: .parquet, .arrow or .csv.")],
    version: Annotated[int | None, typer.Option(help="Version; the newest if left out.")] = None,
    since: Annotated[str | None, typer.Option(help="as_of from this time on, with zone.")] = None,
    until: Annotated[str | None, typer.Option(help="as_of before this time, with zone.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Write the stored vectors of a feature set to a file, one column a feature."""
    from everlearn.modules.features import service

    with cli.tenant_rows(tenant) as opened:
        with opened() as tx:
            plan = service.vector_rows(
                tx,
                service.get_set(tx, name, version=version),
                since=cli.moment(since, "--since"),
                until=cli.moment(until, "--until"),
            )
        cli.show(cli.export(plan, opened, target, quiet=as_json), as_json=as_json)
