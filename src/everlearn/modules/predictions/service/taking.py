"""Takes many predictions that clients' own models made, each by itself or all of them.

A prediction is known by the client's `prediction_id`, which is written to prediction_keys by one
statement before the rows: two equal batches at the same moment wait for each other there, and the
second finds its rows written. Without one it is known by its `id`, a uuid of version 7.
"""

from __future__ import annotations

import hashlib
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
from everlearn.modules.predictions.service.naming import fill_models, name_values
from everlearn.modules.predictions.types import LARGEST, PredictionRole, Source

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

TABLE = "predictions.ml_predictions"
OUTCOMES = "predictions.prediction_outcomes"
SHAPE = Shape(
    "predictions",
    (
        # Its square, and sums of such, must still be numbers.
        Field("predicted_value", "number", required=True, least=-LARGEST, most=LARGEST),
        Field("prediction_id", "text"),
        Field("id", "uuid"),
        Field("model", "text"),
        Field("model_id", "text"),
        Field("model_version", "text"),
        Field("service_name", "text"),
        Field("prediction_type", "text"),
        Field("entity_id", "text"),
        Field("role", "word", words=tuple(each.value for each in PredictionRole)),
        Field("source", "word", words=tuple(each.value for each in Source)),
        Field("confidence", "number", least=0, most=1),
        Field("confidence_interval_lower", "number"),
        Field("confidence_interval_upper", "number"),
        Field("inference_time_ms", "number", least=0),
        Field("prediction_timestamp", "time"),
        Field("features", "json", holds="any"),
        Field("reasons", "json", holds="any"),
        Field("feature_names", "texts"),
        Field("context", "json"),
    ),
)
#: Columns of the table that a batch fills, those of other names and the tenant beside them.
_SAME = (
    "id",
    "predicted_value",
    "prediction_id",
    "model_id",
    "model_version",
    "service_name",
    "prediction_type",
    "entity_id",
    "role",
    "source",
    "confidence",
    "confidence_interval_lower",
    "confidence_interval_upper",
    "inference_time_ms",
    "prediction_timestamp",
)
_TARGET = Target(
    TABLE,
    key=("id",),
    values=(
        ("tenant_id", "%(tenant_id)s::uuid"),
        ("features_used", "{features}"),
        ("shap_values", "{reasons}"),
        ("kept", "{context}"),
        ("key", "md5({prediction_id})::uuid"),
    ),
)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
#: How far a sender's clock may be ahead of ours.
_AHEAD = timedelta(days=1)
_TOO_FAR = "the time is before 2000 or more than a day ahead"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def take_predictions(
    tx: Tx,
    rows: Batch | Iterable[Mapping[str, Any]] | Any,
    *,
    all_or_nothing: bool = False,
    service_name: str = "api",
) -> Ingested:
    """Write many predictions that other than our own models made; those that are there stay.

    Args:
        tx: transaction; what it commits is there, and the tenant is its tenant.
        rows: mappings, a pyarrow Table, a pandas or polars DataFrame, or what a reader of
            `core.ingest` made of a body. Fields: `SHAPE`. `model` is a model of the registry by
            name or id, `model_id` the client's own name of one that need not be registered.
            `features` and `reasons` are objects, or lists with `feature_names`.
        all_or_nothing: raise when a prediction is refused, instead of writing the others.
        service_name: client service of the predictions that do not name one.

    Returns:
        What became of each; `ids` are the stored rows', also of those that were there already.

    Raises:
        ItemsRefused: one is refused and `all_or_nothing` is asked for; nothing is written.
        Invalid: a table has a column that predictions do not have, or one of a wrong type.
    """
    stored: list[tuple[int, bytes]] = []
    sizes: list[int] = []
    done = bulk.ingest(
        tx,
        SHAPE,
        rows,
        prepare=partial(_prepare, service_name=service_name, sizes=sizes),
        write=partial(_write, stored=stored, sizes=sizes),
        key=("id",),
        all_or_nothing=all_or_nothing,
    )
    if done.keys is not None:  # a prediction sent again with another time has the first one's id
        for place, id_ in stored:
            done.keys[place] = np.frombuffer(id_, np.uint8)
    if done.accepted:
        events.emit(
            tx,
            EventType.MODEL_PREDICTION,
            subtype="client",
            entity_type="service",
            entity_id=service_name,
            data={"count": done.accepted, "duplicates": done.duplicates},
        )
        tx.notify("predictions")
    return done


def load_predictions(
    transaction: Callable[[], AbstractContextManager[Tx]],
    path: Path,
    *,
    all_or_nothing: bool = False,
    progress: Callable[[float], None] = lambda _: None,
) -> Ingested:
    """Load a file of predictions, each part of it in a transaction; see `core.ingest.load_file`."""
    write = partial(take_predictions, all_or_nothing=all_or_nothing, service_name="file")
    return bulk.load_file(
        transaction,
        SHAPE,
        path,
        write,
        all_or_nothing=all_or_nothing,
        writers=bulk.WRITERS,
        progress=progress,
    )


def _prepare(tx: Tx, batch: Batch, *, service_name: str, sizes: list[int]) -> None:
    """Find models, complete ids and times, and refuse what cannot be."""
    sizes.append(batch.size)
    fill_models(tx, batch, service_name=service_name)
    name_values(batch)
    batch.fill("role", PredictionRole.LIVE.value)
    batch.fill("source", Source.ML_MODEL.value)
    lower, upper = (batch.columns.get(f"confidence_interval_{end}") for end in ("lower", "upper"))
    if lower is not None and upper is not None:
        both = ~lower.absent() & ~upper.absent()
        wrong = both & (lower.values > upper.values)
        batch.refuse_where(wrong, "confidence_interval_lower", "above the upper bound")
    _complete_ids(tx, batch)


def _complete_ids(tx: Tx, batch: Batch) -> None:
    """Give each row an id of its time, and refuse times that no partition is made for."""
    n, now = len(batch), tx.now()
    given, sent = batch.columns.get("id"), batch.columns.get("prediction_timestamp")
    times = np.full(n, _us(now))
    timed = np.zeros(n, bool)
    if sent is not None:
        timed = ~sent.absent()
        times[timed] = sent.values[timed]
    named = np.zeros(n, bool) if given is None else ~given.absent()
    values = np.zeros((n, 16), np.uint8) if given is None else given.values.copy()
    if given is not None:
        wrong = named & ~((values[:, 6] >> 4 == 7) & (values[:, 8] >> 6 == 2))
        batch.refuse_where(wrong, "id", "not a uuid of version 7")
        said = _ms_of(values)
        untimed = named & ~timed
        times[untimed] = said[untimed] * 1_000
        batch.refuse_where(named & _far(said * 1_000, now), "id", _TOO_FAR)
    far = _far(times, now)
    batch.refuse_where(far, "prediction_timestamp", _TOO_FAR)
    times[far] = _us(now)  # they are refused, and only need some id until then
    made = ~named
    if made.any():
        values[made] = uuid7_array(times[made] // 1_000)
        own = batch.get("prediction_id")
        for row in np.flatnonzero(made).tolist():
            if own[row] is not None:  # sent again with its time it has the same id
                tail = hashlib.blake2b(own[row].encode(), digest_size=10).digest()
                values[row, 6:] = np.frombuffer(tail, np.uint8)
        values[:, 6] = values[:, 6] & 0x0F | 0x70
        values[:, 8] = values[:, 8] & 0x3F | 0x80
    if named.any():
        own = batch.get("prediction_id")
        both = [row for row in np.flatnonzero(named).tolist() if own[row] is not None]
        batch.refuse(
            both, "id", "a prediction is known by its prediction_id or its id, not by both"
        )
    batch.columns["id"] = Column("uuid", values)
    batch.columns["prediction_timestamp"] = Column("time", times)


def _write(tx: Tx, batch: Batch, *, stored: list[tuple[int, bytes]], sizes: list[int]) -> list[int]:
    """Write the keys, then the rows whose keys are new; give the rows that were there already."""
    ids = batch.columns["id"].values
    for table in (TABLE, OUTCOMES):  # an outcome has its prediction's id, and so its period
        bulk.ensure_partitions(tx, table, _ms_of(ids) * 1_000)
    with bulk.staged(tx, batch) as stage:
        said = stage.values(_TARGET)
        given = {**stage.params, "tenant_id": tx.tenant_id}
        known: list[tuple[int, bytes]] = []
        if "prediction_id" in said:
            there = stage.run(_write_keys(stage.name, said["key"]), given).fetchall()
            given["known"] = [place for (place,) in there]
            # A statement of its own, which sees what another transaction has just committed.
            if there:
                stored_ids = stage.run(_read_keys(stage.name, said["key"]), given).fetchall()
                known = [(place, id_.bytes) for place, id_ in stored_ids]
        columns = {name: said[name] for name in _SAME if name in said}
        columns |= {"tenant_id": said["tenant_id"]}
        for name, expression in (("features_used", "features"), ("shap_values", "reasons")):
            if expression in batch.columns:
                columns[name] = said[name]
        # Its default, an empty object, would take five bytes.
        columns["context"] = said["kept"]
        fresh = "true" if not known else "s.place <> ALL(%(known)s::integer[])"
        statement = (
            f"INSERT INTO {TABLE} ({', '.join(columns)}) SELECT {', '.join(columns.values())}"
            f" FROM {stage.name} s WHERE {fresh}"
        )
        stage.run("SELECT set_config('everlearn.keyed', 'yes', true)")
        own = batch.get("prediction_id")
        if all(each is not None for each in own):
            stage.run(statement, given)
        else:  # some are known by their id alone
            found = stage.run(
                f"WITH written AS ({statement} ON CONFLICT DO NOTHING RETURNING id)"
                f" SELECT s.place, s.id FROM {stage.name} s WHERE {fresh}"
                " AND NOT EXISTS (SELECT FROM written w WHERE w.id = s.id)",
                given,
            ).fetchall()
            known += [(place, id_.bytes) for place, id_ in found]
        stage.run("SELECT set_config('everlearn.keyed', '', true)")
        if "model_id" in said:
            given["known"] = [place for place, _ in known]
            stage.run(_marks(stage.name, said), given)
    start = sum(sizes[:-1])
    stored += [(start + int(batch.places[row]), id_) for row, id_ in known]
    return [row for row, _ in known]


def _write_keys(stage: str, key: str) -> str:
    """Give the statement that writes the keys, in their order; its rows are those not new."""
    return f"""
WITH given AS MATERIALIZED (
  SELECT s.place, s.id, {key} AS key FROM {stage} s WHERE {key} IS NOT NULL
), written AS (
  INSERT INTO predictions.prediction_keys (tenant_id, prediction_key, id)
  SELECT %(tenant_id)s::uuid, g.key, g.id FROM given g ORDER BY g.key, g.place
  ON CONFLICT DO NOTHING RETURNING id
)
SELECT g.place FROM given g WHERE NOT EXISTS (SELECT FROM written w WHERE w.id = g.id)
"""


def _read_keys(stage: str, key: str) -> str:
    # OFFSET 0: each by the key's index, of which a function of another table's row is no condition.
    return f"""
SELECT s.place, k.id FROM {stage} s CROSS JOIN LATERAL (
  SELECT k.id FROM predictions.prediction_keys k
  WHERE k.tenant_id = %(tenant_id)s::uuid AND k.prediction_key = {key} OFFSET 0
) k
WHERE s.place = ANY(%(known)s::integer[])
"""


def _marks(stage: str, said: Mapping[str, str]) -> str:
    """Give the statement that says which models' days are to be summed up again."""
    return f"""
INSERT INTO predictions.performance_marks (tenant_id, model_id, made_on)
SELECT DISTINCT %(tenant_id)s::uuid, {said["model_id"]},
       ({said["prediction_timestamp"]} AT TIME ZONE 'UTC')::date
FROM {stage} s WHERE {said["model_id"]} IS NOT NULL AND s.place <> ALL(%(known)s::integer[])
"""


def _far(times: np.ndarray[Any, Any], now: datetime) -> np.ndarray[Any, Any]:
    far: np.ndarray[Any, Any] = (times < _us(_EARLIEST)) | (times > _us(now + _AHEAD))
    return far


def _us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _ms_of(ids: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Give the milliseconds since 1970 that version 7 ids begin with."""
    wide = np.zeros((len(ids), 8), np.uint8)
    wide[:, 2:] = ids[:, :6]
    return wide.view(">i8").reshape(-1).astype(np.int64)
