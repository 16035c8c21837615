"""The page of the stream."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from everlearn.core import web
from everlearn.core.rest import PrincipalDep, TxDep, decode_cursor, encode_cursor
from everlearn.modules.events import service
from everlearn.modules.events.types import EventType

router = APIRouter()


@router.get("/events")
def stream(  # noqa: PLR0917 - FastAPI calls it by name
    request: Request,
    who: PrincipalDep,
    tx: TxDep,
    event_type: str = "",
    entity_type: str = "",
    entity_id: str = "",
    cursor: str | None = None,
) -> Response:
    """Show events, newest first."""
    wanted = {"event_type": event_type, "entity_type": entity_type, "entity_id": entity_id}
    chosen = {key: value for key, value in wanted.items() if value}
    page = service.list_events(
        tx,
        cursor=decode_cursor(cursor),
        event_type=event_type or None,
        entity_type=entity_type or None,
        entity_id=entity_id or None,
    )
    following = None
    if page.next_cursor:
        following = urlencode(chosen | {"cursor": encode_cursor(page.next_cursor)})
    return web.page(
        request,
        "events/stream.html",
        title="Events",
        active="events",
        live=cursor is None,
        now=tx.now(),
        tenant=who.tenant_slug,
        wanted=wanted,
        filtered=bool(chosen) or cursor is not None,
        types=[("", "any"), *(each.value for each in EventType)],
        events=page.items,
        next_href=f"/events?{following}" if following else None,
    )
