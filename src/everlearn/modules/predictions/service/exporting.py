"""Plans the bulk read of predictions with what came of them: as Arrow batches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from psycopg import sql

from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7_floor
from everlearn.core.reading import Offered, Plan, check_span, choose, counter, plan_of, selected
from everlearn.modules.predictions.service.naming import Models
from everlearn.modules.predictions.types import PredictionRole
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.errors import UnknownModel, UnknownVersion

if TYPE_CHECKING:
    from uuid import UUID

    from everlearn.core.tx import Tx

#: Columns that can be read; the names are those of a list of predictions.
COLUMNS = {
    "id": Offered("uuid", sql.SQL("p.id"), null=False),
    "prediction_id": Offered("text", sql.SQL("p.prediction_id")),
    "kind": Offered("text", sql.SQL("p.prediction_kind"), null=False),
    "service_name": Offered("text", sql.SQL("p.service_name"), null=False),
    "version": Offered("text", sql.SQL("p.model_version")),
    "version_id": Offered("uuid", sql.SQL("p.model_version_id")),
    "role": Offered("text", sql.SQL("p.role"), null=False),
    "entity_id": Offered("text", sql.SQL("p.entity_id")),
    "predicted_at": Offered("ts", sql.SQL("p.prediction_timestamp"), null=False),
    "value": Offered("f8", sql.SQL("p.predicted_value")),
    "lower": Offered("f8", sql.SQL("p.confidence_interval_lower")),
    "upper": Offered("f8", sql.SQL("p.confidence_interval_upper")),
    "confidence": Offered("f8", sql.SQL("p.confidence")),
    "margin": Offered("f8", sql.SQL("p.raw_margin")),
    "inference_time_ms": Offered("f8", sql.SQL("p.inference_time_ms")),
    "feature_row_id": Offered("uuid", sql.SQL("p.feature_row_id")),
    "context": Offered("json", sql.SQL("p.context")),
}
#: Further ones with outcomes; all of them NULL while a prediction is open.
OF_OUTCOME = {
    "actual": Offered("f8", sql.SQL("o.actual_value")),
    "error": Offered("f8", sql.SQL("o.error")),
    "loss": Offered("f8", sql.SQL("o.loss")),
    "happened_at": Offered("ts", sql.SQL("o.happened_at")),
    "known_at": Offered("ts", sql.SQL("o.known_at")),
}
_QUERY = sql.SQL("SELECT {picked} FROM predictions.ml_predictions AS p {outcomes} WHERE {where}")
_COUNT = sql.SQL("(SELECT count(*) FROM predictions.ml_predictions AS p WHERE {where})")
_OUTCOMES = sql.SQL(
    "LEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = {tenant} AND o.id = p.id{more}"
)
_THERE = """
SELECT EXISTS (SELECT FROM predictions.ml_predictions
  WHERE tenant_id = app.tenant_id() AND model_id = :model AND ml_model_id IS NULL
    AND (CAST(:version AS text) IS NULL OR model_version = :version))
"""
_MS = timedelta(milliseconds=1)


def prediction_rows(
    tx: Tx,
    model: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    version: str | None = None,
    role: str = PredictionRole.LIVE,
    with_outcomes: bool = True,
    columns: Sequence[str] | None = None,
) -> Plan:
    """Plan to read a model's predictions with since <= predicted_at < until, in order of their ids.

    They are those that Everlearn made by the model, and those that a client said it made. A
    prediction whose outcome is not known has NULL in `actual`, `error`, `loss`, `happened_at` and
    `known_at`. `context` is a JSON text.

    Args:
        tx: transaction; the plan may be run in another of the same tenant.
        model: name or id of a model of the registry, or a client's own name of one.
        since: made from this time on.
        until: made before this time.
        version: only of this version, such as ``v1.2.0``.
        role: what was answered (live), what versions in shadow would have answered, or any.
        with_outcomes: with what came of them.
        columns: names, in the order wanted; all when left out.

    Raises:
        Invalid: a column or a role that there is not, or a span without a zone or an end.
        UnknownModel: nobody knows such a model.
        UnknownVersion: the model has no such version.
    """
    check_span(since, until)
    roles = [each.value for each in PredictionRole]
    if role not in {*roles, "any"}:
        raise Invalid("there is no such role", field="role", allowed=[*roles, "any"])
    offered = COLUMNS | (OF_OUTCOME if with_outcomes else {})
    if not with_outcomes and columns is not None:
        for each in columns:
            if each in OF_OUTCOME:
                msg = f"column {each!r} is of outcomes, and without them there is none"
                raise Invalid(msg, field="columns", hint="ask for them: with_outcomes=True")
    names = choose(columns, offered)
    # The order is by id; more than what is asked for is not handed out.
    picked, read = selected(["id", *(n for n in names if n != "id")], offered)
    parts = _parts(tx, _find(tx, model, version), since, until)
    common = [sql.SQL("p.role = {}").format(sql.Literal(str(role)))] if role != "any" else []
    if version is not None:
        common.append(sql.SQL("p.model_version = {}").format(sql.Literal(version)))
    wheres = [sql.SQL(" AND ").join([*bounds, *common]) for bounds, _ in parts]
    queries = [
        _QUERY.format(
            picked=picked, outcomes=join if with_outcomes else sql.Composed([]), where=where
        )
        for where, (_, join) in zip(wheres, parts, strict=True)
    ]
    counts = [_COUNT.format(where=where) for where in wheres]
    why = "one stream of COPY in order of the ids, which begin with the time"
    return plan_of(
        sql.SQL("{} ORDER BY id").format(sql.SQL(" UNION ALL ").join(queries)),
        read,
        order=names,
        explain=({"part": model, "how": "ml_predictions", "why": why},),
        count=counter(sql.SQL("SELECT {}").format(sql.SQL(" + ").join(counts))),
    )


def _find(tx: Tx, model: str, version: str | None) -> tuple[UUID | None, str]:
    """Give the id of a model that answers here, if it does, and what clients call it."""
    found, _ = Models(tx, [str(model)]).find(str(model), version)
    named: str = found.model_id if found is not None else str(model)
    own: UUID | None = found.id if found is not None and found.served else None
    if own is None and not tx.scalar(_THERE, {"model": named, "version": None}):
        raise UnknownModel(f"no model {model}", field="model")
    if version is not None and not tx.scalar(_THERE, {"model": named, "version": version}):
        if own is None:
            msg = f"no prediction of {model} is of version {version}"
            raise UnknownVersion(msg, field="version")
        registry.named_version(tx, registry.get_model(tx, own), version)
    return own, named


def _parts(
    tx: Tx, found: tuple[UUID | None, str], since: datetime | None, until: datetime | None
) -> list[tuple[list[sql.Composable], sql.Composed]]:
    """Give conditions, and the join of outcomes, of a model's own answers and of its clients'."""
    own, named = found
    tenant = sql.Literal(tx.tenant_id)
    first = sql.SQL("p.tenant_id = {}").format(tenant)
    times: list[sql.Composable] = []
    ids: list[sql.Composable] = []
    days: list[sql.Composable] = []
    if since is not None:
        times.append(sql.SQL("p.prediction_timestamp >= {}").format(sql.Literal(since)))
        ids.append(sql.SQL("id >= {}").format(sql.Literal(uuid7_floor(since))))
        days.append(sql.SQL("p.made_on >= {}").format(sql.Literal(since.astimezone(UTC).date())))
    if until is not None:
        times.append(sql.SQL("p.prediction_timestamp < {}").format(sql.Literal(until)))
        ids.append(sql.SQL("id < {}").format(sql.Literal(uuid7_floor(until + _MS))))
        days.append(sql.SQL("p.made_on <= {}").format(sql.Literal(until.astimezone(UTC).date())))
    # A client may give an id of another time than the prediction's: only the days tell its place.
    client = sql.SQL("p.ml_model_id IS NULL AND p.model_id = {}").format(sql.Literal(named))
    parts = [([first, client, *days, *times], _OUTCOMES.format(tenant=tenant, more=sql.SQL("")))]
    if own is not None:
        model = sql.SQL("ml_model_id = {}").format(sql.Literal(own))
        # Said of the outcomes too, so that the planner sees their months as well.
        more = sql.SQL("").join(sql.SQL(" AND o.{}").format(each) for each in (model, *ids))
        mine = [sql.SQL("p.{}").format(each) for each in (model, *ids)]
        parts.insert(0, ([first, *mine, *times], _OUTCOMES.format(tenant=tenant, more=more)))
    return parts
