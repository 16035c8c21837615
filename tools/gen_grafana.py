"""Write the Grafana dashboards from the list below: `python -m tools.gen_grafana [--check]`.

Every panel has a unit and a sentence; the data source is chosen in Grafana. Numbers of the house
are shown by every API process alike, hence `max by` over processes.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "ops" / "grafana"
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDE, _HIGH = 24, 8


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart.

    Attributes:
        title: what it shows.
        unit: Grafana's name of the unit: s, bytes, short, reqps, percentunit.
        text: what to make of it.
        lines: (PromQL, legend) of each line.
        limit: threshold that is drawn red; None for none.
        kind: ``timeseries`` or ``stat``.
        width: of 24.
    """

    title: str
    unit: str
    text: str
    lines: tuple[tuple[str, str], ...]
    limit: float | None = None
    kind: str = "timeseries"
    width: int = 12


def _stat(title: str, unit: str, text: str, query: str, limit: float | None = None) -> Panel:
    return Panel(title, unit, text, ((query, ""),), limit, "stat", 6)


_RATE = "[$__rate_interval]"
HOUSE = (
    _stat(
        "Ingest lag", "s", "Age of the oldest row that was received and is not committed.",
        "max(everlearn_ingest_lag_seconds)", 300,
    ),
    _stat(
        "Rollup lag", "s", "Age of the oldest change that some rollup does not show yet.",
        "max(everlearn_rollup_lag_seconds)", 300,
    ),
    _stat(
        "Largest partition", "bytes", "With its indexes; from 10 GB on somebody should look.",
        "max(everlearn_partition_bytes)", 10 * 2**30,
    ),
    _stat(
        "Open alerts", "short", "Of the house; `everlearn operations alerts` lists them.",
        "max(sum by (instance) (everlearn_alerts_open))", 1,
    ),
    Panel(
        "Lag of ingest and rollups", "s", "Over five minutes an alert opens.",
        (
            ("max(everlearn_ingest_lag_seconds)", "ingest"),
            ("max by (rollup) (everlearn_rollup_lag_seconds)", "{{rollup}}"),
        ),
        300,
    ),
    Panel(
        "Rows past their time", "s",
        "How long the oldest partition holds rows that retention or the archive should have taken.",
        (("max by (table) (everlearn_archive_lag_seconds)", "{{table}}"),), 172_800,
    ),
    Panel(
        "Rows refused", "short", "Rows of batches that were not written, a second.",
        ((f"sum by (items, field) (rate(everlearn_rows_refused_total{_RATE}))",
          "{{items}}: {{field}}"),),
    ),
    Panel(
        "Accuracy beside what it was", "percentunit",
        "The worst model of any tenant: its last 7 days as a share of the 28 before.",
        (("min(everlearn_accuracy_ratio)", "worst model"),),
    ),
    Panel(
        "Size of tables", "bytes", "All partitions of a table with their indexes.",
        (("max by (table) (everlearn_table_bytes)", "{{table}}"),),
    ),
    Panel(
        "Largest partition of a table", "bytes", "From 10 GB on an alert opens.",
        (("max by (table) (everlearn_partition_bytes)", "{{table}}"),), 10 * 2**30,
    ),
    Panel(
        "Partitions ahead", "short", "Periods to come that have a partition; none is an alert.",
        (("min by (table) (everlearn_partitions_ahead)", "{{table}}"),),
    ),
    Panel(
        "Jobs", "short", "Jobs that wait or run, and those that failed within the last hour.",
        (
            ("max by (status) (everlearn_jobs)", "{{status}}"),
            ("max(everlearn_jobs_failed)", "failed in an hour"),
        ),
    ),
    Panel(
        "Longest wait of a job", "s", "Over five minutes an alert opens: start more workers.",
        (("max(everlearn_job_wait_seconds)", "oldest waiting job"),), 300,
    ),
    Panel(
        "Alerts", "short", "Open alerts of the house by how urgent they are.",
        (("max by (severity) (everlearn_alerts_open)", "{{severity}}"),),
    ),
)  # fmt: skip
PROCESS = (
    _stat(
        "Requests", "reqps", "Answered by all processes.",
        f"sum(rate(everlearn_http_request_seconds_count{_RATE}))",
    ),
    _stat(
        "Failed", "percentunit", "Share of the requests that were answered with 5xx.",
        f'sum(rate(everlearn_http_request_seconds_count{{status=~"5.."}}{_RATE}))'
        f" / sum(rate(everlearn_http_request_seconds_count{_RATE}))", 0.01,
    ),
    _stat(
        "p95 of requests", "s", "95th percentile over all routes.",
        "histogram_quantile(0.95, sum by (le)"
        f" (rate(everlearn_http_request_seconds_bucket{_RATE})))",
    ),
    _stat(
        "Reads on the replica", "percentunit", "Share of the reads that may go there and did.",
        f'sum(rate(everlearn_reads_total{{server="replica"}}{_RATE}))'
        f" / sum(rate(everlearn_reads_total{_RATE}))",
    ),
    Panel(
        "p95 of routes", "s", "95th percentile of the time to the answer.",
        ((("histogram_quantile(0.95, sum by (le, path)"
          f" (rate(everlearn_http_request_seconds_bucket{_RATE})))"), "{{path}}"),),
    ),
    Panel(
        "Requests by status", "reqps", "429 and 503 tell senders to come again.",
        ((f"sum by (status) (rate(everlearn_http_request_seconds_count{_RATE}))", "{{status}}"),),
    ),
    Panel(
        "p95 of named queries", "s", "As Prometheus tells it from each process's histogram.",
        ((("histogram_quantile(0.95, sum by (le, query)"
          f" (rate(everlearn_query_seconds_bucket{_RATE})))"), "{{query}}"),),
    ),
    Panel(
        "p95 beside its baseline", "short",
        "p95 of all processes as a multiple of the same hour's, the median of seven days; over 2"
        " for ten minutes an alert opens.",
        (("max by (query) (everlearn_query_p95_ratio)", "{{query}}"),), 2,
    ),
    Panel(
        "Runs of named queries", "ops", "How often each query runs.",
        ((f"sum by (query) (rate(everlearn_query_seconds_count{_RATE}))", "{{query}}"),),
    ),
    Panel(
        "Writes that shared a commit", "short", "Single events of one group, on average.",
        (((f"sum(rate(everlearn_group_items_sum{_RATE})) / sum(rate(everlearn_group_items_count"
          f"{_RATE}))"), "items of a group"),),
    ),
    Panel(
        "Replica", "s", "How far it is behind; without a line its lag is not known.",
        (("max by (instance) (everlearn_replica_lag_seconds)", "{{instance}}"),),
    ),
    Panel(
        "Memory", "bytes", "Resident memory of each process.",
        (("process_resident_memory_bytes", "{{instance}}"),),
    ),
    Panel(
        "CPU", "percentunit", "Cores that each process keeps busy.",
        ((f"rate(process_cpu_seconds_total{_RATE})", "{{instance}}"),),
    ),
)  # fmt: skip
DASHBOARDS = {
    "everlearn-house": ("Everlearn: the house", HOUSE),
    "everlearn-processes": ("Everlearn: requests and queries", PROCESS),
}


def _panel(number: int, panel: Panel, x: int, y: int) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.limit is not None:
        steps.append({"color": "red", "value": panel.limit})
    field = {"unit": panel.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}}
    custom = {"lineWidth": 1, "fillOpacity": 5, "showPoints": "never"}
    if panel.limit is not None:
        custom["thresholdsStyle"] = {"mode": "line"}
    if panel.kind == "timeseries":
        field["custom"] = custom
    legend = {"displayMode": "list", "placement": "bottom", "showLegend": True}
    options: dict[str, Any] = {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
    if panel.kind == "stat":
        options = {"colorMode": "value", "graphMode": "area",
                   "reduceOptions": {"calcs": ["lastNotNull"]}}  # fmt: skip
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.text,
        "datasource": _SOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": _HIGH if panel.width > 6 else 4},
        "fieldConfig": {"defaults": field, "overrides": []},
        "options": options,
        "targets": [
            {
                "refId": chr(ord("A") + i),
                "datasource": _SOURCE,
                "expr": query,
                "legendFormat": legend_,
            }
            for i, (query, legend_) in enumerate(panel.lines)
        ],
    }


def dashboard(uid: str, title: str, panels: tuple[Panel, ...]) -> dict[str, Any]:
    """Give one dashboard as Grafana imports it."""
    made, x, y, high = [], 0, 0, 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > _WIDE:
            x, y, high = 0, y + high, 0
        made.append(_panel(number, panel, x, y))
        x, high = x + panel.width, max(high, made[-1]["gridPos"]["h"])
    variable = {"name": "datasource", "label": "Prometheus", "type": "datasource",
                "query": "prometheus", "current": {}}  # fmt: skip
    return {
        "uid": uid,
        "title": title,
        "tags": ["everlearn"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "timezone": "utc",
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {"list": [variable]},
        "panels": made,
    }


def texts() -> dict[Path, str]:
    """Give each file and what is to be in it."""
    return {
        FOLDER / f"{uid}.json": json.dumps(dashboard(uid, title, panels), indent=2) + "\n"
        for uid, (title, panels) in DASHBOARDS.items()
    }


def main() -> None:
    """Write the files, or only say whether they are as they should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="only compare; exit 1 when they differ"
    )
    check = parser.parse_args().check
    stale = [p for p, text in texts().items() if not p.is_file() or p.read_text() != text]
    if check and stale:
        sys.exit(f"stale: {', '.join(map(str, stale))}; run python -m tools.gen_grafana")
    for path, text in texts().items():
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


if __name__ == "__main__":
    main()
