"""Metrics of the running system: written in bulk, rolled up, merged, read."""
