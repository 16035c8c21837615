"""Many events as columns, whatever they came as, and the checks that hold for all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from everlearn.core.tx import Tx
from everlearn.modules.events.tables import LearningEvent
from everlearn.modules.events.types import EventType, Refusal

TABLE = str(LearningEvent.__table__)
#: Short texts of an event.
TEXTS = (
    "event_subtype",
    "source_system",
    "entity_type",
    "entity_id",
    "user_id",
    "session_id",
)
#: Parts of an event that are JSON objects; in a batch they are bytes.
DOCUMENTS = ("event_data", "metadata")
#: What an event may say about itself. The tenant is never among it: it is the transaction's.
COLUMNS = ("id", "event_type", "timestamp", *TEXTS, *DOCUMENTS, "processing_time_ms")
MAX_TEXT = 255
TYPES = frozenset(each.value for each in EventType)
WRONG_TYPE = "not one of " + ", ".join(each.value for each in EventType)

# The six characters of a JSON escape for NUL, unless its backslash is itself escaped.
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(slots=True)
class Batch:
    """Events as columns.

    Attributes:
        size: how many events came, the refused ones among them.
        at: the place of each row among the events that came.
        columns: name -> values, all as long as `at`; None where an event says nothing.
        refused: place -> why.
    """

    size: int
    at: list[int]
    columns: dict[str, list[Any]]
    refused: dict[int, Refusal] = field(default_factory=dict)

    def refuse(self, rows: Iterable[int], name: str | None, reason: str) -> None:
        """Note that these rows are wrong; the first reason of a row is kept."""
        for row in rows:
            index = self.at[row]
            self.refused.setdefault(index, Refusal(index, name, reason))

    def drop_refused(self) -> None:
        """Take the refused rows out of the columns."""
        if not self.refused:
            return
        kept = [row for row, index in enumerate(self.at) if index not in self.refused]
        if len(kept) < len(self.at):
            self.keep(kept)

    def keep(self, rows: list[int]) -> None:
        """Leave only these rows in the columns."""
        self.at = [self.at[row] for row in rows]
        self.columns = {
            name: [values[row] for row in rows] for name, values in self.columns.items()
        }


def check_storable(batch: Batch) -> None:
    """Refuse what PostgreSQL cannot hold although its type is right."""
    for name in TEXTS:
        wrong = [i for i, v in enumerate(batch.columns[name]) if v is not None and "\0" in v]
        batch.refuse(wrong, name, "the text holds the character NUL")
    for name in DOCUMENTS:
        values = batch.columns[name]
        present = [(i, v) for i, v in enumerate(values) if v is not None]
        batch.refuse([i for i, v in present if v[:1] != b"{"], name, "not a JSON object")
        nul = [i for i, v in present if b"\\u0000" in v and _ESCAPED_NUL.search(v)]
        batch.refuse(nul, name, "the JSON holds the character NUL")


def to_json(value: Any) -> bytes:
    """Write a value as JSON.

    Raises:
        ValueError: NaN, an infinity, half a character, or what JSON has no form for.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain).encode()
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return value.tolist()
    msg = f"JSON has no form for {type(value).__name__}"
    raise TypeError(msg)


def in_utc(at: datetime) -> datetime:
    """Give an aware time in UTC, where months begin and end for partitions."""
    if at.tzinfo is UTC:
        return at
    try:
        return at.astimezone(UTC)
    except OverflowError:  # the first or the last day that Python knows; out of range anyway
        return at.replace(tzinfo=UTC)


def user_of(tx: Tx) -> str | None:
    """Give the user that events of this transaction name."""
    return str(tx.actor.user_id) if tx.actor.user_id else None


def actor_of(tx: Tx) -> dict[str, str]:
    """Give what the metadata of an event says about who acted."""
    return {"actor": tx.actor.name, "actor_kind": tx.actor.kind}
