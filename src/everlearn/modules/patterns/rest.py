"""Patterns as JSON: the most frequent, by day, and where they were seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from everlearn.core.rest import ReadTxDep, decode_cursor, encode_cursor
from everlearn.modules.patterns import service
from everlearn.modules.patterns.types import (
    DayOfPatterns,
    FrequentPattern,
    Occurrence,
    OccurrencePage,
    PatternType,
    SourceType,
)

router = APIRouter(tags=["patterns"])


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Some occurrences, newest first, and the cursor of the next page."""

    items: list[Occurrence]
    next_cursor: str | None


@router.get("/v1/patterns/top", summary="List the most frequent patterns")
def top_patterns(
    tx: ReadTxDep,
    since: date,
    until: date,
    pattern_type: PatternType | None = None,
    limit: int = 20,
) -> list[FrequentPattern]:
    """Give the patterns seen most often from `since` until the day before `until` (UTC)."""
    return service.top_patterns(
        tx, since=since, until=until, pattern_type=pattern_type, limit=limit
    )


@router.get("/v1/patterns/days", summary="Count occurrences by day and type")
def days_of_patterns(
    tx: ReadTxDep, since: date, until: date, pattern_type: PatternType | None = None
) -> list[DayOfPatterns]:
    """Give how often patterns of each type were seen on each day (UTC)."""
    return service.days_of_patterns(tx, since=since, until=until, pattern_type=pattern_type)


@router.get("/v1/patterns/{pattern_id}/occurrences", summary="List where a pattern was seen")
def list_occurrences(
    tx: ReadTxDep, pattern_id: UUID, limit: int = 50, cursor: str | None = None
) -> Occurrences:
    """Give a pattern's occurrences, newest first."""
    found = service.list_occurrences(tx, pattern_id, limit=limit, cursor=decode_cursor(cursor))
    return _answer(found)


@router.get("/v1/patterns/occurrences", summary="List what was seen in a source")
def list_occurrences_in(
    tx: ReadTxDep,
    source_type: SourceType,
    source_id: Annotated[str, Query(min_length=1, max_length=255)],
    limit: int = 50,
    cursor: str | None = None,
) -> Occurrences:
    """Give the occurrences in a commit, a file or a session, newest first."""
    after = decode_cursor(cursor)
    return _answer(
        service.list_occurrences_in(tx, source_type, source_id, limit=limit, cursor=after)
    )


def _answer(page: OccurrencePage) -> Occurrences:
    after = page.next_cursor
    return Occurrences(page.items, encode_cursor(after) if after else None)
