"""Shows the numbers of the house to Prometheus, from their rows.

Every API process shows the same ones, so rules and dashboards take `max()` over processes. Labels
never carry a tenant or a person: the numbers of tenants are merged before they are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from everlearn.core import watching
from everlearn.modules.operations.service.health import current
from everlearn.modules.operations.service.watching import house_of
from everlearn.modules.operations.types import Current, Scope

if TYPE_CHECKING:
    from everlearn.core.tx import Database

ALERTS = "everlearn_alerts_open"


class _House(Collector):
    """Gives each number as a gauge."""

    def __init__(self, readings: Sequence[Current], alerts: dict[str, int]) -> None:
        self._readings, self._alerts = readings, alerts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        known = {name: each for name, each in watching.metrics().items() if each.shown}
        for name in sorted({each.metric for each in self._readings} & set(known)):
            metric = known[name]
            label = [metric.label] if metric.label and not metric.private else []
            family = GaugeMetricFamily(metric.prometheus, metric.text, labels=label)
            for each in self._readings:
                if each.metric == name:
                    family.add_metric([each.subject] if label else [], each.value * metric.factor)
            yield family
        alerts = GaugeMetricFamily(ALERTS, "Open alerts of the house.", labels=["severity"])
        for severity, n in sorted(self._alerts.items()):
            alerts.add_metric([severity], n)
        yield alerts


def render_house(database: Database, slug: str) -> bytes:
    """Give the numbers of the house that were read within five minutes, as Prometheus reads them.

    Args:
        database: transactions as everlearn_app.
        slug: the tenant that runs the installation.
    """
    with database.tx(None) as tx:
        house = house_of(tx, slug)
    if house is None:
        return b""
    query = (
        "SELECT severity, count(*) AS n FROM operations.alerts"
        " WHERE tenant_id = app.tenant_id() AND status = 'open' GROUP BY severity"
    )
    with database.tx(house) as tx:
        readings = current(tx, scope=Scope.HOUSE)
        alerts = {"info": 0, "warning": 0, "critical": 0}
        alerts |= {row.severity: row.n for row in tx.execute(query)}
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_House(readings, alerts))
    return generate_latest(registry)
