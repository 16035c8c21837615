"""What can go wrong with events.

Invalid
└── UnknownEvent
"""

from __future__ import annotations

from everlearn.core.errors import Invalid


class UnknownEvent(Invalid):
    """There is no such event at this time; write the event first, and leave its time out."""

    code = "events.unknown_event"
