"""Reference data of the catalog: what it is, and the statements that load it.

The words are English and stand here and in `seed_use_cases.py` alone; a translation goes by the
keys, which never change. Loading twice changes nothing; what is no longer listed stays, since
tenants may refer to it.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid5

from psycopg import sql

from everlearn.modules.catalog.tables.seed_use_cases import USE_CASES
from everlearn.modules.catalog.types import Field, FieldKind, Scenario, Step

# An id is the version 5 uuid of table and key in this space, so it is the same in every
# installation: exports, links and translations made in one hold in the others.
_SPACE = UUID("5f0c8a52-3a0e-4d0b-9b5e-6f0a1c7d2e94")

#: Key, name, icon, what belongs to it.
INDUSTRIES = (
    ("ecommerce", "E-commerce", "shopping-cart", "Shops on the net."),
    ("fintech", "Financial technology", "credit-card", "Payments, lending and insurance."),
    ("retail", "Retail", "shopping-bag", "Stores with a door."),
    ("healthcare", "Healthcare", "heart", "Hospitals, practices and research."),
    ("travel", "Travel", "navigation", "Flights, trains and tours."),
    ("hospitality", "Hospitality", "coffee", "Hotels and restaurants."),
    ("entertainment", "Entertainment", "film", "Film, music and games."),
    ("manufacturing", "Manufacturing", "tool", "Factories and their supply."),
    ("realestate", "Real estate", "home", "Selling, letting and managing property."),
)

#: Key, name, icon, what belongs to it; in the order in which they are shown.
CATEGORIES = (
    ("product-discovery", "Product discovery", "search", "Finding what one wants."),
    ("logistics-operations", "Logistics and operations", "truck", "Stock, delivery, capacity."),
    ("personalization", "Personalisation", "user", "What is made for one person."),
    ("pricing-fraud", "Prices and fraud", "shield", "What something is worth, and to whom."),
    ("marketing-intelligence", "Marketing", "target", "Whom to speak to, when and how."),
    ("product-intelligence", "Product data", "box", "Knowing one's own catalogue."),
    ("creative-ar", "Pictures and augmented reality", "camera", "Making and placing pictures."),
    ("gamification", "Games", "award", "What people do for fun."),
    ("analytics", "Analytics", "bar-chart", "Measuring and looking ahead."),
)

_NUMBER, _SELECT, _BOOLEAN = FieldKind.NUMBER, FieldKind.SELECT, FieldKind.BOOLEAN
_LEVELS = ("low", "normal", "high")

#: Key, use case, name, description, scenarios, the four steps.
SOLUTIONS: tuple[tuple[str, str, str, str, tuple[Scenario, ...], tuple[Step, ...]], ...] = (
    (
        "dynamic-pricing",
        "pricing",
        "Dynamic pricing",
        "Proposes a price from demand, stock and the competition, and says why.",
        (
            Scenario(
                "season-start",
                "Start of a season",
                "Demand rises while stock is full.",
                (
                    Field("current_price", "Price now", _NUMBER, 100.0, "currency"),
                    Field("competitor_price", "Competitor's price", _NUMBER, 95.0, "currency"),
                    Field("stock", "Pieces in stock", _NUMBER, 400.0, "pieces"),
                    Field("demand", "Demand", _SELECT, "high", None, _LEVELS),
                ),
            ),
            Scenario(
                "clearance",
                "Clearance",
                "What is left must go before a date.",
                (
                    Field("current_price", "Price now", _NUMBER, 60.0, "currency"),
                    Field("unit_cost", "Cost of a piece", _NUMBER, 35.0, "currency"),
                    Field("stock", "Pieces in stock", _NUMBER, 900.0, "pieces"),
                    Field("days_left", "Days left", _NUMBER, 14.0, "days"),
                ),
            ),
        ),
        (
            Step("market_analysis", "Market analysis", "Compares with what others ask."),
            Step("demand_forecast", "Demand forecast", "Estimates sales at each price."),
            Step("price_optimization", "Price optimisation", "Finds the price within limits."),
            Step("recommendation", "Recommendation", "Says the price and its effect."),
        ),
    ),
    (
        "fraud-detection",
        "fraud",
        "Fraud detection",
        "Scores a payment and shows which signals it rests on.",
        (
            Scenario(
                "card-payment",
                "Card payment",
                "A payment by a card that the shop has seen before.",
                (
                    Field("amount", "Amount", _NUMBER, 250.0, "currency"),
                    Field("country_matches", "Card and address agree", _BOOLEAN, True),
                    Field("payments_last_hour", "Payments in the last hour", _NUMBER, 1.0),
                    Field("account_age_days", "Age of the account", _NUMBER, 420.0, "days"),
                ),
            ),
            Scenario(
                "new-account",
                "New account",
                "The first order of an account made today.",
                (
                    Field("amount", "Amount", _NUMBER, 1800.0, "currency"),
                    Field("express", "Express delivery", _BOOLEAN, True),
                    Field("device_seen", "Device seen before", _BOOLEAN, False),
                ),
            ),
        ),
        (
            Step("feature_extraction", "Feature extraction", "Turns the payment into numbers."),
            Step("vector_search", "Vector search", "Finds the most similar known payments."),
            Step("anomaly_scoring", "Anomaly scoring", "Measures the distance to the normal."),
            Step("classification", "Classification", "Gives the probability and the reasons."),
        ),
    ),
    (
        "loss-prevention",
        "loss-prevention",
        "Loss prevention",
        "Scores what happens in a store and asks a person to look.",
        (
            Scenario(
                "sales-floor",
                "Sales floor",
                "A visit among shelves with expensive goods.",
                (
                    Field("minutes_in_area", "Time in the area", _NUMBER, 12.0, "minutes"),
                    Field("items_handled", "Goods taken in hand", _NUMBER, 9.0, "pieces"),
                    Field("crowding", "People around", _SELECT, "normal", None, _LEVELS),
                ),
            ),
            Scenario(
                "self-checkout",
                "Self-checkout",
                "What was scanned does not fit the weight.",
                (
                    Field("weight_difference", "Difference", _NUMBER, 0.4, "kg"),
                    Field("skipped_scans", "Goods not scanned", _NUMBER, 1.0, "pieces"),
                    Field("attendant_present", "Attendant present", _BOOLEAN, False),
                ),
            ),
        ),
        (
            Step("video_analysis", "Video analysis", "Follows movements, not faces."),
            Step("behaviour_scoring", "Behaviour scoring", "Compares them with normal visits."),
            Step("risk_assessment", "Risk assessment", "Weighs the score with what is at stake."),
            Step("alert", "Alert", "Asks a person to look, with the reason."),
        ),
    ),
)


def fixed_id(table: str, key: str) -> UUID:
    """Give the id of a row of reference data.

    >>> fixed_id("industries", "retail") == fixed_id("industries", "retail")
    True
    """
    return uuid5(_SPACE, f"{table}/{key}")


def _statement(query: str, rows: list[dict[str, Any]]) -> str:
    """Put rows into a statement that reads them as JSON, so that each column gets its own type."""
    data = json.dumps(rows, ensure_ascii=False, default=str)
    return sql.SQL(query).format(rows=sql.Literal(data)).as_string(None)


def _simple(table: str, key: str, listed: tuple[tuple[str, str, str, str], ...]) -> str:
    rows = [
        {
            "id": fixed_id(table, slug),
            key: slug,
            "name": name,
            "icon": icon,
            "description": text,
            "display_order": place,
        }
        for place, (slug, name, icon, text) in enumerate(listed, start=1)
    ]
    return _statement(_SIMPLE[table], rows)


# The condition keeps a second run from touching rows, so that updated_at means a change.
_SIMPLE = {
    "industries": """
INSERT INTO catalog.industries AS old (id, industry_id, name, icon, description)
SELECT id, industry_id, name, icon, description
FROM jsonb_populate_recordset(NULL::catalog.industries, {rows})
ON CONFLICT (industry_id) DO UPDATE
  SET name = excluded.name, icon = excluded.icon, description = excluded.description
  WHERE (old.name, old.icon, old.description)
    IS DISTINCT FROM (excluded.name, excluded.icon, excluded.description)""",
    "use_case_categories": """
INSERT INTO catalog.use_case_categories AS old
  (id, category_id, name, icon, description, display_order)
SELECT id, category_id, name, icon, description, display_order
FROM jsonb_populate_recordset(NULL::catalog.use_case_categories, {rows})
ON CONFLICT (category_id) DO UPDATE
  SET name = excluded.name, icon = excluded.icon, description = excluded.description,
    display_order = excluded.display_order
  WHERE (old.name, old.icon, old.description, old.display_order)
    IS DISTINCT FROM
    (excluded.name, excluded.icon, excluded.description, excluded.display_order)""",
}

_TEMPLATES = """
INSERT INTO catalog.use_case_templates AS old
  (id, use_case_id, display_name, industry_id, category_id, category, short_description,
   theory_content, keywords, tips, icon, display_order)
SELECT id, use_case_id, display_name, industry_id, category_id, category, short_description,
  theory_content, keywords, tips, icon, display_order
FROM jsonb_populate_recordset(NULL::catalog.use_case_templates, {rows})
ON CONFLICT (use_case_id) DO UPDATE
  SET display_name = excluded.display_name, industry_id = excluded.industry_id,
    category_id = excluded.category_id, category = excluded.category,
    short_description = excluded.short_description, theory_content = excluded.theory_content,
    keywords = excluded.keywords, tips = excluded.tips, icon = excluded.icon,
    display_order = excluded.display_order
  WHERE (old.display_name, old.industry_id, old.category_id, old.category,
      old.short_description, old.theory_content, old.keywords, old.tips, old.icon,
      old.display_order)
    IS DISTINCT FROM
    (excluded.display_name, excluded.industry_id, excluded.category_id, excluded.category,
      excluded.short_description, excluded.theory_content, excluded.keywords, excluded.tips,
      excluded.icon, excluded.display_order)"""

_SOLUTIONS = """
INSERT INTO catalog.interactive_solutions AS old
  (id, solution_id, use_case_id, name, description, scenarios, pipeline, display_order)
SELECT id, solution_id, use_case_id, name, description, scenarios, pipeline, display_order
FROM jsonb_populate_recordset(NULL::catalog.interactive_solutions, {rows})
ON CONFLICT (solution_id) DO UPDATE
  SET use_case_id = excluded.use_case_id, name = excluded.name,
    description = excluded.description, scenarios = excluded.scenarios,
    pipeline = excluded.pipeline, display_order = excluded.display_order
  WHERE (old.use_case_id, old.name, old.description, old.scenarios, old.pipeline,
      old.display_order)
    IS DISTINCT FROM
    (excluded.use_case_id, excluded.name, excluded.description, excluded.scenarios,
      excluded.pipeline, excluded.display_order)"""

# Runs with the caller's rights, so within the tenant whose transaction it is and no other.
_GIVE = """
CREATE OR REPLACE FUNCTION catalog.give_use_cases(receiver uuid) RETURNS void LANGUAGE sql AS $$
  INSERT INTO catalog.use_cases
    (tenant_id, id, use_case_id, display_name, industry_id, category_id, category,
     short_description, long_description, theory_content, keywords, tips, icon, display_order)
  SELECT receiver, t.id, t.use_case_id, t.display_name, t.industry_id, t.category_id, t.category,
    t.short_description, t.long_description, t.theory_content, t.keywords, t.tips, t.icon,
    t.display_order
  FROM catalog.use_case_templates t WHERE t.is_active
  ON CONFLICT DO NOTHING
$$"""

_GIVE_COMMENT = """
COMMENT ON FUNCTION catalog.give_use_cases(uuid) IS
  'Gives a tenant the copies of active use case templates that it does not have.'"""

_ON_TENANT = """
CREATE OR REPLACE FUNCTION catalog.on_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM catalog.give_use_cases(NEW.id);
  RETURN NULL;
END $$"""

_ON_TENANT_COMMENT = """
COMMENT ON FUNCTION catalog.on_tenant() IS 'Lets a new tenant begin with its copies.'"""

_TRIGGER = """
CREATE OR REPLACE TRIGGER give_use_cases AFTER INSERT ON tenancy.tenants
FOR EACH ROW EXECUTE FUNCTION catalog.on_tenant()"""

# Tenants that were there before: one by one, since nobody writes for two.
_GIVE_ALL = """
DO $$
DECLARE
  before text := coalesce(current_setting('app.tenant_id', true), '');
  receiver uuid;
BEGIN
  FOR receiver IN SELECT * FROM app.tenants() LOOP
    EXECUTE 'SET LOCAL app.tenant_id = ' || quote_literal(receiver);
    PERFORM catalog.give_use_cases(receiver);
  END LOOP;
  EXECUTE 'SET LOCAL app.tenant_id = ' || quote_literal(before);
END $$"""


def _templates() -> str:
    rows = [
        {
            "id": fixed_id("use_cases", case.key),
            "use_case_id": case.key,
            "display_name": case.name,
            "industry_id": fixed_id("industries", case.industry),
            "category_id": fixed_id("use_case_categories", case.category),
            "category": case.category,
            "short_description": case.text,
            "theory_content": case.theory,
            "keywords": case.keywords,
            "tips": case.tips,
            "icon": case.icon,
            "display_order": place,
        }
        for place, case in enumerate(USE_CASES, start=1)
    ]
    return _statement(_TEMPLATES, rows)


def _solutions() -> str:
    rows = [
        {
            "id": fixed_id("interactive_solutions", key),
            "solution_id": key,
            "use_case_id": fixed_id("use_cases", use_case),
            "name": name,
            "description": text,
            "scenarios": [asdict(scenario) for scenario in scenarios],
            "pipeline": [asdict(step) for step in steps],
            "display_order": place,
        }
        for place, (key, use_case, name, text, scenarios, steps) in enumerate(SOLUTIONS, start=1)
    ]
    return _statement(_SOLUTIONS, rows)


#: Statements that load everything, in order; a migration runs them, and so does `create_all`.
SEED: tuple[str, ...] = (
    _simple("industries", "industry_id", INDUSTRIES),
    _simple("use_case_categories", "category_id", CATEGORIES),
    _templates(),
    _solutions(),
    _GIVE,
    _GIVE_COMMENT,
    _ON_TENANT,
    _ON_TENANT_COMMENT,
    _TRIGGER,
    _GIVE_ALL,
)
