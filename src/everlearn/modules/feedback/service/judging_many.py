"""Takes many verdicts at once, each by itself or all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from everlearn.core import ingest as bulk
from everlearn.core.ids import uuid7_array
from everlearn.core.ingest import Batch, Column, Field, Ingested, Shape, Target
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.feedback.types import FeedbackType
from everlearn.modules.predictions import service as predictions

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

FEEDBACK = Shape(
    "feedback",
    (
        Field(
            "feedback_type", "word", required=True, words=tuple(each.value for each in FeedbackType)
        ),
        Field("feedback_id", "text"),
        Field("prediction_id", "text"),
        Field("service_name", "text"),
        Field("feedback_score", "number", least=0, most=1),
        Field("accuracy_rating", "number", least=0, most=5),
        Field("correct_label", "flag"),
        Field("comments", "text", max_length=10_000),
        Field("user_id", "text"),
        Field("user_role", "text"),
        Field("metadata", "json"),
        Field("created_at", "time"),
    ),
    added=(Field("id", "uuid"), Field("about", "uuid")),
)
_TARGET = Target(
    "feedback.ml_feedback",
    key=("id",),
    values=(
        ("tenant_id", "%(tenant_id)s::uuid"),
        ("prediction_id", "{about}"),
        ("metadata", "coalesce({metadata}, '{{}}')"),
    ),
)
_GIVERS = {FeedbackType.USER.value, FeedbackType.SYSTEM.value, FeedbackType.AUTOMATED.value}
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
#: How far a sender's clock may be ahead of ours.
_AHEAD = timedelta(days=1)


def take_feedback(
    tx: Tx,
    rows: Batch | Iterable[Mapping[str, Any]] | Any,
    *,
    all_or_nothing: bool = False,
) -> Ingested:
    """Keep many opinions of answers; they close nothing, and one event tells of them.

    One is known by its `feedback_id`, and by the user, the prediction and the type: what is stored
    already is a duplicate. A score without a rating gives the rating and the other way round.

    Args:
        tx: transaction; what it commits is there, and the tenant is its tenant.
        rows: mappings, a pyarrow Table, a pandas or polars DataFrame, or what a reader of
            `core.ingest` made of a body. Fields: `FEEDBACK`.
        all_or_nothing: raise when one is refused, instead of writing the others.

    Raises:
        ItemsRefused: one is refused and `all_or_nothing` is asked for; nothing is written.
        Invalid: a table has a column that feedback does not have, or one of a wrong type.
    """
    done = bulk.ingest(
        tx, FEEDBACK, rows, prepare=_prepare, write=_write, all_or_nothing=all_or_nothing
    )
    if done.accepted:
        events.emit(
            tx,
            EventType.USER_FEEDBACK,
            subtype="verdicts",
            entity_type="batch",
            data={"verdicts": done.accepted, "duplicates": done.duplicates},
        )
    return done


def load_feedback(
    transaction: Callable[[], AbstractContextManager[Tx]],
    path: Path,
    *,
    all_or_nothing: bool = False,
    progress: Callable[[float], None] = lambda _: None,
) -> Ingested:
    """Load a file of verdicts, each part of it in a transaction; see `core.ingest.load_file`."""
    write = partial(take_feedback, all_or_nothing=all_or_nothing)
    return bulk.load_file(
        transaction, FEEDBACK, path, write, all_or_nothing=all_or_nothing, progress=progress
    )


def _prepare(tx: Tx, batch: Batch) -> None:
    """Find the predictions, fill in who and when, and refuse what lacks something."""
    n, now = len(batch), tx.now()
    times = np.full(n, int(now.timestamp() * 1e6))
    sent = batch.columns.get("created_at")
    if sent is not None:
        said = ~sent.absent()
        times[said] = sent.values[said]
    least, most = (int(at.timestamp() * 1e6) for at in (_EARLIEST, now + _AHEAD))
    far = (times < least) | (times > most)
    batch.refuse_where(far, "created_at", "the time is before 2000 or more than a day ahead")
    times[far] = least
    batch.columns["created_at"] = Column("time", times)
    batch.columns["id"] = Column("uuid", uuid7_array(times // 1_000))
    names, kinds, services = (
        batch.get(x) for x in ("prediction_id", "feedback_type", "service_name")
    )
    found = predictions.find_many(tx, [name for name in names if name is not None])
    about = [None if name is None else found.get(name) for name in names]
    for row in range(n):
        target = about[row]
        if names[row] is None and kinds[row] not in _GIVERS:
            batch.refuse([row], "prediction_id", "a verdict is about a prediction")
        elif names[row] is not None and target is None:
            batch.refuse([row], "prediction_id", "the tenant has no such prediction")
        elif services[row] is None and target is None:
            batch.refuse([row], "service_name", "needed where no prediction is named")
    batch.put("about", "uuid", [None if target is None else target.id for target in about])
    batch.put(
        "service_name",
        "text",
        [said or (t.service_name if t else "") for said, t in zip(services, about, strict=True)],
    )
    batch.fill("user_id", str(tx.actor.user_id or tx.actor.name))


def _write(tx: Tx, batch: Batch) -> list[int]:
    """Write the rows in the order of their keys; give those that were there already."""
    with bulk.staged(tx, batch) as stage:
        said = stage.values(_TARGET)
        del said["about"]  # no column of the table
        names, values = ", ".join(said), ", ".join(said.values())
        found = stage.run(
            f"WITH written AS (INSERT INTO {_TARGET.table} ({names}) SELECT {values}"
            f" FROM {stage.name} s ORDER BY {said.get('feedback_id', 's.id')}, s.about, s.place"
            f" ON CONFLICT DO NOTHING RETURNING id) SELECT s.place FROM {stage.name} s"
            " WHERE NOT EXISTS (SELECT FROM written w WHERE w.id = s.id)",
            {**stage.params, "tenant_id": tx.tenant_id},
        ).fetchall()
    return sorted(row for (row,) in found)
