"""What models look at: facts with the time we knew them, and vectors computed as of a moment.

A fact says what happened (`event_at`) and since when we knew (`known_at`). A feature set declares
features over facts; its vector for an entity uses only what was known at that entity's `as_of`, so
it is the same whether it is computed live, in a batch years later, or again.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="features",
    tier="data",
    summary="Facts, feature sets and vectors as of a moment.",
    requires=("tenancy",),
    nav="Features",
)
