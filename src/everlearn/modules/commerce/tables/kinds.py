"""Column types of a shop: amounts, currencies and quantities, each with its rule."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from sqlalchemy import BigInteger, Numeric, Text
from sqlalchemy.orm import mapped_column

# numeric(18,4) takes NaN, which counts as larger than every number.
Amount = Annotated[
    Decimal, mapped_column(Numeric(18, 4), info={"check": "{c} >= 0 AND {c} < 'NaN'"})
]
Currency = Annotated[str, mapped_column(Text, info={"check": "{c} ~ '^[A-Z]{{3}}$'"})]
Quantity = Annotated[int, mapped_column(BigInteger, info={"check": "{c} > 0"})]
