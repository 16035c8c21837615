"""Work on the whole database at fixed times: retention, partitions ahead. No tenant asks for it.

A module's `jobs.py` declares a chore:

    @chore("operations.retention", cron="0 2 * * *")
    def retention(house: House) -> dict[str, Any]: ...

The worker queues each at its times (UTC), once however many workers run. A chore finds what it
already did: it may be killed at any moment, and one whose time passed while no worker ran is made
up for within a day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from everlearn.core import catalog
from everlearn.core.clock import Clock
from everlearn.core.errors import EverlearnError, Unavailable
from everlearn.core.log import log
from everlearn.core.settings import Settings
from everlearn.core.tx import Database, Tx, connect

if TYPE_CHECKING:
    import procrastinate

    from everlearn.core.pg import Server

#: A chore that should have run this long ago is still run when a worker comes up.
MAX_DELAY_S = 24 * 3600.0
QUEUE = "default"
#: When rollups are brought up to date: every twenty seconds, so that none is a minute behind.
ROLLUPS = "* * * * * */20"


@dataclass(frozen=True, slots=True)
class House:
    """What a chore gets."""

    server: Server
    settings: Settings
    clock: Clock

    @contextmanager
    def service(self) -> Iterator[Database]:
        """Open connections as everlearn_service, for as long as the context lasts."""
        database = connect(self.server, self.settings, role="service")
        database.clock = self.clock
        try:
            yield database
        finally:
            database.dispose()


@dataclass(frozen=True, slots=True)
class Chore:
    """A declared chore."""

    name: str
    cron: str
    function: Callable[[House], dict[str, Any]]


_chores: dict[str, Chore] = {}


def chore(
    name: str, *, cron: str
) -> Callable[[Callable[[House], dict[str, Any]]], Callable[[House], dict[str, Any]]]:
    """Declare a function of a module's `jobs.py` as a chore.

    Args:
        name: ``module.verb``.
        cron: when, as minute, hour, day, month, weekday and perhaps second, in UTC.
    """

    def keep(function: Callable[[House], dict[str, Any]]) -> Callable[[House], dict[str, Any]]:
        _chores[name] = Chore(name, cron, function)
        return function

    return keep


def each_tenant(
    house: House, work: Callable[[Tx], int], *, tenants: str = "SELECT app.tenants()"
) -> int:
    """Do `work` for every tenant, each in a transaction of its own; give the sum of what it gives.

    Args:
        house: the chore's.
        work: what to do in a tenant's transaction; gives how much there was to do.
        tenants: SELECT of the ids of the tenants that may have something to do.

    Raises:
        Unavailable: it failed for some tenants, which it names; the others are done all the same.
    """
    done, problems = 0, []
    with house.service() as database:
        with database.tx(None) as tx:
            ids = list(tx.execute(tenants).scalars())
        for tenant in ids:
            try:
                with database.tx(tenant) as tx:
                    done += work(tx)
            except EverlearnError as error:
                problems.append(f"{tenant}: {error}")
    if problems:
        raise Unavailable(f"not done for {len(problems)} tenants: " + "; ".join(problems))
    return done


def declared() -> dict[str, Chore]:
    """Give every chore of every module by name."""
    catalog.load_all("jobs")
    return _chores


def run(each: Chore, house: House) -> dict[str, Any]:
    """Run one chore now; give what it says it did."""
    done = each.function(house)
    log("chores").info("chore done", chore=each.name, **done)
    return done


def roll_up_first(house: House) -> None:
    """Bring every rollup up to date, before rows go that are not counted yet.

    Such as those of a year that came late, which are over when they come.

    Raises:
        Unavailable: one could not be brought up to date; no row may go.
    """
    for each in declared().values():
        if each.cron == ROLLUPS:
            each.function(house)


def register(
    app: procrastinate.App,
    *,
    server: Server,
    settings: Settings,
    clock: Clock,
    periodic: bool,
) -> None:
    """Have a worker's application run every chore that is queued.

    Args:
        app: the worker's.
        server: where the database is.
        settings: what the chores get.
        clock: what the chores tell the time by.
        periodic: queue them at their times too; not by a worker that only empties the queue.
    """
    for each in declared().values():
        _register(app, House(server, settings, clock), each, periodic=periodic)


def _register(app: procrastinate.App, house: House, each: Chore, *, periodic: bool) -> None:
    name = f"everlearn.chore.{each.name}"

    @app.task(name=name, queue=QUEUE, queueing_lock=name, lock=name)
    def work(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells when it was due
        run(each, house)

    if periodic:
        app.periodic(cron=each.cron)(work)
