"""A page with every part of the shell on it, filled with plausible numbers from a fixed seed."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from everlearn.core.charts.bars import Contribution, bar_chart, histogram
from everlearn.core.charts.line import line_chart
from everlearn.core.charts.small import ReliabilityBin, interval_bar, reliability_chart, sparkline
from everlearn.core.charts.types import Band, Mark, Rule, Series
from everlearn.core.ids import uuid7_many
from everlearn.core.module import Module
from everlearn.core.web import Column

NOW = datetime(2026, 3, 17, 9, 42, tzinfo=UTC)

MODULES = (
    Module("audit", "platform", "Who did what.", nav="Audit"),
    Module("registry", "registry", "Models and versions.", nav="Models"),
    Module("features", "data", "Features.", nav="Features"),
    Module("predictions", "predictions", "What was said.", nav="Predictions"),
    Module("feedback", "feedback", "What became of it.", nav="Outcomes"),
    Module("training", "training", "Jobs.", nav="Training"),
    Module("experiments", "judgement", "Trials.", nav="Experiments"),
    Module("drift", "judgement", "Drift.", nav="Drift"),
    Module("loop", "loop", "The loop.", nav="Overview"),
)


@dataclass
class Principal:
    tenant_name: str = "Borough Cabs"
    tenant_slug: str = "borough-cabs"
    user_name: str = "ada@borough.example"


def _error_chart(rng: random.Random) -> Any:
    start = NOW - timedelta(days=14)
    hours = [start + timedelta(hours=i) for i in range(14 * 24 + 1)]

    def mae(i: int) -> float:
        drift = 0.9 / (1 + math.exp(-(i - 190) / 14)) if i < 262 else 0.0
        better = -0.22 if i >= 262 else 0.0
        return 2.45 + 0.22 * math.sin(i / 24 * 2 * math.pi) + drift + better + rng.gauss(0, 0.06)

    champion = [(at, mae(i) if not 96 <= i < 104 else None) for i, at in enumerate(hours)]
    challenger = [
        (at, 2.28 + 0.18 * math.sin(i / 24 * 2 * math.pi) + rng.gauss(0, 0.05))
        for i, at in enumerate(hours)
        if 226 <= i < 263
    ]
    band = [(at, v and v - 0.16, v and v + 0.16) for at, v in champion]
    return line_chart(
        [Series("champion", champion), Series("challenger", challenger, "second")],
        title="Mean absolute error, minutes",
        band=Band("95% interval of the champion", band),
        rules=[Rule(3.0, "promise: at most 3 min")],
        marks=[
            Mark(hours[60], "promotion", "v13 promoted", "/promotions/13"),
            Mark(hours[205], "alert", "drift of trip_distance: PSI 0.31", "/alerts/1", "critical"),
            Mark(hours[208], "retrain", "v14 queued: error over promise", "/jobs/77"),
            Mark(hours[262], "promotion", "v14 promoted: p = 0.003", "/promotions/14"),
        ],
        height=230,
    )


def _charts(rng: random.Random) -> SimpleNamespace:
    edges = [i * 0.75 for i in range(25)]
    reference = [1000 * math.exp(-((x - 2.2) ** 2) / 4) + 60 for x in edges[:-1]]
    current = [900 * math.exp(-((x - 4.4) ** 2) / 9) + 80 * rng.random() for x in edges[:-1]]
    days = [NOW - timedelta(days=30 - i) for i in range(31)]
    many = [
        Series(f"v{10 + k}", [(d, max(0.0, rng.gauss(0.3 - k / 20, 0.05))) for d in days], style)
        for k, style in enumerate(["main", "second", "muted", "dashed", "muted"])
    ]
    bins = []
    for k in range(10):
        p = (k + 0.5) / 10
        n = int(4000 * math.exp(-k / 3)) + 40
        seen = min(1.0, p * 0.9 + 0.02)
        half = 1.96 * math.sqrt(seen * (1 - seen) / n)
        bins.append(ReliabilityBin(p, seen, n, seen - half, seen + half))
    return SimpleNamespace(
        error=_error_chart(rng),
        reasons=bar_chart(
            [
                Contribution("trip_distance", 4.12, "5.8 mi"),
                Contribution("pickup_hour", 1.37, "17"),
                Contribution("rain_mm", 0.61, "2.4"),
                Contribution("is_airport", -0.08, "no"),
                Contribution("pickup_zone", -1.05, "Upper East Side"),
                Contribution("weekday", -0.42, "Tue"),
                Contribution("zone_speed_15min", 0.95, "8.1 mph"),
                Contribution("passenger_count", 0.01, "1"),
                Contribution("holiday", 0.0, "no"),
                Contribution("event_near", 0.04, "no"),
            ],
            title="Minutes each feature added",
            base=8.64,
            output=14.19,
            value_format="num:2",
            limit=7,
        ),
        reliability=reliability_chart(bins, title="Probability of being late"),
        distance=histogram(edges, reference, current, title="trip_distance, miles"),
        payment=histogram(
            ["card", "cash", "app", "voucher", "unknown"],
            [6120, 2980, 640, 110, 42],
            [5200, 2100, 2350, 90, 260],
            title="payment_type, share of trips",
        ),
        latency=line_chart(
            [Series("p95", [(d, 9 + rng.gauss(0, 0.8)) for d in days])],
            title="Inference, ms",
            y_format="ms",
            y_zero=True,
            height=120,
        ),
        importance=bar_chart(
            [
                Contribution("trip_distance", 0.46),
                Contribution("pickup_hour", 0.19),
                Contribution("zone_speed_15min", 0.14),
                Contribution("pickup_zone", 0.11),
                Contribution("rain_mm", 0.06),
            ],
            title="Share of gain",
            value_format="pct:0",
        ),
        many=line_chart(many, title="Share of predictions", y_format="pct", height=120),
    )


def full() -> dict[str, Any]:
    rng = random.Random(7)
    ids = uuid7_many(12, NOW)
    versions = [
        {
            "version": f"v{14 - i}",
            "status": status,
            "mae": 2.23 + 0.11 * i,
            "change": -0.08 if i != 3 else 0.21,
            "coverage": 0.871 + 0.006 * i,
            "trend": [2.4 + rng.gauss(0, 0.1) + i * 0.1 for _ in range(24)],
            "rows": 1_204_311 - 97_120 * i,
            "at": NOW - timedelta(days=3 * i, minutes=37),
        }
        for i, status in enumerate(
            ["active", "superseded", "superseded", "rolled_back", "retired", "failed"]
        )
    ]
    predictions = []
    for i, id_ in enumerate(ids[:8]):
        value = 6 + 12 * rng.random()
        probability = rng.random()
        predictions.append(
            {
                "id": id_,
                "trip": f"trip-{88214 - i}",
                "minutes": value,
                "late": interval_bar(
                    probability,
                    max(0.0, probability - 0.14),
                    min(1.0, probability + 0.1),
                    label="probability",
                ),
                "actual": value + rng.gauss(0, 2) if i > 2 else None,
                "status": "pending" if i <= 2 else "resolved" if i != 6 else "overdue",
                "latency": 4 + 6 * rng.random(),
                "at": NOW - timedelta(minutes=4 * i + 1),
            }
        )
    return {
        "now": NOW,
        "gain": -0.18,
        "then": NOW - timedelta(days=2),
        "ids": SimpleNamespace(one=ids[0]),
        "spark": sparkline(
            [180 + 20 * math.sin(i / 3) + rng.gauss(0, 4) for i in range(24)],
            label="Predictions an hour",
        ),
        "charts": _charts(rng),
        "versions": versions,
        "version_columns": [
            Column("version", "Version", href="/models/eta-manhattan/{version}"),
            Column("status", "Status", format="badge"),
            Column("mae", "MAE, min", format="num"),
            Column("change", "Change", format="delta"),
            Column("coverage", "Coverage", format="pct"),
            Column("trend", "14 days", format="sparkline"),
            Column("rows", "Rows", format="count"),
            Column("at", "Registered", format="ago"),
        ],
        "predictions": predictions,
        "prediction_columns": [
            {"key": "trip", "label": "Trip", "href": "/predictions/{id}"},
            {"key": "at", "label": "Asked", "format": "time:second"},
            {"key": "minutes", "label": "Predicted, min", "format": "num:1"},
            {"key": "actual", "label": "Actual, min", "format": "num:1"},
            {"key": "late", "label": "Late?"},
            {"key": "status", "label": "Outcome", "format": "badge"},
            {"key": "latency", "label": "Latency", "format": "ms"},
            {"key": "id", "label": "Id", "format": "id"},
        ],
        "champion": {
            "Version": "v14",
            "Serving since": NOW - timedelta(days=3, hours=2),
            "Trained on": "1\u202f204\u202f311 trips",
            "Data as of": NOW - timedelta(days=4),
            "Learner": "LightGBM, 620 trees",
            "Artifact": ids[3],
            "Size": 3_402_118,
            "Shadowed for": timedelta(hours=36, minutes=20),
        },
        "policy": {
            "retrain": {"when": "error > 3.0", "at_most": "1/day"},
            "test": {"alpha": 0.05, "min_outcomes": 2000},
            "promote": True,
            "rollback": None,
        },
    }


def empty() -> dict[str, Any]:
    return {"now": NOW, "empty_chart": line_chart([], title="Mean absolute error")}
