"""What can go wrong in training.

NotFound
└── UnknownJob
Invalid
├── BadParams
├── BadMatrix
└── BadHalfLife
Conflict
├── NoFeatureSet
├── TooFewRows
└── OneClass
"""

from __future__ import annotations

from everlearn.core.errors import Conflict, Invalid, NotFound


class UnknownJob(NotFound):
    """There is no such training job for this tenant; `everlearn training list` lists them."""

    code = "training.unknown_job"


class BadParams(Invalid):
    """The params say something training does not understand; correct the named one."""

    code = "training.bad_params"


class BadMatrix(Invalid):
    """Matrix, labels, weights and names do not fit together; give one of each per row or column."""

    code = "training.bad_matrix"


class BadHalfLife(Invalid):
    """A half-life is a positive number of days; leave it out to weigh all rows the same."""

    code = "training.bad_half_life"


class NoFeatureSet(Conflict):
    """The model has no feature set; declare one and give it to `registry.ensure_model`."""

    code = "training.no_feature_set"


class TooFewRows(Conflict):
    """There are too few rows with a known outcome; record more, or widen the window."""

    code = "training.too_few_rows"


class OneClass(Conflict):
    """Every known outcome is the same, so there is nothing to learn; record more of them."""

    code = "training.one_class"
