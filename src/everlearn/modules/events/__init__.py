"""What the learning system did, as a stream of events that everything can be followed by.

A service that changes something emits its event in the same transaction, so an event is there
exactly if the change is. Events are read by people; no module waits for one.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="events",
    tier="events",
    summary="The stream of what the learning system did.",
    requires=("tenancy", "operations"),
    nav="Events",
)
