"""Words of the commerce module that others may use."""

from __future__ import annotations

from enum import StrEnum


class OrderStatus(StrEnum):
    """How far an order has come."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    PROCESSING = "processing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class PaymentMethod(StrEnum):
    """How a customer pays."""

    CREDIT_CARD = "credit_card"
    DEBIT_CARD = "debit_card"
    UPI = "upi"
    WALLET = "wallet"
    BANK_TRANSFER = "bank_transfer"
    CASH = "cash"


class TransactionStatus(StrEnum):
    """How far a payment has come."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"
    REFUNDED = "refunded"


class ChurnRisk(StrEnum):
    """How likely a customer is to stop buying, in words."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class MovementType(StrEnum):
    """Why stock changes."""

    IN = "in"
    OUT = "out"
    ADJUSTMENT = "adjustment"
    RETURN = "return"
    DAMAGED = "damaged"


class ReferenceType(StrEnum):
    """What kind of paper a movement of stock goes back to."""

    ORDER = "order"
    PURCHASE_ORDER = "purchase_order"
    ADJUSTMENT = "adjustment"
