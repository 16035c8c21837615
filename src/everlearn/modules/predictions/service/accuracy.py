"""How right each model is beside what it used to be."""

from __future__ import annotations

from datetime import timedelta

from everlearn.core.tx import Tx
from everlearn.modules.registry import service as registry

RECENT = timedelta(days=7)
BASELINE = timedelta(days=28)
#: Outcomes below which a share says little.
LEAST = 100

_RATIOS = """
WITH sums AS (
  SELECT ml_model_id,
    sum(n_correct) FILTER (WHERE made_on > :recent)::float8 AS correct,
    sum(n_outcomes) FILTER (WHERE made_on > :recent)::float8 AS outcomes,
    sum(n_correct) FILTER (WHERE made_on <= :recent)::float8 AS correct_before,
    sum(n_outcomes) FILTER (WHERE made_on <= :recent)::float8 AS outcomes_before
  FROM predictions.performance_daily
  WHERE tenant_id = app.tenant_id() AND role = 'live' AND made_on > :since AND made_on <= :today
  GROUP BY ml_model_id
)
SELECT ml_model_id, correct / outcomes / (correct_before / outcomes_before) AS ratio
FROM sums WHERE outcomes >= :least AND outcomes_before >= :least AND correct_before > 0
"""


def accuracy_ratios(tx: Tx) -> dict[str, float]:
    """Give, by the model's name, its accuracy of 7 days as a share of that of the 28 before.

    Days are those on which predictions were made. Models with fewer than 100 outcomes in either
    time are left out, and so are regressions, which are never right or wrong.
    """
    today = tx.now().date()
    params = {
        "today": today,
        "recent": today - RECENT,
        "since": today - RECENT - BASELINE,
        "least": LEAST,
    }
    found = {row.ml_model_id: row.ratio for row in tx.execute(_RATIOS, params)}
    if not found:
        return {}
    return {model.name: found[model.id] for model in registry.list_models(tx) if model.id in found}
