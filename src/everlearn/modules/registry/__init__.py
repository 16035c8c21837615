"""Which models there are, every trained version of each, and which version answers now.

A model is a name with a task; a version is one fitted artifact of it, with its parent, its metrics
and the hash of the data it was fitted on. At most one version of a model is active. Making another
one active is one transaction: statuses, deployments, the audit record and the event land together.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="registry",
    tier="registry",
    summary="Models, their versions and what is deployed.",
    requires=("tenancy", "audit", "events"),
    nav="Models",
)
