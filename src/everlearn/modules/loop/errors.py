"""What can be wrong with a request to the loop."""

from __future__ import annotations

from everlearn.core.errors import Invalid, NotFound


class UnknownPolicy(NotFound):
    """The model has no loop policy; make one with `everlearn loop set MODEL`."""

    code = "loop.unknown_policy"


class BadPolicy(Invalid):
    """A setting of the policy is unknown or out of range; correct it."""

    code = "loop.bad_policy"
