"""Features over HTTP: declare, send facts, compute vectors to try a set out."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from everlearn.core.reading import Rows
from everlearn.core.rest import PageOf, PrincipalDep, TxDep, id_cursor
from everlearn.core.rest_rows import BOTH, Limit, page, reading, stream, wants_arrow
from everlearn.modules.features import service
from everlearn.modules.features.types import Entities, FeatureSet

router = APIRouter(tags=["features"])

MAX_FACTS = 20_000
MAX_ENTITIES = 5_000


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class SourceBody(_Body):
    """A source of facts."""

    name: str = Field(description="Name used in declarations of features.")
    dims: list[str] = Field(default=[], description="Names of the texts facts are found by.")
    values: list[str] = Field(default=[], description="Names of the numbers facts carry.")
    description: str | None = Field(default=None, description="What its facts are, for people.")


class FactBody(_Body):
    """One fact."""

    entity_id: str = Field(description="What it happened to.")
    event_at: AwareDatetime = Field(description="When it happened, or is to happen.")
    known_at: AwareDatetime = Field(description="When it was known.")
    dims: dict[str, str | None] = Field(default={}, description="Every dim; null is not known.")
    values: dict[str, float | None] = Field(
        default={}, description="Every value; null is not known."
    )


class FactsBody(_Body):
    """Facts of one source."""

    facts: list[FactBody] = Field(max_length=MAX_FACTS)


class SetBody(_Body):
    """A feature set: its declarations in order."""

    name: str
    features: list[dict[str, Any]] = Field(
        description="Declarations such as {kind: window, name, source, agg, by, value, over_s}."
    )


class EntityBody(_Body):
    """One entity to compute a vector for."""

    entity_id: str = ""
    as_of: AwareDatetime | None = Field(
        default=None, description="What was known then counts; now when left out."
    )
    fields: dict[str, Any] = Field(default={}, description="The set's entity fields.")


class ComputeBody(_Body):
    """Entities to compute vectors for; nothing is stored but new words."""

    entities: list[EntityBody] = Field(max_length=MAX_ENTITIES)
    version: int | None = Field(default=None, description="Version of the set; newest if left out.")


def _as_json(feature_set: FeatureSet) -> dict[str, Any]:
    return {
        "id": feature_set.id,
        "name": feature_set.name,
        "version": feature_set.version,
        "features": [
            service.to_dict(feature) | {"sentence": feature.sentence()}
            for feature in feature_set.features
        ],
        "names": feature_set.names,
        "categorical": feature_set.categorical,
        "entity_fields": feature_set.entity_fields,
        "definition_sha256": feature_set.sha256,
    }


@router.post("/v1/feature_sources", summary="Declare a source of facts", status_code=201)
def declare_source(tx: TxDep, body: SourceBody) -> dict[str, Any]:
    """Give the source of this name; make it when there is none."""
    made = service.declare_source(
        tx, body.name, dims=body.dims, values=body.values, description=body.description
    )
    return {"id": made.id, "name": made.name, "dims": made.dims, "values": made.values}


@router.post("/v1/feature_sources/{name}/facts:batch", summary="Record facts")
def record_facts(
    tx: TxDep, name: Annotated[str, Path(description="Name of the source.")], body: FactsBody
) -> dict[str, int]:
    """Record facts; those that are stored already change nothing."""
    source = service.get_source(tx, name)
    facts = body.facts
    new = service.record_facts(
        tx,
        source,
        entity_ids=[fact.entity_id for fact in facts],
        event_at=[fact.event_at for fact in facts],
        known_at=[fact.known_at for fact in facts],
        dims=service.by_column([fact.dims for fact in facts], source.dims, kind="dims"),
        values=service.by_column([fact.values for fact in facts], source.values, kind="values"),
    )
    return {"new": new, "known_already": len(facts) - new}


@router.post("/v1/feature_sets", summary="Declare a feature set", status_code=201)
def declare_set(tx: TxDep, body: SetBody) -> dict[str, Any]:
    """Give the version with exactly these features; make it when there is none."""
    return _as_json(service.declare_set(tx, body.name, body.features))


@router.post("/v1/feature_sets/{name}/compute", summary="Compute vectors")
def compute(
    tx: TxDep, name: Annotated[str, Path(description="Name of the set.")], body: ComputeBody
) -> dict[str, Any]:
    """Compute vectors of entities, to try a set out or to compare with what a model got."""
    feature_set = service.get_set(tx, name, version=body.version)
    entities = body.entities
    moments: list[datetime] = [entity.as_of or tx.now() for entity in entities]
    fields = service.by_column(
        [entity.fields for entity in entities], feature_set.entity_fields, kind="features"
    )
    matrix = service.compute(
        tx, feature_set, Entities([entity.entity_id for entity in entities], moments, fields)
    )
    return {
        "feature_set_id": feature_set.id,
        "version": feature_set.version,
        "names": feature_set.names,
        "vectors": [
            {
                "entity_id": entity.entity_id,
                "as_of": at,
                "values": [None if math.isnan(v) else v for v in vector],
            }
            for entity, at, vector in zip(entities, moments, matrix.tolist(), strict=True)
        ],
    }


@router.get(
    "/v1/feature_sets/{name}/rows",
    summary="Read stored vectors",
    response_model=PageOf,
    responses=BOTH,
)
def list_rows(
    *,
    request: Request,
    who: PrincipalDep,
    name: Annotated[str, Path(description="Name of the set.")],
    version: Annotated[int | None, Query(description="Of the set; newest if left out.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="as_of from then on.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="as_of before then.")] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="next_cursor of the page before.")] = None,
) -> Any:
    """Give vectors in order of time: a page of JSON, or all as an Arrow stream if it is accepted.

    Send `Accept: application/vnd.apache.arrow.stream` for the stream; `limit` is of pages only.
    """
    opened, arrow = reading(request, who), wants_arrow(request)
    with opened() as tx:
        plan = service.vector_rows(
            tx,
            service.get_set(tx, name, version=version),
            since=since,
            until=until,
            after=id_cursor(cursor),
            limit=None if arrow else limit + 1,
        )
    rows = Rows(plan, opened)
    return stream(rows) if arrow else page(rows, limit=limit)


@router.get("/v1/feature_rows/{row_id}", summary="Get a stored vector with its names")
def get_row(tx: TxDep, row_id: UUID) -> dict[str, Any]:
    """Give a stored vector: words instead of codes, null where not known."""
    row = service.get_row(tx, row_id)
    return {
        "id": row.id,
        "entity_id": row.entity_id,
        "as_of": row.as_of,
        "feature_set_id": row.feature_set.id,
        "features": row.values,
    }
