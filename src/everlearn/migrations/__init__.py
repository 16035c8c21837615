"""The schema's history, run by `everlearn db upgrade` and at every start."""
