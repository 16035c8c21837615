"""Which data sets models were fitted on: their window, their columns and the hash of their content.

The rows themselves stay where they are, since facts are never changed: a data set of the loop is
the query as of a moment, and its hash says whether the query still gives the same rows. Examples
that people or generators write (conversations, simulations, code) are kept here, row by row.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="datasets",
    tier="data",
    summary="The data sets that models were fitted on, and examples to learn from.",
    requires=("tenancy",),
)
