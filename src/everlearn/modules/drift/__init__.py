"""Whether what a model sees, says and gets wrong has moved away from what it was fitted on.

Inputs and answers are compared with a reference sample of the live version (population stability
index, Kolmogorov-Smirnov, Wasserstein); losses are watched by ADWIN as outcomes become known. Every
detector is shown beside one that never signals: a detector that leads to no better decisions than
silence is not worth its alarms.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="drift",
    tier="judgement",
    summary="Drift of inputs, answers and losses, with alerts.",
    requires=("predictions", "features", "registry", "events"),
    nav="Drift",
)
