"""What can be wrong with a request to compute features."""

from __future__ import annotations

from everlearn.core.errors import Contradiction, Invalid, NotFound


class BadWindow(Invalid):
    """A window is not a positive number of microseconds; give a width above zero."""

    code = "features.bad_window"


class UnknownAggregate(Invalid):
    """There is no aggregate of this name; use mean, sum, count, min, max or std."""

    code = "features.unknown_aggregate"


class NotFinite(Invalid):
    """A value is NaN or infinite; send null (None) when it is not known, or correct it."""

    code = "features.not_finite"


class LengthMismatch(Invalid):
    """Columns that belong together differ in length; send one entry of each per fact."""

    code = "features.length_mismatch"


class NoSource(NotFound):
    """No source of facts has this name; list them with `everlearn features list`."""

    code = "features.no_source"


class NoFeatureSet(NotFound):
    """No feature set has this name or id; list them with `everlearn features list`."""

    code = "features.no_feature_set"


class BadDeclaration(Invalid):
    """A feature is declared in a way that cannot be computed; correct the declaration."""

    code = "features.bad_declaration"


class SourceDiffers(Contradiction):
    """The source is declared with other dims or values; use another name for new columns."""

    code = "features.source_differs"


class UnknownFeature(Invalid):
    """The feature set has no such field; leave it out."""

    code = "features.unknown_feature"


class MissingFeature(Invalid):
    """The feature set needs this field; send it, or null when it is not known."""

    code = "features.missing_feature"


class WrongType(Invalid):
    """The value has the wrong type; send a number for a number, a text for a text."""

    code = "features.wrong_type"


class UnknownWord(Invalid):
    """The declaration does not allow this word; send an allowed one or declare a new version."""

    code = "features.unknown_word"


class VectorDiffers(Contradiction):
    """Another vector of this entity and moment is stored; send the moment it was really known."""

    code = "features.vector_differs"


class MixedSets(Invalid):
    """The rows are of different feature sets; read the rows of one set at a time."""

    code = "features.mixed_sets"
