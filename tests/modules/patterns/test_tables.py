from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from everlearn.core.errors import Duplicate, Invalid
from everlearn.core.testing.make import make
from everlearn.modules.patterns.tables import IdentifiedPattern, PatternOccurrence
from everlearn.modules.patterns.types import PatternStatus, PatternType, Severity, SourceType

WORDS = [
    (IdentifiedPattern, "pattern_type", PatternType),
    (IdentifiedPattern, "severity_level", Severity),
    (IdentifiedPattern, "status", PatternStatus),
    (PatternOccurrence, "source_type", SourceType),
]
WRONG = [
    (IdentifiedPattern, {"confidence_score": 1.2}),
    (IdentifiedPattern, {"occurrence_frequency": -1}),
    (IdentifiedPattern, {"pattern_signature": [1]}),
    (IdentifiedPattern, {"impact_metrics": [1]}),
    (IdentifiedPattern, {"remediation_suggestions": "text"}),
    (PatternOccurrence, {"confidence_score": 1.2}),
    (PatternOccurrence, {"location_data": [1]}),
]


@pytest.mark.parametrize(("row", "column", "words"), WORDS)
def test_a_word_nobody_knows_is_refused(tx, row, column, words):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **{column: "odd"})
    assert caught.value.field == column
    assert caught.value.facts["allowed"] == [word.value for word in words]


@pytest.mark.parametrize(("row", "values"), WRONG)
def test_a_value_out_of_its_range_is_refused(tx, row, values):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **values)
    assert {caught.value.field} == set(values)


#: Backslashes, quotes, control characters, other scripts, and more than an index row holds.
ODD = {"path": 'C:\\x "q"\n', "ü": "ж", "nodes": [f"node-{i}" for i in range(2000)]}


class TestSignature:
    def test_its_hash_is_that_of_its_text(self, tx):
        made = make(tx, IdentifiedPattern, pattern_signature=ODD)
        stored = tx.scalar("SELECT pattern_signature::text FROM identified_patterns")
        assert made.signature_sha256 == hashlib.sha256(stored.encode()).hexdigest()

    @pytest.mark.parametrize("signature", [ODD, {"b": 1, "a": 2}, {}, None])
    def test_a_pattern_is_there_once(self, tx, signature):
        one = {"pattern_type": "code_smell", "pattern_name": "god class"}
        make(tx, IdentifiedPattern, **one, pattern_signature=signature)
        make(tx, IdentifiedPattern, **one, pattern_signature={"other": 1})
        make(tx, IdentifiedPattern, **one | {"pattern_name": "x"}, pattern_signature=signature)
        with pytest.raises(Duplicate), tx.savepoint():
            make(tx, IdentifiedPattern, **one, pattern_signature=signature)

    def test_it_is_found_by_its_hash(self, tx):
        made = make(tx, IdentifiedPattern, pattern_signature=ODD)
        found = tx.scalar(
            "SELECT id FROM identified_patterns WHERE tenant_id = app.tenant_id()"
            " AND pattern_type = 'code_smell' AND pattern_name = :name AND signature_sha256 = :sha",
            {"name": made.pattern_name, "sha": made.signature_sha256},
        )
        assert found == made.id


class TestOccurrences:
    def test_each_lies_in_the_partition_of_its_week(self, tx):
        # The last moment of a week of the ISO calendar, and the first one of the next.
        at = datetime(2025, 1, 6, tzinfo=UTC)
        pattern = make(tx, IdentifiedPattern).id
        for moment in (at - timedelta(microseconds=1), at):
            make(tx, PatternOccurrence, pattern_id=pattern, detection_timestamp=moment)
        found = tx.execute(
            "SELECT tableoid::regclass::text FROM pattern_occurrences ORDER BY detection_timestamp"
        ).scalars()
        assert list(found) == [
            "parts.pattern_occurrences_y2025w01",
            "parts.pattern_occurrences_y2025w02",
        ]

    def test_those_of_a_pattern_are_read_newest_day_first_from_one_index(self, tx):
        pattern = make(tx, IdentifiedPattern).id
        times = [tx.now() - timedelta(days=3 * days) for days in range(6)]
        for at in times:
            make(tx, PatternOccurrence, pattern_id=pattern, detection_timestamp=at)
        # For a handful of rows the planner would rather sort them all.
        tx.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        query = (
            "SELECT detection_timestamp FROM pattern_occurrences"
            " WHERE tenant_id = app.tenant_id() AND pattern_id = :pattern"
            " ORDER BY detected_on DESC, detection_timestamp DESC LIMIT 50"
        )
        assert list(tx.execute(query, {"pattern": pattern}).scalars()) == times
        plan = "\n".join(tx.execute(f"EXPLAIN {query}", {"pattern": pattern}).scalars())
        # No more than one day at a time is put in order.
        assert "Presorted Key: pattern_occurrences" in plan
        assert "->  Sort " not in plan
        assert "Index Cond: ((tenant_id" in plan
        assert "pattern_id" in plan

    def test_they_go_with_their_pattern(self, tx):
        gone, kept = (make(tx, PatternOccurrence) for _ in range(2))
        tx.execute("DELETE FROM identified_patterns WHERE id = :id", {"id": gone.pattern_id})
        assert list(tx.execute("SELECT id FROM pattern_occurrences").scalars()) == [kept.id]
