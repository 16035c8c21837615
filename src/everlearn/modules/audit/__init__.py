"""Who did what: an append-only trail whose rows are chained by hash.

Every row holds the hash of the row before it, and the head of the chain is kept beside the trail. A
row that somebody with the owner's rights changed or took out breaks the chain there, and
`service.verify_chain` says where. The application itself may only add and read rows.

A whole chain that was written anew, head included, cannot be told from a true one by the database
alone: note the head's hash somewhere else from time to time (`everlearn audit verify` prints it).
"""

from everlearn.core.module import Module

MODULE = Module(
    name="audit",
    tier="platform",
    summary="The trail of who did what, and whether it is whole.",
    requires=("tenancy",),
    nav="Audit",
)
