"""Whether the trail is whole, as JSON; the rows come from the table's `expose`."""

from __future__ import annotations

from fastapi import APIRouter

from everlearn.core.rest import TxDep
from everlearn.modules.audit import service
from everlearn.modules.audit.types import ChainStatus

router = APIRouter(tags=["audit"])


@router.get("/v1/audit_chain", summary="Check the chain of audit_logs")
def check_chain(tx: TxDep) -> ChainStatus:
    """Read the tenant's whole trail and say where it breaks first, if it does."""
    return service.check_chain(tx)
