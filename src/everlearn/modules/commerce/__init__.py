"""A shop's own data, as models of demand, churn, fraud and similarity read it.

Money is decimal and names its currency; what must not be wrong (stock that is promised twice, a
total below nothing, a movement that does not add up) is a rule of the table, not of a program.
Customers, orders and transactions hold personal data; the columns that do are marked in the source.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="commerce",
    tier="packs",
    summary="Products, stock, customers, orders and payments.",
    requires=("tenancy",),
)
