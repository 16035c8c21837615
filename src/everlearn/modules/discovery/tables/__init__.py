"""Tables of the discovery module, and the tools that they begin with."""

from everlearn.modules.discovery.tables import tools
from everlearn.modules.discovery.tables.seed import SEED

__all__ = ["AFTER", "tools"]

AFTER = SEED
