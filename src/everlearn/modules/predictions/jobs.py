"""Background work of predictions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from everlearn.core import watching
from everlearn.core.chores import ROLLUPS, House, chore, each_tenant
from everlearn.core.jobs import JobRunner, job
from everlearn.core.tx import Tx
from everlearn.core.watching import Reading
from everlearn.modules.predictions import service

_MARKED = "SELECT app.tenants_with('predictions.performance_marks')"
_MOVED = "SELECT app.tenants_with('predictions.stale_performance_days')"

watching.rollup("predictions.performance_daily", notes="predictions.performance_marks")
watching.rollup("predictions.performance_quantiles", notes="predictions.stale_performance_days")
ACCURACY = watching.metric(
    "accuracy_ratio",
    "How often a model was right in the last 7 days, as a share of how often it was in the 28 days"
    " before; of models with 100 outcomes in both.",
    merge="min",
    label="model",
    private=True,
)


@watching.of_tenant
def accuracy(tx: Tx) -> Iterator[Reading]:
    """Read how right each model is beside what it used to be."""
    for name, ratio in service.accuracy_ratios(tx).items():
        yield Reading(ACCURACY.name, name, ratio)


@chore("predictions.refresh", cron=ROLLUPS)
def refresh(house: House) -> dict[str, Any]:
    """Make the sums of the days again that clients wrote to, of every tenant with such days.

    One tenant that fails does not keep others from it.
    """
    return {"days": each_tenant(house, service.refresh_performance, tenants=_MARKED)}


@chore("predictions.quantiles", cron=ROLLUPS)
def refresh_quantiles(house: House) -> dict[str, Any]:
    """Compute the quantiles of the models' days anew whose sums were moved."""
    return {"days": each_tenant(house, service.refresh_quantiles, tenants=_MOVED)}


@job("predictions.rebuild")
def rebuild(run: JobRunner) -> dict[str, Any]:
    """Make all sums of one model again; its name or all models without one."""
    from everlearn.modules.registry import service as registry

    with run.tx() as tx:
        name = run.args.get("model")
        models = [registry.get_model(tx, name)] if name else registry.list_models(tx)
    for done, model in enumerate(models):
        with run.tx() as tx:
            service.rebuild_performance(tx, model.id)
        run.progress((done + 1) / len(models), model.name)
    return {"models": [model.name for model in models]}
