"""Which keys will be wanted soon, and how well each cache tier answers.

Access patterns lead to predicted keys, predicted keys to jobs that load them before they are asked
for, and hit rates per tier tell whether that was worth it.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="caching",
    tier="methods",
    summary="Access patterns, keys expected to be read, warming jobs and hit rates.",
    requires=("tenancy",),
)
