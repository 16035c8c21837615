"""Patterns that were recognised in commits, code and sessions, and every place they were seen.

A pattern is kept once, however often it is seen, with how sure, how severe and what to do about it;
its occurrences are many and only ever added, so they lie in weekly partitions of their own. How
often each pattern was seen on each day is kept beside them, so that a question about a month does
not read a month of occurrences.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="patterns",
    tier="judgement",
    summary="Recognised patterns and where they occur.",
    requires=("tenancy", "operations", "registry"),
)
