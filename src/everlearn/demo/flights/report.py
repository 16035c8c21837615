"""The figures of a replay: what the loop scored, beside a model that never learned again."""

from __future__ import annotations

import resource
from typing import Any
from uuid import UUID

import numpy as np
from psycopg import sql

from everlearn.core.bulk import read_matrix
from everlearn.core.tx import Tx
from everlearn.modules.loop import service as loop
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Model
from everlearn.modules.training import service as training

ZONE = "America/New_York"

# The month of the scheduled departure in New York; a prediction is made half an hour before.
_MONTHS = """
SELECT to_char((o.predicted_at + interval '30 minutes') AT TIME ZONE :zone, 'YYYY-MM') AS month,
       count(*) AS flights, avg(o.loss) AS log_loss, avg(o.error ^ 2) AS brier,
       avg(o.predicted_value) AS predicted, avg(o.actual_value) AS late
FROM predictions.prediction_outcomes o
WHERE o.tenant_id = app.tenant_id() AND o.ml_model_id = :model
  AND (CAST(:version AS uuid) IS NULL OR o.model_version_id = :version)
  AND (CAST(:version AS uuid) IS NOT NULL OR o.role = 'live')
GROUP BY 1 ORDER BY 1
"""

_COUNTS = """
SELECT count(*) FILTER (WHERE role = 'live') AS live,
       count(*) FILTER (WHERE role = 'shadow') AS shadow
FROM predictions.ml_predictions WHERE tenant_id = app.tenant_id() AND ml_model_id = :model
"""


def figures(tx: Tx, model: Model, *, seconds: dict[str, float]) -> dict[str, Any]:
    """Compute the report from the stored predictions and outcomes.

    Args:
        tx: transaction of the demo's tenant.
        model: the demo's model.
        seconds: wall time of each part of the replay.
    """
    policy = loop.get_policy(tx, model.id)
    live = _months(tx, model.id, None)
    static = _months(tx, model.id, policy.baseline_version_id) if policy.baseline_version_id else {}
    months = [
        {"month": month, **row, "static_log_loss": static.get(month, {}).get("log_loss")}
        for month, row in live.items()
    ]
    scored = [row for row in months if row["month"] > "2013-01" and row["month"] < "2014"]
    unchanged = [row["static_log_loss"] for row in scored if row["static_log_loss"] is not None]
    counts = tx.execute(_COUNTS, {"model": model.id}).mappings().one()
    return {
        "months": months,
        "mean_log_loss": float(np.mean([row["log_loss"] for row in scored])) if scored else None,
        "static_mean_log_loss": float(np.mean(unchanged)) if unchanged else None,
        "ece": _ece(tx, model.id, None),
        "static_ece": _ece(tx, model.id, policy.baseline_version_id),
        "trainings": training.state_of(tx, model.id).count,
        "deployments": [
            {"version": d.version, "at": d.deployed_at, "reason": d.reason}
            for d in registry.deployments(tx, model.id)
        ],
        "predictions": counts["live"],
        "shadow_predictions": counts["shadow"],
        "outcomes": sum(row["flights"] for row in months),
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "peak_memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _months(tx: Tx, model_id: UUID, version_id: UUID | None) -> dict[str, dict[str, Any]]:
    given = {"zone": ZONE, "model": model_id, "version": version_id}
    rows = tx.execute(_MONTHS, given).mappings()
    return {row["month"]: {k: row[k] for k in row if k != "month"} for row in rows}


def _ece(tx: Tx, model_id: UUID, version_id: UUID | None) -> float | None:
    query = sql.SQL(
        "SELECT predicted_value, actual_value FROM predictions.prediction_outcomes"
        " WHERE tenant_id = app.tenant_id() AND ml_model_id = {model}"
        " AND CASE WHEN {version}::uuid IS NULL THEN role = 'live'"
        " ELSE model_version_id = {version}::uuid END"
    ).format(model=sql.Literal(model_id), version=sql.Literal(version_id))
    found = read_matrix(tx, query, scalars=("value:f8", "actual:f8"), arrays={})
    if len(found["value"]) < 15:  # fewer than there are bins
        return None
    return predictions.evaluate(found["value"], found["actual"])["ece"]


def text(found: dict[str, Any]) -> str:
    """Write the report for a terminal."""
    lines = [
        "",
        "Arrives more than 15 minutes late, said 30 minutes before departure; log loss in nats",
        f"{'month':9}{'flights':>9}{'late':>8}{'live':>9}{'static':>9}",
    ]
    for row in found["months"]:
        static = row["static_log_loss"]
        lines.append(
            f"{row['month']:9}{row['flights']:>9,}{row['late']:>8.1%}{row['log_loss']:>9.4f}"
            + (f"{static:>9.4f}" if static is not None else f"{'-':>9}")
        )
    if found["mean_log_loss"] is not None:
        static = found["static_mean_log_loss"]
        beside = f"; static January model {static:.4f}" if static is not None else ""
        lines.append(f"mean of the months from February: {found['mean_log_loss']:.4f}{beside}")
    if found["ece"] is not None:
        lines.append(f"expected calibration error, 15 bins: {found['ece']:.4f}")
    lines.append(
        f"{found['predictions']:,} predictions, {found['outcomes']:,} outcomes, "
        f"{found['trainings']} trainings, {len(found['deployments'])} deployments"
    )
    lines += [
        f"  {item['at']:%Y-%m-%d} {item['version']}: {item['reason']}"
        for item in found["deployments"]
    ]
    parts = ", ".join(f"{name} {value:.1f} s" for name, value in found["seconds"].items())
    lines += [f"time: {parts}", f"peak memory of this process: {found['peak_memory_mib']} MiB", ""]
    return "\n".join(lines)
