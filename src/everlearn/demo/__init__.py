"""Real data that the loop can be watched on; each demo is an optional extra."""
