"""Plans the bulk read of events: as Arrow batches, for data frames and files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from psycopg import sql

from everlearn.core.errors import Invalid
from everlearn.core.reading import Offered, Plan, check_span, choose, counter, plan_of, selected
from everlearn.modules.events.types import EventType

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: Columns that can be read, in the table's order.
COLUMNS = {
    "id": Offered("uuid", sql.SQL("id"), null=False),
    "event_type": Offered("text", sql.SQL("event_type"), null=False),
    "event_subtype": Offered("text", sql.SQL("event_subtype")),
    "timestamp": Offered("ts", sql.SQL("timestamp"), null=False),
    "source_system": Offered("text", sql.SQL("source_system")),
    "entity_type": Offered("text", sql.SQL("entity_type")),
    "entity_id": Offered("text", sql.SQL("entity_id")),
    "event_data": Offered("json", sql.SQL("event_data"), null=False),
    "user_id": Offered("text", sql.SQL("user_id")),
    "session_id": Offered("text", sql.SQL("session_id")),
    "processing_time_ms": Offered("f8", sql.SQL("processing_time_ms")),
    "metadata": Offered("json", sql.SQL("metadata")),
}


def event_rows(
    tx: Tx,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    types: Sequence[str] | None = None,
    entity: str | None = None,
    entity_type: str | None = None,
    columns: Sequence[str] | None = None,
) -> Plan:
    """Plan to read the events with since <= timestamp < until, in order of their times.

    `event_data` and `metadata` are JSON texts.

    Args:
        tx: transaction; the plan may be run in another of the same tenant.
        since: from this time on.
        until: before this time.
        types: only these types.
        entity: only what happened to the thing of this id.
        entity_type: only what happened to things of this type.
        columns: names, in the order wanted; all when left out.

    Raises:
        Invalid: a type or a column that there is not, or a span without a zone or an end.
    """
    check_span(since, until)
    names = choose(columns, COLUMNS)
    bounds = [sql.SQL("tenant_id = {}").format(sql.Literal(tx.tenant_id))]
    if since is not None:
        bounds.append(sql.SQL("timestamp >= {}").format(sql.Literal(since)))
    if until is not None:
        bounds.append(sql.SQL("timestamp < {}").format(sql.Literal(until)))
    if types is not None:
        bounds.append(sql.SQL("event_type = ANY ({})").format(sql.Literal(_checked(types))))
    for column, value in (("entity_type", entity_type), ("entity_id", entity)):
        if value is not None:
            bounds.append(sql.SQL("{} = {}").format(sql.Identifier(column), sql.Literal(value)))
    where = sql.SQL("FROM events.learning_events WHERE {}").format(sql.SQL(" AND ").join(bounds))
    picked, read = selected(names, COLUMNS)
    return plan_of(
        sql.SQL("SELECT {} {} ORDER BY timestamp, id").format(picked, where),
        read,
        order=names,
        explain=(
            {"part": "events", "how": "learning_events", "why": "one stream of COPY by time"},
        ),
        count=counter(sql.SQL("SELECT count(*) {}").format(where)),
    )


def _checked(types: Sequence[str]) -> list[str]:
    allowed = [each.value for each in EventType]
    given = [types] if isinstance(types, str) else [str(each) for each in types]
    for each in given:
        if each not in allowed:
            msg = f"there is no type of event {each!r}"
            hint = f"there are {', '.join(allowed)}"
            raise Invalid(msg, field="types", hint=hint, allowed=allowed)
    if not given:
        raise Invalid("no type is asked for", field="types", allowed=allowed)
    return given
