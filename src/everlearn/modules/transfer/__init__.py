"""What was learned in one domain put to use in another: which domains are near, and what it gains.

Domains are names that the tenant chooses, such as two products or two kinds of text. The tables
hold how alike two domains are and what they share, the runs that carry a model from one to the
other, what was measured before and after, and answers of the old and the new model side by side.
They can be read over the API; the transfer itself is made by whoever writes them.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="transfer",
    tier="methods",
    summary="Transfer learning: domains, runs, measurements and answers.",
    requires=("tenancy", "registry"),
)
