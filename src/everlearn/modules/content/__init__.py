"""Texts that answers are looked up in: chunks found by meaning, versions of items, runs of syncs.

A chunk carries an embedding and is found by `everlearn.core.vectors.nearest`, within its tenant
alone. What a text is about (a use case, a tool) belongs to modules that stand on this one, so it is
named by an id without a reference.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="content",
    tier="data",
    summary="Texts with embeddings, their versions and their syncs.",
    requires=("tenancy",),
)
