"""Reads predictions: one with its reasons, pages of them, and numbers for other modules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal, cast
from uuid import UUID

import numpy as np
import numpy.typing as npt
from psycopg import sql

from everlearn.core.bulk import read_matrix
from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7_floor
from everlearn.core.named import timed
from everlearn.core.rest import PageOf, decode_cursor, encode_cursor
from everlearn.modules.features import service as features_of
from everlearn.modules.predictions.errors import UnknownPrediction
from everlearn.modules.predictions.maths import scores
from everlearn.modules.predictions.service.checking import entity_text
from everlearn.modules.predictions.tables.answers import SAME_ENTITY
from everlearn.modules.predictions.types import (
    Floats,
    Performance,
    Prediction,
    PredictionKind,
    PredictionRole,
)

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

MAX_PAGE = 500
# The outcome's id is given a second time, so that the planner sees one partition of each table.
_ONE = """
SELECT p.*, coalesce(m.name, p.model_id) AS model_name, v.feature_names, o.actual_value, o.loss,
       o.happened_at, o.known_at
FROM predictions.ml_predictions AS p
LEFT JOIN registry.model_versions AS v
  ON v.tenant_id = app.tenant_id() AND v.id = p.model_version_id
LEFT JOIN registry.ml_models AS m ON m.tenant_id = app.tenant_id() AND m.id = p.ml_model_id
LEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = app.tenant_id() AND o.id = :id
WHERE p.tenant_id = app.tenant_id() AND p.id = :id
"""

_PAGE = """
SELECT p.id, p.prediction_kind AS kind, p.service_name, coalesce(m.name, p.model_id) AS model,
       p.model_version AS version, p.model_version_id AS version_id, p.role, p.entity_id,
       p.predicted_value AS value, p.confidence_interval_lower AS lower,
       p.confidence_interval_upper AS upper, p.prediction_timestamp AS predicted_at,
       o.actual_value AS actual, o.loss, o.happened_at, o.known_at
FROM predictions.ml_predictions AS p
LEFT JOIN registry.ml_models AS m ON m.tenant_id = app.tenant_id() AND m.id = p.ml_model_id
LEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = app.tenant_id() AND o.id = p.id
WHERE p.tenant_id = app.tenant_id() AND (CAST(:model AS uuid) IS NULL OR p.ml_model_id = :model)
  AND (CAST(:role AS text) IS NULL OR p.role = :role)
  AND (CAST(:entity AS text) IS NULL OR p.entity_id = :entity)
  AND (CAST(:closed AS boolean) IS NULL OR (o.id IS NOT NULL) = :closed)
  AND (CAST(:before AS uuid) IS NULL OR p.id < :before)
ORDER BY p.id DESC LIMIT :limit
"""

# Of one entity there are few: found by their index first (OFFSET 0 keeps the planner from looking
# for them along the ids instead), then sorted.
_PAGE_OF_ENTITY = _PAGE.replace(
    "FROM predictions.ml_predictions AS p",
    f"""FROM (
  SELECT e.* FROM predictions.ml_predictions AS e
  WHERE e.tenant_id = app.tenant_id() AND {SAME_ENTITY.format(row="e", entity=":entity")} OFFSET 0
) AS p""",
)

_BY_CLIENT = """
SELECT id FROM predictions.prediction_keys
WHERE tenant_id = app.tenant_id() AND prediction_key = CAST(md5(:id) AS uuid)
"""

_PERFORMANCE = """
SELECT CASE WHEN :by = 'month' THEN date_trunc('month', made_on)::date ELSE made_on END AS start,
       sum(n_predictions)::bigint AS predictions, sum(n_outcomes)::bigint AS outcomes,
       sum(sum_loss) / nullif(sum(n_outcomes), 0) AS loss,
       sum(sum_squared_error) / nullif(sum(n_outcomes), 0) AS brier,
       sum(sum_predicted) / nullif(sum(n_outcomes), 0) AS mean_predicted,
       sum(sum_actual) / nullif(sum(n_outcomes), 0) AS mean_actual,
       nullif(sum(sum_inference_time_ms), 0) / nullif(sum(n_predictions), 0) AS inference_time_ms
FROM predictions.performance_daily
WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND role = :role
  AND made_on >= coalesce(:since, '-infinity'::date)
  AND made_on < coalesce(:until, 'infinity'::date)
  AND (CAST(:version AS uuid) IS NULL OR model_version_id = :version)
GROUP BY 1 ORDER BY 1
"""
_TIMES = """
SELECT CASE WHEN :by = 'month' THEN date_trunc('month', made_on)::date ELSE made_on END AS start,
       app.sketch_quantiles(app.sketch_merge(inference_times), '{0.5,0.95,0.99}') AS times
FROM predictions.performance_quantiles
WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND role = :role
  AND made_on >= coalesce(:since, '-infinity'::date)
  AND made_on < coalesce(:until, 'infinity'::date)
  AND (CAST(:version AS uuid) IS NULL OR model_version_id = :version)
GROUP BY 1
"""

# No bound on the ids: an outcome may come as late as it likes. The index finds it by its day.
_OUTCOMES = """
SELECT known_at, predicted_at, predicted_value, actual_value, loss
FROM predictions.prediction_outcomes
WHERE tenant_id = app.tenant_id() AND ml_model_id = {model} AND role = {role}
  AND known_at > {after} AND known_at <= {until} AND known_on BETWEEN {first} AND {last}
  AND model_version_id = coalesce({version}::uuid, model_version_id)
ORDER BY known_at, id
"""

_PAIRS = """
WITH closed AS (
  -- A row that was asked about twice is one observation.
  SELECT DISTINCT ON (model_version_id, feature_row_id) id, model_version_id, feature_row_id,
         known_at, loss
  FROM predictions.prediction_outcomes
  WHERE tenant_id = app.tenant_id() AND known_at > {after} AND known_at <= {until}
    AND known_on BETWEEN {first} AND {last}
    AND ml_model_id = (SELECT v.ml_model_id FROM registry.model_versions AS v
                       WHERE v.tenant_id = app.tenant_id() AND v.id = {champion})
    AND model_version_id IN ({champion}, {challenger})
  ORDER BY model_version_id, feature_row_id, id
)
SELECT a.known_at, a.loss, b.loss
FROM closed AS a JOIN closed AS b ON b.feature_row_id = a.feature_row_id
WHERE a.model_version_id = {champion} AND b.model_version_id = {challenger}
ORDER BY a.known_at, a.id
"""


@timed("predictions.get")
def get(tx: Tx, prediction_id: UUID) -> Prediction:
    """Give one prediction with named features, named reasons and its outcome.

    Raises:
        NotFound: the tenant has no such prediction.
    """
    row: Any = tx.execute(_ONE, {"id": prediction_id}).mappings().first()
    if row is None:
        msg = f"no prediction {prediction_id}"
        raise UnknownPrediction(msg, field="prediction_id")
    names, reasons = row["feature_names"], row["reasons"] or []
    named = dict(zip(names, reasons[:-1], strict=True)) if reasons else row["shap_values"] or {}
    features = _plain(row["features_used"] or {})
    if row["feature_row_id"] is not None:
        features = features_of.get_row(tx, row["feature_row_id"]).values
    return Prediction(
        id=row["id"],
        kind=PredictionKind(row["prediction_kind"]),
        prediction_type=row["prediction_type"],
        model=row["model_name"],
        model_id=row["ml_model_id"],
        version=row["model_version"],
        version_id=row["model_version_id"],
        entity_id=row["entity_id"],
        role=row["role"],
        value=row["predicted_value"],
        lower=row["confidence_interval_lower"],
        upper=row["confidence_interval_upper"],
        margin=row["raw_margin"],
        base=reasons[-1] if reasons else None,
        reasons={n: float(x) for n, x in named.items() if isinstance(x, int | float)},
        features=features,
        feature_row_id=row["feature_row_id"],
        predicted_at=row["prediction_timestamp"],
        inference_time_ms=row["inference_time_ms"],
        service_name=row["service_name"],
        actual=row["actual_value"],
        loss=row["loss"],
        happened_at=row["happened_at"],
        known_at=row["known_at"],
    )


def _plain(sent: dict[str, Any]) -> dict[str, float | str | None]:
    """Give features that a client sent, those with a structure as their JSON."""
    return {
        name: value if value is None or isinstance(value, int | float | str) else json.dumps(value)
        for name, value in sent.items()
    }


def find_id(tx: Tx, prediction_id: UUID | str) -> UUID:
    """Give the id of a prediction that is named by its id or by the one its client gave it.

    Raises:
        NotFound: the tenant has no prediction with such an id of a client.
    """
    if isinstance(prediction_id, UUID):
        return prediction_id
    found = tx.scalar(_BY_CLIENT, {"id": entity_text(prediction_id, "prediction_id")})
    if found is not None:
        return cast("UUID", found)
    try:
        return UUID(prediction_id)
    except ValueError as error:
        msg = f"no prediction {prediction_id}"
        raise UnknownPrediction(msg, field="prediction_id") from error


@timed("predictions.list")
def list_predictions(
    tx: Tx,
    *,
    model_id: UUID | None = None,
    role: PredictionRole | None = PredictionRole.LIVE,
    entity_id: str | None = None,
    closed: bool | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> PageOf:
    """Give one page of predictions, newest first, with their outcomes.

    Each item has `id`, `kind`, `service_name`, `model`, `version`, `version_id`, `role`,
    `entity_id`, `value`, `lower`, `upper`, `predicted_at` and, once it is closed, `actual`, `loss`,
    `happened_at`, `known_at`.

    Raises:
        Invalid: the limit is out of range, or the cursor is none of ours.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid(f"a page has 1 to {MAX_PAGE} rows", field="limit")
    if entity_id is not None:
        entity_text(entity_id, "entity_id")
    found = tx.execute(
        _PAGE if entity_id is None else _PAGE_OF_ENTITY,
        {
            "model": model_id,
            "role": role,
            "entity": entity_id,
            "closed": closed,
            "before": _read_cursor(cursor),
            "limit": limit + 1,
        },
    )
    rows = [dict(row) for row in found.mappings()]
    more = len(rows) > limit
    return PageOf(
        items=rows[:limit], next_cursor=encode_cursor(rows[limit - 1]["id"]) if more else None
    )


def _read_cursor(cursor: str | None) -> UUID | None:
    last = decode_cursor(cursor)
    try:
        return UUID(last) if last else None
    except ValueError as error:
        raise Invalid("this is not a cursor that Everlearn gave out", field="cursor") from error


@timed("predictions.performance")
def performance(
    tx: Tx,
    model_id: UUID,
    *,
    by: Literal["day", "month"] = "month",
    role: PredictionRole = PredictionRole.LIVE,
    version_id: UUID | None = None,
    since: date | None = None,
    until: date | None = None,
    times: bool = False,
) -> list[Performance]:
    """Give how well a model's answers did, by the day or month (UTC) they were made in.

    Args:
        tx: transaction of the tenant.
        model_id: the model.
        by: what the answers are added up by.
        role: live answers or those in shadow.
        version_id: only of this version; of all when left out.
        since: first day; the first that is kept when left out.
        until: the day after the last; all that follow when left out.
        times: with the quantiles of the inference time, merged from those of the days.

    Raises:
        Invalid: the time is empty.
    """
    if since is not None and until is not None and not since < until:
        raise Invalid("until is after since", field="until")
    given = {"model": model_id, "role": role, "by": by, "version": version_id}
    given |= {"since": since, "until": until}
    found = [Performance(**row) for row in tx.execute(_PERFORMANCE, given).mappings()]
    if not times:
        return found
    took = {row.start: row.times for row in tx.execute(_TIMES, given)}
    return [_timed(part, took.get(part.start)) for part in found]


def _timed(part: Performance, times: Sequence[float] | None) -> Performance:
    if times is None:
        return part
    p50, p95, p99 = times
    return replace(
        part,
        p50_inference_time_ms=p50,
        p95_inference_time_ms=p95,
        p99_inference_time_ms=p99,
    )


def outcomes(
    tx: Tx,
    model_id: UUID,
    *,
    known_after: datetime,
    known_until: datetime,
    version_id: UUID | None = None,
    role: PredictionRole = PredictionRole.LIVE,
) -> dict[str, npt.NDArray[Any]]:
    """Give closed predictions as columns, in the order in which their outcomes became known.

    Returns:
        ``known_at`` and ``predicted_at`` (microseconds since 1970), ``value``, ``actual`` and
        ``loss``, each of shape (n,), for known_after < known_at <= known_until.
    """
    query = sql.SQL(_OUTCOMES).format(
        model=sql.Literal(model_id),
        role=sql.Literal(role.value),
        **_period(known_after, known_until),
        version=sql.Literal(version_id),
    )
    kinds = ("known_at:ts", "predicted_at:ts", "value:f8", "actual:f8", "loss:f8")
    return read_matrix(tx, query, scalars=kinds, arrays={})


def paired_losses(
    tx: Tx,
    *,
    champion_id: UUID,
    challenger_id: UUID,
    known_after: datetime,
    known_until: datetime,
) -> dict[str, npt.NDArray[Any]]:
    """Give both versions' losses on the same rows, in the order the outcomes became known.

    Args:
        tx: transaction.
        champion_id: one version, whatever its role.
        challenger_id: the other.
        known_after: outcomes known later than this,
        known_until: and not later than this.

    Returns:
        ``known_at`` (microseconds since 1970), ``champion``, ``challenger``: each of shape (n,).
    """
    query = sql.SQL(_PAIRS).format(
        champion=sql.Literal(champion_id),
        challenger=sql.Literal(challenger_id),
        **_period(known_after, known_until),
    )
    kinds = ("known_at:ts", "champion:f8", "challenger:f8")
    return read_matrix(tx, query, scalars=kinds, arrays={})


def _period(after: datetime, until: datetime) -> dict[str, sql.Composable]:
    """Give the bounds of a time in which outcomes became known, and its days in UTC."""
    first, last = (at.astimezone(UTC).date() for at in (after, until))
    given = {"after": after, "until": until, "first": first, "last": last}
    return {name: sql.Literal(value) for name, value in given.items()}


def live_window(
    tx: Tx, model_id: UUID, *, since: datetime, until: datetime
) -> tuple[list[UUID], Floats]:
    """Give the feature rows and values of live answers made in [since, until)."""
    rows: Any = tx.execute(
        "SELECT feature_row_id, predicted_value FROM predictions.ml_predictions"
        " WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND role = 'live'"
        " AND id >= :low AND id < :high AND feature_row_id IS NOT NULL ORDER BY id",
        {"model": model_id, "low": uuid7_floor(since), "high": uuid7_floor(until)},
    ).all()
    return [row[0] for row in rows], np.array([row[1] for row in rows], dtype=np.float64)


def evaluate(values: npt.ArrayLike, actual: npt.ArrayLike) -> dict[str, float]:
    """Give the usual scores of probabilities against 0/1 outcomes.

    Returns:
        ``log_loss`` (nats), ``brier``, ``auc``, ``ece`` (15 equal-mass bins), ``base_rate``.
    """
    p, y = np.asarray(values, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    return {
        "log_loss": scores.log_loss(p, y),
        "brier": scores.brier(p, y),
        "auc": scores.auc(p, y),
        "ece": scores.expected_calibration_error(p, y, bins=15),
        "base_rate": float(y.mean()),
    }
