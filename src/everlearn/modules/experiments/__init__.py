"""Whether a challenger is better than the champion, and whether a version keeps its promise.

Both are bets that may be looked at after every outcome without losing their error rate: the wealth
of the bet is the evidence, and 1 / alpha is where it decides. A challenger answers the same rows as
the champion, unseen, so the test is on paired losses.
"""

from everlearn.core.module import Module

MODULE = Module(
    name="experiments",
    tier="judgement",
    summary="Champion against challenger, and versions against their promise.",
    requires=("predictions", "registry", "events"),
    nav="Experiments",
)
