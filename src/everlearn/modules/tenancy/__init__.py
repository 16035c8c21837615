"""Who works here: tenants, their users and the keys they come with.

A tenant is the unit of isolation: every row of every other module belongs to exactly one. A key or
a browser session belongs to a tenant, carries a role, and is stored as a SHA-256 only.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="tenancy",
    tier="tenancy",
    summary="Tenants, users and API keys.",
    nav="Access",
)
