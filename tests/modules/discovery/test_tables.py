from __future__ import annotations

import pytest

from everlearn.core.alembic_policy import verbatim
from everlearn.core.errors import Duplicate, Forbidden, Invalid
from everlearn.core.testing.make import make
from everlearn.modules.discovery.tables.seed import SEED, TOOLS
from everlearn.modules.discovery.tables.tools import DiscoveryTool, DiscoveryToolExecution
from everlearn.modules.discovery.types import Interaction, Surprise, ToolCategory, Visualization

TEMPLATES = "discovery_tool_templates"


class TestReferenceData:
    def test_the_six_tools_are_there_as_asked_for(self, tx):
        found = tx.execute(
            "SELECT tool_id, category, interaction_type, visualization_type,"
            f" visualization_animation, surprise_type FROM {TEMPLATES} ORDER BY display_order"
        ).all()
        assert [tuple(row) for row in found] == [
            ("color-predictor", "design", "dragdrop", "palette", "blend", "vibe"),
            ("bill-negotiator", "finance", "input", "script", "fade-in", "savings"),
            ("career-automation", "career", "input", "gauge", "fill-up", "percentage"),
            ("city-risk", "security", "select", "heatmap", "spread", "risk-level"),
            ("idea-booster", "innovation", "textarea", "ideas-list", "slide-up", "ideas"),
            ("website-speed", "tech", "input", "speed-badge", "pulse", "score"),
        ]

    def test_a_prompt_has_a_place_for_the_answer_and_a_surprise_for_the_result(self):
        for tool in TOOLS:
            assert "{input}" in tool["model_prompt_template"], tool["tool_id"]
            assert "{result}" in tool["surprise_message_template"], tool["tool_id"]

    def test_what_is_chosen_from_has_options(self, tx):
        wrong = tx.execute(
            f"SELECT tool_id FROM {TEMPLATES}"
            " WHERE (interaction_type = 'select') <> (jsonb_array_length(interaction_options) > 0)"
        ).all()
        assert not wrong

    def test_loading_twice_changes_nothing(self, db):
        tenant = db.tenant()

        def state(tx):
            own = tx.execute("SELECT * FROM discovery_tools ORDER BY id").all()
            return tx.execute(f"SELECT * FROM {TEMPLATES} ORDER BY id").all(), own

        with db.database().tx(tenant) as tx:
            tx.execute("UPDATE discovery_tools SET usage_count = 3, name = 'Ours'")
        with db.database().tx(tenant) as tx:
            before = state(tx)
        with db.database("owner").tx(None) as tx:
            for statement in SEED:
                tx.execute(verbatim(statement))
        with db.database().tx(tenant) as tx:
            assert state(tx) == before

    def test_a_tenant_that_was_there_before_gets_its_copy(self, db):
        tenant = db.tenant()
        with db.database().tx(tenant) as tx:
            tx.execute("DELETE FROM discovery_tools")
        with db.database("owner").tx(None) as tx:
            tx.execute(verbatim(SEED[-1]))
        with db.database().tx(tenant) as tx:
            assert tx.scalar("SELECT count(*) FROM discovery_tools") == len(TOOLS)

    def test_a_tenant_reads_templates_and_cannot_write_them(self, tx):
        for query in (f"UPDATE {TEMPLATES} SET is_active = false", f"DELETE FROM {TEMPLATES}"):
            with pytest.raises(Forbidden), tx.savepoint():
                tx.execute(query)


class TestTools:
    def test_a_new_tenant_has_its_copy_under_the_same_ids(self, tx):
        same = tx.execute(
            "SELECT d.usage_count, d.average_rating FROM discovery_tools d"
            f" JOIN {TEMPLATES} t USING (id, tool_id, name, model_prompt_template)"
        ).all()
        assert same == [(0, 0.0)] * len(TOOLS)

    def test_each_tenant_counts_for_itself(self, database, tenant, rival):
        with database.tx(tenant) as tx:
            tx.execute("UPDATE discovery_tools SET usage_count = usage_count + 1")
        with rival.tx() as tx:
            assert tx.scalar("SELECT sum(usage_count) FROM discovery_tools") == 0

    def test_a_tenant_adds_its_own(self, tx):
        make(tx, DiscoveryTool, tool_id="own")
        assert tx.scalar("SELECT count(*) FROM discovery_tools") == len(TOOLS) + 1
        with pytest.raises(Duplicate) as caught, tx.savepoint():
            make(tx, DiscoveryTool, tool_id="own")
        assert caught.value.field == "tool_id"

    @pytest.mark.parametrize(
        ("column", "words"),
        [
            ("category", ToolCategory),
            ("interaction_type", Interaction),
            ("visualization_type", Visualization),
            ("surprise_type", Surprise),
        ],
    )
    def test_a_vocabulary_refuses_other_words(self, tx, column, words):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, DiscoveryTool, **{column: "nonsense"})
        assert caught.value.field == column
        assert caught.value.facts["allowed"] == [word.value for word in words]

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("average_rating", 5.1),
            ("usage_count", -1),
            ("interaction_options", {}),
            ("meta_data", []),
        ],
    )
    def test_refuses(self, tx, column, value):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, DiscoveryTool, **{column: value})
        assert caught.value.field == column


class TestExecutions:
    @pytest.mark.parametrize(
        ("column", "value"),
        [("execution_time_ms", -1.0), ("input_data", []), ("surprise_result", [])],
    )
    def test_refuses(self, tx, column, value):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, DiscoveryToolExecution, **{column: value})
        assert caught.value.field == column

    def test_a_tool_with_runs_stays(self, tx):
        run = make(tx, DiscoveryToolExecution)
        with pytest.raises(Invalid), tx.savepoint():
            tx.execute("DELETE FROM discovery_tools WHERE id = :id", {"id": run.tool_id})


def test_a_tenant_lists_its_tools(client):
    items = client.get("/v1/discovery_tools").json()["items"]
    assert {item["tool_id"] for item in items} == {tool["tool_id"] for tool in TOOLS}
