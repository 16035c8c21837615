"""What can be wrong with a request to compute features."""

from __future__ import annotations

from everlearn.core.errors import Invalid


class BadWindow(Invalid):
    """A window is not a positive number of microseconds; give a width above zero."""

    code = "features.bad_window"


class UnknownAggregate(Invalid):
    """There is no aggregate of this name; use mean, sum, count, min, max or std."""

    code = "features.unknown_aggregate"


class NotFinite(Invalid):
    """A value is infinite; store it as missing (NaN) or correct it."""

    code = "features.not_finite"


class LengthMismatch(Invalid):
    """Columns that belong together differ in length; send one entry of each per fact."""

    code = "features.length_mismatch"
