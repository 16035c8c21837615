"""REST surface of analytics."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import AwareDatetime

from everlearn.core.rest import ReadTxDep
from everlearn.modules.analytics import service
from everlearn.modules.analytics.types import PeriodType, Usage

router = APIRouter(tags=["analytics"])


@router.get("/v1/usage", summary="What the tenant used, by hour, day, week or month")
def usage(
    tx: ReadTxDep, since: AwareDatetime, until: AwareDatetime, by: PeriodType = PeriodType.DAY
) -> list[Usage]:
    """Give how many predictions were made in each period (UTC) that begins in this time."""
    return service.usage(tx, by=by, since=since, until=until)
