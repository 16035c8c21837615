from __future__ import annotations

import pytest

from everlearn.core.errors import Duplicate, Invalid
from everlearn.core.testing.make import make
from everlearn.modules.codequality.tables import (
    FileQualityScore,
    GeneratedCodeFile,
    QualityImprovementHistory,
    QualityImprovementPlan,
    RepositoryQualitySnapshot,
)
from everlearn.modules.codequality.types import (
    ActionType,
    ChangeType,
    FileStatus,
    PlanStatus,
    QualityLevel,
    SnapshotType,
)

WORDS = [
    (FileQualityScore, "quality_level", QualityLevel),
    (QualityImprovementPlan, "status", PlanStatus),
    (GeneratedCodeFile, "action_type", ActionType),
    (GeneratedCodeFile, "status", FileStatus),
    (QualityImprovementHistory, "change_type", ChangeType),
    (RepositoryQualitySnapshot, "snapshot_type", SnapshotType),
]
WRONG = [
    (FileQualityScore, {"quality_score": 1.2}),
    (FileQualityScore, {"factors": []}),
    (FileQualityScore, {"improvements": {}}),
    (QualityImprovementPlan, {"target_quality": -0.1}),
    (QualityImprovementPlan, {"current_quality": 1.2}),
    (QualityImprovementPlan, {"final_quality": float("nan")}),
    (QualityImprovementPlan, {"iterations": {}}),
    (GeneratedCodeFile, {"estimated_impact": 1.2}),
    (QualityImprovementHistory, {"quality_before": 1.2}),
    (QualityImprovementHistory, {"quality_improvement": -1.2}),
    (RepositoryQualitySnapshot, {"percentile": 101}),
    (RepositoryQualitySnapshot, {"file_count": -1}),
    (RepositoryQualitySnapshot, {"quality_distribution": []}),
]


@pytest.mark.parametrize(("row", "column", "words"), WORDS)
def test_a_word_nobody_knows_is_refused(tx, row, column, words):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **{column: "splendid"})
    assert caught.value.field == column
    assert caught.value.facts["allowed"] == [word.value for word in words]


@pytest.mark.parametrize(("row", "values"), WRONG)
def test_a_value_out_of_its_range_is_refused(tx, row, values):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **values)
    assert {caught.value.field} == set(values)


def test_a_change_may_make_it_worse(tx):
    made = make(tx, QualityImprovementHistory, quality_improvement=-0.25)
    assert made.quality_improvement == -0.25


def test_a_file_is_scored_once_for_each_content(tx):
    one = {"repository": "shop", "file_path": "src/cart.py", "file_hash": "a1"}
    make(tx, FileQualityScore, **one)
    make(tx, FileQualityScore, **one | {"file_hash": "b2"})
    with pytest.raises(Duplicate), tx.savepoint():
        make(tx, FileQualityScore, **one)


def test_a_plan_takes_its_files_along(tx):
    plan = make(tx, QualityImprovementPlan).id
    make(tx, GeneratedCodeFile, improvement_plan_id=plan)
    kept = make(tx, GeneratedCodeFile).id
    tx.execute("DELETE FROM quality_improvement_plans WHERE id = :id", {"id": plan})
    assert list(tx.execute("SELECT id FROM generated_code_files").scalars()) == [kept]
