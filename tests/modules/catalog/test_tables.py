from __future__ import annotations

import pytest

from everlearn.core.alembic_policy import verbatim
from everlearn.core.errors import Duplicate, Forbidden, Invalid
from everlearn.core.testing.make import make
from everlearn.modules.catalog.tables.catalogue import UseCase, UseCaseExecution
from everlearn.modules.catalog.tables.seed import CATEGORIES, INDUSTRIES, SEED, SOLUTIONS, fixed_id
from everlearn.modules.catalog.tables.seed_use_cases import USE_CASES
from everlearn.modules.catalog.types import FieldKind

SHARED = ("industries", "use_case_categories", "use_case_templates", "interactive_solutions")


def keys(tx, query: str) -> set[str]:
    return set(tx.execute(query).scalars())


class TestReferenceData:
    def test_the_nine_industries_are_there(self, tx):
        assert keys(tx, "SELECT industry_id FROM industries WHERE is_active") == {
            *("ecommerce", "fintech", "retail", "healthcare", "travel"),
            *("hospitality", "entertainment", "manufacturing", "realestate"),
        }

    def test_the_nine_categories_are_there_in_their_order(self, tx):
        query = "SELECT category_id FROM use_case_categories ORDER BY display_order"
        assert list(tx.execute(query).scalars()) == [
            *("product-discovery", "logistics-operations", "personalization", "pricing-fraud"),
            *("marketing-intelligence", "product-intelligence", "creative-ar", "gamification"),
            "analytics",
        ]

    def test_the_use_cases_asked_for_are_there(self, tx):
        asked = {
            *("nlp", "vss", "bundle", "eta", "delay", "inventory", "personalization", "chat"),
            *("voice", "pricing", "fraud", "coupon", "churn", "segmentation", "subject"),
            *("leadgen", "variant", "categorization", "sentiment", "descriptions", "remover"),
            *("upscaler", "tryon", "quiz", "spin", "iq", "forecast", "timing", "abtest"),
            "loss-prevention",
        }
        assert len(asked) == 30
        assert keys(tx, "SELECT use_case_id FROM use_case_templates") >= asked

    def test_every_use_case_has_a_category_and_an_industry_that_exist(self):
        industries = {key for key, *_ in INDUSTRIES}
        categories = {key for key, *_ in CATEGORIES}
        for case in USE_CASES:
            assert case.industry in industries, case.key
            assert case.category in categories, case.key
            assert all([case.name, case.text, case.theory, case.keywords, case.tips]), case.key

    def test_and_the_table_says_the_same_by_id_and_by_word(self, tx):
        wrong = tx.execute(
            "SELECT t.use_case_id FROM use_case_templates t"
            " LEFT JOIN use_case_categories c"
            "   ON c.id = t.category_id AND c.category_id = t.category"
            " LEFT JOIN industries i ON i.id = t.industry_id"
            " WHERE c.id IS NULL OR i.id IS NULL"
        ).all()
        assert not wrong

    def test_a_key_has_the_same_id_everywhere(self, tx):
        """These ids stand in exports and links; they must never change."""
        found = tx.scalar("SELECT id FROM industries WHERE industry_id = 'retail'")
        assert found == fixed_id("industries", "retail")
        assert str(found) == "31beeb84-e523-5931-a9c8-59c162f99a21"

    @pytest.mark.parametrize("solution", SOLUTIONS, ids=lambda solution: solution[0])
    def test_an_interactive_solution_has_scenarios_and_four_steps(self, tx, solution):
        key, use_case, *_ = solution
        row = tx.execute(
            "SELECT s.scenarios, s.pipeline, t.use_case_id FROM interactive_solutions s"
            " JOIN use_case_templates t ON t.id = s.use_case_id WHERE s.solution_id = :key",
            {"key": key},
        ).one()
        assert row.use_case_id == use_case
        assert len(row.pipeline) == 4
        kinds = {FieldKind.NUMBER: float, FieldKind.BOOLEAN: bool, FieldKind.SELECT: str}
        for scenario in row.scenarios:
            assert scenario["fields"]
            for field in scenario["fields"]:
                assert isinstance(field["default"], kinds[field["type"]]), field
                assert not field["options"] or field["default"] in field["options"]

    def test_the_three_solutions_have_the_steps_asked_for(self):
        steps = {solution[0]: [step.key for step in solution[-1]] for solution in SOLUTIONS}
        assert steps == {
            "dynamic-pricing": [
                *("market_analysis", "demand_forecast", "price_optimization", "recommendation")
            ],
            "fraud-detection": [
                *("feature_extraction", "vector_search", "anomaly_scoring", "classification")
            ],
            "loss-prevention": [
                *("video_analysis", "behaviour_scoring", "risk_assessment", "alert")
            ],
        }

    def test_loading_twice_changes_nothing(self, db):
        tenant = db.tenant()

        def state(tx):
            rows = {name: tx.execute(f"SELECT * FROM {name} ORDER BY id").all() for name in SHARED}
            return rows | {"own": tx.execute("SELECT * FROM use_cases ORDER BY id").all()}

        with db.database().tx(tenant) as tx:
            tx.execute("UPDATE use_cases SET display_name = 'Ours' WHERE use_case_id = 'churn'")
        with db.database().tx(tenant) as tx:
            before = state(tx)
        with db.database("owner").tx(None) as tx:
            for statement in SEED:
                tx.execute(verbatim(statement))
        with db.database().tx(tenant) as tx:
            assert state(tx) == before

    def test_a_corrected_word_is_loaded(self, db):
        with db.database("owner").tx(None) as tx:
            tx.execute("UPDATE catalog.industries SET name = 'x' WHERE industry_id = 'travel'")
            tx.execute(verbatim(SEED[0]))
            assert tx.scalar("SELECT count(*) FROM catalog.industries WHERE name = 'x'") == 0

    def test_a_tenant_that_was_there_before_gets_its_copy(self, db):
        tenant = db.tenant()
        with db.database().tx(tenant) as tx:
            tx.execute("DELETE FROM use_cases WHERE use_case_id = 'iq'")
        with db.database("owner").tx(None) as tx:
            tx.execute(verbatim(SEED[-1]))
        with db.database().tx(tenant) as tx:
            assert tx.scalar("SELECT count(*) FROM use_cases") == len(USE_CASES)

    def test_a_tenant_cannot_give_to_another_one(self, tx, other_tenant):
        with pytest.raises(Forbidden), tx.savepoint():
            tx.execute("SELECT catalog.give_use_cases(:other)", {"other": other_tenant})

    @pytest.mark.parametrize("table", SHARED)
    def test_a_tenant_reads_it_and_cannot_write_it(self, tx, table):
        assert tx.scalar(f"SELECT count(*) FROM {table}")
        for query in (f"UPDATE {table} SET is_active = false", f"DELETE FROM {table}"):
            with pytest.raises(Forbidden), tx.savepoint():
                tx.execute(query)


class TestUseCases:
    def test_a_new_tenant_has_its_copy_under_the_same_ids(self, tx):
        same = tx.scalar(
            "SELECT count(*) FROM use_cases u JOIN use_case_templates t USING (id, use_case_id)"
            " WHERE NOT u.is_dynamic AND u.tips = t.tips"
        )
        assert same == len(USE_CASES)

    def test_one_name_shows_the_shared_and_the_own_ones(self, tx):
        make(tx, UseCase, use_case_id="own", is_dynamic=True)
        found = tx.execute("SELECT is_dynamic, count(*) FROM use_cases GROUP BY 1").all()
        assert dict(found) == {False: len(USE_CASES), True: 1}

    def test_what_a_tenant_changes_is_its_own(self, database, tenant, rival):
        with database.tx(tenant) as tx:
            tx.execute("UPDATE use_cases SET is_active = false")
        with rival.tx() as tx:
            assert tx.scalar("SELECT bool_and(is_active) FROM use_cases")

    def test_a_key_is_there_once(self, tx):
        with pytest.raises(Duplicate) as caught, tx.savepoint():
            make(tx, UseCase, use_case_id="churn")
        assert caught.value.field == "use_case_id"

    @pytest.mark.parametrize(
        ("column", "value"),
        [("tips", {}), ("keywords", {}), ("meta_data", []), ("use_case_id", "")],
    )
    def test_refuses(self, tx, column, value):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, UseCase, **{column: value})
        assert caught.value.field == column

    def test_an_industry_must_exist(self, tx, tenant):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, UseCase, industry_id=tenant)
        assert caught.value.field == "industry_id"


class TestUseCaseExecutions:
    @pytest.mark.parametrize(
        ("column", "value"),
        [("confidence", 1.2), ("latency_ms", -1.0), ("input_data", []), ("output_data", [])],
    )
    def test_refuses(self, tx, column, value):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, UseCaseExecution, **{column: value})
        assert caught.value.field == column

    def test_a_use_case_with_runs_stays(self, tx):
        run = make(tx, UseCaseExecution)
        with pytest.raises(Invalid), tx.savepoint():
            tx.execute("DELETE FROM use_cases WHERE id = :id", {"id": run.use_case_id})

    def test_a_run_may_be_of_a_shared_one(self, tx):
        use_case = fixed_id("use_cases", "pricing")
        assert make(tx, UseCaseExecution, use_case_id=use_case).success


def test_a_tenant_lists_industries_and_use_cases(client):
    listed = client.get("/v1/industries").json()["items"]
    assert len(listed) == 9
    assert client.get(f"/v1/industries/{listed[0]['id']}").status_code == 200
    found = client.get("/v1/use_cases", params={"category": "gamification"}).json()["items"]
    assert {item["use_case_id"] for item in found} == {"quiz", "spin", "iq"}
