"""Tests that stay valid under continuous looking: numbers in, numbers out."""
