"""What really happened, and what people think of an answer.

An outcome closes the predictions made about its entity: late, in any order and twice is all the
same. A verdict is somebody's opinion of one answer; it is kept beside the outcome and never takes
its place.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="feedback",
    tier="feedback",
    summary="Outcomes that close predictions, and people's verdicts on them.",
    requires=("operations", "predictions", "registry", "events"),
)
