"""Calibration of a version from outcomes it did not learn from: bounds and probability."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from psycopg import sql
from sqlalchemy import insert

from everlearn.core.bulk import read_matrix
from everlearn.core.ids import uuid7, uuid7_floor
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.predictions.maths.venn_abers import VennAbers
from everlearn.modules.predictions.tables import Calibration
from everlearn.modules.predictions.types import Floats
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task, VersionStatus

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

_LATEST = """
SELECT v.id, c.lower_at, c.lower_value, c.upper_at, c.upper_value
FROM unnest(CAST(:ids AS uuid[])) AS v (id)
CROSS JOIN LATERAL (
  SELECT * FROM predictions.calibrations
  WHERE tenant_id = app.tenant_id() AND model_version_id = v.id
  ORDER BY fitted_at DESC, id DESC LIMIT 1
) AS c
"""
# By the model, since the index is; the versions of a model share its outcomes about equally.
_OUTCOMES = sql.SQL(
    "SELECT raw_margin, actual_value FROM predictions.prediction_outcomes"
    " WHERE tenant_id = {tenant} AND ml_model_id = {model} AND model_version_id = {version}"
    " AND raw_margin IS NOT NULL AND id >= {low} AND known_at <= {now}"
    " ORDER BY known_on DESC, known_at DESC, id LIMIT {n}"  # the day is the index's
)
#: Margins are rounded to so many decimals before they are calibrated or looked up: hundreds of
#: distinct scores instead of tens of thousands, at no loss that shows in a probability.
DECIMALS = 2
#: Answers as of a moment this long before their version was made still count.
BACKDATED = timedelta(days=31)
#: Fewer outcomes than this say too little: the version keeps the calibration it has.
FEWEST = 200


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A Venn-Abers predictor with only the margins at which its bounds change."""

    lower_at: Floats
    lower_value: Floats
    upper_at: Floats
    upper_value: Floats

    @classmethod
    def of(cls, fitted: VennAbers) -> Steps:
        """Keep the steps of a fitted predictor: hundreds of numbers, not tens of thousands."""
        low = np.flatnonzero(np.diff(fitted.lower))
        high = np.flatnonzero(np.diff(fitted.upper))
        return cls(
            fitted.scores[low],
            np.concatenate([fitted.lower[low], fitted.lower[-1:]]),
            fitted.scores[high],
            np.concatenate([fitted.upper[high], fitted.upper[-1:]]),
        )

    def apply(self, margin: Floats) -> tuple[Floats, Floats, Floats]:
        """Give probability, lower and upper bound of margins, each of shape (n,)."""
        margin = np.round(margin, DECIMALS)
        lower = self.lower_value[np.searchsorted(self.lower_at, margin, "right")]
        upper = self.upper_value[np.searchsorted(self.upper_at, margin, "left")]
        return upper / (1.0 - lower + upper), lower, upper


def latest(tx: Tx, version_ids: list[UUID]) -> dict[UUID, Steps]:
    """Give the calibration in force of each version that has one."""
    rows: Any = tx.execute(_LATEST, {"ids": version_ids})
    return {
        row[0]: Steps(*(np.asarray(part, dtype=np.float64) for part in row[1:])) for row in rows
    }


def set_calibration(
    tx: Tx, version_id: UUID, *, margins: npt.ArrayLike, labels: npt.ArrayLike
) -> UUID:
    """Calibrate a version from rows it was not fitted on.

    Args:
        tx: transaction.
        version_id: version of a binary task.
        margins: shape (n,), its raw outputs.
        labels: shape (n,), 0 or 1.

    Returns:
        Id of the row in calibrations, which predictions use from now on.
    """
    rounded = np.round(np.asarray(margins, dtype=np.float64), DECIMALS)
    steps = Steps.of(VennAbers.fit(rounded, labels))
    made = uuid7(tx.now())
    # The latest is in force, also of two that were made while a replay's clock stood still.
    before = tx.scalar(
        "SELECT max(fitted_at) FROM predictions.calibrations"
        " WHERE tenant_id = app.tenant_id() AND model_version_id = :version",
        {"version": version_id},
    )
    fitted_at = tx.now() if before is None else max(tx.now(), before + timedelta(microseconds=1))
    tx.execute(
        insert(Calibration).values(
            id=made,
            model_version_id=version_id,
            fitted_at=fitted_at,
            n_samples=int(np.asarray(labels).size),
            lower_at=steps.lower_at.tolist(),
            lower_value=steps.lower_value.tolist(),
            upper_at=steps.upper_at.tolist(),
            upper_value=steps.upper_value.tolist(),
        )
    )
    return made


def recalibrate(
    tx: Tx, model_id: UUID, *, last_n: int = 20_000, skip: Collection[UUID] = ()
) -> dict[UUID, int]:
    """Calibrate the live and shadow versions anew from their latest outcomes, but those in `skip`.

    A version with fewer outcomes than `last_n` keeps to those it has, and one with fewer than
    `FEWEST` keeps the calibration that it came with. Each new calibration is one event
    recalibration. A regression has no calibration; nothing is done for it.

    Returns:
        Version -> outcomes its new calibration was made from.
    """
    done: dict[UUID, int] = {}
    if registry.get_model(tx, model_id).task != Task.BINARY:
        return done
    versions = registry.versions_in(tx, model_id, VersionStatus.ACTIVE, VersionStatus.SHADOW)
    for version in versions:
        if version.id in skip:
            continue
        query = _OUTCOMES.format(
            tenant=sql.Literal(tx.tenant_id),
            model=sql.Literal(model_id),
            version=sql.Literal(version.id),
            # Not the partitions from before there was this version: they would be searched in vain.
            low=sql.Literal(uuid7_floor(version.created_at - BACKDATED)),
            now=sql.Literal(tx.now()),
            n=sql.Literal(last_n),
        )
        found = read_matrix(tx, query, scalars=("margin:f8", "actual:f8"))
        n = len(found["margin"])
        if n < FEWEST:
            continue
        calibration = set_calibration(
            tx, version.id, margins=found["margin"], labels=found["actual"]
        )
        events.emit(
            tx,
            EventType.RECALIBRATION,
            entity_type="model",
            entity_id=model_id,
            data={
                "version": version.version,
                "outcomes": n,
                "calibration_id": str(calibration),
            },
        )
        done[version.id] = n
    return done
