"""Ask the archive; hold rows and release them. Its files are listed by the table's `expose`."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from everlearn.core.rest import PrincipalDep, TxDep, database_of, only_reads, require_role
from everlearn.modules.operations import service
from everlearn.modules.operations.types import Hold

router = APIRouter(tags=["operations"])


class ArchiveQuery(BaseModel):
    """A question to archived and live rows."""

    model_config = ConfigDict(extra="forbid")

    sql: Annotated[str, Field(min_length=1, max_length=100_000)]
    limit: Annotated[int, Field(ge=1, le=100_000)] = 10_000
    live: bool = True
    format: Literal["json", "arrow"] = "json"


class HoldBody(BaseModel):
    """Which tables are held, and why."""

    model_config = ConfigDict(extra="forbid")

    tables: list[str] = []
    reason: Annotated[str, Field(min_length=1, max_length=1_000)] | None = None


class ReleaseBody(BaseModel):
    """Which tables are not held any more; all of them when none is named."""

    model_config = ConfigDict(extra="forbid")

    tables: list[str] = []


@router.post("/v1/archive:query", summary="Ask archived and live rows as one")
@only_reads
def query_archive(request: Request, who: PrincipalDep, body: ArchiveQuery) -> Response:
    """Run one SELECT, in DuckDB's SQL, over the tables whose rows age.

    JSON: `columns`, `rows` (a list of values each), `truncated` when there are more rows than
    `limit`, and what was read: `files` of the archive, `live_rows` of the tables. Arrow: an IPC
    stream of the rows.
    """
    from everlearn.modules.operations.service import answers, querying

    answer = querying.query(
        database_of(request),
        request.app.state.settings,
        who.tenant_id,
        body.sql,
        limit=body.limit,
        live=body.live,
        actor=who.actor,
    )
    if body.format == "arrow":
        data = answers.as_stream(answer)
        return Response(data, media_type="application/vnd.apache.arrow.stream")
    return Response(json.dumps(answers.as_json(answer)), media_type="application/json")


@router.get("/v1/archive/holds", summary="List legal holds")
def list_holds(tx: TxDep) -> list[Hold]:
    """Give the tables none of whose rows leave."""
    return service.holds(tx)


@router.post(
    "/v1/archive:hold",
    summary="Keep rows of tables, however old",
    dependencies=[require_role("admin")],
)
def hold(tx: TxDep, body: HoldBody) -> list[Hold]:
    """Hold the tables (schema.table), or all when none is named; done again, nothing changes."""
    service.hold(tx, body.tables, reason=body.reason)
    return service.holds(tx)


@router.post("/v1/archive:release", summary="End legal holds", dependencies=[require_role("admin")])
def release(tx: TxDep, body: ReleaseBody) -> list[Hold]:
    """Release the tables, or all when none is named; give what is still held."""
    service.release(tx, body.tables)
    return service.holds(tx)
