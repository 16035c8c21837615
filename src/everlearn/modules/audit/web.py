"""The page of the audit trail."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from everlearn.core import web
from everlearn.core.rest import PrincipalDep, TxDep
from everlearn.modules.audit import service
from everlearn.modules.audit.types import ActionType

router = APIRouter()


@router.get("/audit")
def trail(  # noqa: PLR0917 - FastAPI calls it by name
    request: Request,
    who: PrincipalDep,
    tx: TxDep,
    action: str = "",
    resource: str = "",
    of: str = "",
    before: int | None = None,
) -> Response:
    """Show the trail, newest first, and whether it is whole."""
    wanted: dict[str, Any] = {"action": action, "resource": resource, "of": of}
    page = service.list_entries(
        tx,
        before=before,
        action_type=action or None,
        resource_type=resource or None,
        resource_id=of or None,
    )
    more = {key: value for key, value in wanted.items() if value} | {"before": page.next_before}
    return web.page(
        request,
        "audit/trail.html",
        title="Audit",
        active="audit",
        now=tx.now(),
        tenant=who.tenant_slug,
        wanted=wanted,
        filtered=any(wanted.values()) or before is not None,
        actions=[("", "any"), *(each.value for each in ActionType)],
        entries=page.items,
        chain=service.check_chain(tx),
        next_href=f"/audit?{urlencode(more)}" if page.next_before else None,
    )
