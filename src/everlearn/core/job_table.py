"""The table behind `everlearn.core.jobs`; the module operations shows it."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from everlearn.core.columns import Count, Json, Moment, Name, Ratio, Words, choice, column
from everlearn.core.jobs import JobStatus
from everlearn.core.tables import Policy, Row


class JobRun(
    Row, module="operations", policy=Policy(rows="tenant", keep_days=90), expose=("list", "get")
):
    """One piece of background work, from queued to its end."""

    __tablename__ = "job_runs"
    __table_args__ = (
        Index(
            "ix_job_runs_key_open",
            "tenant_id",
            "key",
            unique=True,
            postgresql_where=text("status IN ('queued', 'running') AND key IS NOT NULL"),
        ),
        Index("ix_job_runs_status_queued_at", "tenant_id", "status", "queued_at"),
    )

    name: Mapped[Name] = column("Declared job, such as training.fit.")
    args: Mapped[Json] = column("Its arguments: ids, never secrets.", default="'{}'")
    key: Mapped[Words | None] = column("While one with this key is open, no second one is queued.")
    queue: Mapped[Name] = column("Queue a worker takes it from.")
    lock: Mapped[Words | None] = column("Jobs with the same lock run one after another.")
    priority: Mapped[int] = column("Higher starts first.", default="0")
    queue_entry: Mapped[Count | None] = column(
        "Entry of the queue that runs it; an older entry does nothing."
    )
    status: Mapped[Words] = choice(JobStatus, "Where it stands.", default=JobStatus.QUEUED)
    attempts: Mapped[Count] = column(
        "How often a worker took it since it was queued; a retry by hand counts anew.", default="0"
    )
    progress_ratio: Mapped[Ratio] = column("How far it is, 0 to 1.", default="0")
    note: Mapped[Words | None] = column("What it is doing, for a person.")
    result: Mapped[Json | None] = column("What it gave back.")
    error: Mapped[Json | None] = column("Problem document of its last failure.")
    cancel_requested: Mapped[bool] = column("A person wants it stopped.", default="false")
    queued_by: Mapped[Name] = column("Who or what queued it.")
    queued_at: Mapped[Moment] = column("When the fact that caused it was written.", default="now()")
    due_at: Mapped[Moment | None] = column("Not started before; NULL: as soon as a worker is free.")
    started_at: Mapped[Moment | None] = column("When a worker took it last, in machine time.")
    finished_at: Mapped[Moment | None] = column("When it ended, in machine time.")
