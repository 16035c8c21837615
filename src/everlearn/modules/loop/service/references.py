"""References: how features and answers were distributed when a version learned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from everlearn.modules.drift import service as drift
from everlearn.modules.features import service as features
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.training import service as training

if TYPE_CHECKING:
    from everlearn.core.tx import Tx
    from everlearn.modules.registry.types import Version

#: The last so-and-so long of what a version learned from: the world as it went live.
SPAN = timedelta(days=30)
#: Most rows that are kept; a distribution is known well enough from them.
MOST_ROWS = 20_000
#: Fewer rows than this say too little: then all that the version learned from is taken.
FEWEST_ROWS = 100


def ensure_reference(tx: Tx, version: Version) -> bool:
    """Keep a version's reference unless there is one; say whether there is one now."""
    if drift.has_reference(tx, version.id):
        return True
    begin, end = _window(tx, version)
    made = set_reference(tx, version, since=max(begin, end - SPAN), until=end)
    return made or set_reference(tx, version, since=begin, until=end)


def set_reference(tx: Tx, version: Version, *, since: datetime, until: datetime) -> bool:
    """Keep how features, and the version's answers to them, were distributed in a window.

    Returns:
        Whether there were rows enough, and a feature set at all.

    Raises:
        registry.errors.ArtifactCorrupt: the version's bytes do not have its hash.
    """
    feature_set_id = (
        version.feature_set_id or registry.get_model(tx, version.model_id).feature_set_id
    )
    if feature_set_id is None or since >= until:
        return False
    feature_set = features.get_set(tx, feature_set_id)
    matrix = features.read_window(tx, feature_set, since=since, until=until).matrix
    if len(matrix) < FEWEST_ROWS or matrix.shape[1] != len(version.feature_names):
        return False
    if len(matrix) > MOST_ROWS:  # evenly over the window, so that every day counts
        matrix = matrix[np.linspace(0, len(matrix) - 1, MOST_ROWS).astype(np.int64)]
    drift.set_reference(
        tx,
        version.id,
        names=list(version.feature_names),
        matrix=matrix,
        values=predictions.values_of(tx, version, matrix),
    )
    return True


def _window(tx: Tx, version: Version) -> tuple[datetime, datetime]:
    """Give the span of what a version learned from; of one made elsewhere, the last days."""
    if version.training_job_id is not None:
        read = training.get_job(tx, version.training_job_id).dataset
        if read is not None:
            return datetime.fromisoformat(read["since"]), datetime.fromisoformat(read["until"])
    return version.trained_until - SPAN, version.trained_until
