"""Tables of the commerce module, one file a group."""

from everlearn.modules.commerce.tables import customers, orders, products, stock

__all__ = ["customers", "orders", "products", "stock"]
