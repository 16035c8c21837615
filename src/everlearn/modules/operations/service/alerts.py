"""Alert rules and alerts: what is shipped, what holds now, what a person says to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from everlearn.core import watching
from everlearn.core.errors import NotFound, WrongStatus
from everlearn.core.tx import Tx
from everlearn.core.watching import AlertChange
from everlearn.modules.operations.types import AlertView, Comparison, Scope, Severity

#: A number that was not read for so long says nothing any more.
FRESH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that every installation begins with."""

    name: str
    scope: Scope
    metric: str
    comparison: Comparison
    threshold: float
    for_s: float
    severity: Severity
    description: str


_ABOVE, _BELOW = Comparison.ABOVE, Comparison.BELOW
#: A tenant may change them, and switch off what it does not want: deleted, it would come back.
SHIPPED = (
    Rule(
        "ingest_lag", Scope.HOUSE, "ingest_lag_s", _ABOVE, 300, 0, Severity.CRITICAL,
        "Rows wait more than five minutes to be written: look at the database and its disk.",
    ),
    Rule(
        "rollup_lag_anywhere", Scope.HOUSE, "rollup_lag_s", _ABOVE, 300, 0, Severity.WARNING,
        "A rollup of some tenant is more than five minutes behind: look at the worker.",
    ),
    Rule(
        "partition_too_large", Scope.HOUSE, "partition_bytes", _ABOVE, 10 * 2**30, 0,
        Severity.WARNING,
        "A partition is larger than 10 GB: keep its rows for a shorter time, or archive them.",
    ),
    Rule(
        "partitions_missing", Scope.HOUSE, "partitions_ahead_count", _BELOW, 1, 0,
        Severity.CRITICAL, "A table has no partition for the next period: look at the worker.",
    ),
    Rule(
        "query_slow", Scope.HOUSE, "query_p95_ratio", _ABOVE, 2, 600, Severity.WARNING,
        "The p95 of a query has been twice its usual one for ten minutes.",
    ),
    Rule(
        "rollup_lag", Scope.TENANT, "rollup_lag_s", _ABOVE, 300, 0, Severity.WARNING,
        "A rollup is more than five minutes behind: look at the worker and its jobs.",
    ),
    Rule(
        "job_wait", Scope.TENANT, "job_wait_s", _ABOVE, 300, 0, Severity.WARNING,
        "A job has waited for more than five minutes: start more workers, `everlearn worker`.",
    ),
    Rule(
        "accuracy_low", Scope.TENANT, "accuracy_ratio", _BELOW, 0.8, 0, Severity.CRITICAL,
        "A model is right less than 80 % as often as it used to be: look at its drift.",
    ),
    Rule(
        "archive_late", Scope.HOUSE, "archive_lag_s", _ABOVE, 2 * 86_400, 0, Severity.WARNING,
        "Rows are two days past their time: `everlearn db retention` says what keeps them.",
    ),
)  # fmt: skip

_ENSURE = """
INSERT INTO operations.alert_rules (tenant_id, name, description, scope, metric, comparison,
  threshold, for_s, severity)
VALUES (app.tenant_id(), :name, :description, :scope, :metric, :comparison, :threshold, :for_s,
  :severity)
ON CONFLICT (tenant_id, name) DO NOTHING
"""

_SEEN = """
WITH readings AS (
  SELECT DISTINCT ON (h.metric, h.subject) h.metric, h.subject, h.latest AS value
  FROM operations.health_readings h
  WHERE h.tenant_id = app.tenant_id() AND h.scope = :scope AND h.hour_at >= :since_hour
    AND h.measured_at > :since
  ORDER BY h.metric, h.subject, h.hour_at DESC
)
INSERT INTO operations.alerts AS a (tenant_id, alert_rule_id, rule_name, metric, subject, severity,
  value, threshold, first_seen_at, last_seen_at)
SELECT app.tenant_id(), r.id, r.name, r.metric, v.subject, r.severity, v.value, r.threshold,
  :now, :now
FROM operations.alert_rules r
JOIN readings v ON v.metric = r.metric AND (r.subject IS NULL OR r.subject = v.subject)
WHERE r.tenant_id = app.tenant_id() AND r.scope = :scope AND r.enabled
  AND CASE r.comparison WHEN 'above' THEN v.value > r.threshold ELSE v.value < r.threshold END
ON CONFLICT (tenant_id, alert_rule_id, subject) WHERE status <> 'closed' DO UPDATE SET
  value = excluded.value, threshold = excluded.threshold, severity = excluded.severity,
  last_seen_at = excluded.last_seen_at
"""

_OPEN = """
UPDATE operations.alerts a SET status = 'open', opened_at = :now
FROM operations.alert_rules r
WHERE a.tenant_id = app.tenant_id() AND r.tenant_id = app.tenant_id() AND r.id = a.alert_rule_id
  AND r.scope = :scope AND a.status = 'pending' AND a.last_seen_at = :now
  AND CAST(:now AS timestamptz) - a.first_seen_at >= make_interval(secs => r.for_s)
RETURNING a.id, a.rule_name, a.metric, a.subject, a.severity, a.value, a.threshold
"""

_CLOSE = """
UPDATE operations.alerts a SET status = 'closed', closed_at = :now
FROM operations.alert_rules r
WHERE a.tenant_id = app.tenant_id() AND r.tenant_id = app.tenant_id() AND r.id = a.alert_rule_id
  AND r.scope = :scope AND a.status = 'open' AND a.last_seen_at < :now
RETURNING a.id, a.rule_name, a.metric, a.subject, a.severity, a.value, a.threshold
"""

_FORGET = """
DELETE FROM operations.alerts a USING operations.alert_rules r
WHERE a.tenant_id = app.tenant_id() AND r.tenant_id = app.tenant_id() AND r.id = a.alert_rule_id
  AND r.scope = :scope AND a.status = 'pending' AND a.last_seen_at < :now
"""

_LIST = """
SELECT a.id, a.rule_name, a.metric, a.subject, a.severity, a.status, a.value, a.threshold,
  a.first_seen_at, a.last_seen_at, a.opened_at, a.acknowledged_at, a.acknowledged_by, a.closed_at,
  r.description
FROM operations.alerts a
JOIN operations.alert_rules r ON r.tenant_id = a.tenant_id AND r.id = a.alert_rule_id
WHERE a.tenant_id = app.tenant_id()
  AND (CAST(:id AS uuid) IS NULL OR a.id = :id)
  AND (CAST(:status AS text) IS NULL OR a.status = :status)
ORDER BY array_position(ARRAY['critical', 'warning', 'info'], a.severity),
  coalesce(a.opened_at, a.first_seen_at) DESC, a.id DESC
LIMIT :limit
"""


def ensure_rules(tx: Tx, *, scope: Scope) -> None:
    """Give the tenant the shipped rules of a scope that it does not have."""
    known = set(
        tx.execute(
            "SELECT name FROM operations.alert_rules WHERE tenant_id = app.tenant_id()"
        ).scalars()
    )
    for rule in SHIPPED:
        if rule.scope == scope and rule.name not in known:
            tx.execute(
                _ENSURE,
                {
                    "name": rule.name,
                    "description": rule.description,
                    "scope": rule.scope.value,
                    "metric": rule.metric,
                    "comparison": rule.comparison.value,
                    "threshold": rule.threshold,
                    "for_s": rule.for_s,
                    "severity": rule.severity.value,
                },
            )


def evaluate(tx: Tx, *, scope: Scope) -> list[AlertChange]:
    """Compare the latest numbers with the rules, and give the alerts that opened or closed.

    Whoever declared `watching.on_alert` is told in the same transaction. A rule that holds for the
    first time makes a pending alert, which opens when it held for the rule's `for_s`, and is
    forgotten when it holds no more.
    """
    now = tx.now()
    params = {
        "scope": scope.value,
        "now": now,
        "since": now - FRESH,
        "since_hour": (now - FRESH).replace(minute=0, second=0, microsecond=0),
    }
    tx.execute(_SEEN, params)
    changes = [
        AlertChange(
            row.id, "opened", row.rule_name, row.metric, row.subject, row.severity, row.value,
            row.threshold, now,
        )
        for row in tx.execute(_OPEN, params)
    ]  # fmt: skip
    changes += [
        AlertChange(
            row.id, "closed", row.rule_name, row.metric, row.subject, row.severity, row.value,
            row.threshold, now,
        )
        for row in tx.execute(_CLOSE, params)
    ]  # fmt: skip
    tx.execute(_FORGET, params)
    for change in changes:
        watching.tell(tx, change)
    if changes:
        tx.notify("alerts")
    return changes


def list_alerts(tx: Tx, *, status: str | None = "open", limit: int = 100) -> list[AlertView]:
    """Give alerts, urgent ones first; None as status is all of them."""
    found = tx.execute(_LIST, {"status": status, "limit": limit, "id": None})
    return [AlertView(**row) for row in found.mappings()]


def get_alert(tx: Tx, alert_id: UUID) -> AlertView:
    """Give one alert; raise NotFound when the tenant has none of this id."""
    row = tx.execute(_LIST, {"status": None, "limit": 1, "id": alert_id}).mappings().first()
    if row is None:
        raise NotFound(f"no alert {alert_id}", field="id")
    return AlertView(**row)


def acknowledge(tx: Tx, alert_id: UUID) -> AlertView:
    """Note that the transaction's actor looks into an alert; the first one stays.

    Raises:
        NotFound: the tenant has no such alert.
        WrongStatus: it is closed already, or has not opened yet.
    """
    found = get_alert(tx, alert_id)
    if found.status != "open":
        raise WrongStatus(f"the alert is {found.status}, only an open one can be acknowledged")
    tx.execute(
        "UPDATE operations.alerts SET acknowledged_at = :now, acknowledged_by = :who"
        " WHERE tenant_id = app.tenant_id() AND id = :id AND acknowledged_at IS NULL",
        {"now": tx.now(), "who": tx.actor.name, "id": alert_id},
    )
    tx.notify("alerts")
    return get_alert(tx, alert_id)


def set_rule(
    tx: Tx,
    name: str,
    *,
    threshold: float | None = None,
    for_s: float | None = None,
    severity: Severity | None = None,
    enabled: bool | None = None,
) -> dict[str, object]:
    """Change a rule; what is left out stays. Give the rule as it is then.

    Raises:
        NotFound: the tenant has no rule of this name; says which there are.
        Invalid: a threshold that is no finite number, or a negative time.
    """
    row = (
        tx.execute(
            "UPDATE operations.alert_rules SET threshold = coalesce(:threshold, threshold),"
            " for_s = coalesce(:for_s, for_s), severity = coalesce(:severity, severity),"
            " enabled = coalesce(:enabled, enabled)"
            " WHERE tenant_id = app.tenant_id() AND name = :name"
            " RETURNING name, scope, metric, subject, comparison, threshold, for_s, severity,"
            " enabled, description",
            {
                "name": name,
                "threshold": threshold,
                "for_s": for_s,
                "severity": severity.value if severity else None,
                "enabled": enabled,
            },
        )
        .mappings()
        .first()
    )
    if row is None:
        query = "SELECT name FROM operations.alert_rules WHERE tenant_id = app.tenant_id()"
        known = sorted(tx.execute(query).scalars())
        hint = "rules come with the first look, within a minute of a worker's start"
        raise NotFound(
            f"no alert rule {name!r}", field="name", hint=None if known else hint, allowed=known
        )
    return dict(row)


def list_rules(tx: Tx) -> list[dict[str, object]]:
    """Give the tenant's rules by name."""
    query = (
        "SELECT name, scope, metric, subject, comparison, threshold, for_s, severity, enabled,"
        " description FROM operations.alert_rules WHERE tenant_id = app.tenant_id() ORDER BY name"
    )
    return [dict(row) for row in tx.execute(query).mappings()]
