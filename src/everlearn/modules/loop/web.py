"""The front page: what is live, since when, how well, what drifted, what was promoted and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from everlearn.core.charts.line import line_chart
from everlearn.core.charts.types import Mark, Series
from everlearn.core.rest import PrincipalDep, TxDep
from everlearn.core.web import page
from everlearn.modules.drift import service as drift
from everlearn.modules.events import service as events
from everlearn.modules.experiments import service as experiments
from everlearn.modules.loop import service
from everlearn.modules.predictions import service as predictions
from everlearn.modules.predictions.types import PredictionRole
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import DeploymentKind, Model
from everlearn.modules.training import service as training

if TYPE_CHECKING:
    from everlearn.core.tx import Tx
    from everlearn.modules.loop.types import Policy
    from everlearn.modules.predictions.types import Performance

router = APIRouter()

#: Losses are drawn as the mean of this many days: single days jump with the weather.
SMOOTH_DAYS = 7


@router.get("/")
def overview(request: Request, who: PrincipalDep, tx: TxDep) -> HTMLResponse:
    """Show every model of the tenant at a glance."""
    models = registry.list_models(tx)
    return page(
        request,
        "loop/overview.html",
        title="Overview",
        active="loop",
        live=True,
        now=_now(tx),
        models=[_card(tx, model) for model in models],
        events=events.list_events(tx, limit=12).items,
    )


def _now(tx: Tx) -> datetime:
    """Give the time that `ago` counts from: a replay's own where the tenant is replayed."""
    return service.replay_position(tx) or tx.now()


def _card(tx: Tx, model: Model) -> dict[str, Any]:
    policy = service.find_policy(tx, model.id)
    days = predictions.performance(tx, model.id, by="day")
    months = predictions.performance(tx, model.id, by="month")
    baseline = _baseline(tx, model, policy)
    running = experiments.running(tx, model.id)
    deployments = registry.deployments(tx, model.id)
    return {
        "model": model,
        "live": registry.find_live_version(tx, model.id),
        "policy": policy,
        "chart": _chart(tx, model, days, baseline),
        "months": _months(months, _baseline_months(tx, model, policy)),
        "closed": sum(day.outcomes for day in days),
        "open": sum(day.predictions - day.outcomes for day in days),
        "loss": _mean_loss(days[-SMOOTH_DAYS:]),
        "loss_before": _mean_loss(days[-2 * SMOOTH_DAYS : -SMOOTH_DAYS]),
        "spark": [day.loss for day in days[-60:]],
        "alerts": drift.open_alerts(tx, model_id=model.id),
        "running": running,
        "deployments": deployments[:8],
        "training": training.state_of(tx, model.id),
    }


def _baseline(tx: Tx, model: Model, policy: Policy | None) -> list[Performance]:
    if policy is None or policy.baseline_version_id is None:
        return []
    return predictions.performance(
        tx,
        model.id,
        by="day",
        role=PredictionRole.SHADOW,
        version_id=policy.baseline_version_id,
    )


def _baseline_months(tx: Tx, model: Model, policy: Policy | None) -> dict[Any, Performance]:
    """Give the baseline's months by their first day."""
    if policy is None or policy.baseline_version_id is None:
        return {}
    given: dict[str, Any] = {"by": "month", "version_id": policy.baseline_version_id}
    shadow = predictions.performance(tx, model.id, role=PredictionRole.SHADOW, **given)
    return {month.start: month for month in shadow}


def _months(live: list[Performance], baseline: dict[Any, Performance]) -> list[dict[str, Any]]:
    return [
        {
            "month": f"{month.start:%B %Y}",
            "outcomes": month.outcomes,
            "rate": month.mean_actual,
            "predicted": month.mean_predicted,
            "loss": month.loss,
            "baseline": baseline[month.start].loss if month.start in baseline else None,
        }
        for month in live
    ]


def _mean_loss(days: list[Performance]) -> float | None:
    closed = [(day.loss, day.outcomes) for day in days if day.loss is not None]
    total = sum(n for _, n in closed)
    return sum(loss * n for loss, n in closed) / total if total else None


def _smooth(days: list[Performance]) -> list[tuple[datetime, float | None]]:
    points: list[tuple[datetime, float | None]] = []
    for position, day in enumerate(days):
        window = days[max(0, position - SMOOTH_DAYS + 1) : position + 1]
        noon = datetime(day.start.year, day.start.month, day.start.day, 12, tzinfo=UTC)
        points.append((noon, _mean_loss(window)))
    return points


def _chart(tx: Tx, model: Model, days: list[Performance], baseline: list[Performance]) -> Any:
    if not days:
        return None
    series = [Series("live", _smooth(days), "main")]
    if baseline:
        series.append(Series("first version, never retrained", _smooth(baseline), "muted"))
    return line_chart(
        series,
        title=f"Loss of {model.name}, mean of {SMOOTH_DAYS} days",
        marks=_marks(tx, model),
        y_format="num:3",
        height=230,
    )


def _marks(tx: Tx, model: Model) -> list[Mark]:
    href = f"/registry/models/{model.name}"
    marks = [
        Mark(
            at=item.deployed_at,
            kind="rollback" if item.kind == DeploymentKind.ROLLBACK else "promotion",
            label=f"{item.version}: {item.reason}",
            href=href,
        )
        for item in registry.deployments(tx, model.id)
    ]
    marks += [
        Mark(at=at, kind="retrain", label=f"training, {reason}", href="/training")
        for at, reason in training.starts(tx, model.id)
    ]
    marks += [
        Mark(
            at=alert.raised_at, kind="alert", label=alert.message, href="/drift", level=alert.level
        )
        for alert in drift.list_alerts(tx, model.id, levels=("warning", "critical"))
    ]
    return marks
