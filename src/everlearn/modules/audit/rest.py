"""The trail, and whether it is whole, as JSON."""

from __future__ import annotations

from fastapi import APIRouter

from everlearn.core.rest import TxDep
from everlearn.modules.audit import service
from everlearn.modules.audit.types import ActionType, ChainStatus, Page

router = APIRouter(tags=["audit"])


@router.get("/v1/audit_logs", summary="List audit_logs")
def list_entries(  # noqa: PLR0917 - FastAPI calls it by name
    tx: TxDep,
    limit: int = 50,
    before: int | None = None,
    action_type: ActionType | None = None,
    resource_type: str | None = None,
    resource_id: str | None = None,
) -> Page:
    """Give rows of the trail, newest first; `before` is the `next_before` of the page before."""
    return service.list_entries(
        tx,
        limit=limit,
        before=before,
        action_type=action_type,
        resource_type=resource_type,
        resource_id=resource_id,
    )


@router.get("/v1/audit_chain", summary="Check the chain of audit_logs")
def check_chain(tx: TxDep) -> ChainStatus:
    """Read the tenant's whole trail and say where it breaks first, if it does."""
    return service.check_chain(tx)
