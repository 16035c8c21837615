"""What a shop sells."""

from __future__ import annotations

from pgvector.sqlalchemy import Vector
from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Id,
    Json,
    JsonList,
    Moment,
    Name,
    Words,
    column,
    ref,
    vector,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.commerce.tables.kinds import Amount, Currency


class ProductCategory(Row, module="commerce", policy=Policy(rows="tenant"), expose=("list", "get")):
    """A node of the tree of product categories."""

    __tablename__ = "product_categories"
    __table_args__ = (
        UniqueConstraint("tenant_id", "category_id"),
        CheckConstraint("parent_category_id <> id", name="not_its_own_parent"),
    )

    category_id: Mapped[Name] = column("Id in the world outside, unique within the tenant.")
    name: Mapped[Name] = column("Name shown to people.")
    parent_category_id: Mapped[Id | None] = ref(
        "commerce.product_categories", "Category above it; NULL at the top."
    )
    description: Mapped[Words | None] = column("What belongs to it.")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")


class Product(
    Row, module="commerce", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """A product, with the vectors that similar products are found by."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("tenant_id", "product_id"),
        UniqueConstraint("tenant_id", "sku"),
        # Of all tenants: a tenant of some thousand products is searched exactly by its own key.
        Index(
            "ix_products_embedding",
            "embedding",
            postgresql_using="hnsw",
            postgresql_ops={"embedding": "vector_cosine_ops"},
        ),
    )

    product_id: Mapped[Name] = column("Id in the world outside, unique within the tenant.")
    sku: Mapped[Name] = column("Stock keeping unit, unique within the tenant.")
    name: Mapped[Name] = column("Name shown to people.")
    description: Mapped[Words | None] = column("What it is.")
    category_id: Mapped[Id | None] = ref(
        "commerce.product_categories", "Its category.", ondelete="SET NULL"
    )
    brand: Mapped[Name | None] = column("Brand.")
    price: Mapped[Amount] = column("Price of one piece, in currency.")
    cost: Mapped[Amount | None] = column("What one piece costs the shop, in currency.")
    currency: Mapped[Currency] = column("ISO 4217 code of price and cost.", default="'INR'")
    attributes: Mapped[Json] = column("Name -> value, such as colour.", default="'{}'")
    images: Mapped[JsonList] = column("Addresses of pictures, the first one leads.", default="'[]'")
    tags: Mapped[JsonList] = column("Words to find it by.", default="'[]'")
    seo_title: Mapped[Name | None] = column("Title for search engines.")
    seo_description: Mapped[Words | None] = column("Text for search engines.")
    seo_keywords: Mapped[JsonList] = column("Words for search engines.", default="'[]'")
    stock_quantity: Mapped[Count] = column("Pieces in stock, all warehouses.", default="0")
    is_active: Mapped[bool] = column("Whether it is sold.", default="true")
    embedding: Mapped[list[float] | None] = vector("Its text as a vector; compare by cosine.", 384)
    # Without a width: it is that of the image model, which the tenant chooses.
    visual_embedding: Mapped[list[float] | None] = mapped_column(
        Vector(), comment="Its picture as a vector; compare by cosine."
    )
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class ProductVariant(Row, module="commerce", policy=Policy(rows="tenant"), expose=("list", "get")):
    """A variant of a product, such as a size or a colour."""

    __tablename__ = "product_variants"
    __table_args__ = (
        UniqueConstraint("tenant_id", "variant_id"),
        UniqueConstraint("tenant_id", "sku"),
    )

    variant_id: Mapped[Name] = column("Id in the world outside, unique within the tenant.")
    product_id: Mapped[Id] = ref("commerce.products", "Its product.", ondelete="CASCADE")
    sku: Mapped[Name] = column("Stock keeping unit, unique within the tenant.")
    name: Mapped[Name | None] = column("Name shown to people.")
    attributes: Mapped[Json] = column("What sets it apart: name -> value.", default="'{}'")
    price: Mapped[Amount | None] = column("Its own price, in the product's currency.")
    stock_quantity: Mapped[Count] = column("Pieces in stock, all warehouses.", default="0")
    is_active: Mapped[bool] = column("Whether it is sold.", default="true")
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
