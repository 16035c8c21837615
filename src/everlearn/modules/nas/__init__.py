"""Search for the shape of a model: candidates tried under a budget, the best ones kept.

A run names the space of choices, the strategy that walks through it, what counts as good and how
many trials it may spend. The tables hold runs and their progress, the candidates with their
descent (each architecture once a run), what was measured of each, and the winners with their state
of deployment. They can be read over the API; the search itself is made by whoever writes them.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="nas",
    tier="methods",
    summary="Architecture search: runs, candidates, measurements and winners.",
    requires=("tenancy",),
)
