"""What can be wrong with feedback.

Invalid
└── BadOutcome
Contradiction
└── ContradictingOutcome
Duplicate
└── SecondVerdict
"""

from __future__ import annotations

from everlearn.core.errors import Contradiction, Duplicate, Invalid


class BadOutcome(Invalid):
    """The outcome cannot be used; correct the named field and send it again."""

    code = "feedback.bad_outcome"


class ContradictingOutcome(Contradiction):
    """Another outcome is stored for this prediction; find out which one is true."""

    code = "feedback.contradicting_outcome"


class SecondVerdict(Duplicate):
    """This user gave this kind of feedback on this prediction already; once is enough."""

    code = "feedback.second_verdict"
