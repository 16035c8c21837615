"""Populations of configurations or programs that are varied, measured and selected.

An experiment names the problem and how good an answer is; each of its generations holds candidates
(configurations) or individuals (programs), what they scored and which of them go on. Both kinds of
search lie in the same tables, so that they can be compared and shown together.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="evolution",
    tier="methods",
    summary="Experiments that evolve configurations and programs over generations.",
    requires=("tenancy",),
)
