"""The manifest of what was asked for, and lists of mere names."""

from __future__ import annotations

import json
import re
from importlib import resources

import pytest

from everlearn.core.errors import Invalid
from everlearn.core.schema import manifest
from everlearn.core.schema.live import FAMILIES

SHIPPED = manifest.shipped()
TABLES = SHIPPED.tables


def test_it_holds_every_table_and_column_that_was_asked_for():
    assert len(TABLES) == 109
    assert sum(len(table.columns) for table in TABLES.values()) >= 1390
    assert all(
        "id" in table.columns or name == "schema_migrations" for name, table in TABLES.items()
    )


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_speaks_of_its_own_columns(name):
    table = TABLES[name]
    for key in table.unique:
        assert set(key.columns) <= table.columns.keys()
    for path in table.paths:
        assert set(path.columns) <= table.columns.keys(), path
    assert table.references.keys() <= table.columns.keys()
    assert {reference.to for reference in table.references.values()} <= TABLES.keys()
    assert {column.type for column in table.columns.values()} <= FAMILIES.keys()
    assert table.policy in {"tenant", "users", "shared"}
    assert all(len(set(c.words)) == len(c.words) for c in table.columns.values())


def test_an_exception_says_why():
    text = resources.files("everlearn.core.schema").joinpath("manifest.json").read_text("utf-8")
    reasons = re.findall(r'"(?:served_by|without|why)": "([^"]*)"', text)
    assert reasons
    assert all(len(reason.split()) >= 3 for reason in reasons), reasons


def test_names_lead_to_tables_that_were_asked_for():
    assert SHIPPED.names.keys() <= TABLES.keys()


class TestRead:
    def test_a_list_of_names(self, tmp_path):
        file = tmp_path / "names.json"
        file.write_text(json.dumps({"a": {"columns": {"x": ["one"]}, "documents": ["one"]}}))
        found = manifest.read(file)
        assert found.tables["a"].columns == {"x": manifest.Column()}
        assert found.tables["a"].policy is None
        assert found.names == SHIPPED.names

    def test_columns_may_be_a_list(self, tmp_path):
        file = tmp_path / "names.json"
        file.write_text(json.dumps({"a": {"columns": ["x", "y"]}}))
        assert list(manifest.read(file).tables["a"].columns) == ["x", "y"]

    def test_the_shipped_form(self, tmp_path):
        file = tmp_path / "own.json"
        file.write_text(json.dumps({"format": 1, "tables": {"a": {"touch": True}}}))
        assert manifest.read(file).tables["a"].touch

    @pytest.mark.parametrize(
        "text",
        [
            "{",
            "[]",
            '{"a": 1}',
            '{"a": {"rows": []}}',
            '{"format": 1, "table": {}}',
            '{"format": 1, "tables": {"a": {"column": {}}}}',
            '{"format": 1, "tables": {"a": {"policy": "none"}}}',
        ],
    )
    def test_what_is_no_manifest_is_refused(self, tmp_path, text):
        file = tmp_path / "wrong.json"
        file.write_text(text)
        with pytest.raises(Invalid) as caught:
            manifest.read(file)
        assert caught.value.field == "--manifest"

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(Invalid):
            manifest.read(tmp_path / "none.json")
