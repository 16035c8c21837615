"""What the tables of features refuse, and the names under which vectors are shown."""

from __future__ import annotations

import pytest

from everlearn.core.errors import Invalid
from everlearn.core.testing.make import make
from everlearn.modules.features.tables import FeatureRow, FeatureSet, MlConfiguration


@pytest.mark.parametrize(
    ("row", "values", "field"),
    [
        (MlConfiguration, {"resource_id": ""}, "resource_id"),
        (MlConfiguration, {"configuration": ["port"]}, "configuration"),
        (MlConfiguration, {"features": [1]}, "features"),
        (MlConfiguration, {"baseline_config": "none"}, "baseline_config"),
        (FeatureRow, {"feature_type": "weather"}, "feature_type"),
        (FeatureRow, {"quality_score": 1.2}, "quality_score"),
        (FeatureRow, {"completeness": -0.1}, "completeness"),
    ],
)
def test_what_is_refused(tx, row, values, field):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **values)
    assert caught.value.field == field


def test_a_resource_may_have_several_configurations(tx):
    for port in (80, 443):
        make(tx, MlConfiguration, resource_id="web", configuration={"port": port})
    found = tx.execute("SELECT configuration FROM features.ml_configurations").scalars()
    assert {line["port"] for line in found} == {80, 443}


def test_a_stored_vector_is_shown_under_every_name(tx):
    names = make(tx, FeatureSet, names=["speed", "crew"], definition={"features": []})
    made = make(tx, FeatureRow, feature_set_id=names.id, values=[1.5, float("nan")])
    row = tx.execute("SELECT * FROM features.v_feature_rows").mappings().one()
    assert row["features"] == {"speed": 1.5, "crew": None}
    shown = (
        "id feature_set_id resource_id tenant_id feature_type feature_version computed_at"
        " expires_at quality_score completeness"
    )
    assert {name: row[name] for name in shown.split()} == {
        name: getattr(made, name) for name in shown.split()
    }
