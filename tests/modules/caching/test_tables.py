from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from everlearn.core.errors import Duplicate, Invalid
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.modules.caching.tables import (
    CachePattern,
    CachePerformance,
    CachePrediction,
    CacheWarmingJob,
)
from everlearn.modules.caching.types import (
    AccessPattern,
    CacheTier,
    MeasuredTier,
    MetricUnit,
    WarmingStatus,
    WarmingStrategy,
)
from everlearn.modules.tenancy.tables import User

WORDS = [
    (CachePattern, "pattern_type", AccessPattern),
    (CachePrediction, "cache_tier", CacheTier),
    (CacheWarmingJob, "warming_strategy", WarmingStrategy),
    (CacheWarmingJob, "target_cache_tier", CacheTier),
    (CacheWarmingJob, "status", WarmingStatus),
    (CachePerformance, "cache_tier", MeasuredTier),
    (CachePerformance, "metric_unit", MetricUnit),
]
WRONG = [
    (CachePattern, {"pattern_signature": ["a"]}),
    (CachePattern, {"frequency": -1}),
    (CachePattern, {"average_access_interval_seconds": -1}),
    (CachePattern, {"prediction_accuracy": 1.2}),
    (CachePrediction, {"cache_key_hash": "abc"}),
    (CachePrediction, {"prediction_confidence": 1.2}),
    (CachePrediction, {"ttl_seconds": -1}),
    (CacheWarmingJob, {"progress_percentage": 101}),
    (CacheWarmingJob, {"hit_rate_after_warming": 1.2}),
    (CacheWarmingJob, {"warming_time_seconds": -1}),
    (CachePerformance, {"sample_size": -1}),
]


@pytest.mark.parametrize(("row", "column", "words"), WORDS)
def test_a_word_nobody_knows_is_refused(tx, row, column, words):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **{column: "L9"})
    assert caught.value.field == column
    assert caught.value.facts["allowed"] == [word.value for word in words]


@pytest.mark.parametrize(("row", "values"), WRONG)
def test_a_value_out_of_its_range_is_refused(tx, row, values):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **values)
    assert {caught.value.field} == set(values)


def test_a_period_ends_after_it_begins(tx):
    with pytest.raises(Invalid, match="period_in_order"), tx.savepoint():
        make(tx, CachePerformance, period_end=tx.now() - timedelta(seconds=1))


def test_a_key_is_predicted_once(tx):
    key = hashlib.sha256(b"a").hexdigest()
    make(tx, CachePrediction, cache_key_hash=key)
    with pytest.raises(Duplicate) as caught, tx.savepoint():
        make(tx, CachePrediction, cache_key_hash=key)
    assert caught.value.field == "cache_key_hash"


@pytest.mark.parametrize("value", [{"a": 1}, [1], "text", 0.5, False])
def test_any_json_may_be_cached(tx, value):
    assert make(tx, CachePrediction, predicted_value=value).predicted_value == value


#: Backslashes, quotes, control characters, other scripts, and more than an index row holds.
ODD = {"path": 'C:\\x "q"\n', "ü": "ж", "keys": [f"key-{i}" for i in range(2000)]}


class TestSignature:
    def test_its_hash_is_that_of_its_text(self, tx):
        made = make(tx, CachePattern, pattern_signature=ODD)
        stored = tx.scalar("SELECT pattern_signature::text FROM cache_patterns")
        assert made.signature_sha256 == hashlib.sha256(stored.encode()).hexdigest()

    def test_it_is_there_once_for_a_type(self, tx):
        one = {"b": 1, "a": 2}
        make(tx, CachePattern, pattern_signature=one)
        make(tx, CachePattern, pattern_signature=one, pattern_type="semantic")
        make(tx, CachePattern, pattern_signature={"a": 2})
        with pytest.raises(Duplicate), tx.savepoint():
            make(tx, CachePattern, pattern_signature={"a": 2, "b": 1})


def test_users_see_their_own_jobs_and_nobodys(database, tenant):
    with database.tx(tenant) as tx:
        me, you = make(tx, User).id, make(tx, User).id
        for name, user in (("mine", me), ("yours", you), ("ours", None)):
            make(tx, CacheWarmingJob, job_name=name, user_id=user)
    with database.tx(tenant, actor=Actor("user", "me", user_id=me)) as tx:
        assert set(tx.execute("SELECT job_name FROM cache_warming_jobs").scalars()) == {
            *("mine", "ours")
        }
