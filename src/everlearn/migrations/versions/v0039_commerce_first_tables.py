"""Commerce first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA commerce")
    op.execute(
        "GRANT USAGE ON SCHEMA commerce TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "customer_segments",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "segment_id",
            sa.Text(),
            nullable=False,
            comment="Id in the world outside, unique within the tenant.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column("description", sa.Text(), nullable=True, comment="Who belongs to it."),
        sa.Column(
            "criteria",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Conditions of belonging to it.",
        ),
        sa.Column(
            "characteristics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What its members have in common.",
        ),
        sa.Column(
            "size",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Customers in it when it was last computed.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(characteristics) = 'object'",
            name=op.f("ck_customer_segments_characteristics_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(criteria) = 'object'", name=op.f("ck_customer_segments_criteria_valid")
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_customer_segments_name_valid")
        ),
        sa.CheckConstraint(
            "segment_id <> '' AND length(segment_id) <= 255",
            name=op.f("ck_customer_segments_segment_id_valid"),
        ),
        sa.CheckConstraint("size >= 0", name=op.f("ck_customer_segments_size_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_customer_segments_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_customer_segments")),
        sa.UniqueConstraint(
            "tenant_id", "segment_id", name=op.f("uq_customer_segments_tenant_id_segment_id")
        ),
        schema="commerce",
        comment="A group of customers who behave alike.",
    )
    op.create_table(
        "product_categories",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "category_id",
            sa.Text(),
            nullable=False,
            comment="Id in the world outside, unique within the tenant.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column(
            "parent_category_id",
            sa.UUID(),
            nullable=True,
            comment="Category above it; NULL at the top.",
        ),
        sa.Column("description", sa.Text(), nullable=True, comment="What belongs to it."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "category_id <> '' AND length(category_id) <= 255",
            name=op.f("ck_product_categories_category_id_valid"),
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_product_categories_name_valid")
        ),
        sa.CheckConstraint(
            "parent_category_id <> id", name=op.f("ck_product_categories_not_its_own_parent")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_category_id"],
            ["commerce.product_categories.tenant_id", "commerce.product_categories.id"],
            name="fk_product_categories_parent_category_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_product_categories_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_product_categories")),
        sa.UniqueConstraint(
            "tenant_id", "category_id", name=op.f("uq_product_categories_tenant_id_category_id")
        ),
        schema="commerce",
        comment="A node of the tree of product categories.",
    )
    op.create_index(
        "ix_product_categories_parent_category_id",
        "product_categories",
        ["tenant_id", "parent_category_id"],
        unique=False,
        schema="commerce",
    )
    op.create_table(
        "customers",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "customer_id",
            sa.Text(),
            nullable=False,
            comment="Id in the world outside, unique within the tenant.",
        ),
        sa.Column(
            "email",
            sa.Text(),
            nullable=False,
            comment="Address, unique within the tenant (personal).",
        ),
        sa.Column("phone", sa.Text(), nullable=True, comment="Telephone number (personal)."),
        sa.Column("first_name", sa.Text(), nullable=True, comment="First name (personal)."),
        sa.Column("last_name", sa.Text(), nullable=True, comment="Last name (personal)."),
        sa.Column("date_of_birth", sa.Date(), nullable=True, comment="Day of birth (personal)."),
        sa.Column(
            "gender", sa.Text(), nullable=True, comment="In the customer's own words (personal)."
        ),
        sa.Column(
            "location",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="city, state, country and zip (personal).",
        ),
        sa.Column(
            "total_orders",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Orders so far.",
        ),
        sa.Column(
            "total_spent",
            sa.Numeric(precision=18, scale=4),
            server_default=sa.text("0"),
            nullable=False,
            comment="What they came to, in currency.",
        ),
        sa.Column(
            "average_order_value",
            sa.Numeric(precision=18, scale=4),
            server_default=sa.text("0"),
            nullable=False,
            comment="Mean of an order, in currency.",
        ),
        sa.Column(
            "currency",
            sa.Text(),
            server_default=sa.text("'INR'"),
            nullable=False,
            comment="ISO 4217 code of both amounts.",
        ),
        sa.Column(
            "last_order_date",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the last order was made.",
        ),
        sa.Column(
            "days_since_last_purchase",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Days since then, when it was last computed.",
        ),
        sa.Column(
            "churn_probability",
            sa.Double(),
            nullable=True,
            comment="Chance to stop buying, 0 to 1.",
        ),
        sa.Column("churn_risk_level", sa.Text(), nullable=True, comment="The same in a word."),
        sa.Column("segment_id", sa.UUID(), nullable=True, comment="Its segment."),
        sa.Column(
            "preferences",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What it said it likes (personal).",
        ),
        sa.Column(
            "tags",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Words the shop files it under (personal).",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it may order.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "average_order_value >= 0 AND average_order_value < 'NaN'",
            name=op.f("ck_customers_average_order_value_valid"),
        ),
        sa.CheckConstraint(
            "churn_risk_level IN ('low', 'medium', 'high')",
            name=op.f("ck_customers_churn_risk_level_valid"),
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_customers_currency_valid")),
        sa.CheckConstraint(
            "customer_id <> '' AND length(customer_id) <= 255",
            name=op.f("ck_customers_customer_id_valid"),
        ),
        sa.CheckConstraint(
            "email <> '' AND length(email) <= 255", name=op.f("ck_customers_email_valid")
        ),
        sa.CheckConstraint(
            "first_name <> '' AND length(first_name) <= 255",
            name=op.f("ck_customers_first_name_valid"),
        ),
        sa.CheckConstraint(
            "gender <> '' AND length(gender) <= 255", name=op.f("ck_customers_gender_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(location) = 'object'", name=op.f("ck_customers_location_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(preferences) = 'object'", name=op.f("ck_customers_preferences_valid")
        ),
        sa.CheckConstraint("jsonb_typeof(tags) = 'array'", name=op.f("ck_customers_tags_valid")),
        sa.CheckConstraint(
            "last_name <> '' AND length(last_name) <= 255",
            name=op.f("ck_customers_last_name_valid"),
        ),
        sa.CheckConstraint(
            "phone <> '' AND length(phone) <= 255", name=op.f("ck_customers_phone_valid")
        ),
        sa.CheckConstraint(
            "total_spent >= 0 AND total_spent < 'NaN'", name=op.f("ck_customers_total_spent_valid")
        ),
        sa.CheckConstraint(
            "churn_probability BETWEEN 0 AND 1", name=op.f("ck_customers_churn_probability_valid")
        ),
        sa.CheckConstraint(
            "days_since_last_purchase >= 0",
            name=op.f("ck_customers_days_since_last_purchase_valid"),
        ),
        sa.CheckConstraint("total_orders >= 0", name=op.f("ck_customers_total_orders_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "segment_id"],
            ["commerce.customer_segments.tenant_id", "commerce.customer_segments.id"],
            name="fk_customers_segment_id",
            ondelete="SET NULL (segment_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenancy.tenants.id"], name="fk_customers_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_customers")),
        sa.UniqueConstraint(
            "tenant_id", "customer_id", name=op.f("uq_customers_tenant_id_customer_id")
        ),
        sa.UniqueConstraint("tenant_id", "email", name=op.f("uq_customers_tenant_id_email")),
        schema="commerce",
        comment="A customer: who it is, what it bought and how likely it is to leave.",
    )
    op.create_index(
        "ix_customers_segment_id",
        "customers",
        ["tenant_id", "segment_id"],
        unique=False,
        schema="commerce",
    )
    op.create_table(
        "products",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "product_id",
            sa.Text(),
            nullable=False,
            comment="Id in the world outside, unique within the tenant.",
        ),
        sa.Column(
            "sku",
            sa.Text(),
            nullable=False,
            comment="Stock keeping unit, unique within the tenant.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column("description", sa.Text(), nullable=True, comment="What it is."),
        sa.Column("category_id", sa.UUID(), nullable=True, comment="Its category."),
        sa.Column("brand", sa.Text(), nullable=True, comment="Brand."),
        sa.Column(
            "price",
            sa.Numeric(precision=18, scale=4),
            nullable=False,
            comment="Price of one piece, in currency.",
        ),
        sa.Column(
            "cost",
            sa.Numeric(precision=18, scale=4),
            nullable=True,
            comment="What one piece costs the shop, in currency.",
        ),
        sa.Column(
            "currency",
            sa.Text(),
            server_default=sa.text("'INR'"),
            nullable=False,
            comment="ISO 4217 code of price and cost.",
        ),
        sa.Column(
            "attributes",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Name -> value, such as colour.",
        ),
        sa.Column(
            "images",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Addresses of pictures, the first one leads.",
        ),
        sa.Column(
            "tags",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Words to find it by.",
        ),
        sa.Column("seo_title", sa.Text(), nullable=True, comment="Title for search engines."),
        sa.Column("seo_description", sa.Text(), nullable=True, comment="Text for search engines."),
        sa.Column(
            "seo_keywords",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="Words for search engines.",
        ),
        sa.Column(
            "stock_quantity",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Pieces in stock, all warehouses.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is sold.",
        ),
        sa.Column(
            "embedding",
            Vector(384),
            nullable=True,
            comment="Its text as a vector; compare by cosine.",
        ),
        sa.Column(
            "visual_embedding",
            Vector(),
            nullable=True,
            comment="Its picture as a vector; compare by cosine.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "brand <> '' AND length(brand) <= 255", name=op.f("ck_products_brand_valid")
        ),
        sa.CheckConstraint("cost >= 0 AND cost < 'NaN'", name=op.f("ck_products_cost_valid")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_products_currency_valid")),
        sa.CheckConstraint(
            "jsonb_typeof(attributes) = 'object'", name=op.f("ck_products_attributes_valid")
        ),
        sa.CheckConstraint("jsonb_typeof(images) = 'array'", name=op.f("ck_products_images_valid")),
        sa.CheckConstraint(
            "jsonb_typeof(seo_keywords) = 'array'", name=op.f("ck_products_seo_keywords_valid")
        ),
        sa.CheckConstraint("jsonb_typeof(tags) = 'array'", name=op.f("ck_products_tags_valid")),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_products_name_valid")
        ),
        sa.CheckConstraint("price >= 0 AND price < 'NaN'", name=op.f("ck_products_price_valid")),
        sa.CheckConstraint(
            "product_id <> '' AND length(product_id) <= 255",
            name=op.f("ck_products_product_id_valid"),
        ),
        sa.CheckConstraint(
            "seo_title <> '' AND length(seo_title) <= 255", name=op.f("ck_products_seo_title_valid")
        ),
        sa.CheckConstraint("sku <> '' AND length(sku) <= 255", name=op.f("ck_products_sku_valid")),
        sa.CheckConstraint("stock_quantity >= 0", name=op.f("ck_products_stock_quantity_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "category_id"],
            ["commerce.product_categories.tenant_id", "commerce.product_categories.id"],
            name="fk_products_category_id",
            ondelete="SET NULL (category_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenancy.tenants.id"], name="fk_products_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_products")),
        sa.UniqueConstraint(
            "tenant_id", "product_id", name=op.f("uq_products_tenant_id_product_id")
        ),
        sa.UniqueConstraint("tenant_id", "sku", name=op.f("uq_products_tenant_id_sku")),
        schema="commerce",
        comment="A product, with the vectors that similar products are found by.",
    )
    op.create_index(
        "ix_products_category_id",
        "products",
        ["tenant_id", "category_id"],
        unique=False,
        schema="commerce",
    )
    op.create_index(
        "ix_products_embedding",
        "products",
        ["embedding"],
        unique=False,
        schema="commerce",
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "vector_cosine_ops"},
    )
    op.create_table(
        "orders",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "order_id",
            sa.Text(),
            nullable=False,
            comment="Id in the world outside, unique within the tenant.",
        ),
        sa.Column("customer_id", sa.UUID(), nullable=False, comment="Who ordered (personal)."),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'pending'"),
            nullable=False,
            comment="How far it has come.",
        ),
        sa.Column(
            "subtotal",
            sa.Numeric(precision=18, scale=4),
            nullable=False,
            comment="Sum of its lines, in currency.",
        ),
        sa.Column(
            "tax",
            sa.Numeric(precision=18, scale=4),
            server_default=sa.text("0"),
            nullable=False,
            comment="Tax, in currency.",
        ),
        sa.Column(
            "shipping_cost",
            sa.Numeric(precision=18, scale=4),
            server_default=sa.text("0"),
            nullable=False,
            comment="Shipping, in currency.",
        ),
        sa.Column(
            "discount",
            sa.Numeric(precision=18, scale=4),
            server_default=sa.text("0"),
            nullable=False,
            comment="What is taken off, in currency.",
        ),
        sa.Column(
            "total",
            sa.Numeric(precision=18, scale=4),
            nullable=False,
            comment="What is to be paid, in currency.",
        ),
        sa.Column(
            "currency",
            sa.Text(),
            server_default=sa.text("'INR'"),
            nullable=False,
            comment="ISO 4217 code of every amount.",
        ),
        sa.Column(
            "shipping_address",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Where it goes (personal).",
        ),
        sa.Column(
            "billing_address",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Who pays (personal).",
        ),
        sa.Column("carrier", sa.Text(), nullable=True, comment="Who brings it."),
        sa.Column(
            "tracking_number", sa.Text(), nullable=True, comment="The carrier's number (personal)."
        ),
        sa.Column(
            "estimated_delivery_date",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it is expected.",
        ),
        sa.Column(
            "actual_delivery_date",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it came.",
        ),
        sa.Column(
            "meta_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Anything else the shop keeps with it.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "carrier <> '' AND length(carrier) <= 255", name=op.f("ck_orders_carrier_valid")
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_orders_currency_valid")),
        sa.CheckConstraint(
            "discount >= 0 AND discount < 'NaN'", name=op.f("ck_orders_discount_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(billing_address) = 'object'", name=op.f("ck_orders_billing_address_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(meta_data) = 'object'", name=op.f("ck_orders_meta_data_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(shipping_address) = 'object'",
            name=op.f("ck_orders_shipping_address_valid"),
        ),
        sa.CheckConstraint(
            "order_id <> '' AND length(order_id) <= 255", name=op.f("ck_orders_order_id_valid")
        ),
        sa.CheckConstraint(
            "shipping_cost >= 0 AND shipping_cost < 'NaN'",
            name=op.f("ck_orders_shipping_cost_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled', 'returned')",
            name=op.f("ck_orders_status_valid"),
        ),
        sa.CheckConstraint(
            "subtotal >= 0 AND subtotal < 'NaN'", name=op.f("ck_orders_subtotal_valid")
        ),
        sa.CheckConstraint("tax >= 0 AND tax < 'NaN'", name=op.f("ck_orders_tax_valid")),
        sa.CheckConstraint("total >= 0 AND total < 'NaN'", name=op.f("ck_orders_total_valid")),
        sa.CheckConstraint(
            "tracking_number <> '' AND length(tracking_number) <= 255",
            name=op.f("ck_orders_tracking_number_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["commerce.customers.tenant_id", "commerce.customers.id"],
            name="fk_orders_customer_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenancy.tenants.id"], name="fk_orders_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_orders")),
        sa.UniqueConstraint("tenant_id", "order_id", name=op.f("uq_orders_tenant_id_order_id")),
        schema="commerce",
        comment="An order of a customer.",
    )
    op.create_index(
        "ix_orders_created_at",
        "orders",
        ["tenant_id", "created_at"],
        unique=False,
        schema="commerce",
    )
    op.create_index(
        "ix_orders_customer",
        "orders",
        ["tenant_id", "customer_id", "created_at"],
        unique=False,
        schema="commerce",
    )
    op.create_index(
        "ix_orders_status",
        "orders",
        ["tenant_id", "status", "created_at"],
        unique=False,
        schema="commerce",
    )
    op.create_table(
        "product_variants",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "variant_id",
            sa.Text(),
            nullable=False,
            comment="Id in the world outside, unique within the tenant.",
        ),
        sa.Column("product_id", sa.UUID(), nullable=False, comment="Its product."),
        sa.Column(
            "sku",
            sa.Text(),
            nullable=False,
            comment="Stock keeping unit, unique within the tenant.",
        ),
        sa.Column("name", sa.Text(), nullable=True, comment="Name shown to people."),
        sa.Column(
            "attributes",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="What sets it apart: name -> value.",
        ),
        sa.Column(
            "price",
            sa.Numeric(precision=18, scale=4),
            nullable=True,
            comment="Its own price, in the product's currency.",
        ),
        sa.Column(
            "stock_quantity",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Pieces in stock, all warehouses.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is sold.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(attributes) = 'object'", name=op.f("ck_product_variants_attributes_valid")
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_product_variants_name_valid")
        ),
        sa.CheckConstraint(
            "price >= 0 AND price < 'NaN'", name=op.f("ck_product_variants_price_valid")
        ),
        sa.CheckConstraint(
            "sku <> '' AND length(sku) <= 255", name=op.f("ck_product_variants_sku_valid")
        ),
        sa.CheckConstraint(
            "variant_id <> '' AND length(variant_id) <= 255",
            name=op.f("ck_product_variants_variant_id_valid"),
        ),
        sa.CheckConstraint(
            "stock_quantity >= 0", name=op.f("ck_product_variants_stock_quantity_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["commerce.products.tenant_id", "commerce.products.id"],
            name="fk_product_variants_product_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_product_variants_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_product_variants")),
        sa.UniqueConstraint("tenant_id", "sku", name=op.f("uq_product_variants_tenant_id_sku")),
        sa.UniqueConstraint(
            "tenant_id", "variant_id", name=op.f("uq_product_variants_tenant_id_variant_id")
        ),
        schema="commerce",
        comment="A variant of a product, such as a size or a colour.",
    )
    op.create_index(
        "ix_product_variants_product_id",
        "product_variants",
        ["tenant_id", "product_id"],
        unique=False,
        schema="commerce",
    )
    op.create_table(
        "inventory",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("product_id", sa.UUID(), nullable=False, comment="The product."),
        sa.Column(
            "variant_id", sa.UUID(), nullable=True, comment="Which variant; NULL for the product."
        ),
        sa.Column(
            "warehouse_id", sa.Text(), nullable=False, comment="The warehouse, in the shop's words."
        ),
        sa.Column(
            "current_stock",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Pieces that lie there.",
        ),
        sa.Column(
            "reserved_stock",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Pieces of them that are promised.",
        ),
        sa.Column(
            "available_stock",
            sa.BigInteger(),
            sa.Computed("current_stock - reserved_stock", persisted=True),
            nullable=False,
            comment="Pieces that may be sold: what lies there less what is promised.",
        ),
        sa.Column(
            "reorder_point",
            sa.BigInteger(),
            nullable=True,
            comment="Order again at this many pieces.",
        ),
        sa.Column(
            "reorder_quantity", sa.BigInteger(), nullable=True, comment="Pieces to order then."
        ),
        sa.Column(
            "safety_stock", sa.BigInteger(), nullable=True, comment="Pieces kept against surprises."
        ),
        sa.Column(
            "lead_time_days", sa.Integer(), nullable=True, comment="Days from order to delivery."
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is kept there.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.Column(
            "last_updated",
            sa.DateTime(timezone=True),
            sa.Computed("updated_at", persisted=True),
            nullable=False,
            comment="When it was last changed, under its other name.",
        ),
        sa.CheckConstraint(
            "warehouse_id <> '' AND length(warehouse_id) <= 255",
            name=op.f("ck_inventory_warehouse_id_valid"),
        ),
        sa.CheckConstraint("current_stock >= 0", name=op.f("ck_inventory_current_stock_valid")),
        sa.CheckConstraint("lead_time_days >= 0", name=op.f("ck_inventory_lead_time_days_valid")),
        sa.CheckConstraint("reorder_point >= 0", name=op.f("ck_inventory_reorder_point_valid")),
        sa.CheckConstraint(
            "reorder_quantity >= 0", name=op.f("ck_inventory_reorder_quantity_valid")
        ),
        sa.CheckConstraint(
            "reserved_stock <= current_stock", name=op.f("ck_inventory_reserves_what_is_there")
        ),
        sa.CheckConstraint("reserved_stock >= 0", name=op.f("ck_inventory_reserved_stock_valid")),
        sa.CheckConstraint("safety_stock >= 0", name=op.f("ck_inventory_safety_stock_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["commerce.products.tenant_id", "commerce.products.id"],
            name="fk_inventory_product_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "variant_id"],
            ["commerce.product_variants.tenant_id", "commerce.product_variants.id"],
            name="fk_inventory_variant_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenancy.tenants.id"], name="fk_inventory_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_inventory")),
        sa.UniqueConstraint(
            "tenant_id",
            "product_id",
            "variant_id",
            "warehouse_id",
            name=op.f("uq_inventory_tenant_id_product_id_variant_id_warehouse_id"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="commerce",
        comment="Stock of a product, or of one variant of it, in one warehouse.",
    )
    op.create_index(
        "ix_inventory_variant_id",
        "inventory",
        ["tenant_id", "variant_id"],
        unique=False,
        schema="commerce",
    )
    op.create_table(
        "inventory_movements",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("product_id", sa.UUID(), nullable=False, comment="The product."),
        sa.Column("variant_id", sa.UUID(), nullable=True, comment="Which variant."),
        sa.Column(
            "warehouse_id", sa.Text(), nullable=False, comment="The warehouse, in the shop's words."
        ),
        sa.Column("movement_type", sa.Text(), nullable=False, comment="Why the stock changes."),
        sa.Column(
            "quantity",
            sa.BigInteger(),
            nullable=False,
            comment="Pieces that move, above zero; an adjustment may be below zero.",
        ),
        sa.Column("previous_stock", sa.BigInteger(), nullable=True, comment="Pieces before it."),
        sa.Column("new_stock", sa.BigInteger(), nullable=True, comment="Pieces after it."),
        sa.Column(
            "reference_id", sa.Text(), nullable=True, comment="Id of the paper it goes back to."
        ),
        sa.Column(
            "reference_type", sa.Text(), nullable=True, comment="What kind of paper that is."
        ),
        sa.Column("notes", sa.Text(), nullable=True, comment="Anything else to say about it."),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it happened.",
        ),
        sa.Column("created_by", sa.UUID(), nullable=True, comment="Who moved it."),
        sa.CheckConstraint(
            "movement_type IN ('in', 'out', 'adjustment', 'return', 'damaged')",
            name=op.f("ck_inventory_movements_movement_type_valid"),
        ),
        sa.CheckConstraint(
            "new_stock = previous_stock + CASE WHEN movement_type IN ('out', 'damaged') THEN -quantity ELSE quantity END",
            name=op.f("ck_inventory_movements_stock_adds_up"),
        ),
        sa.CheckConstraint(
            "quantity > 0 OR (quantity < 0 AND movement_type = 'adjustment')",
            name=op.f("ck_inventory_movements_quantity_has_its_sign"),
        ),
        sa.CheckConstraint(
            "reference_id <> '' AND length(reference_id) <= 255",
            name=op.f("ck_inventory_movements_reference_id_valid"),
        ),
        sa.CheckConstraint(
            "reference_type IN ('order', 'purchase_order', 'adjustment')",
            name=op.f("ck_inventory_movements_reference_type_valid"),
        ),
        sa.CheckConstraint(
            "warehouse_id <> '' AND length(warehouse_id) <= 255",
            name=op.f("ck_inventory_movements_warehouse_id_valid"),
        ),
        sa.CheckConstraint("new_stock >= 0", name=op.f("ck_inventory_movements_new_stock_valid")),
        sa.CheckConstraint(
            "previous_stock >= 0", name=op.f("ck_inventory_movements_previous_stock_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "created_by"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_inventory_movements_created_by",
            ondelete="SET NULL (created_by)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["commerce.products.tenant_id", "commerce.products.id"],
            name="fk_inventory_movements_product_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "variant_id"],
            ["commerce.product_variants.tenant_id", "commerce.product_variants.id"],
            name="fk_inventory_movements_variant_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_inventory_movements_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_inventory_movements")),
        schema="commerce",
        comment="A change of stock; a wrong one is put right by another one.",
    )
    op.create_index(
        "ix_inventory_movements_created_at",
        "inventory_movements",
        ["tenant_id", "created_at"],
        unique=False,
        schema="commerce",
    )
    op.create_index(
        "ix_inventory_movements_created_by",
        "inventory_movements",
        ["tenant_id", "created_by"],
        unique=False,
        schema="commerce",
    )
    op.create_index(
        "ix_inventory_movements_product",
        "inventory_movements",
        ["tenant_id", "product_id", "created_at"],
        unique=False,
        schema="commerce",
    )
    op.create_index(
        "ix_inventory_movements_variant_id",
        "inventory_movements",
        ["tenant_id", "variant_id"],
        unique=False,
        schema="commerce",
    )
    op.create_table(
        "order_items",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("order_id", sa.UUID(), nullable=False, comment="Its order."),
        sa.Column(
            "product_id",
            sa.UUID(),
            nullable=False,
            comment="What was bought; a product with orders is made inactive.",
        ),
        sa.Column("variant_id", sa.UUID(), nullable=True, comment="Which variant of it."),
        sa.Column("quantity", sa.BigInteger(), nullable=False, comment="Pieces, at least one."),
        sa.Column(
            "unit_price",
            sa.Numeric(precision=18, scale=4),
            nullable=False,
            comment="Price of one piece, in the order's currency.",
        ),
        sa.Column(
            "total_price",
            sa.Numeric(precision=18, scale=4),
            nullable=False,
            comment="Price of the line, in the order's currency.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.CheckConstraint(
            "total_price >= 0 AND total_price < 'NaN'",
            name=op.f("ck_order_items_total_price_valid"),
        ),
        sa.CheckConstraint(
            "unit_price >= 0 AND unit_price < 'NaN'", name=op.f("ck_order_items_unit_price_valid")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_items_quantity_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["commerce.orders.tenant_id", "commerce.orders.id"],
            name="fk_order_items_order_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["commerce.products.tenant_id", "commerce.products.id"],
            name="fk_order_items_product_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "variant_id"],
            ["commerce.product_variants.tenant_id", "commerce.product_variants.id"],
            name="fk_order_items_variant_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_order_items_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_order_items")),
        schema="commerce",
        comment="A line of an order.",
    )
    op.create_index(
        "ix_order_items_order_id",
        "order_items",
        ["tenant_id", "order_id"],
        unique=False,
        schema="commerce",
    )
    op.create_index(
        "ix_order_items_product_id",
        "order_items",
        ["tenant_id", "product_id"],
        unique=False,
        schema="commerce",
    )
    op.create_index(
        "ix_order_items_variant_id",
        "order_items",
        ["tenant_id", "variant_id"],
        unique=False,
        schema="commerce",
    )
    op.create_table(
        "transactions",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "transaction_id",
            sa.Text(),
            nullable=False,
            comment="Id in the world outside, unique within the tenant.",
        ),
        sa.Column("order_id", sa.UUID(), nullable=True, comment="What is paid for."),
        sa.Column("customer_id", sa.UUID(), nullable=False, comment="Who pays (personal)."),
        sa.Column(
            "amount",
            sa.Numeric(precision=18, scale=4),
            nullable=False,
            comment="What is paid, in currency; its direction is the status.",
        ),
        sa.Column(
            "currency",
            sa.Text(),
            server_default=sa.text("'INR'"),
            nullable=False,
            comment="ISO 4217 code of the amount.",
        ),
        sa.Column("payment_method", sa.Text(), nullable=True, comment="How it is paid."),
        sa.Column("payment_gateway", sa.Text(), nullable=True, comment="Who carries it out."),
        sa.Column(
            "is_fraud",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it turned out to be a fraud.",
        ),
        sa.Column("fraud_score", sa.Double(), nullable=True, comment="Chance of a fraud, 0 to 1."),
        sa.Column(
            "fraud_reasons",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="What the score rests on.",
        ),
        sa.Column(
            "device_fingerprint",
            sa.Text(),
            nullable=True,
            comment="What recognises the device (personal).",
        ),
        sa.Column(
            "ip_address",
            sa.Text(),
            nullable=True,
            comment="Address the request came from (personal).",
        ),
        sa.Column(
            "user_agent", sa.Text(), nullable=True, comment="Program it was made with (personal)."
        ),
        sa.Column(
            "location",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="lat, lng, city and country (personal).",
        ),
        sa.Column(
            "meta_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Anything else the shop keeps with it.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'pending'"),
            nullable=False,
            comment="How far it has come.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "amount >= 0 AND amount < 'NaN'", name=op.f("ck_transactions_amount_valid")
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_transactions_currency_valid")),
        sa.CheckConstraint(
            "device_fingerprint <> '' AND length(device_fingerprint) <= 255",
            name=op.f("ck_transactions_device_fingerprint_valid"),
        ),
        sa.CheckConstraint(
            "ip_address <> '' AND length(ip_address) <= 255",
            name=op.f("ck_transactions_ip_address_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(fraud_reasons) = 'array'",
            name=op.f("ck_transactions_fraud_reasons_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(location) = 'object'", name=op.f("ck_transactions_location_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(meta_data) = 'object'", name=op.f("ck_transactions_meta_data_valid")
        ),
        sa.CheckConstraint(
            "payment_gateway <> '' AND length(payment_gateway) <= 255",
            name=op.f("ck_transactions_payment_gateway_valid"),
        ),
        sa.CheckConstraint(
            "payment_method IN ('credit_card', 'debit_card', 'upi', 'wallet', 'bank_transfer', 'cash')",
            name=op.f("ck_transactions_payment_method_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'completed', 'failed', 'refunded')",
            name=op.f("ck_transactions_status_valid"),
        ),
        sa.CheckConstraint(
            "transaction_id <> '' AND length(transaction_id) <= 255",
            name=op.f("ck_transactions_transaction_id_valid"),
        ),
        sa.CheckConstraint(
            "fraud_score BETWEEN 0 AND 1", name=op.f("ck_transactions_fraud_score_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_id"],
            ["commerce.customers.tenant_id", "commerce.customers.id"],
            name="fk_transactions_customer_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["commerce.orders.tenant_id", "commerce.orders.id"],
            name="fk_transactions_order_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_transactions_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_transactions")),
        sa.UniqueConstraint(
            "tenant_id", "transaction_id", name=op.f("uq_transactions_tenant_id_transaction_id")
        ),
        schema="commerce",
        comment="A payment, with the signals that it may be a fraud.",
    )
    op.create_index(
        "ix_transactions_created_at",
        "transactions",
        ["tenant_id", "created_at"],
        unique=False,
        schema="commerce",
    )
    op.create_index(
        "ix_transactions_customer",
        "transactions",
        ["tenant_id", "customer_id", "created_at"],
        unique=False,
        schema="commerce",
    )
    op.create_index(
        "ix_transactions_order_id",
        "transactions",
        ["tenant_id", "order_id"],
        unique=False,
        schema="commerce",
    )
    op.create_index(
        "ix_transactions_status",
        "transactions",
        ["tenant_id", "status", "created_at"],
        unique=False,
        schema="commerce",
    )
    op.table_policy(
        "commerce.customer_segments", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "commerce.customers", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "commerce.orders", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy("commerce.order_items", add=["app:delete,insert,select,update", "rls:tenant"])
    op.table_policy(
        "commerce.transactions", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "commerce.product_categories", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "commerce.products", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "commerce.product_variants", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "commerce.inventory", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy("commerce.inventory_movements", add=["app:insert,select", "rls:tenant"])


def downgrade() -> None:
    op.table_policy("commerce.inventory_movements", remove=["app:insert,select", "rls:tenant"])
    op.table_policy(
        "commerce.inventory", remove=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "commerce.product_variants", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "commerce.products", remove=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "commerce.product_categories", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "commerce.transactions", remove=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "commerce.order_items", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "commerce.orders", remove=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "commerce.customers", remove=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "commerce.customer_segments",
        remove=["app:delete,insert,select,update", "rls:tenant", "touch"],
    )
    op.drop_index("ix_transactions_status", table_name="transactions", schema="commerce")
    op.drop_index("ix_transactions_order_id", table_name="transactions", schema="commerce")
    op.drop_index("ix_transactions_customer", table_name="transactions", schema="commerce")
    op.drop_index("ix_transactions_created_at", table_name="transactions", schema="commerce")
    op.drop_table("transactions", schema="commerce")
    op.drop_index("ix_order_items_variant_id", table_name="order_items", schema="commerce")
    op.drop_index("ix_order_items_product_id", table_name="order_items", schema="commerce")
    op.drop_index("ix_order_items_order_id", table_name="order_items", schema="commerce")
    op.drop_table("order_items", schema="commerce")
    op.drop_index(
        "ix_inventory_movements_variant_id", table_name="inventory_movements", schema="commerce"
    )
    op.drop_index(
        "ix_inventory_movements_product", table_name="inventory_movements", schema="commerce"
    )
    op.drop_index(
        "ix_inventory_movements_created_by", table_name="inventory_movements", schema="commerce"
    )
    op.drop_index(
        "ix_inventory_movements_created_at", table_name="inventory_movements", schema="commerce"
    )
    op.drop_table("inventory_movements", schema="commerce")
    op.drop_index("ix_inventory_variant_id", table_name="inventory", schema="commerce")
    op.drop_table("inventory", schema="commerce")
    op.drop_index(
        "ix_product_variants_product_id", table_name="product_variants", schema="commerce"
    )
    op.drop_table("product_variants", schema="commerce")
    op.drop_index("ix_orders_status", table_name="orders", schema="commerce")
    op.drop_index("ix_orders_customer", table_name="orders", schema="commerce")
    op.drop_index("ix_orders_created_at", table_name="orders", schema="commerce")
    op.drop_table("orders", schema="commerce")
    op.drop_index(
        "ix_products_embedding",
        table_name="products",
        schema="commerce",
        postgresql_using="hnsw",
        postgresql_ops={"embedding": "vector_cosine_ops"},
    )
    op.drop_index("ix_products_category_id", table_name="products", schema="commerce")
    op.drop_table("products", schema="commerce")
    op.drop_index("ix_customers_segment_id", table_name="customers", schema="commerce")
    op.drop_table("customers", schema="commerce")
    op.drop_index(
        "ix_product_categories_parent_category_id",
        table_name="product_categories",
        schema="commerce",
    )
    op.drop_table("product_categories", schema="commerce")
    op.drop_table("customer_segments", schema="commerce")
    op.execute("DROP SCHEMA commerce CASCADE")
