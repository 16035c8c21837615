"""What can be wrong with a request to compare models."""

from __future__ import annotations

from everlearn.core.errors import Invalid


class NotANumber(Invalid):
    """A loss is missing; compare only rows for which both losses are known."""

    code = "experiments.not_a_number"


class BadSetting(Invalid):
    """A setting of the test is outside its range; read its description and correct it."""

    code = "experiments.bad_setting"


class LengthMismatch(Invalid):
    """Two lists that belong together differ in length; send one entry of each per row."""

    code = "experiments.length_mismatch"
