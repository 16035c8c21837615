"""Items on the disk while the server is away: files that are only appended to, one after another.

A line is a checksum, the kind, and the item as JSON. A file is named by its number, and numbers
give the order. It is flushed to the disk when it is full, when somebody asks for it, and at the
end. What a killed process leaves behind is whole but for its last line, which is then found cut and
dropped. One client writes to a folder at a time, which a lock says.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakSet

from everlearn.client.errors import SpillDamaged, SpillInUse

SEGMENT_BYTES = 4 << 20
_SUFFIX = ".ndjson"


@dataclass(frozen=True, slots=True)
class Item:
    """One item to be sent."""

    kind: str
    line: bytes

    @property
    def size(self) -> int:
        """Give the bytes it counts for while it waits."""
        return len(self.line) + 100


class Spill:
    """A folder of such files. Not for several threads: the client's lock is held around it."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        """Open a folder, making it when it is not there; find what an earlier process left.

        Raises:
            SpillInUse: another client has it.
            SpillDamaged: it cannot be written.
        """
        self.folder, self.most_bytes = folder, most_bytes
        self.cut = 0
        self.damaged = 0
        self._file: int | None = None
        self._number = 0
        self._file_bytes = 0
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SpillDamaged(f"{folder}: {error}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._lock, 20, 0).decode(errors="replace").strip()
            os.close(self._lock)
            msg = f"{folder} is in use by another client, in process {holder or 'unknown'}"
            hint = "close that client, or give each a folder of its own"
            raise SpillInUse(msg, hint=hint) from error
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, b"%d\n" % os.getpid(), 0)
        _open.add(self)
        self._sizes = {
            int(path.stem): path.stat().st_size for path in sorted(folder.glob(f"*{_SUFFIX}"))
        }
        self._next = max(self._sizes, default=0) + 1

    @property
    def bytes_(self) -> int:
        """Give how much is on the disk."""
        return sum(self._sizes.values())

    def reserve(self) -> int:
        """Give a number that comes before all that are given later."""
        self.seal()
        number, self._next = self._next, self._next + 1
        return number

    def fits(self, items: Iterable[Item]) -> bool:
        """Tell whether the folder may take these."""
        return self.bytes_ + sum(len(_line_of(item)) for item in items) <= self.most_bytes

    def append(self, items: Iterable[Item]) -> None:
        """Write items behind all that is there."""
        for item in items:
            if self._file is None:
                self._open(self.reserve())
            self._write(_line_of(item))
            if self._file_bytes >= SEGMENT_BYTES:
                self.seal()

    def put_first(self, number: int, items: Iterable[Item]) -> None:
        """Write items in the place that `reserve` gave."""
        self.seal()
        self._open(number)
        self._write(b"".join(map(_line_of, items)))
        self.seal()

    def sync(self) -> None:
        """Return when all that was written is on the disk."""
        if self._file is not None:
            os.fsync(self._file)

    def seal(self) -> None:
        """End the file that is written to: flush it, and begin another with the next item."""
        if self._file is not None:
            os.fsync(self._file)
            os.close(self._file)
            self._file = None

    def first(self, *, without: Container[int] = ()) -> int | None:
        """Give the number of the oldest file, some left out, or None when there is none."""
        return min((number for number in self._sizes if number not in without), default=None)

    def read(self, number: int) -> list[Item]:
        """Give the items of a file, which is not written to any more."""
        if number == self._number:
            self.seal()
        try:
            data = self._path(number).read_bytes()
        except OSError as error:
            raise SpillDamaged(f"{self._path(number)}: {error}") from error
        return list(self._items(data))

    def done(self, number: int) -> None:
        """Forget a file: all of it was sent."""
        self._path(number).unlink(missing_ok=True)
        self._sizes.pop(number, None)

    def close(self) -> None:
        """Flush, and let others have the folder."""
        self.seal()
        _open.discard(self)
        fcntl.flock(self._lock, fcntl.LOCK_UN)
        os.close(self._lock)

    def forget(self) -> None:
        """Let go of the folder in a forked child: it is its parent's alone."""
        for held in (self._lock, self._file):
            if held is not None:
                with suppress(OSError):
                    os.close(held)

    def _items(self, data: bytes) -> Iterator[Item]:
        *lines, last = data.split(b"\n")
        self.cut += last != b""  # the writer was killed within it
        for line in lines:
            checksum, _, rest = line.partition(b" ")
            kind, _, item = rest.partition(b" ")
            if len(checksum) == 8 and checksum == _checksum(rest):
                yield Item(kind.decode(), item)
            else:
                self.damaged += 1

    def _open(self, number: int) -> None:
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(self._path(number), flags, 0o600)
            folder = os.open(self.folder, os.O_RDONLY)  # so that the name outlives the machine too
            os.fsync(folder)
            os.close(folder)
        except OSError as error:
            raise SpillDamaged(f"{self._path(number)}: {error}") from error
        self._number, self._file_bytes, self._sizes[number] = number, 0, 0

    def _write(self, data: bytes) -> None:
        assert self._file is not None  # noqa: S101 - callers open it
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            # Half a line may be there. The file ends here: without it, or it is dropped when read.
            written, self._file = self._file, None
            with suppress(OSError):
                os.ftruncate(written, self._file_bytes)
            os.close(written)
            if not self._file_bytes:
                self.done(self._number)
            raise SpillDamaged(f"{self.folder}: {error}") from error
        self._file_bytes += len(data)
        self._sizes[self._number] = self._file_bytes

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:012}{_SUFFIX}"


#: Of this process. A fork has their locks too, and would keep the folders after this one's end.
_open: WeakSet[Spill] = WeakSet()


def _after_fork() -> None:
    for spill in list(_open):
        spill.forget()
    _open.clear()


os.register_at_fork(after_in_child=_after_fork)


def _line_of(item: Item) -> bytes:
    rest = item.kind.encode() + b" " + item.line
    return _checksum(rest) + b" " + rest + b"\n"


def _checksum(data: bytes) -> bytes:
    return b"%08x" % zlib.crc32(data)
