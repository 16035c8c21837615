"""The front page: what is live, since when, how well, what drifted, what was promoted and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from everlearn.core.charts.line import line_chart
from everlearn.core.charts.types import Mark, Series
from everlearn.core.rest import PrincipalDep, TxDep
from everlearn.core.web import page
from everlearn.modules.drift import service as drift
from everlearn.modules.drift.types import Alert, AlertLevel
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.experiments import service as experiments
from everlearn.modules.loop import service
from everlearn.modules.predictions import service as predictions
from everlearn.modules.predictions.types import Performance, PredictionRole
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import DeploymentKind, Model, Task
from everlearn.modules.training import service as training
from everlearn.modules.training.types import TriggerReason

if TYPE_CHECKING:
    from everlearn.core.tx import Tx
    from everlearn.modules.events.types import Event
    from everlearn.modules.loop.types import Policy
    from everlearn.modules.registry.types import Deployment

router = APIRouter()

#: Losses are drawn as the mean of this many days: single days jump.
SMOOTH_DAYS = 7
#: Models shown in full; of the others a line each.
IN_FULL = 6
#: What the loop decided, and why; answers and outcomes come by the thousand and are left out.
DECISIONS = (
    EventType.MODEL_PROMOTION,
    EventType.MODEL_ROLLBACK,
    EventType.EXPERIMENT,
    EventType.MODEL_TRAINING,
    EventType.DRIFT_ALERT,
)
_NEWS = 12


@router.get("/")
def overview(
    request: Request,
    who: PrincipalDep,  # noqa: ARG001 - signs in
    tx: TxDep,
) -> HTMLResponse:
    """Show every model of the tenant at a glance."""
    models = registry.list_models(tx)
    models.sort(key=lambda model: model.live_version is None)
    now = service.replay_position(tx) or tx.now()  # a replayed tenant lives in its own time
    return page(
        request,
        "loop/overview.html",
        title="Overview",
        active="loop",
        live=True,
        now=now,
        models=[_card(tx, model) for model in models[:IN_FULL]],
        others=models[IN_FULL:],
        news=_news(tx),
    )


def _card(tx: Tx, model: Model) -> dict[str, Any]:
    policy = service.find_policy(tx, model.id)
    days = predictions.performance(tx, model.id, by="day")
    baseline = _baseline(tx, model, policy, "day")
    deployments = registry.deployments(tx, model.id)
    alerts = drift.list_alerts(tx, model_id=model.id)
    recent = [day for day in days if day.outcomes][-30:]
    beside = _mean_loss(
        [day for day in baseline if recent and day.start >= recent[0].start and day.outcomes]
    )
    return {
        "model": model,
        "unit": "nats" if model.task == Task.BINARY else "squared error",
        "live": registry.find_live_version(tx, model.id),
        "policy": policy,
        "current": deployments[-1] if deployments else None,
        "chart": _chart(tx, model, days, baseline, deployments, alerts),
        "months": _months(
            predictions.performance(tx, model.id, by="month", times=True),
            _baseline(tx, model, policy, "month"),
        ),
        "has_baseline": bool(baseline),
        "closed": sum(day.outcomes for day in days),
        "open": sum(day.predictions - day.outcomes for day in days),
        "loss": _mean_loss(days[-SMOOTH_DAYS:]),
        "loss_before": _mean_loss(days[-2 * SMOOTH_DAYS : -SMOOTH_DAYS]),
        "spark": [point for _, point in _smooth(days[-60:])],
        "recent": _mean_loss(recent),
        "beside": beside,
        "alerts": [alert for alert in alerts if alert.resolved_at is None],
        "shadows": [_shadow(tx, item.id) for item in experiments.running(tx, model.id)],
        "deployments": deployments[::-1][:8],
        "training": training.state_of(tx, model.id),
    }


def _shadow(tx: Tx, experiment_id: Any) -> dict[str, Any]:
    found, verdict = experiments.get(tx, experiment_id), experiments.verdict(tx, experiment_id)
    return {
        "id": str(found.id),
        "version": found.challenger,
        "since": found.started_at,
        "outcomes": verdict.n_rows,
        "gain": verdict.mean_difference if verdict.n else None,
        "evidence": verdict.e_value if verdict.n else None,
        "needed": 1.0 / verdict.alpha,
    }


def _baseline(
    tx: Tx, model: Model, policy: Policy | None, by: Literal["day", "month"]
) -> list[Performance]:
    """Give how the first version did, live and in shadow, when it is kept."""
    if policy is None or not policy.keep_baseline or policy.baseline_version_id is None:
        return []
    version = policy.baseline_version_id
    found: dict[date, list[Performance]] = defaultdict(list)
    for role in PredictionRole:
        for part in predictions.performance(tx, model.id, by=by, role=role, version_id=version):
            found[part.start].append(part)
    return [_merged(found[start]) for start in sorted(found)]


def _merged(parts: list[Performance]) -> Performance:
    if len(parts) == 1:
        return parts[0]
    return Performance(
        start=parts[0].start,
        predictions=sum(part.predictions for part in parts),
        outcomes=sum(part.outcomes for part in parts),
        loss=_mean_loss(parts),
        brier=None,
        mean_predicted=None,
        mean_actual=None,
    )


def _months(live: list[Performance], baseline: list[Performance]) -> list[dict[str, Any]]:
    beside = {month.start: month.loss for month in baseline}
    return [
        {
            "month": f"{month.start:%b %Y}",
            "outcomes": month.outcomes,
            "rate": month.mean_actual,
            "predicted": month.mean_predicted,
            "loss": month.loss,
            "p50": month.p50_inference_time_ms,
            "p95": month.p95_inference_time_ms,
            "p99": month.p99_inference_time_ms,
            "baseline": beside.get(month.start),
        }
        for month in reversed(live)
    ]


def _mean_loss(parts: Iterable[Performance]) -> float | None:
    closed = [(part.loss, part.outcomes) for part in parts if part.loss is not None]
    total = sum(n for _, n in closed)
    return sum(loss * n for loss, n in closed) / total if total else None


def _smooth(days: Sequence[Performance]) -> list[tuple[datetime, float | None]]:
    points: list[tuple[datetime, float | None]] = []
    for position, day in enumerate(days):
        window = days[max(0, position - SMOOTH_DAYS + 1) : position + 1]
        noon = datetime(day.start.year, day.start.month, day.start.day, 12, tzinfo=UTC)
        points.append((noon, _mean_loss(window)))
    return points


def _chart(  # noqa: PLR0917 - what is drawn
    tx: Tx,
    model: Model,
    days: list[Performance],
    baseline: list[Performance],
    deployments: list[Deployment],
    alerts: list[Alert],
) -> Any:
    if not any(day.outcomes for day in days):
        return None
    series = [Series("live", _smooth(days), "main")]
    # While the first version is live both lines are one.
    began = deployments[1].deployed_at.date() if len(deployments) > 1 else None
    later = [point for point in _smooth(baseline) if began and point[0].date() >= began]
    if later:
        series.append(Series("never retrained", later, "second"))
    unit = "log loss, nats" if model.task == Task.BINARY else "squared error"
    return line_chart(
        series,
        title=f"Loss of {model.name}, mean of {SMOOTH_DAYS} days ({unit})",
        marks=_marks(tx, model, deployments, alerts),
        y_format="num:3",
        height=230,
    )


def _marks(tx: Tx, model: Model, deployments: list[Deployment], alerts: list[Alert]) -> list[Mark]:
    marks = [
        Mark(
            at=item.deployed_at,
            kind="rollback" if item.kind == DeploymentKind.ROLLBACK else "promotion",
            label=f"{item.version} live: {item.reason}",
            href=f"/registry/models/{model.name}",
        )
        for item in deployments
    ]
    marks += [
        Mark(
            at=at,
            kind="retrain",
            label=f"training, {reason.replace('_', ' ')}",
            href=f"/training?model={model.name}",
        )
        for at, reason in training.starts(tx, model.id)
    ]
    together: dict[date, list[Alert]] = defaultdict(list)
    for alert in alerts:
        if alert.level != AlertLevel.INFO:
            together[alert.first_seen_at.date()].append(alert)
    return marks + [_alert_mark(each) for each in together.values()]


def _alert_mark(alerts: list[Alert]) -> Mark:
    """Draw the alerts of one day as one: their names are a click away."""
    alerts.sort(key=lambda alert: alert.level != AlertLevel.CRITICAL)
    first = alerts[0]
    more = f", and {len(alerts) - 1} more" if len(alerts) > 1 else ""
    loss = any(alert.feature == "loss" and alert.level == AlertLevel.CRITICAL for alert in alerts)
    return Mark(
        at=min(alert.first_seen_at for alert in alerts),
        kind="alert",
        label=f"{first.message}{more}",
        href=f"/drift?model={first.model}",
        # Red is for what a person has to look at: the loss, not the weather.
        level="critical" if loss else "warning",
    )


def _news(tx: Tx) -> list[dict[str, Any]]:
    found = [
        event
        for kind in DECISIONS
        for event in events.list_events(tx, limit=60, event_type=kind).items
    ]
    found.sort(key=lambda event: (event.timestamp, event.id), reverse=True)
    # What one scan found is one line: a storm moves every feature at once.
    together: dict[Any, list[Event]] = {}
    for event in found:
        alone = event.event_type != EventType.DRIFT_ALERT
        key = (event.timestamp, event.event_data.get("model"), event.id if alone else None)
        together.setdefault(key, []).append(event)
    return [_line(each) for each in list(together.values())[:_NEWS]]


def _line(together: list[Event]) -> dict[str, Any]:
    event = together[0]
    label = f"{event.event_type} {event.event_subtype or ''}".replace("_", " ")
    what = _sentence(event)
    if len(together) > 1:
        names = [str(each.event_data.get("feature")) for each in together[:3]]
        label = f"{len(together)} drift alerts"
        what = f"{', '.join(names)}{' and more' if len(together) > 3 else ''} moved"
    return {
        "at": event.timestamp,
        "kind": event.event_type,
        "label": label,
        "model": event.event_data.get("model"),
        "what": what,
    }


def _sentence(event: Event) -> str:
    """Say what an event was in the words that it brought along."""
    data = event.event_data
    version = data.get("version") or data.get("challenger") or ""
    said = data.get("message") or data.get("reason") or data.get("error")
    if said in set(TriggerReason):
        said = str(said).replace("_", " ")
    if said is None and "rows" in data:
        said = f"fitted on {data['rows']:,} rows"
    if said is None and "decision" in data:
        decided = str(data["decision"]).replace("_", " ")
        said = f"{decided} after {data.get('outcomes', 0):,} outcomes"
    if said is None and data.get("kind") == "promise":
        said = f"is held to a loss of {data['promised']:.4f}"
    if said is None and "champion" in data:
        said = f"in shadow beside {data['champion']}"
    told = str(said or "")
    return told if not version or version in told else f"{version}: {told}"
