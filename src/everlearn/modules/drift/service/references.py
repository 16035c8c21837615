"""Reference samples: how features and answers were distributed when a version was fitted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from everlearn.core.bulk import insert_many
from everlearn.core.ids import uuid7_many
from everlearn.modules.drift.errors import BadSetting
from everlearn.modules.drift.maths.reference import Reference
from everlearn.modules.drift.types import SCORE, FeatureKind
from everlearn.modules.features import service as features
from everlearn.modules.registry import service as registry

if TYPE_CHECKING:
    from everlearn.core.tx import Tx


@dataclass(frozen=True, slots=True)
class Stored:
    """One reference and what its values are."""

    feature: str
    kind: FeatureKind
    reference: Reference


def set_reference(
    tx: Tx,
    version_id: UUID,
    *,
    names: Sequence[str],
    matrix: npt.NDArray[np.float32],
    values: npt.ArrayLike,
) -> int:
    """Keep how a version's features and answers were distributed; takes the place of an older one.

    Args:
        tx: transaction.
        version_id: the version.
        names: one a column of `matrix`.
        matrix: shape (n, k), features of the sample; NaN is missing.
        values: shape (n,), the version's answers to it, in the unit of `predicted_value`: live
            answers are compared with them.

    Returns:
        Number of references written: one a feature and one for the answers.

    Raises:
        BadSetting: the lengths do not fit together, or a feature is called `score`.
        TooFewValues: there are fewer than 10 rows.
    """
    answers = np.asarray(values, dtype=np.float64)
    if matrix.shape != (answers.size, len(names)):
        msg = f"{matrix.shape} values for {answers.size} rows of {len(names)} features"
        raise BadSetting(msg, field="matrix")
    if SCORE in names:
        raise BadSetting("`score` stands for the answers; rename the feature", field="names")
    codes = _categorical(tx, version_id)
    columns: list[npt.NDArray[Any]] = [*(matrix[:, i] for i in range(len(names))), answers]
    n = len(columns)
    tx.execute(
        "DELETE FROM drift.drift_references WHERE tenant_id = app.tenant_id()"
        " AND model_version_id = :version",
        {"version": version_id},
    )
    return insert_many(
        tx,
        "drift.drift_references",
        {
            "id": uuid7_many(n, tx.now()),
            "model_version_id": [version_id] * n,
            "feature": [*names, SCORE],
            "position": list(range(n)),
            "kind": [
                FeatureKind.CATEGORICAL.value if name in codes else FeatureKind.NUMERIC.value
                for name in (*names, SCORE)
            ],
            "reference": [_json_ready(Reference.fit(column).to_dict()) for column in columns],
            "created_at": [tx.now()] * n,
        },
    )


def has_reference(tx: Tx, version_id: UUID) -> bool:
    """Say whether a version's live traffic can be compared with anything."""
    return bool(
        tx.scalar(
            "SELECT EXISTS (SELECT FROM drift.drift_references WHERE tenant_id = app.tenant_id()"
            " AND model_version_id = :version)",
            {"version": version_id},
        )
    )


def load(tx: Tx, version_id: UUID) -> list[Stored]:
    """Give a version's references in the order of its columns, the answers' last."""
    rows: Any = tx.execute(
        "SELECT feature, kind, reference FROM drift.drift_references"
        " WHERE tenant_id = app.tenant_id() AND model_version_id = :version ORDER BY position",
        {"version": version_id},
    )
    return [Stored(row[0], FeatureKind(row[1]), Reference.from_dict(row[2])) for row in rows]


def _categorical(tx: Tx, version_id: UUID) -> frozenset[str]:
    version = registry.get_version(tx, version_id)
    if version.categorical is not None:
        return frozenset(version.categorical)
    if version.feature_set_id is None:
        return frozenset()
    return frozenset(features.get_set(tx, version.feature_set_id).categorical)


def _json_ready(stored: dict[str, Any]) -> dict[str, Any]:
    for name in ("mean", "std"):
        value = stored[name]
        if isinstance(value, float) and not math.isfinite(value):
            stored[name] = None
    return stored
