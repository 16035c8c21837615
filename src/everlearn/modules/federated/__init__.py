"""One model learned by many nodes whose data stay where they are.

In each round the nodes fit on their own rows and send only what changed in the model; the updates
of a round are then combined into one. The tables hold the nodes, their updates with hash, weight
and privacy cost, the combined model of each round, and what was measured. They can be read over the
API; sending and combining is made by whoever writes them.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="federated",
    tier="methods",
    summary="Federated learning: nodes, updates, rounds and measurements.",
    requires=("tenancy",),
)
