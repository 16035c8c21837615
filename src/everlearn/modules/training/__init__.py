"""Fits new versions of a model from what was known at one moment.

A training job reads feature vectors and labels as they were known when it began, fits on the
earlier part and measures on the later part, fits again on all of it, and registers the result as a
draft with its data set, metrics and calibration. It decides nothing: which version answers is for
the loop and for people.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="training",
    tier="training",
    summary="Training jobs: start, watch, list.",
    requires=("tenancy", "events", "registry", "datasets", "features", "predictions"),
    nav="Training",
)
