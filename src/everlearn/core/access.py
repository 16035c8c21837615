"""Who a key or a session belongs to, found in the database and remembered for a moment."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from weakref import WeakSet

from everlearn.core.tx import Actor, Database

#: How long a principal is remembered. Whoever lost the right to come in is out after this time even
#: if no word of it arrives; usually a notification ends it at once.
REMEMBERED_S = 1.0
_MOST = 10_000
#: Topic of the notification that a key, a session or a user of a tenant was changed.
TOPIC = "access"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who sends a request: a key's or session's tenant, role and user."""

    tenant_id: UUID
    tenant_slug: str
    tenant_name: str
    key_id: UUID
    kind: str
    role: str
    user_id: UUID | None
    user_name: str | None

    @property
    def actor(self) -> Actor:
        """Give the actor that events and audit rows name."""
        kind = "user" if self.user_id else "key"
        name = self.user_name or f"{self.kind} {str(self.key_id)[-8:]}"
        return Actor(kind, name, id=self.key_id, user_id=self.user_id)  # type: ignore[arg-type]  # one of two literals


def authenticate(database: Database, secret: str, *, for_s: float = 0.0) -> Principal | None:
    """Give whom a key or session secret belongs to, or None when it is not valid.

    Args:
        database: where keys are kept.
        secret: as it came.
        for_s: how long it must still be valid, in seconds.
    """
    hashed = hashlib.sha256(secret.encode()).hexdigest()
    with database.tx(None) as tx:
        at = tx.now() + timedelta(seconds=for_s)
        row = (
            tx.execute("SELECT * FROM app.authenticate(:hash, :at)", {"hash": hashed, "at": at})
            .mappings()
            .first()
        )
    return Principal(**row) if row else None


class Remembered:
    """The principals that a process found in the last second, by the hash of their secret.

    Nothing is remembered while nobody listens for what changes, since a key that another process
    revoked would go on working here.
    """

    def __init__(self) -> None:
        """Begin empty, and as if nobody listened."""
        self._found: OrderedDict[bytes, _Entry] = OrderedDict()
        self._lock = threading.Lock()
        self._generation = 0
        self._active = False
        _all.add(self)

    def get(self, secret: str) -> Principal | None:
        """Give whom a secret belongs to, if that was found a moment ago.

        In the second half of its time an entry is passed over once: that request asks the database
        while others go on with what is known, and they do not all ask at the same moment.
        """
        entry = self._found.get(_key(secret))
        if entry is None:
            return None
        now = time.monotonic()
        if now > entry.renew_at:
            entry.renew_at = entry.until
            return None
        return entry.who if now < entry.until else None

    def find(self, database: Database, secret: str) -> Principal | None:
        """Ask the database, and remember the answer for as long as it is sure to hold."""
        if not self._active:
            return authenticate(database, secret)
        generation, asked = self._generation, time.monotonic()
        who = authenticate(database, secret, for_s=REMEMBERED_S)
        if who is None:  # unknown, or about to expire
            return authenticate(database, secret)
        entry = _Entry(who, asked + REMEMBERED_S / 2, asked + REMEMBERED_S)
        with self._lock:
            # What was forgotten meanwhile may be what was just found.
            if generation == self._generation:
                self._found[_key(secret)] = entry
                while len(self._found) > _MOST:
                    self._found.popitem(last=False)
        return who

    def forget(self) -> None:
        """Ask the database again for everybody."""
        with self._lock:
            self._generation += 1
            self._found.clear()

    def listening(self, *, active: bool) -> None:
        """Begin or cease to remember, as somebody listens for changes or not."""
        self._active = active
        self.forget()


@dataclass(slots=True)
class _Entry:
    who: Principal
    renew_at: float
    until: float


_all: WeakSet[Remembered] = WeakSet()


def forget() -> None:
    """Have every application of this process ask the database again; call it after the commit."""
    for each in list(_all):
        each.forget()


def _key(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
