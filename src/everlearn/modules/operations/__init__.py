"""Keeps the house: the jobs that run, how long rows are kept, what the database does.

The queue itself is the kernel's (`everlearn.core.jobs`); this module shows it and holds the
settings of retention.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="operations",
    tier="platform",
    summary="Jobs, retention and the health of the database.",
    requires=("tenancy",),
    nav="Jobs",
)
