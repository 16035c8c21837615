"""What Everlearn costs, measured beside what one would use instead; see `make bench`."""
