"""Point-in-time aggregates: numbers in, numbers out."""
