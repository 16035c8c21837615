"""Keeps the house: the jobs that run, how long rows are kept, where they go, how the system does.

The queue itself is the kernel's (`everlearn.core.jobs`); this module shows it. Every night it
removes the rows whose time is over, by each tenant's own policy: archived first where that is
wanted, and never dropped before what was written has been read back and compared.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="operations",
    tier="platform",
    summary="Jobs, retention and the health of the database.",
    requires=("tenancy",),
    nav="Jobs",
)
