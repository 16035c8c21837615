"""Calibration and scoring of predictions: numbers in, numbers out."""
