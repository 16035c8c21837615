"""The route one would write first: FastAPI, pydantic and SQLAlchemy, one transaction for each body.

    python -m benchmarks.plain_route DSN TENANT PORT

Takes `POST /events` with a list of events, of the same columns into the same table, as
everlearn_app. It asks nobody for a key, knows no duplicates, and refuses a body as a whole.
"""

from __future__ import annotations

import sys
from typing import Any
from uuid import UUID

import psycopg
import uvicorn
from fastapi import FastAPI
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import create_engine, insert, text

from everlearn.modules.events.tables import LearningEvent
from everlearn.modules.events.types import EventType


class NewEvent(BaseModel):
    """An event to be written."""

    id: UUID
    event_type: EventType
    event_data: dict[str, Any]
    timestamp: AwareDatetime
    event_subtype: str | None = Field(None, min_length=1, max_length=255)
    source_system: str | None = Field(None, min_length=1, max_length=255)
    entity_type: str | None = Field(None, min_length=1, max_length=255)
    entity_id: str | None = Field(None, min_length=1, max_length=255)
    session_id: str | None = None
    processing_time_ms: float | None = Field(None, ge=0)


class Answer(BaseModel):
    """How many events were written, and their ids."""

    accepted: int
    ids: list[UUID]


def make_app(dsn: str, tenant: UUID) -> FastAPI:
    """Give the application."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn))
    app = FastAPI()
    statement = insert(LearningEvent.metadata.tables["events.learning_events"])
    # lint: allow sql-string because SET takes no parameter
    who = text(f"SET LOCAL app.tenant_id = '{tenant}'")

    @app.post("/events")
    def write(body: list[NewEvent]) -> Answer:
        rows = [event.model_dump() for event in body]
        for row in rows:
            row["metadata"] = {"actor": "plain", "actor_kind": "key"}
            row["tenant_id"] = tenant
        with engine.begin() as connection:
            connection.execute(who)
            connection.execute(statement, rows)
        return Answer(accepted=len(rows), ids=[row["id"] for row in rows])

    return app


if __name__ == "__main__":
    _, given_dsn, given_tenant, given_port = sys.argv
    uvicorn.run(
        make_app(given_dsn, UUID(given_tenant)),
        port=int(given_port),
        log_level="warning",
        access_log=False,
    )
