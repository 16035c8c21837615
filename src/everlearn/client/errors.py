"""What can go wrong before anything is sent.

LimitExceeded
└── BufferFull
Conflict
└── SpillInUse
EverlearnError
└── SpillDamaged
"""

from __future__ import annotations

from everlearn.core.errors import Conflict, EverlearnError, LimitExceeded


class BufferFull(LimitExceeded):
    """The server is away and neither memory nor disk may take more; the item was not kept."""

    code = "client.buffer_full"


class SpillInUse(Conflict):
    """Another client writes to this spill folder; give each a folder of its own."""

    code = "client.spill_in_use"


class SpillDamaged(EverlearnError):
    """The spill folder cannot be written or read; see to its disk and its rights."""

    code = "client.spill_damaged"
