"""Margins and reasons of a model version, from LightGBM text."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING
from uuid import UUID

import lightgbm
import numpy as np
import numpy.typing as npt

from everlearn.core.settings import settings
from everlearn.modules.registry import service as registry

if TYPE_CHECKING:
    from everlearn.core.tx import Tx
    from everlearn.modules.registry.types import Version

Floats = npt.NDArray[np.float64]

#: Loaded versions that a process keeps; the tenant is part of the key, so none crosses.
KEPT = 16
#: Rows below which one thread is quicker than several.
FEW = 4096
_loaded: OrderedDict[tuple[UUID, UUID], lightgbm.Booster] = OrderedDict()
_lock = Lock()


def booster(tx: Tx, version: Version) -> lightgbm.Booster:
    """Give a version's model, loaded once a process and checked against its hash.

    Raises:
        registry.errors.ArtifactCorrupt: the stored bytes do not have the hash of the version.
    """
    key = (tx.tenant_id, version.id)
    with _lock:
        found = _loaded.get(key)
        if found is not None:
            _loaded.move_to_end(key)
            return found
    text = registry.load_artifact(tx, version.id).decode()
    made = lightgbm.Booster(model_str=text)
    with _lock:
        _loaded[key] = made
        while len(_loaded) > KEPT:
            _loaded.popitem(last=False)
    return made


def margins(tx: Tx, version: Version, matrix: npt.NDArray[np.float32]) -> Floats:
    """Give the raw output of a version (log-odds for a binary task), shape (n,)."""
    model = booster(tx, version)
    # Waking threads takes longer than so few rows do.
    threads = 1 if len(matrix) < FEW else settings().threads
    raw = model.predict(matrix, raw_score=True, num_threads=threads)
    return np.asarray(raw, dtype=np.float64)


def contributions(
    tx: Tx, version: Version, matrix: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Give exact TreeSHAP values, shape (n, k + 1); the last is the base, a row sums to its margin.

    Source:
        Lundberg et al., 2020, "From local explanations to global understanding with explainable AI
        for trees", as implemented in LightGBM (`pred_contrib`).
    """
    model = booster(tx, version)
    found = model.predict(matrix, pred_contrib=True, num_threads=settings().threads)
    return np.asarray(found, dtype=np.float64)
