"""Drift detectors and shift measures: numbers in, numbers out."""
