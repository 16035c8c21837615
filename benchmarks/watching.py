"""What watching itself costs: one look at 100 tenants, and measuring one run of a named query.

python -m benchmarks.watching [--tenants 100] [--rounds 7]

The look is the chore of every minute, at once after the last one: rules are there, rows of the hour
too, as in 59 minutes of 60. Nobody else writes meanwhile.
"""

from __future__ import annotations

import argparse
import statistics

from benchmarks.common import in_turns, percentile, running, write
from everlearn.core import named, watching
from everlearn.core.tx import connect
from everlearn.modules.operations import service
from everlearn.modules.tenancy import service as tenancy

RUNS = 20_000


def main() -> None:
    """Measure and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    watching.metrics()
    with running(serve=False, durable=True) as bench:
        for n in range(given.tenants - 1):
            tenancy.ensure_tenant(bench.made.database, slug=f"tenant-{n}")
        database = connect(bench.made.server, bench.made.settings, role="service")
        looked: list[int] = []

        def look(_: object) -> None:
            done = service.watch(database, bench.made.settings.tenant)
            if done.problems or done.tenants != given.tenants:
                msg = f"not everything was watched: {done}"
                raise AssertionError(msg)
            looked.append(done.readings)

        def bare(_: object) -> None:
            for _ in range(RUNS):
                pass

        def measured(_: object) -> None:
            for _ in range(RUNS):
                with named.named("benchmark.nothing"):
                    pass

        def nothing() -> None:
            """Prepare nothing."""

        ways = {"look": look, "bare": bare, "measured": measured}
        taken = in_turns({name: (nothing, run) for name, run in ways.items()}, given.rounds)
        named.drain()
        database.dispose()
    each_us = [
        (with_ - without) / RUNS * 1e6
        for with_, without in zip(taken["measured"], taken["bare"], strict=True)
    ]
    write(
        "watching",
        {
            "tenants": given.tenants,
            "readings": looked[-1],
            "look_s": {
                "median": round(statistics.median(taken["look"]), 3),
                "p95": round(percentile(taken["look"], 0.95), 3),
            },
            "look_ms_a_tenant": round(statistics.median(taken["look"]) * 1000 / given.tenants, 2),
            "share_of_a_minute": round(statistics.median(taken["look"]) / 60, 4),
            "named_query_us": round(statistics.median(each_us), 2),
            "rounds": given.rounds,
        },
    )


if __name__ == "__main__":
    main()
