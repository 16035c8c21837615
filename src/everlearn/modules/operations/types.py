"""Words and shapes of the operations module that others may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class ArchiveStrategy(StrEnum):
    """What happens to rows at the end of their time.

    ``delete``: they go. ``archive_to_s3``: a period at a time they are written as Parquet to the
    store that `archive_url` names (S3, or any other), and go once that was read back.
    ``compress``: the same, always into the archive folder of this machine. Rows do not become
    smaller where they are: PostgreSQL compresses single values only, of more than 2 KB.
    """

    DELETE = "delete"
    ARCHIVE_TO_S3 = "archive_to_s3"
    COMPRESS = "compress"


class MetricCategory(StrEnum):
    """What part of the system a metric is about."""

    DATABASE = "database"
    API = "api"
    ML_MODEL = "ml_model"
    USER_EXPERIENCE = "user_experience"


class MetricUnit(StrEnum):
    """Unit of a metric's value."""

    MS = "ms"
    MB = "mb"
    PERCENTAGE = "percentage"
    COUNT = "count"


class AggregationLevel(StrEnum):
    """How much time one value of a metric stands for."""

    RAW = "raw"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


class Scope(StrEnum):
    """Whose a watched number is: a tenant's own rows', or the whole installation's."""

    TENANT = "tenant"
    HOUSE = "house"


class Comparison(StrEnum):
    """On which side of its threshold a number alerts."""

    ABOVE = "above"
    BELOW = "below"


class Severity(StrEnum):
    """How urgent an alert is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertStatus(StrEnum):
    """Where an alert stands: its rule holds but not long enough, holds, held."""

    PENDING = "pending"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: none of the tenant's rows leave a table."""

    table: str
    reason: str | None
    since: datetime | None


class FileState(StrEnum):
    """How far a file of the archive is.

    ``written``: nobody read it back yet. ``verified``: its rows are in the table too. ``archived``:
    they are in the file alone. ``restored``: they came back. ``replaced``: and left again, for
    another file.
    """

    WRITTEN = "written"
    VERIFIED = "verified"
    ARCHIVED = "archived"
    RESTORED = "restored"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file of the archive."""

    id: UUID
    table_name: str
    period_start: datetime
    period_end: datetime
    part: int
    row_count: int
    size_bytes: int
    sha256: str
    url: str
    written_at: datetime
    verified_at: datetime | None
    dropped_at: datetime | None
    restored_at: datetime | None
    held_until: datetime | None
    replaced_at: datetime | None
    state: FileState


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What was found of a file when it was read again; no `problem`: it is what was written."""

    table_name: str
    period_start: datetime
    url: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class ArchiveLag:
    """A partition whose rows should have left, and how long ago, in seconds."""

    table: str
    partition: str
    seconds: float


@dataclass(slots=True)
class Restored:
    """What came back from the archive.

    Attributes:
        rows: that came back now, from so many `files`.
        there: rows that had come back before.
        kept_until: when retention may take them again.
    """

    table: str
    rows: int = 0
    files: int = 0
    there: int = 0
    kept_until: datetime | None = None


@dataclass(slots=True)
class Answer:
    """What a query of the archive gave.

    Attributes:
        table: the rows, as an Arrow table.
        files: of the archive that it was about.
        live_rows: that were read from the tables.
        truncated: there were more rows than asked for.
    """

    table: Any = None
    files: int = 0
    live_rows: int = 0
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class JobView:
    """One job as people see it.

    Attributes:
        seconds: how long it runs or ran; None before it started.
        can_cancel: it waits or runs, and nobody asked for its end yet.
        can_retry: it failed or was cancelled.
    """

    id: UUID
    name: str
    status: str
    args: dict[str, Any]
    key: str | None
    queue: str
    lock: str | None
    priority: int
    attempts: int
    progress_ratio: float
    note: str | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    cancel_requested: bool
    queued_by: str
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    can_cancel: bool
    can_retry: bool


@dataclass(slots=True)
class Swept:
    """What retention did to one table, or would do.

    Attributes:
        deleted: rows that went without an archive.
        archived: rows that went and are in the archive.
        partitions: partitions that went whole, with their rows counted above.
        kept: expired rows that stay, since rows which are not expired refer to them.
        problems: why something stays that should have gone; the next run tries again.
    """

    table: str
    deleted: int = 0
    archived: int = 0
    partitions: list[str] = field(default_factory=list)
    kept: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A series of a metric as people see it.

    Attributes:
        last_at: time of its last sample that is counted; None while none is.
        last_value: value of that sample.
    """

    id: UUID
    metric_name: str
    metric_category: str | None
    unit: str | None
    tags: dict[str, Any] | None
    source_component: str | None
    created_at: datetime
    last_at: datetime | None
    last_value: float | None


@dataclass(frozen=True, slots=True)
class SeriesPage:
    """Some series by name, and where the next page begins."""

    items: list[SeriesView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as people see it."""

    id: UUID
    rule_name: str
    metric: str
    subject: str
    severity: str
    status: str
    value: float
    threshold: float
    first_seen_at: datetime
    last_seen_at: datetime
    opened_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None
    description: str


@dataclass(frozen=True, slots=True)
class Current:
    """A watched number as it was read last.

    Attributes:
        highest: the highest of its present hour.
    """

    scope: str
    metric: str
    subject: str
    value: float
    highest: float
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class QueryHealth:
    """How a named query does.

    Attributes:
        n: runs in the last ten to twenty minutes.
        p95_ms: 95th percentile of their times; None when there was none.
        baseline_p95_ms: median of the same hour's p95 on the days of the last week that have it.
    """

    query_name: str
    n: int
    p95_ms: float | None
    baseline_p95_ms: float | None

    @property
    def ratio(self) -> float | None:
        """Give p95 as a multiple of its baseline."""
        if self.p95_ms is None or not self.baseline_p95_ms:
            return None
        return self.p95_ms / self.baseline_p95_ms
