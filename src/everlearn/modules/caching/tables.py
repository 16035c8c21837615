"""Tables of the caching module."""

from __future__ import annotations

from typing import Annotated, Any

from sqlalchemy import CheckConstraint, Computed, Double, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Id,
    Ids,
    Json,
    Moment,
    Name,
    Number,
    Ratio,
    Score,
    Seconds,
    Sha256,
    Texts,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.caching.types import (
    AccessPattern,
    CacheTier,
    MeasuredTier,
    MetricUnit,
    WarmingStatus,
    WarmingStrategy,
)

Percent = Annotated[float, mapped_column(Double, info={"check": "{c} BETWEEN 0 AND 100"})]
#: A cached value may be any JSON, a bare number or text too.
AnyJson = Annotated[Any, mapped_column(JSONB(none_as_null=True))]


class CachePattern(
    Row, module="caching", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """A recognised way in which keys are read, and the keys that follow it."""

    __tablename__ = "cache_patterns"
    __table_args__ = (UniqueConstraint("tenant_id", "pattern_type", "signature_sha256"),)

    pattern_type: Mapped[Words] = choice(AccessPattern, "What binds the accesses together.")
    pattern_description: Mapped[Words | None] = column("The same for people.")
    pattern_signature: Mapped[Json] = column("What the pattern is recognised by.")
    # A signature may be larger than an index row. Casting text to bytea reads backslashes as
    # escapes, so they are doubled; convert_to(), which would not, is not immutable.
    signature_sha256: Mapped[str] = mapped_column(
        Text,
        Computed(
            r"encode(sha256(replace(pattern_signature::text, '\', '\\')::bytea), 'hex')",
            persisted=True,
        ),
        comment="SHA-256 of the signature; unique with the type.",
    )
    frequency: Mapped[Count] = column("How often it was seen.", default="0", index=True)
    average_access_interval_seconds: Mapped[Seconds | None] = column(
        "Mean time between two accesses, in seconds."
    )
    associated_keys: Mapped[Texts | None] = column("Keys that follow it.")
    prediction_accuracy: Mapped[Ratio | None] = column(
        "Share of the keys it led to that were read, 0 to 1.", index=True
    )
    last_seen_at: Mapped[Moment | None] = column("When it was last seen.", index=True)
    created_at: Mapped[Moment] = column("When it was first seen.", default="now()")
    updated_at: Mapped[Moment] = column("When the row was last changed.", default="now()")


class CachePrediction(
    Row, module="caching", policy=Policy(rows="tenant", keep_days=90), expose=("list", "get")
):
    """A key that is expected to be read: when, how surely, and the value to load before."""

    __tablename__ = "cache_predictions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "cache_key_hash"),
        Index("ix_cache_predictions_tier", "tenant_id", "cache_tier"),
    )

    cache_key: Mapped[Words] = column("The key.")
    cache_key_hash: Mapped[Sha256] = column("SHA-256 of the key.")
    predicted_access_time: Mapped[Moment | None] = column(
        "When it is expected to be read.", index=True
    )
    prediction_confidence: Mapped[Score | None] = column("How surely, 0 to 1.")
    predicted_value: Mapped[AnyJson | None] = column("Value to load, when it is known.")
    cache_tier: Mapped[Words] = choice(CacheTier, "Where it is loaded.", default=CacheTier.L1)
    ttl_seconds: Mapped[Count | None] = column("How long the value stays good, in seconds.")
    access_pattern_id: Mapped[Id | None] = ref(
        "caching.cache_patterns", "Pattern that led to it.", ondelete="SET NULL"
    )
    is_prewarmed: Mapped[bool] = column("Whether it is loaded.", default="false", index=True)
    prewarmed_at: Mapped[Moment | None] = column("When it was loaded.")
    actual_access_count: Mapped[Count] = column("How often it was read since.", default="0")
    last_accessed_at: Mapped[Moment | None] = column("When it was last read.")
    created_at: Mapped[Moment] = column("When it was predicted.", default="now()", index=True)


class CacheWarmingJob(
    Row,
    module="caching",
    policy=Policy(rows="tenant", see=("owner:user_id", "unowned:user_id"), keep_days=365),
    expose=("list", "get"),
):
    """A job that loads keys into a tier before they are asked for."""

    __tablename__ = "cache_warming_jobs"
    __table_args__ = (
        Index("ix_cache_warming_jobs_strategy", "tenant_id", "warming_strategy"),
        Index("ix_cache_warming_jobs_status", "tenant_id", "status"),
    )

    user_id: Mapped[Id | None] = ref(
        "tenancy.users", "Whose it is; NULL: everybody's in the tenant.", ondelete="CASCADE"
    )
    job_name: Mapped[Name] = column("Name shown to people.")
    description: Mapped[Words | None] = column("What it is for.")
    warming_strategy: Mapped[Words] = choice(WarmingStrategy, "How its keys are chosen.")
    target_cache_tier: Mapped[Words] = choice(
        CacheTier, "Where they are loaded.", default=CacheTier.L1
    )
    prediction_ids: Mapped[Ids | None] = column("Predictions whose keys are loaded.")
    pattern_ids: Mapped[Ids | None] = column("Patterns whose keys are loaded.")
    status: Mapped[Words] = choice(WarmingStatus, "Where it stands.", default=WarmingStatus.QUEUED)
    progress_percentage: Mapped[Percent] = column("How far it is, in per cent.", default="0")
    keys_to_warm: Mapped[Count | None] = column("Keys to load.")
    keys_warmed: Mapped[Count] = column("Keys loaded.", default="0")
    keys_failed: Mapped[Count] = column("Keys that could not be loaded.", default="0")
    warming_time_seconds: Mapped[Seconds | None] = column("How long it took, in seconds.")
    hit_rate_after_warming: Mapped[Ratio | None] = column("Hits by reads afterwards, 0 to 1.")
    meta: Mapped[Json] = column("Whatever else its owner notes.", name="metadata", default="'{}'")
    started_at: Mapped[Moment] = column("When it began.", default="now()")
    completed_at: Mapped[Moment | None] = column("When it ended.")
    created_at: Mapped[Moment] = column("When it was made.", default="now()", index=True)


class CachePerformance(
    Row,
    module="caching",
    policy=Policy(rows="tenant", append_only=True, keep_days=730),
    expose=("list", "get"),
):
    """One measured number of a tier over a period."""

    __tablename__ = "cache_performance"
    __table_args__ = (
        CheckConstraint("period_end >= period_start", name="period_in_order"),
        Index("ix_cache_performance_tier", "tenant_id", "cache_tier"),
        Index("ix_cache_performance_period", "tenant_id", "period_start", "period_end"),
    )

    cache_tier: Mapped[Words] = choice(MeasuredTier, "The tier, or all of them together.")
    metric_name: Mapped[Name] = column(
        "Any name: hit_rate, miss_rate, latency, size, eviction_rate ...", index=True
    )
    metric_value: Mapped[Number] = column("The number, in metric_unit.")
    metric_unit: Mapped[Words | None] = choice(MetricUnit, "Its unit.")
    period_start: Mapped[Moment] = column("Beginning of the period.")
    period_end: Mapped[Moment] = column("End of the period.")
    sample_size: Mapped[Count | None] = column("Reads it was measured on.")
    meta: Mapped[Json] = column("How it was measured.", name="metadata", default="'{}'")
    created_at: Mapped[Moment] = column("When it was recorded.", default="now()", index=True)
