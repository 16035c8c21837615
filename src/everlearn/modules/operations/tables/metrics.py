"""Tables of what the running system measures: samples, and what minutes, hours and days hold.

A sample of a metric is a time and a number; everything else about it is the same in each sample of
its series. So a series is a row of its own, and samples are kept in chunks: one row holds those of
one series that came together, its times and its numbers as arrays. A row a sample would take ten
times the bytes.
"""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Computed,
    DateTime,
    Index,
    Integer,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Floats,
    Id,
    Ids,
    Json,
    Moment,
    Name,
    Number,
    Sketch,
    Words,
    choice,
    column,
)
from everlearn.core.tables import By, Policy, Row, view
from everlearn.modules.operations.types import AggregationLevel, MetricCategory, MetricUnit

Offsets = Annotated[list[int], mapped_column(ARRAY(Integer))]
Moments = Annotated[list[str], mapped_column(ARRAY(DateTime(timezone=True)))]
SmallCount = Annotated[int, mapped_column(Integer, info={"check": "{c} > 0"})]

#: What tells two series apart. quote_nullable makes it unambiguous, whatever a name holds.
IDENTITY = (
    "md5(quote_nullable({0}metric_name) || quote_nullable({0}metric_category) ||"
    " quote_nullable({0}unit) || quote_nullable({0}tags::text) ||"
    " quote_nullable({0}source_component))"
)


class SystemPerformanceMetric(
    Row,
    module="operations",
    policy=Policy(
        rows="tenant",
        append_only=True,
        hot=True,
        partition=By("timestamp", "day"),
        keep_days=90,
    ),
    expose=("list",),
):
    """One measured value of the running system."""

    __tablename__ = "system_performance_metrics"
    __table_args__ = (
        Index("ix_system_performance_metrics_name", "tenant_id", "metric_name", "timestamp"),
    )

    metric_name: Mapped[Name] = column("What is measured, in the sender's words.")
    metric_category: Mapped[Words | None] = choice(MetricCategory, "Part it is about.")
    timestamp: Mapped[Moment] = column("When it was measured.", primary_key=True, default="now()")
    value: Mapped[Number] = column("The value, in its unit.")
    unit: Mapped[Words | None] = choice(MetricUnit, "Unit of the value.")
    tags: Mapped[Json | None] = column("Words to tell series of one name apart.")
    source_component: Mapped[Name | None] = column("Part that sent it, in the sender's words.")
    aggregation_level: Mapped[Words] = choice(
        AggregationLevel, "How much time it stands for.", default=AggregationLevel.RAW
    )
    meta: Mapped[Json | None] = column("Anything else.", name="metadata")


class MetricSeries(
    Row,
    module="operations",
    policy=Policy(rows="tenant", append_only=True),
    expose=("list", "get"),
):
    """A metric of one sender: what all its samples have in common."""

    __tablename__ = "metric_series"
    __table_args__ = (
        UniqueConstraint("tenant_id", "identity_md5"),
        Index("ix_metric_series_name", "tenant_id", "metric_name", "id"),
    )

    metric_name: Mapped[Name] = column("What is measured, in the sender's words.")
    metric_category: Mapped[Words | None] = choice(MetricCategory, "Part it is about.")
    unit: Mapped[Words | None] = choice(MetricUnit, "Unit of the values.")
    tags: Mapped[Json | None] = column("Words to tell series of one name apart.")
    source_component: Mapped[Name | None] = column("Part that sends it, in the sender's words.")
    identity_md5: Mapped[Words] = mapped_column(
        Computed(IDENTITY.format(""), persisted=True),
        comment="Hash of the columns before it: no two series are the same in all of them.",
    )
    created_at: Mapped[Moment] = column("When its first sample came.", default="now()")


class MetricSampleChunk(
    Row,
    module="operations",
    policy=Policy(
        rows="tenant", append_only=True, hot=True, partition=By("end_at", "day"), keep_days=14
    ),
    own_key=True,
):
    """Samples of one series and hour; a chunk never holds samples of two hours of the clock."""

    __tablename__ = "metric_samples"
    __table_args__ = (
        CheckConstraint(
            "date_bin('1 hour', start_at, '2000-01-01 00:00:00+00') ="
            " date_bin('1 hour', end_at, '2000-01-01 00:00:00+00') AND start_at <= end_at",
            name="one_hour",
        ),
        CheckConstraint("cardinality(offsets_us) = sample_count", name="offset_count"),
        CheckConstraint("cardinality(sample_values) = sample_count", name="value_count"),
    )

    # No reference, whose check would be paid on every chunk: the statement that writes chunks
    # writes only those whose series are there, and a series never goes.
    series_id: Mapped[Id] = column("Series of the samples.", primary_key=True)
    # A sample is in one chunk only, so no two of a series end at the same time. By the end and not
    # the start: of the chunks that could hold a new sample all but a few end before it.
    end_at: Mapped[Moment] = column("Time of the last sample.", primary_key=True)
    start_at: Mapped[Moment] = column("Time of the first sample.")
    sample_count: Mapped[SmallCount] = column("Samples.")
    # Of an hour's microseconds, counted from its middle, 32 bits hold every one.
    offsets_us: Mapped[Offsets] = column(
        "Time of each sample, ascending, in microseconds from the middle of the hour."
    )
    sample_values: Mapped[Floats] = column("Value of each sample, in the unit of the series.")


class MetricArrival(Row, module="operations", policy=Policy(rows="tenant", hot=True)):
    """A note that samples came which minutes, hours and days do not count yet."""

    __tablename__ = "metric_arrivals"

    # A note for every statement, as for the days of events: a shared one would make writers wait.
    series_ids: Mapped[Ids] = column("Series of each chunk that came.", default="'{}'")
    chunk_ends: Mapped[Moments] = column("Where each of these chunks ends.", default="'{}'")
    row_ids: Mapped[Ids] = column("Rows of system_performance_metrics.", default="'{}'")
    row_times: Mapped[Moments] = column("Time of each of these rows.", default="'{}'")


class _Rollup:
    """What a minute, an hour or a day of a series comes to."""

    series_id: Mapped[Id] = column("Series of the samples.", primary_key=True)
    timestamp: Mapped[Moment] = column("Where it begins, in UTC.", primary_key=True)
    sample_count: Mapped[Count] = column("Samples.")
    value_sum: Mapped[Number] = column("Sum of the values.")
    value_min: Mapped[Number] = column("Smallest value.")
    value_max: Mapped[Number] = column("Largest value.")
    value_last: Mapped[Number] = column("Value of the last sample.")
    last_at: Mapped[Moment] = column("Time of the last sample.")
    sketch: Mapped[Sketch] = column("Sketch of the values: app.sketch_quantile(sketch, 0.95).")


class MetricMinute(
    _Rollup,
    Row,
    module="operations",
    policy=Policy(rows="tenant", hot=True, partition=By("timestamp", "day"), keep_days=30),
    own_key=True,
):
    """What the samples of a series and minute come to; within a minute of their coming."""

    __tablename__ = "metric_minutes"


class MetricHour(
    _Rollup,
    Row,
    module="operations",
    policy=Policy(rows="tenant", hot=True, partition=By("timestamp", "month"), keep_days=400),
    own_key=True,
):
    """What the samples of a series and hour come to; within a minute of their coming."""

    __tablename__ = "metric_hours"


class MetricDay(
    _Rollup,
    Row,
    module="operations",
    policy=Policy(rows="tenant", hot=True, keep_days=3650),
    own_key=True,
):
    """What the samples of a series and day (24 hours, in UTC) come to."""

    __tablename__ = "metric_days"


FUNCTIONS = (
    # STABLE, as adding an interval to a time is: an IMMUTABLE one would not be inlined, and called
    # for every sample it takes ten times as long as the rest.
    """
    CREATE OR REPLACE FUNCTION operations.sample_at(end_at timestamptz, offset_us integer)
    RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
      SELECT date_bin('1 hour', end_at, '2000-01-01 00:00:00+00')
        + (1800000000 + offset_us::bigint) * interval '1 microsecond'
    $$
    """,
    """
    COMMENT ON FUNCTION operations.sample_at(timestamptz, integer) IS
      'Time of a sample of metric_samples, from the end of its chunk and its offset.'
    """,
    """
    CREATE OR REPLACE FUNCTION operations.note_metric_chunks() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
      -- Chunks that are merged, or come back from the archive, are counted already.
      IF current_setting('app.known_samples', true) = 'on' THEN
        RETURN NULL;
      END IF;
      INSERT INTO operations.metric_arrivals (tenant_id, series_ids, chunk_ends)
      SELECT n.tenant_id, array_agg(n.series_id), array_agg(n.end_at)
      FROM new_rows n GROUP BY n.tenant_id;
      RETURN NULL;
    END $$
    """,
    """
    COMMENT ON FUNCTION operations.note_metric_chunks() IS
      'Notes the chunks of samples that a statement wrote, for the rollups.'
    """,
    """
    CREATE OR REPLACE FUNCTION operations.note_metric_rows() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
      IF current_setting('app.known_samples', true) = 'on' THEN
        RETURN NULL;
      END IF;
      INSERT INTO operations.metric_arrivals (tenant_id, row_ids, row_times)
      SELECT n.tenant_id, array_agg(n.id), array_agg(n.timestamp)
      FROM new_rows n WHERE n.aggregation_level = 'raw' GROUP BY n.tenant_id;
      RETURN NULL;
    END $$
    """,
    """
    COMMENT ON FUNCTION operations.note_metric_rows() IS
      'Notes the raw rows that a statement wrote to system_performance_metrics, for the rollups.'
    """,
)

AFTER = (
    """
    CREATE OR REPLACE TRIGGER note_chunks AFTER INSERT ON operations.metric_samples
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION operations.note_metric_chunks()
    """,
    """
    CREATE OR REPLACE TRIGGER note_rows AFTER INSERT ON operations.system_performance_metrics
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION operations.note_metric_rows()
    """,
)

_SERIES = "c.metric_name, c.metric_category, c.unit, c.tags, c.source_component"

view(
    "operations",
    "v_metric_samples",
    "Every sample of every metric: those kept in chunks, and rows of system_performance_metrics.",
    f"""
    SELECT m.tenant_id, m.series_id, {_SERIES}, 'raw' AS aggregation_level,
      operations.sample_at(m.end_at, s.offset_us) AS timestamp, s.value, m.end_at AS chunk_end_at,
      NULL::jsonb AS metadata
    FROM operations.metric_samples m
    JOIN operations.metric_series c ON c.tenant_id = m.tenant_id AND c.id = m.series_id
    CROSS JOIN LATERAL unnest(m.offsets_us, m.sample_values) AS s(offset_us, value)
    UNION ALL
    SELECT c.tenant_id, NULL::uuid, {_SERIES}, c.aggregation_level, c.timestamp, c.value,
      c.timestamp, c.metadata
    FROM operations.system_performance_metrics c
    """,
)

#: Level -> the table that holds it.
ROLLUPS = {
    AggregationLevel.MINUTE: MetricMinute,
    AggregationLevel.HOUR: MetricHour,
    AggregationLevel.DAY: MetricDay,
}

_LEVELS = "\nUNION ALL\n".join(
    f"""
    SELECT r.tenant_id, r.series_id, {_SERIES}, '{level}' AS aggregation_level,
      r.timestamp, r.value_sum / r.sample_count AS value, r.sample_count,
      r.value_min, r.value_max, r.value_last, app.sketch_quantile(r.sketch, 0.5) AS p50,
      app.sketch_quantile(r.sketch, 0.95) AS p95, app.sketch_quantile(r.sketch, 0.99) AS p99
    FROM {row.__table__} r
    JOIN operations.metric_series c ON c.tenant_id = r.tenant_id AND c.id = r.series_id
    """
    for level, row in ROLLUPS.items()
)

view(
    "operations",
    "v_system_metrics",
    "Metrics at every level: samples, and mean, range and quantiles of minutes, hours and days.",
    f"""
    SELECT tenant_id, series_id, metric_name, metric_category, unit, tags, source_component,
      aggregation_level, timestamp, value, 1::bigint AS sample_count, value AS value_min,
      value AS value_max, value AS value_last, value AS p50, value AS p95, value AS p99
    FROM operations.v_metric_samples
    UNION ALL
    {_LEVELS}
    """,
)
