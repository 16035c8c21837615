"""What waits to be sent: in memory, on its way, on the disk; in the order in which it came.

Not for several threads by itself: the client holds its lock around every call.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from everlearn.client.errors import BufferFull
from everlearn.client.spill import Item, Spill


@dataclass(slots=True)
class Load:
    """Items on their way: from memory, or those of a file.

    Attributes:
        number: of the file that they are in, or would be.
        items: those that the server has not answered for.
        on_disk: whether they are there too.
    """

    number: int
    items: list[Item]
    on_disk: bool


@dataclass(slots=True)
class Buffer:
    """Items that wait.

    Whatever is on the disk is older than what is in memory. What is on its way is the oldest of
    all; taken from memory, it has the number of a file reserved, to which it goes if it must.
    """

    spill: Spill | None
    most_bytes: int
    load_items: int
    load_bytes: int
    memory: deque[Item] = field(default_factory=deque)
    bytes_: int = 0
    oldest: float = 0.0
    load: Load | None = None
    spilled: int = 0

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing waits anywhere."""
        on_disk = self.spill is not None and self.spill.first() is not None
        return not self.memory and self.load is None and not on_disk

    @property
    def waiting(self) -> int:
        """Count the items in memory and on their way."""
        return len(self.memory) + (len(self.load.items) if self.load else 0)

    @property
    def is_full(self) -> bool:
        """Tell whether there is a load for one request."""
        return len(self.memory) >= self.load_items or self.bytes_ > self.load_bytes

    def has_room(self, item: Item) -> bool:
        """Tell whether an item fits into memory."""
        return not self.memory or self.bytes_ + item.size <= self.most_bytes

    def put(self, item: Item) -> None:
        """Take an item, behind all others."""
        if not self.memory:
            self.oldest = time.monotonic()
        self.memory.append(item)
        self.bytes_ += item.size

    def take(self) -> Load | None:
        """Give what is to be sent next: the oldest on the disk, or else in memory."""
        if self.load is not None:
            return self.load
        if self.spill is not None and (number := self.spill.first()) is not None:
            self.load = Load(number, self.spill.read(number), on_disk=True)
        elif self.memory:
            taken: list[Item] = []
            size = 0
            while self.memory and len(taken) < self.load_items and size <= self.load_bytes:
                taken.append(self.memory.popleft())
                size += taken[-1].size
            self.bytes_ -= size
            number = 0 if self.spill is None else self.spill.reserve()
            self.load = Load(number, taken, on_disk=False)
        return self.load

    def done(self) -> None:
        """Forget what was on its way: the server has answered for it."""
        if self.load is not None and self.load.on_disk and self.spill is not None:
            self.spill.done(self.load.number)
        self.load = None

    def keep_load(self) -> None:
        """Have what is on its way on the disk too, if that may take it."""
        load = self.load
        if load is None or load.on_disk or self.spill is None or not self.spill.fits(load.items):
            return
        self.spill.put_first(load.number, load.items)
        self.spilled += len(load.items)
        load.on_disk = True

    def spill_memory(self) -> None:
        """Move what is in memory to the disk.

        Raises:
            BufferFull: the disk may not take it; it stays in memory.
        """
        if self.spill is None or not self.memory:
            return
        if not self.spill.fits(self.memory):
            msg = f"{self.spill.bytes_} bytes wait in {self.spill.folder}"
            raise BufferFull(msg, hint="see that the server answers, or raise spill_bytes")
        self.spill.append(self.memory)
        self.spilled += len(self.memory)
        self.memory.clear()
        self.bytes_ = 0

    def lost(self) -> int:
        """Count what is nowhere but in memory."""
        held = self.load
        return len(self.memory) + (len(held.items) if held and not held.on_disk else 0)
