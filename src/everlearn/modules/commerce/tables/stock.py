"""What lies in the warehouses, and how it came to lie there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Computed, DateTime, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import Count, Days, Id, Moment, Name, Words, choice, column, ref
from everlearn.core.tables import Policy, Row
from everlearn.modules.commerce.types import MovementType, ReferenceType


class Inventory(
    Row, module="commerce", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """Stock of a product, or of one variant of it, in one warehouse."""

    __tablename__ = "inventory"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "product_id",
            "variant_id",
            "warehouse_id",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("reserved_stock <= current_stock", name="reserves_what_is_there"),
    )

    product_id: Mapped[Id] = ref("commerce.products", "The product.", ondelete="CASCADE")
    variant_id: Mapped[Id | None] = ref(
        "commerce.product_variants", "Which variant; NULL for the product.", ondelete="CASCADE"
    )
    warehouse_id: Mapped[Name] = column("The warehouse, in the shop's words.")
    current_stock: Mapped[Count] = column("Pieces that lie there.", default="0")
    reserved_stock: Mapped[Count] = column("Pieces of them that are promised.", default="0")
    available_stock: Mapped[int] = mapped_column(
        BigInteger,
        Computed("current_stock - reserved_stock", persisted=True),
        comment="Pieces that may be sold: what lies there less what is promised.",
    )
    reorder_point: Mapped[Count | None] = column("Order again at this many pieces.")
    reorder_quantity: Mapped[Count | None] = column("Pieces to order then.")
    safety_stock: Mapped[Count | None] = column("Pieces kept against surprises.")
    lead_time_days: Mapped[Days | None] = column("Days from order to delivery.")
    is_active: Mapped[bool] = column("Whether it is kept there.", default="true")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")
    last_updated: Mapped[datetime] = mapped_column(
        DateTime(timezone=True),
        Computed("updated_at", persisted=True),
        comment="When it was last changed, under its other name.",
    )


# No keep_days: the ledger explains today's stock from its beginning.
class InventoryMovement(
    Row,
    module="commerce",
    policy=Policy(rows="tenant", append_only=True),
    expose=("list", "get"),
):
    """A change of stock; a wrong one is put right by another one."""

    __tablename__ = "inventory_movements"
    __table_args__ = (
        CheckConstraint(
            "quantity > 0 OR (quantity < 0 AND movement_type = 'adjustment')",
            name="quantity_has_its_sign",
        ),
        CheckConstraint(
            "new_stock = previous_stock + CASE WHEN movement_type IN ('out', 'damaged')"
            " THEN -quantity ELSE quantity END",
            name="stock_adds_up",
        ),
        Index("ix_inventory_movements_product", "tenant_id", "product_id", "created_at"),
        Index("ix_inventory_movements_created_at", "tenant_id", "created_at"),
    )

    product_id: Mapped[Id] = ref("commerce.products", "The product.")
    variant_id: Mapped[Id | None] = ref("commerce.product_variants", "Which variant.")
    warehouse_id: Mapped[Name] = column("The warehouse, in the shop's words.")
    movement_type: Mapped[Words] = choice(MovementType, "Why the stock changes.")
    quantity: Mapped[int] = mapped_column(
        BigInteger, comment="Pieces that move, above zero; an adjustment may be below zero."
    )
    previous_stock: Mapped[Count | None] = column("Pieces before it.")
    new_stock: Mapped[Count | None] = column("Pieces after it.")
    reference_id: Mapped[Name | None] = column("Id of the paper it goes back to.")
    reference_type: Mapped[Words | None] = choice(ReferenceType, "What kind of paper that is.")
    notes: Mapped[Words | None] = column("Anything else to say about it.")
    created_at: Mapped[Moment] = column("When it happened.", default="now()")
    # Personal: says who moved it.
    created_by: Mapped[Id | None] = ref("tenancy.users", "Who moved it.", ondelete="SET NULL")
