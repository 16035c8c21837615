"""Answers of several models combined into one, with the share that each of them had.

An ensemble names its members and how their answers become one: by vote, by a second model on top
of them, by weights fitted on held-out data, or by weights that follow how well each member has done
of late. The tables hold the configurations, every combined answer beside what each member said, the
history of the weights and measured quality. They can be read over the API; the answers themselves
are made by whoever writes them.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="ensembles",
    tier="methods",
    summary="Ensembles: members, weights, combined answers and their quality.",
    requires=("tenancy", "registry"),
)
