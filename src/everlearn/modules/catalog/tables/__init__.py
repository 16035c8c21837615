"""Tables of the catalog module, and the reference data that they begin with."""

from everlearn.modules.catalog.tables import catalogue
from everlearn.modules.catalog.tables.seed import SEED

__all__ = ["AFTER", "catalogue"]

AFTER = SEED
