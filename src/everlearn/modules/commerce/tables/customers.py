"""Who buys, and how they are grouped."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from everlearn.core.columns import (
    Count,
    Day,
    Days,
    Id,
    Json,
    JsonList,
    Moment,
    Name,
    Score,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.commerce.tables.kinds import Amount, Currency
from everlearn.modules.commerce.types import ChurnRisk


class CustomerSegment(
    Row, module="commerce", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """A group of customers who behave alike."""

    __tablename__ = "customer_segments"
    __table_args__ = (UniqueConstraint("tenant_id", "segment_id"),)

    segment_id: Mapped[Name] = column("Id in the world outside, unique within the tenant.")
    name: Mapped[Name] = column("Name shown to people.")
    description: Mapped[Words | None] = column("Who belongs to it.")
    criteria: Mapped[Json] = column("Conditions of belonging to it.", default="'{}'")
    characteristics: Mapped[Json] = column("What its members have in common.", default="'{}'")
    size: Mapped[Count] = column("Customers in it when it was last computed.", default="0")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class Customer(
    Row, module="commerce", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """A customer: who it is, what it bought and how likely it is to leave."""

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("tenant_id", "customer_id"),
        UniqueConstraint("tenant_id", "email"),
    )

    # Personal from here to location: they say who somebody is.
    customer_id: Mapped[Name] = column("Id in the world outside, unique within the tenant.")
    email: Mapped[Name] = column("Address, unique within the tenant (personal).")
    phone: Mapped[Name | None] = column("Telephone number (personal).")
    first_name: Mapped[Name | None] = column("First name (personal).")
    last_name: Mapped[Name | None] = column("Last name (personal).")
    date_of_birth: Mapped[Day | None] = column("Day of birth (personal).")
    gender: Mapped[Name | None] = column("In the customer's own words (personal).")
    location: Mapped[Json | None] = column("city, state, country and zip (personal).")
    total_orders: Mapped[Count] = column("Orders so far.", default="0")
    total_spent: Mapped[Amount] = column("What they came to, in currency.", default="0")
    average_order_value: Mapped[Amount] = column("Mean of an order, in currency.", default="0")
    currency: Mapped[Currency] = column("ISO 4217 code of both amounts.", default="'INR'")
    last_order_date: Mapped[Moment | None] = column("When the last order was made.")
    days_since_last_purchase: Mapped[Days] = column(
        "Days since then, when it was last computed.", default="0"
    )
    churn_probability: Mapped[Score | None] = column("Chance to stop buying, 0 to 1.")
    churn_risk_level: Mapped[Words | None] = choice(ChurnRisk, "The same in a word.")
    segment_id: Mapped[Id | None] = ref(
        "commerce.customer_segments", "Its segment.", ondelete="SET NULL"
    )
    # Personal: what somebody likes.
    preferences: Mapped[Json] = column("What it said it likes (personal).", default="'{}'")
    tags: Mapped[JsonList] = column("Words the shop files it under (personal).", default="'[]'")
    is_active: Mapped[bool] = column("Whether it may order.", default="true")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")
