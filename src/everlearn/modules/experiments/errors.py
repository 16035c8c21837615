"""What can be wrong with a request to compare models."""

from __future__ import annotations

from everlearn.core.errors import Conflict, Duplicate, Invalid, NotFound


class NotANumber(Invalid):
    """A loss is missing; compare only rows for which both losses are known."""

    code = "experiments.not_a_number"


class BadSetting(Invalid):
    """A setting of the test is outside its range; read its description and correct it."""

    code = "experiments.bad_setting"


class LengthMismatch(Invalid):
    """Two lists that belong together differ in length; send one entry of each per row."""

    code = "experiments.length_mismatch"


class UnknownExperiment(NotFound):
    """There is no such experiment for this tenant; `everlearn experiments list` shows them."""

    code = "experiments.unknown_experiment"


class AlreadyRunning(Duplicate):
    """This challenger is being tested already; observe or conclude the running experiment."""

    code = "experiments.already_running"


class SameVersion(Conflict):
    """A version cannot challenge itself; choose another version of the model."""

    code = "experiments.same_version"
