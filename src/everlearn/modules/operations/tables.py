"""Tables of the operations module; job_runs is declared by the kernel, which writes it."""

from __future__ import annotations

from everlearn.core.job_table import JobRun

__all__ = ["JobRun"]
