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
    declared = {row.name: row.declared for row in tx.execute(_DECLARED, {"names": sorted(names)})}
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
