"""What people look at: saved dashboards and reports, usage over time, and everything at a glance.

Each method keeps its own predictions and its own metrics, in tables of its own shape. The two views
here show all of them in one shape, so that a dashboard need not know which methods there are. The
module stands on the highest floor, since it reads every other one and nobody reads it.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="analytics",
    tier="views",
    summary="Dashboards, reports, usage, and all predictions and metrics in one shape.",
    requires=(
        "tenancy",
        "operations",
        "registry",
        "predictions",
        "caching",
        "ensembles",
        "evolution",
        "federated",
        "finetuning",
        "nas",
        "transfer",
    ),
    nav=None,
)
