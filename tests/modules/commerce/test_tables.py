from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from everlearn.core.errors import Duplicate, Forbidden, Invalid
from everlearn.core.testing.make import make
from everlearn.modules.commerce import types
from everlearn.modules.commerce.tables.customers import Customer, CustomerSegment
from everlearn.modules.commerce.tables.orders import Order, OrderItem, Transaction
from everlearn.modules.commerce.tables.products import Product, ProductCategory, ProductVariant
from everlearn.modules.commerce.tables.stock import Inventory, InventoryMovement


def refused(tx, row, **values) -> Invalid:
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **values)
    return caught.value


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (Order, "status", types.OrderStatus),
        (Transaction, "payment_method", types.PaymentMethod),
        (Transaction, "status", types.TransactionStatus),
        (Customer, "churn_risk_level", types.ChurnRisk),
        (InventoryMovement, "movement_type", types.MovementType),
        (InventoryMovement, "reference_type", types.ReferenceType),
    ],
)
def test_a_vocabulary_refuses_other_words(tx, row, column, words):
    error = refused(tx, row, **{column: "nonsense"})
    assert error.field == column
    assert error.facts["allowed"] == [word.value for word in words]


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        (Product, "price", Decimal(-1)),
        (Product, "price", Decimal("NaN")),
        (Product, "cost", Decimal("-0.01")),
        (Product, "currency", "rupees"),
        (Product, "attributes", []),
        (Product, "images", {}),
        (Product, "stock_quantity", -1),
        (ProductVariant, "price", Decimal(-1)),
        (Order, "subtotal", Decimal(-1)),
        (Order, "total", Decimal("NaN")),
        (Order, "discount", Decimal(-1)),
        (Order, "currency", ""),
        (Order, "shipping_address", []),
        (OrderItem, "quantity", 0),
        (OrderItem, "unit_price", Decimal(-1)),
        (OrderItem, "total_price", Decimal(-1)),
        (Transaction, "amount", Decimal(-5)),
        (Transaction, "fraud_score", 1.2),
        (Transaction, "fraud_reasons", {}),
        (Transaction, "location", []),
        (Customer, "churn_probability", -0.1),
        (Customer, "total_spent", Decimal(-1)),
        (Customer, "days_since_last_purchase", -1),
        (Customer, "preferences", []),
        (CustomerSegment, "criteria", []),
        (CustomerSegment, "size", -1),
        (Inventory, "current_stock", -1),
        (Inventory, "reserved_stock", -1),
        (Inventory, "lead_time_days", -1),
        (InventoryMovement, "new_stock", -1),
    ],
)
def test_refuses(tx, row, column, value):
    assert refused(tx, row, **{column: value}).field == column


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (ProductCategory, "category_id"),
        (Product, "product_id"),
        (Product, "sku"),
        (ProductVariant, "variant_id"),
        (ProductVariant, "sku"),
        (Order, "order_id"),
        (Transaction, "transaction_id"),
        (Customer, "customer_id"),
        (Customer, "email"),
        (CustomerSegment, "segment_id"),
    ],
)
def test_a_key_is_there_once(tx, row, column):
    first = make(tx, row)
    with pytest.raises(Duplicate) as caught, tx.savepoint():
        make(tx, row, **{column: getattr(first, column)})
    assert caught.value.field == column


class TestProducts:
    def test_a_category_is_not_its_own_parent(self, tx):
        made = make(tx, ProductCategory)
        query = "UPDATE product_categories SET parent_category_id = id WHERE id = :id"
        with pytest.raises(Invalid), tx.savepoint():
            tx.execute(query, {"id": made.id})

    def test_similar_ones_are_found_by_their_vector(self, tx):
        def along(axis: int) -> list[float]:
            return [1.0 if i == axis else 0.1 for i in range(384)]

        for axis in (3, 7, 11):
            make(tx, Product, sku=f"axis-{axis}", embedding=along(axis))
        nearest = select(Product.sku).order_by(Product.embedding.cosine_distance(along(7)))
        assert tx.scalar(nearest.limit(1)) == "axis-7"

    def test_the_vector_of_a_text_has_384_numbers(self, tx):
        query = (
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = 'products'::regclass AND attname = 'embedding'"
        )
        assert tx.scalar(query) == "vector(384)"

    def test_the_vector_of_a_picture_has_its_models_width(self, tx):
        made = make(tx, Product, visual_embedding=[0.5, 1.0])
        assert list(made.visual_embedding) == [0.5, 1.0]

    def test_the_vectors_have_a_cosine_index(self, tx):
        query = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_products_embedding'"
        assert "USING hnsw (embedding vector_cosine_ops)" in tx.scalar(query)

    def test_what_was_ordered_stays(self, tx):
        line = make(tx, OrderItem)
        with pytest.raises(Invalid), tx.savepoint():
            tx.execute("DELETE FROM products WHERE id = :id", {"id": line.product_id})


class TestOrders:
    def test_amounts_are_exact(self, tx):
        made = make(tx, Order, subtotal=Decimal("0.1"), tax=Decimal("0.2"), total=Decimal("0.3"))
        assert made.subtotal + made.tax == made.total

    def test_an_order_takes_its_lines_along(self, tx):
        line = make(tx, OrderItem)
        tx.execute("DELETE FROM orders WHERE id = :id", {"id": line.order_id})
        assert tx.scalar("SELECT count(*) FROM order_items") == 0

    def test_a_customer_with_orders_stays(self, tx):
        made = make(tx, Order)
        with pytest.raises(Invalid), tx.savepoint():
            tx.execute("DELETE FROM customers WHERE id = :id", {"id": made.customer_id})


class TestInventory:
    def test_more_than_there_is_cannot_be_promised(self, tx):
        refused(tx, Inventory, current_stock=5, reserved_stock=6)

    def test_what_is_available_follows(self, tx):
        made = make(tx, Inventory, current_stock=5, reserved_stock=2)
        assert made.available_stock == 3
        query = "UPDATE inventory SET reserved_stock = 5 WHERE id = :id RETURNING available_stock"
        assert tx.scalar(query, {"id": made.id}) == 0

    def test_last_updated_follows_every_change(self, tx):
        made = make(tx, Inventory)
        query = "UPDATE inventory SET current_stock = 1 WHERE id = :id RETURNING last_updated"
        assert tx.scalar(query, {"id": made.id}) > made.last_updated

    def test_a_place_has_one_row_even_without_a_variant(self, tx):
        made = make(tx, Inventory)
        with pytest.raises(Duplicate), tx.savepoint():
            make(tx, Inventory, product_id=made.product_id, warehouse_id=made.warehouse_id)


class TestMovements:
    @pytest.mark.parametrize(
        ("kind", "quantity", "before", "after"),
        [
            ("in", 3, 1, 4),
            ("return", 3, 1, 4),
            ("out", 3, 4, 1),
            ("damaged", 3, 4, 1),
            ("adjustment", 2, 1, 3),
            ("adjustment", -2, 3, 1),
        ],
    )
    def test_adds_up(self, tx, kind, quantity, before, after):
        values = {"movement_type": kind, "quantity": quantity, "previous_stock": before}
        assert make(tx, InventoryMovement, **values, new_stock=after).new_stock == after
        refused(tx, InventoryMovement, **values, new_stock=after + 1)

    @pytest.mark.parametrize(
        ("kind", "quantity"), [("in", 0), ("in", -1), ("out", -1), ("adjustment", 0)]
    )
    def test_a_quantity_has_its_sign(self, tx, kind, quantity):
        refused(tx, InventoryMovement, movement_type=kind, quantity=quantity)

    def test_the_ledger_is_only_written_on(self, tx):
        made = make(tx, InventoryMovement)
        with pytest.raises(Forbidden), tx.savepoint():
            tx.execute("UPDATE inventory_movements SET notes = 'x' WHERE id = :id", {"id": made.id})
