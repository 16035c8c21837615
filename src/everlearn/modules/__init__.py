"""One folder a capability; the floors they stand on are in `everlearn.core.catalog`."""
