"""Pages: what is declared, what is known, and single vectors."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from everlearn.core import web
from everlearn.core.rest import PrincipalDep, TxDep
from everlearn.modules.features import service

router = APIRouter(tags=["pages"])


@router.get("/features")
def overview(request: Request, tx: TxDep, _: PrincipalDep, entity: str = "") -> HTMLResponse:
    """Show feature sets with their declarations, sources, and the newest vectors."""
    sets = service.list_sets(tx)
    return web.page(
        request,
        "features/overview.html",
        title="Features",
        active="features",
        live=True,
        now=tx.now(),
        sets=sets,
        newest={feature_set.name: feature_set.version for feature_set in reversed(sets)},
        sources=service.source_states(tx),
        rows=service.latest_rows(tx, entity_id=entity or None, limit=30),
        entity=entity,
    )


@router.get("/features/rows/{row_id}")
def one_row(request: Request, tx: TxDep, _: PrincipalDep, row_id: UUID) -> HTMLResponse:
    """Show one stored vector: every feature, what it is, and its value."""
    row = service.get_row(tx, row_id)
    values = [
        {"name": f.name, "sentence": f.sentence(), "value": row.values[f.name]}
        for f in row.feature_set.features
    ]
    return web.page(
        request,
        "features/row.html",
        title=f"Vector of {row.entity_id}",
        active="features",
        now=tx.now(),
        row=row,
        values=values,
        known=sum(value["value"] is not None for value in values),
    )
