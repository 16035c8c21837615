"""Small tools to meet a model by playing: one question, one answer, one picture, one surprise.

A tool belongs to a tenant, since how often it was used and how it was liked do; each tenant begins
with a copy of the shared templates and may change them or add its own.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="discovery",
    tier="packs",
    summary="Small tools to try a model with, and their runs.",
    requires=("tenancy",),
)
