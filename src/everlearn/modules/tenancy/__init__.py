"""Who works here: tenants, their users, the keys they come with, and their teams.

A tenant is the unit of isolation: every row of every other module belongs to exactly one. A key or
a browser session belongs to a tenant, carries a role, and is stored as a SHA-256 only. Within a
tenant a key without a user reaches everything its role allows; one that acts for a user reaches
what the user's teams share, which the database itself sees to.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="tenancy",
    tier="tenancy",
    summary="Tenants, users, API keys and teams.",
    nav="Access",
)
