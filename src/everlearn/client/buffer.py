"""What waits to be sent: in memory, on its way, on the disk; in the order in which it came.

Not for several threads by itself: the client holds its lock around every call.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from everlearn.client.errors import BufferFull, SpillDamaged
from everlearn.client.spill import Item, Spill


@dataclass(slots=True)
class Load:
    """Items on their way: from memory, or those of a file.

    Attributes:
        number: of the file that they are in, or would be.
        items: those that the server has not answered for.
        on_disk: whether they are there too.
        again: whether they were set aside before.
    """

    number: int
    items: list[Item]
    on_disk: bool
    again: bool = False


@dataclass(slots=True)
class Aside:
    """Items that the server did not take, in memory or in a file of their own.

    Attributes:
        count: how many there are.
        due: when they are sent again, on the monotonic clock.
        number: of the file; 0 when they are in memory.
        items: those in memory.
    """

    count: int
    due: float
    number: int = 0
    items: list[Item] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Give the bytes that it takes in memory."""
        return sum(item.size for item in self.items)


@dataclass(slots=True)
class Buffer:
    """Items that wait.

    Whatever is on the disk is older than what is in memory. What is on its way is the oldest of
    all; taken from memory, it has the number of a file reserved, to which it goes if it must. What
    is set aside comes last, once its time has come.
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
    aside: deque[Aside] = field(default_factory=deque)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing waits anywhere."""
        return self.is_idle and not self.aside

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing waits but what is set aside for a later time."""
        on_disk = self.on_disk() is not None
        return not (self.memory or self.load is not None or on_disk or self.has_due)

    @property
    def has_due(self) -> bool:
        """Tell whether something set aside may be sent again."""
        return bool(self.aside) and self.aside[0].due <= time.monotonic()

    @property
    def waiting(self) -> int:
        """Count the items in memory and on their way."""
        held = sum(len(each.items) for each in self.aside)
        return held + len(self.memory) + (len(self.load.items) if self.load else 0)

    def on_disk(self) -> int | None:
        """Give the number of the oldest file that is not set aside."""
        if self.spill is None:
            return None
        return self.spill.first(without={each.number for each in self.aside})

    @property
    def is_full(self) -> bool:
        """Tell whether there is a load for one request."""
        return len(self.memory) >= self.load_items or self.bytes_ > self.load_bytes

    def has_room(self, item: Item) -> bool:
        """Tell whether an item fits into memory."""
        held = self.bytes_ + sum(each.size for each in self.aside)
        return held == 0 or held + item.size <= self.most_bytes

    def put(self, item: Item) -> None:
        """Take an item, behind all others."""
        if not self.memory:
            self.oldest = time.monotonic()
        self.memory.append(item)
        self.bytes_ += item.size

    def take(self) -> Load | None:
        """Give what is to be sent next: the oldest on the disk, else in memory, else set aside."""
        if self.load is not None:
            return self.load
        if self.spill is not None and (number := self.on_disk()) is not None:
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
        elif self.has_due:
            self.load = self._again(self.aside[0])
            self.aside.popleft()
        return self.load

    def _again(self, aside: Aside) -> Load:
        if self.spill is None:
            return Load(0, aside.items, on_disk=False, again=True)
        if not aside.number:
            return Load(self.spill.reserve(), aside.items, on_disk=False, again=True)
        return Load(aside.number, self.spill.read(aside.number), on_disk=True, again=True)

    def recall(self) -> None:
        """Have what is set aside sent again as soon as nothing else waits."""
        for each in self.aside:
            each.due = 0.0

    def set_aside(self, items: Sequence[Item], due: float) -> None:
        """Take these out of what is on its way; they go behind all others, to the disk if it may.

        Args:
            items: some of those on their way.
            due: when they are sent again, on the monotonic clock.
        """
        load = self.load
        if load is None:
            return
        kept = Aside(len(items), due, items=list(items))
        self._put_aside(kept)
        self.aside.append(kept)
        gone = set(map(id, items))
        load.items = [item for item in load.items if id(item) not in gone]
        if not load.items:
            self.done()

    def _put_aside(self, aside: Aside) -> None:
        if self.spill is None or not aside.items or not self.spill.fits(aside.items):
            return
        number = self.spill.reserve()
        try:
            self.spill.put_first(number, aside.items)
        except SpillDamaged:  # it stays in memory; what half a file holds is sent twice
            return
        self.spilled += len(aside.items)
        aside.number, aside.items = number, []

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
        """Move what is in memory to the disk, what is set aside too as far as it fits.

        Raises:
            BufferFull: the disk may not take it; it stays in memory.
        """
        for each in self.aside:
            self._put_aside(each)
        if self.spill is None or not self.memory:
            return
        if not self.spill.fits(self.memory):
            msg = f"{self.spill.bytes_} bytes wait in {self.spill.folder}"
            raise BufferFull(msg, hint="see that the server answers, or raise spill_bytes")
        while self.memory:  # one by one, so that what is written before the disk is full has left
            self.spill.append([self.memory[0]])
            self.bytes_ -= self.memory.popleft().size
            self.spilled += 1

    def lost(self) -> int:
        """Count what is nowhere but in memory."""
        held = self.load
        aside = sum(len(each.items) for each in self.aside)
        return aside + len(self.memory) + (len(held.items) if held and not held.on_disk else 0)
