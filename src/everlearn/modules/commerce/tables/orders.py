"""What was ordered and how it was paid."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from everlearn.core.columns import (
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
from everlearn.modules.commerce.tables.kinds import Amount, Currency, Quantity
from everlearn.modules.commerce.types import OrderStatus, PaymentMethod, TransactionStatus


# No keep_days on orders, lines and payments: accounts are kept as long as the law asks the tenant.
class Order(
    Row, module="commerce", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """An order of a customer."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("tenant_id", "order_id"),
        Index("ix_orders_customer", "tenant_id", "customer_id", "created_at"),
        Index("ix_orders_status", "tenant_id", "status", "created_at"),
        Index("ix_orders_created_at", "tenant_id", "created_at"),
    )

    order_id: Mapped[Name] = column("Id in the world outside, unique within the tenant.")
    customer_id: Mapped[Id] = ref("commerce.customers", "Who ordered (personal).")
    status: Mapped[Words] = choice(OrderStatus, "How far it has come.", default=OrderStatus.PENDING)
    subtotal: Mapped[Amount] = column("Sum of its lines, in currency.")
    tax: Mapped[Amount] = column("Tax, in currency.", default="0")
    shipping_cost: Mapped[Amount] = column("Shipping, in currency.", default="0")
    discount: Mapped[Amount] = column("What is taken off, in currency.", default="0")
    total: Mapped[Amount] = column("What is to be paid, in currency.")
    currency: Mapped[Currency] = column("ISO 4217 code of every amount.", default="'INR'")
    # Personal: where somebody lives, and a number that leads there.
    shipping_address: Mapped[Json | None] = column("Where it goes (personal).")
    billing_address: Mapped[Json | None] = column("Who pays (personal).")
    carrier: Mapped[Name | None] = column("Who brings it.")
    tracking_number: Mapped[Name | None] = column("The carrier's number (personal).")
    estimated_delivery_date: Mapped[Moment | None] = column("When it is expected.")
    actual_delivery_date: Mapped[Moment | None] = column("When it came.")
    meta_data: Mapped[Json] = column("Anything else the shop keeps with it.", default="'{}'")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class OrderItem(Row, module="commerce", policy=Policy(rows="tenant"), expose=("list", "get")):
    """A line of an order."""

    __tablename__ = "order_items"

    order_id: Mapped[Id] = ref("commerce.orders", "Its order.", ondelete="CASCADE")
    product_id: Mapped[Id] = ref(
        "commerce.products", "What was bought; a product with orders is made inactive."
    )
    variant_id: Mapped[Id | None] = ref("commerce.product_variants", "Which variant of it.")
    quantity: Mapped[Quantity] = column("Pieces, at least one.")
    unit_price: Mapped[Amount] = column("Price of one piece, in the order's currency.")
    total_price: Mapped[Amount] = column("Price of the line, in the order's currency.")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")


class Transaction(
    Row, module="commerce", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """A payment, with the signals that it may be a fraud."""

    __tablename__ = "transactions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "transaction_id"),
        Index("ix_transactions_customer", "tenant_id", "customer_id", "created_at"),
        Index("ix_transactions_status", "tenant_id", "status", "created_at"),
        Index("ix_transactions_created_at", "tenant_id", "created_at"),
    )

    transaction_id: Mapped[Name] = column("Id in the world outside, unique within the tenant.")
    order_id: Mapped[Id | None] = ref("commerce.orders", "What is paid for.")
    customer_id: Mapped[Id] = ref("commerce.customers", "Who pays (personal).")
    amount: Mapped[Amount] = column("What is paid, in currency; its direction is the status.")
    currency: Mapped[Currency] = column("ISO 4217 code of the amount.", default="'INR'")
    payment_method: Mapped[Words | None] = choice(PaymentMethod, "How it is paid.")
    payment_gateway: Mapped[Name | None] = column("Who carries it out.")
    is_fraud: Mapped[bool] = column("Whether it turned out to be a fraud.", default="false")
    fraud_score: Mapped[Score | None] = column("Chance of a fraud, 0 to 1.")
    fraud_reasons: Mapped[JsonList] = column("What the score rests on.", default="'[]'")
    # Personal from here to location: they recognise a person or a device.
    device_fingerprint: Mapped[Name | None] = column("What recognises the device (personal).")
    ip_address: Mapped[Name | None] = column("Address the request came from (personal).")
    user_agent: Mapped[Words | None] = column("Program it was made with (personal).")
    location: Mapped[Json | None] = column("lat, lng, city and country (personal).")
    meta_data: Mapped[Json] = column("Anything else the shop keeps with it.", default="'{}'")
    status: Mapped[Words] = choice(
        TransactionStatus, "How far it has come.", default=TransactionStatus.PENDING
    )
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")
