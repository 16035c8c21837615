"""What can be wrong with a request to measure or watch drift."""

from __future__ import annotations

from everlearn.core.errors import Conflict, Invalid, NotFound


class TooFewValues(Invalid):
    """There are too few values to compare; collect more rows or ask for fewer bins."""

    code = "drift.too_few_values"


class NotANumber(Invalid):
    """A loss is missing or infinite; leave such rows out before they reach a detector."""

    code = "drift.not_a_number"


class BadSetting(Invalid):
    """A setting of a drift measure is outside its range; read its description and correct it."""

    code = "drift.bad_setting"


class NoReference(Conflict):
    """The live version has no reference sample; set one from the rows it was fitted on."""

    code = "drift.no_reference"


class UnknownAlert(NotFound):
    """There is no such alert for this tenant; `everlearn drift alerts` lists them."""

    code = "drift.unknown_alert"
