"""Reads plans, so that a test can say by which index a statement finds its rows.

    found = plan_of(tx, QUERY, {"model": model})
    assert found.indexes == {"ix_ml_predictions_model"}
    assert not found.scanned and found.partitions == {"ml_predictions_y2026m03"}

Run it as everlearn_app on a table with some tens of thousands of rows that was analysed: on a small
one, or one whose size is not known, the planner is right to read all of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, text

from everlearn.core.reading import Plan as Reading
from everlearn.core.tx import Tx

_DECLARED = text(
    "SELECT i.relname AS name, coalesce(p.relname, i.relname) AS declared FROM pg_class i"
    " LEFT JOIN pg_inherits h ON h.inhrelid = i.oid LEFT JOIN pg_class p ON p.oid = h.inhparent"
    " WHERE i.relname IN :names AND i.relkind IN ('i', 'I')"
).bindparams(bindparam("names", expanding=True))


@dataclass(frozen=True, slots=True)
class Plan:
    """How a statement is run.

    Attributes:
        indexes: names of the indexes it reads, as declared: of a partition's index its parent's.
        scanned: tables and partitions that it reads from end to end.
        partitions: partitions that it reads at all, by whatever way.
        ms: how long it ran; None when it was not run.
        tree: the plan itself, for a message.
    """

    indexes: frozenset[str]
    scanned: frozenset[str]
    partitions: frozenset[str]
    ms: float | None
    tree: str


def plan_of(
    tx: Tx, statement: str, params: dict[str, Any] | None = None, *, run: bool = False
) -> Plan:
    """Explain a statement; with `run`, run it too and leave out what was not needed.

    Args:
        tx: transaction.
        statement: SQL with `:named` parameters.
        params: its parameters.
        run: a partition that turns out not to be needed only while it runs is then not counted.
    """
    options = "ANALYZE, TIMING OFF, FORMAT JSON" if run else "FORMAT JSON"
    # lint: allow sql-string because EXPLAIN takes no parameter, and the statement is a test's own
    found = tx.scalar(f"EXPLAIN ({options}) {statement}", params)
    (whole,) = json.loads(found) if isinstance(found, str) else found
    nodes = [each for each in _nodes(whole["Plan"]) if not run or each.get("Actual Loops")]
    names = {each["Index Name"] for each in nodes if "Index Name" in each}
    asked = {"names": sorted(names) or [""]}  # of no name at all the type would not be known
    declared = {row.name: row.declared for row in tx.execute(_DECLARED, asked)}
    return Plan(
        indexes=frozenset(declared.get(name, name) for name in names),
        scanned=frozenset(
            each["Relation Name"] for each in nodes if each["Node Type"].endswith("Seq Scan")
        ),
        partitions=frozenset(
            each["Relation Name"]
            for each in nodes
            if "_y" in each.get("Relation Name", "") and each.get("Schema", "parts") == "parts"
        ),
        ms=whole.get("Execution Time"),
        tree=json.dumps(whole, indent=1),
    )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _nodes(each)


def statement_of(tx: Tx, reading: Reading) -> str:
    """Give the SELECT that a bulk read would stream, for `plan_of`; it is not run."""
    try:
        list(reading.batches(_Looking(tx), 1))  # type: ignore[arg-type]  # stands in for a Tx
    except _Asked as asked:
        return asked.args[0]  # type: ignore[no-any-return]  # a str, as below
    msg = "this reads nothing by COPY"
    raise AssertionError(msg)


class _Asked(Exception):
    pass


class _Looking:
    """A transaction whose driver gives away what it is asked, and does not ask it."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.driver = self

    def execute(self, *asked: Any) -> Any:
        return self._tx.execute(*asked)

    def cursor(self) -> Any:
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def copy(self, statement: Any) -> Any:
        asked = statement.as_string(None)
        raise _Asked(asked.removeprefix("COPY (").removesuffix(") TO STDOUT (FORMAT binary)"))
