"""The loop itself: per model, when to retrain, how to test, when to promote and when to go back.

This module decides and joins; training, drift and experiments do the work. Every decision is taken
inside a transaction that also writes the event and the audit row that tell why.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="loop",
    tier="loop",
    summary="Policies that retrain, test, promote and roll back.",
    requires=(
        "tenancy",
        "audit",
        "events",
        "registry",
        "features",
        "predictions",
        "feedback",
        "training",
        "drift",
        "experiments",
    ),
    nav="Overview",
)
