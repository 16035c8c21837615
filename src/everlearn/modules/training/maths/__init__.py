"""Fitting: numbers in, model text out."""
