"""What learning can be used for: industries, use cases and the log of their runs.

Industries and categories are the same for everybody, so they are shared and nobody but a migration
writes them. Use cases belong to a tenant: each begins with a copy of the shared templates and adds
its own, so one table of one name shows both, and a run refers to either in the same way.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="catalog",
    tier="packs",
    summary="Industries, categories, use cases and their runs.",
    requires=("tenancy",),
)
